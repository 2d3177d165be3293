//! Streams through the operations, as a reader sees them.

use std::{sync::Arc, time::Duration};

use crate::{
    clock::ManualClock,
    emulator::{
        Emulator, Settings,
        op::tests::{ask, call, empty_with, message},
        table::Timing,
    },
    wire::json::{Json, Value},
};

const HOUR: Duration = Duration::from_secs(3600);

fn texts(answer: &str, name: &str) -> Vec<String> {
    let label = format!(r#""{name}":""#);
    let parts = answer.split(&label).skip(1);
    parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect()
}

fn text(answer: &str, name: &str) -> String {
    texts(answer, name).first().cloned().unwrap_or_default()
}

/// Creates a table with a stream, and gives its ARN.
fn create(emulator: &Emulator, name: &str, view: &str) -> String {
    let body = format!(
        r#"{{"TableName":"{name}","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{{"AttributeName":"id","AttributeType":"S"}}],
            "KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}}],
            "StreamSpecification":{{"StreamEnabled":true,"StreamViewType":"{view}"}}}}"#
    );
    text(&ask(emulator, "CreateTable", &body), "LatestStreamArn")
}

fn with_stream(view: &str) -> (Emulator, Arc<ManualClock>, String) {
    let (emulator, clock) = empty_with(Settings::default());
    let arn = create(&emulator, "table", view);
    (emulator, clock, arn)
}

