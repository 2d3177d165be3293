//! What a recording takes for granted: tables it never creates, items that were there before.
//!
//! Tables come from what the recording knows of them, best first: its own DescribeTable answer,
//! the header, the keys that its requests name. Items come from its reads: one that shows an item
//! which nothing has written yet shows that it was there.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cassette::{
        Answer, Cassette, Interaction, KeyAttribute, TableSchema, canonical, tables_described,
    },
    wire::{
        MADE_FOR, Operation, Request,
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

/// Reads a cassette for what it takes for granted.
#[must_use]
pub fn prepare(cassette: &Cassette) -> Preparation {
    let mut preparation = Preparation::default();
    let schemas = schemas(cassette);
    for (name, schema) in &schemas {
        preparation
            .keys
            .insert(name.clone(), schema.key.iter().map(|key| key.name.clone()).collect());
    }
    let granted = tables_taken_for_granted(cassette);
    // A name with a stand-in in it (`<table>`) is none.
    for name in granted.into_iter().filter(|name| !name.contains('<')) {
        let described = first_description(cassette, &name);
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
    preparation.known = preparation.tables.keys().cloned().collect();
    for interaction in &cassette.interactions {
        if interaction.target.operation() == Some(Operation::CreateTable) {
            preparation.known.extend(interaction.to_request().table());
        }
        preparation.known.extend(replicas_made(cassette, interaction));
    }
    preparation.items = items_taken_for_granted(cassette, &preparation);
    preparation
}

/// Tables used by a successful request before the recording creates them.
fn tables_taken_for_granted(cassette: &Cassette) -> BTreeSet<String> {
    let (mut made, mut granted) = (BTreeSet::new(), BTreeSet::new());
    for interaction in &cassette.interactions {
        let Some(response) = interaction.to_response() else { continue };
        let request = interaction.to_request();
        if response.status.is_success() {
            made.extend(replicas_made(cassette, interaction));
        }
        for table in request.tables() {
            match interaction.target.operation() {
                Some(Operation::CreateTable) if response.status.is_success() => {
                    made.insert(table);
                }
                // "Already exists" is as good a proof as any.
                Some(Operation::CreateTable)
                    if response.error_type().as_deref() == Some("ResourceInUseException")
                        && !made.contains(&table) =>
                {
                    granted.insert(table);
                }
                _ if !proves_existence(&response) || made.contains(&table) => {}
                _ => {
                    granted.insert(table);
                }
            }
        }
    }
    granted
}

/// The tables that an UpdateTable makes in other regions of the tape.
fn replicas_made(cassette: &Cassette, interaction: &Interaction) -> Vec<String> {
    if interaction.target.operation() != Some(Operation::UpdateTable) {
        return Vec::new();
    }
    let own = cassette.header.from.region.as_deref().unwrap_or(MADE_FOR);
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
fn proves_existence(response: &crate::wire::Response) -> bool {
    response.status.is_success()
        || matches!(
            response.error_type().as_deref(),
            Some("ConditionalCheckFailedException" | "TransactionCanceledException")
        )
}

fn bare_name(table: &str) -> &str {
    table.rsplit_once(":table/").map_or(table, |(_, name)| name)
}

/// All that is known of keys: from the header, then from requests.
fn schemas(cassette: &Cassette) -> BTreeMap<String, TableSchema> {
    let mut schemas: BTreeMap<_, _> = cassette.header.tables.iter().cloned().collect();
    for (name, schema) in tables_described(&cassette.interactions) {
        schemas.insert(name, schema);
    }
    for interaction in &cassette.interactions {
        let request = interaction.to_request();
        let Ok(body) = request.json() else { continue };
        let keyed = [Operation::GetItem, Operation::UpdateItem, Operation::DeleteItem];
        if !interaction.target.operation().is_some_and(|operation| keyed.contains(&operation)) {
            continue;
        }
        let (Some(table), Some(key)) = (request.table(), body.root().get("Key")) else { continue };
        let accepted =
            interaction.to_response().is_some_and(|response| proves_existence(&response));
        if accepted && !schemas.contains_key(&table) {
            schemas.insert(table.clone(), schema_of_key(key, &partition_key(cassette, &table)));
        }
    }
    schemas
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
fn partition_key(cassette: &Cassette, table: &str) -> Option<String> {
    cassette.interactions.iter().find_map(|interaction| {
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

/// The CreateTable request that makes what the first DescribeTable of the table showed.
fn first_description(cassette: &Cassette, name: &str) -> Option<Request> {
    cassette.interactions.iter().find_map(|interaction| {
        let described = interaction.target.operation() == Some(Operation::DescribeTable);
        let Answer::Http { status, body, .. } = &interaction.answer else { return None };
        if !described || !status.is_success() {
            return None;
        }
        let json = Json::parse(body.clone()).ok()?;
        let table = json.root().get("Table")?;
        (named_in(interaction.region.as_deref(), &table.get("TableName")?.as_str()?) == name)
            .then(|| create_from_description(table))
            .flatten()
    })
}

/// Members of a description that CreateTable takes as they are.
const CREATE_MEMBERS: [&str; 4] =
    ["AttributeDefinitions", "TableName", "KeySchema", "StreamSpecification"];

fn create_from_description(table: Value<'_>) -> Option<Request> {
    let on_demand = table
        .get("BillingModeSummary")
        .and_then(|summary| summary.get("BillingMode")?.as_str())
        .is_some_and(|mode| mode == "PAY_PER_REQUEST");
    let mut json = Writer::new();
    json.object(|json| {
        for member in CREATE_MEMBERS {
            if let Some(value) = table.get(member) {
                json.key(member);
                json.raw(compact(value).as_bytes());
            }
        }
        for (member, is_global) in
            [("GlobalSecondaryIndexes", true), ("LocalSecondaryIndexes", false)]
        {
            let Some(indexes) = table.get(member) else { continue };
            json.key(member);
            json.array(|json| {
                for index in indexes.elements() {
                    json.object(|json| {
                        for member in ["IndexName", "KeySchema", "Projection"] {
                            if let Some(value) = index.get(member) {
                                json.key(member);
                                json.raw(compact(value).as_bytes());
                            }
                        }
                        if is_global && !on_demand {
                            throughput(json, index);
                        }
                    });
                }
            });
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
    Some(Request::of(Operation::CreateTable, json.into_bytes()))
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
fn items_taken_for_granted(cassette: &Cassette, preparation: &Preparation) -> Vec<Request> {
    let mut written_to: BTreeSet<(String, String)> = BTreeSet::new();
    let mut granted: BTreeMap<(String, String), (Json, bool)> = BTreeMap::new();
    for interaction in &cassette.interactions {
        let request = interaction.to_request();
        let Ok(body) = request.json() else { continue };
        let region = interaction.region.as_deref();
        for Shown { table, item, whole } in shown(interaction, body.root()) {
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
