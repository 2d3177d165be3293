//! What is left of tables whose deletion has ended: found by time, and removed by the next call
//! that makes, changes or deletes a table.

use std::ops::Bound;

use super::{backfill, table::Table};
use crate::storage::{Direction, KeyRange, StoreError, Write, layout};

/// How many tables are removed in one go.
const AT_ONCE: usize = 100;

/// Notes that a table's deletion ends at a time.
pub(super) fn order(store: &mut dyn Write, table: &Table, until: u64) -> Result<(), StoreError> {
    let number = table.number.to_be_bytes().to_vec();
    store.put(&layout::deletion(until, &table.name), number.into())
}

/// Removes the tables whose deletion has ended, with all they hold.
pub(super) fn bury(store: &mut dyn Write, now: u64) -> Result<(), StoreError> {
    let (first, next) = (layout::deletion(0, ""), layout::deletion(now.saturating_add(1), ""));
    loop {
        let range = KeyRange { from: Bound::Included(&first), to: Bound::Excluded(&next) };
        let ended = store.scan(range, Direction::Forward, AT_ONCE)?;
        for pair in &ended {
            store.delete(&pair.key)?;
            let name = String::from_utf8_lossy(pair.key.get(9..).unwrap_or_default());
            let Ok(number) = <[u8; 4]>::try_from(&*pair.value) else { continue };
            let number = u32::from_be_bytes(number);
            store.delete(&layout::table(&name))?;
            store.delete(&layout::figures(number))?;
            backfill::clear(store, &layout::items(number))?;
            backfill::clear(store, &layout::entries_of_all(number))?;
        }
        if ended.len() < AT_ONCE {
            return Ok(());
        }
    }
}
