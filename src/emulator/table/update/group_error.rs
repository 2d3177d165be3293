//! Why a table's replicas cannot be changed as asked: the service's sentences
//! (aws-service-facts 8.1, 8.2, 8.5, 8.6, 8.8, 9.1, 9.3, us-west-2 and us-east-1, October 2026).

use thiserror::Error;

use super::replicas;
use crate::{emulator::table::Refusal, wire::Fault};

/// A change of replicas that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum GroupError {
    #[error("There are no actions specified in the Replica Update Action of the request.")]
    NoAction,
    #[error("Update table operation with more than one type of replica actions not allowed.")]
    SeveralKinds,
    #[error(
        "Update table operation with more than one create or delete replica actions not allowed"
    )]
    SeveralActions,
    #[error("One or more parameter values were invalid")]
    NoRegion,
    #[error(
        "One or more parameter values were invalid: Replica modification must be the only operation in the request"
    )]
    NotAlone,
    #[error(
        "One or more parameter values were invalid: Requests that modify replicas or witnesses must not also modify other fields"
    )]
    OtherFields,
    #[error(
        "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required."
    )]
    Local,
    #[error(
        "Region {region} is not supported. The latest version of global tables are only supported in the following regions: [{}]",
        replicas::regions()
    )]
    NoSuchRegion { region: Box<str> },
    #[error("dynatape does not emulate replicas that are disassociated")]
    Disassociate,
    #[error(
        "Failed to create a the new replica of table with name: ‘{0}’ because one or more replicas already existed as tables."
    )]
    TableThere(Box<str>),
    #[error(
        "Global table with name: '{table}' already exists with replicas in regions: '{regions}'."
    )]
    ReplicaThere { table: Box<str>, regions: String },
    #[error(
        "Update global table operation failed because one or more replicas were not part of the global table. Please retry the request without these replicas: [{0}]."
    )]
    NotInGroup(Box<str>),
    #[error(
        "Create/Update/Delete of replica is not allowed while the replica is being added to table with name: ‘{table}’ in region: ‘{region}’."
    )]
    Joining { table: Box<str>, region: Box<str> },
    #[error("Table write capacity should either be Pay-Per-Request or AutoScaled.")]
    NotScaled,
    #[error("GSI write capacity should either be Pay-Per-Request or AutoScaled.")]
    IndexNotScaled,
    #[error(
        "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours."
    )]
    Source,
    #[error(
        "Cannot delete table {table} in region {region} because it has deletion protection enabled. Disable deletion protection first."
    )]
    Protected { table: Box<str>, region: Box<str> },
    #[error(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )]
    UnitsOnDemand,
    #[error(
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
    )]
    CeilingProvisioned,
    #[error(
        "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica."
    )]
    NoKey,
    #[error(
        "One or more parameter values were invalid: All replica keys must either be Customer Managed CMK or AWS Managed CMK."
    )]
    ManagedKey,
    #[error(
        "KMS validation error for region {region}: com.amazonaws.services.kms.model.NotFoundException: Invalid arn {of}"
    )]
    KeyElsewhere { region: Box<str>, of: Box<str> },
    #[error(
        "Operation cannot be performed while replica server-side encryption status is in UPDATING state. Please retry the request after the status is updated to ENABLED."
    )]
    Encrypting,
    #[error(
        "Limit exceeded for replica in {0}. Updates to TableClass are limited to 2 times in 30 day(s)"
    )]
    ClassLimit(Box<str>),
    #[error(
        "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica."
    )]
    StreamNeeded,
    #[error(
        "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG."
    )]
    Count,
    #[error(
        "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present."
    )]
    WitnessWithoutStrong,
    #[error("Cannot target multiple regions with the same action")]
    SameRegion,
    #[error(
        "Cannot add a witness in the same region as an existing replica when creating a global table with MultiRegionConsistency set to STRONG."
    )]
    WitnessHere,
    #[error(
        "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to STRONG: [{0}]."
    )]
    NotStrongThere(String),
    #[error(
        "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided."
    )]
    OnlyCreate,
    #[error("Cannot add replicas to a global table with strong MultiRegionConsistency")]
    StrongIsFull,
    #[error("MultiRegionConsistency parameter is unsupported on existing global table")]
    ConsistencyStays,
    #[error("Update table delete operation does not include all witnesses.")]
    WitnessStays,
    #[error(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to STRONG."
    )]
    StrongStays,
    /// The beginning is inferred from that of replicas.
    #[error(
        "Update global table operation failed because one or more witnesses were not part of the global table. Please retry the request without these witnesses: [{0}]."
    )]
    NoWitness(Box<str>),
    #[error(transparent)]
    Busy(#[from] Refusal),
}

impl From<GroupError> for Fault {
    fn from(error: GroupError) -> Self {
        let text = error.to_string();
        match error {
            GroupError::Busy(refusal) => refusal.into(),
            GroupError::ReplicaThere { .. } => Self::new("ResourceInUseException", text),
            GroupError::ClassLimit(_) => Self::new("LimitExceededException", text),
            _ => Self::validation(text),
        }
    }
}
