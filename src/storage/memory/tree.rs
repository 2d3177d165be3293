//! A persistent map of byte keys to byte values. Short pairs lie packed in blocks, a long one has
//! a block of its own; the blocks lie in a persistent tree.

use std::{
    cmp::Ordering,
    ops::{Bound, ControlFlow, Range},
};

use bytes::Bytes;
use imbl::OrdMap;

use super::{
    name::Name,
    packed::{MOST, Packed},
};
use crate::storage::{Direction, KeyRange, Show, SizedValue, Value};

/// The map. A clone is a pointer; what is written after it copies a path and one block.
#[derive(Clone, Default)]
pub(super) struct Tree {
    /// Each block by a key that is no greater than its first and greater than those of all blocks
    /// before it. No block is empty.
    blocks: OrdMap<Name, Block>,
}

#[derive(Clone, Debug)]
enum Block {
    /// Short pairs.
    Many(Packed),
    /// The value of the very key that the block is found by, and the size it was put with.
    One(Bytes, Option<u32>),
}

impl Tree {
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// A value and the size it was put with.
    pub(super) fn get(&self, key: &[u8]) -> Option<SizedValue> {
        match self.blocks.get_prev(key)? {
            (_, Block::Many(pairs)) => pairs.find(key).ok().map(|at| pairs.value(at)),
            (name, Block::One(value, size)) => (**name == *key).then(|| (value.clone(), *size)),
        }
    }

    pub(super) fn put(&mut self, key: &[u8], value: Bytes, size: Option<u32>) {
        let pair = (key, &*value, size);
        let short = Packed::takes(pair);
        if let Some((_, Block::Many(pairs))) = self.blocks.get_prev_mut(key)
            && pairs.overwrite(pair)
        {
            return;
        }
        match self.blocks.get_prev(key) {
            Some((name, Block::Many(pairs))) => {
                let name = name.clone();
                let there = pairs.find(key).map_or_else(|at| at..at, |at| at..at + 1);
                if short {
                    let pairs = pairs.replace(there, Some(pair));
                    return self.set(name, pairs);
                }
                let before = pairs.replace(there.start..pairs.count(), None);
                let after = pairs.replace(0..there.end, None);
                self.set(name, before);
                if after.count() > 0 {
                    self.set(Name::between(key, after.first()), after);
                }
                self.blocks.insert(key.into(), Block::One(value, size));
            }
            _ if short => match self.blocks.get_next(key) {
                // No block before it takes it: the one behind does, from here on.
                Some((name, Block::Many(pairs))) => {
                    let (name, pairs) = (name.clone(), pairs.replace(0..0, Some(pair)));
                    self.blocks.remove(&*name);
                    self.set(key.into(), pairs);
                }
                _ => self.set(key.into(), Packed::of(pair)),
            },
            _ => {
                self.blocks.insert(key.into(), Block::One(value, size));
            }
        }
    }

    pub(super) fn delete(&mut self, key: &[u8]) {
        match self.blocks.get_prev(key) {
            Some((name, Block::Many(pairs))) => {
                let Ok(at) = pairs.find(key) else { return };
                let (name, left) = (name.clone(), pairs.replace(at..at + 1, None));
                let (name, left) = self.joined(name, left);
                self.set(name, left);
            }
            Some((name, Block::One(..))) if **name == *key => {
                self.blocks.remove(key);
            }
            _ => {}
        }
    }

    /// As [`crate::storage::Read::visit`].
    pub(super) fn visit(&self, range: KeyRange<'_>, direction: Direction, show: &mut Show<'_>) {
        if range.is_empty() {
            return;
        }
        // The first key of the range may be in the middle of a block.
        let first = match range.from {
            Bound::Included(key) | Bound::Excluded(key) => self.blocks.get_prev(key),
            Bound::Unbounded => None,
        };
        let from = first.map_or(Bound::Unbounded, |(name, _)| Bound::Included(&**name));
        let blocks = self.blocks.range::<_, [u8]>((from, range.to));
        // Who has seen enough has: there is nobody to tell.
        let _ = match direction {
            Direction::Forward => each(blocks, |(name, block), (first, last)| {
                block.visit(name, range.only(first, last), direction, show)
            }),
            Direction::Backward => each(blocks.rev(), |(name, block), (last, first)| {
                block.visit(name, range.only(first, last), direction, show)
            }),
        };
    }

    /// A block that may have become short, and with it one beside it that is no more, if that
    /// makes one that the next write does not cut again.
    fn joined(&mut self, name: Name, pairs: Packed) -> (Name, Packed) {
        if pairs.size() >= MOST / 4 || pairs.count() == 0 {
            return (name, pairs);
        }
        let fits = |(name, block): (&Name, &Block)| match block {
            Block::Many(more) if pairs.size() + more.size() <= MOST / 2 => {
                Some((name.clone(), more.clone()))
            }
            _ => None,
        };
        let after = (Bound::Excluded(&*name), Bound::Unbounded);
        if let Some((other, more)) = self.blocks.range::<_, [u8]>(after).next().and_then(fits) {
            self.blocks.remove(&*other);
            return (name, pairs.join(&more));
        }
        let before = (Bound::Unbounded, Bound::Excluded(&*name));
        if let Some((other, more)) = self.blocks.range::<_, [u8]>(before).next_back().and_then(fits)
        {
            self.blocks.remove(&*name);
            return (other, more.join(&pairs));
        }
        (name, pairs)
    }

