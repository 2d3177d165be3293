//! One page of a Query or Scan: a walk over the store that ends at `Limit` items, at 1 MB, or
//! where the range does.

use std::ops::{Bound, ControlFlow};

use bytes::Bytes;

use super::write;
use crate::{
    storage::{Direction, KeyRange, Read, StoreError, Value, Values},
    value::{Item, Stored},
};

/// How much a page reads, before any filter (aws-facts 5.6).
pub(super) const MOST_BYTES: usize = 1024 * 1024;

/// Places to read: from the first, up to but without the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: Vec<u8>,
    pub(super) to: Option<Vec<u8>>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// How many items or index entries.
    pub(super) scanned: usize,
    /// The last of them, if the walk stopped before the range ended.
    pub(super) last: Option<Bytes>,
    sizes: Sizes,
}

/// The sizes of rows, which are read off their texts only when it matters.
#[derive(Debug, Default)]
struct Sizes {
    /// The length of all texts.
    text: usize,
    /// Of those whose size the store remembers, or that were looked at.
    known: usize,
    /// The others.
    unknown: Values,
}

impl Page {
    /// The size of all rows.
    pub(super) fn bytes(&mut self) -> Result<usize, StoreError> {
        self.sizes.sum()
    }
}

impl Sizes {
    fn add(&mut self, row: &Value<'_>) {
        self.text += row.bytes().len();
        match row.size() {
            Some(size) => self.known += size as usize,
            None => self.unknown.push(row),
        }
    }

    fn sum(&mut self) -> Result<usize, StoreError> {
        if !self.unknown.is_empty() {
            for row in std::mem::take(&mut self.unknown).iter() {
                self.known += size(&row)?;
            }
        }
        Ok(self.known)
    }

    /// Whether a page ends here.
    fn are_enough(&mut self) -> Result<bool, StoreError> {
        // An item's text is longer than its size.
        Ok(self.text >= MOST_BYTES && self.sum()? >= MOST_BYTES)
    }
}

/// The attributes of these names.
pub(super) fn part(row: &Value<'_>, names: &[&str]) -> Result<Item, StoreError> {
    Stored::new(row.share()).part(names).map_err(write::broken)
}

/// The size of the item, as the store remembers it or as the text tells.
pub(super) fn size(row: &Value<'_>) -> Result<usize, StoreError> {
    match row.size() {
        Some(size) => Ok(size as usize),
        None => Stored::new(row.share()).size().map_err(write::broken),
    }
}

/// Reads a page, and does something with each item or index entry of it.
///
/// At the `Limit` a page always has a LastEvaluatedKey, even if the last item is the very last:
/// the service does either (aws-facts 5.6, two regions differ). That the item that crosses 1 MB is
/// still on the page is inferred.
pub(super) fn read(
    store: &dyn Read,
    (range, direction): (&Range, Direction),
    start: Option<&[u8]>,
    limit: Option<usize>,
    mut take: impl FnMut(&Value<'_>) -> Result<(), StoreError>,
) -> Result<Page, StoreError> {
    let mut page = Page::default();
    // The last one that the page takes, as soon as it is known to be.
    let mut full = None;
    let mut row = |row: &Value<'_>| {
        if let Some(last) = full.take() {
            page.last = Some(last);
            return Ok(ControlFlow::Break(()));
        }
        take(row)?;
        page.scanned += 1;
        page.sizes.add(row);
        if limit == Some(page.scanned) {
            page.last = Some(row.share());
            return Ok(ControlFlow::Break(()));
        }
        if page.sizes.are_enough()? {
            full = Some(row.share());
        }
        Ok(ControlFlow::Continue(()))
    };
    let mut failed = None;
    store.visit(bounds(range, direction, start), direction, &mut |_, value| {
        row(&value).unwrap_or_else(|error| {
            failed = Some(error);
            ControlFlow::Break(())
        })
    })?;
    failed.map_or(Ok(page), Err)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::op::tests::{ask, with_table};

    #[test]
    fn the_size_that_the_store_remembers_is_what_the_text_tells() {
        let emulator = with_table();
        let long = "é".repeat(400);
        for (at, more) in [
            String::new(),
            r#","n":{"N":"-0.00123"},"b":{"B":"AAECAw=="},"t":{"BOOL":true},"z":{"NULL":true}"#
                .into(),
            r#","l":{"L":[{"L":[]},{"M":{"a":{"S":"\"é\n"}}}]},"s":{"NS":["10","1E+20"]}"#.into(),
            r#","gk":{"S":"in the index"},"lk":{"S":"1"}"#.into(),
            format!(r#","gk":{{"S":"long"}},"x":{{"S":"{long}"}}"#),
        ]
        .into_iter()
        .enumerate()
        {
            let key = format!(r#""pk":{{"S":"a"}},"sk":{{"N":"{at}"}}"#);
            ask(
                &emulator,
                "PutItem",
                &format!(r#"{{"TableName":"table","Item":{{{key}{more}}}}}"#),
            );
            let update = format!(
                r#"{{"TableName":"table","Key":{{{key}}},"UpdateExpression":"SET u = :u","ExpressionAttributeValues":{{":u":{{"SS":["a","b"]}}}}}}"#
            );
            ask(&emulator, "UpdateItem", &update);
        }
        let backup = ask(&emulator, "CreateBackup", r#"{"TableName":"table","BackupName":"one"}"#);
        let arn = backup.split('"').find(|part| part.starts_with("arn:")).expect("an ARN");
        let restore = format!(r#"{{"TargetTableName":"second","BackupArn":"{arn}"}}"#);
        ask(&emulator, "RestoreTableFromBackup", &restore);

        let mut seen = 0;
        for kind in [b"i", b"x"] {
            let next = [kind[0] + 1];
            let range = KeyRange { from: Bound::Included(kind), to: Bound::Excluded(&next) };
            let store = emulator.store.read().expect("a view");
            let visited = store.visit(range, Direction::Forward, &mut |key, value| {
                let told = value.size().map(|size| size as usize);
                let text = Stored::new(value.share());
                assert_eq!(told, text.size().ok(), "{key:?}: {text:?}");
                seen += 1;
                ControlFlow::Continue(())
            });
            visited.expect("readable");
        }
        // Both tables, and what the indexes have of them.
        assert!(seen > 10, "{seen}");
    }
}
