//! What of the database an interaction looks at, and what it changes.
//!
//! A replay keeps no clock and no global order; what it keeps is this: the answer to a request
//! depends on the writes that touched what it watches, and on no others. Where a tape does not
//! tell enough (a table's keys, what an item was before), a footprint is larger than it had to be,
//! never smaller: a replay is then stricter, not wrong.

mod known;
mod request;

use std::collections::HashMap;

use http::StatusCode;

use self::known::Known;
pub(super) use self::request::placeholders;
use super::{Answer, Cassette, Interaction, TableSchema};
use crate::wire::{Effect, Operation, Request, json::Json};

/// A thing that can be watched and touched: an item, the items of a partition, a table's
/// definition.
pub type Resource = Box<str>;

/// What an interaction looks at and changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// What its answer depends on.
    pub watches: Vec<Resource>,
    /// What it changed. Nothing, if it was refused.
    pub touches: Vec<Resource>,
}

impl Footprint {
    /// Whether it changed anything.
    #[must_use]
    pub fn is_write(&self) -> bool {
        !self.touches.is_empty()
    }

    fn watch(&mut self, resource: impl Into<Resource>) {
        self.watches.push(resource.into());
    }

    fn touch(&mut self, resource: impl Into<Resource>) {
        self.touches.push(resource.into());
    }
}

/// The footprints of a tape's interactions, in the order recorded.
#[must_use]
pub fn footprints(cassette: &Cassette, requests: &[Request]) -> Vec<Footprint> {
    let tables: HashMap<_, _> =
        cassette.header.tables.iter().map(|(name, schema)| (&**name, schema)).collect();
    let mut known = Known::default();
    let all = cassette.interactions.iter().zip(requests);
    all.map(|(interaction, request)| {
        let mut footprint = one(&tables, &mut known, interaction, request);
        for list in [&mut footprint.watches, &mut footprint.touches] {
            list.sort_unstable();
            list.dedup();
        }
        footprint
    })
    .collect()
}

/// The tables whose keys are known.
type Tables<'a> = HashMap<&'a str, &'a TableSchema>;

fn one(
    tables: &Tables<'_>,
    known: &mut Known,
    interaction: &Interaction,
    request: &Request,
) -> Footprint {
    let mut footprint = Footprint::default();
    let Some(operation) = request.target.operation() else { return footprint };
    let Ok(json) = request.json() else { return footprint };
    let answer = answer(interaction);
    let root = json.root();
    use Operation as O;
    match operation {
        O::GetItem | O::BatchGetItem | O::TransactGetItems => {
            for (table, key) in request::keys_read(operation, root) {
                watch_item(tables, &mut footprint, &table, key);
            }
        }
        O::Query | O::Scan => request::watch_read(tables, &mut footprint, operation, root),
        O::PutItem | O::UpdateItem | O::DeleteItem | O::BatchWriteItem | O::TransactWriteItems => {
            for write in request::writes(operation, root, answer.as_ref()) {
                watch_item(tables, &mut footprint, &write.table, write.item.clone());
                if answer.is_some() {
                    known.touch(tables, &mut footprint, &write);
                }
            }
        }
        O::ExecuteStatement | O::BatchExecuteStatement | O::ExecuteTransaction => {
            footprint.watch(EVERYTHING);
            if answer.is_some() && request::may_write(operation, root) {
                known.forget();
                footprint.touch(EVERYTHING);
                footprint.touch(ANY_TABLE_ITEMS);
            }
        }
        O::ListTables => footprint.watch(TABLES),
        _ => manage(known, &mut footprint, operation, request, answer.is_some()),
    }
    footprint
}

/// Every item of every table: what a PartiQL statement may look at.
const EVERYTHING: &str = "everything";
/// What every read of items watches besides its own, for writes that may have been anywhere.
const ANY_TABLE_ITEMS: &str = "items of any table";
/// Which tables there are.
const TABLES: &str = "tables";

fn item(table: &str, key: &str) -> String {
    format!("item {table} {key}")
}

/// A ConditionCheck of an item: it keeps writes in their order, and changes nothing for readers.
fn checked(table: &str, key: &str) -> String {
    format!("check {table} {key}")
}

fn partition(table: &str, key: &str) -> String {
    format!("partition {table} {key}")
}

fn items(table: &str) -> String {
    format!("items {table}")
}

fn definition(table: &str) -> String {
    format!("definition {table}")
}

/// All items of a table come or go at once.
fn contents(table: &str) -> String {
    format!("contents {table}")
}

fn index_partition(table: &str, index: &str, key: Option<&str>) -> String {
    format!("index {table}/{index} {}", key.unwrap_or("*"))
}

fn index_entries(table: &str, index: &str) -> String {
    format!("entries {table}/{index}")
}

/// An item whose key is not to be told apart stands for all of its table.
fn watch_item(
    tables: &Tables<'_>,
    footprint: &mut Footprint,
    table: &str,
    key: Option<request::ItemKey>,
) {
    footprint.watch(contents(table));
    footprint.watch(ANY_TABLE_ITEMS);
    match key.and_then(|key| key.text(tables.get(table).copied())) {
        Some((_, key)) => {
            footprint.watch(item(table, &key));
            footprint.watch(item(table, "?"));
        }
        None => footprint.watch(items(table)),
    }
}

/// Tables, their settings, and what is made of them.
fn manage(
    known: &mut Known,
    footprint: &mut Footprint,
    operation: Operation,
    request: &Request,
    succeeded: bool,
) {
    let tables = request::tables_managed(request);
    for table in &tables {
        footprint.watch(definition(table));
        footprint.watch(contents(table));
    }
    let changes = succeeded && operation.effect() == Effect::Write;
    for table in tables.iter().filter(|_| changes) {
        footprint.touch(definition(table));
        if matches!(operation, Operation::CreateTable | Operation::DeleteTable) {
            // Writes to its items come before it or after it, as they did.
            footprint.watch(items(table));
            footprint.watch(ANY_TABLE_ITEMS);
            footprint.touch(contents(table));
            footprint.touch(EVERYTHING);
            footprint.touch(TABLES);
            known.empty(table);
        }
    }
    if tables.is_empty() && operation.effect() == Effect::Write {
        // Backups, exports and their like, by ids of their own: one after the other.
        footprint.watch("other");
        if succeeded {
            footprint.touch("other");
        }
    } else if tables.is_empty() {
        footprint.watch("other");
    }
}

/// The answer's body, if it was a success.
fn answer(interaction: &Interaction) -> Option<Json> {
    match &interaction.answer {
        Answer::Http { status: StatusCode::OK, body, .. } => Json::parse(body.clone()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
