//! Pairs that lie side by side in one piece of memory, in the order of their keys.
//!
//! | bytes | what |
//! |---|---|
//! | of each pair: 2, then its key, then its value | the length of the key |
//! | 2 a pair | where it begins |
//! | 2 | how many there are |
//!
//! So a pair takes six bytes beside its own, and none for an allocation, a count of references or
//! a place in a node, which together are more than most items. Numbers are little-endian.

use std::{cmp::Ordering, ops::Range};

use bytes::Bytes;

/// How long a number is.
const NUMBER: usize = 2;

/// How long pairs get before they are cut in two. A write copies as much at most, so it is in the
/// order of what a node of the tree above takes.
pub(super) const MOST: usize = 2048;

/// Up to which length of key and value a pair lies beside others. One that is longer is not worth
/// copying when its neighbours change, and its value may be shared with index entries.
const LONGEST: usize = 512;

/// A pair to write.
pub(super) type Pair<'a> = (&'a [u8], &'a [u8]);

/// Pairs in one piece.
#[derive(Clone, Debug)]
pub(super) struct Packed(Bytes);

impl Packed {
    /// Whether a pair is short enough.
    pub(super) fn takes((key, value): Pair<'_>) -> bool {
        key.len() + value.len() <= LONGEST
    }

    /// One pair.
    pub(super) fn of(pair: Pair<'_>) -> Self {
        Self(Bytes::from_static(&[0; NUMBER])).replace(0..0, Some(pair))
    }

    /// How many pairs there are.
    pub(super) fn count(&self) -> usize {
        self.number(self.0.len() - NUMBER)
    }

    /// How many bytes they take.
    pub(super) fn size(&self) -> usize {
        self.0.len()
    }

    /// The first key; there has to be one.
    pub(super) fn first(&self) -> &[u8] {
        self.key(0)
    }

    /// The last key; there has to be one.
    pub(super) fn last(&self) -> &[u8] {
        self.key(self.count() - 1)
    }

    /// Where a key is, or where it would be.
    pub(super) fn find(&self, key: &[u8]) -> Result<usize, usize> {
        let mut open = 0..self.count();
        while !open.is_empty() {
            let middle = open.start + open.len() / 2;
            match self.key(middle).cmp(key) {
                Ordering::Less => open.start = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => open.end = middle,
            }
        }
        Err(open.start)
    }

    /// A key and its value, without a copy.
    pub(super) fn pair(&self, at: usize) -> (Bytes, Bytes) {
        let (key, value) = self.spans(at);
        (self.0.slice(key), self.0.slice(value))
    }

    /// A value, without a copy.
    pub(super) fn value(&self, at: usize) -> Bytes {
        self.0.slice(self.spans(at).1)
    }

    /// The same pairs but some, in whose place may be another.
    pub(super) fn replace(&self, gone: Range<usize>, new: Option<Pair<'_>>) -> Self {
        let (from, to, end) = (self.start(gone.start), self.start(gone.end), self.end());
        let length = new.map_or(0, |(key, value)| NUMBER + key.len() + value.len());
        let count = self.count() - gone.len() + usize::from(new.is_some());
        let pairs = end - (to - from) + length;
        let mut bytes = Vec::with_capacity(pairs + NUMBER * (count + 1));
        bytes.extend_from_slice(&self.0[..from]);
        if let Some((key, value)) = new {
            write(&mut bytes, key.len());
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(value);
        }
        bytes.extend_from_slice(&self.0[to..end]);
        bytes.extend_from_slice(&self.0[end..end + NUMBER * gone.start]);
        if new.is_some() {
            write(&mut bytes, from);
        }
        (gone.end..self.count())
            .for_each(|at| write(&mut bytes, self.start(at) - to + from + length));
        write(&mut bytes, count);
        Self(bytes.into())
    }

    /// The same pairs in two pieces of about the same length, if they are too long for one.
    pub(super) fn halves(self) -> (Self, Option<Self>) {
        if self.size() <= MOST {
            return (self, None);
        }
        let (count, half) = (self.count(), self.end() / 2);
        let cut = (1..count).find(|at| self.start(*at) >= half).unwrap_or(count - 1);
        (self.replace(cut..count, None), Some(self.replace(0..cut, None)))
    }

    /// These pairs and others, whose keys are greater.
    pub(super) fn join(&self, others: &Self) -> Self {
        (0..others.count()).fold(self.clone(), |all, at| {
            let (key, value) = others.spans(at);
            let end = all.count();
            all.replace(end..end, Some((&others.0[key], &others.0[value])))
        })
    }

    fn key(&self, at: usize) -> &[u8] {
        &self.0[self.spans(at).0]
    }

    /// Where a key and its value are.
    fn spans(&self, at: usize) -> (Range<usize>, Range<usize>) {
        let start = self.start(at);
        let key = start + NUMBER;
        let value = key + self.number(start);
        (key..value, value..self.start(at + 1))
    }

    /// Where a pair begins; after the last, where the pairs end.
    fn start(&self, at: usize) -> usize {
        let (count, end) = (self.count(), self.end());
        if at < count { self.number(end + NUMBER * at) } else { end }
    }

    fn end(&self) -> usize {
        self.0.len() - NUMBER * (self.count() + 1)
    }

    fn number(&self, at: usize) -> usize {
        usize::from(u16::from_le_bytes([self.0[at], self.0[at + 1]]))
    }
}

/// Nothing here is longer than [`MOST`] and one pair.
fn write(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend_from_slice(&(number as u16).to_le_bytes());
}
