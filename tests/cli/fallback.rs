//! What was not recorded, answered by the emulator in the state that the recording is in.

use crate::{
    place::{Place, Running},
    support::raw::{self, Answer},
};

const TABLE: &str = r#"call CreateTable {"TableName":"orders","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}
"#;
const WRITES: &str = r#"call PutItem {"TableName":"orders","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"N":"1"}}}
call PutItem {"TableName":"orders","Item":{"pk":{"S":"a"},"sk":{"N":"2"},"v":{"N":"1"}}}
"#;
const LATER: &str = r#"call UpdateItem {"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"2"}},"UpdateExpression":"SET v = v + :one","ExpressionAttributeValues":{":one":{"N":"1"}},"ReturnValues":"ALL_NEW"}
"#;
const READ: &str = r#"call GetItem {"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}
"#;
const QUERY: &str = r#"call Query {"TableName":"orders","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}}}
"#;
/// Changes what [`READ`] reads.
const UNRECORDED: &str = r#"call UpdateItem {"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET v = :v","ExpressionAttributeValues":{":v":{"N":"9"}}}
"#;

/// Asks one line after the other.
fn ask(url: &str, script: &str) -> Vec<Answer> {
    let ask = |line: &str| {
        let (operation, body) = line.strip_prefix("call ").unwrap().split_once(' ').unwrap();
        raw::call(url, operation, body)
    };
    script.lines().map(ask).collect()
}

fn why(answer: &Answer) -> Option<&str> {
    answer.header("x-dynatape-synthesised")
}

/// A tape of a whole program, and its replay.
fn replay(place: &Place, options: &str) -> Running {
    place.record("orders.tape", &[TABLE, WRITES, READ, LATER].concat());
    place.start(&format!("replay orders.tape --port 0{options}"))
}

/// Asserts that both answer the same, byte for byte.
#[track_caller]
fn same(one: &[Answer], other: &[Answer]) {
    let plain = |answers: &[Answer]| -> Vec<_> {
        answers.iter().map(|answer| (answer.status, answer.text())).collect()
    };
    assert_eq!(plain(one), plain(other));
}

#[test]
fn a_read_that_was_not_recorded_is_answered_in_the_recordings_state() {
    let place = Place::new();
    let mut tape = replay(&place, " --on-miss emulate");
    let other = place.start("serve --port 0");
    for script in [TABLE, WRITES] {
        let recorded = ask(&tape.url, script);
        ask(&other.url, script);
        assert!(recorded.iter().all(|answer| answer.status == 200 && why(answer).is_none()));
    }
    let emulated = ask(&tape.url, QUERY);
    same(&emulated, &ask(&other.url, QUERY));
    assert_eq!(emulated[0].json()["Count"], 2);
    assert_eq!(why(&emulated[0]), Some("nothing recorded answers it"));
    assert!(emulated[0].checksum_is_right());
    // It only read: what follows is the tape's, and the emulator follows that.
    for (script, from_tape) in [(READ, true), (LATER, true), (QUERY, false)] {
        let answers = ask(&tape.url, script);
        same(&answers, &ask(&other.url, script));
        assert_eq!(why(&answers[0]).is_none(), from_tape, "{script}");
    }
    let ended = tape.stop("TERM").expect(0);
    ended.complains("0 missed; 2 emulated");
    ended.complains("emulated: Query orders: nothing recorded answers it");
}

