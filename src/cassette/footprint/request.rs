//! Which items a request names, and where.

use std::borrow::Cow;

use super::{
    ANY_TABLE_ITEMS, Footprint, Tables, contents, definition, index_entries, index_partition,
    items, partition,
};
use crate::{
    cassette::schema::{KeyAttribute, TableSchema},
    expr::{KeyShape, Placeholders, parse_key_condition},
    value::{AttributeValue, Decoder, Item, Type, decode, encode},
    wire::{
        Operation, Request,
        json::{Json, Value},
    },
};

/// An item or key, as it stands in a request.
#[derive(Clone, Debug)]
pub(super) struct ItemKey(pub(super) Item);

impl ItemKey {
    pub(super) fn read(value: Value<'_>) -> Option<Self> {
        Decoder::new().item(value).ok().map(Self)
    }

    /// The partition key, and the whole key, as text that is the same for equal values.
    pub(super) fn text(&self, schema: Option<&TableSchema>) -> Option<(String, String)> {
        // Without a schema, a `Key` is a key; an item is not known to be one.
        key_text(&schema?.key, &self.0)
    }

    /// The item.
    pub(super) fn item(&self) -> &Item {
        &self.0
    }
}

/// The values of key attributes; `None` where one is missing.
pub(super) fn key_text(key: &[KeyAttribute], item: &Item) -> Option<(String, String)> {
    let (mut hash, mut whole) = (Vec::new(), Vec::new());
    // As a key condition names them.
    for attribute in key.iter().filter(|attribute| !attribute.sort) {
        encode::value(item.get(&attribute.name)?, &mut hash);
    }
    // By name: whoever knows a key, and not which part of it is the sort key, means the same item.
    let mut by_name: Vec<_> = key.iter().collect();
    by_name.sort_unstable_by_key(|attribute| &attribute.name);
    for attribute in by_name {
        encode::value(item.get(&attribute.name)?, &mut whole);
    }
    Some((String::from_utf8(hash).ok()?, String::from_utf8(whole).ok()?))
}

/// The table that a name or an ARN means.
pub(super) fn table_name(text: &str) -> &str {
    let after = text.rsplit_once(":table/").map_or(text, |(_, name)| name);
    after.split('/').next().unwrap_or_default()
}

fn table_of(value: Value<'_>) -> Option<String> {
    value.get("TableName")?.as_str().map(|name| table_name(&name).to_owned())
}

/// The items that are read by key.
pub(super) fn keys_read(operation: Operation, root: Value<'_>) -> Vec<(String, Option<ItemKey>)> {
    let one = |value: Value<'_>| Some((table_of(value)?, value.get("Key").and_then(ItemKey::read)));
    match operation {
        Operation::GetItem => one(root).into_iter().collect(),
        Operation::TransactGetItems => {
            let gets = root.get("TransactItems").into_iter().flat_map(Value::elements);
            gets.filter_map(|get| one(get.get("Get")?)).collect()
        }
        _ => {
            let tables = root.get("RequestItems").into_iter().flat_map(Value::members);
            tables
                .flat_map(|(table, keys)| {
                    let table = table_name(&table).to_owned();
                    let keys = keys.get("Keys").into_iter().flat_map(Value::elements);
                    keys.map(move |key| (table.clone(), ItemKey::read(key)))
                })
                .collect()
        }
    }
}

/// What is done to an item.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// It becomes this.
    Put,
    /// It goes.
    Delete,
    /// Some of its attributes change; `None` where it is not known which.
    Update {
        touched: Option<Vec<String>>,
        /// The whole item afterwards, where the answer tells it.
        after: Option<ItemKey>,
    },
    /// It is looked at only.
    Check,
}

/// One write of a request.
#[derive(Clone, Debug)]
pub(super) struct ItemWrite {
    pub(super) table: String,
    /// The item put, or the key.
    pub(super) item: Option<ItemKey>,
    pub(super) change: Change,
}

