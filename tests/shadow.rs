//! A candidate that shadows a primary: the client sees the primary only, and a difference is told
//! only where it is one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // all of it is test

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use dynatape::{
    backend::{
        Backend, BackendError, UpstreamError, UpstreamErrorKind,
        shadow::{Bounds, Settings, Unmeasured},
    },
    diff::{Layer, Outcome},
    wire::{Operation, Request, Response},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::{Value, json};
use shadowing::{Does, Told, answer_of, emulator, shadowed, table};
use tokio::sync::Semaphore;

#[path = "support/programs.rs"]
mod programs;
#[path = "support/shadowing.rs"]
mod shadowing;

fn put(key: &str, number: u64) -> Value {
    json!({"TableName": "orders", "Item": {"pk": {"S": key}, "n": {"N": number.to_string()}}})
}

fn get(key: &str) -> Value {
    json!({"TableName": "orders", "Key": {"pk": {"S": key}}})
}

use Operation::{CreateTable, GetItem, ListTables, PutItem, Scan, UpdateItem};

fn program() -> Vec<(Operation, Value)> {
    let when_new = {
        let mut body = put("a", 2);
        body["ConditionExpression"] = json!("attribute_not_exists(pk)");
        body
    };
    vec![
        (CreateTable, table()),
        (PutItem, put("a", 1)),
        (PutItem, when_new),
        (GetItem, get("a")),
        (Scan, json!({"TableName": "orders"})),
        (GetItem, json!({"TableName": "nowhere", "Key": {"pk": {"S": "a"}}})),
        (GetItem, json!({"TableName": "orders"})),
        (ListTables, json!({})),
    ]
}

fn unreachable() -> BackendError {
    let kind = UpstreamErrorKind::Connect;
    UpstreamError { kind, endpoint: "http://gone".to_owned(), cause: None }.into()
}

/// The answer with one number in it one higher.
fn with_another_number(response: Response) -> Response {
    let text = String::from_utf8(response.body.to_vec()).unwrap();
    Response { body: text.replace(r#""N":"1""#, r#""N":"2""#).into(), ..response }
}

#[tokio::test]
async fn the_client_gets_the_primarys_answers_whatever_the_candidate_does() {
    let right = emulator();
    let wrong = emulator();
    let wrong = Does(move |request: Request| {
        let answer = with_another_number(answer_of(&wrong, &request));
        std::future::ready(Ok(answer))
    });
    let candidates: Vec<(&str, Arc<dyn Backend>)> = vec![
        ("right", right),
        ("wrong", Arc::new(wrong)),
        ("hangs", Arc::new(Does(|_: Request| std::future::pending()))),
        ("gone", Arc::new(Does(|_: Request| std::future::ready(Err(unreachable()))))),
        ("panics", Arc::new(Does(|_: Request| async { panic!("on purpose") }))),
        ("no JSON", Arc::new(Does(|_: Request| std::future::ready(Ok(Response::ok("\u{0}")))))),
    ];
    for (name, candidate) in candidates {
        let alone = emulator();
        let settings = Settings { patience: Duration::from_millis(5), ..Settings::default() };
        let shadowed = shadowed(emulator(), candidate, settings);
        for (operation, body) in program() {
            let expected = answer_of(&alone, &Request::of(operation, body.to_string()));
            let answer = shadowed.ask(operation, &body).await.unwrap();
            assert_eq!(
                (answer.status, answer.headers, answer.body),
                (expected.status, expected.headers, expected.body),
                "{name}: {operation} {body}"
            );
        }
        shadowed.settled().await;
        let all = shadowed.notes.all();
        assert_eq!(all.len(), program().len(), "{name}: each is told of");
        match name {
            "right" => assert!(all.iter().all(|told| told.outcome == Outcome::Exact), "{all:#?}"),
            "wrong" => {
                let divergent = shadowed.notes.divergent();
                assert_eq!(divergent.len(), 2, "the GetItem and the Scan: {divergent:#?}");
                assert!(divergent[0].id.starts_with("GetItem/orders/"), "{divergent:#?}");
                let finding = &divergent[0].findings[0];
                assert_eq!((finding.layer, &*finding.path), (Layer::Values, "$.Item.n.N"));
                assert_eq!((&*finding.expected, &*finding.actual), ("1", "2"));
            }
            "no JSON" => assert_eq!(all[0].outcome, Outcome::Divergent, "{all:#?}"),
            _ => {
                let silent = |told: &Told| matches!(told.unmeasured, Some(Unmeasured::NoAnswer(_)));
                assert!(all.iter().all(silent), "{name}: {all:#?}");
            }
        }
    }
}

#[tokio::test]
async fn a_primary_without_an_answer_is_no_reason_to_ask_the_candidate() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let candidate = Does(move |_: Request| {
        count.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(Response::ok("{}")))
    });
    let busy = r#"{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate exceeded"}"#;
    let primary = Does(move |request: Request| {
        std::future::ready(match request.target.operation() {
            Some(PutItem) => Ok(Response::new(http::StatusCode::BAD_REQUEST, busy)),
            _ => Err(unreachable()),
        })
    });
    let shadowed = shadowed(Arc::new(primary), Arc::new(candidate), Settings::default());
    assert!(shadowed.ask(GetItem, &get("a")).await.is_err());
    shadowed.ask(PutItem, &put("a", 1)).await.unwrap();
    shadowed.settled().await;
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let why: Vec<_> = shadowed.notes.all().iter().map(Told::text).collect();
    assert_eq!(
        why,
        ["the primary did not answer", "the primary asked to come again (ThrottlingException)"]
    );
}

#[tokio::test]
async fn the_token_of_the_clients_credentials_is_for_the_primary_only() {
    const TOKEN: &str = "x-amz-security-token";
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noting = |name: &'static str| {
        let seen = Arc::clone(&seen);
        Does(move |request: Request| {
            let all = [TOKEN, "authorization"].map(|name| request.headers.contains_key(name));
            seen.lock().unwrap().push((name, all));
            std::future::ready(Ok(Response::ok("{}")))
        })
    };
    let (primary, candidate) = (Arc::new(noting("primary")), Arc::new(noting("candidate")));
    let shadowed = shadowed(primary, candidate, Settings::default());
    let mut request = Request::of(ListTables, "{}");
    request.headers.insert(TOKEN, http::HeaderValue::from_static("secret"));
    shadowed.shadow.call(request).await.unwrap();
    shadowed.settled().await;
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen, [("primary", [true, true]), ("candidate", [false, true])]);
}

