//! What is written in every format and compression is imported as it was.

use std::{collections::BTreeMap, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use proptest::{collection::vec, prelude::*};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::{
    emulator::{
        Settings,
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
    ask(
        &emulator,
        "ImportTable",
        &format!(
            r#"{{"S3BucketSource":{{"S3Bucket":"bucket"}},"InputFormat":"{format}","InputCompressionType":"{compression}","TableCreationParameters":{{"TableName":"users","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{"AttributeName":"id","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}}]}}}}"#
        ),
    );
    let list = ask(&emulator, "ListImports", "{}");
    assert!(list.contains("COMPLETED"), "{format} {compression}: {list}");
    let scan = Json::parse(ask(&emulator, "Scan", r#"{"TableName":"users"}"#)).expect("JSON");
    let items = scan.root().get("Items").into_iter().flat_map(|items| items.elements());
    items
        .map(|item| {
            let item = Decoder::new().item(item).expect("an item");
            let Some(AttributeValue::S(key)) = item.get(KEY) else { panic!("no key") };
            (key.clone(), item)
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
