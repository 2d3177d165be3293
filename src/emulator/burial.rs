//! What is left of tables whose deletion has ended: found by time, and removed by the next call
//! that makes, changes or deletes a table.

use std::ops::Bound;

use bytes::Bytes;

use super::{
    Emulator, backfill, backup, expiry,
    table::{Catalog, Table},
};
use crate::storage::{
    Direction, KeyRange, Pair, Read, StoreError, Write,
    layout::{self, TableNumber},
};

/// How many tables are removed in one go.
const AT_ONCE: usize = 100;

/// Notes that a table's deletion ends at a time.
pub(super) fn order(store: &mut dyn Write, table: &Table, until: u64) -> Result<(), StoreError> {
    let number = Bytes::copy_from_slice(&table.number.to_be_bytes());
    store.put(&layout::deletion(until, table.region(), &table.name), number)
}

/// Removes the tables whose deletion has ended, as [`bury`] does, for who does not write.
pub(super) fn settle(emulator: &Emulator) -> Result<(), StoreError> {
    if ended(&*emulator.store.read()?, emulator.now(), 1)?.is_empty() {
        return Ok(());
    }
    let mut store = emulator.store.write()?;
    bury(emulator, &mut *store, emulator.now())?;
    store.commit()
}

fn ended(store: &dyn Read, now: u64, count: usize) -> Result<Vec<Pair>, StoreError> {
    let (first, next) =
        (layout::deletion(0, "", ""), layout::deletion(now.saturating_add(1), "", ""));
    let range = KeyRange { from: Bound::Included(&first), to: Bound::Excluded(&next) };
    store.scan(range, Direction::Forward, count)
}

/// Removes the tables whose deletion has ended, with all they hold. Of one whose recovery is on
/// there is a backup from now on.
pub(super) fn bury(emulator: &Emulator, store: &mut dyn Write, now: u64) -> Result<(), StoreError> {
    loop {
        let ended = ended(store.as_read(), now, AT_ONCE)?;
        for pair in &ended {
            store.delete(&pair.key)?;
            let place = pair.key.get(9..).unwrap_or_default();
            let key = [&[layout::CATALOG], place].concat();
            let Some(number) = pair.value.as_ref().try_into().ok().map(TableNumber::from_be_bytes)
            else {
                continue;
            };
            // The name may be another table's by now; what the number names is this one's.
            if let Some(table) = Catalog::last(store.as_read(), &key)?
                && table.number == number
            {
                backup::of_deleted(emulator, store, &table, now)?;
                expiry::forget_all(store, &table)?;
                store.delete(&key)?;
                if table.state.recovery.is_some() {
                    backup::follow(emulator, store.as_read(), false)?;
                }
            }
            store.delete(&layout::figures(number))?;
            backfill::clear(store, &layout::items(number))?;
            backfill::clear(store, &layout::entries_of_all(number))?;
            backfill::clear(store, &layout::past(number))?;
        }
        if ended.len() < AT_ONCE {
            return Ok(());
        }
    }
}
