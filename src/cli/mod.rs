//! The command line: what is said there ([`args`]), and one module for each command.

mod args;
mod asking;
mod ca;
mod candidate;
mod child;
mod clients;
mod compat;
mod compose;
mod conform;
mod diff;
mod dump;
mod exit;
mod expected;
mod explain;
mod fence;
mod git;
mod hub;
mod keep;
pub(crate) mod kit;
mod load;
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
mod shell;
mod signals;
mod state;
mod stored;
mod summary;
mod tape;
mod taped;
mod term;
mod update;
mod verify;

use std::ffi::OsString;

use clap::Parser as _;

pub use args::Cli;
use args::Command;
pub use exit::Exit;
use settings::Environment;
pub use taped::{NotTaped, Tape, Taped, Taping};

/// The program: reads the command line, whose first word is the program's name, does what it says,
/// and tells what went wrong. Bad usage ends the process.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    match Cli::of(arguments).run() {
        Ok(exit) => exit,
        Err(error) => {
            anstream::eprintln!("dynatape: {error:#}");
            Exit::Failed
        }
    }
}

impl Cli {
    /// Reads the command line, or ends the process with a usage message.
    fn of(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments = match compat::in_our_words(arguments.into_iter().collect()) {
            Ok(compat::Said::Ours(arguments)) => arguments,
            Ok(compat::Said::Help(text)) => {
                term::print(text);
                std::process::exit(Exit::Clean.code().into())
            }
            Err(refusal) => {
                anstream::eprintln!("dynatape: {refusal}");
                std::process::exit(Exit::Failed.code().into())
            }
        };
        let parsed = match Command::alone(&arguments) {
            Some(command) => Ok(Self { command }),
            None => Self::try_parse_from(&arguments),
        };
        match parsed {
            Ok(Self { command: Command::Record(mut args) }) => {
                let said = arguments.iter().skip(1).take_while(|word| *word != "--");
                args.said = said.map(|word| word.to_string_lossy().into_owned()).collect();
                Self { command: Command::Record(args) }
            }
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
                Command::Dump(args) => dump::run(&args, &environment).await,
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
                Command::Completions(args) => shell::completions(&args),
                Command::Man(args) => shell::man(&args),
                Command::Tape(args) => tape::run(args.command, &environment).await,
            }
        })
    }
}
