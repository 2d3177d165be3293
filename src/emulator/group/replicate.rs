//! What is written in one region, on its way to the others.
//!
//! A write is noted in the store with the item it is of, and taken from there by the next call once
//! it is due; where nothing is to wait it is made in the same transaction. Of writes to one item
//! the last wins, in whatever region it was made: a write that comes to a region that has made a
//! later one, which is on its way itself, is left out.

use std::ops::Bound;

use bytes::Bytes;

use crate::{
    emulator::{
        Emulator,
        table::{Group, Table},
        write::{self, Cause},
    },
    storage::{
        Direction, KeyRange, Pair, Read, StoreError, Write,
        layout::{self, TableNumber},
    },
    value::Stored,
};

/// How many writes are made in one transaction.
const AT_ONCE: usize = 100;

/// A write to an item of a table: where the item is, and what it is then.
#[derive(Clone, Copy)]
pub(in crate::emulator) struct Replication<'a> {
    pub(in crate::emulator) table: &'a Table,
    pub(in crate::emulator) place: &'a [u8],
    pub(in crate::emulator) old: Option<&'a Stored>,
    pub(in crate::emulator) new: Option<&'a Stored>,
    pub(in crate::emulator) cause: Cause,
}

/// Sees to it that the other tables of a group get what one of them got.
pub(in crate::emulator) fn note(
    store: &mut dyn Write,
    write: Replication<'_>,
) -> Result<(), StoreError> {
    let Replication { table, place, old, new, cause } = write;
    let Some(group) = &table.state.group else { return Ok(()) };
    let now = match cause {
        Cause::Replication(_) => return Ok(()),
        Cause::Request(now) | Cause::Expiry(now) => Some(now),
        Cause::Undo => None,
    };
    let key = place.get(layout::items(0).len()..).unwrap_or_default();
    match (now, group.lag) {
        (None, 1..) => take_back(store, place),
        (Some(now), lag @ 1..) => send(store, (table, group), place, new, (now, now + lag)),
        // What an item is already it need not become.
        (_, 0) if write::read(old)? == write::read(new)? => Ok(()),
        (now, 0) => {
            let cause = now.map_or(Cause::Undo, Cause::Replication);
            for replica in &group.replicas {
                let at = layout::table(&replica.region, &table.name);
                let Some(other) = table.peers.last(store.as_read(), &at)? else { continue };
                put(store, &other, key, new, cause)?;
            }
            Ok(())
        }
    }
}

/// Puts an item, or none, where another table has it.
fn put(
    store: &mut dyn Write,
    table: &Table,
    key: &[u8],
    new: Option<&Stored>,
    cause: Cause,
) -> Result<(), StoreError> {
    if table.state.group.is_none() || table.deletion().is_some() {
        return Ok(());
    }
    let place = [&layout::items(table.number), key].concat();
    let old = write::stored_at(store.as_read(), &place)?;
    write::replace(store, table, &place, old.as_ref(), new, cause)?;
    Ok(())
}

/// Notes a write that is due later, and that it is the last to its item here.
fn send(
    store: &mut dyn Write,
    (table, group): (&Table, &Group),
    place: &[u8],
    new: Option<&Stored>,
    (now, due): (u64, u64),
) -> Result<(), StoreError> {
    let last = store.get(layout::LAST_REPLICATED)?.unwrap_or_default();
    let number = last.as_ref().try_into().map_or(0, u64::from_be_bytes) + 1;
    let number_bytes = Bytes::copy_from_slice(&number.to_be_bytes());
    store.put(layout::LAST_REPLICATED, number_bytes.clone())?;
    store.put(&layout::replicated(place), number_bytes)?;
    let regions: Vec<&str> = group.replicas.iter().map(|replica| &*replica.region).collect();
    let note = Note {
        name: table.name.to_string(),
        regions: regions.join(","),
        place: place.to_vec(),
        now,
        item: new.map(|new| new.text().clone()),
    };
    store.put(&layout::replication(due, number), note.bytes())
}

/// Takes the last note back, if it is of that item: what it tells of is to be as if it had not
/// been.
fn take_back(store: &mut dyn Write, place: &[u8]) -> Result<(), StoreError> {
    let all = noted(store.as_read(), u64::MAX, Direction::Backward, 1)?;
    for pair in all {
        if Note::read(&pair.value).is_some_and(|note| note.place == place) {
            store.delete(&pair.key)?;
            store.delete(&layout::replicated(place))?;
        }
    }
    Ok(())
}

