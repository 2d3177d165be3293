//! Why there is no backup, or nothing is restored: the service's sentences (aws-service-facts 3,
//! 5.4; us-west-2 and us-east-1, 2026-10-08 and 09).

use thiserror::Error;

use crate::wire::Fault;

/// A call about backups that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::emulator) enum BackupError {
    #[error("Invalid Backup ARN")]
    NoArn,
    #[error("Invalid Request: BackupArn is not valid")]
    Foreign,
    #[error("Access is denied")]
    OtherAccount,
    #[error("Backup not found: {0}")]
    NotFound(String),
    #[error("Backup is being used to restore table: {0}")]
    Restoring(String),
    #[error("Backup is being used to restore another table: {0}")]
    RestoringAnother(String),
    #[error(
        "Invalid Request: User is not allowed to delete the system backup with arn {arn}. It will automatically expire on {expires}"
    )]
    System { arn: String, expires: String },
    #[error("Invalid Request: The supplied ExclusiveStartBackupArn does not match the region")]
    StartOfOtherRegion,
    #[error(
        "One or more parameter values were invalid: Time range lower bound must be less than or equal to upper bound"
    )]
    Bounds,
    #[error("Table already exists: {0}")]
    TableExists(String),
    /// Of a restore to a point in time the sentence is inferred.
    #[error("Table: {table} is already being restored from {from}")]
    TableRestoring { table: String, from: String },
    #[error("Subscriber limit exceeded: Only {0} restore operations can be done simultaneously")]
    TooMany(usize),
    #[error("Invalid Request: sseSpecificationOverride must be provided for cross-region restores")]
    OtherRegion,
    #[error("Point in time recovery is not enabled for table '{0}'")]
    NoRecovery(String),
    /// The source has the sentence in two parts that meet here.
    #[error(
        "RestoreDateTime '{at}' must be within EarliestRestorableDateTime '{earliest}' and LatestRestorableDateTime '{latest}'"
    )]
    Time { at: String, earliest: String, latest: String },
    /// The source has the sentence up to "Pleas".
    #[error(
        "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify only one."
    )]
    BothTimes,
    #[error(
        "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"
    )]
    NoTime,
    #[error("Must provide exactly one of: sourceTableArn, sourceTableName")]
    BothSources,
    #[error("The parameter 'TableName' is required but was not present in the request")]
    NoSource,
    #[error("One or more parameter values were invalid: ARNs must start with 'arn:': {0}")]
    SourceNoArn(String),
    #[error("One or more parameter values were invalid: sourceTableArn is not a valid ARN")]
    SourceArn,
    #[error("This action is only supported by accounts that match the resource owner’s account.")]
    SourceOfOther,
    #[error("Table not found")]
    NoSourceAt,
}

impl From<BackupError> for Fault {
    fn from(error: BackupError) -> Self {
        let kind = match &error {
            BackupError::OtherAccount => "AccessDeniedException",
            BackupError::NotFound(_) => "BackupNotFoundException",
            BackupError::Restoring(_) | BackupError::RestoringAnother(_) => "BackupInUseException",
            BackupError::TableExists(_) => "TableAlreadyExistsException",
            BackupError::TableRestoring { .. } => "TableInUseException",
            BackupError::TooMany(_) => "LimitExceededException",
            BackupError::NoRecovery(_) => "PointInTimeRecoveryUnavailableException",
            BackupError::Time { .. } => "InvalidRestoreTimeException",
            BackupError::NoSourceAt => "TableNotFoundException",
            _ => "ValidationException",
        };
        Self::new(kind, error.to_string())
    }
}
