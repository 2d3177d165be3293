//! Lists that begin with what came last.

use std::ops::Bound;

use crate::storage::{Direction, KeyRange, Pair, Read, StoreError};

/// How many records are looked at at once.
const AT_ONCE: usize = 100;

/// Does something with each record whose key begins with `prefix`, the last first, from the one
/// before a key; until it has enough.
pub(super) fn each(
    store: &dyn Read,
    prefix: u8,
    before: Option<Vec<u8>>,
    mut enough: impl FnMut(&Pair) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut last = before.unwrap_or_else(|| vec![prefix + 1]);
    loop {
        let range = KeyRange { from: Bound::Included(&[prefix][..]), to: Bound::Excluded(&last) };
        let pairs = store.scan(range, Direction::Backward, AT_ONCE)?;
        for pair in &pairs {
            if enough(pair)? {
                return Ok(());
            }
        }
        match pairs.last() {
            Some(pair) if pairs.len() == AT_ONCE => last = pair.key.to_vec(),
            _ => return Ok(()),
        }
    }
}
