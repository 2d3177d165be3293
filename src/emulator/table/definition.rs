//! What a table is asked to be: CreateTable's members, read from a request or from the store.
//!
//! The store keeps a definition in CreateTable's own spelling, so that one reader serves both.

use super::{
    check::INITIAL_WARM,
    tags::{self, Tag},
    vector::{VECTOR, VectorDefinition},
};
use crate::{
    emulator::shape::{Member, Sent, Shape, texts},
    value::Type,
    wire::json::Writer,
};

/// The members of CreateTable.
pub const MEMBERS: &[Member] = &[
    Member("TableName", Shape::Text),
    Member("AttributeDefinitions", ATTRIBUTES),
    Member("KeySchema", KEY_SCHEMA),
    Member("BillingMode", Shape::Text),
    Member("ProvisionedThroughput", THROUGHPUT),
    Member("LocalSecondaryIndexes", Shape::List(&LOCAL_INDEX)),
    Member("GlobalSecondaryIndexes", Shape::List(&INDEX)),
    Member("StreamSpecification", STREAM),
    Member("SSESpecification", ENCRYPTION),
    Member("TableClass", Shape::Text),
    Member("DeletionProtectionEnabled", Shape::Boolean),
    Member("OnDemandThroughput", ON_DEMAND),
    Member("WarmThroughput", WARM),
    Member("Tags", Shape::List(&TAG)),
    Member("ResourcePolicy", Shape::Text),
    Member("VectorIndexes", Shape::List(&VECTOR)),
];

pub(super) const ATTRIBUTE: Shape = Shape::Structure(
    "AttributeDefinition",
    &[Member("AttributeName", Shape::Text), Member("AttributeType", Shape::Text)],
);
/// Attributes of keys.
pub const ATTRIBUTES: Shape = Shape::List(&ATTRIBUTE);
/// A key.
pub const KEY_SCHEMA: Shape = Shape::List(&Shape::Structure(
    "KeySchemaElement",
    &[Member("AttributeName", Shape::Text), Member("KeyType", Shape::Text)],
));
/// Provisioned capacity.
pub const THROUGHPUT: Shape = Shape::Structure(
    "ProvisionedThroughput",
    &[Member("ReadCapacityUnits", Shape::Long), Member("WriteCapacityUnits", Shape::Long)],
);
/// Ceilings.
pub const ON_DEMAND: Shape = Shape::Structure(
    "OnDemandThroughput",
    &[Member("MaxReadRequestUnits", Shape::Long), Member("MaxWriteRequestUnits", Shape::Long)],
);
pub(super) const WARM: Shape = Shape::Structure(
    "WarmThroughput",
    &[Member("ReadUnitsPerSecond", Shape::Long), Member("WriteUnitsPerSecond", Shape::Long)],
);
pub(super) const PROJECTION: Shape = Shape::Structure(
    "Projection",
    &[Member("ProjectionType", Shape::Text), Member("NonKeyAttributes", Shape::Texts)],
);
pub(super) const STREAM: Shape = Shape::Structure(
    "StreamSpecification",
    &[Member("StreamEnabled", Shape::Boolean), Member("StreamViewType", Shape::Text)],
);
/// Encryption.
pub const ENCRYPTION: Shape = Shape::Structure(
    "SSESpecification",
    &[
        Member("Enabled", Shape::Boolean),
        Member("SSEType", Shape::Text),
        Member("KMSMasterKeyId", Shape::Text),
    ],
);
/// A tag.
pub const TAG: Shape =
    Shape::Structure("Tag", &[Member("Key", Shape::Text), Member("Value", Shape::Text)]);

