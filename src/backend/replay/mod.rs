//! A backend that answers from a cassette, and from nothing else: it has no socket.
//!
//! Which recorded interaction answers a request? Operation, table and body must be the same: token
//! for token (tier T0), or as canonical JSON (T1). The idempotency token that an SDK makes up for
//! a transaction may be another than the recorded one, if it is so wherever it occurs (T3). Of
//! several, the first that was not used yet. Nothing looser is ever served; a near match explains
//! a miss, it does not answer it.

mod nearest;
mod summary;
mod token;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use memchr::memmem;

pub use summary::{MissRecord, ReplaySummary};
use token::Tokens;

use super::{Backend, BackendError, BoxFuture, UpstreamError, UpstreamErrorKind};
use crate::{
    cassette::{
        Answer, Cassette, Interaction, IoFailure, MatchKey, Redactor, client_request_token,
    },
    clock::Clock,
    wire::{Effect, Request, Response, profile},
};

/// Answers from a cassette.
#[derive(Debug)]
pub struct Replay {
    interactions: Vec<Interaction>,
    exact: HashMap<MatchKey, Vec<usize>>,
    canonical: HashMap<MatchKey, Vec<usize>>,
    /// The idempotency token of each interaction, if it has one.
    tokens: Vec<Option<String>>,
    session: Mutex<Session>,
    clock: Arc<dyn Clock>,
    /// The command that would record the tape again, for the miss report.
    fix: String,
}

/// What has happened so far.
#[derive(Debug, Default)]
struct Session {
    /// How often each interaction was served.
    served: Vec<u32>,
    redactor: Redactor,
    calls: u64,
    by_tier: [u64; 3],
    tokens: Tokens,
    repeats: u64,
    misses: Vec<MissRecord>,
    /// How many of a key's interactions, from the first, are used up.
    used: HashMap<(Tier, MatchKey), usize>,
}

/// How a request was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Tier {
    Exact,
    Canonical,
    Token,
}

impl Replay {
    /// A session over `cassette`, nothing of which is used yet. `fix` is the command that records
    /// the tape again.
    #[must_use]
    pub fn new(cassette: Cassette, clock: Arc<dyn Clock>, fix: String) -> Self {
        let interactions = cassette.interactions;
        let (mut exact, mut canonical) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        let mut tokens = Vec::with_capacity(interactions.len());
        for (at, interaction) in interactions.iter().enumerate() {
            let request = interaction.to_request();
            tokens.push(client_request_token(&request));
            exact.entry(MatchKey::exact(&request)).or_default().push(at);
            canonical.entry(MatchKey::canonical(&request)).or_default().push(at);
        }
        let session = Session { served: vec![0; interactions.len()], ..Session::default() };
        Self { interactions, exact, canonical, tokens, session: Mutex::new(session), clock, fix }
    }

    /// What was served, what was missed and what was left, up to now.
    #[must_use]
    pub fn summary(&self) -> ReplaySummary {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |effect: Effect| -> Vec<String> {
            let served = self.interactions.iter().zip(&session.served);
            served
                .filter(|(one, served)| **served == 0 && effect_of(one) == effect)
                .map(|(one, _)| one.id.clone())
                .collect()
        };
        ReplaySummary {
            calls: session.calls,
            exact: session.by_tier[0],
            canonical: session.by_tier[1],
            tokens: session.by_tier[2],
            repeats: session.repeats,
            misses: session.misses.clone(),
            unused_writes: left(Effect::Write),
            unused_reads: left(Effect::Read),
        }
    }

    fn answer(&self, request: Request) -> Result<Response, BackendError> {
        let mut guard = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let session = &mut *guard;
        session.calls += 1;
        let request = redacted(request, &mut session.redactor);
        let Some((at, tier, repeat)) = self.find(&request, session) else {
            let number = session.misses.len() + 1;
            let miss =
                nearest::report(&self.interactions, &session.served, &request, number, &self.fix);
            session.misses.push(miss.clone());
            return Err(BackendError::Miss { id: miss.id, report: miss.report });
        };
        session.served[at] = session.served[at].saturating_add(1);
        session.by_tier[tier as usize] += 1;
        session.repeats += u64::from(repeat);
        let occurrence = session.served[at];
        let interaction = &self.interactions[at];
        let response = interaction.to_response().map(|response| Response {
            body: session.redactor.restored(&response.body),
            ..response
        });
        drop(guard);
        self.recorded(interaction, response, occurrence)
    }

