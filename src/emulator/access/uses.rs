//! What a request does to which table: its actions, as policies know them (the service
//! authorization reference of DynamoDB, and the developer guide on fine-grained access).

use std::borrow::Cow;

use crate::{
    emulator::table::{Schema, Table, policy::Context},
    expr::{KeyShape, Placeholders, parse_key_condition},
    partiql::{Parsed, Statement},
    value::{AttributeValue, Decoder, base64},
    wire::{
        Operation,
        json::{Kind, Value},
    },
};

/// One action on one table, index or stream.
pub(super) struct Use<'a> {
    /// `GetItem`
    pub(super) action: Cow<'static, str>,
    /// The table's name, or the ARN of a table or a stream.
    pub(super) named: Cow<'a, str>,
    /// The index.
    pub(super) index: Option<Cow<'a, str>>,
    /// The transaction that it is a part of.
    within: Option<Operation>,
    /// The members that say more of it.
    members: Option<Value<'a>>,
    /// Its items and keys.
    items: Vec<Value<'a>>,
}

impl<'a> Use<'a> {
    fn new(action: impl Into<Cow<'static, str>>, named: Cow<'a, str>) -> Self {
        let action = action.into();
        Self { action, named, index: None, within: None, members: None, items: Vec::new() }
    }

    /// An operation on what one of its members names.
    fn by_member(operation: Operation, request: Value<'a>, member: &str) -> Option<Self> {
        let named = request.get(member)?.as_str()?;
        let mut one = Self::new(operation.name(), named);
        one.index = request.get("IndexName").and_then(Value::as_str);
        one.members = Some(request);
        one.items = ["Key", "Item"].iter().filter_map(|name| request.get(name)).collect();
        Some(one)
    }
}

/// The members that name a table, a stream or something of a table, the most exact first.
const NAMING: [&str; 7] = [
    "TableName",
    "TableArn",
    "ResourceArn",
    "StreamArn",
    "SourceTableName",
    "SourceTableArn",
    "GlobalTableName",
];

/// All that a request does to tables there are. What is about no table has none: no policy is
/// about it.
pub(super) fn of(operation: Operation, request: Value<'_>) -> Vec<Use<'_>> {
    match operation {
        Operation::CreateTable => Vec::new(),
        Operation::BatchGetItem | Operation::BatchWriteItem => of_batch(operation, request),
        Operation::TransactGetItems | Operation::TransactWriteItems => {
            let parts = request.get("TransactItems").into_iter().flat_map(Value::elements);
            parts
                .flat_map(Value::members)
                .filter_map(|(kind, part)| of_part(operation, &kind, part))
                .collect()
        }
        Operation::ExecuteStatement => of_statement(request, None).into_iter().collect(),
        Operation::BatchExecuteStatement => of_statements(request, "Statements", None),
        Operation::ExecuteTransaction => {
            of_statements(request, "TransactStatements", Some(operation))
        }
        Operation::GetRecords => {
            let iterator = request.get("ShardIterator").and_then(Value::as_str);
            // An iterator begins with the stream's ARN.
            let arn = iterator.and_then(|text| Some(text.split_once('|')?.0.to_owned()));
            arn.map(|arn| Use::new(operation.name(), arn.into())).into_iter().collect()
        }
        _ => NAMING
            .iter()
            .find_map(|member| Use::by_member(operation, request, member))
            .into_iter()
            .collect(),
    }
}

fn of_batch(operation: Operation, request: Value<'_>) -> Vec<Use<'_>> {
    let tables = request.get("RequestItems").into_iter().flat_map(Value::members);
    tables.map(|named| of_table(operation, named)).collect()
}

/// One table of a batch: keys to read, or writes.
fn of_table<'a>(operation: Operation, (name, asked): (Cow<'a, str>, Value<'a>)) -> Use<'a> {
    let mut one = Use::new(operation.name(), name);
    one.members = (asked.kind() == Kind::Object).then_some(asked);
    let keys = asked.get("Keys").into_iter().flat_map(Value::elements);
    let writes = asked.elements().flat_map(Value::members);
    let written = writes.filter_map(|(_, write)| write.get("Item").or(write.get("Key")));
    one.items = keys.chain(written).collect();
    one
}

/// A part of a transaction needs the permission of the operation it stands for.
fn of_part<'a>(operation: Operation, kind: &str, part: Value<'a>) -> Option<Use<'a>> {
    let (alone, action) = match kind {
        "Get" => (Operation::GetItem, "GetItem"),
        "Put" => (Operation::PutItem, "PutItem"),
        "Update" => (Operation::UpdateItem, "UpdateItem"),
        "Delete" => (Operation::DeleteItem, "DeleteItem"),
        "ConditionCheck" => (Operation::GetItem, "ConditionCheckItem"),
        _ => return None,
    };
    let one = Use::by_member(alone, part, "TableName")?;
    Some(Use { action: action.into(), within: Some(operation), ..one })
}

