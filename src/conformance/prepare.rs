//! What a recording takes for granted: tables it never creates, items that were there before.
//!
//! Tables come from what the recording knows of them, best first: its own DescribeTable answer,
//! the header, the keys that its requests name. Items come from its reads: one that shows an item
//! which nothing has written yet shows that it was there.

use std::collections::{BTreeMap, BTreeSet, HashSet, btree_map::Entry};

use crate::{
    cassette::{
        Answer, Interaction, KeyAttribute, Source, TableSchema, canonical, tables_described,
    },
    wire::{
        MADE_FOR, Operation, Request, Response,
        json::{Json, Kind, Value, Writer, compact},
        name_and_region, named_in,
    },
};

/// What to do before the first request.
#[derive(Debug, Default)]
pub struct Preparation {
    /// Tables to create, by name.
    pub tables: BTreeMap<String, Request>,
    /// Items to put.
    pub items: Vec<Request>,
    /// Tables that cannot be made, for nothing in the recording tells their keys.
    pub unknown: Vec<String>,
    /// Tables made by the preparation or by the recording itself.
    known: BTreeSet<String>,
    /// The key attributes of every table met.
    pub(super) keys: BTreeMap<String, Vec<String>>,
}

impl Preparation {
    /// Leaves out what is in other regions than the tape's own.
    pub(super) fn only_its_own_region(&mut self) {
        self.tables.retain(|_, request| request.region.is_none());
        self.items.retain(|request| request.region.is_none());
    }

    /// Why the answer to a request cannot be compared, if it cannot: it depends on something that
    /// was there before the recording and that the recording does not tell.
    pub(super) fn cannot_measure(
        &self,
        interaction: &Interaction,
        request: &Request,
        exact: bool,
    ) -> Option<&'static str> {
        if !exact && request.body().contains(&b'<') {
            return Some("the recorded request holds stand-ins (<...>) instead of names");
        }
        if request.tables().iter().any(|table| self.unknown.contains(table)) {
            return Some("nothing recorded tells the key of its table");
        }
        if interaction.target.operation() != Some(Operation::ListTables) {
            return None;
        }
        let body = interaction.to_response()?.body;
        let json = Json::parse(body).ok()?;
        let names = json.root().get("TableNames")?;
        let mut names = names.elements().filter_map(Value::as_str);
        let region = interaction.region.as_deref();
        let strange = names.any(|name| !self.known.contains(&named_in(region, &name)));
        strange.then_some("it lists tables of which nothing else is recorded")
    }
}

/// Reads a recording for what it takes for granted.
#[must_use]
pub fn prepare(recorded: &dyn Source) -> Preparation {
    let mut preparation = Preparation::default();
    let mut met = Met::default();
    for interaction in recorded.interactions() {
        met.look(recorded, &interaction, &interaction.to_request());
    }
    let schemas = met.schemas(recorded);
    for (name, schema) in &schemas {
        preparation
            .keys
            .insert(name.clone(), schema.key.iter().map(|key| key.name.clone()).collect());
    }
    // A name with a stand-in in it (`<table>`) is none.
    for name in met.granted.into_iter().filter(|name| !name.contains('<')) {
        let described = met.first.remove(&name);
        let bare = name_and_region(&name).0;
        let request =
            described.or_else(|| schemas.get(&name).map(|schema| create_from_schema(bare, schema)));
        match request.map(|request| for_table(&name, request)) {
            Some(request) => {
                preparation.tables.insert(name, request);
            }
            None => preparation.unknown.push(name),
        }
    }
    preparation.known = preparation.tables.keys().cloned().chain(met.known).collect();
    preparation.items = items_taken_for_granted(recorded, &preparation);
    preparation
}

/// What is met of tables while a recording is looked through.
#[derive(Debug, Default)]
struct Met {
    /// Tables used by a successful request before the recording creates them.
    granted: BTreeSet<String>,
    /// Tables created by a successful request.
    made: BTreeSet<String>,
    /// Tables that the recording asks to be created.
    known: BTreeSet<String>,
    /// The CreateTable requests that make what the first DescribeTable of each table showed.
    first: BTreeMap<String, Request>,
    /// What the last description of each told.
    described: BTreeMap<String, TableSchema>,
    /// The first key of each that was accepted.
    accepted: BTreeMap<String, Json>,
}

