//! Items of objects that are put in a table there is: StartBulkPutItems and its like.
//!
//! Of these operations nothing but their shapes is known (the API's model, October 2026). What is
//! here beyond them is inferred from imports: objects are read when the operation begins, their
//! items are put evenly over the time that it takes, and an item that cannot be put is counted
//! and does not end it.
//!
//! Nothing runs in the background: what should have been put by now is put by the next call that
//! comes, before it is answered.

mod advance;
mod begin;
mod describe;
mod record;

pub(super) use self::{
    advance::advance,
    begin::Request,
    describe::{describe, summary},
};

use super::{
    Emulator, door::Caller, failure::Failure, job_arn::JobArn, listing::Listed, table::Step,
};
use crate::{
    storage::{Direction, Pair, Read, StoreError, Write, layout},
    wire::{Fault, json::Json},
};

/// What the ARN of a bulk operation has after its table's (inferred, as its place).
const KIND: &str = "bulk-operation";

/// A bulk operation.
#[derive(Clone, Debug)]
pub(super) struct Bulk {
    /// The end of its ARN, which tells when it began.
    pub(super) id: Box<str>,
    /// The name of the table.
    pub(super) table: Box<str>,
    table_arn: Box<str>,
    table_id: Box<str>,
    token: Box<str>,
    /// What it is found under while it goes on.
    number: u32,
    /// What was asked for, as it is shown.
    asked: Json,
    started: u64,
    /// When it is over, if it is not cancelled.
    until: u64,
    /// From when on it is cancelled, once that is asked for.
    cancelled: Option<u64>,
    total: Progress,
    done: Progress,
    failed: u64,
    /// How much was put in the table and in each index, by name.
    usage: Vec<Usage>,
    /// Why it fails, if it does.
    failure: Option<Failure>,
    /// Whether nothing remains to be done.
    finished: bool,
}

/// How much of what the objects hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    /// Items, and what should be some.
    entries: u64,
    /// Uncompressed.
    bytes: u64,
}

/// How many bytes were put somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Usage {
    part: Part,
    /// The index, if it is one.
    index: Option<Box<str>>,
    bytes: u64,
}

/// What of a table takes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Table,
    Local,
    Global,
    Vector,
}

impl Bulk {
    /// The operation of that ARN. The sentences are inferred from those of other resources.
    pub(super) fn find(
        emulator: &Emulator,
        caller: &Caller,
        store: &dyn Read,
        sent: &str,
    ) -> Result<Self, Fault> {
        let arn = JobArn::read(sent, KIND);
        let arn = arn.ok_or_else(|| Fault::validation("Invalid Bulk Operation ARN"))?;
        if arn.account != emulator.settings.account {
            return Err(Fault::new("AccessDeniedException", "Access is denied"));
        }
        let found = match arn.region == caller.region {
            true => Self::at(store, &layout::bulk(arn.id, arn.table))?,
            false => None,
        };
        found.filter(|bulk| bulk.region() == caller.region).ok_or_else(|| {
            let text = format!("Requested resource not found: BulkOperationArn: {sent} not found");
            Fault::new("ResourceNotFoundException", text)
        })
    }

    /// Asks for it to end. What has been put stays.
    pub(super) fn cancel(
        &mut self,
        emulator: &Emulator,
        store: &mut dyn Write,
    ) -> Result<(), StoreError> {
        let now = emulator.now();
        if self.status(now) == "IN_PROGRESS" {
            self.cancelled = Some(emulator.settings.timing.end(Step::CancelBulk, now));
            self.put(store)?;
        }
        Ok(())
    }

    pub(super) fn arn(&self) -> String {
        format!("{}/{KIND}/{}", self.table_arn, self.id)
    }

    /// The region of its table.
    pub(super) fn region(&self) -> &str {
        self.table_arn.split(':').nth(3).unwrap_or_default()
    }

    /// How far it is at a time.
    pub(super) fn status(&self, now: u64) -> &'static str {
        match (self.cancelled, &self.failure) {
            (Some(until), _) if now < until => "CANCELLING",
            (Some(_), _) => "CANCELLED",
            _ if now < self.until || !self.finished => "IN_PROGRESS",
            (None, Some(_)) => "FAILED",
            (None, None) if self.failed > 0 => "COMPLETED_WITH_ERRORS",
            (None, None) => "COMPLETED",
        }
    }

    /// When it ended, or ends.
    fn end(&self) -> u64 {
        self.cancelled.unwrap_or(self.until)
    }

    /// How many entries should have been put by a time.
    fn due(&self, now: u64) -> u64 {
        let (past, whole) = (now.saturating_sub(self.started), self.until - self.started);
        match (self.cancelled, &self.failure) {
            (Some(_), _) | (_, Some(_)) => self.done.entries,
            _ if past >= whole => self.total.entries,
            _ => {
                let due = u128::from(self.total.entries) * u128::from(past) / u128::from(whole);
                u64::try_from(due).unwrap_or(u64::MAX)
            }
        }
    }
}

impl Listed for Bulk {
    const PREFIX: u8 = layout::BULKS;
    const ORDER: Direction = Direction::Backward;

    fn key(&self) -> Vec<u8> {
        layout::bulk(&self.id, &self.table)
    }

    fn of(pair: &Pair) -> Result<Self, StoreError> {
        Self::read(&pair.key, pair.value.clone())
    }
}

#[cfg(test)]
mod tests;
