//! What a vector index does not take, which refuses the whole write (aws-facts 11.4; eu-west-2
//! 2026-08-11, us-east-1 2026-08-12 and 13).

use thiserror::Error;

use super::float::float;
use crate::{
    emulator::{
        key::{KeyError, emptiness},
        table::{Table, VectorIndex},
    },
    value::{AttributeValue, Item, Number, Type},
};

/// A value that a vector index does not take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::emulator) enum VectorError {
    #[error(
        "Invalid type for parameter {attribute}, Expected: 32-bit floating point number list IndexName: {index}"
    )]
    NoList { attribute: Box<str>, index: Box<str> },
    #[error(
        "Invalid size for parameter {attribute}, Expected: {expected}, Actual: {actual} IndexName: {index}"
    )]
    Size { attribute: Box<str>, expected: usize, actual: usize, index: Box<str> },
    #[error(
        "Invalid type for parameter {attribute}[{at}], Expected: 32-bit floating point number, Actual: {actual}. IndexName: {index}"
    )]
    Element { attribute: Box<str>, at: usize, actual: Type, index: Box<str> },
    #[error(
        "Invalid value for parameter {attribute}[{at}], Value: {value} is outside valid range [-3.4028235E38, 3.4028235E38]. IndexName: {index}"
    )]
    Range { attribute: Box<str>, at: usize, value: Number, index: Box<str> },
    #[error(
        "Attribute '{attribute}' type mismatch. Expected: {expected}, Actual: {actual}. IndexName: {index}"
    )]
    Search { attribute: Box<str>, expected: Type, actual: Type, index: Box<str> },
}

/// What the vector indexes of a table do not take of an item, but for what is as it was in
/// another. Of several the alphabetically first index speaks, and of one index the vector comes
/// first (both inferred from other indexes).
pub(in crate::emulator) fn wrong(
    table: &Table,
    item: &Item,
    unless_in: Option<&Item>,
) -> Option<KeyError> {
    let changed = |name: &str| {
        let value = item.get(name)?;
        let same = unless_in.is_some_and(|old| old.get(name) == Some(value));
        (!same).then_some(value)
    };
    let found = table.vectors.iter().filter_map(|index| {
        let vector = changed(&index.attribute).and_then(|value| wrong_vector(index, value));
        let wrong = vector.map(KeyError::Vector).or_else(|| wrong_search(index, &changed))?;
        Some((&index.name, wrong))
    });
    found.min_by_key(|(name, _)| *name).map(|(_, error)| error)
}

fn wrong_vector(index: &VectorIndex, value: &AttributeValue) -> Option<VectorError> {
    let (attribute, name) = (index.attribute.clone(), index.name.clone());
    let AttributeValue::L(list) = value else {
        return Some(VectorError::NoList { attribute, index: name });
    };
    if list.len() != index.dimensions {
        let (expected, actual) = (index.dimensions, list.len());
        return Some(VectorError::Size { attribute, expected, actual, index: name });
    }
    list.iter().enumerate().find_map(|(at, element)| {
        let (attribute, index) = (attribute.clone(), name.clone());
        match element {
            AttributeValue::N(value) if float(*value).is_some() => None,
            AttributeValue::N(value) => {
                Some(VectorError::Range { attribute, at, value: *value, index })
            }
            other => Some(VectorError::Element { attribute, at, actual: other.kind(), index }),
        }
    })
}

/// Of the search schema only the HASH is a key, and cannot be empty.
fn wrong_search<'a>(
    index: &VectorIndex,
    changed: &impl Fn(&str) -> Option<&'a AttributeValue>,
) -> Option<KeyError> {
    index.search().find_map(|attribute| {
        let value = changed(&attribute.name)?;
        let (name, of) = (attribute.name.clone(), index.name.clone());
        if value.kind() != attribute.kind {
            return Some(KeyError::Vector(VectorError::Search {
                attribute: name,
                expected: attribute.kind,
                actual: value.kind(),
                index: of,
            }));
        }
        let is_hash = index.hash.as_ref().is_some_and(|hash| hash.name == attribute.name);
        let kind = emptiness(value).filter(|_| is_hash)?;
        Some(KeyError::IndexEmpty { kind, name, index: of })
    })
}
