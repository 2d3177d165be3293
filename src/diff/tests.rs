use http::StatusCode;

use super::*;
use crate::wire::{Operation, Response};

fn diff(operation: Operation, expected: &str, actual: &str) -> Comparison {
    let answer = |body: &str| {
        let status = if body.contains("__type") { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        Response::new(status, body.to_owned())
    };
    let key = ["pk".to_owned()];
    let subject = Subject { operation: Some(operation), key: &key, exact: true, recorded_on: "" };
    compare(subject, &answer(expected), &answer(actual))
}

/// The findings as `layer path` with a `!` where they matter.
fn shown(comparison: &Comparison) -> Vec<String> {
    let findings = comparison.findings.iter();
    findings
        .map(|f| format!("{}{} {}", if f.matters { "!" } else { "" }, f.layer, f.path))
        .collect()
}

#[test]
fn each_difference_lands_in_its_layer() {
    use Operation::{BatchGetItem, CreateTable, DescribeTable, GetItem, ListTables, Query, Scan};
    let cases: &[(Operation, &str, &str, &[&str])] = &[
        (
            GetItem,
            r#"{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}"#,
            r#"{"Item":{"n":{"N":"1"},"pk":{"S":"a"}}}"#,
            &[],
        ),
        (
            GetItem,
            r#"{"Item":{"pk":{"N":"1.0"}}}"#,
            r#"{"Item":{"pk":{"N":"1"}}}"#,
            &["!number-text $.Item.pk.N"],
        ),
        (
            GetItem,
            r#"{"Item":{"pk":{"N":"1"}}}"#,
            r#"{"Item":{"pk":{"N":"2"}}}"#,
            &["!values $.Item.pk.N"],
        ),
        (
            GetItem,
            r#"{"Item":{"pk":{"N":"1"}}}"#,
            r#"{"Item":{"pk":{"S":"1"}}}"#,
            &["!values $.Item.pk"],
        ),
        (
            GetItem,
            r#"{"Item":{"a":{"SS":["x","y"]}}}"#,
            r#"{"Item":{"a":{"SS":["y","x"]}}}"#,
            &["order $.Item.a.SS"],
        ),
        (
            GetItem,
            r#"{"Item":{"a":{"NS":["1","2.0"]}}}"#,
            r#"{"Item":{"a":{"NS":["2","1"]}}}"#,
            &["order $.Item.a.NS"],
        ),
        (
            GetItem,
            r#"{"Item":{"a":{"NS":["1","1"]}}}"#,
            r#"{"Item":{"a":{"NS":["1","2"]}}}"#,
            &["!values $.Item.a.NS"],
        ),
        (GetItem, r#"{"Item":{}}"#, "{}", &["!fields $.Item"]),
        (GetItem, "{}", r#"{"Item":{}}"#, &["!fields $.Item"]),
        (GetItem, r#"{"A":1,"B":2}"#, r#"{"B":2,"A":1}"#, &["wire $"]),
        (GetItem, r#"{"A":1}"#, r#"{"A": 1}"#, &["wire white space"]),
        (GetItem, r#"{"C":1.0}"#, r#"{"C":1}"#, &["number-text $.C"]),
        (
            Query,
            r#"{"Items":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]}"#,
            r#"{"Items":[{"pk":{"S":"b"}},{"pk":{"S":"a"}}]}"#,
            &["!order $.Items"],
        ),
        (
            Scan,
            r#"{"Items":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]}"#,
            r#"{"Items":[{"pk":{"S":"b"}},{"pk":{"S":"a"}}]}"#,
            &[],
        ),
        (
            Scan,
            r#"{"Items":[{"x":{"S":"a"}},{"x":{"S":"b"}}]}"#,
            r#"{"Items":[{"x":{"S":"b"}},{"x":{"S":"a"}}]}"#,
            &[],
        ),
        (
            Scan,
            r#"{"Items":[{"pk":{"S":"a"}},{"pk":{"S":"b"}},{"pk":{"S":"c"}}]}"#,
            r#"{"Items":[{"pk":{"S":"c"}},{"pk":{"S":"a"}}]}"#,
            &["!fields $.Items[1]"],
        ),
        (
            BatchGetItem,
            r#"{"Responses":{"t":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]}}"#,
            r#"{"Responses":{"t":[{"pk":{"S":"b"}},{"pk":{"S":"a"}}]}}"#,
            &[],
        ),
        (
            ListTables,
            r#"{"TableNames":["a","b"]}"#,
            r#"{"TableNames":["b","a"]}"#,
            &["!order $.TableNames"],
        ),
        (
            DescribeTable,
            r#"{"Table":{"CreationDateTime":1.5E9,"TableId":"a","ItemCount":3}}"#,
            r#"{"Table":{"CreationDateTime":1.6E9,"TableId":"b","ItemCount":0}}"#,
            &[],
        ),
        (
            DescribeTable,
            r#"{"Table":{"TableArn":"arn:aws:dynamodb:us-east-2:111:table/a"}}"#,
            r#"{"Table":{"TableArn":"arn:aws:dynamodb:x:2:table/a"}}"#,
            &[],
        ),
        (
            DescribeTable,
            r#"{"Table":{"TableArn":"arn:aws:dynamodb:us-east-2:111:table/a"}}"#,
            r#"{"Table":{"TableArn":"arn:aws:dynamodb:x:2:table/b"}}"#,
            &["!values $.Table.TableArn"],
        ),
        (
            CreateTable,
            r#"{"TableDescription":{"TableStatus":"CREATING"}}"#,
            r#"{"TableDescription":{"TableStatus":"ACTIVE"}}"#,
            &["values $.TableDescription.TableStatus"],
        ),
        (
            GetItem,
            r#"{"__type":"a#X","message":"m"}"#,
            r#"{"__type":"a#X","message":"n"}"#,
            &["!message $.message"],
        ),
        (
            GetItem,
            r#"{"__type":"a#X","message":"m"}"#,
            r#"{"__type":"b#X","message":"m"}"#,
            &["wire $.__type"],
        ),
        (
            GetItem,
            r#"{"__type":"a#X","message":"m"}"#,
            r#"{"__type":"a#Y","message":"m"}"#,
            &["!type $.__type"],
        ),
        (
            GetItem,
            r#"{"__type":"a#X","message":"2 validation errors detected: a; b"}"#,
            r#"{"__type":"a#X","message":"2 validation errors detected: b; a"}"#,
            &["message $.message"],
        ),
        (
            GetItem,
            r#"{"__type":"a#X","message":"m","Item":{}}"#,
            r#"{"__type":"a#X","message":"m"}"#,
            &["!fields $.Item"],
        ),
        (GetItem, r#"{"__type":"a#X","message":"m"}"#, "{}", &["!status status", "!type $.__type"]),
    ];
    for (operation, expected, actual, findings) in cases {
        let comparison = diff(*operation, expected, actual);
        assert_eq!(shown(&comparison), *findings, "{expected}\n{actual}");
    }
}

#[test]
fn an_answer_is_the_same_as_itself_and_something_was_compared() {
    let body = r#"{"Count":1,"Items":[{"pk":{"S":"a"},"l":{"L":[{"N":"1"},{"M":{"b":{"BS":["AA=="]}}}]}}],"ScannedCount":1}"#;
    let comparison = diff(Operation::Query, body, body);
    assert_eq!(comparison.outcome(), Outcome::Exact);
    for layer in
        [Layer::Status, Layer::Fields, Layer::Values, Layer::NumberText, Layer::Order, Layer::Wire]
    {
        assert!(comparison.tally.compared(layer) > 0, "{layer}");
    }
}

#[test]
fn numbers_are_equal_by_value() {
    for (a, b, same) in [
        ("1", "1.0", true),
        ("1E2", "100", true),
        ("-0", "0", true),
        ("0.10", "1e-1", true),
        ("1.697565544123E9", "1697565544.123", true),
        ("-1", "1", false),
        ("10", "1", false),
        ("x", "x", true),
        ("x", "y", false),
        ("1e99999999999999999999", "1", false),
    ] {
        assert_eq!(same_number(a, b), same, "{a} {b}");
    }
}
