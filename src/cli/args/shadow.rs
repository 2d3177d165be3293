use std::num::NonZeroUsize;

use clap::Args;

use super::{EmulatorArgs, ListenArgs, ReportArgs, Resign};
use crate::cassette::Budget;

/// Let a second backend answer the same and show where it answers otherwise
///
/// The program gets the primary's answers and waits for nothing else. The candidate is asked the
/// same afterwards, each item's calls in their order, so tables made through here are in both.
/// Whatever it does (wrong, slow, hanging, gone) the program does not notice. Differences are shown
/// as they come and reported at the end, as by `diff`. What could not be compared is counted.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ShadowArgs {
    /// Whose answers the program gets: `aws`, `emulator` or a URL
    #[arg(long, value_name = "TARGET")]
    pub(crate) primary: String,
    /// What is compared with it: `emulator` or a URL, and nothing that is in use
    #[arg(long, value_name = "TARGET", default_value = "emulator")]
    pub(crate) candidate: String,
    /// Region of `--primary aws` (default: AWS_REGION, AWS_DEFAULT_REGION)
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Profile to sign with (default: the usual credential chain)
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Whether to sign requests to the primary anew
    #[arg(long, value_enum, default_value_t = Resign::Auto)]
    pub(crate) resign: Resign,
    /// How many calls may wait for the candidate; more are not compared
    #[arg(long, value_name = "CALLS", default_value = "10000")]
    pub(crate) queue: NonZeroUsize,
    /// How much memory they may take (bytes, KiB, MiB, GiB, or `off`)
    #[arg(long, value_name = "SIZE", default_value = "64MiB")]
    pub(crate) queue_bytes: Budget,
    /// How many calls the candidate is asked at once
    #[arg(long, value_name = "CALLS", default_value = "16")]
    pub(crate) at_once: NonZeroUsize,
    /// How long the candidate may take for an answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub(crate) patience: u64,
    #[command(flatten)]
    pub(crate) emulator: EmulatorArgs,
    #[command(flatten)]
    pub(crate) listen: ListenArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    /// Command to shadow
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}
