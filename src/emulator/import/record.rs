//! An import as the store has it.

use bytes::Bytes;

use super::{Counts, Import};
use crate::{
    emulator::{failure::Failure, listing::Listed},
    storage::{StoreError, Write},
    wire::json::{Json, Value, Writer},
};

impl Import {
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
                ("Started", self.started),
                ("Ended", self.ended),
                ("Processed", self.counts.processed),
                ("Imported", self.counts.imported),
                ("Bytes", self.counts.bytes),
            ] {
                json.key(name);
                json.number(number);
            }
            json.key("Asked");
            json.raw(self.asked.text());
            if let Some(failure) = &self.failure {
                failure.write(json);
            }
        });
        store.put(&self.key(), json.into_bytes().into())
    }

    /// Reads what [`Import::put`] wrote at that key.
    pub(super) fn read(key: &[u8], record: Bytes) -> Result<Self, StoreError> {
        let broken = |cause| StoreError { doing: "read an import's record", cause };
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
        Ok(Self {
            id: id.into(),
            table: table.into(),
            table_arn: text("TableArn").unwrap_or_default(),
            table_id: text("TableId").unwrap_or_default(),
            token: text("Token").unwrap_or_default(),
            asked: Json::parse(asked).map_err(|cause| broken(Some(cause.into())))?,
            started: number("Started"),
            ended: number("Ended"),
            counts: Counts {
                processed: number("Processed"),
                imported: number("Imported"),
                bytes: number("Bytes"),
            },
            failure: Failure::read(root),
        })
    }
}
