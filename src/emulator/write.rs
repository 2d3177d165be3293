//! Replacing one item by another: in the table, in its indexes, in the figures; and what it
//! costs.

use bytes::Bytes;

use super::{
    backup,
    capacity::{Charge, write_units},
    contributors, expiry,
    figures::{self, Part},
    group::{self, Replication},
    index::{self, Entry},
    key, kinesis, stream,
    table::Table,
    vector,
};
use crate::{
    storage::{Read, StoreError, Write, layout},
    value::{Item, Stored, encode, size},
};

/// The key of an item in the store.
pub(super) fn place(table: &Table, key: &Item) -> Vec<u8> {
    let mut place = Vec::with_capacity(64);
    place.extend_from_slice(&layout::items(table.number));
    // Keys are checked before they are looked for.
    let complete = key::place(&table.key, key, &mut place);
    debug_assert!(complete, "a key that was not checked");
    place
}

/// The item at a place.
pub(super) fn item_at(store: &dyn Read, place: &[u8]) -> Result<Option<Item>, StoreError> {
    let item = stored_at(store, place)?.map(Stored::into_item);
    item.transpose().map_err(broken)
}

/// The item at a place, of which nothing is read yet.
pub(super) fn stored_at(store: &dyn Read, place: &[u8]) -> Result<Option<Stored>, StoreError> {
    let found = store.get_sized(place)?;
    Ok(found.map(|(text, size)| Stored::sized(text, size.and_then(|size| size.try_into().ok()))))
}

/// An item as the store keeps it.
pub(super) fn parse(text: &Bytes) -> Result<Item, StoreError> {
    Stored::new(text.clone()).into_item().map_err(broken)
}

/// What is in an item, if there is one.
pub(super) fn read(item: Option<&Stored>) -> Result<Option<&Item>, StoreError> {
    item.map(|item| item.item().map_err(broken)).transpose()
}

/// The size that an item is billed by.
pub(super) fn billed(table: &Table, item: &Stored) -> Result<usize, StoreError> {
    if table.vectors.is_empty() {
        return item.size().map_err(broken);
    }
    Ok(vector::billed(table, item.item().map_err(broken)?))
}

/// As [`billed`], of the larger of two items.
pub(super) fn largest(table: &Table, items: [Option<&Stored>; 2]) -> Result<usize, StoreError> {
    let [old, new] = items.map(|item| item.map_or(Ok(0), |item| billed(table, item)));
    Ok(old?.max(new?))
}

/// What the store keeps is no item.
pub(super) fn broken(cause: impl std::fmt::Display) -> StoreError {
    StoreError { doing: "read an item", cause: Some(cause.to_string().into()) }
}

/// An item's size, for the store to remember.
pub(super) fn told(size: usize) -> Option<u32> {
    size.try_into().ok()
}

/// Why an item is replaced, and when: milliseconds since 1970. Streams tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Somebody asked for it.
    Request(u64),
    /// Its time to live is over.
    Expiry(u64),
    /// It was replaced in another region.
    Replication(u64),
    /// The last replacement, which was this one backwards, is to be as if it had not been.
    Undo,
}

/// Puts `new` where `old` is; `None` is no item. All writes of items come through here.
///
/// What `old` held is read only where an index, a stream or the like wants to know: nobody else may
/// write meanwhile.
pub(super) fn replace(
    store: &mut dyn Write,
    table: &Table,
    place: &[u8],
    old: Option<&Stored>,
    new: Option<&Stored>,
    cause: Cause,
) -> Result<Charge, StoreError> {
    let size = |item: Option<&Stored>| item.map(|item| billed(table, item)).transpose();
    let (old_size, new_size) = (size(old)?, size(new)?);
    let mut charge = Charge::of_table(write_units(old_size.max(new_size).unwrap_or(0)));
    if old.is_none() && new.is_none() {
        return Ok(charge);
    }
    backup::note(store, table, place, cause)?;
    match new {
        Some(new) => {
            // With vectors it is billed by another size than its own.
            let size = match new_size {
                Some(size) if table.vectors.is_empty() => size,
                _ => new.size().map_err(broken)?,
            };
            store.put_sized(place, new.text().clone(), told(size))?;
        }
        None => store.delete(place)?,
    }
    let counted = contributors::counts(table);
    let mut figures = figures::Changes::default();
    figures.replace(Part::Table, old_size, new_size);
    for (at, number) in (0..table.indexes.len()).zip(0u8..) {
        let entry = |item| index::entry(table, number, item);
        let (before, after) = (read(old)?.and_then(entry), read(new)?.and_then(entry));
        if before == after {
            continue;
        }
        let entry_size =
            |entry: &Option<Entry<'_>>| entry.as_ref().map(|one| size::item(&one.item));
        let sizes = (entry_size(&before), entry_size(&after));
        figures.replace(Part::Index(at), sizes.0, sizes.1);
        let moved = before.as_ref().map(|one| &one.place) != after.as_ref().map(|one| &one.place);
        let units = entry_units(sizes, moved);
        charge.indexes.push((at, units.iter().sum()));
        if counted {
            for (entry, units) in [&before, &after].into_iter().zip(units) {
                if let Some(entry) = entry.as_ref().filter(|_| units > 0.0) {
                    charge.about_entry(table, at, &entry.item, units);
                }
            }
        }
        if let (Some(before), true) = (&before, moved) {
            store.delete(&before.place)?;
        }
        if let Some(after) = &after {
            // An entry that holds the whole item shares its text.
            let text = match (&table.indexes[at].projected, new) {
                (None, Some(new)) => new.text().clone(),
                _ => encode::text(&after.item),
            };
            store.put_sized(&after.place, text, sizes.1.and_then(told))?;
        }
    }
    for (at, index) in table.vectors.iter().enumerate() {
        let entry = |item: &Item| vector::entry(table, index, place, item);
        let (before, after) = (read(old)?.and_then(entry), read(new)?.and_then(entry));
        let (before, after) = (before.as_ref(), after.as_ref());
        let Some(bytes) = vector::charge(before, after) else { continue };
        charge.vectors.push((at, bytes));
        let sizes = [before, after].map(|one| one.map(|one| one.size));
        figures.replace(Part::Vector(at), sizes[0], sizes[1]);
        vector::replace(store, table, index, before, after)?;
    }
    figures.put(table, store)?;
    expiry::note(store, table, place, old, new)?;
    let there = Replication { table, place, old, new, cause };
    // Records are taken back in the opposite order of their making.
    if cause == Cause::Undo {
        group::note(store, there)?;
    }
    kinesis::note(store, table, (old, new), cause)?;
    stream::note(store, table, place, (old, new), cause)?;
    if cause != Cause::Undo {
        group::note(store, there)?;
    }
    Ok(charge)
}

/// The table of aws-facts 6.3, for entries that differ: for the one before and the one after.
fn entry_units((before, after): (Option<usize>, Option<usize>), moved: bool) -> [f64; 2] {
    match (before.map(write_units), after.map(write_units)) {
        (Some(before), Some(after)) if !moved => [0.0, before.max(after)],
        (before, after) => [before, after].map(Option::unwrap_or_default),
    }
}
