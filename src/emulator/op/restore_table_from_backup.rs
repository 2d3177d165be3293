//! RestoreTableFromBackup: a new table with what a backup holds (aws-service-facts 5).

use super::{Op, backup_arn, restore};
use crate::{
    emulator::{
        Emulator, Validation,
        backup::{self, BackupArn, BackupError},
        burial,
        door::Caller,
        figures::Figures,
        shape::{Member, Sent, Shape},
        table::{
            self, ENCRYPTION, INDEX, LOCAL_INDEX, ON_DEMAND, THROUGHPUT, Table, VECTOR, View,
            restore::Overrides,
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct RestoreTableFromBackup;

/// What is asked.
pub(super) struct Input {
    target: String,
    backup: String,
    overrides: Overrides,
}

impl Op for RestoreTableFromBackup {
    const OPERATION: Operation = Operation::RestoreTableFromBackup;
    const MEMBERS: &'static [Member] = &[
        Member("TargetTableName", Shape::Text),
        Member("BackupArn", Shape::Text),
        Member("BillingModeOverride", Shape::Text),
        Member("GlobalSecondaryIndexOverride", Shape::List(&INDEX)),
        Member("LocalSecondaryIndexOverride", Shape::List(&LOCAL_INDEX)),
        Member("ProvisionedThroughputOverride", THROUGHPUT),
        Member("OnDemandThroughputOverride", ON_DEMAND),
        Member("SSESpecificationOverride", ENCRYPTION),
        Member("VectorIndexOverride", Shape::List(&VECTOR)),
    ];
    type Input<'a> = Input;
    type Output = Table;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input, Fault> {
        let (target, overrides) = restore::target(sent)?;
        Ok(Input { target, backup: backup_arn(sent)?.into_owned(), overrides })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Table, Fault> {
        let Input { target, backup, overrides } = input;
        let arn = BackupArn::read(emulator, &backup)?;
        // From another region the target's key must be told (aws-service-facts 3.6, 5.4).
        if arn.region != caller.region && !overrides.tell_encryption() {
            return Err(BackupError::OtherRegion.into());
        }
        let mut store = emulator.store.write()?;
        burial::bury(emulator, &mut *store, emulator.now())?;
        let found = arn.find_in(emulator, store.as_read(), &arn.region)?;
        let backup = found.ok_or_else(|| arn.not_found())?;
        let stumbles = overrides.have_empty_ceilings();
        let asked = (&*target, overrides);
        let table = backup::from_backup(emulator, caller, &mut *store, &backup, asked)?;
        store.commit()?;
        if stumbles {
            // The restore has begun all the same (aws-service-facts 5.5, 3 of 3, 2026-10-09).
            let from = format!("backup: {}", backup.arn());
            return Err(BackupError::TableRestoring { table: target, from }.into());
        }
        Ok(table)
    }

    /// As CreateTable's answer (inferred), with where it comes from.
    fn encode(table: Table, json: &mut Writer) {
        json.key("TableDescription");
        table::describe(&table, &Figures::default(), View::Created, json);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::{
        Settings,
        op::{
            backup_tests::{back_up, put, scans, wait_for_system_backup},
            tests::{ask, call, message, with_table, with_table_and, with_table_and_clock},
        },
        table::Timing,
    };

    fn body(arn: &str, more: &str) -> String {
        format!(r#"{{"TargetTableName":"copy","BackupArn":"{arn}"{more}}}"#)
    }

    #[test]
    fn a_restored_table_and_its_indexes_are_scanned_as_the_source_was() {
        let emulator = with_table();
        (0..40).for_each(|at| put(&emulator, at));
        let before = scans(&emulator, "table");
        let described = ask(&emulator, "DescribeTable", r#"{"TableName":"table"}"#);
        let arn = back_up(&emulator, "table");
        (40..60).for_each(|at| put(&emulator, at));
        ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
        let answer = ask(&emulator, "RestoreTableFromBackup", &body(&arn, ""));
        for part in [
            format!(
                r#""RestoreSummary":{{"RestoreDateTime":1.700000000123E9,"RestoreInProgress":true,"SourceBackupArn":"{arn}","SourceTableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table"}}"#
            ),
            r#""TableStatus":"CREATING""#.to_owned(),
        ] {
            assert!(answer.contains(&part), "{part} in {answer}");
        }
        assert!(!answer.contains("IndexStatus"), "{answer}");
        assert_eq!(scans(&emulator, "copy"), before);
        // Counts and sizes, of the indexes too.
        let restored = ask(&emulator, "DescribeTable", r#"{"TableName":"copy"}"#);
        let id = |text: &str| {
            let (before, rest) = text.split_once(r#""TableId":""#).unwrap();
            (before.to_owned(), rest.split_once('"').unwrap().1.to_owned())
        };
        let named = described.replace("/table\"", "/copy\"").replace("/table/", "/copy/");
        assert_eq!(id(&restored), id(&named.replace(r#":"table","#, r#":"copy","#)));
        // It is a table as others are.
        let key = r#"{"pk":{"S":"p1"},"sk":{"N":"1"}}"#;
        ask(&emulator, "DeleteItem", &format!(r#"{{"TableName":"copy","Key":{key}}}"#));
        assert!(scans(&emulator, "copy").iter().all(|scan| scan.contains(r#""Count":39"#)));
    }

    #[test]
    fn a_table_that_was_deleted_is_restored_from_the_services_backup() {
        let (emulator, _) = with_table_and_clock();
        (0..9).for_each(|at| put(&emulator, at));
        let before = scans(&emulator, "table");
        let arn = wait_for_system_backup(&emulator);
        let same = body(&arn, "").replace("copy", "table");
        ask(&emulator, "RestoreTableFromBackup", &same);
        assert_eq!(scans(&emulator, "table"), before);
    }

    #[test]
    fn indexes_are_left_out_or_renamed() {
        let emulator = with_table();
        put(&emulator, 1);
        let arn = back_up(&emulator, "table");
        let none = r#","GlobalSecondaryIndexOverride":[],"LocalSecondaryIndexOverride":[]"#;
        let answer = ask(&emulator, "RestoreTableFromBackup", &body(&arn, none));
        assert!(!answer.contains("Indexes"), "{answer}");
        assert!(!answer.contains(r#""AttributeName":"gk""#), "{answer}");
        let renamed = r#","GlobalSecondaryIndexOverride":[{"IndexName":"new","KeySchema":[{"AttributeName":"gk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["a"]}}]"#;
        let second = body(&arn, renamed).replace("copy", "renamed");
        ask(&emulator, "RestoreTableFromBackup", &second);
        let scan = ask(&emulator, "Scan", r#"{"TableName":"renamed","IndexName":"new"}"#);
        assert!(scan.contains(r#""a":{"S":"a1"}"#) && !scan.contains(r#""b":"#), "{scan}");
    }

    #[test]
    fn takes_its_time_and_is_known_to_nobody_meanwhile() {
        // aws-service-facts 5.1, 5.3, 5.4, 2026-10-09.
        let settings = Settings { timing: Timing::real(), ..Settings::default() };
        let (emulator, clock) = with_table_and(settings);
        clock.advance(Duration::from_secs(60));
        let arn = back_up(&emulator, "table");
        ask(&emulator, "RestoreTableFromBackup", &body(&arn, ""));
        let described = ask(&emulator, "DescribeTable", r#"{"TableName":"copy"}"#);
        assert!(described.contains(r#""RestoreInProgress":true"#), "{described}");
        let tags = r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/copy"}"#;
        let named = r#"{"TableName":"copy"}"#;
        let create = r#"{"TableName":"copy","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
        let update = r#"{"TableName":"copy","DeletionProtectionEnabled":true}"#;
        let other = body(&arn, "").replace("copy", "other");
        let delete = format!(r#"{{"BackupArn":"{arn}"}}"#);
        for (operation, body, kind, text) in [
            (
                "UpdateTable",
                update,
                "ResourceNotFoundException",
                "Requested resource not found: Table: copy not found",
            ),
            (
                "DescribeTimeToLive",
                named,
                "ResourceNotFoundException",
                "Requested resource not found: Table: copy not found",
            ),
            (
                "ListTagsOfResource",
                tags,
                "ResourceNotFoundException",
                "Requested resource not found: ResourceArn: arn:aws:dynamodb:us-east-1:000000000000:table/copy not found",
            ),
            ("DescribeContinuousBackups", named, "TableNotFoundException", "Table not found: copy"),
            (
                "CreateTable",
                create,
                "ResourceInUseException",
                "Attempt to change a resource which is still in use: Table is being used: copy",
            ),
            (
                "DeleteTable",
                named,
                "ResourceInUseException",
                "Attempt to change a resource which is still in use: Table is being created: copy",
            ),
            (
                "RestoreTableFromBackup",
                &body(&arn, ""),
                "TableInUseException",
                &format!("Table: copy is already being restored from backup: {arn}"),
            ),
            (
                "RestoreTableFromBackup",
                &other,
                "BackupInUseException",
                &format!("Backup is being used to restore another table: {arn}"),
            ),
            (
                "DeleteBackup",
                &delete,
                "BackupInUseException",
                &format!("Backup is being used to restore table: {arn}"),
            ),
        ] {
            let response = call(&emulator, operation, body);
            assert_eq!(response.error_type().as_deref(), Some(kind), "{operation}");
            assert_eq!(response.error_message().as_deref(), Some(text), "{operation}");
        }
        clock.advance(Duration::from_secs(211));
        let described = ask(&emulator, "DescribeTable", named);
        assert!(described.contains(r#""TableStatus":"ACTIVE""#), "{described}");
        assert!(!described.contains("RestoreSummary"), "{described}");
        assert_eq!(
            message(&emulator, "RestoreTableFromBackup", &body(&arn, "")),
            "Table already exists: copy"
        );
        ask(&emulator, "DeleteBackup", &delete);
    }

    #[test]
    fn no_more_than_fifty_are_restored_at_once() {
        // aws-service-facts 5.6.
        let settings = Settings { timing: Timing::real(), ..Settings::default() };
        let (emulator, clock) = with_table_and(settings);
        clock.advance(Duration::from_secs(60));
        for at in 0..=50 {
            let arn = back_up(&emulator, "table");
            let body = body(&arn, "").replace("copy", &format!("copy{at}"));
            let response = call(&emulator, "RestoreTableFromBackup", &body);
            assert_eq!(response.status.is_success(), at < 50, "{at}");
            if at == 50 {
                let text = response.error_message();
                assert_eq!(
                    text.as_deref(),
                    Some(
                        "Subscriber limit exceeded: Only 50 restore operations can be done simultaneously"
                    )
                );
            }
        }
    }
}