impl Met {
    fn look(&mut self, recorded: &dyn Source, interaction: &Interaction, request: &Request) {
        use Operation as O;
        let operation = interaction.target.operation();
        let replicas = replicas_made(recorded, interaction);
        let tables = request.tables();
        if operation == Some(O::CreateTable) {
            self.known.extend(request.table());
        }
        self.known.extend(replicas.iter().cloned());
        self.described.extend(tables_described(std::slice::from_ref(interaction)));
        let Some(response) = interaction.to_response() else { return };
        self.described_first(interaction, operation, &response);
        self.key(operation, request, &response);
        if response.status.is_success() {
            self.made.extend(replicas);
        }
        for table in tables {
            match operation {
                Some(O::CreateTable) if response.status.is_success() => {
                    self.made.insert(table);
                }
                // "Already exists" is as good a proof as any.
                Some(O::CreateTable)
                    if response.error_type().as_deref() == Some("ResourceInUseException")
                        && !self.made.contains(&table) =>
                {
                    self.granted.insert(table);
                }
                _ if self.made.contains(&table) || self.granted.contains(&table) => {}
                _ if proves_existence(&response) => {
                    self.granted.insert(table);
                }
                _ => {}
            }
        }
    }

    fn described_first(
        &mut self,
        interaction: &Interaction,
        operation: Option<Operation>,
        response: &Response,
    ) {
        if operation != Some(Operation::DescribeTable) || !response.status.is_success() {
            return;
        }
        let Ok(json) = Json::parse(response.body.clone()) else { return };
        let Some(table) = json.root().get("Table") else { return };
        let Some(name) = table.get("TableName").and_then(Value::as_str) else { return };
        let name = named_in(interaction.region.as_deref(), &name);
        self.first.entry(name).or_insert_with(|| create_from_description(table));
    }

    fn key(&mut self, operation: Option<Operation>, request: &Request, response: &Response) {
        use Operation as O;
        if !matches!(operation, Some(O::GetItem | O::UpdateItem | O::DeleteItem)) {
            return;
        }
        let Some(table) = request.table().filter(|table| !self.accepted.contains_key(table)) else {
            return;
        };
        let Ok(body) = request.json() else { return };
        let Some(key) = body.root().get("Key").filter(|_| proves_existence(response)) else {
            return;
        };
        if let Ok(key) = Json::parse(key.raw().to_owned()) {
            self.accepted.insert(table, key);
        }
    }

    /// All that is known of keys: from the header, from descriptions, then from requests.
    fn schemas(&mut self, recorded: &dyn Source) -> BTreeMap<String, TableSchema> {
        let mut schemas: BTreeMap<_, _> = recorded.header().tables.iter().cloned().collect();
        schemas.append(&mut self.described);
        for (table, key) in std::mem::take(&mut self.accepted) {
            if let Entry::Vacant(unknown) = schemas.entry(table) {
                let partition = partition_key(recorded, unknown.key());
                unknown.insert(schema_of_key(key.root(), &partition));
            }
        }
        schemas
    }
}

/// The tables that an UpdateTable makes in other regions of the tape.
fn replicas_made(recorded: &dyn Source, interaction: &Interaction) -> Vec<String> {
    if interaction.target.operation() != Some(Operation::UpdateTable) {
        return Vec::new();
    }
    let own = recorded.header().from.region.as_deref().unwrap_or(MADE_FOR);
    let request = interaction.to_request();
    let (Some(table), Ok(body)) = (request.table(), request.json()) else { return Vec::new() };
    let updates = body.root().get("ReplicaUpdates").into_iter().flat_map(Value::elements);
    let made = updates.filter_map(|update| {
        let region = update.get("Create")?.get("RegionName")?.as_str()?;
        Some(named_in(Some(&*region).filter(|region| *region != own), name_and_region(&table).0))
    });
    made.collect()
}

