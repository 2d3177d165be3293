//! UpdateTable's changes of replicas: which of them a table does, whatever it is.

use std::sync::Arc;

use super::{join, keep, leave, peers};
use crate::{
    emulator::{
        Emulator,
        table::{
            Call, Definition, GroupChange, GroupError, Job, OnDemandThroughput, Overrides, Step,
            Table, Task, limits,
        },
    },
    storage::{Read, Write},
    wire::Fault,
};

/// Changes the group of a table. What comes back is the table as the answer shows it: without what
/// the change brings (aws-service-facts 8.3, 8.5, 8.6).
pub(in crate::emulator) fn change(
    emulator: &Emulator,
    store: &mut dyn Write,
    table: &Table,
    asked: &GroupChange,
    now: u64,
) -> Result<Table, Fault> {
    check(emulator, store.as_read(), table, asked, now)?;
    let others = peers(emulator, store.as_read(), table)?;
    if !asked.create.is_empty() {
        join::join(emulator, store, (table, others), asked, now)
    } else if !asked.delete.is_empty() {
        leave::leave(emulator, store, (table, others), asked, now)
    } else {
        overrule(emulator, store, (table, others), &asked.update, now)
    }
}

/// What is refused for what the table is in; the order is inferred.
fn check(
    emulator: &Emulator,
    store: &dyn Read,
    table: &Table,
    asked: &GroupChange,
    now: u64,
) -> Result<(), GroupError> {
    let group = table.state.group.as_ref();
    if let (Some(group), true) = (group, table.is_arriving()) {
        // The table that a replica is made of was there first (aws-service-facts 8.3).
        return Err(match asked.delete.iter().any(|region| group.replica(region).is_some()) {
            true => GroupError::Source,
            false => {
                GroupError::Joining { table: table.name.clone(), region: table.region().into() }
            }
        });
    }
    match group {
        None if asked.strong != Some(true) && asked.create.len() > 1 => {
            return Err(GroupError::SeveralActions);
        }
        None => {}
        Some(group) => {
            if asked.strong == Some(true) {
                return Err(GroupError::Count);
            }
            if asked.strong == Some(false) && !asked.create.is_empty() {
                return Err(GroupError::ConsistencyStays);
            }
            if group.strong {
                leave::check_strong(group, asked)?;
            } else if asked.create.len() + asked.delete.len() > 1 {
                return Err(GroupError::SeveralActions);
            }
        }
    }
    let changed = asked.update.iter().map(|(region, _)| region).chain(&asked.delete);
    for region in changed {
        let replica = group.and_then(|group| group.replica(region));
        if replica.is_none_or(|replica| now < replica.listed) {
            return Err(GroupError::NotInGroup(region.clone()));
        }
    }
    for (region, _) in &asked.create {
        // One that joins already is told apart once it is shown (aws-service-facts 8.2, 8.3).
        let replica = group.and_then(|group| group.replica(region));
        if replica.is_some_and(|replica| replica.listed <= now && now < replica.active) {
            let listed = group.into_iter().flat_map(|group| &group.replicas);
            let regions = listed.map(|replica| &*replica.region).chain([table.region()]);
            let regions = regions.collect::<Vec<_>>().join(", ");
            return Err(GroupError::ReplicaThere { table: table.name.clone(), regions });
        }
    }
    let encrypting = table.job(|task| matches!(task, Task::Encrypt(_))).is_some();
    if encrypting && !asked.create.is_empty() {
        return Err(GroupError::Encrypting);
    }
    table.admit(Call::Replicas, now)?;
    for (region, overrides) in &asked.create {
        let taken = emulator.catalog.known(store, region, &table.name);
        // A store that cannot be read fails the call before it comes here.
        if taken.is_ok_and(|taken| taken.is_some()) {
            return Err(GroupError::TableThere(table.name.clone()));
        }
        join::check(table, region, overrides)?;
    }
    Ok(())
}

/// Gives replicas settings of their own.
fn overrule(
    emulator: &Emulator,
    store: &mut dyn Write,
    (table, others): (&Table, Vec<Arc<Table>>),
    asked: &[(Box<str>, Overrides)],
    now: u64,
) -> Result<Table, Fault> {
    let mut home = Table::clone(table);
    let until = emulator.settings.timing.end(Step::OverrideReplica, now);
    for (region, overrides) in asked {
        let Some(peer) = others.iter().find(|peer| peer.region() == &**region) else { continue };
        let changed = overrides.over(&peer.definition)?;
        if changed.class != peer.definition.class {
            let since = now.saturating_sub(limits::millis(limits::CLASS_PERIOD));
            let changes = peer.state.class_changed.iter().filter(|changed| **changed > since);
            if changes.count() >= limits::CLASS_CHANGES {
                return Err(GroupError::ClassLimit(region.clone()).into());
            }
        }
        let mut other = Table::clone(peer);
        let task = Task::Become(Box::new(changed));
        other.state.jobs.push(Job { task, since: now, until });
        keep(emulator, store, Some(peer), &other, now)?;
        let task = Task::Override(region.clone());
        home.state.jobs.push(Job { task, since: now, until });
    }
    keep(emulator, store, Some(table), &home, now)?;
    Ok(home)
}

impl Overrides {
    /// A replica's settings with these (aws-service-facts 8.2, 8.6).
    fn over(&self, definition: &Definition) -> Result<Definition, GroupError> {
        let on_demand = definition.is_on_demand();
        let all = self.indexes.iter().map(|(_, reads)| reads).chain([&self.reads]);
        for reads in all {
            if reads.units.is_some() && on_demand {
                return Err(GroupError::UnitsOnDemand);
            }
            if reads.ceiling.is_some() && !on_demand {
                return Err(GroupError::CeilingProvisioned);
            }
        }
        if self.key.is_some() {
            return Err(GroupError::NoKey);
        }
        Ok(self.applied(definition))
    }

    /// The same of a replica that is made: what its way of billing has no use for is taken and left
    /// alone (aws-service-facts 8.2).
    pub(super) fn applied(&self, definition: &Definition) -> Definition {
        let on_demand = definition.is_on_demand();
        let mut changed = definition.clone();
        if let (Some(read), Some(units)) = (self.reads.units, &mut changed.throughput) {
            units.read = read;
        }
        changed.on_demand = ceiling(changed.on_demand, self.reads.ceiling, on_demand);
        for (name, reads) in &self.indexes {
            let Some(index) = changed.global.iter_mut().flatten().find(|index| index.name == *name)
            else {
                continue;
            };
            if let (Some(read), Some(units)) = (reads.units, &mut index.throughput) {
                units.read = read;
            }
            index.on_demand = ceiling(index.on_demand, reads.ceiling, on_demand);
        }
        if let Some(class) = &self.class {
            changed.class = Some(class.clone());
        }
        changed
    }
}

/// A ceiling of -1 is none (aws-tables-facts 9).
fn ceiling(
    current: Option<OnDemandThroughput>,
    read: Option<i64>,
    on_demand: bool,
) -> Option<OnDemandThroughput> {
    let (Some(read), true) = (read, on_demand) else { return current };
    let write = current.and_then(|units| units.write);
    let read = Some(read).filter(|units| *units != -1);
    (read.is_some() || write.is_some()).then_some(OnDemandThroughput { read, write })
}
