use std::{convert::Infallible, num::NonZeroUsize, path::PathBuf, str::FromStr};

use clap::Args;

use super::{EmulatorArgs, FenceArgs, ReportArgs};
use crate::emulator::Validation;

/// Play tapes at a target and show how its answers differ from those recorded
///
/// Each tape starts on a fresh emulator (or, with a URL, with tables that are made for it and
/// deleted after it). Tables and items that the recording takes for granted are made first.
///
/// Exit codes: 0 alike; 1 could not do it; 2 answers differ; 3 a ledger is stale (it accepts what
/// does not differ, or expired); 4 something there was to compare was never compared.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct DiffArgs {
    /// Tapes, recordings as JSON Lines (.jsonl), or folders of either
    #[arg(required = true, value_name = "TAPE")]
    pub(crate) tapes: Vec<PathBuf>,
    /// What to ask: `emulator`, `emulator-sqlite` (its data in a file), a URL or NAME=URL; may be
    /// given several times
    #[arg(long, default_value = "emulator")]
    pub(crate) target: Vec<Target>,
    /// Play only the interaction of this id (or beginning of ids) and the writes that it depends
    /// on; of several recordings in a file, the name of one may stand before it. Repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Compare only with answers that AWS gave, as far as can be shown: a tape of anybody else's
    /// is refused, and an answer that was edited, or has no checksum, is not measured
    #[arg(long)]
    pub(crate) truth: bool,
    #[command(flatten)]
    pub(crate) expected: ExpectedArgs,
    #[command(flatten)]
    pub(crate) emulator: EmulatorArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

/// Put conformance cases to a target and show where it does not answer as DynamoDB does
///
/// Cases are data: what is there, what is asked, what DynamoDB answers, and how we know. The
/// emulator is asked in both validation dialects, each case on a fresh one; a URL in the dialect
/// of --validation, with tables that are made for a case and deleted after it.
///
/// Differences that are known stand in ledgers, expected/NAME.toml in the folder of the cases, for
/// a target that is given as NAME=URL (dynamodb-local, dynalite, dynoxide, moto).
///
/// Exit codes: 0 as expected; 1 could not do it; 2 answers differ; 3 a ledger is stale (it accepts
/// what does not differ, or expired); 4 something there was to compare was never compared.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ConformArgs {
    /// Files of cases (.case), or folders of them
    #[arg(default_value = "conformance", value_name = "CASES")]
    pub(crate) cases: Vec<PathBuf>,
    /// What to ask: `emulator`, `emulator-sqlite` (its data in a file), `aws` (in a fence), a URL or
    /// NAME=URL; may be given several times
    #[arg(long, default_value = "emulator")]
    pub(crate) target: Vec<Target>,
    #[command(flatten)]
    pub(crate) fence: FenceArgs,
    /// Delete what a run made in a fence and could not delete: what its ledger names. Asks nothing
    /// else
    #[arg(long, value_name = "LEDGER", conflicts_with_all = ["prove", "fmt"])]
    pub(crate) clean: Option<PathBuf>,
    /// How many cases to put to a fence at the same time
    #[arg(long, value_name = "N", default_value = "8")]
    pub(crate) at_once: NonZeroUsize,
    #[command(flatten)]
    pub(crate) expected: ExpectedArgs,
    /// The dialect of a URL: its cases are put to it, and those that are of no dialect
    #[arg(long, default_value_t, env = "DYNATAPE_VALIDATION", value_name = "REGION")]
    pub(crate) validation: Validation,
    /// Only cases with this text in their file's path or title, or with this id
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    /// Write what the target answers into the cases that expect something else, with the target and
    /// the day as their source. Name the cases (files, --filter), and one target
    #[arg(long, conflicts_with_all = ["prove", "fmt", "clean", "update_expected"])]
    pub(crate) update: bool,
    /// Let --update write what the built-in emulator answers, too: a case that is made of what it is
    /// to test tests nothing
    #[arg(long, requires = "update")]
    pub(crate) from_emulator: bool,
    /// Change what the cases expect, in each place, and list what nobody would notice
    #[arg(long, conflicts_with = "fmt")]
    pub(crate) prove: bool,
    /// Print the files the one right way, and ask nothing
    #[arg(long)]
    pub(crate) fmt: bool,
    /// With --fmt: change nothing; fail if a file is printed otherwise
    #[arg(long, requires = "fmt")]
    pub(crate) check: bool,
}

/// Which differences are known.
#[derive(Debug, Args)]
pub(crate) struct ExpectedArgs {
    /// The ledger of accepted differences, or a folder with a NAME.toml for each target
    #[arg(long, value_name = "FILE|FOLDER")]
    pub(crate) expected: Option<PathBuf>,
    /// Write the ledger anew from what differs now; reasons that are known are kept
    #[arg(long)]
    pub(crate) update_expected: bool,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The built-in emulator.
    Emulator(Kept),
    /// What answers there.
    At {
        /// What reports and ledgers call it.
        name: Option<String>,
        /// Where it is.
        url: String,
    },
}

/// Where an emulator that is asked keeps what it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In memory.
    Memory,
    /// In a file of SQLite's, which goes when it was asked.
    File,
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let named = text.split_once('=');
        let named = named.filter(|(name, _)| !name.is_empty() && name.chars().all(plain));
        Ok(match named {
            _ if text == "emulator" => Self::Emulator(Kept::Memory),
            _ if text == "emulator-sqlite" => Self::Emulator(Kept::File),
            Some((name, url)) => Self::At { name: Some(name.to_owned()), url: url.to_owned() },
            None => Self::At { name: None, url: text.to_owned() },
        })
    }
}

impl Target {
    /// Whether it is the built-in emulator.
    pub(crate) fn is_emulator(&self) -> bool {
        matches!(self, Self::Emulator(_))
    }

    /// What a report calls it.
    pub(crate) fn label(&self) -> &str {
        match self {
            Self::At { name: None, url } => url,
            named => named.name().unwrap_or_default(),
        }
    }

    /// What is said on the command line to ask it.
    pub(crate) fn again(&self) -> String {
        match self {
            Self::Emulator(_) => self.label().to_owned(),
            Self::At { name: Some(name), url } => format!("{name}={url}"),
            Self::At { name: None, url } => url.clone(),
        }
    }

    /// What its ledger is called.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Emulator(Kept::Memory) => Some("emulator"),
            Self::Emulator(Kept::File) => Some("emulator-sqlite"),
            Self::At { name, .. } => name.as_deref(),
        }
    }
}
