use std::{path::Path, sync::Arc, time::Duration};

use super::{
    args::{ChoiceArgs, ListenArgs, PollsArg, RepeatsArg, ReplayArgs, RetriesArg},
    exit::Exit,
    session as server,
    settings::Environment,
    tape, term,
};
use crate::backend::replay::{Options, Polls, Repeats, Replay, Retries};

/// What is complained about that was recorded and never asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unused {
    Allowed,
    Writes,
    WritesAndReads,
}

pub(super) async fn run(args: ReplayArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let unused = match (args.allow_unused, args.strict) {
        (true, _) => Unused::Allowed,
        (false, false) => Unused::Writes,
        (false, true) => Unused::WritesAndReads,
    };
    session(&args.tape, unused, &args.choices, &args.listen, &args.command, environment).await
}

impl ChoiceArgs {
    fn options(&self) -> Options {
        let default = Options::default();
        Options {
            polls: match self.polls {
                PollsArg::Last => Polls::Last,
                PollsArg::Faithful => Polls::Faithful,
            },
            repeats: match self.repeats {
                RepeatsArg::Last => Repeats::Last,
                RepeatsArg::First => Repeats::First,
                RepeatsArg::Cycle => Repeats::Cycle,
                RepeatsArg::Strict => Repeats::Strict,
            },
            retries: match self.retries {
                RetriesArg::Fast => Retries::Fast,
                RetriesArg::Faithful => Retries::Faithful,
            },
            causal_wait: self.causal_wait.map_or(default.causal_wait, Duration::from_millis),
        }
    }
}

/// One session over a tape, with its summary.
pub(super) async fn session(
    path: &Path,
    complain: Unused,
    choices: &ChoiceArgs,
    listen: &ListenArgs,
    command: &[String],
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let (cassette, _) = tape::load_what_can_be_read(path)?;
    let again =
        if command.is_empty() { String::new() } else { format!(" -- {}", command.join(" ")) };
    let upstream = match &*cassette.header.from.kind {
        "aws" => "aws",
        "dynatape" => "emulator",
        _ => "URL",
    };
    let fix = format!("dynatape record {} --upstream {upstream}{again}", path.display());
    let replay =
        Arc::new(Replay::with(cassette, choices.options(), Arc::clone(&environment.clock), fix));
    let serving = server::Serving { backend: replay.clone(), recording: None, controlled: None };
    let ended = server::serve(serving, listen, 0, command, environment).await?;
    let summary = replay.summary();
    for miss in &summary.misses {
        term::note(&miss.report);
    }
    // What was left says something only of a program that ran to its end.
    let unused = !summary.unused_writes.is_empty() || !summary.unused_reads.is_empty();
    if !summary.misses.is_empty() || (unused && ended.well()) {
        term::note(format_args!("{}: {summary}", path.display()));
    }
    let left = (complain >= Unused::Writes && !summary.unused_writes.is_empty())
        || (complain >= Unused::WritesAndReads && !summary.unused_reads.is_empty());
    // Who serves without a command may stop in the middle: that is for --strict to mind.
    let ran_to_its_end = ended.child == Some(0) || complain == Unused::WritesAndReads;
    let complains = !summary.misses.is_empty() || (left && ended.well() && ran_to_its_end);
    let exit = if complains { Exit::Differs } else { Exit::Clean };
    Ok(exit.after_child(ended.child))
}
