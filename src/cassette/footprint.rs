//! What of the database an interaction looks at, and what it changes.
//!
//! A replay keeps no clock and no global order; what it keeps is this: the answer to a request
//! depends on the writes that touched what it watches, and on no others. Where a tape does not
//! tell enough (a table's keys, what an item was before), a footprint is larger than it had to be,
//! never smaller: a replay is then stricter, not wrong.

mod known;
mod live;
mod region;
mod request;
mod statement;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use http::StatusCode;

pub use self::live::{LiveFootprints, Settled, has_state, is_item};
pub use self::request::only_selects;
pub(super) use self::request::placeholders;
pub use self::statement::tables_named;
use self::{known::Known, region::Shared};
use super::{
    Answer, Cassette, Interaction, IoFailure, MatchKey, Source, TableSchema, client_request_token,
    tables_described,
};
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

    /// In an order that two lists share, each once.
    fn sort(&mut self) {
        for list in [&mut self.watches, &mut self.touches] {
            list.sort_unstable();
            list.dedup();
        }
    }

    fn watch(&mut self, resource: impl Into<Resource>) {
        self.watches.push(resource.into());
    }

    fn touch(&mut self, resource: impl Into<Resource>) {
        self.touches.push(resource.into());
    }
}

/// Whether a resource is an item, a partition, or a table's definition, and does not stand for
/// many of them.
#[must_use]
pub fn is_particular(resource: &str) -> bool {
    let kinds = ["item ", "partition ", "index ", "definition "];
    kinds.iter().any(|kind| resource.starts_with(kind)) && !resource.ends_with([' ', '?', '*'])
}

/// The footprints of a tape's interactions, in the order recorded.
#[must_use]
pub fn footprints(cassette: &Cassette, requests: &[Request]) -> Vec<Footprint> {
    let keys: Vec<_> = requests.iter().map(MatchKey::canonical).collect();
    footprints_by(cassette, requests, &keys)
}

/// As [`footprints`], where the requests' canonical keys are known.
pub(crate) fn footprints_by(
    cassette: &Cassette,
    requests: &[Request],
    keys: &[MatchKey],
) -> Vec<Footprint> {
    let mut following = Following::of(cassette);
    let all = cassette.interactions.iter().zip(requests).zip(keys);
    let mut footprints: Vec<_> = all
        .map(|((interaction, request), key)| following.next(interaction, request, || *key))
        .collect();
    one_watch_for_one_request(&mut footprints, keys);
    footprints
}

/// The canonical keys and the footprints of a tape's interactions. Each request is there for `look`
/// only: with its headers and what it was read to, it takes several times its text.
pub(crate) fn footprints_and_keys(
    cassette: &Cassette,
    mut look: impl FnMut(&Interaction, &Request),
) -> (Vec<MatchKey>, Vec<Footprint>) {
    let mut following = Following::of(cassette);
    let all = cassette.interactions.iter().map(|interaction| {
        let request = interaction.to_request();
        let key = MatchKey::canonical(&request);
        look(interaction, &request);
        (key, following.next(interaction, &request, || key))
    });
    let (keys, mut footprints): (Vec<_>, Vec<_>) = all.unzip();
    one_watch_for_one_request(&mut footprints, &keys);
    (keys, footprints)
}

/// Footprints one after the other, in the order recorded, of a recording that was looked through
/// for its tables. What it keeps grows with the items of tables that have global indexes (in which
/// partition each is), and with the tokens of transactions.
#[derive(Clone, Debug)]
pub struct Following {
    tables: Arc<Tables>,
    known: Known,
    repeats: HashSet<(String, MatchKey)>,
}

impl Following {
    /// Before the first interaction of this recording.
    #[must_use]
    pub fn of(recorded: &dyn Source) -> Self {
        let tables = Arc::new(Tables::of(recorded));
        Self { tables, known: Known::default(), repeats: HashSet::new() }
    }

    /// The footprint of the next interaction; `key` is its request's canonical key.
    pub fn next(
        &mut self,
        interaction: &Interaction,
        request: &Request,
        key: impl FnOnce() -> MatchKey,
    ) -> Footprint {
        let mut footprint = one(&self.tables, &mut self.known, interaction, request);
        // A transaction sent again under its token does nothing again.
        let token = client_request_token(request).filter(|_| footprint.is_write());
        if token.is_some_and(|token| !self.repeats.insert((token, key()))) {
            footprint.touches.clear();
        }
        footprint.sort();
        footprint
    }
}

