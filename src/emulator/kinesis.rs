//! What goes to Kinesis: the records of writes to tables that have a destination there, each a
//! line of a file that stands for the stream.
//!
//! A record is noted in the store with the write it tells of, so that there are records of just
//! the writes that happened, in their order; and taken from there by the next call that ends.

use std::{fs::OpenOptions, io::Write as _, ops::Bound, path::Path};

use bytes::Bytes;

use super::{
    Emulator, md5,
    table::Table,
    table::kinesis::Precision,
    write::{self, Cause},
};
use crate::{
    storage::{Direction, KeyRange, Pair, Read, StoreError, Write, layout},
    value::{Item, Stored, encode, encode::NumberOrder, size},
    wire::json::{Json, Value, Writer},
};

/// How many records are written in one transaction.
const AT_ONCE: usize = 1_000;

/// Notes what becomes of an item, if its table's records go anywhere.
pub(super) fn note(
    store: &mut dyn Write,
    table: &Table,
    (old, new): (Option<&Stored>, Option<&Stored>),
    cause: Cause,
) -> Result<(), StoreError> {
    if table.state.destinations.is_empty() {
        return Ok(());
    }
    let (old, new) = (write::read(old)?, write::read(new)?);
    // What changes nothing has no record (the documentation of change data capture).
    if old == new {
        return Ok(());
    }
    let (now, expired) = match cause {
        // Only where it expired does a record say so: the documentation of time to live.
        Cause::Request(now) | Cause::Replication(now) => (now, false),
        Cause::Expiry(now) => (now, true),
        Cause::Undo => return forget_last(store, table),
    };
    let mut going = table.state.destinations.iter();
    let Some(destination) =
        going.find(|one| one.kept && one.status(&table.arn, now).takes_records())
    else {
        return Ok(());
    };
    let last = store.get(layout::LAST_OUTGOING)?.unwrap_or_default();
    let number = last.as_ref().try_into().map_or(0, u64::from_be_bytes) + 1;
    let record = Record { table, old, new, now, expired, precision: destination.precision, number };
    let mut json = Writer::new();
    json.object(|json| {
        json.key("Table");
        json.number(table.number);
        json.key("Stream");
        json.string(&destination.stream);
        json.key("Record");
        record.write(json);
    });
    store.put(&layout::outgoing(number), json.into_bytes().into())?;
    store.put(layout::LAST_OUTGOING, Bytes::copy_from_slice(&number.to_be_bytes()))
}

/// Takes the last record back, if it is of the table's: the write it tells of is to be as if it
/// had not been.
fn forget_last(store: &mut dyn Write, table: &Table) -> Result<(), StoreError> {
    for pair in noted(store.as_read(), Direction::Backward, 1)? {
        let is_own = read(&pair, |note| {
            note.get("Table").and_then(Value::as_number) == Some(&*table.number.to_string())
        })?;
        if is_own {
            store.delete(&pair.key)?;
        }
    }
    Ok(())
}

/// Writes what was noted to the streams' files.
///
/// A file that cannot be written is an error of the call that finds out; the records stay noted.
pub(super) fn deliver(emulator: &Emulator) -> Result<(), StoreError> {
    let Some(root) = &emulator.settings.kinesis_root else { return Ok(()) };
    if noted(&*emulator.store.read()?, Direction::Forward, 1)?.is_empty() {
        return Ok(());
    }
    loop {
        let mut store = emulator.store.write()?;
        let pairs = noted(store.as_read(), Direction::Forward, AT_ONCE)?;
        for pair in &pairs {
            let (stream, line) = read(pair, |note| {
                let arn = note.get("Stream").and_then(Value::as_str).unwrap_or_default();
                let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
                (name, note.get("Record").map_or("", Value::raw).to_owned())
            })?;
            append(root, &stream, &line).map_err(|cause| StoreError {
                doing: "write a record to the file of its Kinesis stream",
                cause: Some(cause.into()),
            })?;
            store.delete(&pair.key)?;
        }
        store.commit()?;
        if pairs.len() < AT_ONCE {
            return Ok(());
        }
    }
}

