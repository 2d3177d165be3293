//! What is different between two answers to one request, and does it matter?
//!
//! There is no second way to compare two answers anywhere. Everything is compared unless
//! [`rules`] says otherwise, with a reason. Differences are kept apart by [`Layer`], because "the
//! same error in other words" and "another item" are not two of one kind, and nothing is ever
//! summed across layers.

mod align;
mod arn;
mod compare;
mod message;
mod number;
pub mod rules;
mod settled;
mod template;
mod tree;

use std::fmt;

pub use compare::{Expectation, Subject, compare};
pub use number::same_number;
pub use settled::settled;

/// What of an answer is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// The HTTP status.
    Status,
    /// The error's type, without its namespace.
    Type,
    /// The error's sentence.
    Message,
    /// Which members there are.
    Fields,
    /// What their values are.
    Values,
    /// How numbers are spelled that are equal.
    NumberText,
    /// In which order lists are, where the service promises one.
    Order,
    /// Which headers there are.
    Headers,
    /// Whether the checksum fits the body.
    Crc,
    /// White space, member order, the namespace of an error's type.
    Wire,
}

impl Layer {
    /// All layers, gravest first.
    pub const ALL: [Self; 10] = [
        Self::Status,
        Self::Type,
        Self::Message,
        Self::Fields,
        Self::Values,
        Self::NumberText,
        Self::Order,
        Self::Headers,
        Self::Crc,
        Self::Wire,
    ];

    /// The name shown and written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Type => "type",
            Self::Message => "message",
            Self::Fields => "fields",
            Self::Values => "values",
            Self::NumberText => "number-text",
            Self::Order => "order",
            Self::Headers => "headers",
            Self::Crc => "crc",
            Self::Wire => "wire",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What of the answer differs.
    pub layer: Layer,
    /// Where: `$.Items[3].price.N`.
    pub path: String,
    /// What was expected there, as JSON or words.
    pub expected: String,
    /// What was there.
    pub actual: String,
    /// Whether a program that keeps to the API can notice.
    pub matters: bool,
    /// Whether it may be there only because of an earlier one.
    pub follows: bool,
}

/// How many comparisons each layer made, and how many found a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    compared: [usize; Layer::ALL.len()],
    differed: [usize; Layer::ALL.len()],
}

impl Tally {
    /// Comparisons made in this layer.
    #[must_use]
    pub fn compared(&self, layer: Layer) -> usize {
        self.compared[layer as usize]
    }

    /// Comparisons of this layer that found a difference.
    #[must_use]
    pub fn differed(&self, layer: Layer) -> usize {
        self.differed[layer as usize]
    }

    /// Adds comparisons made elsewhere.
    pub fn count_compared(&mut self, layer: Layer, count: usize) {
        self.compared[layer as usize] += count;
    }

    /// Adds differences found elsewhere.
    pub fn count_differed(&mut self, layer: Layer, count: usize) {
        self.differed[layer as usize] += count;
    }

    /// Adds another tally to this one.
    pub fn add(&mut self, other: &Self) {
        for layer in Layer::ALL {
            self.compared[layer as usize] += other.compared(layer);
            self.differed[layer as usize] += other.differed(layer);
        }
    }
}

/// What comparing two answers gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The differences, gravest layer first.
    pub findings: Vec<Finding>,
    /// What was compared at all: a green that compared nothing is none.
    pub tally: Tally,
}

impl Comparison {
    /// The verdict: exact, equivalent or divergent.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match () {
            () if self.findings.is_empty() => Outcome::Exact,
            () if self.findings.iter().all(|finding| !finding.matters) => Outcome::Equivalent,
            () => Outcome::Divergent,
        }
    }
}

/// What became of one interaction. Outcomes are counted, never added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// No difference at all.
    Exact,
    /// Differences that the API leaves open only.
    Equivalent,
    /// Another answer, and a ledger says why.
    Accepted,
    /// Another answer.
    Divergent,
    /// Another answer, which follows from an earlier one.
    Tainted,
    /// The target does not have the operation.
    Unsupported,
    /// There was nothing to compare with, or no way to ask.
    NotMeasured,
}

impl Outcome {
    /// All outcomes, best first.
    pub const ALL: [Self; 7] = [
        Self::Exact,
        Self::Equivalent,
        Self::Accepted,
        Self::Divergent,
        Self::Tainted,
        Self::Unsupported,
        Self::NotMeasured,
    ];

    /// Whether two answers were compared, and what came of it says something of the target.
    #[must_use]
    pub const fn is_measured(self) -> bool {
        !matches!(self, Self::Tainted | Self::Unsupported | Self::NotMeasured)
    }

    /// The name shown and written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Equivalent => "equivalent",
            Self::Accepted => "accepted",
            Self::Divergent => "divergent",
            Self::Tainted => "tainted",
            Self::Unsupported => "unsupported",
            Self::NotMeasured => "not measured",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests;
