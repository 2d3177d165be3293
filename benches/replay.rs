//! Replaying a tape of 10,000 interactions: how long it takes to load, and how long a look-up in
//! each tier takes. Printed as percentiles, which is what somebody who waits for an answer sees.
//!
//!     cargo bench --bench replay

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // a bench

mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use dynatape::{
    backend::{
        Backend as _,
        replay::{Options, Replay},
    },
    cassette::{self, Answer, Cassette, Interaction},
    clock::SystemClock,
    wire::{Operation, Request, Target},
};
use http::StatusCode;

const INTERACTIONS: usize = 10_000;
const LOADS: usize = 15;

/// How a request is spelled when it is asked again.
#[derive(Clone, Copy)]
enum Spelling {
    AsRecorded,
    /// Members in another order.
    Reordered,
    /// A parameter at its default.
    WithDefault,
    /// Another id in place of the one made up when it was recorded.
    MadeUpAnew,
    /// Of an item that the tape does not know.
    Unknown,
}

/// One put, then one read of what was put: by key, and every fifth time by query.
fn ask(number: usize, spelling: Spelling) -> (Operation, String) {
    let item = number / 2;
    let run = if matches!(spelling, Spelling::MadeUpAnew) { 2 } else { 1 };
    let known = if matches!(spelling, Spelling::Unknown) { "no-customer" } else { "customer" };
    let id = format!("7c1f0400-0000-4000-800{run}-{item:012}");
    let pk = format!(r#"{{"S":"{known}#{}"}}"#, item / 50);
    let (operation, said) = match number % 10 {
        at if at % 2 == 0 => {
            let order = support::order(item);
            let rest = order.split_once(r#","sk""#).unwrap().1;
            let rest = rest.split_once(',').unwrap().1;
            let item = format!(r#"{{"pk":{pk},"sk":{{"S":"{id}"}},{rest}"#);
            (Operation::PutItem, format!(r#""Item":{item}"#))
        }
        9 => {
            let condition = r#""KeyConditionExpression":"pk = :p AND sk = :s""#;
            let values = format!(r#"{{":p":{pk},":s":{{"S":"{id}"}}}}"#);
            (Operation::Query, format!(r#"{condition},"ExpressionAttributeValues":{values}"#))
        }
        _ => (Operation::GetItem, format!(r#""Key":{{"pk":{pk},"sk":{{"S":"{id}"}}}}"#)),
    };
    let table = r#""TableName":"orders""#;
    let body = match spelling {
        Spelling::Reordered => format!("{{{said},{table}}}"),
        Spelling::WithDefault => format!(r#"{{{table},{said},"ReturnConsumedCapacity":"NONE"}}"#),
        _ => format!("{{{table},{said}}}"),
    };
    (operation, body)
}

fn recorded() -> Bytes {
    let interaction = |number: usize| {
        let (operation, request) = ask(number, Spelling::AsRecorded);
        let body = match operation {
            Operation::PutItem => "{}".to_owned(),
            Operation::Query => support::page(1),
            _ => format!(r#"{{"Item":{}}}"#, support::order(number / 2)),
        };
        let answer =
            Answer::Http { status: StatusCode::OK, headers: Vec::new(), body: body.into() };
        Interaction::new(Target::Known(operation), request.into(), answer)
    };
    let interactions = (0..INTERACTIONS).map(interaction).collect();
    let mut cassette = Cassette { interactions, ..Cassette::default() };
    cassette.renumber();
    cassette::to_text(&cassette).into()
}

fn open(cassette: Cassette) -> Replay {
    let options = Options { causal_wait: Duration::ZERO, ..Options::default() };
    Replay::with(cassette, options, Arc::new(SystemClock), String::new())
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    println!("{what:<32} median {:>10.2?}   p99 {:>10.2?}", at(50), at(99));
}

fn main() {
    let text = recorded();
    let (mut reads, mut opens) = (Vec::new(), Vec::new());
    for _ in 0..LOADS {
        let start = Instant::now();
        let (cassette, damaged) = cassette::read(text.clone()).unwrap();
        reads.push(start.elapsed());
        assert!(damaged.is_empty());
        let start = Instant::now();
        let replay = open(cassette);
        opens.push(start.elapsed());
        drop(replay);
    }
    let whole = reads.iter().zip(&opens).map(|(read, open)| *read + *open).collect();
    println!("{INTERACTIONS} interactions, {} bytes", text.len());
    print("load: read the file", reads);
    print("load: make ready to answer", opens);
    print("load: both", whole);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (what, spelling) in [
        ("exact", Spelling::AsRecorded),
        ("canonical", Spelling::Reordered),
        ("semantic", Spelling::WithDefault),
        ("unified", Spelling::MadeUpAnew),
        ("miss", Spelling::Unknown),
    ] {
        let replay = open(cassette::read(text.clone()).unwrap().0);
        // Misses are explained at length; a hundred of them show what one costs.
        let count = if matches!(spelling, Spelling::Unknown) { 100 } else { INTERACTIONS };
        let mut times = Vec::with_capacity(count);
        for number in 0..count {
            let (operation, body) = ask(number, spelling);
            let request = Request::of(operation, body);
            let start = Instant::now();
            let answer = runtime.block_on(replay.call(request));
            times.push(start.elapsed());
            assert_eq!(answer.is_err(), matches!(spelling, Spelling::Unknown), "{what} {number}");
        }
        let summary = replay.summary();
        let by_tier = [summary.exact, summary.canonical, summary.semantic, summary.unified];
        println!("{what:<32} first  {:>10.2?}   tiers {by_tier:?}", times.remove(0));
        print(&format!("look-up: {what}"), times);
    }
}
