//! What PartiQL statements look at and change: each as the classic operation that it stands for.

use std::borrow::Cow;

use super::{
    Footprint, Tables,
    known::Known,
    request::{self, Change, ItemKey, ItemWrite, table_name},
    watch_item,
};
use crate::{
    cassette::schema::{KeyAttribute, TableSchema},
    partiql::{self, Access, Keys, Parsed, Select, Statement, single_key},
    value::{Decoder, Type, encode},
    wire::{
        Operation, Request,
        json::{Json, Value},
    },
};

/// A statement, and the key of the one item it is about, if that can be told.
pub(super) struct Asked {
    table: String,
    statement: Statement,
    key: Option<ItemKey>,
}

/// What came of a request.
#[derive(Clone, Copy)]
pub(super) struct Answers<'a> {
    pub(super) answer: Option<&'a Json>,
    /// Whether it was done, or may have been.
    pub(super) done: bool,
}

/// The statements of a request as sent.
pub(super) fn sent(operation: Operation, root: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let (list, one) = match operation {
        Operation::BatchExecuteStatement => (root.get("Statements"), None),
        Operation::ExecuteTransaction => (root.get("TransactStatements"), None),
        _ => (None, Some(root)),
    };
    list.into_iter().flat_map(Value::elements).chain(one)
}

/// The statements of a request; `None` if one of them cannot be read.
pub(super) fn all(
    tables: &Tables,
    operation: Operation,
    request: &Request,
    root: Value<'_>,
) -> Option<Vec<Asked>> {
    let asked = sent(operation, root).map(|one| {
        let statement = read(one)?;
        let table = table_name(statement.table());
        let table = tables.shared.of_request(request, table);
        let key = key(&statement, tables.get(&table));
        Some(Asked { table, statement, key })
    });
    asked.collect()
}

fn read(one: Value<'_>) -> Option<Statement> {
    let text = one.get("Statement").and_then(Value::as_str).map(Cow::into_owned)?;
    let mut decoder = Decoder::new();
    let parameters = one.get("Parameters").into_iter().flat_map(Value::elements);
    let parameters: Vec<_> =
        parameters.map(|value| decoder.value(value)).collect::<Result<_, _>>().ok()?;
    Parsed::of(&text).ok()?.bind(&parameters).ok()
}

fn key(statement: &Statement, schema: Option<&TableSchema>) -> Option<ItemKey> {
    if let Statement::Insert(insert) = statement {
        return Some(ItemKey(insert.item.clone()));
    }
    if let Statement::Select(Select { from, .. }) = statement
        && from.index.is_some()
    {
        return None;
    }
    let names: Vec<&str> = schema?.key.iter().map(|key| key.name.as_str()).collect();
    let single = single_key(statement.filter(), &names, true).ok()?;
    Some(ItemKey(single.key))
}

/// Adds what statements watch and touch.
pub(super) fn note(
    tables: &Tables,
    known: &mut Known,
    footprint: &mut Footprint,
    asked: &[Asked],
    answers: Answers<'_>,
) {
    for (at, Asked { table, statement, key }) in asked.iter().enumerate() {
        if let (Statement::Select(select), None) = (statement, key) {
            let index = select.from.index.as_deref();
            request::watch_partitions(tables, footprint, table, index, |key| {
                partitions(select, key)
            });
            continue;
        }
        watch_item(tables, footprint, table, key.clone());
        // A statement of a batch fails on its own.
        let failed = answers.answer.is_some_and(|answer| {
            let responses = answer.root().get("Responses").into_iter().flat_map(Value::elements);
            let mut one = responses.skip(at);
            one.next().is_some_and(|response| response.get("Error").is_some())
        });
        if !answers.done || failed {
            continue;
        }
        let change = match statement {
            Statement::Select(_) => continue,
            Statement::Exists(_) => Change::Check,
            // Without an answer it is not known what it did.
            _ if answers.answer.is_none() => Change::Update { touched: None, after: None },
            Statement::Insert(_) => Change::Put,
            Statement::Delete(_) => Change::Delete,
            Statement::Update(update) => Change::Update {
                touched: Some(update.update.paths().map(|path| path.attribute.clone()).collect()),
                after: None,
            },
        };
        known.touch(
            tables,
            footprint,
            &ItemWrite { table: table.clone(), item: key.clone(), change },
        );
    }
}

/// The partitions that a SELECT reads of what has this key.
fn partitions(select: &Select, key: &[KeyAttribute]) -> Option<Vec<String>> {
    let of = |attribute: &'_ KeyAttribute| Type::from_name(&attribute.kind);
    let (hash, range) = match key {
        [hash] if !hash.sort => (hash, None),
        [hash, range] if !hash.sort && range.sort => (hash, Some(range)),
        _ => return None,
    };
    let range = match range {
        Some(range) => Some(partiql::KeyAttribute { name: &range.name, kind: of(range)? }),
        None => None,
    };
    let hash = partiql::KeyAttribute { name: &hash.name, kind: of(hash)? };
    let any = |_: &str, _: &_, _| Ok::<(), partiql::Error>(());
    let Ok(Access::Parts(parts)) = Access::of(select.filter.as_ref(), &Keys { hash, range }, any)
    else {
        return None;
    };
    let texts = parts.iter().map(|part| {
        let mut text = Vec::new();
        encode::value(&part.hash, &mut text);
        String::from_utf8(text).ok()
    });
    texts.collect()
}

/// The tables that a request names, in its statements too; `None` if one of those cannot be read.
#[must_use]
pub fn tables_named(request: &Request) -> Option<Vec<String>> {
    match request.target.operation() {
        Some(
            operation @ (Operation::ExecuteStatement
            | Operation::BatchExecuteStatement
            | Operation::ExecuteTransaction),
        ) => {
            let json = request.json().ok()?;
            let asked = all(&Tables::default(), operation, request, json.root())?;
            Some(asked.into_iter().map(|one| one.table).collect())
        }
        _ => Some(request.tables()),
    }
}
