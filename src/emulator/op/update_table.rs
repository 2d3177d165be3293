//! UpdateTable: changes how a table is billed, its global indexes and its settings.
//!
//! What takes time is a job of the table (`table::job`); what an index holds comes and goes at
//! once, and is not shown before its time.

use std::{borrow::Cow, sync::Arc};

use super::{
    Op,
    create_table::{
        ATTRIBUTE, BILLING, ENCRYPTION, GLOBAL_INDEX, INDEX_NAME, STREAM, THROUGHPUT, VECTOR,
    },
};
use crate::{
    emulator::{
        Emulator, Validation, backfill, burial,
        door::Caller,
        figures::Figures,
        group,
        rule::{self, Limit, Rule},
        shape::{Member, Sent},
        stream,
        table::{
            self, Applied, Catalog, Change, GroupChange, GroupError, Moved, Table, UpdateError,
            View, When, account,
        },
        vector,
    },
    storage::{Write, layout},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct UpdateTable;

/// In CreateTable's words (aws-tables-facts 1.8, October 2026; aws-facts 8.4 has the sentence of
/// the other table operations, undated).
const NAME: &[Rule] = &[Rule::older(
    "TableName",
    &[
        Limit::NameOrArn(&[Limit::Name]),
        Limit::NameOrArn(&[Limit::Shortest(3)]),
        Limit::NameOrArn(&[Limit::Longest(255)]),
    ],
)];

/// In the order of CreateTable (inferred).
const MEMBER_RULES: &[Rule] = &[
    BILLING,
    THROUGHPUT,
    Rule::within("AttributeDefinitions", &[], ATTRIBUTE),
    Rule::within(
        "GlobalSecondaryIndexUpdates",
        &[],
        &[
            Rule::within("Create", &[], GLOBAL_INDEX),
            Rule::within("Update", &[], &[INDEX_NAME, THROUGHPUT]),
            Rule::within("Delete", &[], &[INDEX_NAME]),
        ],
    ),
    Rule::within(
        "VectorIndexUpdates",
        &[],
        &[Rule::within("Create", &[], VECTOR), Rule::within("Delete", &[], &[INDEX_NAME])],
    ),
    STREAM,
    ENCRYPTION,
    Rule::within(
        "ReplicaUpdates",
        &[Limit::Shortest(1)],
        // Of a deletion inferred (aws-service-facts 1.5).
        &[Rule::within("Update", &[], &[REGION]), Rule::within("Delete", &[], &[REGION])],
    ),
    Rule::older("GlobalTableWitnessUpdates", &[Limit::Longest(1)]),
];

const REGION: Rule = Rule::older("RegionName", &[Limit::Required]);

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    sent: Sent<'a>,
}

/// What is answered.
pub(super) struct Output {
    shown: Table,
    /// The other tables of its group.
    peers: Vec<Arc<Table>>,
    figures: Figures,
    view: View,
}

impl Op for UpdateTable {
    const OPERATION: Operation = Operation::UpdateTable;
    const MEMBERS: &'static [Member] = table::UPDATE_MEMBERS;
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        super::table_name_present(sent)?;
        rule::check(sent, &[NAME, MEMBER_RULES])?;
        Change::check_some(sent)?;
        Ok(Input { table: sent.text("TableName").unwrap_or_default(), sent: *sent })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let name = super::table_name(&input.table);
        if let Some(asked) = GroupChange::read(&input.sent, &caller.region)? {
            return regroup(emulator, caller, name, &asked);
        }
        let change = Change::read(&input.sent, &caller.region)?;
        let mut store = emulator.store.write()?;
        // Not earlier: whoever waits for the store comes later.
        let now = emulator.now();
        burial::bury(emulator, &mut *store, now)?;
        let table = emulator.table_called(store.as_read(), caller, name)?;
        let peers = group::peers(emulator, store.as_read(), &table)?;
        let (applied, figures) = apply(emulator, &mut *store, &table, &change, now)?;
        if let Some(shared) = change.for_peers() {
            for peer in &peers {
                spread(emulator, &mut *store, peer, &shared, now)?;
            }
        }
        store.commit()?;
        // The answer's figures are of the indexes that are left.
        let Applied { shown, status, .. } = applied;
        Ok(Output { shown, peers, figures, view: View::Now { now, status } })
    }

    fn encode(output: Output, json: &mut Writer) {
        json.key("TableDescription");
        let Output { shown, peers, figures, view } = output;
        table::describe_among(&shown, &peers, &figures, view, json);
    }
}

