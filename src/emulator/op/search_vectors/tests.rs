use std::time::Duration;

use proptest::{collection::vec, prelude::*};

use crate::{
    emulator::{
        Emulator, Settings, Timing,
        op::tests::{ask, call, empty_with, message},
    },
    wire::json::{Json, Value},
};

/// A table whose index has vectors of `dimensions`, by group, with colours to filter by.
fn with_index(distance: &str, dimensions: usize) -> Emulator {
    let emulator = Emulator::default();
    ask(
        &emulator,
        "CreateTable",
        &format!(
            r#"{{"TableName":"table","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"N"}},{{"AttributeName":"group","AttributeType":"N"}},{{"AttributeName":"colour","AttributeType":"S"}}],
            "KeySchema":[{{"AttributeName":"pk","KeyType":"HASH"}}],
            "VectorIndexes":[
                {{"IndexName":"all","VectorAttribute":{{"AttributeName":"v"}},"Projection":{{"ProjectionType":"ALL"}},
                  "SearchSchema":[{{"AttributeName":"colour","SearchSchemaElementType":"INLINE_FILTER"}}],"Dimensions":{dimensions},"DistanceFunction":"{distance}"}},
                {{"IndexName":"grouped","VectorAttribute":{{"AttributeName":"v"}},"Projection":{{"ProjectionType":"KEYS_ONLY"}},
                  "SearchSchema":[{{"AttributeName":"group","SearchSchemaElementType":"HASH"}},{{"AttributeName":"colour","SearchSchemaElementType":"INLINE_FILTER"}}],"Dimensions":{dimensions},"DistanceFunction":"{distance}"}}]}}"#
        ),
    );
    emulator
}

