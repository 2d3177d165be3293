use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    args::{
        AgeArgs, ChoiceArgs, FaultArgs, InterceptArgs, ListenArgs, OnMissArg, PollsArg, RepeatsArg,
        ReplayArgs, RetriesArg, Stale,
    },
    compose,
    exit::Exit,
    session::{self as server, Ended, Serving},
    settings::Environment,
    summary, tape, term,
};
use crate::{
    backend::{
        Backend,
        replay::{Options, Polls, Repeats, Replay, Retries},
        retime,
    },
    cassette::instant,
    conformance::prepare,
    proxy::intercept::Others,
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
    let session = Session {
        tape: &args.tape,
        complain: unused,
        choices: &args.choices,
        age: args.age,
        faults: &args.faults,
        seed: args.seed,
        summaries: &args.summaries,
        intercept: &args.intercept,
        listen: &args.listen,
        command: &args.command,
    };
    session.run(environment).await
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
fn ends(
    ended: Ended,
    report: &SessionReport,
    files: &[(PathBuf, Format)],
    environment: &Environment,
) -> anyhow::Result<Exit> {
    summary::write(report, files, environment)?;
    let exit = if report.passes() { Exit::Clean } else { Exit::Differs };
    Ok(exit.after_child(ended.child))
}

/// One session over a tape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session<'a> {
    pub(super) tape: &'a Path,
    pub(super) complain: Unused,
    pub(super) choices: &'a ChoiceArgs,
    pub(super) age: AgeArgs,
    pub(super) faults: &'a FaultArgs,
    /// What the share of a fault begins from.
    pub(super) seed: Option<u64>,
    pub(super) summaries: &'a [(PathBuf, Format)],
    pub(super) intercept: &'a InterceptArgs,
    pub(super) listen: &'a ListenArgs,
    pub(super) command: &'a [String],
}

impl Session<'_> {
    /// Serves it to its end, and tells what it did.
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let Self { tape: path, complain, choices, age, faults, seed, listen, command, .. } = self;
        let (cassette, _) = tape::load_what_can_be_read(path)?;
        let again =
            if command.is_empty() { String::new() } else { format!(" -- {}", command.join(" ")) };
        let upstream = match &*cassette.header.from.kind {
            "aws" => "aws",
            "dynatape" => "emulator",
            _ => "URL",
        };
        let fix = format!("dynatape record {} --upstream {upstream}{again}", path.display());
        if let Some(days) = age.max_age.exceeded_by(&cassette.header, environment.clock.now()) {
            term::note(format_args!(
                "{} was recorded {days} days ago and may say what is not true any more; to record it \
             anew: {fix}",
                path.display()
            ));
            if age.stale == Stale::Fail {
                return Ok(Exit::Differs);
            }
        }
        // What a tape takes for granted is asked of it only where something is to be made of it.
        let recorded_at = retime::recorded_at(&cassette);
        let preparation = (choices.on_miss == OnMissArg::Emulate).then(|| prepare(&cassette));
        let replay = Arc::new(Replay::with(
            cassette,
            choices.options(),
            Arc::clone(&environment.clock),
            fix,
        ));
        let backend: Arc<dyn Backend> = match preparation {
            Some(preparation) => compose::fallback(Arc::clone(&replay), preparation, environment),
            None => Arc::clone(&replay) as Arc<dyn Backend>,
        };
        let backend = compose::retimed(backend, choices.time, recorded_at, environment)?;
        let recorded_at = recorded_at.map(instant);
        let (backend, plan) = compose::faulty(backend, faults, seed, environment);
        let intercept = compose::intercept(self.intercept, Others::Refuse, environment)?;
        let serving = Serving {
            intercept,
            recorded_at: recorded_at.as_deref(),
            ..Serving::new(listen, command)
        };
        let ended = server::serve(backend, serving, environment).await?;
        term::note_idle(&plan);
        let summary = replay.summary();
        for miss in &summary.misses {
            term::note(&miss.report);
        }
        // What was left says something only of a program that ran to its end.
        let unused = !summary.unused_writes.is_empty() || !summary.unused_reads.is_empty();
        if !summary.misses.is_empty() || summary.emulated > 0 || (unused && ended.well()) {
            term::note(format_args!("{}: {summary}", path.display()));
        }
        // Who serves without a command may stop in the middle: that is for --strict to mind.
        let strict = complain == Unused::WritesAndReads;
        let whole = ended.well() && (ended.child.is_some() || strict);
        let fail = [whole && complain >= Unused::Writes, whole && strict, strict];
        let report = summary::of(path, recorded_at, &summary, &plan, fail);
        ends(ended, &report, self.summaries, environment)
    }
}
