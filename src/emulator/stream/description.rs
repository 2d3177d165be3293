//! What is told of a stream, which is there when its table is no more.

use super::{DAY, of_prefix};
use crate::{
    emulator::{
        backfill,
        table::{Schema, Table},
    },
    storage::{
        Direction, Read, StoreError, Write,
        layout::{self, StreamKey},
    },
    wire::json::{Json, Writer},
};

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator) struct Description {
    /// What its keys in the store begin with.
    pub(in crate::emulator) stream: StreamKey,
    /// StreamArn
    pub(in crate::emulator) arn: String,
    /// StreamLabel
    pub(in crate::emulator) label: String,
    /// TableName
    pub(in crate::emulator) table: String,
    /// StreamViewType
    pub(in crate::emulator) view: String,
    /// KeySchema: names and roles.
    pub(in crate::emulator) key: Vec<(String, String)>,
    /// From when on it is enabled.
    ready: u64,
    /// Since when it is being disabled, and from when on it is.
    stopped: Option<(u64, u64)>,
}

/// StreamStatus
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emulator) enum Status {
    Enabling,
    Enabled,
    Disabling,
    Disabled,
}

impl Status {
    pub(in crate::emulator) const fn name(self) -> &'static str {
        match self {
            Self::Enabling => "ENABLING",
            Self::Enabled => "ENABLED",
            Self::Disabling => "DISABLING",
            Self::Disabled => "DISABLED",
        }
    }
}

impl Description {
    /// Of the stream that a table got, enabled from a time on.
    pub(super) fn of(table: &Table, stream: StreamKey, ready: u64) -> Self {
        let label = table.stream_label().unwrap_or_default();
        let view = table.definition.stream.as_ref().and_then(|(_, view)| view.clone());
        Self {
            stream,
            arn: format!("{}/stream/{label}", table.arn),
            label,
            table: table.name.to_string(),
            view: view.unwrap_or_default().into_string(),
            key: roles(&table.key),
            ready,
            stopped: None,
        }
    }

    /// The stream at that ARN, unless it ended a day ago.
    pub(in crate::emulator) fn at(
        store: &dyn Read,
        arn: &str,
        now: u64,
    ) -> Result<Option<Self>, StoreError> {
        let Some((region, name)) = table_of(arn) else { return Ok(None) };
        let prefix = layout::streams(region, name);
        let pairs = of_prefix(store, &prefix, None, Direction::Backward, usize::MAX)?;
        for pair in pairs {
            let found = Self::read(&pair.key, &pair.value)?;
            if let Some(found) = found.filter(|found| found.arn == arn) {
                return Ok(Some(found).filter(|found| !found.is_over(now)));
            }
        }
        Ok(None)
    }

    /// The region it is in.
    pub(in crate::emulator) fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }

    /// When it was asked for, in milliseconds since 1970.
    pub(in crate::emulator) fn since(&self) -> u64 {
        self.stream.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    pub(in crate::emulator) fn status(&self, now: u64) -> Status {
        match self.stopped {
            Some((_, until)) if now < until => Status::Disabling,
            Some(_) => Status::Disabled,
            None if now < self.ready => Status::Enabling,
            None => Status::Enabled,
        }
    }

    /// That a stream is no longer told of a day after it ended is inferred from the same being
    /// documented of its records.
    fn is_over(&self, now: u64) -> bool {
        self.stopped.is_some_and(|(since, _)| since + DAY <= now)
    }

    /// Notes that a stream is being disabled since a time and until a time.
    pub(super) fn stop(
        store: &mut dyn Write,
        table: &Table,
        stream: StreamKey,
        stopped: (u64, u64),
    ) -> Result<(), StoreError> {
        let key = layout::stream(table.region(), &table.name, stream);
        let Some(value) = store.get(&key)? else { return Ok(()) };
        let Some(found) = Self::read(&key, &value)? else { return Ok(()) };
        Self { stopped: Some(stopped), ..found }.write(store)
    }

    pub(super) fn write(&self, store: &mut dyn Write) -> Result<(), StoreError> {
        let mut json = Writer::new();
        json.object(|json| {
            for (name, text) in [
                ("Arn", &self.arn),
                ("Label", &self.label),
                ("Table", &self.table),
                ("View", &self.view),
            ] {
                json.key(name);
                json.string(text);
            }
            json.key("Key");
            json.object(|json| {
                for (name, role) in &self.key {
                    json.key(name);
                    json.string(role);
                }
            });
            json.key("Ready");
            json.number(self.ready);
            if let Some((since, until)) = self.stopped {
                json.key("Stopped");
                json.number(since);
                json.key("Ended");
                json.number(until);
            }
        });
        store
            .put(&layout::stream(self.region(), &self.table, self.stream), json.into_bytes().into())
    }

    fn read(key: &[u8], value: &bytes::Bytes) -> Result<Option<Self>, StoreError> {
        let json = Json::parse(value.clone())
            .map_err(|cause| StoreError { doing: "read a stream", cause: Some(cause.into()) })?;
        let root = json.root();
        let text = |name| Some(root.get(name)?.as_str()?.into_owned());
        let read = || {
            let role = |(name, role): (std::borrow::Cow<'_, str>, crate::wire::json::Value<'_>)| {
                Some((name.into_owned(), role.as_str()?.into_owned()))
            };
            Some(Self {
                stream: *key.last_chunk()?,
                arn: text("Arn")?,
                label: text("Label")?,
                table: text("Table")?,
                view: text("View")?,
                key: root.get("Key")?.members().filter_map(role).collect(),
                ready: root.number("Ready")?,
                stopped: root.number("Stopped").zip(root.number("Ended")),
            })
        };
        Ok(read())
    }
}

