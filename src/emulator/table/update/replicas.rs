//! What UpdateTable asks of a table's replicas, and what can be refused of it without looking at
//! the table (aws-service-facts 8.1, 8.2, 9.1).

use super::group_error::GroupError;
use crate::{
    emulator::{
        shape::{Member, Sent, Shape},
        table::definition::text,
    },
    wire::json::Value,
};

type Result<T> = std::result::Result<T, GroupError>;

const READS: Shape =
    Shape::Structure("ProvisionedThroughputOverride", &[Member("ReadCapacityUnits", Shape::Long)]);
const CEILING: Shape =
    Shape::Structure("OnDemandThroughputOverride", &[Member("MaxReadRequestUnits", Shape::Long)]);
const MEMBER: &[Member] = &[
    Member("RegionName", Shape::Text),
    Member("KMSMasterKeyId", Shape::Text),
    Member("ProvisionedThroughputOverride", READS),
    Member("OnDemandThroughputOverride", CEILING),
    Member(
        "GlobalSecondaryIndexes",
        Shape::List(&Shape::Structure(
            "ReplicaGlobalSecondaryIndex",
            &[
                Member("IndexName", Shape::Text),
                Member("ProvisionedThroughputOverride", READS),
                Member("OnDemandThroughputOverride", CEILING),
            ],
        )),
    ),
    Member("TableClassOverride", Shape::Text),
];
const REGION: &[Member] = &[Member("RegionName", Shape::Text)];

/// `ReplicaUpdates`
pub(super) const REPLICAS: Shape = Shape::List(&Shape::Structure(
    "ReplicationGroupUpdate",
    &[
        Member("Create", Shape::Structure("CreateReplicationGroupMemberAction", MEMBER)),
        Member("Update", Shape::Structure("UpdateReplicationGroupMemberAction", MEMBER)),
        Member("Delete", Shape::Structure("DeleteReplicationGroupMemberAction", REGION)),
        Member(
            "Disassociate",
            Shape::Structure("DisassociateReplicationGroupMemberAction", REGION),
        ),
    ],
));

/// `GlobalTableWitnessUpdates`
pub(super) const WITNESSES: Shape = Shape::List(&Shape::Structure(
    "GlobalTableWitnessGroupUpdate",
    &[
        Member("Create", Shape::Structure("CreateGlobalTableWitnessGroupMemberAction", REGION)),
        Member("Delete", Shape::Structure("DeleteGlobalTableWitnessGroupMemberAction", REGION)),
    ],
));

/// Where global tables can be, in the order of the service's list as far as that is known (twelve
/// of 36 regions, aws-service-facts 1.5); the others are those of the service's endpoints.
const REGIONS: [&str; 34] = [
    "ap-south-2",
    "ap-south-1",
    "eu-south-1",
    "eu-south-2",
    "me-central-1",
    "il-central-1",
    "ca-central-1",
    "ap-east-2",
    "mx-central-1",
    "eu-central-1",
    "eu-central-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "eu-north-1",
    "eu-west-3",
    "eu-west-2",
    "eu-west-1",
    "ap-northeast-3",
    "ap-northeast-2",
    "ap-northeast-1",
    "me-south-1",
    "sa-east-1",
    "ap-east-1",
    "ca-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "us-east-1",
    "us-east-2",
];

/// Where they can be strongly consistent: the documentation of global tables.
const STRONG_REGIONS: [&str; 10] = [
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
];

/// Whether a global table can have a replica there.
#[must_use]
pub fn is_region(name: &str) -> bool {
    REGIONS.contains(&name)
}

/// The regions as a sentence lists them.
pub(super) fn regions() -> String {
    REGIONS.join(", ")
}

/// A change of who is in a table's group, or of what one of it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// Regions that get a replica, and what is other there than here.
    pub create: Vec<(Box<str>, Overrides)>,
    /// Regions whose replica gets other settings.
    pub update: Vec<(Box<str>, Overrides)>,
    /// Regions whose replica goes.
    pub delete: Vec<Box<str>>,
    /// MultiRegionConsistency: whether it is STRONG.
    pub strong: Option<bool>,
    /// The region that gets a witness.
    pub witness: Option<Box<str>>,
    /// The region whose witness goes.
    pub witness_gone: Option<Box<str>>,
}

/// What a replica has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// KMSMasterKeyId
    pub key: Option<Box<str>>,
    /// TableClassOverride
    pub class: Option<Box<str>>,
    /// Of the table.
    pub reads: Reads,
    /// Of its indexes, by name.
    pub indexes: Vec<(Box<str>, Reads)>,
}

/// What can be read of a replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// ReadCapacityUnits
    pub units: Option<i64>,
    /// MaxReadRequestUnits
    pub ceiling: Option<i64>,
}

impl Overrides {
    fn read(sent: &Sent<'_>) -> Self {
        let index =
            |sent: Sent<'_>| (text(&sent, "IndexName").unwrap_or_default(), Reads::read(&sent));
        Self {
            key: text(sent, "KMSMasterKeyId"),
            class: text(sent, "TableClassOverride"),
            reads: Reads::read(sent),
            indexes: sent.structures("GlobalSecondaryIndexes").map(index).collect(),
        }
    }

