//! The exceptions to "everything is compared": one table, each line with its reason.

use crate::wire::Operation;

/// How the values at a path are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// Both must be numbers of seconds; which, is the clock's business.
    Epoch,
    /// Both must be text of the same shape: letters and digits in the same places.
    Minted,
    /// Both must be ARNs of the same thing; region and account are not compared.
    Arn,
    /// Both must be text that says something, to whoever made it up.
    Opaque,
    /// Both must be whole numbers; the service updates them now and then only.
    Lagging,
    /// Both must be the same text up to its last hyphen; what follows is a time.
    Timed,
    /// Both must be states, and not two that never turn into each other; how long a state lasts is nobody's promise.
    State,
}

impl Comparator {
    /// Whether the value says what was at the moment of a recording, and no more.
    #[must_use]
    pub fn is_of_a_moment(self) -> bool {
        matches!(self, Self::Lagging | Self::State)
    }

    /// What stands in a snapshot for a value that is compared so.
    #[must_use]
    pub const fn stand_in(self) -> &'static str {
        match self {
            Self::Epoch | Self::Timed => "[epoch]",
            Self::Minted | Self::Opaque => "[minted]",
            Self::Arn => "[arn]",
            Self::Lagging => "[count]",
            Self::State => "[state]",
        }
    }
}

/// One exception.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The operations it is for; empty: all.
    pub operations: &'static [Operation],
    /// The name of the member, wherever it stands outside of items.
    pub member: &'static str,
    /// How its value is compared.
    pub comparator: Comparator,
    /// Why.
    pub reason: &'static str,
}

