//! Items: made in few words, and printed so that equal ones print alike.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn item<const N: usize>(members: [(&str, AttributeValue); N]) -> Item {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn n(text: &str) -> AttributeValue {
    AttributeValue::N(text.to_owned())
}

pub(crate) fn b(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

pub(crate) fn plain_item(item: &Item) -> Value {
    item.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
}

/// Sets sorted, so that equal items print alike.
pub(crate) fn plain(value: &AttributeValue) -> Value {
    let sorted = |mut members: Vec<String>| {
        members.sort();
        members
    };
    let encode = |blob: &Blob| STANDARD.encode(blob);
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(text) => json!({"N": text}),
        AttributeValue::B(blob) => json!({"B": encode(blob)}),
        AttributeValue::Bool(truth) => json!({"BOOL": truth}),
        AttributeValue::Null(null) => json!({"NULL": *null}),
        AttributeValue::Ss(texts) => json!({"SS": sorted(texts.clone())}),
        AttributeValue::Ns(texts) => json!({"NS": sorted(texts.clone())}),
        AttributeValue::Bs(blobs) => json!({"BS": sorted(blobs.iter().map(encode).collect())}),
        AttributeValue::L(values) => json!({"L": values.iter().map(plain).collect::<Value>()}),
        AttributeValue::M(members) => json!({"M": plain_item(members)}),
        other => json!(format!("{other:?}")),
    }
}

pub(crate) fn unordered(items: &[Item]) -> Value {
    let mut items: Vec<_> = items.iter().map(plain_item).collect();
    items.sort_by_key(Value::to_string);
    items.into()
}