fn roles(key: &Schema) -> Vec<(String, String)> {
    let partition = key.partition.iter().map(|one| (one, "HASH"));
    let all = partition.chain(key.sort.iter().map(|one| (one, "RANGE")));
    all.map(|(one, role)| (one.name.to_string(), role.to_owned())).collect()
}

/// The region and the name of the table whose stream an ARN is of.
fn table_of(arn: &str) -> Option<(&str, &str)> {
    let (before, rest) = arn.split_once(":table/")?;
    Some((before.split(':').nth(3)?, rest.split_once("/stream/")?.0))
}

/// Up to `limit` streams of a region, of tables of that name or of all, after the one at an ARN: by table, and
/// of one table in the order in which they were enabled (inferred).
pub(in crate::emulator) fn streams_after(
    store: &dyn Read,
    region: &str,
    table: Option<&str>,
    start: Option<&str>,
    limit: usize,
    now: u64,
) -> Result<Vec<Description>, StoreError> {
    let prefix = match table {
        Some(name) => layout::streams(region, name),
        None => layout::streams_of(region),
    };
    let mut last = match start {
        Some(arn) => Some(key_after(store, region, arn)?),
        None => None,
    };
    let mut found = Vec::new();
    loop {
        let after = last.as_deref().filter(|last| *last >= prefix.as_slice());
        let pairs = of_prefix(store, &prefix, after, Direction::Forward, limit - found.len())?;
        let Some(end) = pairs.last() else { return Ok(found) };
        last = Some(end.key.to_vec());
        for pair in &pairs {
            let stream = Description::read(&pair.key, &pair.value)?;
            found.extend(stream.filter(|stream| !stream.is_over(now)));
        }
        if found.len() >= limit {
            return Ok(found);
        }
    }
}

/// The key of the stream at an ARN; of one that is not there, the one after all of its table.
fn key_after(store: &dyn Read, region: &str, arn: &str) -> Result<Vec<u8>, StoreError> {
    let (_, name) = table_of(arn).unwrap_or_default();
    let prefix = layout::streams(region, name);
    for pair in of_prefix(store, &prefix, None, Direction::Forward, usize::MAX)? {
        if Description::read(&pair.key, &pair.value)?.is_some_and(|found| found.arn == arn) {
            return Ok(pair.key.to_vec());
        }
    }
    Ok(layout::after(&prefix).unwrap_or(prefix))
}

/// Removes the streams that ended a day ago, with all they hold.
pub(super) fn forget_ended(store: &mut dyn Write, now: u64) -> Result<(), StoreError> {
    let pairs =
        of_prefix(store.as_read(), &[layout::STREAMS], None, Direction::Forward, usize::MAX)?;
    for pair in pairs {
        let Some(ended) = Description::read(&pair.key, &pair.value)? else { continue };
        if ended.is_over(now) {
            store.delete(&pair.key)?;
            store.delete(&layout::stream_head(ended.stream))?;
            backfill::clear(store, &layout::shards(ended.stream))?;
            backfill::clear(store, &layout::all_records(ended.stream))?;
        }
    }
    Ok(())
}
