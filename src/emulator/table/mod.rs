//! What a table is: its keys, its indexes and its settings.

pub mod account;
mod admission;
mod catalog;
mod check;
mod definition;
mod describe;
mod error;
mod group;
mod insights;
mod job;
pub mod kinesis;
pub mod limits;
mod peers;
pub mod policy;
pub mod restore;
mod scaling;
mod state;
pub mod tags;
pub mod time;
mod timing;
mod update;
mod vector;

use std::time::{Duration, SystemTime};

use crate::{
    storage::layout::{self, TableNumber},
    value::Type,
};

pub use crate::wire::seconds;
pub use admission::{Call, Refusal};
pub use catalog::Catalog;
pub use check::check;
pub use definition::{
    ATTRIBUTES, BillingMode, Definition, ENCRYPTION, Encryption, INDEX, INDEX_MEMBERS,
    IndexDefinition, KEY_SCHEMA, KeyElement, LOCAL_INDEX, MEMBERS, ON_DEMAND, OnDemandThroughput,
    Projection, ProjectionType, Role, TAG, THROUGHPUT, Throughput, WarmThroughput, write_key,
};
pub use describe::{View, describe, describe_among, index_status};
pub use error::DefinitionError;
pub use group::{Group, Replica};
pub use insights::{Insights, InsightsStatus, Mode as InsightsMode};
pub use job::{Job, Origin, Task};
pub use peers::Peers;
pub use scaling::{Policy as ScalingPolicy, Scaling};
pub use state::{CapacityChanges, IndexState, Recovery, State, TimeToLive};
pub use time::iso;
pub use timing::{Step, Timing};
pub use update::{
    Applied, Change, GroupChange, GroupError, MEMBERS as UPDATE_MEMBERS, Moved, Overrides,
    UpdateError, When, is_region,
};
pub use vector::{Distance, SearchElement, VECTOR, VectorDefinition, VectorIndex};

/// A table as the emulator works with it.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name.
    pub name: Box<str>,
    /// What its keys in the store begin with.
    pub number: TableNumber,
    /// The id, new for each table of that name (aws-tables-facts 1.5).
    pub id: Box<str>,
    /// The ARN.
    pub arn: Box<str>,
    /// When it was created, in milliseconds since 1970.
    pub created: u64,
    /// What CreateTable asked for, and UpdateTable since.
    pub definition: Definition,
    /// What has become of it since.
    pub state: State,
    /// The primary key.
    pub key: Schema,
    /// The indexes, local ones first.
    pub indexes: Vec<Index>,
    /// The vector indexes.
    pub vectors: Vec<VectorIndex>,
    /// The tables that it is a group with, as far as they were asked for.
    pub peers: Peers,
}

/// A secondary index.
#[derive(Clone, Debug)]
pub struct Index {
    /// The name.
    pub name: Box<str>,
    /// The number its entries have in the store.
    pub slot: u8,
    /// Whether it is global.
    pub global: bool,
    /// The index key.
    pub key: Schema,
    /// What an entry holds besides the keys; `None` is everything.
    pub projected: Option<Vec<Box<str>>>,
}

/// A key: its attributes in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// The HASH attributes: one, or up to four in a global index.
    pub partition: Vec<KeyAttribute>,
    /// The RANGE attributes.
    pub sort: Vec<KeyAttribute>,
}

/// An attribute of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute {
    /// The name.
    pub name: Box<str>,
    /// S, N or B.
    pub kind: Type,
}

impl Schema {
    /// The partition attributes, then the sort attributes.
    pub fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> + Clone {
        self.partition.iter().chain(&self.sort)
    }

    /// The attribute of that name, if it is part of the key.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&KeyAttribute> {
        self.attributes().find(|attribute| &*attribute.name == name)
    }

    /// How many attributes the key has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.partition.len() + self.sort.len()
    }

    /// Whether it has none, which no table's key is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn of(elements: &[KeyElement], definition: &Definition) -> Self {
        let side = |role| {
            let names = elements.iter().filter(move |element| element.role == role);
            names
                .filter_map(|element| {
                    let kind = definition.attribute(&element.name)?;
                    Some(KeyAttribute { name: element.name.clone(), kind })
                })
                .collect()
        };
        Self { partition: side(Role::Hash), sort: side(Role::Range) }
    }
}

impl Table {
    /// A table of a definition that was checked. Its attributes are shown sorted by name
    /// (aws-tables-facts 4).
    #[must_use]
    pub fn new(
        mut definition: Definition,
        number: TableNumber,
        id: &str,
        arn: &str,
        created: u64,
        state: State,
    ) -> Self {
        definition.attributes.sort_by(|left, right| left.0.cmp(&right.0));
        let key = Schema::of(&definition.key, &definition);
        let local = definition.local.iter().flatten().map(|index| (false, index));
        let global = definition.global.iter().flatten().map(|index| (true, index));
        let slots = state.indexes.iter().map(|index| index.slot);
        let indexes = local
            .chain(global)
            .zip(slots)
            .map(|((global, index), slot)| Index {
                name: index.name.clone(),
                slot,
                global,
                key: Schema::of(&index.key, &definition),
                projected: match index.projection.kind {
                    Some(ProjectionType::All) | None => None,
                    _ => Some(index.projection.attributes.clone().unwrap_or_default()),
                },
            })
            .collect();
        let vectors = definition.vector.iter().flatten().zip(&state.vectors);
        let vectors = vectors.map(|(index, slot)| index.index(*slot, &definition)).collect();
        Self {
            name: definition.name.clone(),
            number,
            id: id.into(),
            arn: arn.into(),
            created,
            key,
            indexes,
            vectors,
            definition,
            state,
            peers: Peers::default(),
        }
    }

    /// The region it is in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }

    /// What its definition is kept under.
    #[must_use]
    pub fn catalog_key(&self) -> Vec<u8> {
        layout::table(self.region(), &self.name)
    }

    /// The index of that name and its place among the indexes.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<(u8, &Index)> {
        let at = self.indexes.iter().position(|index| &*index.name == name)?;
        Some((u8::try_from(at).ok()?, &self.indexes[at]))
    }

    /// The vector index of that name and its place among those.
    #[must_use]
    pub fn vector(&self, name: &str) -> Option<(usize, &VectorIndex)> {
        self.vectors.iter().enumerate().find(|(_, index)| *index.name == *name)
    }

    /// The ARN of the key the table is encrypted with, unless it is the service's default key
    /// (aws-tables-facts 14.1).
    #[must_use]
    pub fn encryption_key(&self) -> Option<String> {
        self.key_of(self.definition.encryption.as_ref())
    }

    /// The same of a key that the table gets.
    fn key_of(&self, sent: Option<&Encryption>) -> Option<String> {
        let sent = sent.filter(|sent| !sent.is_off())?;
        let mut parts = self.arn.split(':').skip(3);
        let (region, account) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        Some(match sent.key.as_deref() {
            Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
            Some(id) => format!("arn:aws:kms:{region}:{account}:key/{id}"),
            // The managed key's id is anyone's guess: the table's own stands in for it.
            None => format!("arn:aws:kms:{region}:{account}:key/{}", self.id),
        })
    }

    /// The label of the latest stream, which is the time it was enabled.
    #[must_use]
    pub fn stream_label(&self) -> Option<String> {
        self.state.stream_since.map(time::label)
    }

    /// Whether the table has local indexes, which makes its partitions item collections.
    #[must_use]
    pub fn has_local_indexes(&self) -> bool {
        self.indexes.iter().any(|index| !index.global)
    }
}

/// Milliseconds since 1970.
#[must_use]
pub fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
