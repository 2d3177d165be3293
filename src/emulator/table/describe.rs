//! How the service shows a table: `TableDescription`, members in alphabetical order
//! (wire-facts 6).

mod group;

use std::sync::Arc;

use super::{
    CapacityChanges, Job, Origin, Table, Task, VectorDefinition,
    definition::{IndexDefinition, OnDemandThroughput, Throughput, WarmThroughput, write_key},
    seconds,
};
use crate::{
    emulator::figures::{Figures, Size},
    wire::json::Writer,
};

/// Who shows the table. What it is at is in its jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// CreateTable's answer.
    Created,
    /// Any other.
    Now {
        /// When, in milliseconds since 1970.
        now: u64,
        /// The status, if it is not the table's.
        status: Option<&'static str>,
    },
}

/// What an index is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It comes with its table.
    CreatingWithTable,
    /// It is added to a table: whether it is being filled.
    Creating(bool),
    Updating,
    Deleting,
    Active,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::CreatingWithTable | Self::Creating(_) => "CREATING",
            Self::Updating => "UPDATING",
            Self::Deleting => "DELETING",
            Self::Active => "ACTIVE",
        }
    }
}

impl View {
    fn now(self) -> u64 {
        match self {
            Self::Now { now, .. } => now,
            Self::Created => 0,
        }
    }

    /// TableStatus
    #[must_use]
    pub fn status(self, table: &Table) -> &'static str {
        if let Self::Now { status: Some(status), .. } = self {
            return status;
        }
        // Of those of aws-tables-facts 2.1 that say UPDATING.
        let updates = |job: &Job| match &job.task {
            Task::CreateIndex { .. } | Task::CreateVector { .. } => job.is_allocating(self.now()),
            Task::Class(_) => !table.hides_class(),
            Task::Leave { deleting, .. } => self.now() < *deleting || self.now() <= job.since,
            Task::Join(_) | Task::Override(_) | Task::Become(_) => true,
            Task::Capacity(..)
            | Task::Bill { .. }
            | Task::Stream { .. }
            | Task::DeleteIndex(_)
            | Task::DeleteVector(_) => true,
            _ => false,
        };
        if table.deletion().is_some() {
            "DELETING"
        } else if table.creation().is_some() {
            "CREATING"
        } else if table.state.jobs.iter().any(updates) {
            "UPDATING"
        } else {
            "ACTIVE"
        }
    }
}

fn stage(table: &Table, name: &str, now: u64) -> Stage {
    if let Some(job) = table.index_creation(name) {
        // A vector index is ACTIVE some time before it can be searched (aws-facts 11.3).
        return match job.is_filling(now) {
            true => Stage::Creating(!job.is_allocating(now)),
            false => Stage::Active,
        };
    }
    if table.job(|task| matches!(task, Task::UpdateIndex(index, _) if **index == *name)).is_some() {
        return Stage::Updating;
    }
    match table.creation() {
        Some(_) => Stage::CreatingWithTable,
        None => Stage::Active,
    }
}

/// IndexStatus of a global index that is not being deleted.
#[must_use]
pub fn index_status(table: &Table, name: &str, now: u64) -> &'static str {
    stage(table, name, now).name()
}

/// What was told to be warm at its creation is warm when it is created (aws-tables-facts 3.5, 10).
fn is_warming(table: &Table, index: Option<&str>, sent: Option<WarmThroughput>) -> bool {
    let warming = |task: &Task| matches!(task, Task::Warm(of, _) if of.as_deref() == index);
    (table.creation().is_some() && sent.is_some()) || table.job(warming).is_some()
}

/// Writes the description of a table that is alone, or of one that is being made or deleted.
pub fn describe(table: &Table, figures: &Figures, view: View, json: &mut Writer) {
    describe_among(table, &[], figures, view, json);
}

