//! Exports as they are found in a bucket.

use std::{collections::BTreeMap, io::Read as _, time::Duration};

use super::{
    backup_tests::{put, recover},
    tests::{ask, call, message, with_table_and, with_table_and_clock},
};
use crate::{
    emulator::{Emulator, Settings, md5, table::Timing},
    value::{Decoder, Item, base64, encode, ion},
    wire::json::{Json, Value},
};

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/table";

fn body(more: &str) -> String {
    format!(r#"{{"TableArn":"{ARN}","S3Bucket":"bucket"{more}}}"#)
}

fn export(emulator: &Emulator, more: &str) -> String {
    let answer = ask(emulator, "ExportTableToPointInTime", &body(more));
    assert!(answer.contains(r#""ExportStatus":"IN_PROGRESS""#), "{answer}");
    arn_in(&answer)
}

fn arn_in(answer: &str) -> String {
    let rest = answer.split_once(r#""ExportArn":""#).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default().to_owned()
}

fn describe(emulator: &Emulator, arn: &str) -> String {
    ask(emulator, "DescribeExport", &format!(r#"{{"ExportArn":"{arn}"}}"#))
}

fn object(emulator: &Emulator, key: &str) -> Vec<u8> {
    emulator.buckets().get("bucket", key).expect(key).to_vec()
}

fn json(text: impl Into<bytes::Bytes>) -> Json {
    Json::parse(text).expect("JSON")
}

/// The lines of all files that the manifest of an export lists, which is held against them.
fn lines(emulator: &Emulator, arn: &str) -> Vec<String> {
    let described = json(describe(emulator, arn));
    let described = described.root().get("ExportDescription").expect("a description");
    let text = |name| described.get(name).and_then(Value::as_str).expect(name).into_owned();
    let count = described.get("ItemCount").and_then(Value::as_number).expect("a count").to_owned();
    let manifest = text("ExportManifest");
    for key in [manifest.clone(), manifest.replace("-summary", "-files")] {
        let checksum = base64::text(&md5::digest(&[&object(emulator, &key)]));
        assert_eq!(object(emulator, &key.replace(".json", ".md5")), checksum.as_bytes());
    }
    let summary = json(object(emulator, &manifest));
    let of_summary = |name| summary.root().get(name).map(Value::raw).expect(name);
    assert_eq!(of_summary("exportArn"), format!("\"{arn}\""));
    assert_eq!(of_summary("itemCount"), count);
    let files = summary.root().get("manifestFilesS3Key").and_then(Value::as_str).expect("files");
    let mut lines = Vec::new();
    let mut listed = 0;
    for line in String::from_utf8(object(emulator, &files)).expect("text").lines() {
        let file = json(line.to_owned());
        let text = |name| file.root().get(name).and_then(Value::as_str).expect(name).into_owned();
        let body = object(emulator, &text("dataFileS3Key"));
        assert_eq!(text("md5Checksum"), base64::text(&md5::digest(&[&body])));
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut plain).expect("gzip");
        let items = file.root().get("itemCount").and_then(Value::as_number).expect("a count");
        assert_eq!(items, plain.lines().count().to_string());
        lines.extend(plain.lines().map(str::to_owned));
        listed += 1;
    }
    assert_eq!(listed, 4);
    assert_eq!(count, lines.len().to_string());
    lines
}

fn json_item(value: Value<'_>) -> Item {
    Decoder::new().item(value).expect("an item")
}

/// The items of the lines of a full export, in one order.
fn items(lines: &[String]) -> Vec<String> {
    let read = |line: &String| {
        let item = if line.starts_with(ion::VERSION) {
            let value = ion::Reader::new(line).next().expect("a value").expect("Ion");
            value.get("Item").expect("an item").item().expect("an item")
        } else {
            json_item(json(line.clone()).root().get("Item").expect("an item"))
        };
        printed(&item)
    };
    let mut items: Vec<_> = lines.iter().map(read).collect();
    items.sort();
    items
}

fn printed(item: &Item) -> String {
    let mut text = Vec::new();
    encode::item(item, &mut text);
    String::from_utf8(text).expect("text")
}

/// What a scan gives, in the same order.
fn scanned(emulator: &Emulator) -> Vec<String> {
    let answer = json(ask(emulator, "Scan", r#"{"TableName":"table"}"#));
    let found = answer.root().get("Items").expect("items");
    let mut items: Vec<_> = found.elements().map(|item| printed(&json_item(item))).collect();
    items.sort();
    items
}

#[test]
fn an_export_holds_every_item_in_either_format() {
    let (emulator, _) = with_table_and_clock();
    (0..40).for_each(|sk| put(&emulator, sk));
    ask(
        &emulator,
        "PutItem",
        r#"{"TableName":"table","Item":{"pk":{"S":"all"},"sk":{"N":"-1.5E-9"},"n":{"N":"1E+100"},"b":{"B":"AAEC"},"t":{"BOOL":true},"z":{"NULL":true},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},"bs":{"BS":["AA=="]},"l":{"L":[{"S":"\"\n'"}]},"m":{"M":{"a b":{"N":"0"}}}}}"#,
    );
    recover(&emulator);
    for format in ["", r#","ExportFormat":"DYNAMODB_JSON""#, r#","ExportFormat":"ION""#] {
        let arn = export(&emulator, format);
        let lines = lines(&emulator, &arn);
        assert_eq!(items(&lines), scanned(&emulator), "{format}");
        assert_eq!(format.contains("ION"), lines[0].starts_with("$ion_1_0 {Item:{"));
    }
}

#[test]
fn an_export_lies_where_the_services_do() {
    // aws-service-facts 6.1, I-020: three items are nine objects, four of them data.
    let (emulator, _) = with_table_and_clock();
    (0..3).for_each(|sk| put(&emulator, sk));
    recover(&emulator);
    let arn = export(&emulator, r#","S3Prefix":"foo/""#);
    let id = arn.rsplit('/').next().expect("an id");
    let keys = emulator.buckets().list("bucket", "").expect("a list");
    assert_eq!(keys.len(), 9, "{keys:?}");
    let folder = format!("foo/AWSDynamoDB/{id}/");
    let rest: Vec<_> = keys.iter().map(|key| key.strip_prefix(&folder).expect(key)).collect();
    assert_eq!(rest[0], "_started");
    assert!(rest[1..5].iter().all(|key| key.len() == 39 && key.ends_with(".json.gz")), "{rest:?}");
    assert_eq!(
        rest[5..],
        [
            "manifest-files.json",
            "manifest-files.md5",
            "manifest-summary.json",
            "manifest-summary.md5"
        ]
    );
    let described = describe(&emulator, &arn);
    let manifest = format!(r#""ExportManifest":"{folder}manifest-summary.json""#);
    assert!(described.contains(&manifest), "{described}");
}

#[test]
fn an_earlier_time_is_exported_as_the_table_was_then() {
    let (emulator, clock) = with_table_and_clock();
    put(&emulator, 0);
    recover(&emulator);
    clock.advance(Duration::from_secs(10));
    put(&emulator, 1);
    let then = scanned(&emulator);
    clock.advance(Duration::from_secs(400));
    put(&emulator, 2);
    let arn = export(&emulator, r#","ExportTime":1700000100"#);
    assert_eq!(items(&lines(&emulator, &arn)), then);
    assert!(describe(&emulator, &arn).contains(r#""ExportTime":1.7000001E9"#));
    let arn = export(&emulator, "");
    assert_eq!(items(&lines(&emulator, &arn)), scanned(&emulator));
}

#[test]
fn an_incremental_export_has_what_changed_between_two_times() {
    let (emulator, clock) = with_table_and_clock();
    (0..4).for_each(|sk| put(&emulator, sk));
    recover(&emulator);
    clock.advance(Duration::from_secs(100));
    let write = |operation: &str, sk: u32, more: &str| {
        let key = format!(r#"{{"pk":{{"S":"p{sk}"}},"sk":{{"N":"{sk}"}}}}"#);
        ask(&emulator, operation, &format!(r#"{{"TableName":"table","Key":{key}{more}}}"#));
    };
    let set = |value: u32| {
        format!(
            r#","UpdateExpression":"SET a = :a","ExpressionAttributeValues":{{":a":{{"S":"{value}"}}}}"#
        )
    };
    put(&emulator, 5); // inserted
    write("UpdateItem", 0, &set(1)); // updated, and once more later
    write("DeleteItem", 1, ""); // deleted
    put(&emulator, 6); // inserted and deleted
    write("UpdateItem", 2, &set(1)); // updated and back
    clock.advance(Duration::from_secs(5));
    write("UpdateItem", 0, &set(2));
    write("DeleteItem", 6, "");
    write("UpdateItem", 2, &set(2).replace("\"2\"", "\"a2\""));
    clock.advance(Duration::from_secs(1000));
    put(&emulator, 7); // after the period
    clock.advance(Duration::from_secs(10));
    let period = |view: &str| {
        format!(
            r#","ExportType":"INCREMENTAL_EXPORT","IncrementalExportSpecification":{{"ExportFromTime":1700000050,"ExportToTime":1700001050{view}}}"#
        )
    };
    let of = |sk: u32, a: &str| {
        format!(
            r#"{{"a":{{"S":"{a}"}},"b":{{"S":"b"}},"gk":{{"S":"g"}},"lk":{{"S":"l"}},"pk":{{"S":"p{sk}"}},"sk":{{"N":"{sk}"}}}}"#
        )
    };
    let key = |sk: u32| format!(r#"{{"pk":{{"S":"p{sk}"}},"sk":{{"N":"{sk}"}}}}"#);
    let time = |second: u64| {
        format!(r#"{{"Metadata":{{"WriteTimestampMicros":"{second}123000"}},"Keys":"#)
    };
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    let both = export(&emulator, &period(""));
    let expected = vec![
        format!(
            r#"{}{},"NewImage":{},"OldImage":{}}}"#,
            time(1_700_000_105),
            key(0),
            of(0, "2"),
            of(0, "a0")
        ),
        format!(r#"{}{},"OldImage":{}}}"#, time(1_700_000_100), key(1), of(1, "a1")),
        format!(r#"{}{},"NewImage":{}}}"#, time(1_700_000_100), key(5), of(5, "a5")),
    ];
    assert_eq!(sorted(lines(&emulator, &both)), sorted(expected.clone()));
    let view = r#","ExportViewType":"NEW_IMAGE""#;
    let new = export(&emulator, &period(view));
    let without = expected.iter().map(|line| match line.split_once(r#","OldImage""#) {
        Some((line, _)) => format!("{line}}}"),
        None => line.clone(),
    });
    assert_eq!(sorted(lines(&emulator, &new)), sorted(without.collect()));
    let described = describe(&emulator, &new);
    for part in [
        r#""BilledSizeBytes":10000000"#,
        r#""ExportType":"INCREMENTAL_EXPORT""#,
        r#""IncrementalExportSpecification":{"ExportFromTime":1.70000005E9,"ExportToTime":1.70000105E9,"ExportViewType":"NEW_IMAGE"}"#,
    ] {
        assert!(described.contains(part), "{described}");
    }
    assert!(!described.contains(r#""ExportTime""#), "{described}");
    let ion = export(&emulator, &format!(r#"{},"ExportFormat":"ION""#, period("")));
    let changes: BTreeMap<String, ion::Ion> = lines(&emulator, &ion)
        .iter()
        .map(|line| {
            let value = ion::Reader::new(line).next().expect("a value").expect("Ion");
            let record = value.get("Record").expect("a record").clone();
            (printed(&record.get("Keys").expect("keys").item().expect("keys")), record)
        })
        .collect();
    assert_eq!(changes.len(), 3);
    let updated = &changes[&key(0)];
    let image = |name| printed(&updated.get(name).expect(name).item().expect("an image"));
    assert_eq!([image("NewImage"), image("OldImage")], [of(0, "2"), of(0, "a0")]);
    let micros = updated.get("Metadata").and_then(|data| data.get("WriteTimestampMicros"));
    assert_eq!(micros, Some(&ion::Ion::Number("1700000105123000".into())));
    // All of them, whatever they are of, lie together.
    assert_eq!(emulator.buckets().list("bucket", "AWSDynamoDB/data/").expect("a list").len(), 12);
}

#[test]
fn a_filter_takes_some_items_and_some_of_their_attributes() {
    let (emulator, _) = with_table_and_clock();
    (0..20).for_each(|sk| put(&emulator, sk));
    recover(&emulator);
    let filter = r##","FilterSpecification":{"KeyConditionExpression":"pk = :p","FilterExpression":"sk > :s","ProjectionExpression":"sk, #a","ExpressionAttributeNames":{"#a":"a"},"ExpressionAttributeValues":{":p":{"S":"p3"},":s":{"N":"5"}}}"##;
    let arn = export(&emulator, filter);
    assert_eq!(
        items(&lines(&emulator, &arn)),
        [r#"{"a":{"S":"a10"},"sk":{"N":"10"}}"#, r#"{"a":{"S":"a17"},"sk":{"N":"17"}}"#]
    );
    assert!(describe(&emulator, &arn).contains(&filter[1..]));
    let unfit = r#","FilterSpecification":{"KeyConditionExpression":"a = :p","ExpressionAttributeValues":{":p":{"S":"p3"}}}"#;
    let text = message(&emulator, "ExportTableToPointInTime", &body(unfit));
    assert_eq!(text, "Query condition missed key schema element: pk");
}

#[test]
fn an_export_is_in_progress_for_as_long_as_the_service_takes() {
    // aws-service-facts 6.1, 6.3, 16.
    let (emulator, clock) =
        with_table_and(Settings { timing: Timing::real(), ..Settings::default() });
    clock.advance(Duration::from_secs(60));
    recover(&emulator);
    let empty = export(&emulator, "");
    put(&emulator, 1);
    let full = export(&emulator, "");
    let failed = arn_in(&ask(
        &emulator,
        "ExportTableToPointInTime",
        &body("").replace("\"bucket\"", "\"Bucket\""),
    ));
    let status = |arn: &str| {
        let answer = describe(&emulator, arn);
        let rest = answer.split_once(r#""ExportStatus":""#).expect("a status").1.to_owned();
        rest.split('"').next().expect("a status").to_owned()
    };
    let all = || [&empty, &failed, &full].map(|arn| status(arn));
    assert_eq!(all(), ["IN_PROGRESS"; 3]);
    clock.advance(Duration::from_secs(16));
    assert_eq!(all(), ["IN_PROGRESS", "FAILED", "IN_PROGRESS"]);
    clock.advance(Duration::from_secs(140));
    assert_eq!(all(), ["COMPLETED", "FAILED", "IN_PROGRESS"]);
    clock.advance(Duration::from_secs(600));
    assert_eq!(all(), ["COMPLETED", "FAILED", "COMPLETED"]);
    assert!(describe(&emulator, &empty).contains(r#""EndTime":1.700000213123E9"#));
}

#[test]
fn what_s3_or_kms_refuses_is_told_later() {
    // aws-service-facts 6.3, 2026-10-09.
    let (emulator, _) = with_table_and_clock();
    recover(&emulator);
    let fails = |body: &str| {
        let answer = ask(&emulator, "ExportTableToPointInTime", body);
        let described = describe(&emulator, &arn_in(&answer));
        assert!(described.contains(r#""ExportStatus":"FAILED""#), "{described}");
        assert!(!described.contains("EndTime") && !described.contains("ItemCount"), "{described}");
        let (_, rest) = described.split_once(r#""FailureCode":""#).expect("a code");
        let (code, rest) = rest.split_once(r#"","FailureMessage":""#).expect("a message");
        let (text, _) = rest.split_once("; Request ID: ").expect("an id");
        format!("{code}: {text}")
    };
    for (body, text) in [
        (
            body("").replace("\"bucket\"", "\"Bucket\""),
            "S3NoSuchBucket: The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket",
        ),
        (
            body(r#","S3BucketOwner":"111111111111""#),
            "S3AccessDenied: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied",
        ),
        (
            body(
                r#","S3SseAlgorithm":"KMS","S3SseKmsKeyId":"arn:aws:kms:eu-west-1:000000000000:key/1""#,
            ),
            "KmsNotFoundException: Invalid arn eu-west-1 (Service: Amazon S3; Status Code: 400; Error Code: KMS.NotFoundException",
        ),
    ] {
        assert_eq!(fails(&body), text);
    }
    assert_eq!(emulator.buckets().list("bucket", "").expect("a list"), [""; 0]);
}

#[test]
fn a_token_gives_the_same_export_and_refuses_another_request() {
    // aws-service-facts 1.13, 2026-10-09.
    let (emulator, clock) = with_table_and_clock();
    recover(&emulator);
    let token = r#","ClientToken":"once""#;
    let first = export(&emulator, token);
    let again = ask(&emulator, "ExportTableToPointInTime", &body(token));
    assert!(again.contains(r#""ExportStatus":"COMPLETED""#), "{again}");
    assert_eq!(arn_in(&again), first);
    let other = body(&format!(r#"{token},"S3Prefix":"other""#));
    let response = call(&emulator, "ExportTableToPointInTime", &other);
    assert_eq!(response.error_type().as_deref(), Some("ExportConflictException"));
    assert_eq!(
        response.error_message().as_deref(),
        Some("Export conflict: Duplicate request detected with conflicting parameters")
    );
    assert_ne!(export(&emulator, ""), export(&emulator, ""));
    clock.advance(Duration::from_secs(8 * 3600));
    assert_ne!(export(&emulator, token), first);
}

#[test]
fn exports_are_listed_newest_first_and_outlive_their_table() {
    // aws-service-facts 1.14, 6.1, 2026-10.
    let (emulator, clock) = with_table_and_clock();
    recover(&emulator);
    let mut arns: Vec<_> = (0..12)
        .map(|_| {
            clock.advance(Duration::from_secs(1));
            export(&emulator, "")
        })
        .collect();
    arns.reverse();
    let page = |body: &str| {
        let answer = ask(&emulator, "ListExports", body);
        let parts = answer.split(r#"{"ExportArn":""#).skip(1);
        let found: Vec<_> =
            parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect();
        let token = answer.split_once(r#""NextToken":""#).map(|(_, rest)| rest.to_owned());
        (found, token.and_then(|rest| Some(rest.split('"').next()?.to_owned())))
    };
    let (first, token) = page("{}");
    assert_eq!(first, arns[..10]);
    let token = token.expect("a token");
    assert_eq!(page(&format!(r#"{{"NextToken":"{token}"}}"#)), (arns[10..].to_vec(), None));
    assert_eq!(page(&format!(r#"{{"NextToken":"{token}","MaxResults":1}}"#)).0, arns[10..11]);
    assert_eq!(page(r#"{"MaxResults":12}"#), (arns.clone(), None));
    let of_table = format!(r#"{{"TableArn":"{ARN}"}}"#);
    assert_eq!(page(&of_table).0, arns[..10]);
    ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
    assert_eq!(page(&of_table), (Vec::new(), None));
    assert_eq!(page("{}").0, arns[..10]);
    assert!(describe(&emulator, &arns[0]).contains(r#""ExportStatus":"COMPLETED""#));
    let gone = message(&emulator, "ExportTableToPointInTime", &body(""));
    assert_eq!(gone, format!("Table not found: {ARN}"));
}
