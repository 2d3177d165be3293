//! An answer of every operation that the emulator has, as users snapshot it.

#![allow(clippy::unwrap_used)] // a test

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, SystemTime},
};

use dynatape::{
    clock::ManualClock,
    emulator::{Emulator, Settings},
    storage::MemoryStore,
    testing::snapshot,
    wire::{Operation, Request},
};

/// One answer of each operation, in an order in which each finds what it needs. A name is that of
/// its operation, and after a space what else there is to see of it.
const PROGRAM: &[(&str, &str)] = &[
    (
        "CreateTable",
        r#"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},
            "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"gk","AttributeType":"S"}],
            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
            "GlobalSecondaryIndexes":[{"IndexName":"by-gk","KeySchema":[{"AttributeName":"gk","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}"#,
    ),
    ("UpdateTable", r#"{"TableName":"orders","DeletionProtectionEnabled":false}"#),
    ("DescribeTable", r#"{"TableName":"orders"}"#),
    ("DescribeTable of none", r#"{"TableName":"nothing"}"#),
    ("ListTables", "{}"),
    ("DescribeLimits", "{}"),
    ("DescribeEndpoints", "{}"),
    (
        "UpdateTimeToLive",
        r#"{"TableName":"orders","TimeToLiveSpecification":{"AttributeName":"until","Enabled":true}}"#,
    ),
    ("DescribeTimeToLive", r#"{"TableName":"orders"}"#),
    (
        "UpdateContinuousBackups",
        r#"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#,
    ),
    ("DescribeContinuousBackups", r#"{"TableName":"orders"}"#),
    ("TagResource", r#"{"ResourceArn":"{orders}","Tags":[{"Key":"team","Value":"a"}]}"#),
    ("ListTagsOfResource", r#"{"ResourceArn":"{orders}"}"#),
    ("UntagResource", r#"{"ResourceArn":"{orders}","TagKeys":["team"]}"#),
    (
        "PutItem",
        r#"{"TableName":"orders","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"gk":{"S":"g"},"tags":{"SS":["y","x"]}},"ReturnConsumedCapacity":"INDEXES"}"#,
    ),
    (
        "PutItem refused",
        r#"{"TableName":"orders","Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#,
    ),
    (
        "UpdateItem",
        r#"{"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"2"}},"UpdateExpression":"ADD n :n SET gk = :g","ExpressionAttributeValues":{":n":{"N":"1.50"},":g":{"S":"g"}},"ReturnValues":"ALL_NEW"}"#,
    ),
    (
        "BatchWriteItem",
        r#"{"RequestItems":{"orders":[{"PutRequest":{"Item":{"pk":{"S":"b"},"sk":{"N":"1"}}}},{"PutRequest":{"Item":{"pk":{"S":"c"},"sk":{"N":"1"}}}}]}}"#,
    ),
    ("GetItem", r#"{"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#),
    (
        "BatchGetItem",
        r#"{"RequestItems":{"orders":{"Keys":[{"pk":{"S":"c"},"sk":{"N":"1"}},{"pk":{"S":"b"},"sk":{"N":"1"}}]}}}"#,
    ),
    (
        "Query",
        r#"{"TableName":"orders","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"ScanIndexForward":false,"Limit":1}"#,
    ),
    ("Scan", r#"{"TableName":"orders"}"#),
    (
        "TransactWriteItems",
        r#"{"TransactItems":[{"Put":{"TableName":"orders","Item":{"pk":{"S":"d"},"sk":{"N":"1"}}}},{"ConditionCheck":{"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_not_exists(pk)"}}]}"#,
    ),
    (
        "TransactGetItems",
        r#"{"TransactItems":[{"Get":{"TableName":"orders","Key":{"pk":{"S":"b"},"sk":{"N":"1"}}}},{"Get":{"TableName":"orders","Key":{"pk":{"S":"d"},"sk":{"N":"1"}}}}]}"#,
    ),
    ("ExecuteStatement", r#"{"Statement":"SELECT gk, n FROM orders WHERE pk = 'a' AND sk = 2"}"#),
    (
        "BatchExecuteStatement",
        r#"{"Statements":[{"Statement":"SELECT * FROM orders WHERE pk = 'b' AND sk = 1"},{"Statement":"SELECT * FROM orders WHERE pk = 'x' AND sk = 1"}]}"#,
    ),
    (
        "ExecuteTransaction",
        r#"{"TransactStatements":[{"Statement":"SELECT * FROM orders WHERE pk = 'b' AND sk = 1"}]}"#,
    ),
    (
        "DeleteItem",
        r#"{"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"ReturnValues":"ALL_OLD"}"#,
    ),
    ("CreateBackup", r#"{"TableName":"orders","BackupName":"first"}"#),
    ("DescribeBackup", r#"{"BackupArn":"{BackupArn}"}"#),
    ("ListBackups", "{}"),
    ("RestoreTableFromBackup", r#"{"BackupArn":"{BackupArn}","TargetTableName":"restored"}"#),
    ("DeleteBackup", r#"{"BackupArn":"{BackupArn}"}"#),
    (
        "RestoreTableToPointInTime",
        r#"{"SourceTableName":"orders","TargetTableName":"earlier","UseLatestRestorableTime":true}"#,
    ),
    (
        "PutResourcePolicy",
        r#"{"ResourceArn":"{orders}","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111122223333\"},\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}"}"#,
    ),
    ("GetResourcePolicy", r#"{"ResourceArn":"{orders}"}"#),
    ("DeleteResourcePolicy", r#"{"ResourceArn":"{orders}"}"#),
    ("UpdateContributorInsights", r#"{"TableName":"orders","ContributorInsightsAction":"ENABLE"}"#),
    ("DescribeContributorInsights", r#"{"TableName":"orders"}"#),
    ("ListContributorInsights", r#"{"TableName":"orders"}"#),
    (
        "EnableKinesisStreamingDestination",
        r#"{"TableName":"orders","StreamArn":"arn:aws:kinesis:us-east-1:{account}:stream/s"}"#,
    ),
    (
        "UpdateKinesisStreamingDestination",
        r#"{"TableName":"orders","StreamArn":"arn:aws:kinesis:us-east-1:{account}:stream/s","UpdateKinesisStreamingConfiguration":{"ApproximateCreationDateTimePrecision":"MICROSECOND"}}"#,
    ),
    ("DescribeKinesisStreamingDestination", r#"{"TableName":"orders"}"#),
    (
        "DisableKinesisStreamingDestination",
        r#"{"TableName":"orders","StreamArn":"arn:aws:kinesis:us-east-1:{account}:stream/s"}"#,
    ),
    (
        "ExportTableToPointInTime",
        r#"{"TableArn":"{orders}","S3Bucket":"exports","ClientToken":"once"}"#,
    ),
    ("DescribeExport", r#"{"ExportArn":"{ExportArn}"}"#),
    ("ListExports", r#"{"TableArn":"{orders}"}"#),
    ("ListStreams", r#"{"TableName":"orders"}"#),
    ("DescribeStream", r#"{"StreamArn":"{LatestStreamArn}"}"#),
    (
        "GetShardIterator",
        r#"{"StreamArn":"{LatestStreamArn}","ShardId":"{ShardId}","ShardIteratorType":"TRIM_HORIZON"}"#,
    ),
    ("GetRecords", r#"{"ShardIterator":"{ShardIterator}","Limit":2}"#),
    (
        "ImportTable",
        r#"{"S3BucketSource":{"S3Bucket":"exports","S3KeyPrefix":"nothing"},"InputFormat":"DYNAMODB_JSON","ClientToken":"one","TableCreationParameters":{"TableName":"imported","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}}"#,
    ),
    ("DescribeImport", r#"{"ImportArn":"{ImportArn}"}"#),
    ("ListImports", "{}"),
    (
        "StartBulkPutItems",
        r#"{"TableName":"orders","InputS3Configuration":{"S3Bucket":"none","InputFormat":"DYNAMODB_JSON"},"OutputS3Configuration":{"OutputType":["ERROR"]},"ClientToken":"one"}"#,
    ),
    ("DescribeBulkOperation", r#"{"BulkOperationArn":"{BulkOperationArn}"}"#),
    ("ListBulkOperations", "{}"),
    ("CancelBulkOperation", r#"{"BulkOperationArn":"{BulkOperationArn}"}"#),
    (
        "SearchVectors",
        r#"{"TableName":"orders","IndexName":"by-gk","SearchVector":[{"N":"1"}],"TopK":1}"#,
    ),
    ("DescribeTableReplicaAutoScaling", r#"{"TableName":"orders"}"#),
    ("UpdateTableReplicaAutoScaling", r#"{"TableName":"orders"}"#),
    (
        "CreateGlobalTable",
        r#"{"GlobalTableName":"orders","ReplicationGroup":[{"RegionName":"us-east-1"}]}"#,
    ),
    ("DescribeGlobalTable", r#"{"GlobalTableName":"orders"}"#),
    ("ListGlobalTables", "{}"),
    (
        "UpdateGlobalTable",
        r#"{"GlobalTableName":"orders","ReplicaUpdates":[{"Create":{"RegionName":"eu-west-1"}}]}"#,
    ),
    ("DescribeGlobalTableSettings", r#"{"GlobalTableName":"orders"}"#),
    ("UpdateGlobalTableSettings", r#"{"GlobalTableName":"orders"}"#),
    ("DeleteTable", r#"{"TableName":"orders"}"#),
];

/// Members whose values later requests name.
const MADE: &[&str] = &[
    "BackupArn",
    "BulkOperationArn",
    "ExportArn",
    "ImportArn",
    "LatestStreamArn",
    "ShardId",
    "ShardIterator",
];

/// What an emulator of this time, seed and account answers, as a snapshot and as it came.
fn answers(seconds: u64, seed: u64, account: &str) -> Vec<(String, String)> {
    let clock = ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let orders = format!("arn:aws:dynamodb:us-east-1:{account}:table/orders");
    let settings = Settings { seed, account: account.to_owned(), ..Settings::default() };
    let emulator = Emulator::new(Arc::new(MemoryStore::new()), Arc::new(clock), settings);
    let mut made: HashMap<&str, String> = HashMap::new();
    let ask = |(name, body): &(&str, &str)| {
        let operation = operation(name);
        let body = body.replace("{orders}", &orders).replace("{account}", account);
        let body = made
            .iter()
            .fold(body, |body, (member, value)| body.replace(&format!("{{{member}}}"), value));
        let answer = emulator.call(&Request::of(operation, body));
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        for member in MADE {
            let value = text.split_once(&format!(r#""{member}":""#)).map(|(_, rest)| rest);
            if let Some((value, _)) = value.and_then(|value| value.split_once('"')) {
                made.insert(member, value.to_owned());
            }
        }
        (snapshot::answer(operation, &answer), text)
    };
    PROGRAM.iter().map(ask).collect()
}

fn operation(name: &str) -> Operation {
    Operation::from_name(name.split(' ').next().unwrap()).unwrap()
}

#[test]
fn every_operation_that_is_served_answers_as_it_did() {
    let shown: BTreeSet<_> = PROGRAM.iter().map(|(name, _)| operation(name).name()).collect();
    let served = Operation::ALL.iter().filter(|operation| Emulator::serves(**operation));
    assert_eq!(shown, served.map(|operation| operation.name()).collect());
    for ((name, body), (answer, _)) in PROGRAM.iter().zip(answers(1_700_000_000, 0, "111122223333"))
    {
        insta::with_settings!({ description => *body, omit_expression => true }, {
            insta::assert_snapshot!(name.replace(' ', "-"), answer);
        });
    }
}

#[test]
fn a_snapshot_is_the_same_at_another_time_and_in_another_account() {
    let here = answers(1_700_000_000, 0, "111122223333");
    let there = answers(1_790_000_000, 7, "444455556666");
    let mut moved = 0;
    for ((here, there), (name, _)) in here.iter().zip(&there).zip(PROGRAM) {
        assert_eq!(here.0, there.0, "{name}");
        moved += usize::from(here.1 != there.1);
    }
    assert!(moved >= 5, "answers that differ as they came: {moved}");
}

#[test]
fn redactions_take_the_same_out_of_json() {
    let (_, described) = answers(1_700_000_000, 0, "111122223333").swap_remove(2);
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    let mut settings = insta::Settings::clone_current();
    for (selector, instead) in snapshot::redactions() {
        settings.add_redaction(&selector, instead);
    }
    settings.bind(|| insta::assert_json_snapshot!("redacted", described));
}
