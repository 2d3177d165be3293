//! The file an emulator keeps its data in: that all of it is there when the file is opened again,
//! by this version or a later one, and that the two stores answer alike.

#![allow(clippy::unwrap_used)] // all of it is test

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use dynatape::{
    clock::ManualClock,
    emulator::{Emulator, Settings},
    storage::{
        MemoryStore, SqliteStore, Store,
        sqlite::{Durability, VERSION},
    },
    wire::{Operation, Request},
};

/// Something of everything that outlives a call; `wait` lets seconds pass.
const STORY: &[(&str, &str)] = &[
    (
        "CreateTable",
        r#"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"weekday","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"GlobalSecondaryIndexes":[{"IndexName":"by-day","KeySchema":[{"AttributeName":"weekday","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}],"LocalSecondaryIndexes":[{"IndexName":"days","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"weekday","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},"Tags":[{"Key":"team","Value":"blue"}]}"#,
    ),
    (
        "CreateTable",
        r#"{"TableName":"gone","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
    ),
    ("PutItem", r#"{"TableName":"gone","Item":{"pk":{"S":"a"}}}"#),
    ("DeleteTable", r#"{"TableName":"gone"}"#),
    (
        "UpdateTimeToLive",
        r#"{"TableName":"orders","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ends"}}"#,
    ),
    (
        "UpdateContinuousBackups",
        r#"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":3}}"#,
    ),
    (
        "PutResourcePolicy",
        r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:root\"},\"Action\":\"dynamodb:GetItem\",\"Resource\":\"arn:aws:dynamodb:us-east-1:000000000000:table/orders\"}]}"}"#,
    ),
    (
        "EnableKinesisStreamingDestination",
        r#"{"TableName":"orders","StreamArn":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}"#,
    ),
    ("UpdateContributorInsights", r#"{"TableName":"orders","ContributorInsightsAction":"ENABLE"}"#),
    (
        "PutItem",
        r#"{"TableName":"orders","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"weekday":{"S":"mon"},"text":{"S":"caf\u00e9 \u0000 \"q\""},"b":{"B":"AAH/"},"n":{"N":"-1.50E2"}}}"#,
    ),
    (
        "PutItem",
        r#"{"TableName":"orders","Item":{"pk":{"S":"a"},"sk":{"N":"2"},"weekday":{"S":"tue"},"ends":{"N":"1767226000"}}}"#,
    ),
    ("PutItem", r#"{"TableName":"orders","Item":{"pk":{"S":"b"},"sk":{"N":"-3"}}}"#),
    ("CreateBackup", r#"{"TableName":"orders","BackupName":"early"}"#),
    ("wait", "10"),
    (
        "UpdateItem",
        r#"{"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET weekday = :d","ExpressionAttributeValues":{":d":{"S":"wed"}}}"#,
    ),
    ("DeleteItem", r#"{"TableName":"orders","Key":{"pk":{"S":"b"},"sk":{"N":"-3"}}}"#),
    ("wait", "10"),
    (
        "UpdateItem",
        r#"{"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET weekday = :d","ExpressionAttributeValues":{":d":{"S":"thu"}}}"#,
    ),
    ("PutItem", r#"{"TableName":"orders","Item":{"pk":{"S":"c"},"sk":{"N":"4"}}}"#),
    ("wait", "300"),
    ("TransactWriteItems", TRANSACTION),
];

/// A second time it does nothing: its token is remembered.
const TRANSACTION: &str = r#"{"ClientRequestToken":"once","TransactItems":[{"Update":{"TableName":"orders","Key":{"pk":{"S":"d"},"sk":{"N":"5"}},"UpdateExpression":"ADD visits :one","ExpressionAttributeValues":{":one":{"N":"1"}}}},{"Put":{"TableName":"orders","Item":{"pk":{"S":"d"},"sk":{"N":"6"},"weekday":{"S":"mon"}}}}]}"#;

const AT: u64 = 1_767_225_600;

/// What is asked then, in this order: the last of it writes.
const QUESTIONS: &[(&str, &str)] = &[
    ("ListTables", "{}"),
    ("DescribeTable", r#"{"TableName":"orders"}"#),
    ("Scan", r#"{"TableName":"orders","ConsistentRead":true}"#),
    ("Scan", r#"{"TableName":"orders","IndexName":"by-day"}"#),
    (
        "Query",
        r#"{"TableName":"orders","IndexName":"days","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"ScanIndexForward":false}"#,
    ),
    ("DescribeTimeToLive", r#"{"TableName":"orders"}"#),
    (
        "ListTagsOfResource",
        r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders"}"#,
    ),
    ("DescribeContinuousBackups", r#"{"TableName":"orders"}"#),
    (
        "GetResourcePolicy",
        r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders"}"#,
    ),
    ("DescribeKinesisStreamingDestination", r#"{"TableName":"orders"}"#),
    ("DescribeContributorInsights", r#"{"TableName":"orders"}"#),
    ("ListBackups", "{}"),
    ("ListStreams", "{}"),
    ("TransactWriteItems", TRANSACTION),
    ("Scan", r#"{"TableName":"orders","Select":"COUNT"}"#),
    (
        "RestoreTableToPointInTime",
        r#"{"SourceTableName":"orders","TargetTableName":"then","RestoreDateTime":1767225615}"#,
    ),
    ("Scan", r#"{"TableName":"then"}"#),
    ("DescribeTable", r#"{"TableName":"then"}"#),
    ("Scan", r#"{"TableName":"then","IndexName":"by-day"}"#),
    (
        "RestoreTableToPointInTime",
        r#"{"SourceTableName":"orders","TargetTableName":"first","RestoreDateTime":1767225600}"#,
    ),
    ("Scan", r#"{"TableName":"first"}"#),
    (
        "PutItem",
        r#"{"TableName":"orders","Item":{"pk":{"S":"e"},"sk":{"N":"7"}},"ReturnConsumedCapacity":"INDEXES"}"#,
    ),
];

fn ask(emulator: &Emulator, operation: &str, body: &str) -> String {
    let known = Operation::from_name(operation).unwrap();
    let answer = emulator.call(&Request::of(known, body.to_owned()));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(answer.status.is_success(), "{operation} {body}: {text}");
    text
}

fn emulator(store: impl Store + 'static, seconds: u64) -> (Emulator, Arc<ManualClock>) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(AT + seconds);
    let clock = Arc::new(ManualClock::at(now));
    (Emulator::new(Arc::new(store), clock.clone(), Settings::default()), clock)
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Durability::Process).unwrap()
}

/// Tells an emulator the story, and how many seconds it took.
fn tell((emulator, clock): &(Emulator, Arc<ManualClock>)) -> u64 {
    let mut passed = 0;
    for (operation, body) in STORY {
        if *operation == "wait" {
            let seconds = body.parse().unwrap();
            passed += seconds;
            clock.advance(Duration::from_secs(seconds));
        } else {
            ask(emulator, operation, body);
        }
    }
    passed
}

/// All answers, with those to questions that name what others answer.
fn answers(emulator: &Emulator) -> Vec<String> {
    let mut answers: Vec<_> =
        QUESTIONS.iter().map(|(operation, body)| ask(emulator, operation, body)).collect();
    let member = |answer: &str, name: &str| {
        let rest = answer.split_once(&format!(r#""{name}":""#)).unwrap().1;
        rest.split('"').next().unwrap().to_owned()
    };
    let mut asked = |operation: &str, body: String| {
        let answer = ask(emulator, operation, &body);
        answers.push(answer.clone());
        answer
    };
    let backup = member(&ask(emulator, "ListBackups", "{}"), "BackupArn");
    asked("DescribeBackup", format!(r#"{{"BackupArn":"{backup}"}}"#));
    asked(
        "RestoreTableFromBackup",
        format!(r#"{{"BackupArn":"{backup}","TargetTableName":"again"}}"#),
    );
    asked("Scan", r#"{"TableName":"again"}"#.into());
    asked("Scan", r#"{"TableName":"again","IndexName":"by-day"}"#.into());
    asked("DescribeTable", r#"{"TableName":"again"}"#.into());
    asked("DeleteBackup", format!(r#"{{"BackupArn":"{backup}"}}"#));
    let stream = member(&ask(emulator, "ListStreams", "{}"), "StreamArn");
    let shard = asked("DescribeStream", format!(r#"{{"StreamArn":"{stream}"}}"#));
    let shard = member(&shard, "ShardId");
    let iterator = asked(
        "GetShardIterator",
        format!(
            r#"{{"StreamArn":"{stream}","ShardId":"{shard}","ShardIteratorType":"TRIM_HORIZON"}}"#
        ),
    );
    let iterator = member(&iterator, "ShardIterator");
    let records = asked("GetRecords", format!(r#"{{"ShardIterator":"{iterator}"}}"#));
    assert!(records.contains(r#""eventName":"REMOVE""#), "{records}");
    answers
}

/// The answers of an emulator that was never anything but in memory.
fn answers_of_one_process() -> Vec<String> {
    let told = emulator(MemoryStore::new(), 0);
    tell(&told);
    answers(&told.0)
}

#[test]
fn after_a_restart_everything_is_answered_as_by_one_that_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let passed = tell(&emulator(open(&path), 0));
    let (emulator, _) = emulator(open(&path), passed);
    assert_eq!(answers(&emulator), answers_of_one_process());
}

fn fixture(version: u32) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/databases");
    folder.join(format!("v{version}.db"))
}

#[test]
fn files_of_every_version_are_opened_and_hold_what_they_held() {
    for version in 1..=VERSION {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        fs::copy(fixture(version), &path).unwrap();
        let (emulator, _) = emulator(open(&path), 320);
        assert_eq!(answers(&emulator), answers_of_one_process(), "version {version}");
    }
}

#[test]
#[ignore = "makes the fixture of a new version, once"]
fn write_the_fixture() {
    let path = fixture(VERSION);
    assert!(!path.exists(), "a fixture is what was written then");
    assert_eq!(tell(&emulator(open(&path), 0)), 320);
    fs::remove_file(path.with_extension("db-lock")).unwrap();
}

#[test]
fn items_are_json_for_whoever_opens_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    // While it is in use.
    let (emulator, _) = emulator(open(&path), 0);
    for (operation, body) in STORY.iter().filter(|(operation, _)| *operation != "wait") {
        ask(&emulator, operation, body);
    }
    let shell = rusqlite::Connection::open(&path).unwrap();
    let text = |sql: &str| -> Vec<String> {
        let mut rows = shell.prepare(sql).unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(text("SELECT name FROM tables"), ["orders"]);
    assert_eq!(
        text(
            "SELECT json_extract(item, '$.sk.N') FROM items \
             WHERE table_name = 'orders' AND json_extract(item, '$.pk.S') = 'a' ORDER BY 1"
        ),
        ["1", "2"]
    );
    let shown = text("SELECT item FROM items WHERE json_extract(item, '$.n.N') = '-150'");
    assert_eq!(
        shown,
        [
            r#"{"b":{"B":"AAH/"},"n":{"N":"-150"},"pk":{"S":"a"},"sk":{"N":"1"},"text":{"S":"café \u0000 \"q\""},"weekday":{"S":"thu"}}"#
        ]
    );
}

#[test]
fn a_backup_that_is_deleted_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let passed = tell(&emulator(open(&path), 0));
    let pairs = |kind: char| -> i64 {
        let sql =
            format!("SELECT count(*) FROM pairs WHERE substr(key, 1, 1) = CAST('{kind}' AS BLOB)");
        rusqlite::Connection::open(&path).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let before = pairs('i');
    let (emulator, _) = emulator(open(&path), passed);
    let list = ask(&emulator, "ListBackups", "{}");
    let backup = list.split(r#""BackupArn":""#).nth(1).unwrap().split('"').next().unwrap();
    ask(&emulator, "DeleteBackup", &format!(r#"{{"BackupArn":"{backup}"}}"#));
    assert_eq!((before - pairs('i'), pairs('b')), (3, 0));
    assert!(pairs('e') > 0, "recovery is on");
    let off = r#"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":false}}"#;
    ask(&emulator, "UpdateContinuousBackups", off);
    assert_eq!(pairs('e'), 0);
}

#[test]
fn notes_of_the_past_go_when_their_period_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let passed = tell(&emulator(open(&path), 0));
    let (emulator, clock) = emulator(open(&path), passed);
    let notes = || -> i64 {
        let sql = "SELECT count(*) FROM pairs WHERE key >= x'65' AND key < x'66'";
        rusqlite::Connection::open(&path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    for hour in 0..400 {
        let item = format!(
            r#"{{"TableName":"orders","Item":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}},"v":{{"N":"{hour}"}}}}}}"#
        );
        ask(&emulator, "PutItem", &item);
        clock.advance(Duration::from_secs(3600));
    }
    // Three days, an hour each, and the one that begins.
    assert!(notes() <= 3 * 24 + 2, "{}", notes());
    ask(&emulator, "DeleteTable", r#"{"TableName":"orders"}"#);
    assert_eq!(notes(), 0);
}
