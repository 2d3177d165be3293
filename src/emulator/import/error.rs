//! Why there is no import: the service's sentences (aws-service-facts 1.13, 7; 2026-10-09).

use thiserror::Error;

use crate::{emulator::table::limits, wire::Fault};

/// A call about imports that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::emulator) enum ImportError {
    #[error("Invalid Import ARN")]
    NoArn,
    #[error("Access is denied")]
    OtherAccount,
    /// The sentence is not recorded: that of exports (6.4) with the other word.
    #[error("Import not found: Import not found: {0}")]
    NotFound(String),
    /// As above.
    #[error("Import not found: Invalid import arn")]
    OtherRegion,
    #[error("Table already exists: {0}")]
    TableExists(String),
    #[error("Import conflict: Duplicate request detected with conflicting parameters")]
    OtherRequest,
    #[error("Invalid Request: Unsupported InputFormatOptions for the given input format: {0}.")]
    NeedlessOptions(String),
    /// Of ListImports; the sentence is that of exports (6.2), which is inferred.
    #[error("One or more parameter values were invalid: tableArn is not a valid ARN")]
    NoTableArn,
    /// As many as restores at once (the documentation of quotas); so is the sentence, inferred.
    #[error(
        "Subscriber limit exceeded: Only {} import operations can be done simultaneously",
        limits::IMPORTS
    )]
    TooMany,
}

impl From<ImportError> for Fault {
    fn from(error: ImportError) -> Self {
        let kind = match &error {
            ImportError::OtherAccount => "AccessDeniedException",
            ImportError::NotFound(_) | ImportError::OtherRegion => "ImportNotFoundException",
            ImportError::TableExists(_) => "ResourceInUseException",
            ImportError::OtherRequest => "ImportConflictException",
            ImportError::TooMany => "LimitExceededException",
            ImportError::NoArn | ImportError::NeedlessOptions(_) | ImportError::NoTableArn => {
                "ValidationException"
            }
        };
        Self::new(kind, error.to_string())
    }
}
