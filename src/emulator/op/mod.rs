//! The operations, one file each, and the table that finds them.
//!
//! Every file has the same five parts in the same order: the members of the request and their
//! rules, the input they make, and how it is decoded, run and encoded.

#[cfg(test)]
mod backup_tests;
mod batch_execute_statement;
mod batch_get_item;
mod batch_write_item;
mod cancel_bulk_operation;
mod continuous;
mod create_backup;
mod create_global_table;
mod create_table;
mod delete_backup;
mod delete_item;
mod delete_resource_policy;
mod delete_table;
mod describe_backup;
mod describe_bulk_operation;
mod describe_continuous_backups;
mod describe_contributor_insights;
mod describe_endpoints;
mod describe_export;
mod describe_global_table;
mod describe_global_table_settings;
mod describe_import;
mod describe_kinesis_streaming_destination;
mod describe_limits;
mod describe_stream;
mod describe_table;
mod describe_table_replica_auto_scaling;
mod describe_time_to_live;
mod destination;
mod disable_kinesis_streaming_destination;
mod enable_kinesis_streaming_destination;
mod execute_statement;
mod execute_transaction;
mod export_table_to_point_in_time;
#[cfg(test)]
mod export_tests;
mod get_item;
mod get_records;
mod get_resource_policy;
mod get_shard_iterator;
mod global;
mod import_table;
mod insights;
mod job_list;
#[cfg(test)]
mod layers;
mod list_backups;
mod list_bulk_operations;
mod list_contributor_insights;
mod list_exports;
mod list_global_tables;
mod list_imports;
mod list_streams;
mod list_tables;
mod list_tags_of_resource;
mod policies;
mod put_item;
mod put_resource_policy;
mod query;
mod resource;
mod restore;
mod restore_table_from_backup;
mod restore_table_to_point_in_time;
mod s3;
mod scaling;
mod scan;
mod search_vectors;
mod single;
mod start_bulk_put_items;
mod statement;
mod statement_read;
mod statement_write;
mod stream_arn;
mod strict;
mod table_arn;
mod tag_resource;
mod transact;
mod transact_action;
mod transact_echo;
mod transact_get_items;
mod transact_write_items;
mod untag_resource;
mod update_continuous_backups;
mod update_contributor_insights;
mod update_global_table;
mod update_global_table_settings;
mod update_item;
mod update_kinesis_streaming_destination;
mod update_table;
mod update_table_replica_auto_scaling;
mod update_time_to_live;

use std::borrow::Cow;

use bytes::Bytes;

use super::{
    Emulator, Validation, access,
    door::Caller,
    rule::{self, Limit, Rule},
    shape::{Member, Sent},
};
use crate::wire::{
    Fault, Operation,
    json::{Value, Writer},
};

/// One operation.
trait Op {
    /// Which one.
    const OPERATION: Operation;
    /// Whether a success has a body.
    const ANSWERS: bool = true;
    /// The members of its request.
    const MEMBERS: &'static [Member];
    /// What a request asks for.
    type Input<'a>;
    /// What comes of it.
    type Output;

