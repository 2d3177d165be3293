//! A view of what was committed when it began: a transaction that reads.

use rusqlite::Connection;

use super::{
    Direction, KeyRange, Read, Show, SizedValue, SqliteStore, StoreError, failed, get, visit,
};

pub(super) struct Snapshot<'a> {
    /// Gone only when the snapshot goes.
    connection: Option<Connection>,
    store: &'a SqliteStore,
}

impl<'a> Snapshot<'a> {
    pub(super) fn begin(store: &'a SqliteStore) -> Result<Self, StoreError> {
        let begin = || {
            let connection = store.reader()?;
            connection.prepare_cached("BEGIN")?.execute([])?;
            // A transaction sees what there is at its first read, not at its beginning.
            get(&connection, b"")?;
            Ok(connection)
        };
        let connection = begin().map_err(failed("begin to read"))?;
        Ok(Self { connection: Some(connection), store })
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or(StoreError { doing: "read what was left", cause: None })
    }
}

impl Read for Snapshot<'_> {
    fn get_sized(&self, key: &[u8]) -> Result<Option<SizedValue>, StoreError> {
        get(self.connection()?, key).map_err(failed("read"))
    }

    fn visit(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        visit(self.connection()?, range, direction, show).map_err(failed("read"))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // One that cannot even end is closed.
        let ended = connection.prepare_cached("COMMIT").and_then(|mut end| end.execute([]));
        if ended.is_ok() {
            self.store.give_back(connection);
        }
    }
}
