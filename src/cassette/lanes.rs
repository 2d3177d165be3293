//! One tape of several recorders' that stood before one engine at the same time, each with calls
//! of its own: their lanes. Each call of a lane says when it was made ([`AT`]).
//!
//! Calls are put into the order of their answers. Where one was answered before another was asked,
//! that is the order in which the engine did them, as far as the recorders' clocks agree. Calls
//! that overlap the engine may have done in either order; where it matters, they are counted.

use std::collections::HashMap;

use super::{
    Cassette, Following, Interaction, MatchKey, Resource, Unknown, merge::concatenated_header,
};
use crate::wire::json::{Json, Value};

/// The member that says when a call was made: microseconds since 1970, when it was asked and when
/// it was answered.
pub const AT: &str = "at";

/// When a call was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// When it was answered.
    pub answered: u64,
    /// When it was asked.
    pub asked: u64,
}

impl Span {
    /// Puts it among the members of an interaction.
    pub fn put(self, members: &mut Unknown) {
        members.push((AT.to_owned(), format!("[{},{}]", self.asked, self.answered)));
    }

    /// Takes it out of the members of an interaction.
    fn take(members: &mut Unknown) -> Option<Self> {
        let at = members.iter().position(|(name, _)| name == AT)?;
        let json = Json::parse(members.remove(at).1).ok()?;
        let number = |value: Value<'_>| value.as_number()?.parse().ok();
        let mut both = json.root().elements().map(number);
        let (asked, answered) = (both.next()??, both.next()??);
        (asked <= answered && both.next().is_none()).then_some(Self { answered, asked })
    }
}

/// One tape of several lanes.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    /// The tape. It does not say any more when its calls were made.
    pub cassette: Cassette,
    /// Calls that overlap one of another lane which looks at what they change, or changes what they
    /// look at: that they were done in this order is a guess.
    pub doubtful: Vec<String>,
}

/// A call that does not say when it was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{id} does not say when it was made: each lane has to be recorded with --lane")]
pub struct Untimed {
    /// Which lane, from 0.
    pub lane: usize,
    /// The call.
    pub id: String,
}

/// Puts the calls of several recorders into one tape.
///
/// # Errors
///
/// When one of them does not say when it was made.
pub fn lanes(tapes: Vec<Cassette>) -> Result<Lanes, Untimed> {
    let mut whole = Cassette::default();
    let mut calls: Vec<(Span, usize, Interaction)> = Vec::new();
    for (lane, tape) in tapes.into_iter().enumerate() {
        let own = whole.header.from.region.clone();
        let mut tape = match own {
            Some(own) => tape.in_terms_of(&own).into_owned(),
            None => tape,
        };
        for mut call in std::mem::take(&mut tape.interactions) {
            let Some(span) = Span::take(&mut call.extra) else {
                return Err(Untimed { lane, id: call.id });
            };
            calls.push((span, lane, call));
        }
        whole = if lane == 0 { tape } else { concatenated_header(&whole, &tape) };
    }
    // Stable: calls of one instant stay in the order of their lanes.
    calls.sort_by_key(|(span, ..)| *span);
    let mut spans = Vec::with_capacity(calls.len());
    for (span, lane, call) in calls {
        spans.push((span, lane));
        whole.interactions.push(call);
    }
    whole.renumber();
    let doubtful = doubtful(&whole, &spans);
    whole.fold_repeats();
    whole.renumber();
    Ok(Lanes { cassette: whole, doubtful })
}

/// The latest answers about a resource, of two lanes: one of them is another's than a call's own.
#[derive(Clone, Copy, Debug, Default)]
struct Latest([Option<(u64, usize)>; 2]);

impl Latest {
    fn add(&mut self, answered: u64, lane: usize) {
        // Answers come in order.
        if self.0[0].is_none_or(|(_, latest)| latest != lane) {
            self.0[1] = self.0[0];
        }
        self.0[0] = Some((answered, lane));
    }

    /// Whether another lane was answered after this was asked.
    fn overlaps(&self, asked: u64, lane: usize) -> bool {
        self.0.iter().flatten().any(|(answered, other)| *other != lane && *answered > asked)
    }
}

