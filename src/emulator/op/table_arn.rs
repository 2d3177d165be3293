//! ARNs in place of a table's name (aws-tables-facts 1.5, October 2026).

use thiserror::Error;

use crate::{
    emulator::{Emulator, door::Caller},
    wire::Fault,
};

/// An ARN that names no table of the caller's.
///
/// The sentences are known up to the ARN; that they end there, and that index and stream have the
/// second, is inferred.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum ArnError {
    #[error("1 validation error detected: Invalid AWS region in '{0}'")]
    OtherRegion(String),
    #[error("1 validation error detected: Invalid resource type in '{0}'")]
    NoTable(String),
    #[error("Access is denied")]
    OtherAccount,
}

impl From<ArnError> for Fault {
    fn from(error: ArnError) -> Self {
        let text = error.to_string();
        match error {
            ArnError::OtherAccount => Self::new("AccessDeniedException", text),
            ArnError::OtherRegion(_) | ArnError::NoTable(_) => Self::validation(text),
        }
    }
}

/// Refuses the ARN of anything but a table of this region and account. A name, and what is no
/// whole ARN, is left to be looked for.
pub(super) fn check(emulator: &Emulator, caller: &Caller, sent: &str) -> Result<(), Fault> {
    if !sent.starts_with("arn:") {
        return Ok(());
    }
    let parts: Vec<&str> = sent.splitn(6, ':').collect();
    let ["arn", _, "dynamodb", region, account, resource] = *parts else { return Ok(()) };
    if region != caller.region {
        return Err(ArnError::OtherRegion(sent.to_owned()).into());
    }
    if resource.split('/').collect::<Vec<_>>().len() != 2 {
        return Err(ArnError::NoTable(sent.to_owned()).into());
    }
    if account != emulator.settings.account {
        return Err(ArnError::OtherAccount.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{call, message, with_table};

    #[test]
    fn only_tables_of_this_region_and_account_are_named_by_arns() {
        let emulator = with_table();
        let get = |arn: &str| {
            format!(r#"{{"TableName":"{arn}","Key":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}}}}}}"#)
        };
        let own = "arn:aws:dynamodb:us-east-1:000000000000:table/table";
        assert!(call(&emulator, "GetItem", &get(own)).status.is_success());
        let index = format!("{own}/index/gsi");
        for (arn, text) in [
            (
                "arn:aws:dynamodb:us-west-2:000000000000:table/table",
                "1 validation error detected: Invalid AWS region in 'arn:aws:dynamodb:us-west-2:000000000000:table/table'".to_owned(),
            ),
            ("arn:aws:dynamodb:us-east-1:111111111111:table/table", "Access is denied".into()),
            (&index, format!("1 validation error detected: Invalid resource type in '{index}'")),
        ] {
            assert_eq!(message(&emulator, "GetItem", &get(arn)), text);
        }
    }
}
