//! Tables of one name in several regions: each is a table of its own, or all are replicas of one
//! global table, and then what is written in one region is read in the others.
//!
//! Which of the two a tape tells, or does not; what may be a replica is taken for one. Replicas
//! have one name in footprints, and others their region's ([`named_in`]).

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    ANY_TABLE_ITEMS, DEFINITIONS, EVERYTHING, Footprint, OTHER, Resource, TABLES, request,
    statement::tables_named,
};
use crate::{
    cassette::{Interaction, Regions, Source},
    wire::{
        Operation, Request,
        json::{Json, Value},
        name_and_region, named_in,
    },
};

/// What stands for no table in particular; each region has its own.
const OF_A_REGION: [&str; 5] = [EVERYTHING, ANY_TABLE_ITEMS, DEFINITIONS, OTHER, TABLES];

/// Which tables are not of one region only.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The tape's other regions; its own has no name here.
    regions: Vec<Arc<str>>,
    replicas: HashSet<String>,
}

impl Shared {
    pub(super) fn of(recorded: &dyn Source) -> Self {
        let regions: Vec<_> = Regions::of(recorded).others().cloned().collect();
        let replicas = match regions.is_empty() {
            true => HashSet::new(),
            false => replicas(recorded),
        };
        Self { regions, replicas }
    }

    /// What a table is called in footprints, by its name with or without a region.
    pub(super) fn name(&self, named: &str) -> String {
        let (table, region) = name_and_region(named);
        named_in(region.filter(|_| !self.replicas.contains(table)), table)
    }

    /// As [`Shared::name`], of a table that a request names.
    pub(super) fn of_request(&self, request: &Request, table: &str) -> String {
        self.name(&named_in(request.region.as_deref(), name_and_region(table).0))
    }

    pub(super) fn is_shared(&self, name: &str) -> bool {
        self.replicas.contains(name)
    }

    /// Puts what stands for no table in particular into the request's region: into all of them,
    /// where it is about a replica or may be about another region.
    pub(super) fn spread(
        &self,
        footprint: &mut Footprint,
        operation: Operation,
        request: &Request,
    ) {
        if self.regions.is_empty() {
            return;
        }
        let is_everywhere = crosses(operation)
            || tables(request).iter().any(|table| self.replicas.contains(name_and_region(table).0));
        for list in [&mut footprint.watches, &mut footprint.touches] {
            let (of_region, rest): (Vec<_>, Vec<_>) =
                list.drain(..).partition(|one| OF_A_REGION.contains(&&**one));
            *list = rest;
            for one in of_region {
                let put = |region: Option<&str>| Resource::from(named_in(region, &one));
                if is_everywhere {
                    list.extend(self.regions.iter().map(|region| put(Some(region))));
                    list.push(one);
                } else {
                    list.push(put(request.region.as_deref()));
                }
            }
        }
    }
}

/// The tables that a request names in any way.
fn tables(request: &Request) -> Vec<String> {
    let mut tables = tables_named(request).unwrap_or_default();
    tables.extend(request::tables_managed(request));
    tables
}

/// Restores may be from another region, and what is said of global tables is about all of them.
fn crosses(operation: Operation) -> bool {
    use Operation as O;
    matches!(
        operation,
        O::RestoreTableFromBackup
            | O::RestoreTableToPointInTime
            | O::CreateGlobalTable
            | O::UpdateGlobalTable
            | O::DescribeGlobalTable
            | O::ListGlobalTables
            | O::DescribeGlobalTableSettings
            | O::UpdateGlobalTableSettings
    )
}

/// Whether an UpdateTable is about replicas.
pub(super) fn names_replicas(request: &Request) -> bool {
    let json = request.json().ok();
    json.is_some_and(|json| json.root().get("ReplicaUpdates").is_some())
}

/// The tables that have replicas, and those of which it is not told that they have none: in two
/// regions the tape uses them, and neither does it make them there nor show a description without
/// replicas. Of servers other than AWS and this program it is not known that they keep regions
/// apart at all.
fn replicas(recorded: &dyn Source) -> HashSet<String> {
    let keeps_apart = matches!(&*recorded.header().from.kind, "aws" | "dynatape");
    let mut replicas = HashSet::new();
    let mut doubtful: HashMap<String, BTreeSet<Option<Arc<str>>>> = HashMap::new();
    let mut alone = HashSet::new();
    for interaction in recorded.interactions() {
        let request = interaction.to_request();
        for named in tables(&request) {
            let (table, region) = (name_and_region(&named).0.to_owned(), request.region.clone());
            match told(&interaction, &request) {
                Some(true) => drop(replicas.insert(table.clone())),
                Some(false) if keeps_apart => drop(alone.insert((table.clone(), region.clone()))),
                _ => {}
            }
            doubtful.entry(table).or_default().insert(region);
        }
    }
    let doubtful = doubtful.into_iter().filter(|(table, regions)| {
        let unknown =
            |region: &&Option<Arc<str>>| !alone.contains(&(table.clone(), (*region).clone()));
        regions.iter().filter(unknown).count() > 1
    });
    replicas.extend(doubtful.map(|(table, _)| table));
    replicas
}

/// Whether a call and its answer tell that its table has replicas, if they tell.
fn told(interaction: &Interaction, request: &Request) -> Option<bool> {
    use Operation as O;
    let operation = request.target.operation()?;
    if operation == O::UpdateTable && names_replicas(request) {
        return Some(true);
    }
    let member = match operation {
        O::DescribeTable => "Table",
        O::CreateTable | O::UpdateTable | O::DeleteTable => "TableDescription",
        _ => return None,
    };
    let answer = interaction.to_response().filter(|answer| answer.status.is_success())?;
    let json = Json::parse(answer.body).ok()?;
    let replicas = json.root().get(member)?.get("Replicas");
    Some(replicas.into_iter().flat_map(Value::elements).next().is_some())
}