/// A request, made for the table's region.
fn for_table(table: &str, request: Request) -> Request {
    match name_and_region(table).1 {
        Some(region) => request.asked_in(region),
        None => request,
    }
}

/// A request that named a table and was not told that there is none (nor refused unread).
fn proves_existence(response: &Response) -> bool {
    response.status.is_success()
        || matches!(
            response.error_type().as_deref(),
            Some("ConditionalCheckFailedException" | "TransactionCanceledException")
        )
}

fn bare_name(table: &str) -> &str {
    table.rsplit_once(":table/").map_or(table, |(_, name)| name)
}

/// A key of two attributes does not say which is which; a Query on the table does.
fn schema_of_key(key: Value<'_>, partition: &Option<String>) -> TableSchema {
    let mut attributes: Vec<_> = key
        .members()
        .filter_map(|(name, value)| {
            let (kind, _) = value.members().next()?;
            Some(KeyAttribute { name: name.into_owned(), kind: kind.into_owned(), sort: false })
        })
        .collect();
    if let Some(partition) = partition {
        attributes.sort_by_key(|attribute| attribute.name != *partition);
    }
    for attribute in attributes.iter_mut().skip(1) {
        attribute.sort = true;
    }
    TableSchema { key: attributes, ..TableSchema::default() }
}

/// The attribute of the first equality in a key condition on the table itself.
fn partition_key(recorded: &dyn Source, table: &str) -> Option<String> {
    recorded.interactions().find_map(|interaction| {
        let request = interaction.to_request();
        let body = request.json().ok()?;
        let root = body.root();
        if request.table().as_deref() != Some(table) || root.get("IndexName").is_some() {
            return None;
        }
        let condition = root.get("KeyConditionExpression")?.as_str()?.into_owned();
        let name = condition
            .split(|c: char| !(c.is_alphanumeric() || "#_.-".contains(c)))
            .find(|word| !word.is_empty())?
            .to_owned();
        let names = root.get("ExpressionAttributeNames");
        let resolved =
            names.and_then(|names| names.get(&name)?.as_str().map(std::borrow::Cow::into_owned));
        Some(resolved.unwrap_or(name))
    })
}

/// Members of a description that CreateTable takes as they are.
const CREATE_MEMBERS: [&str; 5] =
    ["AttributeDefinitions", "TableName", "KeySchema", "StreamSpecification", "OnDemandThroughput"];

/// Members of an index in it that CreateTable takes as they are.
const INDEX_MEMBERS: [&str; 4] = ["IndexName", "KeySchema", "Projection", "OnDemandThroughput"];

/// The same of a vector index.
const VECTOR_MEMBERS: [&str; 6] = [
    "IndexName",
    "VectorAttribute",
    "SearchSchema",
    "Projection",
    "Dimensions",
    "DistanceFunction",
];

/// The CreateTable request that makes what DescribeTable shows.
#[must_use]
pub fn create_from_description(table: Value<'_>) -> Request {
    let on_demand = table
        .get("BillingModeSummary")
        .and_then(|summary| summary.get("BillingMode")?.as_str())
        .is_some_and(|mode| mode == "PAY_PER_REQUEST");
    let mut json = Writer::new();
    json.object(|json| {
        some(json, table, &CREATE_MEMBERS);
        for (member, is_global) in
            [("GlobalSecondaryIndexes", true), ("LocalSecondaryIndexes", false)]
        {
            let Some(indexes) = table.get(member) else { continue };
            json.key(member);
            json.array(|json| {
                for index in indexes.elements() {
                    json.object(|json| {
                        some(json, index, &INDEX_MEMBERS);
                        if is_global && !on_demand {
                            throughput(json, index);
                        }
                    });
                }
            });
        }
        if let Some(indexes) = table.get("VectorIndexes") {
            json.key("VectorIndexes");
            json.array(|json| {
                for index in indexes.elements() {
                    json.object(|json| some(json, index, &VECTOR_MEMBERS));
                }
            });
        }
        let class = table.get("TableClassSummary").and_then(|summary| summary.get("TableClass"));
        if let Some(class) = class {
            json.key("TableClass");
            json.raw(class.raw().as_bytes());
        }
        if on_demand {
            json.key("BillingMode");
            json.string("PAY_PER_REQUEST");
        } else {
            throughput(json, table);
        }
        if table.get("DeletionProtectionEnabled").and_then(Value::as_bool) == Some(true) {
            json.key("DeletionProtectionEnabled");
            json.bool(true);
        }
    });
    Request::of(Operation::CreateTable, json.into_bytes())
}

