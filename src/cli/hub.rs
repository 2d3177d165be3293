//! Sessions for the control API: what it asks for is made here, as the commands make theirs.

use std::{path::Path, sync::Arc, time::Duration};

use http::StatusCode;

use super::{
    args::{EmulatorArgs, Resign},
    compose::{self, Source},
    record,
    settings::Environment,
    tape,
};
use crate::{
    backend::{
        Backend, BoxFuture,
        record::Recording,
        replay::{Options, Replay},
    },
    cassette::{self, Cassette, Provenance},
    proxy::control::{Director, Opened, Refused, Status, Take, Variables, Wanted},
    wire::LiveSecrets,
};

/// How long the end of a recording waits for answers.
const GRACE: Duration = Duration::from_secs(10);

/// Makes sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    pub(super) emulator: EmulatorArgs,
    pub(super) environment: Environment,
    /// Whether `CI=true` is no reason not to record.
    pub(super) record_in_ci: bool,
}

impl Director for Sessions {
    fn open(&self, wanted: &Wanted) -> Result<Opened, Refused> {
        match wanted {
            Wanted::Emulate => Ok(Opened {
                backend: Arc::new(compose::emulator(&self.emulator, &self.environment)),
                take: Arc::new(Emulates),
                variables: Variables::new(),
            }),
            Wanted::Replay(path) => self.replay(path),
            Wanted::Record { tape, upstream } => self.record(tape, upstream),
        }
    }
}

impl Sessions {
    fn replay(&self, path: &Path) -> Result<Opened, Refused> {
        let (cassette, _) = tape::load_what_can_be_read(path).map_err(refused)?;
        let variables = cassette.header.vars.iter().cloned().collect();
        let clock = Arc::clone(&self.environment.clock);
        let fix = format!("a record session of the control API for {}", path.display());
        let replay = Arc::new(Replay::with(cassette, Options::default(), clock, fix));
        Ok(Opened { backend: replay.clone(), take: Arc::new(Replays(replay)), variables })
    }

    fn record(&self, path: &Path, upstream: &str) -> Result<Opened, Refused> {
        if self.environment.ci && !self.record_in_ci {
            let message = "CI=true: nothing is recorded here. Record where you develop and commit \
                           the tape, or start the server with --record-in-ci";
            return Err(Refused::new(StatusCode::CONFLICT, message));
        }
        let old = path.exists().then(|| tape::load_whole(path)).transpose().map_err(refused)?;
        cassette::can_save(path).map_err(Refused::bad)?;
        let secrets = LiveSecrets::default();
        for secret in &self.environment.secrets {
            secrets.add(secret);
        }
        let source = Source {
            upstream,
            region: None,
            profile: None,
            resign: Resign::Auto,
            label: None,
            emulator: &self.emulator,
        };
        let (backend, recording, from) =
            compose::recorder(&source, &secrets, &self.environment).map_err(refused)?;
        let backend: Arc<dyn Backend> = Arc::new(compose::Noting::new(backend, secrets.clone()));
        let (path, environment) = (path.to_owned(), self.environment.clone());
        let take = Arc::new(Records { path, old, recording, from, secrets, environment });
        Ok(Opened { backend, take, variables: Variables::new() })
    }
}

fn refused(error: anyhow::Error) -> Refused {
    Refused::bad(format_args!("{error:#}"))
}

#[derive(Debug)]
struct Emulates;

impl Take for Emulates {
    fn status(&self) -> Status {
        Status::Emulate
    }

    fn stop(&self, _: bool, _: Variables) -> BoxFuture<'_, Result<Status, Refused>> {
        Box::pin(std::future::ready(Ok(Status::Emulate)))
    }
}

#[derive(Debug)]
struct Replays(Arc<Replay>);

impl Take for Replays {
    fn status(&self) -> Status {
        Status::Replay(Box::new(self.0.summary()))
    }

    fn stop(&self, _: bool, _: Variables) -> BoxFuture<'_, Result<Status, Refused>> {
        Box::pin(std::future::ready(Ok(self.status())))
    }
}

#[derive(Debug)]
struct Records {
    path: std::path::PathBuf,
    /// What was in the tape when the session began.
    old: Option<Cassette>,
    recording: Recording,
    from: Provenance,
    secrets: LiveSecrets,
    environment: Environment,
}

impl Take for Records {
    fn status(&self) -> Status {
        Status::Record { recorded: self.recording.len(), written: None }
    }

    fn stop(&self, ok: bool, variables: Variables) -> BoxFuture<'_, Result<Status, Refused>> {
        Box::pin(async move {
            record::settled(&self.recording, GRACE).await;
            if self.recording.is_empty() {
                return Ok(self.status());
            }
            let path = if ok { self.path.clone() } else { record::rejected(&self.path) };
            let recorded = record::write(
                &path,
                &self.recording,
                self.from.clone(),
                variables.into_iter().collect(),
                self.old.as_ref(),
                &self.secrets,
                &self.environment,
            );
            let failed = |error| {
                let message = format!("{error:#}");
                Refused::new(StatusCode::INTERNAL_SERVER_ERROR, message)
            };
            Ok(Status::Record { recorded: recorded.map_err(failed)?, written: Some(path) })
        })
    }
}
