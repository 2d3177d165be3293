//! What UpdateTable asks, and what can be refused of it without looking at the table.

mod apply;
mod capacity;
mod error;
mod group_error;
mod replicas;
mod settings;
mod vector;

use super::{
    BillingMode, Call, IndexDefinition, KeyElement, OnDemandThroughput, Table, Task, Throughput,
    WarmThroughput,
    check::{check_class, check_encryption, check_units},
    definition::{self, ATTRIBUTE, ENCRYPTION, Encryption, ON_DEMAND, STREAM, THROUGHPUT, WARM},
};
use crate::{
    emulator::shape::{Member, Sent, Shape},
    value::Type,
    wire::json::Value,
};

use error::UpdateParameterError;
use vector::VectorChange;

pub use apply::{Applied, Moved, When};
pub(super) use capacity::warmer;
pub use error::UpdateError;
pub use group_error::GroupError;
pub use replicas::{GroupChange, Overrides, is_region};

type Result<T> = std::result::Result<T, UpdateError>;

/// The members of UpdateTable.
pub const MEMBERS: &[Member] = &[
    Member("TableName", Shape::Text),
    Member("AttributeDefinitions", Shape::List(&ATTRIBUTE)),
    Member("BillingMode", Shape::Text),
    Member("ProvisionedThroughput", THROUGHPUT),
    Member(
        "GlobalSecondaryIndexUpdates",
        Shape::List(&Shape::Structure("GlobalSecondaryIndexUpdate", ACTIONS)),
    ),
    Member("StreamSpecification", STREAM),
    Member("SSESpecification", ENCRYPTION),
    Member("TableClass", Shape::Text),
    Member("DeletionProtectionEnabled", Shape::Boolean),
    Member("OnDemandThroughput", ON_DEMAND),
    Member("WarmThroughput", WARM),
    Member("ReplicaUpdates", replicas::REPLICAS),
    Member("GlobalTableWitnessUpdates", replicas::WITNESSES),
    Member("GlobalTableSettingsReplicationMode", Shape::Text),
    Member("MultiRegionConsistency", Shape::Text),
    Member(
        "VectorIndexUpdates",
        Shape::List(&Shape::Structure("VectorIndexUpdate", vector::ACTIONS)),
    ),
];

const ACTIONS: &[Member] = &[
    Member(
        "Create",
        Shape::Structure("CreateGlobalSecondaryIndexAction", definition::INDEX_MEMBERS),
    ),
    Member(
        "Update",
        Shape::Structure(
            "UpdateGlobalSecondaryIndexAction",
            &[
                Member("IndexName", Shape::Text),
                Member("ProvisionedThroughput", THROUGHPUT),
                Member("OnDemandThroughput", ON_DEMAND),
                Member("WarmThroughput", WARM),
            ],
        ),
    ),
    Member(
        "Delete",
        Shape::Structure("DeleteGlobalSecondaryIndexAction", &[Member("IndexName", Shape::Text)]),
    ),
];

/// The members that are something to do.
const EFFECTIVE: [&str; 10] = [
    "ReplicaUpdates",
    "GlobalTableSettingsReplicationMode",
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "SSESpecification",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
];

/// A change to a table. What is `None` was not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    attributes: Option<Vec<(Box<str>, Type)>>,
    billing: Option<BillingMode>,
    throughput: Option<Throughput>,
    indexes: Vec<IndexChange>,
    vectors: Vec<VectorChange>,
    stream: Option<(bool, Option<Box<str>>)>,
    encryption: Option<Encryption>,
    class: Option<Box<str>>,
    protection: Option<bool>,
    on_demand: Option<OnDemandThroughput>,
    warm: Option<WarmThroughput>,
    settings_mode: Option<Box<str>>,
}

/// A change to the global indexes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
enum IndexChange {
    Create(IndexDefinition),
    Update(IndexUpdate),
    Delete(Box<str>),
}

/// A change to one index. A structure without members is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct IndexUpdate {
    name: Box<str>,
    throughput: Option<Throughput>,
    on_demand: Option<OnDemandThroughput>,
    warm: Option<WarmThroughput>,
}

impl IndexChange {
    fn name(&self) -> &str {
        match self {
            Self::Create(index) => &index.name,
            Self::Update(update) => &update.name,
            Self::Delete(name) => name,
        }
    }

    fn is_update(&self) -> bool {
        matches!(self, Self::Update(_))
    }
}