fn some(json: &mut Writer, owner: Value<'_>, members: &[&str]) {
    for member in members {
        if let Some(value) = owner.get(member) {
            json.key(member);
            json.raw(compact(value).as_bytes());
        }
    }
}

fn throughput(json: &mut Writer, owner: Value<'_>) {
    json.key("ProvisionedThroughput");
    json.object(|json| {
        for member in ["ReadCapacityUnits", "WriteCapacityUnits"] {
            let units =
                owner.get("ProvisionedThroughput").and_then(|units| units.get(member)?.as_number());
            json.key(member);
            json.raw(units.filter(|units| *units != "0").unwrap_or("5").as_bytes());
        }
    });
}

fn create_from_schema(name: &str, schema: &TableSchema) -> Request {
    let indexes = [("GlobalSecondaryIndexes", &schema.gsi), ("LocalSecondaryIndexes", &schema.lsi)];
    let keys = indexes.iter().flat_map(|(_, indexes)| indexes.iter().map(|(_, key)| key));
    let mut attributes: BTreeMap<&str, &str> = BTreeMap::new();
    for attribute in keys.chain([&schema.key]).flatten() {
        attributes.insert(&attribute.name, &attribute.kind);
    }
    let key_schema = |json: &mut Writer, key: &[KeyAttribute]| {
        json.key("KeySchema");
        json.array(|json| {
            for attribute in key {
                json.object(|json| {
                    json.key("AttributeName");
                    json.string(&attribute.name);
                    json.key("KeyType");
                    json.string(if attribute.sort { "RANGE" } else { "HASH" });
                });
            }
        });
    };
    let mut json = Writer::new();
    json.object(|json| {
        json.key("TableName");
        json.string(name);
        json.key("BillingMode");
        json.string("PAY_PER_REQUEST");
        json.key("AttributeDefinitions");
        json.array(|json| {
            for (name, kind) in &attributes {
                json.object(|json| {
                    json.key("AttributeName");
                    json.string(name);
                    json.key("AttributeType");
                    json.string(kind);
                });
            }
        });
        key_schema(json, &schema.key);
        for (member, indexes) in indexes.into_iter().filter(|(_, indexes)| !indexes.is_empty()) {
            json.key(member);
            json.array(|json| {
                for (name, key) in indexes {
                    json.object(|json| {
                        json.key("IndexName");
                        json.string(name);
                        key_schema(json, key);
                        json.key("Projection");
                        json.raw(b"{\"ProjectionType\":\"ALL\"}");
                    });
                }
            });
        }
    });
    Request::of(Operation::CreateTable, json.into_bytes())
}

/// Items shown by a read before anything wrote them. One that is shown in part only (a
/// projection) is taken as shown, unless another read shows the whole of it; and a table that the
/// recording makes starts empty.
fn items_taken_for_granted(recorded: &dyn Source, preparation: &Preparation) -> Vec<Request> {
    let mut granted: BTreeMap<(String, String), (Json, bool)> = BTreeMap::new();
    if preparation.tables.is_empty() {
        return Vec::new();
    }
    let mut written_to: HashSet<(String, String)> = HashSet::new();
    for interaction in recorded.interactions() {
        let request = interaction.to_request();
        let Ok(body) = request.json() else { continue };
        let region = interaction.region.as_deref();
        for Shown { table, item, whole } in shown(&interaction, body.root()) {
            let table = named_in(region, &table);
            let Some(identity) = identity(preparation, &table, item.root()) else { continue };
            let place = (table, identity);
            if !preparation.tables.contains_key(&place.0) || written_to.contains(&place) {
                continue;
            }
            match granted.get(&place) {
                Some((_, known_whole)) if *known_whole || !whole => {}
                _ => {
                    granted.insert(place, (item, whole));
                }
            }
        }
        // A write that was refused wrote nothing: what it met was there before.
        let refused =
            interaction.to_response().is_some_and(|response| !response.status.is_success());
        let written =
            if refused { Vec::new() } else { written(interaction.target.operation(), body.root()) };
        for (table, item) in written {
            let table = named_in(region, &table);
            if !preparation.tables.contains_key(&table) {
                continue;
            }
            if let Some(identity) = identity(preparation, &table, item) {
                written_to.insert((table, identity));
            }
        }
    }
    granted.iter().map(|((table, _), (item, _))| put(table, item.root())).collect()
}

