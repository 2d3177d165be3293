//! Recordings of random programs, replayed in other orders. An emulator of its own is asked the
//! same in the same order: what the replay answers must be what the emulator answers. In an order
//! in which calls that conflict stand as they were recorded, nothing may be missed.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use dynatape::{
    backend::{
        Backend as _,
        record::{Finished, Record, Recording, Since},
        replay::{Options, Replay},
    },
    cassette::{Answer, Cassette, Included, Provenance, slice, tables_described, to_text},
    clock::ManualClock,
    emulator::Emulator,
    wire::{Operation, Request},
};
use programs::{Call, Thing, ask, call, create, record};
use proptest::prelude::*;
use serde_json::json;

#[path = "support/programs.rs"]
mod programs;

fn replay(cassette: Cassette) -> Replay {
    let options = Options { causal_wait: Duration::ZERO, ..Options::default() };
    let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH));
    Replay::with(cassette, options, clock, String::new())
}

/// A recording as a user makes it, over an old one if there is one.
async fn recorded_through_the_layer(
    calls: Vec<(Operation, String)>,
    old: Option<&Cassette>,
) -> (usize, Cassette) {
    let since = Since { old, ..Since::default() };
    let finished = recorded_since(calls, since).await;
    (finished.changed, finished.cassette)
}

async fn recorded_since(calls: Vec<(Operation, String)>, since: Since<'_>) -> Finished {
    let recording = Recording::new();
    let layer = Record::new(Emulator::default(), recording.clone());
    for (operation, body) in calls {
        layer.call(Request::of(operation, body)).await.unwrap();
    }
    let from = Provenance { kind: "dynatape".to_owned(), ..Provenance::default() };
    recording.finish(from, "test", "2026-11-21", since)
}

/// What a replay and an emulator answer to calls in some order. What is missed is not done.
async fn agree(cassette: &Cassette, calls: &[Call], order: &[usize]) -> Result<usize, String> {
    let (replay, emulator) = (replay(cassette.clone()), Emulator::default());
    let mut missed = 0;
    for at in order {
        let call = &calls[*at];
        let served = replay.call(Request::of(call.operation, call.body.clone())).await;
        let Ok(served) = served else {
            missed += 1;
            continue;
        };
        let Answer::Http { status, body, .. } = ask(&emulator, call).answer else { continue };
        if (served.status, &served.body) != (status, &body)
            && call.operation != Operation::CreateTable
        {
            return Err(format!("{call:?}\nserved {:?}\nright is {body:?}", served.body));
        }
    }
    Ok(missed)
}

/// Whether two calls have to stay in their order.
fn conflict(one: &Call, other: &Call) -> bool {
    let meets = |left: &BTreeSet<Thing>, right: &BTreeSet<Thing>| !left.is_disjoint(right);
    one.operation == Operation::CreateTable
        || meets(&one.writes, &other.reads)
        || meets(&one.reads, &other.writes)
}

