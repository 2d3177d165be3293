//! One page of a Query or Scan: a walk over the store that ends at `Limit` items, at 1 MB, or
//! where the range does.

use std::ops::Bound;

use bytes::Bytes;

use super::write;
use crate::{
    storage::{Direction, KeyRange, Read, StoreError},
    value::{Item, Stored},
};

/// How much a page reads, before any filter (aws-facts 5.6).
const MOST_BYTES: usize = 1024 * 1024;

/// Places to read: from the first, up to but without the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: Vec<u8>,
    pub(super) to: Option<Vec<u8>>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    /// Whether the walk stopped before the range ended.
    pub(super) more: bool,
}

/// One item or index entry.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) text: Bytes,
}

impl Row {
    /// The attributes of these names.
    pub(super) fn part(&self, names: &[&str]) -> Result<Item, StoreError> {
        Stored::new(self.text.clone()).part(names).map_err(write::broken)
    }

    /// The item's size.
    pub(super) fn size(&self) -> Result<usize, StoreError> {
        Stored::new(self.text.clone()).size().map_err(write::broken)
    }
}

/// Reads a page.
///
/// At the `Limit` a page always has a LastEvaluatedKey, even if the last item is the very last:
/// the service does either (aws-facts 5.6, two regions differ). That the item that crosses 1 MB is
/// still on the page is inferred.
pub(super) fn read(
    store: &dyn Read,
    range: &Range,
    direction: Direction,
    start: Option<&[u8]>,
    limit: Option<usize>,
) -> Result<Page, StoreError> {
    let limit = limit.unwrap_or(usize::MAX);
    let mut page = Page::default();
    let mut after: Option<Vec<u8>> = start.map(<[u8]>::to_vec);
    let (mut text_bytes, mut item_bytes) = (0, None);
    let mut at_once = 64;
    loop {
        let bounds = bounds(range, direction, after.as_deref());
        let wanted = at_once.min((limit - page.rows.len()).saturating_add(1));
        let pairs = store.scan(bounds, direction, wanted)?;
        let ended = pairs.len() < wanted;
        after = pairs.last().map(|pair| pair.key.to_vec());
        for pair in pairs {
            if page.rows.len() >= limit || item_bytes >= Some(MOST_BYTES) {
                page.more = true;
                return Ok(page);
            }
            text_bytes += pair.value.len();
            page.rows.push(Row { text: pair.value });
            // An item's text is longer than its size, so sizes matter only from here on.
            if text_bytes >= MOST_BYTES {
                item_bytes = Some(match item_bytes {
                    None => bytes(&page.rows)?,
                    Some(sum) => {
                        let last = page.rows.len() - 1;
                        sum + bytes(&page.rows[last..])?
                    }
                });
            }
        }
        if ended {
            page.more = page.rows.len() >= limit;
            return Ok(page);
        }
        // No more than the page may still take, by what there was so far: a store may copy it.
        let mean = text_bytes / page.rows.len().max(1) + 1;
        let rest = MOST_BYTES.saturating_sub(text_bytes) / mean + 2;
        at_once = (at_once * 4).min(4096).min(rest);
    }
}

/// The size of all rows.
pub(super) fn bytes(rows: &[Row]) -> Result<usize, StoreError> {
    rows.iter().try_fold(0, |sum, row| Ok(sum + row.size()?))
}

fn bounds<'a>(range: &'a Range, direction: Direction, after: Option<&'a [u8]>) -> KeyRange<'a> {
    let from = Bound::Included(&*range.from);
    let to = range.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    match (direction, after) {
        (Direction::Forward, Some(after)) if after >= &*range.from => {
            KeyRange { from: Bound::Excluded(after), to }
        }
        (Direction::Backward, Some(after)) if range.to.as_deref().is_none_or(|to| after < to) => {
            KeyRange { from, to: Bound::Excluded(after) }
        }
        _ => KeyRange { from, to },
    }
}
