//! What happens in the store when an index comes or goes.

use std::ops::Bound;

use super::{
    figures::Size,
    index,
    table::Table,
    write::{self, text},
};
use crate::{
    storage::{Direction, KeyRange, StoreError, Write, layout},
    value::size,
};

/// How many items or keys are looked at at once.
const AT_ONCE: usize = 1000;

/// Fills an index from the items there are, and tells how much it holds then.
pub(super) fn fill(store: &mut dyn Write, table: &Table, place: usize) -> Result<Size, StoreError> {
    let mut filled = Size::default();
    let Ok(number) = u8::try_from(place) else { return Ok(filled) };
    let prefix = layout::items(table.number);
    let after = layout::after(&prefix);
    let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut last = None;
    loop {
        let from = last.as_deref().map_or(Bound::Included(&prefix[..]), Bound::Excluded);
        let items = store.scan(KeyRange { from, to }, Direction::Forward, AT_ONCE)?;
        for pair in &items {
            let item = write::parse(&pair.value)?;
            let Some(entry) = index::entry(table, number, &item) else { continue };
            filled.replace(None, Some(size::item(&entry.item)));
            let whole = table.indexes.get(place).is_some_and(|index| index.projected.is_none());
            let text = if whole { pair.value.clone() } else { text(&entry.item) };
            store.put(&entry.place, text)?;
        }
        match items.last() {
            Some(pair) if items.len() == AT_ONCE => last = Some(pair.key.to_vec()),
            _ => return Ok(filled),
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