#[test]
fn what_follows_an_emulated_write_sees_it() {
    let place = Place::new();
    let mut tape = replay(&place, " --on-miss emulate");
    let other = place.start("serve --port 0");
    for script in [TABLE, WRITES] {
        ask(&tape.url, script);
        ask(&other.url, script);
    }
    // A write that is refused changes nothing: the tape goes on.
    let refused = UNRECORDED.replace("}}}", r#"}},"ConditionExpression":"v = :v"}"#);
    let refused = ask(&tape.url, &refused);
    assert_eq!((refused[0].status, why(&refused[0]).is_some()), (400, true));
    assert_eq!(why(&ask(&tape.url, READ)[0]), None);
    for script in [UNRECORDED, READ, LATER, QUERY, "call ListTables {}\n"] {
        let answers = ask(&tape.url, script);
        same(&answers, &ask(&other.url, script));
        assert!(why(&answers[0]).is_some(), "{script}");
        if script == READ {
            assert_eq!(answers[0].json()["Item"]["v"]["N"], "9");
            assert_eq!(why(&answers[0]), Some("an emulated write came before it"));
        }
    }
    // The recorded write was made, if elsewhere.
    tape.stop("TERM").expect(0).complains("0 missed; 6 emulated");
}

#[test]
fn what_a_tape_takes_for_granted_is_there() {
    let place = Place::new();
    let origin = place.start("serve --port 0");
    ask(&origin.url, &[TABLE, WRITES].concat());
    let described = "call DescribeTable {\"TableName\":\"orders\"}\n";
    let script = [described, QUERY, LATER].concat();
    let record = format!("record granted.tape --upstream {}", origin.url);
    crate::place::Ended::of(&mut place.with_child(&record, &script)).expect(0);
    let tape = place.start("replay granted.tape --port 0 --on-miss emulate");
    ask(&tape.url, LATER);
    let emulated = ask(&tape.url, &QUERY.replace("}}}", r#"}},"ScanIndexForward":false}"#));
    let items = emulated[0].json();
    assert_eq!(why(&emulated[0]), Some("nothing recorded answers it"));
    assert_eq!(items["Items"][0]["v"]["N"], "2", "{items}");
    assert_eq!(items["Items"][1]["v"]["N"], "1", "{items}");
}

#[test]
fn what_the_emulator_cannot_know_stays_a_miss_that_says_why() {
    let place = Place::new();
    let mut tape = replay(&place, " --on-miss emulate");
    let origin = place.start("serve --port 0");
    let elsewhere =
        ask(&tape.url, "call GetItem {\"TableName\":\"other\",\"Key\":{\"k\":{\"S\":\"a\"}}}");
    assert!(elsewhere[0].text().contains("not emulated: the tape tells nothing of its table"));
    tape.stop("TERM").expect(2).complains("not emulated: the tape tells nothing of its table");

    // Of an item that was there, no read tells: an update of it cannot be done again.
    ask(&origin.url, &[TABLE, WRITES].concat());
    let described = "call DescribeTable {\"TableName\":\"orders\"}\n";
    let record = format!("record blind.tape --upstream {}", origin.url);
    let script = [described, &LATER.replace("ALL_NEW", "NONE")].concat();
    crate::place::Ended::of(&mut place.with_child(&record, &script)).expect(0);
    let mut tape = place.start("replay blind.tape --port 0 --on-miss emulate");
    ask(&tape.url, &script);
    let query = ask(&tape.url, QUERY);
    assert!(query[0].text().contains("not emulated: the tape does not tell enough"));
    tape.stop("TERM").expect(2);
}

#[test]
fn strict_fails_for_an_emulated_answer_and_without_the_option_it_is_a_miss() {
    let place = Place::new();
    let whole = [TABLE, WRITES, QUERY, READ, LATER].concat();
    for (options, emulated, code) in
        [(" --on-miss emulate", true, 0), (" --on-miss emulate --strict", true, 2), ("", false, 2)]
    {
        let mut tape = replay(&place, options);
        let answers = ask(&tape.url, &whole);
        let query = &answers[3];
        assert_eq!((query.status == 200, why(query).is_some()), (emulated, emulated), "{options}");
        assert_eq!(query.text().contains("dynatape#ReplayMiss"), !emulated, "{options}");
        let ended = tape.stop("TERM").expect(code);
        ended.complains(if emulated { "0 missed; 1 emulated" } else { "1 missed" });
    }
}
