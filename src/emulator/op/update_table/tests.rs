use std::time::Duration;

use crate::emulator::{
    Emulator,
    op::tests::{ask, call, message, with_table, with_table_and_clock, with_table_that_rests},
};

const INVALID: &str = "One or more parameter values were invalid: ";

fn body(more: &str) -> String {
    format!(r#"{{"TableName":"table",{more}}}"#)
}

fn update(emulator: &Emulator, more: &str) -> String {
    ask(emulator, "UpdateTable", &body(more))
}

fn shown(emulator: &Emulator) -> String {
    ask(emulator, "DescribeTable", r#"{"TableName":"table"}"#)
}

fn has(answer: &str, parts: &[&str]) {
    for part in parts {
        assert!(answer.contains(part), "{part} in {answer}");
    }
}

fn create(name: &str) -> String {
    format!(
        r#""AttributeDefinitions":[{{"AttributeName":"a","AttributeType":"S"}},{{"AttributeName":"unused","AttributeType":"S"}}],
           "GlobalSecondaryIndexUpdates":[{{"Create":{{"IndexName":"{name}","Projection":{{"ProjectionType":"ALL"}},"KeySchema":[{{"AttributeName":"a","KeyType":"HASH"}}]}}}}]"#
    )
}

fn delete(name: &str) -> String {
    format!(r#""GlobalSecondaryIndexUpdates":[{{"Delete":{{"IndexName":"{name}"}}}}]"#)
}

const PROVISION: &str = r#""BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":10,"WriteCapacityUnits":10},
    "GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"gsi","ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}}}]"#;

fn units(read: u32, write: u32) -> String {
    format!(
        r#""ProvisionedThroughput":{{"ReadCapacityUnits":{read},"WriteCapacityUnits":{write}}}"#
    )
}

