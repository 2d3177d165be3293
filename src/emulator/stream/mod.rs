//! Streams: what was written to a table, for a day, in the order of writing for each key.
//!
//! A stream is kept beside its table and outlives it. Nothing runs in the background: shards whose
//! time to close has come, and records whose day is over, are seen to when a write or a read of the
//! stream next comes by.

mod description;
mod head;
mod iterator;
mod record;
mod shard;

use std::ops::Bound;

use super::{
    Settings,
    table::{Table, Task},
    write::{self, Cause},
};
use crate::{
    storage::{
        Direction, KeyRange, Pair, Read, StoreError, Write,
        layout::{self, StreamKey},
    },
    value::Stored,
};

pub(super) use self::{
    description::{Description, streams_after},
    iterator::ShardIterator,
    record::{Record, number_of},
    shard::Shard,
};

use self::{head::Head, record::View};

/// How long records stay, in milliseconds: the documentation of DynamoDB Streams.
pub(super) const DAY: u64 = 24 * 3_600_000;

/// The stream that a table's writes go to now.
fn current(table: &Table) -> Option<StreamKey> {
    let enabled = matches!(table.definition.stream, Some((true, _)));
    // One of a table that is being deleted is disabled at once (aws-tables-facts 6.3).
    let since = table.state.stream_since.filter(|_| enabled && table.deletion().is_none())?;
    Some(layout::stream_key(table.number, since))
}

/// A label that no stream of a table of that name has: a time not before now.
pub(super) fn free_label(
    store: &dyn Read,
    region: &str,
    name: &str,
    now: u64,
) -> Result<u64, StoreError> {
    let prefix = layout::streams(region, name);
    let last = of_prefix(store, &prefix, None, Direction::Backward, 1)?;
    let since = last.first().and_then(|pair| pair.key.get(prefix.len()..prefix.len() + 8));
    let since = since.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
    Ok(since.map_or(now, |since| now.max(since + 1)))
}

/// Opens the stream that a table got, and closes the one that it lost.
pub(super) fn follow(
    store: &mut dyn Write,
    before: Option<&Table>,
    after: &Table,
    settings: &Settings,
    now: u64,
) -> Result<(), StoreError> {
    let (old, new) = (before.and_then(current), current(after));
    if old == new {
        return Ok(());
    }
    let task = |task: &Task| matches!(task, Task::Stream { .. } | Task::Delete | Task::Create);
    let until = after.job(task).map_or(now, |job| job.until);
    if let Some(old) = old {
        let mut head = Head::read(store.as_read(), old)?;
        head.tend(store, old, now)?;
        head.close_all(store, old, now)?;
        head.write(store, old)?;
        Description::stop(store, after, old, (now, until))?;
    }
    if let Some(new) = new {
        description::forget_ended(store, now)?;
        Description::of(after, new, until).write(store)?;
        Head::open(store, new, settings, now)?;
    }
    Ok(())
}

/// Notes what became of an item in the stream of its table, if it has one.
pub(super) fn note(
    store: &mut dyn Write,
    table: &Table,
    place: &[u8],
    (old, new): (Option<&Stored>, Option<&Stored>),
    cause: Cause,
) -> Result<(), StoreError> {
    let Some(stream) = current(table) else { return Ok(()) };
    let (old, new) = (write::read(old)?, write::read(new)?);
    // wire-facts 34: an item that is put again as it is leaves no record.
    if old == new {
        return Ok(());
    }
    let (now, expired) = match cause {
        // Only where it expired does a record say so: the documentation of time to live.
        Cause::Request(now) | Cause::Replication(now) => (now, false),
        Cause::Expiry(now) => (now, true),
        Cause::Undo => return Head::take_back(store, stream, hash(place)),
    };
    let (shard, number) = Head::next(store, stream, hash(place), now)?;
    let record = View { table, stream, number, now, expired }.record(old, new);
    store.put(&layout::record(stream, shard, number), record)
}

/// Sees to what is due in a stream, before it is read.
pub(super) fn tend(
    emulator: &super::Emulator,
    description: &Description,
) -> Result<(), StoreError> {
    let (stream, now) = (description.stream, emulator.now());
    if !Head::read(&*emulator.store.read()?, stream)?.is_due(now) {
        return Ok(());
    }
    let mut store = emulator.store.write()?;
    let mut head = Head::read(store.as_read(), stream)?;
    head.tend(&mut *store, stream, now)?;
    head.write(&mut *store, stream)?;
    store.commit()
}

/// The number of the next record of a stream.
pub(super) fn next_number(store: &dyn Read, stream: StreamKey) -> Result<u64, StoreError> {
    Ok(Head::read(store, stream)?.number())
}

/// Where in the order of partitions an item lies, which decides its shard.
fn hash(place: &[u8]) -> u32 {
    let start = layout::items(0).len();
    let bytes = place.get(start..start + 4).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u32::from_be_bytes)
}

/// Pairs whose keys begin with `prefix` and come after `after`.
fn of_prefix(
    store: &dyn Read,
    prefix: &[u8],
    after: Option<&[u8]>,
    direction: Direction,
    limit: usize,
) -> Result<Vec<Pair>, StoreError> {
    let end = layout::after(prefix);
    let to = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
    store.scan(KeyRange { from, to }, direction, limit)
}

/// Numbers as the store has them.
fn words(bytes: &[u8]) -> Vec<u64> {
    let words = bytes.chunks_exact(8);
    words.map(|word| word.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))).collect()
}

/// The last number of a key.
fn last_word(key: &[u8]) -> u64 {
    let bytes = key.last_chunk::<8>();
    bytes.map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn bytes_of(words: &[u64]) -> bytes::Bytes {
    words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>().into()
}

#[cfg(test)]
mod tests;
