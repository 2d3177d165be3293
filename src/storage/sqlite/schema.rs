//! The format of the file: whose it is, of which version, and how older ones become it.
//!
//! The version is that of the tables and of what stands in them: keys, definitions, heads of
//! streams. What changes any of these in a way that files written before do not have adds a step.

use rusqlite::{Connection, Transaction};

use super::OpenFault;

/// How a file of each version becomes one of the next; the first makes an empty one.
const STEPS: &[fn(&Transaction<'_>) -> rusqlite::Result<()>] =
    &[|file| file.execute_batch(include_str!("1.sql"))];

/// The version that is written.
#[allow(clippy::cast_possible_truncation)] // a handful
pub const VERSION: u32 = STEPS.len() as u32;

/// SQLite has a place for saying whose a file is: `dyna`.
const APPLICATION: u32 = u32::from_be_bytes(*b"dyna");

/// What a file of SQLite begins with (the documentation of its format).
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Refuses a file that is not ours or of a version that is not known, before anything is written.
pub(super) fn check(file: &Connection) -> Result<(), OpenFault> {
    let (application, found) = (number(file, "application_id")?, number(file, "user_version")?);
    let is_ours = application == APPLICATION || application == 0 && found == 0 && is_empty(file)?;
    if !is_ours {
        return Err(OpenFault::NotOurs);
    }
    if found > VERSION {
        return Err(OpenFault::Younger { found, known: VERSION });
    }
    Ok(())
}

/// Makes a file that was checked one of this version: all steps or none.
pub(super) fn bring_up(file: &mut Connection) -> Result<(), OpenFault> {
    let found = number(file, "user_version")?;
    if found == VERSION {
        return Ok(());
    }
    let transaction = file.transaction()?;
    for step in STEPS.iter().skip(found as usize) {
        step(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

fn number(file: &Connection, name: &str) -> rusqlite::Result<u32> {
    file.pragma_query_value(None, name, |row| row.get(0))
}

fn is_empty(file: &Connection) -> rusqlite::Result<bool> {
    file.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}
