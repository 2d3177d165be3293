//! What is done of bulk operations as time goes by.

use std::{ops::Bound, sync::atomic::Ordering};

use bytes::Bytes;

use super::{Bulk, Part};
use crate::{
    emulator::{
        Emulator, backfill,
        capacity::Charge,
        failure::Failure,
        index, source,
        table::Table,
        write::{self, Cause},
    },
    storage::{Direction, KeyRange, Pair, Read, StoreError, Write, layout},
    value::{Item, Stored, size},
    wire::json::Value,
};

/// How many entries are put in one transaction.
const AT_ONCE: u64 = 1_000;

/// Puts what should have been put by now, of all operations that go on.
pub(in crate::emulator) fn advance(emulator: &Emulator) -> Result<(), StoreError> {
    // Looked at first: every request comes by, and what is only read no other has to wait for. Set
    // by what begins after it was taken away, so nothing is missed.
    let bulks = &emulator.bulks;
    if !bulks.load(Ordering::Acquire) || !bulks.swap(false, Ordering::AcqRel) {
        return Ok(());
    }
    let running = running(&*emulator.store.read()?)?;
    if !running.is_empty() {
        emulator.bulks.store(true, Ordering::Release);
    }
    running.iter().try_for_each(|bulk| continue_one(emulator, bulk))
}

/// The operations that go on.
pub(super) fn running(store: &dyn Read) -> Result<Vec<Bulk>, StoreError> {
    let (from, to) = (layout::running_bulk(0), layout::running_bulk(u32::MAX));
    let range = KeyRange { from: Bound::Included(&from), to: Bound::Included(&to) };
    let keys = store.scan(range, Direction::Forward, usize::MAX)?;
    let bulks = keys.iter().filter_map(|pair| Bulk::at(store, &pair.value).transpose());
    bulks.collect()
}

/// How long an entry is in its object.
pub(super) fn bytes(entry: &Bytes) -> u64 {
    entry.first_chunk().map_or(0, |length| u64::from_be_bytes(*length))
}

fn continue_one(emulator: &Emulator, bulk: &Bulk) -> Result<(), StoreError> {
    let now = emulator.now();
    let mut bulk = bulk.clone();
    while bulk.due(now) > bulk.done.entries {
        let mut store = emulator.store.write()?;
        let key = layout::bulk(&bulk.id, &bulk.table);
        // As it is now: another call may have been here.
        let Some(current) = Bulk::at(store.as_read(), &key)? else { return Ok(()) };
        bulk = current;
        let due = bulk.due(now).saturating_sub(bulk.done.entries).min(AT_ONCE);
        let table = emulator.catalog.table(store.as_read(), bulk.region(), &bulk.table)?;
        match table.filter(|table| table.id == bulk.table_id) {
            Some(table) => bulk.put_next(&mut *store, &table, due, now)?,
            None => {
                bulk.failure = Some(Failure::new(
                    "TableNotFound",
                    format!("Requested resource not found: Table: {} not found", bulk.table),
                ));
                bulk.until = now;
            }
        }
        bulk.put(&mut *store)?;
        store.commit()?;
    }
    if now < bulk.end() { Ok(()) } else { bulk.finish(emulator) }
}

