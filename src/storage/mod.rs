//! Where the emulator keeps what it is told: an ordered map of byte keys to byte values.
//!
//! A store gives snapshots to read from and, one at a time, transactions to write with. What the
//! keys mean is written in [`layout`]; what the values mean is the emulator's business.
//! [`MemoryStore`] lives as long as the process, [`SqliteStore`] is a file.

pub mod layout;
mod memory;
pub mod sqlite;
mod values;

use std::{
    error::Error,
    fmt,
    ops::{Bound, ControlFlow, Deref},
    sync::Arc,
};

use bytes::Bytes;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
pub use values::{Value, Values};

/// An ordered key-value store.
pub trait Store: fmt::Debug + Send + Sync {
    /// A view of everything committed so far, which later commits do not change.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn read(&self) -> Result<Box<dyn Read + '_>, StoreError>;

    /// Begins a transaction, once no other one is open.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn write(&self) -> Result<Box<dyn Write + '_>, StoreError>;

    /// A view as [`Store::read`] gives, to keep for as long as one likes; `None` if that would
    /// cost more than a pointer.
    fn keep(&self) -> Option<Arc<dyn Read + Send + Sync>> {
        None
    }

    /// A second store with everything committed so far, from which the two go separate ways;
    /// `None` if that would cost more than a pointer.
    fn fork(&self) -> Option<Arc<dyn Store>> {
        None
    }
}

/// Something to read from: a snapshot, or a transaction with its own changes in it.
pub trait Read {
    /// The value of `key`.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.get_sized(key)?.map(|(value, _)| value))
    }

    /// As [`Read::get`], with the size that the value was put with, if the store remembers.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn get_sized(&self, key: &[u8]) -> Result<Option<SizedValue>, StoreError>;

    /// Shows the pairs of `range` in order, until `show` breaks off or there are no more. It must
    /// not use the store: a file may be in the middle of being read.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn visit(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError>;

    /// Up to `limit` pairs of `range` in order.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn scan(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let mut found = Vec::new();
        if limit > 0 {
            self.visit(range, direction, &mut |key, value| {
                let (key, size) = (key.into(), value.size());
                found.push(Pair { key, value: value.share(), size });
                if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        }
        Ok(found)
    }
}

/// A value, and the size it was put with.
pub type SizedValue = (Bytes, Option<u32>);

/// What is shown a key and its value.
pub type Show<'a> = dyn FnMut(&[u8], Value<'_>) -> ControlFlow<()> + 'a;

/// A transaction. Dropped without [`Write::commit`], it changes nothing.
pub trait Write: Read {
    /// Sets the value of `key`.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn put(&mut self, key: &[u8], value: Bytes) -> Result<(), StoreError> {
        self.put_sized(key, value, None)
    }

    /// Sets the value of `key`, which is an item's text, and tells the item's size: to read it off
    /// the text takes longer than to copy that. A store may remember it, for [`Value::size`].
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn put_sized(&mut self, key: &[u8], value: Bytes, size: Option<u32>) -> Result<(), StoreError>;

    /// Removes `key`, if it is there.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn delete(&mut self, key: &[u8]) -> Result<(), StoreError>;

    /// Makes the changes visible to later snapshots, all at once.
    ///
    /// # Errors
    ///
    /// When the store cannot be written; then nothing has changed.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;

    /// The transaction as something to read from.
    fn as_read(&self) -> &dyn Read;
}

/// One key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Bytes,
    /// As [`Value::size`].
    pub size: Option<u32>,
}

/// A key that is shared rather than copied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Bytes);

impl From<&[u8]> for Key {
    fn from(bytes: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(bytes))
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::borrow::Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

/// Which keys to read.
#[derive(Clone, Copy, Debug)]
pub struct KeyRange<'a> {
    /// The lower end.
    pub from: Bound<&'a [u8]>,
    /// The upper end.
    pub to: Bound<&'a [u8]>,
}

impl KeyRange<'_> {
    /// Whether no key can lie in it. A `BTreeMap` panics on bounds that cross, and so do its like.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match (self.from, self.to) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(from), Bound::Included(to)) => from > to,
            (
                Bound::Included(from) | Bound::Excluded(from),
                Bound::Included(to) | Bound::Excluded(to),
            ) => from >= to,
        }
    }
}

/// Which end of a range comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest key.
    Forward,
    /// The greatest key.
    Backward,
}

/// The store could not do as told.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct StoreError {
    /// What was being done.
    pub doing: &'static str,
    /// What went wrong.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

#[cfg(test)]
mod tests;
