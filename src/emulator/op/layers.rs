//! One request, two answers: each operation where it is on the newer layer and where it is on the
//! older one, and what sends a request from the one to the other (aws-facts 1).

use super::tests::{ask, call, message, with_table};
use crate::emulator::Emulator;

/// The request, what `newer` says of it and what `older` does.
type Row<'a> = (&'a str, &'a str, &'a str);

const ONE: &str = "1 validation error detected: ";
const TWO: &str = "2 validation errors detected: ";
const NEWER_EMPTY: &str = "Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1";
const OLDER_EMPTY: &str = "Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1";
const NO_NAME: &str =
    "Value null at 'tableName' failed to satisfy constraint: Member must not be null";
const NO_KEY: &str = "Value null at 'key' failed to satisfy constraint: Member must not be null";
const CAPACITY: &str = "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]";
const METRICS: &str = "Value 'x' at 'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum value set: [SIZE, NONE]";
const NEWER_RETURN: &str = "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]";
const OLDER_RETURN: &str = "Value 'x' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]";
const SELECT: &str = "Value 'x' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]";
const OLD_ONLY: &str = "ReturnValues can only be ALL_OLD or NONE";
const NOT_NUMERIC: &str = "The parameter cannot be converted to a numeric value";
const INVALID: &str = "One or more parameter values were invalid: ";
const START: &str = "The provided starting key is invalid";
const MUST_SELECT: &str = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES";
const DEEP: &str = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit";

fn on(validation: &str) -> Emulator {
    let mut emulator = with_table();
    emulator.settings.validation = validation.parse().expect(validation);
    emulator
}

