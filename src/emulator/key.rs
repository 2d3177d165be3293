//! Where an item lies, and which keys are refused.
//!
//! A place is a hash of the partition key, the partition key and the sort key, so that a Query is
//! a range of the store, a Scan walks partitions in the service's order, and a segment of a
//! parallel scan is a range of hashes.

use thiserror::Error;

use super::{
    md5,
    table::{Index, KeyAttribute, Schema, Table},
    vector::{self, VectorError},
};
use crate::{
    value::{AttributeValue, Item, Type, key},
    wire::Fault,
};

/// How long the hash is.
pub(super) const HASH: usize = 8;

/// A key that is refused (aws-facts 3.4).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum KeyError {
    #[error("The provided key element does not match the schema")]
    Mismatch,
    #[error("One or more parameter values were invalid: Missing the key {0} in the item")]
    Missing(Box<str>),
    #[error(
        "One or more parameter values were invalid: Type mismatch for key {name} expected: {expected} actual: {actual}"
    )]
    Type { name: Box<str>, expected: Type, actual: Type },
    #[error(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {kind} value. Key: {name}"
    )]
    Empty { kind: &'static str, name: Box<str> },
    #[error(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
    )]
    PartitionTooLong,
    #[error(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
    )]
    SortTooLong,
    #[error(
        "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {expected} Actual: {actual} IndexName: {index}"
    )]
    IndexType { name: Box<str>, expected: Type, actual: Type, index: Box<str> },
    #[error(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty {kind} value. IndexName: {index}, IndexKey: {name}"
    )]
    IndexEmpty { kind: &'static str, name: Box<str>, index: Box<str> },
    #[error(
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty {kind} value."
    )]
    UpdatedIndexEmpty { kind: &'static str },
    #[error("One or more parameter values were invalid. {0}")]
    Vector(VectorError),
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        Self::validation(error.to_string())
    }
}

/// Checks a key to look up: the key's attributes and no others.
pub(super) fn check_lookup(schema: &Schema, sent: &Item) -> Result<(), KeyError> {
    let fits = |attribute: &KeyAttribute| {
        sent.get(&attribute.name).is_some_and(|value| value.kind() == attribute.kind)
    };
    if sent.len() != schema.len() || !schema.attributes().all(fits) {
        return Err(KeyError::Mismatch);
    }
    check_values(schema, sent)
}

/// Checks the primary key in an item to put.
pub(super) fn check_item(schema: &Schema, item: &Item) -> Result<(), KeyError> {
    for KeyAttribute { name, kind } in schema.attributes() {
        let Some(value) = item.get(name) else { return Err(KeyError::Missing(name.clone())) };
        if value.kind() != *kind {
            return Err(KeyError::Type {
                name: name.clone(),
                expected: *kind,
                actual: value.kind(),
            });
        }
    }
    check_values(schema, item)
}

fn check_values(schema: &Schema, item: &Item) -> Result<(), KeyError> {
    for KeyAttribute { name, .. } in schema.attributes() {
        if let Some(kind) = item.get(name).and_then(emptiness) {
            return Err(KeyError::Empty { kind, name: name.clone() });
        }
    }
    let length = |attributes: &[KeyAttribute]| -> usize {
        let values = attributes.iter().filter_map(|attribute| item.get(&attribute.name));
        values.map(crate::value::size::value).sum()
    };
    if length(&schema.partition) > 2048 {
        return Err(KeyError::PartitionTooLong);
    }
    if length(&schema.sort) > 1024 {
        return Err(KeyError::SortTooLong);
    }
    Ok(())
}

/// Which of the types that can be empty this is, if it is.
pub(super) fn emptiness(value: &AttributeValue) -> Option<&'static str> {
    match value {
        AttributeValue::S(text) if text.is_empty() => Some("string"),
        AttributeValue::B(bytes) if bytes.is_empty() => Some("binary"),
        _ => None,
    }
}

/// Checks the index keys in an item to put.
pub(super) fn check_index_keys(table: &Table, item: &Item) -> Result<(), KeyError> {
    match wrong_index_key(table, item, None) {
        None => Ok(()),
        Some(error) => Err(error),
    }
}

/// Checks the index keys that an update changed.
pub(super) fn check_updated_index_keys(
    table: &Table,
    old: Option<&Item>,
    new: &Item,
) -> Result<(), KeyError> {
    let none = Item::new();
    match wrong_index_key(table, new, Some(old.unwrap_or(&none))) {
        None => Ok(()),
        Some(KeyError::IndexEmpty { kind, .. }) => Err(KeyError::UpdatedIndexEmpty { kind }),
        Some(error) => Err(error),
    }
}