/// The members of an index.
pub const INDEX_MEMBERS: &[Member] = &[
    Member("IndexName", Shape::Text),
    Member("KeySchema", KEY_SCHEMA),
    Member("Projection", PROJECTION),
    Member("ProvisionedThroughput", THROUGHPUT),
    Member("OnDemandThroughput", ON_DEMAND),
    Member("WarmThroughput", WARM),
];
/// A global index.
pub const INDEX: Shape = Shape::Structure("GlobalSecondaryIndex", INDEX_MEMBERS);
/// A local index.
pub const LOCAL_INDEX: Shape = Shape::Structure("LocalSecondaryIndex", INDEX_MEMBERS);

/// A table as CreateTable describes it. What is `None` was not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the members are the API's own
pub struct Definition {
    pub name: Box<str>,
    /// Sorted by name, as the service shows them (aws-tables-facts 4).
    pub attributes: Vec<(Box<str>, Type)>,
    pub key: Vec<KeyElement>,
    pub billing: Option<BillingMode>,
    pub throughput: Option<Throughput>,
    pub local: Option<Vec<IndexDefinition>>,
    pub global: Option<Vec<IndexDefinition>>,
    pub vector: Option<Vec<VectorDefinition>>,
    pub stream: Option<(bool, Option<Box<str>>)>,
    pub encryption: Option<Encryption>,
    pub class: Option<Box<str>>,
    pub deletion_protection: Option<bool>,
    pub on_demand: Option<OnDemandThroughput>,
    pub warm: Option<WarmThroughput>,
    pub tags: Vec<Tag>,
}

/// How a table is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillingMode {
    /// By capacity units bought.
    Provisioned,
    /// By request.
    PayPerRequest,
}

/// Provisioned capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throughput {
    /// ReadCapacityUnits
    pub read: i64,
    /// WriteCapacityUnits
    pub write: i64,
}

/// Ceilings of an on-demand table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDemandThroughput {
    /// MaxReadRequestUnits
    pub read: Option<i64>,
    /// MaxWriteRequestUnits
    pub write: Option<i64>,
}

/// What a table can take at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarmThroughput {
    /// ReadUnitsPerSecond
    pub read: Option<i64>,
    /// WriteUnitsPerSecond
    pub write: Option<i64>,
}

/// SSESpecification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    /// Enabled
    pub enabled: Option<bool>,
    /// SSEType
    pub kind: Option<Box<str>>,
    /// KMSMasterKeyId
    pub key: Option<Box<str>>,
}

/// One element of a key schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyElement {
    /// The attribute.
    pub name: Box<str>,
    /// What it is for.
    pub role: Role,
}

/// What a key attribute is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It chooses the partition.
    Hash,
    /// It sorts within the partition.
    Range,
}

/// A secondary index as CreateTable describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the members are the API's own
pub struct IndexDefinition {
    pub name: Box<str>,
    pub key: Vec<KeyElement>,
    pub projection: Projection,
    pub throughput: Option<Throughput>,
    pub on_demand: Option<OnDemandThroughput>,
    pub warm: Option<WarmThroughput>,
}

/// What an index copies, as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// ProjectionType
    pub kind: Option<ProjectionType>,
    /// NonKeyAttributes, sorted as the service shows them.
    pub attributes: Option<Vec<Box<str>>>,
}

/// Which attributes an index copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectionType {
    /// All of them.
    All,
    /// The keys and those named.
    Include,
    /// The keys of the table and of the index.
    KeysOnly,
}

impl ProjectionType {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Include => "INCLUDE",
            Self::KeysOnly => "KEYS_ONLY",
        }
    }
}

impl Role {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hash => "HASH",
            Self::Range => "RANGE",
        }
    }
}

impl BillingMode {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisioned => "PROVISIONED",
            Self::PayPerRequest => "PAY_PER_REQUEST",
        }
    }
}

