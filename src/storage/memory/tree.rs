//! A persistent map of byte keys to byte values: a B+ tree whose nodes are shared until they are
//! written to, with pairs in the blocks at its ends.

use std::{
    ops::{Bound, ControlFlow, RangeInclusive},
    sync::Arc,
};

use bytes::Bytes;

use super::{are_short, block::Block, names::Names};
use crate::storage::{Direction, KeyRange, Show, SizedValue};

/// How many children a node has at most. More make the tree lower, so that a search of one that
/// is larger than the caches waits less often; a write after a fork copies as many pointers.
const MOST: usize = 63;

/// The map. A clone is a pointer; what is written after it copies a path and one block.
#[derive(Clone, Default)]
pub(super) struct Tree {
    root: Arc<Node>,
}

#[derive(Clone, Default)]
struct Node {
    /// One less than there are children: each is greater than all keys of the child before it and
    /// no greater than any of the one behind.
    names: Names,
    children: Children,
}

#[derive(Clone)]
enum Children {
    /// None in an empty tree only.
    Blocks(Vec<Block>),
    Nodes(Vec<Arc<Node>>),
}

impl Default for Children {
    fn default() -> Self {
        Self::Blocks(Vec::new())
    }
}

impl Tree {
    pub(super) fn blocks(&self) -> usize {
        self.root.blocks()
    }

    /// A value and the size it was put with.
    pub(super) fn get(&self, key: &[u8]) -> Option<SizedValue> {
        let mut node = &*self.root;
        loop {
            let at = node.names.up_to(key);
            match &node.children {
                Children::Nodes(nodes) => node = &nodes[at],
                Children::Blocks(blocks) => return blocks.get(at)?.get(key),
            }
        }
    }

    pub(super) fn put(&mut self, key: &[u8], value: Bytes, size: Option<u32>) {
        if let Some((name, node)) = Arc::make_mut(&mut self.root).put(key, value, size) {
            let children = Children::Nodes(vec![std::mem::take(&mut self.root), node]);
            let mut names = Names::default();
            names.insert(0, &name);
            self.root = Arc::new(Node { names, children });
        }
    }

    pub(super) fn delete(&mut self, key: &[u8]) {
        // Else a path would be copied for nothing.
        if self.get(key).is_none() {
            return;
        }
        Arc::make_mut(&mut self.root).delete(key);
        while let Children::Nodes(nodes) = &self.root.children
            && nodes.len() <= 1
        {
            self.root = nodes.first().cloned().unwrap_or_default();
        }
    }

    /// As [`crate::storage::Read::visit`].
    pub(super) fn visit(&self, range: KeyRange<'_>, direction: Direction, show: &mut Show<'_>) {
        if !range.is_empty() {
            // Who has seen enough has: there is nobody to tell.
            let _ = self.root.visit(range, direction, show);
        }
    }
}

impl Node {
    fn blocks(&self) -> usize {
        match &self.children {
            Children::Blocks(blocks) => blocks.len(),
            Children::Nodes(nodes) => nodes.iter().map(|node| node.blocks()).sum(),
        }
    }

    /// Puts a pair in. Gives a node to put behind this one, if there are too many children for
    /// one, and its name.
    fn put(&mut self, key: &[u8], value: Bytes, size: Option<u32>) -> Option<(Vec<u8>, Arc<Self>)> {
        let at = self.names.up_to(key);
        match &mut self.children {
            Children::Nodes(nodes) => {
                let (name, node) = Arc::make_mut(&mut nodes[at]).put(key, value, size)?;
                self.names.insert(at, &name);
                nodes.insert(at + 1, node);
            }
            Children::Blocks(blocks) if blocks.is_empty() => {
                blocks.push(Block::of(key, value, size));
            }
            Children::Blocks(blocks) => {
                let more = blocks[at].put(key, value, size);
                for (at, (name, block)) in (at..).zip(more) {
                    self.names.insert(at, &name);
                    blocks.insert(at + 1, block);
                }
            }
        }
        self.split()
    }

    fn split(&mut self) -> Option<(Vec<u8>, Arc<Self>)> {
        let half = self.children.len() / 2;
        (self.children.len() > MOST).then(|| {
            let children = self.children.split_off(half);
            let (name, names) = self.names.split(half - 1);
            (name, Arc::new(Self { names, children }))
        })
    }

    /// Takes a pair out, which is there.
    fn delete(&mut self, key: &[u8]) {
        let at = self.names.up_to(key);
        let is_left = match &mut self.children {
            Children::Nodes(nodes) => {
                let node = Arc::make_mut(&mut nodes[at]);
                node.delete(key);
                node.children.len() > 0
            }
            Children::Blocks(blocks) => blocks[at].delete(key),
        };
        if !is_left {
            self.children.remove(at);
            self.names.remove(at.saturating_sub(1));
        } else if !self.join(at)
            && let Some(before) = at.checked_sub(1)
        {
            self.join(before);
        }
    }

