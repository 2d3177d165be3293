//! The command line: definitions, and nothing that works.

mod child;
mod compose;
mod conform;
mod diff;
mod exit;
mod record;
mod replay;
mod report;
mod serve;
mod session;
mod settings;
mod signals;
mod tape;
mod term;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use exit::Exit;
use settings::Environment;

use crate::emulator::Validation;

/// Record, replay, emulate and diff Amazon DynamoDB.
///
/// dynatape sits between a DynamoDB client and whatever answers it. Point any AWS SDK at it
/// (AWS_ENDPOINT_URL_DYNAMODB), or let it start your command with that set:
///
///   dynatape record tests/orders.tape --upstream aws -- pytest tests/orders
///   dynatape replay tests/orders.tape -- pytest tests/orders
///   dynatape serve --port 8000
///   dynatape diff tests/orders.tape
///
/// Exit codes: 0 all well; 1 could not do it; 2 answers differ, or a replay had misses. With a
/// command, its own exit code comes first.
#[derive(Debug, Parser)]
#[command(name = "dynatape", version, verbatim_doc_comment)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the built-in emulator: a local DynamoDB in memory
    Serve(ServeArgs),
    // What is described at the arguments is not described here: it would be shown instead.
    Record(RecordArgs),
    Replay(ReplayArgs),
    Diff(DiffArgs),
    Conform(ConformArgs),
    /// Look into tapes and keep them in order
    Tape(TapeArgs),
}

/// Where to listen.
#[derive(Debug, Args)]
struct ListenArgs {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1", env = "DYNATAPE_HOST")]
    host: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "DYNATAPE_PORT")]
    port: Option<u16>,
    /// Speak TLS, with a certificate made for this run
    #[arg(long)]
    tls: bool,
    /// Speak TLS with this certificate (PEM); needs --tls-key
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of --tls-cert (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// How the built-in emulator answers.
#[derive(Debug, Args)]
struct EmulatorArgs {
    /// Whose request validation the built-in emulator follows: `newer` (most regions in October
    /// 2026), `older` (all item operations on the older layer), or a region such as us-east-1
    #[arg(long, default_value_t, env = "DYNATAPE_VALIDATION", value_name = "REGION")]
    validation: Validation,
    /// What tables take to be created, changed and deleted: no time, or what AWS takes; with
    /// `real`, settings that were changed have to rest as they do there
    #[arg(long, value_enum, default_value_t = Pace::None, env = "DYNATAPE_TIMING")]
    timing: Pace,
    /// Milliseconds for which a new table is CREATING
    #[arg(long, value_name = "MS")]
    create_table_ms: Option<u64>,
    /// Milliseconds for which a table is DELETING
    #[arg(long, value_name = "MS")]
    delete_table_ms: Option<u64>,
    /// Milliseconds for which a table or an index is UPDATING, and each phase of a new index
    #[arg(long, value_name = "MS")]
    update_table_ms: Option<u64>,
    /// Delete items this many milliseconds after their time to live is over (default: never)
    #[arg(long, value_name = "MS")]
    ttl_delete_ms: Option<u64>,
    /// Throttle what exceeds the capacity of a table or an index, after 300 seconds' worth of burst
    #[arg(long)]
    throttle: bool,
    /// Let eventually consistent reads and global indexes see what was there so long ago
    #[arg(long, value_name = "MS", default_value_t = 0, hide_default_value = true)]
    eventual_lag_ms: u64,
    /// Let this share of transactions, from 0 to 1, meet a conflict, and of the writes to tables
    /// that had one
    #[arg(long, value_name = "SHARE", value_parser = share, default_value_t = 0.0, hide_default_value = true)]
    conflicts: f64,
    /// The account of the tables' ARNs; ARNs of another are refused
    #[arg(long, value_name = "DIGITS", value_parser = account, env = "DYNATAPE_ACCOUNT", default_value = "000000000000")]
    account: String,
    /// What chance begins from: the same seed gives the same ids and the same conflicts (default:
    /// another one every time)
    #[arg(long, value_name = "NUMBER", env = "DYNATAPE_SEED")]
    seed: Option<u64>,
}

/// How long what the service takes its time for takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Pace {
    /// No time
    None,
    /// The time that was observed, always the same
    Real,
}

