//! What happens to all items of a table, or all entries of an index, when one comes or goes.

use std::ops::Bound;

use super::{figures::Size, index, table::Table, write};
use crate::{
    storage::{
        Direction, KeyRange, StoreError, Write,
        layout::{self, TableNumber},
    },
    value::{Stored, encode, size},
};

/// How many items or keys are looked at at once.
const AT_ONCE: usize = 100;

/// Fills an index from the items there are, and tells how much it holds then.
pub(super) fn fill(store: &mut dyn Write, table: &Table, place: usize) -> Result<Size, StoreError> {
    let mut filled = Size::default();
    let Ok(number) = u8::try_from(place) else { return Ok(filled) };
    let whole = table.indexes.get(place).is_some_and(|index| index.projected.is_none());
    each_item(store, table.number, |store, _, item| {
        let entry = index::entry(table, number, item.item().map_err(write::broken)?);
        let Some(entry) = entry else { return Ok(()) };
        let size = size::item(&entry.item);
        filled.replace(None, Some(size));
        let text = if whole { item.text().clone() } else { encode::text(&entry.item) };
        store.put_sized(&entry.place, text, write::told(size))
    })?;
    Ok(filled)
}

/// Does something with each item of a table and its place; items may be written elsewhere
/// meanwhile.
pub(super) fn each_item(
    store: &mut dyn Write,
    table: TableNumber,
    mut act: impl FnMut(&mut dyn Write, &[u8], &Stored) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let prefix = layout::items(table);
    let after = layout::after(&prefix);
    let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut last = None;
    loop {
        let from = last.as_deref().map_or(Bound::Included(&prefix[..]), Bound::Excluded);
        let items = store.scan(KeyRange { from, to }, Direction::Forward, AT_ONCE)?;
        for pair in &items {
            act(store, &pair.key, &Stored::new(pair.value.clone()))?;
        }
        match items.last() {
            Some(pair) if items.len() == AT_ONCE => last = Some(pair.key.to_vec()),
            _ => return Ok(()),
        }
    }
}

/// Deletes all keys that begin with `prefix`.
pub(super) fn clear(store: &mut dyn Write, prefix: &[u8]) -> Result<(), StoreError> {
    let after = layout::after(prefix);
    let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    loop {
        let range = KeyRange { from: Bound::Included(prefix), to };
        let pairs = store.scan(range, Direction::Forward, AT_ONCE)?;
        for pair in &pairs {
            store.delete(&pair.key)?;
        }
        if pairs.len() < AT_ONCE {
            return Ok(());
        }
    }
}