/// What a request watches may not depend on how it was answered: whoever asks it again does not
/// know that yet.
fn one_watch_for_one_request(footprints: &mut [Footprint], keys: &[MatchKey]) {
    let mut watches: HashMap<MatchKey, Vec<Resource>> = HashMap::new();
    for (key, footprint) in keys.iter().zip(footprints.iter()) {
        let all = watches.entry(*key).or_default();
        if *all != footprint.watches {
            all.extend(footprint.watches.iter().cloned());
            all.sort_unstable();
            all.dedup();
        }
    }
    for (key, footprint) in keys.iter().zip(footprints) {
        if let Some(all) = watches.get(key).filter(|all| **all != footprint.watches) {
            footprint.watches.clone_from(all);
        }
    }
}

/// The tables whose keys are known.
#[derive(Debug, Default)]
struct Tables {
    schemas: HashMap<String, TableSchema>,
    /// Tables that were described with other keys earlier: their indexes changed on the way.
    changing: HashSet<String>,
    /// Which of them are not of one region only.
    shared: Shared,
}

impl Tables {
    fn of(recorded: &dyn Source) -> Self {
        let shared = Shared::of(recorded);
        let mut schemas: HashMap<String, TableSchema> = HashMap::new();
        let mut described: HashMap<String, TableSchema> = HashMap::new();
        let mut changing = HashSet::new();
        for (name, schema) in &recorded.header().tables {
            let name = shared.name(name);
            if schemas.get(&name).is_some_and(|known| known != schema) {
                changing.insert(name.clone());
            }
            schemas.insert(name, schema.clone());
        }
        for interaction in recorded.interactions() {
            for (name, schema) in tables_described(std::slice::from_ref(&*interaction)) {
                let name = shared.name(&name);
                if described.get(&name).is_some_and(|known| *known != schema) {
                    changing.insert(name.clone());
                }
                described.insert(name, schema);
            }
        }
        Self { schemas, changing, shared }
    }

    fn get(&self, table: &str) -> Option<&TableSchema> {
        self.schemas.get(table)
    }

    fn changing(&self, table: &str) -> bool {
        self.changing.contains(table)
    }
}

fn one(
    tables: &Tables,
    known: &mut Known,
    interaction: &Interaction,
    request: &Request,
) -> Footprint {
    let mut footprint = Footprint::default();
    let Some(operation) = request.target.operation() else { return footprint };
    let Ok(json) = request.json() else { return footprint };
    // Of plain reads it is not looked at.
    let answer = || answer(interaction);
    let root = json.root();
    use Operation as O;
    match operation {
        O::GetItem | O::BatchGetItem | O::TransactGetItems => {
            for (table, key) in request::keys_read(operation, root) {
                let table = tables.shared.of_request(request, &table);
                watch_item(tables, &mut footprint, &table, key);
            }
        }
        // A search may be told anything by any item of its table.
        O::Query | O::Scan | O::SearchVectors => {
            request::watch_read(tables, &mut footprint, operation, request, root);
        }
        O::PutItem | O::UpdateItem | O::DeleteItem | O::BatchWriteItem | O::TransactWriteItems => {
            let answer = answer();
            for write in request::writes(operation, root, answer.as_ref()) {
                let table = tables.shared.of_request(request, &write.table);
                let write = request::ItemWrite { table, ..write };
                watch_item(tables, &mut footprint, &write.table, write.item.clone());
                if answer.is_some() {
                    known.touch(tables, &mut footprint, &write);
                } else if may_have_happened(interaction) {
                    // What it did, if anything, is not known.
                    let change = request::Change::Update { touched: None, after: None };
                    known.touch(tables, &mut footprint, &request::ItemWrite { change, ..write });
                }
            }
        }
        O::ExecuteStatement | O::BatchExecuteStatement | O::ExecuteTransaction => {
            let answer = answer();
            let done = answer.is_some() || may_have_happened(interaction);
            if let Some(asked) = statement::all(tables, operation, request, root) {
                let answers = statement::Answers { answer: answer.as_ref(), done };
                statement::note(tables, known, &mut footprint, &asked, answers);
            } else {
                // What cannot be read may be about anything.
                footprint.watch(EVERYTHING);
                if done && request::may_write(operation, root) {
                    known.forget();
                    footprint.touch(EVERYTHING);
                    footprint.touch(ANY_TABLE_ITEMS);
                }
            }
        }
        O::ListTables => footprint.watch(TABLES),
        _ => {
            let done = answer().is_some() || may_have_happened(interaction);
            manage(tables, known, &mut footprint, operation, request, done);
        }
    }
    tables.shared.spread(&mut footprint, operation, request);
    footprint
}