/// An order in which calls that conflict stand as they did: of those that may come, `choices`
/// says which does.
fn legal_order(calls: &[Call], choices: &[prop::sample::Index]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..calls.len()).collect();
    let mut order = Vec::with_capacity(calls.len());
    for choice in choices.iter().cycle() {
        if left.is_empty() {
            break;
        }
        let free: Vec<usize> = (0..left.len())
            .filter(|at| {
                left[..*at].iter().all(|earlier| !conflict(&calls[*earlier], &calls[left[*at]]))
            })
            .collect();
        order.push(left.remove(free[choice.index(free.len())]));
    }
    order
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_legal_order_is_answered_and_rightly(
        calls in prop::collection::vec(call(), 2..40),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 40),
        again in prop::collection::vec(any::<bool>(), 40),
    ) {
        let calls: Vec<_> = std::iter::once(create()).chain(calls).collect();
        let cassette = record(&calls);
        let order = legal_order(&calls, &choices);
        // Reads may come more often than recorded, while their state lasts.
        let repeated = order.iter().zip(again.iter().cycle()).flat_map(|(at, again)| {
            let times = if *again && calls[*at].writes.is_empty() && *at > 0 { 2 } else { 1 };
            std::iter::repeat_n(*at, times)
        });
        let order: Vec<_> = repeated.collect();
        let missed = runtime().block_on(agree(&cassette, &calls, &order));
        prop_assert_eq!(missed, Ok(0));
    }

    /// Each call once: a repeated one stands beside its like or not, as it happened to come. Other
    /// ids or another order, not both: calls that differ in their ids only are told by their order.
    #[test]
    fn recording_again_in_another_order_or_with_other_ids_changes_no_byte(
        calls in prop::collection::vec(call(), 2..40),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 40),
        other_ids in any::<bool>(),
    ) {
        let mut seen = BTreeSet::new();
        let calls: Vec<_> = std::iter::once(create())
            .chain(calls)
            .filter(|call| seen.insert((call.operation.name(), call.body.clone())))
            .collect();
        let (runtime, order) = (runtime(), legal_order(&calls, &choices));
        let bodies = |call: &Call| (call.operation, call.body.clone());
        let first = calls.iter().map(bodies);
        let old = runtime.block_on(recorded_through_the_layer(first.collect(), None)).1;
        let renamed = |call: &Call| (call.operation, call.body.replace("7c1f0400", "8d1f0400"));
        let second: Vec<_> = match other_ids {
            true => calls.iter().map(renamed).collect(),
            false => order.iter().map(|at| bodies(&calls[*at])).collect(),
        };
        let (changed, new) =
            runtime.block_on(recorded_through_the_layer(second, Some(&old)));
        prop_assert_eq!(changed, 0);
        prop_assert_eq!(to_text(&new), to_text(&old));
    }

    /// A program whose first calls are in another tape, in any legal order: its own tape has the
    /// others, and with what it includes all of it replays.
    #[test]
    fn a_tape_that_includes_another_holds_the_rest_and_replays(
        calls in prop::collection::vec(call(), 2..40),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 40),
        first in any::<prop::sample::Index>(),
    ) {
        let mut seen = BTreeSet::new();
        let calls: Vec<_> = std::iter::once(create())
            .chain(calls)
            .filter(|call| seen.insert((call.operation.name(), call.body.clone())))
            .collect();
        let first = 1 + first.index(calls.len());
        let bodies = |call: &Call| (call.operation, call.body.clone());
        let runtime = runtime();
        let setup = calls[..first].iter().map(bodies).collect();
        let cassette = runtime.block_on(recorded_through_the_layer(setup, None)).1;
        let included = Included { names: vec!["setup.tape".to_owned()], cassette };
        let since = Since { included: Some(&included), ..Since::default() };
        let order = legal_order(&calls, &choices);
        let all = || order.iter().map(|at| bodies(&calls[*at])).collect();
        let own = runtime.block_on(recorded_since(all(), since));
        prop_assert_eq!(&own.unmade, &Vec::<String>::new());
        // A read may be in both, where the tape tells too little to say that it could come first.
        let twice = own.cassette.interactions.len() + first - calls.len();
        let reads = calls[..first].iter().filter(|call| call.writes.is_empty()).count();
        prop_assert!(twice <= reads, "{twice} of {reads}");
        let whole = included.before(&own.cassette);
        prop_assert_eq!(runtime.block_on(agree(&whole, &calls, &order)), Ok(0));
        let since = Since { old: Some(&own.cassette), ..since };
        let again = runtime.block_on(recorded_since(all(), since));
        prop_assert_eq!(to_text(&again.cassette), to_text(&own.cassette));
    }

    #[test]
    fn no_order_is_answered_wrongly(
        calls in prop::collection::vec(call(), 2..40),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..30),
    ) {
        let calls: Vec<_> = std::iter::once(create()).chain(calls).collect();
        let cassette = record(&calls);
        let mut order: Vec<usize> = (0..calls.len()).collect();
        for (one, other) in &swaps {
            // The table is there from the start.
            let places = order.len() - 1;
            order.swap(1 + one.index(places), 1 + other.index(places));
        }
        let result = runtime().block_on(agree(&cassette, &calls, &order));
        prop_assert!(result.is_ok(), "{}", result.unwrap_err());
    }
}

