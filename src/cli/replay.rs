use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::bail;

use super::{
    args::{
        AgeArgs, ChoiceArgs, ControlArgs, FaultArgs, InterceptArgs, ListenArgs, OnMissArg,
        PollsArg, RepeatsArg, ReplayArgs, RetriesArg, Stale, TimeArg,
    },
    compose::{self, Replayer},
    exit::Exit,
    hub,
    session::{self as server, Ended, Serving},
    settings::Environment,
    summary, tape, term,
};
use crate::{
    backend::{
        replay::{Latency, Options, Polls, Repeats, Retries},
        retime::Times,
    },
    emulator,
    proxy::{
        control::{Opened, Replaying, Wanted},
        intercept::{Others, Refusals},
    },
    report::{
        again,
        session::{Format, SessionReport},
    },
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
        control: &args.control,
        listen: &args.listen,
        command: &args.command,
        said: None,
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
            latency: self.latency.unwrap_or_default(),
            causal_wait: self.causal_wait.map_or(default.causal_wait, Duration::from_millis),
        }
    }
}

/// Writes the summaries, and gives the exit code.
fn ends(
    ended: &Ended,
    report: &SessionReport,
    files: &[(PathBuf, Format)],
    environment: &Environment,
) -> anyhow::Result<Exit> {
    summary::write(report, files, environment)?;
    let exit = if report.passes() { Exit::Clean } else { Exit::Differs };
    Ok(exit.after_child(ended.child))
}

/// What was said to `record`, with the mode in which it records everything anew.
fn rewriting(said: &[String]) -> Vec<&str> {
    let mut words = vec!["record", "--mode", "rewrite"];
    let mut rest = said.iter().map(String::as_str).skip(1);
    while let Some(word) = rest.next() {
        match word {
            "--mode" => drop(rest.next()),
            _ if word.starts_with("--mode=") => {}
            _ => words.push(word),
        }
    }
    words
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
    pub(super) control: &'a ControlArgs,
    pub(super) listen: &'a ListenArgs,
    pub(super) command: &'a [String],
    /// What was said to `record` up to the command, if that replays; else the tape tells where
    /// it is from.
    pub(super) said: Option<&'a [String]>,
}

impl Session<'_> {
    /// The line that records the tape anew.
    fn fix(&self, kind: &str) -> String {
        let path = self.tape.to_string_lossy();
        let upstream = match kind {
            "aws" => "aws",
            "dynatape" => "emulator",
            _ => "URL",
        };
        let words = match self.said {
            Some(said) => rewriting(said),
            None => vec!["record", &path, "--upstream", upstream],
        };
        let command = self.command.iter().map(String::as_str);
        let dashes = (!self.command.is_empty()).then_some("--");
        again::line(words.into_iter().chain(dashes).chain(command))
    }

    /// Serves it to its end, and tells what it did.
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let Self { tape: path, complain, choices, age, faults, seed, listen, command, .. } = self;
        let (cassette, _) = tape::load_as_pinned(path, environment)?;
        let fix = self.fix(&cassette.header.from.kind);
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
        let timed = cassette.interactions.iter().any(|one| one.took.is_some());
        if let (Some(Latency::Recorded(_)), false) = (choices.latency, timed) {
            bail!(
                "{} does not tell how long answers took: record it with --durations, or give \
                 --latency in milliseconds",
                path.display()
            );
        }
        // Who serves without a command may stop in the middle: that is for --strict to mind.
        let strict = complain == Unused::WritesAndReads;
        let how = Replaying {
            options: choices.options(),
            emulate_misses: choices.on_miss == OnMissArg::Emulate,
            time: match choices.time {
                TimeArg::Recorded => Times::Recorded,
                TimeArg::Shift => Times::Shift,
                TimeArg::Live => Times::Live,
            },
            strict,
            allow_unused: complain == Unused::Allowed,
        };
        // To a tape of several regions it matters which of them a program means that names none.
        let region = cassette.header.from.region.clone().filter(|_| cassette.has_regions());
        let replayer = compose::replayer(cassette, &how, fix, environment)?;
        let Replayer { backend, replay, recorded_at, variables } = replayer;
        let plan = compose::plan(faults, seed, environment);
        let backend = compose::faulty(backend, &plan, self.control);
        // A program that hides what it was told by its proxy would fail for no reason to be seen.
        let refusals = Refusals::new(|host| {
            term::note(format_args!("{host} was refused: a replay connects to nobody"));
        });
        let others = Others::Refuse(refusals);
        let intercept = compose::intercept(self.intercept, others, environment)?;
        let take = hub::Replays {
            tape: path.to_owned(),
            how,
            replay: Arc::clone(&replay),
            faults: Arc::clone(&plan),
            recorded_at: recorded_at.clone(),
        };
        let opened = Opened {
            backend: Arc::clone(&backend),
            take: Arc::new(take),
            variables,
            faults: Arc::clone(&plan),
            clock: None,
            states: None,
            insights: None,
        };
        let wanted = Wanted::Replay(path.to_owned(), how);
        let emulation = emulator::Settings {
            seed: seed.unwrap_or(environment.seed),
            ..emulator::Settings::default()
        };
        let serving = Serving {
            intercept,
            controlled: self.control.controlled(wanted, opened, emulation, environment),
            recorded_at: recorded_at.as_deref(),
            region: region.as_deref(),
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
        let whole = ended.well() && (ended.child.is_some() || strict);
        let fail = [whole && complain >= Unused::Writes, whole && strict, strict];
        let report = summary::of(path, recorded_at, &summary, &plan, fail);
        ends(&ended, &report, self.summaries, environment)
    }
}
