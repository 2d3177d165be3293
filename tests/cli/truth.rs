//! What counts as an answer of AWS, and what does not.

use crate::place::{Place, SESSION};

/// A tape that claims to be of AWS; with checksums, as one that is would have.
fn claiming(place: &Place, checksums: bool) -> String {
    place.record("orders.tape", SESSION);
    let tape = place.read("orders.tape").replace("\"kind\": \"dynatape\"", "\"kind\": \"aws\"");
    assert!(tape.contains("\"kind\": \"aws\""), "{tape}");
    if !checksums {
        return tape;
    }
    let mut whole = String::new();
    for (at, part) in tape.split("\n\n").enumerate() {
        if at == 0 {
            whole.push_str(part);
            continue;
        }
        let alone = format!("{{\"tape\":1}}\n\n{part}");
        let (tape, _) = dynatape::cassette::read(alone).unwrap();
        let sum = tape.interactions[0].checksum().unwrap();
        whole.push_str("\n\n");
        whole.push_str(&part.replacen("{\n", &format!("{{\n  \"crc\": {sum},\n"), 1));
    }
    whole
}

#[test]
fn a_tape_of_anybody_else_is_no_truth() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let ended = place.run("diff orders.tape --truth").expect(1);
    ended.complains("orders.tape: refused as truth: it was recorded from dynatape");
    ended.complains("nothing was compared");
    let check = place.run("tape check orders.tape --truth").expect(1);
    assert!(check.stdout.contains("it is no truth: it was recorded from dynatape"));
}

#[test]
fn a_claim_without_checksums_is_not_measured_and_an_edited_answer_neither() {
    let place = Place::new();
    let claim = claiming(&place, false);
    place.write("t.tape", &claim);
    place.run("diff t.tape --truth").expect(1);
    assert!(place.run("tape check t.tape --truth").expect(1).stdout.contains("has no checksum"));
    place.run("tape check t.tape").expect(0);

    let proved = claiming(&place, true);
    place.write("t.tape", &proved);
    let ended = place.run("diff t.tape --truth").expect(0);
    assert!(ended.stdout.contains("no finding that matters"), "{}", ended.stdout);
    place.run("tape check t.tape --truth").expect(0);
    place.run("tape fmt t.tape").expect(0);
    place.run("tape check t.tape --truth").expect(0);

    let edited = proved.replacen("\"v\": {\"N\": \"7\"}", "\"v\": {\"N\": \"8\"}", 1);
    assert_ne!(edited, proved);
    place.write("t.tape", &edited);
    place.run("diff t.tape").expect(2);
    let ended = place.run("diff t.tape --truth --report r.json").expect(1);
    assert!(ended.stdout.contains("no finding that matters"), "{}", ended.stdout);
    assert!(place.read("r.json").contains("the answer was changed after it was recorded"));
    place.run("tape check t.tape").expect(0).complains("was changed after it was recorded");
    place.run("tape check t.tape --truth").expect(1);
}

#[test]
fn what_scrubbing_changes_is_no_edit() {
    let place = Place::new();
    place.write("t.tape", claiming(&place, true));
    place.run("tape scrub t.tape --value mon --path $..v").expect(0);
    place.run("tape check t.tape --truth").expect(0);
}

#[test]
fn a_recording_of_aws_is_not_replaced_by_what_the_emulator_answers() {
    let place = Place::new();
    let tape = claiming(&place, true);
    place.write("t.tape", &tape);
    let mut command = place.with_child("record t.tape --upstream emulator", SESSION);
    let ended = crate::place::Ended::of(&mut command).expect(1);
    ended.complains("the tape was recorded from AWS, and nothing shows that this was");
    assert_eq!(place.read("t.tape"), tape);
}
