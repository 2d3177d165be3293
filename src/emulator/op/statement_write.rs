//! INSERT, UPDATE, DELETE, and EXISTS in a transaction: the item that one is about, and what it
//! would make of it (aws-facts 10.9, 10.12).

use super::update_item;
use crate::{
    emulator::{
        fault::{self, Manner},
        key::{self, KeyError},
        table::Table,
        vector, write,
    },
    expr::{self, Condition, ExprErrorKind},
    partiql::{self, Returning, SingleKey, Statement, single_key},
    storage::Read,
    value::{
        Item, MAX_LEVELS, Stored,
        encode::{self, NumberOrder},
    },
    wire::Fault,
};

/// What a statement does to one item.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) place: Vec<u8>,
    pub(super) old: Option<Stored>,
    pub(super) new: Option<Stored>,
    /// What RETURNING asks for; `None` without it.
    pub(super) returned: Option<Vec<Item>>,
}

/// A statement that cannot be done.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) fault: Fault,
    /// Whether a batch names the table of it (aws-facts 10.13).
    pub(super) named: bool,
    /// The size of what it looked at, if it came so far.
    pub(super) bytes: Option<usize>,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self { fault, named: false, bytes: None }
    }
}

impl From<KeyError> for Failed {
    fn from(error: KeyError) -> Self {
        let named = matches!(error, KeyError::PartitionTooLong | KeyError::SortTooLong);
        Self { fault: error.into(), named, bytes: None }
    }
}

impl From<crate::storage::StoreError> for Failed {
    fn from(error: crate::storage::StoreError) -> Self {
        Fault::from(error).into()
    }
}

/// The key of the item that a statement is about: that of INSERT is in its item.
pub(super) fn key_of(statement: &Statement, table: &Table) -> Result<SingleKey, partiql::Error> {
    if let Statement::Insert(insert) = statement {
        return Ok(SingleKey { key: insert.item.clone(), conditional: false });
    }
    let names: Vec<&str> = table.key.attributes().map(|attribute| &*attribute.name).collect();
    let reads = matches!(statement, Statement::Select(_) | Statement::Exists(_));
    single_key(statement.filter(), &names, reads)
}

/// Whether the table can have an item of that key.
pub(super) fn check_key(statement: &Statement, table: &Table, key: &Item) -> Result<(), KeyError> {
    match statement {
        Statement::Insert(_) => key::check_item(&table.key, key),
        _ => key::check_lookup(&table.key, key),
    }
}

/// What the statement would do to the item of a key that was checked. `strict` is a DELETE that
/// fails without an item, as one with a condition does in a transaction that is cancelled.
pub(super) fn change(
    statement: &Statement,
    table: &Table,
    store: &dyn Read,
    single: &SingleKey,
    show_item: bool,
    strict: bool,
) -> Result<Change, Failed> {
    match statement {
        Statement::Insert(insert) => key::check_index_keys(table, &insert.item)?,
        Statement::Update(update) => {
            update_item::check_keys(table, Some(&update.update)).map_err(|fault| Failed {
                fault,
                named: true,
                bytes: None,
            })?;
        }
        _ => {}
    }
    let place = write::place(table, &single.key);
    let stored = write::stored_at(store, &place)?;
    let old_bytes = write::largest(table, [stored.as_ref(), None])?;
    let old = write::read(stored.as_ref())?;
    let failed = |fault: Fault, bytes: usize| {
        let named =
            matches!(fault.kind, "ConditionalCheckFailedException" | "DuplicateItemException");
        Failed { fault, named, bytes: Some(bytes) }
    };
    let show = show_item && single.conditional;
    let check = |filter: Option<&Condition>| meets(filter, old, show);
    let (new, returned) = match statement {
        Statement::Insert(insert) => {
            let bytes = old_bytes.max(vector::billed(table, &insert.item));
            if old.is_some() {
                let text = "Duplicate primary key exists in table";
                return Err(failed(Fault::new("DuplicateItemException", text), bytes));
            }
            // Told after a duplicate (aws-facts 10.12).
            if insert.item.levels() > MAX_LEVELS {
                let error = ExprErrorKind::ResultTooDeep.into();
                return Err(failed(refuse(&error), bytes));
            }
            (Some(insert.item.clone().into()), None)
        }
        Statement::Update(update) => {
            check(update.filter.as_ref()).map_err(|fault| failed(fault, old_bytes))?;
            let (key, change) = (&single.key, Some(&update.update));
            let new = update_item::updated(table, stored.as_ref(), key, change, Manner::Bare)
                .map_err(|fault| failed(fault, old_bytes))?
                .new;
            let returned = match update.returning {
                Some(returning) => write::read(Some(&new))?
                    .map(|new| returned(table, &update.update, returning, old, new)),
                None => None,
            };
            (Some(new), returned)
        }
        Statement::Delete(delete) => {
            if old.is_some() || strict {
                check(delete.filter.as_ref()).map_err(|fault| failed(fault, old_bytes))?;
            }
            (None, delete.returning.then(|| old.into_iter().cloned().collect()))
        }
        Statement::Exists(select) | Statement::Select(select) => {
            check(select.filter.as_ref()).map_err(|fault| failed(fault, old_bytes))?;
            (stored.clone(), None)
        }
    };
    Ok(Change { place, old: stored, new, returned })
}

/// An item that is not there meets no condition (aws-facts 10.12).
fn meets(filter: Option<&Condition>, item: Option<&Item>, show: bool) -> Result<(), Fault> {
    let Some(item) = item else { return Err(fault::condition_failed()) };
    if filter.is_none_or(|filter| filter.holds(item)) {
        return Ok(());
    }
    let fault = fault::condition_failed();
    Err(match show {
        true => {
            let mut text = Vec::new();
            encode::item_in(NumberOrder::Hashed, item, &mut text);
            fault.with("Item", text)
        }
        false => fault,
    })
}

/// What MODIFIED returns leaves the key out; what nothing is left of is not returned.
fn returned(
    table: &Table,
    update: &expr::Update,
    returning: Returning,
    old: Option<&Item>,
    new: &Item,
) -> Vec<Item> {
    let Some(old) = old else { return Vec::new() };
    let mut part = match (returning.modified, returning.new) {
        (false, false) => return vec![old.clone()],
        (false, true) => return vec![new.clone()],
        (true, false) => update.old_fragment(old),
        // The update was applied to the same item, so it applies.
        (true, true) => update.new_fragment(old).unwrap_or_default(),
    };
    for attribute in table.key.attributes() {
        part.remove(&attribute.name);
    }
    if part.is_empty() { Vec::new() } else { vec![part] }
}

fn refuse(error: &expr::ExprError) -> Fault {
    crate::emulator::expression::refuse(Manner::Bare, error)
}
