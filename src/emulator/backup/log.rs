//! Point-in-time recovery in a store that keeps no states: with the first write of an item in a
//! second, what it was before is noted. A state is what there is now, with all that was written
//! since undone.

use std::{collections::HashMap, ops::Bound};

use bytes::Bytes;

use super::View;
use crate::{
    emulator::{
        backfill,
        figures::{Figures, Size},
        table::{Recovery, Table},
        write::{self, Cause},
    },
    storage::{
        Direction, KeyRange, MemoryStore, Pair, Read, Store as _, StoreError, Write,
        layout::{self, TableNumber},
    },
    value::Stored,
};

const DAY_SECONDS: u64 = 86_400;

/// How many notes are looked at at once.
const AT_ONCE: usize = 100;

/// How many notes that are too old go with a write: more than one comes with it.
const TRIMMED: usize = 4;

/// Notes what the item at a place is, which is about to be written; and forgets some notes that
/// nobody can ask for any more.
pub(in crate::emulator) fn note(
    store: &mut dyn Write,
    table: &Table,
    place: &[u8],
    cause: Cause,
) -> Result<(), StoreError> {
    let Some(recovery) = table.state.recovery.filter(|recovery| recovery.logged) else {
        return Ok(());
    };
    let now = match cause {
        Cause::Request(now) | Cause::Expiry(now) | Cause::Replication(now) => now / 1000,
        // The note made with the write that is undone says what will be there again.
        Cause::Undo => return Ok(()),
    };
    let place_in_table = place.get(layout::items(table.number).len()..).unwrap_or_default();
    let key = layout::past_of(table.number, now, place_in_table);
    if store.get(&key)?.is_some() {
        return Ok(());
    }
    let old = store.get(place)?.unwrap_or_default();
    store.put(&key, old)?;
    // A second longer: what is asked for is the beginning of one.
    let earliest = now.saturating_sub(recovery.days * DAY_SECONDS + 1);
    let (from, to) = (layout::past(table.number), layout::past_of(table.number, earliest, b""));
    let old = KeyRange { from: Bound::Included(&from), to: Bound::Excluded(&to) };
    for pair in store.scan(old, Direction::Forward, TRIMMED)? {
        store.delete(&pair.key)?;
    }
    Ok(())
}

/// Forgets what a table was: its recovery has ended.
pub(in crate::emulator) fn forget(
    store: &mut dyn Write,
    table: &Table,
    ended: Recovery,
) -> Result<(), StoreError> {
    match ended.logged {
        true => backfill::clear(store, &layout::past(table.number)),
        false => Ok(()),
    }
}

/// What a table held before this second, or holds now, copied into memory: an export reads it
/// outside of transactions, and such a store keeps no state to read.
pub(super) fn rebuilt(
    store: &dyn Read,
    table: &Table,
    second: Option<u64>,
) -> Result<View, StoreError> {
    let memory = MemoryStore::new();
    let mut copy = memory.write()?;
    for prefix in [layout::items(table.number), layout::past(table.number)] {
        each(store, &prefix, &layout::after(&prefix).unwrap_or_default(), |pair| {
            copy.put_sized(&pair.key, pair.value.clone(), pair.size)
        })?;
    }
    let mut figures = Figures::of(table, store)?;
    if let Some(second) = second {
        let number = table.number;
        figures.table = undo(&mut *copy, number, number, second, figures.table)?;
    }
    figures.put(table, &mut *copy)?;
    copy.commit()?;
    memory.keep().ok_or(StoreError { doing: "keep a copy of a table", cause: None })
}

/// When each place of a table was written last, of the seconds from one up to another and without
/// it; in milliseconds since 1970.
pub(in crate::emulator) fn written(
    store: &dyn Read,
    table: &Table,
    (from, to): (u64, u64),
) -> Result<HashMap<Vec<u8>, u64>, StoreError> {
    let [first, end] = [from, to].map(|second| layout::past_of(table.number, second, b""));
    let (time_at, place_at) = (layout::past(table.number).len(), first.len());
    let mut written = HashMap::new();
    each(store, &first, &end, |pair| {
        let time = pair.key.get(time_at..place_at).unwrap_or_default();
        let second = time.iter().fold(0u64, |second, byte| second << 8 | u64::from(*byte));
        let place = pair.key.get(place_at..).unwrap_or_default();
        written.insert(place.to_vec(), second.saturating_mul(1000));
        Ok(())
    })?;
    Ok(written)
}

/// Does something with each pair from a key up to another and without it.
fn each(
    store: &dyn Read,
    from: &[u8],
    to: &[u8],
    mut visit: impl FnMut(&Pair) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut last: Option<Vec<u8>> = None;
    loop {
        let begin = last.as_deref().map_or(Bound::Included(from), Bound::Excluded);
        let range = KeyRange { from: begin, to: Bound::Excluded(to) };
        let pairs = store.scan(range, Direction::Forward, AT_ONCE)?;
        pairs.iter().try_for_each(&mut visit)?;
        match pairs.last() {
            Some(pair) if pairs.len() == AT_ONCE => last = Some(pair.key.to_vec()),
            _ => return Ok(()),
        }
    }
}

/// Makes of a copy of a table what the table was before this second; `size` is what the copy holds.
pub(super) fn undo(
    store: &mut dyn Write,
    of: TableNumber,
    copy: TableNumber,
    second: u64,
    mut size: Size,
) -> Result<Size, StoreError> {
    let from = layout::past_of(of, second, b"");
    let place_at = from.len();
    let mut to = layout::after(&layout::past(of)).unwrap_or_default();
    // The latest first: of several notes of an item, the earliest is what it was.
    loop {
        let range = KeyRange { from: Bound::Included(&from), to: Bound::Excluded(&to) };
        let notes = store.scan(range, Direction::Backward, AT_ONCE)?;
        for Pair { key, value, .. } in &notes {
            let place = key.get(place_at..).unwrap_or_default();
            let place = [&layout::items(copy), place].concat();
            let there = length(store.get(&place)?.unwrap_or_default())?;
            size.replace(there, length(value.clone())?);
            match value.is_empty() {
                true => store.delete(&place)?,
                false => store.put(&place, value.clone())?,
            }
        }
        match notes.last() {
            Some(pair) if notes.len() == AT_ONCE => to = pair.key.to_vec(),
            _ => return Ok(size),
        }
    }
}

/// The size of an item, if the text is one's.
fn length(text: Bytes) -> Result<Option<usize>, StoreError> {
    match text.is_empty() {
        true => Ok(None),
        false => Stored::new(text).size().map(Some).map_err(write::broken),
    }
}
