//! Comparing two answers of 50 items.

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dynatape::{
    diff::{Subject, compare},
    wire::{Operation, Response},
};

fn answers(bench: &mut Criterion) {
    let key = ["pk".to_owned(), "sk".to_owned()];
    let subject = Subject {
        operation: Some(Operation::Query),
        key: &key,
        exact: true,
        recorded_on: "2026-11-21",
        ..Subject::default()
    };
    let expected = Response::ok(support::page(50));
    let other = Response::ok(support::page(50).replace("London", "Leeds"));
    for (name, actual) in [("equal", &expected), ("different", &other)] {
        bench.bench_function(&format!("diff/50 items, {name}"), |bench| {
            bench.iter(|| compare(subject, black_box(&expected), black_box(actual)));
        });
    }
}

criterion_group!(name = benches; config = support::settings(); targets = answers);
criterion_main!(benches);
