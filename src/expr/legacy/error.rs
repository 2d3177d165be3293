//! What can be wrong with a legacy parameter: the service's sentences (aws-facts 4.12, eu-west-2
//! and us-east-1, 2026-10-09 and 10).

use thiserror::Error;

use super::Operator;
use crate::value::Type;

/// A legacy parameter that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum LegacyError {
    #[error("One or more parameter values were invalid: {0}")]
    Parameter(#[from] LegacyParameterError),
    #[error(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
    )]
    BoundOrder,
    #[error("Unsupported KeyConditions ComparisonOperator: {0}")]
    KeyOperator(Operator),
    #[error("QueryFilter can only contain non-primary key attributes: Primary key attribute: {0}")]
    FilterOnKey(String),
    /// The stray quote is the service's.
    #[error("Member must satisfy enum value set: [ADD, DELETE, PUT]' for Action")]
    Action,
}

/// What stands behind the sentence most of them begin with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum LegacyParameterError {
    #[error("Exists and ComparisonOperator cannot be used together for Attribute: {0}")]
    ExistsAndOperator(String),
    #[error("Value and AttributeValueList cannot be used together for Attribute: {0}")]
    ValueAndList(String),
    #[error("AttributeValueList can only be used with a ComparisonOperator for Attribute: {0}")]
    ListWithoutOperator(String),
    #[error(
        "Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {attribute}"
    )]
    NoArguments { operator: Operator, attribute: String },
    #[error("Invalid number of argument(s) for the {0} ComparisonOperator")]
    ArgumentCount(Operator),
    #[error("Value must be provided when Exists is true for Attribute: {0}")]
    ExistsWithoutValue(String),
    #[error("Value cannot be used when Exists is false for Attribute: {0}")]
    AbsentWithValue(String),
    #[error("Value must be provided when Exists is null for Attribute: {0}")]
    Nothing(String),
    #[error("AttributeValues inside AttributeValueList must be of same type")]
    MixedTypes,
    #[error("ComparisonOperator {operator} is not valid for {kind} AttributeValue type")]
    OperandType { operator: Operator, kind: Type },
    #[error("Invalid comparison operator")]
    UnknownOperator,
    #[error("Duplicate value in attribute name: {0}")]
    RepeatedName(String),
    #[error("Only DELETE action is allowed when no attribute value is specified")]
    NoValue,
    #[error("{action} is not supported for the type {kind}")]
    ActionType { action: &'static str, kind: Type },
}
