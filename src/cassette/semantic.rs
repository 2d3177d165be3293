//! When do two requests say the same to DynamoDB? (Tier T2.)
//!
//! Numbers count by value, sets and maps without order; parameters at their default as if they
//! were not there; expressions by what they say, whatever their placeholders are called; the
//! entries of a batch, and the paths of a projection, in any order. What cannot be understood (an
//! expression with an error, a value that is none) counts as it is written.

mod expression;

use std::{borrow::Cow, fmt::Write as _};

use super::key::canonical;
use crate::{
    value::{Decoder, encode},
    wire::{
        Operation, Request,
        json::{Kind, Value},
    },
};

/// Members that hold attribute values.
const ITEMS: [&str; 4] = ["Item", "Key", "ExclusiveStartKey", "ExpressionAttributeValues"];

/// Members that are the same as none when they have this value (JSON text).
const DEFAULTS: [(&str, &str); 7] = [
    ("ConsistentRead", "false"),
    ("ReturnConsumedCapacity", "\"NONE\""),
    ("ReturnItemCollectionMetrics", "\"NONE\""),
    ("ReturnValues", "\"NONE\""),
    ("ReturnValuesOnConditionCheckFailure", "\"NONE\""),
    ("ScanIndexForward", "true"),
    ("ExpressionAttributeNames", "{}"),
];

/// How entries whose order means nothing are put into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By what they say: the same entries are the same text.
    Text,
    /// By what they say but for values that are made up anew each time. Those that differ in
    /// nothing else keep the order they came in: there is no telling which is which.
    Unmade,
}

/// The request's body in a form that is the same for all that say the same; `None` where there is
/// nothing to understand.
pub(super) fn text(request: &Request, order: Order) -> Option<String> {
    let operation = request.target.operation()?;
    let root = request.json().ok()?.root();
    if root.kind() != Kind::Object {
        return None;
    }
    let mut out = String::with_capacity(root.raw().len());
    structure(&mut out, operation, root, "", order);
    Some(out)
}

/// A structure that may have expressions: a request, an action of a transaction, what is asked of
/// one table. The member `except` is left out.
fn structure(out: &mut String, operation: Operation, value: Value<'_>, except: &str, order: Order) {
    let expressions = expression::of(value, order);
    let mut members: Vec<_> = value.members().collect();
    members.sort_by(|(left, _), (right, _)| left.cmp(right));
    out.push('{');
    for (name, inner) in members {
        let is_default = inner.is_null()
            || DEFAULTS.iter().any(|(known, text)| *known == name && inner.raw() == *text);
        let is_placeholder = expressions.is_some()
            && matches!(&*name, "ExpressionAttributeNames" | "ExpressionAttributeValues");
        if is_default || is_placeholder || name == except {
            continue;
        }
        let _ = write!(out, "{name}:");
        let said = expressions.as_ref().and_then(|all| all.get(&*name));
        match (said, &*name) {
            (Some(said), _) => out.push_str(said),
            (None, "TransactItems") => {
                for actions in inner.elements() {
                    // An entry without an action is refused, not left out.
                    out.push('[');
                    for (action, said) in actions.members() {
                        out.push_str(&action);
                        structure(out, operation, said, "", order);
                    }
                    out.push(']');
                }
            }
            // Which requests share one is another question (see `minted`).
            (None, "ClientRequestToken") => {}
            (None, "RequestItems") => tables(out, operation, inner, order),
            (None, "AttributesToGet") => {
                out.push_str(&sorted(inner.elements().map(canonical), order));
            }
            (None, name) if ITEMS.contains(&name) => out.push_str(&item(inner)),
            (None, _) => out.push_str(&canonical(inner)),
        }
        out.push(';');
    }
    out.push('}');
}

/// What a batch asks of each table.
fn tables(out: &mut String, operation: Operation, value: Value<'_>, order: Order) {
    let mut tables: Vec<(Cow<'_, str>, Value<'_>)> = value.members().collect();
    tables.sort_by(|(left, _), (right, _)| left.cmp(right));
    for (table, asked) in tables {
        let _ = write!(out, "{table}:");
        match operation {
            Operation::BatchWriteItem => {
                let writes = asked.elements().map(|write| {
                    let parts = write.members().map(|(kind, part)| {
                        let of = part.get("Item").or_else(|| part.get("Key"));
                        format!("{kind}{}", of.map_or_else(|| canonical(part), item))
                    });
                    parts.collect::<String>()
                });
                out.push_str(&sorted(writes, order));
            }
            _ => {
                let keys = asked.get("Keys").into_iter().flat_map(Value::elements);
                out.push_str(&sorted(keys.map(item), order));
                structure(out, operation, asked, "Keys", order);
            }
        }
    }
}