    /// The first interaction of the request's key that is not used up. A read that is asked once
    /// more than recorded gets the last answer again: it changes nothing (a write would).
    fn find(&self, request: &Request, session: &mut Session) -> Option<(usize, Tier, bool)> {
        let live = client_request_token(request);
        let key = MatchKey::exact(request);
        let exact = self.exact.get(&key);
        if let Some(list) = exact
            && let Some(at) = self.unused((Tier::Exact, key), list, session, live.as_deref())
        {
            return Some((at, Tier::Exact, false));
        }
        let key = MatchKey::canonical(request);
        let list = self.canonical.get(&key)?;
        let tier = if live.is_some() { Tier::Token } else { Tier::Canonical };
        if let Some(at) = self.unused((Tier::Canonical, key), list, session, live.as_deref()) {
            return Some((at, tier, false));
        }
        let last = *list.last()?;
        let tier = if exact.is_some() { Tier::Exact } else { Tier::Canonical };
        let is_read = effect_of(&self.interactions[last]) == Effect::Read;
        (is_read && live.is_none()).then_some((last, tier, true))
    }

    /// The first of a key's interactions that is not used up and whose token, if the request has
    /// one, the request's may stand for.
    fn unused(
        &self,
        key: (Tier, MatchKey),
        list: &[usize],
        session: &mut Session,
        live: Option<&str>,
    ) -> Option<usize> {
        // Those used up are passed once, not again with every request of a long list.
        let passed = session.used.entry(key).or_default();
        let is_unused = |at: usize| session.served[at] < self.interactions[at].times;
        *passed += list[*passed..].iter().take_while(|at| !is_unused(**at)).count();
        let mut rest = list[*passed..].iter().copied().filter(|at| is_unused(*at));
        let Some(live) = live else { return rest.next() };
        let recorded = |at: usize| self.tokens[at].as_deref().unwrap_or_default();
        let at = rest.find(|at| session.tokens.allow(recorded(*at), live))?;
        session.tokens.bind(recorded(at), live);
        Some(at)
    }

    fn recorded(
        &self,
        interaction: &Interaction,
        response: Option<Response>,
        occurrence: u32,
    ) -> Result<Response, BackendError> {
        let mut response = match (&interaction.answer, response) {
            (_, Some(response)) => response,
            (Answer::Io(failure), None) => return Err(failed(*failure).into()),
            (Answer::Http { .. }, None) => Response::ok(Bytes::new()),
        };
        // The same id for the same call in every replay, so that logs of two runs can be compared.
        let mut seed = u64::from(occurrence);
        for byte in interaction.id.bytes() {
            seed = (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let id = profile::request_id(seed);
        profile::complete(&mut response, "application/x-amz-json-1.0", &id, self.clock.now());
        Ok(response)
    }
}

impl Backend for Replay {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        Box::pin(std::future::ready(self.answer(request)))
    }
}

/// The request as it would stand in a tape. Only ARNs are ever replaced in requests.
fn redacted(request: Request, redactor: &mut Redactor) -> Request {
    if memmem::find(request.body(), b"arn:").is_none() {
        return request;
    }
    let body = redactor.body(request.body());
    if body == *request.body() { request } else { request.with_body(body) }
}

fn effect_of(interaction: &Interaction) -> Effect {
    interaction.target.operation().map_or(Effect::Write, |operation| operation.effect())
}

fn failed(failure: IoFailure) -> UpstreamError {
    let kind = match failure {
        IoFailure::Connect => UpstreamErrorKind::Connect,
        IoFailure::Reset => UpstreamErrorKind::Reset,
        IoFailure::Timeout => UpstreamErrorKind::Timeout,
    };
    UpstreamError { kind, endpoint: "as recorded".to_owned(), cause: None }
}

#[cfg(test)]
mod tests;
