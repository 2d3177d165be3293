//! The store that outlives the process: a file of SQLite's.
//!
//! Writes go through one connection, one transaction at a time, into a log beside the file
//! (write-ahead logging). Each read has a connection of its own, from a pool, and a transaction
//! that sees what was committed when it began: it never waits for a write. What is in memory are
//! the pages that each connection has used of late; the rest is the file's and the system's cache.

mod error;
mod schema;
mod snapshot;
mod transaction;

use std::{
    ffi::OsString,
    fmt, fs,
    fs::{File, TryLockError},
    io,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use rusqlite::{Connection, Row};

pub use self::{
    error::{OpenError, OpenFault},
    schema::VERSION,
};

use self::{snapshot::Snapshot, transaction::Transaction};
use super::{Direction, KeyRange, Read, Show, SizedValue, Store, StoreError, Write};

/// What a write that was answered survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, however it comes. When the machine loses power the last writes may
    /// be gone; those before them are whole.
    #[default]
    Process,
    /// The end of the machine, too: it is on the disk.
    Full,
    /// The end of the process; when the machine loses power the file may be broken. For one that
    /// is thrown away: nothing ever waits for the disk.
    Fleeting,
}

/// Keeps everything in a file.
pub struct SqliteStore {
    path: PathBuf,
    /// The one connection that writes.
    writer: Mutex<Connection>,
    /// How many transactions were committed.
    commits: AtomicU64,
    /// Those that nobody reads with just now.
    readers: Mutex<Vec<Connection>>,
    /// Tells other processes that the file is in use, until this one ends.
    _lock: File,
}

/// What a connection that writes, and one that reads, keeps of the file: kibibytes, as SQLite has
/// them. A page is read again when it is not there; the system has it, most of the time.
const WRITER_CACHE: i64 = -16 * 1024;
const READER_CACHE: i64 = -4 * 1024;

/// With how many pages (of 4 KiB) the log is written back to the file.
const LOG_PAGES: i64 = 4_000;

/// How long the log may get, in bytes, and how often its length is looked at. It is begun anew when
/// nobody reads from it; where somebody always does, those who do are waited for.
const LOG_KEPT: u64 = 64 << 20;
const COMMITS_A_LOOK: u64 = 64;

/// How long they are waited for: somebody may look into the file by hand.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long SQLite's own lock is waited for.
const LOCKED: Duration = Duration::from_secs(5);

/// How many connections wait for somebody to read.
const IDLE: usize = 16;

impl SqliteStore {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or written, is not one of dynatape's, or is in use.
    pub fn open(path: &Path, durability: Durability) -> Result<Self, OpenError> {
        Self::at(path, durability).map_err(|fault| OpenError { path: path.to_owned(), fault })
    }

    fn at(path: &Path, durability: Durability) -> Result<Self, OpenFault> {
        // One file has one lock, whatever it is called.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut magic = Vec::new();
        if path.exists() {
            let begin = File::open(&path)?.take(schema::MAGIC.len() as u64);
            { begin }.read_to_end(&mut magic)?;
        }
        if !magic.is_empty() && magic != schema::MAGIC {
            return Err(OpenFault::NotOurs);
        }
        let lock = lock(&path)?;
        let mut writer = Connection::open(&path)?;
        schema::check(&writer)?;
        let synchronous = match durability {
            Durability::Process => "NORMAL",
            Durability::Full => "FULL",
            Durability::Fleeting => "OFF",
        };
        set(&writer, "synchronous", &synchronous)?;
        if set(&writer, "journal_mode", &"WAL")?.as_deref() != Some("wal") {
            return Err(OpenFault::NoLog);
        }
        set(&writer, "cache_size", &WRITER_CACHE)?;
        set(&writer, "wal_autocheckpoint", &LOG_PAGES)?;
        set(&writer, "journal_size_limit", &LOG_KEPT.cast_signed())?;
        writer.busy_timeout(LOCKED)?;
        schema::bring_up(&mut writer)?;
        let commits = AtomicU64::new(0);
        Ok(Self { path, writer: writer.into(), commits, readers: Mutex::default(), _lock: lock })
    }

