//! Whether a tape gives its own requests the answers recorded for them: as they were recorded, and
//! in random orders that the graph allows. A recording that does not replay is told of before it
//! takes the place of one that does.

use std::sync::{Arc, PoisonError};

use super::{At, Freedom, Options, Outcome, Patience, Polls, Repeats, Replay, Retries, Session};
use crate::{
    backend::{BackendError, UpstreamError},
    cassette::{Answer, Cassette, Interaction},
    clock::Clock,
    wire::{Request, Response},
};

/// How many orders are tried besides the recorded one.
const SHUFFLES: u64 = 3;

/// How many interactions are named; one fault often shows in all that follows it.
const NAMED: usize = 10;

/// An interaction that is not answered as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlike {
    /// The interaction's id.
    pub id: String,
    /// What happens instead.
    pub why: String,
}

/// Asks a tape, as it was read back, for everything that was recorded. Empty if all is answered
/// as recorded; else the first few that are not, in the first order that shows any.
///
/// The orders are the same each time: one tape has one verdict.
#[must_use]
pub fn rehearse(
    mut tape: Cassette,
    recorded: &[Interaction],
    clock: Arc<dyn Clock>,
) -> Vec<Unlike> {
    if tape.interactions.len() != recorded.len() {
        let (read, kept) = (tape.interactions.len(), recorded.len());
        let why = format!("{read} interactions were read back of {kept}");
        return vec![Unlike { id: "the tape".to_owned(), why }];
    }
    // Attempts that failed answer nothing of their own, and each answer has its turn.
    for interaction in &mut tape.interactions {
        interaction.attempts.clear();
    }
    let options = Options {
        polls: Polls::Faithful,
        repeats: Repeats::Strict,
        retries: Retries::Faithful,
        ..Options::default()
    };
    let replay = Replay::with(tape, options, clock, String::new());
    let requests: Vec<_> = recorded.iter().map(Interaction::to_request).collect();
    let unlike = replay.unlike(&requests, recorded, 0..recorded.len());
    if !unlike.is_empty() {
        return unlike;
    }
    let freedom = replay.freedom();
    for seed in 1..=SHUFFLES {
        let unlike = replay.unlike(&requests, recorded, shuffled(&freedom, seed));
        if !unlike.is_empty() {
            return unlike;
        }
    }
    Vec::new()
}

impl Replay {
    /// Which orders of its interactions this tape answers.
    fn freedom(&self) -> Freedom {
        let mut freedom = Freedom::of(&self.graph, self.interactions.len());
        // Of one request the answers come as they did: a poll has an order of its own.
        for group in &self.index.groups {
            for pair in group.members.windows(2) {
                freedom.put_before(pair[0], pair[1]);
            }
        }
        freedom
    }

    /// What is not answered as recorded, in a session of its own.
    fn unlike(
        &self,
        requests: &[Request],
        recorded: &[Interaction],
        order: impl IntoIterator<Item = At>,
    ) -> Vec<Unlike> {
        let start = Session::over(&self.interactions, self.graph.start());
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = start;
        let mut unlike = Vec::new();
        for at in order {
            for _ in 0..recorded[at].times {
                let Outcome::Answer(answer) =
                    self.answer(&self.asked(&requests[at]), true, Patience::Spent)
                else {
                    continue;
                };
                if let Some(why) = difference(&recorded[at].answer, answer) {
                    unlike.push(Unlike { id: recorded[at].id.clone(), why });
                    break;
                }
            }
            if unlike.len() >= NAMED {
                break;
            }
        }
        unlike
    }
}

/// Why an answer is not the recorded one.
fn difference(recorded: &Answer, given: Result<Response, BackendError>) -> Option<String> {
    match (recorded, given) {
        (Answer::Http { status, body, .. }, Ok(given)) => {
            if given.status == *status && given.body == *body {
                return None;
            }
            let text = String::from_utf8_lossy(&given.body);
            let begin: String = text.chars().take(200).collect();
            Some(format!("another answer is given: {} {begin}", given.status.as_u16()))
        }
        (Answer::Io(failure), Err(BackendError::Upstream(UpstreamError { kind, .. }))) => {
            let expected = super::failed(*failure).kind;
            (expected != kind).then(|| format!("it fails otherwise: {kind}"))
        }
        (_, Err(BackendError::Miss { report, .. })) => {
            Some(format!("no answer is found: {report}"))
        }
        (_, Err(error)) => Some(format!("no answer is given: {error}")),
        (Answer::Io(_), Ok(given)) => {
            Some(format!("it failed and is answered: {}", given.status.as_u16()))
        }
    }
}

/// One of the orders that a tape answers; `seed` says which.
fn shuffled(freedom: &Freedom, seed: u64) -> Vec<At> {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    freedom.order(|_| {
        // xorshift64
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    })
}

#[cfg(test)]
mod tests;
