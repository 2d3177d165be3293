//! What a vector index holds, and which of it is nearest.
//!
//! Search is exact: every vector of the index, or of the one value of its HASH, is looked at.
//! Vectors lie in the store in blocks of some hundred (`block`), each with its numbers in one
//! piece, so that a search is a walk over a few contiguous kilobytes at a time. Nothing is kept
//! beside the store: what a snapshot, a fork or a transaction sees of an index is what it sees of
//! the items, by construction, and nothing has to be made anew after a write.

mod block;
mod check;
mod entry;
mod float;
mod rows;
mod search;

pub(super) use check::{VectorError, wrong};
pub(super) use entry::{charge, entry, labels, projects};
pub(super) use float::{float, query};
pub(super) use rows::{fill, replace, weigh};
pub(super) use search::{Wanted, search};

use super::table::Table;
use crate::value::{AttributeValue, Item, size};

/// An item's size as it is billed: a vector that an index reads counts four bytes a number,
/// whatever its numbers (aws-facts 6.9, eu-west-2, us-east-1 2026-10-09 and 23). One that no index
/// takes counts as the list it is (inferred).
pub(super) fn billed(table: &Table, item: &Item) -> usize {
    let mut bytes = size::item(item);
    for (at, index) in table.vectors.iter().enumerate() {
        if table.vectors[..at].iter().any(|other| other.attribute == index.attribute) {
            continue;
        }
        if let Some(value @ AttributeValue::L(list)) = item.get(&index.attribute)
            && list.len() == index.dimensions
            && list.iter().all(|element| matches!(element, AttributeValue::N(_)))
        {
            bytes = bytes - size::value(value) + 4 * index.dimensions;
        }
    }
    bytes
}
