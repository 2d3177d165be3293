//! The one transaction that is open: its changes on a list, put into the tree when it is committed.
//!
//! Nobody has a snapshot then, most of the time, and the tree is changed where it lies: no path of
//! it is copied, and no count of references is touched of what lies beside. Where somebody has one,
//! the tree copies what it changes, as always.

use std::{
    cell::{Ref, RefCell},
    sync::{MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::{MemoryStore, tree::Tree};
use crate::storage::{Direction, KeyRange, Read, Show, SizedValue, StoreError, Write};

/// How many changes are put into the tree while readers wait for it: those of a write to an item
/// with its figures and an index or two take them a few microseconds. More are made on a copy.
const FEW: usize = 8;

/// A transaction.
pub(super) struct Transaction<'a> {
    store: &'a MemoryStore,
    state: RefCell<State>,
    only: MutexGuard<'a, ()>,
}

enum State {
    /// What is committed, and what is to be changed in it.
    Listed(Tree, Vec<Change>),
    /// The changes are made, on a copy.
    Made(Tree),
}

/// A key and its new value with its size; without one it goes.
type Change = (Box<[u8]>, Option<SizedValue>);

impl<'a> Transaction<'a> {
    pub(super) fn new(store: &'a MemoryStore, only: MutexGuard<'a, ()>) -> Self {
        let state = State::Listed(store.root(), Vec::new()).into();
        Self { store, state, only }
    }

    /// The tree with the changes so far.
    fn made(&self) -> Ref<'_, Tree> {
        // Not while somebody is shown the tree, which then has the changes already.
        if matches!(&*self.state.borrow(), State::Listed(_, changes) if !changes.is_empty()) {
            self.state.borrow_mut().make();
        }
        Ref::map(self.state.borrow(), |state| match state {
            State::Listed(tree, _) | State::Made(tree) => tree,
        })
    }

    fn change(&mut self, key: &[u8], value: Option<SizedValue>) {
        let state = self.state.get_mut();
        if matches!(state, State::Listed(_, changes) if changes.len() == FEW) {
            state.make();
        }
        match state {
            State::Listed(_, changes) => changes.push((key.into(), value)),
            State::Made(tree) => apply(tree, key, value),
        }
    }
}

impl State {
    /// Makes the changes on a copy.
    fn make(&mut self) {
        if let Self::Listed(tree, changes) = self {
            let mut tree = tree.clone();
            for (key, value) in changes.drain(..) {
                apply(&mut tree, &key, value);
            }
            *self = Self::Made(tree);
        }
    }
}

fn apply(tree: &mut Tree, key: &[u8], value: Option<SizedValue>) {
    match value {
        Some((value, size)) => tree.put(key, value, size),
        None => tree.delete(key),
    }
}

impl Read for Transaction<'_> {
    fn get_sized(&self, key: &[u8]) -> Result<Option<SizedValue>, StoreError> {
        let state = self.state.borrow();
        Ok(match &*state {
            State::Made(tree) => tree.get(key),
            State::Listed(tree, changes) => {
                match changes.iter().rev().find(|(changed, _)| **changed == *key) {
                    Some((_, value)) => value.clone(),
                    None => tree.get(key),
                }
            }
        })
    }

    fn visit(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        Read::visit(&*self.made(), range, direction, show)
    }
}

impl Write for Transaction<'_> {
    fn put_sized(&mut self, key: &[u8], value: Bytes, size: Option<u32>) -> Result<(), StoreError> {
        self.change(key, Some((value, size)));
        Ok(())
    }

    fn delete(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.change(key, None);
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { store, state, only } = *self;
        let root = || store.root.write().unwrap_or_else(PoisonError::into_inner);
        match state.into_inner() {
            State::Listed(tree, changes) => {
                // Else it would be a snapshot that somebody has.
                drop(tree);
                let mut root = root();
                for (key, value) in changes {
                    apply(&mut root, &key, value);
                }
            }
            State::Made(tree) => {
                let old = std::mem::replace(&mut *root(), tree);
                drop(only);
                // Freeing what nobody reads any more can take long: not while anybody waits.
                drop(old);
            }
        }
        Ok(())
    }

    fn as_read(&self) -> &dyn Read {
        self
    }
}
