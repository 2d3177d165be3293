//! How a table is made before its items are there, and what is switched on afterwards.

use anyhow::Context as _;

use crate::{
    conformance::create_from_description,
    value::Type,
    wire::{
        Operation,
        json::{Json, Value, Writer},
    },
};

/// Members of a definition that are requests of their own, made when the items are there: what is
/// loaded is not news to a stream.
const LATER: [(&str, Operation); 2] = [
    ("StreamSpecification", Operation::UpdateTable),
    ("TimeToLiveSpecification", Operation::UpdateTimeToLive),
];

/// A table's definition.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    /// The body of CreateTable.
    pub(super) create: Vec<u8>,
    /// What is asked when the items are there.
    pub(super) later: Vec<(Operation, Vec<u8>)>,
    kinds: Vec<(String, Type)>,
}

impl Definition {
    /// Reads what CreateTable takes, or what DescribeTable answers.
    pub(super) fn read(value: Value<'_>) -> anyhow::Result<Self> {
        let described = value.get("Table").filter(|table| table.get("KeySchema").is_some());
        let Some(table) = described else { return Self::of(value, value) };
        if table.get("TableStatus").is_none() {
            return Self::of(table, value);
        }
        let request = create_from_description(table);
        let json = request.json().context("a description")?;
        Self::of(json.root(), value)
    }

    /// `around`: where members may stand besides that CreateTable does not know.
    fn of(value: Value<'_>, around: Value<'_>) -> anyhow::Result<Self> {
        let name = value.get("TableName").and_then(Value::as_str);
        let name = name.context("there is no TableName")?.into_owned();
        let mut create = Writer::new();
        create.object(|json| {
            let own =
                value.members().filter(|(member, _)| LATER.iter().all(|(one, _)| one != member));
            for (member, value) in own {
                json.key(&member);
                json.raw(value.raw().as_bytes());
            }
        });
        let later = LATER.iter().filter_map(|(member, operation)| {
            let said = value.get(member).or_else(|| around.get(member))?;
            let mut json = Writer::new();
            json.object(|json| {
                json.key("TableName");
                json.string(&name);
                json.key(member);
                json.raw(said.raw().as_bytes());
            });
            let off = said.get("StreamEnabled").or_else(|| said.get("Enabled"));
            let off = off.and_then(Value::as_bool) == Some(false);
            (!off).then(|| (*operation, json.into_bytes()))
        });
        let later = later.collect();
        let attributes = value.get("AttributeDefinitions").into_iter().flat_map(Value::elements);
        let kinds = attributes.filter_map(|attribute| {
            let kind = match &*attribute.get("AttributeType")?.as_str()? {
                "N" => Type::N,
                "B" => Type::B,
                _ => Type::S,
            };
            Some((attribute.get("AttributeName")?.as_str()?.into_owned(), kind))
        });
        let kinds = kinds.collect();
        Ok(Self { name, create: create.into_bytes(), later, kinds })
    }

    /// Reads a file's text.
    pub(super) fn parse(text: Vec<u8>) -> anyhow::Result<Self> {
        let json = Json::parse(text).context("it is no JSON")?;
        Self::read(json.root())
    }

    /// The type of an attribute that is a key's.
    pub(super) fn kind(&self, name: &str) -> Option<Type> {
        self.kinds.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind)
    }
}
