//! Random programs over one table with a global index, and what an emulator answers them.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // a test; each uses its part

use std::collections::BTreeSet;

use dynatape::{
    cassette::{Answer, Cassette, Interaction, tables_described},
    emulator::Emulator,
    wire::{Operation, Request, Target},
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// One call, and which items it reads and writes: `(partition, sort)`, and of the index all
/// partitions at once, which is more than conflicts and never less.
#[derive(Clone, Debug)]
pub struct Call {
    pub operation: Operation,
    pub body: String,
    pub reads: BTreeSet<Thing>,
    pub writes: BTreeSet<Thing>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    Item(u8, u8),
    Partition(u8),
    Index,
    Table,
}

pub fn call() -> impl Strategy<Value = Call> {
    let item = || (0..3u8, 0..3u8);
    prop_oneof![
        3 => (item(), 0..3u8, any::<bool>()).prop_map(|(key, group, new)| put(key, group, new)),
        3 => item().prop_map(add),
        1 => (item(), 0..3u8).prop_map(|(key, group)| regroup(key, group)),
        2 => item().prop_map(delete),
        4 => item().prop_map(get),
        2 => (0..3u8).prop_map(query),
        2 => (0..3u8).prop_map(query_index),
        1 => Just(scan()),
        1 => prop::collection::btree_set(item(), 1..4).prop_map(batch_get),
        1 => prop::collection::btree_set(item(), 1..4).prop_map(batch_write),
        1 => prop::collection::btree_set(item(), 1..4).prop_map(transact),
        1 => (item(), item()).prop_map(|(checked, put)| check(checked, put)),
    ]
}

/// Ids that look made up and are not: each stands for itself.
pub fn id(number: u8) -> String {
    format!("7c1f0400-0000-4000-8000-00000000000{number}")
}

pub fn key((pk, sk): (u8, u8)) -> Value {
    json!({"pk": {"S": id(pk)}, "sk": {"N": sk.to_string()}})
}

pub fn reading(operation: Operation, body: &Value, reads: impl IntoIterator<Item = Thing>) -> Call {
    let reads = reads.into_iter().collect();
    Call { operation, body: body.to_string(), reads, writes: BTreeSet::new() }
}

pub fn writing(
    operation: Operation,
    body: &Value,
    items: impl IntoIterator<Item = (u8, u8)>,
) -> Call {
    let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
    for (pk, sk) in items {
        reads.insert(Thing::Item(pk, sk));
        writes.extend([Thing::Item(pk, sk), Thing::Partition(pk), Thing::Index, Thing::Table]);
    }
    Call { operation, body: body.to_string(), reads, writes }
}

pub fn put(at: (u8, u8), group: u8, new: bool) -> Call {
    let mut item = key(at);
    item["grouped"] = json!({"S": group.to_string()});
    let mut body = json!({"TableName": "table", "Item": item, "ReturnValues": "ALL_OLD"});
    if new {
        body["ConditionExpression"] = json!("attribute_not_exists(pk)");
    }
    writing(Operation::PutItem, &body, [at])
}

pub fn add(at: (u8, u8)) -> Call {
    let body = json!({
        "TableName": "table", "Key": key(at), "UpdateExpression": "ADD times :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}}, "ReturnValues": "UPDATED_NEW",
    });
    writing(Operation::UpdateItem, &body, [at])
}

pub fn regroup(at: (u8, u8), group: u8) -> Call {
    let body = json!({
        "TableName": "table", "Key": key(at), "UpdateExpression": "SET grouped = :g",
        "ExpressionAttributeValues": {":g": {"S": group.to_string()}},
    });
    writing(Operation::UpdateItem, &body, [at])
}

pub fn delete(at: (u8, u8)) -> Call {
    let body = json!({"TableName": "table", "Key": key(at), "ReturnValues": "ALL_OLD"});
    writing(Operation::DeleteItem, &body, [at])
}

pub fn get(at: (u8, u8)) -> Call {
    let body = json!({"TableName": "table", "Key": key(at)});
    reading(Operation::GetItem, &body, [Thing::Item(at.0, at.1)])
}

pub fn query(pk: u8) -> Call {
    let body = json!({
        "TableName": "table", "KeyConditionExpression": "pk = :v",
        "ExpressionAttributeValues": {":v": {"S": id(pk)}},
    });
    reading(Operation::Query, &body, [Thing::Partition(pk)])
}

pub fn query_index(group: u8) -> Call {
    let body = json!({
        "TableName": "table", "IndexName": "groups", "KeyConditionExpression": "grouped = :v",
        "ExpressionAttributeValues": {":v": {"S": group.to_string()}},
    });
    reading(Operation::Query, &body, [Thing::Index])
}

pub fn scan() -> Call {
    reading(Operation::Scan, &json!({"TableName": "table"}), [Thing::Table])
}

pub fn batch_get(items: BTreeSet<(u8, u8)>) -> Call {
    let keys: Vec<_> = items.iter().copied().map(key).collect();
    let things = items.into_iter().map(|(pk, sk)| Thing::Item(pk, sk));
    reading(Operation::BatchGetItem, &json!({"RequestItems": {"table": {"Keys": keys}}}), things)
}

pub fn batch_write(items: BTreeSet<(u8, u8)>) -> Call {
    let write = |at: &(u8, u8)| json!({"DeleteRequest": {"Key": key(*at)}});
    let writes: Vec<_> = items.iter().map(write).collect();
    writing(Operation::BatchWriteItem, &json!({"RequestItems": {"table": writes}}), items)
}

pub fn transact(items: BTreeSet<(u8, u8)>) -> Call {
    let action = |at: &(u8, u8)| {
        json!({"Update": {
            "TableName": "table", "Key": key(*at), "UpdateExpression": "SET moved = :m",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":m": {"BOOL": true}},
        }})
    };
    let actions: Vec<_> = items.iter().map(action).collect();
    writing(Operation::TransactWriteItems, &json!({"TransactItems": actions}), items)
}

