//! What was dumped loads to the same state.

use std::{fs, path::Path, sync::Arc};

use proptest::{collection::vec, prelude::*};

use super::{calm, load};
use crate::{
    cli::{args::Form, dump::Source, settings::Environment},
    emulator::{Emulator, Settings},
    wire::{MADE_FOR, Operation, Request},
};

const TABLE: &str = r#"{"TableName":"orders","BillingMode":"PAY_PER_REQUEST",
    "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"B"},{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"g","AttributeType":"S"}],
    "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
    "GlobalSecondaryIndexes":[{"IndexName":"groups","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["a"]}}],
    "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"},
    "Tags":[{"Key":"team","Value":"a"}]}"#;

fn ask(emulator: &Emulator, operation: Operation, body: &str) -> String {
    let answer = emulator.call(&Request::of(operation, body.to_owned()));
    let text = String::from_utf8(answer.body.to_vec()).expect("text");
    assert!(answer.status.is_success(), "{body}: {text}");
    text
}

/// An attribute's value, as it stands on the wire.
fn value() -> impl Strategy<Value = String> {
    let text = any::<String>().prop_map(|text| serde_json::to_string(&text).expect("text"));
    let leaf = prop_oneof![
        text.clone().prop_map(|text| format!(r#"{{"S":{text}}}"#)),
        "-?[1-9][0-9]{0,20}(\\.[0-9]{0,9}[1-9])?".prop_map(|text| format!(r#"{{"N":"{text}"}}"#)),
        Just(r#"{"B":"AAH/"}"#.to_owned()),
        any::<bool>().prop_map(|truth| format!(r#"{{"BOOL":{truth}}}"#)),
        Just(r#"{"NULL":true}"#.to_owned()),
        text.prop_map(|text| format!(r#"{{"SS":[{text}]}}"#)),
        Just(r#"{"NS":["1","2.5"]}"#.to_owned()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|list| format!(r#"{{"L":[{}]}}"#, list.join(","))),
            inner.prop_map(|member| format!(r#"{{"M":{{"x y":{member}}}}}"#)),
        ]
    })
}

/// Of few keys, so that some items replace others.
fn item() -> impl Strategy<Value = String> {
    (0u8..3, -3i32..3, any::<bool>(), value()).prop_map(|(pk, sk, grouped, value)| {
        let group = if grouped { r#","g":{"S":"one"}"# } else { "" };
        let pk = ["AA==", "/w==", "AAEC"][usize::from(pk)];
        format!(r#"{{"pk":{{"B":"{pk}"}},"sk":{{"N":"{sk}"}},"a":{value}{group}}}"#)
    })
}

fn dump(emulator: &Arc<Emulator>, folder: &Path) {
    let source = Source { backend: Arc::clone(emulator), region: MADE_FOR.to_owned() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(source.table("orders", folder, Form::Jsonl)).expect("a dump");
}

fn seen(emulator: &Emulator) -> Vec<String> {
    [
        (Operation::Scan, r#"{"TableName":"orders"}"#),
        (Operation::Scan, r#"{"TableName":"orders","IndexName":"groups"}"#),
        (Operation::DescribeTimeToLive, r#"{"TableName":"orders"}"#),
    ]
    .map(|(operation, body)| ask(emulator, operation, body))
    .into()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn what_was_dumped_loads_to_the_same_state(items in vec(item(), 0..12)) {
        let environment = Environment { region: None, ..Environment::read() };
        let emulator = Arc::new(Emulator::default());
        ask(&emulator, Operation::CreateTable, TABLE);
        ask(
            &emulator,
            Operation::UpdateTimeToLive,
            r#"{"TableName":"orders","TimeToLiveSpecification":{"AttributeName":"a","Enabled":true}}"#,
        );
        for item in items {
            ask(&emulator, Operation::PutItem, &format!(r#"{{"TableName":"orders","Item":{item}}}"#));
        }
        let folders = [tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder")];
        dump(&emulator, folders[0].path());
        let settings = Settings { throttle: true, ..Settings::default() };
        let loaded = Emulator::default().with_settings(calm(&settings));
        load(&loaded, &[folders[0].path().to_owned()], &environment).expect("loaded");
        let loaded = Arc::new(loaded.with_settings(settings));
        prop_assert_eq!(seen(&loaded), seen(&emulator));
        dump(&loaded, folders[1].path());
        for file in ["orders.table.json", "orders.jsonl"] {
            let [first, second] = [0, 1].map(|at: usize| fs::read_to_string(folders[at].path().join(file)).expect("a file"));
            prop_assert_eq!(first, second);
        }
        // What is loaded is no news.
        let streams = ask(&loaded, Operation::ListStreams, "{}");
        let (_, arn) = streams.split_once(r#""StreamArn":""#).expect("a stream");
        let arn = arn.split('"').next().expect("an end");
        let described = ask(&loaded, Operation::DescribeStream, &format!(r#"{{"StreamArn":"{arn}"}}"#));
        let (_, shard) = described.split_once(r#""ShardId":""#).expect("a shard");
        let shard = shard.split('"').next().expect("an end");
        let first = format!(r#"{{"StreamArn":"{arn}","ShardId":"{shard}","ShardIteratorType":"TRIM_HORIZON"}}"#);
        let records = ask(&loaded, Operation::GetRecords, &ask(&loaded, Operation::GetShardIterator, &first));
        prop_assert!(records.contains(r#""Records":[]"#), "{}", records);
    }
}
