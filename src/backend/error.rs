//! Why there is no answer. What is sent to the client instead is decided in one place,
//! `proxy/respond.rs`.

use std::{error::Error, fmt};

use super::fence::Outside;

/// Who is at fault when there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The endpoint behind the proxy.
    Upstream,
    /// The cassette, which holds no such interaction.
    Cassette,
    /// The client, which asked for a session that is not there, or for what is outside of a fence.
    Client,
    /// dynatape itself.
    Dynatape,
}

/// There is no answer to give.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The upstream did not answer.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// Nothing was recorded for this request; the text explains (the miss report).
    #[error("{report}")]
    Miss {
        /// An id to find the miss by in the session's log.
        id: String,
        /// The report, several lines.
        report: String,
    },
    /// The request names a session that is not there, or none where one is needed.
    #[error(
        "{}; the sessions are: {}",
        asked.as_ref().map_or("the request names no session".into(), |id| format!("no session {id:?}")),
        if known.is_empty() { "none".into() } else { known.join(", ") }
    )]
    UnknownSession {
        /// What it named.
        asked: Option<String>,
        /// The sessions there are.
        known: Vec<String>,
    },
    /// A fence does not let the request through.
    #[error("not sent: {0}")]
    Fenced(#[from] Outside),
    /// A fault of our own: a bug, or a machine that does not do as told.
    #[error("{doing}: {cause}")]
    Internal {
        /// What was being done.
        doing: &'static str,
        /// What went wrong.
        cause: Box<dyn Error + Send + Sync>,
    },
}

impl BackendError {
    /// Who is at fault.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Self::Upstream(_) => Origin::Upstream,
            Self::Miss { .. } => Origin::Cassette,
            Self::UnknownSession { .. } | Self::Fenced(_) => Origin::Client,
            Self::Internal { .. } => Origin::Dynatape,
        }
    }
}

/// The upstream did not answer: how, where, and why as far as is known.
#[derive(Debug, thiserror::Error)]
#[error("{kind}: {endpoint}")]
pub struct UpstreamError {
    /// What failed.
    pub kind: UpstreamErrorKind,
    /// The endpoint asked.
    pub endpoint: String,
    /// The cause, if one is known.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

/// How an upstream can fail to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpstreamErrorKind {
    /// No connection: refused, no such host, no route, TLS refused.
    Connect,
    /// Connected, but no whole answer came in time.
    Timeout,
    /// The connection broke, or what came was not HTTP.
    Reset,
    /// No credentials to sign with.
    Credentials,
}

impl fmt::Display for UpstreamErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "cannot connect to the upstream",
            Self::Timeout => "the upstream did not answer in time",
            Self::Reset => "the upstream broke the connection",
            Self::Credentials => "found no credentials to sign the upstream request with",
        })
    }
}
