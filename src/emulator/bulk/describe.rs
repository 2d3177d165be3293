//! How a bulk operation is shown: members in alphabetical order, as in the service's other
//! answers. Which are there while it goes on is inferred: all but those about its end.

use super::{Bulk, Part, Usage, seconds};
use crate::{emulator::failure::Failure, wire::json::Writer};

/// Writes BulkOperationDescription as it is at a time; `None` is when it begins.
pub(in crate::emulator) fn describe(bulk: &Bulk, now: Option<u64>, json: &mut Writer) {
    let status = now.map_or("IN_PROGRESS", |now| bulk.status(now));
    let over = !matches!(status, "IN_PROGRESS" | "CANCELLING");
    json.key("BulkOperationDescription");
    json.object(|json| {
        text(json, "BulkOperationArn", &bulk.arn());
        text(json, "BulkOperationStatus", status);
        json.key("BulkOperationUsage");
        json.array(|json| json.object(|json| usage(bulk, json)));
        text(json, "ClientToken", &bulk.token);
        if over {
            time(json, "EndTime", bulk.end());
        }
        number(json, "FailedItemCount", bulk.failed);
        if let (Some(Failure { code, message }), true) = (&bulk.failure, over) {
            text(json, "FailureCode", code);
            text(json, "FailureMessage", message);
        }
        for name in [
            "InputS3Configuration",
            "MaxWriteRequestUnits",
            "OutputS3Configuration",
            "PerformanceTier",
        ] {
            if let Some(value) = bulk.asked.root().get(name) {
                json.key(name);
                json.raw(value.raw().as_bytes());
            }
        }
        number(json, "ProcessedInputBytes", bulk.done.bytes);
        number(json, "ProcessedItemCount", bulk.done.entries);
        time(json, "StartTime", bulk.started);
        json.key("TableDetails");
        json.array(|json| {
            json.object(|json| {
                text(json, "TableId", &bulk.table_id);
                text(json, "TableName", &bulk.table);
            });
        });
        number(json, "TotalInputBytes", bulk.total.bytes);
    });
}

/// Writes an entry of the list of bulk operations.
pub(in crate::emulator) fn summary(bulk: &Bulk, now: u64, json: &mut Writer) {
    let status = bulk.status(now);
    json.object(|json| {
        text(json, "BulkOperationArn", &bulk.arn());
        text(json, "BulkOperationStatus", status);
        if !matches!(status, "IN_PROGRESS" | "CANCELLING") {
            time(json, "EndTime", bulk.end());
        }
        time(json, "StartTime", bulk.started);
    });
}

fn usage(bulk: &Bulk, json: &mut Writer) {
    let counted = bulk.usage.iter().filter(|usage| usage.part != Part::Vector);
    number(json, "BulkPutBytes", counted.map(|usage| usage.bytes).sum());
    let indexes = |json: &mut Writer, name: &str, part: Part, bytes: &str| {
        let mut of: Vec<(&str, &Usage)> = bulk
            .usage
            .iter()
            .filter(|usage| usage.part == part)
            .filter_map(|usage| Some((usage.index.as_deref()?, usage)))
            .collect();
        of.sort_by_key(|(name, _)| *name);
        if of.is_empty() {
            return;
        }
        json.key(name);
        json.object(|json| {
            for (name, usage) in of {
                json.key(name);
                json.object(|json| number(json, bytes, usage.bytes));
            }
        });
    };
    indexes(json, "GlobalSecondaryIndexes", Part::Global, "BulkPutBytes");
    indexes(json, "LocalSecondaryIndexes", Part::Local, "BulkPutBytes");
    let table = bulk.usage.iter().find(|usage| usage.part == Part::Table);
    json.key("Table");
    json.object(|json| number(json, "BulkPutBytes", table.map_or(0, |usage| usage.bytes)));
    text(json, "TableName", &bulk.table);
    indexes(json, "VectorIndexes", Part::Vector, "BulkPutVectorBytes");
}

fn text(json: &mut Writer, name: &str, text: &str) {
    json.key(name);
    json.string(text);
}

fn number(json: &mut Writer, name: &str, number: u64) {
    json.key(name);
    json.number(number);
}

fn time(json: &mut Writer, name: &str, millis: u64) {
    json.key(name);
    json.raw(seconds(millis).as_bytes());
}
