//! Tapes of every version of the format and of the rules, and those of versions to come.

use std::{fmt::Write as _, fs, path::Path};

use dynatape::cassette::{self, Answer, Cassette, IoFailure, VERSION};
use sha2::{Digest as _, Sha256};

use crate::place::Place;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/formats");

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// A place with the fixtures of a version in it.
fn place_with(version: u32) -> Place {
    let place = Place::new();
    copy(&Path::new(FIXTURES).join(format!("v{version}")), &place.path("."));
    place
}

fn load(place: &Place, name: &str) -> Cassette {
    let (cassette, damaged) = cassette::load(&place.path(name)).unwrap();
    assert_eq!(damaged, []);
    cassette
}

/// Operation, status, and the hashes of what was on the wire.
fn bytes_of(cassette: &Cassette) -> String {
    let hash = |bytes: &[u8]| {
        Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    };
    let mut lines = String::new();
    for one in &cassette.interactions {
        let (status, body) = match &one.answer {
            Answer::Http { status, body, .. } => (status.as_u16().to_string(), &body[..]),
            Answer::Io(failure) => {
                let name = IoFailure::NAMES.iter().find(|(known, _)| known == failure).unwrap().1;
                (name.to_owned(), &[][..])
            }
        };
        let (request, answer) = (hash(&one.request), hash(body));
        writeln!(lines, "{} {status} {request} {answer}", one.target.name()).unwrap();
    }
    lines
}

#[test]
fn tapes_of_every_version_say_what_they_always_said_and_migrate_once() {
    for version in 1..=VERSION {
        let place = place_with(version);
        let bytes = place.read("every-member.bytes");
        assert_eq!(bytes_of(&load(&place, "every-member.tape")), bytes, "version {version}");
        place.run("tape migrate every-member.tape --check").expect(1);
        place.run("tape migrate every-member.tape").expect(0);
        assert_eq!(bytes_of(&load(&place, "every-member.tape")), bytes, "version {version}");
        place.run("tape check every-member.tape").expect(0);
        place.run("tape fmt every-member.tape --check").expect(0);
        let once = place.read("every-member.tape");
        let again = place.run("tape migrate every-member.tape").expect(0);
        assert_eq!((again.stdout, place.read("every-member.tape")), (String::new(), once));
    }
}

#[test]
fn members_that_nobody_knows_yet_are_kept_wherever_they_stand() {
    let place = place_with(VERSION);
    let text = place.read("every-member.tape");
    for before in [
        "\"tape\": 1,",
        "\"kind\": \"other\",",
        "\"redact\": 1",
        "\"tables\": {",
        "\"pk\": \"pk:S\",",
        "\"gsi\": {",
        "\"lsi\": {",
        "\"id\": \"PutItem/orders/000000/1\",",
        "{\"status\": 503",
        "\"times\": 3,",
        "\"io\": \"reset\"",
        "\"target\": \"DynamoDB_20120810.Sing\",",
    ] {
        let comma = before.ends_with([',', '{']);
        let later = r#""later": {"a": [1.50, "\u00e9"]}"#;
        let inserted =
            if comma { format!("{before} {later},") } else { format!("{before}, {later}") };
        assert_eq!(text.matches(before).count(), 1, "{before}");
        place.write("later.tape", text.replace(before, &inserted));
        place.run("tape fmt later.tape").expect(0);
        let printed = place.read("later.tape");
        assert!(printed.contains(later), "behind {before}: {printed}");
        place.run("tape migrate later.tape").expect(0);
        assert!(place.read("later.tape").contains(later), "behind {before}");
        assert_eq!(bytes_of(&load(&place, "later.tape")), place.read("every-member.bytes"));
    }
}

#[test]
fn what_could_not_be_kept_is_not_rewritten() {
    let place = place_with(VERSION);
    let text = place.read("every-member.tape");
    for (what, instead, complaint) in [
        ("\"from\": {", "\"from\": 1, \"was\": {", "\"from\" in the tape's header"),
        ("{\"redact\": 1}", "[1]", "\"rules\" in the tape's header"),
        ("\"kind\": \"other\"", "\"kind\": {\"a\": 1}", "\"from\" in the tape's header"),
        (
            "\"form\": \"spaced\",\n  \"request\"",
            "\"form\": \"tabs\",\n  \"request\"",
            "member \"form\"",
        ),
        ("{\"status\": 503}", "503", "member \"attempts\""),
        ("\"retry-after\": \"1\"", "\"retry-after\": {\"a\": 1}", "member \"headers\""),
    ] {
        assert!(text.contains(what), "{what}");
        let text = text.replace(what, instead);
        place.write("other.tape", &text);
        for command in ["fmt", "migrate"] {
            place.run(&format!("tape {command} other.tape")).expect(1).complains(complaint);
            assert_eq!(place.read("other.tape"), text);
        }
    }
}

#[test]
fn a_tape_of_a_younger_version_is_left_alone_and_says_what_to_do() {
    let place = place_with(VERSION);
    let text = place.read("every-member.tape");
    for (what, instead, complaint) in [
        ("\"tape\": 1", "\"tape\": 2", "the tape has format 2, this dynatape reads up to 1"),
        (
            "\"redact\": 1",
            "\"redact\": 9",
            "the tape has redaction rules 9, this dynatape reads up to 1",
        ),
        (
            "aws-json10/1",
            "aws-cbor/1",
            "the tape's wire profile is \"aws-cbor/1\", this dynatape knows \"aws-json10/1\" only",
        ),
        ("DynamoDB_20120810", "DynamoDB_20300101", "the tape's service is \"DynamoDB_20300101\""),
    ] {
        let text = text.replacen(what, instead, 1).replace("dynatape 0.1.0", "dynatape 7.0.0");
        place.write("younger.tape", &text);
        for command in ["tape fmt", "tape migrate", "tape ls", "tape check --fix", "replay"] {
            let ended = place.run(&format!("{command} younger.tape")).expect(1);
            ended.complains(complaint);
            ended.complains("use a newer one (dynatape 7.0.0 wrote it)");
        }
        assert_eq!(place.read("younger.tape"), text);
    }
}

#[test]
fn what_was_redacted_by_older_rules_or_none_is_redacted_by_migrating() {
    let place = Place::new();
    let line = r#"{"operation": "DescribeTable", "sequence": "s", "index": INDEX, "request": {"TableName": "arn:aws:dynamodb:eu-west-1:498712345670:table/t"}, "status": 200, "response": {"Table": {"TableName": "t", "TableArn": "arn:aws:dynamodb:eu-west-1:498712345670:table/t"}}}"#;
    let lines =
        [line.replace("INDEX", "1"), line.replace("INDEX", "2").replace("table/t", "table/u")];
    place.write("x.jsonl", lines.join("\n"));
    place.run("tape import x.jsonl --out .").expect(0).complains("nothing was redacted");
    let imported = place.read("s.tape");
    assert!(imported.contains("\"redact\": 0") && imported.contains("498712345670"), "{imported}");
    let check = place.run("tape migrate s.tape --check").expect(1).stdout;
    assert!(check.contains("redaction rules 1 (were 0) change 4 bodies"), "{check}");
    place.run("tape migrate s.tape").expect(0);
    let migrated = place.read("s.tape");
    assert!(migrated.contains("\"redact\": 1") && !migrated.contains("498712345670"), "{migrated}");
    assert_eq!(migrated.matches(":000000000001:table/").count(), 4, "what was equal is equal");
    place.run("tape check s.tape").expect(0);
    place.run("tape migrate s.tape --check").expect(0);
}
