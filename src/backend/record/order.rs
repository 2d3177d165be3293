//! Recording a program again whose calls run side by side: what has nothing to do with each other
//! came in another order this time, and is put into that of the old tape.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use crate::cassette::{Cassette, Interaction, MatchKey, Resource, footprints};
use crate::wire::Request;

/// The place of an interaction, or of a point between two groups of them.
type Node = usize;

/// What happened last to a resource.
enum Phase {
    /// It was looked at, by any number of interactions, all after this point.
    Read(Node, Vec<Node>),
    /// It was changed by interactions that did not look at it.
    Written(Node, Vec<Node>),
    /// One interaction looked at it and changed it.
    Both(Node),
}

/// What has to come before what.
struct Before {
    after: Vec<Vec<Node>>,
    /// How many each waits for.
    waits_for: Vec<usize>,
}

impl Before {
    fn edge(&mut self, first: Node, then: Node) {
        if first != then {
            self.after[first].push(then);
            self.waits_for[then] += 1;
        }
    }

    /// A point after all of these. With it two groups of which each comes after all of the other
    /// cost as many edges as they have members, not the product.
    fn point(&mut self, group: &[Node]) -> Node {
        let point = self.after.len();
        self.after.push(Vec::new());
        self.waits_for.push(0);
        for node in group {
            self.edge(*node, point);
        }
        point
    }

    fn of(cassette: &Cassette, requests: &[Request]) -> Self {
        let count = requests.len();
        let mut before = Self { after: vec![Vec::new(); count], waits_for: vec![0; count] };
        let footprints = footprints(cassette, requests);
        let mut phases: HashMap<&Resource, Phase> = HashMap::new();
        let mut same: HashMap<MatchKey, Node> = HashMap::new();
        for (at, footprint) in footprints.iter().enumerate() {
            // Answers to one request keep their order, and so their numbers.
            if let Some(earlier) = same.insert(MatchKey::canonical(&requests[at]), at) {
                before.edge(earlier, at);
            }
            let watched = footprint.watches.iter().map(|one| (one, true));
            let touched = footprint.touches.iter().map(|one| (one, false));
            for (resource, watches) in watched.chain(touched) {
                let touches = footprint.touches.binary_search(resource).is_ok();
                if !watches && footprint.watches.binary_search(resource).is_ok() {
                    continue; // done with what is watched
                }
                let phase = phases.remove(resource);
                let next = before.next(phase, at, watches, touches);
                phases.insert(resource, next);
            }
        }
        before
    }

    fn next(&mut self, phase: Option<Phase>, at: Node, watches: bool, touches: bool) -> Phase {
        let (point, mut group) = match (phase, watches && touches, watches) {
            (phase, true, _) => {
                let group = match phase {
                    None => Vec::new(),
                    Some(Phase::Both(last)) => vec![last],
                    Some(Phase::Read(point, mut group) | Phase::Written(point, mut group)) => {
                        group.push(point);
                        group
                    }
                };
                for last in group {
                    self.edge(last, at);
                }
                return Phase::Both(at);
            }
            (Some(Phase::Read(point, group)), _, true)
            | (Some(Phase::Written(point, group)), _, false) => (point, group),
            (Some(Phase::Read(point, mut group) | Phase::Written(point, mut group)), ..) => {
                group.push(point);
                (self.point(&group), Vec::new())
            }
            (Some(Phase::Both(last)), ..) => (self.point(&[last]), Vec::new()),
            (None, ..) => (self.point(&[]), Vec::new()),
        };
        self.edge(point, at);
        group.push(at);
        if watches { Phase::Read(point, group) } else { Phase::Written(point, group) }
    }
}

/// Puts the interactions into the order of the old tape as far as that changes no answer; what is
/// new stays behind what it came after.
pub(super) fn as_before(new: &mut Cassette, old: &Cassette) {
    let places: HashMap<&str, usize> =
        old.interactions.iter().enumerate().map(|(at, one)| (one.id.as_str(), at + 1)).collect();
    let requests: Vec<Request> = new.interactions.iter().map(Interaction::to_request).collect();
    let count = requests.len();
    let mut anchor = 0;
    let wanted: Vec<(usize, bool)> = new
        .interactions
        .iter()
        .map(|one| match places.get(one.id.as_str()) {
            Some(place) => {
                anchor = *place;
                (anchor, false)
            }
            None => (anchor, true),
        })
        .collect();
    if wanted.is_sorted() {
        return;
    }
    let mut before = Before::of(new, &requests);
    let rank = |node: Node| match wanted.get(node) {
        Some(wanted) => Reverse((true, *wanted, node)),
        // A point stands for nothing and keeps nobody waiting.
        None => Reverse((false, (0, false), node)),
    };
    let free = (0..before.after.len()).filter(|node| before.waits_for[*node] == 0);
    let mut ready: BinaryHeap<_> = free.map(rank).collect();
    let mut taken: Vec<Option<Interaction>> = new.interactions.drain(..).map(Some).collect();
    while let Some(Reverse((_, _, node))) = ready.pop() {
        if node < count {
            new.interactions.extend(taken[node].take());
        }
        for then in std::mem::take(&mut before.after[node]) {
            before.waits_for[then] -= 1;
            if before.waits_for[then] == 0 {
                ready.push(rank(then));
            }
        }
    }
    // Edges lead from what was recorded earlier to what was recorded later, so there is no circle
    // and nothing is left; should a footprint ever lie, nothing is lost either.
    new.interactions.extend(taken.into_iter().flatten());
}
