//! Comparing two answers, layer by layer.

use http::header::CONTENT_TYPE;

use super::{
    Comparison, Finding, Layer,
    message::{self, Likeness},
    tree::Walk,
};
use crate::wire::{
    Operation, Response,
    fault::short_type,
    json::{Json, compact},
    profile,
};

/// The content type of an answer to an SDK.
const USUAL_TYPE: &str = "application/x-amz-json-1.0";

/// What the two answers are about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The operation, if it is one of the API.
    pub operation: Option<Operation>,
    /// The names of the key attributes of the table asked about, if known: items are paired by
    /// them.
    pub key: &'a [String],
    /// Whether the bytes of the expected answer are those of the wire. Where a recording was kept
    /// parsed, number text and namespaces are not compared.
    pub exact: bool,
    /// The day of the recording (ISO date), if known: answers have grown members since.
    pub recorded_on: &'a str,
    /// Where the expectation comes from.
    pub expectation: Expectation,
}

/// Where an expected answer comes from, and so what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expectation {
    /// It was recorded: states and counts are those of a moment.
    #[default]
    Recorded,
    /// Somebody wrote it down: states and counts are meant as they stand.
    Stated,
    /// As [`Expectation::Stated`], and members that it does not name may be there as well.
    Partial,
}

impl Comparison {
    /// Counts a comparison of a layer, and what it found.
    pub fn check(&mut self, layer: Layer, finding: Option<Finding>) {
        self.tally.compared[layer as usize] += 1;
        if let Some(finding) = finding {
            self.tally.differed[layer as usize] += 1;
            self.findings.push(finding);
        }
    }

    /// Compares two texts; `matters` is for the case that they differ.
    pub(super) fn texts(
        &mut self,
        layer: Layer,
        path: &str,
        expected: &str,
        actual: &str,
        matters: bool,
    ) {
        let finding = (expected != actual).then(|| Finding {
            layer,
            path: path.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            matters,
            follows: false,
        });
        self.check(layer, finding);
    }
}

/// Compares what was answered with what should have been.
#[must_use]
pub fn compare(subject: Subject<'_>, expected: &Response, actual: &Response) -> Comparison {
    let mut comparison = Comparison::default();
    let status = |response: &Response| response.status.as_u16().to_string();
    comparison.texts(Layer::Status, "status", &status(expected), &status(actual), true);
    headers(&mut comparison, expected, actual);
    let parsed = (Json::parse(expected.body.clone()), Json::parse(actual.body.clone()));
    let (Ok(expected_json), Ok(actual_json)) = &parsed else {
        // Two bodies that are no text must not look alike for being shown alike.
        let show = |response: &Response| match std::str::from_utf8(&response.body) {
            Ok(text) => text.to_owned(),
            Err(_) => response.body.escape_ascii().to_string(),
        };
        comparison.texts(Layer::Values, "body", &show(expected), &show(actual), true);
        return comparison;
    };
    if expected.status.is_success() && actual.status.is_success() {
        Walk::new(subject, &mut comparison).body(expected_json.root(), actual_json.root());
    } else {
        errors(subject, &mut comparison, (expected, expected_json), (actual, actual_json));
    }
    if subject.exact {
        let is_compact = |json: &Json| compact(json.root()).as_bytes() == json.text();
        let show = |json: &Json| if is_compact(json) { "none" } else { "some" };
        comparison.texts(Layer::Wire, "white space", show(expected_json), show(actual_json), false);
    }
    comparison.findings.sort_by_key(|finding| finding.layer);
    comparison
}

