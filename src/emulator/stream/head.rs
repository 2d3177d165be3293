//! The end of a stream that is written: which shards are open, and which number comes next.

use super::{DAY, bytes_of, record, shard::Shard, words};
use crate::{
    emulator::Settings,
    storage::{
        Read, StoreError, Write,
        layout::{self, StreamKey},
    },
};

/// With how many records a shard splits, while fewer shards are open than there may be. The service
/// splits them with the table's partitions, by traffic; this makes a program meet splits soon.
const SPLIT_AT: u64 = 100;

/// The end of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The number of the next record, or end of a shard: never used twice in a stream.
    next: u64,
    /// The time in the last shard's id.
    last_shard: u64,
    /// When a shard that is open has to close.
    roll_at: u64,
    /// When a record, or a shard, has to go.
    trim_at: u64,
    /// How many shards may be open.
    shards: u64,
    /// For how long they are, in milliseconds.
    shard_ms: u64,
    open: Vec<Open>,
}

/// A shard that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    id: u64,
    since: u64,
    /// The hashes of the partitions it is of, both ends included.
    from: u32,
    to: u32,
    records: u64,
    /// The number of its last record, or the one it begins with.
    last: u64,
}

const WORDS: usize = 6;
const OPEN_WORDS: usize = 5;

impl Head {
    pub(super) fn read(store: &dyn Read, stream: StreamKey) -> Result<Self, StoreError> {
        let bytes = store.get(&layout::stream_head(stream))?.unwrap_or_default();
        let words = words(&bytes);
        let Some((&[next, last_shard, roll_at, trim_at, shards, shard_ms], open)) =
            words.split_first_chunk::<WORDS>()
        else {
            return Ok(Self { roll_at: u64::MAX, trim_at: u64::MAX, ..Self::default() });
        };
        let open = open.as_chunks::<OPEN_WORDS>().0.iter();
        let open = open.map(|&[id, since, range, records, last]| Open {
            id,
            since,
            from: (range >> 32) as u32,
            to: range as u32,
            records,
            last,
        });
        Ok(Self { next, last_shard, roll_at, trim_at, shards, shard_ms, open: open.collect() })
    }

    pub(super) fn write(&self, store: &mut dyn Write, stream: StreamKey) -> Result<(), StoreError> {
        let Self { next, last_shard, roll_at, trim_at, shards, shard_ms, open } = self;
        let mut words = vec![*next, *last_shard, *roll_at, *trim_at, *shards, *shard_ms];
        for one in open {
            let range = u64::from(one.from) << 32 | u64::from(one.to);
            words.extend([one.id, one.since, range, one.records, one.last]);
        }
        store.put(&layout::stream_head(stream), bytes_of(&words))
    }

    /// Begins a stream: with one shard.
    pub(super) fn open(
        store: &mut dyn Write,
        stream: StreamKey,
        settings: &Settings,
        now: u64,
    ) -> Result<(), StoreError> {
        let mut head = Self {
            next: 1,
            trim_at: now + DAY,
            shards: settings.stream_shards.into(),
            shard_ms: settings.stream_shard_ms.max(1),
            ..Self::default()
        };
        head.add(store, stream, None, (0, u32::MAX), now)?;
        head.plan();
        head.write(store, stream)
    }

    /// The shard and the number of the next record of a partition.
    pub(super) fn next(
        store: &mut dyn Write,
        stream: StreamKey,
        hash: u32,
        now: u64,
    ) -> Result<(u64, u64), StoreError> {
        let mut head = Self::read(store.as_read(), stream)?;
        if now >= head.roll_at {
            head.tend(store, stream, now)?;
        }
        let mut at = head.shard_of(hash);
        let full = head.open.get(at).filter(|open| {
            open.records >= SPLIT_AT
                && (head.open.len() as u64) < head.shards
                && open.from < open.to
        });
        if full.is_some() {
            head.split(store, stream, at, now)?;
            head.plan();
            at = head.shard_of(hash);
        }
        let number = head.take();
        let Some(open) = head.open.get_mut(at) else {
            return Err(StoreError { doing: "write to a stream that is closed", cause: None });
        };
        open.records += 1;
        open.last = number;
        let shard = open.id;
        head.write(store, stream)?;
        Ok((shard, number))
    }

