//! The store that lives as long as the process: a persistent map, of which a snapshot is a
//! pointer.

mod block;
mod names;
mod packed;
mod transaction;
mod tree;

use std::{
    cmp::Ordering,
    fmt,
    hint::spin_loop,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError},
};

use self::{transaction::Transaction, tree::Tree};
use super::{Direction, KeyRange, Read, Show, SizedValue, Store, StoreError, Write};

/// How often a writer looks whether another has ended before it sleeps, and how long it pauses in
/// between. A write takes a few microseconds, which is less than to sleep and be woken; the
/// standard library's lock looks for about one.
const TRIES: usize = 32;
const PAUSES: usize = 16;

/// Keeps everything in memory. Readers wait for no transaction: a lock is held only to copy or to
/// replace a pointer, or to put in the few changes of a write, which takes as long as to read them.
#[derive(Default)]
pub struct MemoryStore {
    /// What is committed.
    root: RwLock<Tree>,
    /// Held by the one transaction that is open. It changes nothing before it is committed, so one
    /// that panics leaves the store as it was, and a poisoned lock is no reason to stop.
    writer: Mutex<()>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until no transaction is open.
    fn alone(&self) -> MutexGuard<'_, ()> {
        for _ in 0..TRIES {
            match self.writer.try_lock() {
                Ok(only) => return only,
                Err(TryLockError::Poisoned(only)) => return only.into_inner(),
                Err(TryLockError::WouldBlock) => (0..PAUSES).for_each(|_| spin_loop()),
            }
        }
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A second store with all that is committed.
    fn forked(&self) -> Self {
        Self { root: RwLock::new(self.root()), writer: Mutex::new(()) }
    }

    fn root(&self) -> Tree {
        self.root.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("blocks", &self.root().blocks()).finish()
    }
}

impl Store for MemoryStore {
    fn read(&self) -> Result<Box<dyn Read + '_>, StoreError> {
        Ok(Box::new(self.root()))
    }

    fn write(&self) -> Result<Box<dyn Write + '_>, StoreError> {
        Ok(Box::new(Transaction::new(self, self.alone())))
    }

    fn keep(&self) -> Option<Arc<dyn Read + Send + Sync>> {
        Some(Arc::new(self.root()))
    }

    fn fork(&self) -> Option<Arc<dyn Store>> {
        Some(Arc::new(self.forked()))
    }
}

impl Read for Tree {
    fn get_sized(&self, key: &[u8]) -> Result<Option<SizedValue>, StoreError> {
        Ok(Self::get(self, key))
    }

    fn visit(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        Self::visit(self, range, direction, show);
        Ok(())
    }
}

/// As `slice::binary_search_by`, of places in what is no slice: where what is looked for is, or
/// where it would be. Each place is compared with it.
fn search(mut open: Range<usize>, compare: impl Fn(usize) -> Ordering) -> Result<usize, usize> {
    while !open.is_empty() {
        let middle = open.start + open.len() / 2;
        match compare(middle) {
            Ordering::Less => open.start = middle + 1,
            Ordering::Equal => return Ok(middle),
            Ordering::Greater => open.end = middle,
        }
    }
    Err(open.start)
}

/// Whether two neighbours of these lengths are to be one: one has become short, and the next write
/// does not cut both at `most` again.
fn are_short(one: usize, other: usize, most: usize) -> bool {
    one.min(other) < most / 4 && one + other <= most / 2
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_snapshot_and_a_fork_do_not_see_later_commits() {
        let store = MemoryStore::new();
        let (snapshot, fork) = (store.read().unwrap(), store.fork().unwrap());
        let mut open = store.write().unwrap();
        open.put(b"k", Bytes::from_static(b"v")).unwrap();
        assert!(store.read().unwrap().get(b"k").unwrap().is_none(), "not committed yet");
        open.commit().unwrap();
        assert!(snapshot.get(b"k").unwrap().is_none());
        assert!(fork.read().unwrap().get(b"k").unwrap().is_none());
        assert_eq!(store.read().unwrap().get(b"k").unwrap().as_deref(), Some(&b"v"[..]));
    }

    #[test]
    fn a_fork_copies_no_node_and_a_write_to_it_a_path() {
        // Values so long that each pair has a block of its own.
        let value = Bytes::from_static(&[0; 600]);
        for (size, height) in [(10, 1), (1_000, 2), (100_000, 4)] {
            let store = MemoryStore::new();
            let put = |store: &MemoryStore, number: u32, value: &Bytes| {
                let mut open = store.write().unwrap();
                open.put(&number.to_be_bytes(), value.clone()).unwrap();
                open.commit().unwrap();
            };
            (0..size).for_each(|number| put(&store, number, &value));
            let (before, fork) = (store.root().nodes(), store.forked());
            assert_eq!(fork.root().nodes(), before);
            put(&fork, size / 2, &Bytes::from_static(b"new"));
            assert_eq!(store.root().nodes(), before);
            let after = fork.root().nodes();
            assert_eq!(after.difference(&before).count(), height, "of {size}");
            // The second one to the same place copies nothing.
            put(&fork, size / 2, &Bytes::from_static(b"newer"));
            assert_eq!(fork.root().nodes(), after);
        }
    }
}
