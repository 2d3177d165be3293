//! How the service shows a table: `TableDescription`, members in alphabetical order
//! (wire-facts 6).

use super::{
    CapacityChanges, Table,
    definition::{IndexDefinition, OnDemandThroughput, Throughput, WarmThroughput, write_key},
    time::seconds,
};
use crate::{emulator::figures::Figures, wire::json::Writer};

/// Who shows the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// CreateTable's answer.
    Creating,
    /// DescribeTable's.
    Active {
        /// When, in milliseconds since 1970.
        now: u64,
    },
    /// DeleteTable's, which leaves most of it out (aws-tables-facts 6.1).
    Deleting,
    /// UpdateTable's.
    Updating(Progress),
}

/// What is under way in a table that is updated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When it began, in milliseconds since 1970.
    pub now: u64,
    /// Whether TableStatus says so.
    pub table: bool,
    /// Whether it is a switch of the billing mode, which has no date yet.
    pub billing: bool,
    /// The indexes that are not ACTIVE.
    pub indexes: Vec<(Box<str>, IndexStage)>,
    /// The indexes that are being warmed; `None` is the table.
    pub warm: Vec<Option<Box<str>>>,
    /// Whether the table is being encrypted.
    pub encrypting: bool,
}

/// What an index is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexStage {
    /// It is being created.
    Creating,
    /// Its settings are changing.
    Updating,
    /// It is being deleted.
    Deleting,
}

impl View {
    fn progress(&self) -> Option<&Progress> {
        match self {
            Self::Updating(progress) => Some(progress),
            _ => None,
        }
    }

    fn now(&self) -> u64 {
        match self {
            Self::Active { now } | Self::Updating(Progress { now, .. }) => *now,
            Self::Creating | Self::Deleting => 0,
        }
    }

    fn table_status(&self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Deleting => "DELETING",
            Self::Updating(Progress { table: true, .. }) => "UPDATING",
            Self::Active { .. } | Self::Updating(_) => "ACTIVE",
        }
    }

    /// Whether there are dates and everything else the service fills in.
    fn is_settled(&self) -> bool {
        matches!(self, Self::Active { .. } | Self::Updating(_))
    }

    fn index_stage(&self, name: &str) -> Option<IndexStage> {
        let mut indexes = self.progress()?.indexes.iter();
        indexes.find(|(index, _)| **index == *name).map(|(_, stage)| *stage)
    }

    fn is_warming(&self, index: Option<&str>) -> bool {
        let warming =
            |progress: &Progress| progress.warm.iter().any(|warmed| warmed.as_deref() == index);
        *self == Self::Creating || self.progress().is_some_and(warming)
    }
}

/// Writes the description.
pub fn describe(table: &Table, figures: &Figures, view: &View, json: &mut Writer) {
    let definition = &table.definition;
    let whole = *view != View::Deleting;
    json.object(|json| {
        if whole {
            definition.write_attributes(json);
        }
        billing(table, view, json);
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
        provisioned(definition.throughput, &table.state.capacity, view.now(), json);
        encryption(table, view, json);
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
                date(json, "LastUpdateDateTime", table.state.class_changed.last().copied());
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
        json.string(view.table_status());
        if whole && (view.is_settled() || definition.warm.is_some()) {
            warm(definition.warm, definition.throughput, view.is_warming(None), json);
        }
    });
}

/// When a table was last billed by request stays when it no longer is (aws-tables-facts 4). A
/// table just created, or just switched, has no date yet (1.9).
fn billing(table: &Table, view: &View, json: &mut Writer) {
    let on_demand = table.definition.is_on_demand();
    if !on_demand && table.state.on_demand_since.is_none() {
        return;
    }
    let undated = *view == View::Creating || view.progress().is_some_and(|now| now.billing);
    json.key("BillingModeSummary");
    json.object(|json| {
        json.key("BillingMode");
        json.string(if on_demand { "PAY_PER_REQUEST" } else { "PROVISIONED" });
        let since = table.state.on_demand_since.filter(|_| !undated);
        date(json, "LastUpdateToPayPerRequestDateTime", since);
    });
}

