//! `PutItem/orders:ProvisionedThroughputExceededException@2`: one rule, as it is said.

use std::{fmt, str::FromStr};

use super::kind::{FaultKind, KNOWN};
use crate::wire::{Operation, Request, Target, profile};

/// When which requests meet which fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    text: String,
    /// Any, if there is none.
    operation: Option<Operation>,
    /// Any, if there is none.
    table: Option<String>,
    pub(super) kind: FaultKind,
    when: When,
}

#[derive(Clone, Debug, PartialEq)]
enum When {
    Always,
    /// From the first to the last of each, counted from 1.
    Among(Vec<(u64, u64)>),
    Every(u64),
    Share(f64),
}

/// Why a text is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// No colon.
    #[error("a fault is OPERATION[/TABLE]:FAULT[@WHEN], such as PutItem:ThrottlingException@2")]
    Shape,
    /// An operation that the API has not.
    #[error("{0} is no operation; `*` stands for all")]
    Operation(String),
    /// A fault nobody knows.
    #[error(
        "{0} is no fault: drop, lost, truncate, badcrc, delay=MS, 500, 503, {known}",
        known = KNOWN.iter().map(|known| known.kind).collect::<Vec<_>>().join(", ")
    )]
    Fault(String),
    /// Occurrences that cannot be read.
    #[error("{0} is no time for a fault: 2, 2-4, 2-, 1,3, every 3, or a share such as 0.1")]
    When(String),
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (what, fault) = text.split_once(':').ok_or(RuleError::Shape)?;
        let (operation, table) = match what.split_once('/') {
            Some((operation, table)) if !table.is_empty() => (operation, Some(table.to_owned())),
            Some(_) => return Err(RuleError::Shape),
            None => (what, None),
        };
        let operation = match operation {
            "*" => None,
            name => Some(
                Operation::from_name(name).ok_or_else(|| RuleError::Operation(name.to_owned()))?,
            ),
        };
        let (name, when) = match fault.split_once('@') {
            Some((name, when)) => {
                let when = When::parse(when).ok_or_else(|| RuleError::When(when.to_owned()))?;
                (name, when)
            }
            None => (fault, When::Always),
        };
        let kind = FaultKind::parse(name).ok_or_else(|| RuleError::Fault(name.to_owned()))?;
        Ok(Self { text: text.to_owned(), operation, table, kind, when })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Rule {
    /// Whether the rule is about such requests at all.
    pub(super) fn concerns(&self, request: &Request) -> bool {
        let operation = self.operation.is_none_or(|wanted| request.target == Target::Known(wanted));
        operation && self.table.as_ref().is_none_or(|table| request.tables().contains(table))
    }

    /// Whether the fault happens to the `occurrence`th of the requests it is about, from 1. What
    /// is chance depends on `seed` and the occurrence only.
    pub(super) fn strikes(&self, occurrence: u64, seed: u64) -> bool {
        match &self.when {
            When::Always => true,
            When::Among(ranges) => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&occurrence))
            }
            When::Every(step) => occurrence.is_multiple_of(*step),
            // The upper 53 bits are a share as a double holds it.
            When::Share(share) => {
                let drawn = profile::spread(seed.wrapping_add(occurrence)) >> 11;
                (drawn as f64) < share * (1_u64 << 53) as f64
            }
        }
    }
}

impl When {
    fn parse(text: &str) -> Option<Self> {
        if let Some(step) = text.strip_prefix("every ") {
            return step.parse().ok().filter(|step| *step > 0).map(Self::Every);
        }
        if text.contains('.') {
            let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
            return share.map(Self::Share);
        }
        text.split(',').map(range).collect::<Option<Vec<_>>>().map(Self::Among)
    }
}

/// `2`, `2-4` or `2-`.
fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = match text.split_once('-') {
        Some((first, "")) => (first.parse().ok()?, u64::MAX),
        Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
        None => (text.parse().ok()?, text.parse().ok()?),
    };
    (first > 0 && first <= last).then_some((first, last))
}
