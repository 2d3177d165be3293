//! What can go wrong with one request, and the answers it gives.

use std::time::Duration;

use http::StatusCode;

use crate::wire::{Fault, Response};

/// What a rule does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// An error of the service; the request is not carried out.
    Error(&'static Known),
    /// The connection ends without an answer; the request is not carried out.
    Drop,
    /// The connection ends without an answer, after the request was carried out.
    Lost,
    /// The answer breaks off in the middle of its body.
    Truncate,
    /// The answer has a checksum that is not that of its body.
    BadCrc,
    /// The request is carried out that much later.
    Delay(Duration),
}

/// An error as the service gives it.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// Its short type.
    pub kind: &'static str,
    text: &'static str,
    status: StatusCode,
}

impl Known {
    const fn new(kind: &'static str, text: &'static str) -> Self {
        Self { kind, text, status: StatusCode::BAD_REQUEST }
    }

    const fn server(kind: &'static str, text: &'static str, status: StatusCode) -> Self {
        Self { kind, text, status }
    }

    /// The answer that carries it.
    #[must_use]
    pub fn response(&self) -> Response {
        Response { status: self.status, ..Fault::new(self.kind, self.text).into_response() }
    }
}

/// The errors that can be asked for. `500` and `503` stand for the last two.
///
/// The sentences are those the emulator gives as well, with their evidence there; that of
/// RequestLimitExceeded is the developer guide's, those of ThrottlingException and
/// InternalServerError are aws-tables-facts, those of TransactionInProgressException and
/// ServiceUnavailable inferred.
pub const KNOWN: &[Known] = &[
    Known::new(
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. Consider \
         increasing your provisioning level with the UpdateTable API.",
    ),
    Known::new("ThrottlingException", "Rate exceeded"),
    Known::new(
        "RequestLimitExceeded",
        "Throughput exceeds the current throughput limit for your account. Please contact AWS \
         Support at https://aws.amazon.com/support request a limit increase",
    ),
    Known::new("ConditionalCheckFailedException", "The conditional request failed"),
    Known::new("TransactionConflictException", "Transaction is ongoing for the item."),
    Known::new(
        "TransactionInProgressException",
        "The transaction with the given request token is already in progress.",
    ),
    Known::new("ResourceNotFoundException", "Requested resource not found"),
    Known::server(
        "InternalServerError",
        "Internal server error",
        StatusCode::INTERNAL_SERVER_ERROR,
    ),
    Known::server(
        "ServiceUnavailable",
        "The service is temporarily unavailable.",
        StatusCode::SERVICE_UNAVAILABLE,
    ),
];

/// The sentence of an error of this type.
pub(in crate::backend) fn sentence(kind: &str) -> Option<&'static str> {
    KNOWN.iter().find(|known| known.kind == kind).map(|known| known.text)
}

/// What is no error of the service, by name.
const BREAKAGES: &[(&str, FaultKind)] = &[
    ("drop", FaultKind::Drop),
    ("lost", FaultKind::Lost),
    ("truncate", FaultKind::Truncate),
    ("badcrc", FaultKind::BadCrc),
];

impl FaultKind {
    /// Reads a fault's name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(millis) = text.strip_prefix("delay=") {
            return millis.parse().ok().map(|millis| Self::Delay(Duration::from_millis(millis)));
        }
        if let Some((_, kind)) = BREAKAGES.iter().find(|(name, _)| *name == text) {
            return Some(*kind);
        }
        let name = match text {
            "500" => "InternalServerError",
            "503" => "ServiceUnavailable",
            name => name,
        };
        KNOWN.iter().find(|known| known.kind == name).map(Self::Error)
    }
}
