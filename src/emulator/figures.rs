//! How many items and bytes a table and its indexes hold, kept up to date by every write.

use bytes::Bytes;

use super::table::Table;
use crate::storage::{Read, StoreError, Write, layout};

/// The figures of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Of its items.
    pub table: Size,
    /// Of the entries of each index, in the order of the table's.
    pub indexes: Vec<Size>,
    /// Of those of each vector index, likewise.
    pub vectors: Vec<Size>,
}

/// A count of items and the sum of their sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many.
    pub items: u64,
    /// How large together.
    pub bytes: u64,
}

/// What a write changes in the figures of a table. Most replace an item by one of its size, and
/// then the figures are not even read.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<(Part, Option<usize>, Option<usize>)>);

/// Whose figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The table's.
    Table,
    /// Those of the index at a place among the table's.
    Index(usize),
    /// Those of the vector index at a place among the table's.
    Vector(usize),
}

impl Changes {
    /// An item of `new` bytes is there instead of one of `old`.
    pub(super) fn replace(&mut self, part: Part, old: Option<usize>, new: Option<usize>) {
        if old != new {
            self.0.push((part, old, new));
        }
    }

    /// Keeps the figures with these changes.
    pub(super) fn put(self, table: &Table, store: &mut dyn Write) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut figures = Figures::of(table, store.as_read())?;
        for (part, old, new) in self.0 {
            let size = match part {
                Part::Table => Some(&mut figures.table),
                Part::Index(at) => figures.indexes.get_mut(at),
                Part::Vector(at) => figures.vectors.get_mut(at),
            };
            if let Some(size) = size {
                size.replace(old, new);
            }
        }
        figures.put(table, store)
    }
}

impl Size {
    /// Counts an item of `new` bytes instead of one of `old`.
    pub(super) fn replace(&mut self, old: Option<usize>, new: Option<usize>) {
        let bytes = |size: Option<usize>| size.unwrap_or(0) as u64;
        self.items = (self.items + u64::from(new.is_some())).saturating_sub(old.is_some().into());
        self.bytes = (self.bytes + bytes(new)).saturating_sub(bytes(old));
    }
}

impl Figures {
    /// A table's figures.
    pub(super) fn of(table: &Table, store: &dyn Read) -> Result<Self, StoreError> {
        let record = store.get(&layout::figures(table.number))?.unwrap_or_default();
        let mut words = record
            .chunks_exact(8)
            .map(|word| word.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte)));
        let mut size = || Size {
            items: words.next().unwrap_or_default(),
            bytes: words.next().unwrap_or_default(),
        };
        Ok(Self {
            table: size(),
            indexes: table.indexes.iter().map(|_| size()).collect(),
            vectors: table.vectors.iter().map(|_| size()).collect(),
        })
    }

    /// Those of the index at a place among the table's.
    pub(super) fn index(&self, place: usize) -> Size {
        self.indexes.get(place).copied().unwrap_or_default()
    }

    /// Those of the vector index at a place among the table's.
    pub(super) fn vector(&self, place: usize) -> Size {
        self.vectors.get(place).copied().unwrap_or_default()
    }

    /// Keeps them.
    pub(super) fn put(&self, table: &Table, store: &mut dyn Write) -> Result<(), StoreError> {
        let sizes = std::iter::once(&self.table).chain(&self.indexes).chain(&self.vectors);
        let record: Vec<u8> =
            sizes.flat_map(|size| [size.items, size.bytes]).flat_map(u64::to_be_bytes).collect();
        store.put(&layout::figures(table.number), Bytes::from(record))
    }
}