    /// Puts a child and the one behind it together, if they are that short. Says whether it did.
    fn join(&mut self, at: usize) -> bool {
        if at + 1 >= self.children.len() {
            return false;
        }
        let joined = match &mut self.children {
            Children::Blocks(blocks) => {
                let (some, others) = blocks.split_at_mut(at + 1);
                some[at].join(&others[0])
            }
            Children::Nodes(nodes) => {
                let (some, others) = nodes.split_at_mut(at + 1);
                let (node, other) = (&mut some[at], &others[0]);
                let short = are_short(node.children.len(), other.children.len(), MOST);
                if short {
                    let node = Arc::make_mut(node);
                    node.names.join(&self.names.name(at), &other.names);
                    node.children.extend(&other.children);
                }
                short
            }
        };
        if joined {
            self.children.remove(at + 1);
            self.names.remove(at);
        }
        joined
    }

    fn visit(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> ControlFlow<()> {
        let end = |bound| match bound {
            Bound::Included(key) | Bound::Excluded(key) => Some(self.names.up_to(key)),
            Bound::Unbounded => None,
        };
        let last = self.children.len().saturating_sub(1);
        let inside = end(range.from).unwrap_or(0)..=end(range.to).unwrap_or(last);
        let mut visit = |at| {
            let range = range.only(at, &inside);
            match &self.children {
                Children::Nodes(nodes) => nodes[at].visit(range, direction, show),
                Children::Blocks(blocks) => {
                    let visit = |block: &Block| block.visit(range, direction, show);
                    blocks.get(at).map_or(ControlFlow::Continue(()), visit)
                }
            }
        };
        match direction {
            Direction::Forward => inside.clone().try_for_each(&mut visit),
            Direction::Backward => inside.clone().rev().try_for_each(&mut visit),
        }
    }
}

impl<'a> KeyRange<'a> {
    /// What there is of it in one of the children that it reaches over: all keys of those between
    /// the first and the last lie in it.
    fn only(self, at: usize, inside: &RangeInclusive<usize>) -> Self {
        let part = |bound: Bound<&'a [u8]>, end| if at == end { bound } else { Bound::Unbounded };
        Self { from: part(self.from, *inside.start()), to: part(self.to, *inside.end()) }
    }
}

impl Children {
    fn len(&self) -> usize {
        match self {
            Self::Blocks(blocks) => blocks.len(),
            Self::Nodes(nodes) => nodes.len(),
        }
    }

    fn remove(&mut self, at: usize) {
        match self {
            Self::Blocks(blocks) => drop(blocks.remove(at)),
            Self::Nodes(nodes) => drop(nodes.remove(at)),
        }
    }

    fn split_off(&mut self, at: usize) -> Self {
        match self {
            Self::Blocks(blocks) => Self::Blocks(blocks.split_off(at)),
            Self::Nodes(nodes) => Self::Nodes(nodes.split_off(at)),
        }
    }

