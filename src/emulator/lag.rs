//! The store as it was: what eventually consistent reads see, and what tables are restored from.
//!
//! A store that keeps its past is put around the one there is, and remembers, for as long as it is
//! told, what there was before a commit: before each one, or before the first of a second.
//!
//! What is kept costs memory: for each of these states a pointer, and of the tree that holds the
//! items whatever was replaced since, which is a few nodes a write, and the old items.

use std::{
    cmp::Ordering,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use bytes::Bytes;
use imbl::Vector;

use super::table;
use crate::{
    clock::Clock,
    storage::{Direction, KeyRange, Read, Show, SizedValue, Store, StoreError, Write},
};

type View = Arc<dyn Read + Send + Sync>;

/// A store with its past.
pub(super) struct Past {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// How many milliseconds share one state.
    grain: u64,
    /// How far back it goes, in milliseconds; changed by a transaction only.
    reach: AtomicU64,
    /// What there was before the first commit of a grain, by time. So there are never more than
    /// the grains it reaches back, but for those that were marked. A fork shares them.
    views: Mutex<Vector<(u64, View)>>,
}

impl Past {
    pub(super) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        grain: u64,
        reach: u64,
    ) -> Self {
        Self { store, clock, grain, reach: reach.into(), views: Mutex::default() }
    }

    /// The same past of another store, which goes on from here by a clock of its own.
    pub(super) fn of(&self, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let views = self.views.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { store, clock, grain: self.grain, reach: self.reach().into(), views: views.into() }
    }

    /// What there was when reads that lag behind look; `None` if nothing changed since.
    pub(super) fn old(&self) -> Option<View> {
        self.seen(self.now().saturating_sub(self.reach()))
    }

    /// What there was just after a time; `None` if nothing changed since.
    pub(super) fn seen(&self, then: u64) -> Option<View> {
        let views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.get(first_after(&views, then)).map(|(_, view)| Arc::clone(view))
    }

    /// What there was before the first commit of each grain from a time up to another and without
    /// it, and when that was.
    pub(super) fn steps(&self, from: u64, to: u64) -> Vec<(u64, View)> {
        let views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = views.iter().skip_while(|(until, _)| *until < from);
        steps.take_while(|(until, _)| *until < to).cloned().collect()
    }

    /// Goes so many milliseconds back from now on; nothing is kept if that is none.
    pub(super) fn keep_for(&self, reach: u64) {
        self.reach.store(reach, Relaxed);
        self.trim();
    }

    /// Remembers a state of now, whatever else there is of its grain.
    pub(super) fn mark(&self, view: View) {
        let now = self.now();
        self.views.lock().unwrap_or_else(PoisonError::into_inner).push_back((now, view));
    }

    fn remember(&self, view: View) {
        self.trim();
        // The commit that ends it is not remembered.
        if self.reach() == 0 {
            return;
        }
        let now = self.now();
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if views.last().is_none_or(|(until, _)| *until / self.grain < now / self.grain) {
            views.push_back((now, view));
        }
    }

    fn trim(&self) {
        let then = self.now().saturating_sub(self.reach());
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = first_after(&views, then);
        let old = views.slice(..kept);
        drop(views);
        // What nobody else holds on to takes long to free: not under the lock.
        drop(old);
    }

    /// How many hold on to each state.
    #[cfg(test)]
    pub(super) fn holders(&self) -> Vec<usize> {
        let views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.iter().map(|(_, view)| Arc::strong_count(view)).collect()
    }

    /// How many states it keeps.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn reach(&self) -> u64 {
        self.reach.load(Relaxed)
    }

    fn now(&self) -> u64 {
        table::millis(self.clock.now())
    }
}

/// Where the first state is that was there after a time.
fn first_after(views: &Vector<(u64, View)>, then: u64) -> usize {
    let side = |(until, _): &(u64, View)| match *until <= then {
        true => Ordering::Less,
        false => Ordering::Greater,
    };
    // Nothing is equal, so that what is found is where they part.
    views.binary_search_by(side).unwrap_or_else(|at| at)
}

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Past").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Store for Past {
    fn read(&self) -> Result<Box<dyn Read + '_>, StoreError> {
        self.store.read()
    }

    fn write(&self) -> Result<Box<dyn Write + '_>, StoreError> {
        let inner = self.store.write()?;
        if self.reach() == 0 {
            return Ok(inner);
        }
        Ok(Box::new(Transaction { inner, past: self }))
    }

    fn keep(&self) -> Option<View> {
        self.store.keep()
    }

    /// The store without its past: see [`Past::of`].
    fn fork(&self) -> Option<Arc<dyn Store>> {
        self.store.fork()
    }
}