proptest! {
    // Each makes as many slices as it has calls.
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_slice_of_every_interaction_replays_by_itself(calls in prop::collection::vec(call(), 2..40)) {
        let calls: Vec<_> = std::iter::once(create()).chain(calls).collect();
        let mut cassette = record(&calls);
        let schema = cassette.header.tables[0].1.clone();
        cassette.header.tables.push(("unasked".to_owned(), schema));
        let runtime = runtime();
        for chosen in &cassette.interactions {
            let part = slice(&cassette, |id| id == chosen.id);
            prop_assert_eq!(part.interactions.last(), Some(chosen));
            let tables: Vec<_> = part.header.tables.iter().map(|(name, _)| &**name).collect();
            prop_assert_eq!(tables, ["table"]);
            let replay = replay(part.clone());
            for interaction in &part.interactions {
                let served = runtime.block_on(replay.call(interaction.to_request()));
                let served = served.ok().map(|served| (served.status, served.body));
                let recorded = interaction.to_response().map(|it| (it.status, it.body));
                prop_assert_eq!(served, recorded, "{} for {}", &interaction.id, &chosen.id);
            }
        }
    }
}

/// A program over a table that has an id for a name.
fn over_a_table_of_its_own(calls: &[Call], id: &str) -> Vec<Call> {
    let name = format!("\"t-{id}\"");
    let mut delete = create();
    delete.operation = Operation::DeleteTable;
    delete.body = json!({"TableName": "table"}).to_string();
    let calls = std::iter::once(create()).chain(calls.iter().cloned()).chain([delete]);
    let calls = calls.enumerate().map(|(number, call)| {
        // SDKs make one up for each transaction.
        let token = format!("\"{}-{number:04x}{}\"", &id[..8], &id[13..]);
        let body = call.body.replace("\"table\"", &name).replace("\"token\"", &token);
        Call { body, ..call }
    });
    calls.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// What each test is shows late: all of them make a table, and some do the same for a while.
    #[test]
    fn tests_that_begin_alike_under_ids_of_their_own_run_in_any_order(
        tests in prop::collection::vec(prop::collection::vec(few_calls(), 0..6), 2..7),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 64),
    ) {
        let recorded: Vec<_> = tests.iter().enumerate().flat_map(|(test, calls)| {
            over_a_table_of_its_own(calls, &format!("0a1b2c3d-0000-4000-8000-00000000000{test}"))
        }).collect();
        let oracle = Emulator::default();
        let mut cassette = Cassette {
            interactions: recorded.iter().map(|call| ask(&oracle, call)).collect(),
            ..Cassette::default()
        };
        cassette.header.tables = tables_described(&cassette.interactions);
        cassette.renumber();
        let mut live: Vec<_> = tests.iter().enumerate().map(|(test, calls)| {
            over_a_table_of_its_own(calls, &format!("ffeeddcc-0000-4000-8000-00000000000{test}")).into_iter()
        }).collect();
        let (replay, oracle, runtime) = (replay(cassette), Emulator::default(), runtime());
        for choice in choices.iter().cycle() {
            live.retain(|calls| calls.len() > 0);
            if live.is_empty() {
                break;
            }
            let which = choice.index(live.len());
            let call = live[which].next().unwrap();
            let request = Request::of(call.operation, call.body.clone());
            let served = runtime.block_on(replay.call(request));
            let served = served.map_err(|miss| TestCaseError::fail(miss.to_string()))?;
            let Answer::Http { status, body, .. } = ask(&oracle, &call).answer else { continue };
            prop_assert_eq!(served.status, status);
            // Tables have ids and times of their own.
            if !matches!(call.operation, Operation::CreateTable | Operation::DeleteTable) {
                prop_assert_eq!(served.body, body, "{:?}", call);
            }
        }
        prop_assert_eq!(replay.summary().unused_writes, Vec::<String>::new());
    }
}