/// The exceptions.
pub const RULES: &[Rule] = &[
    any("CreationDateTime", Comparator::Epoch, "when the table was made"),
    any("LastIncreaseDateTime", Comparator::Epoch, "when throughput was last raised"),
    any("LastDecreaseDateTime", Comparator::Epoch, "when throughput was last lowered"),
    any("LastUpdateToPayPerRequestDateTime", Comparator::Epoch, "when billing was last switched"),
    any("LastUpdateDateTime", Comparator::Epoch, "when a setting was last changed"),
    any("BackupCreationDateTime", Comparator::Epoch, "when the backup was made"),
    any("BackupExpiryDateTime", Comparator::Epoch, "follows the clock"),
    any("TableCreationDateTime", Comparator::Epoch, "when the table was made"),
    any("RestoreDateTime", Comparator::Epoch, "follows the clock"),
    any("EarliestRestorableDateTime", Comparator::Epoch, "follows the clock"),
    any("LatestRestorableDateTime", Comparator::Epoch, "follows the clock"),
    any("ApproximateCreationDateTime", Comparator::Epoch, "when the record was written"),
    any("StartTime", Comparator::Epoch, "when an export, import or bulk operation began"),
    any("EndTime", Comparator::Epoch, "when it was over"),
    any("ExportTime", Comparator::Epoch, "follows the clock"),
    any("ExportFromTime", Comparator::Epoch, "follows the clock"),
    any("ExportToTime", Comparator::Epoch, "follows the clock"),
    any("ArchivalDateTime", Comparator::Epoch, "when the table was archived"),
    any("InaccessibleEncryptionDateTime", Comparator::Epoch, "when the key was first missed"),
    any("ReplicaInaccessibleDateTime", Comparator::Epoch, "when the replica was first missed"),
    any("ContributorInsightsRuleList", Comparator::Timed, "ends with the time of enabling"),
    any("TableId", Comparator::Minted, "minted by the service; may be redacted"),
    any("LatestStreamLabel", Comparator::Minted, "the time at which the stream was enabled"),
    any("StreamLabel", Comparator::Minted, "the time at which the stream was enabled"),
    any("TableArn", Comparator::Arn, "holds region and account"),
    any("IndexArn", Comparator::Arn, "holds region and account"),
    any("LatestStreamArn", Comparator::Arn, "holds region, account and a time"),
    any("StreamArn", Comparator::Arn, "holds region, account and a time"),
    any("BackupArn", Comparator::Arn, "holds region, account and a minted id"),
    any("ImportArn", Comparator::Arn, "holds region, account and a minted id"),
    any("BulkOperationArn", Comparator::Arn, "holds region, account and a minted id"),
    any("SourceBackupArn", Comparator::Arn, "holds region, account and a minted id"),
    any("LastEvaluatedBackupArn", Comparator::Arn, "holds region, account and a minted id"),
    any("SourceTableArn", Comparator::Arn, "holds region and account"),
    any("ArchivalBackupArn", Comparator::Arn, "holds region, account and a minted id"),
    any("GlobalTableArn", Comparator::Arn, "holds an account"),
    any("ReplicaArn", Comparator::Arn, "holds region and account"),
    any("AutoScalingRoleArn", Comparator::Arn, "holds an account"),
    any("CloudWatchLogGroupArn", Comparator::Arn, "holds region and account"),
    any("ExportArn", Comparator::Arn, "holds region, account and a minted id"),
    any("ExportManifest", Comparator::Minted, "holds a minted id"),
    any("LastEvaluatedStreamArn", Comparator::Arn, "holds region, account and a time"),
    any("CreationRequestDateTime", Comparator::Epoch, "when the stream was enabled"),
    any("eventID", Comparator::Minted, "made up for each record"),
    any("ShardId", Comparator::Minted, "holds a time and what looks like chance"),
    any("ParentShardId", Comparator::Minted, "holds a time and what looks like chance"),
    any("LastEvaluatedShardId", Comparator::Minted, "holds a time and what looks like chance"),
    any("SequenceNumber", Comparator::Opaque, "of 21 to 40 digits, counted by the service"),
    any("StartingSequenceNumber", Comparator::Opaque, "of 21 to 40 digits, counted by the service"),
    any("EndingSequenceNumber", Comparator::Opaque, "of 21 to 40 digits, counted by the service"),
    any("ShardIterator", Comparator::Opaque, "read by the service alone"),
    any("NextShardIterator", Comparator::Opaque, "read by the service alone"),
    any("NextToken", Comparator::Opaque, "read by the service alone"),
    any("KMSMasterKeyArn", Comparator::Arn, "holds region, account and a minted id"),
    any("RevisionId", Comparator::Minted, "minted by the service for each version of a policy"),
    any("ClientRequestToken", Comparator::Minted, "made up by SDKs; in requests only"),
    any("ClientToken", Comparator::Minted, "made up by SDKs, or by the service"),
    any(
        "S3BucketOwner",
        Comparator::Minted,
        "the account that asked, where the request names none",
    ),
    // aws-facts 3.9 and 8.4: refreshed about every six hours.
    any("ItemCount", Comparator::Lagging, "refreshed about every six hours"),
    any("TableSizeBytes", Comparator::Lagging, "refreshed about every six hours"),
    any("BackupSizeBytes", Comparator::Lagging, "copied from figures that lag"),
    any("BilledSizeBytes", Comparator::Lagging, "copied from figures that lag"),
    any("IndexSizeBytes", Comparator::Lagging, "refreshed about every six hours"),
    any("TableStatus", Comparator::State, LASTS),
    any("BackupStatus", Comparator::State, LASTS),
    any("ExportStatus", Comparator::State, LASTS),
    any("ImportStatus", Comparator::State, LASTS),
    any("BulkOperationStatus", Comparator::State, LASTS),
    any("IndexStatus", Comparator::State, LASTS),
    any("StreamStatus", Comparator::State, LASTS),
    any("TimeToLiveStatus", Comparator::State, LASTS),
    any("ContributorInsightsStatus", Comparator::State, LASTS),
    any("DestinationStatus", Comparator::State, LASTS),
    any("GlobalTableStatus", Comparator::State, LASTS),
    any("ReplicaStatus", Comparator::State, LASTS),
    any("WitnessStatus", Comparator::State, LASTS),
    // Of encryption and of warm throughput.
    any("Status", Comparator::State, LASTS),
    any("ReplicaStatusPercentProgress", Comparator::State, "how far a replica has come"),
    any("ReplicaStatusDescription", Comparator::State, "tells more of a state"),
    any("DestinationStatusDescription", Comparator::State, "tells more of a state"),
];

/// Why states are not compared as values.
const LASTS: &str = "how long a state lasts differs by load and day";

const fn any(member: &'static str, comparator: Comparator, reason: &'static str) -> Rule {
    Rule { operations: &[], member, comparator, reason }
}