impl Change {
    /// Whether a request asks for anything. A consistency or witnesses alone are nothing, and the
    /// sentence leaves out the name of a consistency that was sent (aws-tables-facts 7.1,
    /// aws-service-facts 9.1).
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn check_some(sent: &Sent<'_>) -> Result<()> {
        let lists = ["GlobalSecondaryIndexUpdates", "VectorIndexUpdates"];
        let mut indexes = lists.into_iter().filter_map(|list| sent.get(list));
        let some = EFFECTIVE.iter().any(|member| sent.has(member))
            || indexes.any(|updates| !updates.is_empty());
        match (some, sent.has("MultiRegionConsistency")) {
            (true, _) => Ok(()),
            (false, true) => Err(UpdateError::Nothing("")),
            (false, false) => Err(UpdateError::Nothing("MultiRegionConsistency, ")),
        }
    }

    /// Reads a request whose members keep their own rules and that asks for something, and checks
    /// those that need no table.
    /// In which order those are asked that are not about what goes together is inferred.
    ///
    /// # Errors
    ///
    /// The first rule broken.
    pub fn read(sent: &Sent<'_>, region: &str) -> Result<Self> {
        if sent.get("GlobalSecondaryIndexUpdates").is_some_and(Value::is_empty) {
            return Err(UpdateParameterError::NoIndexUpdates.into());
        }
        if sent.get("VectorIndexUpdates").is_some_and(Value::is_empty) {
            return Err(UpdateParameterError::NoVectorUpdates.into());
        }
        let change = Self {
            attributes: sent.has("AttributeDefinitions").then(|| definition::attributes(sent)),
            billing: definition::billing(sent),
            throughput: definition::throughput(sent),
            indexes: index_changes(sent)?,
            vectors: VectorChange::read(sent)?,
            stream: definition::stream(sent),
            encryption: definition::encryption(sent),
            class: definition::text(sent, "TableClass"),
            protection: sent.boolean("DeletionProtectionEnabled"),
            // Without members they are dropped beside anything else (aws-tables-facts 1.8).
            on_demand: some_on_demand(sent),
            warm: some_warm(sent),
            settings_mode: definition::text(sent, "GlobalTableSettingsReplicationMode"),
        };
        change.check_together()?;
        change.check(region)?;
        Ok(change)
    }

    /// What of the change the other tables of a group get as well; `None` if that is nothing
    /// (aws-service-facts 8.7; of warm throughput: its documentation).
    #[must_use]
    pub fn for_peers(&self) -> Option<Self> {
        let own_key = |sent: &Encryption| sent.key.is_some();
        let shared = Self {
            stream: None,
            encryption: self.encryption.clone().filter(|sent| !own_key(sent)),
            protection: None,
            on_demand: None,
            settings_mode: None,
            ..self.clone()
        };
        let nothing = Self { attributes: self.attributes.clone(), ..Self::default() };
        (shared != nothing).then_some(shared)
    }

