//! A tape for as long as a test runs, without a server: what the kits for other languages put
//! around their clients.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};

use super::{hub, settings::Environment};
use crate::{
    backend::Backend,
    proxy::{
        control::{
            Director as _, Opened, Recorded, Refused, Replaying, Status, Take, Variables, Wanted,
        },
        in_process,
    },
    wire::{Request, Response, profile},
};

/// How long what a client has stopped to wait for may still take when the tape is closed.
const PATIENCE: Duration = Duration::from_secs(1);

/// When a tape is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taping {
    /// Where there is none.
    Auto,
    /// What it does not hold yet.
    New,
    /// All of it, each time.
    Rewrite,
    /// Never.
    Off,
}

/// A tape, and who answers while it is recorded.
#[derive(Clone, Debug)]
pub struct Tape {
    /// The file.
    pub path: PathBuf,
    /// When it is recorded.
    pub taping: Taping,
    /// `aws`, `emulator` or a URL.
    pub upstream: String,
    /// The region of `aws`, if it is not that of the environment.
    pub region: Option<String>,
    /// The command that records it again.
    pub fix: String,
    /// Whether `CI=true` is no reason not to record.
    pub record_in_ci: bool,
}

/// Why a tape cannot be had, or kept.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotTaped(String);

impl From<Refused> for NotTaped {
    fn from(refused: Refused) -> Self {
        Self(refused.message)
    }
}

/// A tape that answers requests, or records how they are answered.
#[derive(Debug)]
pub struct Taped {
    runtime: Runtime,
    backend: Arc<dyn Backend>,
    take: Arc<dyn Take>,
    records: bool,
    environment: Environment,
    requests: AtomicU64,
}

impl Taped {
    /// Opens a tape. With `CI=true` in the environment nothing is recorded but by
    /// [`Taping::Rewrite`], unless the tape says that it may be.
    ///
    /// # Errors
    ///
    /// When it cannot be read or recorded; the message says what to do about it.
    pub fn open(tape: Tape) -> Result<Self, NotTaped> {
        let environment = Environment::read();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| NotTaped(error.to_string()))?;
        let entered = runtime.enter();
        let Opened { backend, take, .. } = opened(tape, &environment)?;
        drop(entered);
        let records = matches!(take.status(), Status::Record { .. });
        Ok(Self { runtime, backend, take, records, environment, requests: AtomicU64::new(0) })
    }

    /// Whether it is recorded.
    #[must_use]
    pub fn records(&self) -> bool {
        self.records
    }

    /// Answers one request, or tells in an answer why there is none: a miss is a 400. It may have
    /// to wait for what other threads ask.
    #[must_use]
    pub fn call(&self, mut request: Request) -> Response {
        // Who asks in this process unpacks nothing.
        request.headers.remove(http::header::ACCEPT_ENCODING);
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let id = profile::request_id(self.environment.seed.wrapping_add(number));
        let now = self.environment.clock.now();
        self.runtime.block_on(in_process(&*self.backend, request, &id, now))
    }

    /// How it stands: what was missed, what was never asked for.
    #[must_use]
    pub fn status(&self) -> Status {
        self.take.status()
    }

    /// Closes it; `ok` says whether the test was content. What was recorded is kept in the tape
    /// then, if it replays, else in a file beside it.
    ///
    /// # Errors
    ///
    /// When it could not be written.
    pub fn close(self, ok: bool) -> Result<Status, NotTaped> {
        let Self { runtime, take, .. } = self;
        let ended = runtime.block_on(async {
            tokio::spawn(async move { take.stop(ok, Variables::new()).await }).await
        });
        runtime.shutdown_timeout(PATIENCE);
        match ended {
            Ok(status) => Ok(status?),
            Err(error) => Err(NotTaped(error.to_string())),
        }
    }
}

/// A tape that answers or is recorded, as [`Taped::open`] says.
pub(super) fn opened(tape: Tape, environment: &Environment) -> Result<Opened, NotTaped> {
    let Tape { path, taping, upstream, region, fix, record_in_ci } = tape;
    let recorded = Recorded {
        upstream,
        region,
        max_bytes: None,
        verify: true,
        longer: taping == Taping::New,
        load: Vec::new(),
    };
    let record_in_ci = record_in_ci || taping == Taping::Rewrite;
    let sessions = hub::Sessions::for_kits(environment, record_in_ci, fix.clone());
    let wanted = match taping {
        Taping::Auto | Taping::New => {
            sessions.settled(Wanted::Either(path.clone(), recorded, Replaying::default()))
        }
        Taping::Rewrite => Wanted::Record(path.clone(), recorded),
        Taping::Off => Wanted::Replay(path.clone(), Replaying::default()),
    };
    let records = matches!(wanted, Wanted::Record(..));
    let missing = !records && !path.exists() && !super::locked::holds(&path).unwrap_or_default();
    if missing || (records && environment.ci && !record_in_ci) {
        let why = if environment.ci { "CI=true: " } else { "" };
        return Err(NotTaped(format!(
            "{} does not exist, and {why}nothing is recorded. Record it where you develop, and \
             commit it: {fix}",
            path.display()
        )));
    }
    Ok(sessions.open(&wanted)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{proxy::control::Kept, wire::Operation};

    fn opened(folder: &std::path::Path, taping: Taping) -> Result<Taped, NotTaped> {
        Taped::open(Tape {
            path: folder.join("test.tape"),
            taping,
            upstream: "emulator".into(),
            region: None,
            fix: "record it".into(),
            record_in_ci: false,
        })
    }

    fn listed(tape: &Taped) -> Response {
        tape.call(Request::of(Operation::ListTables, "{}"))
    }

    #[test]
    fn what_was_recorded_is_replayed_and_what_was_not_is_a_miss() {
        let folder = tempfile::tempdir().expect("a folder");
        // Also where CI=true.
        let tape = opened(folder.path(), Taping::Rewrite).expect("opened");
        assert!(tape.records());
        let answer = listed(&tape).body;
        let status = tape.close(true).expect("closed");
        assert!(matches!(
            status,
            Status::Record { recorded: 1, kept: Some(Kept { path: Some(_), .. }) }
        ));

        let tape = opened(folder.path(), Taping::Off).expect("opened");
        assert!(!tape.records());
        assert_eq!(listed(&tape).body, answer);
        let missed = tape.call(Request::of(Operation::DescribeLimits, "{}"));
        assert_eq!(missed.status.as_u16(), 400);
        let Status::Replay { summary, clean, .. } = tape.close(true).expect("closed") else {
            panic!("no replay");
        };
        assert_eq!((summary.calls, summary.missed, clean), (2, 1, false));
        assert!(summary.misses[0].report.contains("record it"), "{summary:?}");
    }

    #[test]
    fn a_tape_that_is_not_there_says_how_to_record_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = opened(folder.path(), Taping::Off).expect_err("no tape").to_string();
        assert!(error.contains("does not exist") && error.contains("record it"), "{error}");
    }
}
