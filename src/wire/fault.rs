//! The service's error bodies: which namespace a type stands in, how its text member is spelled.

use http::StatusCode;

use super::{Operation, Response, json::Writer};

/// An error of the service: its type, its text, and what else its body carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The short type, e.g. `ResourceNotFoundException`.
    pub kind: &'static str,
    /// The sentence. `None` leaves the member out (a bare SerializationException).
    pub message: Option<String>,
    /// Further members, as (name, JSON text), e.g. `Item` or `CancellationReasons`.
    pub extra: Vec<(&'static str, Vec<u8>)>,
    /// Whether its text is called `Message`, if not as errors of the type call it.
    pub capital: Option<bool>,
}

impl Fault {
    /// An error with a sentence.
    #[must_use]
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: Some(message.into()), extra: Vec::new(), capital: None }
    }

    /// An error without a sentence.
    #[must_use]
    pub fn bare(kind: &'static str) -> Self {
        Self { kind, message: None, extra: Vec::new(), capital: None }
    }

    /// `ValidationException`, as most refusals are.
    #[must_use]
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// `SerializationException`, with a sentence.
    #[must_use]
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::new("SerializationException", message)
    }

    /// Adds a member to the body; `json` must be JSON.
    #[must_use]
    pub fn with(mut self, name: &'static str, json: Vec<u8>) -> Self {
        self.extra.push((name, json));
        self
    }

    /// The answer that carries the error.
    #[must_use]
    pub fn into_response(self) -> Response {
        let extra = self.extra.iter().map(|(name, value)| (*name, value.as_slice()));
        let mut family = family(self.kind);
        family.capital = self.capital.unwrap_or(family.capital);
        Response::new(family.status, body(&family, self.kind, self.message.as_deref(), extra))
    }
}

/// The body of an error: its short type gets its namespace, its text the member's name that the
/// service uses with it, and the operation, if one is told. `extra` are further members, as name
/// and JSON.
#[must_use]
pub fn error_body<'a>(
    operation: Option<Operation>,
    kind: &str,
    message: Option<&str>,
    extra: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Vec<u8> {
    let mut family = family(kind);
    family.capital = operation.and_then(capital).unwrap_or(family.capital);
    body(&family, kind, message, extra)
}

/// Whether an operation calls the text of its errors `Message`, if not as the type has it:
/// SearchVectors never does (aws-facts 2.1, eu-west-2, us-east-1 2026-10-23).
#[must_use]
pub fn capital(operation: Operation) -> Option<bool> {
    (operation == Operation::SearchVectors).then_some(false)
}

fn body<'a>(
    family: &Family,
    kind: &str,
    message: Option<&str>,
    extra: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Vec<u8> {
    let mut json = Writer::new();
    json.object(|json| {
        json.key("__type");
        json.string(&format!("{}#{kind}", family.namespace));
        for (name, value) in extra {
            json.key(name);
            json.raw(value);
        }
        if let Some(message) = message {
            json.key(if family.capital { "Message" } else { "message" });
            json.string(message);
        }
    });
    json.into_bytes()
}

struct Family {
    namespace: &'static str,
    capital: bool,
    status: StatusCode,
}

/// Namespaces and spelling: aws-facts 2.1; TransactionCanceledException's member order (type,
/// reasons, text): wire-facts 11, recorded us-east-2. A conditional failure that carries an
/// `Item` puts it before its text (inferred from that order).
fn family(kind: &str) -> Family {
    const CORAL_SERVICE: &[&str] = &[
        "SerializationException",
        "UnknownOperationException",
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
    ];
    let namespace = match kind {
        "ValidationException" => "com.amazon.coral.validate",
        _ if CORAL_SERVICE.contains(&kind) => "com.amazon.coral.service",
        _ => "com.amazonaws.dynamodb.v20120810",
    };
    Family {
        namespace,
        capital: matches!(kind, "SerializationException" | "TransactionCanceledException"),
        status: match kind {
            "InternalServerError" | "InternalFailure" => StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        },
    }
}

/// The part of an error type after its namespace.
#[must_use]
pub fn short_type(full: &str) -> &str {
    full.rsplit_once('#').map_or(full, |(_, short)| short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_read_as_recorded() {
        // wire-facts 11 (us-east-2, 2019 to 2025).
        for (fault, body) in [
            (
                Fault::new("ConditionalCheckFailedException", "The conditional request failed"),
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}"#,
            ),
            (
                Fault::new("TransactionCanceledException", "m")
                    .with("CancellationReasons", b"[]".to_vec()),
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[],"Message":"m"}"#,
            ),
            (
                Fault::bare("SerializationException"),
                r#"{"__type":"com.amazon.coral.service#SerializationException"}"#,
            ),
            (
                Fault::validation("m"),
                r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"m"}"#,
            ),
        ] {
            let kind = fault.kind;
            let response = fault.into_response();
            assert_eq!(response.body, body);
            assert_eq!(response.error_type().as_deref(), Some(kind));
        }
    }
}
