//! Which tables there are: definitions read from the store, and remembered as long as the store
//! still holds the same.

use std::{
    ops::Bound,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use imbl::OrdMap;

use super::{Definition, MEMBERS, State, Table};
use crate::{
    clock::Clock,
    emulator::shape::Sent,
    storage::{Direction, Key, KeyRange, Read, StoreError, Write, layout},
    wire::json::{Json, Value, Writer},
};

/// Reads tables from the store, as they are now.
///
/// The store alone knows which tables there are; what is kept here is only the work of reading a
/// definition, thrown away when the bytes in the store differ. A table whose jobs have ended since
/// it was written is kept as it has become: time does not go back.
#[derive(Debug)]
pub struct Catalog {
    known: RwLock<OrdMap<Key, Known>>,
    /// Whether there was a table whose writes come to other regions later.
    lags: AtomicBool,
    /// Whether the store was not looked at yet for writes that were on their way before.
    unlooked: AtomicBool,
    clock: Arc<dyn Clock>,
}

/// A definition's bytes and what they say.
type Known = (Bytes, Arc<Table>);

impl Catalog {
    /// A catalog by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (lags, unlooked) = (AtomicBool::new(false), AtomicBool::new(true));
        Self { known: RwLock::default(), lags, unlooked, clock }
    }

    /// Another one by another clock, which knows what this one does.
    pub(in crate::emulator) fn fork(&self, clock: Arc<dyn Clock>) -> Self {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        let unlooked = self.unlooked.load(Ordering::Acquire).into();
        Self { known: known.into(), lags: self.lags().into(), unlooked, clock }
    }

    /// The table of that name in a region; one that is imported is seen late (aws-service-facts
    /// 7.1).
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn table(
        &self,
        store: &dyn Read,
        region: &str,
        name: &str,
    ) -> Result<Option<Arc<Table>>, StoreError> {
        self.table_at(store, &layout::table(region, name))
    }

    /// The table whose definition is kept under that key.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn table_at(&self, store: &dyn Read, key: &[u8]) -> Result<Option<Arc<Table>>, StoreError> {
        Ok(self.known_at(store, key)?.filter(|table| !table.is_unseen()))
    }

    /// The table of that name in a region, seen or not: the name is taken.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn known(
        &self,
        store: &dyn Read,
        region: &str,
        name: &str,
    ) -> Result<Option<Arc<Table>>, StoreError> {
        self.known_at(store, &layout::table(region, name))
    }

    fn known_at(&self, store: &dyn Read, key: &[u8]) -> Result<Option<Arc<Table>>, StoreError> {
        let Some(record) = store.get(key)? else { return Ok(None) };
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let table = known.get(key).filter(|(bytes, _)| *bytes == record);
        let table = table.map(|(_, table)| Arc::clone(table));
        drop(known);
        let table = match table {
            Some(table) if table.state.jobs.is_empty() => return Ok(Some(table)),
            Some(table) => table,
            None => {
                let table = Arc::new(decode(&record)?);
                self.keep(key, record.clone(), &table);
                table
            }
        };
        // Only a table that something is under way with asks what time it is.
        if table.state.jobs.is_empty() {
            return Ok(Some(table));
        }
        let now = super::millis(self.clock.now());
        if !table.is_behind(now) {
            return Ok(Some(table));
        }
        let table = table.at(now).map(Arc::new);
        if let Some(table) = &table {
            self.keep(key, record, table);
        }
        Ok(table)
    }

    /// The table under a key as it was last written, even if its deletion has ended since.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn last(store: &dyn Read, key: &[u8]) -> Result<Option<Table>, StoreError> {
        store.get(key)?.map(|record| decode(&record)).transpose()
    }

    /// Whether writes may be on their way to other regions: where a table was read whose writes
    /// come there later, or some were on their way when the emulator began.
    ///
    /// # Errors
    ///
    /// When it cannot be looked.
    pub fn may_lag(
        &self,
        look: impl FnOnce() -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        if !self.lags() && self.unlooked.load(Ordering::Acquire) {
            if look()? {
                self.lags.store(true, Ordering::Relaxed);
            }
            // Last, so that nobody goes on who does not know what was found.
            self.unlooked.store(false, Ordering::Release);
        }
        Ok(self.lags())
    }

    fn lags(&self) -> bool {
        self.lags.load(Ordering::Relaxed)
    }

    fn keep(&self, key: &[u8], record: Bytes, table: &Arc<Table>) {
        if table.state.group.as_ref().is_some_and(|group| group.lag > 0) {
            self.lags.store(true, Ordering::Relaxed);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(key.into(), (record, Arc::clone(table)));
    }

    /// Up to `limit` names of a region in byte order, from the one after `start`.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn names(
        &self,
        store: &dyn Read,
        region: &str,
        start: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let prefix = layout::tables(region);
        let after = layout::after(&prefix);
        let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut last = layout::table(region, start.unwrap_or_default());
        let now = super::millis(self.clock.now());
        let mut names = Vec::new();
        loop {
            let range = KeyRange { from: Bound::Excluded(&last), to };
            let wanted = limit - names.len();
            let pairs = store.scan(range, Direction::Forward, wanted)?;
            for pair in &pairs {
                let table = self.table_at(store, &pair.key)?;
                if let Some(table) = table.filter(|table| !table.is_hidden(now)) {
                    names.push(table.name.to_string());
                }
            }
            match pairs.last() {
                Some(pair) if pairs.len() == wanted && names.len() < limit => {
                    last = pair.key.to_vec();
                }
                _ => return Ok(names),
            }
        }
    }

    /// The tables of a region.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn tables(&self, store: &dyn Read, region: &str) -> Result<Vec<Arc<Table>>, StoreError> {
        self.tables_under(store, &layout::tables(region))
    }

    /// The tables of all regions.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn all(&self, store: &dyn Read) -> Result<Vec<Arc<Table>>, StoreError> {
        self.tables_under(store, &[layout::CATALOG])
    }

    fn tables_under(&self, store: &dyn Read, prefix: &[u8]) -> Result<Vec<Arc<Table>>, StoreError> {
        let after = layout::after(prefix);
        let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let range = KeyRange { from: Bound::Included(prefix), to };
        let mut tables = Vec::new();
        for pair in store.scan(range, Direction::Forward, usize::MAX)? {
            tables.extend(self.table_at(store, &pair.key)?);
        }
        Ok(tables)
    }

    /// Writes a table's definition.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn put(store: &mut dyn Write, table: &Table) -> Result<(), StoreError> {
        store.put(&table.catalog_key(), encode(table).into())
    }

    /// A number no table has had.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn next_number(store: &mut dyn Write) -> Result<layout::TableNumber, StoreError> {
        let last = store.get(layout::NEXT_TABLE)?;
        let number = last.and_then(|bytes| Some(u32::from_be_bytes((*bytes).try_into().ok()?)));
        let number = number.unwrap_or(1);
        store.put(layout::NEXT_TABLE, Bytes::copy_from_slice(&(number + 1).to_be_bytes()))?;
        Ok(number)
    }
}

