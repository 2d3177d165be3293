//! Tapes: reading and writing one of 1,000 interactions, match keys, and replaying it.

#![allow(clippy::unwrap_used)] // the input is our own

mod support;

use std::{hint::black_box, sync::Arc};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use dynatape::{
    backend::{Backend as _, replay::Replay},
    cassette::{self, Answer, Cassette, Interaction, MatchKey},
    clock::SystemClock,
    wire::{Operation, Request, Target},
};
use http::StatusCode;

const INTERACTIONS: usize = 1_000;

fn get(number: usize) -> String {
    format!(
        r#"{{"TableName":"orders","Key":{{"pk":{{"S":"customer#{}"}},"sk":{{"S":"order#{number:08}"}}}}}}"#,
        number / 50
    )
}

fn recorded() -> Cassette {
    let interaction = |number| {
        let body = Bytes::from(format!(r#"{{"Item":{}}}"#, support::order(number)));
        let answer = Answer::Http { status: StatusCode::OK, headers: Vec::new(), body };
        Interaction::new(Target::Known(Operation::GetItem), get(number).into(), answer)
    };
    let interactions = (0..INTERACTIONS).map(interaction).collect();
    let mut cassette = Cassette { interactions, ..Cassette::default() };
    cassette.renumber();
    cassette
}

fn files(bench: &mut Criterion) {
    let cassette = recorded();
    bench.bench_function("tape/write 1000", |bench| {
        bench.iter(|| cassette::to_text(black_box(&cassette)));
    });
    let text = Bytes::from(cassette::to_text(&cassette));
    bench.bench_function("tape/read 1000", |bench| {
        bench.iter(|| cassette::read(black_box(&text).clone()).unwrap());
    });
}

fn matching(bench: &mut Criterion) {
    let put = format!(r#"{{"TableName":"orders","Item":{}}}"#, support::order(357));
    let request = Request::of(Operation::PutItem, put);
    bench.bench_function("tape/exact match key", |bench| {
        bench.iter(|| MatchKey::exact(black_box(&request)));
    });
    bench.bench_function("tape/canonical match key", |bench| {
        bench.iter(|| MatchKey::canonical(black_box(&request)));
    });
    let clock = Arc::new(SystemClock);
    bench.bench_function("tape/open a replay of 1000", |bench| {
        let cassette = recorded();
        let open = |cassette| Replay::new(cassette, clock.clone(), String::new());
        bench.iter_batched(|| cassette.clone(), open, BatchSize::LargeInput);
    });
    // A read is found again however often it was served.
    let replay = Replay::new(recorded(), clock.clone(), String::new());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    bench.bench_function("tape/replay one of 1000", |bench| {
        let body = Bytes::from(get(357));
        bench.iter(|| {
            let request = Request::of(Operation::GetItem, black_box(&body).clone());
            runtime.block_on(replay.call(request)).unwrap()
        });
    });
}

criterion_group!(name = benches; config = support::settings(); targets = files, matching);
criterion_main!(benches);
