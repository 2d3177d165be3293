use std::{io::Write as _, sync::Arc, time::Duration};

use flate2::{Compression, write::GzEncoder};

use crate::{
    clock::ManualClock,
    emulator::{
        Emulator, Settings, Timing,
        op::tests::{ask, call, empty_with, message},
    },
};

const NAME: &str = r#"{"TableName":"users"}"#;
const ERRORS: &str = "Some of the items failed validation checks and were not imported. Please \
                      check CloudWatch error logs for more details.";

fn emulator() -> Emulator {
    empty_with(Settings::default()).0
}

fn real() -> (Emulator, Arc<ManualClock>) {
    empty_with(Settings { timing: Timing::real(), ..Settings::default() })
}

fn put(emulator: &Emulator, key: &str, object: impl Into<bytes::Bytes>) {
    emulator.buckets().put("bucket", key, object.into()).expect("bucket");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).expect("memory");
    packed.finish().expect("memory")
}

/// Lines of items with these ids.
fn lines(ids: &[&str]) -> String {
    ids.iter().map(|id| format!("{{\"Item\":{{\"id\":{{\"S\":\"{id}\"}}}}}}\n")).collect()
}

/// A request; what is said first counts last.
fn request(more: &str) -> String {
    format!(
        r#"{{"S3BucketSource":{{"S3Bucket":"bucket"}},"InputFormat":"DYNAMODB_JSON","TableCreationParameters":{{"TableName":"users","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{"AttributeName":"id","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}}]}}{more}}}"#
    )
}

fn text<'a>(answer: &'a str, name: &str) -> &'a str {
    let rest = answer.split_once(&format!("\"{name}\":")).map_or("", |(_, rest)| rest);
    rest.split([',', '}']).next().unwrap_or_default().trim_matches('"')
}

