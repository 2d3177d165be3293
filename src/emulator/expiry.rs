//! Items whose time to live is over: found by time, and deleted by the next call that comes.
//!
//! A table whose time to live is enabled has a note of each item that can expire, in the order in
//! which they do; so nobody looks for expired items among all the others.

use std::ops::Bound;

use bytes::Bytes;

use super::{
    Emulator, backfill,
    table::Table,
    write::{self, Cause},
};
use crate::{
    storage::{Direction, KeyRange, Pair, Read, StoreError, Write, layout},
    value::{AttributeValue, Number, Stored},
};

/// Items that should have expired longer ago are not deleted: the documentation of time to live
/// (five years).
const OLDEST: u64 = 5 * 365 * 24 * 3600;

/// How many items expire in one transaction.
const AT_ONCE: usize = 100;

/// Deletes what expired by now, if items do.
pub(super) fn expire(emulator: &Emulator) -> Result<(), StoreError> {
    let Some(delay) = emulator.settings.ttl_delete_ms else { return Ok(()) };
    let now = emulator.now();
    let Some(due) = now.checked_sub(delay).map(|millis| millis / 1000) else { return Ok(()) };
    // A look at the first note is all there is to do, most of the time.
    if first(&*emulator.store.read()?, due, 1)?.is_empty() {
        return Ok(());
    }
    loop {
        let mut store = emulator.store.write()?;
        let notes = first(store.as_read(), due, AT_ONCE)?;
        for (note, place, key) in &notes {
            let table = emulator.catalog.table_at(store.as_read(), key)?;
            let item = write::stored_at(store.as_read(), place)?;
            // A note of a table that is there no more, or of an item that is too old, just goes.
            if let (Some(table), Some(item)) = (table, item)
                && place.starts_with(&layout::items(table.number))
                && let Some(time) = time(&table, Some(&item))?
                && time <= due
                && time + OLDEST > now / 1000
            {
                let cause = Cause::Expiry(now);
                write::replace(&mut *store, &table, place, Some(&item), None, cause)?;
            }
            store.delete(note)?;
        }
        store.commit()?;
        if notes.len() < AT_ONCE {
            return Ok(());
        }
    }
}

/// A note: its key, the item's place, and the table's key.
type Note = (Vec<u8>, Vec<u8>, Bytes);

fn first(store: &dyn Read, due: u64, count: usize) -> Result<Vec<Note>, StoreError> {
    let (from, to) = (layout::expiry(0, b""), layout::expiry(due.saturating_add(1), b""));
    let range = KeyRange { from: Bound::Included(&from), to: Bound::Excluded(&to) };
    let pairs = store.scan(range, Direction::Forward, count)?;
    let note = |pair: &Pair| {
        let place = pair.key.get(from.len()..).unwrap_or_default().to_vec();
        (pair.key.to_vec(), place, pair.value.clone())
    };
    Ok(pairs.iter().map(note).collect())
}

/// When an item of a table expires, in seconds since 1970: a number, and nothing else
/// (aws-facts 8.6).
fn time(table: &Table, item: Option<&Stored>) -> Result<Option<u64>, StoreError> {
    let attribute = table.state.time_to_live.attribute.as_deref();
    let Some((attribute, item)) = attribute.zip(item) else { return Ok(None) };
    let part = item.part(&[attribute]).map_err(write::broken)?;
    Ok(match part.get(attribute) {
        Some(AttributeValue::N(number)) => seconds(*number),
        _ => None,
    })
}

/// The whole part of a number.
fn seconds(number: Number) -> Option<u64> {
    if number.is_negative() {
        return None;
    }
    let power = 10u128.checked_pow(number.exponent().unsigned_abs().into());
    let whole = match number.exponent() {
        0.. => number.coefficient().checked_mul(power?)?,
        _ => power.map_or(0, |power| number.coefficient() / power),
    };
    u64::try_from(whole).ok()
}

/// Notes what becomes of the item at a place.
pub(super) fn note(
    store: &mut dyn Write,
    table: &Table,
    place: &[u8],
    old: Option<&Stored>,
    new: Option<&Stored>,
) -> Result<(), StoreError> {
    let (before, after) = (time(table, old)?, time(table, new)?);
    if before == after {
        return Ok(());
    }
    if let Some(before) = before {
        store.delete(&layout::expiry(before, place))?;
    }
    if let Some(after) = after {
        store.put(&layout::expiry(after, place), table.catalog_key().into())?;
    }
    Ok(())
}

/// Notes all items of a table.
pub(super) fn note_all(store: &mut dyn Write, table: &Table) -> Result<(), StoreError> {
    each_item(store, table, |store, place, item| note(store, table, place, None, Some(item)))
}

