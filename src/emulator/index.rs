//! What an index holds of an item, and where.

use std::borrow::Cow;

use super::{
    key,
    table::{Index, Schema, Table},
};
use crate::{storage::layout, value::Item};

/// An item's entry in an index.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry<'a> {
    /// The key in the store.
    pub(super) place: Vec<u8>,
    /// The attributes the index has.
    pub(super) item: Cow<'a, Item>,
}

/// The entry of `item`; `None` if it lacks an attribute of the index key, for an index is sparse
/// (aws-facts 3.4).
pub(super) fn entry<'a>(table: &Table, number: u8, item: &'a Item) -> Option<Entry<'a>> {
    let index = table.indexes.get(usize::from(number))?;
    let mut place = layout::entries(table.number, index.slot).to_vec();
    if !key::place(&index.key, item, &mut place) || !key::plain(&table.key, item, &mut place) {
        return None;
    }
    Some(Entry { place, item: project(table, index, item) })
}

/// The attributes of `item` that the index has.
pub(super) fn project<'a>(table: &Table, index: &Index, item: &'a Item) -> Cow<'a, Item> {
    if index.projected.is_none() {
        return Cow::Borrowed(item);
    }
    let kept = item.iter().filter(|(name, _)| has(table, index, name));
    Cow::Owned(kept.map(|(name, value)| (name, value.clone())).collect())
}

/// Whether the index has the attribute.
pub(super) fn has(table: &Table, index: &Index, name: &str) -> bool {
    let in_key = |schema: &Schema| schema.attribute(name).is_some();
    let Some(projected) = &index.projected else { return true };
    in_key(&index.key) || in_key(&table.key) || projected.iter().any(|other| &**other == name)
}