/// Errors, or an error and a success.
fn errors(
    subject: Subject<'_>,
    comparison: &mut Comparison,
    (expected, expected_json): (&Response, &Json),
    (actual, actual_json): (&Response, &Json),
) {
    let kind = |response: &Response| response.error_type().unwrap_or_else(|| "(a success)".into());
    comparison.texts(Layer::Type, "$.__type", &kind(expected), &kind(actual), true);
    if expected.status.is_success() || actual.status.is_success() {
        return;
    }
    let text = |response: &Response| response.error_message().unwrap_or_default();
    let (expected_text, actual_text) = (text(expected), text(actual));
    match message::compare(&expected_text, &actual_text) {
        Likeness::Same => comparison.check(Layer::Message, None),
        likeness => {
            // The order of violations differs by host; who writes one down means it.
            let stated = subject.expectation != Expectation::Recorded;
            let matters = likeness == Likeness::Different || stated;
            comparison.texts(Layer::Message, "$.message", &expected_text, &actual_text, matters);
        }
    }
    let namespace = |json: &Json| {
        let kind = json.root().get("__type").and_then(|kind| kind.as_str()).unwrap_or_default();
        kind.strip_suffix(short_type(&kind)).unwrap_or_default().to_owned()
    };
    if subject.exact && kind(expected) == kind(actual) {
        let (expected, actual) = (namespace(expected_json), namespace(actual_json));
        comparison.texts(Layer::Wire, "$.__type", &expected, &actual, false);
        let spelling = |json: &Json| {
            let names = ["message", "Message"].into_iter();
            names.filter(|name| json.root().get(name).is_some()).collect::<Vec<_>>().join(" ")
        };
        let (expected, actual) = (spelling(expected_json), spelling(actual_json));
        comparison.texts(Layer::Wire, "the text's member", &expected, &actual, false);
    }
    Walk::new(subject, comparison).error_body(expected_json.root(), actual_json.root());
}

/// Headers are compared by name; their values are volatile or follow from the body, but for the
/// content type, and the checksum, which must fit its own body.
fn headers(comparison: &mut Comparison, expected: &Response, actual: &Response) {
    if actual.headers.is_empty() {
        return;
    }
    // A recording keeps only the headers that the profile does not make: it has no request id.
    let is_recorded = !expected.headers.contains_key(profile::X_AMZN_REQUEST_ID);
    let profile = profile::HEADER_CASE.iter().filter(|_| is_recorded);
    let made = profile.map(|name| name.to_ascii_lowercase());
    let mut expected_names = names(made.chain(expected.headers.keys().map(ToString::to_string)));
    expected_names.dedup();
    let actual_names = names(actual.headers.keys().map(ToString::to_string));
    for name in &expected_names {
        let found = if actual_names.contains(name) { name.as_str() } else { "(none)" };
        // Clients read these two; the others are decoration.
        let matters = name == profile::X_AMZN_REQUEST_ID.as_str() || name == "content-type";
        comparison.texts(Layer::Headers, &format!("header {name}"), name, found, matters);
    }
    if let Some(sent) = actual.headers.get(CONTENT_TYPE) {
        // A tape leaves the usual one out. An answer has the type of its request: what was asked
        // for as plain JSON is played as the usual.
        let recorded = expected.headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
        let recorded = recorded.filter(|value| value != b"application/json");
        let recorded = String::from_utf8_lossy(recorded.unwrap_or(USUAL_TYPE.as_bytes()));
        let sent = String::from_utf8_lossy(sent.as_bytes());
        comparison.texts(Layer::Headers, "header content-type", &recorded, &sent, true);
    }
    if let Some(sent) = actual.headers.get(profile::X_AMZ_CRC32) {
        let right = profile::crc32(&actual.body).to_string();
        let sent = String::from_utf8_lossy(sent.as_bytes());
        comparison.texts(Layer::Crc, "header x-amz-crc32", &right, &sent, true);
    }
}

/// The names of the end-to-end headers, sorted.
fn names(all: impl Iterator<Item = String>) -> Vec<String> {
    // Whether a connection stays open is between two neighbours.
    let mut names: Vec<_> = all.filter(|name| name != "connection").collect();
    names.sort();
    names
}