/// Forgets all items of a table.
pub(super) fn forget_all(store: &mut dyn Write, table: &Table) -> Result<(), StoreError> {
    each_item(store, table, |store, place, item| note(store, table, place, Some(item), None))
}

fn each_item(
    store: &mut dyn Write,
    table: &Table,
    act: impl FnMut(&mut dyn Write, &[u8], &Stored) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match table.state.time_to_live.attribute {
        Some(_) => backfill::each_item(store, table.number, act),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::emulator::{
        Settings,
        op::tests::{ask, with_table_and, with_table_and_clock},
    };

    const NOW: u64 = 1_700_000_000;

    fn enable(emulator: &Emulator, on: bool) {
        ask(
            emulator,
            "UpdateTimeToLive",
            &format!(
                r#"{{"TableName":"table","TimeToLiveSpecification":{{"Enabled":{on},"AttributeName":"at"}}}}"#
            ),
        );
    }

    fn put(emulator: &Emulator, sk: u32, at: &str) {
        ask(
            emulator,
            "PutItem",
            &format!(
                r#"{{"TableName":"table","Item":{{"pk":{{"S":"p"}},"sk":{{"N":"{sk}"}},"gk":{{"S":"g"}},"at":{at}}}}}"#
            ),
        );
    }

    fn count(emulator: &Emulator) -> Vec<String> {
        let table = ask(emulator, "Scan", r#"{"TableName":"table","Select":"COUNT"}"#);
        let index =
            ask(emulator, "Scan", r#"{"TableName":"table","IndexName":"gsi","Select":"COUNT"}"#);
        assert_eq!(table, index);
        let described = ask(emulator, "DescribeTable", r#"{"TableName":"table"}"#);
        let counts = described.split(r#""ItemCount":"#).skip(1);
        counts.map(|rest| rest.split(',').next().unwrap().to_owned()).collect()
    }

    fn number(seconds: u64) -> String {
        format!(r#"{{"N":"{seconds}"}}"#)
    }

    #[test]
    fn an_item_goes_from_table_and_indexes_when_its_time_has_come() {
        let settings = Settings { ttl_delete_ms: Some(2_000), ..Settings::default() };
        let (emulator, clock) = with_table_and(settings);
        put(&emulator, 1, &number(NOW + 10));
        enable(&emulator, true);
        put(&emulator, 2, &number(NOW + 10));
        put(&emulator, 3, &number(NOW + 20));
        put(&emulator, 4, &number(NOW + 10));
        put(&emulator, 4, &number(NOW + 20)); // put off
        put(&emulator, 5, &format!(r#"{{"S":"{NOW}"}}"#)); // not a number
        put(&emulator, 6, &number(1_000)); // too long ago
        put(&emulator, 7, r#"{"N":"-1"}"#);
        clock.advance(Duration::from_secs(11));
        assert_eq!(count(&emulator), ["7", "7", "0"]);
        clock.advance(Duration::from_secs(1));
        assert_eq!(count(&emulator), ["5", "5", "0"]);
        clock.advance(Duration::from_secs(10));
        assert_eq!(count(&emulator), ["3", "3", "0"]);
    }

    #[test]
    fn nothing_expires_where_it_is_disabled_or_not_asked_for() {
        let settings = Settings { ttl_delete_ms: Some(0), ..Settings::default() };
        let (emulator, clock) = with_table_and(settings);
        enable(&emulator, true);
        put(&emulator, 1, &number(NOW + 10));
        enable(&emulator, false);
        put(&emulator, 2, &number(NOW + 10));
        clock.advance(Duration::from_secs(60));
        assert_eq!(count(&emulator), ["2", "2", "0"]);
        enable(&emulator, true);
        assert_eq!(count(&emulator), ["0", "0", "0"]);

        let (emulator, clock) = with_table_and_clock();
        enable(&emulator, true);
        put(&emulator, 1, &number(NOW + 10));
        clock.advance(Duration::from_secs(60));
        assert_eq!(count(&emulator), ["1", "1", "0"]);
    }

    #[test]
    fn a_table_leaves_no_notes_behind() {
        let (emulator, _) = with_table_and_clock();
        enable(&emulator, true);
        put(&emulator, 1, &number(NOW + 10));
        let notes = || first(&*emulator.store.read().unwrap(), u64::MAX - 1, 9).unwrap().len();
        assert_eq!(notes(), 1);
        ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
        assert_eq!(notes(), 0);
    }

    #[test]
    fn seconds_are_the_whole_part_of_a_number() {
        for (text, expected) in [
            ("1700000000", Some(1_700_000_000)),
            ("1.7E9", Some(1_700_000_000)),
            ("12.9", Some(12)),
            ("1E-100", Some(0)),
            ("1E100", None),
            ("-1", None),
        ] {
            assert_eq!(seconds(text.parse().unwrap()), expected, "{text}");
        }
    }
}
