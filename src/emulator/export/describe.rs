//! How the service shows an export, members in alphabetical order as of backups
//! (aws-service-facts 6.1, 6.3; recordings of Cloud Custodian's, 2026-02).

use super::{Done, Export, Failure, Scope};
use crate::wire::json::Writer;

/// Writes `ExportDescription` as it is at a time.
pub(in crate::emulator) fn describe(export: &Export, now: u64, json: &mut Writer) {
    json.key("ExportDescription");
    json.object(|json| members(export, now, json));
}

/// Writes a summary. It tells the type always.
pub(in crate::emulator) fn summary(export: &Export, now: u64, json: &mut Writer) {
    json.object(|json| {
        json.text("ExportArn", &export.arn());
        json.text("ExportStatus", export.status(now));
        json.text("ExportType", export.scope.name());
    });
}

fn members(export: &Export, now: u64, json: &mut Writer) {
    let told = export.told(now);
    let result = told.map(|outcome| &outcome.result);
    let done = result.and_then(|result| result.as_ref().ok());
    let number = |json: &mut Writer, name: &str, of: fn(&Done) -> u64| {
        let Some(done) = done else { return };
        json.count(name, of(done));
    };
    let maybe = |json: &mut Writer, name: &str, value: Option<&str>| {
        let Some(value) = value else { return };
        json.text(name, value);
    };
    number(json, "BilledSizeBytes", |done| done.billed);
    maybe(json, "ClientToken", export.token.as_deref());
    // No member of the model, but of every answer (aws-service-facts 6.1).
    json.text("DestinationType", "S3");
    // Of one that failed no end is told (recordings of 2026-02).
    if let (Some(outcome), Some(_)) = (told, done) {
        json.time("EndTime", outcome.end);
    }
    json.text("ExportArn", &export.arn());
    json.text("ExportFormat", export.format.name());
    if done.is_some() {
        json.text("ExportManifest", &export.manifest());
    }
    json.text("ExportStatus", export.status(now));
    if let Scope::Full { at } = export.scope {
        json.time("ExportTime", at);
    }
    if export.scope_said {
        json.text("ExportType", export.scope.name());
    }
    if let Some(Err(Failure { code, message })) = result {
        json.text("FailureCode", code);
        json.text("FailureMessage", message);
    }
    if let Some(filter) = &export.filter {
        json.key("FilterSpecification");
        json.raw(filter.as_bytes());
    }
    if let Scope::Incremental { from, to, view } = export.scope {
        json.key("IncrementalExportSpecification");
        json.object(|json| {
            json.time("ExportFromTime", from);
            json.time("ExportToTime", to);
            json.text("ExportViewType", view.name());
        });
    }
    number(json, "ItemCount", |done| done.items);
    let target = &export.target;
    json.text("S3Bucket", &target.bucket);
    maybe(json, "S3BucketOwner", target.owner.as_deref());
    maybe(json, "S3Prefix", target.prefix.as_deref());
    json.text("S3SseAlgorithm", &target.encryption);
    maybe(json, "S3SseKmsKeyId", target.key.as_deref());
    json.time("StartTime", export.start);
    json.text("TableArn", &export.table.arn);
    json.text("TableId", &export.table.id);
}
