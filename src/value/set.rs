//! A set as the service keeps it: sorted, without repeats, never empty.

use std::{cmp::Ordering, ops::Deref};

/// The members of an SS, NS or BS, ascending: strings and binaries by their bytes, numbers by
/// value. That is also the order in which item operations return them (aws-facts 3.11).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Set<T>(Vec<T>);

impl<T: Ord> Set<T> {
    /// The set of these members, unless there are none or one is there twice.
    #[must_use]
    pub fn new(mut members: Vec<T>) -> Option<Self> {
        if !members.is_sorted() {
            members.sort_unstable();
        }
        let repeats = members.windows(2).any(|pair| pair[0] == pair[1]);
        (!members.is_empty() && !repeats).then_some(Self(members))
    }

    /// Whether `member` is in the set.
    #[must_use]
    pub fn has(&self, member: &T) -> bool {
        self.0.binary_search(member).is_ok()
    }
}

impl<T: Ord + Clone> Set<T> {
    /// The members of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut members = Vec::with_capacity(self.len() + other.len());
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        while let (Some(mine), Some(theirs)) = (left.peek(), right.peek()) {
            let order = mine.cmp(theirs);
            if order == Ordering::Equal {
                right.next();
            }
            members.extend(if order == Ordering::Greater { right.next() } else { left.next() });
        }
        members.extend(left);
        members.extend(right);
        Self(members.into_iter().cloned().collect())
    }

    /// The members that `other` does not have; nothing if that leaves none.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Self> {
        let rest: Vec<T> = self.iter().filter(|member| !other.has(member)).cloned().collect();
        (!rest.is_empty()).then_some(Self(rest))
    }
}

impl<T> Deref for Set<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