fn put(emulator: &Emulator, id: &str, rest: &str) {
    let body = format!(r#"{{"TableName":"table","Item":{{"id":{{"S":"{id}"}}{rest}}}}}"#);
    ask(emulator, "PutItem", &body);
}

fn delete(emulator: &Emulator, id: &str) {
    let body = format!(r#"{{"TableName":"table","Key":{{"id":{{"S":"{id}"}}}}}}"#);
    ask(emulator, "DeleteItem", &body);
}

fn toggle(emulator: &Emulator, more: &str) -> String {
    let body = format!(r#"{{"TableName":"table","StreamSpecification":{{{more}}}}}"#);
    ask(emulator, "UpdateTable", &body)
}

fn describe(emulator: &Emulator, arn: &str) -> String {
    ask(emulator, "DescribeStream", &format!(r#"{{"StreamArn":"{arn}"}}"#))
}

fn shards(emulator: &Emulator, arn: &str) -> Vec<String> {
    texts(&describe(emulator, arn), "ShardId")
}

fn place(arn: &str, shard: &str, kind: &str, number: Option<&str>) -> String {
    let number = number.map(|number| format!(r#","SequenceNumber":"{number}""#));
    format!(
        r#"{{"StreamArn":"{arn}","ShardId":"{shard}","ShardIteratorType":"{kind}"{}}}"#,
        number.unwrap_or_default()
    )
}

fn iterator(emulator: &Emulator, arn: &str, kind: &str, number: Option<&str>) -> String {
    let shard = &shards(emulator, arn)[0];
    text(&ask(emulator, "GetShardIterator", &place(arn, shard, kind, number)), "ShardIterator")
}

fn get(emulator: &Emulator, iterator: &str) -> String {
    ask(emulator, "GetRecords", &format!(r#"{{"ShardIterator":"{iterator}"}}"#))
}

/// All records of the first shard.
fn records(emulator: &Emulator, arn: &str) -> String {
    get(emulator, &iterator(emulator, arn, "TRIM_HORIZON", None))
}

fn each<'a>(answer: &'a Json) -> impl Iterator<Item = Value<'a>> {
    answer.root().get("Records").into_iter().flat_map(Value::elements)
}

#[test]
fn records_are_as_recorded() {
    // Sizes and members: LocalStack's snapshots of us-east-1, 2024 and 2025.
    let (emulator, _, arn) = with_stream("NEW_AND_OLD_IMAGES");
    put(&emulator, "my-item-id", r#","attr1":{"S":"value1"},"attr2":{"S":"value2"}"#);
    put(&emulator, "my-item-id", r#","attr1":{"S":"value2"},"attr2":{"S":"value3"}"#);
    let answer = records(&emulator, &arn);
    let json = Json::parse(answer.clone()).unwrap();
    let sizes: Vec<_> = each(&json)
        .map(|one| one.get("dynamodb").unwrap().get("SizeBytes").unwrap().as_number().unwrap())
        .collect();
    assert_eq!(sizes, ["46", "80"]);
    assert_eq!(texts(&answer, "eventName"), ["INSERT", "MODIFY"]);
    let first = each(&json).next().unwrap().raw().replace(&text(&answer, "eventID"), "E");
    assert_eq!(
        first,
        concat!(
            r#"{"awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1.7E9,"#,
            r#""Keys":{"id":{"S":"my-item-id"}},"#,
            r#""NewImage":{"attr1":{"S":"value1"},"attr2":{"S":"value2"},"id":{"S":"my-item-id"}},"#,
            r#""SequenceNumber":"100000000000000000002","SizeBytes":46,"StreamViewType":"NEW_AND_OLD_IMAGES"},"#,
            r#""eventID":"E","eventName":"INSERT","eventSource":"aws:dynamodb","eventVersion":"1.1"}"#
        )
    );
    let ids = texts(&answer, "eventID");
    assert!(ids[0] != ids[1] && ids.iter().all(|id| id.len() == 32), "{ids:?}");
    let again = records(&emulator, &arn);
    assert_eq!(texts(&again, "eventID"), ids);
}

#[test]
fn each_view_has_its_images() {
    for (view, images) in [
        ("KEYS_ONLY", [[false, false]; 3]),
        ("NEW_IMAGE", [[true, false], [true, false], [false, false]]),
        ("OLD_IMAGE", [[false, false], [false, true], [false, true]]),
        ("NEW_AND_OLD_IMAGES", [[true, false], [true, true], [false, true]]),
    ] {
        let (emulator, _, arn) = with_stream(view);
        put(&emulator, "a", r#","n":{"N":"1"}"#);
        put(&emulator, "a", r#","n":{"N":"2"}"#);
        delete(&emulator, "a");
        let answer = records(&emulator, &arn);
        assert_eq!(texts(&answer, "eventName"), ["INSERT", "MODIFY", "REMOVE"]);
        let json = Json::parse(answer).unwrap();
        let found: Vec<_> = each(&json)
            .map(|one| {
                let inner = one.get("dynamodb").unwrap();
                ["NewImage", "OldImage"].map(|name| inner.get(name).is_some())
            })
            .collect();
        assert_eq!(found, images, "{view}");
        assert!(each(&json).all(|one| one.get("userIdentity").is_none()));
    }
}

#[test]
fn every_way_of_writing_leaves_records_and_a_write_that_changes_nothing_none() {
    let (emulator, _, arn) = with_stream("NEW_IMAGE");
    put(&emulator, "a", "");
    put(&emulator, "a", ""); // the same again
    delete(&emulator, "nobody");
    let key = r#""TableName":"table","Key":{"id":{"S":"a"}}"#;
    let set = r#""UpdateExpression":"SET n = :n","ExpressionAttributeValues":{":n":{"N":"1"}}"#;
    for _ in 0..2 {
        ask(&emulator, "UpdateItem", &format!("{{{key},{set}}}"));
    }
    let body = r#"{"RequestItems":{"table":[{"PutRequest":{"Item":{"id":{"S":"b"}}}},
        {"DeleteRequest":{"Key":{"id":{"S":"a"}}}},{"DeleteRequest":{"Key":{"id":{"S":"nobody"}}}}]}}"#;
    ask(&emulator, "BatchWriteItem", body);
    let body = r#"{"TransactItems":[{"Put":{"TableName":"table","Item":{"id":{"S":"c"}}}},
        {"Delete":{"TableName":"table","Key":{"id":{"S":"b"}}}},
        {"ConditionCheck":{"TableName":"table","Key":{"id":{"S":"d"}},"ConditionExpression":"attribute_not_exists(id)"}}]}"#;
    ask(&emulator, "TransactWriteItems", body);
    let refused = body.replace("attribute_not_exists", "attribute_exists");
    assert!(!call(&emulator, "TransactWriteItems", &refused).status.is_success());
    let insert = r#"{"Statement":"INSERT INTO \"table\" VALUE {'id': 'e'}"}"#;
    ask(&emulator, "ExecuteStatement", insert);
    let update = r#"{"Statements":[{"Statement":"UPDATE \"table\" SET n = 1 WHERE id = 'e'"}]}"#;
    ask(&emulator, "BatchExecuteStatement", update);
    let delete = r#"{"TransactStatements":[{"Statement":"DELETE FROM \"table\" WHERE id = 'e'"}]}"#;
    ask(&emulator, "ExecuteTransaction", delete);
    let answer = records(&emulator, &arn);
    let json = Json::parse(answer.clone()).unwrap();
    let keys = each(&json).map(|one| {
        let id = one.get("dynamodb").and_then(|one| one.get("Keys")?.get("id")?.get("S")?.as_str());
        format!("{} {}", one.get("eventName").unwrap().as_str().unwrap(), id.unwrap())
    });
    assert_eq!(
        keys.collect::<Vec<_>>(),
        [
            "INSERT a", "MODIFY a", "INSERT b", "REMOVE a", "INSERT c", "REMOVE b", "INSERT e",
            "MODIFY e", "REMOVE e"
        ]
    );
    let numbers = texts(&answer, "SequenceNumber");
    assert!(numbers.is_sorted() && numbers.iter().all(|number| number.len() == 21), "{numbers:?}");
}

#[test]
fn an_item_that_expires_is_removed_by_the_service() {
    let settings = Settings { ttl_delete_ms: Some(0), ..Settings::default() };
    let (emulator, clock) = empty_with(settings);
    let arn = create(&emulator, "table", "OLD_IMAGE");
    let body =
        r#"{"TableName":"table","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"at"}}"#;
    ask(&emulator, "UpdateTimeToLive", body);
    put(&emulator, "a", r#","at":{"N":"1700000010"}"#);
    clock.advance(Duration::from_secs(11));
    let answer = records(&emulator, &arn);
    assert_eq!(texts(&answer, "eventName"), ["INSERT", "REMOVE"]);
    let identity = r#""userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}"#;
    assert_eq!(answer.matches(identity).count(), 1);
}

#[test]
fn a_write_of_a_batch_that_is_throttled_leaves_no_record() {
    let settings = Settings { throttle: true, ..Settings::default() };
    let (emulator, clock) = empty_with(settings);
    let arn = create(&emulator, "table", "KEYS_ONLY");
    let body = r#"{"TableName":"table","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}"#;
    ask(&emulator, "UpdateTable", body);
    let mut written = 0;
    for round in 0..40 {
        let puts: Vec<_> = (0..10)
            .map(|at| format!(r#"{{"PutRequest":{{"Item":{{"id":{{"S":"{round}-{at}"}}}}}}}}"#))
            .collect();
        let body = format!(r#"{{"RequestItems":{{"table":[{}]}}}}"#, puts.join(","));
        let answer = call(&emulator, "BatchWriteItem", &body);
        let left = String::from_utf8_lossy(&answer.body).matches("PutRequest").count();
        if answer.status.is_success() {
            written += 10 - left;
        }
        if left > 0 {
            // What is left of the shard's end after a record was taken back.
            clock.advance(Duration::from_secs(3));
        }
    }
    assert!((300..400).contains(&written), "{written}");
    assert_eq!(texts(&records(&emulator, &arn), "eventName").len(), written);
}

#[test]
fn iterators_begin_where_they_are_told() {
    let (emulator, clock, arn) = with_stream("KEYS_ONLY");
    for id in ["a", "b"] {
        put(&emulator, id, "");
    }
    clock.advance(HOUR);
    put(&emulator, "c", "");
    let read = |kind, number: Option<&str>| {
        texts(&get(&emulator, &iterator(&emulator, &arn, kind, number)), "S")
    };
    let numbers = texts(&records(&emulator, &arn), "SequenceNumber");
    assert_eq!(read("TRIM_HORIZON", None), ["a", "b", "c"]);
    assert_eq!(read("AT_SEQUENCE_NUMBER", Some(&numbers[1])), ["b", "c"]);
    assert_eq!(read("AFTER_SEQUENCE_NUMBER", Some(&numbers[1])), ["c"]);
    assert!(read("LATEST", None).is_empty());
    let start = text(&describe(&emulator, &arn), "StartingSequenceNumber");
    assert_eq!(read("AT_SEQUENCE_NUMBER", Some(&start)).len(), 3);
    let latest = iterator(&emulator, &arn, "LATEST", None);
    put(&emulator, "d", "");
    assert_eq!(texts(&get(&emulator, &latest), "S"), ["d"]);
    let shard = &shards(&emulator, &arn)[0];
    for (time, found) in [("1.7E9", 4), ("1700000001", 2), ("1700003601", 0)] {
        let body = place(&arn, shard, "AT_TIMESTAMP", None);
        let body = body.replace('}', &format!(r#","Timestamp":{time}}}"#));
        let iterator = text(&ask(&emulator, "GetShardIterator", &body), "ShardIterator");
        assert_eq!(texts(&get(&emulator, &iterator), "S").len(), found, "{time}");
    }
}

#[test]
fn pages_follow_each_other() {
    let (emulator, _, arn) = with_stream("NEW_IMAGE");
    let large = format!(r#","x":{{"S":"{}"}}"#, "x".repeat(300_000));
    for at in 0..8 {
        put(&emulator, &at.to_string(), &large);
    }
    let mut next = iterator(&emulator, &arn, "TRIM_HORIZON", None);
    let mut pages = Vec::new();
    for _ in 0..4 {
        let answer = get(&emulator, &next);
        pages.push(texts(&answer, "eventName").len());
        next = text(&answer, "NextShardIterator");
    }
    assert_eq!(pages, [3, 3, 2, 0]); // of a megabyte each
    let body = format!(r#"{{"ShardIterator":"{next}","Limit":1001}}"#);
    assert_eq!(
        message(&emulator, "GetRecords", &body),
        "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000"
    );
}

#[test]
fn an_iterator_lasts_a_quarter_of_an_hour_and_is_of_one_stream() {
    let (emulator, clock, arn) = with_stream("KEYS_ONLY");
    let other = create(&emulator, "other", "KEYS_ONLY");
    let iterator = iterator(&emulator, &arn, "TRIM_HORIZON", None);
    let body = |iterator: &str| format!(r#"{{"ShardIterator":"{iterator}"}}"#);
    for wrong in [iterator.replace(&arn, &other), format!("{iterator}x"), "x".to_owned()] {
        assert_eq!(message(&emulator, "GetRecords", &body(&wrong)), "Invalid shard iterator");
    }
    clock.advance(Duration::from_secs(899));
    get(&emulator, &iterator);
    clock.advance(Duration::from_secs(1));
    let late = call(&emulator, "GetRecords", &body(&iterator));
    assert_eq!(late.error_type().as_deref(), Some("ExpiredIteratorException"));
}

#[test]
fn records_are_trimmed_after_a_day() {
    let settings = Settings { stream_shard_ms: 1_000_000_000, ..Settings::default() };
    let (emulator, clock) = empty_with(settings);
    let arn = create(&emulator, "table", "KEYS_ONLY");
    put(&emulator, "a", "");
    let first = text(&records(&emulator, &arn), "SequenceNumber");
    clock.advance(12 * HOUR);
    put(&emulator, "b", "");
    clock.advance(12 * HOUR - Duration::from_secs(60));
    assert_eq!(texts(&records(&emulator, &arn), "S"), ["a", "b"]);
    let early = iterator(&emulator, &arn, "TRIM_HORIZON", None);
    clock.advance(Duration::from_secs(60));
    assert_eq!(texts(&records(&emulator, &arn), "S"), ["b"]);
    let trimmed = |answer: crate::wire::Response| {
        assert_eq!(answer.error_type().as_deref(), Some("TrimmedDataAccessException"));
    };
    trimmed(call(&emulator, "GetRecords", &format!(r#"{{"ShardIterator":"{early}"}}"#)));
    let shard = &shards(&emulator, &arn)[0];
    for kind in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
        let body = place(&arn, shard, kind, Some(&first));
        trimmed(call(&emulator, "GetShardIterator", &body));
    }
    let kept = emulator.store.read().unwrap();
    let all = super::of_prefix(&*kept, b"w", None, crate::storage::Direction::Forward, 9).unwrap();
    assert_eq!(all.len(), 1);
}

#[test]
fn a_shard_closes_after_four_hours_and_goes_after_a_day() {
    let (emulator, clock, arn) = with_stream("KEYS_ONLY");
    put(&emulator, "a", "");
    clock.advance(4 * HOUR);
    put(&emulator, "a", r#","n":{"N":"1"}"#);
    let description = describe(&emulator, &arn);
    let ids = texts(&description, "ShardId");
    assert_eq!(ids.len(), 2);
    assert_eq!(texts(&description, "ParentShardId"), [ids[0].clone()]);
    let answer = records(&emulator, &arn);
    assert_eq!(texts(&answer, "eventName"), ["INSERT"]);
    assert!(!answer.contains("NextShardIterator"), "{answer}");
    assert_eq!(texts(&description, "EndingSequenceNumber"), texts(&answer, "SequenceNumber"));
    clock.advance(24 * HOUR - Duration::from_millis(1));
    assert_eq!(shards(&emulator, &arn)[..2], ids);
    clock.advance(Duration::from_millis(1));
    // The child was closed when it was next looked at, and has had its record trimmed.
    let left = describe(&emulator, &arn);
    assert_eq!(texts(&left, "ShardId")[0], ids[1]);
    assert_eq!(texts(&left, "ParentShardId")[0], ids[0]);
    // An empty shard ends where it begins.
    clock.advance(4 * HOUR);
    let description = describe(&emulator, &arn);
    assert_eq!(
        texts(&description, "EndingSequenceNumber").last(),
        texts(&description, "StartingSequenceNumber").iter().rev().nth(1)
    );
}

#[test]
fn a_stream_splits_until_it_has_as_many_shards_as_it_may() {
    let settings = Settings { stream_shards: 3, ..Settings::default() };
    let (emulator, _) = empty_with(settings);
    let arn = create(&emulator, "table", "KEYS_ONLY");
    for at in 0..600 {
        put(&emulator, &format!("k{}", at % 50), &format!(r#","n":{{"N":"{at}"}}"#));
    }
    let description = describe(&emulator, &arn);
    let ids = texts(&description, "ShardId");
    // One, its two children, and the two children of one of these.
    assert_eq!((ids.len(), texts(&description, "EndingSequenceNumber").len()), (5, 2));
    assert_eq!(texts(&description, "ParentShardId")[..2], [ids[0].clone(), ids[0].clone()]);
    assert!(ids.is_sorted());
    let ask = |more: &str| {
        ask(&emulator, "DescribeStream", &format!(r#"{{"StreamArn":"{arn}",{more}}}"#))
    };
    let filter = format!(r#""ShardFilter":{{"Type":"CHILD_SHARDS","ShardId":"{}"}}"#, ids[0]);
    assert_eq!(texts(&ask(&filter), "ShardId"), ids[1..3]);
    let page = ask(r#""Limit":2"#);
    assert_eq!(
        (texts(&page, "ShardId"), text(&page, "LastEvaluatedShardId")),
        (ids[..2].to_vec(), ids[1].clone())
    );
    let page = ask(&format!(r#""Limit":3,"ExclusiveStartShardId":"{}""#, ids[1]));
    assert_eq!(texts(&page, "ShardId"), ids[2..]);
    assert!(!page.contains("LastEvaluatedShardId"));
}

#[test]
fn a_disabled_stream_can_be_read_for_a_day() {
    let (emulator, clock, arn) = with_stream("KEYS_ONLY");
    put(&emulator, "a", "");
    toggle(&emulator, r#""StreamEnabled":false"#);
    put(&emulator, "b", "");
    let other = text(
        &toggle(&emulator, r#""StreamEnabled":true,"StreamViewType":"NEW_IMAGE""#),
        "LatestStreamArn",
    );
    assert_ne!(arn, other);
    put(&emulator, "c", "");
    assert_eq!(text(&describe(&emulator, &arn), "StreamStatus"), "DISABLED");
    assert_eq!(text(&describe(&emulator, &other), "StreamStatus"), "ENABLED");
    let answer = records(&emulator, &arn);
    assert_eq!(texts(&answer, "S"), ["a"]);
    assert!(!answer.contains("NextShardIterator"));
    assert!(records(&emulator, &other).contains(r#""NewImage":{"id":{"S":"c"}}"#));
    ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
    let third = create(&emulator, "table", "KEYS_ONLY");
    let list = || ask(&emulator, "ListStreams", r#"{"TableName":"table"}"#);
    assert_eq!(texts(&list(), "StreamArn"), [arn.clone(), other.clone(), third.clone()]);
    clock.advance(24 * HOUR);
    assert_eq!(texts(&list(), "StreamArn"), std::slice::from_ref(&third));
    assert_eq!(
        message(&emulator, "DescribeStream", &format!(r#"{{"StreamArn":"{arn}"}}"#)),
        format!("Requested resource not found: Stream: {arn}")
    );
    ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
    create(&emulator, "table", "KEYS_ONLY");
    let kept = emulator.store.read().unwrap();
    for (prefix, left) in [(b"u", 2), (b"v", 2), (b"w", 0)] {
        let scan = super::of_prefix(&*kept, prefix, None, crate::storage::Direction::Forward, 9);
        assert_eq!(scan.unwrap().len(), left, "{prefix:?}");
    }
}

#[test]
fn a_stream_takes_its_time_where_a_table_does() {
    let settings = Settings { timing: Timing::real(), ..Settings::default() };
    let (emulator, clock) = empty_with(settings);
    let arn = create(&emulator, "table", "KEYS_ONLY");
    let status = |arn: &str| text(&describe(&emulator, arn), "StreamStatus");
    assert_eq!(status(&arn), "ENABLING");
    clock.advance(Duration::from_secs(60));
    assert_eq!(status(&arn), "ENABLED");
    ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
    assert_eq!(status(&arn), "DISABLING"); // aws-tables-facts 6.3
    clock.advance(Duration::from_secs(10));
    assert_eq!(status(&arn), "DISABLED");
}

#[test]
fn lists_streams_page_by_page() {
    let emulator = Emulator::default();
    assert_eq!(ask(&emulator, "ListStreams", "{}"), r#"{"Streams":[]}"#);
    let arns: Vec<_> =
        ["aaa", "aab", "bbb"].iter().map(|name| create(&emulator, name, "KEYS_ONLY")).collect();
    let page = ask(&emulator, "ListStreams", r#"{"Limit":2}"#);
    assert_eq!(texts(&page, "StreamArn"), arns[..2]);
    assert_eq!(text(&page, "LastEvaluatedStreamArn"), arns[1]);
    let rest = format!(r#"{{"ExclusiveStartStreamArn":"{}"}}"#, arns[1]);
    let label = arns[2].rsplit('/').next().unwrap();
    assert_eq!(
        ask(&emulator, "ListStreams", &rest),
        format!(
            r#"{{"Streams":[{{"StreamArn":"{}","StreamLabel":"{label}","TableName":"bbb"}}]}}"#,
            arns[2]
        )
    );
    assert_eq!(ask(&emulator, "ListStreams", r#"{"TableName":"nope"}"#), r#"{"Streams":[]}"#);
}

#[test]
fn refuses_in_the_services_words() {
    // aws-facts 9.
    let (emulator, _, arn) = with_stream("KEYS_ONLY");
    put(&emulator, "a", "");
    let shard = &shards(&emulator, &arn)[0];
    let invalid = "One or more parameter values were invalid: SequenceNumber";
    for (kind, number, text) in [
        ("AT_SEQUENCE_NUMBER", None, format!("{invalid} cannot be null")),
        ("AFTER_SEQUENCE_NUMBER", None, format!("{invalid} cannot be null")),
        (
            "LATEST",
            Some("100000000000000000001"),
            format!("{invalid} should not be passed for this iterator type"),
        ),
        (
            "AT_SEQUENCE_NUMBER",
            Some("1"),
            "1 validation error detected: Value at 'sequenceNumber' failed to satisfy constraint: Member must have length greater than or equal to 21".into(),
        ),
        (
            "AT_SEQUENCE_NUMBER",
            Some("9999999999999999999999"),
            "Invalid SequenceNumber for the shard".into(),
        ),
        ("NOWHERE", None, "Invalid ShardIteratorType: NOWHERE".into()),
    ] {
        assert_eq!(message(&emulator, "GetShardIterator", &place(&arn, shard, kind, number)), text);
    }
    let unknown = "shardId-00000000000000000000-00000000";
    let answer = call(&emulator, "GetShardIterator", &place(&arn, unknown, "LATEST", None));
    assert_eq!(answer.error_type().as_deref(), Some("ResourceNotFoundException"));
}