/// The writes of a request; of a batch, without those that were not processed.
pub(super) fn writes(
    operation: Operation,
    root: Value<'_>,
    answer: Option<&Json>,
) -> Vec<ItemWrite> {
    let one = |value: Value<'_>, member: &str, change: Change| {
        let item = value.get(member).and_then(ItemKey::read);
        Some(ItemWrite { table: table_of(value)?, item, change })
    };
    let update = |value: Value<'_>| {
        let touched = touched(value);
        let all_new =
            value.get("ReturnValues").and_then(Value::as_str).as_deref() == Some("ALL_NEW");
        let after = answer
            .filter(|_| all_new)
            .and_then(|answer| ItemKey::read(answer.root().get("Attributes")?));
        one(value, "Key", Change::Update { touched, after })
    };
    match operation {
        Operation::PutItem => one(root, "Item", Change::Put).into_iter().collect(),
        Operation::DeleteItem => one(root, "Key", Change::Delete).into_iter().collect(),
        Operation::UpdateItem => update(root).into_iter().collect(),
        Operation::TransactWriteItems => {
            let actions = root.get("TransactItems").into_iter().flat_map(Value::elements);
            actions
                .flat_map(Value::members)
                .filter_map(|(name, action)| match &*name {
                    "Put" => one(action, "Item", Change::Put),
                    "Delete" => one(action, "Key", Change::Delete),
                    "Update" => update(action),
                    _ => one(action, "Key", Change::Check),
                })
                .collect()
        }
        _ => batch(root, answer),
    }
}

fn batch(root: Value<'_>, answer: Option<&Json>) -> Vec<ItemWrite> {
    let unprocessed: Vec<String> = answer
        .and_then(|answer| answer.root().get("UnprocessedItems"))
        .into_iter()
        .flat_map(Value::members)
        .flat_map(|(_, writes)| writes.elements())
        .map(crate::cassette::canonical)
        .collect();
    let mut writes = Vec::new();
    for (table, list) in root.get("RequestItems").into_iter().flat_map(Value::members) {
        for write in list.elements() {
            if unprocessed.contains(&crate::cassette::canonical(write)) {
                continue;
            }
            let (item, change) = match write.get("PutRequest") {
                Some(put) => (put.get("Item"), Change::Put),
                None => {
                    let delete = write.get("DeleteRequest");
                    (delete.and_then(|delete| delete.get("Key")), Change::Delete)
                }
            };
            let table = table_name(&table).to_owned();
            writes.push(ItemWrite { table, item: item.and_then(ItemKey::read), change });
        }
    }
    writes
}

/// The attributes that an update changes.
fn touched(value: Value<'_>) -> Option<Vec<String>> {
    if let Some(updates) = value.get("AttributeUpdates") {
        return Some(updates.members().map(|(name, _)| name.into_owned()).collect());
    }
    let Some(text) = value.get("UpdateExpression") else { return Some(Vec::new()) };
    let mut placeholders = placeholders(value)?;
    let update = crate::expr::parse_update(&text.as_str()?, &mut placeholders).ok()?;
    Some(update.paths().map(|path| path.attribute.clone()).collect())
}

/// The names and values that a request's expressions use.
pub(in crate::cassette) fn placeholders(value: Value<'_>) -> Option<Placeholders> {
    let names = value.get("ExpressionAttributeNames").map(decode::names);
    let values = value.get("ExpressionAttributeValues");
    let values = values.map(|values| Decoder::new().named_values(values));
    Some(Placeholders::new(
        names.transpose().ok()?.unwrap_or_default(),
        values.transpose().ok()?.unwrap_or_default(),
    ))
}

/// What a Query, a Scan or a SearchVectors watches.
pub(super) fn watch_read(
    tables: &Tables,
    footprint: &mut Footprint,
    operation: Operation,
    request: &Request,
    root: Value<'_>,
) {
    let Some(table) = table_of(root) else { return };
    let table = tables.shared.of_request(request, &table);
    let index = root.get("IndexName").and_then(Value::as_str);
    let is_query = operation == Operation::Query;
    watch_partitions(tables, footprint, &table, index.as_deref(), |key| {
        is_query.then(|| hash_asked(root, key)).flatten().map(|hash| vec![hash])
    });
}

