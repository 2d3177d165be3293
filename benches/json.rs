//! JSON: parsing a body, and printing it again.

#![allow(clippy::unwrap_used)] // the input is our own

mod support;

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dynatape::wire::json::{Json, Layout, compact, pretty};

fn json(bench: &mut Criterion) {
    for (size, text) in [("one order", support::order(7)), ("100 KB", support::page(290))] {
        let text = Bytes::from(text);
        let parsed = Json::parse(text.clone()).unwrap();
        let mut group = bench.benchmark_group("json");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("parse {size}"), |bench| {
            bench.iter(|| Json::parse(black_box(&text).clone()));
        });
        group.bench_function(format!("compact {size}"), |bench| {
            bench.iter(|| compact(black_box(&parsed).root()));
        });
        group.bench_function(format!("pretty {size}"), |bench| {
            bench.iter(|| pretty(black_box(&parsed).root(), Layout::default(), 0, 0));
        });
    }
}

criterion_group!(name = benches; config = support::settings(); targets = json);
criterion_main!(benches);
