//! Why a file is not opened.

use std::{io, path::PathBuf};

use thiserror::Error;

/// A file that is not opened.
#[derive(Debug, Error)]
#[error("cannot open {}", path.display())]
pub struct OpenError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub fault: OpenFault,
}

/// Why.
#[derive(Debug, Error)]
pub enum OpenFault {
    /// Another process has it.
    #[error("another process of dynatape has it open")]
    InUse,
    /// It is something else.
    #[error("it is not a database of dynatape")]
    NotOurs,
    /// It was written by a version that is not known here.
    #[error(
        "its format is {found}, and this version of dynatape knows formats up to {known}: a newer \
         one wrote it"
    )]
    Younger {
        /// Its version.
        found: u32,
        /// The latest that is known.
        known: u32,
    },
    /// Its file system cannot do what SQLite needs.
    #[error("its file system does not support write-ahead logging: is it on the network?")]
    NoLog,
    /// The file system said no.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// SQLite said no.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}
