//! How what is done with a table is named: `TABLE-ARN/import/TIME-DIGITS` and its like.

use super::{Emulator, md5};
use crate::storage::{Read, StoreError};

/// The ARN of something that is done with a table, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JobArn<'a> {
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    /// The name of the table.
    pub(super) table: &'a str,
    pub(super) id: &'a str,
}

impl<'a> JobArn<'a> {
    /// Takes an ARN apart that is one of that kind.
    pub(super) fn read(sent: &'a str, kind: &str) -> Option<Self> {
        let parts: Vec<&str> = sent.splitn(6, ':').collect();
        let ["arn", "aws", "dynamodb", region, account, resource] = *parts else { return None };
        let parts: Vec<&str> = resource.split('/').collect();
        let ["table", table, found, id] = *parts else { return None };
        (found == kind).then_some(Self { region, account, table, id })
    }
}

/// The time in fourteen digits, and eight that are its own, of something that begins at a time;
/// one that is not taken (aws-service-facts 6.1: the id of an export is when it began).
pub(super) fn id(
    emulator: &Emulator,
    store: &dyn Read,
    (kind, number): (&str, u32),
    mut millis: u64,
    place: impl Fn(&str) -> Vec<u8>,
) -> Result<String, StoreError> {
    let seed = emulator.settings.seed.to_be_bytes();
    let digest = md5::digest(&[kind.as_bytes(), &seed, &number.to_be_bytes()]);
    let own: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    loop {
        let id = format!("{millis:014}-{own}");
        if store.get(&place(&id))?.is_none() {
            return Ok(id);
        }
        millis += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_an_arn_of_the_kind_is_taken_apart() {
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users/import/01-ab";
        let read = JobArn::read(arn, "import");
        assert_eq!(
            read,
            Some(JobArn {
                region: "us-east-1",
                account: "000000000000",
                table: "users",
                id: "01-ab"
            })
        );
        assert_eq!(JobArn::read(arn, "export"), None);
        assert_eq!(
            JobArn::read("arn:aws:dynamodb:us-east-1:000000000000:table/users", "import"),
            None
        );
    }
}