impl Definition {
    /// Reads the members of CreateTable, whose rules they keep.
    #[must_use]
    pub fn read(sent: &Sent<'_>) -> Self {
        let indexes = |name| sent.has(name).then(|| sent.structures(name).map(index).collect());
        Self {
            name: text(sent, "TableName").unwrap_or_default(),
            attributes: attributes(sent),
            key: key(sent),
            billing: billing(sent),
            throughput: throughput(sent),
            local: indexes("LocalSecondaryIndexes"),
            global: indexes("GlobalSecondaryIndexes"),
            vector: VectorDefinition::read_all(sent, "VectorIndexes"),
            stream: stream(sent),
            encryption: encryption(sent),
            class: text(sent, "TableClass"),
            deletion_protection: sent.boolean("DeletionProtectionEnabled"),
            on_demand: on_demand(sent),
            warm: warm(sent),
            // Those of a request were checked.
            tags: tags::read(sent).unwrap_or_default(),
        }
    }

    /// Writes the members as [`Definition::read`] reads them.
    pub fn write(&self, json: &mut Writer) {
        let put = |json: &mut Writer, name, value: &Option<Box<str>>| {
            if let Some(value) = value {
                json.key(name);
                json.string(value);
            }
        };
        json.key("TableName");
        json.string(&self.name);
        self.write_attributes(json);
        write_key(json, &self.key);
        if let Some(mode) = self.billing {
            json.key("BillingMode");
            json.string(mode.name());
        }
        write_capacity(json, self.throughput, self.on_demand, self.warm);
        let kinds =
            [("LocalSecondaryIndexes", &self.local), ("GlobalSecondaryIndexes", &self.global)];
        for (name, indexes) in kinds {
            let Some(indexes) = indexes else { continue };
            json.key(name);
            json.array(|json| {
                for index in indexes {
                    json.object(|json| {
                        json.key("IndexName");
                        json.string(&index.name);
                        write_key(json, &index.key);
                        index.projection.write(json);
                        write_capacity(json, index.throughput, index.on_demand, index.warm);
                    });
                }
            });
        }
        if let Some(indexes) = &self.vector {
            json.key("VectorIndexes");
            json.array(|json| indexes.iter().for_each(|index| index.write(json)));
        }
        if let Some((enabled, view)) = &self.stream {
            json.key("StreamSpecification");
            json.object(|json| {
                json.key("StreamEnabled");
                json.bool(*enabled);
                put(json, "StreamViewType", view);
            });
        }
        if let Some(encryption) = &self.encryption {
            json.key("SSESpecification");
            json.object(|json| {
                if let Some(enabled) = encryption.enabled {
                    json.key("Enabled");
                    json.bool(enabled);
                }
                put(json, "SSEType", &encryption.kind);
                put(json, "KMSMasterKeyId", &encryption.key);
            });
        }
        put(json, "TableClass", &self.class);
        if let Some(protected) = self.deletion_protection {
            json.key("DeletionProtectionEnabled");
            json.bool(protected);
        }
        json.key("Tags");
        json.array(|json| self.tags.iter().for_each(|tag| tags::write(tag, json)));
    }

    /// Writes `AttributeDefinitions`.
    pub fn write_attributes(&self, json: &mut Writer) {
        json.key("AttributeDefinitions");
        json.array(|json| {
            for (name, kind) in &self.attributes {
                json.object(|json| {
                    json.key("AttributeName");
                    json.string(name);
                    json.key("AttributeType");
                    json.string(kind.name());
                });
            }
        });
    }

    /// The type an attribute is declared with.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Type> {
        self.attributes.iter().find(|(known, _)| &**known == name).map(|(_, kind)| *kind)
    }

    /// The global index of that name, and its place among all indexes.
    pub(super) fn global_index(&mut self, name: &str) -> Option<(usize, &mut IndexDefinition)> {
        let local = self.local.as_ref().map_or(0, Vec::len);
        let mut indexes = self.global.iter_mut().flatten().zip(local..);
        indexes.find(|(index, _)| *index.name == *name).map(|(index, place)| (place, index))
    }

    /// Forgets attributes that no key and no search schema has (aws-tables-facts 11.4; of search
    /// schemas inferred).
    pub(super) fn forget_attributes(&mut self) {
        let used: Vec<Box<str>> = self.used().map(Into::into).collect();
        self.attributes.retain(|(name, _)| used.contains(name));
    }

    /// The attributes that need a definition: of keys, local ones' before global ones', and of
    /// search schemas.
    pub(super) fn used(&self) -> impl Iterator<Item = &str> {
        let indexes = self.local.iter().chain(&self.global).flatten();
        let keys = self.key.iter().chain(indexes.flat_map(|index| &index.key));
        let searched = self.vector.iter().flatten().flat_map(|index| &index.search);
        keys.map(|element| &*element.name).chain(searched.map(|element| &*element.name))
    }

    /// Whether the table is billed by request.
    #[must_use]
    pub fn is_on_demand(&self) -> bool {
        self.billing == Some(BillingMode::PayPerRequest)
    }
}