    /// Puts pairs where a block is or will be; none, and there will be none.
    fn set(&mut self, name: Name, pairs: Packed) {
        if pairs.count() == 0 {
            self.blocks.remove(&*name);
            return;
        }
        let (pairs, more) = pairs.halves();
        if let Some(more) = more {
            let between = Name::between(pairs.last(), more.first());
            self.blocks.insert(between, Block::Many(more));
        }
        self.blocks.insert(name, Block::Many(pairs));
    }
}

/// Does something with one after another until it breaks off; it is told which are the outermost.
fn each<T>(
    all: impl Iterator<Item = T>,
    mut act: impl FnMut(T, (bool, bool)) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut all = all.peekable();
    let mut first = true;
    while let Some(one) = all.next() {
        act(one, (std::mem::take(&mut first), all.peek().is_none()))?;
    }
    ControlFlow::Continue(())
}

impl<'a> KeyRange<'a> {
    /// What there is of it in a block: between those that hold its ends are all its keys.
    fn only(self, first: bool, last: bool) -> Self {
        let part = |bound: Bound<&'a [u8]>, there| if there { bound } else { Bound::Unbounded };
        Self { from: part(self.from, first), to: part(self.to, last) }
    }
}

impl Block {
    /// Which of its pairs lie in a range.
    fn inside(&self, name: &[u8], range: KeyRange<'_>) -> Range<usize> {
        // How many pairs are less than the key, and how many are not greater.
        let less = |key| self.find(name, key).unwrap_or_else(|at| at);
        let up_to = |key| self.find(name, key).map_or_else(|at| at, |at| at + 1);
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
            Self::One(..) => 1,
        }
    }

    /// As [`Packed::find`].
    fn find(&self, name: &[u8], key: &[u8]) -> Result<usize, usize> {
        match (self, name.cmp(key)) {
            (Self::Many(pairs), _) => pairs.find(key),
            (Self::One(..), Ordering::Less) => Err(1),
            (Self::One(..), Ordering::Equal) => Ok(0),
            (Self::One(..), Ordering::Greater) => Err(0),
        }
    }

    /// Shows those of its pairs that lie in a range.
    fn visit(
        &self,
        name: &[u8],
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> ControlFlow<()> {
        let inside = self.inside(name, range);
        match (self, direction) {
            (Self::One(..), _) if inside.is_empty() => ControlFlow::Continue(()),
            (Self::One(value, size), _) => show(name, Value::within(value, 0..value.len(), *size)),
            (Self::Many(pairs), Direction::Forward) => {
                pairs.pairs(inside).try_for_each(|(key, value)| show(key, value))
            }
            (Self::Many(pairs), Direction::Backward) => {
                pairs.pairs(inside).rev().try_for_each(|(key, value)| show(key, value))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    impl Tree {
        /// How many nodes of trees hold the name of each block that is no short one: a node that
        /// is copied holds its names once more.
        pub(in crate::storage::memory) fn holders(&self) -> Vec<usize> {
            let count = |name: &Name| match name {
                Name::Few(..) => None,
                Name::Many(bytes) => Some(Arc::strong_count(bytes)),
            };
            self.blocks.keys().filter_map(count).collect()
        }

        /// Whether its blocks are as they are said to be.
        fn is_sane(&self) -> bool {
            let mut last: Option<Vec<u8>> = None;
            self.blocks.iter().all(|(name, block)| {
                let keys: Vec<Vec<u8>> = match block {
                    Block::One(..) => vec![name.to_vec()],
                    Block::Many(pairs) => {
                        pairs.pairs(0..pairs.count()).map(|(key, _)| key.to_vec()).collect()
                    }
                };
                let begins = last.take().is_none_or(|last| last[..] < **name);
                let fits = !matches!(block, Block::Many(pairs) if pairs.size() > MOST);
                let right = keys.first().is_some_and(|first| **name <= first[..])
                    && keys.is_sorted_by(|one, other| one < other);
                last = keys.last().cloned();
                begins && fits && right
            })
        }
    }

    proptest! {
        #[test]
        fn blocks_are_in_order_and_neither_empty_nor_too_long(
            steps in vec((vec(0u8..4, 0..5), prop_oneof![Just(None), (0usize..600).prop_map(Some)]), 0..200)
        ) {
            let mut tree = Tree::default();
            for (key, value) in steps {
                match value {
                    Some(length) => tree.put(&key, vec![7; length].into(), None),
                    None => tree.delete(&key),
                }
                prop_assert!(tree.is_sane(), "{:?}", tree.blocks);
            }
        }
    }

    #[test]
    fn what_is_left_of_many_pairs_lies_in_few_blocks() {
        let mut tree = Tree::default();
        let key = |number: u32| number.to_be_bytes();
        (0..10_000).for_each(|number| tree.put(&key(number), Bytes::from_static(&[0; 40]), None));
        assert!((200..600).contains(&tree.blocks()), "{}", tree.blocks());
        (0..10_000).filter(|number| number % 50 != 0).for_each(|number| tree.delete(&key(number)));
        assert!((1..30).contains(&tree.blocks()), "{}", tree.blocks());
        assert!(tree.is_sane());
        (0..10_000).for_each(|number| tree.delete(&key(number)));
        assert_eq!(tree.blocks(), 0);
    }
}
