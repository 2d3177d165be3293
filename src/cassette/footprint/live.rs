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
    cassette::{Answer, Interaction, IoFailure, tables_described},
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

    /// Learns the keys of a table from an answer that describes it.
    pub fn learn(&mut self, request: &Request, answer: &Response) {
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
