//! A backend that answers from a cassette, and from nothing else: it has no socket.
//!
//! Three questions are asked of a request, each with an answer by hash. Is it an attempt of a call
//! that was answered already? Then the same answer again. Which recorded request is it? The same
//! one, token for token (tier T0), as JSON (T1), by what it says to DynamoDB (T2), or but for
//! values that the client makes up (T3). And which of the answers to that request? The one that
//! was given in the state that the writes made so far have led to ([`graph`]): reads may come in
//! any number and writes in any order that leads to the same answers, and a request for which
//! the recording has no answer in this state is a miss.
//!
//! Nothing looser is ever served; a near match explains a miss, it does not answer it.

mod asked;
mod elsewhere;
mod exchange;
mod freedom;
mod graph;
mod index;
mod latency;
mod nearest;
mod options;
mod refusal;
mod rehearse;
mod session;
mod summary;
mod why;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Notify, time::Instant};

pub(crate) use elsewhere::Reach;
pub(super) use freedom::Freedom;
pub use latency::{BadLatency, Latency};
pub use options::{Options, Polls, Repeats, Retries};
pub use rehearse::{Unlike, rehearse};
pub use summary::{MissRecord, ReplaySummary};

use self::{
    asked::{Asked, as_recorded},
    graph::{At, Graph},
    index::{GroupId, Index},
    session::{Answered, Given, Next, Session, Tier},
};
use super::{Backend, BackendError, BoxFuture, UpstreamError, UpstreamErrorKind, faults};
use crate::{
    cassette::{
        Answer, Cassette, Interaction, IoFailure, MatchKey, Regions, client_request_token,
        footprints_and_keys,
        minted::{self, Shape},
        only_selects,
    },
    clock::Clock,
    wire::{Effect, INVOCATION_ID, Request, Response, fault, profile},
};

/// Answers from a cassette.
#[derive(Debug)]
pub struct Replay {
    interactions: Vec<Interaction>,
    regions: Regions,
    graph: Graph,
    index: Index,
    /// What each interaction is, told once.
    kinds: Vec<Kind>,
    session: Mutex<Session>,
    /// Told of each write: somebody may wait for it.
    written: Notify,
    options: Options,
    clock: Arc<dyn Clock>,
    /// The command that would record the tape again, for the miss report.
    fix: String,
}

/// What is asked of an interaction with every request.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// Whether it asks for what is there: a statement that only selects does.
    reads: bool,
    /// Whether its answer only asked to come again later.
    throttled: bool,
}

impl Kind {
    fn of(interaction: &Interaction, request: &Request) -> Self {
        Self { reads: reads(request), throttled: is_throttled(interaction) }
    }
}

/// Whether a request asks for what is there and changes nothing.
pub(crate) fn reads(request: &Request) -> bool {
    let operation = request.target.operation();
    operation.is_some_and(|operation| operation.effect() == Effect::Read) || only_selects(request)
}

/// An answer found in the tape.
struct Found {
    group: GroupId,
    next: Next,
    tier: Tier,
    /// The values that now stand for recorded ones.
    bind: Vec<(Shape, String, String)>,
    /// The ids that the request made up, its token with them.
    ids: Vec<(Shape, String)>,
}

/// What a request without an answer still waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// For writes that lead to its answer with ids as they are bound.
    Place,
    /// For any write: ids may change places.
    Write,
    Spent,
}

/// How long ids keep their places for the sake of a write that is on its way: two calls of one
/// client may overtake one another. No longer: a client that changed places would have had its
/// answer at once.
const ON_ITS_WAY: Duration = Duration::from_millis(60);

/// What is done about a request.
enum Outcome {
    Answer(Result<Response, BackendError>),
    /// It takes its time, as it was asked to.
    Later(Duration, Result<Response, BackendError>),
    /// Its answer belongs to a state that others may yet lead to.
    Wait,
}

impl Replay {
    /// A session over `cassette`, nothing of which is used yet. `fix` is the command that records
    /// the tape again.
    #[must_use]
    pub fn new(cassette: Cassette, clock: Arc<dyn Clock>, fix: String) -> Self {
        Self::with(cassette, Options::default(), clock, fix)
    }

