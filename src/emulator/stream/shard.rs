//! A shard: records of some partitions, of some time.

use super::{
    DAY, bytes_of, last_word, of_prefix,
    record::{self, Record},
    words,
};
use crate::{
    emulator::md5,
    storage::{
        Direction, Read, StoreError, Write,
        layout::{self, StreamKey},
    },
};

/// A shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator) struct Shard {
    /// The time in its name, which no other shard of the stream has.
    pub(in crate::emulator) id: u64,
    /// The shard that it continues, if that is there still.
    pub(in crate::emulator) parent: Option<u64>,
    /// The number it begins with: of no record.
    pub(in crate::emulator) start: u64,
    /// The first number that is not trimmed.
    pub(in crate::emulator) low: u64,
    /// When it was closed, and the last number it has.
    pub(in crate::emulator) closed: Option<(u64, u64)>,
}

/// How many records go at once.
const AT_ONCE: usize = 1000;

impl Shard {
    /// The name: a time, and what looks like chance (the aws-cli's examples).
    pub(in crate::emulator) fn name(stream: StreamKey, id: u64) -> String {
        let digest = md5::digest(&[b"shard", &stream, &id.to_be_bytes()]);
        let [a, b, c, d, ..] = digest;
        format!("shardId-{id:020}-{:08x}", u32::from_be_bytes([a, b, c, d]))
    }

    /// The shard of that name.
    pub(in crate::emulator) fn called(
        store: &dyn Read,
        stream: StreamKey,
        name: &str,
    ) -> Result<Option<Self>, StoreError> {
        let time = name.strip_prefix("shardId-").and_then(|rest| rest.get(..20)?.parse().ok());
        let Some(id) = time.filter(|id| Self::name(stream, *id) == name) else { return Ok(None) };
        Self::read(store, stream, id)
    }

    pub(in crate::emulator) fn read(
        store: &dyn Read,
        stream: StreamKey,
        id: u64,
    ) -> Result<Option<Self>, StoreError> {
        Ok(store.get(&layout::shard(stream, id))?.and_then(|bytes| Self::of(id, &bytes)))
    }

    /// All shards of a stream, older ones first.
    pub(in crate::emulator) fn all(
        store: &dyn Read,
        stream: StreamKey,
    ) -> Result<Vec<Self>, StoreError> {
        let prefix = layout::shards(stream);
        let pairs = of_prefix(store, &prefix, None, Direction::Forward, usize::MAX)?;
        Ok(pairs.iter().filter_map(|pair| Self::of(last_word(&pair.key), &pair.value)).collect())
    }

    fn of(id: u64, bytes: &[u8]) -> Option<Self> {
        let [parent, start, low, closed, end] = words(bytes).try_into().ok()?;
        let some = |word: u64| Some(word).filter(|word| *word > 0);
        let closed = some(end).map(|end| (closed, end));
        Some(Self { id, parent: some(parent), start, low, closed })
    }

    pub(super) fn write(&self, store: &mut dyn Write, stream: StreamKey) -> Result<(), StoreError> {
        let (closed, end) = self.closed.unwrap_or_default();
        let words = [self.parent.unwrap_or(0), self.start, self.low, closed, end];
        store.put(&layout::shard(stream, self.id), bytes_of(&words))
    }

    /// Lets records go that are a day old, and the shard if it can have no others; tells when the
    /// next are.
    pub(super) fn trim(
        &mut self,
        store: &mut dyn Write,
        stream: StreamKey,
        now: u64,
    ) -> Result<Option<u64>, StoreError> {
        loop {
            let records = Record::some(store.as_read(), stream, self.id, 0, AT_ONCE)?;
            let old = records.iter().take_while(|record| record.time + DAY <= now);
            let old: Vec<u64> = old.map(|record| record.number).collect();
            for number in &old {
                store.delete(&layout::record(stream, self.id, *number))?;
            }
            if let Some(last) = old.last() {
                self.low = last + 1;
                self.write(store, stream)?;
            }
            if let Some(next) = records.get(old.len()) {
                return Ok(Some(next.time + DAY));
            }
            if records.len() < AT_ONCE {
                break;
            }
        }
        let Some((closed, _)) = self.closed else { return Ok(None) };
        if closed + DAY > now {
            return Ok(Some(closed + DAY));
        }
        store.delete(&layout::shard(stream, self.id))?;
        Ok(None)
    }

    /// The first number from which on all records are of that time or later.
    pub(in crate::emulator) fn position_at(
        &self,
        store: &dyn Read,
        stream: StreamKey,
        time: u64,
    ) -> Result<Option<u64>, StoreError> {
        let mut from = self.low;
        loop {
            let records = Record::some(store, stream, self.id, from, AT_ONCE)?;
            if let Some(found) = records.iter().find(|record| record.time >= time) {
                return Ok(Some(found.number));
            }
            match records.last() {
                Some(last) if records.len() == AT_ONCE => from = last.number + 1,
                _ => return Ok(None),
            }
        }
    }

    /// The numbers of its ends, as they are shown.
    pub(in crate::emulator) fn range(&self) -> (String, Option<String>) {
        (record::sequence(self.start), self.closed.map(|(_, end)| record::sequence(end)))
    }
}