/// So few that tests often do the same.
fn few_calls() -> impl Strategy<Value = Call> {
    let call = |operation, body: serde_json::Value| Call {
        operation,
        body: body.to_string(),
        reads: BTreeSet::new(),
        writes: BTreeSet::new(),
    };
    let key = json!({"pk": {"S": "a"}, "sk": {"N": "1"}});
    prop::sample::select(vec![
        call(Operation::PutItem, json!({"TableName": "table", "Item": key})),
        call(Operation::GetItem, json!({"TableName": "table", "Key": key})),
        call(
            Operation::DeleteItem,
            json!({"TableName": "table", "Key": key, "ReturnValues": "ALL_OLD"}),
        ),
        call(Operation::Scan, json!({"TableName": "table"})),
        call(
            Operation::TransactWriteItems,
            json!({
                "ClientRequestToken": "token",
                "TransactItems": [{"Put": {"TableName": "table", "Item": key}}],
            }),
        ),
        call(
            Operation::UpdateItem,
            json!({
                "TableName": "table", "Key": key, "UpdateExpression": "ADD times :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}}, "ReturnValues": "UPDATED_NEW",
            }),
        ),
    ])
}

/// A hundred programs at once, each with items of its own, on as many tasks.
#[test]
fn a_hundred_workers_at_once_miss_nothing() {
    const WORKERS: usize = 100;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let program = |worker: usize| -> Vec<(Operation, String)> {
        let key = json!({"pk": {"S": format!("w{worker}")}, "sk": {"N": "1"}});
        let mut item = key.clone();
        item["grouped"] = json!({"S": format!("g{worker}")});
        let get = json!({"TableName": "table", "Key": key}).to_string();
        let add = json!({
            "TableName": "table", "Key": key, "UpdateExpression": "ADD times :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}}, "ReturnValues": "ALL_NEW",
        })
        .to_string();
        let query = json!({
            "TableName": "table", "IndexName": "groups", "KeyConditionExpression": "grouped = :g",
            "ExpressionAttributeValues": {":g": {"S": format!("g{worker}")}},
        })
        .to_string();
        vec![
            (Operation::GetItem, get.clone()),
            (Operation::PutItem, json!({"TableName": "table", "Item": item}).to_string()),
            (Operation::GetItem, get.clone()),
            (Operation::UpdateItem, add.clone()),
            (Operation::UpdateItem, add),
            (Operation::GetItem, get.clone()),
            (Operation::Query, query),
            (Operation::DeleteItem, get.clone()),
            (Operation::GetItem, get),
        ]
    };
    let emulator = Emulator::default();
    let mut cassette = Cassette::default();
    cassette.interactions.push(ask(&emulator, &create()));
    let mut answers = vec![Vec::new(); WORKERS];
    let steps = program(0).len();
    for step in 0..steps {
        for (worker, answers) in answers.iter_mut().enumerate() {
            let (operation, body) = program(worker)[step].clone();
            let call = Call { operation, body, reads: BTreeSet::new(), writes: BTreeSet::new() };
            let interaction = ask(&emulator, &call);
            answers.push(interaction.to_response().unwrap().body);
            cassette.interactions.push(interaction);
        }
    }
    cassette.header.tables = tables_described(&cassette.interactions);
    cassette.renumber();
    let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH));
    let replay = Arc::new(Replay::new(cassette, clock, String::new()));
    runtime.block_on(async {
        replay.call(Request::of(Operation::CreateTable, create().body)).await.unwrap();
        let tasks: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let replay = Arc::clone(&replay);
                tokio::spawn(async move {
                    let mut given = Vec::new();
                    for (operation, body) in program(worker) {
                        tokio::task::yield_now().await;
                        given.push(replay.call(Request::of(operation, body)).await.unwrap().body);
                    }
                    given
                })
            })
            .collect();
        for (task, answers) in tasks.into_iter().zip(&answers) {
            assert_eq!(task.await.unwrap(), *answers);
        }
    });
    assert_eq!(replay.summary().misses, []);
}