    /// Refuses what the operation's own reader cannot read, if it has one.
    fn read(_: Value<'_>) -> Result<(), Fault> {
        Ok(())
    }
    /// Reads a request, and refuses what can be refused without looking at a table, in the words
    /// of the region's layer.
    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Self::Input<'a>, Fault>;
    /// Does it.
    fn run(
        emulator: &Emulator,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Fault>;
    /// Writes the members of the answer.
    fn encode(output: Self::Output, json: &mut Writer);
}

/// An operation without its types.
pub(super) struct Handler {
    operation: Operation,
    /// Answers a request with the body of a success.
    pub(super) serve: fn(&Emulator, &Caller, Value<'_>) -> Result<Bytes, Fault>,
}

impl Handler {
    const fn of<O: Op>() -> Self {
        Self { operation: O::OPERATION, serve: serve::<O> }
    }
}

/// What is served.
static HANDLERS: &[Handler] = &[
    Handler::of::<batch_execute_statement::BatchExecuteStatement>(),
    Handler::of::<batch_get_item::BatchGetItem>(),
    Handler::of::<batch_write_item::BatchWriteItem>(),
    Handler::of::<cancel_bulk_operation::CancelBulkOperation>(),
    Handler::of::<create_backup::CreateBackup>(),
    Handler::of::<create_global_table::CreateGlobalTable>(),
    Handler::of::<create_table::CreateTable>(),
    Handler::of::<delete_backup::DeleteBackup>(),
    Handler::of::<delete_item::DeleteItem>(),
    Handler::of::<delete_resource_policy::DeleteResourcePolicy>(),
    Handler::of::<delete_table::DeleteTable>(),
    Handler::of::<describe_backup::DescribeBackup>(),
    Handler::of::<describe_bulk_operation::DescribeBulkOperation>(),
    Handler::of::<describe_continuous_backups::DescribeContinuousBackups>(),
    Handler::of::<describe_contributor_insights::DescribeContributorInsights>(),
    Handler::of::<describe_endpoints::DescribeEndpoints>(),
    Handler::of::<describe_export::DescribeExport>(),
    Handler::of::<describe_global_table::DescribeGlobalTable>(),
    Handler::of::<describe_global_table_settings::DescribeGlobalTableSettings>(),
    Handler::of::<describe_import::DescribeImport>(),
    Handler::of::<describe_kinesis_streaming_destination::DescribeKinesisStreamingDestination>(),
    Handler::of::<describe_limits::DescribeLimits>(),
    Handler::of::<describe_stream::DescribeStream>(),
    Handler::of::<describe_table::DescribeTable>(),
    Handler::of::<describe_table_replica_auto_scaling::DescribeTableReplicaAutoScaling>(),
    Handler::of::<describe_time_to_live::DescribeTimeToLive>(),
    Handler::of::<disable_kinesis_streaming_destination::DisableKinesisStreamingDestination>(),
    Handler::of::<enable_kinesis_streaming_destination::EnableKinesisStreamingDestination>(),
    Handler::of::<execute_statement::ExecuteStatement>(),
    Handler::of::<execute_transaction::ExecuteTransaction>(),
    Handler::of::<export_table_to_point_in_time::ExportTableToPointInTime>(),
    Handler::of::<get_item::GetItem>(),
    Handler::of::<get_records::GetRecords>(),
    Handler::of::<get_shard_iterator::GetShardIterator>(),
    Handler::of::<import_table::ImportTable>(),
    Handler::of::<list_backups::ListBackups>(),
    Handler::of::<get_resource_policy::GetResourcePolicy>(),
    Handler::of::<list_bulk_operations::ListBulkOperations>(),
    Handler::of::<list_contributor_insights::ListContributorInsights>(),
    Handler::of::<list_exports::ListExports>(),
    Handler::of::<list_global_tables::ListGlobalTables>(),
    Handler::of::<list_imports::ListImports>(),
    Handler::of::<list_streams::ListStreams>(),
    Handler::of::<list_tables::ListTables>(),
    Handler::of::<list_tags_of_resource::ListTagsOfResource>(),
    Handler::of::<put_item::PutItem>(),
    Handler::of::<put_resource_policy::PutResourcePolicy>(),
    Handler::of::<query::Query>(),
    Handler::of::<restore_table_from_backup::RestoreTableFromBackup>(),
    Handler::of::<restore_table_to_point_in_time::RestoreTableToPointInTime>(),
    Handler::of::<scan::Scan>(),
    Handler::of::<search_vectors::SearchVectors>(),
    Handler::of::<start_bulk_put_items::StartBulkPutItems>(),
    Handler::of::<tag_resource::TagResource>(),
    Handler::of::<transact_get_items::TransactGetItems>(),
    Handler::of::<transact_write_items::TransactWriteItems>(),
    Handler::of::<untag_resource::UntagResource>(),
    Handler::of::<update_continuous_backups::UpdateContinuousBackups>(),
    Handler::of::<update_contributor_insights::UpdateContributorInsights>(),
    Handler::of::<update_global_table::UpdateGlobalTable>(),
    Handler::of::<update_global_table_settings::UpdateGlobalTableSettings>(),
    Handler::of::<update_item::UpdateItem>(),
    Handler::of::<update_kinesis_streaming_destination::UpdateKinesisStreamingDestination>(),
    Handler::of::<update_table::UpdateTable>(),
    Handler::of::<update_table_replica_auto_scaling::UpdateTableReplicaAutoScaling>(),
    Handler::of::<update_time_to_live::UpdateTimeToLive>(),
];

/// What answers the operation, if it is served.
pub(super) fn handler(operation: Operation) -> Option<&'static Handler> {
    HANDLERS.iter().find(|handler| handler.operation == operation)
}

fn serve<O: Op>(emulator: &Emulator, caller: &Caller, request: Value<'_>) -> Result<Bytes, Fault> {
    O::read(request)?;
    let sent = Sent::request(request, O::MEMBERS)?;
    let input = O::decode(&sent, emulator.settings.validation)?;
    if O::MEMBERS.iter().any(|Member(name, _)| *name == "TableName") {
        table_arn::check(emulator, caller, &sent.text("TableName").unwrap_or_default())?;
    }
    // Shapes are judged before anything is looked up (aws-service-facts 1.4).
    access::check(emulator, caller, O::OPERATION, request)?;
    let output = O::run(emulator, caller, input)?;
    if !O::ANSWERS {
        return Ok(Bytes::new());
    }
    let mut json = Writer::new();
    json.object(|json| O::encode(output, json));
    Ok(json.finish())
}

/// A table's name out of a name or an ARN (aws-tables-facts 1.5).
pub(super) fn table_name(sent: &str) -> &str {
    match sent.strip_prefix("arn:").and_then(|arn| arn.split_once(":table/")) {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => sent,
    }
}

/// Table operations word an absent name in their own way (aws-facts 1.5, 8.1).
fn table_name_present(sent: &Sent<'_>) -> Result<(), Fault> {
    if sent.has("TableName") {
        return Ok(());
    }
    Err(Fault::validation(
        "The parameter 'TableName' is required but was not present in the request",
    ))
}

/// The name in an operation on a table there is (aws-facts 8.4; of an empty one,
/// aws-tables-facts 4).
fn existing_table_name<'a>(sent: &Sent<'a>) -> Result<Cow<'a, str>, Fault> {
    const EMPTY: &[Rule] = &[Rule::older("TableName", &[Limit::Shortest(3), Limit::Name])];
    const PATTERN: &[Rule] = &[Rule::older("TableName", &[Limit::NameOrArn(&[Limit::Name])])];
    table_name_present(sent)?;
    let name = sent.text("TableName").unwrap_or_default();
    if name.is_empty() {
        rule::check(sent, &[EMPTY])?;
    }
    let length = table_name(&name).encode_utf16().count();
    if !(3..=255).contains(&length) {
        return Err(Fault::validation(
            "TableName must be at least 3 characters long and at most 255 characters long",
        ));
    }
    rule::check(sent, &[PATTERN])?;
    Ok(name)
}

