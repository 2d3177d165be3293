//! Random sequences of writes against a model that is a `BTreeMap`: whatever is written, by
//! whichever operation, every way of reading gives what the model says, whatever it is kept in.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use dynatape::{
    clock::SystemClock,
    emulator::{Emulator, Settings},
    storage::{MemoryStore, SqliteStore, Store, sqlite::Durability},
    wire::{Operation, Request, Response},
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Partition and sort key to the two attributes an item may have.
type Model = BTreeMap<(u8, i32), Attributes>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Attributes {
    /// In the index's key.
    group: Option<u8>,
    count: Option<i32>,
}

type Key = (u8, i32);

#[derive(Clone, Debug)]
enum Write {
    Put(Key, Attributes),
    PutNew(Key, Attributes),
    Delete(Key),
    Add(Key, i32),
    Regroup(Key, Option<u8>),
    Batch(Vec<(Key, Option<Attributes>)>),
    /// All or nothing: nothing if one of the keys to be new is there.
    Transact(Vec<(Key, Change)>),
}

#[derive(Clone, Debug)]
enum Change {
    PutNew(Attributes),
    Delete,
    Add(i32),
}

fn key() -> impl Strategy<Value = Key> {
    (0..3u8, -3..4i32)
}

fn attributes() -> impl Strategy<Value = Attributes> {
    (prop::option::of(0..3u8), prop::option::of(-9..9i32))
        .prop_map(|(group, count)| Attributes { group, count })
}

fn write() -> impl Strategy<Value = Write> {
    let change = prop_oneof![
        attributes().prop_map(Change::PutNew),
        Just(Change::Delete),
        (-9..9i32).prop_map(Change::Add),
    ];
    // Batches and transactions may not name a key twice.
    prop_oneof![
        (key(), attributes()).prop_map(|(key, item)| Write::Put(key, item)),
        (key(), attributes()).prop_map(|(key, item)| Write::PutNew(key, item)),
        key().prop_map(Write::Delete),
        (key(), -9..9i32).prop_map(|(key, by)| Write::Add(key, by)),
        (key(), prop::option::of(0..3u8)).prop_map(|(key, group)| Write::Regroup(key, group)),
        prop::collection::btree_map(key(), prop::option::of(attributes()), 1..6)
            .prop_map(|map| Write::Batch(map.into_iter().collect())),
        prop::collection::btree_map(key(), change, 1..5)
            .prop_map(|map| Write::Transact(map.into_iter().collect())),
    ]
}

fn call(emulator: &Emulator, operation: Operation, body: &Value) -> Response {
    emulator.call(&Request::of(operation, body.to_string()))
}

fn answer(emulator: &Emulator, operation: Operation, body: &Value) -> Value {
    let response = call(emulator, operation, body);
    let text = String::from_utf8(response.body.to_vec()).unwrap();
    assert!(response.status.is_success(), "{text}");
    serde_json::from_str(&text).unwrap()
}

