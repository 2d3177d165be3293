//! How long answers took, in a tape that tells.

use crate::place::{Ended, Place, SESSION};

const RECORD: &str = "record orders.tape --upstream emulator";

fn times(place: &Place) -> usize {
    place.read("orders.tape").matches("\n  \"ms\": ").count()
}

#[test]
fn durations_are_told_when_asked_for_and_change_no_byte_of_a_recording_made_again() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    assert_eq!(times(&place), 0);
    Ended::of(&mut place.with_child(&format!("{RECORD} --durations"), SESSION)).expect(0);
    let interactions = place.read("orders.tape").matches("\n  \"id\": ").count();
    assert_eq!(times(&place), interactions);

    // Times that no recording would measure, so that it shows who wrote them.
    let told = place.read("orders.tape");
    let told: Vec<_> = told
        .lines()
        .map(|line| if line.starts_with("  \"ms\": ") { "  \"ms\": 77," } else { line })
        .collect();
    let told = told.join("\n") + "\n";
    place.write("orders.tape", &told);
    place.run("tape check orders.tape").expect(0);
    place.run("tape fmt --check orders.tape").expect(0);
    place.record("orders.tape", SESSION);
    assert_eq!(place.read("orders.tape"), told);

    // A call more has its time, and no other line changes.
    let more = SESSION.to_owned() + "call ListTables {}\n";
    place.record("orders.tape", &more);
    let text = place.read("orders.tape");
    assert_eq!(
        (times(&place), text.matches("\"ms\": 77,").count()),
        (interactions + 1, interactions)
    );

    Ended::of(&mut place.with_child(&format!("{RECORD} --durations"), &more)).expect(0);
    assert!(!place.read("orders.tape").contains("\"ms\": 77,"));
}

#[test]
fn a_replay_takes_as_long_as_it_is_told_to() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let recorded = "replay orders.tape --latency recorded";
    let ended = Ended::of(&mut place.with_child(recorded, "touch ran")).expect(1);
    ended.complains("orders.tape does not tell how long answers took: record it with --durations");
    assert!(!place.has("ran"));
    let wrong = place.run("replay orders.tape --latency slow");
    wrong.complains("a latency is `recorded`, a factor of that such as x0.5");

    Ended::of(&mut place.with_child(&format!("{RECORD} --durations"), SESSION)).expect(0);
    place.answers();
    let mut answers = Vec::new();
    for latency in ["recorded", "x0", "x2.5", "3"] {
        let replay = format!("replay orders.tape --strict --latency {latency}");
        Ended::of(&mut place.with_child(&replay, SESSION)).expect(0);
        answers.push(place.answers());
        assert_eq!(answers[0], answers[answers.len() - 1]);
    }
}