/// The ARN in a request that is about one backup. That an absent one has the general sentence is
/// inferred; what is no ARN has its own (aws-service-facts 1.5, 1.7).
fn backup_arn<'a>(sent: &Sent<'a>) -> Result<Cow<'a, str>, Fault> {
    rule::check(sent, &[&[Rule::older("BackupArn", &[Limit::Required])]])?;
    Ok(sent.text("BackupArn").unwrap_or_default())
}

/// The ARN in a request that is about one bulk operation; that one that is absent or too short has
/// the general sentence is inferred.
fn bulk_operation_arn<'a>(sent: &Sent<'a>) -> Result<Cow<'a, str>, Fault> {
    const RULES: &[Rule] = &[Rule::older(
        "BulkOperationArn",
        &[Limit::Required, Limit::Shortest(37), Limit::Longest(1024)],
    )];
    rule::check(sent, &[RULES])?;
    Ok(sent.text("BulkOperationArn").unwrap_or_default())
}

/// Both batches say so of keys that name one item (aws-facts 7.1, 7.2).
const DUPLICATE_KEYS: &str = "Provided list of item keys contains duplicates";

/// Both transactions say so (aws-facts 7.3, 7.6).
const DUPLICATE_TARGETS: &str =
    "Transaction request cannot include multiple operations on one item";