/// Writes the description of a table among those of its group.
pub fn describe_among(
    table: &Table,
    peers: &[Arc<Table>],
    figures: &Figures,
    view: View,
    json: &mut Writer,
) {
    let definition = &table.definition;
    // One that is being deleted is shown in short (aws-tables-facts 6.1; by DescribeTable too, in
    // a recording of Cloud Custodian's, 2023).
    let whole = table.deletion().is_none();
    // One that is being restored is shown empty, as its indexes are (inferred).
    let held = if table.creation().is_some() { Size::default() } else { figures.table };
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
        if whole {
            describe_global(table, figures, view, json);
            group::version(table, view.now(), json);
        }
        write_number(json, "ItemCount", held.items);
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
                for (index, place) in indexes.iter().zip(0..) {
                    let size = figures.index(place);
                    describe_index(table, Shown { index, size, global: None }, view, json);
                }
            });
        }
        if table.is_strong() && whole {
            json.key("MultiRegionConsistency");
            json.string("STRONG");
        }
        on_demand(definition.on_demand, json);
        provisioned(definition.throughput, &table.state.capacity, view.now(), json);
        group::replicas(table, peers, view.now(), json);
        restoration(table, json);
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
        write_number(json, "TableSizeBytes", held.bytes);
        json.key("TableStatus");
        json.string(view.status(table));
        if whole {
            describe_vectors(table, figures, view, json);
        }
        // CreateTable's answer has it only if it was sent (aws-tables-facts 1.9).
        if whole && (view != View::Created || definition.warm.is_some()) {
            let warming = is_warming(table, None, definition.warm);
            warm(definition.warm, definition.throughput, warming, json);
        }
    });
}

/// When a table was last billed by request stays when it no longer is (aws-tables-facts 4). A
/// table just created, or just switched, has no date yet (1.9).
fn billing(table: &Table, view: View, json: &mut Writer) {
    let on_demand = table.definition.is_on_demand();
    // aws-service-facts 8.4.
    if !on_demand && (table.state.on_demand_since.is_none() || table.state.group.is_some()) {
        return;
    }
    let switching = table.job(|task| matches!(task, Task::Bill { .. })).is_some();
    let undated = view == View::Created || switching;
    json.key("BillingModeSummary");
    json.object(|json| {
        json.key("BillingMode");
        json.string(if on_demand { "PAY_PER_REQUEST" } else { "PROVISIONED" });
        let since = table.state.on_demand_since.filter(|_| !undated);
        date(json, "LastUpdateToPayPerRequestDateTime", since);
    });
}

/// An index to show.
#[derive(Clone, Copy)]
struct Shown<'a> {
    index: &'a IndexDefinition,
    size: Size,
    /// What there is of a global one besides.
    global: Option<(Stage, CapacityChanges)>,
}

/// One that is being deleted stands where it stood.
fn describe_global(table: &Table, figures: &Figures, view: View, json: &mut Writer) {
    let local = table.definition.local.as_ref().map_or(0, Vec::len);
    let indexes = table.definition.global.iter().flatten().zip(local..);
    let mut shown: Vec<_> = indexes
        .map(|(index, place)| {
            let stage = stage(table, &index.name, view.now());
            let capacity = table.state.indexes.get(place).map(|state| state.capacity);
            let size = match stage {
                Stage::Creating(_) | Stage::CreatingWithTable => Size::default(),
                _ => figures.index(place),
            };
            Shown { index, size, global: Some((stage, capacity.unwrap_or_default())) }
        })
        .collect();
    for job in &table.state.jobs {
        if let Task::DeleteIndex(dying) = &job.task {
            // An answer to a change that is none shows it as if it stayed (aws-tables-facts 1.9).
            let stage = match view {
                View::Now { status: Some("UPDATING"), .. } => Stage::Active,
                _ => Stage::Deleting,
            };
            let global = Some((stage, dying.capacity));
            let place = dying.place.min(shown.len());
            shown.insert(place, Shown { index: &dying.index, size: dying.size, global });
        }
    }
    if shown.is_empty() {
        return;
    }
    json.key("GlobalSecondaryIndexes");
    json.array(|json| {
        for index in shown {
            describe_index(table, index, view, json);
        }
    });
}

