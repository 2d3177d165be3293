//! How the service shows a backup, members in alphabetical order (aws-service-facts 3.1 to 3.4;
//! recordings of Cloud Custodian's, 2018).

use super::Backup;
use crate::{
    emulator::table::{Projection, Table, Throughput, seconds, write_key},
    wire::json::Writer,
};

/// Writes `BackupDetails`, under the ARN by which it is asked for.
pub(in crate::emulator) fn details(backup: &Backup, arn: &str, status: &str, json: &mut Writer) {
    json.key("BackupDetails");
    json.object(|json| own(backup, arn, status, json));
}

/// Writes a summary.
pub(in crate::emulator) fn summary(backup: &Backup, now: u64, json: &mut Writer) {
    json.object(|json| {
        own(backup, &backup.arn(), backup.status(now), json);
        source(&backup.table, json);
    });
}

/// Writes `BackupDescription`, likewise.
pub(in crate::emulator) fn describe(backup: &Backup, arn: &str, status: &str, json: &mut Writer) {
    let Backup { table, size, .. } = backup;
    let definition = &table.definition;
    json.key("BackupDescription");
    json.object(|json| {
        details(backup, arn, status, json);
        json.key("SourceTableDetails");
        json.object(|json| {
            json.key("BillingMode");
            json.string(if definition.is_on_demand() { "PAY_PER_REQUEST" } else { "PROVISIONED" });
            json.key("ItemCount");
            json.number(size.items);
            write_key(json, &definition.key);
            let ceilings = definition.on_demand.unwrap_or_default();
            let units =
                [("MaxReadRequestUnits", ceilings.read), ("MaxWriteRequestUnits", ceilings.write)];
            if units.iter().any(|(_, value)| value.is_some()) {
                json.key("OnDemandThroughput");
                json.object(|json| {
                    for (name, value) in units {
                        let Some(value) = value else { continue };
                        json.key(name);
                        json.number(value);
                    }
                });
            }
            provisioned(definition.throughput, json);
            json.key("TableArn");
            json.string(&table.arn);
            json.key("TableCreationDateTime");
            json.raw(seconds(table.created).as_bytes());
            json.key("TableId");
            json.string(&table.id);
            json.key("TableName");
            json.string(&table.name);
            json.key("TableSizeBytes");
            json.number(size.bytes);
        });
        json.key("SourceTableFeatureDetails");
        json.object(|json| {
            // Of a table that was deleted none are told (aws-service-facts 3.7).
            if !backup.by_system {
                features(table, json);
            }
        });
    });
}

fn own(backup: &Backup, arn: &str, status: &str, json: &mut Writer) {
    json.key("BackupArn");
    json.string(arn);
    json.key("BackupCreationDateTime");
    json.raw(seconds(backup.created).as_bytes());
    if let Some(expires) = backup.expires() {
        json.key("BackupExpiryDateTime");
        json.raw(seconds(expires).as_bytes());
    }
    json.key("BackupName");
    json.string(&backup.name);
    json.key("BackupSizeBytes");
    json.number(backup.size.bytes);
    json.key("BackupStatus");
    json.string(status);
    json.key("BackupType");
    json.string(if backup.by_system { "SYSTEM" } else { "USER" });
}

fn source(table: &Table, json: &mut Writer) {
    for (name, text) in
        [("TableArn", &table.arn), ("TableId", &table.id), ("TableName", &table.name)]
    {
        json.key(name);
        json.string(text);
    }
}

/// What is off is not there.
fn features(table: &Table, json: &mut Writer) {
    let definition = &table.definition;
    let named = |json: &mut Writer, name: &str, projection: &Projection, key| {
        json.key("IndexName");
        json.string(name);
        write_key(json, key);
        projection.write(json);
    };
    let kinds = [
        ("GlobalSecondaryIndexes", &definition.global, true),
        ("LocalSecondaryIndexes", &definition.local, false),
    ];
    for (member, indexes, is_global) in kinds {
        let Some(indexes) = indexes.as_ref().filter(|indexes| !indexes.is_empty()) else {
            continue;
        };
        json.key(member);
        json.array(|json| {
            for index in indexes {
                json.object(|json| {
                    named(json, &index.name, &index.projection, &index.key);
                    if is_global {
                        provisioned(index.throughput, json);
                    }
                });
            }
        });
    }
    if let Some(key) = table.encryption_key() {
        json.key("SSEDescription");
        json.object(|json| {
            for (name, text) in
                [("KMSMasterKeyArn", &*key), ("SSEType", "KMS"), ("Status", "ENABLED")]
            {
                json.key(name);
                json.string(text);
            }
        });
    }
    if let Some((true, view)) = &definition.stream {
        json.key("StreamDescription");
        json.object(|json| {
            json.key("StreamEnabled");
            json.bool(true);
            if let Some(view) = view {
                json.key("StreamViewType");
                json.string(view);
            }
        });
    }
    if let Some(attribute) = &table.state.time_to_live.attribute {
        json.key("TimeToLiveDescription");
        json.object(|json| {
            json.key("AttributeName");
            json.string(attribute);
            json.key("TimeToLiveStatus");
            json.string("ENABLED");
        });
    }
    if let Some(indexes) = &definition.vector {
        json.key("VectorIndexes");
        json.array(|json| indexes.iter().for_each(|index| index.write(json)));
    }
}

/// Zeros on demand.
fn provisioned(units: Option<Throughput>, json: &mut Writer) {
    let Throughput { read, write } = units.unwrap_or(Throughput { read: 0, write: 0 });
    json.key("ProvisionedThroughput");
    json.object(|json| {
        for (name, value) in [("ReadCapacityUnits", read), ("WriteCapacityUnits", write)] {
            json.key(name);
            json.number(value);
        }
    });
}
