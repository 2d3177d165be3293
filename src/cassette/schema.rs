//! A table's keys, in the short form of the header: `{"pk": "pk:S", "gsi": {"byDay": "day:S,ts:N"}}`.

use super::{Answer, Interaction};
use crate::wire::{
    Operation,
    json::{Json, Kind, Value, Writer, compact},
    named_in,
};

/// A key attribute: its name and its type (`S`, `N` or `B`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute {
    /// The attribute's name.
    pub name: String,
    /// `S`, `N` or `B`.
    pub kind: String,
    /// Whether it is a sort key (`RANGE`).
    pub sort: bool,
}

/// The keys of a table and of its indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableSchema {
    /// The table's key: partition first.
    pub key: Vec<KeyAttribute>,
    /// Global secondary indexes by name.
    pub gsi: Vec<(String, Vec<KeyAttribute>)>,
    /// Local secondary indexes by name.
    pub lsi: Vec<(String, Vec<KeyAttribute>)>,
    /// The JSON text it was read from, where that says more than the rest of this does.
    pub written: Option<String>,
}

impl TableSchema {
    /// Reads the schema out of a table description (or a CreateTable request).
    #[must_use]
    pub fn from_description(table: Value<'_>) -> Option<Self> {
        let definitions = table.get("AttributeDefinitions")?;
        let kind_of = |name: &str| {
            let mut all = definitions.elements();
            let found = all.find(|entry| {
                entry.get("AttributeName").and_then(Value::as_str).as_deref() == Some(name)
            })?;
            found.get("AttributeType")?.as_str().map(std::borrow::Cow::into_owned)
        };
        let key_of = |owner: Value<'_>| -> Option<Vec<KeyAttribute>> {
            let elements = owner.get("KeySchema")?.elements();
            let attributes = elements.map(|element| {
                let name = element.get("AttributeName")?.as_str()?.into_owned();
                let sort = element.get("KeyType")?.as_str()? == "RANGE";
                Some(KeyAttribute { kind: kind_of(&name)?, name, sort })
            });
            attributes.collect()
        };
        let indexes = |member: &str| -> Option<Vec<(String, Vec<KeyAttribute>)>> {
            let list = table.get(member).into_iter().flat_map(Value::elements);
            list.map(|index| Some((index.get("IndexName")?.as_str()?.into_owned(), key_of(index)?)))
                .collect()
        };
        Some(Self {
            key: key_of(table)?,
            gsi: indexes("GlobalSecondaryIndexes")?,
            lsi: indexes("LocalSecondaryIndexes")?,
            written: None,
        })
    }

    pub(super) fn write(&self, json: &mut Writer) {
        if let Some(written) = &self.written {
            return json.raw(written.as_bytes());
        }
        json.object(|json| {
            for attribute in &self.key {
                json.key(if attribute.sort { "sk" } else { "pk" });
                json.string(&format!("{}:{}", attribute.name, attribute.kind));
            }
            for (member, indexes) in [("gsi", &self.gsi), ("lsi", &self.lsi)] {
                if indexes.is_empty() {
                    continue;
                }
                json.key(member);
                json.object(|json| {
                    for (name, key) in indexes {
                        json.key(name);
                        json.string(&print(key));
                    }
                });
            }
        });
    }

    pub(super) fn read(value: Value<'_>) -> Option<Self> {
        let one = |member: &str, sort: bool| -> Vec<KeyAttribute> {
            let text = value.get(member).and_then(Value::as_str);
            text.and_then(|text| attribute(&text, sort)).into_iter().collect()
        };
        let indexes = |member: &str| {
            let members = value.get(member).into_iter().flat_map(Value::members);
            members
                .filter_map(|(name, key)| Some((name.into_owned(), parse(&key.as_str()?)?)))
                .collect()
        };
        let key = [one("pk", false), one("sk", true)].concat();
        if value.kind() != Kind::Object || key.is_empty() {
            return None;
        }
        let mut schema = Self { key, gsi: indexes("gsi"), lsi: indexes("lsi"), written: None };
        let (mut rewritten, text) = (Writer::new(), compact(value));
        schema.write(&mut rewritten);
        if rewritten.into_bytes() != text.as_bytes() {
            schema.written = Some(text);
        }
        Some(schema)
    }
}

/// The tables that the recording's own answers describe.
#[must_use]
pub fn tables_described(interactions: &[Interaction]) -> Vec<(String, TableSchema)> {
    let mut tables: Vec<(String, TableSchema)> = Vec::new();
    for interaction in interactions {
        let member = match interaction.target.operation() {
            Some(Operation::DescribeTable) => "Table",
            Some(Operation::CreateTable | Operation::UpdateTable) => "TableDescription",
            _ => continue,
        };
        let Answer::Http { body, .. } = &interaction.answer else { continue };
        let Ok(json) = Json::parse(body.clone()) else { continue };
        let Some(table) = json.root().get(member) else { continue };
        let name = table.get("TableName").and_then(Value::as_str);
        let name = name.map(|name| named_in(interaction.region.as_deref(), &name));
        if let (Some(name), Some(schema)) = (name, TableSchema::from_description(table)) {
            match tables.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = schema,
                None => tables.push((name, schema)),
            }
        }
    }
    tables.sort_by(|(a, _), (b, _)| a.cmp(b));
    tables
}

/// `a:S,b:N`: partition attributes, then sort attributes. A `;` stands between the two where a
/// multi-attribute key leaves room for doubt.
fn print(key: &[KeyAttribute]) -> String {
    let side = |sort: bool| {
        let attributes = key.iter().filter(|attribute| attribute.sort == sort);
        attributes
            .map(|attribute| format!("{}:{}", attribute.name, attribute.kind))
            .collect::<Vec<_>>()
    };
    let (partition, sort) = (side(false), side(true));
    let between = if partition.len() > 1 || sort.len() > 1 { ";" } else { "," };
    if sort.is_empty() && partition.len() == 1 {
        partition.join(",")
    } else {
        format!("{}{between}{}", partition.join(","), sort.join(","))
    }
}

fn parse(text: &str) -> Option<Vec<KeyAttribute>> {
    let Some((partition, sort)) = text.split_once(';') else {
        return text.split(',').enumerate().map(|(at, part)| attribute(part, at > 0)).collect();
    };
    let partition = partition.split(',').map(|part| attribute(part, false));
    let sort = sort.split(',').filter(|part| !part.is_empty());
    partition.chain(sort.map(|part| attribute(part, true))).collect()
}

fn attribute(text: &str, sort: bool) -> Option<KeyAttribute> {
    let (name, kind) = text.rsplit_once(':')?;
    matches!(kind, "S" | "N" | "B").then(|| KeyAttribute {
        name: name.into(),
        kind: kind.into(),
        sort,
    })
}