/// A write that goes by another item, which it does not change.
pub fn check(checked: (u8, u8), put: (u8, u8)) -> Call {
    if checked == put {
        return delete(put);
    }
    let mut item = key(put);
    item["grouped"] = json!({"S": "0"});
    let body = json!({"TransactItems": [
        {"ConditionCheck": {
            "TableName": "table", "Key": key(checked), "ConditionExpression": "attribute_exists(pk)",
        }},
        {"Put": {"TableName": "table", "Item": item}},
    ]});
    let mut call = writing(Operation::TransactWriteItems, &body, [put]);
    call.reads.insert(Thing::Item(checked.0, checked.1));
    call
}

pub fn create() -> Call {
    let key = |hash: &str, range: &str| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
    let body = json!({
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST", "KeySchema": key("pk", "sk"),
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "grouped", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "groups", "KeySchema": key("grouped", "sk"),
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    Call {
        operation: Operation::CreateTable,
        body: body.to_string(),
        reads: BTreeSet::new(),
        writes: BTreeSet::new(),
    }
}

pub fn ask(emulator: &Emulator, call: &Call) -> Interaction {
    let response = emulator.call(&Request::of(call.operation, call.body.clone()));
    let answer = Answer::Http { status: response.status, headers: Vec::new(), body: response.body };
    Interaction::new(Target::Known(call.operation), call.body.clone().into(), answer)
}

pub fn record(calls: &[Call]) -> Cassette {
    let emulator = Emulator::default();
    let mut cassette = Cassette {
        interactions: calls.iter().map(|call| ask(&emulator, call)).collect(),
        ..Cassette::default()
    };
    cassette.header.tables = tables_described(&cassette.interactions);
    assert_eq!(cassette.header.tables.len(), 1, "the table could not be made");
    cassette.renumber();
    cassette
}
