//! Forking an emulator of a million items: how long that takes beside one of a thousand, and what
//! a thousand forks with a hundred writes each cost in memory, beside as many writes to one.
//!
//!     cargo bench --bench fork

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // a bench

mod support;

use std::{fs, hint::black_box, time::Instant};

use dynatape::{emulator::Emulator, wire::Operation};
use support::call;

const FORKS: usize = 1_000;
const WRITES: usize = 100;
const ITEMS: usize = 1_000_000;

fn put(emulator: &Emulator, number: usize) {
    let body = format!(r#"{{"TableName":"orders","Item":{}}}"#, support::order(number));
    call(emulator, Operation::PutItem, body);
}

fn of(items: usize) -> Emulator {
    let emulator = Emulator::default();
    call(
        &emulator,
        Operation::CreateTable,
        r#"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],
            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}"#
            .to_owned(),
    );
    (0..items).for_each(|number| put(&emulator, number));
    emulator
}

/// What the process holds, in bytes (Linux).
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

/// The median of so many forks, in nanoseconds, and the slowest.
fn times(emulator: &Emulator) -> (u128, u128) {
    let mut times: Vec<_> = (0..FORKS)
        .map(|_| {
            let begin = Instant::now();
            let fork = black_box(emulator.fork().unwrap());
            let took = begin.elapsed().as_nanos();
            drop(fork);
            took
        })
        .collect();
    times.sort_unstable();
    (times[FORKS / 2], times[FORKS - 1])
}

/// Where the writes of a fork go: each fork somewhere else, far apart.
fn places(fork: usize) -> impl Iterator<Item = usize> {
    (0..WRITES).map(move |write| (fork * 7_919 + write * 10_007) % ITEMS)
}

fn main() {
    for items in [1_000, ITEMS] {
        let emulator = of(items);
        let (median, slowest) = times(&emulator);
        println!("fork of {items} items: median {median} ns, slowest of {FORKS} {slowest} ns");
        if items < ITEMS {
            continue;
        }
        let before = resident();
        let idle: Vec<_> = (0..FORKS).map(|_| emulator.fork().unwrap()).collect();
        let per = (resident() - before) / FORKS as f64;
        println!("{FORKS} forks, nothing written: {per:.0} bytes each (all: {before:.0} bytes)");
        drop(idle);
        let before = resident();
        let forks: Vec<_> = (0..FORKS)
            .map(|number| {
                let fork = emulator.fork().unwrap();
                places(number).for_each(|place| put(&fork, place));
                fork
            })
            .collect();
        let per = (resident() - before) / (FORKS * WRITES) as f64;
        println!("{FORKS} forks, {WRITES} writes each: {per:.0} bytes a write");
        drop(forks);
    }
}