fn describe_index(
    table: &Table,
    index: &IndexDefinition,
    figures: &Figures,
    global: bool,
    view: &View,
    json: &mut Writer,
) {
    let place = table.index(&index.name).map_or(0, |(place, _)| usize::from(place));
    let size = figures.indexes.get(place).copied().unwrap_or_default();
    let stage = view.index_stage(&index.name);
    json.object(|json| {
        // Only of an index that is added to a table (aws-tables-facts 11.5).
        if stage == Some(IndexStage::Creating) {
            json.key("Backfilling");
            json.bool(false);
        }
        json.key("IndexArn");
        json.string(&format!("{}/index/{}", table.arn, index.name));
        json.key("IndexName");
        json.string(&index.name);
        write_number(json, "IndexSizeBytes", size.bytes);
        if global {
            json.key("IndexStatus");
            json.string(match stage {
                Some(IndexStage::Creating) => "CREATING",
                Some(IndexStage::Updating) => "UPDATING",
                Some(IndexStage::Deleting) => "DELETING",
                None if *view == View::Creating => "CREATING",
                None => "ACTIVE",
            });
        }
        write_number(json, "ItemCount", size.items);
        write_key(json, &index.key);
        if global {
            on_demand(index.on_demand, json);
        }
        index.projection.write(json);
        if global {
            let state = table.state.indexes.get(place).cloned().unwrap_or_default();
            provisioned(index.throughput, &state.capacity, view.now(), json);
            // CreateTable's answer never has it for an index (aws-tables-facts 1.9); UpdateTable's
            // has it for a new one that was told how warm to be (10; otherwise inferred).
            let is_new = stage == Some(IndexStage::Creating);
            if view.is_settled() && (!is_new || index.warm.is_some()) {
                let warming = is_new || view.is_warming(Some(&index.name));
                warm(index.warm, index.throughput, warming, json);
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
fn provisioned(units: Option<Throughput>, changes: &CapacityChanges, now: u64, json: &mut Writer) {
    let Throughput { read, write } = units.unwrap_or(Throughput { read: 0, write: 0 });
    json.key("ProvisionedThroughput");
    json.object(|json| {
        date(json, "LastDecreaseDateTime", changes.decreased);
        date(json, "LastIncreaseDateTime", changes.increased);
        write_number(json, "NumberOfDecreasesToday", changes.decreases_today(now));
        for (name, value) in [("ReadCapacityUnits", read), ("WriteCapacityUnits", write)] {
            json.key(name);
            json.number(value);
        }
    });
}

fn warm(
    sent: Option<WarmThroughput>,
    provisioned: Option<Throughput>,
    warming: bool,
    json: &mut Writer,
) {
    let Throughput { read, write } = WarmThroughput::effective(sent, provisioned);
    json.key("WarmThroughput");
    json.object(|json| {
        json.key("ReadUnitsPerSecond");
        json.number(read);
        json.key("Status");
        json.string(if warming { "UPDATING" } else { "ACTIVE" });
        json.key("WriteUnitsPerSecond");
        json.number(write);
    });
}

/// A key of the client's, or the one the service manages; none of it for the default key
/// (aws-tables-facts 14.1). A change shows what there was, even if that is nothing (14.2).
fn encryption(table: &Table, view: &View, json: &mut Writer) {
    let key = table.encryption_key();
    let changing = view.progress().is_some_and(|progress| progress.encrypting);
    if key.is_none() && !changing {
        return;
    }
    json.key("SSEDescription");
    json.object(|json| {
        if let Some(key) = &key {
            json.key("KMSMasterKeyArn");
            json.string(key);
            json.key("SSEType");
            json.string("KMS");
        }
        json.key("Status");
        json.string(if changing { "UPDATING" } else { "ENABLED" });
    });
}

fn date(json: &mut Writer, name: &str, millis: Option<u64>) {
    if let Some(millis) = millis {
        json.key(name);
        json.raw(seconds(millis).as_bytes());
    }
}

fn write_number(json: &mut Writer, name: &str, value: u64) {
    json.key(name);
    json.number(value);
}
