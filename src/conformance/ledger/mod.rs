//! Ledgers: files of the differences that are known, each with its reason.
//!
//! A ledger is for one target. What it lists has to differ: an entry that excuses nothing is as
//! wrong as a difference that no entry explains. The format: `docs/formats.md`.

mod noise;
mod read;
mod settle;
#[cfg(test)]
mod tests;
mod update;

use std::{fmt, path::PathBuf};

pub(super) use self::noise::any_element;

pub use self::{
    noise::{Kind, learn},
    read::{Fault, LedgerError},
    settle::{Complaint, Known, Settled},
};
use crate::diff::{Finding, Layer};

/// The reason of what nobody has looked at yet.
pub const NOT_EXAMINED: &str = "not examined";

/// A ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The file.
    pub path: PathBuf,
    /// The comment at its top, without the signs.
    pub about: String,
    /// The entries, in the order of the file.
    pub entries: Vec<Entry>,
}

/// Differences with one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Why the answers differ, in a sentence, with the evidence.
    pub reason: String,
    /// Whose doing it is.
    pub why: Why,
    /// The type of both values; none: any.
    pub kind: Option<Kind>,
    /// Where it is dealt with.
    pub issue: Option<String>,
    /// The last day on which it is accepted (ISO date).
    pub until: Option<String>,
    /// The layers it is about; none: all.
    pub layers: Vec<Layer>,
    /// The paths it is about, each whole or up to a `*`; none: all.
    pub paths: Vec<String>,
    /// Interactions (`file.tape/GetItem/orders/0a1b2c/1`) or cases (`GetItem/answers/title`). One
    /// that ends in `/*` stands for all that begin so, of which at least one has to differ.
    pub ids: Vec<String>,
    /// The line of the file on which it begins.
    pub line: usize,
}

/// Whose doing a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The service answers differently today.
    AwsMoved,
    /// Whoever published the recording changed it.
    RedactedInput,
    /// The recording does not hold all that its answers depend on.
    PartialInput,
    /// Ours: to be mended.
    Ours,
    /// The target's.
    Target,
    /// Nobody's: the target cannot be asked so.
    Unmeasurable,
    /// Nobody's: two recordings of one program differ there. It may differ, and need not.
    Noise,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::AwsMoved,
        Self::RedactedInput,
        Self::PartialInput,
        Self::Ours,
        Self::Target,
        Self::Unmeasurable,
        Self::Noise,
    ];

    /// The name written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwsMoved => "aws-moved",
            Self::RedactedInput => "redacted-input",
            Self::PartialInput => "partial-input",
            Self::Ours => "ours",
            Self::Target => "target",
            Self::Unmeasurable => "unmeasurable",
            Self::Noise => "noise",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Entry {
    /// Whether the entry is about this difference.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        // A step's number shifts when a step is added.
        let path = match finding.path.strip_prefix("step ").and_then(|rest| rest.split_once(' ')) {
            Some((_, path)) => path,
            None => &finding.path,
        };
        let any = noise::any_element(path);
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => path.starts_with(start) || any.starts_with(start),
            None => path == pattern || any == *pattern,
        };
        (self.layers.is_empty() || self.layers.contains(&finding.layer))
            && (self.paths.is_empty() || self.paths.iter().any(fits))
            && self.kind.is_none_or(|kind| kind.fits(finding))
    }
}