/// The complaint of both batches about table names, once for the map (aws-facts 7.1).
fn wrong_map_keys<'a>(
    names: impl Iterator<Item = &'a str>,
    map: impl FnOnce() -> String,
) -> Vec<String> {
    let wrong = |name: &str| {
        !name.starts_with("arn:")
            && (!(3..=255).contains(&name.len())
                || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)))
    };
    let mut names = names;
    match names.any(wrong) {
        false => Vec::new(),
        true => vec![format!(
            "Value '{}' at 'requestItems' failed to satisfy constraint: Map keys must satisfy \
             constraint: [Member must have length less than or equal to 255, Member must have \
             length greater than or equal to 3, Member must satisfy regular expression pattern: \
             [a-zA-Z0-9_.-]+]",
            map()
        )],
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{
        sync::Arc,
        time::{Duration, SystemTime},
    };

    use crate::{
        clock::ManualClock,
        emulator::{Emulator, Settings, table::Timing},
        storage::MemoryStore,
        wire::{Operation, Request, Response},
    };

    /// An emulator whose clock stands still.
    pub(in crate::emulator) fn emulator_at(millis: u64) -> Emulator {
        emulator_and_clock(millis).0
    }

    fn emulator_and_clock(millis: u64) -> (Emulator, Arc<ManualClock>) {
        emulator_with(millis, Settings::default())
    }

    fn emulator_with(millis: u64, settings: Settings) -> (Emulator, Arc<ManualClock>) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let clock = Arc::new(ManualClock::at(now));
        let store = Arc::new(MemoryStore::new());
        (Emulator::new(store, Arc::<ManualClock>::clone(&clock), settings), clock)
    }

    /// An empty emulator of these settings, and the clock to move.
    pub(in crate::emulator) fn empty_with(settings: Settings) -> (Emulator, Arc<ManualClock>) {
        emulator_with(1_700_000_000_123, settings)
    }

    /// An emulator with one table, `table`: key pk and sk, a local and a global index.
    pub(in crate::emulator) fn with_table() -> Emulator {
        with_table_and_clock().0
    }

    /// As [`with_table`], with the clock to move.
    pub(in crate::emulator) fn with_table_and_clock() -> (Emulator, Arc<ManualClock>) {
        with_table_and(Settings::default())
    }

    /// As [`with_table_and_clock`], where settings that change have to rest.
    pub(in crate::emulator) fn with_table_that_rests() -> (Emulator, Arc<ManualClock>) {
        let mut timing = Timing::AT_ONCE;
        timing.pauses = true;
        with_table_and(Settings { timing, ..Settings::default() })
    }

    /// As [`with_table_and_clock`], with these settings.
    pub(in crate::emulator) fn with_table_and(settings: Settings) -> (Emulator, Arc<ManualClock>) {
        let (emulator, clock) = empty_with(settings);
        ask(
            &emulator,
            "CreateTable",
            r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST",
                "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},
                    {"AttributeName":"lk","AttributeType":"S"},{"AttributeName":"gk","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
                "LocalSecondaryIndexes":[{"IndexName":"lsi","Projection":{"ProjectionType":"KEYS_ONLY"},
                    "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"lk","KeyType":"RANGE"}]}],
                "GlobalSecondaryIndexes":[{"IndexName":"gsi","Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["a"]},
                    "KeySchema":[{"AttributeName":"gk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}]}"#,
        );
        (emulator, clock)
    }

    pub(in crate::emulator) fn call(emulator: &Emulator, operation: &str, body: &str) -> Response {
        let operation = Operation::from_name(operation).expect(operation);
        emulator.call(&Request::of(operation, body.to_owned()))
    }

    /// The body of a success.
    pub(in crate::emulator) fn ask(emulator: &Emulator, operation: &str, body: &str) -> String {
        let response = call(emulator, operation, body);
        let text = String::from_utf8(response.body.to_vec()).expect("text");
        assert!(response.status.is_success(), "{body}: {text}");
        text
    }

    /// The message of an error.
    pub(in crate::emulator) fn message(emulator: &Emulator, operation: &str, body: &str) -> String {
        let response = call(emulator, operation, body);
        assert!(!response.status.is_success(), "{body}: {:?}", response.body);
        response.error_message().unwrap_or_default()
    }

    #[test]
    fn what_is_not_served_is_told_apart() {
        assert!(Emulator::serves(Operation::GetItem));
        for operation in Operation::ALL.iter().copied() {
            let response = call(&Emulator::default(), operation.name(), "{}");
            let unknown = response.error_type().as_deref() == Some("UnknownOperationException");
            assert_eq!(unknown, !Emulator::serves(operation), "{operation:?}");
        }
    }
}