/// Attribute values, by value.
fn item(value: Value<'_>) -> String {
    let Ok(item) = Decoder::new().item(value) else { return canonical(value) };
    let mut text = Vec::with_capacity(value.raw().len());
    encode::item(&item, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// In one order, whatever the order.
fn sorted(texts: impl Iterator<Item = String>, order: Order) -> String {
    let mut texts: Vec<_> = texts.collect();
    match order {
        Order::Text => texts.sort_unstable(),
        Order::Unmade => texts.sort_by_cached_key(|text| super::minted::blanked(text)),
    }
    texts.into_iter().map(|text| text + ",").collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        cassette::MatchKey,
        wire::{Operation, Request},
    };

    #[test]
    fn what_says_the_same_has_one_key_and_what_does_not_has_not() {
        use Operation::{
            BatchGetItem, BatchWriteItem, GetItem, PutItem, Query, Scan, TransactWriteItems,
            UpdateItem,
        };
        let named = |expression: &str, names: &str, values: &str| {
            format!(
                r##"{{"TableName":"t","Key":{{}},"ConditionExpression":"{expression}","ExpressionAttributeNames":{{{names}}},"ExpressionAttributeValues":{{{values}}}}}"##
            )
        };
        let (name, value) = (r##""#a":"total""##, r#"":v":{"N":"1"}"#);
        let plain = named("#a = :v", name, value);
        for (operation, one, other, same) in [
            (
                PutItem,
                r#"{"TableName":"t","Item":{"n":{"N":"1.50"},"s":{"SS":["a","b"]}}}"#.to_owned(),
                r#"{"Item":{"s":{"SS":["b","a"]},"n":{"N":"15e-1"}},"TableName":"t"}"#.to_owned(),
                true,
            ),
            (
                PutItem,
                r#"{"TableName":"t","Item":{"n":{"N":"1.5"}}}"#.to_owned(),
                r#"{"TableName":"t","Item":{"n":{"S":"1.5"}}}"#.to_owned(),
                false,
            ),
            (
                PutItem,
                r#"{"TableName":"t","Item":{"l":{"L":[{"S":"a"},{"S":"b"}]}}}"#.to_owned(),
                r#"{"TableName":"t","Item":{"l":{"L":[{"S":"b"},{"S":"a"}]}}}"#.to_owned(),
                false,
            ),
            (GetItem, r#"{"TableName":"t","ConsistentRead":false}"#.to_owned(), r#"{"TableName":"t"}"#.to_owned(), true),
            (GetItem, r#"{"TableName":"t","ConsistentRead":true}"#.to_owned(), r#"{"TableName":"t"}"#.to_owned(), false),
            (
                UpdateItem,
                plain.clone(),
                named("( #n0=:val )", r##""#n0":"total""##, r#"":val":{"N":"1.0"}"#),
                true,
            ),
            (UpdateItem, plain.clone(), named("#a <> :v", name, value), false),
            (UpdateItem, plain.clone(), named("#a = :v", r##""#a":"sum""##, value), false),
            (UpdateItem, plain, named("#a = :v", name, r#"":v":{"N":"2"}"#), false),
            (
                Query,
                r#"{"KeyConditionExpression":"a = :a AND b > :b","ExpressionAttributeValues":{":a":{"S":"x"},":b":{"N":"1"}}}"#.to_owned(),
                r#"{"KeyConditionExpression":"b > :1 and a = :0","ExpressionAttributeValues":{":0":{"S":"x"},":1":{"N":"1"}},"ScanIndexForward":true}"#.to_owned(),
                true,
            ),
            (
                Scan,
                r#"{"FilterExpression":"a IN (:a, :b)","ExpressionAttributeValues":{":a":{"S":"7c1f0400-0000-4000-8000-000000000001"},":b":{"S":"7c1f0400-0000-4000-8000-000000000002"}}}"#.to_owned(),
                r#"{"FilterExpression":"a IN (:a, :b)","ExpressionAttributeValues":{":a":{"S":"7c1f0400-0000-4000-8000-000000000002"},":b":{"S":"7c1f0400-0000-4000-8000-000000000001"}}}"#.to_owned(),
                true,
            ),
            (
                Scan,
                r#"{"ProjectionExpression":"a, b.c[1]"}"#.to_owned(),
                r##"{"ProjectionExpression":"b.#c[1],a","ExpressionAttributeNames":{"#c":"c"}}"##.to_owned(),
                true,
            ),
            (Scan, r#"{"ProjectionExpression":"a, b"}"#.to_owned(), r#"{"ProjectionExpression":"a"}"#.to_owned(), false),
            (
                BatchWriteItem,
                r#"{"RequestItems":{"t":[{"PutRequest":{"Item":{"k":{"N":"1"}}}},{"DeleteRequest":{"Key":{"k":{"N":"2"}}}}]}}"#.to_owned(),
                r#"{"RequestItems":{"t":[{"DeleteRequest":{"Key":{"k":{"N":"2"}}}},{"PutRequest":{"Item":{"k":{"N":"1.0"}}}}]}}"#.to_owned(),
                true,
            ),
            (
                BatchWriteItem,
                r#"{"RequestItems":{"t":[{"PutRequest":{"Item":{"k":{"N":"1"}}}}]}}"#.to_owned(),
                r#"{"RequestItems":{"u":[{"PutRequest":{"Item":{"k":{"N":"1"}}}}]}}"#.to_owned(),
                false,
            ),
            (
                BatchGetItem,
                r#"{"RequestItems":{"t":{"Keys":[{"k":{"N":"1"}},{"k":{"N":"2"}}]}}}"#.to_owned(),
                r#"{"RequestItems":{"t":{"ConsistentRead":false,"Keys":[{"k":{"N":"2"}},{"k":{"N":"1"}}]}}}"#.to_owned(),
                true,
            ),
            (
                BatchGetItem,
                r#"{"RequestItems":{"t":{"Keys":[{"k":{"N":"1"}}]}}}"#.to_owned(),
                r#"{"RequestItems":{"t":{"Keys":[{"k":{"N":"1"}}],"ConsistentRead":true}}}"#.to_owned(),
                false,
            ),
            (
                BatchGetItem,
                r#"{"RequestItems":{"t":{"Keys":[{"k":{"S":"7c1f0400-0000-4000-8000-000000000001"}},{"k":{"S":"7c1f0400-0000-4000-8000-000000000002"}}]}}}"#.to_owned(),
                r#"{"RequestItems":{"t":{"Keys":[{"k":{"S":"7c1f0400-0000-4000-8000-000000000002"}},{"k":{"S":"7c1f0400-0000-4000-8000-000000000001"}}]}}}"#.to_owned(),
                true,
            ),
            (
                TransactWriteItems,
                r#"{"TransactItems":[{},{"Delete":{"Key":{"a":{"N":"1"}}}}]}"#.to_owned(),
                r#"{"TransactItems":[{"Delete":{"Key":{"a":{"N":"1"}}}}]}"#.to_owned(),
                false,
            ),
            (
                TransactWriteItems,
                r#"{"TransactItems":[{"Update":{"UpdateExpression":"SET a = :1","ExpressionAttributeValues":{":1":{"N":"1"}}}}]}"#.to_owned(),
                r#"{"TransactItems":[{"Update":{"UpdateExpression":"set a=:x","ExpressionAttributeValues":{":x":{"N":"1.0"}}}}]}"#.to_owned(),
                true,
            ),
            (
                TransactWriteItems,
                r#"{"TransactItems":[{"Delete":{"Key":{"a":{"N":"1"}}}},{"Delete":{"Key":{"a":{"N":"2"}}}}]}"#.to_owned(),
                r#"{"TransactItems":[{"Delete":{"Key":{"a":{"N":"2"}}}},{"Delete":{"Key":{"a":{"N":"1"}}}}]}"#.to_owned(),
                false,
            ),
        ] {
            let key = |body: &str| {
                MatchKey::semantic(&Request::of(operation, body.to_owned())).expect(body)
            };
            assert_eq!(key(&one) == key(&other), same, "{operation}\n{one}\n{other}");
        }
    }

    #[test]
    fn what_cannot_be_understood_counts_as_it_is_written() {
        let key = |body: &str| {
            MatchKey::semantic(&Request::of(Operation::Scan, body.to_owned())).expect("a key")
        };
        let broken = |text: &str| {
            format!(
                r#"{{"FilterExpression":"{text}","ExpressionAttributeValues":{{":a":{{"N":"1"}}}}}}"#
            )
        };
        assert_ne!(key(&broken("a = = :a")), key(&broken("a == :a")));
        assert_eq!(key(&broken("a = = :a")), key(&broken("a = = :a")));
    }
}
