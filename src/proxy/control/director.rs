//! What the control API asks of whoever can make sessions.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use http::StatusCode;

use crate::backend::{Backend, BoxFuture, replay::ReplaySummary};

/// What a session's program wants to find again: kept in the tape it records.
pub type Variables = BTreeMap<String, String>;

/// Makes sessions. Stacking backends is not the API's business.
pub trait Director: fmt::Debug + Send + Sync {
    /// Makes what answers in a session.
    ///
    /// # Errors
    ///
    /// When it cannot be had; nothing is left behind then.
    fn open(&self, wanted: &Wanted) -> Result<Opened, Refused>;
}

/// What a session shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An emulator of its own, empty.
    Emulate,
    /// Answers from this tape.
    Replay(PathBuf),
    /// Answers from the upstream, kept for this tape.
    Record {
        /// The tape.
        tape: PathBuf,
        /// `aws`, `emulator` or a URL.
        upstream: String,
    },
}

impl Wanted {
    /// Its name in the API.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        match self {
            Self::Emulate => "emulate",
            Self::Replay(_) => "replay",
            Self::Record { .. } => "record",
        }
    }

    /// The tape, if there is one.
    #[must_use]
    pub fn tape(&self) -> Option<&PathBuf> {
        match self {
            Self::Emulate => None,
            Self::Replay(tape) | Self::Record { tape, .. } => Some(tape),
        }
    }
}

/// A session that can begin.
#[derive(Debug)]
pub struct Opened {
    /// What answers.
    pub backend: Arc<dyn Backend>,
    /// What is known of it, and how it ends.
    pub take: Arc<dyn Take>,
    /// The variables that came with its tape.
    pub variables: Variables,
}

/// A session under way.
pub trait Take: fmt::Debug + Send + Sync {
    /// How it stands.
    fn status(&self) -> Status;

    /// Ends it; `ok` says whether the program was content with it. Called once, when no new
    /// request reaches the backend any more.
    fn stop(&self, ok: bool, variables: Variables) -> BoxFuture<'_, Result<Status, Refused>>;
}

/// How a session stands, or how it ended.
#[derive(Clone, Debug)]
pub enum Status {
    /// Emulators do not count.
    Emulate,
    /// What was found and what was not.
    Replay(Box<ReplaySummary>),
    /// What was recorded.
    Record {
        /// Calls that are on the list; in the end, interactions in the tape.
        recorded: usize,
        /// The file they went to, once there is one.
        written: Option<PathBuf>,
    },
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// The status of the answer.
    pub status: StatusCode,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Refused {
    /// A refusal with this status.
    #[must_use]
    pub fn new(status: StatusCode, message: impl fmt::Display) -> Self {
        Self { status, message: message.to_string() }
    }

    /// The request cannot be meant like this.
    #[must_use]
    pub fn bad(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The name of the kind of refusal, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.status {
            StatusCode::BAD_REQUEST => "BadRequest",
            StatusCode::FORBIDDEN => "Forbidden",
            StatusCode::NOT_FOUND => "NotFound",
            StatusCode::METHOD_NOT_ALLOWED => "MethodNotAllowed",
            StatusCode::CONFLICT => "Conflict",
            StatusCode::PAYLOAD_TOO_LARGE => "TooLarge",
            _ => "Failed",
        }
    }
}
