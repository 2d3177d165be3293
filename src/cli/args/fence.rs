use std::path::PathBuf;

use clap::Args;

use super::{AwsArgs, ReportArgs, Target};

/// What is asked where others have tables, too.
#[derive(Debug, Args)]
pub(crate) struct FenceArgs {
    /// Give every table this prefix and a mark of the run, send nothing that could touch another,
    /// and delete all of it in the end. For AWS there always is one [default there: dynatape_]
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    pub(crate) fence: Option<String>,
    /// Where to write down what is made, before it is [default: dynatape-fence-RUN.jsonl, which is
    /// taken away when all is gone]
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
    /// Send to a fence what costs more than a call, too: restores, point-in-time recovery, tables
    /// with much capacity
    #[arg(long)]
    pub(crate) allow_cost: bool,
    /// Send so many calls to a fence and no more; what it takes to clean up is not counted
    #[arg(long, value_name = "CALLS")]
    pub(crate) budget: Option<u64>,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}

/// What names begin with where nobody says otherwise: a word, so that statements need no quotes for
/// it.
const PREFIX: &str = "dynatape_";

impl FenceArgs {
    /// What the names of tables begin with, before the mark of the run.
    pub(crate) fn prefix(&self) -> &str {
        self.fence.as_deref().unwrap_or(PREFIX)
    }
}

/// Ask AWS today what a tape holds, in a fence, and show what it answers otherwise
///
/// The tape's requests are sent to AWS (or a URL) with other names of tables: each gets a prefix of
/// the run, and nothing that could touch another table is sent. What is made is written down
/// first, deleted in the end and looked for afterwards; after a crash `dynatape conform --clean
/// LEDGER` does that.
///
/// Exit codes: 0 asked, whatever AWS answered: it is never a gate; 1 could not do it, or something
/// is left there; 4 nothing was compared.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct VerifyArgs {
    /// Tapes, recordings as JSON Lines (.jsonl), or folders of either
    #[arg(required = true, value_name = "TAPE")]
    pub(crate) tapes: Vec<PathBuf>,
    /// What to ask: `aws`, a URL or NAME=URL
    #[arg(long, default_value = "aws")]
    pub(crate) target: Target,
    /// Play only the interaction of this id (or beginning of ids) and the writes that it depends
    /// on. Repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
    #[command(flatten)]
    pub(crate) fence: FenceArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

/// Names have 255 characters, and need some for themselves.
const LONGEST: usize = 100;

fn prefix(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if (1..=LONGEST).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err(format!("a prefix is 1 to {LONGEST} of the characters a-z, A-Z, 0-9, _, - and ."))
}
