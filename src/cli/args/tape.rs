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
    /// Merge what two sides made of a tape, or put two recordings into one (with --out)
    ///
    /// Exits with 1 where both sides changed the same interaction: both versions are then in the
    /// tape, each with a "conflict" member.
    Merge {
        /// BASE OURS THEIRS, or two tapes
        #[arg(required = true, num_args = 2..=3, value_name = "TAPE")]
        tapes: Vec<PathBuf>,
        /// Where to write the result; of three tapes, OURS if not given
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Cut a tape down to some interactions and the writes that their answers depend on
    Slice {
        /// The tape
        tape: PathBuf,
        /// Ids, or beginnings of ids
        #[arg(required = true)]
        ids: Vec<String>,
        /// Where to write the result; standard output if not given
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Count what tapes hold: operations, tables, made-up values, the largest interactions
    Stats {
        /// Tapes to count
        #[arg(required = true)]
        tapes: Vec<PathBuf>,
    },
    /// Say which interactions two tapes do not share, and whose answers differ by what
    ///
    /// Exits with 2 where the tapes differ in a way that a program can notice.
    Diff {
        /// The earlier tape
        old: PathBuf,
        /// The later tape
        new: PathBuf,
        /// Of two recordings of one program: print a ledger of what is noise, by type
        #[arg(long)]
        learn: bool,
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
