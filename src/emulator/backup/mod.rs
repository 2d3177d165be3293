//! Backups: what there is to tell of one is a record in the store, and what it holds is a state of
//! the store that is kept. Nothing is copied until a table is restored.
//!
//! The state kept is the whole store's, so that a backup holds on to what all tables were then,
//! not its own alone. It lives as long as the process, as such a store does. A store that keeps no
//! states outlives the process, and so do its backups: they are copies, under numbers of their own.

mod arn;
mod describe;
mod error;
mod log;
mod recovery;
mod restore;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use imbl::OrdMap;

pub(super) use self::{
    arn::BackupArn,
    describe::{describe, details, summary},
    error::BackupError,
    log::{forget, note, written},
    recovery::{Window, follow, held_at, of_deleted, view_at},
    restore::{Restore, copy, from_backup},
};

use super::{
    Emulator, backfill,
    figures::{Figures, Size},
    listing::Listed,
    md5,
    table::{Catalog, Step, Table, limits},
};
use crate::{
    storage::{
        Direction, Pair, Read, StoreError, Write,
        layout::{self, TableNumber},
    },
    wire::json::{Json, Value, Writer},
};

/// A state of the store.
pub(super) type View = Arc<dyn Read + Send + Sync>;

/// A backup of a table.
#[derive(Clone, Debug)]
pub(super) struct Backup {
    /// The end of its ARN, which tells when it was made.
    pub(super) id: Box<str>,
    pub(super) name: Box<str>,
    /// What its state, or its copy, is kept under.
    number: TableNumber,
    /// Whether it is a copy.
    copied: bool,
    pub(super) created: u64,
    /// When it is AVAILABLE.
    available: u64,
    /// Whether the service made it, of a table that was deleted.
    pub(super) by_system: bool,
    /// What the table held.
    pub(super) size: Size,
    /// The table as it was.
    pub(super) table: Table,
}

/// The states of the store that backups are of.
#[derive(Default)]
pub(super) struct Vault(Mutex<OrdMap<TableNumber, View>>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vault").finish_non_exhaustive()
    }
}

/// What a table held.
pub(super) enum Held {
    /// What it holds in a state of the store.
    View(View),
    /// What is in the store under another number, and how much that is.
    Copy(TableNumber, Size),
    /// What it holds now, but for what was written from this second on, of those since 1970.
    Since(u64),
}

impl Backup {
    /// Makes a backup of the table as it was committed last.
    pub(super) fn make(
        emulator: &Emulator,
        store: &mut dyn Write,
        table: &Table,
        name: &str,
        by_system: bool,
        now: u64,
    ) -> Result<Self, StoreError> {
        let view = emulator.store.keep();
        let number = Catalog::next_number(store)?;
        let mut created = now;
        let mut id = id(emulator, number, by_system, created);
        // Ids tell backups apart, even those of one millisecond.
        while store.get(&layout::backup(&id, &table.name))?.is_some() {
            created += 1;
            id = self::id(emulator, number, by_system, created);
        }
        let size = Figures::of(table, store.as_read())?.table;
        let available = emulator.settings.timing.end(Step::Backup, now);
        let mut table = table.clone();
        table.state.jobs.clear();
        let (name, copied) = (name.into(), view.is_none());
        let backup = Self { id, name, number, copied, created, available, by_system, size, table };
        store.put(&backup.key(), backup.record())?;
        match view {
            Some(view) => emulator.vault.put(number, view),
            None => restore::copy(None, backup.table.number, store, number)?,
        }
        Ok(backup)
    }

    /// The backup of that id of the table of that name.
    pub(super) fn find(
        store: &dyn Read,
        id: &str,
        table: &str,
    ) -> Result<Option<Self>, StoreError> {
        let record = store.get(&layout::backup(id, table))?;
        record.map(|record| Self::read(id, record)).transpose()
    }

    /// Whether a table is being restored from it.
    pub(super) fn is_being_restored(
        &self,
        emulator: &Emulator,
        store: &dyn Read,
    ) -> Result<bool, StoreError> {
        let (arn, tables) = (self.arn(), restore::running(emulator, store)?);
        Ok(tables.iter().any(|table| restore::backup_of(table) == Some(&*arn)))
    }

    /// Removes the backup and what it holds on to.
    pub(super) fn remove(
        &self,
        emulator: &Emulator,
        store: &mut dyn Write,
    ) -> Result<(), StoreError> {
        store.delete(&layout::backup(&self.id, &self.table.name))?;
        if self.copied {
            return backfill::clear(store, &layout::items(self.number));
        }
        emulator.vault.remove(self.number);
        Ok(())
    }

