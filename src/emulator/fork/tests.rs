use std::{sync::Arc, time::Duration};

use super::ForkError;
use crate::{
    clock::{ManualClock, MovableClock, SystemClock},
    emulator::{
        Emulator, Settings,
        op::tests::{ask, call, empty_with, message, with_table_and, with_table_and_clock},
    },
    storage::{SqliteStore, sqlite::Durability},
};

fn put(emulator: &Emulator, key: &str) {
    let item = format!(
        r#"{{"TableName":"table","Item":{{"pk":{{"S":"{key}"}},"sk":{{"N":"1"}},"gk":{{"S":"g"}}}}}}"#
    );
    ask(emulator, "PutItem", &item);
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).expect(text);
    rest.split_once(after).expect(text).0
}

/// All that can be read.
fn seen(emulator: &Emulator) -> Vec<String> {
    let stream = ask(emulator, "ListStreams", "{}");
    let arn = between(&stream, r#""StreamArn":""#, "\"");
    let described = ask(emulator, "DescribeStream", &format!(r#"{{"StreamArn":"{arn}"}}"#));
    let shard = between(&described, r#""ShardId":""#, "\"").to_owned();
    let iterator = ask(
        emulator,
        "GetShardIterator",
        &format!(
            r#"{{"StreamArn":"{arn}","ShardId":"{shard}","ShardIteratorType":"TRIM_HORIZON"}}"#
        ),
    );
    let records = ask(emulator, "GetRecords", &iterator);
    let objects = emulator.buckets().list("bucket", "").expect("a list").join(" ");
    let mut seen = vec![stream.clone(), described, objects];
    // The iterator that comes next tells the time.
    seen.push(between(&records, r#""Records":"#, r#"]"#).to_owned());
    for (operation, body) in [
        ("ListTables", "{}"),
        ("DescribeTable", r#"{"TableName":"table"}"#),
        ("Scan", r#"{"TableName":"table","ConsistentRead":true}"#),
        ("Scan", r#"{"TableName":"table"}"#),
        ("Scan", r#"{"TableName":"table","IndexName":"gsi"}"#),
        ("ListBackups", "{}"),
        ("DescribeContinuousBackups", r#"{"TableName":"table"}"#),
        (
            "ListTagsOfResource",
            r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table"}"#,
        ),
    ] {
        seen.push(ask(emulator, operation, body));
    }
    seen
}

/// One with something of everything, and the ARN of a backup in which there is `a` only.
fn full() -> (Emulator, Arc<ManualClock>, String) {
    let settings = Settings { eventual_lag_ms: 50, ..Settings::default() };
    let (emulator, clock) = with_table_and(settings);
    ask(
        &emulator,
        "UpdateTable",
        r#"{"TableName":"table","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}"#,
    );
    ask(
        &emulator,
        "UpdateContinuousBackups",
        r#"{"TableName":"table","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#,
    );
    put(&emulator, "a");
    let backup = ask(&emulator, "CreateBackup", r#"{"TableName":"table","BackupName":"one"}"#);
    let arn = between(&backup, r#""BackupArn":""#, "\"").to_owned();
    clock.advance(Duration::from_secs(10));
    put(&emulator, "b");
    emulator.buckets().put("bucket", "key", "object".into()).expect("put");
    (emulator, clock, arn)
}

/// Changes all that [`seen`] sees.
fn change(emulator: &Emulator, key: &str, backup: &str) {
    put(emulator, key);
    ask(emulator, "DeleteItem", r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#);
    ask(
        emulator,
        "TagResource",
        &format!(
            r#"{{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table","Tags":[{{"Key":"{key}","Value":"v"}}]}}"#
        ),
    );
    ask(emulator, "DeleteBackup", &format!(r#"{{"BackupArn":"{backup}"}}"#));
    ask(
        emulator,
        "UpdateContinuousBackups",
        r#"{"TableName":"table","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":false}}"#,
    );
    emulator.buckets().put("bucket", key, "object".into()).expect("put");
}

#[test]
fn a_fork_and_the_original_see_nothing_of_each_other() {
    let (original, _, backup) = full();
    let before = seen(&original);
    let fork = original.fork().expect("a fork");
    assert_eq!(seen(&fork), before);
    change(&original, "c", &backup);
    assert_ne!(seen(&original), before);
    assert_eq!(seen(&fork), before);
    let changed = seen(&original);
    change(&fork, "d", &backup);
    assert_eq!(seen(&original), changed);
    assert!(seen(&fork).iter().any(|text| text.contains(r#""S":"d""#)));
}

#[test]
fn what_comes_next_is_the_same_in_a_fork() {
    let (original, clock, backup) = full();
    let fork = original.fork().expect("a fork");
    for emulator in [&original, &fork] {
        change(emulator, "c", &backup);
    }
    clock.advance(Duration::from_secs(1));
    assert_eq!(seen(&original), seen(&fork));
}

#[test]
fn backups_and_history_of_a_fork_outlive_those_of_the_original() {
    let (original, clock, backup) = full();
    clock.advance(Duration::from_secs(400));
    let fork = original.fork().expect("a fork");
    change(&original, "c", &backup);
    let gone = format!(r#"{{"TargetTableName":"from-backup","BackupArn":"{backup}"}}"#);
    assert!(message(&original, "RestoreTableFromBackup", &gone).contains("Backup not found"));
    ask(&fork, "RestoreTableFromBackup", &gone);
    // Before `b` was put.
    let then =
        r#"{"SourceTableName":"table","TargetTableName":"from-past","RestoreDateTime":1700000005}"#;
    ask(&fork, "RestoreTableToPointInTime", then);
    let scan = |table: &str| {
        let body = format!(r#"{{"TableName":"{table}","ConsistentRead":true}}"#);
        ask(&fork, "Scan", &body)
    };
    for table in ["from-backup", "from-past"] {
        let found = scan(table);
        assert!(found.contains(r#""Count":1"#) && found.contains(r#""S":"a""#), "{table}: {found}");
    }
}

#[test]
fn capacity_that_is_used_up_is_so_in_a_fork_and_nowhere_else() {
    let (original, _) = empty_with(Settings { throttle: true, ..Settings::default() });
    ask(
        &original,
        "CreateTable",
        r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":{"MaxWriteRequestUnits":2},
            "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
    );
    let put = |emulator: &Emulator| {
        let item = r#"{"TableName":"table","Item":{"pk":{"S":"a"}}}"#;
        call(emulator, "PutItem", item).status.is_success()
    };
    assert!(put(&original));
    let fork = original.fork().expect("a fork");
    assert_eq!([put(&original), put(&original)], [true, false]);
    let late = original.fork().expect("a fork");
    assert!(!put(&late), "nothing was left");
    assert_eq!([put(&fork), put(&fork)], [true, false], "one was left");
}

#[test]
fn a_fork_goes_on_drawing_conflicts_where_the_original_was() {
    let (original, _) = with_table_and(Settings { conflicts: 0.5, seed: 7, ..Settings::default() });
    let write = r#"{"TransactItems":[{"Put":{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}}]}"#;
    let next = |emulator: &Emulator| -> Vec<bool> {
        (0..20).map(|_| call(emulator, "TransactWriteItems", write).status.is_success()).collect()
    };
    next(&original);
    let fork = original.fork().expect("a fork");
    let drawn = next(&original);
    assert_eq!(next(&fork), drawn);
    assert!(drawn.contains(&true) && drawn.contains(&false));
}

#[test]
fn a_fork_goes_by_the_clock_it_is_given() {
    let clock = Arc::new(MovableClock::new(Arc::new(SystemClock)));
    clock.set_to(None, Some(false));
    let store = Arc::new(crate::storage::MemoryStore::new());
    let original = Emulator::new(store, Arc::<MovableClock>::clone(&clock), Settings::default());
    let own = Arc::new(clock.fork());
    let fork = original.fork_by(Arc::<MovableClock>::clone(&own)).expect("a fork");
    assert_eq!(fork.now(), original.now());
    own.advance(Duration::from_secs(5)).expect("a time");
    assert_eq!(fork.now(), original.now() + 5_000);
}

#[test]
fn a_fork_copies_none_of_the_states_that_backups_and_recovery_hold_on_to() {
    let (original, clock) = with_table_and_clock();
    let on = r#"{"TableName":"table","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#;
    ask(&original, "UpdateContinuousBackups", on);
    for number in 0..300 {
        put(&original, &number.to_string());
        ask(
            &original,
            "CreateBackup",
            &format!(r#"{{"TableName":"table","BackupName":"backup-{number}"}}"#),
        );
        clock.advance(Duration::from_secs(1));
    }
    let held = || (original.vault.holders(), original.history.holders());
    let before = held();
    assert_eq!((before.0.len(), before.1.len() >= 300), (300, true));
    let fork = original.fork().expect("a fork");
    assert_eq!(held(), before);
    put(&fork, "new");
    let more = before.1.iter().zip(&held().1).filter(|(before, after)| before < after).count();
    assert!(more <= 130, "{more} of {} states", before.1.len());
}

#[test]
fn an_emulator_whose_data_is_in_a_file_is_not_forked() {
    let folder = tempfile::tempdir().expect("folder");
    let store = SqliteStore::open(&folder.path().join("db"), Durability::Fleeting).expect("store");
    let emulator = Emulator::new(Arc::new(store), Arc::new(SystemClock), Settings::default());
    assert!(matches!(emulator.fork(), Err(ForkError::File)));
    // Nothing is left open.
    assert_eq!(ask(&emulator, "ListTables", "{}"), r#"{"TableNames":[]}"#);
}
