//! How the service shows a table: `TableDescription`, members in alphabetical order
//! (wire-facts 6).

use super::{
    Table,
    check::INITIAL_WARM,
    definition::{IndexDefinition, OnDemandThroughput, Throughput, WarmThroughput, write_key},
    time::seconds,
};
use crate::{emulator::figures::Figures, wire::json::Writer};

/// Who shows the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// CreateTable's answer.
    Creating,
    /// DescribeTable's.
    Active,
    /// DeleteTable's, which leaves most of it out (aws-tables-facts 6.1).
    Deleting,
}

/// Writes the description.
pub fn describe(table: &Table, figures: &Figures, view: View, json: &mut Writer) {
    let definition = &table.definition;
    let status = match view {
        View::Creating => "CREATING",
        View::Active => "ACTIVE",
        View::Deleting => "DELETING",
    };
    let whole = view != View::Deleting;
    json.object(|json| {
        if whole {
            definition.write_attributes(json);
        }
        if definition.is_on_demand() {
            json.key("BillingModeSummary");
            json.object(|json| {
                json.key("BillingMode");
                json.string("PAY_PER_REQUEST");
                // CreateTable's answer has no date yet (aws-tables-facts 1.9).
                if view != View::Creating {
                    json.key("LastUpdateToPayPerRequestDateTime");
                    json.raw(seconds(table.created).as_bytes());
                }
            });
        }
        if whole {
            json.key("CreationDateTime");
            json.raw(seconds(table.created).as_bytes());
        }
        // In CreateTable's answer too (recorded with LocalStack's tests, us-east-1, 2024 to 2026;
        // aws-facts 8.3, unstated, has it there only when it was set).
        json.key("DeletionProtectionEnabled");
        json.bool(definition.deletion_protection.unwrap_or(false));
        if let (Some(indexes), true) = (&definition.global, whole) {
            json.key("GlobalSecondaryIndexes");
            json.array(|json| {
                for index in indexes {
                    describe_index(table, index, figures, true, view, json);
                }
            });
        }
        write_number(json, "ItemCount", figures.table.items);
        if whole {
            write_key(json, &definition.key);
        }
        if let Some(label) = table.stream_label() {
            json.key("LatestStreamArn");
            json.string(&format!("{}/stream/{label}", table.arn));
            json.key("LatestStreamLabel");
            json.string(&label);
        }
        if let (Some(indexes), true) = (&definition.local, whole) {
            json.key("LocalSecondaryIndexes");
            json.array(|json| {
                for index in indexes {
                    describe_index(table, index, figures, false, view, json);
                }
            });
        }
        on_demand(definition.on_demand, json);
        provisioned(definition.throughput, json);
        encryption(table, json);
        if let Some((true, kind)) = &definition.stream {
            json.key("StreamSpecification");
            json.object(|json| {
                json.key("StreamEnabled");
                json.bool(true);
                if let Some(kind) = kind {
                    json.key("StreamViewType");
                    json.string(kind);
                }
            });
        }
        json.key("TableArn");
        json.string(&table.arn);
        if let Some(class) = &definition.class {
            json.key("TableClassSummary");
            json.object(|json| {
                json.key("TableClass");
                json.string(class);
            });
        }
        json.key("TableId");
        json.string(&table.id);
        json.key("TableName");
        json.string(&table.name);
        write_number(json, "TableSizeBytes", figures.table.bytes);
        json.key("TableStatus");
        json.string(status);
        if whole && (view == View::Active || definition.warm.is_some()) {
            warm(definition.warm, definition.throughput, view, json);
        }
    });
}

fn describe_index(
    table: &Table,
    index: &IndexDefinition,
    figures: &Figures,
    global: bool,
    view: View,
    json: &mut Writer,
) {
    let place = table.index(&index.name).map_or(0, |(place, _)| usize::from(place));
    let size = figures.indexes.get(place).copied().unwrap_or_default();
    json.object(|json| {
        json.key("IndexArn");
        json.string(&format!("{}/index/{}", table.arn, index.name));
        json.key("IndexName");
        json.string(&index.name);
        write_number(json, "IndexSizeBytes", size.bytes);
        if global {
            json.key("IndexStatus");
            json.string(if view == View::Creating { "CREATING" } else { "ACTIVE" });
        }
        write_number(json, "ItemCount", size.items);
        write_key(json, &index.key);
        if global {
            on_demand(index.on_demand, json);
        }
        index.projection.write(json);
        if global {
            provisioned(index.throughput, json);
            // CreateTable's answer never has it for an index (aws-tables-facts 1.9).
            if view == View::Active {
                warm(index.warm, index.throughput, view, json);
            }
        }
    });
}

fn on_demand(sent: Option<OnDemandThroughput>, json: &mut Writer) {
    let Some(OnDemandThroughput { read, write }) = sent else { return };
    if read.is_none() && write.is_none() {
        return;
    }
    json.key("OnDemandThroughput");
    json.object(|json| {
        for (name, value) in [("MaxReadRequestUnits", read), ("MaxWriteRequestUnits", write)] {
            if let Some(value) = value {
                json.key(name);
                json.number(value);
            }
        }
    });
}

/// Always there; zeros on demand (aws-tables-facts 4).
fn provisioned(units: Option<Throughput>, json: &mut Writer) {
    let Throughput { read, write } = units.unwrap_or(Throughput { read: 0, write: 0 });
    json.key("ProvisionedThroughput");
    json.object(|json| {
        for (name, value) in [
            ("NumberOfDecreasesToday", 0),
            ("ReadCapacityUnits", read),
            ("WriteCapacityUnits", write),
        ] {
            json.key(name);
            json.number(value);
        }
    });
}

fn warm(
    sent: Option<WarmThroughput>,
    provisioned: Option<Throughput>,
    view: View,
    json: &mut Writer,
) {
    let sent = sent.unwrap_or_default();
    let default = provisioned.unwrap_or(INITIAL_WARM);
    json.key("WarmThroughput");
    json.object(|json| {
        json.key("ReadUnitsPerSecond");
        json.number(sent.read.unwrap_or(default.read));
        json.key("Status");
        json.string(if view == View::Creating { "UPDATING" } else { "ACTIVE" });
        json.key("WriteUnitsPerSecond");
        json.number(sent.write.unwrap_or(default.write));
    });
}

/// A key of the client's, or the one the service manages; none of it for the default key
/// (aws-tables-facts 14.1).
fn encryption(table: &Table, json: &mut Writer) {
    let Some(sent) = &table.definition.encryption else { return };
    if sent.enabled == Some(false) || (sent.enabled.is_none() && sent.kind.is_none()) {
        return;
    }
    let mut parts = table.arn.split(':').skip(3);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let key = match sent.key.as_deref() {
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(id) => format!("arn:aws:kms:{region}:{account}:key/{id}"),
        // The managed key's id is anyone's guess: the table's own stands in for it.
        None => format!("arn:aws:kms:{region}:{account}:key/{}", table.id),
    };
    json.key("SSEDescription");
    json.object(|json| {
        json.key("KMSMasterKeyArn");
        json.string(&key);
        json.key("SSEType");
        json.string("KMS");
        json.key("Status");
        json.string("ENABLED");
    });
}

fn write_number(json: &mut Writer, name: &str, value: u64) {
    json.key(name);
    json.number(value);
}