fn describe(emulator: &Emulator, arn: &str) -> String {
    ask(emulator, "DescribeImport", &format!(r#"{{"ImportArn":"{arn}"}}"#))
}

/// Imports what is asked for, and gives how it ends.
fn import(emulator: &Emulator, more: &str) -> String {
    let answer = ask(emulator, "ImportTable", &request(more));
    assert_eq!(text(&answer, "ImportStatus"), "IN_PROGRESS");
    describe(emulator, text(&answer, "ImportArn"))
}

/// How it ended, and the counts of processed and imported items and of errors.
fn outcome(answer: &str) -> (&str, [&str; 3]) {
    let counts = ["ProcessedItemCount", "ImportedItemCount", "ErrorCount"];
    (text(answer, "ImportStatus"), counts.map(|name| text(answer, name)))
}

#[test]
fn a_table_has_the_items_of_all_objects_that_begin_so() {
    let emulator = emulator();
    put(&emulator, "data/1.json.gz", gzip(&lines(&["a", "b"])));
    put(&emulator, "data2/x.json.gz", [gzip(&lines(&["c"])), gzip(&lines(&["d"]))].concat());
    put(&emulator, "other", "no import");
    let more = r#","S3BucketSource":{"S3Bucket":"bucket","S3KeyPrefix":"data"},"InputCompressionType":"GZIP""#;
    let answer = import(&emulator, more);
    assert_eq!(outcome(&answer), ("COMPLETED", ["4", "4", "0"]));
    assert_eq!(text(&answer, "ProcessedSizeBytes"), "104", "{answer}");
    let scan = ask(&emulator, "Scan", NAME);
    for id in ["a", "b", "c", "d"] {
        assert!(scan.contains(&format!(r#"{{"id":{{"S":"{id}"}}}}"#)), "{scan}");
    }
    assert!(ask(&emulator, "DescribeTable", NAME).contains(r#""TableStatus":"ACTIVE""#));
}

#[test]
fn answers_in_the_services_form() {
    let emulator = emulator();
    put(&emulator, "a", "id\n1\n");
    let more = r#","ClientToken":"token","InputFormat":"CSV","InputFormatOptions":{"Csv":{"Delimiter":";"}},"Unknown":1"#;
    let answer = ask(&emulator, "ImportTable", &request(more));
    let arn = text(&answer, "ImportArn").to_owned();
    let id = text(&answer, "TableId").to_owned();
    assert!(
        arn.starts_with(
            "arn:aws:dynamodb:us-east-1:000000000000:table/users/import/01700000000123-"
        ),
        "{arn}"
    );
    let shown = r#""AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"TableName":"users""#;
    assert_eq!(
        answer,
        format!(
            r#"{{"ImportTableDescription":{{"ClientToken":"token","CloudWatchLogGroupArn":"arn:aws:logs:us-east-1:000000000000:log-group:/aws-dynamodb/imports:*","ErrorCount":0,"ImportArn":"{arn}","ImportStatus":"IN_PROGRESS","ImportedItemCount":0,"InputCompressionType":"NONE","InputFormat":"CSV","InputFormatOptions":{{"Csv":{{"Delimiter":";"}}}},"ProcessedItemCount":0,"S3BucketSource":{{"S3Bucket":"bucket","S3BucketOwner":"000000000000"}},"StartTime":1.700000000123E9,"TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users","TableCreationParameters":{{{shown}}},"TableId":"{id}"}}}}"#
        )
    );
    assert_eq!(text(&ask(&emulator, "DescribeTable", NAME), "TableId"), id);
    let listed = ask(&emulator, "ListImports", "{}");
    assert_eq!(
        listed,
        format!(
            r#"{{"ImportSummaryList":[{{"CloudWatchLogGroupArn":"arn:aws:logs:us-east-1:000000000000:log-group:/aws-dynamodb/imports:*","EndTime":1.700000000123E9,"ImportArn":"{arn}","ImportStatus":"COMPLETED","InputFormat":"CSV","S3BucketSource":{{"S3Bucket":"bucket"}},"StartTime":1.700000000123E9,"TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users"}}]}}"#
        )
    );
}

#[test]
fn what_cannot_be_imported_is_counted_as_the_service_counts_it() {
    // aws-service-facts 7.3, 2026-10-09.
    let ids = ["0", "1", "2", "3", "4", "5", "6", "7", "8"];
    let keyless = lines(&ids) + "{\"Item\":{\"x\":{\"S\":\"1\"}}}\n";
    let broken = lines(&ids[..5]) + "{\"Item\":\n" + &lines(&ids[5..]);
    let gzip_said = r#","InputCompressionType":"GZIP""#;
    for (object, more, counts, items) in [
        (keyless.into_bytes(), "", ["10", "9", "1"], 9),
        (broken.into_bytes(), "", ["6", "5", "1"], 5),
        (lines(&ids).into_bytes(), gzip_said, ["1", "0", "1"], 0),
        (gzip(&lines(&ids)), "", ["1", "0", "1"], 0),
    ] {
        let emulator = emulator();
        put(&emulator, "data", object);
        let answer = import(&emulator, more);
        assert_eq!(outcome(&answer), ("FAILED", counts));
        assert_eq!(text(&answer, "FailureCode"), "ItemValidationError");
        assert_eq!(text(&answer, "FailureMessage"), ERRORS);
        let scan = ask(&emulator, "Scan", r#"{"TableName":"users","Select":"COUNT"}"#);
        assert_eq!(text(&scan, "Count"), items.to_string());
    }
}

#[test]
fn the_root_of_an_export_has_more_than_items() {
    // aws-service-facts 7.3: 7, 3 and 4; `data/` alone 3, 3 and 0; not uncompressed 4, 0 and 4.
    let from = |prefix: &str, compression: &str| {
        let emulator = emulator();
        for (at, ids) in [&["a"][..], &["b"], &["c"], &[]].into_iter().enumerate() {
            put(&emulator, &format!("AWSDynamoDB/01/data/{at}.json.gz"), gzip(&lines(ids)));
        }
        for name in [
            "manifest-summary.json",
            "manifest-summary.md5",
            "manifest-files.json",
            "manifest-files.md5",
        ] {
            put(&emulator, &format!("AWSDynamoDB/01/{name}"), "{}");
        }
        put(&emulator, "AWSDynamoDB/01/_started", "");
        import(
            &emulator,
            &format!(
                r#","S3BucketSource":{{"S3Bucket":"bucket","S3KeyPrefix":"{prefix}"}},"InputCompressionType":"{compression}""#
            ),
        )
    };
    assert_eq!(outcome(&from("AWSDynamoDB/01", "GZIP")), ("FAILED", ["7", "3", "4"]));
    assert_eq!(outcome(&from("AWSDynamoDB/01/data/", "GZIP")), ("COMPLETED", ["3", "3", "0"]));
    assert_eq!(outcome(&from("AWSDynamoDB/01/data/", "NONE")), ("FAILED", ["4", "0", "4"]));
}

#[test]
fn no_bucket_is_no_table_and_no_object_an_empty_one() {
    // aws-service-facts 7.3.
    let emulator = emulator();
    let answer = import(&emulator, r#","S3BucketSource":{"S3Bucket":"No-Bucket"}"#);
    assert_eq!(outcome(&answer), ("FAILED", ["0", "0", "0"]));
    assert_eq!(text(&answer, "FailureCode"), "S3NoSuchBucket");
    let sentence = "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket; Request ID: ";
    assert!(text(&answer, "FailureMessage").starts_with(sentence), "{answer}");
    assert!(answer.contains("TableId"));
    assert!(!call(&emulator, "DescribeTable", NAME).status.is_success());
    let other = import(
        &emulator,
        r#","S3BucketSource":{"S3Bucket":"bucket","S3BucketOwner":"999999999999"}"#,
    );
    assert_eq!(text(&other, "FailureCode"), "S3AccessDenied");
    assert_eq!(outcome(&import(&emulator, "")), ("COMPLETED", ["0", "0", "0"]));
    assert!(ask(&emulator, "Scan", NAME).contains(r#""Count":0"#));
}

#[test]
fn takes_its_time_and_is_seen_late() {
    // aws-service-facts 7.1, 2026-10-09.
    let (emulator, clock) = real();
    put(&emulator, "a", lines(&["a"]));
    let arn = text(&ask(&emulator, "ImportTable", &request("")), "ImportArn").to_owned();
    let missing = "Requested resource not found: Table: users not found";
    let item = r#"{"TableName":"users","Item":{"id":{"S":"b"}}}"#;
    assert_eq!(message(&emulator, "DescribeTable", NAME), missing);
    assert_eq!(message(&emulator, "DeleteTable", NAME), missing);
    assert_eq!(message(&emulator, "PutItem", item), "Requested resource not found");
    assert_eq!(message(&emulator, "DescribeContinuousBackups", NAME), "Table not found: users");
    assert_eq!(ask(&emulator, "ListTables", "{}"), r#"{"TableNames":[]}"#);
    let create = r#"{"TableName":"users","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}"#;
    assert!(!call(&emulator, "CreateTable", create).status.is_success());
    clock.advance(Duration::from_secs(32));
    assert!(ask(&emulator, "DescribeTable", NAME).contains(r#""TableStatus":"CREATING""#));
    assert_eq!(
        message(&emulator, "DeleteTable", NAME),
        "Attempt to change a resource which is still in use: Table is being created: users"
    );
    assert_eq!(message(&emulator, "PutItem", item), "Requested resource not found");
    assert_eq!(outcome(&describe(&emulator, &arn)).0, "IN_PROGRESS");
    clock.advance(Duration::from_secs(80));
    assert!(ask(&emulator, "DescribeTable", NAME).contains(r#""TableStatus":"ACTIVE""#));
    assert_eq!(outcome(&describe(&emulator, &arn)), ("COMPLETED", ["1", "1", "0"]));
    ask(&emulator, "PutItem", item);
    ask(&emulator, "DeleteTable", NAME);
    clock.advance(Duration::from_secs(60));
    assert_eq!(outcome(&describe(&emulator, &arn)).0, "COMPLETED", "it outlives its table");
}

#[test]
fn of_two_at_once_one_fails_and_a_table_there_is_refused() {
    // aws-service-facts 7.2, 2026-10-09.
    let (emulator, clock) = real();
    put(&emulator, "a", lines(&["a"]));
    let first = ask(&emulator, "ImportTable", &request(""));
    let second = ask(&emulator, "ImportTable", &request(""));
    clock.advance(Duration::from_secs(111));
    let ends = [&first, &second].map(|answer| describe(&emulator, text(answer, "ImportArn")));
    assert_eq!(outcome(&ends[0]).0, "COMPLETED");
    assert_eq!(text(&ends[1], "FailureCode"), "TableAlreadyExists");
    let taken = call(&emulator, "ImportTable", &request(""));
    assert_eq!(taken.error_type().as_deref(), Some("ResourceInUseException"));
    assert_eq!(taken.error_message().as_deref(), Some("Table already exists: users"));
}

#[test]
fn a_token_stands_for_the_import_it_began() {
    // aws-service-facts 1.13, 2026-10-09.
    let (emulator, clock) = real();
    let token = r#","ClientToken":"one""#;
    let elsewhere =
        r#","ClientToken":"one","S3BucketSource":{"S3Bucket":"bucket","S3KeyPrefix":"x"}"#;
    let arn =
        |more: &str| text(&ask(&emulator, "ImportTable", &request(more)), "ImportArn").to_owned();
    let first = arn(token);
    assert_eq!(arn(token), first);
    assert_eq!(arn(elsewhere), first);
    let other = request(token).replace("users", "others");
    assert_eq!(
        call(&emulator, "ImportTable", &other).error_type().as_deref(),
        Some("ImportConflictException")
    );
    assert_eq!(
        message(&emulator, "ImportTable", &other),
        "Import conflict: Duplicate request detected with conflicting parameters"
    );
    clock.advance(Duration::from_secs(120));
    assert_eq!(message(&emulator, "ImportTable", &request(token)), "Table already exists: users");
    assert_eq!(arn(elsewhere), first);
    ask(&emulator, "DeleteTable", NAME);
    clock.advance(Duration::from_secs(60));
    assert_eq!(arn(token), first);
    assert!(!call(&emulator, "DescribeTable", NAME).status.is_success(), "nothing is created");
    clock.advance(Duration::from_secs(8 * 3600));
    assert_ne!(arn(token), first);
}

#[test]
fn lists_begin_with_the_newest_and_go_on() {
    let (emulator, clock) = empty_with(Settings::default());
    let mut arns: Vec<String> = (0..12)
        .map(|at| {
            clock.advance(Duration::from_secs(1));
            let body = request("").replace("users", &format!("users{}", at % 2));
            let arn = text(&ask(&emulator, "ImportTable", &body), "ImportArn").to_owned();
            ask(&emulator, "DeleteTable", &format!(r#"{{"TableName":"users{}"}}"#, at % 2));
            arn
        })
        .collect();
    arns.reverse();
    let listed = |body: &str| {
        let answer = ask(&emulator, "ListImports", body);
        let arns: Vec<String> = answer
            .split(r#""ImportArn":""#)
            .skip(1)
            .map(|part| part.split('"').next().unwrap_or_default().to_owned())
            .collect();
        (arns, text(&answer, "NextToken").to_owned())
    };
    let (first, token) = listed("{}");
    assert_eq!(first, arns[..10]);
    let (rest, end) = listed(&format!(r#"{{"NextToken":"{token}"}}"#));
    assert_eq!((rest, end.as_str()), (arns[10..].to_vec(), ""));
    let table = r#""TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users1""#;
    let (one, _) = listed(&format!(r#"{{"PageSize":6,{table}}}"#));
    assert_eq!(one, arns.iter().step_by(2).cloned().collect::<Vec<_>>());
}

#[test]
fn refuses_in_the_services_words() {
    // aws-service-facts 7.4, 2026-10-09.
    let emulator = emulator();
    let provisioned = request("").replace("PAY_PER_REQUEST", "PROVISIONED");
    for (body, sentence) in [
        (
            provisioned,
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        ),
        (
            request(r#","InputFormatOptions":{"Csv":{"Delimiter":";;"}}"#),
            "2 validation errors detected: Value ';;' at 'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must satisfy regular expression pattern: [,;:|\\t ]; Value ';;' at 'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must have length less than or equal to 1",
        ),
        (
            request(r#","InputFormatOptions":{"Csv":{}}"#),
            "Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.",
        ),
        (
            request(r#","InputCompressionType":"BZIP2""#),
            "1 validation error detected: Value 'BZIP2' at 'inputCompressionType' failed to satisfy constraint: Member must satisfy enum value set: [ZSTD, NONE, GZIP]",
        ),
    ] {
        assert_eq!(message(&emulator, "ImportTable", &body), sentence, "{body}");
    }
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
    for (arn, kind) in [
        (format!("{arn}/import/01700000000123-00000000"), "ImportNotFoundException"),
        (format!("{arn}/import/01-0").replace("us-east-1", "eu-west-1"), "ImportNotFoundException"),
        (arn.to_owned(), "ValidationException"),
        (format!("{arn}/export/01700000000123-00000000"), "ValidationException"),
        (
            format!("{arn}/import/01-0").replace("000000000000", "999999999999"),
            "AccessDeniedException",
        ),
    ] {
        let response = call(&emulator, "DescribeImport", &format!(r#"{{"ImportArn":"{arn}"}}"#));
        assert_eq!(response.error_type().as_deref(), Some(kind), "{arn}");
    }
}
