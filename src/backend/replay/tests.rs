use std::time::SystemTime;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;

use super::*;
use crate::{
    cassette::{Attempt, KeyAttribute, TableSchema},
    clock::ManualClock,
    wire::{Operation, Target},
};

fn tape(interactions: &[(Operation, &str, &str, u32)]) -> Replay {
    tape_with(interactions, Options::default())
}

fn tape_with(interactions: &[(Operation, &str, &str, u32)], options: Options) -> Replay {
    let mut cassette = Cassette::default();
    for (operation, request, response, times) in interactions {
        let refused = response.contains("__type");
        let answer = Answer::Http {
            status: if refused { StatusCode::BAD_REQUEST } else { StatusCode::OK },
            headers: Vec::new(),
            body: Bytes::copy_from_slice(response.as_bytes()),
        };
        let request = Bytes::copy_from_slice(request.as_bytes());
        let interaction = Interaction::new(Target::Known(*operation), request, answer);
        cassette.interactions.push(Interaction { times: *times, ..interaction });
    }
    cassette.renumber();
    let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH));
    let key = KeyAttribute { name: "pk".into(), kind: "S".into(), sort: false };
    let schema = TableSchema { key: vec![key], ..TableSchema::default() };
    cassette.header.tables.push(("t".to_owned(), schema));
    Replay::with(cassette, options, clock, "dynatape record x.tape".to_owned())
}

/// What is answered without waiting for anybody.
fn answer(replay: &Replay, request: &Request) -> Result<Response, BackendError> {
    match replay.answer(&replay.asked(request), true, Patience::Spent) {
        Outcome::Answer(answer) => answer,
        Outcome::Later(..) | Outcome::Wait => unreachable!("it has waited"),
    }
}

