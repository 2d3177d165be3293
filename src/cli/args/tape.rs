use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct TapeArgs {
    #[command(subcommand)]
    pub(crate) command: TapeCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TapeCommand {
    /// List the interactions of tapes, one a line
    Ls {
        /// Tapes to list
        #[arg(required = true)]
        tapes: Vec<PathBuf>,
    },
    /// Print interactions
    Show {
        /// The tape
        tape: PathBuf,
        /// Ids, or beginnings of ids; none: the whole tape
        ids: Vec<String>,
    },
    /// Check tapes: readable, ids unique and right, no merge left half done
    Check {
        /// Tapes to check
        #[arg(required = true)]
        tapes: Vec<PathBuf>,
        /// Give edited interactions the ids that belong to them
        #[arg(long)]
        fix: bool,
    },
    /// Print tapes the way dynatape writes them
    Fmt {
        /// Tapes to format
        #[arg(required = true)]
        tapes: Vec<PathBuf>,
        /// Change nothing; fail if a tape is formatted otherwise
        #[arg(long)]
        check: bool,
    },
    /// Remove bodies beside tapes that no tape needs any more (not while one is recorded there)
    Gc {
        /// Tapes, beside which is looked, or folders with all that is in them
        #[arg(required = true, value_name = "TAPE|FOLDER")]
        paths: Vec<PathBuf>,
        /// Remove nothing; say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
    /// Make tapes of recordings in other formats (JSON Lines)
    Import {
        /// Files to read
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Folder for the tapes, one a sequence
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}
