//! A transaction that writes: all of it is there, or nothing.

use std::{
    cell::Cell,
    sync::{MutexGuard, PoisonError},
};

use bytes::Bytes;
use rusqlite::{
    Connection,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    Direction, KeyRange, Read, Show, SizedValue, SqliteStore, StoreError, Write, failed, get, visit,
};
use crate::storage::layout;

pub(super) struct Transaction<'a> {
    connection: MutexGuard<'a, Connection>,
    store: &'a SqliteStore,
    /// Whether something went wrong. SQLite may have ended the transaction then, and what is
    /// written after that would be committed at once, by itself.
    broken: Cell<bool>,
}

impl<'a> Transaction<'a> {
    pub(super) fn begin(store: &'a SqliteStore) -> Result<Self, StoreError> {
        let connection = store.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Self { connection, store, broken: Cell::new(false) };
        begun.attempt("begin to write", |connection| {
            connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])
        })?;
        Ok(begun)
    }

    fn attempt<T>(
        &self,
        doing: &'static str,
        act: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if self.broken.get() {
            return Err(StoreError { doing: "go on after a failure", cause: None });
        }
        self.broken.set(true);
        let done = act(&self.connection).map_err(failed(doing))?;
        self.broken.set(false);
        Ok(done)
    }
}

impl Read for Transaction<'_> {
    fn get_sized(&self, key: &[u8]) -> Result<Option<SizedValue>, StoreError> {
        self.attempt("read", |connection| get(connection, key))
    }

    fn visit(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        self.attempt("read", |connection| visit(connection, range, direction, show))
    }
}

impl Write for Transaction<'_> {
    fn put_sized(
        &mut self,
        key: &[u8],
        value: Bytes,
        _size: Option<u32>,
    ) -> Result<(), StoreError> {
        // As text, JSON is something that functions of SQLite's, and people, can read.
        let value = match layout::is_json(key) {
            true => ValueRef::Text(&value),
            false => ValueRef::Blob(&value),
        };
        self.attempt("write", |connection| {
            connection
                .prepare_cached("REPLACE INTO pairs VALUES (?1, ?2)")?
                .execute((key, ToSqlOutput::Borrowed(value)))
        })?;
        Ok(())
    }

    fn delete(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.attempt("delete", |connection| {
            connection.prepare_cached("DELETE FROM pairs WHERE key = ?1")?.execute([key])
        })?;
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.attempt("commit", |connection| connection.prepare_cached("COMMIT")?.execute([]))?;
        self.store.tend(&self.connection);
        Ok(())
    }

    fn as_read(&self) -> &dyn Read {
        self
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // A commit that failed leaves it open, too. If this fails, so will the next beginning.
        if !self.connection.is_autocommit() {
            let _ = self.connection.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
        }
    }
}
