use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, builder::PossibleValuesParser};

use crate::cassette::import::Format;

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
    /// Make tapes of recordings by other tools (vcrpy, VCR, go-vcr, HAR, Polly, dvr, JSON Lines)
    Import {
        /// Files to read
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Folder for the tapes, one a file, or one a sequence of JSON Lines
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// What made the files (default: told by their content)
        #[arg(long, value_name = "TOOL", value_parser = PossibleValuesParser::new(Format::NAMES.map(|(name, _)| name)))]
        from: Option<String>,
    },
    /// Write a tape for other tools
    Export {
        /// The tape
        tape: PathBuf,
        /// An HTTP archive, or a shell script of calls of the AWS CLI (version 2)
        #[arg(long)]
        format: ExportFormat,
        /// File to write (default: standard output)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// What a tape can be written as.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExportFormat {
    Har,
    Script,
}
