//! Point-in-time recovery: how long states are kept, from when to when a table can be restored,
//! and the backup that is made of one that is deleted.

use super::{Backup, Held, View, log};
use crate::{
    emulator::{
        Emulator,
        listing::Listed,
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
        let Recovery { since, days, .. } = recovery;
        Self {
            earliest: since.max(now.saturating_sub(days * DAY)),
            latest: since.max(now.saturating_sub(BEHIND)),
        }
    }

    /// Whether a time, which has seconds, is in it.
    pub(in crate::emulator) fn has(self, at: u64) -> bool {
        at / 1000 >= self.earliest / 1000 && at <= self.latest
    }

    /// The moment whose state a time in the window stands for: the beginning of its second, for
    /// that is how finely states are kept, but not before recovery was enabled.
    fn moment(self, at: u64) -> u64 {
        (at / 1000 * 1000).max(self.earliest)
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
}

/// A state in which a table holds what it held at a time in its window, or holds now.
pub(in crate::emulator) fn view_at(
    emulator: &Emulator,
    store: &dyn Read,
    (table, recovery): (&Table, Recovery),
    window: Window,
    at: Option<u64>,
) -> Result<View, StoreError> {
    let moment = at.map(|at| window.moment(at));
    if recovery.logged {
        return log::rebuilt(store, table, moment.map(|moment| moment / 1000));
    }
    // What has not changed since is what is committed now.
    let seen = moment.and_then(|moment| emulator.history.seen(moment.saturating_sub(1)));
    let view = seen.or_else(|| emulator.store.keep());
    view.ok_or(StoreError { doing: "find a state of the store", cause: None })
}

/// What a table held at a time in its window.
pub(in crate::emulator) fn held_at(
    emulator: &Emulator,
    recovery: Recovery,
    window: Window,
    at: u64,
) -> Result<Held, StoreError> {
    let moment = window.moment(at);
    if recovery.logged {
        return Ok(Held::Since(moment / 1000));
    }
    // What has not changed since is what is committed now.
    let view = emulator.history.seen(moment.saturating_sub(1)).or_else(|| emulator.store.keep());
    let view = view.ok_or(StoreError { doing: "find a state of the store", cause: None })?;
    Ok(Held::View(view))
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
        let recovery = table.state.recovery.filter(|one| !one.logged);
        days = recovery.map_or(days, |recovery| days.max(recovery.days));
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
