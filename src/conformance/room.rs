//! What of a run is told one by one, and what is counted only. A run may be of a million
//! interactions; a report is read.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    mem::size_of,
};

use super::{Body, Exchange, Folded, Played, TapeRun, ledger::any_element, run::OperationCount};
use crate::diff::{Finding, Layer, Outcome};

/// How many interactions a run lists before it begins to choose.
const LISTED: usize = 20_000;
/// How much of them is kept, in bytes, before it begins to choose; and as much again of those that
/// are chosen.
const BYTES: usize = 32 << 20;
/// How many of one kind are chosen.
const OF_A_KIND: usize = 3;
/// How many kinds of a tape are told apart.
const KINDS: usize = 10_000;

/// The room that a run has left, over all of its tapes.
#[derive(Debug)]
pub struct Room {
    listed: usize,
    bytes: usize,
    chosen: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { listed: LISTED, bytes: BYTES, chosen: BYTES }
    }
}

impl Room {
    /// Room for all there is: for who has to look at each later.
    #[must_use]
    pub const fn for_all() -> Self {
        Self { listed: usize::MAX, bytes: usize::MAX, chosen: 0 }
    }
}

/// Puts what is played of one tape into its run.
#[derive(Debug)]
pub(super) struct Keeper<'a> {
    room: &'a mut Room,
    kinds: HashMap<Kind, Known>,
    /// Where kinds that are not told apart are in [`TapeRun::folded`].
    others: HashMap<Outcome, Option<usize>>,
}

/// What is alike: differs in the same places, follows from the same interaction, or was not
/// measured for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    operation: String,
    outcome: Outcome,
    places: BTreeSet<(Layer, String)>,
    because: Option<String>,
}

#[derive(Debug)]
struct Known {
    chosen: usize,
    like: String,
    /// Where it is in [`TapeRun::folded`].
    folded: Option<usize>,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(room: &'a mut Room) -> Self {
        Self { room, kinds: HashMap::new(), others: HashMap::new() }
    }

    /// Puts an interaction into its tape's run, with as much of it as there is room for.
    pub(super) fn put(&mut self, run: &mut TapeRun, played: Played) {
        let bytes = size(&played);
        let room = &mut *self.room;
        if room.listed > 0 && bytes <= room.bytes {
            (room.listed, room.bytes) = (room.listed - 1, room.bytes - bytes);
            run.played.push(played);
            return;
        }
        // From here on a run is chosen from. What was listed before is no example of a kind: its
        // kinds were not kept.
        if matches!(played.outcome, Outcome::Exact | Outcome::Equivalent) {
            return count(run, &played);
        }
        let fits = bytes <= room.chosen;
        let kinds = self.kinds.len();
        let known = match self.kinds.entry(Kind::of(&played)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) if fits && kinds < KINDS => {
                free.insert(Known { chosen: 0, like: played.id.clone(), folded: None })
            }
            Entry::Vacant(_) => {
                return fold(run, &played, None, self.others.entry(played.outcome).or_default());
            }
        };
        if fits && known.chosen < OF_A_KIND {
            known.chosen += 1;
            room.chosen -= bytes;
            run.played.push(played);
        } else {
            fold(run, &played, Some(&known.like), &mut known.folded);
        }
    }
}

impl Kind {
    fn of(played: &Played) -> Self {
        let matter = played.findings.iter().filter(|finding| finding.matters);
        let place = |finding: &Finding| (finding.layer, any_element(&finding.path));
        // What follows from one interaction is alike, wherever it shows.
        let places = match played.root {
            None => matter.map(place).collect(),
            Some(_) => BTreeSet::new(),
        };
        Self {
            operation: played.operation.clone(),
            outcome: played.outcome,
            places,
            because: played.root.clone().or_else(|| played.note.clone()),
        }
    }
}

fn count(run: &mut TapeRun, played: &Played) {
    if !run.counted.contains_key(&played.operation) {
        run.counted.insert(played.operation.clone(), OperationCount::default());
    }
    if let Some(count) = run.counted.get_mut(&played.operation) {
        count.add(played.outcome, &played.tally);
    }
}

