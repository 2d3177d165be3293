//! What a reader needs to judge a finding: what was asked, what should have come, and what came.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::wire::{Request, Response, profile};

/// The most bytes of a body that are kept: reports are read, mailed and put on pages.
pub const MOST_BYTES: usize = 16 * 1024;
/// The most exchanges that are kept of one case; the earliest give way.
const MOST_EXCHANGES: usize = 50;

/// Headers of an answer that are another each time, or belong to the connection.
const VOLATILE: [HeaderName; 4] =
    [header::DATE, header::CONNECTION, header::CONTENT_LENGTH, profile::X_AMZN_REQUEST_ID];

/// One request and the two answers to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Which one of several: `given 1`, `step 2`; empty for the only one.
    pub label: String,
    /// What was asked.
    pub request: Sent,
    /// What should have been answered, if something was expected.
    pub expected: Option<Said>,
    /// What was answered, if something was.
    pub actual: Option<Said>,
}

/// A request, as far as it tells something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The operation's name.
    pub operation: String,
    /// The target header, and whatever is not as in every request; none: left out on purpose.
    pub headers: Vec<(String, Option<String>)>,
    /// The body.
    pub body: Body,
}

/// An answer, without what is another one each time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// The headers that are not as in every answer.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// A body, or the beginning of a long one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// Its text; bytes that are none are written as escapes.
    pub text: String,
    /// How many bytes it has, if these are not all.
    pub shortened_from: Option<usize>,
}

impl Exchange {
    /// An exchange as it took place.
    #[must_use]
    pub fn of(
        label: impl Into<String>,
        request: &Request,
        expected: Option<&Response>,
        actual: Option<&Response>,
    ) -> Self {
        Self {
            label: label.into(),
            request: Sent::of(request),
            expected: expected.map(Said::of),
            actual: actual.map(Said::of),
        }
    }

    /// Adds one to those of a case.
    pub(super) fn add_to(self, all: &mut Vec<Self>) {
        if all.len() == MOST_EXCHANGES {
            all.remove(0);
        }
        all.push(self);
    }
}

impl Sent {
    fn of(request: &Request) -> Self {
        let usual = Request::made(request.target.clone(), "").headers;
        let is_target = |name: &HeaderName| *name == crate::wire::X_AMZ_TARGET;
        let told = request
            .headers
            .iter()
            .filter(|(name, value)| is_target(name) || usual.get(*name) != Some(*value))
            .map(|(name, value)| (name.to_string(), Some(text(value.as_bytes()))));
        let left_out = usual.keys().filter(|name| !request.headers.contains_key(*name));
        Self {
            operation: request.target.name().to_owned(),
            headers: told.chain(left_out.map(|name| (name.to_string(), None))).collect(),
            body: Body::of(request.body()),
        }
    }
}

impl Said {
    fn of(response: &Response) -> Self {
        Self {
            status: response.status.as_u16(),
            headers: told(&response.headers, &response.body),
            body: Body::of(&response.body),
        }
    }
}

impl Body {
    fn of(body: &Bytes) -> Self {
        let Some(mut end) = (body.len() > MOST_BYTES).then_some(MOST_BYTES) else {
            return Self { text: text(body), shortened_from: None };
        };
        // Not in the middle of a character.
        while end > 0 && body[end] & 0b1100_0000 == 0b1000_0000 {
            end -= 1;
        }
        Self { text: text(&body[..end]), shortened_from: Some(body.len()) }
    }
}

/// The headers that are not as in every answer to this body: a tape does not keep those either.
fn told(headers: &HeaderMap, body: &Bytes) -> Vec<(String, String)> {
    let checksum = profile::crc32(body).to_string();
    let usual = [
        (header::CONTENT_TYPE, "application/x-amz-json-1.0"),
        (header::SERVER, "Server"),
        (profile::X_AMZ_CRC32, &checksum),
    ];
    let is_usual = |name: &HeaderName, value: &HeaderValue| {
        usual.iter().any(|(known, text)| name == known && value == text)
    };
    let all = headers.iter();
    all.filter(|(name, value)| !VOLATILE.contains(name) && !is_usual(name, value))
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect()
}

fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Operation;

    #[test]
    fn a_long_body_is_shortened_between_two_characters_and_says_so() {
        let body = format!("a{}", "é".repeat(MOST_BYTES));
        let kept = Body::of(&body.clone().into());
        assert_eq!(kept.shortened_from, Some(body.len()));
        assert!(kept.text.len() <= MOST_BYTES && kept.text.len() > MOST_BYTES - 4);
        assert!(body.starts_with(&kept.text));
        assert_eq!(Body::of(&"{}".into()), Body { text: "{}".into(), shortened_from: None });
        assert_eq!(Body::of(&Bytes::from_static(b"\xff{")).text, "\\xff{");
    }

    #[test]
    fn headers_are_told_where_they_tell_something() {
        let mut request = Request::of(Operation::GetItem, "{}");
        request.headers.remove("authorization");
        request.headers.insert("content-type", HeaderValue::from_static("text/plain"));
        let headers = Sent::of(&request).headers;
        let expected = [
            ("content-type", Some("text/plain")),
            ("x-amz-target", Some("DynamoDB_20120810.GetItem")),
            ("authorization", None),
        ];
        assert_eq!(headers.len(), expected.len(), "{headers:?}");
        for (name, value) in expected {
            assert!(headers.contains(&(name.to_owned(), value.map(str::to_owned))), "{headers:?}");
        }
        let mut response = Response::ok("{}");
        let checksum = profile::crc32(&response.body).to_string();
        for (name, value) in [("date", "Thu, 01 Jan 2026"), ("x-amz-crc32", &checksum)] {
            response.headers.insert(name, value.parse().expect("a value"));
        }
        assert_eq!(Said::of(&response).headers, []);
        response.headers.insert("x-amz-crc32", HeaderValue::from_static("1"));
        assert_eq!(Said::of(&response).headers, [("x-amz-crc32".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn a_case_of_many_steps_keeps_the_last() {
        let mut all = Vec::new();
        for at in 0..MOST_EXCHANGES + 3 {
            Exchange { label: at.to_string(), ..Exchange::default() }.add_to(&mut all);
        }
        assert_eq!((all.len(), &*all[0].label), (MOST_EXCHANGES, "3"));
    }
}