/// Forgets what was noted and is not delivered yet: a fork must not deliver what its origin does.
pub(super) fn forget(fork: &Emulator) -> Result<(), StoreError> {
    if noted(&*fork.store.read()?, Direction::Forward, 1)?.is_empty() {
        return Ok(());
    }
    let mut store = fork.store.write()?;
    loop {
        let pairs = noted(store.as_read(), Direction::Forward, AT_ONCE)?;
        for pair in &pairs {
            store.delete(&pair.key)?;
        }
        if pairs.len() < AT_ONCE {
            return store.commit();
        }
    }
}

fn append(root: &Path, stream: &str, line: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(root)?;
    let path = root.join(format!("{stream}.jsonl"));
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    // In one piece: whoever reads along sees whole lines.
    file.write_all(format!("{line}\n").as_bytes())
}

fn noted(store: &dyn Read, direction: Direction, count: usize) -> Result<Vec<Pair>, StoreError> {
    let (from, to) = (layout::outgoing(0), layout::outgoing(u64::MAX));
    let range = KeyRange { from: Bound::Included(&from), to: Bound::Included(&to) };
    store.scan(range, direction, count)
}

fn read<T>(pair: &Pair, of: impl FnOnce(Value<'_>) -> T) -> Result<T, StoreError> {
    let json = Json::parse(pair.value.clone()).map_err(|cause| StoreError {
        doing: "read a record for Kinesis",
        cause: Some(cause.into()),
    })?;
    Ok(of(json.root()))
}

/// A record of a write.
struct Record<'a> {
    table: &'a Table,
    old: Option<&'a Item>,
    new: Option<&'a Item>,
    now: u64,
    expired: bool,
    precision: Option<Precision>,
    number: u64,
}

impl Record<'_> {
    /// As it stands in a Kinesis data stream (the documentation of Kinesis Data Streams for
    /// DynamoDB); the order of its members is that of the example there. The size is that of the
    /// keys and both images, as of stream records.
    fn write(&self, json: &mut Writer) {
        let event = match (self.old, self.new) {
            (None, _) => "INSERT",
            (_, None) => "REMOVE",
            _ => "MODIFY",
        };
        let keys = self.keys();
        let images = [Some(&keys), self.new, self.old];
        json.object(|json| {
            json.text("awsRegion", self.table.arn.split(':').nth(3).unwrap_or_default());
            json.text("eventID", &self.id());
            json.text("eventName", event);
            json.key("userIdentity");
            match self.expired {
                true => json.object(|json| {
                    json.text("principalId", "dynamodb.amazonaws.com");
                    json.text("type", "Service");
                }),
                false => json.raw(b"null"),
            }
            json.text("recordFormat", "application/json");
            json.text("tableName", &self.table.name);
            json.key("dynamodb");
            json.object(|json| {
                json.key("ApproximateCreationDateTime");
                match self.precision.unwrap_or_default() {
                    Precision::Millisecond => json.number(self.now),
                    Precision::Microsecond => json.number(self.now.saturating_mul(1_000)),
                }
                for (name, image) in ["Keys", "NewImage", "OldImage"].into_iter().zip(images) {
                    let Some(image) = image else { continue };
                    let mut bytes = Vec::new();
                    encode::item_in(NumberOrder::Hashed, image, &mut bytes);
                    json.key(name);
                    json.raw(&bytes);
                }
                json.key("SizeBytes");
                json.number(images.into_iter().flatten().map(size::item).sum::<usize>());
                if let Some(precision) = self.precision {
                    json.text("ApproximateCreationDateTimePrecision", precision.name());
                }
            });
            json.text("eventSource", "aws:dynamodb");
        });
    }

    fn keys(&self) -> Item {
        let item = self.new.or(self.old);
        let attributes = self.table.key.attributes();
        attributes
            .filter_map(|part| Some((part.name.to_string(), item?.get(&part.name)?.clone())))
            .collect()
    }

    /// A UUID that no other record has: of the table's id and the record's number.
    fn id(&self) -> String {
        let digest =
            md5::digest(&[b"record", self.table.id.as_bytes(), &self.number.to_be_bytes()]);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests;
