//! One answer, as it was or will be sent.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{fault::short_type, json::Json};

/// One answer: a success or one of the service's errors.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers. An answer made here has none until [`super::profile::complete`] adds what the
    /// service always sends; one from an upstream has those it came with.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Bytes,
    /// How the answer is to go wrong on its way, if it is.
    pub broken: Option<Breakage>,
}

/// How an answer goes wrong between here and the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakage {
    /// The connection ends instead.
    NoAnswer,
    /// The connection ends in the middle of the body.
    CutShort,
    /// `x-amz-crc32` is not that of the body.
    WrongChecksum,
}

impl Response {
    /// A success with this JSON body.
    #[must_use]
    pub fn ok(body: impl Into<Bytes>) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// An answer without headers.
    #[must_use]
    pub fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into(), broken: None }
    }

    /// The error's short type (`ValidationException`), if the body names one.
    #[must_use]
    pub fn error_type(&self) -> Option<String> {
        if self.status.is_success() {
            return None;
        }
        let json = Json::parse(self.body.clone()).ok()?;
        let full = json.root().get("__type")?.as_str()?.into_owned();
        Some(short_type(&full).to_owned())
    }

    /// Whether it only asks to come again later, as SDKs do: throttled, in the way of another
    /// request, or the service's own fault.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        const BUSY: [&str; 4] = [
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
            "TransactionInProgressException",
        ];
        let kind = || self.error_type();
        self.status.is_server_error() || kind().is_some_and(|kind| BUSY.contains(&&*kind))
    }

    /// The error's message, under either spelling of the member's name.
    #[must_use]
    pub fn error_message(&self) -> Option<String> {
        let json = Json::parse(self.body.clone()).ok()?;
        let root = json.root();
        let message = root.get("message").or_else(|| root.get("Message"))?;
        message.as_str().map(std::borrow::Cow::into_owned)
    }
}