/// What a read of a table or index watches: the partitions that `asked` finds by the key of it, or
/// all of it.
pub(super) fn watch_partitions(
    tables: &Tables,
    footprint: &mut Footprint,
    table: &str,
    index: Option<&str>,
    asked: impl Fn(&[KeyAttribute]) -> Option<Vec<String>>,
) {
    footprint.watch(contents(table));
    footprint.watch(ANY_TABLE_ITEMS);
    let schema = tables.get(table);
    let named = |list: &'static str| {
        let indexes = match list {
            "local" => &schema?.lsi,
            _ => &schema?.gsi,
        };
        let (name, key) = indexes.iter().find(|(name, _)| Some(name.as_str()) == index)?;
        Some((name.as_str(), key.as_slice()))
    };
    let (of_index, of_local) = (named("global"), named("local"));
    if index.is_some() {
        // An index can be made and taken away, and made again with other keys.
        footprint.watch(definition(table));
        if tables.changing(table) {
            footprint.watch(items(table));
        }
    }
    match of_index {
        Some((index, key)) => match asked(key) {
            Some(hashes) => {
                for hash in hashes {
                    footprint.watch(index_partition(table, index, Some(&hash)));
                }
                footprint.watch(index_partition(table, index, None));
            }
            None => footprint.watch(index_entries(table, index)),
        },
        // A local index has the table's partitions.
        None => match schema
            .and_then(|schema| asked(of_local.map_or(&schema.key[..], |(_, key)| key)))
        {
            Some(hashes) => {
                for hash in hashes {
                    footprint.watch(partition(table, &hash));
                }
                footprint.watch(partition(table, "?"));
            }
            None => footprint.watch(items(table)),
        },
    }
}

/// The partition key that a key condition asks for.
fn hash_asked(root: Value<'_>, key: &[KeyAttribute]) -> Option<String> {
    let text = root.get("KeyConditionExpression")?.as_str()?;
    let condition = parse_key_condition(&text, &mut placeholders(root)?).ok()?;
    let side = |sort: bool| -> Option<Vec<(&str, Type)>> {
        let attributes = key.iter().filter(|attribute| attribute.sort == sort);
        attributes
            .map(|attribute| Some((attribute.name.as_str(), Type::from_name(&attribute.kind)?)))
            .collect()
    };
    let (hash, range) = (side(false)?, side(true)?);
    let bound = condition.bind(&KeyShape { hash: &hash, range: &range }).ok()?;
    let mut text = Vec::new();
    bound.hash.iter().for_each(|value: &std::sync::Arc<AttributeValue>| {
        encode::value(value, &mut text);
    });
    String::from_utf8(text).ok()
}

/// Whether a request is of PartiQL, and changes nothing.
#[must_use]
pub fn only_selects(request: &Request) -> bool {
    let Some(
        operation @ (Operation::ExecuteStatement
        | Operation::BatchExecuteStatement
        | Operation::ExecuteTransaction),
    ) = request.target.operation()
    else {
        return false;
    };
    request.json().is_ok_and(|json| !may_write(operation, json.root()))
}

/// Whether a PartiQL request may change something.
pub(super) fn may_write(operation: Operation, root: Value<'_>) -> bool {
    let statements = super::statement::sent(operation, root);
    let mut texts = statements.filter_map(|one| one.get("Statement")?.as_str());
    texts.any(|text: Cow<'_, str>| {
        !text.trim_start().get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("select"))
    })
}

/// The tables that a request about tables names.
pub(super) fn tables_managed(request: &Request) -> Vec<String> {
    let mut tables = request.tables();
    let Ok(json) = request.json() else { return tables };
    for member in
        ["ResourceArn", "TableArn", "SourceTableName", "SourceTableArn", "TargetTableName"]
    {
        let text = json.root().get(member).and_then(Value::as_str);
        tables.extend(text.map(|text| table_name(&text).to_owned()));
    }
    tables.sort_unstable();
    tables.dedup();
    tables
}
