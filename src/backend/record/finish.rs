//! From the list kept while recording to a cassette.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::header;
use tokio::time::Instant;

use super::{Kept, KeptAnswer, Recording, durations, headers::KeptHeaders, setup, sticky};
use crate::{
    cassette::{
        Answer, Attempt, Cassette, Header, Included, Interaction, Provenance, REDACTION_VERSION,
        Redactor, Span, Took, tables_described, unpacked,
    },
    wire::profile,
};

/// What a recording stands beside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Since<'a> {
    /// The tape that it takes the place of.
    pub old: Option<&'a Cassette>,
    /// What it begins with that other tapes hold.
    pub included: Option<&'a Included>,
    /// Whether to tell how long the answers took; else those times stay that the old tape tells.
    pub durations: bool,
    /// What time it is, to tell when each call was made: of a lane that others are put together
    /// with, and in which nothing is folded.
    pub lane: Option<SystemTime>,
}

/// A recording that has ended.
#[derive(Debug)]
pub struct Finished {
    /// What goes into the file.
    pub cassette: Cassette,
    /// How many interactions differ from those of the old file (all, if there was none).
    pub changed: usize,
    /// Writes of the tapes included that were not made: a replay would wait for them in vain.
    pub unmade: Vec<String>,
    /// The real account ids that were replaced: they must not stand in the file.
    pub accounts: Vec<String>,
}

impl Recording {
    /// Ends the recording and makes a cassette of it. Where the old one has the same answer, its
    /// text is kept, so that recording again changes nothing but what really differs.
    #[must_use]
    pub fn finish(&self, from: Provenance, by: &str, today: &str, since: Since<'_>) -> Finished {
        let Since { old, included, durations, lane } = since;
        let kept = self.take();
        let lane = lane.map(|now| (now, Instant::now()));
        let mut redactor = Redactor::new();
        let mut from = proved(from, &kept);
        let before = [old, included.map(|included| &included.cassette)];
        let regions = regions(&mut from, &kept, before.into_iter().flatten());
        let interactions = fold_attempts(kept, regions, lane, &mut redactor);
        let header = Header {
            from,
            by: by.to_owned(),
            on: today.to_owned(),
            redact: REDACTION_VERSION,
            include: Vec::new(),
            tables: tables_described(&interactions),
            ..Header::default()
        };
        let mut cassette = Cassette { header, interactions };
        // With what it includes, so that this too is called what it is called there.
        let before = included.map(|included| {
            let alone = Cassette { header: cassette.header.clone(), ..Cassette::default() };
            let mut whole = included.before(old.unwrap_or(&alone));
            whole.renumber();
            whole
        });
        let before = before.as_ref().or(old);
        let changed = match before {
            _ if lane.is_some() => {
                cassette.renumber();
                cassette.interactions.len()
            }
            Some(before) => sticky::keep_unchanged(&mut cassette, before),
            None => {
                cassette.fold_repeats();
                cassette.renumber();
                cassette.interactions.len()
            }
        };
        durations::settle(&mut cassette, before, durations);
        let mut unmade = Vec::new();
        if let Some(included) = included {
            unmade = setup::take_out(&mut cassette, &included.cassette);
            cassette.header.include.clone_from(&included.names);
            cassette.renumber();
        }
        if cassette.header.from.kind == "aws" {
            for interaction in &mut cassette.interactions {
                // Where the old text stays, so does what was said of it.
                interaction.crc = interaction.crc.or_else(|| interaction.checksum());
            }
        }
        let accounts = redactor.accounts().map(str::to_owned).collect();
        Finished { cassette, changed, unmade, accounts }
    }
}

/// What the answers themselves say about who gave them. `aws` stays only if every one carries a
/// request id such as the service mints, and the checksum of its bytes.
fn proved(mut from: Provenance, kept: &[Kept]) -> Provenance {
    let answered = || {
        kept.iter().filter_map(|kept| match &kept.answer {
            KeptAnswer::Answered(_, headers, body) => Some((headers, body)),
            KeptAnswer::Failed(_) => None,
        })
    };
    let genuine = |(headers, body): (&KeptHeaders, &Bytes)| {
        let id = headers.text(&profile::X_AMZN_REQUEST_ID);
        let sum = headers.text(&profile::X_AMZ_CRC32);
        id.is_some_and(|id| profile::is_service_request_id(&id))
            && sum.is_some_and(|sum| sum == profile::crc32(body).to_string())
    };
    let proved = answered().next().is_some() && answered().all(genuine);
    if from.kind == "aws" && !proved {
        from.kind = "other".to_owned();
    }
    // One for the whole tape, or none.
    let asked = kept.first().and_then(|first| first.region.as_ref());
    let asked = asked.filter(|_| kept.iter().all(|kept| kept.region.as_ref() == asked));
    from.region = from.region.or_else(|| asked.cloned());
    let server = answered().find_map(|(headers, _)| headers.text(&header::SERVER));
    from.server = server.filter(|server| server != "Server");
    from
}

