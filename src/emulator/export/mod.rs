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
mod run;

use std::ops::Bound;

use bytes::Bytes;

pub(super) use self::{
    arn::{ExportArn, exported_table},
    changes::States,
    describe::{describe, summary},
    error::ExportError,
    filter::{FILTER, Filter},
    run::run,
};

use super::md5;
use crate::{
    storage::{Direction, KeyRange, Read, StoreError, Write, layout},
    wire::json::{Json, Value, Writer},
};

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

/// Why nothing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Box<str>,
    pub(super) message: Box<str>,
}

/// How many exports are looked at at once.
const AT_ONCE: usize = 100;

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
        store.put(&layout::export(&self.id, &self.table.name), self.record())
    }

    /// Does something with each export, the newest first, from the one after a key; until it has
    /// enough.
    pub(super) fn each(
        store: &dyn Read,
        after: Option<Vec<u8>>,
        mut enough: impl FnMut(Self) -> bool,
    ) -> Result<(), StoreError> {
        let mut last = after.unwrap_or_else(|| vec![layout::EXPORTS + 1]);
        loop {
            let from = Bound::Included(&[layout::EXPORTS][..]);
            let range = KeyRange { from, to: Bound::Excluded(&last) };
            let pairs = store.scan(range, Direction::Backward, AT_ONCE)?;
            for pair in &pairs {
                let key = String::from_utf8_lossy(pair.key.get(1..).unwrap_or_default());
                let id = key.split('/').next().unwrap_or_default();
                if enough(Self::read(id, pair.value.clone())?) {
                    return Ok(());
                }
            }
            match pairs.last() {
                Some(pair) if pairs.len() == AT_ONCE => last = pair.key.to_vec(),
                _ => return Ok(()),
            }
        }
    }

    fn record(&self) -> Bytes {
        let mut json = Writer::new();
        let number = |json: &mut Writer, name: &str, number: u64| {
            json.key(name);
            json.number(number);
        };
        json.object(|json| {
            for (name, text) in [
                ("Table", Some(&self.table.name)),
                ("Arn", Some(&self.table.arn)),
                ("TableId", Some(&self.table.id)),
                ("Bucket", Some(&self.target.bucket)),
                ("Owner", self.target.owner.as_ref()),
                ("Prefix", self.target.prefix.as_ref()),
                ("Encryption", Some(&self.target.encryption)),
                ("Key", self.target.key.as_ref()),
                ("Filter", self.filter.as_ref()),
                ("Token", self.token.as_ref()),
                ("Digest", Some(&self.digest)),
            ] {
                let Some(text) = text else { continue };
                json.key(name);
                json.string(text);
            }
            json.key("Format");
            json.string(self.format.name());
            json.key("Said");
            json.bool(self.scope_said);
            number(json, "Start", self.start);
            match self.scope {
                Scope::Full { at } => number(json, "At", at),
                Scope::Incremental { from, to, view } => {
                    number(json, "From", from);
                    number(json, "To", to);
                    json.key("View");
                    json.string(view.name());
                }
            }
            let Some(Outcome { end, result }) = &self.outcome else { return };
            number(json, "End", *end);
            match result {
                Ok(Done { items, billed }) => {
                    number(json, "Items", *items);
                    number(json, "Billed", *billed);
                }
                Err(Failure { code, message }) => {
                    for (name, text) in [("Code", code), ("Message", message)] {
                        json.key(name);
                        json.string(text);
                    }
                }
            }
        });
        json.into_bytes().into()
    }

    fn read(id: &str, record: Bytes) -> Result<Self, StoreError> {
        let json = Json::parse(record).map_err(|cause| StoreError {
            doing: "read an export's record",
            cause: Some(cause.into()),
        })?;
        let root = json.root();
        let text = |name| root.get(name).and_then(Value::as_str).map(|text| Box::from(&*text));
        let number = |name| -> Option<u64> { root.get(name)?.as_number()?.parse().ok() };
        let scope = match (number("From"), number("To")) {
            (Some(from), Some(to)) => {
                let view = ViewType::of(&text("View").unwrap_or_default());
                Scope::Incremental { from, to, view }
            }
            _ => Scope::Full { at: number("At").unwrap_or_default() },
        };
        let result = match text("Code") {
            Some(code) => Err(Failure { code, message: text("Message").unwrap_or_default() }),
            None => Ok(Done {
                items: number("Items").unwrap_or_default(),
                billed: number("Billed").unwrap_or_default(),
            }),
        };
        Ok(Self {
            id: id.into(),
            table: TableNames {
                name: text("Table").unwrap_or_default(),
                arn: text("Arn").unwrap_or_default(),
                id: text("TableId").unwrap_or_default(),
            },
            start: number("Start").unwrap_or_default(),
            scope,
            scope_said: root.get("Said").and_then(Value::as_bool) == Some(true),
            target: Target {
                bucket: text("Bucket").unwrap_or_default(),
                owner: text("Owner"),
                prefix: text("Prefix"),
                encryption: text("Encryption").unwrap_or_default(),
                key: text("Key"),
            },
            format: Format::of(&text("Format").unwrap_or_default()),
            filter: text("Filter"),
            token: text("Token"),
            digest: text("Digest").unwrap_or_default(),
            outcome: number("End").map(|end| Outcome { end, result }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_read_as_it_was_written() {
        let mut export = Export {
            id: "01700000000123-0a1b2c3d".into(),
            table: TableNames { name: "table".into(), arn: "arn".into(), id: "id".into() },
            start: 5,
            scope: Scope::Full { at: 4 },
            scope_said: true,
            target: Target {
                bucket: "bucket".into(),
                owner: Some("1".into()),
                prefix: Some("a/".into()),
                encryption: "KMS".into(),
                key: Some("key".into()),
            },
            format: Format::Ion,
            filter: Some("{\"a\":1}".into()),
            token: Some("token".into()),
            digest: "digest".into(),
            outcome: None,
        };
        let check = |export: &Export| {
            let read = Export::read(&export.id, export.record()).expect("a record");
            assert_eq!(&read, export);
        };
        check(&export);
        export.outcome = Some(Outcome { end: 9, result: Ok(Done { items: 3, billed: 2 }) });
        check(&export);
        export.scope = Scope::Incremental { from: 1, to: 2, view: ViewType::New };
        let failure = Failure { code: "S3NoSuchBucket".into(), message: "none".into() };
        export.outcome = Some(Outcome { end: 9, result: Err(failure) });
        export.target = Target { bucket: "bucket".into(), ..Target::default() };
        check(&export);
    }

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
