//! What tests of several operations on backups do.

use super::tests::ask;
use crate::emulator::Emulator;

/// Makes a backup of a table and gives its ARN.
pub(super) fn back_up(emulator: &Emulator, table: &str) -> String {
    let body = format!(r#"{{"TableName":"{table}","BackupName":"one"}}"#);
    first_arn(&ask(emulator, "CreateBackup", &body))
}

/// Turns point-in-time recovery of `table` on.
pub(super) fn recover(emulator: &Emulator) {
    ask(
        emulator,
        "UpdateContinuousBackups",
        r#"{"TableName":"table","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#,
    );
}

/// Deletes `table` while its recovery is on, and gives the ARN of the backup that comes of it.
pub(super) fn wait_for_system_backup(emulator: &Emulator) -> String {
    recover(emulator);
    ask(emulator, "DeleteTable", r#"{"TableName":"table"}"#);
    first_arn(&ask(emulator, "ListBackups", r#"{"BackupType":"SYSTEM"}"#))
}

/// Puts an item into `table`, which its indexes have too.
pub(super) fn put(emulator: &Emulator, sk: u32) {
    ask(
        emulator,
        "PutItem",
        &format!(
            r#"{{"TableName":"table","Item":{{"pk":{{"S":"p{}"}},"sk":{{"N":"{sk}"}},"lk":{{"S":"l"}},"gk":{{"S":"g"}},"a":{{"S":"a{sk}"}},"b":{{"S":"b"}}}}}}"#,
            sk % 7
        ),
    );
}

/// What a scan of a table, and of its indexes, gives.
pub(super) fn scans(emulator: &Emulator, table: &str) -> [String; 3] {
    ["", r#","IndexName":"lsi""#, r#","IndexName":"gsi""#]
        .map(|index| ask(emulator, "Scan", &format!(r#"{{"TableName":"{table}"{index}}}"#)))
}

fn first_arn(answer: &str) -> String {
    let rest = answer.split_once(r#""BackupArn":""#).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default().to_owned()
}
