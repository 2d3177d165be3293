//! A bulk operation as the store has it.

use bytes::Bytes;

use super::{Bulk, Part, Progress, Usage};
use crate::{
    emulator::{failure::Failure, listing::Listed},
    storage::{Read, StoreError, Write},
    wire::json::{Json, Value, Writer},
};

impl Bulk {
    /// Keeps it.
    pub(super) fn put(&self, store: &mut dyn Write) -> Result<(), StoreError> {
        let mut json = Writer::new();
        json.object(|json| {
            for (name, text) in
                [("TableArn", &self.table_arn), ("TableId", &self.table_id), ("Token", &self.token)]
            {
                json.key(name);
                json.string(text);
            }
            for (name, number) in [
                ("Number", Some(self.number.into())),
                ("Started", Some(self.started)),
                ("Until", Some(self.until)),
                ("Cancelled", self.cancelled),
                ("TotalEntries", Some(self.total.entries)),
                ("TotalBytes", Some(self.total.bytes)),
                ("DoneEntries", Some(self.done.entries)),
                ("DoneBytes", Some(self.done.bytes)),
                ("Failed", Some(self.failed)),
            ] {
                let Some(number) = number else { continue };
                json.key(name);
                json.number(number);
            }
            json.key("Finished");
            json.bool(self.finished);
            json.key("Usage");
            json.array(|json| self.usage.iter().for_each(|usage| usage.write(json)));
            json.key("Asked");
            json.raw(self.asked.text());
            if let Some(failure) = &self.failure {
                failure.write(json);
            }
        });
        store.put(&self.key(), json.into_bytes().into())
    }

    /// The one that was put at that key.
    pub(super) fn at(store: &dyn Read, key: &[u8]) -> Result<Option<Self>, StoreError> {
        store.get(key)?.map(|record| Self::read(key, record)).transpose()
    }

    pub(super) fn read(key: &[u8], record: Bytes) -> Result<Self, StoreError> {
        let broken = |cause| StoreError { doing: "read a bulk operation's record", cause };
        let json = Json::parse(record).map_err(|cause| broken(Some(cause.into())))?;
        let root = json.root();
        let text = |name| {
            let value = root.get(name).and_then(Value::as_str);
            value.map(|text| Box::from(&*text))
        };
        let number = |name| root.number(name).unwrap_or(0u64);
        let key = String::from_utf8_lossy(key.get(1..).unwrap_or_default());
        let (id, table) = key.split_once('/').ok_or_else(|| broken(None))?;
        let asked = root.get("Asked").ok_or_else(|| broken(None))?.raw().to_owned();
        let usage = root.get("Usage").into_iter().flat_map(Value::elements);
        Ok(Self {
            id: id.into(),
            table: table.into(),
            table_arn: text("TableArn").unwrap_or_default(),
            table_id: text("TableId").unwrap_or_default(),
            token: text("Token").unwrap_or_default(),
            number: root.number("Number").unwrap_or_default(),
            asked: Json::parse(asked).map_err(|cause| broken(Some(cause.into())))?,
            started: number("Started"),
            until: number("Until"),
            cancelled: root.number("Cancelled"),
            total: Progress { entries: number("TotalEntries"), bytes: number("TotalBytes") },
            done: Progress { entries: number("DoneEntries"), bytes: number("DoneBytes") },
            failed: number("Failed"),
            usage: usage.map(Usage::read).collect(),
            failure: Failure::read(root),
            finished: root.get("Finished").and_then(Value::as_bool) == Some(true),
        })
    }
}

impl Usage {
    fn write(&self, json: &mut Writer) {
        json.object(|json| {
            if let Some(index) = &self.index {
                json.key("Index");
                json.string(index);
            }
            json.key("Part");
            json.number(self.part as u8);
            json.key("Bytes");
            json.number(self.bytes);
        });
    }

    fn read(json: Value<'_>) -> Self {
        Self {
            part: match json.number("Part").unwrap_or(0) {
                0 => Part::Table,
                1 => Part::Local,
                2 => Part::Global,
                _ => Part::Vector,
            },
            index: json.get("Index").and_then(Value::as_str).map(|name| Box::from(&*name)),
            bytes: json.number("Bytes").unwrap_or_default(),
        }
    }
}
