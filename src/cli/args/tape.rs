use std::path::PathBuf;

use clap::{
    Args, Subcommand, ValueEnum,
    builder::{NonEmptyStringValueParser, PossibleValuesParser},
};

use crate::cassette::{JsonPath, import::Format};

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
        /// Fail if it is not shown that AWS gave these answers, as they stand
        #[arg(long, conflicts_with = "fix")]
        truth: bool,
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
    /// Bring tapes to the current format and redaction rules
    Migrate {
        /// Tapes to migrate
        #[arg(required = true)]
        tapes: Vec<PathBuf>,
        /// Change nothing; fail if a tape would change
        #[arg(long)]
        check: bool,
    },
    /// Replace values everywhere in tapes, each by the same stand-in
    Scrub(ScrubArgs),
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
        /// BASE OURS THEIRS, or two tapes; with --lanes, any number
        #[arg(required = true, num_args = 2.., value_name = "TAPE")]
        tapes: Vec<PathBuf>,
        /// Put tapes of several recorders before one engine (`record --lane`) into the order in
        /// which their calls were answered
        #[arg(long, requires = "out")]
        lanes: bool,
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
        /// For people, or one JSON object a tape and line
        #[arg(long, default_value = "text")]
        format: StatsFormat,
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
    /// Put tapes into an object store and pin them in dynatape.lock, which goes into Git
    ///
    /// The lock file is the nearest one above the tape, or a new one at the top of the repository.
    /// A tape that is in it is pushed by `record` too. With CI=true nothing is pushed.
    Push {
        /// Tapes; none: those of the lock file here that were changed
        tapes: Vec<PathBuf>,
        /// Where to: s3://BUCKET/PREFIX (?endpoint=URL for a server that is not AWS) or
        /// file:///FOLDER. Default: where the tape, or all others, were put before
        #[arg(long, value_name = "URL", env = "DYNATAPE_STORE")]
        store: Option<String>,
    },
    /// Fetch tapes that dynatape.lock pins, so that they replay offline
    Pull {
        /// Tapes; none: all of the lock file here
        tapes: Vec<PathBuf>,
    },
    /// Say of tapes that dynatape.lock pins whether they are here and as pinned
    #[command(visible_alias = "verify")]
    Status {
        /// Tapes; none: all of the lock file here
        tapes: Vec<PathBuf>,
        /// Ask the store as well
        #[arg(long)]
        remote: bool,
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

#[derive(Debug, Args)]
pub(crate) struct ScrubArgs {
    /// Tapes to scrub; what stands for a value in one stands for it in all
    #[arg(required = true)]
    pub(crate) tapes: Vec<PathBuf>,
    /// A text to replace wherever it stands, in base64 too
    ///
    /// One of less than 8 bytes is replaced only where it is a whole attribute value.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) value: Vec<String>,
    /// A file with such texts, one a line (`-`: standard input)
    #[arg(long, value_name = "FILE")]
    pub(crate) values_from: Option<PathBuf>,
    /// A header to take out of answers; its value is replaced elsewhere
    #[arg(long, value_name = "NAME")]
    pub(crate) header: Vec<String>,
    /// A place in bodies, whose texts and numbers are replaced, and wherever else they stand
    ///
    /// Such as `$..email`, `$.Item.name.S`, `$.Items[*].phone`.
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Vec<JsonPath>,
    /// Change nothing; fail if there is something to replace
    #[arg(long)]
    pub(crate) check: bool,
}

/// How figures are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsFormat {
    Text,
    Json,
}

/// What a tape can be written as.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExportFormat {
    Har,
    Script,
}
