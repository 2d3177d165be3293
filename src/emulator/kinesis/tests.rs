use std::{fs, path::Path, time::Duration};

use crate::emulator::{
    Emulator, Settings,
    op::tests::{ask, call, with_table_and},
};

const STREAM: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/records";

fn settings(root: &Path) -> Settings {
    Settings { kinesis_root: Some(root.to_owned()), ..Settings::default() }
}

fn enable(emulator: &Emulator, more: &str) {
    let body = format!(r#"{{"TableName":"table","StreamArn":"{STREAM}"{more}}}"#);
    ask(emulator, "EnableKinesisStreamingDestination", &body);
}

fn put(emulator: &Emulator, value: &str) {
    let body = format!(
        r#"{{"TableName":"table","Item":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}},"v":{{"S":"{value}"}}}}}}"#
    );
    ask(emulator, "PutItem", &body);
}

const KEY: &str = r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#;

fn lines(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("records.jsonl")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_change_is_a_line_in_the_form_that_kinesis_gets() {
    let root = tempfile::tempdir().unwrap();
    let (emulator, clock) = with_table_and(settings(root.path()));
    put(&emulator, "before");
    assert_eq!(lines(root.path()).len(), 0, "no destination yet");
    enable(&emulator, "");
    put(&emulator, "x");
    put(&emulator, "x");
    clock.advance(Duration::from_millis(1));
    ask(&emulator, "DeleteItem", KEY);
    ask(&emulator, "DeleteItem", KEY);
    put(&emulator, "y");
    let lines = lines(root.path());
    let names: Vec<_> = lines
        .iter()
        .map(|line| line.split(r#""eventName":""#).nth(1).unwrap()[..6].to_owned())
        .collect();
    assert_eq!(names, ["MODIFY", "REMOVE", "INSERT"]);
    let (before, rest) = lines[0].split_once(r#""eventID":""#).unwrap();
    assert_eq!(before, r#"{"awsRegion":"us-east-1","#);
    assert_eq!(rest.find('"'), Some(36));
    assert_eq!(
        &rest[36..],
        r#"","eventName":"MODIFY","userIdentity":null,"recordFormat":"application/json","tableName":"table","dynamodb":{"ApproximateCreationDateTime":1700000000123,"Keys":{"pk":{"S":"a"},"sk":{"N":"1"}},"NewImage":{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"S":"x"}},"OldImage":{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"S":"before"}},"SizeBytes":30},"eventSource":"aws:dynamodb"}"#
    );
    assert!(lines[1].contains(r#""ApproximateCreationDateTime":1700000000124,"#), "{}", lines[1]);
}

#[test]
fn writes_that_do_not_happen_have_no_record_and_a_transaction_has_all() {
    let root = tempfile::tempdir().unwrap();
    let (emulator, _) = with_table_and(settings(root.path()));
    enable(&emulator, "");
    let refused = r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_exists(pk)"}"#;
    assert!(!call(&emulator, "PutItem", refused).status.is_success());
    let transact = |condition: &str| {
        format!(
            r#"{{"TransactItems":[{{"Put":{{"TableName":"table","Item":{{"pk":{{"S":"b"}},"sk":{{"N":"1"}}}}}}}},{{"Put":{{"TableName":"table","Item":{{"pk":{{"S":"c"}},"sk":{{"N":"1"}}}},"ConditionExpression":"{condition}(pk)"}}}}]}}"#
        )
    };
    let cancelled = call(&emulator, "TransactWriteItems", &transact("attribute_exists"));
    assert!(!cancelled.status.is_success());
    assert_eq!(lines(root.path()).len(), 0);
    ask(&emulator, "TransactWriteItems", &transact("attribute_not_exists"));
    assert_eq!(lines(root.path()).len(), 2);
}

#[test]
fn what_a_batch_does_not_process_has_no_record() {
    let root = tempfile::tempdir().unwrap();
    let (emulator, _) = with_table_and(Settings { throttle: true, ..settings(root.path()) });
    ask(
        &emulator,
        "CreateTable",
        r#"{"TableName":"small","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
    );
    let body = format!(r#"{{"TableName":"small","StreamArn":"{STREAM}"}}"#);
    ask(&emulator, "EnableKinesisStreamingDestination", &body);
    let mut written = 0;
    for batch in 0..14 {
        let put =
            |at: usize| format!(r#"{{"PutRequest":{{"Item":{{"pk":{{"S":"{batch}-{at}"}}}}}}}}"#);
        let puts: Vec<_> = (0..25).map(put).collect();
        let body = format!(r#"{{"RequestItems":{{"small":[{}]}}}}"#, puts.join(","));
        let answer = call(&emulator, "BatchWriteItem", &body);
        if answer.status.is_success() {
            let text = String::from_utf8(answer.body.to_vec()).unwrap();
            written += 25 - text.matches("PutRequest").count();
        }
    }
    assert!((300..350).contains(&written), "{written} of 350");
    assert_eq!(lines(root.path()).len(), written);
}

#[test]
fn what_expires_is_the_services_doing() {
    let root = tempfile::tempdir().unwrap();
    let (emulator, clock) =
        with_table_and(Settings { ttl_delete_ms: Some(0), ..settings(root.path()) });
    ask(
        &emulator,
        "UpdateTimeToLive",
        r#"{"TableName":"table","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"until"}}"#,
    );
    enable(
        &emulator,
        r#","EnableKinesisStreamingConfiguration":{"ApproximateCreationDateTimePrecision":"MICROSECOND"}"#,
    );
    ask(
        &emulator,
        "PutItem",
        r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"until":{"N":"1700000005"}}}"#,
    );
    clock.advance(Duration::from_secs(10));
    ask(&emulator, "ListTables", "{}");
    let lines = lines(root.path());
    assert!(lines[0].contains(r#""userIdentity":null"#), "{}", lines[0]);
    assert!(lines[0].contains(r#"Time":1700000000123000,"#), "{}", lines[0]);
    assert!(lines[0].contains(r#""ApproximateCreationDateTimePrecision":"MICROSECOND""#));
    assert!(lines[1].contains(r#""eventName":"REMOVE","userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"}"#), "{}", lines[1]);
}

#[test]
fn a_destination_that_is_disabled_gets_nothing_more() {
    let root = tempfile::tempdir().unwrap();
    let (emulator, _) = with_table_and(settings(root.path()));
    enable(&emulator, "");
    put(&emulator, "x");
    let body = format!(r#"{{"TableName":"table","StreamArn":"{STREAM}"}}"#);
    ask(&emulator, "DisableKinesisStreamingDestination", &body);
    put(&emulator, "y");
    assert_eq!(lines(root.path()).len(), 1);
}

#[test]
fn records_that_wait_are_delivered_once_though_there_is_a_fork() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("kinesis");
    let (emulator, _) = with_table_and(settings(&root));
    enable(&emulator, "");
    // What stands in the way of the folder makes records wait.
    fs::write(&root, "a file").unwrap();
    let body = r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"S":"waits"}}}"#;
    assert!(!call(&emulator, "PutItem", body).status.is_success());
    let fork = emulator.fork().unwrap();
    fs::remove_file(&root).unwrap();
    ask(&fork, "ListTables", "{}");
    assert_eq!(lines(&root).len(), 0);
    put(&fork, "of the fork");
    put(&emulator, "of the origin");
    ask(&fork, "ListTables", "{}");
    let values: Vec<_> = lines(&root)
        .iter()
        .map(|line| {
            let (_, image) = line.split_once(r#""NewImage""#).unwrap();
            image.split(r#""v":{"S":""#).nth(1).unwrap().split('"').next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(values, ["of the fork", "waits", "of the origin"]);
}
