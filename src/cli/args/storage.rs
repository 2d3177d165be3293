use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::storage::sqlite;

/// Where the built-in emulator keeps what it is told.
#[derive(Debug, Args)]
pub(crate) struct StorageArgs {
    /// Keep everything in this file (SQLite; made if it is not there) instead of in memory; with
    /// --isolation client, in this folder, a file for each client
    #[arg(long, value_name = "FILE", env = "DYNATAPE_DB")]
    pub(crate) db: Option<PathBuf>,
    /// What a write to --db survives once it is answered
    #[arg(long, value_enum, default_value_t = Durability::Process, env = "DYNATAPE_DURABILITY")]
    pub(crate) durability: Durability,
    /// Who has tables of their own
    #[arg(long, value_enum, default_value_t = Isolation::Region, env = "DYNATAPE_ISOLATION")]
    pub(crate) isolation: Isolation,
}

/// Who has tables of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Isolation {
    /// Nobody: all regions are one
    None,
    /// Each region, as on AWS
    Region,
    /// Each access key in each region
    Client,
}

/// What a write survives once it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Durability {
    /// The end of the process, also kill -9
    Process,
    /// Loss of power too: it is on the disk before it is answered
    Full,
}

impl From<Durability> for sqlite::Durability {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Process => Self::Process,
            Durability::Full => Self::Full,
        }
    }
}
