//! Which state of the database each recorded answer belongs to.
//!
//! The version of an interaction is the set of writes that came before it and that its answer may
//! depend on. A replay keeps the set of writes that were made again; the two are equal exactly
//! where the recorded answer is the right one. Sets are kept as the exclusive or of a random
//! number for each write, so comparing two, or adding a write, costs the same however many there
//! are; that two sets of a tape collide in 128 bits is not to be expected in the age of the world.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::cassette::{Cassette, Footprint, Resource};

/// A set of writes.
pub(super) type Version = u128;

/// The place of an interaction in the tape.
pub(super) type At = usize;

/// What a request watches, as the place in a list of all that is watched.
pub(super) type Watch = usize;

/// Answers of an interaction in one version. A write that was recorded several times in a row is
/// two steps: after the first, and until the last, the state is one that nothing was read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at: At,
    /// The version that it came upon.
    pub(super) version: Version,
    /// How many writes are in that.
    pub(super) writes: u64,
    /// How many answers were given.
    pub(super) answers: u64,
    /// What the last of them adds to a version; none, if nothing was changed.
    pub(super) adds: Option<Version>,
}

/// The versions of a tape.
#[derive(Debug)]
pub(super) struct Graph {
    /// Every step, in the order recorded.
    pub(super) steps: Vec<Step>,
    /// What each interaction watches.
    pub(super) watch: Vec<Watch>,
    /// The first step of each interaction.
    pub(super) first: Vec<usize>,
    /// The watches that a write is seen by.
    seen_by: Vec<Vec<Watch>>,
    watches: usize,
}

impl Graph {
    /// The versions of a tape whose interactions have these footprints.
    pub(super) fn new(cassette: &Cassette, footprints: &[Footprint]) -> Self {
        let mut ids: HashMap<&[Resource], Watch> = HashMap::new();
        let mut watching: HashMap<&Resource, Vec<Watch>> = HashMap::new();
        let mut watch = Vec::with_capacity(footprints.len());
        for footprint in footprints {
            let next = ids.len();
            let id = *ids.entry(&footprint.watches).or_insert(next);
            if id == next {
                for resource in &footprint.watches {
                    watching.entry(resource).or_default().push(id);
                }
            }
            watch.push(id);
        }
        let seen_by: Vec<Vec<Watch>> = footprints
            .iter()
            .map(|footprint| {
                let touched = footprint.touches.iter().filter_map(|one| watching.get(one));
                let mut seen_by: Vec<_> = touched.flatten().copied().collect();
                seen_by.sort_unstable();
                seen_by.dedup();
                seen_by
            })
            .collect();
        let mut graph =
            Self { steps: Vec::new(), watch, first: Vec::new(), seen_by, watches: ids.len() };
        let mut state = graph.start();
        for (at, interaction) in cassette.interactions.iter().enumerate() {
            let answers = u64::from(interaction.times);
            let is_write = footprints[at].is_write();
            let parts = match (is_write, answers) {
                (false, _) => vec![(answers, None)],
                (true, 1) => vec![(1, Some(number(at, 0)))],
                (true, _) => {
                    let (first, whole) = (number(at, 1), number(at, 0));
                    vec![(1, Some(first)), (answers - 1, Some(first ^ whole))]
                }
            };
            graph.first.push(graph.steps.len());
            for (answers, adds) in parts {
                let watch = graph.watch[at];
                let (version, writes) = (state.of(watch), state.writes(watch));
                let step = Step { at, version, writes, answers, adds };
                graph.steps.push(step);
                graph.add(&mut state, step);
            }
        }
        graph
    }

    /// How many things are watched.
    pub(super) fn watches(&self) -> usize {
        self.watches
    }

    /// The watches that see what was written there; none, if nothing was.
    pub(super) fn seen_by(&self, at: At) -> &[Watch] {
        if self.is_write(at) { &self.seen_by[at] } else { &[] }
    }

    /// The state before anything is written.
    pub(super) fn start(&self) -> State {
        State { versions: vec![(0, 0); self.watches] }
    }

    /// Makes a step's write part of a state.
    pub(super) fn add(&self, state: &mut State, step: Step) {
        if let Some(adds) = step.adds {
            for watch in &self.seen_by[step.at] {
                let (version, writes) = &mut state.versions[*watch];
                *version ^= adds;
                *writes += 1;
            }
        }
    }

    /// Takes a step's write out of a state again.
    pub(super) fn remove(&self, state: &mut State, step: Step) {
        if let Some(adds) = step.adds {
            for watch in &self.seen_by[step.at] {
                let (version, writes) = &mut state.versions[*watch];
                *version ^= adds;
                *writes -= 1;
            }
        }
    }

    /// Whether the interaction changed anything.
    pub(super) fn is_write(&self, at: At) -> bool {
        self.steps[self.first[at]].adds.is_some()
    }

    /// Whether the answer at one place may depend on the write at the other.
    pub(super) fn sees(&self, reader: At, writer: At) -> bool {
        self.seen_by[writer].binary_search(&self.watch[reader]).is_ok()
    }
}

/// What has been written: for each watch, the set of writes that it sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    versions: Vec<(Version, u64)>,
}

impl State {
    pub(super) fn of(&self, watch: Watch) -> Version {
        self.versions[watch].0
    }

    /// How many writes a watch sees.
    pub(super) fn writes(&self, watch: Watch) -> u64 {
        self.versions[watch].1
    }
}

/// A number that no other write of the tape has, and the same in every replay.
fn number(at: At, part: u32) -> Version {
    let mut hash = Sha256::new();
    hash.update(at.to_be_bytes());
    hash.update(part.to_be_bytes());
    let digest = hash.finalize();
    digest[..16].iter().fold(0, |number, byte| number << 8 | Version::from(*byte))
}
