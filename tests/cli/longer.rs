//! `record --mode new`: a tape that becomes longer.

use crate::{
    place::{Ended, Place, Told},
    support::raw,
};

const TABLE: &str = r#"call CreateTable {"TableName":"orders","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}
"#;
const PUT: &str = r#"call PutItem {"TableName":"orders","Item":{"pk":{"S":"a"},"v":{"N":"1"}}}
"#;
const GET: &str = r#"call GetItem {"TableName":"orders","Key":{"pk":{"S":"a"}}}
"#;
const SCAN: &str = r#"call Scan {"TableName":"orders"}
"#;
const ADD: &str = r#"call UpdateItem {"TableName":"orders","Key":{"pk":{"S":"a"}},"UpdateExpression":"ADD v :one","ExpressionAttributeValues":{":one":{"N":"1"}}}
"#;
const DROP: &str = r#"call DeleteTable {"TableName":"orders"}
"#;

/// Recording from an upstream that is not there.
const OFFLINE: &str = "record a.tape --upstream http://127.0.0.1:9 --mode new";

/// The same program over another table.
fn elsewhere(script: &str) -> String {
    script.replace("\"orders\"", "\"others\"")
}

fn tables(url: &str) -> String {
    raw::call(url, "ListTables", "{}").text()
}

#[test]
fn what_the_tape_does_not_answer_is_asked_of_the_upstream_and_added() {
    let place = Place::new();
    let upstream = place.start("serve --port 0");
    let record = |mode: &str| format!("record a.tape --upstream {}{mode}", upstream.url);
    let short = [TABLE, PUT, GET, DROP].concat();
    Ended::of(&mut place.with_child(&record(""), &short)).expect(0);
    let before = place.read("a.tape");
    place.answers();
    // A read in the middle, and a write after which the tape's own read says what it says now.
    let long = [TABLE, PUT, SCAN, GET, ADD, GET, DROP].concat();
    let ended = Ended::of(&mut place.with_child(&record(" --mode new"), &long)).expect(0);
    ended.complains("7 interactions, 3 changed");
    let answers = place.answers();
    assert_eq!(
        answers[2].body,
        r#"{"Count":1,"Items":[{"pk":{"S":"a"},"v":{"N":"1"}}],"ScannedCount":1}"#
    );
    assert_eq!(answers[5].body, r#"{"Item":{"pk":{"S":"a"},"v":{"N":"2"}}}"#);
    // What was done again at the upstream is not left there.
    assert_eq!(tables(&upstream.url), r#"{"TableNames":[]}"#);
    let after = place.read("a.tape");
    for interaction in before.split("\n\n").skip(1).filter(|text| !text.contains("DeleteTable")) {
        assert!(after.contains(interaction.trim_end()), "{interaction}\n{after}");
    }
    let ended = Ended::of(&mut place.with_child("replay a.tape --strict", &long)).expect(0);
    assert_eq!(ended.stderr, "");
    // The table's id is another at the upstream than in the tape.
    let items = |answers: &[Told]| -> Vec<_> {
        answers[1..6].iter().map(|answer| answer.body.clone()).collect()
    };
    assert_eq!(items(&place.answers()), items(&answers));
    // With nothing new to ask, nothing is asked and nothing changes.
    drop(upstream);
    let ended = Ended::of(&mut place.with_child(OFFLINE, &long)).expect(0);
    ended.complains("7 interactions, 0 changed");
    assert_eq!(place.read("a.tape"), after);
}

#[test]
fn what_has_nothing_to_do_with_the_new_stays_though_nobody_asks_for_it() {
    let place = Place::new();
    let upstream = place.start("serve --port 0");
    let record = format!("record a.tape --upstream {} --mode new", upstream.url);
    let first = [TABLE, PUT, GET, DROP].concat();
    Ended::of(&mut place.with_child(&record, &first)).expect(0);
    let second = elsewhere(&first);
    let ended = Ended::of(&mut place.with_child(&record, &second)).expect(0);
    ended.complains("4 interactions were not asked for and stay");
    ended.complains("8 interactions, 4 changed");
    place.answers();
    for program in [&first, &second, &[first.clone(), second.clone()].concat()] {
        Ended::of(&mut place.with_child("replay a.tape --allow-unused", program)).expect(0);
    }
}

#[test]
fn a_tape_of_somewhere_else_is_not_made_longer() {
    let place = Place::new();
    place.record("a.tape", &[TABLE, PUT].concat());
    let before = place.read("a.tape");
    let ended = Ended::of(&mut place.with_child(OFFLINE, GET)).expect(1);
    ended.complains("a.tape was recorded from dynatape");
    ended.complains("--mode rewrite");
    assert_eq!(place.read("a.tape"), before);
}

#[test]
fn in_ci_nothing_is_asked_and_a_miss_fails() {
    let place = Place::new();
    place.record("a.tape", &[TABLE, PUT].concat());
    let before = place.read("a.tape");
    let mut command = place
        .with_child("record a.tape --upstream emulator --mode new", &[TABLE, PUT, GET].concat());
    Ended::of(command.env("CI", "true")).expect(2).complains("1 missed");
    assert_eq!(place.read("a.tape"), before);
}
