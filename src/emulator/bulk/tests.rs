use std::{sync::Arc, time::Duration};

use crate::{
    clock::ManualClock,
    emulator::{
        Emulator, Settings, Timing,
        op::tests::{ask, call, message, with_table_and},
    },
};

fn emulator() -> Emulator {
    with_table_and(Settings::default()).0
}

fn real() -> (Emulator, Arc<ManualClock>) {
    let (emulator, clock) =
        with_table_and(Settings { timing: Timing::real(), ..Settings::default() });
    clock.advance(Duration::from_secs(60));
    (emulator, clock)
}

/// Puts so many items in an object; each has an entry in each index.
fn put(emulator: &Emulator, count: u32) {
    let lines: String = (0..count)
        .map(|sk| {
            format!(
                "{{\"Item\":{{\"pk\":{{\"S\":\"p\"}},\"sk\":{{\"N\":\"{sk}\"}},\"lk\":{{\"S\":\"l\"}},\"gk\":{{\"S\":\"g\"}}}}}}\n"
            )
        })
        .collect();
    emulator.buckets().put("bucket", "data", lines.into()).expect("bucket");
}

/// A request; what is said first counts last.
fn request(more: &str) -> String {
    format!(
        r#"{{"TableName":"table","InputS3Configuration":{{"S3Bucket":"bucket","InputFormat":"DYNAMODB_JSON"}},"OutputS3Configuration":{{"OutputType":["ERROR"]}}{more}}}"#
    )
}

fn text<'a>(answer: &'a str, name: &str) -> &'a str {
    let rest = answer.split_once(&format!("\"{name}\":")).map_or("", |(_, rest)| rest);
    rest.split([',', '}']).next().unwrap_or_default().trim_matches('"')
}

fn start(emulator: &Emulator, more: &str) -> String {
    let answer = ask(emulator, "StartBulkPutItems", &request(more));
    assert_eq!(text(&answer, "BulkOperationStatus"), "IN_PROGRESS");
    text(&answer, "BulkOperationArn").to_owned()
}

