//! Recorded once, replayed from then on: a tape for a test.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use thiserror::Error;
use tokio::runtime::Builder;

use crate::{
    backend::Backend,
    cli::kit,
    proxy::control::{Opened, Status, Variables},
};

/// What went wrong, in words.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct TestingError {
    message: String,
}

impl From<anyhow::Error> for TestingError {
    fn from(error: anyhow::Error) -> Self {
        Self { message: format!("{error:#}") }
    }
}

impl TestingError {
    fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string() }
    }
}

/// What to do about a tape that is there: the modes of `dynatape record --mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Record if there is no tape, else replay it; `CI=true` never records.
    Auto,
    /// Record everything anew.
    Rewrite,
    /// Replay the tape; what it does not answer is asked of the upstream and added. With `CI=true`
    /// only replayed.
    New,
    /// Replay the tape, and never record.
    Frozen,
}

/// A tape that a test is about to use. [`crate::tape`] makes one that is called like the test.
#[derive(Clone, Debug)]
#[must_use = "a tape answers once it is opened"]
pub struct Tape {
    path: PathBuf,
    mode: Option<Mode>,
    upstream: Option<String>,
    region: Option<String>,
    record_in_ci: bool,
}

impl Tape {
    /// The tape in this file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), mode: None, upstream: None, region: None, record_in_ci: false }
    }

    /// The tape of a function in a package, called like it: `tests/tapes/CRATE/MODULE/TEST.tape`.
    /// `inside` is the type name of something defined in the function: what [`crate::tape`] knows.
    pub fn of_test(package: &str, inside: &str) -> Self {
        let mut path = Path::new(package).join("tests/tapes");
        // The last is what is defined in the test; closures are what async makes of one.
        let parts: Vec<_> = inside.split("::").filter(|part| *part != "{{closure}}").collect();
        path.extend(&parts[..parts.len() - 1]);
        let mut name = path.into_os_string();
        name.push(".tape");
        Self::at(name)
    }

    /// What to do about it, unless `DYNATAPE_RECORD` says otherwise. [`Mode::Auto`] if nobody says.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Whose answers are recorded, unless `DYNATAPE_UPSTREAM` says otherwise: `aws`, which it is if
    /// nobody says, `emulator`, or a URL.
    pub fn upstream(mut self, upstream: impl Into<String>) -> Self {
        self.upstream = Some(upstream.into());
        self
    }

    /// The region of `aws`, if not that of the environment.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Records also where `CI=true` says that nothing is to be recorded.
    pub fn record_in_ci(mut self) -> Self {
        self.record_in_ci = true;
        self
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it: a replay, or a recording.
    ///
    /// # Errors
    ///
    /// When it can be neither, and what to do about it.
    pub fn open(self) -> Result<Take, TestingError> {
        let Self { path, mode, upstream, region, record_in_ci } = self;
        let opened = kit::open(&path, mode, upstream, region, record_in_ci)?;
        Ok(Take { path, opened })
    }
}

/// A tape that is replayed or recorded.
///
/// [`Take::finish`] tells how it went, and writes what was recorded; nothing is written without.
#[derive(Debug)]
#[must_use = "what is recorded is written by `finish`"]
pub struct Take {
    path: PathBuf,
    opened: Opened,
}

impl Take {
    /// What answers.
    #[must_use]
    pub fn backend(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.opened.backend)
    }

    /// Whether it is recorded, and not replayed.
    #[must_use]
    pub fn records(&self) -> bool {
        matches!(self.opened.take.status(), Status::Record { .. })
    }

    /// A configuration for clients of the AWS SDK that are answered from the tape.
    #[cfg(feature = "aws-sdk")]
    #[must_use]
    pub fn sdk_config(&self) -> aws_types::SdkConfig {
        let clock = Arc::new(crate::clock::SystemClock);
        super::sdk::config(super::HttpClient::asking(self.backend(), clock))
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// When a replay had misses, or recorded writes were never asked for; when what was recorded
    /// was not accepted as the tape. It tells which, and why.
    pub async fn finish(self) -> Result<(), TestingError> {
        let Self { path, opened } = self;
        // What was recorded is replayed at once, for which a test's runtime has no thread to spare.
        let ended = tokio::task::spawn_blocking(move || {
            let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
            let runtime = runtime.map_err(TestingError::new)?;
            let ended = runtime.block_on(opened.take.stop(true, Variables::new()));
            ended.map_err(TestingError::new)
        });
        match ended.await.map_err(TestingError::new)?? {
            Status::Replay { summary, clean: false, .. } => {
                let mut message = format!("{}: {summary}", path.display());
                for miss in &summary.misses {
                    message.push_str(&format!("\n\n{}", miss.report));
                }
                Err(TestingError::new(message))
            }
            Status::Record { kept: Some(kept), .. } if !kept.accepted() => {
                let kept_in = kept.path.map(|at| format!(" It is in {}.", at.display()));
                Err(TestingError::new(format_args!(
                    "{}: what was recorded was not accepted: {}.{}",
                    path.display(),
                    kept.reasons.join("; "),
                    kept_in.unwrap_or_default()
                )))
            }
            Status::Plain | Status::Replay { .. } | Status::Record { .. } => Ok(()),
        }
    }
}

/// The tape that is called like the function this stands in: `tests/tapes/CRATE/MODULE/TEST.tape`.
///
/// ```
/// let tape = dynatape::tape!();
/// assert!(tape.path().ends_with("main.tape"), "{:?}", tape.path());
/// ```
#[macro_export]
macro_rules! tape {
    () => {{
        fn here() {}
        $crate::testing::Tape::of_test(
            env!("CARGO_MANIFEST_DIR"),
            ::std::any::type_name_of_val(&here),
        )
    }};
}