/// Of several wrong ones, the one of the alphabetically first index (aws-facts 3.4).
fn wrong_index_key(table: &Table, item: &Item, unless_in: Option<&Item>) -> Option<KeyError> {
    let wrong = |index: &Index| {
        index.key.attributes().find_map(|KeyAttribute { name, kind }| {
            let value = item.get(name)?;
            if unless_in.is_some_and(|old| old.get(name) == Some(value)) {
                return None;
            }
            let (name, index) = (name.clone(), index.name.clone());
            if value.kind() != *kind {
                let (expected, actual) = (*kind, value.kind());
                return Some(KeyError::IndexType { name, expected, actual, index });
            }
            emptiness(value).map(|kind| KeyError::IndexEmpty { kind, name, index })
        })
    };
    let found = table.indexes.iter().filter_map(|index| Some((&index.name, wrong(index)?)));
    let first = found.min_by_key(|(name, _)| *name).map(|(_, error)| error);
    // That those of vector indexes come after the others is inferred.
    first.or_else(|| vector::wrong(table, item, unless_in))
}

/// Appends the place of an item in a table or index: nothing, and `false`, if the item lacks a
/// part of the key or has it in another type.
pub(super) fn place(schema: &Schema, item: &Item, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let values = schema.partition.iter().map(|attribute| typed(attribute, item));
    let done = partition(values, out)
        && schema
            .sort
            .iter()
            .all(|attribute| typed(attribute, item).is_some_and(|value| key::encode(value, out)));
    if !done {
        out.truncate(start);
    }
    done
}

/// Appends the bytes that all places of a partition begin with.
pub(super) fn partition<'a>(
    values: impl Iterator<Item = Option<&'a AttributeValue>>,
    out: &mut Vec<u8>,
) -> bool {
    let start = out.len();
    out.extend_from_slice(&[0; HASH]);
    for value in values {
        let Some(value) = value else { return false };
        if !key::encode(value, out) {
            return false;
        }
    }
    let hash = hash(&out[start + HASH..]);
    out[start..start + HASH].copy_from_slice(&hash);
    true
}

/// Appends the parts of a key without a hash: what tells apart the entries of an index that have
/// one index key.
pub(super) fn plain(schema: &Schema, item: &Item, out: &mut Vec<u8>) -> bool {
    let mut attributes = schema.attributes();
    attributes.all(|attribute| typed(attribute, item).is_some_and(|value| key::encode(value, out)))
}

/// The range of hashes of one segment of a parallel scan: from it, up to but without the second;
/// `None` is the end.
pub(super) fn segment(number: u32, of: u32) -> ([u8; HASH], Option<[u8; HASH]>) {
    let edge = |number: u32| (u128::from(number) << 64).div_ceil(u128::from(of.max(1)));
    let bytes = |edge: u128| u64::try_from(edge).ok().map(u64::to_be_bytes);
    (bytes(edge(number)).unwrap_or_default(), bytes(edge(number + 1)))
}

fn typed<'a>(attribute: &KeyAttribute, item: &'a Item) -> Option<&'a AttributeValue> {
    item.get(&attribute.name).filter(|value| value.kind() == attribute.kind)
}

/// The service walks partitions in the order of MD5("Outliers" + the bytes of the key): so do all
/// 63 scans of more than one partition in recordings of 2019 to 2025 (us-east-2), string keys all;
/// for numbers, and for keys of several attributes, that it is our key bytes is inferred.
fn hash(partition: &[u8]) -> [u8; HASH] {
    // A single string or binary ends in 00 00, which is ours and not the service's.
    let bytes = partition.strip_suffix(&[0, 0]).unwrap_or(partition);
    let digest = md5::digest(&[b"Outliers", bytes]);
    let mut hash = [0; HASH];
    hash.copy_from_slice(&digest[..HASH]);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(partition([Some(&AttributeValue::S(text.into()))].into_iter(), &mut out));
        out
    }

    #[test]
    fn partitions_are_in_the_order_recorded() {
        // aws-facts 5.6: "b" came before "a", eu-west-2 and us-east-1 2026-10-09.
        assert!(of("b") < of("a"));
        assert!(of("Praise All Monsters") > of("Zombie DMV"), "us-east-2, 2019 to 2025");
    }

    #[test]
    fn segments_cover_everything_once() {
        for of in [1, 2, 3, 7, 1_000_000] {
            assert_eq!(segment(0, of).0, [0; HASH]);
            assert_eq!(segment(of - 1, of).1, None);
            for number in (0..of - 1).take(50) {
                assert_eq!(segment(number, of).1, Some(segment(number + 1, of).0));
            }
        }
    }
}