fn doubtful(tape: &Cassette, spans: &[(Span, usize)]) -> Vec<String> {
    let mut following = Following::of(tape);
    let (mut watched, mut touched): (HashMap<Resource, Latest>, HashMap<Resource, Latest>) =
        Default::default();
    let mut doubtful = Vec::new();
    for (call, (span, lane)) in tape.interactions.iter().zip(spans) {
        let request = call.to_request();
        let footprint = following.next(call, &request, || MatchKey::canonical(&request));
        let overlaps = |latest: &HashMap<Resource, Latest>, resources: &[Resource]| {
            let mut known = resources.iter().filter_map(|resource| latest.get(resource));
            known.any(|latest| latest.overlaps(span.asked, *lane))
        };
        if overlaps(&touched, &footprint.watches) || overlaps(&watched, &footprint.touches) {
            doubtful.push(call.id.clone());
        }
        for (latest, resources) in
            [(&mut watched, footprint.watches), (&mut touched, footprint.touches)]
        {
            for resource in resources {
                latest.entry(resource).or_default().add(span.answered, *lane);
            }
        }
    }
    doubtful
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cassette::{Answer, KeyAttribute, TableSchema},
        wire::{Operation, Target},
    };

    /// A lane: operation, key, when it was asked and answered.
    fn lane(calls: &[(Operation, &str, u64, u64)]) -> Cassette {
        let mut tape = Cassette::default();
        let key = KeyAttribute { name: "id".to_owned(), kind: "S".to_owned(), sort: false };
        let schema = TableSchema { key: vec![key], ..TableSchema::default() };
        tape.header.tables.push(("tab".to_owned(), schema));
        for (operation, key, asked, answered) in calls {
            let member = if *operation == Operation::PutItem { "Item" } else { "Key" };
            let body = format!(r#"{{"TableName":"tab","{member}":{{"id":{{"S":"{key}"}}}}}}"#);
            let answer = Answer::Http {
                status: http::StatusCode::OK,
                headers: Vec::new(),
                body: "{}".into(),
            };
            let mut one = Interaction::new(Target::Known(*operation), body.into(), answer);
            Span { asked: *asked, answered: *answered }.put(&mut one.extra);
            tape.interactions.push(one);
        }
        tape.renumber();
        tape
    }

    fn order(tape: &Cassette) -> String {
        let key = |one: &Interaction| {
            let body = String::from_utf8_lossy(&one.request).into_owned();
            let key = body.split("\"S\":\"").nth(1).and_then(|rest| rest.split('"').next());
            format!("{}{} ", &one.target.name()[..1], key.unwrap_or_default())
        };
        tape.interactions.iter().map(key).collect()
    }

    use Operation::{GetItem, PutItem};

    #[test]
    fn calls_of_all_lanes_come_in_the_order_of_their_answers() {
        let one = lane(&[(PutItem, "a", 10, 20), (GetItem, "b", 50, 60)]);
        let other = lane(&[(PutItem, "b", 30, 40), (PutItem, "c", 70, 80)]);
        let merged = lanes(vec![one, other]).expect("timed");
        assert_eq!(order(&merged.cassette), "Pa Pb Gb Pc ");
        assert_eq!(merged.doubtful, Vec::<String>::new());
        assert!(merged.cassette.interactions.iter().all(|one| one.extra.is_empty()));
        assert!(merged.cassette.interactions[1].id.ends_with("/1"));
    }

    #[test]
    fn what_overlaps_and_has_to_do_with_each_other_is_told() {
        let tapes = |from| {
            vec![
                lane(&[(PutItem, "a", 10, 20), (PutItem, "c", 60, 90)]),
                lane(&[(GetItem, "a", from, 40), (PutItem, "b", 60, 91)]),
            ]
        };
        assert_eq!(lanes(tapes(15)).expect("timed").doubtful.len(), 1);
        assert_eq!(lanes(tapes(21)).expect("timed").doubtful.len(), 0, "one after the other");
        // A lane knows the order of its own calls.
        let alone = lane(&[(PutItem, "a", 10, 20), (GetItem, "a", 15, 40)]);
        assert_eq!(lanes(vec![alone]).expect("timed").doubtful.len(), 0);
    }

    #[test]
    fn an_answer_that_stayed_the_same_is_told_once() {
        let one = lane(&[(GetItem, "a", 10, 20), (GetItem, "a", 50, 60)]);
        let other = lane(&[(GetItem, "a", 30, 40), (PutItem, "a", 70, 80)]);
        let merged = lanes(vec![one, other]).expect("timed");
        assert_eq!(order(&merged.cassette), "Ga Pa ");
        assert_eq!(merged.cassette.interactions[0].times, 3);
    }

    #[test]
    fn a_tape_that_is_no_lane_is_refused() {
        let one = lane(&[(GetItem, "a", 10, 20)]);
        let mut other = one.clone();
        other.interactions[0].extra.clear();
        let error = lanes(vec![one, other]).expect_err("untimed");
        assert_eq!(error.lane, 1);
    }
}
