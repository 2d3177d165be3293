//! How a backup is named (aws-service-facts 1.7, 3.6; 2026-10-09).

use super::{Backup, error::BackupError};
use crate::{
    emulator::{Emulator, door::Caller},
    storage::{Read, StoreError},
    wire::Fault,
};

/// The ARN of a backup, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator) struct BackupArn {
    /// As it was sent.
    pub(in crate::emulator) sent: String,
    pub(in crate::emulator) region: String,
    /// The name of the table.
    pub(in crate::emulator) table: String,
    /// What stands after `backup/`.
    pub(in crate::emulator) id: String,
}

impl BackupArn {
    /// Reads an ARN; the order in which it is judged is inferred.
    pub(in crate::emulator) fn read(emulator: &Emulator, sent: &str) -> Result<Self, BackupError> {
        let parts: Vec<&str> = sent.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = *parts else {
            return Err(BackupError::NoArn);
        };
        let parts: Vec<&str> = resource.split('/').collect();
        let ["table", table, "backup", id] = *parts else { return Err(BackupError::NoArn) };
        if region.is_empty() || account != emulator.settings.account {
            return Err(BackupError::OtherAccount);
        }
        if partition != "aws" || service != "dynamodb" || !is_region(region) {
            return Err(BackupError::Foreign);
        }
        let [sent, region, table, id] = [sent, region, table, id].map(str::to_owned);
        Ok(Self { sent, region, table, id })
    }

    /// The backup, in the region that is asked: the one in the ARN is not looked at (3.6).
    pub(in crate::emulator) fn find(
        &self,
        emulator: &Emulator,
        store: &dyn Read,
        caller: &Caller,
    ) -> Result<Backup, Fault> {
        Ok(self.find_in(emulator, store, &caller.region)?.ok_or_else(|| self.not_found())?)
    }

    /// The backup, if it is one of a table of that region.
    pub(in crate::emulator) fn find_in(
        &self,
        emulator: &Emulator,
        store: &dyn Read,
        region: &str,
    ) -> Result<Option<Backup>, StoreError> {
        let found = Backup::find(store, &self.id, &self.table)?;
        Ok(found.filter(|backup| backup.is_there(emulator.now()) && backup.region() == region))
    }

    /// That it is not there.
    pub(in crate::emulator) fn not_found(&self) -> BackupError {
        BackupError::NotFound(self.sent.clone())
    }
}

/// Whether it looks like the name of a region; which there are is not known here.
fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match *parts {
        [area, ref middle @ .., number] => {
            area.len() == 2
                && !middle.is_empty()
                && middle.iter().all(word)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}
