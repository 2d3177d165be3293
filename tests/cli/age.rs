//! Recordings that are too old.

use crate::place::{Ended, Place, SESSION};

/// A tape whose header has this day; then it is the only thing that is not as it was recorded.
fn recorded_on(place: &Place, day: &str) {
    place.record("orders.tape", SESSION);
    let tape = place.read("orders.tape");
    place.write("orders.tape", on(&tape, day));
}

fn on(tape: &str, day: &str) -> String {
    let line = tape.lines().find(|line| line.starts_with("  \"on\": ")).unwrap();
    tape.replacen(line, &format!("  \"on\": \"{day}\","), 1)
}

fn replay(place: &Place, flags: &str) -> Ended {
    Ended::of(&mut place.with_child(&format!("replay orders.tape{flags}"), SESSION))
}

#[test]
fn a_stale_tape_is_warned_about_in_one_line() {
    let place = Place::new();
    recorded_on(&place, "2020-01-01");
    let ended = replay(&place, "").expect(0);
    ended.complains("orders.tape was recorded ");
    ended.complains("dynatape record orders.tape --upstream emulator -- ");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    for flags in [" --max-age off", " --max-age 100000d --stale fail"] {
        assert_eq!(replay(&place, flags).expect(0).stderr, "", "{flags}");
    }
    let mut command = place.with_child("replay orders.tape", SESSION);
    let quiet = Ended::of(command.env("DYNATAPE_MAX_AGE", "off")).expect(0);
    assert_eq!(quiet.stderr, "");
    replay(&place, " --max-age long").expect(1).complains("an age is a number of days");
}

#[test]
fn a_stale_tape_fails_where_that_is_asked_for_and_nothing_runs() {
    let place = Place::new();
    recorded_on(&place, "2020-01-01");
    let command = "replay orders.tape --stale fail";
    let ended = Ended::of(&mut place.with_child(command, "touch ran"));
    ended.expect(2).complains(" days ago");
    assert!(!place.has("ran") && !place.has("answers"));
}

#[test]
fn nothing_is_said_of_a_tape_without_a_readable_day() {
    let place = Place::new();
    recorded_on(&place, "long ago");
    assert_eq!(replay(&place, " --max-age 0d --stale fail").expect(0).stderr, "");
}

#[test]
fn recording_a_stale_tape_anew_gives_it_the_day_even_if_nothing_else_changed() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let fresh = place.read("orders.tape");
    let old = on(&fresh, "2020-01-01");
    place.write("orders.tape", &old);
    let unchanged = "record orders.tape --upstream emulator --max-age off";
    Ended::of(&mut place.with_child(unchanged, SESSION)).expect(0);
    assert_eq!(place.read("orders.tape"), old);
    place.record("orders.tape", SESSION);
    let renewed = place.read("orders.tape");
    assert!(!renewed.contains("2020-01-01"), "{renewed}");
    assert_eq!(on(&renewed, "2020-01-01"), old);
    assert_eq!(replay(&place, " --max-age 1d --stale fail").expect(0).stderr, "");
}
