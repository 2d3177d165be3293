//! What is written in every format and compression is imported as it was.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use proptest::{collection::vec, prelude::*};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::{
    emulator::{
        Emulator, Settings,
        op::tests::{ask, empty_with},
    },
    value::{AttributeValue, Decoder, Item, Map, Number, Set, encode, ion},
    wire::json::Json,
};

const KEY: &str = "id";

fn number() -> impl Strategy<Value = Number> {
    "-?[1-9][0-9]{0,20}(\\.[0-9]{0,9}[1-9])?(E-?[1-9][0-9])?"
        .prop_map(|text| text.parse().expect("a number"))
}

fn value() -> impl Strategy<Value = AttributeValue> {
    let leaf = prop_oneof![
        any::<String>().prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        vec(any::<u8>(), 0..9).prop_map(AttributeValue::B),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null),
        any::<[String; 1]>().prop_map(|one| AttributeValue::Ss(Set::new(one.into()).expect("one"))),
        number().prop_map(|one| AttributeValue::Ns(Set::new(vec![one]).expect("one"))),
        any::<[u8; 3]>()
            .prop_map(|one| AttributeValue::Bs(Set::new(vec![one.to_vec()]).expect("one"))),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
            vec((".*", inner), 0..4).prop_map(|members| AttributeValue::M(map(members))),
        ]
    })
}

fn map(members: Vec<(String, AttributeValue)>) -> Map {
    members.into_iter().filter(|(name, _)| !name.is_empty()).collect()
}

/// Items by their keys, in the JSON that the service answers with.
type Items = BTreeMap<String, Item>;

fn items() -> impl Strategy<Value = Items> {
    let attributes = vec((".{1,9}", value()), 0..5).prop_map(map);
    proptest::collection::btree_map("\\PC{1,9}", attributes, 1..9).prop_map(|items: Items| {
        let with_key = |(key, mut item): (String, Item)| {
            item.insert(KEY, AttributeValue::S(key.clone()));
            (key, item)
        };
        items.into_iter().map(with_key).collect()
    })
}

fn json_line(item: &Item) -> Vec<u8> {
    let mut line = b"{\"Item\":".to_vec();
    encode::item(item, &mut line);
    line.extend_from_slice(b"}\n");
    line
}

fn ion_line(item: &Item) -> Vec<u8> {
    let mut line = b"$ion_1_0 {Item:".to_vec();
    ion::item(item, &mut line);
    line.extend_from_slice(b"}\n");
    line
}

