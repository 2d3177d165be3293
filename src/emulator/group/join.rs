//! Replicas that join a table: made of it, with all it holds.

use std::sync::Arc;

use super::keep;
use crate::{
    emulator::{
        Emulator, backfill, backup, expiry,
        figures::{Figures, Size},
        stream,
        table::{
            Catalog, Group, GroupChange, GroupError, Job, Overrides, Replica, State, Step, Table,
            Task, TimeToLive, account,
        },
        vector,
    },
    storage::Write,
    wire::Fault,
};

/// What a replica's settings and the table's have to be (aws-service-facts 8.1, 8.8). Nothing
/// registers a target of auto scaling but UpdateTableReplicaAutoScaling, which is for tables that
/// have replicas already.
pub(super) fn check(table: &Table, region: &str, overrides: &Overrides) -> Result<(), GroupError> {
    let definition = &table.definition;
    let scales = |index| table.state.scaling.iter().any(|known| known.is_of(index, true));
    if !definition.is_on_demand() && !scales(None) {
        return Err(GroupError::NotScaled);
    }
    let mut indexes = definition.global.iter().flatten();
    if !definition.is_on_demand() && !indexes.all(|index| scales(Some(&index.name))) {
        return Err(GroupError::IndexNotScaled);
    }
    let own_key = definition.encryption.as_ref().is_some_and(|sent| sent.key.is_some());
    match overrides.key.as_deref() {
        None if own_key => Err(GroupError::NoKey),
        Some("alias/aws/dynamodb") if own_key => Err(GroupError::ManagedKey),
        Some(key) => match key.strip_prefix("arn:aws:kms:").and_then(|key| key.split(':').next()) {
            Some(of) if of != region => {
                Err(GroupError::KeyElsewhere { region: region.into(), of: of.into() })
            }
            _ => Ok(()),
        },
        None => Ok(()),
    }
}

/// When what happens to a replica that joins.
#[derive(Clone, Copy)]
struct Times {
    listed: u64,
    visible: u64,
    active: u64,
}

pub(super) fn join(
    emulator: &Emulator,
    store: &mut dyn Write,
    (table, others): (&Table, Vec<Arc<Table>>),
    asked: &GroupChange,
    now: u64,
) -> Result<Table, Fault> {
    let timing = &emulator.settings.timing;
    let strong = asked.strong == Some(true);
    let held = Figures::of(table, store.as_read())?;
    let step = if held.table.items == 0 { Step::JoinReplica } else { Step::FillReplica };
    let listed = timing.end(Step::ListReplica, now);
    let visible = timing.end(Step::ShowReplica, listed);
    let times = Times { listed, visible, active: timing.end(step, visible) };
    let lag = if strong { 0 } else { timing.of(Step::Replicate) };

    let mut home = Table::clone(table);
    home.state.group.get_or_insert_with(|| Group { strong, lag, ..Group::default() });
    enable_stream(&mut home, store, now)?;
    // The answer lists nothing of what is new (aws-service-facts 8.3, 9.1).
    let mut shown = home.clone();
    if let (Some(group), Some(region)) = (&mut home.state.group, &asked.witness) {
        group.witness = Some(replica(region, times, false));
    }
    let mut all: Vec<Table> = others.iter().map(|other| Table::clone(other)).collect();
    all.push(home);
    for (region, overrides) in &asked.create {
        all.sort_by_key(|known| known.number);
        let new = made(emulator, store, table, &all, (region, overrides), times, now)?;
        for known in &mut all {
            let sourced = known.number == table.number;
            if let Some(group) = &mut known.state.group {
                group.replicas.push(replica(region, times, sourced));
            }
            let job = Job { task: Task::Join(region.clone()), since: now, until: times.active };
            // One that was made in the same call is CREATING.
            if known.creation().is_none() {
                known.state.jobs.push(job);
            }
        }
        all.push(new);
    }
    for after in &all {
        let before = match after.number == table.number {
            true => Some(table),
            false => others.iter().find(|other| other.number == after.number).map(Arc::as_ref),
        };
        keep(emulator, store, before, after, now)?;
    }
    shown.state.jobs.push(Job {
        task: Task::Join(table.region().into()),
        since: now,
        until: times.active,
    });
    Ok(shown)
}

