use clap::Args;

use super::{AwsArgs, CandidateArgs, EmulatorArgs, ListenArgs, ReportArgs};

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
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
    #[command(flatten)]
    pub(crate) candidate: CandidateArgs,
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
