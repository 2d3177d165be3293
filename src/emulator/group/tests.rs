use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use proptest::prelude::*;

use crate::{
    clock::ManualClock,
    emulator::{Emulator, Settings, Timing, op::tests::empty_with},
    storage::{SqliteStore, sqlite::Durability},
    wire::{MADE_FOR, Operation, Request},
};

const REGIONS: [&str; 3] = [MADE_FOR, "eu-west-1", "us-west-2"];

fn ask(emulator: &Emulator, region: &str, operation: &str, body: &str) -> String {
    let operation = Operation::from_name(operation).expect(operation);
    let mut request = Request::of(operation, body.to_owned());
    let signed = request.headers["authorization"].to_str().expect("text");
    let signed = signed.replace(MADE_FOR, region).parse().expect("header");
    request.headers.insert("authorization", signed);
    let answer = emulator.call(&request);
    let text = String::from_utf8(answer.body.to_vec()).expect("text");
    assert!(answer.status.is_success(), "{region} {body}: {text}");
    text
}

/// A table with a replica in each of the other regions, whose writes take so long to the others.
fn group(lag: u64, more: Settings) -> (Emulator, Arc<ManualClock>) {
    let timing = Timing::AT_ONCE.replicating_in(lag);
    let (emulator, clock) = empty_with(Settings { timing, ..more });
    begin(&emulator);
    (emulator, clock)
}

/// Makes the table and its replicas.
fn begin(emulator: &Emulator) {
    ask(
        emulator,
        MADE_FOR,
        "CreateTable",
        r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"v","AttributeType":"N"}],
            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
            "GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"v","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}"#,
    );
    for region in &REGIONS[1..] {
        let body = format!(
            r#"{{"TableName":"table","ReplicaUpdates":[{{"Create":{{"RegionName":"{region}"}}}}]}}"#
        );
        ask(emulator, MADE_FOR, "UpdateTable", &body);
    }
}

#[test]
fn what_was_on_its_way_at_the_end_arrives_after_a_restart_before_anything_is_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30)));
    let start = || {
        let store = SqliteStore::open(&folder.path().join("db"), Durability::Fleeting);
        let timing = Timing::AT_ONCE.replicating_in(100);
        let settings = Settings { timing, ..Settings::default() };
        let time = Arc::<ManualClock>::clone(&clock);
        Emulator::new(Arc::new(store.expect("a store")), time, settings)
    };
    let emulator = start();
    begin(&emulator);
    let put = |emulator: &Emulator, v: u8| {
        let item =
            format!(r#"{{"TableName":"table","Item":{{"pk":{{"S":"a"}},"v":{{"N":"{v}"}}}}}}"#);
        ask(emulator, MADE_FOR, "PutItem", &item);
    };
    put(&emulator, 1);
    assert_eq!(held(&emulator, REGIONS[1])[0], []);
    drop(emulator);
    clock.advance(Duration::from_millis(100));
    let there = [("a".to_owned(), "1".to_owned())];
    assert_eq!(held(&start(), REGIONS[1])[0], there);
    // What is begun after the look is not missed either.
    let emulator = start();
    ask(&emulator, MADE_FOR, "ListTables", "{}");
    put(&emulator, 2);
    clock.advance(Duration::from_millis(100));
    let there = [("a".to_owned(), "2".to_owned())];
    assert_eq!(held(&emulator, REGIONS[1])[0], there);
}