impl Encryption {
    /// Whether it asks for the service's default key (aws-tables-facts 14.1).
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.enabled == Some(false) || (self.enabled.is_none() && self.kind.is_none())
    }
}

impl OnDemandThroughput {
    /// Whether it says -1, which takes a ceiling away (aws-tables-facts 9).
    pub(super) fn takes_away(self) -> bool {
        self.read == Some(-1) || self.write == Some(-1)
    }
}

impl WarmThroughput {
    /// What is warm: what was asked for, or else the capacity, or what billing by request begins
    /// with.
    #[must_use]
    pub fn effective(sent: Option<Self>, units: Option<Throughput>) -> Throughput {
        let (sent, least) = (sent.unwrap_or_default(), units.unwrap_or(INITIAL_WARM));
        let (read, write) = (sent.read.unwrap_or(least.read), sent.write.unwrap_or(least.write));
        Throughput { read, write }
    }
}

impl Projection {
    /// Writes `Projection`.
    pub fn write(&self, json: &mut Writer) {
        json.key("Projection");
        json.object(|json| {
            if let Some(attributes) = &self.attributes {
                json.key("NonKeyAttributes");
                json.array(|json| attributes.iter().for_each(|name| json.string(name)));
            }
            if let Some(kind) = self.kind {
                json.key("ProjectionType");
                json.string(kind.name());
            }
        });
    }
}

/// Writes `KeySchema`.
pub fn write_key(json: &mut Writer, key: &[KeyElement]) {
    json.key("KeySchema");
    json.array(|json| {
        for element in key {
            json.object(|json| {
                json.key("AttributeName");
                json.string(&element.name);
                json.key("KeyType");
                json.string(element.role.name());
            });
        }
    });
}

fn write_capacity(
    json: &mut Writer,
    provisioned: Option<Throughput>,
    on_demand: Option<OnDemandThroughput>,
    warm: Option<WarmThroughput>,
) {
    let pair = |json: &mut Writer, name, pairs: [(&str, Option<i64>); 2]| {
        json.key(name);
        json.object(|json| {
            for (name, value) in pairs {
                if let Some(value) = value {
                    json.key(name);
                    json.number(value);
                }
            }
        });
    };
    if let Some(Throughput { read, write }) = provisioned {
        let units = [("ReadCapacityUnits", Some(read)), ("WriteCapacityUnits", Some(write))];
        pair(json, "ProvisionedThroughput", units);
    }
    if let Some(OnDemandThroughput { read, write }) = on_demand {
        let units = [("MaxReadRequestUnits", read), ("MaxWriteRequestUnits", write)];
        pair(json, "OnDemandThroughput", units);
    }
    if let Some(WarmThroughput { read, write }) = warm {
        let units = [("ReadUnitsPerSecond", read), ("WriteUnitsPerSecond", write)];
        pair(json, "WarmThroughput", units);
    }
}

pub(super) fn text(sent: &Sent<'_>, name: &str) -> Option<Box<str>> {
    sent.text(name).map(Into::into)
}

