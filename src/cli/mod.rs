//! The command line: what is said there ([`args`]), and one module for each command.

mod args;
mod asking;
mod ca;
mod candidate;
mod child;
mod compose;
mod conform;
mod diff;
mod exit;
mod expected;
mod explain;
mod fence;
mod git;
mod hub;
mod keep;
mod locked;
mod prove;
mod record;
mod recordings;
#[cfg_attr(not(feature = "store"), path = "remote_absent.rs")]
mod remote;
mod replay;
mod report;
mod serve;
#[cfg(feature = "store")]
mod server_buckets;
mod session;
mod settings;
mod shadow;
mod signals;
mod state;
mod summary;
mod tape;
mod term;
mod update;
mod verify;

use clap::Parser as _;

pub use args::Cli;
use args::Command;
pub use exit::Exit;
use settings::Environment;

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
                Command::Record(args) => record::run(*args, &environment).await,
                Command::Replay(args) => replay::run(args, &environment).await,
                Command::Diff(args) => diff::run(args, &environment).await,
                Command::Conform(args) => conform::run(args, &environment).await,
                Command::Verify(args) => verify::run(args, &environment).await,
                Command::Report(args) => report::run(args.command, &environment),
                Command::Explain(args) => explain::run(&args, &environment),
                Command::Shadow(args) => shadow::run(*args, &environment).await,
                Command::Git(args) => git::run(&args.command),
                Command::Ca(args) => ca::run(&args, &environment),
                Command::Tape(args) => tape::run(args.command, &environment).await,
            }
        })
    }
}
