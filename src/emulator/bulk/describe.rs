//! How a bulk operation is shown: members in alphabetical order, as in the service's other
//! answers. Which are there while it goes on is inferred: all but those about its end.

use super::{Bulk, Part, Usage};
use crate::{emulator::failure::Failure, wire::json::Writer};

/// Writes BulkOperationDescription as it is at a time; `None` is when it begins.
pub(in crate::emulator) fn describe(bulk: &Bulk, now: Option<u64>, json: &mut Writer) {
    let status = now.map_or("IN_PROGRESS", |now| bulk.status(now));
    let over = !matches!(status, "IN_PROGRESS" | "CANCELLING");
    json.key("BulkOperationDescription");
    json.object(|json| {
        json.text("BulkOperationArn", &bulk.arn());
        json.text("BulkOperationStatus", status);
        json.key("BulkOperationUsage");
        json.array(|json| json.object(|json| usage(bulk, json)));
        json.text("ClientToken", &bulk.token);
        if over {
            json.time("EndTime", bulk.end());
        }
        json.count("FailedItemCount", bulk.failed);
        if let (Some(Failure { code, message }), true) = (&bulk.failure, over) {
            json.text("FailureCode", code);
            json.text("FailureMessage", message);
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
        json.count("ProcessedInputBytes", bulk.done.bytes);
        json.count("ProcessedItemCount", bulk.done.entries);
        json.time("StartTime", bulk.started);
        json.key("TableDetails");
        json.array(|json| {
            json.object(|json| {
                json.text("TableId", &bulk.table_id);
                json.text("TableName", &bulk.table);
            });
        });
        json.count("TotalInputBytes", bulk.total.bytes);
    });
}

/// Writes an entry of the list of bulk operations.
pub(in crate::emulator) fn summary(bulk: &Bulk, now: u64, json: &mut Writer) {
    let status = bulk.status(now);
    json.object(|json| {
        json.text("BulkOperationArn", &bulk.arn());
        json.text("BulkOperationStatus", status);
        if !matches!(status, "IN_PROGRESS" | "CANCELLING") {
            json.time("EndTime", bulk.end());
        }
        json.time("StartTime", bulk.started);
    });
}

fn usage(bulk: &Bulk, json: &mut Writer) {
    let counted = bulk.usage.iter().filter(|usage| usage.part != Part::Vector);
    json.count("BulkPutBytes", counted.map(|usage| usage.bytes).sum::<u64>());
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
                json.object(|json| json.count(bytes, usage.bytes));
            }
        });
    };
    indexes(json, "GlobalSecondaryIndexes", Part::Global, "BulkPutBytes");
    indexes(json, "LocalSecondaryIndexes", Part::Local, "BulkPutBytes");
    let table = bulk.usage.iter().find(|usage| usage.part == Part::Table);
    json.key("Table");
    json.object(|json| json.count("BulkPutBytes", table.map_or(0, |usage| usage.bytes)));
    json.text("TableName", &bulk.table);
    indexes(json, "VectorIndexes", Part::Vector, "BulkPutVectorBytes");
}
