//! Imports: a table that is created with what stands in objects of a bucket (aws-service-facts 7,
//! us-west-2 and us-east-1, 2026-10-09).
//!
//! The objects are read when the import is asked for, and what comes of it is known from then on;
//! the clock alone says when it is told. So objects that change meanwhile change nothing, where
//! the service finds some of them broken (7.3).

mod arn;
mod begin;
mod describe;
mod error;
mod record;

pub(super) use self::{
    arn::find,
    begin::Request,
    describe::{describe, summary},
    error::ImportError,
};

use super::{failure::Failure, listing::Listed};
use crate::{
    storage::{Direction, Pair, StoreError, layout},
    wire::json::Json,
};

/// What the ARN of an import has after its table's.
const KIND: &str = "import";

/// An import.
#[derive(Clone, Debug)]
pub(super) struct Import {
    /// The end of its ARN, which tells when it began.
    pub(super) id: Box<str>,
    /// The name of the table.
    pub(super) table: Box<str>,
    pub(super) table_arn: Box<str>,
    table_id: Box<str>,
    token: Box<str>,
    /// What was asked for, as it is shown.
    asked: Json,
    started: u64,
    /// When it is over.
    ended: u64,
    counts: Counts,
    /// Why it fails, if it does.
    failure: Option<Failure>,
}

/// What was in the objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    processed: u64,
    imported: u64,
    /// Uncompressed (inferred: what is paid for).
    bytes: u64,
}

impl Import {
    pub(super) fn arn(&self) -> String {
        format!("{}/{KIND}/{}", self.table_arn, self.id)
    }

    /// The region of its table.
    pub(super) fn region(&self) -> &str {
        self.table_arn.split(':').nth(3).unwrap_or_default()
    }

    /// How many items were none, or could not be in the table.
    fn errors(&self) -> u64 {
        self.counts.processed - self.counts.imported
    }

    fn status(&self, now: u64) -> &'static str {
        match &self.failure {
            _ if now < self.ended => "IN_PROGRESS",
            Some(_) => "FAILED",
            None => "COMPLETED",
        }
    }
}

impl Listed for Import {
    const PREFIX: u8 = layout::IMPORTS;
    const ORDER: Direction = Direction::Backward;

    fn key(&self) -> Vec<u8> {
        layout::import(&self.id, &self.table)
    }

    fn of(pair: &Pair) -> Result<Self, StoreError> {
        Self::read(&pair.key, pair.value.clone())
    }
}

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;
