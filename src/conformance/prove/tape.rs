//! The answers of a tape, changed and compared with what they were.

use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

use super::{
    Proof,
    mutate::{Mutation, mutants},
};
use crate::{
    cassette::Cassette,
    conformance::prepare::prepare,
    diff::{Subject, compare},
    wire::{
        Response,
        json::{Json, compact, spaced},
        profile,
    },
};

/// Changes each recorded answer in every place, as many times, and counts what the comparison
/// with the answer itself reports.
#[must_use]
pub fn tape(cassette: &Cassette, exact: bool) -> Proof {
    let preparation = prepare(cassette);
    let mut proof = Proof::default();
    for interaction in &cassette.interactions {
        let (request, Some(expected)) = (interaction.to_request(), interaction.to_response())
        else {
            continue;
        };
        let key = request.table().and_then(|table| preparation.keys.get(&table));
        let operation = interaction.target.operation();
        let subject = Subject {
            operation,
            key: key.map_or(&[][..], Vec::as_slice),
            exact,
            recorded_on: &cassette.header.on,
            ..Subject::default()
        };
        let actual = sent(&expected);
        let before = compare(subject, &expected, &actual).findings;
        let mut try_one = |kind, place: &str, expected: &Response, actual: &Response| {
            let place = format!("{} {place}", interaction.id);
            let after = compare(subject, expected, actual).findings;
            proof.count(kind, &place, after.iter().any(|finding| !before.contains(finding)));
        };
        let status = match expected.status.is_success() {
            true => StatusCode::BAD_REQUEST,
            false => StatusCode::INTERNAL_SERVER_ERROR,
        };
        try_one("status", "status", &Response { status, ..expected.clone() }, &actual);
        for (kind, other) in broken(&actual) {
            try_one(kind, kind, &expected, &other);
        }
        let Ok(json) = Json::parse(expected.body.clone()) else { continue };
        let mutation = Mutation { operation, whole: true, exact };
        for mutant in mutants(json.root(), &mutation) {
            let kind = match &*mutant.path {
                "$.message" | "$.Message" => "message",
                "$.__type" => "type",
                _ => mutant.kind,
            };
            let other = Response { body: mutant.body.into(), ..expected.clone() };
            try_one(kind, &mutant.path, &other, &actual);
        }
        if exact {
            let plain = compact(json.root());
            let is_plain = plain.as_bytes() == expected.body;
            let body = if is_plain { spaced(json.root()) } else { plain };
            // A body of two characters has no room for any.
            if body.as_bytes() != expected.body {
                let other = Response { body: body.into(), ..expected.clone() };
                try_one("white space", "body", &other, &actual);
            }
        }
    }
    proof
}

/// The answer as it comes from the wire.
fn sent(answer: &Response) -> Response {
    let mut sent = answer.clone();
    for name in profile::HEADER_ORDER {
        if !sent.headers.contains_key(&name) {
            let value = match () {
                () if name == CONTENT_TYPE => {
                    HeaderValue::from_static("application/x-amz-json-1.0")
                }
                () if name == profile::X_AMZ_CRC32 => profile::crc32(&answer.body).into(),
                () => HeaderValue::from_static("x"),
            };
            sent.headers.insert(name, value);
        }
    }
    sent
}

/// The answer with one header changed or gone.
fn broken(answer: &Response) -> Vec<(&'static str, Response)> {
    let mut all = Vec::new();
    let mut with = |kind, name: &http::HeaderName, value: Option<HeaderValue>| {
        let mut other = answer.clone();
        match value {
            Some(value) => drop(other.headers.insert(name, value)),
            None => drop(other.headers.remove(name)),
        }
        all.push((kind, other));
    };
    let text = HeaderValue::from_static("text/plain");
    with("content type", &CONTENT_TYPE, Some(text));
    let wrong = profile::crc32(&answer.body) ^ 1;
    with("checksum", &profile::X_AMZ_CRC32, Some(wrong.into()));
    with("header gone", &profile::X_AMZN_REQUEST_ID, None);
    with("header gone", &profile::X_AMZ_CRC32, None);
    all
}
