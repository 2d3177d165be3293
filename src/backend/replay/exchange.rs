//! Which made-up id stands for which recorded one, thought over again.
//!
//! Tests that begin alike, each with a table or an item under an id of its own, cannot be told
//! apart by their first requests: whichever comes first gets the first recorded answer. Where a
//! later request shows that it was another of the recorded tests, the ids change places, and all
//! that was answered so far is answered again in thought; who has to make room finds another place
//! in the same way (an augmenting path of a bipartite matching). Nothing is changed unless every
//! answer that was given stays the one that the tape has for it.

use std::collections::HashSet;

use super::{
    Found, Replay, as_live,
    asked::as_recorded,
    graph::At,
    session::{Given, Session},
};
use crate::{
    cassette::{
        Answer,
        minted::{self, Shape},
    },
    diff::{Subject, compare},
    wire::{Request, Response},
};

/// How many places are tried for one request that has no answer.
const TRIALS: usize = 1_000;

/// How many answers are thought over again to try one.
const RETHOUGHT: usize = 256;

/// How many answers a session may have given in which ids still change places; no more are noted.
pub(super) const LONGEST: usize = 20_000;

/// A made-up id.
type Id = (Shape, String);

/// A search for places.
struct Search<'a> {
    /// What clients were told.
    told: &'a Session,
    /// Recorded ids that are taken, or whose holder finds no other.
    closed: HashSet<Id>,
    trials: usize,
}

/// Why ids cannot change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Not {
    /// The answers given do not fit.
    Fits,
    /// They do, but who is there has nowhere to go.
    Room,
}

/// Who is to stand for whom.
struct Seating {
    /// Live ids and the recorded ones that they are to stand for.
    seated: Vec<(Id, String)>,
    /// Live ids that make room.
    leaving: Vec<Id>,
    /// What was answered to those that are seated, taken back.
    given: Vec<Given>,
}

impl Replay {
    /// The answer to a request that has none as ids are bound, after the ids have changed places.
    pub(super) fn exchanged(&self, request: &Request, session: &mut Session) -> Option<Found> {
        if session.bindings.is_empty() || session.log.len() > LONGEST {
            return None;
        }
        let (groups, mut values) = self.index.unified(request, &self.interactions);
        values.retain(|(shape, _)| *shape != Shape::Token);
        let mut search = Search { told: session, closed: HashSet::new(), trials: 0 };
        let moves = groups.iter().filter_map(|group| {
            let recorded = self.index.values(*group, &self.interactions);
            session.bindings.moves(recorded, &values)
        });
        let mut moves: Vec<_> = moves.collect();
        // Where nobody has to make room first.
        moves.sort_by_key(|moves| moves.values().filter(|to| to.is_none()).count());
        let (trial, found) = moves.into_iter().find_map(|moves| {
            let mut seating =
                Seating { seated: Vec::new(), leaving: Vec::new(), given: Vec::new() };
            for (live, to) in moves {
                match to {
                    Some(to) => seating.seated.push((live, to)),
                    None => seating.leaving.push(live),
                }
            }
            let (told, log) = (search.told, &search.told.log);
            let could_be =
                |(live, to): &(Id, String)| self.could_be(live, &(live.0, to.clone()), log);
            if !seating.seated.iter().all(could_be) {
                return None;
            }
            let mut trial = told.clone();
            let moved: HashSet<_> = seating.seated.iter().map(|(live, _)| live).collect();
            seating.given = self.take_back(&moved, &mut trial)?;
            if seating.given.is_empty() {
                return None;
            }
            let mut trial = self.seat(seating, Some(request), trial, &mut search)?;
            let found = self.found_in(request, &mut trial)?;
            Some((trial, found))
        })?;
        *session = trial;
        Some(found)
    }

    /// Seats ids unless that was tried; remembers what cannot be.
    fn seat(
        &self,
        seating: Seating,
        then: Option<&Request>,
        trial: Session,
        search: &mut Search<'_>,
    ) -> Option<Session> {
        let places: Vec<Id> =
            seating.seated.iter().map(|((shape, _), to)| (*shape, to.clone())).collect();
        let closed = places.iter().any(|place| search.closed.contains(place));
        let fits = seating
            .seated
            .iter()
            .zip(&places)
            .all(|((live, _), to)| self.could_be(live, to, &seating.given));
        if !fits || closed || search.trials == TRIALS {
            return None;
        }
        search.trials += 1;
        search.closed.extend(places.iter().cloned());
        let seated = self.seated(seating, then, trial, search);
        if matches!(seated, Err(Not::Fits)) {
            search.closed.retain(|place| !places.contains(place));
        }
        seated.ok()
    }

    /// Whether the tape has been asked about an id as a live one was, as far as can be told without
    /// trying.
    fn could_be(&self, live: &Id, recorded: &Id, given: &[Given]) -> bool {
        let theirs = given.iter().filter(|given| given.ids.contains(live));
        let asked = theirs.map(|given| {
            let at = self.graph.steps[given.step].at;
            (given.key.0, self.graph.is_write(at))
        });
        self.index.was_asked_so(recorded, asked, &self.interactions)
    }

