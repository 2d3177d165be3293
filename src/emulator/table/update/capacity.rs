//! Changes of what a table can take: billing mode, provisioned capacity, ceilings, warmth
//! (aws-tables-facts 8 to 10; aws-facts 8.5).

use super::{
    IndexChange, Result, UpdateError, UpdateParameterError, apply::Work, error::LimitError,
};
use crate::emulator::table::{
    BillingMode, CapacityChanges, OnDemandThroughput, Step, Task, Throughput, WarmThroughput,
    limits::{self, DECREASE_PAUSE, DECREASES_A_DAY, TABLE_UNITS},
};

const DAY: u64 = 86_400_000;

/// What a setting is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'a> {
    /// The index; `None` is the table.
    pub(super) index: Option<&'a str>,
    pub(super) region: &'a str,
}

impl Of<'_> {
    /// Merges ceilings member by member; -1, which takes one away, is shown for a while
    /// (aws-tables-facts 9).
    pub(super) fn ceilings(
        self,
        current: Option<OnDemandThroughput>,
        sent: OnDemandThroughput,
        on_demand: bool,
    ) -> Result<OnDemandThroughput> {
        let sides = [
            ("MaxReadRequestUnits", sent.read, "TableMaxReadCapacityUnits"),
            ("MaxWriteRequestUnits", sent.write, "TableMaxWriteCapacityUnits"),
        ];
        // The blank before the colon is the service's.
        let of = self.index.map_or_else(|| "table".into(), |index| format!("index : {index}"));
        let sent_first = sides.iter().find(|(_, value, _)| value.is_some());
        if let (Some((unit, ..)), false) = (sent_first, on_demand) {
            let of = self.index.map_or_else(String::new, |_| format!(" for {of}"));
            return Err(UpdateParameterError::OnDemandProvisioned { unit, of }.into());
        }
        for (unit, value, maximum) in sides {
            let Some(value) = value else { continue };
            if value < 1 && value != -1 {
                return Err(UpdateParameterError::OnDemandRange { unit, of }.into());
            }
            self.check_maximum(value, unit, "OnDemandThroughput", of.clone(), maximum)?;
        }
        let current = current.unwrap_or_default();
        Ok(OnDemandThroughput {
            read: sent.read.or(current.read),
            write: sent.write.or(current.write),
        })
    }

    /// Raises what is warm; it cannot be lowered (aws-tables-facts 10).
    pub(super) fn warmth(
        self,
        current: Throughput,
        sent: WarmThroughput,
    ) -> Result<WarmThroughput> {
        let of = self.index.map_or_else(|| "table".into(), |index| format!("index {index}"));
        for (unit, value, current, maximum) in [
            ("ReadUnitsPerSecond", sent.read, current.read, "TableMaxReadCapacityUnits"),
            ("WriteUnitsPerSecond", sent.write, current.write, "TableMaxWriteCapacityUnits"),
        ] {
            let Some(value) = value else { continue };
            if value < current {
                return Err(UpdateParameterError::Cooler { unit, of }.into());
            }
            self.check_maximum(value, unit, "WarmThroughput", of.clone(), maximum)?;
        }
        Ok(WarmThroughput {
            read: Some(sent.read.unwrap_or(current.read)),
            write: Some(sent.write.unwrap_or(current.write)),
        })
    }

    fn check_maximum(
        self,
        value: i64,
        unit: &'static str,
        setting: &'static str,
        of: String,
        maximum: &'static str,
    ) -> Result<()> {
        if value <= TABLE_UNITS {
            return Ok(());
        }
        let region = self.region.into();
        Err(LimitError::Units { unit, setting, of, maximum, region }.into())
    }
}

/// Counts a change of provisioned capacity. To raise one side and lower the other is a decrease
/// (aws-tables-facts 8.1, 8.3).
pub(super) fn count(
    changes: CapacityChanges,
    old: Option<Throughput>,
    new: Throughput,
    now: u64,
) -> Result<CapacityChanges> {
    let old = old.unwrap_or(Throughput { read: 0, write: 0 });
    let mut changes = changes;
    if new.read < old.read || new.write < old.write {
        let today = changes.decreases_today(now);
        let last = changes.decreased.unwrap_or_default();
        if today >= DECREASES_A_DAY && !limits::is_over(DECREASE_PAUSE, changes.decreased, now) {
            let midnight = (now / DAY + 1) * DAY;
            let next = midnight.min(last + limits::millis(DECREASE_PAUSE));
            return Err(LimitError::Decreases { today, last, next }.into());
        }
        (changes.decreased, changes.decreases) = (Some(now), today + 1);
    }
    if new.read > old.read || new.write > old.write {
        changes.increased = Some(now);
    }
    Ok(changes)
}

/// What the answer shows of a change: the new dates and the old count (aws-tables-facts 1.9).
pub(super) fn while_changing(
    old: CapacityChanges,
    new: CapacityChanges,
    now: u64,
) -> CapacityChanges {
    CapacityChanges { decreases: old.decreases_today(now), ..new }
}

/// What is warm after a change of capacity: the most there ever was, of which billing by request
/// begins with some (aws-tables-facts 10).
pub(in crate::emulator::table) fn warmer(
    warm: Option<WarmThroughput>,
    old: Option<Throughput>,
    new: Option<Throughput>,
) -> WarmThroughput {
    let (old, new) = (WarmThroughput::effective(warm, old), WarmThroughput::effective(None, new));
    WarmThroughput { read: Some(old.read.max(new.read)), write: Some(old.write.max(new.write)) }
}

