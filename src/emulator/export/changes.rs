//! What became of the items of a table between two states: what an incremental export has.
//!
//! Items are compared as they were at the beginning and at the end, so that one that came and went
//! in between is not there (the developer's guide, "Incremental export"), nor is one that was
//! written again as it was, which is inferred.

use std::collections::HashMap;

use bytes::Bytes;

use super::{Failure, data::Items};
use crate::{
    emulator::{backup::View, table::Table},
    storage::{Key, Pair},
    value::{Item, Stored},
};

/// The states of the store that an export is of.
#[derive(Clone)]
pub(in crate::emulator) struct States {
    /// Before the first write; the same as `last` of an export of everything.
    pub(in crate::emulator) first: View,
    /// What there was before the first write of each second that had one, and when that was.
    pub(in crate::emulator) steps: Vec<(u64, View)>,
    /// After the last write.
    pub(in crate::emulator) last: View,
    /// When places of the table were written, where there are no such steps.
    pub(in crate::emulator) written: HashMap<Vec<u8>, u64>,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) keys: Item,
    pub(super) new: Option<Item>,
    pub(super) old: Option<Item>,
    /// When it was written last, in microseconds since 1970. States are kept by the second, so that
    /// it is the time of the first write of that second to any item.
    pub(super) micros: u64,
}

/// An item that is not what it was.
pub(super) struct Changed {
    pub(super) key: Key,
    old: Option<Bytes>,
    new: Option<Bytes>,
    millis: u64,
}

impl Changed {
    /// What it was, and what it is.
    pub(super) fn read(&self, table: &Table) -> Result<Change, Failure> {
        let item = |text: &Option<Bytes>| -> Result<Option<Item>, Failure> {
            let stored = text.as_ref().map(|text| Stored::new(text.clone()));
            stored.map(|stored| stored.into_item().map_err(Failure::from)).transpose()
        };
        let (old, new) = (item(&self.old)?, item(&self.new)?);
        let any = new.as_ref().or(old.as_ref());
        let keys = table
            .key
            .attributes()
            .filter_map(|part| Some((part.name.to_string(), any?.get(&part.name)?.clone())));
        let keys = keys.collect();
        Ok(Change { keys, new, old, micros: self.millis.saturating_mul(1000) })
    }
}

/// The items that changed, in their order.
pub(super) fn between(states: &States, table: &Table) -> Result<Vec<Changed>, Failure> {
    let mut old = Items::new(&*states.first, table.number);
    let mut new = Items::new(&*states.last, table.number);
    let (mut before, mut after) = (old.next()?, new.next()?);
    let mut changed = Vec::new();
    loop {
        let key = match (&before, &after) {
            (None, None) => break,
            (Some(one), None) | (None, Some(one)) => one.key.clone(),
            (Some(one), Some(other)) => one.key.clone().min(other.key.clone()),
        };
        let is_at = |pair: &Option<Pair>| pair.as_ref().is_some_and(|pair| pair.key == key);
        let was = if is_at(&before) { std::mem::replace(&mut before, old.next()?) } else { None };
        let is = if is_at(&after) { std::mem::replace(&mut after, new.next()?) } else { None };
        let (was, is) = (was.map(|pair| pair.value), is.map(|pair| pair.value));
        if was != is {
            changed.push(Changed { key, old: was, new: is, millis: 0 });
        }
    }
    date(states, &mut changed)?;
    Ok(changed)
}

/// Finds out when each was written last: going back, the first state in which it was another.
fn date(states: &States, changed: &mut [Changed]) -> Result<(), Failure> {
    for one in changed.iter_mut() {
        one.millis = states.written.get(Items::place(&one.key)).copied().unwrap_or_default();
    }
    let mut undated: Vec<&mut Changed> = changed.iter_mut().collect();
    for (at, view) in states.steps.iter().rev() {
        let mut rest = Vec::new();
        for one in undated {
            if view.get(&one.key)? == one.new {
                rest.push(one);
            } else {
                one.millis = *at;
            }
        }
        undated = rest;
    }
    Ok(())
}