    /// What is asked of a table, in the order in which it may be refused: indexes before what
    /// their capacity is part of (aws-tables-facts 11.4), the rest inferred.
    fn calls<'a>(&'a self, table: &Table) -> Vec<Call<'a>> {
        let mut calls = Vec::new();
        let mut add = |asked: bool, call| {
            if asked {
                calls.push(call);
            }
        };
        add(self.protection.is_some(), Call::Protection);
        add(self.class.is_some() && !table.hides_class(), Call::Class);
        let running =
            |task: &Task| matches!(task, Task::Encrypt(to) if self.encryption_to() == *to);
        // The change that is under way can be asked again (aws-tables-facts 14.2).
        let again = table.job(running).is_some();
        add(self.encryption.is_some() && !again, Call::Encryption);
        add(self.stream.is_some(), Call::Stream);
        for change in &self.indexes {
            add(
                true,
                match change {
                    IndexChange::Create(index) => Call::CreateIndex(&index.name),
                    IndexChange::Update(update) => Call::UpdateIndex(&update.name),
                    IndexChange::Delete(name) => Call::DeleteIndex(name),
                },
            );
        }
        for change in &self.vectors {
            add(true, change.call());
        }
        let on_demand = table.definition.is_on_demand();
        let switching = |to| table.job(|task| *task == Task::Bill { by_request: to }).is_some();
        match self.billing {
            // It is answered and forgotten (aws-tables-facts 8.4).
            Some(BillingMode::PayPerRequest) if on_demand || switching(false) => {
                add(true, Call::SameBilling);
            }
            Some(BillingMode::Provisioned) if !on_demand => add(true, Call::Capacity),
            Some(_) => add(true, Call::Billing),
            None => add(self.throughput.is_some(), Call::Capacity),
        }
        add(self.on_demand.is_some(), Call::OnDemand);
        add(self.warm.is_some(), Call::Warm);
        calls
    }

    /// The key that is asked for; `None` is the default key.
    fn encryption_to(&self) -> Option<Encryption> {
        self.encryption.clone().filter(|sent| !sent.is_off())
    }

    /// One concern at a time, in the order of aws-tables-facts 7.2.
    fn check_together(&self) -> Result<()> {
        use UpdateParameterError as E;
        // What a vector index says to a switch of the billing mode is told later (aws-facts 11.2).
        let moves = self.indexes.iter().any(|change| !change.is_update())
            || (!self.vectors.is_empty() && self.billing.is_none());
        let creates = self.indexes.iter().any(|change| matches!(change, IndexChange::Create(_)));
        let with_capacity =
            self.throughput.is_some() || self.billing == Some(BillingMode::Provisioned);
        let beside_ceilings = self.throughput.is_some()
            || !self.indexes.is_empty()
            || !self.vectors.is_empty()
            || self.stream.is_some()
            || self.warm.is_some();
        let concerns = [
            self.throughput.is_some() || self.billing.is_some(),
            !self.indexes.is_empty() || !self.vectors.is_empty(),
            self.stream.is_some(),
            self.encryption.is_some(),
            self.class.is_some(),
            self.protection.is_some(),
            self.on_demand.is_some(),
            self.warm.is_some(),
        ];
        let alone = concerns.into_iter().filter(|present| *present).count() <= 1;
        let error = if alone {
            return Ok(());
        } else if self.encryption.is_some() {
            E::NotAlone("Server-Side Encryption modification")
        } else if self.class.is_some() {
            E::NotAlone("TableClass modification")
        } else if self.protection.is_some() {
            E::NotAlone("DeletionProtection modification")
        } else if self.on_demand.is_some() && beside_ceilings {
            E::OnDemandNotAlone
        } else if self.warm.is_some() && creates {
            E::CreateWhileWarming
        } else if self.warm.is_some() {
            E::NotAlone("WarmThroughput")
        } else if self.stream.is_some() && with_capacity {
            E::StreamWithCapacity
        } else if self.throughput.is_some() && moves {
            E::IndexWithCapacity
        } else if self.stream.is_some() && moves {
            E::IndexWithStream
        } else {
            return Ok(());
        };
        Err(error.into())
    }

    fn check(&self, region: &str) -> Result<()> {
        match &self.stream {
            Some((true, None)) => return Err(UpdateParameterError::StreamWithoutView.into()),
            Some((false, Some(_))) => return Err(UpdateParameterError::ViewWithoutStream.into()),
            _ => {}
        }
        self.encryption.as_ref().map_or(Ok(()), check_encryption)?;
        self.class.as_deref().map_or(Ok(()), check_class)?;
        if self.billing == Some(BillingMode::PayPerRequest) && self.throughput.is_some() {
            return Err(UpdateParameterError::CapacityOnDemand.into());
        }
        if let Some(units) = self.throughput {
            check_units(units, None, region)?;
        }
        for change in &self.indexes {
            let units = match change {
                IndexChange::Create(index) => index.throughput,
                IndexChange::Update(update) => update.throughput,
                IndexChange::Delete(_) => None,
            };
            if let Some(units) = units {
                check_units(units, Some(change.name()), region)?;
            }
        }
        Ok(())
    }
}

fn index_changes(sent: &Sent<'_>) -> Result<Vec<IndexChange>> {
    let mut changes: Vec<IndexChange> = Vec::new();
    for entry in sent.structures("GlobalSecondaryIndexUpdates") {
        let (create, update, delete) =
            (entry.structure("Create"), entry.structure("Update"), entry.structure("Delete"));
        let name = |sent: &Sent<'_>| definition::text(sent, "IndexName").unwrap_or_default();
        let change = match (create, update, delete) {
            (None, None, None) => return Err(UpdateParameterError::NoAction.into()),
            (Some(create), None, None) => IndexChange::Create(definition::index(create)),
            (None, None, Some(delete)) => IndexChange::Delete(name(&delete)),
            (None, Some(update), None) => {
                let (name, warm) = (name(&update), some_warm(&update));
                // Whether the index is there or not (aws-tables-facts 1.3).
                if update.has("WarmThroughput") && warm.is_none() {
                    return Err(UpdateParameterError::EmptyWarm(name).into());
                }
                let throughput = definition::throughput(&update);
                let on_demand = some_on_demand(&update);
                IndexChange::Update(IndexUpdate { name, throughput, on_demand, warm })
            }
            _ => return Err(UpdateParameterError::SeveralActions.into()),
        };
        if changes.iter().any(|other| other.name() == change.name()) {
            return Err(UpdateParameterError::IndexTwice(change.name().into()).into());
        }
        changes.push(change);
    }
    Ok(changes)
}

fn some_on_demand(sent: &Sent<'_>) -> Option<OnDemandThroughput> {
    definition::on_demand(sent).filter(|units| units.read.is_some() || units.write.is_some())
}

fn some_warm(sent: &Sent<'_>) -> Option<WarmThroughput> {
    definition::warm(sent).filter(|units| units.read.is_some() || units.write.is_some())
}