fn replica(region: &str, times: Times, sourced: bool) -> Replica {
    let Times { listed, active, .. } = times;
    Replica { region: region.into(), listed, active, leaving: None, sourced }
}

/// A table without a stream gets one (aws-service-facts 8.1).
fn enable_stream(home: &mut Table, store: &dyn Write, now: u64) -> Result<(), Fault> {
    if matches!(home.definition.stream, Some((true, _))) {
        return Ok(());
    }
    let since = stream::free_label(store.as_read(), home.region(), &home.name, now)?;
    home.definition.stream = Some((true, Some("NEW_AND_OLD_IMAGES".into())));
    home.state.stream_since = Some(since);
    Ok(())
}

/// The new table of a region, among the others there are.
fn made(
    emulator: &Emulator,
    store: &mut dyn Write,
    source: &Table,
    others: &[Table],
    (region, overrides): (&str, &Overrides),
    times: Times,
    now: u64,
) -> Result<Table, Fault> {
    let home = others.iter().find(|other| other.number == source.number).unwrap_or(source);
    let mut definition = overrides.applied(&home.definition);
    // Of the region alone (aws-service-facts 8.7).
    definition.tags = Vec::new();
    definition.deletion_protection = None;
    if let (Some(encryption), Some(key)) = (&mut definition.encryption, &overrides.key) {
        encryption.key = Some(key.clone());
    }
    let number = Catalog::next_number(store)?;
    let (account, name) = (&emulator.settings.account, &source.name);
    let arn = format!("arn:aws:dynamodb:{region}:{account}:table/{name}");
    let timing = &emulator.settings.timing;
    let backups = timing.end(Step::EnableBackups, times.active);
    let mut state = State::new(&definition, now);
    if let Some(since) = &mut state.stream_since {
        *since = stream::free_label(store.as_read(), region, name, now)?;
    }
    state.time_to_live =
        TimeToLive { attribute: home.state.time_to_live.attribute.clone(), changed: None };
    // Reads scale in each region as they are told to (aws-service-facts 11.3).
    let scaling = home.state.scaling.iter().filter(|known| known.writes);
    state.scaling = scaling.cloned().collect();
    state.jobs = [(Task::Create, times.active), (Task::Backups, backups)]
        .map(|(task, until)| Job { task, since: now, until })
        .to_vec();
    let known = home.state.group.clone().unwrap_or_default();
    let standing = |other: &Table| {
        let mut others = known.replicas.iter();
        let entry = others.find(|replica| *replica.region == *other.region());
        match entry {
            Some(entry) => Replica { sourced: false, ..entry.clone() },
            None => Replica { region: other.region().into(), ..Replica::default() },
        }
    };
    state.group = Some(Group {
        replicas: others.iter().map(standing).collect(),
        visible: times.visible,
        ..known.clone()
    });
    let table = Table::new(definition, number, &emulator.table_id(number), &arn, now, state);
    account::check((&emulator.catalog, store.as_read()), None, &table, region)?;
    let mut figures = Figures {
        table: Figures::of(source, store.as_read())?.table,
        indexes: vec![Size::default(); table.indexes.len()],
        vectors: vec![Size::default(); table.vectors.len()],
    };
    backup::copy(None, source.number, store, number)?;
    for (place, held) in figures.indexes.iter_mut().enumerate() {
        *held = backfill::fill(store, &table, place)?;
    }
    for (place, held) in figures.vectors.iter_mut().enumerate() {
        *held = vector::fill(store, &table, place)?.index;
    }
    figures.put(&table, store)?;
    expiry::note_all(store, &table)?;
    Ok(table)
}
