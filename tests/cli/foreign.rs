//! Recordings by other tools.

use crate::place::Place;

const VCRPY: &str = include_str!("../fixtures/foreign/vcrpy.yaml");

#[test]
fn a_recording_by_vcrpy_becomes_a_tape_that_goes_out_as_har_and_as_a_script() {
    let place = Place::new();
    place.write("vcrpy.yaml", VCRPY);
    place.run("tape import vcrpy.yaml --out tapes").expect(0);
    place.run("tape check tapes/vcrpy.tape").expect(0);
    place.run("tape export tapes/vcrpy.tape --format har --out x.har").expect(0);
    place.run("tape import x.har --out again").expect(0);
    let (tape, again) = (place.read("tapes/vcrpy.tape"), place.read("again/x.tape"));
    assert_eq!(tape.replace(r#""label": "vcrpy""#, r#""label": "x""#), again);
    let script = place.run("tape export tapes/vcrpy.tape --format script").expect(0).stdout.clone();
    assert_eq!(script.matches("\naws dynamodb ").count(), 5, "{script}");
}

#[test]
fn a_file_of_no_known_kind_is_named_with_its_line_and_makes_no_tape() {
    let place = Place::new();
    place
        .write("garbage.yaml", "interactions:\n- request: {}\n  response: {code: x, status: no}\n");
    let ended = place.run("tape import garbage.yaml --out tapes").expect(1);
    ended.complains("garbage.yaml: line 3: entry 1 has no readable `status`");
    assert!(!place.has("tapes"));
}