    /// As [`Replay::new`], with choices of one's own.
    #[must_use]
    pub fn with(cassette: Cassette, options: Options, clock: Arc<dyn Clock>, fix: String) -> Self {
        let (mut kinds, mut tokens) = (Vec::new(), Vec::new());
        let (keys, footprints) = footprints_and_keys(&cassette, |interaction, request| {
            kinds.push(Kind::of(interaction, request));
            tokens.push(client_request_token(request));
        });
        let graph = Graph::new(&cassette, &footprints);
        drop(footprints);
        let index = Index::new(&cassette.interactions, tokens, &keys, &graph);
        let session = Session::over(&cassette.interactions, graph.start());
        Self {
            regions: Regions::of(&cassette),
            interactions: cassette.interactions,
            graph,
            index,
            kinds,
            session: Mutex::new(session),
            written: Notify::new(),
            options,
            clock,
            fix,
        }
    }

    /// What was served, what was missed and what was left, up to now.
    #[must_use]
    pub fn summary(&self) -> ReplaySummary {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut writes, mut reads) = (Vec::new(), Vec::new());
        for group in &self.index.groups {
            let members = &group.members;
            let ours = |at: &&At| !session.elsewhere.covers(&self.interactions[**at].to_request());
            let made = members.iter().filter(|at| self.graph.is_write(**at)).filter(ours);
            let left = |at: &&At| session.served[**at] < self.interactions[**at].times.into();
            writes.extend(made.filter(left));
            // Answers that changed nothing are those of states: one of them is enough.
            if members.iter().all(|at| !self.graph.is_write(*at) && session.served[*at] == 0) {
                reads.extend(members.first().filter(ours));
            }
        }
        let ids = |mut places: Vec<At>| -> Vec<String> {
            places.sort_unstable();
            places.into_iter().map(|at| self.interactions[at].id.clone()).collect()
        };
        ReplaySummary {
            calls: session.calls,
            exact: session.by_tier[0],
            canonical: session.by_tier[1],
            semantic: session.by_tier[2],
            unified: session.by_tier[3],
            repeats: session.repeats,
            retried: session.retried,
            waited: session.waited,
            missed: session.missed - session.elsewhere.answered,
            emulated: session.elsewhere.answered,
            emulations: session.elsewhere.asked.clone(),
            misses: session.misses.clone(),
            unused_writes: ids(writes),
            unused_reads: ids(reads),
        }
    }

    fn asked<'a>(&self, request: &'a Request) -> Asked<'a> {
        Asked::of(request, &self.index, &self.interactions)
    }

    /// Answers a request, or says that it has to wait.
    fn answer(&self, live: &Asked<'_>, first: bool, patience: Patience) -> Outcome {
        let request = live.request;
        let mut guard = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let session = &mut *guard;
        session.calls += u64::from(first);
        let invocation = request.header(&INVOCATION_ID);
        let asked_before = invocation.and_then(|id| session.answered(id, request.body()));
        if let Some(Answered { at, body, .. }) = asked_before.cloned() {
            session.retried += 1;
            return self.given(at, body, session.served[at]);
        }
        if session.elsewhere.covers(request) {
            return Outcome::Answer(Err(session.not_ours(request)));
        }
        let recorded_form = as_recorded(request, session);
        let recorded_form = recorded_form.as_ref().map(|request| self.asked(request));
        let asked = recorded_form.as_ref().unwrap_or(live);
        let found = match self.find(asked, live, session) {
            // Who is told apart by what comes too early is told apart wrongly.
            None if patience == Patience::Place && self.place_may_answer(request, session) => None,
            found => found.or_else(|| self.exchanged(request, session)),
        };
        let Some(found) = found else {
            if patience != Patience::Spent && self.may_come(asked, session) {
                session.waited += u64::from(first);
                return Outcome::Wait;
            }
            let number = session.missed + 1;
            let why = |at| why::reason(&self.graph, &self.interactions, session, at);
            let miss = nearest::report(&self.interactions, &why, asked.request, number, &self.fix);
            session.missed(miss.clone());
            return Outcome::Answer(Err(BackendError::Miss { id: miss.id, report: miss.report }));
        };
        let step = self.graph.steps[found.next.step];
        let made_up = !found.bind.iter().all(|(_, recorded, live)| recorded == live);
        let tier = if made_up { Tier::Unified } else { found.tier };
        if let Some(failure) = self.failure(step.at, invocation, session) {
            return Outcome::Answer(Ok(failure));
        }
        session.by_tier[tier as usize] += 1;
        session.repeats += u64::from(found.next.repeat);
        self.settle(found, request, session);
        if self.graph.is_write(step.at) {
            session.elsewhere.note(request);
        }
        let body = match &self.interactions[step.at].answer {
            Answer::Http { body, .. } => as_live(body, session),
            Answer::Io(_) => Bytes::new(),
        };
        // What broke is tried again: that the next attempt succeeded is recorded as well.
        if let (Some(id), Answer::Http { .. }) = (invocation, &self.interactions[step.at].answer) {
            session.remember(id, request.body(), step.at, body.clone());
        }
        let times = session.served[step.at];
        drop(guard);
        if step.adds.is_some() {
            self.written.notify_waiters();
        }
        self.given(step.at, body, times)
    }

    /// Notes that an answer is given, and what was written with it.
    fn settle(&self, found: Found, request: &Request, session: &mut Session) {
        let Found { group, next, bind, ids, .. } = found;
        let step = self.graph.steps[next.step];
        let key = (group, session.state.of(self.index.groups[group].watch));
        session.give(key, next.given);
        session.bindings.bind(bind);
        session.served[step.at] += 1;
        if next.completes {
            self.graph.add(&mut session.state, step);
        }
        if session.log.len() > exchange::LONGEST {
            return;
        }
        let request = (!ids.is_empty()).then(|| request.clone());
        session.log.push(Given { step: next.step, key, completes: next.completes, ids, request });
    }

    /// The recorded answer to a request in the state of the session; `live` is the request with
    /// the values that the client made up.
    fn find(&self, asked: &Asked<'_>, live: &Asked<'_>, session: &mut Session) -> Option<Found> {
        let tape = &self.interactions;
        let Asked { request, same, .. } = *asked;
        let token = asked.token.as_deref();
        if let Some(group) = same
            && let Some(bind) = session.bindings.unify(&asked.values, &live.values)
            && let Some(found) = self.next(group, token, bind, session)
        {
            let recorded = &tape[self.graph.steps[found.next.step].at];
            let is_exact = token_for_token(recorded, request);
            let tier = if is_exact { Tier::Exact } else { Tier::Canonical };
            return Some(Found { tier, ids: ids(&live.values, token), ..found });
        }
        let live = live.request;
        // What the client made up is held against what it sent, not against what that stands for.
        let (unified, mut values) = self.index.unified(live, tape);
        values.retain(|(shape, _)| *shape != Shape::Token);
        let semantic = self.index.semantic(request, tape).iter().filter(|id| Some(**id) != same);
        let semantic = semantic.copied().find_map(|group| {
            // With equal keys it is known which value stands for which, in whatever order they
            // came.
            let (held, known) =
                (self.index.values(group, tape), session.bindings.recorded(&values));
            let recorded = if in_order(held) == in_order(&known) { &*known } else { held };
            let bind = session.bindings.unify(recorded, &values)?;
            Some(Found { tier: Tier::Semantic, ..self.next(group, token, bind, session)? })
        });
        let found = semantic.or_else(|| self.find_unified(unified, &values, token, session));
        let again = || self.refused_again(unified, &values, session);
        let found = found.or_else(|| token.is_none().then(again).flatten())?;
        Some(Found { ids: ids(&values, token), ..found })
    }

    fn find_unified(
        &self,
        groups: &[GroupId],
        values: &[(Shape, String)],
        token: Option<&str>,
        session: &mut Session,
    ) -> Option<Found> {
        let tape = &self.interactions;
        let first = *groups.first()?;
        // Groups of writes that are all made are passed once, not again with every request.
        let spent = session.spent.get(&first).copied().unwrap_or_default();
        let more = groups[spent..].iter().take_while(|id| {
            let members = &self.index.groups[**id].members;
            members
                .iter()
                .all(|at| self.graph.is_write(*at) && session.served[*at] >= tape[*at].times.into())
        });
        let spent = spent + more.count();
        session.spent.insert(first, spent);
        groups[spent..].iter().find_map(|group| {
            let bind = session.bindings.unify(self.index.values(*group, tape), values)?;
            let found = self.next(*group, token, bind, session)?;
            let at = self.graph.steps[found.next.step].at;
            (!self.tells(at, &found.bind)).then_some(Found { tier: Tier::Unified, ..found })
        })
    }

    /// Whether a read's answer holds an id that nobody has written yet in this session: whoever
    /// asks with another would be told of something that is not there.
    fn tells(&self, at: At, bind: &[(Shape, String, String)]) -> bool {
        let Answer::Http { body, .. } = &self.interactions[at].answer else { return false };
        let is_id = |shape: Shape| shape.is_identity() && shape != Shape::Token;
        !self.graph.is_write(at)
            && bind
                .iter()
                .any(|(shape, old, now)| is_id(*shape) && old != now && minted::tells(body, old))
    }

    /// The next answer of a group in the state of the session.
    fn next(
        &self,
        group: GroupId,
        token: Option<&str>,
        bind: Vec<(Shape, String, String)>,
        session: &Session,
    ) -> Option<Found> {
        let of = &self.index.groups[group];
        let version = session.state.of(of.watch);
        let run = of.run(version)?;
        let key = (group, version);
        let first = self.graph.steps[*run.steps.first()?].at;
        let found = |next, bind| Found { group, next, tier: Tier::Exact, bind, ids: Vec::new() };
        let passed_over =
            |at: At| self.options.retries == Retries::Fast && self.kinds[at].throttled;
        if self.kinds[first].reads {
            let steps = &self.graph.steps;
            let next = session.next_read(key, run, steps, &self.options, passed_over)?;
            return Some(found(next, bind));
        }
        let pair = |at: At| {
            let recorded = self.index.tokens[at].clone().unwrap_or_default();
            let live = token.unwrap_or_default().to_owned();
            session.bindings.unify(&[(Shape::Token, recorded)], &[(Shape::Token, live)])
        };
        let allowed = |at: At| token.is_none() || pair(at).is_some();
        let next = session.next_write(key, run, &self.graph.steps, allowed, passed_over)?;
        let mut bind = bind;
        if token.is_some() {
            bind.extend(pair(self.graph.steps[next.step].at)?);
        }
        Some(found(next, bind))
    }

    /// Whether a write of somebody else may lead to a state in which the request has an answer.
    fn may_come(&self, asked: &Asked<'_>, session: &Session) -> bool {
        let semantic = self.index.semantic(asked.request, &self.interactions);
        let unified = self.index.unified(asked.request, &self.interactions).0;
        let mut groups = asked.same.iter().chain(semantic).chain(unified);
        groups.any(|group| self.is_to_come(*group, session))
    }

    /// Whether a write of somebody else may lead to a state in which the request has an answer,
    /// with the ids that it names standing for those that they stand for now.
    fn place_may_answer(&self, request: &Request, session: &Session) -> bool {
        let (groups, mut values) = self.index.unified(request, &self.interactions);
        values.retain(|(shape, _)| *shape != Shape::Token);
        session.bindings.recorded(&values) != values
            && groups.iter().any(|group| {
                let recorded = self.index.values(*group, &self.interactions);
                session.bindings.unify(recorded, &values).is_some()
                    && self.is_to_come(*group, session)
            })
    }

    fn is_to_come(&self, group: GroupId, session: &Session) -> bool {
        // With as many writes made as came before it, those that are missing are not all that
        // keeps it from being the answer.
        self.index.groups[group].members.iter().any(|at| {
            let step = self.graph.steps[self.graph.first[*at]];
            session.served[*at] == 0 && session.state.writes(self.graph.watch[*at]) < step.writes
        })
    }

    /// A failure that was recorded before the answer and is to be repeated.
    fn failure(&self, at: At, invocation: Option<&str>, session: &mut Session) -> Option<Response> {
        let interaction = &self.interactions[at];
        if self.options.retries == Retries::Fast || interaction.attempts.is_empty() {
            return None;
        }
        // Without an id the attempts are those of the interaction.
        let call = invocation.unwrap_or(&interaction.id).to_owned();
        let given = session.failures.entry(call).or_default();
        let attempt = interaction.attempts.get(*given)?;
        *given += 1;
        let kind = attempt.kind.as_deref().unwrap_or("InternalServerError");
        let body = fault::error_body(None, kind, Some(attempt_text(kind)), std::iter::empty());
        let status = http::StatusCode::from_u16(attempt.status).ok()?;
        let mut response = Response::new(status, body);
        self.complete(&mut response, &interaction.id, *given as u64 + (1 << 32));
        Some(response)
    }

    /// A recorded answer, and when it is to come.
    fn given(&self, at: At, body: Bytes, occurrence: u64) -> Outcome {
        let answer = self.recorded(at, body, occurrence);
        match self.options.latency.of(&self.interactions[at]) {
            Some(time) => Outcome::Later(time, answer),
            None => Outcome::Answer(answer),
        }
    }

    fn recorded(&self, at: At, body: Bytes, occurrence: u64) -> Result<Response, BackendError> {
        let interaction = &self.interactions[at];
        let mut response = match (&interaction.answer, interaction.to_response()) {
            (_, Some(response)) => Response { body, ..response },
            (Answer::Io(failure), None) => return Err(failed(*failure).into()),
            (Answer::Http { .. }, None) => Response::ok(body),
        };
        self.complete(&mut response, &interaction.id, occurrence);
        Ok(response)
    }

    /// The same id for the same call in every replay, so that logs of two can be compared.
    fn complete(&self, response: &mut Response, id: &str, occurrence: u64) {
        let mut seed = occurrence;
        for byte in id.bytes() {
            seed = (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let id = profile::request_id(seed);
        let date = profile::date(self.clock.now());
        profile::complete(response, "application/x-amz-json-1.0", &id, date);
    }
}

impl Backend for Replay {
    fn call(&self, mut request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        self.regions.place(&mut request);
        // Most have their answer at once and need no machinery for waiting.
        let first =
            if self.options.causal_wait.is_zero() { Patience::Spent } else { Patience::Place };
        match self.answer(&self.asked(&request), true, first) {
            Outcome::Answer(answer) => Box::pin(std::future::ready(answer)),
            Outcome::Later(time, answer) => later(Instant::now() + time, answer),
            Outcome::Wait => Box::pin(async move {
                let asked = self.asked(&request);
                let now = Instant::now();
                let until = now + self.options.causal_wait;
                let places_until = until.min(now + ON_ITS_WAY);
                loop {
                    let written = self.written.notified();
                    tokio::pin!(written);
                    // A write between the question and the wait must not be overlooked.
                    written.as_mut().enable();
                    let now = Instant::now();
                    let (patience, next) = if now < places_until {
                        (Patience::Place, places_until)
                    } else if now < until {
                        (Patience::Write, until)
                    } else {
                        (Patience::Spent, until)
                    };
                    match self.answer(&asked, false, patience) {
                        Outcome::Answer(answer) => return answer,
                        Outcome::Later(time, answer) => {
                            return later(Instant::now() + time, answer).await;
                        }
                        Outcome::Wait => {
                            let _ = tokio::time::timeout_at(next, written).await;
                        }
                    }
                }
            }),
        }
    }
}

/// The time counts from the request on, however late anybody looks for its answer.
fn later(
    at: Instant,
    answer: Result<Response, BackendError>,
) -> BoxFuture<'static, Result<Response, BackendError>> {
    Box::pin(async move {
        tokio::time::sleep_until(at).await;
        answer
    })
}

