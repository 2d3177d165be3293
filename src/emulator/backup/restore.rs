//! A new table with the items of another one's state. They are the same bytes; what is made anew
//! are their keys, and the entries of the indexes.

use std::{ops::Bound, sync::Arc};

use super::{Backup, Held, error::BackupError, log};
use crate::{
    emulator::{
        Emulator, backfill,
        door::Caller,
        figures::{Figures, Size},
        table::{
            Catalog, Definition, Job, Origin, State, Step, Table, Task, account, limits,
            restore::Overrides,
        },
        vector,
    },
    storage::{
        Direction, KeyRange, Read, StoreError, Write,
        layout::{self, TableNumber},
    },
    wire::Fault,
};

/// How many items are looked at at once.
const AT_ONCE: usize = 100;

/// A table to restore.
pub(in crate::emulator) struct Restore<'a> {
    /// Its name.
    pub(in crate::emulator) target: &'a str,
    /// What it is restored from.
    pub(in crate::emulator) origin: Origin,
    /// The table it is restored from, as it is to be.
    pub(in crate::emulator) source: &'a Table,
    /// What is said otherwise.
    pub(in crate::emulator) overrides: Overrides,
}

impl Restore<'_> {
    /// Begins to create the table with what its source held.
    pub(in crate::emulator) fn begin(
        self,
        emulator: &Emulator,
        caller: &Caller,
        store: &mut dyn Write,
        held: &Held,
        now: u64,
    ) -> Result<Table, Fault> {
        let Self { target, origin, source, overrides } = self;
        let definition = overrides.restore(&source.definition, target)?;
        check(emulator, caller, store.as_read(), target, origin.backup.as_deref())?;
        let table = empty(emulator, caller, store, definition, origin, now)?;
        account::check((&emulator.catalog, store.as_read()), None, &table, &caller.region)?;
        let size = match held {
            Held::View(view) => {
                copy(Some(&**view), source.number, store, table.number)?;
                Figures::of(source, &**view)?.table
            }
            Held::Copy(number, size) => {
                copy(None, *number, store, table.number)?;
                *size
            }
            Held::Since(second) => {
                copy(None, source.number, store, table.number)?;
                let now = Figures::of(source, store.as_read())?.table;
                log::undo(store, source.number, table.number, *second, now)?
            }
        };
        let indexes = vec![Size::default(); table.indexes.len()];
        let vectors = vec![Size::default(); table.vectors.len()];
        let mut figures = Figures { table: size, indexes, vectors };
        for (place, held) in figures.indexes.iter_mut().enumerate() {
            *held = backfill::fill(store, &table, place)?;
        }
        for (place, held) in figures.vectors.iter_mut().enumerate() {
            *held = vector::fill(store, &table, place)?.index;
        }
        figures.put(&table, store)?;
        if let Some(table) = table.at(now) {
            Catalog::put(store, &table)?;
        }
        Ok(table)
    }
}

/// Restores a table from a backup.
pub(in crate::emulator) fn from_backup(
    emulator: &Emulator,
    caller: &Caller,
    store: &mut dyn Write,
    backup: &Backup,
    (target, overrides): (&str, Overrides),
) -> Result<Table, Fault> {
    let origin = Origin {
        backup: Some(backup.arn().into()),
        table: backup.table.arn.clone(),
        at: backup.created,
    };
    let restore = Restore { target, origin, source: &backup.table, overrides };
    restore.begin(emulator, caller, store, &backup.held(emulator)?, emulator.now())
}

/// Refuses a table that is there, and what is being restored already (aws-service-facts 5.4). Which
/// comes first is inferred, but for the first.
fn check(
    emulator: &Emulator,
    caller: &Caller,
    store: &dyn Read,
    target: &str,
    backup: Option<&str>,
) -> Result<(), Fault> {
    if let Some(table) = emulator.catalog.known(store, &caller.region, target)? {
        let table_name = target.to_owned();
        return Err(match table.origin() {
            None => BackupError::TableExists(table_name),
            Some(Origin { backup, table, .. }) => BackupError::TableRestoring {
                table: table_name,
                from: match backup {
                    Some(backup) => format!("backup: {backup}"),
                    None => format!("table: {table}"),
                },
            },
        }
        .into());
    }
    let running = running(emulator, store)?;
    if let Some(backup) = backup
        && running.iter().any(|table| backup_of(table) == Some(backup))
    {
        return Err(BackupError::RestoringAnother(backup.to_owned()).into());
    }
    match running.len() < limits::RESTORES {
        true => Ok(()),
        false => Err(BackupError::TooMany(limits::RESTORES).into()),
    }
}

/// The tables that are being restored.
pub(super) fn running(
    emulator: &Emulator,
    store: &dyn Read,
) -> Result<Vec<Arc<Table>>, StoreError> {
    let mut tables = emulator.catalog.all(store)?;
    tables.retain(|table| table.origin().is_some());
    Ok(tables)
}

/// The ARN of the backup that a table is being restored from.
pub(super) fn backup_of(table: &Table) -> Option<&str> {
    table.origin()?.backup.as_deref()
}

fn empty(
    emulator: &Emulator,
    caller: &Caller,
    store: &mut dyn Write,
    definition: Definition,
    origin: Origin,
    now: u64,
) -> Result<Table, StoreError> {
    let number = Catalog::next_number(store)?;
    let (region, account) = (&caller.region, &emulator.settings.account);
    let arn = format!("arn:aws:dynamodb:{region}:{account}:table/{}", definition.name);
    let timing = &emulator.settings.timing;
    let active = timing.end(Step::Restore, now);
    let backups = timing.end(Step::EnableBackups, active);
    let mut state = State::new(&definition, now);
    state.jobs = [
        (Task::Create, active),
        (Task::Restore(Box::new(origin)), active),
        (Task::Backups, backups),
    ]
    .map(|(task, until)| Job { task, since: now, until })
    .to_vec();
    Ok(Table::new(definition, number, &emulator.table_id(number), &arn, now, state))
}

/// Copies all items under one number to another: as they are in a view, or in the store itself.
pub(in crate::emulator) fn copy(
    view: Option<&dyn Read>,
    from: TableNumber,
    store: &mut dyn Write,
    to: TableNumber,
) -> Result<(), StoreError> {
    let (old, new) = (layout::items(from), layout::items(to));
    let after = layout::after(&old);
    let end = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut last = None;
    loop {
        let begin = last.as_deref().map_or(Bound::Included(&old[..]), Bound::Excluded);
        let range = KeyRange { from: begin, to: end };
        let items = match view {
            Some(view) => view.scan(range, Direction::Forward, AT_ONCE)?,
            None => store.scan(range, Direction::Forward, AT_ONCE)?,
        };
        for pair in &items {
            let place = pair.key.get(old.len()..).unwrap_or_default();
            store.put_sized(&[&new, place].concat(), pair.value.clone(), pair.size)?;
        }
        match items.last() {
            Some(pair) if items.len() == AT_ONCE => last = Some(pair.key.to_vec()),
            _ => return Ok(()),
        }
    }
}