/// `{e}` is the envelope; what else stands for something, [`filled`] knows.
fn check(operation: &str, rows: &[Row<'_>]) {
    let [newer, older] = ["newer", "older"].map(on);
    for (request, by_newer, by_older) in rows {
        let request = filled(request);
        for (emulator, expected) in [(&newer, by_newer), (&older, by_older)] {
            let expected = expected.replace("{e}", ONE);
            assert_eq!(message(emulator, operation, &request), expected, "{request}");
        }
    }
}

fn filled(request: &str) -> String {
    let at = r#""TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}"#;
    let item = r#""TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}"#;
    request.replace("{at}", at).replace("{item}", item)
}

/// A list in a list, so many times.
fn nested(levels: usize) -> String {
    format!("{}{{\"S\":\"a\"}}{}", r#"{"L":["#.repeat(levels), "]}".repeat(levels))
}

#[test]
fn put_item_rewords_members_and_values_and_leaves_the_envelope_off() {
    let both = format!("{TWO}{CAPACITY}; ");
    check(
        "PutItem",
        &[
            (
                r#"{"TableName":"","Item":{}}"#,
                &format!("{ONE}{NEWER_EMPTY}"),
                &format!("{ONE}{OLDER_EMPTY}"),
            ),
            (
                r#"{{item},"ReturnConsumedCapacity":"x","ReturnValues":"x"}"#,
                &format!("{both}{NEWER_RETURN}"),
                &format!("{both}{OLDER_RETURN}"),
            ),
            (r#"{{item},"ReturnValues":"ALL_NEW"}"#, &format!("{ONE}{OLD_ONLY}"), OLD_ONLY),
            (
                r#"{"TableName":"table","Item":{"n":{"N":""}}}"#,
                &format!("{ONE}{NOT_NUMERIC}: "),
                NOT_NUMERIC,
            ),
            (
                r#"{"TableName":"table","Item":{"s":{"SS":["b","a","a"]}}}"#,
                &format!(r#"{ONE}{INVALID}Input collection ["a", "b", "a"] contains duplicates."#),
                &format!("{INVALID}Input collection [b, a, a] contains duplicates."),
            ),
            (
                r#"{"TableName":"table","Item":{"s":{"NS":["1","1.0"]}}}"#,
                &format!("{ONE}{INVALID}Input collection contains duplicates."),
                "Input collection contains duplicates",
            ),
            (
                r#"{{item},"ConditionExpression":"a = :v","ExpressionAttributeValues":{":v":{"N":"x"}}}"#,
                &format!("{ONE}{NOT_NUMERIC}: x"),
                &format!(
                    "ExpressionAttributeValues contains invalid value: {NOT_NUMERIC}: x for key :v"
                ),
            ),
            (
                r#"{{item},"ConditionExpression":"a ="}"#,
                "{e}Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\"",
                "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\"",
            ),
            // 7 regions, 2026-10-09.
            (
                r#"{{item},"ConditionalOperator":"OR"}"#,
                "{e}ConditionalOperator cannot be used without Filter or Expected",
                "{e}ConditionalOperator cannot be used without Filter or Expected",
            ),
        ],
    );
}

#[test]
fn delete_item_tells_return_values_on_its_own_on_the_older_layer() {
    check(
        "DeleteItem",
        &[
            (
                r#"{{at},"ReturnConsumedCapacity":"x","ReturnValues":"ALL_NEW"}"#,
                &format!("{TWO}{CAPACITY}; {OLD_ONLY}"),
                &format!("{ONE}{CAPACITY}"),
            ),
            (r#"{{at},"ReturnValues":"ALL_NEW"}"#, &format!("{ONE}{OLD_ONLY}"), OLD_ONLY),
            (
                r#"{"TableName":"table","ReturnValues":"ALL_NEW"}"#,
                &format!("{ONE}{NO_KEY}"),
                &format!("{ONE}{NO_KEY}"),
            ),
            (
                r#"{{at},"ReturnValues":"x"}"#,
                &format!("{ONE}{NEWER_RETURN}"),
                &format!("{ONE}{OLDER_RETURN}"),
            ),
        ],
    );
}

#[test]
fn update_item_lists_everything_on_the_older_layer_and_the_first_on_the_newer() {
    let all =
        r#","ReturnConsumedCapacity":"x","ReturnValues":"x","ReturnItemCollectionMetrics":"x""#;
    let listed = format!("{CAPACITY}; {OLDER_RETURN}; {METRICS}");
    let (three, four) = ("3 validation errors detected: ", "4 validation errors detected: ");
    check(
        "UpdateItem",
        &[
            (
                &format!("{{{{at}}{all}}}"),
                &format!("{ONE}{NEWER_RETURN}"),
                &format!("{three}{listed}"),
            ),
            // Without a key everywhere: 7 regions, 2026-10-09.
            (
                &format!(r#"{{"TableName":"table"{all}}}"#),
                &format!("{four}{listed}; {NO_KEY}"),
                &format!("{four}{listed}; {NO_KEY}"),
            ),
            (
                r#"{"Key":{"pk":{"S":"a"}},"ReturnValues":"x"}"#,
                &format!("{TWO}{NO_NAME}; {OLDER_RETURN}"),
                &format!("{TWO}{NO_NAME}; {OLDER_RETURN}"),
            ),
            (
                r#"{"TableName":"","ReturnValues":"x"}"#,
                &format!("{ONE}{NEWER_EMPTY}"),
                &format!("{ONE}{OLDER_EMPTY}"),
            ),
            (
                r#"{"TableName":"!","Key":{},"ReturnValues":"x"}"#,
                "2 validation errors detected: Value '!' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '!' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
                &format!("{ONE}{OLDER_RETURN}"),
            ),
            (
                r#"{{at},"UpdateExpression":"SET"}"#,
                "{e}Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"SET\"",
                "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"SET\"",
            ),
            (
                r#"{{at},"UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":{}}}"#,
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
                "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :v",
            ),
        ],
    );
}

#[test]
fn reads_reword_members_and_values() {
    check(
        "GetItem",
        &[
            (
                r#"{"TableName":"","Key":{}}"#,
                &format!("{ONE}{NEWER_EMPTY}"),
                &format!("{ONE}{OLDER_EMPTY}"),
            ),
            (
                r#"{"TableName":"table","Key":{"n":{"N":""}}}"#,
                &format!("{NOT_NUMERIC}: "),
                NOT_NUMERIC,
            ),
        ],
    );
    check(
        "BatchGetItem",
        &[(
            r#"{"RequestItems":{}}"#,
            "{e}Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
            "The requestItems parameter is required for BatchGetItem",
        )],
    );
    let limit = "at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1";
    check(
        "Query",
        &[
            (
                r#"{"TableName":"","Limit":0,"Select":"x"}"#,
                &format!(
                    "{TWO}Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1; {NEWER_EMPTY}"
                ),
                &format!(
                    "3 validation errors detected: {SELECT}; {OLDER_EMPTY}; Value '0' {limit}"
                ),
            ),
            // 5.5: of Query in the envelope on either.
            (
                r#"{"TableName":"table","Select":"SPECIFIC_ATTRIBUTES","KeyConditionExpression":"pk = :a","ExpressionAttributeValues":{":a":{"S":"a"}}}"#,
                &format!("{ONE}{MUST_SELECT}"),
                &format!("{ONE}{MUST_SELECT}"),
            ),
        ],
    );
}

#[test]
fn scan_moved_with_its_list_its_filters_and_its_start_keys() {
    let limit = "failed to satisfy constraint: Member must have value greater than or equal to 1";
    let operator = |value: &str, constraint: &str| {
        format!(
            "{ONE}Value {value} at 'scanFilter.a.member.comparisonOperator' failed to satisfy constraint: Member must {constraint}"
        )
    };
    let deep = format!(
        r#"{{"TableName":"table","ScanFilter":{{"a":{{"ComparisonOperator":"EQ","AttributeValueList":[{}]}}}}}}"#,
        nested(32)
    );
    let older = on("older");
    assert_eq!(ask(&older, "Scan", &deep), r#"{"Count":0,"Items":[],"ScannedCount":0}"#);
    assert_eq!(message(&on("newer"), "Scan", &deep), DEEP);
    check(
        "Scan",
        &[
            (
                r#"{"TableName":"","Limit":0,"ConditionalOperator":"x"}"#,
                &format!("{TWO}Value at 'Limit' {limit}; {NEWER_EMPTY}"),
                &format!(
                    "3 validation errors detected: {OLDER_EMPTY}; Value 'x' at 'conditionalOperator' failed to satisfy constraint: Member must satisfy enum value set: [OR, AND]; Value '0' at 'limit' {limit}"
                ),
            ),
            (
                r#"{"TableName":"!"}"#,
                "{e}Value '!' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
                "2 validation errors detected: Value '!' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '!' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
            ),
            (
                r#"{"TableName":"table","ScanFilter":{"a":{"ComparisonOperator":"eq"}}}"#,
                &format!("{INVALID}Invalid comparison operator"),
                &operator(
                    "'eq'",
                    "satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]",
                ),
            ),
            // Listed by the older layer wherever it is deployed.
            (
                r#"{"TableName":"table","ScanFilter":{"a":{}}}"#,
                &operator("null", "not be null"),
                &operator("null", "not be null"),
            ),
            (
                r#"{"TableName":"table","Select":"SPECIFIC_ATTRIBUTES"}"#,
                &format!("{ONE}{MUST_SELECT}"),
                MUST_SELECT,
            ),
            (
                r#"{"TableName":"table","ExclusiveStartKey":{}}"#,
                START,
                &format!("{START}: The provided key element does not match the schema"),
            ),
            (
                r#"{"TableName":"table","ExclusiveStartKey":{"pk":{"N":"x"}}}"#,
                &format!("{NOT_NUMERIC}: x"),
                &format!("{START}: {NOT_NUMERIC}: x"),
            ),
            (
                r#"{"TableName":"table","FilterExpression":"a = :v","ExpressionAttributeValues":{":v":{"N":"x"}}}"#,
                &format!("{NOT_NUMERIC}: x"),
                &format!(
                    "ExpressionAttributeValues contains invalid value: {NOT_NUMERIC}: x for key :v"
                ),
            ),
        ],
    );
}

#[test]
fn a_request_that_falls_back_is_read_by_the_older_layer_whole() {
    // aws-facts 1.3: a boolean as text, two types in one value, an Exists as text, many levels, and
    // what of Query and Scan only the older layer can read.
    let emulator = on("newer");
    let start = format!(r#""TableName":"table","Item":{{"d":{}}}"#, nested(100));
    let shallow = format!(r#""TableName":"table","Item":{{"d":{}}}"#, nested(64));
    let dropped = format!(r#"{{"TableName":"table","Key":{{"d":{}}}"#, nested(100));
    for (operation, request, text) in [
        ("PutItem", r#"{"TableName":"table","Item":{"b":{"BOOL":"no"}},"ReturnValues":"x"}"#.to_owned(), format!("{ONE}{OLDER_RETURN}")),
        ("PutItem", r#"{"TableName":"table","Item":{"b":{"BOOL":"no"},"n":{"N":""}}}"#.into(), NOT_NUMERIC.into()),
        ("PutItem", r#"{"TableName":"table","Item":{"b":{"S":"a","N":"1"}},"ReturnValues":"x"}"#.into(), format!("{ONE}{OLDER_RETURN}")),
        ("PutItem", r#"{{item},"Expected":{"a":{"Exists":"no","Value":{"S":"a"}}}}"#.into(), format!("{INVALID}Value cannot be used when Exists is false for Attribute: a")),
        ("PutItem", r#"{{item},"Expected":{"a":{"Exists":"no"}},"ConditionalOperator":"OR"}"#.into(), "ConditionalOperator can only be used when Filter or Expected has two or more elements".into()),
        // Of a value that says nothing only UpdateItem, DeleteItem and Query tell the key.
        ("PutItem", r#"{{item},"ConditionExpression":"a = :v","ExpressionAttributeValues":{":v":{"NULL":"no"}}}"#.into(), format!("{INVALID}Null attribute value types must have the value of true")),
        ("DeleteItem", r#"{{at},"ConditionExpression":"a = :v","ExpressionAttributeValues":{":v":{"NULL":"no"}}}"#.into(), format!("ExpressionAttributeValues contains invalid value: {INVALID}Null attribute value types must have the value of true for key :v")),
        ("PutItem", format!(r#"{{{start},"ReturnValues":"x"}}"#), format!("{ONE}{OLDER_RETURN}")),
        ("PutItem", format!(r#"{{{shallow},"ReturnValues":"x"}}"#), format!("{ONE}{NEWER_RETURN}")),
        ("DeleteItem", format!(r#"{dropped},"ReturnValues":"ALL_NEW"}}"#), OLD_ONLY.into()),
        ("DeleteItem", format!("{dropped}}}"), format!("{ONE}{DEEP}")),
        ("Query", r#"{"TableName":"table","Limit":1.5,"FilterExpression":"a = :v","ExpressionAttributeValues":{":v":{"N":"x"}}}"#.into(), format!("ExpressionAttributeValues contains invalid value: {NOT_NUMERIC}: x for key :v")),
        ("Query", r#"{"Limit":0}"#.into(), format!("{TWO}{NO_NAME}; Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")),
        ("Scan", r#"{"TableName":"table","Limit":4294967296,"Select":"SPECIFIC_ATTRIBUTES"}"#.into(), MUST_SELECT.into()),
    ] {
        let request = filled(&request);
        assert_eq!(message(&emulator, operation, &request), text, "{operation} {request}");
    }
}

fn transact(action: &str) -> String {
    filled(&format!(r#"{{"TransactItems":[{action}]}}"#))
}

#[test]
fn transactions_moved_in_two_regions() {
    // aws-facts 2.8, 3.7, 3.8, 7.3.
    let [newer, older] = ["eu-west-2", "newer"].map(on);
    let many = transact(&vec![r#"{"Delete":{{at}}}"#; 101].join(","));
    let bare = r#"{"Put":{{item},"ExpressionAttributeValues":{":v":{"S":"a"}}}}"#;
    let value = |value: &str| {
        transact(&format!(
            r#"{{"Put":{{{{item}},"ConditionExpression":"a = :v","ExpressionAttributeValues":{{":v":{value}}}}}}}"#
        ))
    };
    let token = format!(
        r#"{{"TransactItems":[{{"Put":{{"TableName":"a"}}}}],"ReturnConsumedCapacity":"x","ClientRequestToken":"{}"}}"#,
        "x".repeat(37)
    );
    let named =
        r#"{"TransactItems":[{"Delete":{"TableName":"a","Key":{}}}],"ReturnConsumedCapacity":"x"}"#;
    let name = "Value 'a' at 'transactItems.1.member.delete.tableName' failed to satisfy constraint: Member must have length greater than or equal to 3";
    let long = "failed to satisfy constraint: Member must have length less than or equal to";
    for (request, by_newer, by_older) in [
        (many, format!("{ONE}Value at 'TransactItems' {long} 100"), None),
        (
            token,
            format!("{ONE}Value at 'ClientRequestToken' {long} 36"),
            Some(format!(
                "{TWO}Value '{}' at 'clientRequestToken' {long} 36; {CAPACITY}",
                "x".repeat(37)
            )),
        ),
        (named.into(), format!("{TWO}{CAPACITY}; {name}"), Some(format!("{ONE}{CAPACITY}"))),
        (
            value(&nested(33)),
            DEEP.into(),
            Some(format!("ExpressionAttributeValues contains invalid value: {DEEP} for key :v")),
        ),
        (
            value(r#"{"M":{"":{"S":"a"}}}"#),
            "Empty attribute name".into(),
            Some(
                "ExpressionAttributeValues contains invalid value: Empty attribute name for key :v"
                    .into(),
            ),
        ),
        (
            value(r#"{"N":""}"#),
            format!("ExpressionAttributeValues contains invalid value: {NOT_NUMERIC} for key :v"),
            Some(format!(
                "ExpressionAttributeValues contains invalid value: {NOT_NUMERIC} for key :v"
            )),
        ),
    ] {
        assert_eq!(message(&newer, "TransactWriteItems", &request), by_newer, "{request}");
        let Some(by_older) = by_older else { continue };
        assert_eq!(message(&older, "TransactWriteItems", &request), by_older, "{request}");
    }
    assert_eq!(message(&newer, "TransactWriteItems", &value(&nested(32))), DEEP);
    let compared = call(&older, "TransactWriteItems", &value(&nested(32)));
    assert_eq!(compared.error_type().as_deref(), Some("TransactionCanceledException"));
    assert_eq!(ask(&older, "TransactWriteItems", &transact(bare)), "{}");
    assert_eq!(
        message(&newer, "TransactWriteItems", &transact(bare)),
        "ExpressionAttributeValues can only be specified when using expressions"
    );
}

#[test]
fn transactions_charge_a_request_in_three_regions() {
    // aws-facts 3.10: an item of 300,000 bytes is asked for twice.
    let update = format!(
        r#"{{"Update":{{{{at}},"UpdateExpression":"SET a = :v, b = if_not_exists(a, :v)","ConditionExpression":"attribute_exists(a)","ExpressionAttributeValues":{{":v":{{"S":"{}"}}}}}}}}"#,
        "x".repeat(300_000)
    );
    let too_large = "Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]";
    let unmet = "Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed]";
    for (region, text) in
        [("ap-northeast-2", too_large), ("eu-north-1", too_large), ("us-west-2", unmet)]
    {
        assert_eq!(
            message(&on(region), "TransactWriteItems", &transact(&update)),
            text,
            "{region}"
        );
    }
}

#[test]
fn number_sets_are_listed_by_value_where_their_operation_moved() {
    // aws-facts 3.11.
    let (hashed, ascending) = (r#"["16","2","10","1"]"#, r#"["1","2","10","16"]"#);
    let get = transact(r#"{"Get":{{at}}}"#);
    for (region, scanned, got) in [
        ("newer", ascending, hashed),
        ("older", hashed, hashed),
        ("us-east-1", hashed, hashed),
        ("eu-north-1", ascending, ascending),
    ] {
        let emulator = on(region);
        let item = r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"n":{"NS":["1","2","10","16"]}}}"#;
        ask(&emulator, "PutItem", item);
        for projection in ["", r#","ProjectionExpression":"n""#] {
            let scan = ask(&emulator, "Scan", &format!(r#"{{"TableName":"table"{projection}}}"#));
            assert!(scan.contains(scanned), "{region}: {scan}");
        }
        assert!(ask(&emulator, "TransactGetItems", &get).contains(got), "{region}");
        let whole = ask(&emulator, "GetItem", &filled("{{at}}"));
        assert!(whole.contains(ascending), "{region}: {whole}");
    }
}

#[test]
fn us_east_1_tells_sizes_and_halves() {
    // aws-facts 4.1, 4.2, 7.3.
    let long = "x".repeat(4097);
    let size = "Expression size has exceeded the maximum allowed size;";
    let scan = |filter: &str| format!(r#"{{"TableName":"table","FilterExpression":"{filter}"}}"#);
    let put = |value: &str| {
        transact(&format!(
            r#"{{"Put":{{"TableName":"table","Item":{{"d":{value}}},"ConditionExpression":"{long}"}}}}"#
        ))
    };
    let update = transact(&format!(r#"{{"Update":{{{{at}},"UpdateExpression":"{long}"}}}}"#));
    let [here, elsewhere] = ["us-east-1", "newer"].map(on);
    for (operation, request, told, usual) in [
        (
            "Scan",
            scan(&long),
            format!("Invalid FilterExpression: {size} expression size: 4097"),
            format!("Invalid FilterExpression: {size}"),
        ),
        (
            "TransactWriteItems",
            put(r#"{"S":"a"}"#),
            format!("Invalid ConditionExpression: {size} expression size: 4097"),
            format!("Invalid ConditionExpression: {size}"),
        ),
        (
            "TransactWriteItems",
            put(&nested(32)),
            format!("Invalid ConditionExpression: {size} expression size: 4097"),
            DEEP.into(),
        ),
        (
            "TransactWriteItems",
            update,
            format!("Invalid UpdateExpression: {size}"),
            format!("Invalid UpdateExpression: {size}"),
        ),
        (
            "Scan",
            scan("a = \u{1F600}"),
            "Invalid FilterExpression: Syntax error; token: \"?\", near: \"= ??\"".into(),
            "Invalid FilterExpression: Syntax error; token: \"\u{1F600}\", near: \"= \u{1F600}\""
                .into(),
        ),
    ] {
        assert_eq!(message(&here, operation, &request), told, "{operation}");
        assert_eq!(message(&elsewhere, operation, &request), usual, "{operation}");
    }
}
