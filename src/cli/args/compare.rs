use std::path::PathBuf;

use clap::Args;

use super::{EmulatorArgs, ReportArgs};
use crate::emulator::Validation;

/// Play tapes at a target and show how its answers differ from those recorded
///
/// Each tape starts on a fresh emulator (or, with a URL, with tables that are made for it and
/// deleted after it). Tables and items that the recording takes for granted are made first.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct DiffArgs {
    /// Tapes, recordings as JSON Lines (.jsonl), or folders of either
    #[arg(required = true, value_name = "TAPE")]
    pub(crate) tapes: Vec<PathBuf>,
    /// What to ask: `emulator` or a URL; may be given several times
    #[arg(long, default_value = "emulator")]
    pub(crate) target: Vec<String>,
    /// Play only the interaction of this id (or beginning of ids) and the writes that it depends
    /// on; of several recordings in a file, the name of one may stand before it. Repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
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
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ConformArgs {
    /// Files of cases (.case), or folders of them
    #[arg(default_value = "conformance", value_name = "CASES")]
    pub(crate) cases: Vec<PathBuf>,
    /// What to ask: `emulator` or a URL; may be given several times
    #[arg(long, default_value = "emulator")]
    pub(crate) target: Vec<String>,
    /// The dialect of a URL: its cases are put to it, and those that are of no dialect
    #[arg(long, default_value_t, env = "DYNATAPE_VALIDATION", value_name = "REGION")]
    pub(crate) validation: Validation,
    /// Only cases with this text in their file's path or title, or with this id
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    /// Print the files the one right way, and ask nothing
    #[arg(long)]
    pub(crate) fmt: bool,
    /// With --fmt: change nothing; fail if a file is printed otherwise
    #[arg(long, requires = "fmt")]
    pub(crate) check: bool,
}