    /// What it holds.
    pub(super) fn held(&self, emulator: &Emulator) -> Result<Held, StoreError> {
        if self.copied {
            return Ok(Held::Copy(self.number, self.size));
        }
        let view = emulator.vault.get(self.number);
        let missing = StoreError { doing: "find the state that a backup is of", cause: None };
        view.map(Held::View).ok_or(missing)
    }

    pub(super) fn arn(&self) -> String {
        format!("{}/backup/{}", self.table.arn, self.id)
    }

    /// The region of its table.
    pub(super) fn region(&self) -> &str {
        self.table.arn.split(':').nth(3).unwrap_or_default()
    }

    /// When it goes by itself, if it does (aws-service-facts 3.7).
    pub(super) fn expires(&self) -> Option<u64> {
        let kept = limits::millis(limits::SYSTEM_BACKUP_KEPT);
        self.by_system.then(|| self.created.saturating_add(kept))
    }

    /// Whether it has not expired.
    pub(super) fn is_there(&self, now: u64) -> bool {
        self.expires().is_none_or(|expires| now < expires)
    }

    pub(super) fn status(&self, now: u64) -> &'static str {
        if now < self.available { "CREATING" } else { "AVAILABLE" }
    }

    fn record(&self) -> Bytes {
        let mut json = Writer::new();
        json.object(|json| {
            json.key("Name");
            json.string(&self.name);
            for (name, number) in [
                ("Number", u64::from(self.number)),
                ("Created", self.created),
                ("Available", self.available),
                ("Items", self.size.items),
                ("Bytes", self.size.bytes),
            ] {
                json.key(name);
                json.number(number);
            }
            for (name, is_so) in [("BySystem", self.by_system), ("Copied", self.copied)] {
                json.key(name);
                json.bool(is_so);
            }
            json.key("Table");
            self.table.write(json);
        });
        json.into_bytes().into()
    }

    fn read(id: &str, record: Bytes) -> Result<Self, StoreError> {
        let broken = |cause| StoreError { doing: "read a backup's record", cause };
        let json = Json::parse(record).map_err(|cause| broken(Some(cause.into())))?;
        let root = json.root();
        let number = |name| root.number(name).unwrap_or(0u64);
        let name = root.get("Name").and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            id: id.into(),
            name: name.as_ref().into(),
            number: root.number("Number").unwrap_or_default(),
            created: number("Created"),
            available: number("Available"),
            copied: root.get("Copied").and_then(Value::as_bool) == Some(true),
            by_system: root.get("BySystem").and_then(Value::as_bool) == Some(true),
            size: Size { items: number("Items"), bytes: number("Bytes") },
            table: Table::read(root.get("Table").ok_or_else(|| broken(None))?),
        })
    }
}

impl Listed for Backup {
    const PREFIX: u8 = layout::BACKUPS;
    const ORDER: Direction = Direction::Forward;

    fn key(&self) -> Vec<u8> {
        layout::backup(&self.id, &self.table.name)
    }

    fn of(pair: &Pair) -> Result<Self, StoreError> {
        let key = String::from_utf8_lossy(pair.key.get(1..).unwrap_or_default());
        let id = key.split('/').next().unwrap_or_default();
        Self::read(id, pair.value.clone())
    }
}

/// The time in fourteen digits, and eight that are the backup's own, or none for the service's
/// (aws-service-facts 3.1, 3.7).
fn id(emulator: &Emulator, number: TableNumber, by_system: bool, created: u64) -> Box<str> {
    let seed = emulator.settings.seed.to_be_bytes();
    let own: String = match by_system {
        true => "00000000".into(),
        false => md5::digest(&[b"backup id", &seed, &number.to_be_bytes()])
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    };
    format!("{created:014}-{own}").into()
}

impl Vault {
    /// Another one that holds on to the same.
    pub(super) fn fork(&self) -> Self {
        Self(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().into())
    }

    fn put(&self, number: TableNumber, view: View) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(number, view);
    }

    fn get(&self, number: TableNumber) -> Option<View> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }

    fn remove(&self, number: TableNumber) {
        // What nobody else holds on to takes long to free: not under the lock.
        let view = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        drop(view);
    }

    /// How many hold on to each.
    #[cfg(test)]
    pub(super) fn holders(&self) -> Vec<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .map(Arc::strong_count)
            .collect()
    }

    /// How many it holds on to.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
