//! Which requests are calls of the API, and what the service answers to those that are not.
//!
//! The order and the answers: aws-facts 2.2. Whether the body is JSON, the target known and the
//! signature there is the backend's business: another service than ours may think otherwise.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};

use super::server::Choosing;
use crate::wire::{
    Response,
    profile::{self, X_AMZ_CRC32, X_AMZN_REQUEST_ID},
};

/// The body of every answer to what is no call.
const UNKNOWN_OPERATION: &str = "<UnknownOperationException/>\n";

/// The media types a call can have; an answer has that of its request.
const MEDIA_TYPES: [&str; 2] = ["application/x-amz-json-1.0", "application/json"];

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// To the API.
    Api,
    /// To the API, in this session.
    Session(&'a str),
    /// Nowhere.
    Unknown,
}

/// What stands before the id of a session. SDKs keep the path of their endpoint's URL, with or
/// without a slash at its end.
const SESSION: &str = "/_s/";

/// Reads the path: the one place that knows paths.
pub(super) fn route<'a>(path: &'a str, sessions: &Choosing) -> Route<'a> {
    if let "/" | "" = path {
        return Route::Api;
    }
    let Some(rest) = path.strip_prefix(SESSION).filter(|_| *sessions != Choosing::Off) else {
        return Route::Unknown;
    };
    match rest.strip_suffix('/').unwrap_or(rest) {
        id if id.is_empty() || id.contains('/') => Route::Unknown,
        id => Route::Session(id),
    }
}

/// What the door makes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is a call.
    Call,
    /// It asks how the service is.
    Health,
    /// It is what a browser asks before it sends a call.
    Preflight,
    /// It is nothing the service knows.
    NotFound,
}

/// Looks at a request whose body has been read.
pub(super) fn look(head: &Parts, body_is_empty: bool, sessions: &Choosing) -> Verdict {
    if route(head.uri.path(), sessions) == Route::Unknown {
        return Verdict::NotFound;
    }
    match head.method {
        Method::POST if media_type(&head.headers, body_is_empty).is_some() => Verdict::Call,
        Method::GET => Verdict::Health,
        Method::OPTIONS if head.headers.contains_key(header::ORIGIN) => Verdict::Preflight,
        _ => Verdict::NotFound,
    }
}

/// The media type of a call, or `None` if it has another. Without one, an empty body still makes
/// a call.
fn media_type(headers: &HeaderMap, body_is_empty: bool) -> Option<&'static str> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return body_is_empty.then_some(MEDIA_TYPES[0]);
    };
    // As nearly all send it.
    if value == MEDIA_TYPES[0] {
        return Some(MEDIA_TYPES[0]);
    }
    let base = value.to_str().ok()?.split(';').next()?.trim();
    MEDIA_TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(base))
}

/// The content type of an answer of our own to this request, whatever it asked for.
pub(super) fn content_type(headers: &HeaderMap) -> &'static str {
    media_type(headers, true).unwrap_or(MEDIA_TYPES[0])
}

/// Recorded in us-east-1, with the blank at the end (wire-facts 5).
pub(super) fn health(region: &str) -> Response {
    Response::ok(format!("healthy: dynamodb.{region}.amazonaws.com "))
}

/// Everything asked for is allowed.
pub(super) fn preflight(asked: &HeaderMap) -> Response {
    const ECHOED: [(HeaderName, HeaderName); 2] = [
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
    ];
    let mut response = Response::ok("");
    let headers = &mut response.headers;
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("172800"));
    for (question, answer) in ECHOED {
        if let Some(value) = asked.get(question) {
            headers.insert(answer, value.clone());
        }
    }
    response
}

/// A 404 of the service has these headers, a length and a date, and no others (wire-facts 5,
/// recorded 2017).
pub(super) fn not_found(request_id: &str) -> Response {
    let mut response = Response::new(StatusCode::NOT_FOUND, UNKNOWN_OPERATION);
    let headers = &mut response.headers;
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert(X_AMZN_REQUEST_ID, id);
    }
    headers.insert(X_AMZ_CRC32, profile::crc32(&response.body).into());
    headers.insert(header::CONTENT_LENGTH, response.body.len().into());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(method: &str, path: &str, headers: &[(&'static str, &str)], empty: bool) -> Verdict {
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        look(&request.body(()).expect("request").into_parts().0, empty, &Choosing::Off)
    }

    #[test]
    fn a_call_is_a_post_to_the_root_with_one_of_two_types() {
        for (given, expected) in [
            ("application/x-amz-json-1.0", Some("application/x-amz-json-1.0")),
            ("application/json", Some("application/json")),
            ("  application/json ; charset=utf-8 ", Some("application/json")),
            ("application/x-amz-json-1.1", None),
            ("text/plain", None),
            ("", None),
        ] {
            let verdict = if expected.is_some() { Verdict::Call } else { Verdict::NotFound };
            assert_eq!(said("POST", "/", &[("content-type", given)], false), verdict, "{given:?}");
            let headers = HeaderMap::from_iter([(
                header::CONTENT_TYPE,
                HeaderValue::from_str(given).expect("header"),
            )]);
            assert_eq!(content_type(&headers), expected.unwrap_or(MEDIA_TYPES[0]));
        }
        assert_eq!(said("POST", "/", &[], true), Verdict::Call);
        assert_eq!(said("POST", "/", &[], false), Verdict::NotFound);
        assert_eq!(said("POST", "/?a=b", &[], true), Verdict::Call);
    }

    #[test]
    fn anything_else_is_not_found() {
        let json = [("content-type", "application/json")];
        for (method, path) in [
            ("POST", "/x"),
            ("POST", "//"),
            ("PUT", "/"),
            ("DELETE", "/"),
            ("HEAD", "/"),
            ("OPTIONS", "/"),
            ("GET", "/health"),
        ] {
            assert_eq!(said(method, path, &json, false), Verdict::NotFound, "{method} {path}");
        }
    }

    #[test]
    fn a_path_names_a_session_only_where_there_are_sessions() {
        for (path, expected) in [
            ("/", Route::Api),
            ("/_s/a-1", Route::Session("a-1")),
            ("/_s/a-1/", Route::Session("a-1")),
            ("/_s/", Route::Unknown),
            ("/_s//", Route::Unknown),
            ("/_s", Route::Unknown),
            ("/_s/a/b", Route::Unknown),
            ("/_s/a//", Route::Unknown),
            ("/x/_s/a", Route::Unknown),
        ] {
            assert_eq!(route(path, &Choosing::ByPath), expected, "{path}");
            let without = if path == "/" { Route::Api } else { Route::Unknown };
            assert_eq!(route(path, &Choosing::Off), without, "{path}");
        }
    }

    #[test]
    fn a_preflight_is_answered_with_what_it_asked_for() {
        let mut asked = HeaderMap::new();
        asked.insert("access-control-request-headers", HeaderValue::from_static("x-amz-target"));
        asked.insert("access-control-request-method", HeaderValue::from_static("POST"));
        let headers = preflight(&asked).headers;
        for (name, value) in [
            ("access-control-allow-origin", "*"),
            ("access-control-max-age", "172800"),
            ("access-control-allow-headers", "x-amz-target"),
            ("access-control-allow-methods", "POST"),
        ] {
            assert_eq!(headers[name], value);
        }
        assert_eq!(said("OPTIONS", "/", &[("origin", "http://a")], true), Verdict::Preflight);
    }
}