    /// Adds others of its kind: nodes at one height have the same.
    fn extend(&mut self, others: &Self) {
        match (self, others) {
            (Self::Blocks(blocks), Self::Blocks(others)) => blocks.extend_from_slice(others),
            (Self::Nodes(nodes), Self::Nodes(others)) => nodes.extend_from_slice(others),
            _ => unreachable!("nodes at one height"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;

    impl Tree {
        /// Where its nodes lie.
        pub(in crate::storage::memory) fn nodes(&self) -> BTreeSet<usize> {
            let mut found = BTreeSet::new();
            let mut open = vec![&self.root];
            while let Some(node) = open.pop() {
                found.insert(Arc::as_ptr(node).addr());
                if let Children::Nodes(nodes) = &node.children {
                    open.extend(nodes);
                }
            }
            found
        }

        /// All pairs, after a look at whether nodes and blocks are as they are said to be.
        fn checked(&self) -> BTreeMap<Vec<u8>, usize> {
            let mut pairs = BTreeMap::new();
            self.root.check(&mut pairs);
            pairs
        }
    }

    impl Node {
        /// Gives the height, and adds the pairs.
        fn check(&self, pairs: &mut BTreeMap<Vec<u8>, usize>) -> usize {
            let count = self.children.len();
            assert!(count <= MOST, "{count} children");
            let mut heights = BTreeSet::new();
            for at in 0..count {
                let mut own = BTreeMap::new();
                heights.insert(match &self.children {
                    Children::Nodes(nodes) => 1 + nodes[at].check(&mut own),
                    Children::Blocks(blocks) => {
                        own = pairs_of(&blocks[at]);
                        1
                    }
                });
                let (first, last) = (own.first_key_value(), own.last_key_value());
                let (first, last) = (first.unwrap().0, last.unwrap().0);
                assert!(at == 0 || self.names.name(at - 1) <= *first, "child {at}");
                assert!(at + 1 == count || *last < self.names.name(at), "child {at}");
                pairs.extend(own);
            }
            assert!(heights.len() <= 1, "{heights:?}");
            heights.pop_first().unwrap_or_default()
        }
    }

    fn pairs_of(block: &Block) -> BTreeMap<Vec<u8>, usize> {
        let (mut pairs, mut size) = (BTreeMap::new(), 0);
        let all = KeyRange { from: Bound::Unbounded, to: Bound::Unbounded };
        let _ = block.visit(all, Direction::Forward, &mut |key, value| {
            pairs.insert(key.to_vec(), value.bytes().len());
            size += key.len() + value.bytes().len();
            ControlFlow::Continue(())
        });
        assert!(pairs.len() == 1 || size <= 4096, "{size} bytes in a block");
        pairs
    }

    fn keys(
        tree: &Tree,
        (from, to): (Bound<&[u8]>, Bound<&[u8]>),
        direction: Direction,
    ) -> Vec<Vec<u8>> {
        let mut keys = Vec::new();
        tree.visit(KeyRange { from, to }, direction, &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        });
        keys
    }

    /// Puts a value of so many bytes, or deletes.
    type Step = (Vec<u8>, Option<usize>);

    fn run(tree: &mut Tree, model: &mut BTreeMap<Vec<u8>, usize>, (key, value): Step) {
        match value {
            Some(length) => {
                tree.put(&key, vec![7; length].into(), None);
                model.insert(key, length);
            }
            None => {
                tree.delete(&key);
                model.remove(&key);
            }
        }
    }

    proptest! {
        #[test]
        fn blocks_are_in_order_and_neither_empty_nor_too_long(
            steps in vec((vec(0u8..4, 0..5), prop_oneof![Just(None), (0usize..600).prop_map(Some)]), 0..200)
        ) {
            let (mut tree, mut model) = (Tree::default(), BTreeMap::new());
            for step in steps {
                run(&mut tree, &mut model, step);
                prop_assert_eq!(tree.checked(), model.clone());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// More than a thousand blocks, so that nodes of nodes are cut and joined.
        #[test]
        fn nodes_are_in_order_and_neither_empty_nor_too_long(
            put in vec(any::<u16>(), 2_000..4_000), deleted in vec(any::<Index>(), 0..8_000)
        ) {
            let (mut tree, mut model) = (Tree::default(), BTreeMap::new());
            let key = |number: &u16| number.to_be_bytes().to_vec();
            put.iter().for_each(|one| run(&mut tree, &mut model, (key(one), Some(600))));
            prop_assert_eq!(&tree.checked(), &model);
            let full = tree.clone();
            for one in &deleted {
                run(&mut tree, &mut model, (key(one.get(&put)), None));
            }
            prop_assert_eq!(&tree.checked(), &model);
            prop_assert_eq!(full.checked().len(), put.iter().collect::<BTreeSet<_>>().len());
            for two in deleted.chunks_exact(2).take(50) {
                let (from, to) = (key(two[0].get(&put)), key(two[1].get(&put)));
                let range = (Bound::Excluded(&*from), Bound::Included(&*to));
                if from < to {
                    let expected: Vec<_> = model.range::<[u8], _>(range).map(|(key, _)| key.clone()).collect();
                    prop_assert_eq!(&keys(&tree, range, Direction::Forward), &expected);
                    let mut back = keys(&tree, range, Direction::Backward);
                    back.reverse();
                    prop_assert_eq!(&back, &expected);
                }
            }
        }
    }

    #[test]
    fn what_is_left_of_many_pairs_lies_in_few_blocks_of_few_nodes() {
        let (mut tree, key) = (Tree::default(), |number: u32| number.to_be_bytes());
        (0..100_000).for_each(|at| tree.put(&key(at), Bytes::from_static(&[0; 40]), None));
        assert!((1_000..6_000).contains(&tree.blocks()), "{}", tree.blocks());
        assert!((40..200).contains(&tree.nodes().len()), "{}", tree.nodes().len());
        (0..100_000).filter(|at| at % 50 != 0).for_each(|at| tree.delete(&key(at)));
        assert!((10..200).contains(&tree.blocks()), "{}", tree.blocks());
        assert!((1..20).contains(&tree.nodes().len()), "{}", tree.nodes().len());
        assert_eq!(tree.checked().len(), 2_000);
        (0..100_000).for_each(|at| tree.delete(&key(at)));
        assert_eq!((tree.blocks(), tree.nodes().len()), (0, 1));
    }
}