/// Every item of every table.
const EVERYTHING: &str = "everything";
/// What every read of items watches besides its own, for writes that may have been anywhere.
const ANY_TABLE_ITEMS: &str = "items of any table";
/// The definition of any table.
const DEFINITIONS: &str = "definitions";
/// What is neither items nor tables.
const OTHER: &str = "other";
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
    tables: &Tables,
    footprint: &mut Footprint,
    table: &str,
    key: Option<request::ItemKey>,
) {
    footprint.watch(contents(table));
    footprint.watch(ANY_TABLE_ITEMS);
    match key.and_then(|key| key.text(tables.get(table))) {
        Some((_, key)) => {
            footprint.watch(item(table, &key));
            footprint.watch(item(table, "?"));
        }
        None => footprint.watch(items(table)),
    }
}

/// Tables, their settings, and what is made of them.
fn manage(
    all: &Tables,
    known: &mut Known,
    footprint: &mut Footprint,
    operation: Operation,
    request: &Request,
    done: bool,
) {
    use Operation as O;
    let tables = request::tables_managed(request);
    let tables: Vec<_> = tables.iter().map(|name| all.shared.of_request(request, name)).collect();
    for table in &tables {
        footprint.watch(definition(table));
        footprint.watch(contents(table));
    }
    let changes = done && operation.effect() == Effect::Write;
    for table in tables.iter().filter(|_| changes) {
        footprint.touch(definition(table));
        footprint.touch(DEFINITIONS);
    }
    let of_one_table = matches!(
        operation,
        O::CreateTable
            | O::DeleteTable
            | O::UpdateTable
            | O::DescribeTable
            | O::UpdateTimeToLive
            | O::DescribeTimeToLive
            | O::TagResource
            | O::UntagResource
            | O::ListTagsOfResource
            | O::UpdateContinuousBackups
            | O::DescribeContinuousBackups
    );
    if !of_one_table {
        // Backups, exports, streams and their like, by ids of their own: one after the other, and
        // after whatever was written.
        footprint.watch(OTHER);
        footprint.watch(DEFINITIONS);
        footprint.watch(EVERYTHING);
        if changes {
            footprint.touch(OTHER);
        }
    }
    let makes_or_ends = matches!(
        operation,
        O::CreateTable
            | O::DeleteTable
            | O::RestoreTableFromBackup
            | O::RestoreTableToPointInTime
            | O::ImportTable
            | O::StartBulkPutItems
            | O::CreateGlobalTable
    );
    for table in tables.iter().filter(|_| changes && makes_or_ends) {
        // Writes to its items come before it or after it, as they did. Where it is made they see
        // that themselves; and whether there is one already, no item tells: programs that ask for
        // it each time they start do so in any state of it.
        if operation != O::CreateTable {
            footprint.watch(items(table));
            footprint.watch(ANY_TABLE_ITEMS);
        }
        footprint.touch(contents(table));
        footprint.touch(EVERYTHING);
        footprint.touch(TABLES);
        match operation {
            // In another region there may be items of it.
            O::CreateTable | O::DeleteTable if all.shared.is_shared(table) => known.refill(table),
            O::CreateTable | O::DeleteTable => known.empty(table),
            _ => known.forget(),
        }
    }
    // A table comes into being in one region, or goes, by what is said in another.
    let joins = operation == O::UpdateTable && region::names_replicas(request);
    for table in tables.iter().filter(|table| changes && joins && all.shared.is_shared(table)) {
        footprint.touch(contents(table));
        footprint.touch(EVERYTHING);
        footprint.touch(TABLES);
        known.refill(table);
    }
}

/// Whether a request without an answer may have been done all the same: the connection broke on
/// the way back, or the service failed after it.
fn may_have_happened(interaction: &Interaction) -> bool {
    match &interaction.answer {
        Answer::Io(failure) => *failure != IoFailure::Connect,
        Answer::Http { status, .. } => {
            status.is_server_error()
                || interaction.attempts.iter().any(|attempt| attempt.status >= 500)
        }
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
