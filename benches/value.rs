//! Values: items from and to JSON, and the bytes of keys.

#![allow(clippy::unwrap_used)] // the input is our own

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dynatape::{
    value::{AttributeValue, Decoder, Number, encode, key},
    wire::json::Json,
};

fn items(bench: &mut Criterion) {
    let json = Json::parse(support::order(7)).unwrap();
    bench.bench_function("value/decode an item", |bench| {
        bench.iter(|| Decoder::new().item(black_box(&json).root()).unwrap());
    });
    let item = Decoder::new().item(json.root()).unwrap();
    bench.bench_function("value/encode an item", |bench| {
        bench.iter(|| {
            let mut text = Vec::new();
            encode::item(black_box(&item), &mut text);
            text
        });
    });
}

fn keys(bench: &mut Criterion) {
    let number: Number = "-1234567.89".parse().unwrap();
    for (name, value) in [
        ("string", AttributeValue::S("order#00000357".to_owned())),
        ("number", AttributeValue::N(number)),
        ("binary", AttributeValue::B(b"0123456789abcdef\0\xff"[..].into())),
    ] {
        bench.bench_function(&format!("value/key of a {name}"), |bench| {
            let mut key = Vec::with_capacity(64);
            bench.iter(|| {
                key.clear();
                key::encode(black_box(&value), &mut key)
            });
        });
    }
}

criterion_group!(name = benches; config = support::settings(); targets = items, keys);
criterion_main!(benches);