fn describe_index(table: &Table, shown: Shown<'_>, view: View, json: &mut Writer) {
    let Shown { index, size, global } = shown;
    json.object(|json| {
        // Only of an index that is added to a table (aws-tables-facts 11.5).
        if let Some((Stage::Creating(filling), _)) = global {
            json.key("Backfilling");
            json.bool(filling);
        }
        json.key("IndexArn");
        json.string(&format!("{}/index/{}", table.arn, index.name));
        json.key("IndexName");
        json.string(&index.name);
        write_number(json, "IndexSizeBytes", size.bytes);
        // Not of a table that is being restored (aws-service-facts 5.1).
        if let (Some((stage, _)), None) = (global, table.origin()) {
            json.key("IndexStatus");
            json.string(stage.name());
        }
        write_number(json, "ItemCount", size.items);
        write_key(json, &index.key);
        if global.is_some() {
            on_demand(index.on_demand, json);
        }
        index.projection.write(json);
        if let Some((stage, capacity)) = global {
            provisioned(index.throughput, &capacity, view.now(), json);
            // CreateTable's answer never has it for an index (aws-tables-facts 1.9); others have
            // it for a new one that was told how warm to be (10; otherwise inferred).
            let is_new = matches!(stage, Stage::Creating(_));
            if view != View::Created && (!is_new || index.warm.is_some()) {
                let warming = is_new || is_warming(table, Some(&index.name), index.warm);
                warm(index.warm, index.throughput, warming, json);
            }
        }
    });
}

/// Backfilling is there while an index is added, as of a global index, and never at ACTIVE
/// (aws-facts 11.3). That figures and ARN are as a global index's, and that one that goes is shown
/// DELETING, is inferred.
fn describe_vectors(table: &Table, figures: &Figures, view: View, json: &mut Writer) {
    let indexes = table.definition.vector.iter().flatten().zip(0..);
    let mut shown: Vec<(&VectorDefinition, Size, Stage)> = indexes
        .map(|(index, place)| {
            let stage = stage(table, &index.name, view.now());
            let size = match stage {
                Stage::Creating(_) | Stage::CreatingWithTable => Size::default(),
                _ => figures.vector(place),
            };
            (index, size, stage)
        })
        .collect();
    for job in &table.state.jobs {
        if let Task::DeleteVector(dying) = &job.task {
            let place = dying.place.min(shown.len());
            shown.insert(place, (&dying.index, dying.size, Stage::Deleting));
        }
    }
    if shown.is_empty() {
        return;
    }
    json.key("VectorIndexes");
    json.array(|json| {
        for (index, size, stage) in shown {
            json.object(|json| {
                if let Stage::Creating(filling) = stage {
                    json.key("Backfilling");
                    json.bool(filling);
                }
                index.write_shape(json);
                json.key("IndexArn");
                json.string(&format!("{}/index/{}", table.arn, index.name));
                json.key("IndexName");
                json.string(&index.name);
                write_number(json, "IndexSizeBytes", size.bytes);
                // As of other indexes of a table that is being restored (inferred).
                if table.origin().is_none() {
                    json.key("IndexStatus");
                    json.string(stage.name());
                }
                write_number(json, "ItemCount", size.items);
                index.projection.write(json);
                index.write_search(json);
            });
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

/// Only while the table is CREATING: nothing marks one that was restored (aws-service-facts 5.1,
/// 2026-10-09).
fn restoration(table: &Table, json: &mut Writer) {
    let Some(Origin { backup, table: source, at }) = table.origin() else { return };
    json.key("RestoreSummary");
    json.object(|json| {
        date(json, "RestoreDateTime", Some(*at));
        json.key("RestoreInProgress");
        json.bool(true);
        if let Some(backup) = backup {
            json.key("SourceBackupArn");
            json.string(backup);
        }
        json.key("SourceTableArn");
        json.string(source);
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
/// (aws-tables-facts 14.1). While it changes, first the key there was and then the one there will
/// be, even if that is nothing: after 8 seconds of 22 (14.2).
fn encryption(table: &Table, view: View, json: &mut Writer) {
    let change = table.state.jobs.iter().find_map(|job| match &job.task {
        Task::Encrypt(to) => Some((job, to)),
        _ => None,
    });
    let key = match change {
        Some((Job { since, until, .. }, to)) if view.now() > since + (until - since) * 8 / 22 => {
            table.key_of(to.as_ref())
        }
        _ => table.encryption_key(),
    };
    if key.is_none() && change.is_none() {
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
        json.string(if change.is_some() { "UPDATING" } else { "ENABLED" });
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
