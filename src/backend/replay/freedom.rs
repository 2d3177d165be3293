//! In which orders a tape's interactions can come without any being answered otherwise.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::graph::{At, Graph};
use crate::{
    cassette::{Cassette, MatchKey, footprints_by},
    wire::Request,
};

/// What has to come before what. Between all the writes that a watch sees and all the reads after
/// them stands a point, so that what has to be kept grows with the tape and not with its square.
#[derive(Debug)]
pub(in crate::backend) struct Freedom {
    interactions: usize,
    /// For each interaction, and each point after them, what it has to come before.
    before: Vec<Vec<usize>>,
}

/// What a watch has seen: writes, and after them reads.
#[derive(Clone, Debug, Default)]
struct Phase {
    writes: Vec<usize>,
    /// The point after the writes, once something was read.
    written: Option<usize>,
    reads: Vec<usize>,
    /// The point after the reads of the phase before.
    begin: Option<usize>,
}

impl Freedom {
    /// What has to come before what in a tape with these requests, whose canonical keys these are.
    pub(in crate::backend) fn of_tape(
        cassette: &Cassette,
        requests: &[Request],
        keys: &[MatchKey],
    ) -> Self {
        let footprints = footprints_by(cassette, requests, keys);
        Self::of(&Graph::new(cassette, &footprints), requests.len())
    }

    pub(super) fn of(graph: &Graph, interactions: usize) -> Self {
        let mut freedom = Self { interactions, before: vec![Vec::new(); interactions] };
        let mut phases: Vec<Phase> = vec![Phase::default(); graph.watches()];
        for at in 0..interactions {
            let own = graph.watch[at];
            // The read comes first: what a write depends on is the state that it came upon.
            freedom.read(&mut phases[own], at);
            for watch in graph.seen_by(at) {
                freedom.write(&mut phases[*watch], at, *watch == own);
            }
        }
        freedom
    }

    fn read(&mut self, phase: &mut Phase, at: At) {
        let written = match phase.written {
            Some(point) => point,
            None => {
                let writes = std::mem::take(&mut phase.writes);
                let point = self.point(phase.begin.into_iter().chain(writes));
                *phase.written.insert(point)
            }
        };
        self.put_before(written, at);
        phase.reads.push(at);
    }

    /// A write that reads its own state comes after all other reads of the phase and is the last
    /// read of the next.
    fn write(&mut self, phase: &mut Phase, at: At, reads: bool) {
        if reads || phase.written.is_some() {
            let others = std::mem::take(&mut phase.reads).into_iter().filter(|read| *read != at);
            let point = self.point(phase.written.into_iter().chain(others));
            *phase = Phase { begin: Some(point), ..Phase::default() };
        }
        if let Some(point) = phase.begin {
            self.put_before(point, at);
        }
        phase.writes.push(at);
        if reads {
            let writes = std::mem::take(&mut phase.writes);
            let point = self.point(phase.begin.into_iter().chain(writes));
            phase.written = Some(point);
        }
    }

    fn point(&mut self, after: impl IntoIterator<Item = usize>) -> usize {
        let point = self.before.len();
        self.before.push(Vec::new());
        for one in after {
            self.put_before(one, point);
        }
        point
    }

    /// Has one come before another, besides.
    pub(in crate::backend) fn put_before(&mut self, one: usize, other: usize) {
        self.before[one].push(other);
    }

    /// An order in which nothing comes before what it needs: of those that may come, the one of
    /// the lowest rank does.
    pub(in crate::backend) fn order<R: Ord>(&self, mut rank: impl FnMut(At) -> R) -> Vec<At> {
        let mut needs = vec![0_usize; self.before.len()];
        for after in self.before.iter().flatten() {
            needs[*after] += 1;
        }
        // A point stands for nothing and keeps nobody waiting.
        let mut ranked =
            |node: usize| Reverse(((node < self.interactions).then(|| rank(node)), node));
        let free = (0..needs.len()).filter(|node| needs[*node] == 0);
        let mut free: BinaryHeap<_> = free.map(&mut ranked).collect();
        let mut order = Vec::with_capacity(self.interactions);
        while let Some(Reverse((_, node))) = free.pop() {
            if node < self.interactions {
                order.push(node);
            }
            for after in &self.before[node] {
                needs[*after] -= 1;
                if needs[*after] == 0 {
                    free.push(ranked(*after));
                }
            }
        }
        order
    }
}