/// A member that answers have had only since some day: a recording from before cannot have it.
#[derive(Clone, Copy, Debug)]
pub struct Appearance {
    /// The member's name.
    pub member: &'static str,
    /// The first day on which recordings show it, as a prefix of an ISO date.
    pub since: &'static str,
}

/// Members that appeared while recordings were being made (wire-facts 16, recordings of
/// us-east-2 from 2019 to 2025).
pub const APPEARANCES: &[Appearance] = &[
    Appearance { member: "DeletionProtectionEnabled", since: "2023" },
    Appearance { member: "WarmThroughput", since: "2025" },
];

/// Whether a member is too young for a recording of that day (ISO date).
#[must_use]
pub fn too_young(member: &str, recorded_on: &str) -> bool {
    let since = APPEARANCES.iter().find(|appearance| appearance.member == member);
    !recorded_on.is_empty() && since.is_some_and(|appearance| recorded_on < appearance.since)
}

/// Whether a member's presence tells of what was done to a table before the recording began,
/// which no preparation can repeat: a change of throughput (wire-facts 16).
#[must_use]
pub fn is_history(member: &str) -> bool {
    matches!(
        member,
        "LastIncreaseDateTime" | "LastDecreaseDateTime" | "LastUpdateToPayPerRequestDateTime"
    )
}

/// The rule for a member in an answer to an operation, if there is one.
#[must_use]
pub fn rule_for(operation: Option<Operation>, member: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| {
        let applies = rule.operations.is_empty()
            || operation.is_some_and(|operation| rule.operations.contains(&operation));
        rule.member == member && applies
    })
}

/// Whether the service promises an order for the list that is the value of this member.
///
/// Query: sort key order. Scan and BatchGetItem: none. ListTables: byte order (aws-tables-facts
/// 5). TransactGetItems' Responses and CancellationReasons: that of the request. Index lists:
/// none (aws-tables-facts 4: one reply listed two reversed).
#[must_use]
pub fn ordered(operation: Option<Operation>, member: &str) -> bool {
    match member {
        // A list that is an attribute's value has its order from who wrote it.
        "L" => true,
        "Items" => operation != Some(Operation::Scan),
        "GlobalSecondaryIndexes" | "LocalSecondaryIndexes" | "VectorIndexes" | "Tags"
        // Which order rules are named in is not known of the service.
        | "ContributorInsightsRuleList" => false,
        // A table's items in BatchGetItem stand under the table's name; in TransactGetItems and
        // BatchExecuteStatement, Responses is a list in the request's order.
        _ => operation != Some(Operation::BatchGetItem),
    }
}

/// Whether the members of what stands there are names of tables or indexes, in any order.
#[must_use]
pub fn has_names_as_members(member: &str) -> bool {
    matches!(
        member,
        "Responses"
            | "UnprocessedItems"
            | "UnprocessedKeys"
            | "ItemCollectionMetrics"
            | "GlobalSecondaryIndexes"
            | "LocalSecondaryIndexes"
    )
}

/// The member by which the elements of a list are told apart, for lists of named things.
#[must_use]
pub fn identity(member: &str) -> Option<&'static str> {
    match member {
        "AttributeDefinitions" | "KeySchema" => Some("AttributeName"),
        "GlobalSecondaryIndexes" | "LocalSecondaryIndexes" | "VectorIndexes" => Some("IndexName"),
        "Tags" => Some("Key"),
        "ConsumedCapacity" => Some("TableName"),
        _ => None,
    }
}

/// A text that ends with a time, without it.
#[must_use]
pub fn untimed(text: &str) -> &str {
    match text.rsplit_once('-') {
        Some((name, time)) if time.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => text,
    }
}

/// Whether one state can never turn into the other by waiting: what was switched on and what was
/// switched off, what was done and what failed.
#[must_use]
pub fn are_opposed(one: &str, other: &str) -> bool {
    let end = |state: &str| match state {
        "ENABLING" | "ENABLED" => Some("on"),
        "DISABLING" | "DISABLED" => Some("off"),
        "COMPLETED" => Some("done"),
        _ if state.ends_with("FAILED") => Some("failed"),
        _ => None,
    };
    matches!((end(one), end(other)), (Some(one), Some(other)) if one != other)
}

#[cfg(test)]
mod tests;
