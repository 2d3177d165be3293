//! Why a resource policy is refused: the service's sentences (aws-service-facts 1.5 and 12.4,
//! October 2026).

use thiserror::Error;

use crate::wire::Fault;

/// A rule of resource policies that one breaks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum PolicyError {
    #[error(
        "One or more parameter values were invalid: Maximum policy size of {} bytes exceeded",
        super::MOST_BYTES
    )]
    TooLarge,
    #[error("One or more parameter values were invalid: Invalid policy document: {0}")]
    Document(#[from] DocumentError),
    #[error("One or more parameter values were invalid: Invalid principal in policy document.")]
    Principal,
    #[error(
        "Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure least-privilege form of access"
    )]
    Unbounded,
}

/// What is wrong with the document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum DocumentError {
    #[error("This policy contains invalid Json")]
    NotJson,
    #[error("This text appears not to be a policy")]
    NoPolicy,
    #[error("Syntax error at position ({line},{column})")]
    Syntax { line: usize, column: usize },
    #[error("Could not parse the policy: Statement is empty!")]
    NoStatement,
    #[error("Missing required field {0}")]
    Missing(&'static str),
    #[error("The Statement Ids in the policy are not unique")]
    RepeatedId,
    #[error("The following action names are invalid: {0}")]
    Actions(String),
    /// That the sentence ends with the ARN is inferred.
    #[error("The relative-id \"{relative}\" is invalid for ARN \"{arn}\"")]
    Relative { relative: String, arn: String },
}

impl From<PolicyError> for Fault {
    fn from(error: PolicyError) -> Self {
        Self::validation(error.to_string())
    }
}
