//! From the list kept while recording to a cassette.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use super::{Kept, KeptAnswer, Recording, sticky};
use crate::{
    cassette::{
        Answer, Attempt, Cassette, Header, Interaction, Provenance, REDACTION_VERSION, Redactor,
        SAFE_HEADERS, import,
    },
    wire::{json::Json, profile},
};

/// A recording that has ended.
#[derive(Debug)]
pub struct Finished {
    /// What goes into the file.
    pub cassette: Cassette,
    /// How many interactions differ from those of the old file (all, if there was none).
    pub changed: usize,
    /// The real account ids that were replaced: they must not stand in the file.
    pub accounts: Vec<String>,
}

impl Recording {
    /// Ends the recording and makes a cassette of it. Where the old one has the same answer, its
    /// text is kept, so that recording again changes nothing but what really differs.
    #[must_use]
    pub fn finish(
        &self,
        from: Provenance,
        by: &str,
        today: &str,
        old: Option<&Cassette>,
    ) -> Finished {
        let kept = self.take();
        let mut redactor = Redactor::new();
        let from = proved(from, &kept);
        let interactions = fold_attempts(kept, &mut redactor);
        let header = Header {
            from,
            by: by.to_owned(),
            on: today.to_owned(),
            redact: REDACTION_VERSION,
            tables: import::tables_described(&interactions),
            extra: Vec::new(),
        };
        let mut cassette = Cassette { header, interactions };
        cassette.fold_repeats();
        cassette.renumber();
        let changed = match old {
            Some(old) => sticky::keep_unchanged(&mut cassette, old),
            None => cassette.interactions.len(),
        };
        Finished { cassette, changed, accounts: redactor.accounts().map(str::to_owned).collect() }
    }
}

/// A copy of the headers of an answer that are looked at here.
pub(super) fn headers_read(theirs: &HeaderMap) -> HeaderMap {
    const WHOSE: [&str; 2] = ["server", "x-amzn-requestid"];
    let mut headers = HeaderMap::with_capacity(4);
    for (name, value) in theirs {
        if WHOSE.contains(&name.as_str()) || SAFE_HEADERS.contains(&name.as_str()) {
            // It was a value, so its bytes make one.
            let copy = HeaderValue::from_bytes(value.as_bytes());
            headers.extend(copy.ok().map(|copy| (name.clone(), copy)));
        }
    }
    headers
}

/// What the answers themselves say about who gave them. `aws` stays only if every one carries a
/// request id such as the service mints.
fn proved(mut from: Provenance, kept: &[Kept]) -> Provenance {
    let answered = || {
        kept.iter().filter_map(|kept| match &kept.answer {
            KeptAnswer::Answered(_, headers, _) => Some(headers),
            KeptAnswer::Failed(_) => None,
        })
    };
    let genuine = |headers: &HeaderMap| {
        headers
            .get("x-amzn-requestid")
            .and_then(|id| id.to_str().ok())
            .is_some_and(profile::is_service_request_id)
    };
    if from.kind == "aws" && !answered().all(genuine) {
        from.kind = "other".to_owned();
    }
    let server = answered().find_map(|headers| headers.get("server")?.to_str().ok());
    from.server = server.filter(|server| *server != "Server").map(str::to_owned);
    from
}

/// Attempts of one SDK call that failed and were repeated belong to the answer that ended them.
fn fold_attempts(kept: Vec<Kept>, redactor: &mut Redactor) -> Vec<Interaction> {
    let mut interactions: Vec<(Option<String>, Interaction)> = Vec::with_capacity(kept.len());
    for kept in kept {
        let request = redactor.body(&kept.body);
        let answer = match kept.answer {
            KeptAnswer::Failed(failure) => Answer::Io(failure),
            KeptAnswer::Answered(status, headers, body) => Answer::Http {
                status,
                headers: redactor.headers(&headers),
                body: redactor.body(&decoded(&headers, body)),
            },
        };
        let mut interaction = Interaction::new(kept.target, request, answer);
        let earlier = kept.invocation.as_ref().and_then(|id| {
            interactions.iter().rposition(|(other, earlier)| {
                other.as_ref() == Some(id) && earlier.request == interaction.request
            })
        });
        if let Some(attempt) =
            earlier.and_then(|at| failed_attempt(&interactions[at].1).map(|attempt| (at, attempt)))
        {
            let (at, attempt) = attempt;
            let (_, earlier) = interactions.remove(at);
            interaction.attempts = earlier.attempts;
            interaction.attempts.push(attempt);
        }
        interactions.push((kept.invocation, interaction));
    }
    interactions.into_iter().map(|(_, interaction)| interaction).collect()
}

/// A failed attempt is one that SDKs repeat: throttled, or the service's own fault.
fn failed_attempt(interaction: &Interaction) -> Option<Attempt> {
    const THROTTLED: [&str; 4] = [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TransactionInProgressException",
    ];
    let response = interaction.to_response()?;
    let kind = response.error_type();
    let repeated = response.status.is_server_error()
        || kind.as_deref().is_some_and(|kind| THROTTLED.contains(&kind));
    repeated.then(|| Attempt { status: response.status.as_u16(), kind })
}

/// A body that was compressed on its way is kept as what it says. An answer that cannot be
/// unpacked is kept as it came.
fn decoded(headers: &HeaderMap, body: Bytes) -> Bytes {
    use std::io::Read as _;
    let gzip = headers.get("content-encoding").is_some_and(|coding| coding == "gzip");
    if !gzip || Json::parse(body.clone()).is_ok() {
        return body;
    }
    let mut out = Vec::new();
    let unpacked = flate2::read::GzDecoder::new(&body[..]).take(64 << 20).read_to_end(&mut out);
    if unpacked.is_ok() { out.into() } else { body }
}