/// Adds it to those at this place, which is made where there is none yet.
fn fold(run: &mut TapeRun, played: &Played, like: Option<&String>, at: &mut Option<usize>) {
    count(run, played);
    let at = *at.get_or_insert_with(|| {
        run.folded.push(Folded {
            like: like.cloned(),
            operation: like.map_or_else(String::new, |_| played.operation.clone()),
            outcome: played.outcome,
            count: 0,
            findings: 0,
            note: like.and(played.note.clone()),
        });
        run.folded.len() - 1
    });
    if let Some(folded) = run.folded.get_mut(at) {
        folded.count += 1;
        folded.findings += played.findings.iter().filter(|one| one.matters && !one.follows).count();
    }
}

/// What an interaction takes, about.
fn size(played: &Played) -> usize {
    let of_body = |body: &Body| body.text.len();
    let of_exchange = |one: &Exchange| {
        let answers = one.expected.iter().chain(&one.actual);
        size_of::<Exchange>()
            + of_body(&one.request.body)
            + answers.map(|said| of_body(&said.body)).sum::<usize>()
    };
    let of_finding = |one: &Finding| {
        size_of::<Finding>() + one.path.len() + one.expected.len() + one.actual.len()
    };
    size_of::<Played>()
        + played.id.len()
        + played.note.as_ref().map_or(0, String::len)
        + played.exchanges.iter().map(of_exchange).sum::<usize>()
        + played.findings.iter().map(of_finding).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(number: usize, outcome: Outcome, path: &str) -> Played {
        let finding = Finding {
            layer: Layer::Values,
            path: path.to_owned(),
            expected: "1".to_owned(),
            actual: number.to_string(),
            matters: true,
            follows: false,
        };
        let id = format!("GetItem/t/{number}/1");
        Played {
            outcome,
            findings: vec![finding],
            note: None,
            ..Played::unmeasured(id, "GetItem".to_owned(), String::new())
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_by_its_kind() {
        let mut run = TapeRun::default();
        let mut room = Room::default();
        let mut keeper = Keeper::new(&mut room);
        let many = 100_000;
        for number in 0..many {
            let (outcome, path) = match number % 4 {
                0 => (Outcome::Divergent, format!("$.Items[{number}].n")),
                1 => (Outcome::Divergent, "$.Count".to_owned()),
                2 => (Outcome::Tainted, "$.Count".to_owned()),
                _ => (Outcome::Exact, String::new()),
            };
            keeper.put(&mut run, played(number, outcome, &path));
        }
        assert_eq!(run.played.len(), LISTED + 3 * OF_A_KIND);
        assert!(run.played.iter().map(size).sum::<usize>() < 2 * BYTES);
        let folded: Vec<_> =
            run.folded.iter().map(|one| (one.outcome, one.count, one.findings)).collect();
        let rest = many / 4 - LISTED / 4 - OF_A_KIND;
        let kind = |outcome| (outcome, rest, rest);
        assert_eq!(
            folded,
            [kind(Outcome::Divergent), kind(Outcome::Divergent), kind(Outcome::Tainted)]
        );
        assert!(
            run.folded.iter().all(|one| {
                run.played.iter().any(|played| Some(&played.id) == one.like.as_ref())
            })
        );
        let all = super::super::Run { tapes: vec![run], ..Default::default() };
        assert_eq!(all.total().total(), many);
        assert_eq!(all.total().of(Outcome::Divergent), many / 2);
    }

    #[test]
    fn more_kinds_than_can_be_told_apart_are_one() {
        let mut run = TapeRun::default();
        let mut room = Room { listed: 0, ..Room::default() };
        let mut keeper = Keeper::new(&mut room);
        for number in 0..KINDS + 50 {
            let path = format!("$.Item.a{number}");
            keeper.put(&mut run, played(number, Outcome::Divergent, &path));
        }
        assert_eq!((run.played.len(), run.folded.len()), (KINDS, 1));
        assert_eq!((&run.folded[0].like, run.folded[0].count), (&None, 50));
    }

    #[test]
    fn long_answers_take_the_room_of_many() {
        let mut run = TapeRun::default();
        let mut room = Room::default();
        let mut keeper = Keeper::new(&mut room);
        for number in 0..1_000 {
            let mut one = played(number, Outcome::Divergent, "$.Count");
            one.findings[0].expected = "x".repeat(1 << 20);
            keeper.put(&mut run, one);
        }
        assert!(run.played.len() <= 34, "{}", run.played.len());
        assert_eq!(run.played.len() + run.folded[0].count, 1_000);
    }
}