/// In the order of the request, in which the service's sentences take them.
pub(super) fn attributes(sent: &Sent<'_>) -> Vec<(Box<str>, Type)> {
    let attribute = |one: Sent<'_>| {
        Some((text(&one, "AttributeName")?, Type::from_name(&one.text("AttributeType")?)?))
    };
    sent.structures("AttributeDefinitions").filter_map(attribute).collect()
}

pub(super) fn billing(sent: &Sent<'_>) -> Option<BillingMode> {
    billing_at(sent, "BillingMode")
}

pub(super) fn billing_at(sent: &Sent<'_>, member: &str) -> Option<BillingMode> {
    sent.text(member).map(|mode| match &*mode {
        "PAY_PER_REQUEST" => BillingMode::PayPerRequest,
        _ => BillingMode::Provisioned,
    })
}

pub(super) fn stream(sent: &Sent<'_>) -> Option<(bool, Option<Box<str>>)> {
    let sent = sent.structure("StreamSpecification")?;
    Some((sent.boolean("StreamEnabled") == Some(true), text(&sent, "StreamViewType")))
}

pub(super) fn encryption(sent: &Sent<'_>) -> Option<Encryption> {
    sent.structure("SSESpecification").map(|sent| encryption_in(&sent))
}

pub(super) fn encryption_in(sent: &Sent<'_>) -> Encryption {
    Encryption {
        enabled: sent.boolean("Enabled"),
        kind: text(sent, "SSEType"),
        key: text(sent, "KMSMasterKeyId"),
    }
}

fn key(sent: &Sent<'_>) -> Vec<KeyElement> {
    let element = |one: Sent<'_>| {
        let role = match &*one.text("KeyType")? {
            "HASH" => Role::Hash,
            _ => Role::Range,
        };
        Some(KeyElement { name: text(&one, "AttributeName")?, role })
    };
    sent.structures("KeySchema").filter_map(element).collect()
}

pub(super) fn throughput(sent: &Sent<'_>) -> Option<Throughput> {
    throughput_in(&sent.structure("ProvisionedThroughput")?)
}

pub(super) fn throughput_in(sent: &Sent<'_>) -> Option<Throughput> {
    let (read, write) = (sent.long("ReadCapacityUnits")?, sent.long("WriteCapacityUnits")?);
    Some(Throughput { read, write })
}

pub(super) fn on_demand(sent: &Sent<'_>) -> Option<OnDemandThroughput> {
    sent.structure("OnDemandThroughput").map(|sent| on_demand_in(&sent))
}

pub(super) fn on_demand_in(sent: &Sent<'_>) -> OnDemandThroughput {
    let (read, write) = (sent.long("MaxReadRequestUnits"), sent.long("MaxWriteRequestUnits"));
    OnDemandThroughput { read, write }
}

pub(super) fn warm(sent: &Sent<'_>) -> Option<WarmThroughput> {
    let sent = sent.structure("WarmThroughput")?;
    let (read, write) = (sent.long("ReadUnitsPerSecond"), sent.long("WriteUnitsPerSecond"));
    Some(WarmThroughput { read, write })
}

pub(super) fn index(sent: Sent<'_>) -> IndexDefinition {
    IndexDefinition {
        name: text(&sent, "IndexName").unwrap_or_default(),
        key: key(&sent),
        projection: projection(&sent),
        throughput: throughput(&sent),
        on_demand: on_demand(&sent),
        warm: warm(&sent),
    }
}

pub(super) fn projection(sent: &Sent<'_>) -> Projection {
    let projection = sent.structure("Projection");
    let kind = projection.and_then(|sent| sent.text("ProjectionType")).map(|kind| match &*kind {
        "ALL" => ProjectionType::All,
        "INCLUDE" => ProjectionType::Include,
        _ => ProjectionType::KeysOnly,
    });
    let attributes = projection.and_then(|sent| sent.get("NonKeyAttributes")).map(|list| {
        let mut names: Vec<Box<str>> = texts(list).map(Into::into).collect();
        names.sort();
        names
    });
    Projection { kind, attributes }
}
