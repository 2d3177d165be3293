//! Why a table cannot be changed as asked: the service's sentences (aws-tables-facts 1.3, 7 to
//! 16, 21; aws-facts 8.4, 8.5).

use thiserror::Error;

use super::GroupError;
use crate::{
    emulator::table::{DefinitionError, Refusal, Throughput, time},
    value::Type,
    wire::Fault,
};

/// A rule of UpdateTable that a change breaks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum UpdateError {
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    #[error("One or more parameter values were invalid: {0}")]
    Parameter(#[from] UpdateParameterError),
    #[error(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, {0}DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"
    )]
    Nothing(&'static str),
    /// The service's own failure on a structure without members (aws-tables-facts 1.8).
    #[error("")]
    Internal,
    #[error(
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the table: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
        read = .0.read,
        write = .0.write
    )]
    SameCapacity(Throughput),
    /// From "Current WriteCapacityUnits" on as for a table (inferred).
    #[error(
        "The provisioned throughput for the index {index} will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for index {index}: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for index {index}: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
        read = units.read,
        write = units.write
    )]
    SameIndexCapacity { index: Box<str>, units: Throughput },
    #[error(
        "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: VectorIndexSchema:[VectorAttribute: key{{{attribute}:L:{dimensions}}}] New schema: Schema:[SchemaElement: key{{{attribute}:{kind}:{role}}}]"
    )]
    Redefined { attribute: Box<str>, dimensions: i64, kind: Type, role: &'static str },
    #[error("Attempting to create an index which already exists")]
    IndexExists,
    #[error("Cannot {action} an index that is not a GlobalSecondaryIndex: {index}")]
    NotGlobal { action: &'static str, index: Box<str> },
    #[error("Requested resource not found: Index {index} for table {table}")]
    NoIndex { index: Box<str>, table: Box<str> },
    #[error("Table already has an enabled stream: TableName: {0}")]
    StreamEnabled(Box<str>),
    #[error("Table has no stream to disable: TableName: {0}")]
    NoStream(Box<str>),
    #[error(
        "Deletion protection setting for table {table} modified within the previous 15000 milliseconds. Please try again after {}",
        time::iso(*again)
    )]
    ProtectionTooSoon { table: Box<str>, again: u64 },
    #[error("Subscriber limit exceeded: {0}")]
    Limit(#[from] LimitError),
    /// aws-service-facts 8.4.
    #[error(
        "Value 'ENABLED_WITH_OVERRIDES' at 'GlobalTableSettingsReplicationMode' failed to satisfy constraint: Only ENABLED and DISABLED settings replication are supported for a Regional Table."
    )]
    SettingsMode,
    #[error(transparent)]
    Group(#[from] GroupError),
    #[error(transparent)]
    Busy(#[from] Refusal),
}

/// What stands behind the sentence most of them begin with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum UpdateParameterError {
    #[error("List of GlobalSecondaryIndexUpdates is empty")]
    NoIndexUpdates,
    #[error(
        "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"
    )]
    NoAction,
    #[error(
        "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"
    )]
    SeveralActions,
    #[error(
        "Only one global secondary index update per index is allowed simultaneously. Index: {0}"
    )]
    IndexTwice(Box<str>),
    #[error(
        "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: {0}"
    )]
    EmptyWarm(Box<str>),
    /// Inferred from the list of global indexes.
    #[error("List of VectorIndexUpdates is empty")]
    NoVectorUpdates,
    /// Inferred.
    #[error("One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null")]
    NoVectorAction,
    #[error("Only one vector index action is allowed per VectorIndexUpdate object")]
    SeveralVectorActions,
    #[error("Tables with vector indexes must be in PAY_PER_REQUEST mode")]
    VectorsProvisioned,
    #[error("{0} must be the only operation in the request")]
    NotAlone(&'static str),
    #[error("Create global secondary index cannot be specified when updating WarmThroughput")]
    CreateWhileWarming,
    #[error("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")]
    OnDemandNotAlone,
    #[error("You cannot modify stream status while updating table IOPS")]
    StreamWithCapacity,
    #[error("You cannot create or delete index while updating table IOPS")]
    IndexWithCapacity,
    #[error("You cannot create or delete index while changing stream status")]
    IndexWithStream,
    #[error("If stream is being enabled then UpdateViewType is required")]
    StreamWithoutView,
    #[error("If stream is being disabled, then UpdateViewType must not be specified")]
    ViewWithoutStream,
    #[error("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")]
    NoCapacity,
    #[error("ProvisionedThroughput must be specified for index: {0}")]
    NoIndexCapacity(Box<str>),
    #[error("ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST")]
    CapacityOnDemand,
    #[error(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )]
    UnitsOnDemand,
    #[error(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {0} when BillingMode is PAY_PER_REQUEST"
    )]
    IndexUnitsOnDemand(Box<str>),
    #[error("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {0}")]
    IndexWithoutUnits(Box<str>),
    #[error(
        "The only Updates for index: {0} when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput"
    )]
    OnlyOnDemand(Box<str>),
    #[error("AttributeDefinitions is not specified for index: {0}")]
    NoAttributes(Box<str>),
    #[error(
        "{unit} for OnDemandThroughput{of} cannot be specified when the table BillingMode is PROVISIONED"
    )]
    OnDemandProvisioned { unit: &'static str, of: String },
    #[error("Requested {unit} for OnDemandThroughput for {of} is outside of valid range")]
    OnDemandRange { unit: &'static str, of: String },
    #[error(
        "Requested {unit} for WarmThroughput for {of} is lower than current WarmThroughput, decreasing WarmThroughput is not supported"
    )]
    Cooler { unit: &'static str, of: String },
    #[error("Table is already encrypted by default")]
    EncryptedByDefault,
    #[error(
        "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key"
    )]
    SameKey,
}

