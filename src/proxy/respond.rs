//! What goes back to the client: an answer as it is, or, when there is none, why.

use std::{error::Error, time::SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    backend::{Backend, BackendError, UpstreamErrorKind},
    wire::{
        Fault, Request, Response,
        json::Writer,
        profile::{self, HEADER_ORDER},
    },
};

/// On the answer to a request for which nothing was recorded: the id of the miss.
pub const X_DYNATAPE_MISS: HeaderName = HeaderName::from_static("x-dynatape-miss");

/// The answer that tells why there is none. The only place where a [`BackendError`] becomes HTTP.
///
/// SDKs retry a 5xx, which is right for an upstream that may come back; a miss is a 400, since
/// asking again cannot help (record-replay R6).
pub(super) fn refusal(error: &BackendError) -> Response {
    match error {
        BackendError::Upstream(upstream) => {
            let (status, kind, advice) = match upstream.kind {
                UpstreamErrorKind::Connect => (
                    StatusCode::BAD_GATEWAY,
                    "UpstreamUnreachable",
                    "Check that it is running and that its address is right",
                ),
                UpstreamErrorKind::Timeout => (
                    StatusCode::GATEWAY_TIMEOUT,
                    "UpstreamTimeout",
                    "The request may have had its effect",
                ),
                UpstreamErrorKind::Reset => (
                    StatusCode::BAD_GATEWAY,
                    "UpstreamReset",
                    "The request may have had its effect",
                ),
                UpstreamErrorKind::Credentials => (
                    StatusCode::BAD_GATEWAY,
                    "UpstreamCredentials",
                    "Give dynatape credentials as you would the AWS command line \
                     (AWS_PROFILE, AWS_ACCESS_KEY_ID, `aws sso login`)",
                ),
            };
            ours(status, kind, &format!("dynatape: {}. {advice}.", with_causes(upstream)))
        }
        BackendError::Miss { id, report } => {
            let mut response = ours(StatusCode::BAD_REQUEST, "ReplayMiss", report);
            if let Ok(id) = HeaderValue::try_from(id) {
                response.headers.insert(X_DYNATAPE_MISS, id);
            }
            response
        }
        // A 400, because asking again cannot help.
        BackendError::UnknownSession { .. } => {
            ours(StatusCode::BAD_REQUEST, "UnknownSession", &format!("dynatape: {error}."))
        }
        BackendError::Fenced(_) => {
            ours(StatusCode::BAD_REQUEST, "Fenced", &format!("dynatape: {error}."))
        }
        BackendError::Internal { .. } => {
            Fault::new("InternalServerError", format!("dynatape: {error}")).into_response()
        }
    }
}

/// What a client in this process is answered that asks `backend` without a connection: the same
/// as through a server.
pub async fn in_process(
    backend: &dyn Backend,
    request: Request,
    request_id: &str,
    now: SystemTime,
) -> Response {
    let mut response = backend.call(request).await.unwrap_or_else(|error| refusal(&error));
    if !came_over_a_wire(&response.headers) {
        let date = profile::date(now);
        profile::complete(&mut response, "application/x-amz-json-1.0", request_id, date);
    }
    response
}

/// The body is over the limit. The service's own answer is not known; type and text are inferred
/// from how it spells its other refusals at the door.
pub(super) fn too_large(limit: usize) -> Response {
    error(
        StatusCode::PAYLOAD_TOO_LARGE,
        "com.amazon.coral.service#RequestTooLargeException",
        &format!("Request body exceeds the limit of {limit} bytes"),
    )
}

/// The body did not arrive in time.
pub(super) fn too_slow() -> Response {
    ours(
        StatusCode::REQUEST_TIMEOUT,
        "RequestTimeout",
        "dynatape: the body of the request did not arrive in time.",
    )
}

/// The body broke off or was not what its headers promised.
pub(super) fn broken(cause: &(dyn Error + 'static)) -> Response {
    let text = format!("dynatape: the body of the request could not be read: {cause}.");
    ours(StatusCode::BAD_REQUEST, "BrokenRequest", &text)
}

/// The request comes from a web page, which has no business here.
pub(super) fn from_page() -> Response {
    ours(
        StatusCode::FORBIDDEN,
        "CrossOriginRefused",
        "dynatape: requests of web pages (with an Origin header) are refused here, because they \
         would be signed with your credentials.",
    )
}

fn ours(status: StatusCode, kind: &str, message: &str) -> Response {
    error(status, &format!("dynatape#{kind}"), message)
}

fn error(status: StatusCode, kind: &str, message: &str) -> Response {
    let mut json = Writer::new();
    json.object(|json| {
        json.key("__type");
        json.string(kind);
        json.key("message");
        json.string(message);
    });
    Response::new(status, json.into_bytes())
}

/// The error and its causes, without those that repeat what stands there already.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let sentence = error.to_string();
        if !text.contains(&sentence) {
            text.push_str(": ");
            text.push_str(&sentence);
        }
        cause = error.source();
    }
    text
}

/// What an answer's headers depend on besides the answer.
#[derive(Debug)]
pub(super) struct Dress<'a> {
    /// The content type of answers made here.
    pub(super) content_type: &'static str,
    /// The id of the request, for answers made here.
    pub(super) request_id: &'a str,
    /// The date of the answer, for those made here.
    pub(super) date: Option<HeaderValue>,
    /// The answer has all the headers it shall have.
    pub(super) bare: bool,
    /// The request comes from a web page that may read the answer.
    pub(super) cross_origin: bool,
    /// The connection ends with this answer.
    pub(super) last: bool,
}

/// Makes the headers complete: those of an answer made here, or what belongs to this connection
/// and not to the upstream's.
pub(super) fn dress(response: &mut Response, dress: Dress<'_>) {
    if came_over_a_wire(&response.headers) {
        response.headers = in_order(std::mem::take(&mut response.headers), response.body.len());
    } else if !dress.bare {
        profile::complete(response, dress.content_type, dress.request_id, dress.date);
    }
    let headers = &mut response.headers;
    if dress.last {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if dress.cross_origin && !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
}

/// Whether an answer has headers of an HTTP server already: all of those date or type theirs.
fn came_over_a_wire(headers: &HeaderMap) -> bool {
    headers.contains_key(header::DATE) || headers.contains_key(header::CONTENT_TYPE)
}

/// An upstream's headers for this connection: in the service's order, so that a map which forgot
/// it does not show.
fn in_order(mut theirs: HeaderMap, length: usize) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(theirs.len() + 2);
    for name in HEADER_ORDER {
        let value = theirs.remove(&name);
        let value = match name {
            header::CONTENT_LENGTH => Some(length.into()),
            header::CONNECTION => Some(HeaderValue::from_static("keep-alive")),
            _ => value,
        };
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    headers.extend(theirs);
    headers
}