/// A transaction that remembers what there was before it.
struct Transaction<'a> {
    inner: Box<dyn Write + 'a>,
    past: &'a Past,
}

impl Read for Transaction<'_> {
    fn get_sized(&self, key: &[u8]) -> Result<Option<SizedValue>, StoreError> {
        self.inner.get_sized(key)
    }

    fn visit(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        self.inner.visit(range, direction, show)
    }
}

impl Write for Transaction<'_> {
    fn put_sized(&mut self, key: &[u8], value: Bytes, size: Option<u32>) -> Result<(), StoreError> {
        self.inner.put_sized(key, value, size)
    }

    fn delete(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.inner.delete(key)
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        // No other transaction commits before the next line but one has. Remembered first: a read
        // must not see the new state in between.
        if let Some(view) = self.past.store.keep() {
            self.past.remember(view);
        }
        self.inner.commit()
    }

    fn as_read(&self) -> &dyn Read {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::{
        Emulator, Settings,
        op::tests::{ask, with_table_and},
    };

    const KEY: &str = r#"{"pk":{"S":"a"},"sk":{"N":"1"}}"#;

    fn put(emulator: &Emulator, value: u32) {
        ask(
            emulator,
            "PutItem",
            &format!(
                r#"{{"TableName":"table","Item":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}},"gk":{{"S":"g"}},"a":{{"N":"{value}"}}}}}}"#
            ),
        );
    }

    /// The value each way of reading sees.
    fn seen(emulator: &Emulator, consistent: bool) -> [Option<String>; 4] {
        let same = format!(r#""TableName":"table","ConsistentRead":{consistent}"#);
        let value = |answer: String| {
            let rest = answer.split_once(r#""a":{"N":""#)?.1.to_owned();
            Some(rest.split('"').next()?.to_owned())
        };
        [
            ("GetItem", format!(r#"{{{same},"Key":{KEY}}}"#)),
            (
                "Query",
                format!(
                    r#"{{{same},"KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{{":p":{{"S":"a"}}}}}}"#
                ),
            ),
            ("Scan", format!("{{{same}}}")),
            (
                "BatchGetItem",
                format!(
                    r#"{{"RequestItems":{{"table":{{"ConsistentRead":{consistent},"Keys":[{KEY}]}}}}}}"#
                ),
            ),
        ]
        .map(|(operation, body)| value(ask(emulator, operation, &body)))
    }

    fn all(value: u32) -> [Option<String>; 4] {
        [0; 4].map(|_| Some(value.to_string()))
    }

    #[test]
    fn reads_that_are_not_consistent_see_what_was_there_so_long_ago() {
        let settings = Settings { eventual_lag_ms: 100, ..Settings::default() };
        let (emulator, clock) = with_table_and(settings);
        put(&emulator, 1);
        assert_eq!(seen(&emulator, true), all(1));
        assert_eq!(seen(&emulator, false), [const { None }; 4]);
        clock.advance(Duration::from_millis(60));
        put(&emulator, 2);
        put(&emulator, 3);
        clock.advance(Duration::from_millis(39));
        assert_eq!(seen(&emulator, false), [const { None }; 4]);
        clock.advance(Duration::from_millis(1));
        assert_eq!(seen(&emulator, false), all(1));
        clock.advance(Duration::from_millis(60));
        assert_eq!(seen(&emulator, false), all(3));
    }

    #[test]
    fn a_global_index_lags_and_transactions_and_local_indexes_asked_for_it_do_not() {
        let settings = Settings { eventual_lag_ms: 100, ..Settings::default() };
        let (emulator, clock) = with_table_and(settings);
        put(&emulator, 1);
        let index = r#"{"TableName":"table","IndexName":"gsi"}"#;
        assert!(ask(&emulator, "Scan", index).contains(r#""Count":0"#));
        let get = format!(r#"{{"TransactItems":[{{"Get":{{"TableName":"table","Key":{KEY}}}}}]}}"#);
        assert!(ask(&emulator, "TransactGetItems", &get).contains(r#""N":"1""#));
        clock.advance(Duration::from_millis(100));
        assert!(ask(&emulator, "Scan", index).contains(r#""Count":1"#));
    }

    #[test]
    fn no_more_of_the_past_is_kept_than_can_be_looked_at() {
        let settings = Settings { eventual_lag_ms: 3, ..Settings::default() };
        let (emulator, clock) = with_table_and(settings);
        for value in 0..50 {
            put(&emulator, value);
            put(&emulator, value + 1);
            clock.advance(Duration::from_millis(1));
        }
        let past = emulator.past.as_ref().unwrap();
        assert!(past.views.lock().unwrap().len() <= 3);
    }
}
