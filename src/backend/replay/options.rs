//! What a replay does where a recording leaves a choice.

use std::time::Duration;

use super::Latency;

/// How a replay goes about what was recorded.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What a read is answered that was answered several times in one state.
    pub polls: Polls,
    /// What a read is answered that is asked more often than it was recorded.
    pub repeats: Repeats,
    /// Whether attempts that were throttled are so again.
    pub retries: Retries,
    /// How long a request waits for another client's write that came before it in the recording.
    pub causal_wait: Duration,
    /// How long answers take.
    pub latency: Latency,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            polls: Polls::Last,
            repeats: Repeats::Last,
            retries: Retries::Fast,
            causal_wait: Duration::from_millis(250),
            latency: Latency::None,
        }
    }
}

/// Several answers to one read, with no recorded write between them: somebody waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polls {
    /// The last one at once: a program that waits for a table to be ACTIVE need not.
    Last,
    /// One after the other, as recorded.
    Faithful,
}

/// A read beyond those recorded in its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// The last answer again.
    Last,
    /// The first one again.
    First,
    /// All of them again, from the first.
    Cycle,
    /// A miss.
    Strict,
}

/// Attempts of one SDK call that failed in the recording and were repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// They are left out: the call succeeds at once.
    Fast,
    /// They fail again.
    Faithful,
}