    /// Takes the last record back, which is of this partition.
    pub(super) fn take_back(
        store: &mut dyn Write,
        stream: StreamKey,
        hash: u32,
    ) -> Result<(), StoreError> {
        let mut head = Self::read(store.as_read(), stream)?;
        head.next -= 1;
        let (at, number) = (head.shard_of(hash), head.next);
        let Some(open) = head.open.get_mut(at) else { return Ok(()) };
        open.records -= 1;
        store.delete(&layout::record(stream, open.id, number))?;
        let start = Shard::read(store.as_read(), stream, open.id)?.map_or(number, |one| one.start);
        open.last = record::last(store.as_read(), stream, open.id)?.unwrap_or(start);
        head.write(store, stream)
    }

    /// Whether something of the stream has to close or to go.
    pub(super) fn is_due(&self, now: u64) -> bool {
        now >= self.roll_at.min(self.trim_at)
    }

    /// Lets shards close, and others continue them, whose time has come; and lets go what is a day
    /// old.
    pub(super) fn tend(
        &mut self,
        store: &mut dyn Write,
        stream: StreamKey,
        now: u64,
    ) -> Result<(), StoreError> {
        let due = |open: &Open| open.since.saturating_add(self.shard_ms) <= now;
        let due: Vec<u64> = self.open.iter().filter(|open| due(open)).map(|one| one.id).collect();
        for id in due {
            let Some(at) = self.open.iter().position(|open| open.id == id) else { continue };
            let Open { from, to, .. } = self.close(store, stream, at, now)?;
            self.add(store, stream, Some(id), (from, to), now)?;
        }
        self.trim_at = u64::MAX;
        for mut shard in Shard::all(store.as_read(), stream)? {
            let next = shard.trim(store, stream, now)?;
            self.trim_at = self.trim_at.min(next.unwrap_or(u64::MAX));
        }
        // Later records are a day from now.
        self.trim_at = self.trim_at.min(now + DAY);
        self.plan();
        Ok(())
    }

    /// Ends the stream: nothing is written to it any more.
    pub(super) fn close_all(
        &mut self,
        store: &mut dyn Write,
        stream: StreamKey,
        now: u64,
    ) -> Result<(), StoreError> {
        while !self.open.is_empty() {
            self.close(store, stream, 0, now)?;
        }
        self.plan();
        Ok(())
    }

    /// The number of the next record.
    pub(super) const fn number(&self) -> u64 {
        self.next
    }

    fn plan(&mut self) {
        let ends = self.open.iter().map(|open| open.since.saturating_add(self.shard_ms));
        self.roll_at = ends.min().unwrap_or(u64::MAX);
    }

    fn take(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn shard_of(&self, hash: u32) -> usize {
        let holds = |open: &Open| (open.from..=open.to).contains(&hash);
        self.open.iter().position(holds).unwrap_or(self.open.len())
    }

    fn split(
        &mut self,
        store: &mut dyn Write,
        stream: StreamKey,
        at: usize,
        now: u64,
    ) -> Result<(), StoreError> {
        let Open { id, from, to, .. } = self.close(store, stream, at, now)?;
        let middle = from + (to - from) / 2;
        self.add(store, stream, Some(id), (from, middle), now)?;
        self.add(store, stream, Some(id), (middle + 1, to), now)
    }

    fn close(
        &mut self,
        store: &mut dyn Write,
        stream: StreamKey,
        at: usize,
        now: u64,
    ) -> Result<Open, StoreError> {
        let open = self.open.remove(at);
        if let Some(mut shard) = Shard::read(store.as_read(), stream, open.id)? {
            shard.closed = Some((now, open.last));
            shard.write(store, stream)?;
        }
        Ok(open)
    }

    fn add(
        &mut self,
        store: &mut dyn Write,
        stream: StreamKey,
        parent: Option<u64>,
        (from, to): (u32, u32),
        now: u64,
    ) -> Result<(), StoreError> {
        // So that ids tell shards apart, and children come after their parents.
        let id = now.max(self.last_shard + 1);
        self.last_shard = id;
        let start = self.take();
        Shard { id, parent, start, low: start, closed: None }.write(store, stream)?;
        self.open.push(Open { id, since: now, from, to, records: 0, last: start });
        Ok(())
    }
}
