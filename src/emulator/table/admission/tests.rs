//! What a table is at, step by step by the clock, and what it refuses meanwhile
//! (aws-tables-facts 2.2, 3.1, 6, 11.3, 14.2, 23).

use std::{sync::Arc, time::Duration};

use crate::{
    clock::ManualClock,
    emulator::{
        Emulator, Settings,
        op::tests::{ask, call, empty_with, message},
        table::Timing,
    },
};

const IN_USE: &str = "Attempt to change a resource which is still in use: ";
const LIMIT: &str = "Subscriber limit exceeded: ";
const NAME: &str = r#"{"TableName":"table"}"#;
const TABLE: &str = r#"{"TableName":"table","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5},"GlobalSecondaryIndexes":[{"IndexName":"gsi","Projection":{"ProjectionType":"ALL"},"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}}]}"#;

const UNITS: &str = r#""ProvisionedThroughput":{"ReadCapacityUnits":9,"WriteCapacityUnits":9}"#;
const BY_REQUEST: &str = r#""BillingMode":"PAY_PER_REQUEST""#;
const STREAM: &str = r#""StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}"#;
const CLASS: &str = r#""TableClass":"STANDARD_INFREQUENT_ACCESS""#;
const ENCRYPT: &str = r#""SSESpecification":{"Enabled":true}"#;
const ENCRYPT_OTHERWISE: &str = r#""SSESpecification":{"SSEType":"KMS","KMSMasterKeyId":"key"}"#;
const PROTECT: &str = r#""DeletionProtectionEnabled":true"#;
const WARM: &str = r#""WarmThroughput":{"ReadUnitsPerSecond":90,"WriteUnitsPerSecond":90}"#;
const ADD: &str = r#""AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"new","Projection":{"ProjectionType":"ALL"},"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}}}]"#;
const DROP: &str = r#""GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"gsi"}}]"#;
const DROP_NEW: &str = r#""GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"new"}}]"#;
const RESIZE: &str = r#""GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"gsi","ProvisionedThroughput":{"ReadCapacityUnits":9,"WriteCapacityUnits":9}}}]"#;
const RESIZE_NEW: &str = r#""GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"new","ProvisionedThroughput":{"ReadCapacityUnits":9,"WriteCapacityUnits":9}}}]"#;

/// An emulator where things take their time, with a table that is ACTIVE.
fn real() -> (Emulator, Arc<ManualClock>) {
    let (emulator, clock) = empty_with(Settings { timing: Timing::real(), ..Settings::default() });
    ask(&emulator, "CreateTable", TABLE);
    clock.advance(Duration::from_secs(60));
    (emulator, clock)
}

fn body(change: &str) -> String {
    format!(r#"{{"TableName":"table",{change}}}"#)
}

fn update(emulator: &Emulator, change: &str) -> String {
    ask(emulator, "UpdateTable", &body(change))
}

fn shown(emulator: &Emulator) -> String {
    ask(emulator, "DescribeTable", NAME)
}

fn has(answer: &str, parts: &[&str]) {
    for part in parts {
        assert!(answer.contains(part), "{part} in {answer}");
    }
}

/// A call, and how it is refused: the beginning of its sentence and the rest; none of either is
/// done.
type Expected<'a> = (&'a str, &'a str, &'a str);

