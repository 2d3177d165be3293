//! What a call costs: `ConsumedCapacity` (aws-facts 6).

use super::{contributors::Touch, shape::Sent, table::Table};
use crate::wire::json::Writer;

/// How much of it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Report {
    /// Nothing.
    #[default]
    None,
    /// The total.
    Total,
    /// The total, the table's part and each index's.
    Indexes,
}

/// Units one call used of one table and its indexes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Charge {
    /// Of the table.
    pub table: f64,
    /// Of the indexes it touched, by number.
    pub indexes: Vec<(usize, f64)>,
    /// VectorWriteRequestBytes of the vector indexes it touched, by number; they are no units.
    pub vectors: Vec<(usize, f64)>,
    /// Of writes that failed beside others, which are in the total and in no part of it
    /// (aws-facts 6.6, eu-west-2 2026-08-13).
    pub failed: f64,
    /// The keys it is for, where those are counted.
    pub touches: Vec<Touch>,
}

/// Whether a transaction reads or writes, which such a call reports besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// ReadCapacityUnits
    Read,
    /// WriteCapacityUnits
    Write,
}

impl Report {
    /// Reads `ReturnConsumedCapacity`, whose value was checked.
    #[must_use]
    pub fn of(sent: &Sent<'_>) -> Self {
        match sent.text("ReturnConsumedCapacity").as_deref() {
            Some("TOTAL") => Self::Total,
            Some("INDEXES") => Self::Indexes,
            _ => Self::None,
        }
    }
}

/// Units of a write that touches `bytes`.
#[must_use]
pub fn write_units(bytes: usize) -> f64 {
    bytes.div_ceil(1024).max(1) as f64
}

/// Units of a read of `bytes`; a missing item costs the least there is.
#[must_use]
pub fn read_units(bytes: usize, consistent: bool) -> f64 {
    let blocks = bytes.div_ceil(4096).max(1) as f64;
    if consistent { blocks } else { blocks / 2.0 }
}

impl Charge {
    /// Units of the table alone.
    #[must_use]
    pub fn of_table(table: f64) -> Self {
        Self { table, ..Self::default() }
    }

    /// Adds another call's units.
    pub fn add(&mut self, other: &Self) {
        self.table += other.table;
        self.failed += other.failed;
        self.touches.extend_from_slice(&other.touches);
        let arms = [(&mut self.indexes, &other.indexes), (&mut self.vectors, &other.vectors)];
        for (own, added) in arms {
            for (index, units) in added {
                match own.iter_mut().find(|(known, _)| known == index) {
                    Some((_, sum)) => *sum += units,
                    None => own.push((*index, *units)),
                }
            }
        }
    }

    /// All units.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.table + self.failed + self.indexes.iter().map(|(_, units)| units).sum::<f64>()
    }

    /// Writes the `ConsumedCapacity` member, if it is asked for.
    pub fn write_member(&self, table: &Table, report: Report, json: &mut Writer) {
        if report != Report::None {
            json.key("ConsumedCapacity");
            self.write(table, report, None, json);
        }
    }

    /// Writes one `ConsumedCapacity` structure.
    pub fn write(&self, table: &Table, report: Report, side: Option<Side>, json: &mut Writer) {
        let arms = |global: bool, json: &mut Writer| {
            let arms = self.indexes.iter().filter(|(at, _)| table.indexes[*at].global == global);
            if report != Report::Indexes || arms.clone().next().is_none() {
                return;
            }
            json.key(if global { "GlobalSecondaryIndexes" } else { "LocalSecondaryIndexes" });
            json.object(|json| {
                for (at, units) in arms {
                    json.key(&table.indexes[*at].name);
                    json.object(|json| write_units_of(*units, side, json));
                }
            });
        };
        let total = self.total();
        json.object(|json| {
            write_double(json, "CapacityUnits", total);
            arms(true, json);
            arms(false, json);
            if side == Some(Side::Read) {
                write_double(json, "ReadCapacityUnits", total);
            }
            if report == Report::Indexes {
                json.key("Table");
                json.object(|json| write_units_of(self.table, side, json));
            }
            json.key("TableName");
            json.string(&table.name);
            // aws-facts 6.8.
            if report == Report::Indexes && !self.vectors.is_empty() {
                json.key("VectorIndexes");
                json.object(|json| {
                    for (at, bytes) in &self.vectors {
                        json.key(&table.vectors[*at].name);
                        json.object(|json| write_double(json, "VectorWriteRequestBytes", *bytes));
                    }
                });
            }
            if side == Some(Side::Write) {
                write_double(json, "WriteCapacityUnits", total);
            }
        });
    }
}

fn write_units_of(units: f64, side: Option<Side>, json: &mut Writer) {
    write_double(json, "CapacityUnits", units);
    match side {
        Some(Side::Read) => write_double(json, "ReadCapacityUnits", units),
        Some(Side::Write) => write_double(json, "WriteCapacityUnits", units),
        None => {}
    }
}

/// A number as Java prints a double: `1.0`, never `1` (wire-facts 9).
pub(super) fn write_double(json: &mut Writer, name: &str, value: f64) {
    json.key(name);
    json.raw(format!("{value:?}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_round_up_and_are_never_nothing() {
        assert_eq!([0, 1, 1024, 1025, 3023].map(write_units), [1.0, 1.0, 1.0, 2.0, 3.0]);
        // aws-facts 6.4: 9,006 bytes are 3 strong units.
        assert_eq!([0, 4096, 9006].map(|bytes| read_units(bytes, true)), [1.0, 1.0, 3.0]);
        assert_eq!(read_units(9006, false), 1.5);
    }
}
