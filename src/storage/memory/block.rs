//! A leaf of the tree: short pairs in one piece of memory, or one long pair.

use std::{
    cmp::Ordering,
    ops::{Bound, ControlFlow, Range},
    sync::Arc,
};

use bytes::Bytes;

use super::{
    are_short,
    names::between,
    packed::{MOST, Packed},
};
use crate::storage::{Direction, KeyRange, Show, SizedValue, Value};

/// Pairs, one at least.
#[derive(Clone, Debug)]
pub(super) enum Block {
    /// Short ones.
    Many(Packed),
    /// A long one.
    One(Arc<Long>),
}

/// A pair that lies beside no other.
#[derive(Debug)]
pub(super) struct Long {
    key: Box<[u8]>,
    value: Bytes,
    size: Option<u32>,
}

/// A block to put behind another, and a name for it: greater than all keys before, and no greater
/// than any of its own.
pub(super) type Behind = (Vec<u8>, Block);

impl Block {
    /// One pair.
    pub(super) fn of(key: &[u8], value: Bytes, size: Option<u32>) -> Self {
        match (key, &*value, size) {
            pair if Packed::takes(pair) => Self::Many(Packed::of(pair)),
            _ => Self::One(Arc::new(Long { key: key.into(), value, size })),
        }
    }

    /// A value and the size it was put with.
    pub(super) fn get(&self, key: &[u8]) -> Option<SizedValue> {
        match self {
            Self::Many(pairs) => pairs.find(key).ok().map(|at| pairs.value(at)),
            Self::One(long) => (*long.key == *key).then(|| (long.value.clone(), long.size)),
        }
    }

    /// Puts a pair in, which may make more blocks.
    pub(super) fn put(&mut self, key: &[u8], value: Bytes, size: Option<u32>) -> Vec<Behind> {
        let pair = (key, &*value, size);
        match self {
            Self::Many(pairs) => {
                let there = match pairs.find(key) {
                    Ok(at) if pairs.overwrite(at, &value, size) => return Vec::new(),
                    Ok(at) => at..at + 1,
                    Err(at) => at..at,
                };
                if Packed::takes(pair) {
                    let (pairs, more) = pairs.replace(there, Some(pair)).halves();
                    let more = more.map(|more| behind(pairs.last(), Self::Many(more)));
                    *self = Self::Many(pairs);
                    return more.into_iter().collect();
                }
                let before = pairs.replace(there.start..pairs.count(), None);
                let after = pairs.replace(0..there.end, None);
                let all = [Self::Many(before), Self::of(key, value, size), Self::Many(after)];
                self.take(all.into_iter().filter(|block| block.count() > 0))
            }
            Self::One(long) => {
                let other = Self::of(key, value, size);
                let all = match (*long.key).cmp(key) {
                    Ordering::Less => vec![self.clone(), other],
                    Ordering::Equal => vec![other],
                    Ordering::Greater => vec![other, self.clone()],
                };
                self.take(all.into_iter())
            }
        }
    }

    /// Becomes the first of some blocks; gives the others.
    fn take(&mut self, mut all: impl Iterator<Item = Self>) -> Vec<Behind> {
        if let Some(first) = all.next() {
            *self = first;
        }
        let mut last = self.last().to_vec();
        all.map(|block| {
            let before = std::mem::replace(&mut last, block.last().to_vec());
            behind(&before, block)
        })
        .collect()
    }

    /// Takes a pair out, which is there. Says whether another is left.
    pub(super) fn delete(&mut self, key: &[u8]) -> bool {
        match self {
            Self::Many(pairs) => {
                if let Ok(at) = pairs.find(key) {
                    *pairs = pairs.replace(at..at + 1, None);
                }
                pairs.count() > 0
            }
            Self::One(_) => false,
        }
    }

    /// Takes the pairs of the next block as well, if that is short or this one is. Says whether
    /// that was so.
    pub(super) fn join(&mut self, next: &Self) -> bool {
        match (&mut *self, next) {
            (Self::Many(pairs), Self::Many(more)) if are_short(pairs.size(), more.size(), MOST) => {
                *pairs = pairs.join(more);
                true
            }
            _ => false,
        }
    }

    /// Shows those of its pairs that lie in a range.
    pub(super) fn visit(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> ControlFlow<()> {
        let inside = self.inside(range);
        match (self, direction) {
            (Self::One(_), _) if inside.is_empty() => ControlFlow::Continue(()),
            (Self::One(long), _) => {
                let whole = 0..long.value.len();
                show(&long.key, Value::within(&long.value, whole, long.size))
            }
            (Self::Many(pairs), Direction::Forward) => {
                pairs.pairs(inside).try_for_each(|(key, value)| show(key, value))
            }
            (Self::Many(pairs), Direction::Backward) => {
                pairs.pairs(inside).rev().try_for_each(|(key, value)| show(key, value))
            }
        }
    }

    /// Which of its pairs lie in a range.
    fn inside(&self, range: KeyRange<'_>) -> Range<usize> {
        // How many pairs are less than the key, and how many are not greater.
        let less = |key| self.find(key).unwrap_or_else(|at| at);
        let up_to = |key| self.find(key).map_or_else(|at| at, |at| at + 1);
        let from = match range.from {
            Bound::Included(key) => less(key),
            Bound::Excluded(key) => up_to(key),
            Bound::Unbounded => 0,
        };
        let to = match range.to {
            Bound::Included(key) => up_to(key),
            Bound::Excluded(key) => less(key),
            Bound::Unbounded => self.count(),
        };
        from..to
    }

    fn count(&self) -> usize {
        match self {
            Self::Many(pairs) => pairs.count(),
            Self::One(_) => 1,
        }
    }

    fn first(&self) -> &[u8] {
        match self {
            Self::Many(pairs) => pairs.first(),
            Self::One(long) => &long.key,
        }
    }

    fn last(&self) -> &[u8] {
        match self {
            Self::Many(pairs) => pairs.last(),
            Self::One(long) => &long.key,
        }
    }

    /// As [`Packed::find`].
    fn find(&self, key: &[u8]) -> Result<usize, usize> {
        match self {
            Self::Many(pairs) => pairs.find(key),
            Self::One(long) => match (*long.key).cmp(key) {
                Ordering::Less => Err(1),
                Ordering::Equal => Ok(0),
                Ordering::Greater => Err(0),
            },
        }
    }
}

fn behind(last: &[u8], block: Block) -> Behind {
    (between(last, block.first()).to_vec(), block)
}
