//! Exports to S3: what there is to tell of one is a record in the store, and what it wrote are
//! objects in a bucket.
//!
//! An export writes its objects in the request that begins it, outside of any transaction: whoever
//! looks into the bucket afterwards finds them, also if nobody asks the emulator anything more.
//! What came of it is told by the clock, when the service would be done.

mod arn;
mod changes;
mod data;
mod describe;
mod error;
mod filter;
mod manifest;
mod record;
mod run;

pub(super) use self::{
    arn::{ExportArn, exported_table},
    changes::States,
    describe::{describe, summary},
    error::ExportError,
    filter::{FILTER, Filter},
    run::run,
};

use super::{failure::Failure, listing::Listed, md5};
use crate::storage::{Direction, Pair, Read, StoreError, Write, layout};

/// An export of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Export {
    /// The end of its ARN, which tells when it began.
    pub(super) id: Box<str>,
    pub(super) table: TableNames,
    pub(super) start: u64,
    pub(super) scope: Scope,
    /// Whether ExportType was sent: it is shown then only (aws-service-facts 6.1).
    pub(super) scope_said: bool,
    pub(super) target: Target,
    pub(super) format: Format,
    /// FilterSpecification as sent.
    pub(super) filter: Option<Box<str>>,
    pub(super) token: Option<Box<str>>,
    /// What a request with the same token is compared by.
    pub(super) digest: Box<str>,
    /// What came of it, once that is known.
    pub(super) outcome: Option<Outcome>,
}

/// The table, which may be gone since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TableNames {
    pub(super) name: Box<str>,
    pub(super) arn: Box<str>,
    pub(super) id: Box<str>,
}

/// What is exported; times in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All items there were.
    Full { at: u64 },
    /// What changed from a time, up to another and without it.
    Incremental { from: u64, to: u64, view: ViewType },
}

/// What is told of an item that changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ViewType {
    /// What it is since.
    New,
    /// That, and what it was before.
    #[default]
    NewAndOld,
}

/// What the objects hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    DynamoDbJson,
    Ion,
}

/// Where it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) bucket: Box<str>,
    pub(super) owner: Option<Box<str>>,
    pub(super) prefix: Option<Box<str>>,
    /// S3SseAlgorithm
    pub(super) encryption: Box<str>,
    pub(super) key: Option<Box<str>>,
}

/// What came of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// When it is told.
    pub(super) end: u64,
    pub(super) result: Result<Done, Failure>,
}

/// How much was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) items: u64,
    pub(super) billed: u64,
}

impl ViewType {
    pub(super) fn of(name: &str) -> Self {
        if name == "NEW_IMAGE" { Self::New } else { Self::NewAndOld }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::New => "NEW_IMAGE",
            Self::NewAndOld => "NEW_AND_OLD_IMAGES",
        }
    }
}

impl Format {
    pub(super) fn of(name: &str) -> Self {
        if name == "ION" { Self::Ion } else { Self::DynamoDbJson }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DynamoDbJson => "DYNAMODB_JSON",
            Self::Ion => "ION",
        }
    }
}

impl Scope {
    /// ExportType
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Full { .. } => "FULL_EXPORT",
            Self::Incremental { .. } => "INCREMENTAL_EXPORT",
        }
    }
}

impl Target {
    /// The key of an object of this export.
    pub(super) fn key(&self, rest: &str) -> String {
        match self.prefix.as_deref() {
            // aws-service-facts 6.1: `foo/` and `foo` are one.
            Some(prefix) if !prefix.is_empty() => {
                let slash = if prefix.ends_with('/') { "" } else { "/" };
                format!("{prefix}{slash}AWSDynamoDB/{rest}")
            }
            _ => format!("AWSDynamoDB/{rest}"),
        }
    }
}

impl Export {
    pub(super) fn arn(&self) -> String {
        format!("{}/export/{}", self.table.arn, self.id)
    }

    /// The region of its table.
    pub(super) fn region(&self) -> &str {
        self.table.arn.split(':').nth(3).unwrap_or_default()
    }

    /// The key of the summary of its manifest.
    pub(super) fn manifest(&self) -> String {
        self.target.key(&format!("{}/manifest-summary.json", self.id))
    }

    /// What came of it, as far as it is told at a time.
    pub(super) fn told(&self, now: u64) -> Option<&Outcome> {
        self.outcome.as_ref().filter(|outcome| outcome.end <= now)
    }

    /// ExportStatus
    pub(super) fn status(&self, now: u64) -> &'static str {
        match self.told(now).map(|outcome| &outcome.result) {
            None => "IN_PROGRESS",
            Some(Ok(_)) => "COMPLETED",
            Some(Err(_)) => "FAILED",
        }
    }

    /// The export of that id of the table of that name.
    pub(super) fn find(
        store: &dyn Read,
        id: &str,
        table: &str,
    ) -> Result<Option<Self>, StoreError> {
        let record = store.get(&layout::export(id, table))?;
        record.map(|record| Self::read(id, record)).transpose()
    }

    /// Gives the export an id of its own: the time in fourteen digits, and eight that no other of
    /// that time has (aws-service-facts 6.1).
    pub(super) fn name(&mut self, store: &dyn Read, seed: u64) -> Result<(), StoreError> {
        for turn in 0u64.. {
            let parts = [&seed.to_be_bytes()[..], &self.start.to_be_bytes(), &turn.to_be_bytes()];
            let digest = md5::digest(&[&b"export id"[..], &parts.concat()]);
            let own: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            self.id = format!("{:014}-{own}", self.start).into();
            if store.get(&layout::export(&self.id, &self.table.name))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn put(&self, store: &mut dyn Write) -> Result<(), StoreError> {
        store.put(&self.key(), self.record())
    }
}

impl Listed for Export {
    const PREFIX: u8 = layout::EXPORTS;
    const ORDER: Direction = Direction::Backward;

    fn key(&self) -> Vec<u8> {
        layout::export(&self.id, &self.table.name)
    }

    fn of(pair: &Pair) -> Result<Self, StoreError> {
        let key = String::from_utf8_lossy(pair.key.get(1..).unwrap_or_default());
        let id = key.split('/').next().unwrap_or_default();
        Self::read(id, pair.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_joined_by_one_slash() {
        // aws-service-facts 6.1, 2026-10.
        let key = |prefix: Option<&str>| {
            Target { prefix: prefix.map(Into::into), ..Target::default() }.key("x")
        };
        assert_eq!(key(None), "AWSDynamoDB/x");
        assert_eq!(key(Some("")), "AWSDynamoDB/x");
        assert_eq!([key(Some("foo")), key(Some("foo/"))], ["foo/AWSDynamoDB/x"; 2]);
    }
}
