//! What DescribeContinuousBackups and UpdateContinuousBackups have in common: a table that has
//! its own error when it is missing, and one answer (aws-tables-facts 19).

use std::{sync::Arc, time::Duration};

use crate::{
    emulator::{
        Emulator,
        backup::Window,
        fault,
        table::{
            Job, Recovery, Table, Task,
            limits::{self, UNSEEN},
            seconds,
        },
    },
    storage::Read,
    wire::{Fault, json::Writer},
};

/// RecoveryPeriodInDays, unless it is said.
pub(super) const DEFAULT_DAYS: u64 = 35;

/// What there is to restore a table from, at a time.
pub(super) struct Output {
    enabled: bool,
    recovery: Option<(Recovery, Window)>,
}

/// The table, or its absence in the words of the backup operations (aws-tables-facts 1.2), which
/// see a new one later than others, and one that is deleted not as long (6.3, 19).
pub(super) fn table(
    emulator: &Emulator,
    store: &dyn Read,
    region: &str,
    name: &str,
    while_deleted: Duration,
) -> Result<Arc<Table>, Fault> {
    let name = super::table_name(name);
    let table = emulator.catalog.table(store, region, name)?.filter(|table| {
        let over = |pause, job: &Job| limits::is_over(pause, Some(job.since), emulator.now());
        // One that is made of another is not seen at all (aws-service-facts 5.3, 8.3).
        !table.is_arriving()
            && table.creation().is_none_or(|job| over(UNSEEN, job))
            && !table.deletion().is_some_and(|job| over(while_deleted, job))
    });
    table.ok_or_else(|| fault::no_backed_up_table(name))
}

/// Whether backups of a new table are being enabled.
pub(super) fn is_enabling(table: &Table) -> bool {
    table.job(|task| *task == Task::Backups).is_some()
}

impl Output {
    /// What there is now.
    pub(super) fn of(emulator: &Emulator, table: &Table) -> Self {
        let enabled = !is_enabling(table);
        let window = |recovery| (recovery, Window::of(recovery, emulator.now()));
        Self { enabled, recovery: table.state.recovery.map(window) }
    }

    /// Writes the answer's members.
    pub(super) fn encode(&self, json: &mut Writer) {
        json.key("ContinuousBackupsDescription");
        json.object(|json| {
            json.key("ContinuousBackupsStatus");
            json.string(if self.enabled { "ENABLED" } else { "DISABLED" });
            json.key("PointInTimeRecoveryDescription");
            json.object(|json| {
                if let Some((Recovery { days, .. }, Window { earliest, latest })) = self.recovery {
                    json.key("EarliestRestorableDateTime");
                    json.raw(seconds(earliest).as_bytes());
                    json.key("LatestRestorableDateTime");
                    json.raw(seconds(latest).as_bytes());
                    json.key("PointInTimeRecoveryStatus");
                    json.string("ENABLED");
                    json.key("RecoveryPeriodInDays");
                    json.number(days);
                } else {
                    json.key("PointInTimeRecoveryStatus");
                    json.string("DISABLED");
                }
            });
        });
    }
}
