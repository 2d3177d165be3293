//! Footprints of calls as they come, one by one, when what follows is not known yet.
//!
//! What is remembered is the keys of tables, and nothing of their items: it does not grow with
//! what is written. So a write touches all partitions of an index; see [`Footprint`].

use http::StatusCode;

use super::{
    Footprint, Known, Resource, Tables, item, one,
    request::{Change, keys_read, writes},
};
use crate::{
    cassette::{Answer, Interaction, IoFailure, KeyAttribute, TableSchema, tables_described},
    wire::{
        Operation, Request, Response,
        json::{Json, Value},
    },
};

/// The beginning of what stands for one item.
const ITEM: &str = "item ";

/// Footprints of the calls to a live database.
#[derive(Debug, Default)]
pub struct LiveFootprints {
    tables: Tables,
}

/// Of what a success tells, or makes, the whole state, whatever it was before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Items, as they stand in footprints.
    pub items: Vec<Resource>,
    /// Tables with all that is in them.
    pub tables: Vec<String>,
}

impl LiveFootprints {
    /// What a call looks at and changes that was answered like this.
    #[must_use]
    pub fn answered(&self, request: &Request, answer: &Response) -> Footprint {
        let headers = Vec::new();
        // What broke on the server's side may have been done.
        let status = answer.status;
        self.of(request, Answer::Http { status, headers, body: answer.body.clone() })
    }

    /// What a call looks at and would change, of which it is not known what became of it.
    #[must_use]
    pub fn possible(&self, request: &Request) -> Footprint {
        self.of(request, Answer::Io(IoFailure::Reset))
    }

    fn of(&self, request: &Request, answer: Answer) -> Footprint {
        let interaction = Interaction::new(request.target.clone(), request.body().clone(), answer);
        let mut footprint = one(&self.tables, &mut Known::default(), &interaction, request);
        footprint.sort();
        footprint
    }

    /// Learns the keys of a table from an answer that describes it, or at least the names in them
    /// from a key that was accepted.
    pub fn learn(&mut self, request: &Request, answer: &Response) {
        self.learn_key(request, answer);
        let describes = [Operation::CreateTable, Operation::DescribeTable, Operation::UpdateTable];
        let operation = request.target.operation();
        if answer.status != StatusCode::OK || !operation.is_some_and(|one| describes.contains(&one))
        {
            return;
        }
        let body = answer.body.clone();
        let answer = Answer::Http { status: answer.status, headers: Vec::new(), body };
        let described = Interaction::new(request.target.clone(), request.body().clone(), answer);
        for (name, schema) in tables_described(&[described]) {
            if self.tables.get(&name).is_some_and(|known| *known != schema) {
                self.tables.changing.insert(name.clone());
            }
            self.tables.schemas.insert(name, schema);
        }
    }

    /// Which part of the key is the sort key is not known then: to conditions all of it is one
    /// partition key, which those on its first part do not fit, so they are about the whole table.
    fn learn_key(&mut self, request: &Request, answer: &Response) {
        use Operation as O;
        let (Some(O::GetItem | O::UpdateItem | O::DeleteItem), true) =
            (request.target.operation(), answer.status.is_success())
        else {
            return;
        };
        let (Some(table), Ok(json)) = (request.table(), request.json()) else { return };
        if self.tables.schemas.contains_key(&table) {
            return;
        }
        let Some(key) = json.root().get("Key") else { return };
        let attributes = key.members().filter_map(|(name, value)| {
            let (kind, _) = value.members().next()?;
            Some(KeyAttribute { name: name.into_owned(), kind: kind.into_owned(), sort: false })
        });
        let schema = TableSchema { key: attributes.collect(), ..TableSchema::default() };
        self.tables.schemas.insert(table, schema);
    }

    /// The names of a table's key attributes, as far as they are known.
    #[must_use]
    pub fn key(&self, table: &str) -> Vec<String> {
        let schema = self.tables.get(table);
        let key = schema.into_iter().flat_map(|schema| &schema.key);
        key.map(|attribute| attribute.name.clone()).collect()
    }

