use http::StatusCode;

use super::*;
use crate::wire::{Operation, Response};

fn diff(operation: Operation, expected: &str, actual: &str) -> Comparison {
    let answer = |body: &str| {
        let status = if body.contains("__type") { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        Response::new(status, body.to_owned())
    };
    let key = ["pk".to_owned()];
    let subject =
        Subject { operation: Some(operation), key: &key, exact: true, ..Subject::default() };
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
            r#"{"Table":{"TableId":"5c4c6014-7e6a-4db7-93de-a174552cf78d"}}"#,
            r#"{"Table":{"TableId":""}}"#,
            &["!values $.Table.TableId"],
        ),
        (
            DescribeTable,
            r#"{"Table":{"IndexArn":"arn:aws:dynamodb:a:1:table/donkey/index/a"}}"#,
            r#"{"Table":{"IndexArn":"arn:aws:dynamodb:a:1:table/donkey/index/b"}}"#,
            &["!values $.Table.IndexArn"],
        ),
        (
            DescribeTable,
            r#"{"Table":{"TableArn":"a"}}"#,
            r#"{"Table":{"TableArn":"b"}}"#,
            &["!values $.Table.TableArn"],
        ),
        (
            GetItem,
            r#"{"Item":{"TableArn":{"S":"a"},"ItemCount":{"N":"1"},"LastIncreaseDateTime":{"N":"1"}}}"#,
            r#"{"Item":{"TableArn":{"S":"b"},"ItemCount":{"N":"1.0"}}}"#,
            &[
                "!fields $.Item.LastIncreaseDateTime",
                "!values $.Item.TableArn.S",
                "!number-text $.Item.ItemCount.N",
            ],
        ),
        (
            BatchGetItem,
            r#"{"Responses":{"t":[{"pk":{"S":"a"},"l":{"L":[{"N":"1"},{"N":"2"}]}}]}}"#,
            r#"{"Responses":{"t":[{"pk":{"S":"a"},"l":{"L":[{"N":"2"},{"N":"1"}]}}]}}"#,
            &["!values $.Responses.t[0].l.L[0].N", "!values $.Responses.t[0].l.L[1].N"],
        ),
        (
            Scan,
            r#"{"Items":[{"x":{"L":[{"L":[{"N":"1"}]}]}}]}"#,
            r#"{"Items":[{"x":{"L":[{"L":[]},{"N":"1"}]}}]}"#,
            &["!fields $.Items[0].x.L[1]", "!fields $.Items[0].x.L[0].L[0]"],
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

#[test]
fn headers_of_the_profile_are_no_difference_and_another_content_type_is() {
    use std::time::SystemTime;

    use crate::wire::profile;
    let answered = |content_type| {
        let mut actual = Response::ok("{}");
        profile::complete(
            &mut actual,
            content_type,
            &profile::request_id(1),
            profile::date(SystemTime::UNIX_EPOCH),
        );
        shown(&compare(Subject::default(), &Response::ok("{}"), &actual))
    };
    assert_eq!(answered("application/x-amz-json-1.0"), [""; 0]);
    assert_eq!(answered("text/html"), ["!headers header content-type"]);
}

#[test]
fn bodies_that_are_no_text_differ_by_their_bytes() {
    let answer = |body: &'static [u8]| Response::ok(body);
    let comparison = compare(Subject::default(), &answer(b"\xff"), &answer(b"\xfe"));
    assert_eq!(shown(&comparison), ["!values body"]);
}

#[test]
fn large_sets_and_items_are_compared_in_time() {
    let numbers = |range: &mut dyn Iterator<Item = u32>| -> String {
        range.map(|at| format!("\"{at}\"")).collect::<Vec<_>>().join(",")
    };
    let set = |list: String| format!(r#"{{"Item":{{"a":{{"NS":[{list}]}}}}}}"#);
    let (up, down) = (numbers(&mut (0..30_000)), numbers(&mut (0..30_000).rev()));
    let comparison = diff(Operation::GetItem, &set(up), &set(down));
    assert_eq!(shown(&comparison), ["order $.Item.a.NS"]);
    let item = (0..20_000).map(|at| format!(r#""a{at}":{{"BOOL":true}}"#)).collect::<Vec<_>>();
    let item = format!(r#"{{"Item":{{{}}}}}"#, item.join(","));
    assert_eq!(diff(Operation::GetItem, &item, &item).outcome(), Outcome::Exact);
}

#[test]
fn elements_are_paired_by_what_they_say_however_it_is_spaced() {
    let key = ["id".to_owned()];
    let subject = Subject { operation: Some(Operation::Query), key: &key, ..Subject::default() };
    let one = Response::ok(r#"{"Items":[{"id":{"S":"a"}},{"id":{"S":"b"}}]}"#);
    let other = Response::ok(r#"{"Items": [{"id": {"S": "a"}}, {"id": {"S": "b"}}]}"#);
    assert_eq!(compare(subject, &one, &other).findings, []);
}

#[test]
fn rules_of_insights_are_the_same_but_for_the_time_they_end_with() {
    let rules = |names: &str| format!(r#"{{"ContributorInsightsRuleList":[{names}]}}"#);
    let found = |old: &str, new: &str| {
        let operation = Operation::DescribeContributorInsights;
        shown(&diff(operation, &rules(old), &rules(new)))
    };
    let recorded =
        r#""DynamoDBContributorInsights-PKC-t-17","DynamoDBContributorInsights-PKT-t-17""#;
    let later = r#""DynamoDBContributorInsights-PKT-t-99","DynamoDBContributorInsights-PKC-t-99""#;
    let other = r#""DynamoDBContributorInsights-PKC-t-17","DynamoDBContributorInsights-PKT-u-17""#;
    assert_eq!(found(recorded, later), <[&str; 0]>::default());
    let list = "$.ContributorInsightsRuleList";
    let gone_and_new = format!("!fields {list}[1]");
    assert_eq!(found(recorded, other), [gone_and_new.clone(), gone_and_new]);
}

#[test]
fn a_state_that_passes_does_not_matter_and_the_opposite_one_does() {
    let found = |old: &str, new: &str| {
        let body = |state: &str| format!(r#"{{"Status":"{state}"}}"#);
        shown(&diff(Operation::DescribeTable, &body(old), &body(new)))
    };
    assert_eq!(found("ENABLING", "ENABLED"), ["values $.Status"]);
    assert_eq!(found("ENABLED", "DISABLED"), ["!values $.Status"]);
}