    fn says_something(&self) -> bool {
        self.key.is_some()
            || self.class.is_some()
            || self.reads != Reads::default()
            || self.indexes.iter().any(|(_, reads)| *reads != Reads::default())
    }
}

impl Reads {
    fn read(sent: &Sent<'_>) -> Self {
        let number = |outer: &str, inner: &str| sent.structure(outer)?.long(inner);
        Self {
            units: number("ProvisionedThroughputOverride", "ReadCapacityUnits"),
            ceiling: number("OnDemandThroughputOverride", "MaxReadRequestUnits"),
        }
    }
}

/// Members that a change of replicas cannot stand beside (of vector indexes and of the last two inferred).
const OTHERS: [&str; 10] = [
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexUpdates",
    "VectorIndexUpdates",
    "StreamSpecification",
    "SSESpecification",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
];

impl GroupChange {
    /// Reads a request that asks for something; `None` if that is nothing of replicas. The order of
    /// what is refused is inferred, but that all of it comes before the table's state.
    ///
    /// # Errors
    ///
    /// The first rule broken.
    pub fn read(sent: &Sent<'_>, region: &str) -> Result<Option<Self>> {
        if !sent.has("ReplicaUpdates") {
            return Ok(None);
        }
        let mut witnesses =
            sent.get("GlobalTableWitnessUpdates").into_iter().flat_map(Value::elements);
        let has_witness = witnesses.any(|witness| !witness.is_empty());
        let strong = sent.text("MultiRegionConsistency").map(|mode| &*mode == "STRONG");
        if OTHERS.iter().any(|member| sent.has(member)) {
            return Err(match strong.is_some() || has_witness {
                true => GroupError::OtherFields,
                false => GroupError::NotAlone,
            });
        }
        let mut change = Self { strong, ..Self::default() };
        for update in sent.structures("ReplicaUpdates") {
            change.add(&update)?;
        }
        for witness in sent.structures("GlobalTableWitnessUpdates") {
            let of = |action| {
                let region = text(&witness.structure(action)?, "RegionName")?;
                Some(region).filter(|region| !region.is_empty())
            };
            change.witness = of("Create").or(change.witness);
            change.witness_gone = of("Delete").or(change.witness_gone);
        }
        change.check_regions(region)?;
        change.check_strong(region)?;
        Ok(Some(change))
    }

    fn add(&mut self, update: &Sent<'_>) -> Result<()> {
        let [create, other, delete, away] =
            ["Create", "Update", "Delete", "Disassociate"].map(|name| update.structure(name));
        let count = [&create, &other, &delete, &away].iter().filter(|part| part.is_some()).count();
        match count {
            0 => return Err(GroupError::NoAction),
            1 => {}
            _ => return Err(GroupError::SeveralKinds),
        }
        let region = |sent: &Sent<'_>| text(sent, "RegionName").ok_or(GroupError::NoRegion);
        if let Some(create) = create {
            let one = (region(&create)?, Overrides::read(&create));
            // The same twice is once (aws-service-facts 8.1).
            if !self.create.contains(&one) {
                self.create.push(one);
            }
        }
        if let Some(other) = other {
            let overrides = Overrides::read(&other);
            if !overrides.says_something() {
                return Err(GroupError::NoAction);
            }
            self.update.push((region(&other)?, overrides));
        }
        if let Some(delete) = delete {
            let region = region(&delete)?;
            if !self.delete.contains(&region) {
                self.delete.push(region);
            }
        }
        // What becomes of a replica that goes its own way is not recorded.
        if away.is_some() { Err(GroupError::Disassociate) } else { Ok(()) }
    }

    fn check_regions(&self, home: &str) -> Result<()> {
        let created = self.create.iter().map(|(region, _)| region);
        for region in created.chain(&self.delete) {
            if **region == *home {
                return Err(GroupError::Local);
            }
            if !is_region(region) {
                return Err(GroupError::NoSuchRegion { region: region.clone() });
            }
        }
        Ok(())
    }

    fn check_strong(&self, home: &str) -> Result<()> {
        if self.strong.is_some() && !(self.delete.is_empty() && self.update.is_empty()) {
            return Err(GroupError::OnlyCreate);
        }
        let Some(true) = self.strong else {
            return match self.witness {
                Some(_) => Err(GroupError::WitnessWithoutStrong),
                None => Ok(()),
            };
        };
        if let Some(witness) = &self.witness {
            if **witness == *home {
                return Err(GroupError::WitnessHere);
            }
            if self.create.iter().any(|(region, _)| region == witness) {
                return Err(GroupError::SameRegion);
            }
        }
        let regions = self.create.iter().map(|(region, _)| region).chain(&self.witness);
        let other: Vec<&str> = regions
            .map(|region| &**region)
            .filter(|region| !STRONG_REGIONS.contains(region))
            .collect();
        if !other.is_empty() {
            return Err(GroupError::NotStrongThere(other.join(", ")));
        }
        match (self.create.len(), &self.witness) {
            (2, None) | (1, Some(_)) => Ok(()),
            _ => Err(GroupError::Count),
        }
    }
}
