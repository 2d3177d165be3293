//! Which keys are asked for most, and which are throttled, of tables and indexes whose contributor
//! insights are enabled.
//!
//! The service counts them in CloudWatch, whose reports are not part of DynamoDB's API; here
//! [`Emulator::insights`] tells them, and the control API by it. What is counted is the developer
//! guide's (CloudWatch Contributor Insights for DynamoDB: how it works), a minute at a time:
//!
//! - `ConsumedThroughputUnits` of keys that are read and written: read units, and three for each
//!   write unit.
//! - `ThrottleCount` of keys that requests name and that are refused. Writes that are refused for an
//!   index are not counted, as the guide says.
//!
//! Inferred: a page of a query or scan costs each of its items as much of the page as it has of
//! the page's bytes; what a local index takes is its table's, as capacity is.
//!
//! Counts are no state of a table: they are in memory, whatever the store, and forks begin with
//! those there were.

mod minute;
mod report;
mod touch;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use imbl::OrdMap;

pub use self::{
    minute::{EXACT_KEYS, LISTED_KEYS},
    report::{Contributor, InsightRule, InsightsMinute},
    touch::Touch,
};

use self::minute::Minute;
pub(super) use self::touch::page;
use super::{
    Emulator,
    capacity::{Charge, Side},
    table::{Insights, InsightsMode, InsightsStatus, Table},
    throttle::Throttled,
};
use crate::storage::layout::TableNumber;

/// How many minutes are kept of each rule: those in which anything was counted.
pub const KEPT_MINUTES: usize = 60;

/// Of how many tables and indexes counts are kept. The service has 100 rules a region; what is
/// more are those of tables that were deleted since.
const MOST_COUNTED: usize = 1_000;

const MINUTE_MS: u64 = 60_000;

/// What a write unit counts, of read units.
const WRITE_WEIGHT: u64 = 3;

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    counted: Mutex<OrdMap<Place, Arc<Counted>>>,
}

/// A table, or the slot of one of its indexes, and the suffix of its rules: a fresh enable begins
/// anew.
type Place = (TableNumber, Option<u8>, u64);

/// A kind of key, and what is counted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    sorted: bool,
    throttled: bool,
}

/// What was counted of one table or index.
#[derive(Clone, Debug, Default)]
struct Counted {
    minutes: BTreeMap<Kind, BTreeMap<u64, Minute>>,
    /// When that was last, in minutes since 1970.
    last: u64,
}

/// Whether keys of the table, or of one of its indexes, are counted.
pub(super) fn counts(table: &Table) -> bool {
    table.state.insights.iter().any(Insights::has_rules)
}

impl Counts {
    /// Others that begin with the same.
    pub(super) fn fork(&self) -> Self {
        Self { counted: self.lock().clone().into() }
    }

    // Every change is one call of a map, so what a poisoned lock guards is whole.
    fn lock(&self) -> MutexGuard<'_, OrdMap<Place, Arc<Counted>>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, place: Place, minute: u64, added: &[(Kind, &[u8], u64)]) {
        let mut all = self.lock();
        if !all.contains_key(&place) && all.len() >= MOST_COUNTED {
            let oldest = all.iter().min_by_key(|(_, one)| one.last).map(|(place, _)| *place);
            oldest.and_then(|place| all.remove(&place));
        }
        let counted = Arc::make_mut(all.entry(place).or_default());
        counted.last = minute;
        for (kind, key, amount) in added {
            counted.add(*kind, minute, key, *amount);
        }
    }
}

impl Counted {
    fn add(&mut self, kind: Kind, at: u64, key: &[u8], amount: u64) {
        let minutes = self.minutes.entry(kind).or_default();
        if !minutes.contains_key(&at) {
            minutes.values_mut().for_each(Minute::end);
        }
        minutes.entry(at).or_default().add(key, amount);
        if minutes.len() > KEPT_MINUTES {
            minutes.pop_first();
        }
    }
}

impl Kind {
    /// The kind that a rule's name tells.
    fn named(name: &str) -> Self {
        Self { sorted: name.starts_with("SK"), throttled: name.ends_with('T') }
    }
}

impl Emulator {
    /// Counts the keys that calls were about, which were done or refused. It looks at nothing but
    /// the calls where no insights are enabled.
    pub(super) fn note_keys<'a>(
        &self,
        side: Side,
        charges: impl Iterator<Item = (&'a Table, &'a Charge)>,
        refused: Option<&Throttled>,
    ) {
        for (table, charge) in charges.filter(|(_, charge)| !charge.touches.is_empty()) {
            let now = self.now();
            for insights in table.state.insights.iter().filter(|one| one.has_rules()) {
                let Some((at, place)) = insights.place(table, now) else { continue };
                let refuses = |one: &Throttled| one.table == table.number && one.index == at;
                let added: Vec<_> = match refused {
                    // Accessed is what was done.
                    None if insights.mode == InsightsMode::Throttled => continue,
                    None => {
                        let of = charge.touches.iter().filter(|touch| touch.index == at);
                        of.map(|touch| touch.accessed(side)).collect()
                    }
                    Some(one) if refuses(one) && (side == Side::Read || at.is_none()) => {
                        let of = charge.touches.iter().filter(|touch| touch.index == at);
                        of.filter(|touch| touch.named).map(Touch::refused).collect()
                    }
                    Some(_) => continue,
                };
                if !added.is_empty() {
                    self.insights.add(place, now / MINUTE_MS, &added);
                }
            }
        }
    }
}

impl Insights {
    /// Where its keys are counted, if they are: the index among the table's, and the place.
    fn place(&self, table: &Table, now: u64) -> Option<(Option<usize>, Place)> {
        if self.status(now) != InsightsStatus::Enabled {
            return None;
        }
        let index = match &self.index {
            None => None,
            Some(name) => Some(table.index(name)?),
        };
        let slot = index.map(|(_, index)| index.slot);
        Some((index.map(|(at, _)| at.into()), (table.number, slot, self.suffix)))
    }
}

#[cfg(test)]
mod tests;
