//! A persistent map of byte keys to byte values. Short pairs lie packed in blocks, a long one has
//! a block of its own; the blocks lie in a persistent tree.

use std::{
    cmp::Ordering,
    ops::{Bound, Range},
};

use bytes::Bytes;
use imbl::OrdMap;

use super::{
    name::Name,
    packed::{MOST, Packed},
};
use crate::storage::{Direction, Key, KeyRange, Pair};

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
    /// The value of the very key that the block is found by.
    One(Bytes),
}

impl Tree {
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<Bytes> {
        match self.blocks.get_prev(key)? {
            (_, Block::Many(pairs)) => pairs.find(key).ok().map(|at| pairs.value(at)),
            (name, Block::One(value)) => (**name == *key).then(|| value.clone()),
        }
    }

    pub(super) fn put(&mut self, key: &[u8], value: Bytes) {
        let pair = (key, &*value);
        let short = Packed::takes(pair);
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
                self.blocks.insert(key.into(), Block::One(value));
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
                self.blocks.insert(key.into(), Block::One(value));
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
            Some((name, Block::One(_))) if **name == *key => {
                self.blocks.remove(key);
            }
            _ => {}
        }
    }

    pub(super) fn scan(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        limit: usize,
    ) -> Vec<Pair> {
        if range.is_empty() {
            return Vec::new();
        }
        // The first key of the range may be in the middle of a block.
        let first = match range.from {
            Bound::Included(key) | Bound::Excluded(key) => self.blocks.get_prev(key),
            Bound::Unbounded => None,
        };
        let from = first.map_or(Bound::Unbounded, |(name, _)| Bound::Included(&**name));
        let blocks = self.blocks.range::<_, [u8]>((from, range.to));
        match direction {
            Direction::Forward => gather(blocks, range, direction, limit),
            Direction::Backward => gather(blocks.rev(), range, direction, limit),
        }
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

/// The first pairs in a range of blocks that come in that direction.
fn gather<'a>(
    blocks: impl Iterator<Item = (&'a Name, &'a Block)>,
    range: KeyRange<'_>,
    direction: Direction,
    limit: usize,
) -> Vec<Pair> {
    let mut found = Vec::new();
    for (name, block) in blocks {
        let inside = block.inside(name, range);
        let wanted = inside.len().min(limit - found.len());
        let pair = |at| block.pair(name, at);
        match direction {
            Direction::Forward => found.extend(inside.take(wanted).map(pair)),
            Direction::Backward => found.extend(inside.rev().take(wanted).map(pair)),
        }
        if found.len() == limit {
            break;
        }
    }
    found
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
            Self::One(_) => 1,
        }
    }

    /// As [`Packed::find`].
    fn find(&self, name: &[u8], key: &[u8]) -> Result<usize, usize> {
        match (self, name.cmp(key)) {
            (Self::Many(pairs), _) => pairs.find(key),
            (Self::One(_), Ordering::Less) => Err(1),
            (Self::One(_), Ordering::Equal) => Ok(0),
            (Self::One(_), Ordering::Greater) => Err(0),
        }
    }

    fn pair(&self, name: &[u8], at: usize) -> Pair {
        let (key, value) = match self {
            Self::Many(pairs) => pairs.pair(at),
            Self::One(value) => (Bytes::copy_from_slice(name), value.clone()),
        };
        Pair { key: Key(key), value }
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
                    Block::One(_) => vec![name.to_vec()],
                    Block::Many(pairs) => {
                        (0..pairs.count()).map(|at| pairs.pair(at).0.to_vec()).collect()
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
                    Some(length) => tree.put(&key, vec![7; length].into()),
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
        (0..10_000).for_each(|number| tree.put(&key(number), Bytes::from_static(&[0; 40])));
        assert!((200..600).contains(&tree.blocks()), "{}", tree.blocks());
        (0..10_000).filter(|number| number % 50 != 0).for_each(|number| tree.delete(&key(number)));
        assert!((1..30).contains(&tree.blocks()), "{}", tree.blocks());
        assert!(tree.is_sane());
        (0..10_000).for_each(|number| tree.delete(&key(number)));
        assert_eq!(tree.blocks(), 0);
    }
}
