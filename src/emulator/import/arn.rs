//! Which import an ARN names (aws-service-facts 1.7, 7.4; 2026-10-09).

use super::{Import, KIND, error::ImportError};
use crate::{
    emulator::{Emulator, door::Caller, job_arn::JobArn},
    storage::{Read, layout},
    wire::Fault,
};

/// Finds it. In which order an ARN is judged is inferred.
pub(in crate::emulator) fn find(
    emulator: &Emulator,
    caller: &Caller,
    store: &dyn Read,
    sent: &str,
) -> Result<Import, Fault> {
    let arn = JobArn::read(sent, KIND).ok_or(ImportError::NoArn)?;
    if arn.account != emulator.settings.account {
        return Err(ImportError::OtherAccount.into());
    }
    if arn.region != caller.region {
        return Err(ImportError::OtherRegion.into());
    }
    let key = layout::import(arn.id, arn.table);
    let found = store.get(&key)?.map(|record| Import::read(&key, record)).transpose()?;
    let found = found.filter(|import| import.region() == caller.region);
    Ok(found.ok_or_else(|| ImportError::NotFound(sent.to_owned()))?)
}
