//! What a fence does not let through, and why.

use crate::wire::{
    Operation,
    json::{Kind, Value},
};

/// Why a request is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    /// It touches something that has no name in the fence.
    #[error("{operation} {why}")]
    Never {
        /// What was asked for.
        operation: Operation,
        /// What it touches.
        why: &'static str,
    },
    /// It shows what others have.
    #[error("{0} lists what others have, too")]
    Lists(Operation),
    /// Nobody here knows the operation.
    #[error("nobody here knows what `{0}` touches")]
    Unknown(String),
    /// Its body is no JSON.
    #[error("its body cannot be read, so nobody here knows what it touches")]
    Unreadable,
    /// It cannot be told which table a statement names.
    #[error("it cannot be told which table the statement names")]
    Statement,
    /// A name of so many characters is too long with the prefix.
    #[error("a table's name of {0} characters has no room for the fence's prefix")]
    TooLong(usize),
    /// It costs more than a call.
    #[error("it costs: {0} (--allow-cost sends it)")]
    Costs(&'static str),
    /// There were enough calls.
    #[error("the budget of {0} calls is used up")]
    Budget(u64),
    /// What would be made cannot be written down first.
    #[error("the fence's ledger cannot be written: {0}")]
    Ledger(String),
}

/// What an operation can touch.
enum Reach {
    /// What its names say.
    Names,
    /// Everything that there is, unless this member names a table.
    All(Option<&'static str>),
    /// Something that no name of a table shows.
    Beyond(&'static str),
}

const REGIONS: &str = "makes or changes something in other regions";

/// What each operation can touch: a new one has to be thought about.
const fn reach(operation: Operation) -> Reach {
    use Operation as O;
    match operation {
        O::ListTables | O::ListGlobalTables => Reach::All(None),
        O::ListBackups | O::ListContributorInsights | O::ListStreams => {
            Reach::All(Some("TableName"))
        }
        O::ListExports | O::ListImports | O::ListBulkOperations => Reach::All(Some("TableArn")),
        O::CreateGlobalTable
        | O::UpdateGlobalTable
        | O::UpdateGlobalTableSettings
        | O::UpdateTableReplicaAutoScaling => Reach::Beyond(REGIONS),
        O::EnableKinesisStreamingDestination
        | O::DisableKinesisStreamingDestination
        | O::UpdateKinesisStreamingDestination => Reach::Beyond("writes to a stream of Kinesis"),
        O::ExportTableToPointInTime => Reach::Beyond("writes to a bucket of S3"),
        O::ImportTable | O::StartBulkPutItems => Reach::Beyond("reads a bucket of S3"),
        O::CancelBulkOperation => Reach::Beyond("stops something that has no table's name"),
        O::BatchExecuteStatement
        | O::BatchGetItem
        | O::BatchWriteItem
        | O::CreateBackup
        | O::CreateTable
        | O::DeleteBackup
        | O::DeleteItem
        | O::DeleteResourcePolicy
        | O::DeleteTable
        | O::DescribeBackup
        | O::DescribeBulkOperation
        | O::DescribeContinuousBackups
        | O::DescribeContributorInsights
        | O::DescribeEndpoints
        | O::DescribeExport
        | O::DescribeGlobalTable
        | O::DescribeGlobalTableSettings
        | O::DescribeImport
        | O::DescribeKinesisStreamingDestination
        | O::DescribeLimits
        | O::DescribeTable
        | O::DescribeTableReplicaAutoScaling
        | O::DescribeTimeToLive
        | O::ExecuteStatement
        | O::ExecuteTransaction
        | O::GetItem
        | O::GetResourcePolicy
        | O::ListTagsOfResource
        | O::PutItem
        | O::PutResourcePolicy
        | O::Query
        | O::RestoreTableFromBackup
        | O::RestoreTableToPointInTime
        | O::Scan
        | O::SearchVectors
        | O::TagResource
        | O::TransactGetItems
        | O::TransactWriteItems
        | O::UntagResource
        | O::UpdateContinuousBackups
        | O::UpdateContributorInsights
        | O::UpdateItem
        | O::UpdateTable
        | O::UpdateTimeToLive
        | O::DescribeStream
        | O::GetRecords
        | O::GetShardIterator => Reach::Names,
    }
}

/// Members that reach beyond the table that is named with them.
const BEYOND: [(&str, &str); 4] = [
    ("ReplicaUpdates", REGIONS),
    ("GlobalTableWitnessUpdates", REGIONS),
    ("GlobalTableSourceArn", REGIONS),
    ("SSESpecificationOverride.KMSMasterKeyId", "uses a key of KMS"),
];

/// More capacity than this, of a table and its indexes together, is a big table: a unit costs by
/// the hour, and the first 25 of an account are free (the service's price list).
const UNITS: f64 = 100.0;

/// Whether a fence may let it through at all, whatever it names.
pub(super) fn may_pass(
    operation: Operation,
    body: Value<'_>,
    allow_cost: bool,
) -> Result<(), Outside> {
    let never = |why| Err(Outside::Never { operation, why });
    match reach(operation) {
        Reach::Names => {}
        Reach::Beyond(why) => return never(why),
        Reach::All(unless) => {
            let named = unless.and_then(|name| body.get(name)).and_then(Value::as_str);
            if named.is_none_or(|name| name.is_empty()) {
                return Err(Outside::Lists(operation));
            }
        }
    }
    for (path, why) in BEYOND {
        if at(body, path).is_some_and(|value| !value.is_null()) {
            return never(why);
        }
    }
    if at(body, "SSESpecification.KMSMasterKeyId").is_some_and(|value| !value.is_null()) {
        return never("uses a key of KMS");
    }
    match costs(operation, body).filter(|_| !allow_cost) {
        Some(why) => Err(Outside::Costs(why)),
        None => Ok(()),
    }
}

/// What a request costs besides the call, if it does.
fn costs(operation: Operation, body: Value<'_>) -> Option<&'static str> {
    use Operation as O;
    match operation {
        O::UpdateContinuousBackups => {
            let member = "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled";
            let on = at(body, member).and_then(Value::as_bool) == Some(true);
            on.then_some("point-in-time recovery")
        }
        O::UpdateContributorInsights => {
            let action = body.get("ContributorInsightsAction").and_then(Value::as_str);
            (action.as_deref() == Some("ENABLE")).then_some("contributor insights")
        }
        O::RestoreTableFromBackup | O::RestoreTableToPointInTime => Some("a restore"),
        O::CreateTable | O::UpdateTable => {
            if warm(body) {
                Some("warm throughput")
            } else if units(body) > UNITS {
                Some("capacity of more than 100 units")
            } else if at(body, "SSESpecification.Enabled").and_then(Value::as_bool) == Some(true) {
                Some("a key of KMS")
            } else {
                None
            }
        }
        _ => None,
    }
}

/// Whether a warm throughput is asked for anywhere.
fn warm(value: Value<'_>) -> bool {
    value.members().any(|(name, inner)| name == "WarmThroughput" || warm(inner))
        || value.elements().any(warm)
}

/// All capacity that is asked for.
fn units(value: Value<'_>) -> f64 {
    let number = |value: Value<'_>| value.as_number().and_then(|text| text.parse().ok());
    let own: f64 = value
        .members()
        .map(|(name, inner)| match &*name {
            "ReadCapacityUnits" | "WriteCapacityUnits" => number(inner).unwrap_or_default(),
            _ => units(inner),
        })
        .sum();
    own + value.elements().map(units).sum::<f64>()
}

fn at<'a>(body: Value<'a>, path: &str) -> Option<Value<'a>> {
    path.split('.').try_fold(body, |value, name| match value.kind() {
        Kind::Object => value.get(name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    fn refused(operation: Operation, body: &str, allow_cost: bool) -> Option<String> {
        let json = Json::parse(body.to_owned()).expect(body);
        may_pass(operation, json.root(), allow_cost).err().map(|why| why.to_string())
    }

    #[test]
    fn what_reaches_beyond_the_names_or_costs_is_not_sent() {
        use Operation as O;
        for (operation, body, why) in [
            (O::ListTables, "{}", Some("ListTables lists what others have, too")),
            (O::ListBackups, r#"{"Limit":1}"#, Some("ListBackups lists what others have, too")),
            (O::ListBackups, r#"{"TableName":"t"}"#, None),
            (O::ImportTable, "{}", Some("ImportTable reads a bucket of S3")),
            (
                O::UpdateTable,
                r#"{"ReplicaUpdates":[]}"#,
                Some("UpdateTable makes or changes something in other regions"),
            ),
            (
                O::CreateTable,
                r#"{"SSESpecification":{"KMSMasterKeyId":"k"}}"#,
                Some("CreateTable uses a key of KMS"),
            ),
            (O::PutItem, "{}", None),
        ] {
            assert_eq!(refused(operation, body, true).as_deref(), why, "{operation} {body}");
        }
        let big = r#"{"GlobalSecondaryIndexes":[{"ProvisionedThroughput":{"ReadCapacityUnits":60}}],
            "ProvisionedThroughput":{"ReadCapacityUnits":41}}"#;
        let recovery =
            r#"{"PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#;
        for (operation, body, costs) in [
            (O::CreateTable, big, true),
            (O::CreateTable, r#"{"ProvisionedThroughput":{"ReadCapacityUnits":100}}"#, false),
            (O::CreateTable, r#"{"WarmThroughput":{}}"#, true),
            (O::UpdateContinuousBackups, recovery, true),
            (O::UpdateContinuousBackups, "{}", false),
            (O::RestoreTableFromBackup, "{}", true),
        ] {
            assert_eq!(refused(operation, body, true), None, "{operation} {body}");
            assert_eq!(refused(operation, body, false).is_some(), costs, "{operation} {body}");
        }
    }
}
