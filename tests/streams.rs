//! A program that follows a stream loses nothing and repeats nothing, though it stops and begins
//! again from its checkpoints while shards split, close and are continued.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

use dynatape::{
    clock::ManualClock,
    emulator::{Emulator, Settings},
    storage::MemoryStore,
    wire::{Operation, Request},
};
use serde_json::{Value, json};

const WRITES: u64 = 10_000;
const KEYS: u64 = 97;

struct World {
    emulator: Emulator,
    clock: Arc<ManualClock>,
    stream: String,
}

impl World {
    fn new() -> Self {
        let clock =
            Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
        let settings =
            Settings { stream_shards: 8, stream_shard_ms: 60_000, ..Settings::default() };
        let emulator = Emulator::new(Arc::new(MemoryStore::new()), clock.clone(), settings);
        let mut world = Self { emulator, clock, stream: String::new() };
        let table = world.ask(
            "CreateTable",
            &json!({
                "TableName": "orders",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
            }),
        );
        world.stream = text(&table["TableDescription"]["LatestStreamArn"]);
        world
    }

    fn ask(&self, operation: &str, body: &Value) -> Value {
        let operation = Operation::from_name(operation).unwrap();
        let response = self.emulator.call(&Request::of(operation, body.to_string()));
        assert!(response.status.is_success(), "{body}: {response:?}");
        serde_json::from_slice(&response.body).unwrap()
    }

    fn write(&self, number: u64) {
        let id = format!("order-{}", number % KEYS);
        let item = json!({"id": {"S": id}, "n": {"N": number.to_string()}});
        self.ask("PutItem", &json!({"TableName": "orders", "Item": item}));
        self.clock.advance(Duration::from_millis(50));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What a consumer keeps while it is down.
#[derive(Default)]
struct Kept {
    /// The last number read of each shard.
    checkpoints: BTreeMap<String, String>,
    /// The shards that were read to their end.
    finished: BTreeSet<String>,
    /// What was read: key and number, in order.
    read: Vec<(String, u64)>,
}

/// A run of the consumer, which begins with nothing but what was kept.
struct Run<'a> {
    world: &'a World,
    kept: &'a mut Kept,
    iterators: BTreeMap<String, String>,
}

impl Run<'_> {
    /// Begins to read the shards whose parents are read; tells how many shards there are.
    fn follow(&mut self) -> Vec<Value> {
        let mut shards = Vec::new();
        let mut ask = json!({"StreamArn": self.world.stream, "Limit": 5});
        loop {
            let description = self.world.ask("DescribeStream", &ask)["StreamDescription"].clone();
            shards.extend(description["Shards"].as_array().unwrap().clone());
            match description.get("LastEvaluatedShardId") {
                Some(last) => ask["ExclusiveStartShardId"] = last.clone(),
                None => break,
            }
        }
        for shard in &shards {
            let id = text(&shard["ShardId"]);
            let parent = text(&shard["ParentShardId"]);
            let ready = parent.is_empty() || self.kept.finished.contains(&parent);
            if !ready || self.kept.finished.contains(&id) || self.iterators.contains_key(&id) {
                continue;
            }
            let mut ask = json!({"StreamArn": self.world.stream, "ShardId": id, "ShardIteratorType": "TRIM_HORIZON"});
            if let Some(number) = self.kept.checkpoints.get(&id) {
                ask["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER".into();
                ask["SequenceNumber"] = number.as_str().into();
            }
            let answer = self.world.ask("GetShardIterator", &ask);
            self.iterators.insert(id, text(&answer["ShardIterator"]));
        }
        shards
    }

    /// Reads a page of each shard; tells how much was read.
    fn poll(&mut self, limit: u64) -> usize {
        let mut count = 0;
        for (shard, iterator) in std::mem::take(&mut self.iterators) {
            let ask = json!({"ShardIterator": iterator, "Limit": limit});
            let answer = self.world.ask("GetRecords", &ask);
            for record in answer["Records"].as_array().unwrap() {
                let image = &record["dynamodb"]["NewImage"];
                let number = text(&image["n"]["N"]).parse().unwrap();
                self.kept.read.push((text(&image["id"]["S"]), number));
                let at = text(&record["dynamodb"]["SequenceNumber"]);
                self.kept.checkpoints.insert(shard.clone(), at);
                count += 1;
            }
            match answer.get("NextShardIterator") {
                Some(next) => drop(self.iterators.insert(shard, text(next))),
                None => drop(self.kept.finished.insert(shard)),
            }
        }
        count
    }
}

#[test]
fn a_consumer_that_restarts_reads_each_write_once_and_in_order() {
    let world = World::new();
    let mut kept = Kept::default();
    let mut written = 0;
    // Now more is written than is read, now less.
    for round in 0.. {
        for _ in 0..(round * 37 % 400).min(WRITES - written) {
            world.write(written);
            written += 1;
        }
        let mut run = Run { world: &world, kept: &mut kept, iterators: BTreeMap::new() };
        let mut count = 0;
        for _ in 0..3 {
            run.follow();
            count += run.poll(1 + round % 23);
        }
        if written == WRITES && count == 0 {
            break;
        }
    }
    let mut all: Vec<u64> = kept.read.iter().map(|(_, number)| *number).collect();
    all.sort_unstable();
    assert_eq!(all, (0..WRITES).collect::<Vec<_>>());
    let mut last = BTreeMap::new();
    for (key, number) in &kept.read {
        let before = last.insert(key, number);
        assert!(before.is_none_or(|before| before < number), "{key}: {before:?}, then {number}");
    }

    let mut run = Run { world: &world, kept: &mut kept, iterators: BTreeMap::new() };
    let shards = run.follow();
    let mut children: BTreeMap<String, usize> = BTreeMap::new();
    for shard in &shards {
        *children.entry(text(&shard["ParentShardId"])).or_default() += 1;
    }
    assert_eq!(children.values().filter(|count| **count == 2).count(), 7, "splits into 8");
    assert!(shards.len() > 40, "{} shards: closed ones were continued", shards.len());
}
