//! Point-in-time recovery: how long states are kept, from when to when a table can be restored,
//! and the backup that is made of one that is deleted.

use super::{Backup, View};
use crate::{
    emulator::{
        Emulator,
        table::{Recovery, Table},
    },
    storage::{Read, StoreError, Write},
};

const DAY: u64 = 86_400_000;

/// How far behind the last restorable moment is (aws-service-facts 4.3).
const BEHIND: u64 = 300_000;

/// From when to when a table can be restored, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emulator) struct Window {
    /// EarliestRestorableDateTime
    pub(in crate::emulator) earliest: u64,
    /// LatestRestorableDateTime
    pub(in crate::emulator) latest: u64,
}

impl Window {
    /// The one there is now.
    pub(in crate::emulator) fn of(recovery: Recovery, now: u64) -> Self {
        let Recovery { since, days } = recovery;
        Self {
            earliest: since.max(now.saturating_sub(days * DAY)),
            latest: since.max(now.saturating_sub(BEHIND)),
        }
    }

    /// Whether a time, which has seconds, is in it.
    pub(in crate::emulator) fn has(self, at: u64) -> bool {
        at / 1000 >= self.earliest / 1000 && at <= self.latest
    }

    /// What there was at a time in the window: at the beginning of its second, for that is how
    /// finely states are kept, but not before recovery was enabled. `None`: what there is now.
    pub(in crate::emulator) fn view(self, emulator: &Emulator, at: u64) -> Option<View> {
        emulator.history.seen(self.moment(at).saturating_sub(1))
    }

    /// What there was before the first write of each second that had one, from a time up to another
    /// and without it; and when that was.
    pub(in crate::emulator) fn steps(
        self,
        emulator: &Emulator,
        from: u64,
        to: u64,
    ) -> Vec<(u64, View)> {
        emulator.history.steps(self.moment(from), self.moment(to))
    }

    fn moment(self, at: u64) -> u64 {
        (at / 1000 * 1000).max(self.earliest)
    }
}

/// A state, or what there is now where nothing has changed since.
pub(in crate::emulator) fn view_or_now(
    emulator: &Emulator,
    view: Option<View>,
) -> Result<View, StoreError> {
    let unkept = || StoreError { doing: "keep a state of the store", cause: None };
    view.or_else(|| emulator.store.keep()).ok_or_else(unkept)
}

/// Keeps states for as long as the tables of a store want them; of none if no table does.
/// `begins`: recovery of a table begins here.
pub(in crate::emulator) fn follow(
    emulator: &Emulator,
    store: &dyn Read,
    begins: bool,
) -> Result<(), StoreError> {
    let mut days = 0;
    for table in emulator.catalog.all(store)? {
        days = table.state.recovery.map_or(days, |recovery| days.max(recovery.days));
    }
    // A second longer: the states asked for are those at the beginning of one.
    emulator.history.keep_for(if days == 0 { 0 } else { days * DAY + 1000 });
    if let (true, Some(view)) = (begins, emulator.store.keep()) {
        emulator.history.mark(view);
    }
    Ok(())
}

/// Makes a backup of a table that is deleted while its recovery is on (aws-service-facts 3.7). That
/// its time is that of the deletion is inferred.
pub(in crate::emulator) fn of_deleted(
    emulator: &Emulator,
    store: &mut dyn Write,
    table: &Table,
    now: u64,
) -> Result<(), StoreError> {
    if table.state.recovery.is_none() {
        return Ok(());
    }
    let since = table.deletion().map_or(now, |job| job.since);
    let name = format!("{}$DeletedTableBackup", table.name);
    Backup::make(emulator, store, table, &name, true, since)?;
    // What expired goes when others come.
    let mut expired = Vec::new();
    Backup::each(store.as_read(), None, |backup| {
        if !backup.is_there(now) {
            expired.push(backup);
        }
        false
    })?;
    expired.iter().try_for_each(|backup| backup.remove(emulator, store))
}