impl Bulk {
    fn put_next(
        &mut self,
        store: &mut dyn Write,
        table: &Table,
        count: u64,
        now: u64,
    ) -> Result<(), StoreError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        for pair in entries(store.as_read(), self.number, self.done.entries, count)? {
            self.done.entries += 1;
            self.done.bytes += bytes(&pair.value);
            match content(&pair) {
                (b'i', text) => {
                    let new = Stored::new(text);
                    let item = new.item().map_err(write::broken)?;
                    let place = write::place(table, item);
                    let old = write::stored_at(store.as_read(), &place)?;
                    let cause = Cause::Request(now);
                    let charge =
                        write::replace(store, table, &place, old.as_ref(), Some(&new), cause)?;
                    self.count(table, item, &charge);
                }
                _ => self.failed += 1,
            }
        }
        Ok(())
    }

    /// Adds what an item takes in the table and in each index that has it; in a vector index, what
    /// its write is charged.
    fn count(&mut self, table: &Table, item: &Item, charge: &Charge) {
        for usage in &mut self.usage {
            let name = usage.index.as_deref().unwrap_or_default();
            // An index may be there no more.
            let taken = match usage.part {
                Part::Table => Some(size::item(item) as u64),
                Part::Local | Part::Global => table.index(name).and_then(|(number, _)| {
                    let entry = index::entry(table, number, item)?;
                    Some(size::item(&entry.item) as u64)
                }),
                Part::Vector => {
                    let place = table.vectors.iter().position(|index| *index.name == *name);
                    let charged = charge.vectors.iter().find(|(at, _)| Some(*at) == place);
                    charged.map(|(_, bytes)| *bytes as u64)
                }
            };
            usage.bytes += taken.unwrap_or(0);
        }
    }

    /// Reports what could not be put, and forgets what was to be put.
    fn finish(mut self, emulator: &Emulator) -> Result<(), StoreError> {
        // The bucket may be far away: outside of the transaction.
        let reported = self.report(emulator)?;
        let mut store = emulator.store.write()?;
        self.failure = self.failure.or(reported.err());
        self.finished = true;
        self.put(&mut *store)?;
        store.delete(&layout::running_bulk(self.number))?;
        backfill::clear(&mut *store, &layout::bulk_entries(self.number))?;
        store.commit()
    }

    /// Writes what could not be put to the bucket that is said, or else to the one that it came
    /// from, if OutputType asks for it: a line each. Name and form of the object are ours; what a
    /// CONDITION_CHECK_FAILURE is of is not known, and there is none.
    fn report(&self, emulator: &Emulator) -> Result<Result<(), Failure>, StoreError> {
        let output = self.asked.root().get("OutputS3Configuration");
        let member = |of: Option<Value<'_>>, name| {
            let text = of.and_then(|of| of.get(name)).and_then(|value| value.as_str());
            text.map(|text| text.into_owned())
        };
        let mut kinds = output.and_then(|output| output.get("OutputType")).into_iter();
        let mut kinds = kinds.by_ref().flat_map(|list| list.elements());
        let wanted = kinds.any(|kind| kind.as_str().as_deref() == Some("ERROR"));
        if !wanted || self.failed == 0 {
            return Ok(Ok(()));
        }
        let input = self.asked.root().get("InputS3Configuration");
        let bucket = member(output, "S3Bucket").or_else(|| member(input, "S3Bucket"));
        let bucket = bucket.unwrap_or_default();
        let prefix = member(output, "S3KeyPrefix").unwrap_or_default();
        let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
        let key = format!("{prefix}{slash}AWSDynamoDB/{}/errors.json", self.id);
        let mut lines = Vec::new();
        let count = usize::try_from(self.done.entries).unwrap_or(usize::MAX);
        for pair in entries(&*emulator.store.read()?, self.number, 0, count)? {
            if let (b'e', line) = content(&pair) {
                lines.extend_from_slice(&line);
                lines.push(b'\n');
            }
        }
        let put = emulator.buckets().put(&bucket, &key, lines.into());
        Ok(put.map_err(|error| source::failure(emulator, &bucket, &error)))
    }
}

fn entries(
    store: &dyn Read,
    number: u32,
    from: u64,
    count: usize,
) -> Result<Vec<Pair>, StoreError> {
    let from = layout::bulk_entry(number, from);
    let to = layout::bulk_entry(number, u64::MAX);
    let range = KeyRange { from: Bound::Included(&from), to: Bound::Included(&to) };
    store.scan(range, Direction::Forward, count)
}

/// What an entry is, and its text.
fn content(pair: &Pair) -> (u8, Bytes) {
    const LENGTH: usize = 8;
    let kind = pair.value.get(LENGTH).copied().unwrap_or_default();
    let text = pair.value.slice(pair.value.len().min(LENGTH + 1)..);
    (kind, text)
}
