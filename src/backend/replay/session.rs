//! What has happened in a replay so far, and what a request is answered next.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::{
    MissRecord, Options, Polls, Repeats,
    elsewhere::Elsewhere,
    graph::{At, State, Step, Version},
    index::{GroupId, Run},
};
use crate::{
    cassette::{
        Answer, Interaction, Redactor,
        minted::{Bindings, Shape},
    },
    wire::Request,
};

/// How a request was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Tier {
    Exact,
    Canonical,
    Semantic,
    Unified,
}

/// What has happened so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    /// How often each interaction was served.
    pub(super) served: Vec<u64>,
    pub(super) state: State,
    pub(super) bindings: Bindings,
    pub(super) redactor: Redactor,
    pub(super) calls: u64,
    pub(super) by_tier: [u64; 4],
    pub(super) repeats: u64,
    pub(super) retried: u64,
    pub(super) waited: u64,
    pub(super) misses: Vec<MissRecord>,
    /// Those not found, with those that were answered elsewhere then.
    pub(super) missed: u64,
    /// What is not the tape's any more.
    pub(super) elsewhere: Elsewhere,
    /// How many answers of each run were given.
    given: HashMap<(GroupId, Version), u64>,
    /// Groups of a unified key that have nothing left, from the first.
    pub(super) spent: HashMap<GroupId, usize>,
    /// What was answered, in order, so that it can be taken back.
    pub(super) log: Vec<Given>,
    /// What calls were answered, by the id that an SDK gives to all attempts of one.
    answered: HashMap<String, Answered>,
    answered_in_order: VecDeque<String>,
    /// Recorded failures given to a call so far.
    pub(super) failures: HashMap<String, usize>,
}

/// An answer that was given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) step: usize,
    pub(super) key: (GroupId, Version),
    /// Whether it completed its step.
    pub(super) completes: bool,
    /// The ids that the request made up, its token with them, and the request itself if there are
    /// any.
    pub(super) ids: Vec<(Shape, String)>,
    pub(super) request: Option<Request>,
}

/// What a call asked, and what it was answered.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    asked: Bytes,
    pub(super) at: At,
    pub(super) body: Bytes,
}

/// How many misses are kept with their reports.
pub(super) const REPORTED: usize = 100;

/// How many calls are remembered in case a client repeats one.
const REMEMBERED: usize = 4_096;

impl Session {
    /// A session over a tape, nothing of which is used yet.
    pub(super) fn over(tape: &[Interaction], state: State) -> Self {
        let bodies = tape.iter().flat_map(|interaction| {
            let answer = match &interaction.answer {
                Answer::Http { body, .. } => Some(body),
                Answer::Io(_) => None,
            };
            std::iter::once(&interaction.request).chain(answer)
        });
        let bindings = Bindings::over(bodies);
        Self { served: vec![0; tape.len()], state, bindings, ..Self::default() }
    }

    /// What a call of this id and body was answered before.
    pub(super) fn answered(&self, invocation: &str, asked: &Bytes) -> Option<&Answered> {
        self.answered.get(invocation).filter(|answered| answered.asked == *asked)
    }

    pub(super) fn remember(&mut self, invocation: &str, asked: &Bytes, at: At, body: Bytes) {
        let answered = Answered { asked: asked.clone(), at, body };
        if self.answered.insert(invocation.to_owned(), answered).is_none() {
            self.answered_in_order.push_back(invocation.to_owned());
        }
        if self.answered_in_order.len() > REMEMBERED
            && let Some(oldest) = self.answered_in_order.pop_front()
        {
            self.answered.remove(&oldest);
            self.failures.remove(&oldest);
        }
    }

    /// Notes a miss; of very many the first are kept.
    pub(super) fn missed(&mut self, miss: MissRecord) {
        self.missed += 1;
        if self.misses.len() < REPORTED {
            self.misses.push(miss);
        }
    }

    /// The next answer of a run of a read. One that was passed over is given only if there is no
    /// other.
    pub(super) fn next_read(
        &self,
        key: (GroupId, Version),
        run: &Run,
        steps: &[Step],
        options: &Options,
        passed_over: impl Fn(At) -> bool,
    ) -> Option<Next> {
        let (given, recorded) = (self.given(key), run.answers());
        let number = match (given < recorded, options.polls) {
            (true, Polls::Last) => recorded - 1,
            (true, Polls::Faithful) => given,
            (false, _) => match options.repeats {
                Repeats::Last => recorded - 1,
                Repeats::First => 0,
                Repeats::Cycle => given % recorded.max(1),
                Repeats::Strict => return None,
            },
        };
        let mut step = run.step(number)?;
        if passed_over(steps[step].at) {
            let other = run.steps.iter().rev().find(|place| !passed_over(steps[**place].at));
            step = *other.unwrap_or(&step);
        }
        Some(Next { step, repeat: given >= recorded, given: given + 1, completes: false })
    }

    /// The next answer of a run of anything else. What was refused changed nothing and may be
    /// refused again; what was done is done as often as it was.
    pub(super) fn next_write(
        &self,
        key: (GroupId, Version),
        run: &Run,
        steps: &[Step],
        allowed: impl Fn(At) -> bool,
        passed_over: impl Fn(At) -> bool,
    ) -> Option<Next> {
        let given = self.given(key);
        let first = run.ends.partition_point(|end| *end <= given);
        let last = run.steps.len().checked_sub(1)?;
        let next = (first..run.steps.len()).find(|place| {
            let at = steps[run.steps[*place]].at;
            allowed(at) && (*place == last || !passed_over(at))
        });
        if let Some(place) = next {
            let begin = if place == 0 { 0 } else { run.ends[place - 1] };
            let given = given.max(begin) + 1;
            let completes = given == run.ends[place];
            return Some(Next { step: run.steps[place], repeat: false, given, completes });
        }
        let step = run.steps[last];
        let refused = steps[step].adds.is_none() && allowed(steps[step].at);
        refused.then_some(Next { step, repeat: true, given, completes: false })
    }

    /// Forgets that answers of a run were given.
    pub(super) fn take_back(&mut self, key: (GroupId, Version)) {
        self.given.remove(&key);
    }

    fn given(&self, key: (GroupId, Version)) -> u64 {
        self.given.get(&key).copied().unwrap_or_default()
    }

    /// Notes how many answers of a run were given.
    pub(super) fn give(&mut self, key: (GroupId, Version), given: u64) {
        self.given.insert(key, given);
    }
}

/// An answer that is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// Its place in the graph's steps.
    pub(super) step: usize,
    /// Whether it is given once more than it was recorded.
    pub(super) repeat: bool,
    /// How many answers of its run are given with it.
    pub(super) given: u64,
    /// Whether it is the last of its step: what was written then is part of the state.
    pub(super) completes: bool,
}
