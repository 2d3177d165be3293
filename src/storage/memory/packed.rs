//! Pairs that lie side by side in one piece of memory, in the order of their keys.
//!
//! | bytes | what |
//! |---|---|
//! | so many | of each pair, its key and its value |
//! | 6 a pair | where its key begins, where its value begins, and the size of the item that the value is; zero, it was not told |
//! | 2 | how many there are |
//!
//! So a pair takes six bytes beside its own, and none for an allocation, a count of references or
//! a place in a node, which together are more than most items. Whoever counts items and their sizes
//! looks at the end only, not at each item. Numbers are little-endian.

use std::ops::Range;

use bytes::Bytes;

use super::search;
use crate::storage::{SizedValue, Value};

/// How long a number is.
const NUMBER: usize = 2;

/// How long pairs get before they are cut in two. A write copies as much at most, so it is in the
/// order of what a node of the tree above takes.
pub(super) const MOST: usize = 4096;

/// Up to which length of key and value a pair lies beside others. One that is longer is not worth
/// copying when its neighbours change, and its value may be shared with index entries.
const LONGEST: usize = 512;

/// A pair to write: key, value, and the size of the item that the value is.
pub(super) type Pair<'a> = (&'a [u8], &'a [u8], Option<u32>);

/// What stands at the end of a pair.
const PLACE: usize = 3 * NUMBER;

/// Pairs in one piece.
#[derive(Clone, Debug)]
pub(super) struct Packed(Bytes);

impl Packed {
    /// Whether a pair is short enough.
    pub(super) fn takes((key, value, _): Pair<'_>) -> bool {
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
        search(0..self.count(), |at| self.key(at).cmp(key))
    }

    /// A value and the size it was put with. It is copied: to count one more who holds on to all
    /// of them takes as long, and longer where nobody has read here for a while or others do now.
    pub(super) fn value(&self, at: usize) -> SizedValue {
        let value = Bytes::copy_from_slice(&self.0[self.spans(at).1]);
        (value, told(self.place(at)[2]))
    }

    /// Puts a value and its size in place of others, where they lie, if the value is as long and
    /// nobody else has the piece of memory. Says whether that was so.
    pub(super) fn overwrite(&mut self, at: usize, value: &[u8], size: Option<u32>) -> bool {
        let (there, places) = (self.spans(at).1, self.end() + PLACE * at);
        if there.len() != value.len() {
            return false;
        }
        match std::mem::take(&mut self.0).try_into_mut() {
            Ok(mut bytes) => {
                bytes[there].copy_from_slice(value);
                let size = (size.unwrap_or_default() as u16).to_le_bytes();
                bytes[places + 2 * NUMBER..places + PLACE].copy_from_slice(&size);
                self.0 = bytes.freeze();
                true
            }
            Err(shared) => {
                self.0 = shared;
                false
            }
        }
    }

    /// Some of the keys and their values.
    pub(super) fn pairs(
        &self,
        some: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = (&[u8], Value<'_>)> {
        let (all, count, end) = (&self.0, self.count(), self.end());
        let places = &all[end..];
        some.map(move |at| {
            let [key, value, size] = place(places, at);
            let end = if at + 1 < count { place(places, at + 1)[0] } else { end };
            (&all[key..value], Value::within(all, value..end, told(size)))
        })
    }

    /// The same pairs but some, in whose place may be another.
    pub(super) fn replace(&self, gone: Range<usize>, new: Option<Pair<'_>>) -> Self {
        let (from, to, end) = (self.start(gone.start), self.start(gone.end), self.end());
        let length = new.map_or(0, |(key, value, _)| key.len() + value.len());
        let count = self.count() - gone.len() + usize::from(new.is_some());
        let size = end - (to - from) + length + PLACE * count + NUMBER;
        let mut bytes = Vec::with_capacity(size);
        bytes.extend_from_slice(&self.0[..from]);
        if let Some((key, value, _)) = new {
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(value);
        }
        bytes.extend_from_slice(&self.0[to..end]);
        bytes.extend_from_slice(&self.0[end..end + PLACE * gone.start]);
        if let Some((key, _, size)) = new {
            let size = size.unwrap_or_default() as usize;
            write_place(&mut bytes, [from, from + key.len(), size]);
        }
        for at in gone.end..self.count() {
            let [key, value, size] = self.place(at);
            let moved = |place| place - to + from + length;
            write_place(&mut bytes, [moved(key), moved(value), size]);
        }
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
        others.pairs(0..others.count()).fold(self.clone(), |all, (key, value)| {
            let end = all.count();
            all.replace(end..end, Some((key, value.bytes(), value.size())))
        })
    }

    fn key(&self, at: usize) -> &[u8] {
        let [key, value, _] = self.place(at);
        &self.0[key..value]
    }

    /// Where a key and its value are.
    fn spans(&self, at: usize) -> (Range<usize>, Range<usize>) {
        let [key, value, _] = self.place(at);
        (key..value, value..self.start(at + 1))
    }

    /// Where a pair begins; after the last, where the pairs end.
    fn start(&self, at: usize) -> usize {
        if at < self.count() { self.place(at)[0] } else { self.end() }
    }

    fn place(&self, at: usize) -> [usize; 3] {
        place(&self.0[self.end()..], at)
    }

    fn end(&self) -> usize {
        self.0.len() - NUMBER - PLACE * self.count()
    }

    fn number(&self, at: usize) -> usize {
        number([self.0[at], self.0[at + 1]])
    }
}

/// What stands of a pair behind them all.
fn place(places: &[u8], at: usize) -> [usize; 3] {
    let [a, b, c, d, e, f] = *places[PLACE * at..].first_chunk().unwrap_or(&[0; PLACE]);
    [number([a, b]), number([c, d]), number([e, f])]
}

/// The size that a number tells.
fn told(size: usize) -> Option<u32> {
    (size > 0).then_some(size as u32)
}

fn number(bytes: [u8; NUMBER]) -> usize {
    usize::from(u16::from_le_bytes(bytes))
}

fn write_place(bytes: &mut Vec<u8>, place: [usize; 3]) {
    place.into_iter().for_each(|number| write(bytes, number));
}

/// Nothing here is longer than [`MOST`] and one pair; an item is no longer than its text, which is
/// [`LONGEST`] at most.
fn write(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend_from_slice(&(number as u16).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_over_where_it_lies_unless_somebody_else_has_it() {
        let mut pairs = Packed::of((b"a", b"one", Some(1)));
        pairs = pairs.replace(1..1, Some((b"b", b"four", Some(4))));
        let place = pairs.0.as_ptr();
        let over = |pairs: &mut Packed, (key, value, size): Pair<'_>| {
            pairs.find(key).is_ok_and(|at| pairs.overwrite(at, value, size))
        };
        assert!(over(&mut pairs, (b"a", b"two", Some(2))));
        assert_eq!(pairs.value(0), (Bytes::from_static(b"two"), Some(2)));
        assert_eq!(pairs.value(1), (Bytes::from_static(b"four"), Some(4)));
        assert_eq!(pairs.0.as_ptr(), place);
        for other in [(&b"a"[..], &b"three"[..]), (b"c", b"two")] {
            assert!(!over(&mut pairs, (other.0, other.1, None)), "{other:?}");
        }
        let snapshot = pairs.clone();
        assert!(!over(&mut pairs, (b"a", b"six", None)));
        assert_eq!(snapshot.value(0), (Bytes::from_static(b"two"), Some(2)));
        drop(snapshot);
        assert!(over(&mut pairs, (b"a", b"six", None)));
        assert_eq!(pairs.value(0), (Bytes::from_static(b"six"), None));
    }
}
