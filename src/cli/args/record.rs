use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    AgeArgs, AwsArgs, CandidateArgs, ControlArgs, EmulatorArgs, FaultArgs, InterceptArgs,
    ListenArgs, LoadArgs, ReportArgs,
};
use crate::cassette::Budget;

/// Record traffic between a client and an upstream into a tape
///
/// The proxy signs requests to AWS anew with your own credentials (environment, profile, SSO,
/// ...), so the client may have any. The tape is written when the command succeeds, or on Ctrl-C
/// without a command. If the command fails the old tape stays, and what was recorded goes to
/// TAPE.rejected; so does a tape that would be too large, or that, asked at once for all that is in
/// it, does not answer it as recorded. With --intercept the client asks DynamoDB itself, through this
/// proxy, and its own signature is sent on: no credentials are needed here. Credentials, account ids
/// and signatures never reach the file.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RecordArgs {
    /// The tape to write
    pub(crate) tape: PathBuf,
    /// What answers: `aws`, `emulator`, or a URL such as http://localhost:8000
    #[arg(long, default_value = "aws", env = "DYNATAPE_UPSTREAM")]
    pub(crate) upstream: String,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
    /// What to do about a tape that is there
    #[arg(long, value_enum, default_value_t = Mode::Rewrite, env = "DYNATAPE_RECORD")]
    pub(crate) mode: Mode,
    /// Keep the recording without replaying it first
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// Begin with what this tape holds, such as setup that several tapes share; what says the same
    /// is not written again. Can be given several times, and is kept by the tape
    #[arg(long, value_name = "TAPE")]
    pub(crate) include: Vec<PathBuf>,
    /// Tell in the tape how long each answer took, roughly. A tape that has such times keeps them,
    /// and gets those of new calls; this measures all anew
    #[arg(long)]
    pub(crate) durations: bool,
    /// Tell in the tape when each call was made, so that `tape merge --lanes` can put it together
    /// with those of other recorders before the same upstream. It replays with them, so it is not
    /// replayed first
    #[arg(long)]
    pub(crate) lane: bool,
    /// What to call the upstream in the tape's header
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// Where a host is that is asked while recording: HOST=ADDRESS[:PORT]; can be given several
    /// times. A replay (--mode auto) asks nobody
    #[arg(long, value_name = "HOST=ADDRESS")]
    pub(crate) resolve: Vec<String>,
    /// Trust the upstream to be who these certificates (PEM) say, and nobody else
    #[arg(long, value_name = "FILE")]
    pub(crate) upstream_ca: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) intercept: InterceptArgs,
    /// How large the tape may be (bytes, KiB, MiB, GiB, or `off`)
    #[arg(long, value_name = "SIZE", default_value = "256KiB", env = "DYNATAPE_MAX_BYTES")]
    pub(crate) max_bytes: Budget,
    #[command(flatten)]
    pub(crate) age: AgeArgs,
    #[command(flatten)]
    pub(crate) emulator: EmulatorArgs,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    #[command(flatten)]
    pub(crate) faults: FaultArgs,
    #[command(flatten)]
    pub(crate) listen: ListenArgs,
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    #[command(flatten, next_help_heading = "With --mode spy")]
    pub(crate) candidate: CandidateArgs,
    #[command(flatten, next_help_heading = "With --mode spy")]
    pub(crate) report: ReportArgs,
    /// Command to record
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// The line that all of this was said in, up to the command.
    #[arg(skip)]
    pub(crate) said: Vec<String>,
}

/// What to do about a tape that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Record everything anew; answers that say the same keep their text
    Rewrite,
    /// Record if there is no tape, else replay it
    Auto,
    /// Replay the tape; what it does not answer is asked of the upstream and added to it
    New,
    /// Replay the tape, and never record
    Frozen,
    /// Pass everything on to the upstream; neither read nor write the tape
    Live,
    /// As rewrite, and ask --candidate the same behind the program's back: a tape and a report of
    /// what differs, as `shadow` gives
    Spy,
}