/// A limit that a change would exceed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum LimitError {
    #[error("Only 1 online index can be created or deleted simultaneously per table")]
    OneIndex,
    #[error("Number of global secondary indexes exceeds per-table limit of 20")]
    GlobalIndexes,
    #[error("Updates to TableClass are limited to 2 times in 30 day(s).")]
    Class,
    #[error(
        "Requested {unit} for {setting} for {of} exceeds {maximum} of the account in region {region}"
    )]
    Units {
        unit: &'static str,
        setting: &'static str,
        of: String,
        maximum: &'static str,
        region: Box<str>,
    },
    #[error(
        "Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. Number of decreases today: {today}. Last decrease at {}. Next decrease can be made at {}.",
        time::in_words(*last),
        time::in_words(*next)
    )]
    Decreases { today: u64, last: u64, next: u64 },
    #[error(
        "Encryption mode changes are limited in the 24h window ending at {}. After the first 4 change, each subsequent change in the same window can be performed at most once every 21600 seconds. Number of updates today: {today}. Last change at {}. Next changes can be made at {}.",
        time::iso(*end),
        time::iso(*last),
        time::iso(*next)
    )]
    Encryption { end: u64, today: usize, last: u64, next: u64 },
}

impl UpdateError {
    /// Whether the table has had its changes of class.
    #[must_use]
    pub fn is_class_limit(&self) -> bool {
        *self == Self::Limit(LimitError::Class)
    }
}

impl From<UpdateError> for Fault {
    fn from(error: UpdateError) -> Self {
        let text = error.to_string();
        match error {
            UpdateError::Definition(error) => error.into(),
            UpdateError::Busy(refusal) => refusal.into(),
            UpdateError::Group(error) => error.into(),
            UpdateError::Internal => Self::new("InternalFailure", text),
            UpdateError::NoIndex { .. } => Self::new("ResourceNotFoundException", text),
            UpdateError::ProtectionTooSoon { .. } => Self::new("ThrottlingException", text),
            UpdateError::Limit(_) => Self::new("LimitExceededException", text),
            _ => Self::validation(text),
        }
    }
}
