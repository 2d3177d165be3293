//! How long a replay lets its clients wait: a program that copes with answers at once may not cope
//! with those that take their time.

use std::{str::FromStr, time::Duration};

use crate::cassette::Interaction;

/// How long an answer takes. Nothing that was not recorded takes any time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Latency {
    /// None at all.
    #[default]
    None,
    /// As long as in the recording, times this.
    Recorded(f64),
    /// Always as long.
    Fixed(Duration),
}

impl Latency {
    /// How long the answer of an interaction takes; `None` where nobody has to wait.
    #[must_use]
    pub fn of(self, interaction: &Interaction) -> Option<Duration> {
        let time = match self {
            Self::None => return None,
            Self::Recorded(factor) => Duration::from(interaction.took?).mul_f64(factor),
            Self::Fixed(time) => time,
        };
        (!time.is_zero()).then_some(time)
    }
}

impl FromStr for Latency {
    type Err = BadLatency;

    fn from_str(text: &str) -> Result<Self, BadLatency> {
        if text == "recorded" {
            return Ok(Self::Recorded(1.0));
        }
        if let Some(factor) = text.strip_prefix('x') {
            let factor = factor.parse().ok().filter(|factor| (0.0..=1_000.0).contains(factor));
            return factor.map(Self::Recorded).ok_or(BadLatency);
        }
        let millis = text.parse::<u32>().map_err(|_| BadLatency)?;
        Ok(Self::Fixed(Duration::from_millis(millis.into())))
    }
}

/// A text that is no latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a latency is `recorded`, a factor of that such as x0.5 (up to x1000), or milliseconds")]
pub struct BadLatency;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::Instant;

    use super::*;
    use crate::{
        backend::{
            Backend as _,
            replay::{Options, Replay},
        },
        cassette::{Answer, Cassette, Took},
        clock::SystemClock,
        wire::{Operation, Request, Target},
    };

    #[test]
    fn what_is_said_is_what_is_meant() {
        let read = |text: &str| text.parse::<Latency>();
        assert_eq!(read("recorded"), Ok(Latency::Recorded(1.0)));
        assert_eq!(read("x0.25"), Ok(Latency::Recorded(0.25)));
        assert_eq!(read("30"), Ok(Latency::Fixed(Duration::from_millis(30))));
        for wrong in ["", "x", "x-1", "xNaN", "x1e9", "-1", "2s", "Recorded"] {
            assert_eq!(read(wrong), Err(BadLatency), "{wrong}");
        }
    }

    /// How long the tape's read and then something else take, at a clock that is moved.
    async fn taken(latency: Latency) -> [u128; 2] {
        let answer = Answer::Http {
            status: http::StatusCode::OK,
            headers: Vec::new(),
            body: bytes::Bytes::from_static(b"{}"),
        };
        let mut one = crate::cassette::Interaction::new(
            Target::Known(Operation::GetItem),
            bytes::Bytes::from_static(b"{}"),
            answer,
        );
        one.took = Some(Took::of(Duration::from_millis(400)));
        let mut tape = Cassette { interactions: vec![one], ..Cassette::default() };
        tape.renumber();
        let options = Options { latency, causal_wait: Duration::ZERO, ..Options::default() };
        let replay = Replay::with(tape, options, Arc::new(SystemClock), String::new());
        let mut taken = [0; 2];
        for (at, operation) in [Operation::GetItem, Operation::PutItem].into_iter().enumerate() {
            let start = Instant::now();
            let answer = replay.call(Request::of(operation, "{}")).await;
            assert_eq!(answer.is_ok(), at == 0);
            taken[at] = start.elapsed().as_millis();
        }
        taken
    }

    #[tokio::test(start_paused = true)]
    async fn answers_take_as_long_as_asked_for_and_misses_none() {
        assert_eq!(taken(Latency::None).await, [0, 0]);
        assert_eq!(taken(Latency::Recorded(1.0)).await, [500, 0]);
        assert_eq!(taken(Latency::Recorded(0.5)).await, [250, 0]);
        assert_eq!(taken(Latency::Recorded(0.0)).await, [0, 0]);
        assert_eq!(taken(Latency::Fixed(Duration::from_millis(30))).await, [30, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_done_when_it_is_asked_for_and_not_when_its_answer_comes() {
        let text = r#"{"tape":1}

{"id":"PutItem/t","ms":500,"request":{"TableName":"t","Item":{"a":{"S":"1"}}},"response":{}}

{"id":"GetItem/t","ms":20,"request":{"TableName":"t","Key":{"a":{"S":"1"}}},"response":{"Item":{"a":{"S":"1"}}}}"#;
        let tape = crate::cassette::read(text).expect("a tape").0;
        let requests: Vec<_> = tape.interactions.iter().map(|one| one.to_request()).collect();
        let options = Options { latency: Latency::Recorded(1.0), ..Options::default() };
        let replay = Replay::with(tape, options, Arc::new(SystemClock), String::new());
        let start = Instant::now();
        let put = replay.call(requests[0].clone());
        let get = replay.call(requests[1].clone());
        get.await.expect("recorded");
        assert_eq!(start.elapsed().as_millis(), 20);
        put.await.expect("recorded");
        assert_eq!(start.elapsed().as_millis(), 500);
    }
}
