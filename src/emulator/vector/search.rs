//! The nearest vectors: every one that may be found is measured, in 64 bits (aws-facts 11.7).

use std::{cmp::Ordering, collections::BinaryHeap, ops::Bound};

use super::block::{Block, RowRef};
use crate::{
    emulator::table::{Distance, Table, VectorIndex},
    storage::{Direction, KeyRange, Pair, Read, StoreError, layout},
};

/// How many blocks are taken from the store at once.
const AT_ONCE: usize = 1024;
/// No score is beyond that (aws-facts 11.7, eu-west-2, us-east-1 2026-08-13).
const MOST: f64 = f32::MAX as f64;

/// Which rows are looked at.
#[derive(Clone, Debug, Default)]
pub(in crate::emulator) struct Wanted {
    /// The bytes of the HASH; none of an index without.
    pub(super) hash: Vec<u8>,
    /// The bytes of each filter that is named.
    pub(super) filters: Vec<Option<Vec<u8>>>,
}

/// A vector that was found.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::emulator) struct Hit {
    /// How near it is.
    pub(in crate::emulator) score: f64,
    /// The key of its item in the store.
    pub(in crate::emulator) place: Vec<u8>,
}

/// A candidate: the greatest is the farthest, and of equally far ones the later in the index, for
/// a search to answer the same each time (the service's own order is not stable, aws-facts 11.7).
#[derive(Clone, Copy, Debug)]
struct Candidate {
    far: f64,
    block: usize,
    row: usize,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let at = |this: &Self| (this.block, this.row);
        self.far.total_cmp(&other.far).then_with(|| at(self).cmp(&at(other)))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

/// Up to `most` vectors of the index, the nearest first.
pub(in crate::emulator) fn search(
    store: &dyn Read,
    table: &Table,
    index: &VectorIndex,
    query: &[f32],
    wanted: &Wanted,
    most: usize,
) -> Result<Vec<Hit>, StoreError> {
    let blocks = blocks(store, table, index, &wanted.hash)?;
    let query = Query::new(index.distance, query);
    let filtered = wanted.filters.iter().any(Option::is_some);
    let mut nearest: BinaryHeap<Candidate> = BinaryHeap::with_capacity(most + 1);
    for (at, pair) in blocks.iter().enumerate() {
        let block = Block::read(&pair.value, index.dimensions)?;
        for (place, row) in block.rows().enumerate() {
            if index.hash.is_some() && row.hash() != wanted.hash {
                continue;
            }
            if filtered && !row.meets(&wanted.filters) {
                continue;
            }
            let candidate = Candidate { far: query.far(row), block: at, row: place };
            if nearest.len() < most {
                nearest.push(candidate);
            } else if nearest.peek().is_some_and(|farthest| candidate < *farthest) {
                nearest.pop();
                nearest.push(candidate);
            }
        }
    }
    let hit = |Candidate { far, block, row }: Candidate| {
        let pair = blocks.get(block).map_or(&[][..], |pair| &pair.value);
        let place = Block::read(pair, index.dimensions)?.row(row).place();
        let place = [&layout::items(table.number), place].concat();
        Ok(Hit { score: query.score(far), place })
    };
    nearest.into_sorted_vec().into_iter().map(hit).collect()
}

/// The blocks that hold the rows of one value of the HASH, and some of its neighbours'.
fn blocks(
    store: &dyn Read,
    table: &Table,
    index: &VectorIndex,
    hash: &[u8],
) -> Result<Vec<Pair>, StoreError> {
    let prefix = layout::entries(table.number, index.slot);
    let first = [&prefix, hash].concat();
    let before = KeyRange { from: Bound::Included(&prefix), to: Bound::Excluded(&first) };
    let mut blocks = store.scan(before, Direction::Backward, 1)?;
    let after = layout::after(&first);
    let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut last: Option<Vec<u8>> = None;
    loop {
        let from = last.as_deref().map_or(Bound::Included(&*first), Bound::Excluded);
        let more = store.scan(KeyRange { from, to }, Direction::Forward, AT_ONCE)?;
        let ended = more.len() < AT_ONCE;
        last = more.last().map(|pair| pair.key.to_vec());
        blocks.extend(more);
        if ended {
            return Ok(blocks);
        }
    }
}

/// What is searched for.
struct Query {
    distance: Distance,
    numbers: Vec<f64>,
    squares: f64,
}

impl Query {
    fn new(distance: Distance, numbers: &[f32]) -> Self {
        let numbers: Vec<f64> = numbers.iter().copied().map(f64::from).collect();
        let squares = numbers.iter().map(|number| number * number).sum();
        Self { distance, numbers, squares }
    }

    /// How far a row is: the less, the better.
    fn far(&self, row: RowRef<'_>) -> f64 {
        match self.distance {
            Distance::DotProduct => -self.product(row),
            Distance::Euclidean => self.squared_distance(row),
            // A vector of zeros has no angle to anything (aws-facts 11.7).
            Distance::Cosine if self.squares == 0.0 || row.squares == 0.0 => 1.0,
            Distance::Cosine => {
                let cosine = self.product(row) / (self.squares * row.squares).sqrt();
                (1.0 - cosine).clamp(0.0, 2.0)
            }
        }
    }

    /// The score of that. That EUCLIDEAN is the distance and not its square is inferred.
    fn score(&self, far: f64) -> f64 {
        let score = match self.distance {
            // Not `-0.0` for vectors at right angles.
            Distance::DotProduct => 0.0 - far,
            Distance::Euclidean => far.sqrt(),
            Distance::Cosine => far,
        };
        score.clamp(-MOST, MOST)
    }

    fn product(&self, row: RowRef<'_>) -> f64 {
        sum(row.numbers, &self.numbers, |own, other| own * other)
    }

    fn squared_distance(&self, row: RowRef<'_>) -> f64 {
        sum(row.numbers, &self.numbers, |own, other| (own - other) * (own - other))
    }
}

/// How many sums run side by side, for the compiler to put them into vector registers.
const LANES: usize = 8;

fn sum(row: &[u8], query: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    let (rows, row_rest) = row.as_chunks::<{ 4 * LANES }>();
    let (queries, query_rest) = query.as_chunks::<LANES>();
    for (row, query) in rows.iter().zip(queries) {
        let (row, _) = row.as_chunks::<4>();
        for lane in 0..LANES {
            sums[lane] += term(f64::from(f32::from_le_bytes(row[lane])), query[lane]);
        }
    }
    let (row_rest, _) = row_rest.as_chunks::<4>();
    let rest = row_rest.iter().zip(query_rest);
    let rest: f64 =
        rest.map(|(own, other)| term(f64::from(f32::from_le_bytes(*own)), *other)).sum();
    sums.iter().sum::<f64>() + rest
}