/// Makes the writes that are due.
pub(in crate::emulator) fn apply(emulator: &Emulator) -> Result<(), StoreError> {
    let look = || Ok(!noted(&*emulator.store.read()?, u64::MAX, Direction::Forward, 1)?.is_empty());
    if !emulator.catalog.may_lag(look)? {
        return Ok(());
    }
    let now = emulator.now();
    // A look at the first note is all there is to do, most of the time.
    if noted(&*emulator.store.read()?, now, Direction::Forward, 1)?.is_empty() {
        return Ok(());
    }
    loop {
        let mut store = emulator.store.write()?;
        let pairs = noted(store.as_read(), now, Direction::Forward, AT_ONCE)?;
        for pair in &pairs {
            store.delete(&pair.key)?;
            let Some(note) = Note::read(&pair.value) else { continue };
            let number = number_at(&pair.key);
            note.arrive(emulator, &mut *store, number)?;
            if latest(store.as_read(), &note.place)? == Some(number) {
                store.delete(&layout::replicated(&note.place))?;
            }
        }
        store.commit()?;
        if pairs.len() < AT_ONCE {
            return Ok(());
        }
    }
}

fn noted(
    store: &dyn Read,
    until: u64,
    direction: Direction,
    count: usize,
) -> Result<Vec<Pair>, StoreError> {
    let (from, to) = (layout::replication(0, 0), layout::replication(until, u64::MAX));
    let range = KeyRange { from: Bound::Included(&from), to: Bound::Included(&to) };
    store.scan(range, direction, count)
}

/// The number of the last write of a region to an item that is on its way still.
fn latest(store: &dyn Read, place: &[u8]) -> Result<Option<u64>, StoreError> {
    let number = store.get(&layout::replicated(place))?;
    Ok(number.and_then(|bytes| Some(u64::from_be_bytes(bytes.as_ref().try_into().ok()?))))
}

fn number_at(key: &[u8]) -> u64 {
    key.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// A write on its way.
struct Note {
    /// Of the tables.
    name: String,
    /// Where it goes, with commas between.
    regions: String,
    /// Where it was made.
    place: Vec<u8>,
    /// When, in milliseconds since 1970.
    now: u64,
    item: Option<Bytes>,
}

impl Note {
    /// Parts with their lengths before them, and the item.
    fn bytes(&self) -> Bytes {
        let mut bytes = self.now.to_be_bytes().to_vec();
        for part in [self.name.as_bytes(), self.regions.as_bytes(), &self.place] {
            // Keys are a few thousand bytes at most.
            bytes.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend(part);
        }
        bytes.extend(self.item.iter().flatten());
        bytes.into()
    }

    fn read(value: &Bytes) -> Option<Self> {
        let (now, mut rest) = value.split_first_chunk()?;
        let mut part = || {
            let (length, after) = rest.split_first_chunk()?;
            let (part, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
            rest = after;
            Some(part)
        };
        let (name, regions, place) = (part()?, part()?, part()?);
        Some(Self {
            name: String::from_utf8(name.to_vec()).ok()?,
            regions: String::from_utf8(regions.to_vec()).ok()?,
            place: place.to_vec(),
            now: u64::from_be_bytes(*now),
            item: (!rest.is_empty()).then(|| value.slice_ref(rest)),
        })
    }

    /// Makes the write in the other regions.
    fn arrive(
        &self,
        emulator: &Emulator,
        store: &mut dyn Write,
        number: u64,
    ) -> Result<(), StoreError> {
        let key = self.place.get(layout::items(0).len()..).unwrap_or_default();
        let new = self.item.clone().map(Stored::new);
        for region in self.regions.split(',') {
            let Some(table) = emulator.catalog.table(store.as_read(), region, &self.name)? else {
                continue;
            };
            if later_than(store.as_read(), table.number, key, number)? {
                continue;
            }
            // When it arrives is when it is written there.
            let cause = Cause::Replication(emulator.now().max(self.now));
            put(store, &table, key, new.as_ref(), cause)?;
        }
        Ok(())
    }
}

/// Whether a region has a later write to an item on its way.
fn later_than(
    store: &dyn Read,
    table: TableNumber,
    key: &[u8],
    number: u64,
) -> Result<bool, StoreError> {
    let place = [&layout::items(table), key].concat();
    Ok(latest(store, &place)?.is_some_and(|own| own > number))
}
