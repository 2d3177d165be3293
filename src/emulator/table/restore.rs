//! What a restored table is: its source's definition, with what the restore says otherwise
//! (aws-service-facts 5.2, 5.5; us-west-2 and us-east-1, 2026-10-09).

use thiserror::Error;

use super::{
    check::check_encryption,
    definition::{
        BillingMode, Definition, Encryption, IndexDefinition, OnDemandThroughput, Throughput,
        billing_at, encryption_in, index, on_demand_in, throughput_in,
    },
    error::{DefinitionError, ParameterError},
    vector::VectorDefinition,
};
use crate::{emulator::shape::Sent, wire::Fault};

/// What a restore says of its table. What is `None` is as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    billing: Option<BillingMode>,
    throughput: Option<Throughput>,
    on_demand: Option<OnDemandThroughput>,
    encryption: Option<Encryption>,
    local: Option<Vec<IndexDefinition>>,
    global: Option<Vec<IndexDefinition>>,
    vector: Option<Vec<VectorDefinition>>,
}

/// Overrides that do not go together, or not with the source (aws-service-facts 5.4). The
/// variants for indexes of what is recorded for tables are inferred.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum OverrideError {
    #[error("Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED")]
    NoThroughput,
    #[error(
        "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST"
    )]
    ThroughputOnDemand,
    #[error(
        "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index {0}"
    )]
    IndexThroughputOnDemand(Box<str>),
    #[error("Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED")]
    NotProvisioned,
    #[error("Must specify provisioned throughput for index {0}")]
    IndexWithoutThroughput(Box<str>),
    #[error(
        "Cannot override {0} for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST"
    )]
    CeilingProvisioned(&'static str),
    #[error("Requested {0} for OnDemandThroughput is outside of valid range")]
    CeilingRange(&'static str),
    #[error(
        "Index {0} does not match a secondary index that existed in the source table and cannot be created during the restore operation"
    )]
    UnknownIndex(Box<str>),
    /// As CreateTable says it (inferred).
    #[error(transparent)]
    Definition(#[from] DefinitionError),
}

impl From<OverrideError> for Fault {
    fn from(error: OverrideError) -> Self {
        match error {
            OverrideError::Definition(error) => error.into(),
            error => Self::validation(format!("Invalid Request: {error}")),
        }
    }
}

impl Overrides {
    /// Reads the members, whose rules they keep.
    #[must_use]
    pub fn read(sent: &Sent<'_>) -> Self {
        let indexes = |name| sent.has(name).then(|| sent.structures(name).map(index).collect());
        let inside = |name| sent.structure(name);
        Self {
            billing: billing_at(sent, "BillingModeOverride"),
            throughput: inside("ProvisionedThroughputOverride")
                .and_then(|sent| throughput_in(&sent)),
            on_demand: inside("OnDemandThroughputOverride").map(|sent| on_demand_in(&sent)),
            encryption: inside("SSESpecificationOverride").map(|sent| encryption_in(&sent)),
            local: indexes("LocalSecondaryIndexOverride"),
            global: indexes("GlobalSecondaryIndexOverride"),
            vector: VectorDefinition::read_all(sent, "VectorIndexOverride"),
        }
    }

    /// Whether encryption is told, as a restore from another region must.
    #[must_use]
    pub fn tell_encryption(&self) -> bool {
        self.encryption.is_some()
    }

    /// Whether ceilings are told that are none, which the service stumbles over.
    #[must_use]
    pub fn have_empty_ceilings(&self) -> bool {
        self.on_demand == Some(OnDemandThroughput::default())
    }

    /// Checks what can be without the source.
    ///
    /// # Errors
    ///
    /// For the first that does not go with another one; their order is inferred.
    pub fn check(&self) -> Result<(), Fault> {
        let ceilings = self.on_demand.unwrap_or_default();
        let units =
            [("MaxReadRequestUnits", ceilings.read), ("MaxWriteRequestUnits", ceilings.write)];
        let told = || units.into_iter().filter_map(|(unit, value)| Some((unit, value?)));
        if let Some((unit, _)) = told().find(|(_, value)| *value < 1) {
            return Err(OverrideError::CeilingRange(unit).into());
        }
        let on_demand = self.billing == Some(BillingMode::PayPerRequest);
        if let (Some((unit, _)), false) = (told().next(), on_demand) {
            return Err(OverrideError::CeilingProvisioned(unit).into());
        }
        match (self.billing, self.throughput) {
            (Some(BillingMode::Provisioned), None) => {
                return Err(OverrideError::NoThroughput.into());
            }
            (Some(BillingMode::PayPerRequest), Some(_)) => {
                return Err(OverrideError::ThroughputOnDemand.into());
            }
            _ => {}
        }
        let with_units = |index: &&IndexDefinition| index.throughput.is_some();
        if let (Some(index), true) =
            (self.global.iter().flatten().find(with_units), self.on_demand_told())
        {
            return Err(OverrideError::IndexThroughputOnDemand(index.name.clone()).into());
        }
        self.encryption.as_ref().map_or(Ok(()), check_encryption)?;
        Ok(())
    }

