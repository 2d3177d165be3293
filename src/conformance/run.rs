//! What playing gave: the only thing that reports see.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::Exchange;
use crate::diff::{Finding, Layer, Outcome, Tally};

/// What was played at a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Material {
    /// Tapes of recorded interactions.
    #[default]
    Tapes,
    /// Files of conformance cases.
    Cases,
}

impl Material {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tapes, Self::Cases];

    /// The name written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tapes => "tapes",
            Self::Cases => "cases",
        }
    }
}

/// One target, all tapes (or files of cases) played at it.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What was asked: `emulator`, or a URL.
    pub target: String,
    /// What was played.
    pub material: Material,
    /// The day (ISO date).
    pub on: String,
    /// The version of dynatape that played.
    pub version: String,
    /// The arguments that ask the same target in the same way.
    pub again: Vec<String>,
    /// The tapes, in the order played.
    pub tapes: Vec<TapeRun>,
}

/// One tape played.
#[derive(Clone, Debug, Default)]
pub struct TapeRun {
    /// The tape's name: its path, or path and sequence.
    pub name: String,
    /// The file that it is in.
    pub file: String,
    /// What ledgers call it: the same wherever it is played from.
    pub key: String,
    /// Where it was recorded.
    pub from: String,
    /// What had to be there before the first request: tables made, items put.
    pub prepared: Vec<String>,
    /// Lines or objects of the file that hold nothing to play.
    pub skipped: usize,
    /// Requests that the target gave no answer to.
    pub unanswered: usize,
    /// The layers that the recorded answers have something of.
    pub offers: BTreeSet<Layer>,
    /// The interactions, in the order played.
    pub played: Vec<Played>,
    /// Interactions that are counted only, by operation: of a shadow's, which go on and on, those
    /// that there is nothing to tell of.
    pub counted: BTreeMap<String, OperationCount>,
    /// Of those counted, the ones that something could be told of: many like one that is listed.
    pub folded: Vec<Folded>,
}

/// Interactions that differ as one that is listed does, or were not measured for its reason. They
/// are counted in [`TapeRun::counted`], and stand for themselves nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The id of the one that is listed; none: more kinds than are told apart.
    pub like: Option<String>,
    /// The operation's name; empty where kinds are not told apart.
    pub operation: String,
    /// What became of them.
    pub outcome: Outcome,
    /// How many they are.
    pub count: usize,
    /// How many findings that matter, and do not follow from others, they have.
    pub findings: usize,
    /// As of [`Played::note`].
    pub note: Option<String>,
}

/// One interaction played.
#[derive(Clone, Debug)]
pub struct Played {
    /// The interaction's id in its tape.
    pub id: String,
    /// The operation's name.
    pub operation: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The differences found.
    pub findings: Vec<Finding>,
    /// What was compared.
    pub tally: Tally,
    /// Why the outcome is what it is, where the findings do not say it: why it was not measured,
    /// or is accepted.
    pub note: Option<String>,
    /// What was asked and answered; nothing where both answers are exactly the same.
    pub exchanges: Vec<Exchange>,
    /// The interaction that this one's differences follow from.
    pub root: Option<String>,
}

impl Played {
    /// One that was not measured, and why.
    #[must_use]
    pub fn unmeasured(id: String, operation: String, note: String) -> Self {
        Self {
            id,
            operation,
            outcome: Outcome::NotMeasured,
            findings: Vec::new(),
            tally: Tally::default(),
            note: Some(note),
            exchanges: Vec::new(),
            root: None,
        }
    }
}

/// The name of a finding, the same in every run: of the tape or the file of cases, the
/// interaction or the case, the layer and the path. What the answers are is not in it.
#[must_use]
pub fn finding_id(tape: &str, interaction: &str, finding: &Finding) -> String {
    let mut hash = Sha256::new();
    let tape = tape.strip_prefix("./").unwrap_or(tape);
    for part in [tape, interaction, finding.layer.name(), &finding.path] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

/// Outcomes and comparisons of one operation.
#[derive(Clone, Debug, Default)]
pub struct OperationCount {
    /// Interactions by outcome, in the order of [`Outcome::ALL`].
    pub outcomes: [usize; Outcome::ALL.len()],
    /// Comparisons by layer.
    pub tally: Tally,
}

impl OperationCount {
    /// Interactions with this outcome.
    #[must_use]
    pub fn of(&self, outcome: Outcome) -> usize {
        self.outcomes[outcome as usize]
    }

    /// All interactions.
    #[must_use]
    pub fn total(&self) -> usize {
        self.outcomes.iter().sum()
    }

    /// Counts one interaction more.
    pub fn add(&mut self, outcome: Outcome, tally: &Tally) {
        self.outcomes[outcome as usize] += 1;
        self.tally.add(tally);
    }

    fn merge(&mut self, other: &Self) {
        for (count, more) in self.outcomes.iter_mut().zip(other.outcomes) {
            *count += more;
        }
        self.tally.add(&other.tally);
    }
}

impl Run {
    /// Every interaction, with the tape it is in.
    pub fn all(&self) -> impl Iterator<Item = (&TapeRun, &Played)> {
        self.tapes.iter().flat_map(|tape| tape.played.iter().map(move |played| (tape, played)))
    }

    /// Counts by operation's name.
    #[must_use]
    pub fn by_operation(&self) -> BTreeMap<&str, OperationCount> {
        let mut counts: BTreeMap<&str, OperationCount> = BTreeMap::new();
        for (_, played) in self.all() {
            let count = counts.entry(&played.operation).or_default();
            count.add(played.outcome, &played.tally);
        }
        for (operation, count) in self.tapes.iter().flat_map(|tape| &tape.counted) {
            counts.entry(operation).or_default().merge(count);
        }
        counts
    }

    /// Counts over all operations.
    #[must_use]
    pub fn total(&self) -> OperationCount {
        let mut total = OperationCount::default();
        for count in self.by_operation().values() {
            total.merge(count);
        }
        total
    }

    /// Whether nothing was compared at all: a run that measured nothing is no success.
    #[must_use]
    pub fn is_vacuous(&self) -> bool {
        self.total().tally.compared(Layer::Status) == 0
    }

    /// The layers that there was something of, and that were never compared.
    #[must_use]
    pub fn never_compared(&self) -> Vec<Layer> {
        let tally = self.total().tally;
        let offered: BTreeSet<_> = self.tapes.iter().flat_map(|tape| &tape.offers).collect();
        let is_offered = |layer: &Layer| offered.contains(layer) && tally.compared(*layer) == 0;
        Layer::ALL.into_iter().filter(is_offered).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_has_the_same_name_whatever_the_answers_are() {
        let finding = |layer, path: &str, actual: &str| Finding {
            layer,
            path: path.to_owned(),
            expected: "1".to_owned(),
            actual: actual.to_owned(),
            matters: true,
            follows: false,
        };
        let id = |tape, one: &Finding| finding_id(tape, "GetItem/t/1", one);
        let one = finding(Layer::Values, "$.Item", "2");
        let name = id("a.tape", &one);
        assert_eq!(name.len(), 10);
        assert_eq!(id("./a.tape", &finding(Layer::Values, "$.Item", "3")), name);
        for other in [
            id("b.tape", &one),
            id("a.tape", &finding(Layer::Fields, "$.Item", "2")),
            id("a.tape", &finding(Layer::Values, "$.Items", "2")),
            finding_id("a.tape", "GetItem/t/2", &one),
        ] {
            assert_ne!(other, name);
        }
    }
}