fn vector(numbers: &[f32]) -> String {
    let numbers: Vec<_> = numbers.iter().map(|number| format!(r#"{{"N":"{number}"}}"#)).collect();
    format!("[{}]", numbers.join(","))
}

fn put(emulator: &Emulator, pk: usize, numbers: &[f32], more: &str) {
    let v = vector(numbers);
    let item = format!(r#"{{"pk":{{"N":"{pk}"}},"v":{{"L":{v}}}{more}}}"#);
    ask(emulator, "PutItem", &format!(r#"{{"TableName":"table","Item":{item}}}"#));
}

fn body(index: &str, numbers: &[f32], most: usize, more: &str) -> String {
    let v = vector(numbers);
    format!(
        r#"{{"TableName":"table","IndexName":"{index}","SearchVector":{v},"TopK":{most}{more}}}"#
    )
}

/// The keys and scores of a search.
fn search(emulator: &Emulator, body: &str) -> Vec<(usize, f64)> {
    let json = Json::parse(ask(emulator, "SearchVectors", body)).expect("JSON");
    let results = json.root().get("SearchResults").expect("results");
    let result = |one: Value<'_>| {
        let pk = one.get("Item")?.get("pk")?.get("N")?.as_str()?.parse().ok()?;
        Some((pk, one.get("Score")?.as_number()?.parse().ok()?))
    };
    results.elements().map(|one| result(one).expect("a result")).collect()
}

/// How far, computed the plain way.
fn naive(distance: &str, own: &[f32], other: &[f32]) -> f64 {
    let pairs = || own.iter().zip(other).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    let product: f64 = pairs().map(|(a, b)| a * b).sum();
    match distance {
        "DOT_PRODUCT" => product,
        "EUCLIDEAN" => pairs().map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt(),
        _ => {
            let length = |of: &[f32]| of.iter().map(|a| f64::from(*a).powi(2)).sum::<f64>().sqrt();
            let lengths = length(own) * length(other);
            if lengths == 0.0 { 1.0 } else { 1.0 - product / lengths }
        }
    }
}

#[derive(Clone, Debug)]
struct Thing {
    numbers: Vec<f32>,
    group: Option<u8>,
    colour: Option<u8>,
}

fn things() -> impl Strategy<Value = (Vec<Thing>, Vec<f32>)> {
    // Some dimensions are more than a lane, some less; some numbers make ties and zeros.
    (1usize..20).prop_flat_map(|dimensions| {
        let number = prop_oneof![3 => -10.0f32..10.0, 1 => Just(0.0f32), 1 => Just(1.0f32)];
        let numbers = vec(number, dimensions);
        let thing = (numbers.clone(), prop::option::of(0u8..3), prop::option::of(0u8..2))
            .prop_map(|(numbers, group, colour)| Thing { numbers, group, colour });
        (vec(thing, 0..60), numbers)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn finds_what_a_plain_scan_finds(
        (things, query) in things(),
        gone in vec(0usize..60, 0..10),
        moved in vec((0usize..60, 0u8..3), 0..10),
        distance in prop::sample::select(vec!["COSINE", "DOT_PRODUCT", "EUCLIDEAN"]),
        most in 1usize..20,
        group in 0u8..3,
        colour in prop::option::of(0u8..2),
    ) {
        let mut things: Vec<Option<Thing>> = things.into_iter().map(Some).collect();
        let emulator = with_index(distance, query.len());
        let write = |pk: usize, thing: &Thing| {
            let mut more = String::new();
            if let Some(group) = thing.group {
                more += &format!(r#","group":{{"N":"{group}.0"}}"#);
            }
            if let Some(colour) = thing.colour {
                more += &format!(r#","colour":{{"S":"{colour}"}}"#);
            }
            put(&emulator, pk, &thing.numbers, &more);
        };
        for (pk, thing) in things.iter().enumerate() {
            write(pk, thing.as_ref().expect("none is gone yet"));
        }
        for (pk, group) in moved {
            if let Some(Some(thing)) = things.get_mut(pk) {
                thing.group = Some(group);
                thing.numbers.reverse();
                write(pk, thing);
            }
        }
        for pk in gone {
            if let Some(thing) = things.get_mut(pk) {
                *thing = None;
                ask(&emulator, "DeleteItem", &format!(r#"{{"TableName":"table","Key":{{"pk":{{"N":"{pk}"}}}}}}"#));
            }
        }
        for grouped in [false, true] {
            let meets = |thing: &Thing| {
                (!grouped || thing.group == Some(group)) && (colour.is_none() || thing.colour == colour)
            };
            let mut expected: Vec<f64> = things
                .iter()
                .flatten()
                .filter(|thing| meets(thing))
                .map(|thing| naive(distance, &thing.numbers, &query))
                .collect();
            expected.sort_by(f64::total_cmp);
            if distance == "DOT_PRODUCT" {
                expected.reverse();
            }
            expected.truncate(most);
            let (mut tests, mut values) = (Vec::new(), Vec::new());
            if grouped {
                tests.push("#g = :g");
                values.push(format!(r#"":g":{{"N":"{group}"}}"#));
            }
            if let Some(colour) = colour {
                tests.push("colour = :c");
                values.push(format!(r#"":c":{{"S":"{colour}"}}"#));
            }
            let mut more = String::new();
            if !tests.is_empty() {
                more = format!(r#","SearchConditionExpression":"{}","ExpressionAttributeValues":{{{}}}"#, tests.join(" AND "), values.join(","));
            }
            if grouped {
                more += r##","ExpressionAttributeNames":{"#g":"group"}"##;
            }
            let index = if grouped { "grouped" } else { "all" };
            let found = search(&emulator, &body(index, &query, most, &more));
            prop_assert_eq!(found.len(), expected.len());
            for ((pk, score), expected) in found.iter().zip(&expected) {
                prop_assert!((score - expected).abs() < 1e-9, "{} at {}: {} for {}", distance, pk, score, expected);
                let thing = things[*pk].as_ref().expect("one that is there");
                prop_assert!(meets(thing));
                prop_assert!((naive(distance, &thing.numbers, &query) - expected).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn an_index_of_many_blocks_keeps_every_vector_once() {
    let emulator = with_index("EUCLIDEAN", 1);
    for pk in 0..900 {
        put(&emulator, pk, &[pk as f32], "");
    }
    for pk in (0..900).step_by(3) {
        ask(
            &emulator,
            "DeleteItem",
            &format!(r#"{{"TableName":"table","Key":{{"pk":{{"N":"{pk}"}}}}}}"#),
        );
    }
    for at in [0.0, 450.0, 899.0] {
        let found = search(&emulator, &body("all", &[at], 100, ""));
        let mut expected: Vec<_> = (0..900)
            .filter(|pk| pk % 3 > 0)
            .map(|pk| (f64::from(pk) - f64::from(at)).abs())
            .collect();
        expected.sort_by(f64::total_cmp);
        assert_eq!(found.iter().map(|(_, score)| *score).collect::<Vec<_>>(), expected[..100]);
    }
    let shown = ask(&emulator, "DescribeTable", r#"{"TableName":"table"}"#);
    assert!(shown.contains(r#""IndexName":"all","IndexSizeBytes":"#), "{shown}");
    assert!(shown.contains(r#""ItemCount":600"#), "{shown}");
}

#[test]
fn scores_are_exact_at_the_edges() {
    // aws-facts 11.7.
    for (distance, own, query, score) in [
        ("COSINE", [0.0, 0.0], [1.0, 0.0], "1.0"),
        ("COSINE", [3.0, 4.0], [3.0, 4.0], "0.0"),
        ("COSINE", [1.0, 0.0], [-2.0, 0.0], "2.0"),
        ("DOT_PRODUCT", [1.0, 0.0], [0.0, 1.0], "0.0"),
        ("DOT_PRODUCT", [-1.0, 2.0], [3.0, 0.5], "-2.0"),
        ("DOT_PRODUCT", [3e38, 0.0], [3e38, 0.0], "3.4028234663852886e38"),
        ("DOT_PRODUCT", [3e38, 0.0], [-3e38, 0.0], "-3.4028234663852886e38"),
        ("EUCLIDEAN", [0.0, 3.0], [4.0, 0.0], "5.0"),
        ("EUCLIDEAN", [3e38, 0.0], [-3e38, 0.0], "3.4028234663852886e38"),
    ] {
        let emulator = with_index(distance, 2);
        put(&emulator, 1, &own, "");
        let answer = ask(&emulator, "SearchVectors", &body("all", &query, 1, ""));
        assert_eq!(
            answer,
            format!(r#"{{"SearchResults":[{{"Item":{{"pk":{{"N":"1"}}}},"Score":{score}}}]}}"#),
            "{distance} {own:?} {query:?}"
        );
    }
}

#[test]
fn the_vector_is_shown_as_floats_and_only_when_asked_for() {
    let emulator = with_index("COSINE", 2);
    put(&emulator, 1, &[16_777_216.0, 1.0], r#","a":{"S":"b"},"group":{"N":"1"}"#);
    ask(
        &emulator,
        "UpdateItem",
        r#"{"TableName":"table","Key":{"pk":{"N":"1"}},"UpdateExpression":"SET v[0] = :n","ExpressionAttributeValues":{":n":{"N":"16777217"}}}"#,
    );
    let items = |index: &str, more: &str| {
        let answer = ask(&emulator, "SearchVectors", &body(index, &[1.0, 0.0], 1, more));
        answer
            .split(r#","Score""#)
            .next()
            .unwrap_or_default()
            .replace(r#"{"SearchResults":[{"Item":"#, "")
    };
    assert_eq!(items("all", ""), r#"{"a":{"S":"b"},"group":{"N":"1"},"pk":{"N":"1"}}"#);
    assert_eq!(
        items("all", r#","ProjectionExpression":"v, a""#),
        r#"{"a":{"S":"b"},"v":{"L":[{"N":"16777216.0"},{"N":"1.0"}]}}"#
    );
    let grouped = r##","SearchConditionExpression":"#g = :g","ExpressionAttributeNames":{"#g":"group"},"ExpressionAttributeValues":{":g":{"N":"1.0"}}"##;
    assert_eq!(items("grouped", grouped), r#"{"group":{"N":"1"},"pk":{"N":"1"}}"#);
    assert_eq!(
        items("grouped", &format!(r#"{grouped},"ProjectionExpression":"v, a, pk""#)),
        r#"{"pk":{"N":"1"}}"#
    );
}

#[test]
fn an_index_that_is_added_goes_through_its_phases() {
    // aws-facts 11.3.
    let (emulator, clock) = empty_with(Settings { timing: Timing::real(), ..Settings::default() });
    ask(
        &emulator,
        "CreateTable",
        r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
    );
    clock.advance(Duration::from_secs(10));
    put(&emulator, 1, &[1.0], "");
    put(&emulator, 2, &[1.0, 2.0], "");
    let update =
        |change: &str| format!(r#"{{"TableName":"table","VectorIndexUpdates":[{change}]}}"#);
    let create = update(
        r#"{"Create":{"IndexName":"all","VectorAttribute":{"AttributeName":"v"},"Projection":{"ProjectionType":"ALL"},"Dimensions":2,"DistanceFunction":"COSINE"}}"#,
    );
    let delete = update(r#"{"Delete":{"IndexName":"all"}}"#);
    ask(&emulator, "UpdateTable", &create);
    let shown = || ask(&emulator, "DescribeTable", r#"{"TableName":"table"}"#);
    let search = || call(&emulator, "SearchVectors", &body("all", &[1.0, 0.0], 3, ""));
    let has = |parts: &[&str]| {
        let shown = shown();
        parts.iter().for_each(|part| assert!(shown.contains(part), "{part} in {shown}"));
    };
    has(&[r#""VectorIndexes":[{"Backfilling":false"#, r#""TableStatus":"UPDATING""#]);
    assert_eq!(
        message(&emulator, "UpdateTable", &delete),
        "Attempt to change a resource which is still in use: Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index is active. Table: table Index: all"
    );
    assert_eq!(
        message(&emulator, "DeleteTable", r#"{"TableName":"table"}"#),
        "Attempt to change a resource which is still in use: Cannot delete table while indexes are being created, updated, or deleted."
    );
    clock.advance(Duration::from_secs(31));
    has(&[
        r#""VectorIndexes":[{"Backfilling":true"#,
        r#""IndexStatus":"CREATING""#,
        r#""TableStatus":"ACTIVE""#,
    ]);
    clock.advance(Duration::from_secs(300));
    has(&[r#""VectorIndexes":[{"Dimensions":2"#, r#""IndexStatus":"ACTIVE""#]);
    assert_eq!(
        search().error_message().as_deref(),
        Some("Cannot search backfilling vector index: all")
    );
    clock.advance(Duration::from_secs(900));
    assert!(search().status.is_success());
    has(&[r#""ItemCount":1,"Projection""#]);
    // The item that the backfill passed over cannot be put again.
    let again = r#"{"TableName":"table","Item":{"pk":{"N":"1"},"v":{"L":[{"N":"1"}]}}}"#;
    assert_eq!(
        message(&emulator, "PutItem", again),
        "One or more parameter values were invalid. Invalid size for parameter v, Expected: 2, Actual: 1 IndexName: all"
    );
    ask(&emulator, "UpdateTable", &delete);
    has(&[r#""IndexStatus":"DELETING""#]);
    clock.advance(Duration::from_secs(10));
    assert!(!shown().contains("VectorIndexes"));
    assert_eq!(
        search().error_message().as_deref(),
        Some("The table does not have the specified index: all")
    );
    ask(&emulator, "PutItem", again);
}

#[test]
fn writes_are_charged_by_bytes_and_billed_by_dimensions() {
    // aws-facts 6.8, 6.9.
    let emulator = with_index("COSINE", 300);
    let write = |number: &str, more: &str| {
        let numbers = vec![format!(r#"{{"N":"{number}"}}"#); 300].join(",");
        let item = format!(r#"{{"pk":{{"N":"1"}},"v":{{"L":[{numbers}]}}{more}}}"#);
        ask(
            &emulator,
            "PutItem",
            &format!(r#"{{"TableName":"table","ReturnConsumedCapacity":"INDEXES","Item":{item}}}"#),
        )
    };
    // 4 bytes a dimension, the attribute's name, and 4 bytes of key.
    let first = write("1", "");
    assert!(
        first.contains(r#""VectorIndexes":{"all":{"VectorWriteRequestBytes":1205.0}}"#),
        "{first}"
    );
    assert!(first.contains(r#"{"CapacityUnits":2.0,"#), "{first}");
    let longer = write("0.123456789012", "");
    assert!(longer.contains(r#"{"CapacityUnits":2.0,"#), "{longer}");
    assert!(!write("0.123456789012", "").contains("VectorIndexes"));
    let other = write("0.123456789012", r#","group":{"N":"1"}"#);
    assert!(other.contains(r#""all":{"VectorWriteRequestBytes":1212.0}"#), "{other}");
    assert!(other.contains(r#""grouped":{"VectorWriteRequestBytes":1212.0}"#), "{other}");
    let shown = ask(&emulator, "DescribeTable", r#"{"TableName":"table"}"#);
    assert!(shown.contains(r#""TableSizeBytes":1212"#), "{shown}");
    let read = ask(
        &emulator,
        "GetItem",
        r#"{"TableName":"table","Key":{"pk":{"N":"1"}},"ConsistentRead":true,"ProjectionExpression":"pk","ReturnConsumedCapacity":"TOTAL"}"#,
    );
    assert!(read.contains(r#""CapacityUnits":1.0"#), "{read}");
}

#[test]
fn refuses_in_the_services_words_and_order() {
    // aws-facts 11.6, 11.7, 1.5.
    let emulator = with_index("COSINE", 2);
    let with = |more: &str| body("all", &[1.0, 0.0], 1, more);
    for (request, text) in [
        (r#"{"TableName":"","IndexName":"i","SearchVector":[],"TopK":0}"#.to_owned(), "1 validation error detected: Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        (r#"{"TableName":"t","IndexName":"i","SearchVector":[],"TopK":0}"#.into(), "3 validation errors detected: Value at 'IndexName' failed to satisfy constraint: Member must have length greater than or equal to 3; Value at 'SearchVector' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'TopK' failed to satisfy constraint: Member must have value greater than or equal to 1"),
        (r#"{"TableName":"t","IndexName":"all","SearchVector":[{"S":"a"}],"TopK":101,"ReturnConsumedCapacity":"x"}"#.into(), "Value 't' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"),
        (with(r#","ReturnConsumedCapacity":"x""#), "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"),
        (body("all", &[], 101, "").replace(r#""SearchVector":[]"#, r#""SearchVector":[{"S":"a"}]"#), "Provided TopK value '101' is out of valid range. The value must be between 1 and 100 inclusive"),
        (body("all", &[], 1, "").replace(r#""SearchVector":[]"#, r#""SearchVector":[{"N":"1e39"}]"#), "Search vector contains invalid values. All values in the search vector must be a 32-bit floating-point number attribute"),
        (with(r#","ExpressionAttributeValues":{":a":{"INT":"1"}}"#), "This type mapping is not supported"),
        (with(r#","ExpressionAttributeValues":{":a":{"NULL":false}}"#), "One or more parameter values were invalid: Null attribute value types must have the value of true"),
        (with(r#","ExpressionAttributeNames":{}"#), "ExpressionAttributeNames must not be empty"),
        (with(r##","ProjectionExpression":"pk","ExpressionAttributeValues":{":a":{"S":"1"}}"##), "ExpressionAttributeValues can only be specified when using expressions"),
        (with(r#","SearchConditionExpression":"colour > :a","ExpressionAttributeValues":{":a":{"S":"1"}}"#), "Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression"),
        (with(r#","SearchConditionExpression":"colour.a = :a","ExpressionAttributeValues":{":a":{"S":"1"}}"#), "Invalid SearchConditionExpression: SearchConditionExpression cannot have conditions on nested attributes"),
        (with(r#","SearchConditionExpression":"colour = :a AND colour = :a","ExpressionAttributeValues":{":a":{"S":"1"}}"#), "Invalid SearchConditionExpression: SearchConditionExpression must only contain one condition per attribute"),
        (with(r#","SearchConditionExpression":"""#), "Invalid SearchConditionExpression: The expression can not be empty;"),
        (with("").replace("\"table\"", "\"nope\""), "Requested resource not found"),
        (with("").replace("\"all\"", "\"nope\""), "The table does not have the specified index: nope"),
        (body("all", &[1.0], 1, ""), "Input search vector dimension 1 does not match vector index dimension 2"),
        (with(r#","SearchConditionExpression":"shade = :a","ExpressionAttributeValues":{":a":{"S":"1"}}"#), "SearchConditionExpression must not contain any attributes that is not in SearchSchema. Invalid attribute: shade"),
        (body("grouped", &[1.0, 0.0], 1, ""), "SearchConditionExpression must be provided when SearchSchema has a HASH key"),
        (with(r#","SearchConditionExpression":"colour = :a","ExpressionAttributeValues":{":a":{"N":"1"}}"#), "Type of 'colour' attribute in SearchConditionExpression (N) does not match type in search schema (S)"),
    ] {
        assert_eq!(message(&emulator, "SearchVectors", &request), text, "{request}");
    }
    for (operation, request, text) in [
        (
            "Query",
            r#"{"TableName":"table","IndexName":"all","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"N":"1"}}}"#,
            "Query operation not supported on this index type.",
        ),
        (
            "Scan",
            r#"{"TableName":"table","IndexName":"all"}"#,
            "Scan operation not supported on this index type",
        ),
        (
            "Scan",
            r#"{"TableName":"table","IndexName":"all","ConsistentRead":true}"#,
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            "ExecuteStatement",
            r#"{"Statement":"SELECT * FROM \"table\".\"all\""}"#,
            "Scan operation not supported on this index type",
        ),
    ] {
        assert_eq!(message(&emulator, operation, request), text, "{request}");
    }
}

#[test]
fn backups_and_restores_carry_the_index() {
    let emulator = with_index("COSINE", 2);
    put(&emulator, 1, &[1.0, 0.0], "");
    let made = ask(&emulator, "CreateBackup", r#"{"TableName":"table","BackupName":"backup"}"#);
    let arn = made
        .split(r#""BackupArn":""#)
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("an ARN");
    put(&emulator, 2, &[1.0, 0.0], "");
    let restore = |name: &str, more: &str| {
        format!(r#"{{"TargetTableName":"{name}","BackupArn":"{arn}"{more}}}"#)
    };
    let shown = ask(&emulator, "DescribeBackup", &format!(r#"{{"BackupArn":"{arn}"}}"#));
    assert!(
        shown.contains(
            r#""VectorIndexes":[{"Dimensions":2,"DistanceFunction":"COSINE","IndexName":"all""#
        ),
        "{shown}"
    );
    ask(&emulator, "RestoreTableFromBackup", &restore("again", ""));
    let found =
        search(&emulator, &body("all", &[1.0, 0.0], 5, "").replace("\"table\"", "\"again\""));
    assert_eq!(found, [(1, 0.0)]);
    ask(&emulator, "RestoreTableFromBackup", &restore("bare", r#","VectorIndexOverride":[]"#));
    assert!(!ask(&emulator, "DescribeTable", r#"{"TableName":"bare"}"#).contains("VectorIndexes"));
    let other = r#","VectorIndexOverride":[{"IndexName":"new","VectorAttribute":{"AttributeName":"w"},"Projection":{"ProjectionType":"ALL"},"Dimensions":2,"DistanceFunction":"COSINE"}]"#;
    assert_eq!(
        message(&emulator, "RestoreTableFromBackup", &restore("other", other)),
        "Invalid Request: Index new does not match a secondary index that existed in the source table and cannot be created during the restore operation"
    );
    let provisioned = r#","BillingModeOverride":"PROVISIONED","ProvisionedThroughputOverride":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}"#;
    assert_eq!(
        message(&emulator, "RestoreTableFromBackup", &restore("other", provisioned)),
        "One or more parameter values were invalid: Vector indexes are only supported for PAY_PER_REQUEST tables"
    );
}

#[test]
fn a_search_sees_what_other_reads_see_that_are_not_consistent() {
    let (emulator, clock) = empty_with(Settings { eventual_lag_ms: 100, ..Settings::default() });
    ask(
        &emulator,
        "CreateTable",
        r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
            "VectorIndexes":[{"IndexName":"all","VectorAttribute":{"AttributeName":"v"},"Projection":{"ProjectionType":"ALL"},"Dimensions":1,"DistanceFunction":"EUCLIDEAN"}]}"#,
    );
    let found = || search(&emulator, &body("all", &[0.0], 3, ""));
    put(&emulator, 1, &[1.0], "");
    assert_eq!(found(), []);
    clock.advance(Duration::from_millis(100));
    put(&emulator, 1, &[5.0], "");
    put(&emulator, 2, &[2.0], "");
    assert_eq!(found(), [(1, 1.0)]);
    clock.advance(Duration::from_millis(100));
    assert_eq!(found(), [(2, 2.0), (1, 5.0)]);
}

#[test]
fn an_index_that_is_added_has_all_items_and_takes_more() {
    let emulator = with_index("EUCLIDEAN", 1);
    for pk in 0..700 {
        put(&emulator, pk, &[pk as f32], r#","w":{"L":[{"N":"1"}]},"group":{"N":"7"}"#);
    }
    ask(
        &emulator,
        "UpdateTable",
        r#"{"TableName":"table","VectorIndexUpdates":[{"Create":{"IndexName":"new","VectorAttribute":{"AttributeName":"w"},"SearchSchema":[{"AttributeName":"group","SearchSchemaElementType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"},"Dimensions":1,"DistanceFunction":"EUCLIDEAN"}}]}"#,
    );
    for pk in 700..900 {
        put(&emulator, pk, &[pk as f32], r#","w":{"L":[{"N":"0"}]},"group":{"N":"7"}"#);
    }
    ask(&emulator, "DeleteItem", r#"{"TableName":"table","Key":{"pk":{"N":"3"}}}"#);
    let shown = ask(&emulator, "DescribeTable", r#"{"TableName":"table"}"#);
    assert_eq!(
        shown.matches(r#""ItemCount":899"#).count(),
        4,
        "the table and three indexes: {shown}"
    );
    let more = r##","SearchConditionExpression":"#g = :g","ExpressionAttributeNames":{"#g":"group"},"ExpressionAttributeValues":{":g":{"N":"7"}}"##;
    let found = search(&emulator, &body("new", &[0.0], 100, more));
    assert!(found.iter().all(|(pk, score)| *pk >= 700 && *score == 0.0), "{found:?}");
    let far = search(&emulator, &body("new", &[9.0], 100, more));
    assert!(far.iter().all(|(pk, score)| *pk < 700 && *pk != 3 && *score == 8.0), "{far:?}");
}
