//! The manifest of an export: what was exported, and the files it is in. Members are those of the
//! developer's guide, "Manifest files", in its order; that a checksum is in base64 as in the list
//! of files is inferred.

use super::{Done, Export, Scope, data::File};
use crate::{
    emulator::{md5, table::iso},
    value::base64,
    wire::json::Writer,
};

/// The version of the form, in which there are incremental exports.
const VERSION: &str = "2023-08-01";

/// The list of files: a line each.
pub(super) fn files(export: &Export, files: &[File]) -> Vec<u8> {
    let mut text = Vec::new();
    for file in files {
        let mut json = Writer::new();
        json.object(|json| {
            json.key("itemCount");
            json.number(file.items);
            json.key("md5Checksum");
            json.string(&checksum(&file.body));
            json.key("etag");
            json.string(&etag(&file.body));
            json.key("dataFileS3Key");
            json.string(&export.target.key(&file.name));
        });
        text.extend_from_slice(&json.into_bytes());
        text.push(b'\n');
    }
    text
}

/// The summary. `end`: when the export is over.
pub(super) fn summary(export: &Export, done: Done, end: u64) -> Vec<u8> {
    let Export { table, target, .. } = export;
    let mut json = Writer::new();
    let text = |json: &mut Writer, name: &str, text: Option<&str>| {
        json.key(name);
        match text {
            Some(text) => json.string(text),
            None => json.raw(b"null"),
        }
    };
    json.object(|json| {
        text(json, "version", Some(VERSION));
        text(json, "exportArn", Some(&export.arn()));
        text(json, "startTime", Some(&iso(export.start)));
        text(json, "endTime", Some(&iso(end)));
        text(json, "tableArn", Some(&table.arn));
        text(json, "tableId", Some(&table.id));
        match export.scope {
            Scope::Full { at } => text(json, "exportTime", Some(&iso(at))),
            Scope::Incremental { from, to, .. } => {
                text(json, "exportFromTime", Some(&iso(from)));
                text(json, "exportToTime", Some(&iso(to)));
            }
        }
        text(json, "s3Bucket", Some(&target.bucket));
        text(json, "s3Prefix", target.prefix.as_deref());
        text(json, "s3SseAlgorithm", Some(&target.encryption));
        text(json, "s3SseKmsKeyId", target.key.as_deref());
        let files = target.key(&format!("{}/manifest-files.json", export.id));
        text(json, "manifestFilesS3Key", Some(&files));
        json.key("billedSizeBytes");
        json.number(done.billed);
        json.key("itemCount");
        json.number(done.items);
        text(json, "outputFormat", Some(export.format.name()));
        if let Scope::Incremental { view, .. } = export.scope {
            text(json, "outputView", Some(view.name()));
        }
        text(json, "exportType", Some(export.scope.name()));
    });
    json.into_bytes()
}

/// The MD5 of an object.
pub(super) fn checksum(body: &[u8]) -> String {
    base64::text(&md5::digest(&[body]))
}

/// As S3 makes it of an object that is sent in parts, of which this is the only one.
fn etag(body: &[u8]) -> String {
    let digest = md5::digest(&[&md5::digest(&[body])]);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}-1")
}
