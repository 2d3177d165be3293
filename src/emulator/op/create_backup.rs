//! CreateBackup: keeps a table as it is now, under a name (aws-service-facts 3.1).

use std::borrow::Cow;

use super::{Op, continuous};
use crate::{
    emulator::{
        Emulator, Validation,
        backup::{self, Backup},
        burial,
        door::Caller,
        fault,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::limits::BACKED_UP_ON_DEMAND_WHILE_DELETED,
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct CreateBackup;

const RULES: &[Rule] = &[Rule::older(
    "BackupName",
    &[Limit::Required, Limit::Name, Limit::Shortest(3), Limit::Longest(255)],
)];

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    name: Cow<'a, str>,
}

impl Op for CreateBackup {
    const OPERATION: Operation = Operation::CreateBackup;
    const MEMBERS: &'static [Member] =
        &[Member("TableName", Shape::Text), Member("BackupName", Shape::Text)];
    type Input<'a> = Input<'a>;
    type Output = Backup;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let table = super::existing_table_name(sent)?;
        rule::check(sent, &[RULES])?;
        Ok(Input { table, name: sent.text("BackupName").unwrap_or_default() })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Backup, Fault> {
        let mut store = emulator.store.write()?;
        // Not earlier: whoever waits for the store comes later.
        let now = emulator.now();
        burial::bury(emulator, &mut *store, now)?;
        let table = continuous::table(
            emulator,
            store.as_read(),
            &caller.region,
            &input.table,
            BACKED_UP_ON_DEMAND_WHILE_DELETED,
        )?;
        if continuous::is_enabling(&table) {
            return Err(fault::backups_unavailable(&table.name));
        }
        let backup = Backup::make(emulator, &mut *store, &table, &input.name, false, now)?;
        store.commit()?;
        Ok(backup)
    }

    /// The answer says CREATING always (aws-service-facts 3.1).
    fn encode(backup: Backup, json: &mut Writer) {
        backup::details(&backup, &backup.arn(), "CREATING", json);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use bytes::Bytes;

    use crate::{
        clock::SystemClock,
        emulator::{
            Emulator, Settings,
            op::tests::{ask, message, with_table},
        },
        storage::{
            Direction, KeyRange, MemoryStore, Read, Show, SizedValue, Store, StoreError, Write,
            layout,
        },
    };

    /// Counts the items that are read and written.
    #[derive(Debug, Default)]
    struct Counting {
        store: MemoryStore,
        items: Arc<AtomicUsize>,
    }

    struct Open<R>(R, Arc<AtomicUsize>);

    impl<R> Open<R> {
        fn count(&self, key: &[u8]) {
            if key.starts_with(&layout::items(0)[..1]) || key.starts_with(b"x") {
                self.1.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    impl Store for Counting {
        fn read(&self) -> Result<Box<dyn Read + '_>, StoreError> {
            Ok(Box::new(Open(self.store.read()?, Arc::clone(&self.items))))
        }

        fn write(&self) -> Result<Box<dyn Write + '_>, StoreError> {
            Ok(Box::new(Open(self.store.write()?, Arc::clone(&self.items))))
        }

        fn keep(&self) -> Option<Arc<dyn Read + Send + Sync>> {
            self.store.keep()
        }
    }

    impl<R: Read + ?Sized> Read for Open<Box<R>> {
        fn get_sized(&self, key: &[u8]) -> Result<Option<SizedValue>, StoreError> {
            self.count(key);
            self.0.get_sized(key)
        }

        fn visit(
            &self,
            range: KeyRange<'_>,
            direction: Direction,
            show: &mut Show<'_>,
        ) -> Result<(), StoreError> {
            self.0.visit(range, direction, &mut |key, value| {
                self.count(key);
                show(key, value)
            })
        }
    }

    impl Write for Open<Box<dyn Write + '_>> {
        fn put_sized(
            &mut self,
            key: &[u8],
            value: Bytes,
            size: Option<u32>,
        ) -> Result<(), StoreError> {
            self.count(key);
            self.0.put_sized(key, value, size)
        }

        fn delete(&mut self, key: &[u8]) -> Result<(), StoreError> {
            self.count(key);
            self.0.delete(key)
        }

        fn commit(self: Box<Self>) -> Result<(), StoreError> {
            self.0.commit()
        }

        fn as_read(&self) -> &dyn Read {
            self
        }
    }

    #[test]
    fn a_backup_touches_no_item() {
        let store = Counting::default();
        let items = Arc::clone(&store.items);
        let emulator = Emulator::new(Arc::new(store), Arc::new(SystemClock), Settings::default());
        ask(
            &emulator,
            "CreateTable",
            r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
        );
        for at in 0..50 {
            let item = format!(r#"{{"TableName":"table","Item":{{"pk":{{"S":"{at}"}}}}}}"#);
            ask(&emulator, "PutItem", &item);
        }
        assert!(items.swap(0, Ordering::Relaxed) >= 50, "items are counted");
        ask(&emulator, "CreateBackup", r#"{"TableName":"table","BackupName":"one"}"#);
        assert_eq!(items.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn answers_in_the_services_form() {
        let answer = ask(
            &with_table(),
            "CreateBackup",
            r#"{"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/table","BackupName":"one"}"#,
        );
        let (before, after) = answer.split_once("/backup/01700000000123-").expect(&answer);
        assert_eq!(
            before,
            r#"{"BackupDetails":{"BackupArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table"#
        );
        assert_eq!(
            &after[8..],
            r#"","BackupCreationDateTime":1.700000000123E9,"BackupName":"one","BackupSizeBytes":0,"BackupStatus":"CREATING","BackupType":"USER"}}"#
        );
    }

    #[test]
    fn refuses_names_in_the_services_words() {
        // aws-service-facts 1.3, 1.5, 2026-10-09.
        let emulator = with_table();
        for (body, text) in [
            (
                r#"{"TableName":"table","BackupName":""}"#,
                "2 validation errors detected: Value '' at 'backupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at 'backupName' failed to satisfy constraint: Member must have length greater than or equal to 3",
            ),
            (r#"{"TableName":"gone","BackupName":"one"}"#, "Table not found: gone"),
        ] {
            assert_eq!(message(&emulator, "CreateBackup", body), text);
        }
    }
}
