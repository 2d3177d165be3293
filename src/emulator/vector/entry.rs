//! What a vector index holds of an item.

use super::{block::Row, float};
use crate::{
    emulator::{
        key::emptiness,
        table::{Table, VectorIndex},
    },
    storage::layout,
    value::{AttributeValue, Item, key, size},
};

/// An item's entry in a vector index.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::emulator) struct Entry {
    /// What is searched.
    pub(super) row: Row,
    /// The other attributes that the index has.
    rest: Item,
    /// How large it is, without the least that a write is charged for (aws-facts 6.8).
    pub(in crate::emulator) size: usize,
}

/// The entry of the item at `place`; `None` of one that lacks the vector or the HASH, and of one
/// that a write would be refused for: a backfill passes it over (aws-facts 11.3, 11.4).
pub(in crate::emulator) fn entry(
    table: &Table,
    index: &VectorIndex,
    place: &[u8],
    item: &Item,
) -> Option<Entry> {
    let vector = float::vector(item.get(&index.attribute)?, index.dimensions)?;
    let mut key = Vec::with_capacity(place.len());
    if let Some(hash) = &index.hash {
        let value = item.get(&hash.name).filter(|value| value.kind() == hash.kind)?;
        if emptiness(value).is_some() || !key::encode(value, &mut key) {
            return None;
        }
    }
    let hash = key.len();
    key.extend_from_slice(place.get(layout::items(table.number).len()..)?);
    let label = |attribute: &crate::emulator::table::KeyAttribute| {
        match item.get(&attribute.name) {
            // A search never finds it by this attribute.
            None => Some(None),
            Some(value) if value.kind() == attribute.kind => Some(bytes(value)),
            Some(_) => None,
        }
    };
    let filters = index.filters.iter().map(label).collect::<Option<Vec<_>>>()?;
    let rest =
        item.iter().filter(|(name, _)| **name != *index.attribute && projects(table, index, name));
    let rest: Item = rest.map(|(name, value)| (name, value.clone())).collect();
    let size = 4 * index.dimensions + index.attribute.len() + size::item(&rest);
    Some(Entry { row: Row::new(&key, hash, &filters, &vector), rest, size })
}

/// Whether the index has the attribute: as secondary indexes do (aws-facts 11.1), with its search
/// schema for a key (inferred).
pub(in crate::emulator) fn projects(table: &Table, index: &VectorIndex, name: &str) -> bool {
    let Some(projected) = &index.projected else { return true };
    table.key.attribute(name).is_some()
        || index.search().any(|attribute| *attribute.name == *name)
        || projected.iter().any(|other| **other == *name)
}

/// The bytes by which a value of a search schema is found, alike for equal numbers.
fn bytes(value: &AttributeValue) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    key::encode(value, &mut bytes).then_some(bytes)
}

/// The bytes of the values that a search names: of the HASH, and of each filter.
pub(in crate::emulator) fn labels<'a>(
    index: &VectorIndex,
    named: impl Fn(&str) -> Option<&'a AttributeValue>,
) -> super::Wanted {
    let of = |name: &str| named(name).and_then(bytes);
    super::Wanted {
        hash: index.hash.as_ref().and_then(|hash| of(&hash.name)).unwrap_or_default(),
        filters: index.filters.iter().map(|filter| of(&filter.name)).collect(),
    }
}

/// The VectorWriteRequestBytes of a write that replaces one entry by another: those of the larger
/// one, and at least 1,024; none if it stays as it is (aws-facts 6.8, eu-west-2 2026-08).
pub(in crate::emulator) fn charge(before: Option<&Entry>, after: Option<&Entry>) -> Option<f64> {
    const LEAST: usize = 1024;
    if before == after {
        return None;
    }
    let largest = before.map(|entry| entry.size).max(after.map(|entry| entry.size))?;
    Some(largest.max(LEAST) as f64)
}
