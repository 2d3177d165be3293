use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;

use super::{MatchKey, Took, Unknown};
use crate::wire::{Request, Response, Target};

/// A request and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// `operation/table/key/occurrence`.
    pub id: String,
    /// How often in a row this answer was given to this request.
    pub times: u32,
    /// What was asked for.
    pub target: Target,
    /// The region it was asked in, where that is another than the tape's.
    pub region: Option<Arc<str>>,
    /// The request's body, byte for byte (after redaction).
    pub request: Bytes,
    /// Failed attempts of the same SDK call before the answer.
    pub attempts: Vec<Attempt>,
    /// What came back.
    pub answer: Answer,
    /// How long that took, where the tape tells.
    pub took: Option<Took>,
    /// The checksum of the answer when it was recorded from AWS (`x-amz-crc32`, of the body
    /// after redaction).
    pub crc: Option<u32>,
    /// Members that this version does not know.
    pub extra: Unknown,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// An HTTP answer.
    Http {
        /// Its status.
        status: StatusCode,
        /// Headers that the wire profile does not make, by the safe list only.
        headers: Vec<(String, String)>,
        /// The body, byte for byte (after redaction).
        body: Bytes,
    },
    /// No answer.
    Io(IoFailure),
}

/// How a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IoFailure {
    /// It could not be made.
    Connect,
    /// It broke.
    Reset,
    /// No answer came in time.
    Timeout,
}

impl IoFailure {
    /// All of them, with their names in the file.
    pub const NAMES: [(Self, &'static str); 3] =
        [(Self::Connect, "connect"), (Self::Reset, "reset"), (Self::Timeout, "timeout")];
}

/// An attempt that failed and that the SDK repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The HTTP status.
    pub status: u16,
    /// The short error type, if the answer had one.
    pub kind: Option<String>,
    /// Members that this version does not know.
    pub extra: Unknown,
}

impl Interaction {
    /// An interaction without an id yet.
    #[must_use]
    pub fn new(target: Target, request: Bytes, answer: Answer) -> Self {
        Self {
            id: String::new(),
            times: 1,
            target,
            region: None,
            request,
            attempts: Vec::new(),
            answer,
            took: None,
            crc: None,
            extra: Vec::new(),
        }
    }

    /// The request, as an SDK would send it.
    #[must_use]
    pub fn to_request(&self) -> Request {
        let request = Request::made(self.target.clone(), self.request.clone());
        match &self.region {
            Some(region) => request.asked_in(region),
            None => request,
        }
    }

    /// The answer, if there was one.
    #[must_use]
    pub fn to_response(&self) -> Option<Response> {
        let Answer::Http { status, headers, body } = &self.answer else { return None };
        let mut response = Response::new(*status, body.clone());
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse()) {
                response.headers.append(name, value);
            }
        }
        Some(response)
    }

    /// The first three parts of the id.
    #[must_use]
    pub fn id_prefix(&self) -> String {
        let request = self.to_request();
        let tables = request.tables();
        let tables = if tables.is_empty() { "-".to_owned() } else { tables.join("+") };
        format!("{}/{tables}/{}", self.target.name(), MatchKey::canonical(&request).short())
    }
}
