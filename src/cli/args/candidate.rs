use std::num::NonZeroUsize;

use clap::Args;

use crate::cassette::Budget;

/// What is asked the same behind the program's back, and how.
#[derive(Debug, Args)]
pub(crate) struct CandidateArgs {
    /// What is compared with what answers: `emulator` (the default) or a URL, and nothing that is
    /// in use
    #[arg(long, value_name = "TARGET")]
    candidate: Option<String>,
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
}

impl CandidateArgs {
    /// What is asked.
    pub(crate) fn target(&self) -> &str {
        self.candidate.as_deref().unwrap_or("emulator")
    }

    /// Whether the user has said what.
    pub(crate) fn is_named(&self) -> bool {
        self.candidate.is_some()
    }
}
