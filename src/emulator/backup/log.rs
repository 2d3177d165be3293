//! Point-in-time recovery in a store that keeps no states: with the first write of an item in a
//! second, what it was before is noted. A state is what there is now, with all that was written
//! since undone.

use std::ops::Bound;

use bytes::Bytes;

use crate::{
    emulator::{
        backfill,
        figures::Size,
        table::{Recovery, Table},
        write::{self, Cause},
    },
    storage::{
        Direction, KeyRange, Pair, StoreError, Write,
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
        for Pair { key, value } in &notes {
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
