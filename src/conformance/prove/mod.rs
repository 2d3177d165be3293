//! Can a comparison fail at all? Expected answers are changed in one place each, and every change
//! has to be reported. A gate that says yes to everything is worse than none.

mod mutate;
mod tape;

pub(super) use self::mutate::{Mutation, mutants};
pub use self::{mutate::Mutant, tape::tape};

/// What became of the changes to one tape or case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// How many changes were tried, by kind.
    pub tried: std::collections::BTreeMap<&'static str, usize>,
    /// Those that were not reported: the kind, and where.
    pub survivors: Vec<(&'static str, String)>,
}

impl Proof {
    /// All changes tried.
    #[must_use]
    pub fn total(&self) -> usize {
        self.tried.values().sum()
    }

    /// Counts a change, and keeps it if it was not reported.
    pub(super) fn count(&mut self, kind: &'static str, place: &str, reported: bool) {
        *self.tried.entry(kind).or_default() += 1;
        if !reported {
            self.survivors.push((kind, place.to_owned()));
        }
    }

    /// Adds what another found.
    pub fn add(&mut self, other: Self) {
        for (kind, count) in other.tried {
            *self.tried.entry(kind).or_default() += count;
        }
        self.survivors.extend(other.survivors);
    }
}
