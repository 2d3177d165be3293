//! What exports are refused for, in the service's words (aws-service-facts 1.13, 6.2, 6.4;
//! 2026-10-09).

use thiserror::Error;

use crate::{emulator::table::time, wire::Fault};

/// An export that is refused, or that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::emulator) enum ExportError {
    #[error("Invalid TableArn: Invalid Table ARN")]
    NoTableArn,
    #[error("One or more parameter values were invalid: tableArn is not a valid ARN")]
    NotAnArn,
    #[error("Invalid Request: Table ARN is invalid.")]
    NoTable,
    #[error("Access is denied")]
    OtherAccount,
    #[error(
        "Invalid Request: Export Type expected to be Incremental Export when incremental export specification is provided"
    )]
    TypeExpected,
    #[error(
        "Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be provided"
    )]
    FullWithSpecification,
    #[error(
        "Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export"
    )]
    SpecificationExpected,
    #[error("Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification")]
    NoFromTime,
    #[error("Invalid Request: KMS Key Id is not supported for this encryption type")]
    KeyWithoutKms,
    /// The source has the sentence up to "regular": the pattern is inferred.
    #[error(
        "Invalid Request: 1 validation error detected: Value '{0}' at 's3SseKmsKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(arn:[\\w-]+:kms:[\\w-]+:\\d{{12}}:(key|alias)/[\\w/-]+|alias/[\\w/-]+|[\\w-]{{36}})$"
    )]
    Key(String),
    #[error("Invalid Request: Invalid FilterSpecification: The specification can not be empty")]
    EmptyFilter,
    #[error("Table not found: {0}")]
    TableNotFound(String),
    #[error("Point in time recovery is not enabled for table '{0}'")]
    NoRecovery(String),
    /// In the future, or before recovery was enabled.
    #[error("Export Time is invalid")]
    Time,
    /// After the last restorable moment; of incremental exports the sentence is inferred.
    #[error("Point in Time Recovery is not available for specified export time")]
    TimeUnavailable,
    #[error(
        "Incremental export period from time cannot be less than the table creation time : {}",
        moment(*.0)
    )]
    FromBeforeCreation(u64),
    #[error(
        "Difference between export period from time and export period to time is less than 15 minutes"
    )]
    TooShort,
    /// Inferred, from the sentence before and the developer's guide: at most 24 hours.
    #[error(
        "Difference between export period from time and export period to time is greater than 24 hours"
    )]
    TooLong,
    #[error(
        "Incremental export period to time cannot be greater than the current time : {}",
        moment(*.0)
    )]
    ToInFuture(u64),
    #[error("Export conflict: Duplicate request detected with conflicting parameters")]
    Conflict,
    #[error("Invalid Export ARN")]
    NoExportArn,
    #[error("Export not found: Invalid export arn")]
    OtherRegion,
    #[error("Export not found: Export not found: {0}")]
    NotFound(String),
}

/// As Java prints an instant: milliseconds where there are some (inferred).
fn moment(millis: u64) -> String {
    if millis.is_multiple_of(1000) { time::to_the_second(millis) } else { time::iso(millis) }
}

impl From<ExportError> for Fault {
    fn from(error: ExportError) -> Self {
        let kind = match &error {
            ExportError::OtherAccount => "AccessDeniedException",
            ExportError::TableNotFound(_) => "TableNotFoundException",
            ExportError::NoRecovery(_) => "PointInTimeRecoveryUnavailableException",
            ExportError::Time
            | ExportError::TimeUnavailable
            | ExportError::FromBeforeCreation(_)
            | ExportError::TooShort
            | ExportError::TooLong
            | ExportError::ToInFuture(_) => "InvalidExportTimeException",
            ExportError::Conflict => "ExportConflictException",
            ExportError::OtherRegion | ExportError::NotFound(_) => "ExportNotFoundException",
            _ => "ValidationException",
        };
        Self::new(kind, error.to_string())
    }
}
