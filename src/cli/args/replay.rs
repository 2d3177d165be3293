use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ControlArgs, FaultArgs, InterceptArgs, ListenArgs};
use crate::{backend::replay::Latency, cassette::MaxAge, report::session::Format};

/// Answer from a tape, offline
///
/// No connection to anything is ever opened. A request that was not recorded is answered with an
/// error that SDKs do not repeat and that names the nearest recorded requests. An answer belongs
/// to the state that the writes before it have led to: calls that have nothing to do with each
/// other may come in any order.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ReplayArgs {
    /// The tape to answer from
    pub(crate) tape: PathBuf,
    /// Fail also when a recorded read was never asked for, or an answer was emulated
    #[arg(long)]
    pub(crate) strict: bool,
    /// Do not fail when a recorded write was never asked for
    #[arg(long, conflicts_with = "strict")]
    pub(crate) allow_unused: bool,
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    #[command(flatten)]
    pub(crate) age: AgeArgs,
    #[command(flatten)]
    pub(crate) faults: FaultArgs,
    /// Write what the replay did to this file: .json, .xml (JUnit) or .md. Can be repeated
    #[arg(long = "summary", value_name = "FILE", value_parser = summary)]
    pub(crate) summaries: Vec<(PathBuf, Format)>,
    /// What the share of a fault begins from: the same seed strikes the same requests (default:
    /// another one every time)
    #[arg(long, value_name = "NUMBER", env = "DYNATAPE_SEED")]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) intercept: InterceptArgs,
    #[command(flatten)]
    pub(crate) listen: ListenArgs,
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    /// Command to run against the tape
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

/// A file whose ending names a format.
fn summary(text: &str) -> Result<(PathBuf, Format), String> {
    let path = PathBuf::from(text);
    let format = Format::of(&path).ok_or("a summary ends in .json, .xml or .md")?;
    Ok((path, format))
}

/// What a replay does where the recording leaves a choice.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ChoiceArgs {
    /// What answers a request that was not recorded
    #[arg(long, value_enum, default_value_t, env = "DYNATAPE_ON_MISS")]
    pub(crate) on_miss: OnMissArg,
    /// What a read is answered that was answered several times in one state
    #[arg(long, value_enum, default_value_t)]
    pub(crate) polls: PollsArg,
    /// What a read is answered that is asked more often than it was recorded
    #[arg(long, value_enum, default_value_t)]
    pub(crate) repeats: RepeatsArg,
    /// Whether attempts that failed and were repeated fail again
    #[arg(long, value_enum, default_value_t)]
    pub(crate) retries: RetriesArg,
    /// What the times are that the service told, such as CreationDateTime
    #[arg(long, value_enum, default_value_t)]
    pub(crate) time: TimeArg,
    /// How long answers take: `recorded` (with `record --durations`), a factor of that such as
    /// x0.5, or milliseconds. Without this, none does
    #[arg(long, value_name = "recorded|xFACTOR|MS")]
    pub(crate) latency: Option<Latency>,
    /// How long a request waits for another client's write that came before it, in milliseconds
    #[arg(long, value_name = "MS")]
    pub(crate) causal_wait: Option<u64>,
}

/// How old a recording may be.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct AgeArgs {
    /// Age from which a tape is stale (90d, or `off`), by the day in its header
    #[arg(long, value_name = "DAYS", default_value = "180d", env = "DYNATAPE_MAX_AGE")]
    pub(crate) max_age: MaxAge,
    /// What to do about a stale tape that is to be replayed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) stale: Stale,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stale {
    /// Say so, and answer from it
    #[default]
    Warn,
    /// Run nothing, exit 2
    Fail,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnMissArg {
    /// Nothing does: the replay fails
    #[default]
    Fail,
    /// The emulator, in the state that the recording is in; --strict fails all the same
    Emulate,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PollsArg {
    /// The last answer at once: what was waited for is there
    #[default]
    Last,
    /// One after the other, as recorded
    Faithful,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RepeatsArg {
    /// The last answer again
    #[default]
    Last,
    /// The first answer again
    First,
    /// All answers again, from the first
    Cycle,
    /// A miss
    Strict,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RetriesArg {
    /// They are left out
    #[default]
    Fast,
    /// They fail as recorded
    Faithful,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimeArg {
    /// As recorded; the command finds the instant in DYNATAPE_RECORDED_AT
    #[default]
    Recorded,
    /// As far from now as they were from the recording
    Shift,
    /// As shift, but a table is made when CreateTable is called
    Live,
}
