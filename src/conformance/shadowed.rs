//! What a shadow saw, as a run that every report can show.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    Exchange, MOST_BYTES as MOST_OF_A_BODY,
    run::{Played, Run, TapeRun},
};
use crate::{
    backend::shadow::{Observed, Sink, Unmeasured},
    diff::{Finding, Outcome},
};

/// A shadow may go on for days. What is told of single calls takes no more than this; beyond it,
/// calls are counted only.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What a call takes besides the texts of its findings, about.
const OVERHEAD: usize = 512;

/// Collects what a shadow observes.
#[derive(Debug, Default)]
pub struct Shadowed {
    kept: Mutex<Kept>,
}

/// What was not asked, or not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Calls that the candidate was not asked, for it is too slow.
    pub dropped: usize,
    /// Calls that it did not answer.
    pub unanswered: usize,
}

#[derive(Debug, Default)]
struct Kept {
    tape: TapeRun,
    bytes: usize,
    losses: Losses,
}

impl Shadowed {
    /// What came of it so far; `target` is the candidate, `from` the primary.
    #[must_use]
    pub fn run(&self, target: &str, from: &str) -> Run {
        let mut tape = self.kept().tape.clone();
        tape.name = "live traffic".to_owned();
        tape.from = from.to_owned();
        Run { target: target.to_owned(), tapes: vec![tape], ..Run::default() }
    }

    /// What was lost so far.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.kept().losses
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Shadowed {
    fn observed(&self, observed: Observed<'_>) {
        let operation = observed.request.target.name();
        let mut kept = self.kept();
        match &observed.unmeasured {
            Some(Unmeasured::Dropped) => kept.losses.dropped += 1,
            Some(Unmeasured::NoAnswer(_)) => {
                kept.losses.unanswered += 1;
                kept.tape.unanswered += 1;
            }
            _ => {}
        }
        let findings = &observed.comparison.findings;
        let is_told = observed.unmeasured.is_some() || observed.outcome == Outcome::Divergent;
        let request = observed.request.body().len().min(MOST_OF_A_BODY);
        let bytes = OVERHEAD + request + findings.iter().map(size).sum::<usize>();
        if !is_told || kept.bytes + bytes > MOST_BYTES {
            let count = match kept.tape.counted.get_mut(operation) {
                Some(count) => count,
                None => kept.tape.counted.entry(operation.to_owned()).or_default(),
            };
            count.add(observed.outcome, &observed.comparison.tally);
            return;
        }
        kept.bytes += bytes;
        let note = observed.unmeasured.as_ref().map(ToString::to_string);
        let played = Played {
            id: observed.id(),
            operation: operation.to_owned(),
            outcome: observed.outcome,
            findings: observed.comparison.findings,
            tally: observed.comparison.tally,
            note,
            exchanges: vec![Exchange::of("", observed.request, None, None)],
            root: None,
        };
        kept.tape.played.push(played);
    }

    fn unseen(&self, calls: usize) {
        self.kept().losses.dropped += calls;
    }
}

fn size(finding: &Finding) -> usize {
    finding.path.len() + finding.expected.len() + finding.actual.len()
}
