//! The rows of a vector index in the store: leaves of a tree whose inner nodes are the store's own.
//!
//! A block stands under the key of the row that was its first; what comes before the first block
//! goes into it. One that is full is halved, one that is empty goes.

use std::ops::Bound;

use super::{
    block::{self, Block, Row, RowRef},
    entry::{self, Entry},
};
use crate::{
    emulator::{backfill, figures::Size, table::Table, table::VectorIndex, write},
    storage::{Direction, KeyRange, Pair, StoreError, Write, layout},
};

/// Puts `after` where `before` is; `None` is no entry.
pub(in crate::emulator) fn replace(
    store: &mut dyn Write,
    table: &Table,
    index: &VectorIndex,
    before: Option<&Entry>,
    after: Option<&Entry>,
) -> Result<(), StoreError> {
    let rows = (before.map(|entry| &entry.row), after.map(|entry| &entry.row));
    let (old, new) = match rows {
        (before, after) if before == after => return Ok(()),
        // It is written over where it stands.
        (Some(before), Some(after)) if before.as_ref().key() == after.as_ref().key() => {
            (None, Some(after))
        }
        rows => rows,
    };
    let prefix = layout::entries(table.number, index.slot);
    if let Some(row) = old {
        remove(store, &prefix, index.dimensions, row.as_ref().key())?;
    }
    new.map_or(Ok(()), |row| put(store, &prefix, index.dimensions, row))
}

/// What a vector index holds that was filled, and what its table weighs since.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::emulator) struct Filled {
    pub(in crate::emulator) index: Size,
    pub(in crate::emulator) table: Size,
}

/// Fills a vector index, of which there is nothing yet, from the items there are.
pub(in crate::emulator) fn fill(
    store: &mut dyn Write,
    table: &Table,
    at: usize,
) -> Result<Filled, StoreError> {
    let mut filled = Filled::default();
    let Some(index) = table.vectors.get(at) else { return Ok(filled) };
    let mut rows = Vec::new();
    backfill::each_item(store, table.number, |_, place, item| {
        filled.table.replace(None, Some(write::billed(table, item)?));
        let item = item.item().map_err(write::broken)?;
        if let Some(entry) = entry::entry(table, index, place, item) {
            filled.index.replace(None, Some(entry.size));
            rows.push(entry.row);
        }
        Ok(())
    })?;
    rows.sort_unstable_by(|left, right| left.as_ref().key().cmp(right.as_ref().key()));
    let prefix = layout::entries(table.number, index.slot);
    // Three quarters full, as blocks are on average: the next write does not halve each.
    for rows in rows.chunks((block::capacity(index.dimensions) * 3 / 4).max(1)) {
        let rows: Vec<RowRef<'_>> = rows.iter().map(Row::as_ref).collect();
        let first = rows.first().map_or(&[][..], |row| row.key());
        store.put(&[&prefix, first].concat(), block::build(&rows))?;
    }
    Ok(filled)
}

/// What the items of a table weigh, which changes with its vector indexes (aws-facts 6.9).
pub(in crate::emulator) fn weigh(store: &mut dyn Write, table: &Table) -> Result<Size, StoreError> {
    let mut held = Size::default();
    backfill::each_item(store, table.number, |_, _, item| {
        held.replace(None, Some(write::billed(table, item)?));
        Ok(())
    })?;
    Ok(held)
}

/// The block in which a key stands, or would.
fn block_of(store: &dyn Write, prefix: &[u8], key: &[u8]) -> Result<Option<Pair>, StoreError> {
    let whole = [prefix, key].concat();
    let up_to = KeyRange { from: Bound::Included(prefix), to: Bound::Included(&whole) };
    if let Some(pair) = store.scan(up_to, Direction::Backward, 1)?.pop() {
        return Ok(Some(pair));
    }
    let after = layout::after(prefix);
    let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let from = KeyRange { from: Bound::Included(prefix), to };
    Ok(store.scan(from, Direction::Forward, 1)?.pop())
}

fn put(
    store: &mut dyn Write,
    prefix: &[u8],
    dimensions: usize,
    row: &Row,
) -> Result<(), StoreError> {
    let (row, whole) = (row.as_ref(), [prefix, row.as_ref().key()].concat());
    let Some(pair) = block_of(store, prefix, row.key())? else {
        return store.put(&whole, block::build(&[row]));
    };
    let mut rows: Vec<RowRef<'_>> = Block::read(&pair.value, dimensions)?.rows().collect();
    match rows.binary_search_by(|other| other.key().cmp(row.key())) {
        Ok(at) => rows[at] = row,
        Err(at) => rows.insert(at, row),
    }
    let mut name: &[u8] = &pair.key;
    if *whole < *name {
        store.delete(name)?;
        name = &whole;
    }
    if rows.len() <= block::capacity(dimensions) {
        return store.put(name, block::build(&rows));
    }
    let (left, right) = rows.split_at(rows.len() / 2);
    store.put(name, block::build(left))?;
    let second = right.first().map_or(&[][..], |row| row.key());
    store.put(&[prefix, second].concat(), block::build(right))
}

fn remove(
    store: &mut dyn Write,
    prefix: &[u8],
    dimensions: usize,
    key: &[u8],
) -> Result<(), StoreError> {
    let Some(pair) = block_of(store, prefix, key)? else { return Ok(()) };
    let mut rows: Vec<RowRef<'_>> = Block::read(&pair.value, dimensions)?.rows().collect();
    rows.retain(|row| row.key() != key);
    match rows.is_empty() {
        true => store.delete(&pair.key),
        false => store.put(&pair.key, block::build(&rows)),
    }
}