/// Whether the same JSON is spelled the same but for white space.
fn token_for_token(recorded: &Interaction, request: &Request) -> bool {
    (recorded.request == *request.body() && recorded.region == request.region)
        || MatchKey::exact(&recorded.to_request()) == MatchKey::exact(request)
}

/// The ids among a request's made-up values, and its token.
fn ids(values: &[(Shape, String)], token: Option<&str>) -> Vec<(Shape, String)> {
    let values = values.iter().filter(|(shape, _)| shape.is_identity()).cloned();
    values.chain(token.map(|token| (Shape::Token, token.to_owned()))).collect()
}

/// Whatever the order.
fn in_order(values: &[(Shape, String)]) -> Vec<&(Shape, String)> {
    let mut values: Vec<_> = values.iter().collect();
    values.sort_unstable();
    values
}

/// The answer as this session's client knows its values.
fn as_live(body: &Bytes, session: &Session) -> Bytes {
    let body = session.redactor.restored(body);
    let text = std::str::from_utf8(&body).ok();
    match text.and_then(|text| session.bindings.to_live(text)) {
        Some(text) => text.into(),
        None => body,
    }
}

/// Whether an answer only asked to come again later.
fn is_throttled(interaction: &Interaction) -> bool {
    interaction.to_response().is_none_or(|response| response.is_transient())
}

/// The text of a failure of which only the type was kept.
fn attempt_text(kind: &str) -> &'static str {
    faults::sentence(kind).unwrap_or("An attempt that failed in the recording.")
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
