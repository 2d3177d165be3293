//! Whether vector indexes can be as they are asked to be (aws-facts 11.2; eu-west-2 2026-08-11,
//! us-east-1 2026-08-12). The order within the family is inferred: what is said of attributes
//! comes before what is said of names and counts, as it does for other indexes.

use super::{Checked, projection};
use crate::{
    emulator::table::{
        definition::Definition,
        error::ParameterError,
        vector::{SearchElement, VectorDefinition},
    },
    value::Type,
};

/// How many a table can have.
const MOST: usize = 5;
/// How long a vector can be.
const DIMENSIONS: std::ops::RangeInclusive<i64> = 1..=4096;

/// What has to hold between the indexes and the table's attributes.
///
/// # Errors
///
/// The first rule broken.
pub(super) fn attributes(table: &Definition) -> Checked {
    let Some(indexes) = &table.vector else { return Ok(()) };
    for index in indexes {
        billed_by_request(table)?;
        searched(index, &table.attributes)?;
        undefined(index, &table.attributes)?;
    }
    Ok(())
}

/// What has to hold of each by itself, and between them.
///
/// # Errors
///
/// The first rule broken.
pub(super) fn all(table: &Definition) -> Checked {
    let indexes = table.vector.as_deref().unwrap_or_default();
    for (at, index) in indexes.iter().enumerate() {
        one(index)?;
        alike(index, &indexes[..at])?;
        if indexes[..at].iter().any(|other| other.name == index.name) {
            return Err(ParameterError::RepeatedIndex(index.name.clone()).into());
        }
    }
    count(indexes)
}

/// Whether a vector index that UpdateTable adds fits the table; `sent` are the attributes of the
/// request, which add to those the table has.
///
/// # Errors
///
/// The first rule broken; the order is CreateTable's (inferred).
pub(in crate::emulator::table) fn check_vector(
    table: &Definition,
    sent: &[(Box<str>, Type)],
    index: &VectorDefinition,
) -> Checked {
    let known = [sent, &table.attributes].concat();
    billed_by_request(table)?;
    searched(index, &known)?;
    undefined(index, &known)?;
    one(index)?;
    let others = table.vector.as_deref().unwrap_or_default();
    alike(index, others)?;
    match others.len() < MOST {
        true => Ok(()),
        false => Err(ParameterError::TooManyVectors.into()),
    }
}

fn billed_by_request(table: &Definition) -> Checked {
    match table.is_on_demand() {
        true => Ok(()),
        false => Err(ParameterError::VectorsProvisioned.into()),
    }
}

fn searched(index: &VectorDefinition, attributes: &[(Box<str>, Type)]) -> Checked {
    let search = &index.search;
    let defined =
        |element: &SearchElement| attributes.iter().any(|(name, _)| *name == element.name);
    if !search.iter().all(defined) {
        return Err(ParameterError::SearchUndefined.into());
    }
    let hashes = search.iter().filter(|element| element.hash).count();
    if hashes > 1 {
        return Err(ParameterError::SearchHashes(hashes).into());
    }
    let repeated = |(at, element): (usize, &SearchElement)| {
        search[..at].iter().any(|other| other.name == element.name)
    };
    match search.iter().enumerate().any(repeated) {
        true => Err(ParameterError::SearchRepeated.into()),
        false => Ok(()),
    }
}

fn undefined(index: &VectorDefinition, attributes: &[(Box<str>, Type)]) -> Checked {
    match attributes.iter().any(|(name, _)| *name == index.attribute) {
        true => Err(ParameterError::VectorDefined(index.attribute.clone()).into()),
        false => Ok(()),
    }
}

fn one(index: &VectorDefinition) -> Checked {
    if !DIMENSIONS.contains(&index.dimensions) {
        return Err(ParameterError::Dimensions.into());
    }
    projection(&index.projection)
}

fn alike(index: &VectorDefinition, others: &[VectorDefinition]) -> Checked {
    let other = |other: &VectorDefinition| {
        other.attribute == index.attribute && other.dimensions != index.dimensions
    };
    match others.iter().any(other) {
        true => Err(ParameterError::OtherDimensions(index.attribute.clone()).into()),
        false => Ok(()),
    }
}

fn count(indexes: &[VectorDefinition]) -> Checked {
    match indexes.len() > MOST {
        true => Err(ParameterError::TooManyVectors.into()),
        false => Ok(()),
    }
}
