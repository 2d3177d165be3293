use std::time::SystemTime;

use http::StatusCode;

use super::*;
use crate::{
    clock::ManualClock,
    wire::{Operation, Target},
};

fn tape(interactions: &[(Operation, &str, &str, u32)]) -> Replay {
    let mut cassette = Cassette::default();
    for (operation, request, response, times) in interactions {
        let answer = Answer::Http {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: Bytes::copy_from_slice(response.as_bytes()),
        };
        let request = Bytes::copy_from_slice(request.as_bytes());
        let interaction = Interaction::new(Target::Known(*operation), request, answer);
        cassette.interactions.push(Interaction { times: *times, ..interaction });
    }
    cassette.renumber();
    let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH));
    Replay::new(cassette, clock, "dynatape record x.tape".to_owned())
}

fn ask(replay: &Replay, operation: Operation, body: &'static str) -> Result<String, String> {
    match replay.answer(Request::of(operation, body)) {
        Ok(response) => Ok(String::from_utf8_lossy(&response.body).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

use Operation::{DeleteItem, GetItem, PutItem, Query};

#[test]
fn never_gives_one_operations_answer_to_another() {
    for recorded in Operation::ALL {
        let replay = tape(&[(*recorded, "{}", "\"recorded\"", 1)]);
        for asked in Operation::ALL {
            assert_eq!(ask(&replay, *asked, "{}").is_ok(), asked == recorded, "{recorded} {asked}");
        }
    }
}

#[test]
fn answers_in_the_order_recorded_and_reads_once_more_with_the_last() {
    let replay = tape(&[
        (GetItem, "{\"k\":1}", "1", 1),
        (PutItem, "{\"k\":1}", "{}", 1),
        (GetItem, "{\"k\":1}", "2", 2),
    ]);
    let answers: Vec<_> =
        (0..5).map(|_| ask(&replay, GetItem, "{\"k\":1}").expect("recorded")).collect();
    assert_eq!(answers, ["1", "2", "2", "2", "2"]);
    assert!(ask(&replay, PutItem, "{\"k\":1}").is_ok());
    let miss = ask(&replay, PutItem, "{\"k\":1}").expect_err("used up");
    assert!(miss.contains("the same request, but already used (1 of 1)"), "{miss}");
    let summary = replay.summary();
    assert_eq!((summary.calls, summary.repeats, summary.misses.len()), (7, 2, 1));
}

#[test]
fn finds_the_same_json_spelled_otherwise() {
    let replay = tape(&[(Query, r#"{"a":"é","b":[1,{"c":null}]}"#, "1", 1)]);
    assert!(ask(&replay, Query, r#"{ "b": [1, {"c": null}], "a": "\u00e9" }"#).is_ok());
    assert_eq!(replay.summary().canonical, 1);
    assert!(ask(&replay, Query, r#"{"a":"é","b":[{"c":null},1]}"#).is_err(), "list order counts");
}

#[test]
fn a_miss_names_the_nearest_and_where_it_differs() {
    let replay = tape(&[
        (GetItem, r#"{"TableName":"a","Key":{"pk":{"S":"x"}}}"#, "{}", 1),
        (GetItem, r#"{"TableName":"b","Key":{"pk":{"S":"y"}}}"#, "{}", 1),
    ]);
    let miss = ask(&replay, GetItem, r#"{"TableName":"a","Key":{"pk":{"S":"y"}}}"#)
        .expect_err("not recorded");
    insta::assert_snapshot!(miss);
    let miss = ask(&replay, DeleteItem, "{}").expect_err("no such operation");
    assert!(miss.contains("no DeleteItem was recorded; recorded are: GetItem"), "{miss}");
    assert_eq!(replay.summary().unused_reads.len(), 2);
}

#[test]
fn request_ids_repeat_from_replay_to_replay_and_dates_are_now() {
    let id = || {
        let replay = tape(&[(GetItem, "{}", "{}", 1)]);
        let response = replay.answer(Request::of(GetItem, "{}")).expect("recorded");
        assert_eq!(response.headers["date"], "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(response.headers["x-amz-crc32"], "2745614147");
        response.headers["x-amzn-requestid"].clone()
    };
    assert_eq!(id(), id());
}

#[test]
fn tokens_may_be_others_but_stay_as_equal_as_they_were() {
    use Operation::TransactWriteItems;
    let with = |token: &str| format!(r#"{{"ClientRequestToken":"{token}","TransactItems":[]}}"#);
    let (a, b) = (with("a"), with("b"));
    let replay = || {
        let calls = [
            (TransactWriteItems, &*a, "1", 1),
            (TransactWriteItems, &*a, "2", 1),
            (TransactWriteItems, &*b, "3", 1),
        ];
        tape(&calls)
    };
    let asked = |replay: &Replay, token: &str| {
        let answer = replay.answer(Request::of(TransactWriteItems, with(token)));
        answer.map(|response| response.body).map_err(|error| error.to_string())
    };
    let first = replay();
    let answers: Vec<_> =
        ["x", "x", "y"].iter().map(|token| asked(&first, token).expect("recorded")).collect();
    assert_eq!(answers, ["1", "2", "3"]);
    assert_eq!(first.summary().tokens, 3);
    let second = replay();
    assert!(asked(&second, "x").is_ok());
    assert_eq!(asked(&second, "y").expect("b's partner"), "3", "not the second of a");
    assert!(asked(&second, "z").is_err(), "a third token was never recorded");
}

#[test]
fn a_token_that_is_the_recorded_one_is_its_own_partner() {
    use Operation::TransactWriteItems;
    let same = r#"{"ClientRequestToken":"a","TransactItems":[]}"#;
    let replay = tape(&[(TransactWriteItems, same, "1", 1), (TransactWriteItems, same, "2", 1)]);
    assert_eq!(ask(&replay, TransactWriteItems, same).as_deref(), Ok("1"));
    let other = r#"{"ClientRequestToken":"b","TransactItems":[]}"#;
    assert!(ask(&replay, TransactWriteItems, other).is_err(), "a second token was never recorded");
    assert_eq!(ask(&replay, TransactWriteItems, same).as_deref(), Ok("2"));
}

#[test]
fn a_miss_with_a_body_made_to_be_large_is_explained_in_few_words() {
    let levels = 6_000;
    let body = |of: &str| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"TableName":"{}","A":{open}{of}{close}}}"#, "t".repeat(10_000))
    };
    let (recorded, sent) = (body("0"), body(&("1,".repeat(200_000) + "1")));
    let replay = tape(&[(PutItem, &*recorded, "{}", 1)]);
    let miss = replay.answer(Request::of(PutItem, sent)).expect_err("not recorded").to_string();
    assert!(miss.contains("nearest: PutItem/") && miss.len() < 12_000, "{}", miss.len());
}

#[test]
fn a_long_list_of_one_request_is_passed_once() {
    let calls: Vec<_> = (0..20_000).map(|at| at.to_string()).collect();
    let calls: Vec<_> = calls.iter().map(|answer| (PutItem, "{}", &**answer, 1)).collect();
    let replay = tape(&calls);
    for (.., answer, _) in &calls {
        assert_eq!(ask(&replay, PutItem, "{}").as_deref(), Ok(*answer));
    }
}
