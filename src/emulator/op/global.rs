//! What the operations on global tables of version 2017.11.29 have in common. The service makes no
//! such tables any more, and never shows those of the version after as such: there are none
//! (aws-service-facts 10, October 2026).

use thiserror::Error;

use crate::{
    emulator::{
        rule::{self, Limit, Rule},
        shape::Sent,
    },
    wire::Fault,
};

/// Where these tables could be, as the service lists it (aws-service-facts 10).
const REGIONS: [&str; 11] = [
    "eu-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-2",
    "eu-central-1",
    "ap-northeast-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// A request on a global table that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum GlobalError {
    #[error(
        "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy)."
    )]
    Version,
    /// The beginning is inferred from the other sentence.
    #[error(
        "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is not supported in this region '{region}', supported regions are : [{}]",
        REGIONS.join(", ")
    )]
    Region { region: String },
    #[error("Global table not found: Global table with name: '{0}' does not exist.")]
    NotFound(String),
    #[error("Global table with name: '{0}' does not exist.")]
    NoSettings(String),
    #[error("One or more parameter values were invalid")]
    NoAction,
    #[error("TableName must be at least 3 characters long and at most 255 characters long")]
    Name,
}

impl From<GlobalError> for Fault {
    fn from(error: GlobalError) -> Self {
        let text = error.to_string();
        match error {
            GlobalError::NotFound(_) | GlobalError::NoSettings(_) => {
                Self::new("GlobalTableNotFoundException", text)
            }
            _ => Self::validation(text),
        }
    }
}

/// Why none can be made in a region.
pub(super) fn refusal(region: &str) -> GlobalError {
    match REGIONS.contains(&region) {
        true => GlobalError::Version,
        false => GlobalError::Region { region: region.to_owned() },
    }
}

/// `GlobalTableName`: its length has a sentence of its own (aws-service-facts 1.5); that it comes
/// before the pattern is inferred, and so is the sentence for one that is absent.
pub(super) fn name(sent: &Sent<'_>) -> Result<String, Fault> {
    const REQUIRED: &[Rule] = &[Rule::older("GlobalTableName", &[Limit::Required])];
    const PATTERN: &[Rule] = &[Rule::older("GlobalTableName", &[Limit::Name])];
    rule::check(sent, &[REQUIRED])?;
    let name = sent.text("GlobalTableName").unwrap_or_default().into_owned();
    if !(3..=255).contains(&name.encode_utf16().count()) {
        return Err(GlobalError::Name.into());
    }
    rule::check(sent, &[PATTERN])?;
    Ok(name)
}