/// Changes the table's replicas.
fn regroup(
    emulator: &Emulator,
    caller: &Caller,
    name: &str,
    asked: &GroupChange,
) -> Result<Output, Fault> {
    let mut store = emulator.store.write()?;
    let now = emulator.now();
    burial::bury(emulator, &mut *store, now)?;
    let table = emulator.table_shown(store.as_read(), caller, name)?;
    let peers = group::peers(emulator, store.as_read(), &table)?;
    let shown = group::change(emulator, &mut *store, &table, asked, now)?;
    burial::bury(emulator, &mut *store, now)?;
    let figures = Figures::of(&table, store.as_read())?;
    store.commit()?;
    let view = View::Now { now, status: Some("UPDATING") };
    Ok(Output { shown, peers, figures, view })
}

/// Applies a change to one table, and what it means to its indexes.
fn apply(
    emulator: &Emulator,
    store: &mut dyn Write,
    table: &Table,
    change: &Change,
    now: u64,
) -> Result<(Applied, Figures), Fault> {
    let mut figures = Figures::of(table, store.as_read())?;
    let region = table.region();
    let when = When { now, timing: &emulator.settings.timing, region };
    let applied = change.apply(table, &figures, when)?;
    let tables = (&emulator.catalog, store.as_read());
    account::check(tables, Some(table), &applied.table, region)?;
    match applied.moved {
        Some(Moved::Created(place)) => {
            figures.indexes.push(backfill::fill(store, &applied.table, place)?);
        }
        Some(Moved::Deleted(place)) => {
            figures.indexes.remove(place);
            if let Some(index) = table.indexes.get(place) {
                backfill::clear(store, &layout::entries(table.number, index.slot))?;
            }
        }
        Some(Moved::VectorCreated(place)) => {
            let filled = vector::fill(store, &applied.table, place)?;
            figures.vectors.push(filled.index);
            figures.table = filled.table;
        }
        Some(Moved::VectorDeleted(place)) => {
            figures.vectors.remove(place);
            if let Some(index) = table.vectors.get(place) {
                backfill::clear(store, &layout::entries(table.number, index.slot))?;
            }
            figures.table = vector::weigh(store, &applied.table)?;
        }
        None => {}
    }
    // Jobs change neither the indexes nor what they hold.
    figures.put(&applied.table, store)?;
    stream::follow(store, Some(table), &applied.table, &emulator.settings, now)?;
    if let Some(table) = applied.table.at(now) {
        Catalog::put(store, &table)?;
    }
    Ok((applied, figures))
}

/// Applies what is group-wide of a change to another table of the group.
fn spread(
    emulator: &Emulator,
    store: &mut dyn Write,
    peer: &Table,
    change: &Change,
    now: u64,
) -> Result<(), Fault> {
    let figures = Figures::of(peer, store.as_read())?;
    let when = When { now, timing: &emulator.settings.timing, region: peer.region() };
    match change.apply(peer, &figures, when) {
        // What it has already it need not get.
        Err(UpdateError::SameCapacity(_) | UpdateError::SameIndexCapacity { .. }) => Ok(()),
        Err(error) if error.is_class_limit() => {
            Err(GroupError::ClassLimit(peer.region().into()).into())
        }
        _ => apply(emulator, store, peer, change, now).map(drop),
    }
}

#[cfg(test)]
mod tests;
