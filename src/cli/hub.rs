//! Sessions for the control API: what it asks for is made here, as the commands make theirs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use http::StatusCode;

use super::{
    args::{ControlArgs, Resign},
    compose::{self, Recorder, Replayer, Source},
    keep::{self, Keeping},
    locked,
    session::Controlled,
    settings::Environment,
    state::Emulated,
    summary, tape, term,
};
use crate::{
    backend::{
        BoxFuture,
        faults::FaultPlan,
        noting::Noting,
        record::Recording,
        replay::{Replay, ReplaySummary},
    },
    cassette::MaxAge,
    clock::MovableClock,
    emulator,
    proxy::control::{
        Director, Opened, Recorded, Refused, Replaying, State, States, Status, Take, Variables,
        Wanted,
    },
};

/// Makes sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    emulation: emulator::Settings,
    environment: Environment,
    /// Whether `CI=true` is no reason not to record.
    record_in_ci: bool,
    /// What records a tape again, where that is not the control API.
    fix: Option<String>,
}

impl ControlArgs {
    /// The control API that was asked for, where `opened` is the server's own session.
    pub(super) fn controlled(
        &self,
        wanted: Wanted,
        opened: Opened,
        emulation: emulator::Settings,
        environment: &Environment,
    ) -> Option<Controlled> {
        let record_in_ci = self.record_in_ci;
        let director =
            Sessions { emulation, environment: environment.clone(), record_in_ci, fix: None };
        let port = self.control?;
        Some(Controlled { port, director: Arc::new(director), wanted, opened })
    }
}

impl Sessions {
    /// Sessions for who asks for them in this process; `fix` records a tape again.
    pub(super) fn for_kits(environment: &Environment, record_in_ci: bool, fix: String) -> Self {
        let emulation = emulator::Settings { seed: environment.seed, ..Default::default() };
        let environment = environment.clone();
        Self { emulation, environment, record_in_ci, fix: Some(fix) }
    }
}

/// The environment with a clock of its own.
pub(super) fn with_clock(environment: &Environment) -> (Environment, Arc<MovableClock>) {
    let clock = Arc::new(MovableClock::new(Arc::clone(&environment.clock)));
    (Environment { clock: clock.clone(), ..environment.clone() }, clock)
}

impl Director for Sessions {
    fn settled(&self, wanted: Wanted) -> Wanted {
        let Wanted::Either(tape, recorded, replaying) = wanted else { return wanted };
        // As --mode auto and new: a tape that is there is not made longer where nothing is to be
        // recorded.
        let records = recorded.longer && (!self.environment.ci || self.record_in_ci);
        // What is wrong with a lock file is told when the session is opened.
        let exists = tape.exists() || locked::holds(&tape).unwrap_or_default();
        if exists && !records {
            Wanted::Replay(tape, replaying)
        } else {
            Wanted::Record(tape, recorded)
        }
    }

    fn open(&self, wanted: &Wanted) -> Result<Opened, Refused> {
        let faults = Arc::new(FaultPlan::new([], self.emulation.seed));
        let mut opened = match wanted {
            Wanted::Emulate(load) => {
                let (environment, clock) = with_clock(&self.environment);
                let (settings, time) = (self.emulation.clone(), environment.clock);
                let emulator = compose::loaded(load, settings.clone(), time, &self.environment);
                let emulator = Arc::new(emulator.map_err(|error| refused(&error))?);
                return self.emulate(Emulated::of(emulator, clock, settings, &self.environment));
            }
            Wanted::Live | Wanted::Either(..) => {
                return Err(Refused::bad("a session emulates, replays or records"));
            }
            Wanted::Replay(tape, how) => self.replay(tape, how, &faults)?,
            Wanted::Record(tape, how) => self.record(tape, how, &faults)?,
        };
        opened.backend = compose::faulty_when_told(opened.backend, &faults);
        Ok(opened)
    }

    fn emulate(&self, state: Arc<dyn State>) -> Result<Opened, Refused> {
        let faults = Arc::new(FaultPlan::new([], self.emulation.seed));
        let clock = Arc::clone(state.clock());
        let states = Arc::new(States::new(state)?);
        Ok(Opened {
            backend: compose::faulty_when_told(states.backend(), &faults),
            take: Arc::new(Plain),
            variables: Variables::new(),
            faults,
            clock: Some(clock),
            insights: Some(Arc::<States>::clone(&states)),
            states: Some(states),
        })
    }
}

impl Sessions {
    fn replay(
        &self,
        path: &Path,
        how: &Replaying,
        faults: &Arc<FaultPlan>,
    ) -> Result<Opened, Refused> {
        let (cassette, _) =
            tape::load_as_pinned(path, &self.environment).map_err(|error| refused(&error))?;
        let age = MaxAge::default().exceeded_by(&cassette.header, self.environment.clock.now());
        if let Some(days) = age {
            term::note(format_args!("{} was recorded {days} days ago", path.display()));
        }
        let fix = self.fix.clone().unwrap_or_else(|| {
            format!("a record session of the control API for {}", path.display())
        });
        let replayer = compose::replayer(cassette, how, fix, &self.environment);
        let Replayer { backend, replay, recorded_at, variables } =
            replayer.map_err(|error| refused(&error))?;
        let (tape, how, faults) = (path.to_owned(), *how, Arc::clone(faults));
        let take = Replays { tape, how, replay, faults: Arc::clone(&faults), recorded_at };
        Ok(Opened {
            backend,
            take: Arc::new(take),
            variables,
            faults,
            clock: None,
            states: None,
            insights: None,
        })
    }