    /// Begins the log anew if it is long, after a commit.
    fn tend(&self, writer: &Connection) {
        if self.commits.fetch_add(1, Ordering::Relaxed).is_multiple_of(COMMITS_A_LOOK)
            && fs::metadata(beside(&self.path, "-wal")).is_ok_and(|log| log.len() > LOG_KEPT)
        {
            // What was committed is; if this does not do, the log is longer for a while.
            let _ = begin_log_anew(writer);
        }
    }

    /// A connection to read with.
    fn reader(&self) -> rusqlite::Result<Connection> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(idle) = idle {
            return Ok(idle);
        }
        let reader = Connection::open(&self.path)?;
        set(&reader, "query_only", &true)?;
        set(&reader, "cache_size", &READER_CACHE)?;
        Ok(reader)
    }

    /// Takes back a connection whose transaction has ended.
    fn give_back(&self, reader: Connection) {
        let mut idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(reader);
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn read(&self) -> Result<Box<dyn Read + '_>, StoreError> {
        Ok(Box::new(Snapshot::begin(self)?))
    }

    fn write(&self) -> Result<Box<dyn Write + '_>, StoreError> {
        Ok(Box::new(Transaction::begin(self)?))
    }
}

/// The lock of SQLite itself is taken and given back with each transaction, and other programs may
/// well look into the file meanwhile. That only one process of ours has it is said by a lock on a
/// file beside it, which the system takes back however the process ends.
fn lock(path: &Path) -> Result<File, OpenFault> {
    let name = beside(path, "-lock");
    let file = File::options().create(true).truncate(false).write(true).open(name)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenFault::InUse),
        Err(TryLockError::Error(error)) => Err(io::Error::into(error)),
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

fn begin_log_anew(writer: &Connection) -> rusqlite::Result<()> {
    writer.busy_timeout(PATIENCE)?;
    let done = writer.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()));
    writer.busy_timeout(LOCKED)?;
    done
}

/// Sets a pragma; some tell what they are then.
fn set(
    connection: &Connection,
    name: &str,
    value: &dyn rusqlite::ToSql,
) -> rusqlite::Result<Option<String>> {
    let mut now = None;
    connection
        .pragma_update_and_check(None, name, value, |row| {
            now = row.get(0).ok();
            Ok(())
        })
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            other => Err(other),
        })?;
    Ok(now)
}

/// No size is remembered.
fn get(connection: &Connection, key: &[u8]) -> rusqlite::Result<Option<SizedValue>> {
    let mut statement = connection.prepare_cached("SELECT value FROM pairs WHERE key = ?1")?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(|row| Ok((bytes(row, 0)?, None))).transpose()
}

fn visit(
    connection: &Connection,
    range: KeyRange<'_>,
    direction: Direction,
    show: &mut Show<'_>,
) -> rusqlite::Result<()> {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    // The next key after one is the one with a zero byte more.
    let next = |key: &[u8]| [key, &[0]].concat();
    let from = match range.from {
        Included(from) => from.to_vec(),
        Excluded(from) => next(from),
        Unbounded => Vec::new(),
    };
    let to = match range.to {
        Included(to) => Some(next(to)),
        Excluded(to) => Some(to.to_vec()),
        Unbounded => None,
    };
    let mut statement = connection.prepare_cached(match (&to, direction) {
        (Some(_), Direction::Forward) => {
            "SELECT key, value FROM pairs WHERE key >= ?1 AND key < ?2 ORDER BY key"
        }
        (Some(_), Direction::Backward) => {
            "SELECT key, value FROM pairs WHERE key >= ?1 AND key < ?2 ORDER BY key DESC"
        }
        (None, Direction::Forward) => "SELECT key, value FROM pairs WHERE key >= ?1 ORDER BY key",
        (None, Direction::Backward) => {
            "SELECT key, value FROM pairs WHERE key >= ?1 ORDER BY key DESC"
        }
    })?;
    let mut rows = match to {
        Some(to) => statement.query((from, to))?,
        None => statement.query((from,))?,
    };
    while let Some(row) = rows.next()? {
        let value = bytes(row, 1)?;
        if show(row.get_ref(0)?.as_bytes()?, (&value).into()).is_break() {
            break;
        }
    }
    Ok(())
}

fn bytes(row: &Row<'_>, column: usize) -> rusqlite::Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(column)?.as_bytes()?))
}

fn failed(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |cause| StoreError { doing, cause: Some(cause.into()) }
}

#[cfg(test)]
mod tests;
