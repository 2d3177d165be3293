//! The rules against the output shapes of the public API model (November 2026): what the clock,
//! chance or load decides has a rule, and no rule is for a member that no answer has.

use super::*;

/// The members of all output shapes that are times.
const TIMES: &str = "ApproximateCreationDateTime ArchivalDateTime BackupCreationDateTime \
    BackupExpiryDateTime CreationDateTime CreationRequestDateTime EarliestRestorableDateTime EndTime \
    ExportFromTime ExportTime ExportToTime InaccessibleEncryptionDateTime LastDecreaseDateTime \
    LastIncreaseDateTime LastUpdateDateTime LastUpdateToPayPerRequestDateTime \
    LatestRestorableDateTime ReplicaInaccessibleDateTime RestoreDateTime StartTime \
    TableCreationDateTime";

/// Those that are texts, or lists of them, and no enumerations but those of states.
const TEXTS: &str = "Address ArchivalBackupArn ArchivalReason AttributeName AttributesToGet \
    AutoScalingRoleArn BackupArn BackupName BackupStatus BulkOperationArn BulkOperationStatus \
    ClientToken CloudWatchLogGroupArn ContinuousBackupsStatus ContributorInsightsRuleList \
    ContributorInsightsStatus Delimiter DestinationStatus DestinationStatusDescription \
    EndingSequenceNumber ExceptionDescription ExceptionName ExportArn ExportManifest ExportStatus \
    FailureCode FailureMessage FilterExpression GlobalTableArn GlobalTableName GlobalTableStatus \
    GlobalTableVersion HeaderList ImportArn ImportStatus IndexArn IndexName IndexStatus \
    KMSMasterKeyArn KMSMasterKeyId Key KeyConditionExpression LastEvaluatedBackupArn \
    LastEvaluatedGlobalTableName LastEvaluatedShardId LastEvaluatedStreamArn LastEvaluatedTableName \
    LatestStreamArn LatestStreamLabel Message NextShardIterator NextToken NonKeyAttributes \
    ParentShardId PointInTimeRecoveryStatus Policy PolicyName PrincipalId ProjectionExpression \
    RegionName ReplicaArn ReplicaStatus ReplicaStatusDescription ReplicaStatusPercentProgress \
    RevisionId S3Bucket S3BucketOwner S3KeyPrefix S3Prefix S3SseKmsKeyId SequenceNumber ShardId \
    ShardIterator SourceBackupArn SourceTableArn StartingSequenceNumber Status StreamArn StreamLabel \
    StreamStatus TableArn TableId TableName TableNames TableStatus TimeToLiveStatus Type Value \
    WitnessStatus awsRegion eventID eventSource eventVersion";

/// Those that count or measure something.
const COUNTS: &str = "BackupSizeBytes BilledSizeBytes BulkPutBytes BulkPutVectorBytes Count \
    ErrorCount FailedItemCount ImportedItemCount IndexSizeBytes ItemCount ProcessedInputBytes \
    ProcessedItemCount ProcessedSizeBytes ScannedCount SizeBytes TableSizeBytes TotalInputBytes \
    VectorSearchRequestBytes VectorWriteRequestBytes";

/// What looks like one of those that move, and does not.
const COMPARED: &[(&str, &str)] = &[
    ("ContinuousBackupsStatus", "always ENABLED"),
    ("PointInTimeRecoveryStatus", "switched at once (aws-service-facts 1.11)"),
    ("KMSMasterKeyId", "as the request names it"),
    ("S3SseKmsKeyId", "as the request names it"),
    ("PrincipalId", "the service's own name"),
    ("Count", "of this answer"),
    ("ScannedCount", "of this answer"),
    ("SizeBytes", "of this record"),
    ("ErrorCount", "of what was sent"),
    ("FailedItemCount", "of what was sent"),
    ("ImportedItemCount", "of what was sent"),
    ("ProcessedItemCount", "of what was sent"),
    ("ProcessedSizeBytes", "of what was sent"),
    ("ProcessedInputBytes", "of what was sent"),
    ("TotalInputBytes", "of what was sent"),
    ("BulkPutBytes", "of what was sent"),
    ("BulkPutVectorBytes", "of what was sent"),
    ("VectorSearchRequestBytes", "of this request"),
    ("VectorWriteRequestBytes", "of this request"),
];

/// The comparators that a name calls for.
fn called_for(member: &str) -> &'static [Comparator] {
    let ends = |ends: &[&str]| ends.iter().any(|end| member.ends_with(end));
    match () {
        () if ends(&["Arn"]) => &[Comparator::Arn],
        () if ends(&["Status", "StatusDescription", "Progress"]) => &[Comparator::State],
        () if ends(&[
            "Id",
            "ID",
            "Token",
            "Label",
            "Iterator",
            "SequenceNumber",
            "Manifest",
            "Owner",
        ]) =>
        {
            &[Comparator::Minted, Comparator::Opaque]
        }
        () if ends(&["RuleList"]) => &[Comparator::Timed],
        () if ends(&["Count", "Bytes"]) => &[Comparator::Lagging],
        () => &[],
    }
}

#[test]
fn whatever_moves_has_a_rule_in_the_answers_of_all_operations() {
    let mut without = Vec::new();
    let mut needed = 0;
    let mut check = |member: &'static str, wanted: &[Comparator]| {
        if wanted.is_empty() || COMPARED.iter().any(|(name, _)| *name == member) {
            return;
        }
        needed += 1;
        let rule = rule_for(None, member);
        if !rule.is_some_and(|rule| wanted.contains(&rule.comparator)) {
            without.push(member);
        }
    };
    TIMES.split_whitespace().for_each(|member| check(member, &[Comparator::Epoch]));
    let others = TEXTS.split_whitespace().chain(COUNTS.split_whitespace());
    others.for_each(|member| check(member, called_for(member)));
    assert_eq!(without, <[&str; 0]>::default());
    assert!(needed > 70, "{needed}");
}

#[test]
fn a_rule_is_for_a_member_of_some_answer_has_a_reason_and_is_there_once() {
    let known: Vec<_> =
        [TIMES, TEXTS, COUNTS].iter().flat_map(|all| all.split_whitespace()).collect();
    for (at, rule) in RULES.iter().enumerate() {
        // A cassette compares requests by the same table.
        let asked = rule.member == "ClientRequestToken";
        assert!(asked || known.contains(&rule.member), "{} is in no answer", rule.member);
        assert!(!rule.reason.is_empty(), "{}", rule.member);
        let again = RULES[at + 1..].iter().any(|other| other.member == rule.member);
        assert!(!again, "{} has two rules", rule.member);
    }
    for (member, _) in COMPARED {
        assert!(known.contains(member), "{member} is in no answer");
        assert!(rule_for(None, member).is_none(), "{member} has a rule after all");
    }
}

#[test]
fn states_that_never_turn_into_each_other_are_opposed() {
    for (one, other, opposed) in [
        ("ENABLING", "ENABLED", false),
        ("ENABLED", "DISABLED", true),
        ("DISABLING", "ENABLING", true),
        ("IN_PROGRESS", "FAILED", false),
        ("COMPLETED", "FAILED", true),
        ("ENABLE_FAILED", "COMPLETED", true),
        ("CREATING", "ACTIVE", false),
    ] {
        assert_eq!(are_opposed(one, other), opposed, "{one} {other}");
        assert_eq!(are_opposed(other, one), opposed, "{other} {one}");
    }
}
