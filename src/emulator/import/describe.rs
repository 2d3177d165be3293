//! How the service shows an import: members in alphabetical order, as in its other answers.

use super::Import;
use crate::{
    emulator::failure::Failure,
    wire::json::{Value, Writer},
};

/// Writes ImportTableDescription as it is at a time; `None` is when it begins.
///
/// While it goes on there is neither an EndTime nor a ProcessedSizeBytes, and the counts are 0:
/// that they differ is known (aws-service-facts 7.1), how is inferred from the types in the API's
/// model, where those three cannot be absent.
pub(in crate::emulator) fn describe(import: &Import, now: Option<u64>, json: &mut Writer) {
    let status = import.status(now.unwrap_or_default());
    let over = status != "IN_PROGRESS";
    let counted = |count: u64| if over { count } else { 0 };
    let failure = import.failure.as_ref().filter(|_| over);
    json.key("ImportTableDescription");
    json.object(|json| {
        json.text("ClientToken", &import.token);
        json.text("CloudWatchLogGroupArn", &log_group(import));
        end(import, over, json);
        json.count("ErrorCount", counted(import.errors()));
        if let Some(Failure { code, message }) = failure {
            json.text("FailureCode", code);
            json.text("FailureMessage", message);
        }
        json.text("ImportArn", &import.arn());
        json.text("ImportStatus", status);
        json.count("ImportedItemCount", counted(import.counts.imported));
        for name in ["InputCompressionType", "InputFormat", "InputFormatOptions"] {
            asked(import, name, json);
        }
        json.count("ProcessedItemCount", counted(import.counts.processed));
        if over {
            json.count("ProcessedSizeBytes", import.counts.bytes);
        }
        asked(import, "S3BucketSource", json);
        json.time("StartTime", import.started);
        json.text("TableArn", &import.table_arn);
        asked(import, "TableCreationParameters", json);
        json.text("TableId", &import.table_id);
    });
}

/// Writes an entry of the list of imports. Of the bucket it tells the name only, as the answers
/// of ListImports that Cloud Custodian recorded (us-east-1, 2026-03-25).
pub(in crate::emulator) fn summary(import: &Import, now: u64, json: &mut Writer) {
    let status = import.status(now);
    json.object(|json| {
        json.text("CloudWatchLogGroupArn", &log_group(import));
        end(import, status != "IN_PROGRESS", json);
        json.text("ImportArn", &import.arn());
        json.text("ImportStatus", status);
        asked(import, "InputFormat", json);
        json.key("S3BucketSource");
        json.object(|json| {
            let source = import.asked.root().get("S3BucketSource");
            let bucket = source.and_then(|source| source.get("S3Bucket")).and_then(Value::as_str);
            json.text("S3Bucket", &bucket.unwrap_or_default());
        });
        json.time("StartTime", import.started);
        json.text("TableArn", &import.table_arn);
    });
}

fn end(import: &Import, over: bool, json: &mut Writer) {
    if over {
        json.time("EndTime", import.ended);
    }
}

/// Where the service logs what could not be imported; nothing is logged here.
fn log_group(import: &Import) -> String {
    let mut parts = import.table_arn.split(':').skip(3);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("arn:aws:logs:{region}:{account}:log-group:/aws-dynamodb/imports:*")
}

fn asked(import: &Import, name: &str, json: &mut Writer) {
    if let Some(value) = import.asked.root().get(name) {
        json.key(name);
        json.raw(value.raw().as_bytes());
    }
}