    fn on_demand_told(&self) -> bool {
        self.billing == Some(BillingMode::PayPerRequest)
    }

    /// The definition of the table `name` that is restored from one of that definition. Streams,
    /// tags, class, protection and warmth are not restored.
    ///
    /// # Errors
    ///
    /// When the source has not what is overridden.
    pub fn restore(self, source: &Definition, name: &str) -> Result<Definition, OverrideError> {
        let billing = self.billing.or(source.billing);
        let on_demand = billing == Some(BillingMode::PayPerRequest);
        if on_demand && self.throughput.is_some() {
            return Err(OverrideError::NotProvisioned);
        }
        let local = match self.local {
            Some(sent) => Some(chosen(sent, source.local.as_deref().unwrap_or_default())?),
            None => source.local.clone(),
        };
        let mut global = match self.global {
            Some(sent) => Some(chosen(sent, source.global.as_deref().unwrap_or_default())?),
            None => source.global.clone(),
        };
        for index in global.iter_mut().flatten() {
            index.warm = None;
            match (on_demand, index.throughput) {
                (true, Some(_)) if !source.is_on_demand() => index.throughput = None,
                (true, Some(_)) => return Err(OverrideError::NotProvisioned),
                (false, None) => {
                    return Err(OverrideError::IndexWithoutThroughput(index.name.clone()));
                }
                _ => {}
            }
            if !on_demand {
                index.on_demand = None;
            }
        }
        let vector = match self.vector {
            Some(sent) => chosen_vectors(sent, source.vector.as_deref().unwrap_or_default())?,
            None => source.vector.clone(),
        };
        if !on_demand && vector.is_some() {
            return Err(DefinitionError::from(ParameterError::VectorsProvisioned).into());
        }
        let told = self.on_demand.filter(|sent| *sent != OnDemandThroughput::default());
        let mut restored = Definition {
            name: name.into(),
            attributes: source.attributes.clone(),
            key: source.key.clone(),
            billing,
            throughput: self.throughput.or(source.throughput).filter(|_| !on_demand),
            local: local.filter(|indexes| !indexes.is_empty()),
            global: global.filter(|indexes| !indexes.is_empty()),
            vector,
            encryption: match self.encryption {
                Some(sent) => Some(sent).filter(|sent| !sent.is_off()),
                None => source.encryption.clone(),
            },
            on_demand: told.or(source.on_demand).filter(|_| on_demand),
            ..Definition::default()
        };
        restored.forget_attributes();
        Ok(restored)
    }
}

/// The vector indexes that are told again, which may get other names. Inferred from the other
/// kinds of indexes.
fn chosen_vectors(
    sent: Vec<VectorDefinition>,
    known: &[VectorDefinition],
) -> Result<Option<Vec<VectorDefinition>>, OverrideError> {
    let as_before = |sent: &VectorDefinition| {
        known.iter().any(|index| {
            let renamed = VectorDefinition { name: sent.name.clone(), ..index.clone() };
            renamed == *sent
        })
    };
    match sent.iter().find(|sent| !as_before(sent)) {
        Some(index) => Err(OverrideError::UnknownIndex(index.name.clone())),
        None => Ok(Some(sent).filter(|indexes| !indexes.is_empty())),
    }
}

/// The indexes of the source that are told again: by key and projection, so that they may get
/// other names (aws-service-facts 5.5).
fn chosen(
    sent: Vec<IndexDefinition>,
    source: &[IndexDefinition],
) -> Result<Vec<IndexDefinition>, OverrideError> {
    sent.into_iter()
        .map(|sent| {
            let same = |index: &&IndexDefinition| {
                index.key == sent.key && index.projection == sent.projection
            };
            let Some(known) = source.iter().find(same) else {
                return Err(OverrideError::UnknownIndex(sent.name));
            };
            // An index that is told again does not keep the capacity it had (inferred from "when
            // needed" in 5.4).
            Ok(IndexDefinition { on_demand: sent.on_demand.or(known.on_demand), ..sent })
        })
        .collect()
}
