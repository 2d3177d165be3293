//! What the children of a node are told apart by: strings of bytes in order, of which a search
//! looks at few.
//!
//! | bytes | what |
//! |---|---|
//! | so many | what all names begin with |
//! | so many | of each name, what comes after that |
//! | 4 a name | the first four bytes of what comes after that: its head |
//! | 4 a name | where it ends |
//!
//! All of it is one piece of memory in which the heads lie beside each other: in a tree that is
//! larger than the processor's caches, a search takes as long as it waits for memory.

use std::ops::Range;

use super::search;

/// How long a head is, and a place.
const NUMBER: usize = size_of::<u32>();

/// Names.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    bytes: Box<[u8]>,
    count: usize,
    /// How long what they all begin with is.
    common: usize,
}

/// A name in two parts.
type Parts<'a> = [&'a [u8]; 2];

impl Names {
    /// How many of them are no greater than a key.
    pub(super) fn up_to(&self, key: &[u8]) -> usize {
        let common = &self.bytes[..self.common];
        let Some(key) = key.strip_prefix(common) else {
            return if key < common { 0 } else { self.count };
        };
        let (head, heads) = (head(key), self.heads());
        let found = search(0..self.count, |at| {
            self.number(heads.start, at).cmp(&head).then_with(|| self.rest(at).cmp(key))
        });
        found.map_or_else(|at| at, |at| at + 1)
    }

    /// One of them.
    pub(super) fn name(&self, at: usize) -> Vec<u8> {
        self.parts(at).concat()
    }

    /// Adds one where it belongs.
    pub(super) fn insert(&mut self, at: usize, name: &[u8]) {
        let (before, after) = (self.some(0..at), self.some(at..self.count));
        *self = Self::of(before.chain([[name, &[]]]).chain(after));
    }

    /// Takes one out.
    pub(super) fn remove(&mut self, at: usize) {
        *self = Self::of(self.some(0..at).chain(self.some(at + 1..self.count)));
    }

    /// Keeps those before one; gives it and those behind it.
    pub(super) fn split(&mut self, at: usize) -> (Vec<u8>, Self) {
        let split = (self.name(at), Self::of(self.some(at + 1..self.count)));
        *self = Self::of(self.some(0..at));
        split
    }

    /// Adds one, and others that are greater.
    pub(super) fn join(&mut self, name: &[u8], others: &Self) {
        let (all, others) = (self.some(0..self.count), others.some(0..others.count));
        *self = Self::of(all.chain([[name, &[]]]).chain(others));
    }

    fn of<'a>(names: impl DoubleEndedIterator<Item = Parts<'a>> + Clone) -> Self {
        let ends = (names.clone().next(), names.clone().next_back());
        let (Some(first), Some(last)) = ends else { return Self::default() };
        let same = |(one, other): &(&u8, &u8)| one == other;
        let common = whole(first).zip(whole(last)).take_while(same).count();
        let mut bytes: Vec<u8> = whole(first).take(common).copied().collect();
        let mut ends = Vec::new();
        for [one, other] in names {
            let of_one = common.min(one.len());
            bytes.extend_from_slice(&one[of_one..]);
            bytes.extend_from_slice(&other[common - of_one..]);
            ends.push(bytes.len());
        }
        bytes.reserve_exact(2 * NUMBER * ends.len());
        let mut from = common;
        for end in &ends {
            let head = head(&bytes[from..*end]);
            bytes.extend_from_slice(&head.to_ne_bytes());
            from = *end;
        }
        // A node's names are fewer than a hundred, of some thousand bytes each at most.
        ends.iter().for_each(|end| bytes.extend_from_slice(&(*end as u32).to_ne_bytes()));
        Self { bytes: bytes.into(), count: ends.len(), common }
    }

    fn some(&self, some: Range<usize>) -> impl DoubleEndedIterator<Item = Parts<'_>> + Clone {
        some.map(|at| self.parts(at))
    }

    fn parts(&self, at: usize) -> Parts<'_> {
        [&self.bytes[..self.common], self.rest(at)]
    }

    /// Of a name what comes after what they all begin with.
    fn rest(&self, at: usize) -> &[u8] {
        let from = at.checked_sub(1).map_or(self.common, |before| self.end(before));
        &self.bytes[from..self.end(at)]
    }

    fn end(&self, at: usize) -> usize {
        self.number(self.heads().end, at) as usize
    }

    fn heads(&self) -> Range<usize> {
        let end = self.bytes.len() - NUMBER * self.count;
        end - NUMBER * self.count..end
    }

    /// One of the numbers that begin at a place.
    fn number(&self, from: usize, at: usize) -> u32 {
        self.bytes[from + NUMBER * at..].first_chunk().map_or(0, |it| u32::from_ne_bytes(*it))
    }
}

/// The first bytes as a number that orders as they do; zeros, where there are no more.
fn head(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut head = [0; NUMBER];
        head[..bytes.len()].copy_from_slice(bytes);
        head
    }))
}

fn whole([one, other]: Parts<'_>) -> impl Iterator<Item = &u8> {
    one.iter().chain(other)
}

/// The fewest bytes that are no greater than `key` and greater than `before`, which is less.
pub(super) fn between<'a>(before: &[u8], key: &'a [u8]) -> &'a [u8] {
    let common = before.iter().zip(key).take_while(|(one, other)| one == other).count();
    key.get(..=common).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Bytes of few kinds, so that many begin alike, also with zeros, and more than a head.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        (0usize..12, vec(0u8..3, 0..6)).prop_map(|(same, rest)| [vec![1; same], rest].concat())
    }

    fn of(names: &[Vec<u8>]) -> Names {
        Names::of(names.iter().map(|name| [&name[..], &[]]))
    }

    proptest! {
        #[test]
        fn a_name_lies_between_two_keys(mut keys in vec(bytes(), 2)) {
            keys.sort();
            prop_assume!(keys[0] < keys[1]);
            let name = between(&keys[0], &keys[1]);
            prop_assert!(&keys[0][..] < name && name <= &keys[1][..], "{name:?}");
        }

        #[test]
        fn names_are_found_as_in_a_sorted_list(
            all in proptest::collection::btree_set(bytes(), 0..20), keys in vec(bytes(), 1..10)
        ) {
            let all: Vec<_> = all.into_iter().collect();
            let names = of(&all);
            for key in keys.iter().chain(&all) {
                prop_assert_eq!(names.up_to(key), all.partition_point(|name| name <= key));
            }
        }

        #[test]
        fn names_are_those_that_were_put_in(steps in vec((bytes(), any::<bool>()), 0..30)) {
            let (mut names, mut model) = (Names::default(), BTreeSet::new());
            for (name, put) in steps {
                let at = model.range(..name.clone()).count();
                if put && model.insert(name.clone()) {
                    names.insert(at, &name);
                } else if !put && model.remove(&name) {
                    names.remove(at);
                }
                let all: Vec<_> = (0..names.count).map(|at| names.name(at)).collect();
                prop_assert!(all.iter().eq(&model), "{all:?}");
            }
            let all: Vec<_> = model.into_iter().collect();
            for at in 0..all.len() {
                let mut before = names.clone();
                let (name, behind) = before.split(at);
                prop_assert_eq!(&name, &all[at]);
                prop_assert_eq!((before.count, behind.count), (at, all.len() - at - 1));
                before.join(&name, &behind);
                prop_assert_eq!(&before.bytes, &names.bytes);
            }
        }
    }
}