    fn record(
        &self,
        path: &Path,
        how: &Recorded,
        faults: &Arc<FaultPlan>,
    ) -> Result<Opened, Refused> {
        if self.environment.ci && !self.record_in_ci {
            let message = "CI=true: nothing is recorded here. Record where you develop and commit \
                           the tape, or start the server with --record-in-ci";
            return Err(Refused::new(StatusCode::CONFLICT, message));
        }
        let before = keep::before(path, &[], &self.environment);
        let before = before.map_err(|error| refused(&error))?;
        let live = keep::secrets(&self.environment);
        let (inside, clock) = with_clock(&self.environment);
        let source = Source {
            upstream: &how.upstream,
            flag: "--upstream",
            region: how.region.as_deref(),
            profile: None,
            resign: Resign::Auto,
            label: None,
            by_host: false,
            resolve: &[],
            upstream_ca: None,
            emulation: self.emulation.clone(),
            load: &how.load,
            clock: inside.clock,
        };
        let longer = if how.longer { before.whole() } else { None };
        let longer = longer.as_ref().map(|old| (old, path));
        let recorder = compose::recorder(&source, &live, longer, &self.environment);
        let Recorder { backend, recording, from, longer, .. } =
            recorder.map_err(|error| refused(&error))?;
        let keeping = Keeping {
            tape: path.to_owned(),
            before,
            recording,
            from,
            longer,
            live: live.clone(),
            budget: how.max_bytes.unwrap_or_default(),
            max_age: MaxAge::default(),
            verify: how.verify,
            durations: false,
            lane: false,
        };
        Ok(Opened {
            backend: Arc::new(Noting::new(backend, live)),
            take: Arc::new(Records { keeping, environment: self.environment.clone() }),
            variables: Variables::new(),
            faults: Arc::clone(faults),
            clock: (how.upstream == "emulator").then_some(clock),
            // What goes back in the middle of a recording could not be replayed.
            states: None,
            insights: None,
        })
    }
}

fn refused(error: &anyhow::Error) -> Refused {
    Refused::bad(format_args!("{error:#}"))
}

/// A session of which nothing is known.
#[derive(Debug)]
pub(super) struct Plain;

impl Take for Plain {
    fn status(&self) -> Status {
        Status::Plain
    }

    fn stop(&self, _: bool, _: Variables) -> BoxFuture<'_, Result<Status, Refused>> {
        Box::pin(std::future::ready(Ok(Status::Plain)))
    }
}

/// A session that replays.
#[derive(Debug)]
pub(super) struct Replays {
    pub(super) tape: PathBuf,
    pub(super) how: Replaying,
    pub(super) replay: Arc<Replay>,
    pub(super) faults: Arc<FaultPlan>,
    pub(super) recorded_at: Option<String>,
}

impl Replays {
    /// `whole`: whether the program has done all it does.
    fn so_far(&self, whole: bool) -> Status {
        let summary: ReplaySummary = self.replay.summary();
        let Replaying { strict, allow_unused, .. } = self.how;
        let fail = [whole && !allow_unused, whole && strict, strict];
        let clean = summary::of(&self.tape, None, &summary, &self.faults, fail).passes();
        let recorded_at = self.recorded_at.clone();
        Status::Replay { summary: Box::new(summary), clean, recorded_at }
    }
}

impl Take for Replays {
    fn status(&self) -> Status {
        self.so_far(true)
    }

    fn stop(&self, ok: bool, _: Variables) -> BoxFuture<'_, Result<Status, Refused>> {
        Box::pin(std::future::ready(Ok(self.so_far(ok))))
    }
}

/// A session that records.
#[derive(Debug)]
struct Records {
    keeping: Keeping,
    environment: Environment,
}

impl Take for Records {
    fn status(&self) -> Status {
        Status::Record { recorded: self.keeping.recording.len(), kept: None }
    }

    fn stop(&self, ok: bool, variables: Variables) -> BoxFuture<'_, Result<Status, Refused>> {
        Box::pin(async move {
            let failed =
                |error| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"));
            self.keeping.settled().await.map_err(failed)?;
            let why = (!ok).then_some("the session was not ok");
            let kept = self.keeping.keep(why, &variables, &self.environment).await;
            let kept = kept.map_err(failed)?;
            if kept.accepted() {
                self.keeping.pushed(&self.environment).await.map_err(failed)?;
            }
            Ok(Status::Record { recorded: kept.interactions, kept: Some(kept) })
        })
    }
}

/// A recording that a command ends.
#[derive(Debug)]
pub(super) struct Watched(pub(super) Recording);

impl Take for Watched {
    fn status(&self) -> Status {
        Status::Record { recorded: self.0.len(), kept: None }
    }

    fn stop(&self, _: bool, _: Variables) -> BoxFuture<'_, Result<Status, Refused>> {
        Box::pin(std::future::ready(Ok(self.status())))
    }
}