/// For each request the region that it was asked in, if it was another than the tape's; which that
/// is, is said in `from` then: as in the tapes that were there `before`, else that of the first
/// request.
///
/// An endpoint in one region has all requests answered there, whatever they are signed for.
fn regions<'a>(
    from: &mut Provenance,
    kept: &[Kept],
    before: impl Iterator<Item = &'a Cassette>,
) -> Vec<Option<Arc<str>>> {
    let asked = |kept: &Kept| kept.region.clone().or_else(|| kept.signed_for.clone());
    let met: Vec<_> = kept.iter().map(asked).collect();
    let first = met.iter().flatten().next();
    // One that had several has said so, and what stays of it relies on that.
    let told = before.filter_map(|tape| Some((tape.header.from.region.clone()?, tape)));
    let is_met = |region: &String| met.iter().flatten().any(|one| one == region);
    let mut told = told.filter(|(region, tape)| tape.has_regions() || is_met(region));
    let own = told.next().map(|(region, _)| region).or_else(|| first.cloned());
    let is_one = met.iter().flatten().all(|one| Some(one) == own.as_ref());
    if from.region.is_some() || is_one {
        return vec![None; kept.len()];
    }
    from.region.clone_from(&own);
    let other = |one: &String| Some(one) != own.as_ref();
    met.into_iter().map(|one| one.filter(other).map(Arc::from)).collect()
}

/// Attempts of one SDK call that failed and were repeated belong to the answer that ended them.
fn fold_attempts(
    kept: Vec<Kept>,
    regions: Vec<Option<Arc<str>>>,
    lane: Option<(SystemTime, Instant)>,
    redactor: &mut Redactor,
) -> Vec<Interaction> {
    let mut interactions: Vec<Option<Interaction>> = Vec::with_capacity(kept.len());
    let mut calls: HashMap<String, usize> = HashMap::new();
    // Requests first: a replay, which redacts requests only, meets what is in them in this order
    // and so gives it the same stand-ins.
    let requests: Vec<Bytes> = kept.iter().map(|kept| redactor.body(&kept.body)).collect();
    for ((kept, request), region) in kept.into_iter().zip(requests).zip(regions) {
        let answer = match kept.answer {
            KeptAnswer::Failed(failure) => Answer::Io(failure),
            KeptAnswer::Answered(status, headers, body) => {
                let (headers, body) = unpacked(headers.map(), body);
                Answer::Http {
                    status,
                    headers: redactor.headers(&headers),
                    body: redactor.body(&body),
                }
            }
        };
        let mut interaction = Interaction::new(kept.target, request, answer);
        interaction.region = region;
        interaction.took = Some(Took::of(kept.took));
        if let Some(span) = lane.and_then(|lane| span(lane, kept.asked, kept.took)) {
            span.put(&mut interaction.extra);
        }
        if let Some(id) = kept.invocation
            && let Some(at) = calls.insert(id, interactions.len())
            && let Some(earlier) = &mut interactions[at]
            && earlier.request == interaction.request
            && let Some(attempt) = failed_attempt(earlier)
        {
            interaction.attempts = std::mem::take(&mut earlier.attempts);
            interaction.attempts.push(attempt);
            interactions[at] = None;
        }
        interactions.push(Some(interaction));
    }
    interactions.into_iter().flatten().collect()
}

/// When a call was made, by a clock of which it is known what it shows now.
fn span((now, at): (SystemTime, Instant), asked: Instant, took: Duration) -> Option<Span> {
    let asked = now.checked_sub(at.saturating_duration_since(asked))?;
    let asked = asked.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let micros = |time: Duration| u64::try_from(time.as_micros()).ok();
    Some(Span { asked: micros(asked)?, answered: micros(asked + took)? })
}

