//! How the table of an export, and an export, are named (aws-service-facts 1.7, 6.2, 6.4;
//! 2026-10-09). The order in which an ARN is judged is inferred.

use super::ExportError;
use crate::emulator::{Emulator, door::Caller};

/// The name in the ARN of a table to export. Its region is not looked at: the name is looked for
/// in the region that is asked.
pub(in crate::emulator) fn exported_table<'a>(
    emulator: &Emulator,
    sent: &'a str,
) -> Result<&'a str, ExportError> {
    if sent.is_empty() {
        return Err(ExportError::NoTableArn);
    }
    let parts: Vec<&str> = sent.splitn(6, ':').collect();
    let ["arn", _, "dynamodb", _, account, resource] = *parts else {
        return Err(ExportError::NotAnArn);
    };
    if account != emulator.settings.account {
        return Err(ExportError::OtherAccount);
    }
    match resource.split('/').collect::<Vec<_>>()[..] {
        ["table", name] if !name.is_empty() => Ok(name),
        _ => Err(ExportError::NoTable),
    }
}

/// The ARN of an export, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emulator) struct ExportArn<'a> {
    /// The name of the table.
    pub(in crate::emulator) table: &'a str,
    /// What stands after `export/`.
    pub(in crate::emulator) id: &'a str,
}

impl<'a> ExportArn<'a> {
    /// Reads an ARN.
    pub(in crate::emulator) fn read(
        emulator: &Emulator,
        caller: &Caller,
        sent: &'a str,
    ) -> Result<Self, ExportError> {
        let parts: Vec<&str> = sent.splitn(6, ':').collect();
        let ["arn", _, "dynamodb", region, account, resource] = *parts else {
            return Err(ExportError::NoExportArn);
        };
        let ["table", table, "export", id] = resource.split('/').collect::<Vec<_>>()[..] else {
            return Err(ExportError::NoExportArn);
        };
        if account != emulator.settings.account {
            return Err(ExportError::OtherAccount);
        }
        match region == caller.region {
            true => Ok(Self { table, id }),
            false => Err(ExportError::OtherRegion),
        }
    }
}
