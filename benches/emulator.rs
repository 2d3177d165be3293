//! Whole calls of the emulator, in process: what `serve` does without HTTP.

#![allow(clippy::unwrap_used)] // the input is our own

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dynatape::{
    emulator::Emulator,
    wire::{Operation, profile::crc32},
};

const TABLE: &str = r#"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST",
    "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],
    "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}"#;

fn put(number: usize) -> String {
    format!(r#"{{"TableName":"orders","Item":{}}}"#, support::order(number))
}

fn calls(bench: &mut Criterion) {
    let emulator = Emulator::default();
    let call = |operation, body: &str| support::call(&emulator, operation, black_box(body));
    call(Operation::CreateTable, TABLE);
    // As many that a write copies a path of the tree and not the whole of it.
    for number in 0..5_000 {
        call(Operation::PutItem, &put(number));
    }
    let key = r#"{"pk":{"S":"customer#7"},"sk":{"S":"order#00000357"}}"#;
    for (name, operation, body) in [
        (
            "GetItem",
            Operation::GetItem,
            format!(r#"{{"TableName":"orders","Key":{key}}}"#),
        ),
        (
            "GetItem with a projection",
            Operation::GetItem,
            format!(
                r#"{{"TableName":"orders","Key":{key},"ProjectionExpression":"address.city, price"}}"#
            ),
        ),
        ("PutItem", Operation::PutItem, put(357)),
        (
            "UpdateItem",
            Operation::UpdateItem,
            format!(
                r#"{{"TableName":"orders","Key":{key},"UpdateExpression":"SET paid = :paid ADD visits :one","ExpressionAttributeValues":{{":paid":{{"BOOL":false}},":one":{{"N":"1"}}}}}}"#
            ),
        ),
        (
            "Query of 50",
            Operation::Query,
            r#"{"TableName":"orders","KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{":pk":{"S":"customer#7"}}}"#.to_owned(),
        ),
        (
            "Query of 50 with a filter",
            Operation::Query,
            r#"{"TableName":"orders","KeyConditionExpression":"pk = :pk","FilterExpression":"price > :min","ExpressionAttributeValues":{":pk":{"S":"customer#7"},":min":{"N":"360"}}}"#.to_owned(),
        ),
    ] {
        bench.bench_function(&format!("emulator/{name}"), |bench| {
            bench.iter(|| call(operation, &body));
        });
    }
}

/// A page of a Scan is as long as the service lets it be; beside it is what cannot be spared: its
/// bytes are copied into the answer, and the answer has a checksum.
fn pages(bench: &mut Criterion) {
    let article = |number: usize| {
        let text = "Leave it at the blue door, or with the neighbours. ".repeat(80);
        format!(r#"{{"pk":{{"S":"{number}"}},"sk":{{"S":"article"}},"text":{{"S":"{text}"}}}}"#)
    };
    for (name, count, item) in [
        ("orders", 5_000, &support::order as &dyn Fn(usize) -> String),
        ("articles of 4 KB", 500, &article),
    ] {
        let emulator = Emulator::default();
        let call = |operation, body: &str| support::call(&emulator, operation, body);
        call(Operation::CreateTable, TABLE);
        for number in 0..count {
            let put = format!(r#"{{"TableName":"orders","Item":{}}}"#, item(number));
            call(Operation::PutItem, &put);
        }
        let scan = || call(Operation::Scan, r#"{"TableName":"orders"}"#).body;
        let answer = scan();
        assert!(answer.len() > 1024 * 1024, "{}", answer.len());
        bench.bench_function(&format!("emulator/Scan of 1 MB of {name}, and its CRC"), |bench| {
            bench.iter(|| crc32(&scan()));
        });
        bench.bench_function(&format!("emulator/copy and CRC of that answer of {name}"), |bench| {
            bench.iter(|| {
                let copy = black_box(&answer).to_vec();
                crc32(black_box(&copy))
            });
        });
    }
}

criterion_group!(name = benches; config = support::settings(); targets = calls, pages);
criterion_main!(benches);
