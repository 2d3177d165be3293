//! A block: some vectors of an index, one after another, under the key of the first.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | how many rows |
//! | 4 each | where each row's label ends, counted from the first label |
//! | 8 each | the sum of the squares of each row's numbers |
//! | 4 a number | the numbers of all rows |
//! | the rest | labels: length of the HASH, length of the key, the key, then length and bytes of each filter's value |
//!
//! All numbers are little-endian. A row's key begins with the value of the HASH, if the index has
//! one, and goes on with the item's place: rows are in the order of their keys, within a block and
//! from block to block. No block is copied to be read.

use bytes::Bytes;

use crate::storage::StoreError;

/// How many bytes of numbers a block should have: a block is written whole, and read in one go.
const TARGET: usize = 64 * 1024;
/// How many rows it has at most, of however short vectors.
const MOST_ROWS: usize = 256;

/// How many rows a block takes.
pub(super) fn capacity(dimensions: usize) -> usize {
    (TARGET / (4 * dimensions.max(1))).clamp(2, MOST_ROWS)
}

/// A row that stands by itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    label: Vec<u8>,
    numbers: Vec<u8>,
    squares: f64,
}

/// A row in a block, or a [`Row`].
#[derive(Clone, Copy, Debug)]
pub(super) struct RowRef<'a> {
    label: &'a [u8],
    pub(super) numbers: &'a [u8],
    /// The sum of the squares of its numbers.
    pub(super) squares: f64,
}

impl Row {
    /// A row of a key whose first `hash` bytes are the value of the HASH; a filter that is `None`
    /// has no value.
    pub(super) fn new(
        key: &[u8],
        hash: usize,
        filters: &[Option<Vec<u8>>],
        vector: &[f32],
    ) -> Self {
        let mut label = Vec::with_capacity(8 + key.len());
        push(&mut label, hash);
        push(&mut label, key.len());
        label.extend_from_slice(key);
        for filter in filters {
            push(&mut label, filter.as_ref().map_or(u32::MAX as usize, Vec::len));
            label.extend_from_slice(filter.as_deref().unwrap_or_default());
        }
        Self {
            label,
            numbers: vector.iter().flat_map(|number| number.to_le_bytes()).collect(),
            squares: vector.iter().map(|number| f64::from(*number).powi(2)).sum(),
        }
    }

    pub(super) fn as_ref(&self) -> RowRef<'_> {
        RowRef { label: &self.label, numbers: &self.numbers, squares: self.squares }
    }
}

impl<'a> RowRef<'a> {
    /// Its key.
    pub(super) fn key(self) -> &'a [u8] {
        let length = number(self.label, 4);
        self.label.get(8..8 + length).unwrap_or_default()
    }

    /// The value of the HASH.
    pub(super) fn hash(self) -> &'a [u8] {
        self.key().get(..number(self.label, 0)).unwrap_or_default()
    }

    /// The item's place, after what all of its table's begin with.
    pub(super) fn place(self) -> &'a [u8] {
        self.key().get(number(self.label, 0)..).unwrap_or_default()
    }

    /// Whether each of these filters has this value, if one is wanted.
    pub(super) fn meets(self, wanted: &[Option<Vec<u8>>]) -> bool {
        let mut rest = self.label.get(8 + number(self.label, 4)..).unwrap_or_default();
        wanted.iter().all(|wanted| {
            let length = number(rest, 0);
            let absent = length == u32::MAX as usize;
            let value = if absent { &[][..] } else { rest.get(4..4 + length).unwrap_or_default() };
            rest = rest.get(4 + value.len()..).unwrap_or_default();
            wanted.as_ref().is_none_or(|wanted| !absent && **wanted == *value)
        })
    }
}

/// A block as it lies in the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    count: usize,
    ends: &'a [u8],
    squares: &'a [u8],
    numbers: &'a [u8],
    labels: &'a [u8],
    width: usize,
}

impl<'a> Block<'a> {
    /// The block in these bytes.
    pub(super) fn read(bytes: &'a [u8], dimensions: usize) -> Result<Self, StoreError> {
        let broken = || StoreError { doing: "read a block of vectors", cause: None };
        let (count, width) = (number(bytes, 0), 4 * dimensions);
        let mut rest = bytes.get(4..).ok_or_else(broken)?;
        let mut take = |length: usize| {
            let (head, tail) = rest.split_at_checked(length)?;
            rest = tail;
            Some(head)
        };
        let parts = take(4 * count).zip(take(8 * count)).zip(take(width * count));
        let ((ends, squares), numbers) = parts.ok_or_else(broken)?;
        Ok(Self { count, ends, squares, numbers, labels: rest, width })
    }

    /// The row at a place.
    pub(super) fn row(self, at: usize) -> RowRef<'a> {
        let start = if at == 0 { 0 } else { number(self.ends, 4 * (at - 1)) };
        let squares = self.squares.get(8 * at..8 * at + 8).and_then(|eight| eight.try_into().ok());
        RowRef {
            label: self.labels.get(start..number(self.ends, 4 * at)).unwrap_or_default(),
            numbers: self.numbers.get(self.width * at..self.width * (at + 1)).unwrap_or_default(),
            squares: f64::from_le_bytes(squares.unwrap_or_default()),
        }
    }

    /// All rows in order.
    pub(super) fn rows(self) -> impl Iterator<Item = RowRef<'a>> {
        (0..self.count).map(move |at| self.row(at))
    }
}

/// The bytes of a block of these rows.
pub(super) fn build(rows: &[RowRef<'_>]) -> Bytes {
    let labels: usize = rows.iter().map(|row| row.label.len()).sum();
    let numbers: usize = rows.iter().map(|row| row.numbers.len()).sum();
    let mut bytes = Vec::with_capacity(4 + 12 * rows.len() + numbers + labels);
    push(&mut bytes, rows.len());
    let mut end = 0;
    for row in rows {
        end += row.label.len();
        push(&mut bytes, end);
    }
    rows.iter().for_each(|row| bytes.extend_from_slice(&row.squares.to_le_bytes()));
    rows.iter().for_each(|row| bytes.extend_from_slice(row.numbers));
    rows.iter().for_each(|row| bytes.extend_from_slice(row.label));
    bytes.into()
}

/// Lengths are of items, which are far below 4 GB.
fn push(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn number(bytes: &[u8], at: usize) -> usize {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_le_bytes(four.unwrap_or_default()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_gives_back_its_rows() {
        let rows = [
            Row::new(b"hplace", 1, &[Some(b"f".to_vec()), None], &[3.0, -4.0]),
            Row::new(b"iq", 1, &[None, Some(Vec::new())], &[0.0, 0.5]),
        ];
        let bytes = build(&rows.each_ref().map(Row::as_ref));
        let block = Block::read(&bytes, 2).expect("a block");
        assert_eq!(block.rows().count(), 2);
        let [first, second] = [block.row(0), block.row(1)];
        assert_eq!((first.hash(), first.place(), first.squares), (&b"h"[..], &b"place"[..], 25.0));
        assert_eq!((second.key(), second.numbers), (&b"iq"[..], &rows[1].numbers[..]));
        let one = |at: usize, value: &[u8]| {
            let mut wanted = vec![None, None];
            wanted[at] = Some(value.to_vec());
            wanted
        };
        assert!(first.meets(&one(0, b"f")) && !first.meets(&one(0, b"g")));
        assert!(!first.meets(&one(1, b"")), "what is not there equals nothing");
        assert!(second.meets(&one(1, b"")) && second.meets(&[None, None]));
        assert!(Block::read(&bytes[..20], 2).is_err());
    }
}
