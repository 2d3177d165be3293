use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    args::{ChoiceArgs, FaultArgs, ListenArgs, PollsArg, RepeatsArg, ReplayArgs, RetriesArg},
    compose,
    exit::Exit,
    session::{self as server, Ended},
    settings::Environment,
    summary, tape, term,
};
use crate::{
    backend::{
        replay::{Options, Polls, Repeats, Replay, Retries},
        retime,
    },
    cassette::instant,
    report::session::{Format, SessionReport},
};

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
    let faults = (&args.faults, args.seed);
    let (ended, report) = session(
        &args.tape,
        unused,
        &args.choices,
        faults,
        &args.listen,
        &args.command,
        environment,
    )
    .await?;
    ends(ended, &report, &args.summaries, environment)
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

/// Writes the summaries, and gives the exit code.
pub(super) fn ends(
    ended: Ended,
    report: &SessionReport,
    files: &[(PathBuf, Format)],
    environment: &Environment,
) -> anyhow::Result<Exit> {
    summary::write(report, files, environment)?;
    let exit = if report.passes() { Exit::Clean } else { Exit::Differs };
    Ok(exit.after_child(ended.child))
}

/// One session over a tape, and what it did.
pub(super) async fn session(
    path: &Path,
    complain: Unused,
    choices: &ChoiceArgs,
    (faults, seed): (&FaultArgs, Option<u64>),
    listen: &ListenArgs,
    command: &[String],
    environment: &Environment,
) -> anyhow::Result<(Ended, SessionReport)> {
    let (cassette, _) = tape::load_what_can_be_read(path)?;
    let again =
        if command.is_empty() { String::new() } else { format!(" -- {}", command.join(" ")) };
    let upstream = match &*cassette.header.from.kind {
        "aws" => "aws",
        "dynatape" => "emulator",
        _ => "URL",
    };
    let fix = format!("dynatape record {} --upstream {upstream}{again}", path.display());
    let recorded_at = retime::recorded_at(&cassette);
    let replay =
        Arc::new(Replay::with(cassette, choices.options(), Arc::clone(&environment.clock), fix));
    let (backend, plan) = compose::faulty(
        compose::retimed(replay.clone(), choices.time, recorded_at, environment)?,
        faults,
        seed,
        environment,
    );
    let recorded_at = recorded_at.map(instant);
    let told = recorded_at.as_deref().map(|instant| ("DYNATAPE_RECORDED_AT", instant));
    let ended = server::serve(backend, listen, 0, (command, told), None, environment).await?;
    term::note_idle(&plan);
    let summary = replay.summary();
    for miss in &summary.misses {
        term::note(&miss.report);
    }
    // What was left says something only of a program that ran to its end.
    let unused = !summary.unused_writes.is_empty() || !summary.unused_reads.is_empty();
    if !summary.misses.is_empty() || (unused && ended.well()) {
        term::note(format_args!("{}: {summary}", path.display()));
    }
    // Who serves without a command may stop in the middle: that is for --strict to mind.
    let strict = complain == Unused::WritesAndReads;
    let whole = ended.well() && (ended.child.is_some() || strict);
    let fail = [whole && complain >= Unused::Writes, whole && strict, strict];
    Ok((ended, summary::of(path, recorded_at, &summary, &plan, fail)))
}
