//! Programs that ask in two regions, recorded on one tape and replayed in other orders: what the
//! replay answers must be what an emulator answers that is asked the same in the same order.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use dynatape::{
    backend::{
        Backend as _,
        record::{Record, Recording, Since},
        replay::{Options, Replay, rehearse},
    },
    cassette::{Cassette, Provenance, concatenate, read, to_text},
    clock::ManualClock,
    emulator::Emulator,
    wire::{Operation, Request},
};
use fresh::played;
use programs::{Call, Thing, call, create};
use proptest::prelude::*;
use serde_json::json;

#[path = "support/fresh.rs"]
mod fresh;
#[path = "support/programs.rs"]
mod programs;

/// A call, and the region that its client signs for.
type Asked = (Call, &'static str);

const HERE: &str = "eu-central-1";
const THERE: &str = "us-east-1";

fn request((call, region): &Asked) -> Request {
    Request::of(call.operation, call.body.clone()).signed_for(region)
}

fn replay(cassette: Cassette) -> Replay {
    let options = Options { causal_wait: Duration::ZERO, ..Options::default() };
    Replay::with(cassette, options, clock(), String::new())
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn recorded(calls: &[Asked], old: Option<&Cassette>) -> Cassette {
    let recording = Recording::new();
    let layer = Record::new(Emulator::default(), recording.clone());
    for call in calls {
        layer.call(request(call)).await.unwrap();
    }
    let from = Provenance { kind: "dynatape".to_owned(), ..Provenance::default() };
    let since = Since { old, ..Since::default() };
    recording.finish(from, "test", "2026-11-21", since).cassette
}

/// How many calls are missed in an order; what is missed is not done. An answer that is not the
/// emulator's is an error.
async fn missed(cassette: &Cassette, calls: &[Asked], order: &[usize]) -> Result<usize, String> {
    let (replay, emulator) = (replay(cassette.clone()), Emulator::default());
    let mut missed = 0;
    for at in order {
        let Ok(served) = replay.call(request(&calls[*at])).await else {
            missed += 1;
            continue;
        };
        let right = emulator.call(&request(&calls[*at]));
        let makes = [Operation::CreateTable, Operation::UpdateTable];
        // Tables have ids and times of their own.
        if !makes.contains(&calls[*at].0.operation)
            && (served.status, &served.body) != (right.status, &right.body)
        {
            return Err(format!(
                "{:?}\nserved {:?}\nright {:?}",
                calls[*at], served.body, right.body
            ));
        }
    }
    Ok(missed)
}

fn conflict(one: &Asked, other: &Asked) -> bool {
    let meets = |left: &BTreeSet<Thing>, right: &BTreeSet<Thing>| !left.is_disjoint(right);
    one.1 == other.1
        && (one.0.operation == Operation::CreateTable
            || meets(&one.0.writes, &other.0.reads)
            || meets(&one.0.reads, &other.0.writes))
}

/// An order in which calls of one region that conflict stand as they did.
fn legal_order(calls: &[Asked], choices: &[prop::sample::Index]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..calls.len()).collect();
    let mut order = Vec::with_capacity(calls.len());
    for choice in choices.iter().cycle() {
        if left.is_empty() {
            break;
        }
        let is_free = |at: &usize| {
            left[..*at].iter().all(|earlier| !conflict(&calls[*earlier], &calls[left[*at]]))
        };
        let free: Vec<usize> = (0..left.len()).filter(is_free).collect();
        order.push(left.remove(free[choice.index(free.len())]));
    }
    order
}

fn other(operation: Operation, body: &serde_json::Value) -> Call {
    let body = body.to_string();
    Call { operation, body, reads: BTreeSet::new(), writes: BTreeSet::new() }
}

fn in_either(calls: Vec<(Call, bool)>) -> impl Iterator<Item = Asked> {
    calls.into_iter().map(|(call, here)| (call, if here { HERE } else { THERE }))
}

/// A table of the same name in each region.
fn two_tables(calls: Vec<(Call, bool)>) -> Vec<Asked> {
    [(create(), HERE), (create(), THERE)].into_iter().chain(in_either(calls)).collect()
}

/// One table, and its replica.
fn replicas(calls: Vec<(Call, bool)>) -> Vec<Asked> {
    let join = json!({
        "TableName": "table", "ReplicaUpdates": [{"Create": {"RegionName": THERE}}],
    });
    let begin = [(create(), HERE), (other(Operation::UpdateTable, &join), HERE)];
    begin.into_iter().chain(in_either(calls)).collect()
}

fn some_calls() -> impl Strategy<Value = Vec<(Call, bool)>> {
    prop::collection::vec((call(), any::<bool>()), 2..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_of_one_name_in_two_regions_have_nothing_to_do_with_each_other(
        calls in some_calls(),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let calls = two_tables(calls);
        let (runtime, order) = (runtime(), legal_order(&calls, &choices));
        let cassette = runtime.block_on(recorded(&calls, None));
        prop_assert_eq!(runtime.block_on(missed(&cassette, &calls, &order)), Ok(0));
        let reordered: Vec<_> = order.iter().map(|at| calls[*at].clone()).collect();
        let seen: BTreeSet<_> = reordered.iter().map(|(call, region)| (&call.body, call.operation.name(), region)).collect();
        // Calls that differ are put where the old tape has them, and the tape's own region stays.
        if seen.len() == calls.len() && reordered.iter().any(|call| call.1 == HERE) {
            let again = runtime.block_on(recorded(&reordered, Some(&cassette)));
            prop_assert_eq!(to_text(&again), to_text(&cassette));
        }
    }

    #[test]
    fn no_order_is_answered_wrongly_of_replicas_or_of_tables_that_are_none(
        calls in some_calls(),
        joined in any::<bool>(),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..30),
    ) {
        let calls = if joined { replicas(calls) } else { two_tables(calls) };
        let runtime = runtime();
        let cassette = runtime.block_on(recorded(&calls, None));
        let mut order: Vec<usize> = (0..calls.len()).collect();
        // As recorded nothing is missed, replicas or not.
        prop_assert_eq!(runtime.block_on(missed(&cassette, &calls, &order)), Ok(0));
        prop_assert_eq!(rehearse(cassette.clone(), &cassette.interactions, clock()), []);
        for (one, other) in &swaps {
            let places = order.len() - 2;
            order.swap(2 + one.index(places), 2 + other.index(places));
        }
        let result = runtime.block_on(missed(&cassette, &calls, &order));
        prop_assert!(result.is_ok(), "{}", result.unwrap_err());
    }
}

fn put(region: &'static str, n: u8) -> Asked {
    let item = json!({"pk": {"S": "a"}, "sk": {"N": "1"}, "n": {"N": n.to_string()}});
    (other(Operation::PutItem, &json!({"TableName": "table", "Item": item})), region)
}

fn get(region: &'static str) -> Asked {
    let key = json!({"pk": {"S": "a"}, "sk": {"N": "1"}});
    (other(Operation::GetItem, &json!({"TableName": "table", "Key": key})), region)
}

/// Asks, and gives the value of `n` that was answered, or nothing for a miss.
async fn n(replay: &Replay, asked: &Asked) -> Option<String> {
    let answer = replay.call(request(asked)).await.ok()?;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    Some(text.split_once(r#""n":{"N":""#)?.1.split_once('"')?.0.to_owned())
}

#[test]
fn a_tape_of_one_region_does_not_mention_it_and_is_everybodys() {
    let calls = [(create(), THERE), put(THERE, 1), get(THERE)];
    let cassette = runtime().block_on(recorded(&calls, None));
    assert!(!to_text(&cassette).contains("\"region\""), "{}", to_text(&cassette));
    assert_eq!(cassette.header.from.region, None);
    let elsewhere = calls.map(|(call, _)| (call, HERE));
    assert_eq!(
        runtime().block_on(async {
            let replay = replay(cassette);
            for call in &elsewhere[..2] {
                replay.call(request(call)).await.unwrap();
            }
            n(&replay, &elsewhere[2]).await
        }),
        Some("1".to_owned())
    );
}

#[test]
fn what_is_asked_in_another_region_says_so_and_is_read_back() {
    let calls =
        [(create(), HERE), (create(), THERE), put(HERE, 1), put(THERE, 2), get(HERE), get(THERE)];
    let cassette = runtime().block_on(recorded(&calls, None));
    let regions: Vec<_> = cassette.interactions.iter().map(|one| one.region.as_deref()).collect();
    let there = Some(THERE);
    assert_eq!(regions, [None, there, None, there, None, there]);
    assert_eq!(cassette.header.from.region.as_deref(), Some(HERE));
    let text = to_text(&cassette);
    assert_eq!(text.matches("\n  \"region\": \"us-east-1\"").count(), 3, "{text}");
    assert!(text.contains("GetItem/table@us-east-1/"), "{text}");
    let (again, damage) = read(text.clone()).unwrap();
    assert_eq!((to_text(&again), damage.len()), (text, 0));
    runtime().block_on(async {
        let replay = replay(cassette);
        for call in &calls[..4] {
            replay.call(request(call)).await.unwrap();
        }
        // In whatever order, and a region that is not on the tape has no answers.
        assert_eq!(n(&replay, &get(THERE)).await.as_deref(), Some("2"));
        assert_eq!(n(&replay, &get(HERE)).await.as_deref(), Some("1"));
        assert_eq!(n(&replay, &get("ap-south-1")).await, None);
        let mut unsigned = request(&get(HERE));
        unsigned.headers.remove("authorization");
        let answer = replay.call(unsigned).await.unwrap();
        assert!(String::from_utf8_lossy(&answer.body).contains(r#""n":{"N":"1"}"#));
        let report = replay.summary().misses[0].report.clone();
        assert!(report.contains("(region)  sent: ap-south-1"), "{report}");
    });
}

#[test]
fn a_tape_recorded_again_keeps_its_own_region_even_where_nothing_is_asked_there() {
    let calls = [(create(), HERE), (create(), THERE), put(THERE, 1), get(THERE)];
    let old = runtime().block_on(recorded(&calls, None));
    let new = runtime().block_on(recorded(&calls[1..], Some(&old)));
    assert_eq!(new.header.from.region.as_deref(), Some(HERE));
    assert_eq!(new.interactions, old.interactions[1..]);
}

#[test]
fn a_read_of_a_replica_waits_for_the_write_in_the_other_region() {
    let calls = replicas(vec![]).into_iter();
    let calls: Vec<_> = calls.chain([put(HERE, 1), get(THERE), put(HERE, 2), get(THERE)]).collect();
    let cassette = runtime().block_on(recorded(&calls, None));
    runtime().block_on(async {
        let replay = replay(cassette);
        for call in &calls[..2] {
            replay.call(request(call)).await.unwrap();
        }
        assert_eq!(n(&replay, &get(THERE)).await, None);
        for number in [1, 2] {
            replay.call(request(&put(HERE, number))).await.unwrap();
            assert_eq!(n(&replay, &get(THERE)).await, Some(number.to_string()));
        }
    });
}

#[test]
fn tables_of_which_it_is_not_told_that_they_are_no_replicas_are_taken_for_replicas() {
    let calls = [put(HERE, 1), get(THERE)];
    let begin = [(create(), HERE), (create(), THERE), put(THERE, 2)];
    let mut cassette = runtime().block_on(async {
        recorded(&begin.iter().chain(&calls).cloned().collect::<Vec<_>>(), None).await
    });
    // As if all of it had been there before.
    cassette.interactions.drain(..3);
    runtime().block_on(async {
        assert_eq!(n(&replay(cassette), &get(THERE)).await, None);
    });
}

#[test]
fn a_tape_of_two_regions_plays_at_the_emulator_without_a_finding() {
    let values = vec![(get(HERE).0, true), (get(HERE).0, false)];
    let both = [two_tables(values.clone()), replicas(values)];
    for mut calls in both {
        calls.splice(2..2, [put(HERE, 1)]);
        let cassette = runtime().block_on(recorded(&calls, None));
        let run = runtime().block_on(played("two", &cassette.to_play(), true));
        assert_eq!(run.prepared, Vec::<String>::new());
        let differs: Vec<_> =
            run.played.iter().flat_map(|one| &one.findings).filter(|one| one.matters).collect();
        assert!(differs.is_empty(), "{differs:#?}");
        let unmeasured: Vec<_> = run.played.iter().filter_map(|one| one.note.as_ref()).collect();
        assert!(unmeasured.is_empty(), "{unmeasured:?}");
    }
}

#[test]
fn tapes_with_other_regions_for_their_own_are_put_together_by_region() {
    let one = [(create(), HERE), (create(), THERE), put(HERE, 1), get(HERE)];
    let other = [(create(), THERE), (create(), HERE), put(THERE, 2), get(THERE)];
    let runtime = runtime();
    let [one, other] = [one, other].map(|calls| runtime.block_on(recorded(&calls, None)));
    let both = concatenate(&one, &other);
    let regions: Vec<_> = both.interactions.iter().map(|one| one.region.as_deref()).collect();
    let there = Some(THERE);
    assert_eq!(regions, [None, there, None, None, there, None, there, there]);
    let mut tables: Vec<_> = both.header.tables.iter().map(|(name, _)| &**name).collect();
    tables.sort_unstable();
    assert_eq!(tables, ["table", "table@us-east-1"]);
}
