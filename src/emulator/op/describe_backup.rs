//! DescribeBackup: what a backup is of (aws-service-facts 3.2).

use std::borrow::Cow;

use super::{Op, backup_arn};
use crate::{
    emulator::{
        Emulator, Validation,
        backup::{self, Backup, BackupArn},
        burial,
        door::Caller,
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeBackup;

impl Op for DescribeBackup {
    const OPERATION: Operation = Operation::DescribeBackup;
    const MEMBERS: &'static [Member] = &[Member("BackupArn", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = (Backup, String, u64);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        backup_arn(sent)
    }

    fn run(emulator: &Emulator, caller: &Caller, arn: Cow<'_, str>) -> Result<Self::Output, Fault> {
        let arn = BackupArn::read(emulator, &arn)?;
        burial::settle(emulator)?;
        let backup = arn.find(emulator, &*emulator.store.read()?, caller)?;
        Ok((backup, arn.sent, emulator.now()))
    }

    fn encode((backup, arn, now): Self::Output, json: &mut Writer) {
        backup::describe(&backup, &arn, backup.status(now), json);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::{
        backup_tests::{back_up, wait_for_system_backup},
        tests::{ask, with_table_and_clock},
    };

    #[test]
    fn tells_what_the_table_was() {
        let (emulator, _) = with_table_and_clock();
        ask(
            &emulator,
            "UpdateTimeToLive",
            r#"{"TableName":"table","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"at"}}"#,
        );
        let arn = back_up(&emulator, "table");
        ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
        let answer = ask(&emulator, "DescribeBackup", &format!(r#"{{"BackupArn":"{arn}"}}"#));
        for part in [
            r#""BackupStatus":"AVAILABLE","BackupType":"USER"},"SourceTableDetails":{"BillingMode":"PAY_PER_REQUEST","ItemCount":0,"KeySchema":[{"#,
            r#""ProvisionedThroughput":{"ReadCapacityUnits":0,"WriteCapacityUnits":0},"TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table","TableCreationDateTime":1.700000000123E9"#,
            r#""SourceTableFeatureDetails":{"GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema""#,
            r#""LocalSecondaryIndexes":[{"IndexName":"lsi","#,
            r#""TimeToLiveDescription":{"AttributeName":"at","TimeToLiveStatus":"ENABLED"}}}}"#,
        ] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
        assert!(!answer.contains("SSEDescription"), "{answer}");
    }

    #[test]
    fn a_region_in_the_arn_is_echoed_and_not_looked_at() {
        // aws-service-facts 3.6, 2026-10-09.
        let (emulator, _) = with_table_and_clock();
        let arn = back_up(&emulator, "table").replace("us-east-1", "eu-west-1");
        let answer = ask(&emulator, "DescribeBackup", &format!(r#"{{"BackupArn":"{arn}"}}"#));
        assert!(answer.contains(&arn), "{answer}");
    }

    #[test]
    fn a_table_deleted_with_recovery_on_leaves_a_backup_for_35_days() {
        let (emulator, clock) = with_table_and_clock();
        let arn = wait_for_system_backup(&emulator);
        assert!(arn.ends_with("/backup/01700000000123-00000000"), "{arn}");
        let body = format!(r#"{{"BackupArn":"{arn}"}}"#);
        let answer = ask(&emulator, "DescribeBackup", &body);
        for part in [
            r#""BackupExpiryDateTime":1.703024000123E9,"BackupName":"table$DeletedTableBackup""#,
            r#""BackupType":"SYSTEM""#,
            r#""SourceTableFeatureDetails":{}"#,
        ] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
        clock.advance(std::time::Duration::from_secs(35 * 24 * 3600));
        let gone = crate::emulator::op::tests::message(&emulator, "DescribeBackup", &body);
        assert_eq!(gone, format!("Backup not found: {arn}"));
    }
}