fn ask(replay: &Replay, operation: Operation, body: &'static str) -> Result<String, String> {
    match answer(replay, &Request::of(operation, body)) {
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

const GET: &str = r#"{"TableName":"t","Key":{"pk":{"S":"a"}}}"#;
const PUT: &str = r#"{"TableName":"t","Item":{"pk":{"S":"a"}}}"#;

#[test]
fn a_read_is_answered_as_in_the_state_reached_however_often_it_is_asked() {
    let calls = [
        (GetItem, GET, "1", 1),
        (PutItem, PUT, "{}", 1),
        (GetItem, GET, "2", 1),
        (GetItem, GET, "3", 2),
    ];
    let replay = tape(&calls);
    let reads = |count: usize| -> Vec<_> {
        (0..count).map(|_| ask(&replay, GetItem, GET).expect("recorded")).collect()
    };
    assert_eq!(reads(3), ["1", "1", "1"]);
    assert!(ask(&replay, PutItem, PUT).is_ok());
    assert_eq!(reads(2), ["3", "3"], "nothing was written between 2 and 3: somebody waited for 3");
    let miss = ask(&replay, PutItem, PUT).expect_err("used up");
    assert!(miss.contains("the same request, but already used (1 of 1)"), "{miss}");
    let summary = replay.summary();
    assert_eq!((summary.calls, summary.repeats, summary.misses.len()), (7, 2, 1));
    assert_eq!((summary.unused_reads.len(), summary.unused_writes.len()), (0, 0));
}

#[test]
fn a_read_of_a_state_that_was_not_recorded_is_a_miss_that_says_why() {
    let replay = tape(&[(PutItem, PUT, "{}", 1), (GetItem, GET, "1", 1)]);
    let miss = ask(&replay, GetItem, GET).expect_err("not yet");
    assert!(
        miss.contains("recorded after PutItem/t/") && miss.contains("has not been made"),
        "{miss}"
    );
    let replay = tape(&[(GetItem, GET, "1", 1), (PutItem, PUT, "{}", 1)]);
    assert!(ask(&replay, PutItem, PUT).is_ok());
    let miss = ask(&replay, GetItem, GET).expect_err("never read");
    assert!(
        miss.contains("recorded before PutItem/t/") && miss.contains("has been made"),
        "{miss}"
    );
}

#[test]
fn polls_and_repeats_are_answered_as_asked_for() {
    use Repeats::{Cycle, First, Last, Strict};
    let calls = [(GetItem, GET, "1", 2), (GetItem, GET, "2", 1)];
    for (polls, repeats, answers) in [
        (Polls::Last, Last, "2 2 2 2 2"),
        (Polls::Faithful, Last, "1 1 2 2 2"),
        (Polls::Faithful, First, "1 1 2 1 1"),
        (Polls::Faithful, Cycle, "1 1 2 1 1"),
        (Polls::Faithful, Strict, "1 1 2 - -"),
        (Polls::Last, Strict, "2 2 2 - -"),
    ] {
        let replay = tape_with(&calls, Options { polls, repeats, ..Options::default() });
        let given: Vec<_> =
            (0..5).map(|_| ask(&replay, GetItem, GET).unwrap_or_else(|_| "-".into())).collect();
        assert_eq!(given.join(" "), answers, "{polls:?} {repeats:?}");
    }
}

#[test]
fn a_write_recorded_many_times_is_made_as_often_and_seen_when_all_are() {
    let calls = [(GetItem, GET, "0", 1), (PutItem, PUT, "{}", 3), (GetItem, GET, "3", 1)];
    let replay = tape(&calls);
    let mut answers = vec![ask(&replay, GetItem, GET)];
    for _ in 0..3 {
        assert!(ask(&replay, PutItem, PUT).is_ok());
        answers.push(ask(&replay, GetItem, GET).map_err(|_| "not read".to_owned()));
    }
    let missed = || Err("not read".to_owned());
    assert_eq!(answers, [Ok("0".to_owned()), missed(), missed(), Ok("3".to_owned())]);
    assert!(ask(&replay, PutItem, PUT).is_err(), "it was made three times");
    // As often as may be, at no cost.
    let replay = tape(&[(PutItem, PUT, "{}", u32::MAX)]);
    assert!(ask(&replay, PutItem, PUT).is_ok());
}

#[test]
fn what_was_refused_is_refused_again_until_the_state_changes() {
    let refused = r#"{"__type":"x#ConditionalCheckFailedException"}"#;
    let delete = r#"{"TableName":"t","Key":{"pk":{"S":"a"}}}"#;
    let replay = tape(&[
        (PutItem, PUT, "{}", 1),
        (PutItem, PUT, refused, 1),
        (DeleteItem, delete, "{}", 1),
        (PutItem, PUT, "{}", 1),
    ]);
    let mut answers = Vec::new();
    for operation in [PutItem, PutItem, PutItem, DeleteItem, PutItem] {
        let body = if operation == DeleteItem { delete } else { PUT };
        answers.push(ask(&replay, operation, body).expect("recorded") == "{}");
    }
    assert_eq!(answers, [true, false, false, true, true]);
    assert!(ask(&replay, PutItem, PUT).is_err());
}

#[test]
fn a_request_is_found_however_it_was_answered_the_first_time() {
    use Operation::DeleteTable;
    let missing = r#"{"__type":"x#ResourceNotFoundException"}"#;
    let table = r#"{"TableName":"t"}"#;
    let replay = tape(&[
        (PutItem, PUT, "{}", 1),
        (DeleteTable, table, "{}", 1),
        (DeleteTable, table, missing, 1),
    ]);
    assert!(ask(&replay, PutItem, PUT).is_ok());
    let answers = [0, 1].map(|_| ask(&replay, DeleteTable, table).expect("recorded"));
    assert_eq!(answers, ["{}", missing]);
}

#[test]
fn an_attempt_of_a_call_answered_before_gets_the_same_answer() {
    let replay = tape(&[(PutItem, PUT, "1", 1), (PutItem, PUT, "2", 1)]);
    let ask = |id: &str| {
        let mut request = Request::of(PutItem, PUT);
        request.headers.insert("amz-sdk-invocation-id", id.parse().expect("header"));
        answer(&replay, &request).map(|response| response.body).map_err(|error| error.to_string())
    };
    let answers = ["a", "a", "b", "a", "b"].map(|id| ask(id).expect("recorded"));
    assert_eq!(answers, ["1", "1", "2", "1", "2"]);
    assert!(ask("c").is_err());
    assert_eq!(replay.summary().retried, 3);
}

#[test]
fn failed_attempts_are_left_out_or_repeated() {
    let failing = |retries: Retries| {
        let mut replay =
            tape_with(&[(PutItem, PUT, "{}", 1)], Options { retries, ..Options::default() });
        let kind = Some("ProvisionedThroughputExceededException".to_owned());
        replay.interactions[0].attempts = vec![Attempt { status: 400, kind, extra: Vec::new() }; 2];
        let statuses: Vec<_> = (0..3)
            .map_while(|_| answer(&replay, &Request::of(PutItem, PUT)).ok())
            .map(|response| response.status.as_u16())
            .collect();
        statuses
    };
    assert_eq!(failing(Retries::Fast), [200]);
    assert_eq!(failing(Retries::Faithful), [400, 400, 200]);
}

#[test]
fn made_up_values_stand_for_the_recorded_ones_in_all_that_follows() {
    let (old, new) =
        ("7c1f0400-0000-4000-8000-0123456789ab", "11111111-2222-4333-8444-555555555555");
    let other = "99999999-2222-4333-8444-555555555555";
    let put = |id: &str| format!(r#"{{"TableName":"t","Item":{{"pk":{{"S":"o#{id}"}}}}}}"#);
    let get = |id: &str| format!(r#"{{"TableName":"t","Key":{{"pk":{{"S":"o#{id}"}}}}}}"#);
    let item = |id: &str| format!(r#"{{"Item":{{"pk":{{"S":"o#{id}"}}}}}}"#);
    let replay = tape(&[(PutItem, &put(old), "{}", 1), (GetItem, &get(old), &item(old), 1)]);
    let ask = |operation, body: String| {
        let answer = answer(&replay, &Request::of(operation, body));
        answer.map(|response| String::from_utf8_lossy(&response.body).into_owned())
    };
    assert!(ask(PutItem, put(new)).is_ok());
    assert_eq!(ask(GetItem, get(new)).expect("the item put"), item(new));
    assert!(ask(GetItem, get(other)).is_err(), "nobody put that");
    assert!(ask(GetItem, get(old)).is_err(), "the recorded one is another's now");
    assert_eq!(replay.summary().unified, 1);
}

#[test]
fn new_values_come_beside_bound_ones_and_times_may_fall_together() {
    let (order, line) =
        ("7c1f0400-0000-4000-8000-000000000001", "7c1f0400-0000-4000-8000-000000000002");
    let (new, newer) =
        ("11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555");
    let put = |pk: &str, line: &str, at: &str| {
        format!(
            r#"{{"TableName":"t","Item":{{"pk":{{"S":"{pk}"}},"l":{{"S":"{line}"}},"at":{{"N":"{at}"}}}}}}"#
        )
    };
    let first = put(order, "-", "1700000001");
    let second = put(order, line, "1700000001");
    let replay = tape(&[(PutItem, &first, "1", 1), (PutItem, &second, "2", 1)]);
    let ask = |body: String| answer(&replay, &Request::of(PutItem, body)).is_ok();
    assert!(ask(put(new, "-", "1800000001")));
    assert!(ask(put(new, newer, "1800000002")), "one id bound, one new, another second");
}

#[test]
fn an_id_of_the_tape_is_never_taken_for_another() {
    let (one, other) =
        ("7c1f0400-0000-4000-8000-000000000001", "7c1f0400-0000-4000-8000-000000000002");
    let get = |id: &str| format!(r#"{{"TableName":"t","Key":{{"pk":{{"S":"{id}"}}}}}}"#);
    let put = format!(r#"{{"TableName":"t","Item":{{"pk":{{"S":"{one}"}}}}}}"#);
    let item = |id: &str| format!(r#"{{"Item":{{"pk":{{"S":"{id}"}}}}}}"#);
    let replay = tape(&[
        (GetItem, &get(other), &item(other), 1),
        (PutItem, &put, "{}", 1),
        (GetItem, &get(one), &item(one), 1),
    ]);
    let ask = |operation, body: String| answer(&replay, &Request::of(operation, body));
    assert!(ask(GetItem, get(one)).is_err(), "it was not put yet");
    assert!(ask(GetItem, get("99999999-2222-4333-8444-555555555555")).is_err(), "nobody put that");
    assert!(ask(PutItem, put.clone()).is_ok());
    assert_eq!(ask(GetItem, get(one)).expect("put").body, item(one));
}

#[test]
fn a_write_that_may_have_happened_keeps_reads_on_either_side_apart() {
    let mut replay = vec![];
    for failure in [IoFailure::Timeout, IoFailure::Connect] {
        let http = |body: &str| Answer::Http {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        let calls = [
            (GetItem, GET, http("before")),
            (PutItem, PUT, Answer::Io(failure)),
            (GetItem, GET, http("after")),
        ];
        let interactions = calls.map(|(operation, body, answer)| {
            Interaction::new(Target::Known(operation), body.into(), answer)
        });
        let mut cassette = Cassette { interactions: interactions.into(), ..Cassette::default() };
        cassette.renumber();
        let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH));
        let tape = Replay::new(cassette, clock, String::new());
        replay.push(ask(&tape, GetItem, GET).expect("recorded"));
    }
    // What was never sent changed nothing: then the two reads are one poll.
    assert_eq!(replay, ["before", "after"]);
}

#[test]
fn a_transaction_repeated_under_its_token_does_nothing_again() {
    use Operation::TransactWriteItems;
    let with = |token: &str| {
        format!(
            r#"{{"ClientRequestToken":"{token}","TransactItems":[{{"Put":{{"TableName":"t","Item":{{"pk":{{"S":"a"}}}}}}}}]}}"#
        )
    };
    let recorded = with("a");
    let replay = tape(&[
        (TransactWriteItems, &recorded, "1", 1),
        (TransactWriteItems, &recorded, "2", 1),
        (GetItem, GET, "read", 1),
    ]);
    let asked = |token: &str| answer(&replay, &Request::of(TransactWriteItems, with(token)));
    assert_eq!(asked("x").expect("recorded").body, "1");
    assert_eq!(ask(&replay, GetItem, GET).as_deref(), Ok("read"));
    assert_eq!(asked("x").expect("recorded").body, "2");
    assert_eq!(ask(&replay, GetItem, GET).as_deref(), Ok("read"));
    assert!(asked("y").is_err(), "another token is another transaction");
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_the_write_that_came_before_it() {
    let replay = Arc::new(tape(&[(PutItem, PUT, "{}", 1), (GetItem, GET, "1", 1)]));
    let reader = Arc::clone(&replay);
    let read = tokio::spawn(async move { reader.call(Request::of(GetItem, GET)).await });
    tokio::task::yield_now().await;
    assert!(!read.is_finished());
    assert!(replay.call(Request::of(PutItem, PUT)).await.is_ok());
    assert_eq!(read.await.expect("joined").expect("recorded").body, "1");
    assert_eq!(replay.summary().waited, 1);
    let alone = tape(&[(PutItem, PUT, "{}", 1), (GetItem, GET, "1", 1)]);
    assert!(alone.call(Request::of(GetItem, GET)).await.is_err(), "nobody writes: it gives up");
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
        let response = answer(&replay, &Request::of(GetItem, "{}")).expect("recorded");
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
        let answer = answer(replay, &Request::of(TransactWriteItems, with(token)));
        answer.map(|response| response.body).map_err(|error| error.to_string())
    };
    let first = replay();
    let answers: Vec<_> =
        ["x", "x", "y"].iter().map(|token| asked(&first, token).expect("recorded")).collect();
    assert_eq!(answers, ["1", "2", "3"]);
    assert_eq!(first.summary().unified, 2);
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
    let miss = answer(&replay, &Request::of(PutItem, sent)).expect_err("not recorded").to_string();
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

#[test]
fn an_id_in_a_binary_is_the_clients_own_in_all_that_follows() {
    let event = |id: &str| STANDARD.encode(format!(r#"{{"id":"{id}"}}"#));
    let item = |id: &str| format!(r#"{{"pk":{{"S":"e#{id}"}},"event":{{"B":"{}"}}}}"#, event(id));
    let put = |id: &str| format!(r#"{{"TableName":"t","Item":{}}}"#, item(id));
    let get = |id: &str| format!(r#"{{"TableName":"t","Key":{{"pk":{{"S":"e#{id}"}}}}}}"#);
    let [old, new] =
        ["7c1f0400-0000-4000-8000-000000000001", "aa1f0400-0000-4000-8000-00000000000b"];
    let (recorded, found) = (put(old), format!(r#"{{"Item":{}}}"#, item(old)));
    let asked = get(old);
    let replay = tape(&[(PutItem, &*recorded, "{}", 1), (GetItem, &*asked, &*found, 1)]);
    let other = put(new).replace(&event(new), &event(old));
    assert!(answer(&replay, &Request::of(PutItem, other)).is_err(), "two ids are not one");
    assert!(answer(&replay, &Request::of(PutItem, put(new))).is_ok());
    let told = answer(&replay, &Request::of(GetItem, get(new))).expect("its own");
    assert_eq!(told.body, format!(r#"{{"Item":{}}}"#, item(new)));
}

/// The key, an attempt to put under a new id, and what else a lock does.
fn lock(key: u64, version: u64) -> (String, String) {
    let id = |number: u64| format!("7c1f0400-0000-4000-8000-{number:012}");
    let (key, version) = (id(key), id(version));
    let put = format!(
        r#"{{"TableName":"t","Item":{{"pk":{{"S":"{key}"}},"v":{{"S":"{version}"}}}},"ConditionExpression":"attribute_not_exists(v)"}}"#
    );
    let delete = format!(
        r#"{{"TableName":"t","Key":{{"pk":{{"S":"{key}"}}}},"ConditionExpression":"v = :v","ExpressionAttributeValues":{{":v":{{"S":"{version}"}}}}}}"#
    );
    (put, delete)
}

const REFUSED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}"#;

#[test]
fn whoever_tries_again_under_a_new_id_is_refused_again_until_the_state_changes() {
    let (put, delete) = lock(1, 2);
    let replay = tape(&[
        (PutItem, &put, "{}", 1),
        (PutItem, &lock(1, 3).0, REFUSED, 1),
        (DeleteItem, &delete, "{}", 1),
        (PutItem, &lock(1, 4).0, "{}", 1),
    ]);
    let ask = |operation, body: String| {
        let answer = answer(&replay, &Request::of(operation, body));
        answer.map(|answer| answer.status.is_success()).map_err(|error| error.to_string())
    };
    assert_eq!(ask(PutItem, lock(10, 11).0), Ok(true));
    for attempt in 12..16 {
        assert_eq!(ask(PutItem, lock(10, attempt).0), Ok(false), "{attempt}");
    }
    assert!(ask(PutItem, lock(20, 21).0).is_err(), "of another lock nothing is known");
    assert_eq!(ask(DeleteItem, lock(10, 11).1), Ok(true));
    assert_eq!(ask(PutItem, lock(10, 16).0), Ok(true));
    assert!(ask(PutItem, lock(10, 17).0).is_err(), "in this state nobody was refused");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_overtakes_another_of_its_client_does_not_change_places() {
    // Two tests that begin alike; the second never tries while its lock is held.
    let refused = lock(1, 3).0;
    let replay = Arc::new(tape(&[
        (PutItem, &lock(5, 6).0, "{}", 1),
        (DeleteItem, &lock(5, 6).1, "{}", 1),
        (PutItem, &lock(5, 7).0, "{}", 1),
        (PutItem, &lock(1, 2).0, "{}", 1),
        (PutItem, &refused, REFUSED, 1),
        (DeleteItem, &lock(1, 2).1, "{}", 1),
    ]));
    let ask = |operation, body: String| {
        let replay = Arc::clone(&replay);
        tokio::spawn(async move { replay.call(Request::of(operation, body)).await })
    };
    let status = |answer: Result<Response, BackendError>| answer.map(|answer| answer.status);
    assert!(ask(PutItem, lock(30, 32).0).await.expect("joined").is_ok());
    // What deletes is on its way when this comes.
    let early = ask(PutItem, lock(30, 31).0);
    tokio::task::yield_now().await;
    assert!(!early.is_finished());
    assert!(ask(DeleteItem, lock(30, 32).1).await.expect("joined").is_ok());
    let early = status(early.await.expect("joined"));
    assert_eq!(early.map_err(|error| error.to_string()), Ok(StatusCode::OK));
    // The other test finds its place free.
    assert!(ask(PutItem, lock(10, 12).0).await.expect("joined").is_ok());
    let other = status(ask(PutItem, lock(10, 11).0).await.expect("joined"));
    assert_eq!(other.map_err(|error| error.to_string()), Ok(StatusCode::BAD_REQUEST));
}