fn csv(items: &Items) -> Vec<u8> {
    let mut text = String::from("x,id\n");
    for (key, item) in items {
        let Some(AttributeValue::S(x)) = item.get("x") else { continue };
        let quoted = [x, key].map(|text| format!("\"{}\"", text.replace('"', "\"\"")));
        text.push_str(&quoted.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

fn compress(compression: &str, text: &[u8]) -> Vec<u8> {
    match compression {
        "GZIP" => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::default());
            packed.write_all(text).expect("memory");
            packed.finish().expect("memory")
        }
        "ZSTD" => compress_to_vec(text, CompressionLevel::Fastest),
        _ => text.to_vec(),
    }
}

/// The items of a table that is imported from these objects.
fn imported(format: &str, compression: &str, objects: &[Vec<u8>]) -> Items {
    let (emulator, _) = empty_with(Settings::default());
    for (at, object) in objects.iter().enumerate() {
        let object = compress(compression, object).into();
        emulator.buckets().put("bucket", &format!("data/{at}"), object).expect("bucket");
    }
    import(&emulator, "users", format, compression, "data/")
}

/// How a table by `id` is made.
fn named(table: &str) -> String {
    format!(
        r#""TableName":"{table}","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{"AttributeName":"id","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}}]"#
    )
}

/// The items of the table that the objects under this prefix make.
fn import(
    emulator: &Emulator,
    table: &str,
    format: &str,
    compression: &str,
    prefix: &str,
) -> Items {
    let parameters = named(table);
    ask(
        emulator,
        "ImportTable",
        &format!(
            r#"{{"S3BucketSource":{{"S3Bucket":"bucket","S3KeyPrefix":"{prefix}"}},"InputFormat":"{format}","InputCompressionType":"{compression}","TableCreationParameters":{{{parameters}}}}}"#
        ),
    );
    let list = ask(emulator, "ListImports", "{}");
    let unfinished = ["IN_PROGRESS", "FAILED"].iter().any(|state| list.contains(state));
    assert!(list.contains("COMPLETED") && !unfinished, "{format} {compression}: {list}");
    let scan = ask(emulator, "Scan", &format!(r#"{{"TableName":"{table}"}}"#));
    let scan = Json::parse(scan).expect("JSON");
    let items = scan.root().get("Items").into_iter().flat_map(|items| items.elements());
    items
        .map(|item| {
            let item = Decoder::new().item(item).expect("an item");
            let Some(AttributeValue::S(key)) = item.get(KEY) else { panic!("no key") };
            (key.clone(), item)
        })
        .collect()
}

/// What is in the gzipped objects of an export of the table, in this format.
fn exported(emulator: &Emulator, arn: &str, format: &str) -> Vec<Vec<u8>> {
    let request = format!(
        r#"{{"TableArn":"{arn}","S3Bucket":"bucket","S3Prefix":"{format}","ExportFormat":"{format}"}}"#
    );
    let answer = ask(emulator, "ExportTableToPointInTime", &request);
    assert!(answer.contains("ExportArn"), "{answer}");
    let keys = emulator.buckets().list("bucket", &format!("{format}/AWSDynamoDB/")).expect("list");
    keys.iter()
        .filter(|key| key.contains("/data/"))
        .map(|key| {
            let packed = emulator.buckets().get("bucket", key).expect("an object");
            let mut text = Vec::new();
            GzDecoder::new(&*packed).read_to_end(&mut text).expect("gzip");
            text
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_format_and_compression_gives_the_same_items(items in items()) {
        for (format, line) in
            [("DYNAMODB_JSON", json_line as fn(&Item) -> Vec<u8>), ("ION", ion_line)]
        {
            let mut objects = [Vec::new(), Vec::new()];
            for (at, item) in items.values().enumerate() {
                objects[at % 2].extend(line(item));
            }
            for compression in ["NONE", "GZIP", "ZSTD"] {
                prop_assert_eq!(&imported(format, compression, &objects), &items);
            }
        }
    }

    #[test]
    fn what_is_exported_is_imported_as_it_was_in_every_format_and_compression(items in items()) {
        let (emulator, _) = empty_with(Settings::default());
        let made = ask(&emulator, "CreateTable", &format!("{{{}}}", named("orders")));
        let made = Json::parse(made).expect("JSON");
        let arn = made.root().get("TableDescription").and_then(|table| table.get("TableArn"));
        let arn = arn.and_then(|arn| arn.as_str()).expect("an ARN").into_owned();
        let recovery = r#"{"TableName":"orders","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#;
        ask(&emulator, "UpdateContinuousBackups", recovery);
        for item in items.values() {
            let mut text = br#"{"TableName":"orders","Item":"#.to_vec();
            encode::item(item, &mut text);
            text.push(b'}');
            let answer = ask(&emulator, "PutItem", std::str::from_utf8(&text).expect("UTF-8"));
            prop_assert_eq!(answer, "{}");
        }
        for format in ["DYNAMODB_JSON", "ION"] {
            let objects = exported(&emulator, &arn, format);
            for compression in ["NONE", "GZIP", "ZSTD"] {
                let prefix = format!("again/{format}/{compression}/");
                for (at, object) in objects.iter().enumerate() {
                    let (key, object) = (format!("{prefix}{at}"), compress(compression, object));
                    emulator.buckets().put("bucket", &key, object.into()).expect("bucket");
                }
                let table = format!("{format}.{compression}");
                prop_assert_eq!(&import(&emulator, &table, format, compression, &prefix), &items);
            }
        }
    }

    #[test]
    fn strings_of_csv_are_the_same(texts in proptest::collection::btree_map("[^\0]{1,9}", "[^\0]{1,9}", 1..9)) {
        let items: Items = texts
            .into_iter()
            .map(|(key, x)| {
                let members = [(KEY, key.clone()), ("x", x)];
                let item = members.map(|(name, text)| (name.to_owned(), AttributeValue::S(text)));
                (key, item.into_iter().collect())
            })
            .collect();
        for compression in ["NONE", "GZIP", "ZSTD"] {
            prop_assert_eq!(&imported("CSV", compression, &[csv(&items)]), &items);
        }
    }
}
