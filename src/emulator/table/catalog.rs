//! Which tables there are: definitions read from the store, and remembered as long as the store
//! still holds the same.

use std::{
    collections::HashMap,
    ops::Bound,
    sync::{Arc, PoisonError, RwLock},
};

use bytes::Bytes;

use super::{Definition, MEMBERS, State, Table};
use crate::{
    clock::Clock,
    emulator::shape::Sent,
    storage::{Direction, KeyRange, Read, StoreError, Write, layout},
    wire::json::{Json, Value, Writer},
};

/// Reads tables from the store, as they are now.
///
/// The store alone knows which tables there are; what is kept here is only the work of reading a
/// definition, thrown away when the bytes in the store differ. A table whose jobs have ended since
/// it was written is kept as it has become: time does not go back.
#[derive(Debug)]
pub struct Catalog {
    known: RwLock<HashMap<Box<str>, Known>>,
    clock: Arc<dyn Clock>,
}

/// A definition's bytes and what they say.
type Known = (Bytes, Arc<Table>);

impl Catalog {
    /// A catalog by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { known: RwLock::default(), clock }
    }

    /// The table of that name; one that is imported is seen late (aws-service-facts 7.1).
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn table(&self, store: &dyn Read, name: &str) -> Result<Option<Arc<Table>>, StoreError> {
        Ok(self.known(store, name)?.filter(|table| !table.is_hidden()))
    }

    /// The table of that name, seen or not: the name is taken.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn known(&self, store: &dyn Read, name: &str) -> Result<Option<Arc<Table>>, StoreError> {
        let Some(record) = store.get(&layout::table(name))? else { return Ok(None) };
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let table = known.get(name).filter(|(bytes, _)| *bytes == record);
        let table = table.map(|(_, table)| Arc::clone(table));
        drop(known);
        let table = match table {
            Some(table) if table.state.jobs.is_empty() => return Ok(Some(table)),
            Some(table) => table,
            None => {
                let table = Arc::new(decode(&record)?);
                self.keep(name, record.clone(), &table);
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
            self.keep(name, record, table);
        }
        Ok(table)
    }

    /// The table of that name as it was last written, even if its deletion has ended since.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn last(store: &dyn Read, name: &str) -> Result<Option<Table>, StoreError> {
        store.get(&layout::table(name))?.map(|record| decode(&record)).transpose()
    }

    fn keep(&self, name: &str, record: Bytes, table: &Arc<Table>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.into(), (record, Arc::clone(table)));
    }

    /// Up to `limit` names in byte order, from the one after `start`.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn names(
        &self,
        store: &dyn Read,
        start: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut last = start.map_or_else(|| vec![layout::CATALOG], layout::table);
        let mut names = Vec::new();
        loop {
            let to = Bound::Excluded(&[layout::CATALOG + 1][..]);
            let range = KeyRange { from: Bound::Excluded(&last), to };
            let wanted = limit - names.len();
            let pairs = store.scan(range, Direction::Forward, wanted)?;
            for pair in &pairs {
                let name = String::from_utf8_lossy(&pair.key[1..]);
                if self.table(store, &name)?.is_some() {
                    names.push(name.into_owned());
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

    /// Writes a table's definition.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn put(store: &mut dyn Write, table: &Table) -> Result<(), StoreError> {
        store.put(&layout::table(&table.name), encode(table).into())
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

fn decode(record: &Bytes) -> Result<Table, StoreError> {
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
        let number = |name| {
            let value = root.get(name).and_then(|value| value.as_number());
            value.and_then(|text| text.parse().ok()).unwrap_or(0u64)
        };
        let definition = Definition::read(&Sent::of(root, MEMBERS));
        let (id, arn) = (text("TableId"), text("TableArn"));
        let number_of = u32::try_from(number("Number")).unwrap_or_default();
        let created = number("Created");
        let state = match root.get("State") {
            Some(state) => State::read(state),
            None => State::new(&definition, created),
        };
        Self::new(definition, number_of, &id, &arn, created, state)
    }
}
