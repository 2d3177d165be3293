//! The keys that a call is about, and what the call costs each.

use std::sync::Arc;

use super::{Kind, WRITE_WEIGHT, counts};
use crate::{
    emulator::{
        capacity::{Charge, Side},
        page as pages,
        read::Source,
        table::{KeyAttribute, Schema, Table},
    },
    storage::{StoreError, Values},
    value::{AttributeValue, Item, encode},
    wire::json::write_string,
};

/// A key that a call is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The global index whose key it is, among the table's; of the table's own, none.
    pub(super) index: Option<usize>,
    /// Whether it has the sort key, too.
    sorted: bool,
    /// Its attributes, as JSON.
    key: Box<[u8]>,
    /// Thousandths of units.
    units: u64,
    /// Whether the request names it: others were found.
    pub(super) named: bool,
}

impl Touch {
    /// What it counts of a call that was done.
    pub(super) fn accessed(&self, side: Side) -> (Kind, &[u8], u64) {
        let weight = if side == Side::Write { WRITE_WEIGHT } else { 1 };
        (Kind { sorted: self.sorted, throttled: false }, &self.key, self.units * weight)
    }

    /// What it counts of a call that was refused.
    pub(super) fn refused(&self) -> (Kind, &[u8], u64) {
        (Kind { sorted: self.sorted, throttled: true }, &self.key, 1_000)
    }
}

fn thousandths(units: f64) -> u64 {
    (units * 1_000.0).round() as u64
}

impl Charge {
    /// Notes that the table's part of it is for the item of this key, if anybody counts.
    #[must_use]
    pub(in crate::emulator) fn about(mut self, table: &Table, key: &Item) -> Self {
        if counts(table) {
            let local = self.indexes.iter().filter(|(at, _)| !is_global(table, *at));
            let units = self.table + local.map(|(_, units)| units).sum::<f64>();
            self.touch((None, &table.key), key, thousandths(units), true);
        }
        self
    }

    /// Notes that a part of it is for an entry of an index, if it is global.
    pub(in crate::emulator) fn about_entry(
        &mut self,
        table: &Table,
        at: usize,
        entry: &Item,
        units: f64,
    ) {
        if is_global(table, at) {
            self.touch((Some(at), &table.indexes[at].key), entry, thousandths(units), true);
        }
    }

    fn touch(
        &mut self,
        (index, schema): (Option<usize>, &Schema),
        item: &Item,
        units: u64,
        named: bool,
    ) {
        self.touches.extend(keys(schema, item).map(|(sorted, key)| Touch {
            index,
            sorted,
            key,
            units,
            named,
        }));
    }
}

fn is_global(table: &Table, at: usize) -> bool {
    table.indexes.get(at).is_some_and(|index| index.global)
}

/// Notes for which keys a page was read: for each item by its part of the page's bytes, and for
/// the partition that was asked for, if there was one, all of it.
pub(in crate::emulator) fn page(
    charge: &mut Charge,
    source: &Source,
    rows: &Values,
    asked: Option<&[Arc<AttributeValue>]>,
) -> Result<(), StoreError> {
    let table = &*source.table;
    if !counts(table) {
        return Ok(());
    }
    let global = source.index.map(usize::from).filter(|at| is_global(table, *at));
    let schema = if global.is_some() { source.schema() } else { &table.key };
    let units = thousandths(charge.total());
    // A local index has the partition key of its table.
    if let Some(values) = asked {
        let key = text(schema.partition.iter().zip(values.iter().map(|value| &**value)));
        charge.touches.push(Touch { index: global, sorted: false, key, units, named: true });
    }
    let names: Vec<&str> = schema.attributes().map(|attribute| &*attribute.name).collect();
    let sizes = rows.iter().map(|row| pages::size(&row)).collect::<Result<Vec<_>, _>>()?;
    let whole = sizes.iter().sum::<usize>().max(1) as u64;
    let (mut bytes, mut told) = (0, 0);
    for (row, size) in rows.iter().zip(sizes) {
        // Of what is not told yet, so that all parts together are the page's.
        bytes += size as u64;
        let part = units * bytes / whole - told;
        told += part;
        for (sorted, key) in keys(schema, &pages::part(&row, &names)?) {
            if sorted || asked.is_none() {
                let touch = Touch { index: global, sorted, key, units: part, named: false };
                charge.touches.push(touch);
            }
        }
    }
    Ok(())
}

/// The partition key of an item, and the whole key where there is a sort key.
fn keys(schema: &Schema, item: &Item) -> impl Iterator<Item = (bool, Box<[u8]>)> {
    let values = |attributes: &mut dyn Iterator<Item = &KeyAttribute>| {
        text(attributes.filter_map(|one| Some((one, item.get(&one.name)?))))
    };
    let partition = values(&mut schema.partition.iter());
    let whole = (!schema.sort.is_empty()).then(|| values(&mut schema.attributes()));
    std::iter::once((false, partition)).chain(whole.map(|key| (true, key)))
}

/// `{"pk":{"S":"a"}}`, in the order of the schema.
fn text<'a>(attributes: impl Iterator<Item = (&'a KeyAttribute, &'a AttributeValue)>) -> Box<[u8]> {
    let mut text = vec![b'{'];
    for (at, (attribute, value)) in attributes.enumerate() {
        if at > 0 {
            text.push(b',');
        }
        write_string(&mut text, &attribute.name);
        text.push(b':');
        encode::value(value, &mut text);
    }
    text.push(b'}');
    text.into()
}