fn identity(preparation: &Preparation, table: &str, item: Value<'_>) -> Option<String> {
    let parts = preparation.keys.get(table)?.iter().map(|name| item.get(name).map(canonical));
    Some(parts.collect::<Option<Vec<_>>>()?.join("\0"))
}

/// An item that an answer shows.
struct Shown {
    table: String,
    item: Json,
    /// Whether all of its attributes are there.
    whole: bool,
}

fn shown(interaction: &Interaction, request: Value<'_>) -> Vec<Shown> {
    let Answer::Http { body, .. } = &interaction.answer else { return Vec::new() };
    let Ok(json) = Json::parse(body.clone()) else { return Vec::new() };
    let whole = |request: Value<'_>| {
        let partial = ["ProjectionExpression", "AttributesToGet", "IndexName", "Select"];
        !partial.iter().any(|name| request.get(name).is_some())
    };
    let mut shown = Vec::new();
    let mut keep = |table: &str, item: Value<'_>, whole: bool| {
        if let Ok(item) = Json::parse(item.raw().to_owned()) {
            shown.push(Shown { table: bare_name(table).to_owned(), item, whole });
        }
    };
    let root = json.root();
    match interaction.target.operation() {
        Some(Operation::GetItem | Operation::Query | Operation::Scan) => {
            let Some(table) = request.get("TableName").and_then(Value::as_str) else {
                return shown;
            };
            let items = root.get("Items").into_iter().flat_map(Value::elements);
            for item in root.get("Item").into_iter().chain(items) {
                keep(&table, item, whole(request));
            }
        }
        Some(Operation::BatchGetItem) => {
            let asked =
                |table: &str| request.get("RequestItems").and_then(|tables| tables.get(table));
            for (table, items) in root.get("Responses").into_iter().flat_map(Value::members) {
                let whole = asked(&table).is_some_and(whole);
                items.elements().for_each(|item| keep(&table, item, whole));
            }
        }
        _ => {}
    }
    shown
}

/// Items and keys that a request writes.
fn written<'a>(operation: Option<Operation>, request: Value<'a>) -> Vec<(String, Value<'a>)> {
    let mut written = Vec::new();
    let of = |action: Value<'a>| action.get("Item").or_else(|| action.get("Key"));
    let table_of =
        |action: Value<'a>| Some(bare_name(&action.get("TableName")?.as_str()?).to_owned());
    if matches!(operation, Some(Operation::PutItem | Operation::UpdateItem | Operation::DeleteItem))
    {
        written.extend(table_of(request).zip(of(request)));
    }
    let actions =
        request.get("TransactItems").into_iter().flat_map(Value::elements).flat_map(Value::members);
    for (kind, action) in actions {
        if matches!(&*kind, "Put" | "Update" | "Delete") {
            written.extend(table_of(action).zip(of(action)));
        }
    }
    for (table, list) in request.get("RequestItems").into_iter().flat_map(Value::members) {
        for entry in list
            .elements()
            .flat_map(Value::members)
            .filter(|(_, entry)| entry.kind() == Kind::Object)
        {
            written.extend(of(entry.1).map(|item| (bare_name(&table).to_owned(), item)));
        }
    }
    written
}

fn put(table: &str, item: Value<'_>) -> Request {
    let mut json = Writer::new();
    json.object(|json| {
        json.key("TableName");
        json.string(name_and_region(table).0);
        json.key("Item");
        json.raw(item.raw().as_bytes());
    });
    for_table(table, Request::of(Operation::PutItem, json.into_bytes()))
}