/// A failed attempt is one that SDKs repeat: throttled, or the service's own fault.
fn failed_attempt(interaction: &Interaction) -> Option<Attempt> {
    let response = interaction.to_response()?;
    let attempt = |kind| Attempt { status: response.status.as_u16(), kind, extra: Vec::new() };
    response.is_transient().then(|| attempt(response.error_type()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use http::{HeaderMap, StatusCode, header::CONTENT_ENCODING};

    use super::*;
    use crate::{
        clock::SystemClock,
        wire::{Operation, Request, Target},
    };

    fn finished(kept: Vec<Kept>) -> Cassette {
        let recording = Recording::new();
        kept.into_iter().for_each(|kept| recording.keep(kept));
        recording.finish(Provenance::default(), "test", "2026-11-21", Since::default()).cassette
    }

    fn kept(at: u64, invocation: &str, status: u16, headers: &HeaderMap, body: Vec<u8>) -> Kept {
        let status = StatusCode::from_u16(status).expect("status");
        Kept {
            order: at,
            target: Target::Known(Operation::PutItem),
            body: Bytes::from(format!("{{\"at\":{}}}", at / 2)),
            invocation: Some(invocation.to_owned()),
            region: None,
            signed_for: None,
            answer: KeptAnswer::Answered(status, KeptHeaders::of(headers), body.into()),
            asked: Instant::now(),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn a_tape_has_the_region_of_the_hosts_asked_or_of_the_first_of_them() {
        let asked = |regions: &[&str]| {
            let one = |(at, region): (usize, &&str)| Kept {
                region: Some((*region).to_owned()),
                ..kept(2 * at as u64, region, 200, &HeaderMap::new(), b"{}".to_vec())
            };
            finished(regions.iter().enumerate().map(one).collect()).header.from.region
        };
        assert_eq!(asked(&["eu-west-1", "eu-west-1"]).as_deref(), Some("eu-west-1"));
        assert_eq!(asked(&["eu-west-1", "us-east-1"]).as_deref(), Some("eu-west-1"));
    }

    #[tokio::test]
    async fn an_answer_that_came_compressed_replays_as_what_it_says() {
        use crate::backend::{Backend as _, replay::Replay};
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zipped.write_all(b"{\"A\":1}").expect("in memory");
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, "gzip".parse().expect("value"))]);
        let body = zipped.finish().expect("in memory");
        let cassette = finished(vec![kept(0, "a", 200, &headers, body)]);
        let replay = Replay::new(cassette, std::sync::Arc::new(SystemClock), String::new());
        let request = Request::of(Operation::PutItem, "{\"at\":0}");
        let response = replay.call(request).await.expect("recorded");
        assert_eq!(response.body, "{\"A\":1}");
        assert!(!response.headers.contains_key(CONTENT_ENCODING), "{:?}", response.headers);
    }

    #[tokio::test]
    async fn arns_of_a_programs_own_read_as_they_were_written() {
        use crate::backend::{Backend as _, replay::Replay};
        let arn = |account, name: &str| format!("\"arn:aws:iam::{account}:role/{name}\"");
        let own = |name| arn("222233334444", name);
        let mut all = vec![kept(0, "a", 200, &HeaderMap::new(), arn("498712345670", "x").into())];
        for (at, name) in [(2, "b"), (4, "c")] {
            let body = format!("{{\"Item\":{}}}", own(name));
            let mut one = kept(at, name, 200, &HeaderMap::new(), body.clone().into());
            one.body = body.into();
            all.push(one);
        }
        let cassette = finished(all);
        let text = crate::cassette::to_text(&cassette);
        assert!(!text.contains("2222") && !text.contains("4987"), "{text}");
        let replay = Replay::new(cassette, std::sync::Arc::new(SystemClock), String::new());
        for name in ["b", "c"] {
            let body = format!("{{\"Item\":{}}}", own(name));
            let request = Request::of(Operation::PutItem, body.clone());
            assert_eq!(replay.call(request).await.expect("recorded").body, body);
        }
    }

    #[test]
    fn attempts_of_a_hundred_thousand_calls_are_folded_in_time() {
        let all = (0..100_000).map(|at| {
            let status = if at % 2 == 0 { 500 } else { 200 };
            kept(at, &format!("call-{}", at / 2), status, &HeaderMap::new(), b"{}".to_vec())
        });
        let interactions = finished(all.collect()).interactions;
        assert_eq!(interactions.len(), 50_000);
        assert!(interactions.iter().all(|one| one.attempts.len() == 1 && one.times == 1));
    }
}
