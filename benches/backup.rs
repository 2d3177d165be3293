//! A backup of a million items: the time it takes and the memory it holds, beside a copy of the
//! same items into another table; and whether what is restored of it scans the same.
//!
//!     cargo bench --bench backup

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // a bench

mod support;

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Instant,
};

use dynatape::{emulator::Emulator, wire::Operation};
use serde_json::{Value, json};

const ITEMS: usize = 1_000_000;

fn call(emulator: &Emulator, operation: Operation, body: String) -> Value {
    serde_json::from_slice(&support::call(emulator, operation, body).body).unwrap()
}

fn create(emulator: &Emulator, table: &str) {
    let body = json!({
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    });
    call(emulator, Operation::CreateTable, body.to_string());
}

/// What the process holds, in bytes (Linux).
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

/// Hands out the pages of a scan.
fn scan(emulator: &Emulator, table: &str, mut page: impl FnMut(&[Value])) {
    let mut start = Value::Null;
    loop {
        let mut body = json!({"TableName": table});
        if !start.is_null() {
            body["ExclusiveStartKey"] = start;
        }
        let mut answer = call(emulator, Operation::Scan, body.to_string());
        page(answer["Items"].as_array().unwrap());
        start = answer["LastEvaluatedKey"].take();
        if start.is_null() {
            return;
        }
    }
}

/// How many items a scan gives, and what stands for all of them in their order.
fn fingerprint(emulator: &Emulator, table: &str) -> (usize, u64) {
    let (mut items, mut all) = (0, DefaultHasher::new());
    scan(emulator, table, |page| {
        items += page.len();
        page.iter().for_each(|item| item.to_string().hash(&mut all));
    });
    (items, all.finish())
}

/// Tells what something took, in time and in memory.
fn measure<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let (before, begin) = (resident(), Instant::now());
    let done = run();
    let (took, held) = (begin.elapsed(), resident() - before);
    println!("{what}: {:.3} ms, {:.2} MB more", took.as_secs_f64() * 1e3, held / 1e6);
    done
}

fn main() {
    let emulator = Emulator::default();
    create(&emulator, "orders");
    for number in 0..ITEMS {
        let body = format!(r#"{{"TableName":"orders","Item":{}}}"#, support::order(number));
        call(&emulator, Operation::PutItem, body);
    }
    let backup = measure("backup", || {
        let body = r#"{"TableName":"orders","BackupName":"all"}"#;
        call(&emulator, Operation::CreateBackup, body.to_owned())
    });
    create(&emulator, "copy");
    measure("copy", || {
        scan(&emulator, "orders", |items| {
            for batch in items.chunks(25) {
                let puts = batch.iter().map(|item| json!({"PutRequest": {"Item": item}}));
                let body = json!({"RequestItems": {"copy": puts.collect::<Vec<_>>()}});
                call(&emulator, Operation::BatchWriteItem, body.to_string());
            }
        });
    });
    measure("restore", || {
        let body = json!({
            "BackupArn": backup["BackupDetails"]["BackupArn"],
            "TargetTableName": "restored",
        });
        call(&emulator, Operation::RestoreTableFromBackup, body.to_string())
    });
    let (items, all) = fingerprint(&emulator, "orders");
    assert_eq!(items, ITEMS);
    assert_eq!(fingerprint(&emulator, "restored"), (items, all), "it scans the same");
    println!("the restored table scans the same: {items} items");
}
