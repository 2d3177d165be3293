//! What the control API asks of whoever can make sessions.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use http::StatusCode;

use super::states::{State, States};
use crate::{
    backend::{
        Backend, BoxFuture,
        faults::FaultPlan,
        replay::{Options, ReplaySummary},
        retime::Times,
    },
    cassette::Budget,
    clock::MovableClock,
};

/// What a session's program wants to find again: kept in the tape it records.
pub type Variables = BTreeMap<String, String>;

/// Makes sessions. Stacking backends is not the API's business.
pub trait Director: fmt::Debug + Send + Sync {
    /// What is done where it depends on what there is ([`Wanted::Either`]).
    fn settled(&self, wanted: Wanted) -> Wanted;

    /// Makes what answers in a session.
    ///
    /// # Errors
    ///
    /// When it cannot be had; nothing is left behind then.
    fn open(&self, wanted: &Wanted) -> Result<Opened, Refused>;

    /// Makes what answers in a session that emulates and begins with this.
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    fn emulate(&self, state: Arc<dyn State>) -> Result<Opened, Refused>;
}

/// What a session shall do.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// An emulator of its own, with what is in these files.
    Emulate(Vec<PathBuf>),
    /// Answers of an upstream, kept nowhere. Only the server's own session does this.
    Live,
    /// Answers from this tape.
    Replay(PathBuf, Replaying),
    /// Answers from the upstream, kept for a tape.
    Record(PathBuf, Recorded),
    /// A replay if the tape is there (and is not to become longer), else a recording.
    Either(PathBuf, Recorded, Replaying),
}

/// How a tape is to be replayed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Replaying {
    /// Where the recording leaves a choice.
    pub options: Options,
    /// Whether the emulator answers what was not recorded.
    pub emulate_misses: bool,
    /// How the times of the recording are told.
    pub time: Times,
    /// Whether recorded reads that were never asked for count, and emulated answers.
    pub strict: bool,
    /// Whether not even recorded writes that were never made count.
    pub allow_unused: bool,
}

/// How a tape is to be recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `aws`, `emulator` or a URL.
    pub upstream: String,
    /// The region of `aws`, if it is not that of the environment.
    pub region: Option<String>,
    /// How large the tape may be, if it is not as large as usual.
    pub max_bytes: Option<Budget>,
    /// Whether it is replayed before it is accepted.
    pub verify: bool,
    /// Whether what the tape holds is answered from it, and only the rest recorded.
    pub longer: bool,
    /// What the emulator begins with, if it is what is recorded.
    pub load: Vec<PathBuf>,
}

impl Wanted {
    /// Its name in the API.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        match self {
            Self::Emulate(_) => "emulate",
            Self::Live => "live",
            Self::Replay(..) => "replay",
            Self::Record(..) => "record",
            Self::Either(..) => "auto",
        }
    }

    /// The tape, if there is one.
    #[must_use]
    pub fn tape(&self) -> Option<&PathBuf> {
        match self {
            Self::Emulate(_) | Self::Live => None,
            Self::Replay(tape, _) | Self::Record(tape, _) | Self::Either(tape, ..) => Some(tape),
        }
    }
}

/// A session that can begin.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What answers, with a layer for the faults.
    pub backend: Arc<dyn Backend>,
    /// What is known of it, and how it ends.
    pub take: Arc<dyn Take>,
    /// The variables that came with its tape.
    pub variables: Variables,
    /// What goes wrong in it on purpose.
    pub faults: Arc<FaultPlan>,
    /// What time it is in it, if it has a time of its own.
    pub clock: Option<Arc<MovableClock>>,
    /// What it was, if it can be made that again: where it emulates, in memory.
    pub states: Option<Arc<States>>,
    /// Which keys its clients ask for most, if it can be known: where it emulates.
    pub insights: Option<Arc<dyn Insights>>,
}

/// Somebody who counts keys.
pub trait Insights: fmt::Debug + Send + Sync {
    /// The rules of contributor insights that are enabled, and what they counted: a JSON array.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn insights(&self) -> Result<Vec<u8>, Refused>;
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
    /// Nothing is counted.
    Plain,
    /// What was found and what was not.
    Replay {
        /// The figures.
        summary: Box<ReplaySummary>,
        /// Whether nothing in them is complained about, should it end now.
        clean: bool,
        /// When the tape was recorded, as far as it says.
        recorded_at: Option<String>,
    },
    /// What was recorded.
    Record {
        /// Calls that are on the list; in the end, interactions in the tape.
        recorded: usize,
        /// What became of them, once it ended.
        kept: Option<Kept>,
    },
}

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The file that was written: the tape, or one beside it. None, if nothing was recorded.
    pub path: Option<PathBuf>,
    /// How many interactions there are.
    pub interactions: usize,
    /// How many of them are not as they were in the tape, if there was one.
    pub changed: Option<usize>,
    /// Why it is not in the tape; nothing, if it is.
    pub reasons: Vec<String>,
}

impl Kept {
    /// Whether the tape is now what was recorded.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.reasons.is_empty()
    }
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
            StatusCode::REQUEST_TIMEOUT => "RequestTimeout",
            StatusCode::CONFLICT => "Conflict",
            StatusCode::PAYLOAD_TOO_LARGE => "TooLarge",
            _ => "Failed",
        }
    }
}