impl Work<'_> {
    /// Billing mode and capacity (aws-tables-facts 8.2, 8.4).
    pub(super) fn billing(&mut self) -> Result<()> {
        use UpdateParameterError as E;
        let (before, after) = (self.table.definition.is_on_demand(), self.on_demand_after());
        match (before, after, self.change.throughput) {
            (_, false, None) if self.change.billing.is_some() => Err(E::NoCapacity.into()),
            (true, true, Some(_)) => Err(E::UnitsOnDemand.into()),
            (true, false, Some(units)) => self.provision(units),
            (false, true, _) => {
                self.bill_by_request();
                Ok(())
            }
            (false, false, Some(units)) => self.resize(units),
            (true, true, None) => {
                // To ask for what is answers as a change does (aws-tables-facts 1.9).
                if self.change.billing.is_some() {
                    self.status = Some("UPDATING");
                }
                Ok(())
            }
            (_, _, None) => Ok(()),
        }
    }

    fn resize(&mut self, units: Throughput) -> Result<()> {
        let current = self.table.definition.throughput;
        if current == Some(units) {
            return Err(UpdateError::SameCapacity(units));
        }
        let (old, now) = (self.table.state.capacity, self.when.now);
        let changed = count(old, current, units, now)?;
        self.state.capacity = while_changing(old, changed, now);
        self.start(Step::Capacity, Task::Capacity(units, changed.decreases));
        Ok(())
    }

    /// Every index needs its capacity in the same request.
    fn provision(&mut self, units: Throughput) -> Result<()> {
        let mut changed = Vec::new();
        for index in self.definition.global.iter_mut().flatten() {
            let update = self.change.indexes.iter().find_map(|change| match change {
                IndexChange::Update(update) if update.name == index.name => update.throughput,
                _ => None,
            });
            let Some(units) = update else {
                return Err(UpdateParameterError::NoIndexCapacity(index.name.clone()).into());
            };
            index.warm = Some(warmer(index.warm, None, Some(units)));
            (index.throughput, index.on_demand) = (Some(units), None);
            changed.push(index.name.clone());
        }
        for name in changed {
            self.start(Step::UpdateIndex, Task::UpdateIndex(name, None));
        }
        let definition = &mut self.definition;
        definition.warm = Some(warmer(definition.warm, None, Some(units)));
        definition.billing = Some(BillingMode::Provisioned);
        (definition.throughput, definition.on_demand) = (Some(units), None);
        // Only a table that was switched to billing by request had provisioned capacity before.
        let again = self.state.on_demand_since.is_some_and(|since| since > self.table.created);
        let step = if again { Step::ProvisionAgain } else { Step::Provision };
        self.start(step, Task::Bill { by_request: false });
        Ok(())
    }

    /// That the decrease to nothing counts for indexes and not for the table is the service's
    /// (aws-tables-facts 8.3). While a switch to provisioned capacity is under way, one back is
    /// answered and forgotten (8.4).
    fn bill_by_request(&mut self) {
        let mut definition = self.definition.clone();
        definition.billing = Some(BillingMode::PayPerRequest);
        definition.throughput = None;
        if self.table.job(|task| matches!(task, Task::Bill { .. })).is_some() {
            self.echo = Some(definition);
            return;
        }
        let (state, now) = (&mut self.state, self.when.now);
        let local = definition.local.as_ref().map_or(0, Vec::len);
        for (index, place) in definition.global.iter_mut().flatten().zip(local..) {
            if let Some(state) = state.indexes.get_mut(place) {
                state.capacity.decreases = state.capacity.decreases_today(now) + 1;
                state.capacity.decreased = Some(now);
            }
            index.warm = Some(warmer(index.warm, index.throughput, None));
            index.throughput = None;
        }
        state.capacity.decreases = state.capacity.decreases_today(now);
        state.capacity.decreased = Some(now);
        definition.warm = Some(warmer(definition.warm, self.definition.throughput, None));
        self.definition = definition;
        let again = self.state.on_demand_since.is_some();
        let step = if again { Step::BillByRequestAgain } else { Step::BillByRequest };
        self.start(step, Task::Bill { by_request: true });
    }

    /// OnDemandThroughput of the table.
    pub(super) fn on_demand(&mut self) -> Result<()> {
        let Some(sent) = self.change.on_demand else { return Ok(()) };
        let of = Of { index: None, region: self.when.region };
        let ceilings = of.ceilings(self.definition.on_demand, sent, self.on_demand_after())?;
        self.definition.on_demand = Some(ceilings);
        if ceilings.takes_away() {
            self.start(Step::Ceiling, Task::Ceiling(None));
        }
        Ok(())
    }

    /// WarmThroughput of the table.
    pub(super) fn warm(&mut self) -> Result<()> {
        let Some(sent) = self.change.warm else { return Ok(()) };
        self.heat(None, (self.definition.warm, self.definition.throughput), sent)
    }

    /// Warms the table or an index. What is asked while that is under way comes in its place, at
    /// its time (aws-tables-facts 10).
    pub(super) fn heat(
        &mut self,
        index: Option<Box<str>>,
        (before, provisioned): (Option<WarmThroughput>, Option<Throughput>),
        sent: WarmThroughput,
    ) -> Result<()> {
        let current = WarmThroughput::effective(before, provisioned);
        let of = Of { index: index.as_deref(), region: self.when.region };
        let units = of.warmth(current, sent)?;
        let current = WarmThroughput { read: Some(current.read), write: Some(current.write) };
        for job in &mut self.state.jobs {
            if let Task::Warm(of, warm) = &mut job.task
                && *of == index
            {
                *warm = units;
                return Ok(());
            }
        }
        // What is warm already, and one kind alone, take no longer than later changes.
        let raised = units != current && sent.read.is_some() && sent.write.is_some();
        let first = before.is_none() && raised;
        let step = if first { Step::Warm } else { Step::WarmAgain };
        self.start(step, Task::Warm(index, units));
        Ok(())
    }
}
