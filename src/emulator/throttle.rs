//! What a table and each of its global indexes can still take, and the refusal of what is more.
//!
//! Each has a bucket for reads and one for writes. Capacity flows in by the clock, and what is not
//! used is kept for 300 seconds, as the service does (the developer guide on burst capacity). A
//! ceiling of a table billed by request keeps nothing: its bucket holds one second's worth
//! (inferred). A request is served as long as anything is left, for what it costs is known only
//! when it is done; the debt is paid first (inferred).

use std::sync::{Mutex, PoisonError};

use imbl::OrdMap;

use super::{
    Emulator,
    capacity::{Charge, Side},
    meter,
    table::{OnDemandThroughput, Table, Throughput},
};
use crate::{
    storage::layout::TableNumber,
    wire::{Fault, json::Writer},
};

/// For how many seconds capacity that is not used is kept.
const BURST: f64 = 300.0;

/// What is left of everything.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    buckets: Mutex<OrdMap<Place, Bucket>>,
}

/// A table, or the slot of one of its indexes, and what is done to it.
type Place = (TableNumber, Option<u8>, bool);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    units: f64,
    /// When that was, in milliseconds since 1970.
    at: u64,
}

/// How much flows in a second, how much is kept, and whether that is a ceiling.
#[derive(Clone, Copy, Debug)]
struct Rate {
    units: f64,
    kept: f64,
    ceiling: bool,
}

impl Throttle {
    /// Another one of which as much is left.
    pub(super) fn fork(&self) -> Self {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { buckets: buckets.into() }
    }
}

impl Emulator {
    /// Takes what calls cost from the tables they are to, all of it or nothing; and counts the keys
    /// that they are about.
    pub(super) fn spend<'a>(
        &self,
        side: Side,
        charges: impl Iterator<Item = (&'a Table, &'a Charge)> + Clone,
    ) -> Result<(), Throttled> {
        let taken = self.take(side, charges.clone());
        self.note_keys(side, charges.clone(), taken.as_ref().err());
        if taken.is_ok() {
            meter::note(side, charges);
        }
        taken
    }

    fn take<'a>(
        &self,
        side: Side,
        charges: impl Iterator<Item = (&'a Table, &'a Charge)>,
    ) -> Result<(), Throttled> {
        let Some(throttle) = &self.throttle else { return Ok(()) };
        let now = self.now();
        let mut buckets = throttle.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        for (table, charge) in charges {
            for (index, units) in parts(table, charge) {
                let Some(rate) = rate(table, index, side) else { continue };
                let slot = index.and_then(|at| table.indexes.get(at)).map(|index| index.slot);
                let place = (table.number, slot, side == Side::Read);
                let bucket = buckets.entry(place).or_insert(Bucket { units: rate.kept, at: now });
                let passed = now.saturating_sub(bucket.at) as f64 / 1000.0;
                bucket.units = (bucket.units + passed * rate.units).min(rate.kept);
                bucket.at = now;
                if bucket.units <= 0.0 {
                    return Err(Throttled::of(table, index, side, rate.ceiling));
                }
                taken.push((place, units));
            }
        }
        for (place, units) in taken {
            if let Some(bucket) = buckets.get_mut(&place) {
                bucket.units -= units;
            }
        }
        Ok(())
    }

    /// The same of one call to one table.
    pub(super) fn spend_one(
        &self,
        side: Side,
        table: &Table,
        charge: &Charge,
    ) -> Result<(), Throttled> {
        self.spend(side, std::iter::once((table, charge)))
    }
}

/// Whose units they are: a local index has none of its own.
pub(super) fn parts(table: &Table, charge: &Charge) -> Vec<(Option<usize>, f64)> {
    let global = |at: usize| table.indexes.get(at).is_some_and(|index| index.global);
    let local = charge.indexes.iter().filter(|(at, _)| !global(*at)).map(|(_, units)| units);
    let own = charge.table + local.sum::<f64>();
    let of_table = (own > 0.0).then_some((None, own));
    let indexes = charge.indexes.iter().filter(|(at, _)| global(*at));
    of_table.into_iter().chain(indexes.map(|(at, units)| (Some(*at), *units))).collect()
}

fn rate(table: &Table, index: Option<usize>, side: Side) -> Option<Rate> {
    let definition = &table.definition;
    let (units, ceilings) = match index {
        None => (definition.throughput, definition.on_demand),
        Some(at) => {
            let name = &table.indexes.get(at)?.name;
            let index = definition.global.iter().flatten().find(|index| index.name == *name)?;
            (index.throughput, index.on_demand)
        }
    };
    let (units, ceiling) = match (units, ceilings) {
        (Some(Throughput { read, write }), _) => {
            (if side == Side::Read { read } else { write }, false)
        }
        (None, Some(OnDemandThroughput { read, write })) => {
            (if side == Side::Read { read } else { write }.filter(|units| *units > 0)?, true)
        }
        (None, None) => return None,
    };
    let units = units as f64;
    Some(Rate { units, kept: if ceiling { units } else { units * BURST }, ceiling })
}

/// A request that is throttled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Throttled {
    pub(super) table: TableNumber,
    /// The index that is throttled, among the table's, if it is not the table.
    pub(super) index: Option<usize>,
    fault: Fault,
}

impl Throttled {
    /// The sentences on provisioned capacity are of the API's documentation of cancellation
    /// reasons, the first of them also quoted from the service. The one on ceilings is of the
    /// developer guide; which error carries it is inferred.
    fn of(table: &Table, index: Option<usize>, side: Side, ceiling: bool) -> Self {
        let (kind, reasons, text) = match (ceiling, index) {
            (true, _) => (
                "ThrottlingException",
                "throttlingReasons",
                "Throughput exceeds the maximum OnDemandThroughput configured on table or index",
            ),
            (false, None) => (
                "ProvisionedThroughputExceededException",
                "ThrottlingReasons",
                "The level of configured provisioned throughput for the table was exceeded. \
                 Consider increasing your provisioning level with the UpdateTable API.",
            ),
            (false, Some(_)) => (
                "ProvisionedThroughputExceededException",
                "ThrottlingReasons",
                "The level of configured provisioned throughput for one or more global secondary \
                 indexes of the table was exceeded. Consider increasing your provisioning level \
                 for the under-provisioned global secondary indexes with the UpdateTable API.",
            ),
        };
        let what = if index.is_some() { "Index" } else { "Table" };
        let done = if side == Side::Read { "Read" } else { "Write" };
        let why = match ceiling {
            true => "MaxOnDemandThroughputExceeded",
            false => "ProvisionedThroughputExceeded",
        };
        let resource = match index.and_then(|at| table.indexes.get(at)) {
            Some(index) => format!("{}/index/{}", table.arn, index.name),
            None => table.arn.to_string(),
        };
        let mut json = Writer::new();
        json.array(|json| {
            json.object(|json| {
                json.key("reason");
                json.string(&format!("{what}{done}{why}"));
                json.key("resource");
                json.string(&resource);
            });
        });
        let fault = Fault::new(kind, text).with(reasons, json.into_bytes());
        Self { table: table.number, index, fault }
    }

    /// The same as the reason of a transaction, which has no members for it.
    pub(super) fn reason(&self) -> Fault {
        Fault { extra: Vec::new(), ..self.fault.clone() }
    }
}

impl From<Throttled> for Fault {
    fn from(throttled: Throttled) -> Self {
        throttled.fault
    }
}

#[cfg(test)]
mod tests;