fn with_table(store: Arc<dyn Store>) -> Emulator {
    let emulator = Emulator::new(store, Arc::new(SystemClock), Settings::default());
    let key = |hash: &str, range: &str| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
    let table = json!({
        "TableName": "model", "BillingMode": "PAY_PER_REQUEST", "KeySchema": key("pk", "sk"),
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "group", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "groups", "KeySchema": key("group", "sk"),
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    answer(&emulator, Operation::CreateTable, &table);
    emulator
}

fn key_json((pk, sk): Key) -> Value {
    json!({"pk": {"S": pk.to_string()}, "sk": {"N": sk.to_string()}})
}

fn item_json(key: Key, attributes: Attributes) -> Value {
    let mut item = key_json(key);
    if let Some(group) = attributes.group {
        item["group"] = json!({"S": group.to_string()});
    }
    if let Some(count) = attributes.count {
        item["count"] = json!({"N": count.to_string()});
    }
    item
}

fn apply(emulator: &Emulator, model: &mut Model, write: &Write) {
    const NEW: &str = "attribute_not_exists(pk)";
    match write {
        Write::Put(key, item) => {
            let body = json!({"TableName": "model", "Item": item_json(*key, *item)});
            answer(emulator, Operation::PutItem, &body);
            model.insert(*key, *item);
        }
        Write::PutNew(key, item) => {
            let body = json!({
                "TableName": "model", "Item": item_json(*key, *item), "ConditionExpression": NEW,
            });
            let response = call(emulator, Operation::PutItem, &body);
            assert_eq!(response.status.is_success(), !model.contains_key(key));
            model.entry(*key).or_insert(*item);
        }
        Write::Delete(key) => {
            let body = json!({
                "TableName": "model", "Key": key_json(*key), "ReturnValues": "ALL_OLD",
            });
            let old = answer(emulator, Operation::DeleteItem, &body);
            let expected = model.remove(key).map(|item| item_json(*key, item));
            assert_eq!(old.get("Attributes"), expected.as_ref());
        }
        Write::Add(key, by) => {
            let body = json!({
                "TableName": "model", "Key": key_json(*key), "ReturnValues": "ALL_NEW",
                "UpdateExpression": "ADD #c :by", "ExpressionAttributeNames": {"#c": "count"},
                "ExpressionAttributeValues": {":by": {"N": by.to_string()}},
            });
            let new = answer(emulator, Operation::UpdateItem, &body);
            let item = model.entry(*key).or_default();
            item.count = Some(item.count.unwrap_or_default() + by);
            assert_eq!(new["Attributes"], item_json(*key, *item));
        }
        Write::Regroup(key, group) => {
            let mut body = json!({
                "TableName": "model", "Key": key_json(*key),
                "UpdateExpression": "REMOVE #g", "ExpressionAttributeNames": {"#g": "group"},
            });
            if let Some(group) = group {
                body["UpdateExpression"] = json!("SET #g = :g");
                body["ExpressionAttributeValues"] = json!({":g": {"S": group.to_string()}});
            }
            answer(emulator, Operation::UpdateItem, &body);
            // An update of what is not there puts it, if only its key.
            model.entry(*key).or_default().group = *group;
        }
        Write::Batch(writes) => {
            let request = |(key, item): &(Key, Option<Attributes>)| match item {
                Some(item) => json!({"PutRequest": {"Item": item_json(*key, *item)}}),
                None => json!({"DeleteRequest": {"Key": key_json(*key)}}),
            };
            let requests: Vec<_> = writes.iter().map(request).collect();
            let body = json!({"RequestItems": {"model": requests}});
            let rest = answer(emulator, Operation::BatchWriteItem, &body);
            assert_eq!(rest["UnprocessedItems"], json!({}));
            for (key, item) in writes {
                match item {
                    Some(item) => drop(model.insert(*key, *item)),
                    None => drop(model.remove(key)),
                }
            }
        }
        Write::Transact(changes) => transact(emulator, model, changes),
    }
}

fn transact(emulator: &Emulator, model: &mut Model, changes: &[(Key, Change)]) {
    let action = |(key, change): &(Key, Change)| match change {
        Change::PutNew(item) => json!({"Put": {
            "TableName": "model", "Item": item_json(*key, *item),
            "ConditionExpression": "attribute_not_exists(pk)",
        }}),
        Change::Delete => json!({"Delete": {"TableName": "model", "Key": key_json(*key)}}),
        Change::Add(by) => json!({"Update": {
            "TableName": "model", "Key": key_json(*key), "UpdateExpression": "ADD #c :by",
            "ExpressionAttributeNames": {"#c": "count"},
            "ExpressionAttributeValues": {":by": {"N": by.to_string()}},
        }}),
    };
    let items: Vec<_> = changes.iter().map(action).collect();
    let body = json!({"TransactItems": items});
    let holds = changes
        .iter()
        .all(|(key, change)| !matches!(change, Change::PutNew(_)) || !model.contains_key(key));
    let response = call(emulator, Operation::TransactWriteItems, &body);
    assert_eq!(response.status.is_success(), holds);
    if !holds {
        return;
    }
    for (key, change) in changes {
        match change {
            Change::PutNew(item) => drop(model.insert(*key, *item)),
            Change::Delete => drop(model.remove(key)),
            Change::Add(by) => {
                let item = model.entry(*key).or_default();
                item.count = Some(item.count.unwrap_or_default() + by);
            }
        }
    }
}

/// Every page of a read, `limit` items each.
fn pages(emulator: &Emulator, operation: Operation, mut body: Value, limit: usize) -> Vec<Value> {
    body["Limit"] = json!(limit);
    let mut items = Vec::new();
    loop {
        let page = answer(emulator, operation, &body);
        assert!(page["Items"].as_array().unwrap().len() <= limit);
        items.extend(page["Items"].as_array().unwrap().iter().cloned());
        match page.get("LastEvaluatedKey") {
            Some(key) => body["ExclusiveStartKey"] = key.clone(),
            None => return items,
        }
    }
}

fn check(emulator: &Emulator, model: &Model, limit: usize, from: i32) {
    for pk in 0..3u8 {
        let get = |key: Key| {
            answer(
                emulator,
                Operation::GetItem,
                &json!({
                    "TableName": "model", "Key": key_json(key),
                }),
            )
        };
        for sk in -3..4 {
            let expected = model.get(&(pk, sk)).map(|item| item_json((pk, sk), *item));
            assert_eq!(get((pk, sk)).get("Item"), expected.as_ref());
        }
        let range = (Bound::Included((pk, from)), Bound::Included((pk, i32::MAX)));
        let mut expected: Vec<_> =
            model.range(range).map(|(key, item)| item_json(*key, *item)).collect();
        for forward in [true, false] {
            let query = json!({
                "TableName": "model", "ScanIndexForward": forward,
                "KeyConditionExpression": "pk = :pk AND sk >= :from",
                "ExpressionAttributeValues": {
                    ":pk": {"S": pk.to_string()}, ":from": {"N": from.to_string()},
                },
            });
            assert_eq!(pages(emulator, Operation::Query, query, limit), expected);
            expected.reverse();
        }
        // The index orders by its own keys; entries with the same ones come in any order.
        let query = json!({
            "TableName": "model", "IndexName": "groups", "KeyConditionExpression": "#g = :g",
            "ExpressionAttributeNames": {"#g": "group"},
            "ExpressionAttributeValues": {":g": {"S": pk.to_string()}},
        });
        let found = pages(emulator, Operation::Query, query, limit);
        let sort_keys = |items: &[Value]| -> Vec<i32> {
            items.iter().map(|item| item["sk"]["N"].as_str().unwrap().parse().unwrap()).collect()
        };
        assert!(sort_keys(&found).is_sorted());
        let in_group = model.iter().filter(|(_, item)| item.group == Some(pk));
        let expected: Vec<_> = in_group.map(|(key, item)| item_json(*key, *item)).collect();
        assert_eq!(sorted(found), sorted(expected));
    }
    let scanned = pages(emulator, Operation::Scan, json!({"TableName": "model"}), limit);
    let all: Vec<_> = model.iter().map(|(key, item)| item_json(*key, *item)).collect();
    assert_eq!(sorted(scanned), sorted(all));
    let table = answer(emulator, Operation::DescribeTable, &json!({"TableName": "model"}));
    assert_eq!(table["Table"]["ItemCount"], json!(model.len()));
    let indexed = model.values().filter(|item| item.group.is_some()).count();
    assert_eq!(table["Table"]["GlobalSecondaryIndexes"][0]["ItemCount"], json!(indexed));
}

fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_key(ToString::to_string);
    items
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_read_agrees_with_the_model_after_any_writes(
        writes in prop::collection::vec(write(), 1..40),
        limit in 1..6usize,
        from in -3..4i32,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteStore::open(&folder.path().join("db"), Durability::Fleeting).unwrap();
        let stores: [Arc<dyn Store>; 2] = [Arc::new(MemoryStore::new()), Arc::new(file)];
        for store in stores {
            let (emulator, mut model) = (with_table(store), Model::new());
            for write in &writes {
                apply(&emulator, &mut model, write);
            }
            check(&emulator, &model, limit, from);
        }
    }
}
