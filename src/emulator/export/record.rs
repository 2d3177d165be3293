//! An export as it stands in the store.

use bytes::Bytes;

use super::{Done, Export, Failure, Format, Outcome, Scope, TableNames, Target, ViewType};
use crate::{
    storage::StoreError,
    wire::json::{Json, Value, Writer},
};

impl Export {
    pub(super) fn record(&self) -> Bytes {
        let mut json = Writer::new();
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
            json.count("Start", self.start);
            match self.scope {
                Scope::Full { at } => json.count("At", at),
                Scope::Incremental { from, to, view } => {
                    json.count("From", from);
                    json.count("To", to);
                    json.key("View");
                    json.string(view.name());
                }
            }
            let Some(Outcome { end, result }) = &self.outcome else { return };
            json.count("End", *end);
            match result {
                Ok(Done { items, billed }) => {
                    json.count("Items", *items);
                    json.count("Billed", *billed);
                }
                Err(failure) => failure.write(json),
            }
        });
        json.into_bytes().into()
    }

    pub(super) fn read(id: &str, record: Bytes) -> Result<Self, StoreError> {
        let json = Json::parse(record).map_err(|cause| StoreError {
            doing: "read an export's record",
            cause: Some(cause.into()),
        })?;
        let root = json.root();
        let text = |name| root.get(name).and_then(Value::as_str).map(|text| Box::from(&*text));
        let scope = match (root.number("From"), root.number("To")) {
            (Some(from), Some(to)) => {
                let view = ViewType::of(&text("View").unwrap_or_default());
                Scope::Incremental { from, to, view }
            }
            _ => Scope::Full { at: root.number("At").unwrap_or_default() },
        };
        let result = match Failure::read(root) {
            Some(failure) => Err(failure),
            None => Ok(Done {
                items: root.number("Items").unwrap_or_default(),
                billed: root.number("Billed").unwrap_or_default(),
            }),
        };
        Ok(Self {
            id: id.into(),
            table: TableNames {
                name: text("Table").unwrap_or_default(),
                arn: text("Arn").unwrap_or_default(),
                id: text("TableId").unwrap_or_default(),
            },
            start: root.number("Start").unwrap_or_default(),
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
            outcome: root.number("End").map(|end| Outcome { end, result }),
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
        let failure = Failure::new("S3NoSuchBucket", "none");
        export.outcome = Some(Outcome { end: 9, result: Err(failure) });
        export.target = Target { bucket: "bucket".into(), ..Target::default() };
        check(&export);
    }
}
