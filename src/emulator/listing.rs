//! Lists of what is kept under a prefix of its own: backups, exports, imports, bulk operations.

use std::ops::Bound;

use crate::storage::{Direction, KeyRange, Pair, Read, StoreError};

/// How many records are looked at at once.
const AT_ONCE: usize = 100;

/// What is listed in the order of its keys.
pub(super) trait Listed: Sized {
    /// What its keys begin with.
    const PREFIX: u8;
    /// Keys tell when it began: backward is the newest first.
    const ORDER: Direction;

    /// Its key.
    fn key(&self) -> Vec<u8>;

    /// The one that is kept there.
    fn of(pair: &Pair) -> Result<Self, StoreError>;

    /// Does something with each, from the one after a key; until it has enough.
    fn each(
        store: &dyn Read,
        after: Option<Vec<u8>>,
        mut enough: impl FnMut(Self) -> bool,
    ) -> Result<(), StoreError> {
        let end = [Self::PREFIX + 1];
        let mut last = after;
        loop {
            let bound = last.as_deref();
            let range = match Self::ORDER {
                Direction::Forward => KeyRange {
                    from: bound.map_or(Bound::Included(&[Self::PREFIX]), Bound::Excluded),
                    to: Bound::Excluded(&end),
                },
                Direction::Backward => KeyRange {
                    from: Bound::Included(&[Self::PREFIX]),
                    to: Bound::Excluded(bound.unwrap_or(&end)),
                },
            };
            let pairs = store.scan(range, Self::ORDER, AT_ONCE)?;
            for pair in &pairs {
                if enough(Self::of(pair)?) {
                    return Ok(());
                }
            }
            match pairs.last() {
                Some(pair) if pairs.len() == AT_ONCE => last = Some(pair.key.to_vec()),
                _ => return Ok(()),
            }
        }
    }

    /// The first that are wanted, from the one after a key.
    fn page(
        store: &dyn Read,
        after: Option<Vec<u8>>,
        limit: usize,
        wanted: impl Fn(&Self) -> bool,
    ) -> Result<Page<Self>, StoreError> {
        let mut entries = Vec::new();
        Self::each(store, after, |entry| {
            if wanted(&entry) {
                entries.push(entry);
            }
            entries.len() > limit
        })?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        Ok(Page { entries, more })
    }
}

/// A page of a list.
pub(super) struct Page<T> {
    pub(super) entries: Vec<T>,
    more: bool,
}

impl<T> Page<T> {
    /// The entry that the list goes on after, if there are more.
    pub(super) fn last(&self) -> Option<&T> {
        self.entries.last().filter(|_| self.more)
    }
}