/// The number of an AWS account.
fn account(text: &str) -> Result<String, String> {
    let is_one = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| text.to_owned()).ok_or_else(|| "an account has 12 digits".to_owned())
}

/// A share of all.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "not a number from 0 to 1".to_owned())
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    emulator: EmulatorArgs,
    #[command(flatten)]
    listen: ListenArgs,
    /// Command to run against the emulator, which ends with it
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Record traffic between a client and an upstream into a tape
///
/// The proxy signs requests to AWS anew with your own credentials (environment, profile, SSO,
/// ...), so the client may have any. The tape is written when the command succeeds, or on Ctrl-C
/// without a command. If the command fails the old tape stays, and what was recorded goes to
/// TAPE.rejected. Credentials, account ids and signatures never reach the file.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct RecordArgs {
    /// The tape to write
    tape: PathBuf,
    /// What answers: `aws`, `emulator`, or a URL such as http://localhost:8000
    #[arg(long, default_value = "aws", env = "DYNATAPE_UPSTREAM")]
    upstream: String,
    /// Region of `--upstream aws` (default: AWS_REGION, AWS_DEFAULT_REGION)
    #[arg(long)]
    region: Option<String>,
    /// Profile to sign with (default: the usual credential chain)
    #[arg(long)]
    profile: Option<String>,
    /// Whether to sign requests to the upstream anew
    #[arg(long, value_enum, default_value_t = Resign::Auto)]
    resign: Resign,
    /// What to do about a tape that is there
    #[arg(long, value_enum, default_value_t = Mode::Rewrite, env = "DYNATAPE_RECORD")]
    mode: Mode,
    /// What to call the upstream in the tape's header
    #[arg(long)]
    label: Option<String>,
    #[command(flatten)]
    emulator: EmulatorArgs,
    #[command(flatten)]
    listen: ListenArgs,
    /// Command to record
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Whether to sign requests to the upstream anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Resign {
    /// For AWS yes, for any other host no
    Auto,
    /// Always
    Always,
    /// Never: the client's signature is sent on
    Never,
}

/// What to do about a tape that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Record everything anew; answers that say the same keep their text
    Rewrite,
    /// Record if there is no tape, else replay it
    Auto,
}

