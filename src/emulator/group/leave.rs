//! Replicas that leave: removed by another table of the group, or deleted themselves.

use std::sync::Arc;

use super::{keep, peers};
use crate::{
    emulator::{
        Emulator,
        table::{Group, GroupChange, GroupError, Job, Step, Table, Task},
    },
    storage::Write,
    wire::Fault,
};

/// What a strongly consistent group does not do: it goes whole or not at all
/// (aws-service-facts 9.3).
pub(super) fn check_strong(group: &Group, asked: &GroupChange) -> Result<(), GroupError> {
    if !asked.create.is_empty() {
        return Err(GroupError::StrongIsFull);
    }
    if asked.delete.is_empty() {
        return Ok(());
    }
    if let Some(gone) = &asked.witness_gone
        && group.witness.as_ref().is_none_or(|witness| witness.region != *gone)
    {
        return Err(GroupError::NoWitness(gone.clone()));
    }
    if !group.replicas.iter().all(|replica| asked.delete.contains(&replica.region)) {
        return Err(GroupError::StrongStays);
    }
    match (&group.witness, &asked.witness_gone) {
        (Some(_), None) => Err(GroupError::WitnessStays),
        _ => Ok(()),
    }
}

/// A replica stays as long as there is one that was made of it (aws-service-facts 8.5).
fn check_source(table: &Table) -> Result<(), GroupError> {
    let group = table.state.group.iter();
    match group.flat_map(|group| &group.replicas).any(|replica| replica.sourced) {
        true => Err(GroupError::Source),
        false => Ok(()),
    }
}

/// Removes replicas from the table's group, and their tables.
pub(super) fn leave(
    emulator: &Emulator,
    store: &mut dyn Write,
    (table, others): (&Table, Vec<Arc<Table>>),
    asked: &GroupChange,
    now: u64,
) -> Result<Table, Fault> {
    let timing = &emulator.settings.timing;
    let deleting = timing.end(Step::LeaveReplica, now);
    let gone = timing.end(Step::DropReplica, deleting);
    let buried = timing.end(Step::BuryReplica, gone);
    let (going, staying): (Vec<_>, Vec<_>) = others
        .iter()
        .partition(|other| asked.delete.iter().any(|region| **region == *other.region()));
    for peer in &going {
        if !table.is_strong() {
            check_source(peer)?;
        }
        if peer.definition.deletion_protection == Some(true) {
            let (table, region) = (peer.name.clone(), peer.region().into());
            return Err(GroupError::Protected { table, region }.into());
        }
    }
    let regions: Vec<Box<str>> = asked.delete.iter().chain(&asked.witness_gone).cloned().collect();
    let mut shown = table.clone();
    for peer in &going {
        let mut dying = Table::clone(peer);
        dying.state.jobs.push(Job { task: Task::Delete, since: now, until: buried });
        keep(emulator, store, Some(peer), &dying, now)?;
    }
    for before in staying.into_iter().map(|peer| &**peer).chain([table]) {
        let after = without(before, &regions, (now, deleting, gone));
        if before.number == table.number {
            shown = after.clone();
        }
        keep(emulator, store, Some(before), &after, now)?;
    }
    // The answer shows them as they were.
    if let Some(group) = &mut shown.state.group {
        group.replicas.iter_mut().for_each(|replica| replica.leaving = None);
        group.witness.iter_mut().for_each(|witness| witness.leaving = None);
    }
    Ok(shown)
}

/// A table that others are leaving.
fn without(table: &Table, regions: &[Box<str>], (now, deleting, gone): (u64, u64, u64)) -> Table {
    let mut after = table.clone();
    let Some(group) = &mut after.state.group else { return after };
    for replica in group.replicas.iter_mut().chain(&mut group.witness) {
        if regions.contains(&replica.region) {
            replica.leaving = Some(deleting);
        }
    }
    for region in regions {
        let task = Task::Leave { region: region.clone(), deleting };
        after.state.jobs.push(Job { task, since: now, until: gone });
    }
    after
}

/// Lets the others of a group know that a table of it is deleted, and tells until when it is;
/// refuses what must stay (aws-service-facts 8.5, 9.3).
pub(in crate::emulator) fn leave_with(
    emulator: &Emulator,
    store: &mut dyn Write,
    table: &Table,
    now: u64,
) -> Result<u64, Fault> {
    if table.is_strong() {
        return Err(GroupError::StrongStays.into());
    }
    check_source(table)?;
    let timing = &emulator.settings.timing;
    let gone = timing.end(Step::DropReplica, now);
    let regions = [table.region().into()];
    for peer in peers(emulator, store.as_read(), table)? {
        let after = without(&peer, &regions, (now, now, gone));
        keep(emulator, store, Some(&peer), &after, now)?;
    }
    Ok(timing.end(Step::BuryReplica, gone))
}
