//! DeleteBackup: lets go of a backup (aws-service-facts 3.3).

use std::borrow::Cow;

use super::{Op, backup_arn};
use crate::{
    emulator::{
        Emulator, Validation,
        backup::{self, Backup, BackupArn, BackupError},
        burial,
        door::Caller,
        shape::{Member, Sent, Shape},
        table::time,
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DeleteBackup;

impl Op for DeleteBackup {
    const OPERATION: Operation = Operation::DeleteBackup;
    const MEMBERS: &'static [Member] = &[Member("BackupArn", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = (Backup, String);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        backup_arn(sent)
    }

    fn run(emulator: &Emulator, caller: &Caller, arn: Cow<'_, str>) -> Result<Self::Output, Fault> {
        let arn = BackupArn::read(emulator, &arn)?;
        let mut store = emulator.store.write()?;
        burial::bury(emulator, &mut *store, emulator.now())?;
        let backup = arn.find(emulator, store.as_read(), caller)?;
        if let Some(expires) = backup.expires() {
            return Err(BackupError::System { arn: arn.sent, expires: time::iso(expires) }.into());
        }
        if backup.is_being_restored(emulator, store.as_read())? {
            return Err(BackupError::Restoring(arn.sent).into());
        }
        backup.remove(emulator, &mut *store)?;
        store.commit()?;
        Ok((backup, arn.sent))
    }

    fn encode((backup, arn): Self::Output, json: &mut Writer) {
        backup::describe(&backup, &arn, "DELETED", json);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::{
        backup_tests::{back_up, wait_for_system_backup},
        tests::{ask, message, with_table, with_table_and_clock},
    };

    #[test]
    fn a_deleted_backup_is_gone_from_all_answers_and_lets_its_state_go() {
        let emulator = with_table();
        let arn = back_up(&emulator, "table");
        assert_eq!(emulator.vault.len(), 1);
        let body = format!(r#"{{"BackupArn":"{arn}"}}"#);
        let answer = ask(&emulator, "DeleteBackup", &body);
        assert!(answer.contains(r#""BackupStatus":"DELETED""#), "{answer}");
        for operation in ["DescribeBackup", "DeleteBackup"] {
            assert_eq!(
                message(&emulator, operation, &body),
                format!("Backup not found: {arn}"),
                "{operation}"
            );
        }
        assert_eq!(ask(&emulator, "ListBackups", "{}"), r#"{"BackupSummaries":[]}"#);
        assert_eq!(emulator.vault.len(), 0);
    }

    #[test]
    fn a_backup_of_the_service_cannot_be_deleted() {
        let (emulator, _) = with_table_and_clock();
        let arn = wait_for_system_backup(&emulator);
        assert_eq!(
            message(&emulator, "DeleteBackup", &format!(r#"{{"BackupArn":"{arn}"}}"#)),
            format!(
                "Invalid Request: User is not allowed to delete the system backup with arn {arn}. It will automatically expire on 2023-12-19T22:13:20.123Z"
            )
        );
    }
}