    /// What is known for certain after a call that succeeded with this answer.
    #[must_use]
    pub fn settled(&self, request: &Request, answer: &Response) -> Settled {
        let mut settled = Settled::default();
        let Some(operation) = request.target.operation() else { return settled };
        let (Ok(json), Ok(answer)) = (request.json(), Json::parse(answer.body.clone())) else {
            return settled;
        };
        let root = json.root();
        use Operation as O;
        let found = match operation {
            O::CreateTable | O::DeleteTable => {
                settled.tables = request.tables();
                return settled;
            }
            O::GetItem if is_whole(root) => keys_read(operation, root),
            O::PutItem
            | O::UpdateItem
            | O::DeleteItem
            | O::BatchWriteItem
            | O::TransactWriteItems => {
                let all = writes(operation, root, Some(&answer)).into_iter();
                let made = all.filter(|write| match &write.change {
                    Change::Put | Change::Delete => true,
                    Change::Update { after, .. } => after.is_some(),
                    Change::Check => false,
                });
                made.map(|write| (write.table, write.item)).collect()
            }
            _ => Vec::new(),
        };
        for (table, key) in found {
            if let Some((_, key)) = key.and_then(|key| key.text(self.tables.get(&table))) {
                settled.items.push(item(&table, &key).into());
            }
        }
        settled
    }
}

/// Whether a GetItem asks for all of an item, as it is now.
fn is_whole(root: Value<'_>) -> bool {
    ["ProjectionExpression", "AttributesToGet"].iter().all(|name| root.get(name).is_none())
}

/// Whether a resource is one item, and not all that cannot be told apart.
#[must_use]
pub fn is_item(resource: &str) -> bool {
    resource.strip_prefix(ITEM).is_some_and(|rest| !rest.ends_with(" ?"))
}

/// Whether a resource is something that is in some state after a write: an item, a table.
#[must_use]
pub fn has_state(resource: &str) -> bool {
    [ITEM, "contents ", "definition "].iter().any(|kind| resource.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(operation: Operation, body: &str) -> (Request, Response) {
        (Request::of(operation, body.to_owned()), Response::ok("{}"))
    }

    #[test]
    fn items_of_a_table_are_told_apart_once_a_key_was_accepted_or_described() {
        const KEY: &str = r#"{"TableName":"t","Key":{"sk":{"N":"1.0"},"pk":{"S":"a"}}}"#;
        const PUT: &str =
            r#"{"TableName":"t","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"n":{"N":"1"}}}"#;
        const ITEM: &str = r#"item t {"S":"a"}{"N":"1"}"#;
        let (put, answer) = asked(Operation::PutItem, PUT);
        let mut footprints = LiveFootprints::default();
        let touches = |footprints: &LiveFootprints, name: &str| {
            footprints.answered(&put, &answer).touches.iter().any(|touched| **touched == *name)
        };
        assert!(touches(&footprints, "item t ?"));
        let (get, answer) = asked(Operation::GetItem, KEY);
        footprints.learn(&get, &answer);
        assert!(touches(&footprints, ITEM) && touches(&footprints, "items t"));
        let half = r#"{"TableName":"t","KeyConditionExpression":"pk = :v","ExpressionAttributeValues":{":v":{"S":"a"}}}"#;
        let (query, answer) = asked(Operation::Query, half);
        let watched = footprints.answered(&query, &answer).watches;
        assert!(watched.contains(&"items t".into()), "{watched:?}");

        // What is known better later calls the item the same.
        let description = r#"{"Table":{"TableName":"t","AttributeDefinitions":[{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"sk","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"RANGE"}]}}"#;
        let (describe, _) = asked(Operation::DescribeTable, r#"{"TableName":"t"}"#);
        footprints.learn(&describe, &Response::ok(description));
        assert!(touches(&footprints, ITEM));
        assert_eq!(footprints.key("t"), ["sk", "pk"]);
        assert_eq!(*footprints.settled(&put, &Response::ok("{}")).items, [Resource::from(ITEM)]);
        assert!(is_item(ITEM) && !is_item("item t ?") && !is_item("items t"));
    }
}
