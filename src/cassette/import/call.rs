//! From HTTP calls to interactions: which are DynamoDB's, and what of them may be kept.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::DATE};

use super::Imported;
use crate::{
    cassette::{
        Answer, Cassette, Header, Interaction, Provenance, REDACTION_VERSION, Redactor, civil_date,
        tables_described, unpacked,
    },
    wire::{
        LiveSecrets, Request, Target,
        profile::{X_AMZ_CRC32, crc32},
    },
};

/// A call as another tool recorded it.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    pub(super) sent: Vec<(String, String)>,
    pub(super) request: Bytes,
    /// 0 where there was no answer.
    pub(super) status: u16,
    pub(super) got: Vec<(String, String)>,
    pub(super) answer: Bytes,
    pub(super) at: Option<SystemTime>,
}

pub(super) fn imported(name: &str, calls: Vec<Call>) -> Imported {
    let (mut skipped, mut changed, mut proved) = (0, 0, 0);
    let secrets = LiveSecrets::default();
    let mut redactor = Redactor::new();
    let (mut day, mut taken) = (None, Vec::new());
    for call in calls {
        let request = Request::new(header_map(&call.sent), call.request);
        secrets.add_from(&request);
        let status = StatusCode::from_u16(call.status);
        let (Target::Known(_), Ok(status)) = (&request.target, status) else {
            skipped += 1;
            continue;
        };
        let headers = header_map(&call.got);
        day = day.or_else(|| call.at.map(civil_date)).or_else(|| {
            let date = headers.get(DATE)?.to_str().ok()?;
            httpdate::parse_http_date(date).ok().map(civil_date)
        });
        let expected =
            headers.get(X_AMZ_CRC32).and_then(|sum| sum.to_str().ok()?.parse::<u32>().ok());
        let recorded = crc32(&call.answer);
        let (headers, answer) = unpacked(headers, call.answer);
        // The service's checksum is of the bytes on the wire; a tool may have unpacked them.
        match expected {
            Some(sum) if sum == recorded || sum == crc32(&answer) => proved += 1,
            Some(_) => changed += 1,
            None => {}
        }
        taken.push((request, status, headers, answer));
    }
    // Requests first, as a recording's end does: a replay redacts requests only, and must come to
    // the same stand-ins.
    let requests: Vec<Bytes> =
        taken.iter().map(|(request, ..)| redactor.body(request.body())).collect();
    let interactions: Vec<Interaction> = taken
        .into_iter()
        .zip(requests)
        .map(|((request, status, headers, answer), body)| {
            let headers = redactor.headers(&headers);
            let answer = Answer::Http { status, headers, body: redactor.body(&answer) };
            Interaction::new(request.target, body, answer)
        })
        .collect();
    let header = Header {
        from: Provenance {
            kind: "other".to_owned(),
            label: Some(name.to_owned()),
            ..Provenance::default()
        },
        by: format!("dynatape {} (import)", env!("CARGO_PKG_VERSION")),
        on: day.unwrap_or_default(),
        redact: REDACTION_VERSION,
        tables: tables_described(&interactions),
        ..Header::default()
    };
    let mut cassette = Cassette { header, interactions };
    cassette.renumber();
    let mut found: Vec<String> = redactor.accounts().map(str::to_owned).collect();
    found.extend(secrets.all().into_iter().map(String::from));
    // Without a checksum nothing says whether the tool changed the bytes.
    let exact = proved == cassette.interactions.len();
    Imported { name: name.to_owned(), cassette, exact, skipped, changed, secrets: found }
}

/// What is no header is left out: browsers write HTTP/2's `:authority` among them.
fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let headers = headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    });
    headers.collect()
}