/// Fifty clients take turns with five counters, in an order of chance; the candidate takes its
/// time. It must be asked about each counter in the order in which the primary did it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_candidate_is_asked_about_each_item_in_the_primarys_order() {
    const CLIENTS: u64 = 50;
    const CALLS: u64 = 20;
    let (primary, inner) = (emulator(), emulator());
    let (seen, running, most) = (
        Arc::new(Mutex::new(HashMap::<String, Vec<String>>::new())),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
    );
    let candidate = {
        let (seen, running, most) = (Arc::clone(&seen), Arc::clone(&running), Arc::clone(&most));
        Does(move |request: Request| {
            let (inner, seen) = (Arc::clone(&inner), Arc::clone(&seen));
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let body: Value = serde_json::from_slice(request.body()).unwrap();
                if request.target.operation() == Some(UpdateItem) {
                    let text = |value: &Value| value.as_str().unwrap().to_owned();
                    let key = text(&body["Key"]["pk"]["S"]);
                    let step = text(&body["ExpressionAttributeValues"][":id"]["S"]);
                    seen.lock().unwrap().entry(key).or_default().push(step);
                    // Shorter and longer, so that those without an order overtake each other.
                    let time = u64::from(request.body()[request.body().len() - 9] % 4);
                    tokio::time::sleep(Duration::from_millis(time)).await;
                }
                let answer = answer_of(&inner, &request);
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(answer)
            }
        })
    };
    let shadowed = Arc::new(shadowed(primary, Arc::new(candidate), Settings::default()));
    shadowed.create().await;
    // Which client comes next to a counter is decided by its lock; what it did is noted under it.
    let counters: Arc<Vec<_>> =
        Arc::new((0..5).map(|_| tokio::sync::Mutex::new(Vec::new())).collect());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (shadowed, counters) = (Arc::clone(&shadowed), Arc::clone(&counters));
            tokio::spawn(async move {
                for step in 0..CALLS {
                    let counter = usize::try_from((client + step * 7) % 5).unwrap();
                    let mut done = counters[counter].lock().await;
                    let id = format!("{client}/{step}");
                    let body = json!({
                        "TableName": "orders", "Key": {"pk": {"S": counter.to_string()}},
                        "UpdateExpression": "SET last_by = :id ADD n :one",
                        "ExpressionAttributeValues": {":id": {"S": id}, ":one": {"N": "1"}},
                        "ReturnValues": "ALL_NEW",
                    });
                    shadowed.ask(UpdateItem, &body).await.unwrap();
                    done.push(id);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    shadowed.settled().await;
    let seen = seen.lock().unwrap().clone();
    for (at, counter) in counters.iter().enumerate() {
        assert_eq!(seen[&at.to_string()], *counter.lock().await, "counter {at}");
    }
    assert!(most.load(Ordering::SeqCst) > 1, "items that have nothing to do with each other");
    let all = shadowed.notes.all();
    assert_eq!(all.len() as u64, CLIENTS * CALLS + 1);
    assert!(
        all.iter().all(|told| told.outcome == Outcome::Exact),
        "{:?}",
        shadowed.notes.divergent()
    );
}

#[tokio::test]
async fn what_there_is_no_room_for_is_counted_and_what_follows_is_no_finding() {
    let (inner, gate) = (emulator(), Arc::new(Semaphore::new(0)));
    let closed = Arc::clone(&gate);
    let candidate = Does(move |request: Request| {
        let (inner, gate) = (Arc::clone(&inner), Arc::clone(&closed));
        async move {
            gate.acquire().await.unwrap().forget();
            Ok(answer_of(&inner, &request))
        }
    });
    let bounds = Bounds { calls: 1, ..Settings::default().bounds };
    let settings = Settings { bounds, patience: Duration::from_secs(60), ..Settings::default() };
    let shadowed = shadowed(emulator(), Arc::new(candidate), settings);
    let expect = |told: &[&str]| {
        let all = shadowed.notes.all();
        let texts: Vec<_> = all.iter().map(Told::text).collect();
        assert_eq!(texts, told);
        shadowed.notes.told.lock().unwrap().clear();
    };
    const DROPPED: &str =
        "the candidate was not asked: it is too slow, and no more may wait for it";
    gate.add_permits(2);
    shadowed.create().await;
    shadowed.settled().await;
    shadowed.ask(PutItem, &put("kept", 1)).await.unwrap();
    shadowed.settled().await;
    expect(&["exact", "exact"]);

    // One is being asked, and nothing may wait; the clients do not notice.
    shadowed.ask(PutItem, &put("other", 1)).await.unwrap();
    shadowed.ask(PutItem, &put("lost", 1)).await.unwrap();
    shadowed.ask(GetItem, &get("kept")).await.unwrap();
    gate.add_permits(1);
    shadowed.settled().await;
    expect(&["exact", DROPPED, DROPPED]);

    let mut follows = Vec::new();
    for (operation, body) in [
        (GetItem, get("kept")),
        (GetItem, get("lost")),
        (Scan, json!({"TableName": "orders"})),
        (PutItem, put("lost", 2)),
        (GetItem, get("lost")),
        (Scan, json!({"TableName": "orders"})),
    ] {
        gate.add_permits(1);
        shadowed.ask(operation, &body).await.unwrap();
        shadowed.settled().await;
        follows.push(shadowed.notes.all().last().unwrap().text());
    }
    let root = follows[1].clone();
    assert!(root.starts_with("it follows PutItem/orders/"), "{follows:#?}");
    assert!(root.ends_with(", which the candidate was not asked"), "{follows:#?}");
    // Written anew, the item is the same in both.
    assert_eq!(follows, ["exact", &root, &root, "exact", "exact", "exact"]);
}

#[tokio::test]
async fn what_follows_from_a_write_that_was_answered_otherwise_is_told_with_it() {
    let inner = emulator();
    let candidate = Does(move |request: Request| {
        let text = String::from_utf8(request.body().to_vec()).unwrap();
        std::future::ready(Ok(match text.contains("refused") {
            true if request.target.operation() == Some(PutItem) => Response::new(
                http::StatusCode::BAD_REQUEST,
                r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}"#,
            ),
            _ => answer_of(&inner, &request),
        }))
    });
    let shadowed = shadowed(emulator(), Arc::new(candidate), Settings::default());
    shadowed.create().await;
    for (operation, body) in [
        (PutItem, put("refused", 1)),
        (GetItem, get("refused")),
        (Scan, json!({"TableName": "orders"})),
        (PutItem, put("other", 1)),
        (GetItem, get("other")),
    ] {
        shadowed.ask(operation, &body).await.unwrap();
    }
    shadowed.settled().await;
    let all = shadowed.notes.all();
    let root = format!("it follows {}, which was answered otherwise", all[1].id);
    let texts: Vec<_> = all.iter().map(Told::text).collect();
    assert_eq!(texts, ["exact", "divergent", &root, &root, "exact", "exact"]);
}

/// DynamoDB Local leaves out what a table is known by; its items are the same.
#[tokio::test]
async fn a_table_that_is_described_otherwise_does_not_hide_what_else_differs() {
    let inner = emulator();
    let candidate = Does(move |request: Request| {
        let answer = with_another_number(answer_of(&inner, &request));
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        let body = text.replace(r#""TableId""#, r#""TableName2""#).into();
        std::future::ready(Ok(Response { body, ..answer }))
    });
    let shadowed = shadowed(emulator(), Arc::new(candidate), Settings::default());
    shadowed.create().await;
    shadowed.ask(PutItem, &put("a", 1)).await.unwrap();
    shadowed.ask(GetItem, &get("a")).await.unwrap();
    shadowed.settled().await;
    let texts: Vec<_> = shadowed.notes.all().iter().map(Told::text).collect();
    assert_eq!(texts, ["divergent", "exact", "divergent"]);
}

/// The primary does the second of two writes first, and answers the first one first.
#[tokio::test]
async fn of_writes_that_overlapped_nobody_knows_which_came_first() {
    let (inner, second_done) = (emulator(), Arc::new(Semaphore::new(0)));
    let (first_done, waits) = (Arc::new(Semaphore::new(0)), Arc::clone(&second_done));
    let primary = {
        let first_done = Arc::clone(&first_done);
        Does(move |request: Request| {
            let (inner, first, second) =
                (Arc::clone(&inner), Arc::clone(&first_done), Arc::clone(&waits));
            async move {
                let text = String::from_utf8(request.body().to_vec()).unwrap();
                if text.contains(r#""N":"1""#) {
                    second.acquire().await.unwrap().forget();
                    return Ok(answer_of(&inner, &request));
                }
                let answer = answer_of(&inner, &request);
                if text.contains(r#""N":"2""#) {
                    second.add_permits(1);
                    first.acquire().await.unwrap().forget();
                }
                Ok(answer)
            }
        })
    };
    let shadowed = Arc::new(shadowed(Arc::new(primary), emulator(), Settings::default()));
    shadowed.create().await;
    let one = {
        let shadowed = Arc::clone(&shadowed);
        tokio::spawn(async move { shadowed.ask(PutItem, &put("a", 1)).await })
    };
    let two = {
        let shadowed = Arc::clone(&shadowed);
        tokio::spawn(async move { shadowed.ask(PutItem, &put("a", 2)).await })
    };
    one.await.unwrap().unwrap();
    first_done.add_permits(1);
    two.await.unwrap().unwrap();
    let answer = shadowed.ask(GetItem, &get("a")).await.unwrap();
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(text.contains(r#""N":"1""#), "{text}");
    shadowed.ask(PutItem, &put("a", 3)).await.unwrap();
    shadowed.ask(GetItem, &get("a")).await.unwrap();
    shadowed.settled().await;
    let texts: Vec<_> = shadowed.notes.all().iter().map(Told::text).collect();
    assert_eq!(texts[..3], ["exact", "exact", "exact"]);
    assert!(texts[3].ends_with(", which overlapped another write"), "{texts:#?}");
    assert_eq!(texts[4..], ["exact", "exact"]);
}

#[tokio::test]
async fn a_table_that_was_there_before_is_not_held_against_the_candidate() {
    let primary = emulator();
    let _ = answer_of(&primary, &Request::of(CreateTable, table().to_string()));
    let shadowed = shadowed(primary, emulator(), Settings::default());
    let mut other = table();
    other["TableName"] = json!("other");
    shadowed.ask(PutItem, &put("a", 1)).await.unwrap();
    shadowed.ask(CreateTable, &other).await.unwrap();
    shadowed.ask(ListTables, &json!({})).await.unwrap();
    // It makes sure that the table is there; in the candidate it is made by that, and empty.
    shadowed.ask(CreateTable, &table()).await.unwrap();
    shadowed.ask(GetItem, &get("a")).await.unwrap();
    shadowed.settled().await;
    let texts: Vec<_> = shadowed.notes.all().iter().map(Told::text).collect();
    assert_eq!(texts[0], "table orders was there before");
    assert_eq!(texts[1], "exact");
    assert_eq!(texts[2..4], ["table orders was there before", "table orders was there before"]);
    assert!(texts[4].ends_with(", about a table that was there before"), "{texts:#?}");
}

/// Clients at once on few items, through a primary that answers late and in any order: none of
/// what they are answered differs from what an equal candidate answers.
#[test]
fn equal_backends_never_differ_however_calls_overlap() {
    let mut runner = TestRunner::deterministic();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let mut all_measured = 0;
    for round in 0..8u64 {
        let clients: Vec<Vec<programs::Call>> = (0..20)
            .map(|_| {
                let calls = proptest::collection::vec(programs::call(), 50);
                calls.new_tree(&mut runner).unwrap().current()
            })
            .collect();
        let (divergent, measured, total) = runtime.block_on(at_once(clients, round));
        assert!(divergent.is_empty(), "round {round}: {divergent:#?}");
        assert_eq!(total, 1_001);
        all_measured += measured;
    }
    // On nine items, by twenty clients that never pause.
    assert!(all_measured > 8 * 500, "{all_measured} were measured");
}

/// What differed, how many were measured, and of how many.
async fn at_once(clients: Vec<Vec<programs::Call>>, round: u64) -> (Vec<Told>, usize, usize) {
    let (inner, turns) = (emulator(), Arc::new(AtomicU64::new(round)));
    let primary = Does(move |request: Request| {
        let inner = Arc::clone(&inner);
        let turn = turns.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        async move {
            let wait = |bits: u64| tokio::time::sleep(Duration::from_micros(bits % 4 * 300));
            wait(turn >> 40).await;
            let answer = answer_of(&inner, &request);
            wait(turn >> 50).await;
            Ok(answer)
        }
    });
    let shadowed = Arc::new(shadowed(Arc::new(primary), emulator(), Settings::default()));
    let create = programs::create();
    shadowed.shadow.call(Request::of(create.operation, create.body)).await.unwrap();
    let clients: Vec<_> = clients
        .into_iter()
        .map(|calls| {
            let shadowed = Arc::clone(&shadowed);
            tokio::spawn(async move {
                for call in calls {
                    shadowed.shadow.call(Request::of(call.operation, call.body)).await.unwrap();
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    shadowed.settled().await;
    let all = shadowed.notes.all();
    let measured = all.iter().filter(|told| told.outcome != Outcome::NotMeasured).count();
    (shadowed.notes.divergent(), measured, all.len())
}