fn of_statements<'a>(request: Value<'a>, member: &str, within: Option<Operation>) -> Vec<Use<'a>> {
    let statements = request.get(member).into_iter().flat_map(Value::elements);
    statements.filter_map(|statement| of_statement(statement, within)).collect()
}

/// A statement; one that cannot be read is refused for that. Which keys it is about is not looked
/// at.
fn of_statement(request: Value<'_>, within: Option<Operation>) -> Option<Use<'_>> {
    let text = request.get("Statement")?.as_str()?;
    let parameters = request.get("Parameters").into_iter().flat_map(Value::elements);
    let mut decoder = Decoder::new();
    let parameters: Result<Vec<_>, _> = parameters.map(|value| decoder.value(value)).collect();
    let (action, table, index) = match Parsed::of(&text).ok()?.bind(&parameters.ok()?).ok()? {
        Statement::Select(select) | Statement::Exists(select) => {
            ("PartiQLSelect", select.from.table, select.from.index)
        }
        Statement::Insert(insert) => ("PartiQLInsert", insert.table, None),
        Statement::Update(update) => ("PartiQLUpdate", update.table, None),
        Statement::Delete(delete) => ("PartiQLDelete", delete.table, None),
    };
    let one = Use::new(action, table.into());
    Some(Use { index: index.map(Cow::Owned), within, ..one })
}

impl Use<'_> {
    /// Adds what conditions can ask of it.
    pub(super) fn describe(&self, table: &Table, context: &mut Context) {
        context.set("dynamodb:LeadingKeys", self.leading_keys(table));
        context.set("dynamodb:Attributes", self.attributes());
        if let Some(within) = self.within {
            context.set("dynamodb:EnclosingOperation", vec![within.name().to_owned()]);
        }
        let text = |name| self.members.and_then(|all| all.get(name)).and_then(Value::as_str);
        let select = text("Select").map(Cow::into_owned).or_else(|| {
            let reads = matches!(&*self.action, "Query" | "Scan");
            reads.then(|| {
                let some = text("ProjectionExpression").is_some()
                    || self.members.is_some_and(|all| all.get("AttributesToGet").is_some());
                match (some, &self.index) {
                    (true, _) => "SPECIFIC_ATTRIBUTES".to_owned(),
                    (false, Some(_)) => "ALL_PROJECTED_ATTRIBUTES".to_owned(),
                    (false, None) => "ALL_ATTRIBUTES".to_owned(),
                }
            })
        });
        context.set("dynamodb:Select", select.into_iter().collect());
        for (key, member) in [
            ("dynamodb:ReturnValues", "ReturnValues"),
            ("dynamodb:ReturnConsumedCapacity", "ReturnConsumedCapacity"),
        ] {
            context.set(key, vec![text(member).unwrap_or("NONE".into()).into_owned()]);
        }
    }

    /// The values of partition keys.
    fn leading_keys(&self, table: &Table) -> Vec<String> {
        let index = self.index.as_ref().and_then(|name| table.index(name));
        let schema = index.map_or(&table.key, |(_, index)| &index.key);
        let names = || schema.partition.iter().map(|attribute| &*attribute.name);
        let of_items = self.items.iter().flat_map(|item| names().filter_map(|name| item.get(name)));
        let mut keys: Vec<String> = of_items.filter_map(scalar).collect();
        if let Some(members) = self.members
            && &*self.action == "Query"
        {
            keys.extend(queried(members, schema).unwrap_or_default());
            let conditions = members.get("KeyConditions");
            let old = names().filter_map(|name| conditions?.get(name)?.get("AttributeValueList"));
            keys.extend(old.flat_map(Value::elements).filter_map(scalar));
        }
        keys
    }

    /// The attributes that a request names: of its items and keys, and in its expressions.
    fn attributes(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let items = self.items.iter().flat_map(|item| item.members());
        found.extend(items.map(|(name, _)| name.into_owned()));
        let Some(members) = self.members else { return found };
        let lists = ["AttributesToGet"].iter().filter_map(|name| members.get(name));
        found
            .extend(lists.flat_map(Value::elements).filter_map(Value::as_str).map(Cow::into_owned));
        let maps = ["AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter"];
        let maps = maps.iter().filter_map(|name| members.get(name));
        found.extend(maps.flat_map(Value::members).map(|(name, _)| name.into_owned()));
        let names = members.get("ExpressionAttributeNames");
        for (name, text) in members.members() {
            if name.ends_with("Expression")
                && let Some(text) = text.as_str()
            {
                found.extend(named_in(&text, names));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The values that a key condition sets partition keys equal to.
fn queried(members: Value<'_>, schema: &Schema) -> Option<Vec<String>> {
    let text = members.get("KeyConditionExpression")?.as_str()?;
    let pairs = |name: &str| members.get(name).into_iter().flat_map(Value::members);
    let names = pairs("ExpressionAttributeNames")
        .map(|(key, name)| Some((key.into_owned(), name.as_str()?.into_owned())));
    let mut decoder = Decoder::new();
    let values = pairs("ExpressionAttributeValues")
        .map(|(key, value)| Some((key.into_owned(), decoder.value(value).ok()?)));
    let mut placeholders =
        Placeholders::new(names.collect::<Option<_>>()?, values.collect::<Option<_>>()?);
    let condition = parse_key_condition(&text, &mut placeholders).ok()?;
    let side = |attributes: &'_ [crate::emulator::table::KeyAttribute]| -> Vec<_> {
        attributes.iter().map(|one| (one.name.to_string(), one.kind)).collect()
    };
    let (hash, range) = (side(&schema.partition), side(&schema.sort));
    let hash: Vec<_> = hash.iter().map(|(name, kind)| (&**name, *kind)).collect();
    let range: Vec<_> = range.iter().map(|(name, kind)| (&**name, *kind)).collect();
    let bound = condition.bind(&KeyShape { hash: &hash, range: &range }).ok()?;
    let text = |value: &AttributeValue| match value {
        AttributeValue::S(text) => Some(text.clone()),
        AttributeValue::N(number) => Some(number.to_string()),
        AttributeValue::B(bytes) => Some(base64::text(bytes)),
        _ => None,
    };
    Some(bound.hash.iter().filter_map(|value| text(value)).collect())
}

/// The text of `{"S": "text"}`, and of numbers and binary as they were sent.
fn scalar(value: Value<'_>) -> Option<String> {
    let (_, inner) = value.members().next()?;
    Some(inner.as_str()?.into_owned())
}

/// What no attribute of an expression can be called without a placeholder.
const WORDS: [&str; 9] = ["SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"];

/// The attributes in an expression: words that are no function, no step of a path and no value.
fn named_in(text: &str, names: Option<Value<'_>>) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || "_#:".contains(c);
    let mut found = Vec::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(start) = rest.find(is_word) {
        before = rest[..start].trim_end().chars().next_back().unwrap_or(before);
        let word = &rest[start..];
        let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let is_path_step = before == '.';
        let is_call = after.trim_start().starts_with('(') && !is_keyword(word);
        let is_name = !word.starts_with(|c: char| c == ':' || c.is_ascii_digit());
        if is_name && !is_path_step && !is_call && !is_keyword(word) {
            let given = names.filter(|_| word.starts_with('#'));
            let name = given.and_then(|names| names.get(word)?.as_str());
            found.push(name.map_or_else(|| word.to_owned(), Cow::into_owned));
        }
        before = ' ';
        rest = after;
    }
    found
}

fn is_keyword(word: &str) -> bool {
    WORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    #[test]
    fn attributes_are_found_in_expressions_and_nothing_else_is() {
        let names = Json::parse(r##"{"#d":"day"}"##.to_owned()).unwrap();
        for (text, found) in [
            ("SET a = if_not_exists(b, :c) + :d REMOVE e.f[0].g, #d", &["a", "b", "e", "day"][..]),
            ("size(a) > :n AND (NOT b IN (:x, :y))", &["a", "b"]),
            ("a.#d, c[1]", &["a", "c"]),
        ] {
            assert_eq!(named_in(text, Some(names.root())), found, "{text}");
        }
    }
}
