//! What can be said on the command line: definitions, and nothing that works.

mod aws;
mod candidate;
mod compare;
mod compat;
mod control;
mod dump;
mod emulator;
mod faults;
mod fence;
mod git;
mod intercept;
mod listen;
mod load;
mod record;
mod replay;
mod report;
mod shadow;
mod shell;
mod storage;
mod tape;

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::{
    aws::*, candidate::*, compare::*, compat::*, control::*, dump::*, emulator::*, faults::*,
    fence::*, git::*, intercept::*, listen::*, load::*, record::*, replay::*, report::*, shadow::*,
    shell::*, storage::*, tape::*,
};

/// Record, replay, emulate and diff Amazon DynamoDB.
///
/// dynatape sits between a DynamoDB client and whatever answers it. Point any AWS SDK at it
/// (AWS_ENDPOINT_URL_DYNAMODB), or let it start your command with that set:
///
///   dynatape record tests/orders.tape --upstream aws -- pytest tests/orders
///   dynatape replay tests/orders.tape -- pytest tests/orders
///   dynatape serve --port 8000
///   dynatape diff tests/orders.tape
///   dynatape shadow --primary aws -- pytest tests/orders
///   dynatape verify tests/orders.tape
///
/// Exit codes: 0 all well; 1 could not do it; 2 answers differ, or a replay had misses; 3 a ledger
/// of accepted differences is stale; 4 nothing, or not all, was compared. With a command, its own
/// exit code comes first.
#[derive(Debug, Parser)]
#[command(name = "dynatape", version, verbatim_doc_comment)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the built-in emulator: a local DynamoDB, in memory or in a file
    Serve(ServeArgs),
    Dump(DumpArgs),
    // What is described at the arguments is not described here: it would be shown instead.
    Record(Box<RecordArgs>),
    Replay(ReplayArgs),
    Diff(DiffArgs),
    Conform(ConformArgs),
    Verify(VerifyArgs),
    Report(ReportsArgs),
    Explain(ExplainArgs),
    Shadow(Box<ShadowArgs>),
    /// Look into tapes and keep them in order
    Tape(TapeArgs),
    /// Let Git merge tapes
    Git(GitArgs),
    Ca(CaArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

impl Command {
    /// The command, if it is one that serves and there is nothing wrong with it, read with the
    /// definitions of no other: what they take stays in memory for as long as a server runs. What
    /// is wrong with it, or what help there is, all definitions together tell.
    pub(crate) fn alone(arguments: &[OsString]) -> Option<Self> {
        #[derive(Parser)]
        struct Alone<T: Args> {
            #[command(flatten)]
            its: T,
        }
        fn read<T: Args>(arguments: &[OsString]) -> Option<T> {
            Alone::try_parse_from(arguments).ok().map(|alone| alone.its)
        }
        let (_program, arguments) = arguments.split_first()?;
        // What stands first is taken for the name of a program.
        match arguments.first()?.to_str()? {
            "serve" => read(arguments).map(Self::Serve),
            "record" => read(arguments).map(|args| Self::Record(Box::new(args))),
            "replay" => read(arguments).map(Self::Replay),
            _ => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) compat: CompatArgs,
    #[command(flatten)]
    pub(crate) emulator: EmulatorArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    #[command(flatten)]
    pub(crate) faults: FaultArgs,
    #[command(flatten)]
    pub(crate) listen: ListenArgs,
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    /// Command to run against the emulator, which ends with it
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_serves_is_read_alone_as_among_all() {
        for (line, is_read) in [
            ("serve", true),
            ("serve --port 0 --load a.json -- pytest -x serve", true),
            ("serve --port nowhere", false),
            ("serve --help", false),
            ("serve -V", false),
            ("record a.tape --upstream aws --mode spy -- npm test", true),
            ("record a.tape --upstream aws --no-such", false),
            ("replay a.tape --strict", true),
            ("replay", false),
            ("dump --upstream http://127.0.0.1:8000", false),
            ("--help", false),
        ] {
            let words: Vec<OsString> =
                std::iter::once("dynatape").chain(line.split(' ')).map(Into::into).collect();
            let alone = Command::alone(&words);
            assert_eq!(alone.is_some(), is_read, "{line}");
            if let Some(alone) = alone {
                let among = Cli::try_parse_from(&words).expect(line).command;
                assert_eq!(format!("{alone:?}"), format!("{among:?}"));
            }
        }
        assert!(Command::alone(&["dynatape".into()]).is_none() && Command::alone(&[]).is_none());
    }
}