/// What a region holds, and what its index does.
fn held(emulator: &Emulator, region: &str) -> [Vec<(String, String)>; 2] {
    ["", r#","IndexName":"gsi""#].map(|index| {
        let answer = ask(emulator, region, "Scan", &format!(r#"{{"TableName":"table"{index}}}"#));
        let part = |text: &str, mark: &str| {
            let rest = text.split_once(mark).expect("an attribute").1;
            rest.split('"').next().expect("its end").to_owned()
        };
        let mut items: Vec<_> = answer
            .split("}},{")
            .filter(|text| text.contains(r#""pk""#))
            .map(|text| (part(text, r#""pk":{"S":""#), part(text, r#""v":{"N":""#)))
            .collect();
        items.sort();
        items
    })
}

#[derive(Clone, Copy, Debug)]
struct Act {
    region: usize,
    key: u8,
    put: bool,
    then: u64,
}

fn act() -> impl Strategy<Value = Act> {
    (0..3usize, 0..4u8, any::<bool>(), 0..150u64).prop_map(|(region, key, put, then)| Act {
        region,
        key,
        put,
        then,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn in_the_end_every_region_holds_the_last_write_to_each_item(
        acts in prop::collection::vec(act(), 1..40),
        lag in prop_oneof![Just(0u64), Just(100)],
    ) {
        let (emulator, clock) = group(lag, Settings::default());
        let mut last = std::collections::BTreeMap::new();
        for (value, act) in acts.iter().enumerate() {
            let key = format!("k{}", act.key);
            if act.put {
                let item = format!(
                    r#"{{"TableName":"table","Item":{{"pk":{{"S":"{key}"}},"v":{{"N":"{value}"}}}}}}"#
                );
                ask(&emulator, REGIONS[act.region], "PutItem", &item);
                last.insert(key, value.to_string());
            } else {
                let item = format!(r#"{{"TableName":"table","Key":{{"pk":{{"S":"{key}"}}}}}}"#);
                // A deletion of what is not there yet is no write.
                let get = ask(&emulator, REGIONS[act.region], "GetItem", &item);
                ask(&emulator, REGIONS[act.region], "DeleteItem", &item);
                if get != "{}" {
                    last.remove(&key);
                }
            }
            clock.advance(Duration::from_millis(act.then));
        }
        clock.advance(Duration::from_millis(lag));
        let expected: Vec<_> = last.into_iter().collect();
        for region in REGIONS {
            let [table, index] = held(&emulator, region);
            prop_assert_eq!(&table, &expected, "{}", region);
            prop_assert_eq!(&index, &expected, "{}", region);
        }
    }
}

fn records(emulator: &Emulator, region: &str) -> String {
    let shown = ask(emulator, region, "DescribeTable", r#"{"TableName":"table"}"#);
    let arn = shown.split_once(r#""LatestStreamArn":""#).expect("a stream").1;
    let arn = arn.split('"').next().expect("its end");
    let stream = ask(emulator, region, "DescribeStream", &format!(r#"{{"StreamArn":"{arn}"}}"#));
    let shard = stream.split_once(r#""ShardId":""#).expect("a shard").1;
    let shard = shard.split('"').next().expect("its end");
    let body = format!(
        r#"{{"StreamArn":"{arn}","ShardId":"{shard}","ShardIteratorType":"TRIM_HORIZON"}}"#
    );
    let iterator = ask(emulator, region, "GetShardIterator", &body);
    let iterator = iterator.split_once(r#""ShardIterator":""#).expect("an iterator").1;
    let iterator = iterator.split('"').next().expect("its end");
    ask(emulator, region, "GetRecords", &format!(r#"{{"ShardIterator":"{iterator}"}}"#))
}

#[test]
fn streams_of_replicas_have_what_was_written_elsewhere_and_say_only_at_home_that_it_expired() {
    let (emulator, clock) = group(0, Settings { ttl_delete_ms: Some(0), ..Settings::default() });
    let ttl = r#"{"TableName":"table","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"until"}}"#;
    ask(&emulator, MADE_FOR, "UpdateTimeToLive", ttl);
    let put = r#"{"TableName":"table","Item":{"pk":{"S":"a"},"until":{"N":"1700000010"}}}"#;
    ask(&emulator, "eu-west-1", "PutItem", put);
    clock.advance(Duration::from_secs(30));
    for region in REGIONS {
        let records = records(&emulator, region);
        for event in ["INSERT", "REMOVE"] {
            assert_eq!(records.matches(event).count(), 1, "{region} {event}: {records}");
        }
        let expired = records.contains("dynamodb.amazonaws.com");
        assert_eq!(expired, region == MADE_FOR, "{region}: {records}");
    }
}

#[test]
fn what_is_on_its_way_to_a_region_that_goes_is_lost_and_nothing_else_is() {
    let (emulator, clock) = group(1_000, Settings::default());
    let put = |region: &str, key: &str| {
        let item =
            format!(r#"{{"TableName":"table","Item":{{"pk":{{"S":"{key}"}},"v":{{"N":"1"}}}}}}"#);
        ask(&emulator, region, "PutItem", &item);
    };
    put(MADE_FOR, "a");
    put("us-west-2", "b");
    let away = r#"{"TableName":"table","ReplicaUpdates":[{"Delete":{"RegionName":"us-west-2"}}]}"#;
    ask(&emulator, MADE_FOR, "UpdateTable", away);
    clock.advance(Duration::from_secs(1));
    for region in &REGIONS[..2] {
        let keys: Vec<_> = held(&emulator, region)[0].iter().map(|item| item.0.clone()).collect();
        assert_eq!(keys, ["a", "b"], "{region}");
    }
    let again = r#"{"TableName":"table","ReplicaUpdates":[{"Create":{"RegionName":"us-west-2"}}]}"#;
    ask(&emulator, MADE_FOR, "UpdateTable", again);
    assert_eq!(held(&emulator, "us-west-2")[0].len(), 2);
}