    /// The session as it would be had these ids stood for those from the beginning, in which the
    /// request that comes then has an answer.
    fn seated(
        &self,
        seating: Seating,
        then: Option<&Request>,
        mut trial: Session,
        search: &mut Search<'_>,
    ) -> Result<Session, Not> {
        // Each with what was answered to it.
        let mut leaving = Vec::new();
        for live in &seating.leaving {
            let given = self.take_back(&HashSet::from([live]), &mut trial).ok_or(Not::Fits)?;
            leaving.push((live, given));
        }
        let bind = seating.seated.into_iter().map(|((shape, live), to)| (shape, to, live));
        trial.bindings.bind(bind.collect());
        for given in &seating.given {
            let request = given.request.as_ref().ok_or(Not::Fits)?;
            let found = self.found_in(request, &mut trial).ok_or(Not::Fits)?;
            let step = |place: usize| self.graph.steps[place].at;
            let (old, new) = (step(given.step), step(found.next.step));
            self.settle(found, request, &mut trial);
            if !self.says_the_same((old, search.told), (new, &mut trial)) {
                return Err(Not::Fits);
            }
        }
        if let Some(then) = then {
            self.found_in(then, &mut trial).ok_or(Not::Fits)?;
        }
        for (live, given) in leaving {
            trial = self.elsewhere_for(live, &given, &trial, search).ok_or(Not::Room)?;
        }
        Ok(trial)
    }

    /// Another place for an id that stands for nothing now, with what was answered to it.
    fn elsewhere_for(
        &self,
        live: &Id,
        given: &[Given],
        session: &Session,
        search: &mut Search<'_>,
    ) -> Option<Session> {
        let first = given.first()?.request.as_ref()?;
        let (groups, mut values) = self.index.unified(first, &self.interactions);
        values.retain(|(shape, _)| *shape != Shape::Token);
        let place = values.iter().position(|value| value == live)?;
        let places = groups.iter().filter_map(|group| {
            let (_, to) = self.index.values(*group, &self.interactions).get(place)?.clone();
            let holder = session.bindings.holder(&(live.0, to.clone()));
            Some((to, holder))
        });
        let mut places: Vec<_> = places.collect();
        places.sort_by_key(|(_, holder)| holder.is_some());
        places.into_iter().find_map(|(to, holder)| {
            let leaving = holder.into_iter().collect();
            let seated = vec![(live.clone(), to)];
            let seating = Seating { seated, leaving, given: given.to_vec() };
            self.seat(seating, None, session.clone(), search)
        })
    }

    /// Takes back what was answered to requests with these ids, which stand for nothing then.
    /// `None` where somebody else was told of it, or it is too much.
    fn take_back(&self, ids: &HashSet<&Id>, session: &mut Session) -> Option<Vec<Given>> {
        let step = |given: &Given| self.graph.steps[given.step];
        let theirs = |given: &Given| given.ids.iter().any(|id| ids.contains(id));
        let mut written: Vec<At> = Vec::new();
        for given in &session.log {
            let at = step(given).at;
            if theirs(given) {
                written.extend(self.graph.is_write(at).then_some(at));
            } else if written.iter().any(|write| self.graph.sees(at, *write)) {
                return None;
            }
        }
        let log = std::mem::take(&mut session.log);
        let (taken, left): (Vec<_>, Vec<_>) = log.into_iter().partition(theirs);
        if taken.len() > RETHOUGHT {
            return None;
        }
        for given in &taken {
            let step = step(given);
            session.served[step.at] -= 1;
            session.take_back(given.key);
            if given.completes {
                self.graph.remove(&mut session.state, step);
            }
        }
        let kept: HashSet<_> = left.iter().flat_map(|given| &given.ids).collect();
        for id in taken.iter().flat_map(|given| &given.ids).filter(|id| !kept.contains(id)) {
            session.bindings.unbind(id);
        }
        session.log = left;
        session.spent.clear();
        Some(taken)
    }

    fn found_in(&self, request: &Request, session: &mut Session) -> Option<Found> {
        let recorded_form = as_recorded(request, session);
        let live = self.asked(request);
        let recorded_form = recorded_form.as_ref().map(|request| self.asked(request));
        self.find(recorded_form.as_ref().unwrap_or(&live), &live, session)
    }

    /// Whether a client that was given the one answer could have been given the other. What the
    /// service made up in it, such as a table's id, is from now on what the client was told.
    fn says_the_same(&self, (old, was): (At, &Session), (new, is): (At, &mut Session)) -> bool {
        let (was_told, recorded) =
            match (&self.interactions[old].answer, &self.interactions[new].answer) {
                _ if old == new => return true,
                (
                    Answer::Http { status, body, .. },
                    Answer::Http { status: now, body: new, .. },
                ) => (Response::new(*status, as_live(body, was)), Response::new(*now, new.clone())),
                (one, other) => return one == other,
            };
        let would_be = Response::new(recorded.status, as_live(&recorded.body, is));
        let operation = self.interactions[new].target.operation();
        let subject = Subject { operation, exact: true, ..Subject::default() };
        let told = minted::values(&was_told.body);
        let same = compare(subject, &was_told, &would_be).findings.iter().all(|one| !one.matters);
        let pairs = minted::values(&recorded.body).into_iter().zip(told);
        for (recorded, live) in pairs.filter(|(old, now)| old.0 == now.0 && old.0.is_identity()) {
            if is.bindings.are_free(&recorded, &live) {
                is.bindings.bind(vec![(recorded.0, recorded.1, live.1)]);
            }
        }
        same
    }
}