fn encode(table: &Table) -> Vec<u8> {
    let mut json = Writer::new();
    table.write(&mut json);
    json.into_bytes()
}

pub(super) fn decode(record: &Bytes) -> Result<Table, StoreError> {
    let json = Json::parse(record.clone()).map_err(|cause| StoreError {
        doing: "read a table's definition",
        cause: Some(cause.into()),
    })?;
    Ok(Table::read(json.root()))
}

impl Table {
    /// Writes the table as the store keeps it.
    pub fn write(&self, json: &mut Writer) {
        json.object(|json| {
            self.definition.write(json);
            json.key("Number");
            json.number(self.number);
            json.key("TableId");
            json.string(&self.id);
            json.key("TableArn");
            json.string(&self.arn);
            json.key("Created");
            json.number(self.created);
            json.key("State");
            json.object(|json| self.state.write(json));
        });
    }

    /// Reads what [`Table::write`] wrote.
    #[must_use]
    pub fn read(root: Value<'_>) -> Self {
        let text = |name| root.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        let definition = Definition::read(&Sent::of(root, MEMBERS));
        let (id, arn) = (text("TableId"), text("TableArn"));
        let number = root.number("Number").unwrap_or_default();
        let created = root.number("Created").unwrap_or_default();
        let state = match root.get("State") {
            Some(state) => State::read(state),
            None => State::new(&definition, created),
        };
        Self::new(definition, number, &id, &arn, created, state)
    }
}
