//! What DescribeContinuousBackups and UpdateContinuousBackups have in common: a table that has
//! its own error when it is missing, and one answer (aws-tables-facts 19).

use std::sync::Arc;

use crate::{
    emulator::{
        Emulator, fault,
        table::{self, Recovery, Table, seconds},
    },
    storage::Read,
    wire::{Fault, json::Writer},
};

/// RecoveryPeriodInDays, unless it is said.
pub(super) const DEFAULT_DAYS: u64 = 35;

const DAY: u64 = 86_400_000;

/// How far behind the last restorable moment is.
const BEHIND: u64 = 300_000;

/// What there is to restore a table from, at a time.
pub(super) struct Output {
    pub(super) recovery: Option<Recovery>,
    pub(super) now: u64,
}

/// The table, or its absence in the words of the backup operations (aws-tables-facts 1.2).
pub(super) fn table(
    emulator: &Emulator,
    store: &dyn Read,
    name: &str,
) -> Result<Arc<Table>, Fault> {
    let name = super::table_name(name);
    emulator.catalog.table(store, name)?.ok_or_else(|| fault::no_backed_up_table(name))
}

impl Output {
    /// What there is now.
    pub(super) fn of(emulator: &Emulator, recovery: Option<Recovery>) -> Self {
        Self { recovery, now: table::millis(emulator.clock.now()) }
    }

    /// Writes the answer's members.
    pub(super) fn encode(&self, json: &mut Writer) {
        json.key("ContinuousBackupsDescription");
        json.object(|json| {
            json.key("ContinuousBackupsStatus");
            json.string("ENABLED");
            json.key("PointInTimeRecoveryDescription");
            json.object(|json| {
                if let Some(Recovery { since, days }) = self.recovery {
                    let earliest = since.max(self.now.saturating_sub(days * DAY));
                    let latest = since.max(self.now.saturating_sub(BEHIND));
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