#[test]
fn calls_are_refused_by_what_the_table_is_at() {
    let iops = "Table IOPS are currently being updated. Table: table";
    let one = "Only 1 online index can be created or deleted simultaneously per table";
    let label = "Stream: 2023-11-14T22:14:20.123 Operation: ENABLE";
    let class = "Table: table TableClassUpdateInProgress: STANDARD_INFREQUENT_ACCESS";
    let cases: &[(&str, u64, &[Expected<'_>])] = &[
        (
            UNITS,
            0,
            &[
                (UNITS, IN_USE, iops),
                (BY_REQUEST, IN_USE, iops),
                (
                    STREAM,
                    IN_USE,
                    "Can't enable or disable stream while table IOPS are being updated. Table: table",
                ),
                (
                    ADD,
                    IN_USE,
                    "Can't create or delete indexes while table IOPS are being updated. Table: table",
                ),
                (PROTECT, "", ""),
                (ENCRYPT, "", ""),
                ("delete", IN_USE, "Table: table is in the process of being updated."),
            ],
        ),
        (
            STREAM,
            0,
            &[
                (
                    STREAM,
                    IN_USE,
                    &format!(
                        "A stream status change is currently in progress. Table: table {label}"
                    ),
                ),
                (
                    UNITS,
                    IN_USE,
                    &format!(
                        "Can't change table IOPS when stream status is being updated. Table: table {label}"
                    ),
                ),
                (
                    CLASS,
                    IN_USE,
                    &format!(
                        "Can't update table class when stream status is being updated. Table: table {label}"
                    ),
                ),
                (WARM, "", ""),
                ("delete", IN_USE, "Cannot delete table while stream is being enabled/disabled."),
            ],
        ),
        (
            CLASS,
            0,
            &[
                (
                    CLASS,
                    IN_USE,
                    &format!(
                        "Can't update table class when a table class update is in progress. {class}"
                    ),
                ),
                (
                    STREAM,
                    IN_USE,
                    &format!(
                        "Can't change stream status when a table class update is in progress. {class}"
                    ),
                ),
                (PROTECT, "", ""),
            ],
        ),
        (
            ENCRYPT,
            0,
            &[
                (ENCRYPT, "", ""),
                (ENCRYPT_OTHERWISE, IN_USE, "Server-Side Encryption is still being updated"),
                ("delete", IN_USE, "Table: table is in the process of being updated."),
                (STREAM, "", ""),
            ],
        ),
        (WARM, 0, &[(WARM, "", ""), (ADD, "", "")]),
        (
            ADD,
            0,
            &[
                (
                    UNITS,
                    IN_USE,
                    "Can't change table IOPS when an index is being created. Table: table Indexes: [new]",
                ),
                (WARM, "", "Table is under system maintenance, please try again later"),
                (
                    RESIZE_NEW,
                    IN_USE,
                    "Index is being created but is not backfilling yet. Table: table Index: new",
                ),
                (
                    DROP_NEW,
                    IN_USE,
                    "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index is active. Table: table Index: new",
                ),
                (DROP, LIMIT, one),
                (RESIZE, "", ""),
                (
                    "delete",
                    IN_USE,
                    "Cannot delete table while indexes are being created, updated, or deleted.",
                ),
            ],
        ),
        (
            ADD,
            41,
            &[
                (DROP, LIMIT, one),
                (UNITS, "", ""),
                (
                    DROP_NEW,
                    IN_USE,
                    "Can't create or delete indexes while table IOPS are being updated. Table: table",
                ),
            ],
        ),
        (ADD, 41, &[(DROP_NEW, "", "")]),
        (
            RESIZE,
            0,
            &[
                (RESIZE, IN_USE, "Index is being updated. Table: table Index: gsi"),
                (PROTECT, "", ""),
            ],
        ),
        (
            DROP,
            0,
            &[
                (DROP, IN_USE, "Index is being deleted. Table: table Index: gsi"),
                (RESIZE, IN_USE, "Index is being deleted. Table: table Index: gsi"),
                (ADD, LIMIT, one),
                (
                    BY_REQUEST,
                    IN_USE,
                    "Can't change table IOPS when an index is being deleted. Table: table Indexes: [gsi]",
                ),
                (ENCRYPT, "", ""),
            ],
        ),
        (BY_REQUEST, 0, &[(BY_REQUEST, IN_USE, iops), (PROTECT, "", "")]),
    ];
    for (first, wait, calls) in cases {
        let (emulator, clock) = real();
        update(&emulator, first);
        clock.advance(Duration::from_secs(*wait));
        for (change, prefix, text) in *calls {
            let answer = match *change {
                "delete" => call(&emulator, "DeleteTable", NAME),
                _ => call(&emulator, "UpdateTable", &body(change)),
            };
            let refused = answer.error_message().unwrap_or_default();
            assert_eq!(refused, format!("{prefix}{text}"), "{change} after {first}");
        }
    }
}

#[test]
fn a_new_table_is_there_for_tables_operations_only_until_it_is_active() {
    let (emulator, clock) = empty_with(Settings { timing: Timing::real(), ..Settings::default() });
    let answer = ask(&emulator, "CreateTable", TABLE);
    has(&answer, &[r#""TableStatus":"CREATING""#, r#""IndexStatus":"CREATING""#]);
    let being = format!("{IN_USE}Table is being created: table");
    let item = r#"{"TableName":"table","Item":{"pk":{"S":"a"}}}"#;
    let expire = body(r#""TimeToLiveSpecification":{"Enabled":true,"AttributeName":"at"}"#);
    let recover = body(r#""PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}"#);
    let refused = |operation, body: &str, text: &str| {
        assert_eq!(message(&emulator, operation, body), text, "{operation}");
    };
    has(
        &shown(&emulator),
        &[r#""TableStatus":"CREATING""#, r#""IndexStatus":"CREATING""#, r#""WarmThroughput""#],
    );
    has(&ask(&emulator, "ListTables", "{}"), &[r#"["table"]"#]);
    refused("CreateTable", TABLE, &being);
    refused("UpdateTable", &body(UNITS), &being);
    refused("DeleteTable", NAME, &being);
    refused("PutItem", item, "Requested resource not found");
    refused("Scan", NAME, "Requested resource not found");
    refused("UpdateTimeToLive", &expire, "Requested resource not found: Table: table not found");
    refused(
        "DescribeTimeToLive",
        NAME,
        "Cannot describe time to live while table is in CREATING state: Current table state is CREATING",
    );
    refused("UpdateContinuousBackups", &recover, "Table not found: table");
    clock.advance(Duration::from_secs(3));
    refused("UpdateTimeToLive", &expire, &format!("{IN_USE}Table table is being created"));
    let later = "Backups are being enabled for the table: table. Please retry later";
    refused("UpdateContinuousBackups", &recover, later);
    let backups = || ask(&emulator, "DescribeContinuousBackups", NAME);
    has(&backups(), &[r#""ContinuousBackupsStatus":"DISABLED""#]);
    clock.advance(Duration::from_secs(13));
    has(&shown(&emulator), &[r#""TableStatus":"ACTIVE""#, r#""IndexStatus":"ACTIVE""#]);
    ask(&emulator, "PutItem", item);
    ask(&emulator, "UpdateTimeToLive", &expire);
    refused("UpdateContinuousBackups", &recover, later);
    clock.advance(Duration::from_secs(2));
    has(&backups(), &[r#""ContinuousBackupsStatus":"ENABLED""#]);
    ask(&emulator, "UpdateContinuousBackups", &recover);
}

#[test]
fn a_table_that_is_deleted_serves_its_items_until_it_is_gone_and_leaves_its_name() {
    let (emulator, clock) = real();
    ask(&emulator, "PutItem", r#"{"TableName":"table","Item":{"pk":{"S":"a"}}}"#);
    has(&ask(&emulator, "DeleteTable", NAME), &[r#""TableStatus":"DELETING""#]);
    let answer = shown(&emulator);
    has(&answer, &[r#""TableStatus":"DELETING""#, r#""ItemCount":1"#]);
    assert!(!answer.contains("KeySchema"), "{answer}");
    let being = format!("{IN_USE}Table is being deleted: table");
    assert_eq!(message(&emulator, "DeleteTable", NAME), being);
    assert_eq!(message(&emulator, "UpdateTable", &body(PROTECT)), being);
    assert_eq!(message(&emulator, "CreateTable", TABLE), "Table already exists: table");
    has(&ask(&emulator, "Scan", NAME), &[r#""Count":1"#]);
    clock.advance(Duration::from_secs(6));
    let gone = "Requested resource not found: Table: table not found";
    assert_eq!(message(&emulator, "DescribeTable", NAME), gone);
    assert_eq!(message(&emulator, "DeleteTable", NAME), gone);
    assert_eq!(message(&emulator, "Scan", NAME), "Requested resource not found");
    has(&ask(&emulator, "ListTables", "{}"), &[r#""TableNames":[]"#]);
    ask(&emulator, "CreateTable", TABLE);
    clock.advance(Duration::from_secs(60));
    has(&ask(&emulator, "Scan", NAME), &[r#""Count":0"#]);
}

#[test]
fn names_of_tables_that_are_gone_leave_no_gap_in_a_page() {
    let timing = Timing::AT_ONCE.deleting_in(1000);
    let (emulator, clock) = empty_with(Settings { timing, ..Settings::default() });
    for name in ["t-1", "t-2", "t-3", "t-4"] {
        let table = TABLE.replace(r#""table""#, &format!(r#""{name}""#));
        ask(&emulator, "CreateTable", &table);
    }
    for name in ["t-1", "t-2"] {
        ask(&emulator, "DeleteTable", &NAME.replace("table", name));
    }
    clock.advance(Duration::from_secs(1));
    let page = ask(&emulator, "ListTables", r#"{"Limit":1}"#);
    assert_eq!(page, r#"{"LastEvaluatedTableName":"t-3","TableNames":["t-3"]}"#);
}

#[test]
fn capacity_is_the_old_one_until_the_change_is_done() {
    let (emulator, clock) = real();
    let old = r#""NumberOfDecreasesToday":0,"ReadCapacityUnits":5,"WriteCapacityUnits":5"#;
    let table = r#""TableStatus":"UPDATING""#;
    has(&update(&emulator, &UNITS.replace('9', "4")), &[old, table, r#""LastDecreaseDateTime""#]);
    has(&shown(&emulator), &[old, table, r#""LastDecreaseDateTime""#]);
    clock.advance(Duration::from_secs(2));
    has(
        &shown(&emulator),
        &[
            r#""NumberOfDecreasesToday":1,"ReadCapacityUnits":4,"WriteCapacityUnits":4"#,
            r#""TableStatus":"ACTIVE""#,
        ],
    );
}

#[test]
fn an_index_is_allocated_then_filled_then_read() {
    let (emulator, clock) = real();
    ask(&emulator, "PutItem", r#"{"TableName":"table","Item":{"pk":{"S":"a"},"a":{"S":"x"}}}"#);
    update(&emulator, ADD);
    let new = |rest: &str| format!(r#"/index/new","IndexName":"new",{rest}"#);
    let creating = new(r#""IndexSizeBytes":0,"IndexStatus":"CREATING","ItemCount":0"#);
    let scan = r#"{"TableName":"table","IndexName":"new"}"#;
    for (wait, parts) in [
        (0, [r#""Backfilling":false"#, r#""TableStatus":"UPDATING""#, &creating]),
        (40, [r#""Backfilling":true"#, r#""TableStatus":"ACTIVE""#, &creating]),
    ] {
        clock.advance(Duration::from_secs(wait));
        has(&shown(&emulator), &parts);
        assert_eq!(
            message(&emulator, "Scan", scan),
            "Cannot read from backfilling global secondary index: new"
        );
    }
    ask(&emulator, "PutItem", r#"{"TableName":"table","Item":{"pk":{"S":"b"},"a":{"S":"x"}}}"#);
    clock.advance(Duration::from_secs(460));
    let answer = shown(&emulator);
    has(&answer, &[&new(r#""IndexSizeBytes":10,"IndexStatus":"ACTIVE","ItemCount":2"#)]);
    assert!(!answer.contains("Backfilling"), "{answer}");
    has(&ask(&emulator, "Scan", scan), &[r#""Count":2"#]);
    update(&emulator, DROP);
    let dropped = shown(&emulator);
    has(&dropped, &[r#""IndexStatus":"DELETING""#, r#""TableStatus":"UPDATING""#]);
    assert!(dropped.find("DELETING") < dropped.find(r#""IndexName":"new""#), "{dropped}");
    clock.advance(Duration::from_secs(4));
    assert!(!shown(&emulator).contains(r#""gsi""#));
}

#[test]
fn encryption_shows_the_new_key_before_it_is_done() {
    let (emulator, clock) = real();
    let answer = update(&emulator, ENCRYPT);
    has(&answer, &[r#""SSEDescription":{"Status":"UPDATING"}"#, r#""TableStatus":"ACTIVE""#]);
    clock.advance(Duration::from_secs(9));
    has(&shown(&emulator), &[r#""SSEType":"KMS","Status":"UPDATING""#]);
    clock.advance(Duration::from_secs(13));
    has(&shown(&emulator), &[r#""SSEType":"KMS","Status":"ENABLED""#]);
}

#[test]
fn tags_are_locked_for_a_moment_and_shown_after_it() {
    let (emulator, clock) = real();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/table";
    let tag = |tags: &str| format!(r#"{{"ResourceArn":"{arn}","Tags":[{tags}]}}"#);
    let (a, b) = (r#"{"Key":"a","Value":"1"}"#, r#"{"Key":"b","Value":"2"}"#);
    let list = || ask(&emulator, "ListTagsOfResource", &format!(r#"{{"ResourceArn":"{arn}"}}"#));
    let locked = format!("{LIMIT}Table tags are being updated: table");
    ask(&emulator, "TagResource", &tag(a));
    assert_eq!(list(), r#"{"Tags":[]}"#);
    assert_eq!(message(&emulator, "TagResource", &tag(b)), locked);
    let untag = format!(r#"{{"ResourceArn":"{arn}","TagKeys":["x"]}}"#);
    assert_eq!(message(&emulator, "UntagResource", &untag), locked);
    assert_eq!(
        message(&emulator, "DeleteTable", NAME),
        format!("{IN_USE}Table tags are being updated: table")
    );
    ask(&emulator, "TagResource", &tag(&format!("{a},{b}")));
    clock.advance(Duration::from_millis(1700));
    assert_eq!(list(), format!(r#"{{"Tags":[{a},{b}]}}"#));
    ask(&emulator, "TagResource", &tag(a));
    ask(&emulator, "UntagResource", &untag);
}

#[test]
fn what_is_under_way_is_in_the_store_and_outlives_the_emulator() {
    let (emulator, clock) = real();
    update(&emulator, UNITS);
    let settings = emulator.settings.clone();
    let again = Emulator::new(Arc::clone(&emulator.store), clock.clone(), settings);
    has(&shown(&again), &[r#""TableStatus":"UPDATING""#]);
    clock.advance(Duration::from_secs(2));
    has(&shown(&again), &[r#""ReadCapacityUnits":9"#, r#""TableStatus":"ACTIVE""#]);
}