/// Answer from a tape, offline
///
/// No connection to anything is ever opened. A request that was not recorded is answered with an
/// error that SDKs do not repeat and that names the nearest recorded requests. An answer belongs
/// to the state that the writes before it have led to: calls that have nothing to do with each
/// other may come in any order.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct ReplayArgs {
    /// The tape to answer from
    tape: PathBuf,
    /// Fail also when a recorded read was never asked for
    #[arg(long)]
    strict: bool,
    /// Do not fail when a recorded write was never asked for
    #[arg(long, conflicts_with = "strict")]
    allow_unused: bool,
    #[command(flatten)]
    choices: ChoiceArgs,
    #[command(flatten)]
    listen: ListenArgs,
    /// Command to run against the tape
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// What a replay does where the recording leaves a choice.
#[derive(Clone, Debug, Default, Args)]
struct ChoiceArgs {
    /// What a read is answered that was answered several times in one state
    #[arg(long, value_enum, default_value_t)]
    polls: PollsArg,
    /// What a read is answered that is asked more often than it was recorded
    #[arg(long, value_enum, default_value_t)]
    repeats: RepeatsArg,
    /// Whether attempts that failed and were repeated fail again
    #[arg(long, value_enum, default_value_t)]
    retries: RetriesArg,
    /// How long a request waits for another client's write that came before it, in milliseconds
    #[arg(long, value_name = "MS")]
    causal_wait: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PollsArg {
    /// The last answer at once: what was waited for is there
    #[default]
    Last,
    /// One after the other, as recorded
    Faithful,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum RepeatsArg {
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
enum RetriesArg {
    /// They are left out
    #[default]
    Fast,
    /// They fail as recorded
    Faithful,
}

/// Play tapes at a target and show how its answers differ from those recorded
///
/// Each tape starts on a fresh emulator (or, with a URL, with tables that are made for it and
/// deleted after it). Tables and items that the recording takes for granted are made first.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct DiffArgs {
    /// Tapes, recordings as JSON Lines (.jsonl), or folders of either
    #[arg(required = true, value_name = "TAPE")]
    tapes: Vec<PathBuf>,
    /// What to ask: `emulator` or a URL; may be given several times
    #[arg(long, default_value = "emulator")]
    target: Vec<String>,
    #[command(flatten)]
    emulator: EmulatorArgs,
    #[command(flatten)]
    report: ReportArgs,
}

/// Put conformance cases to a target and show where it does not answer as DynamoDB does
///
/// Cases are data: what is there, what is asked, what DynamoDB answers, and how we know. The
/// emulator is asked in both validation dialects, each case on a fresh one; a URL in the dialect
/// of --validation, with tables that are made for a case and deleted after it.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct ConformArgs {
    /// Files of cases (.case), or folders of them
    #[arg(default_value = "conformance", value_name = "CASES")]
    cases: Vec<PathBuf>,
    /// What to ask: `emulator` or a URL; may be given several times
    #[arg(long, default_value = "emulator")]
    target: Vec<String>,
    /// The dialect of a URL: its cases are put to it, and those that are of no dialect
    #[arg(long, default_value_t, env = "DYNATAPE_VALIDATION", value_name = "REGION")]
    validation: Validation,
    /// Only cases with this text in their file's path or title
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    #[command(flatten)]
    report: ReportArgs,
    /// Print the files the one right way, and ask nothing
    #[arg(long)]
    fmt: bool,
    /// With --fmt: change nothing; fail if a file is printed otherwise
    #[arg(long, requires = "fmt")]
    check: bool,
}

/// What is made of a comparison.
#[derive(Debug, Args)]
struct ReportArgs {
    /// The report's format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// File to write the report to instead of the terminal
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How many findings the text report shows
    #[arg(long, default_value_t = 10)]
    findings: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: everything, with a schema version
    Json,
}

#[derive(Debug, Args)]
struct TapeArgs {
    #[command(subcommand)]
    command: TapeCommand,
}

#[derive(Debug, Subcommand)]
enum TapeCommand {
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
    /// Make tapes of recordings in other formats (JSON Lines)
    Import {
        /// Files to read
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Folder for the tapes, one a sequence
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

impl Cli {
    /// Reads the command line, or ends the process with a usage message.
    #[must_use]
    pub fn from_args() -> Self {
        match Self::try_parse() {
            Ok(cli) => cli,
            Err(error) => {
                // clap's own code for bad usage is 2, which here means "answers differ".
                let code = if error.use_stderr() { Exit::Failed } else { Exit::Clean };
                let _ = error.print();
                std::process::exit(code.code().into())
            }
        }
    }

    /// Does what was asked for.
    ///
    /// # Errors
    ///
    /// When it could not be done; the message says what to do about it.
    pub fn run(self) -> anyhow::Result<Exit> {
        let environment = Environment::read();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            match self.command {
                Command::Serve(args) => serve::run(args, &environment).await,
                Command::Record(args) => record::run(args, &environment).await,
                Command::Replay(args) => replay::run(args, &environment).await,
                Command::Diff(args) => diff::run(args, &environment).await,
                Command::Conform(args) => conform::run(args, &environment).await,
                Command::Tape(args) => tape::run(args.command, &environment),
            }
        })
    }
}