fn describe(emulator: &Emulator, arn: &str) -> String {
    ask(emulator, "DescribeBulkOperation", &format!(r#"{{"BulkOperationArn":"{arn}"}}"#))
}

fn count(emulator: &Emulator) -> String {
    let scan = ask(emulator, "Scan", r#"{"TableName":"table","Select":"COUNT"}"#);
    let index =
        ask(emulator, "Scan", r#"{"TableName":"table","IndexName":"gsi","Select":"COUNT"}"#);
    assert_eq!(scan, index);
    text(&scan, "Count").to_owned()
}

#[test]
fn the_next_call_finds_the_items_in_the_table_and_its_indexes() {
    let emulator = emulator();
    put(&emulator, 2_500);
    let arn = start(&emulator, "");
    assert_eq!(count(&emulator), "2500");
    let answer = describe(&emulator, &arn);
    assert_eq!(text(&answer, "BulkOperationStatus"), "COMPLETED", "{answer}");
    assert_eq!(text(&answer, "ProcessedItemCount"), "2500");
    assert_eq!(text(&answer, "ProcessedInputBytes"), text(&answer, "TotalInputBytes"));
    for part in [
        r#""GlobalSecondaryIndexes":{"gsi":{"BulkPutBytes":"#,
        r#""LocalSecondaryIndexes":{"lsi":{"BulkPutBytes":"#,
        r#""Table":{"BulkPutBytes":"#,
        r#""TableDetails":[{"TableId":""#,
    ] {
        assert!(answer.contains(part), "{part} in {answer}");
    }
}

#[test]
fn items_come_by_and_by_and_those_there_stay_when_it_is_cancelled() {
    let (emulator, clock) = real();
    put(&emulator, 80);
    let arn = start(&emulator, "");
    assert_eq!(count(&emulator), "0");
    clock.advance(Duration::from_secs(20));
    assert_eq!(count(&emulator), "20");
    let answer = describe(&emulator, &arn);
    assert_eq!(text(&answer, "BulkOperationStatus"), "IN_PROGRESS");
    assert_eq!(text(&answer, "ProcessedItemCount"), "20");
    let body = format!(r#"{{"BulkOperationArn":"{arn}"}}"#);
    assert_eq!(
        ask(&emulator, "CancelBulkOperation", &body),
        format!(r#"{{"BulkOperationArn":"{arn}","BulkOperationStatus":"CANCELLING"}}"#)
    );
    assert_eq!(text(&describe(&emulator, &arn), "BulkOperationStatus"), "CANCELLING");
    clock.advance(Duration::from_secs(600));
    assert_eq!(count(&emulator), "20");
    let answer = describe(&emulator, &arn);
    assert_eq!(text(&answer, "BulkOperationStatus"), "CANCELLED");
    assert!(answer.contains("EndTime"), "{answer}");
    assert!(ask(&emulator, "CancelBulkOperation", &body).contains("CANCELLED"));
    start(&emulator, "");
    clock.advance(Duration::from_secs(80));
    assert_eq!(count(&emulator), "80");
}

#[test]
fn what_is_no_item_is_counted_and_reported() {
    let emulator = emulator();
    let object = "{\"Item\":{\"pk\":{\"S\":\"a\"}}}\n{\"Item\":{\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"1\"}}}\n";
    emulator.buckets().put("bucket", "data", object.into()).expect("bucket");
    let more = r#","OutputS3Configuration":{"S3Bucket":"reports","S3KeyPrefix":"bulk","OutputType":["ERROR"]}"#;
    let arn = start(&emulator, more);
    let answer = describe(&emulator, &arn);
    assert_eq!(text(&answer, "BulkOperationStatus"), "COMPLETED_WITH_ERRORS");
    assert_eq!(text(&answer, "FailedItemCount"), "1");
    let id = arn.rsplit('/').next().unwrap_or_default();
    let report = emulator.buckets().get("reports", &format!("bulk/AWSDynamoDB/{id}/errors.json"));
    assert_eq!(
        report.expect("a report"),
        "{\"S3Key\":\"data\",\"ErrorMessage\":\"One or more parameter values were invalid: Missing the key sk in the item\"}\n"
    );
}

#[test]
fn fails_without_a_bucket_or_when_the_table_goes() {
    let (emulator, clock) = real();
    let nowhere = r#","InputS3Configuration":{"S3Bucket":"No-Bucket","InputFormat":"ION"}"#;
    let first = start(&emulator, nowhere);
    assert_eq!(text(&describe(&emulator, &first), "BulkOperationStatus"), "IN_PROGRESS");
    clock.advance(Duration::from_secs(6));
    let answer = describe(&emulator, &first);
    assert_eq!(text(&answer, "BulkOperationStatus"), "FAILED");
    assert_eq!(text(&answer, "FailureCode"), "S3NoSuchBucket");
    put(&emulator, 80);
    let second = start(&emulator, "");
    ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
    clock.advance(Duration::from_secs(20));
    let answer = describe(&emulator, &second);
    assert_eq!(text(&answer, "BulkOperationStatus"), "FAILED", "{answer}");
    assert_eq!(text(&answer, "FailureCode"), "TableNotFound");
}

#[test]
fn a_token_stands_for_the_operation_it_began() {
    let (emulator, clock) = real();
    let token = r#","ClientToken":"one""#;
    let arn = start(&emulator, token);
    assert_eq!(start(&emulator, token), arn);
    let other = request(&format!(r#"{token},"PerformanceTier":"ACCELERATED""#));
    let refused = call(&emulator, "StartBulkPutItems", &other);
    assert_eq!(refused.error_type().as_deref(), Some("IdempotentParameterMismatchException"));
    let busy = call(&emulator, "StartBulkPutItems", &request(""));
    assert_eq!(busy.error_type().as_deref(), Some("ResourceInUseException"));
    clock.advance(Duration::from_secs(100));
    assert_ne!(start(&emulator, ""), arn);
}

#[test]
fn lists_begin_with_the_newest_and_go_on() {
    let (emulator, clock) = with_table_and(Settings::default());
    let mut arns: Vec<String> = (0..3)
        .map(|_| {
            clock.advance(Duration::from_secs(1));
            start(&emulator, "")
        })
        .collect();
    arns.reverse();
    let first = ask(&emulator, "ListBulkOperations", r#"{"MaxResults":2}"#);
    assert!(first.contains(&arns[0]) && first.contains(&arns[1]) && !first.contains(&arns[2]));
    let rest = format!(r#"{{"NextToken":"{}"}}"#, text(&first, "NextToken"));
    let rest = ask(&emulator, "ListBulkOperations", &rest);
    assert!(rest.contains(&arns[2]) && !rest.contains("NextToken"), "{rest}");
}

#[test]
fn refuses_what_the_model_does() {
    let emulator = emulator();
    for (body, sentence) in [
        (
            request(r#","MaxWriteRequestUnits":1023"#),
            "1 validation error detected: Value '1023' at 'maxWriteRequestUnits' failed to satisfy constraint: Member must have value greater than or equal to 1024",
        ),
        (
            request(r#","InputS3Configuration":{"S3Bucket":"bucket","InputFormat":"CSV"}"#),
            "1 validation error detected: Value 'CSV' at 'inputS3Configuration.inputFormat' failed to satisfy constraint: Member must satisfy enum value set: [DYNAMODB_JSON, ION]",
        ),
        (
            request(r#","OutputS3Configuration":{"OutputType":["ALL"]}"#),
            "1 validation error detected: Value '[ALL]' at 'outputS3Configuration.outputType' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ERROR, CONDITION_CHECK_FAILURE]]",
        ),
        (
            request("").replace("table", "nope"),
            "Requested resource not found: Table: nope not found",
        ),
    ] {
        assert_eq!(message(&emulator, "StartBulkPutItems", &body), sentence, "{body}");
    }
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/table/bulk-operation/01-0";
    let body = format!(r#"{{"BulkOperationArn":"{arn}"}}"#);
    for operation in ["DescribeBulkOperation", "CancelBulkOperation"] {
        let response = call(&emulator, operation, &body);
        assert_eq!(response.error_type().as_deref(), Some("ResourceNotFoundException"));
    }
}