#[test]
fn an_index_that_is_added_holds_the_items_there_are_and_one_that_goes_leaves_the_others() {
    let emulator = with_table();
    let put = |at: u32, a: &str| {
        let item = format!(r#"{{"pk":{{"S":"p"}},"sk":{{"N":"{at}"}},"gk":{{"S":"g"}}{a}}}"#);
        ask(&emulator, "PutItem", &format!(r#"{{"TableName":"table","Item":{item}}}"#));
    };
    let count = |index: &str, key: &str, value: &str| {
        ask(
            &emulator,
            "Query",
            &format!(
                r#"{{"TableName":"table","IndexName":"{index}","Select":"COUNT","KeyConditionExpression":"{key} = :v","ExpressionAttributeValues":{{":v":{{"S":"{value}"}}}}}}"#
            ),
        )
    };
    put(1, r#","a":{"S":"x"}"#);
    put(2, r#","a":{"N":"1"}"#);
    put(3, "");
    let answer = update(&emulator, &create("new"));
    has(
        &answer,
        &[
            r#""TableStatus":"UPDATING""#,
            r#"{"Backfilling":false,"IndexArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table/index/new","IndexName":"new","IndexSizeBytes":0,"IndexStatus":"CREATING","ItemCount":0"#,
            r#""AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"gk""#,
        ],
    );
    assert!(!answer.contains("unused"), "{answer}");
    assert_eq!(count("new", "a", "x"), r#"{"Count":1,"ScannedCount":1}"#);
    has(
        &shown(&emulator),
        &[
            r#""TableStatus":"ACTIVE""#,
            r#""IndexName":"new","IndexSizeBytes":12,"IndexStatus":"ACTIVE","ItemCount":1"#,
        ],
    );
    assert!(!shown(&emulator).contains("Backfilling"));

    has(
        &update(&emulator, &delete("gsi")),
        &[r#""TableStatus":"UPDATING""#, r#""IndexStatus":"DELETING","ItemCount":3"#],
    );
    let after = shown(&emulator);
    assert!(!after.contains(r#""gsi""#) && !after.contains(r#""gk""#), "{after}");
    put(4, r#","a":{"S":"x"}"#);
    assert_eq!(count("new", "a", "x"), r#"{"Count":2,"ScannedCount":2}"#);
    has(&shown(&emulator), &[r#""IndexStatus":"ACTIVE","ItemCount":2"#]);
    update(&emulator, &create("again"));
    assert_eq!(count("again", "a", "x"), r#"{"Count":2,"ScannedCount":2}"#);
    assert_eq!(count("new", "a", "x"), r#"{"Count":2,"ScannedCount":2}"#);
}

#[test]
fn the_billing_mode_changes_both_ways() {
    // aws-tables-facts 1.9, 4, 8.4.
    let (emulator, clock) = with_table_and_clock();
    update(&emulator, r#""OnDemandThroughput":{"MaxReadRequestUnits":5}"#);
    has(
        &update(&emulator, PROVISION),
        &[
            r#""BillingModeSummary":{"BillingMode":"PROVISIONED"}"#,
            r#""IndexStatus":"UPDATING""#,
            r#""ReadCapacityUnits":10"#,
            r#""TableStatus":"UPDATING""#,
        ],
    );
    let provisioned = shown(&emulator);
    has(
        &provisioned,
        &[
            r#""BillingModeSummary":{"BillingMode":"PROVISIONED","LastUpdateToPayPerRequestDateTime":1.700000000123E9}"#,
            r#""WarmThroughput":{"ReadUnitsPerSecond":12000,"Status":"ACTIVE","WriteUnitsPerSecond":4000}"#,
        ],
    );
    assert!(!provisioned.contains("OnDemandThroughput"), "{provisioned}");
    clock.advance(Duration::from_secs(1));
    has(
        &update(&emulator, r#""BillingMode":"PAY_PER_REQUEST""#),
        &[r#""BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"}"#],
    );
    has(
        &shown(&emulator),
        &[
            r#""LastUpdateToPayPerRequestDateTime":1.700000001123E9"#,
            r#""ProvisionedThroughput":{"LastDecreaseDateTime":1.700000001123E9,"NumberOfDecreasesToday":1,"ReadCapacityUnits":0,"WriteCapacityUnits":0}"#,
        ],
    );
    let before = shown(&emulator);
    has(&update(&emulator, r#""BillingMode":"PAY_PER_REQUEST""#), &[r#""TableStatus":"UPDATING""#]);
    assert_eq!(shown(&emulator), before);
}

#[test]
fn capacity_can_be_lowered_four_times_a_day_and_then_once_an_hour() {
    // aws-tables-facts 8.3; the clock begins at 22:13:20 on Tuesday, November 14, 2023.
    let (emulator, clock) = with_table_and_clock();
    update(&emulator, PROVISION);
    has(
        &update(&emulator, &units(20, 9)),
        &[
            r#""LastDecreaseDateTime":1.700000000123E9,"LastIncreaseDateTime":1.700000000123E9,"NumberOfDecreasesToday":0,"ReadCapacityUnits":10"#,
        ],
    );
    has(&shown(&emulator), &[r#""NumberOfDecreasesToday":1,"ReadCapacityUnits":20"#]);
    for write in [8, 7, 6] {
        update(&emulator, &units(20, write));
    }
    let refused = call(&emulator, "UpdateTable", &body(&units(20, 5)));
    assert_eq!(refused.error_type().as_deref(), Some("LimitExceededException"));
    assert_eq!(
        refused.error_message().unwrap_or_default(),
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. Number of decreases today: 4. Last decrease at Tuesday, November 14, 2023 at 10:13:20 PM Coordinated Universal Time. Next decrease can be made at Tuesday, November 14, 2023 at 11:13:20 PM Coordinated Universal Time."
    );
    update(&emulator, &units(30, 6));
    clock.advance(Duration::from_secs(3600));
    update(&emulator, &units(30, 5));
    clock.advance(Duration::from_secs(3600));
    has(&shown(&emulator), &[r#""NumberOfDecreasesToday":0,"ReadCapacityUnits":30"#]);
    update(&emulator, &units(30, 4));
    assert_eq!(
        message(&emulator, "UpdateTable", &body(&units(30, 4))),
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 30. Requested ReadCapacityUnits: 30. Current WriteCapacityUnits provisioned for the table: 4. Requested WriteCapacityUnits: 4. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    );
}

#[test]
fn ceilings_merge_and_warmth_only_rises() {
    // aws-tables-facts 9 and 10.
    let emulator = with_table();
    let ceilings = |units: &str| update(&emulator, &format!(r#""OnDemandThroughput":{{{units}}}"#));
    ceilings(r#""MaxReadRequestUnits":5"#);
    has(
        &ceilings(r#""MaxWriteRequestUnits":6"#),
        &[
            r#""OnDemandThroughput":{"MaxReadRequestUnits":5,"MaxWriteRequestUnits":6}"#,
            r#""TableStatus":"ACTIVE""#,
        ],
    );
    has(
        &ceilings(r#""MaxReadRequestUnits":-1"#),
        &[r#""OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":6}"#],
    );
    has(&shown(&emulator), &[r#""OnDemandThroughput":{"MaxWriteRequestUnits":6}"#]);
    ceilings(r#""MaxWriteRequestUnits":-1"#);
    assert!(!shown(&emulator).contains("OnDemandThroughput"));

    has(
        &update(&emulator, r#""WarmThroughput":{"ReadUnitsPerSecond":13000}"#),
        &[
            r#"{"ReadUnitsPerSecond":12000,"Status":"UPDATING","WriteUnitsPerSecond":4000}}}"#,
            r#""TableStatus":"ACTIVE""#,
        ],
    );
    has(
        &shown(&emulator),
        &[r#"{"ReadUnitsPerSecond":13000,"Status":"ACTIVE","WriteUnitsPerSecond":4000}}}"#],
    );
    assert_eq!(
        message(
            &emulator,
            "UpdateTable",
            &body(r#""WarmThroughput":{"ReadUnitsPerSecond":12999}"#)
        ),
        format!(
            "{INVALID}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported"
        )
    );
    let index = |change: &str| {
        format!(r#""GlobalSecondaryIndexUpdates":[{{"Update":{{"IndexName":"gsi",{change}}}}}]"#)
    };
    has(
        &update(&emulator, &index(r#""OnDemandThroughput":{"MaxReadRequestUnits":7}"#)),
        &[r#""OnDemandThroughput":{"MaxReadRequestUnits":7}"#, r#""IndexStatus":"UPDATING""#],
    );
    has(
        &update(&emulator, &index(r#""WarmThroughput":{"WriteUnitsPerSecond":5000}"#)),
        &[r#""IndexStatus":"ACTIVE""#, r#""WriteUnitsPerSecond":4000}}],"#],
    );
    has(&shown(&emulator), &[r#""WriteUnitsPerSecond":5000}}],"#]);
}

#[test]
fn settings_change_one_at_a_time_and_not_too_often() {
    // aws-tables-facts 13 to 16.
    let (emulator, clock) = with_table_that_rests();
    let refused = |more: &str| message(&emulator, "UpdateTable", &body(more));
    let protect = |on: bool| format!(r#""DeletionProtectionEnabled":{on}"#);
    has(
        &update(&emulator, &protect(true)),
        &[r#""DeletionProtectionEnabled":true"#, r#""TableStatus":"ACTIVE""#],
    );
    update(&emulator, &protect(true));
    assert_eq!(
        refused(&protect(false)),
        "Deletion protection setting for table table modified within the previous 15000 milliseconds. Please try again after 2023-11-14T22:13:35.123Z"
    );
    clock.advance(Duration::from_secs(15));
    update(&emulator, &protect(false));

    let class = |name: &str| format!(r#""TableClass":"{name}""#);
    let infrequent = class("STANDARD_INFREQUENT_ACCESS");
    update(&emulator, &class("STANDARD"));
    assert!(!update(&emulator, &infrequent).contains("TableClassSummary"));
    has(
        &shown(&emulator),
        &[
            r#""TableClassSummary":{"LastUpdateDateTime":1.700000015123E9,"TableClass":"STANDARD_INFREQUENT_ACCESS"}"#,
        ],
    );
    update(&emulator, &class("STANDARD"));
    for again in [&infrequent, &class("STANDARD")] {
        assert_eq!(
            refused(again),
            "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s)."
        );
    }

    let stream = r#""StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}"#;
    let label = r#""LatestStreamLabel":"2023-11-14T22:13:35.123""#;
    has(&update(&emulator, stream), &[label, r#""StreamViewType":"KEYS_ONLY""#]);
    assert_eq!(refused(stream), "Table already has an enabled stream: TableName: table");
    let off = r#""StreamSpecification":{"StreamEnabled":false}"#;
    update(&emulator, off);
    has(&shown(&emulator), &[label]);
    assert!(!shown(&emulator).contains("StreamSpecification"));
    assert_eq!(refused(off), "Table has no stream to disable: TableName: table");
    has(&update(&emulator, stream), &[r#""LatestStreamLabel":"2023-11-14T22:13:35.124""#]);
}

#[test]
fn encryption_changes_four_times_a_day() {
    // aws-tables-facts 14.
    let emulator = with_table();
    let refused = |more: &str| message(&emulator, "UpdateTable", &body(more));
    let key = |sent: &str| format!(r#""SSESpecification":{{{sent}}}"#);
    let off = key(r#""Enabled":false"#);
    assert_eq!(refused(&off), format!("{INVALID}Table is already encrypted by default"));
    has(
        &update(&emulator, &key(r#""Enabled":true"#)),
        &[r#""SSEDescription":{"Status":"UPDATING"}"#, r#""TableStatus":"ACTIVE""#],
    );
    has(&shown(&emulator), &[r#""SSEType":"KMS","Status":"ENABLED""#]);
    let arn = r#""SSEType":"KMS","KMSMasterKeyId":"arn:aws:kms:us-east-1:000000000000:key/k""#;
    update(&emulator, &key(arn));
    assert_eq!(
        refused(&key(arn)),
        format!(
            "{INVALID}Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key"
        )
    );
    has(&update(&emulator, &off), &[r#"key/k","SSEType":"KMS","Status":"UPDATING""#]);
    assert!(!shown(&emulator).contains("SSEDescription"));
    update(&emulator, &key(arn));
    assert_eq!(
        refused(&off),
        "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at 2023-11-15T22:13:20.123Z. After the first 4 change, each subsequent change in the same window can be performed at most once every 21600 seconds. Number of updates today: 4. Last change at 2023-11-14T22:13:20.123Z. Next changes can be made at 2023-11-15T04:13:20.123Z."
    );
}

#[test]
fn refuses_in_the_services_words_and_order() {
    // aws-tables-facts 1.3, 1.8, 7, 8.4, 9, 11.2, 13.1, 2026-10-08 and 09.
    let emulator = with_table();
    let before = shown(&emulator);
    let index = |entries: &str| format!(r#""GlobalSecondaryIndexUpdates":[{entries}]"#);
    let named = |action: &str, name: &str| format!(r#"{{"{action}":{{"IndexName":"{name}"}}}}"#);
    let units = units(1, 1);
    for (more, text) in [
        (r#""AttributeDefinitions":[]"#.to_owned(), "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required".to_owned()),
        (r#""WarmThroughput":{}"#.into(), String::new()),
        (r#""GlobalSecondaryIndexUpdates":[],"DeletionProtectionEnabled":true"#.into(), format!("{INVALID}List of GlobalSecondaryIndexUpdates is empty")),
        (r#""SSESpecification":{},"TableClass":"STANDARD""#.into(), format!("{INVALID}Server-Side Encryption modification must be the only operation in the request")),
        (r#""TableClass":"STANDARD","DeletionProtectionEnabled":true"#.into(), format!("{INVALID}TableClass modification must be the only operation in the request")),
        (format!(r#""DeletionProtectionEnabled":true,{units}"#), format!("{INVALID}DeletionProtection modification must be the only operation in the request")),
        (r#""WarmThroughput":{"ReadUnitsPerSecond":1},"OnDemandThroughput":{"MaxReadRequestUnits":1}"#.into(), format!("{INVALID}OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")),
        (format!(r#""WarmThroughput":{{"ReadUnitsPerSecond":1}},{}"#, create("new")), format!("{INVALID}Create global secondary index cannot be specified when updating WarmThroughput")),
        (format!(r#""StreamSpecification":{{"StreamEnabled":true}},{units}"#), format!("{INVALID}You cannot modify stream status while updating table IOPS")),
        (format!("{units},{}", delete("gsi")), format!("{INVALID}You cannot create or delete index while updating table IOPS")),
        (r#""StreamSpecification":{"StreamEnabled":true}"#.into(), format!("{INVALID}If stream is being enabled then UpdateViewType is required")),
        (r#""BillingMode":"PROVISIONED""#.into(), format!("{INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED")),
        (format!(r#""BillingMode":"PROVISIONED",{units}"#), format!("{INVALID}ProvisionedThroughput must be specified for index: gsi")),
        (format!(r#""BillingMode":"PAY_PER_REQUEST",{units}"#), format!("{INVALID}ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST")),
        (units.clone(), format!("{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")),
        (r#""OnDemandThroughput":{"MaxReadRequestUnits":0}"#.into(), format!("{INVALID}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range")),
        (r#""OnDemandThroughput":{"MaxReadRequestUnits":40001}"#.into(), "Subscriber limit exceeded: Requested MaxReadRequestUnits for OnDemandThroughput for table exceeds TableMaxReadCapacityUnits of the account in region us-east-1".into()),
        (index("{}"), format!("{INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null")),
        (index(r#"{"Update":{"IndexName":"gsi"},"Delete":{"IndexName":"gsi"}}"#), format!("{INVALID}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")),
        (index(&format!("{},{}", named("Update", "gsi"), named("Delete", "gsi"))), format!("{INVALID}Only one global secondary index update per index is allowed simultaneously. Index: gsi")),
        (index(r#"{"Delete":{}}"#), "1 validation error detected: Value null at 'globalSecondaryIndexUpdates.1.member.delete.indexName' failed to satisfy constraint: Member must not be null".into()),
        (index(&named("Update", "gsi")), format!("{INVALID}The only Updates for index: gsi when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput")),
        (index(r#"{"Update":{"IndexName":"ghost","WarmThroughput":{}}}"#), format!("{INVALID}WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: ghost")),
        (index(&named("Delete", "ghost")), "Requested resource not found: Index ghost for table table".into()),
        (index(&named("Delete", "lsi")), "Cannot delete an index that is not a GlobalSecondaryIndex: lsi".into()),
        (create("lsi"), "Attempting to create an index which already exists".into()),
        (create("new").replace(r#""AttributeDefinitions""#, r#""Other""#), format!("{INVALID}AttributeDefinitions is not specified for index: new")),
        (create("new").replace(r#""AttributeName":"a","KeyType""#, r#""AttributeName":"gk","KeyType""#), format!("{INVALID}Some index key attributes are not defined in AttributeDefinitions. Keys: [gk], AttributeDefinitions: [a, unused]")),
        (create("new").replace("]}}]", &format!("]}}}},{}]", named("Delete", "gsi"))), "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table".into()),
    ] {
        assert_eq!(message(&emulator, "UpdateTable", &body(&more)), text, "{more}");
    }
    assert_eq!(shown(&emulator), before);
    for (request, text) in [
        ("{}", "The parameter 'TableName' is required but was not present in the request"),
        (
            r#"{"TableName":"ab","WarmThroughput":{}}"#,
            "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
        ),
        (
            r#"{"TableName":"nope","WarmThroughput":{}}"#,
            "Requested resource not found: Table: nope not found",
        ),
    ] {
        assert_eq!(message(&emulator, "UpdateTable", request), text);
    }
}
