//! Bodies that are too large to stand in a tape.

use std::{fs, path::PathBuf};

use crate::place::{Ended, Place};

fn large(letter: &str) -> String {
    let table = r#"call CreateTable {"TableName":"big","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
    let text = letter.repeat(40_000);
    format!(
        "{table}\n\
         call PutItem {{\"TableName\":\"big\",\"Item\":{{\"pk\":{{\"S\":\"a\"}},\"t\":{{\"S\":\"{text}\"}}}}}}\n\
         call GetItem {{\"TableName\":\"big\",\"Key\":{{\"pk\":{{\"S\":\"a\"}}}}}}\n"
    )
}

/// The files in `blobs/`, sorted.
fn blobs(place: &Place) -> Vec<PathBuf> {
    let files = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut all: Vec<_> = files(place.path("blobs")).flat_map(files).collect();
    all.sort();
    all
}

#[test]
fn large_bodies_stand_beside_the_tape_and_replay_byte_for_byte() {
    let place = Place::new();
    let recorded = place.record("a.tape", &large("x"));
    let tape = place.read("a.tape");
    assert!(tape.len() < 4_000, "{}", tape.len());
    let kept = blobs(&place);
    assert_eq!(kept.len(), 2, "a request and an answer: {kept:?}");
    for blob in &kept {
        let name = blob.file_name().unwrap().to_str().unwrap();
        assert!(tape.contains(&format!("_blob\": \"sha256:{name}\"")), "{tape}");
        let text = fs::read_to_string(blob).unwrap();
        assert!(text.lines().count() > 3, "it is made to be read");
    }
    Ended::of(&mut place.with_child("replay a.tape --strict", &large("x"))).expect(0);
    assert_eq!(place.answers()[1..], recorded[1..]);
    for command in ["tape check a.tape", "tape fmt --check a.tape", "diff a.tape"] {
        assert_eq!(place.run(command).expect(0).stderr, "", "{command}");
    }
    let shown = place.run("tape show a.tape GetItem").expect(0).stdout;
    assert!(shown.contains(&"x".repeat(40_000)));

    place.record("a.tape", &large("x"));
    assert_eq!(place.read("a.tape"), tape);
    assert_eq!(blobs(&place), kept);
}

#[test]
fn a_body_that_is_missing_or_changed_is_named_with_its_file() {
    let place = Place::new();
    place.record("a.tape", &large("x"));
    let blob = blobs(&place).remove(0);
    let name = blob.file_name().unwrap().to_str().unwrap().to_owned();
    let right = fs::read_to_string(&blob).unwrap();
    fs::write(&blob, right.replacen("xx", "yy", 1)).unwrap();
    let changed = place.run("tape check a.tape").expect(1).stdout;
    let file = format!("blobs/{}/{name} was changed", &name[..2]);
    assert!(changed.contains(&file), "{changed}");
    assert!(changed.contains(&format!("the tape has sha256:{name}, the file holds sha256:")));
    fs::remove_file(&blob).unwrap();
    let missing = place.run("tape check a.tape").expect(1).stdout;
    assert!(missing.contains(&format!("{name} cannot be read: entity not found")), "{missing}");
}

#[test]
fn a_body_that_no_tape_needs_any_more_is_named() {
    let place = Place::new();
    place.record("a.tape", &large("x"));
    let old = blobs(&place);
    place.record("a.tape", &large("y"));
    let check = place.run("tape check a.tape").expect(0);
    for blob in blobs(&place) {
        let name = blob.file_name().unwrap().to_str().unwrap();
        assert_eq!(check.stderr.contains(name), old.contains(&blob), "{}", check.stderr);
    }
    assert_eq!(blobs(&place).len(), 4);
}

#[test]
fn gc_removes_what_no_tape_needs_any_more_and_nothing_else() {
    let place = Place::new();
    place.record("a.tape", &large("x"));
    let old = blobs(&place);
    place.record("a.tape", &large("y"));
    // Any name will do for a tape.
    place.record("other.json", &large("z"));
    let all = blobs(&place);
    let told = place.run("tape gc a.tape --dry-run").expect(0).stdout;
    assert_eq!(told.lines().count(), 2, "{told}");
    assert_eq!(blobs(&place), all);
    let told = place.run("tape gc a.tape").expect(0).stdout;
    for blob in &all {
        let name = blob.file_name().unwrap().to_str().unwrap();
        assert_eq!(told.contains(&format!("{name}: removed")), old.contains(blob), "{told}");
        assert_eq!(blob.exists(), !old.contains(blob));
    }
    assert_eq!(place.run("tape check a.tape other.json").expect(0).stderr, "");

    fs::create_dir(place.path("inside")).unwrap();
    fs::rename(place.path("a.tape"), place.path("inside/a.tape")).unwrap();
    fs::rename(place.path("blobs"), place.path("inside/blobs")).unwrap();
    fs::remove_file(place.path("other.json")).unwrap();
    assert_eq!(place.run("tape gc .").expect(0).stdout.lines().count(), 2);
    place.run("tape check inside/a.tape").expect(0);
    fs::remove_file(place.path("inside/a.tape")).unwrap();
    place.run("tape gc .").expect(0);
    assert!(!place.has("inside/blobs"), "an empty folder goes too");
    place.run("tape gc absent.tape").expect(1).complains("cannot read absent.tape");
}

#[test]
fn a_secret_in_a_large_body_stops_everything_from_being_written() {
    let place = Place::new();
    let secret = "aVerySecretAccessKeyOfFortyCharacters123";
    let script = large("x").replacen("xxxx", &format!("x{secret}x"), 1);
    let mut command = place.with_child("record a.tape --upstream emulator", &script);
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLEEXAMPLE").env("AWS_SECRET_ACCESS_KEY", secret);
    Ended::of(&mut command).expect(1).complains("a body in blobs/ would hold");
    assert!(!place.has("a.tape") && !place.has("blobs"));
}
