use std::{sync::Arc, time::Duration};

use crate::{
    clock::ManualClock,
    emulator::{
        Emulator, Settings,
        op::tests::{ask, call, empty_with},
    },
};

const TABLE: &str = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.";
const INDEX: &str = "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API.";

/// A table that takes one unit of each kind a second, with an index that takes as many as it says.
fn throttled(index: u32) -> (Emulator, Arc<ManualClock>) {
    let (emulator, clock) = empty_with(Settings { throttle: true, ..Settings::default() });
    let units = |count: u32| {
        format!(
            r#""ProvisionedThroughput":{{"ReadCapacityUnits":{count},"WriteCapacityUnits":{count}}}"#
        )
    };
    let key =
        |name: &str| format!(r#""KeySchema":[{{"AttributeName":"{name}","KeyType":"HASH"}}]"#);
    ask(
        &emulator,
        "CreateTable",
        &format!(
            r#"{{"TableName":"table",{},{},"AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"S"}},{{"AttributeName":"gk","AttributeType":"S"}}],"GlobalSecondaryIndexes":[{{"IndexName":"gsi",{},{},"Projection":{{"ProjectionType":"ALL"}}}}]}}"#,
            key("pk"),
            units(1),
            key("gk"),
            units(index),
        ),
    );
    (emulator, clock)
}

fn put(emulator: &Emulator, more: &str) -> String {
    let body = format!(r#"{{"TableName":"table","Item":{{"pk":{{"S":"a"}}{more}}}}}"#);
    call(emulator, "PutItem", &body).error_message().unwrap_or_default()
}

fn count(emulator: &Emulator, times: usize, more: &str) -> usize {
    (0..times).filter(|_| put(emulator, more).is_empty()).count()
}

#[test]
fn a_burst_of_five_minutes_is_taken_and_then_what_flows_in() {
    let (emulator, clock) = throttled(1);
    assert_eq!(count(&emulator, 400, ""), 300);
    assert_eq!(put(&emulator, ""), TABLE);
    clock.advance(Duration::from_secs(7));
    assert_eq!(count(&emulator, 20, ""), 7);
    clock.advance(Duration::from_secs(10_000));
    assert_eq!(count(&emulator, 400, ""), 300);
    // Reads have a bucket of their own: half a unit each.
    let get = r#"{"TableName":"table","Key":{"pk":{"S":"a"}}}"#;
    let got = (0..700).filter(|_| call(&emulator, "GetItem", get).status.is_success()).count();
    assert_eq!(got, 600);
}

#[test]
fn the_error_tells_the_reason_and_the_resource() {
    let (emulator, _) = throttled(1);
    count(&emulator, 300, "");
    let body = r#"{"TableName":"table","Item":{"pk":{"S":"a"}}}"#;
    let answer = call(&emulator, "PutItem", body);
    assert_eq!(
        String::from_utf8_lossy(&answer.body),
        format!(
            r#"{{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","ThrottlingReasons":[{{"reason":"TableWriteProvisionedThroughputExceeded","resource":"arn:aws:dynamodb:us-east-1:000000000000:table/table"}}],"message":"{TABLE}"}}"#
        )
    );
}

#[test]
fn an_index_that_cannot_follow_holds_up_the_writes_that_touch_it() {
    let (emulator, clock) = throttled(1);
    clock.advance(Duration::from_secs(1));
    let mut gk = 0..;
    // A key that moves costs the index two units and the table one.
    let mut moves = |times: usize| {
        let move_one = |at: u32| put(&emulator, &format!(r#","gk":{{"S":"{at}"}}"#));
        gk.by_ref().take(times).map(move_one).collect::<Vec<_>>()
    };
    let refused: Vec<_> = moves(200).into_iter().filter(|text| !text.is_empty()).collect();
    assert_eq!(refused.len(), 49, "the first costs one, 150 more the other 299");
    assert!(refused.iter().all(|text| text == INDEX));
    assert_eq!(put(&emulator, r#","gk":{"S":"150"},"other":{"S":"x"}"#), INDEX);
    let scan = ask(&emulator, "Scan", r#"{"TableName":"table"}"#);
    assert!(scan.contains(r#""gk":{"S":"150"}"#) && !scan.contains("other"), "{scan}");
}

#[test]
fn batches_give_back_what_was_too_much_and_transactions_are_cancelled() {
    let (emulator, _) = throttled(1);
    count(&emulator, 298, "");
    let write = |from: u32| {
        let one = |at| format!(r#"{{"PutRequest":{{"Item":{{"pk":{{"S":"{at}"}}}}}}}}"#);
        let requests: Vec<_> = (from..from + 4).map(one).collect();
        format!(r#"{{"RequestItems":{{"table":[{}]}}}}"#, requests.join(","))
    };
    assert_eq!(
        ask(&emulator, "BatchWriteItem", &write(0)),
        r#"{"UnprocessedItems":{"table":[{"PutRequest":{"Item":{"pk":{"S":"2"}}}},{"PutRequest":{"Item":{"pk":{"S":"3"}}}}]}}"#
    );
    let refused = call(&emulator, "BatchWriteItem", &write(2));
    assert_eq!(refused.error_message().as_deref(), Some(TABLE));
    let transaction =
        r#"{"TransactItems":[{"Put":{"TableName":"table","Item":{"pk":{"S":"t"}}}}]}"#;
    let cancelled = call(&emulator, "TransactWriteItems", transaction);
    assert_eq!(cancelled.error_type().as_deref(), Some("TransactionCanceledException"));
    let reason = format!(
        r#""CancellationReasons":[{{"Code":"ProvisionedThroughputExceeded","Message":"{TABLE}"}}]"#
    );
    let text = String::from_utf8_lossy(&cancelled.body).into_owned();
    assert!(text.contains(&reason), "{text}");
    let keys = r#"{"RequestItems":{"table":{"ConsistentRead":true,"Keys":[{"pk":{"S":"0"}},{"pk":{"S":"1"}},{"pk":{"S":"2"}},{"pk":{"S":"t"}}]}}}"#;
    let read = ask(&emulator, "BatchGetItem", keys);
    assert!(read.contains(r#""UnprocessedKeys":{}"#), "{read}");
    assert_eq!(read.matches(r#"{"pk""#).count(), 2, "what was refused is not there: {read}");
    let get = r#"{"TableName":"table","ConsistentRead":true,"Key":{"pk":{"S":"0"}}}"#;
    (0..294).for_each(|_| drop(ask(&emulator, "GetItem", get)));
    let read = ask(&emulator, "BatchGetItem", keys);
    assert!(
        read.contains(
            r#""UnprocessedKeys":{"table":{"ConsistentRead":true,"Keys":[{"pk":{"S":"2"}},{"pk":{"S":"t"}}]}}"#
        ),
        "{read}"
    );
    let refused = call(&emulator, "BatchGetItem", keys);
    assert_eq!(refused.error_message().as_deref(), Some(TABLE));
}

#[test]
fn a_ceiling_holds_one_second_and_a_table_without_one_everything() {
    let (emulator, clock) = empty_with(Settings { throttle: true, ..Settings::default() });
    let create = |more: &str| {
        format!(
            r#"{{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"pk","KeyType":"HASH"}}]{more}}}"#
        )
    };
    ask(&emulator, "CreateTable", &create(r#","OnDemandThroughput":{"MaxWriteRequestUnits":2}"#));
    assert_eq!(count(&emulator, 9, ""), 2);
    clock.advance(Duration::from_secs(9));
    assert_eq!(count(&emulator, 9, ""), 2);
    assert_eq!(
        put(&emulator, ""),
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
    );
    ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
    ask(&emulator, "CreateTable", &create(""));
    assert_eq!(count(&emulator, 1000, ""), 1000);
}
