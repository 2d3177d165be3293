//! SearchVectors: the items whose vectors are nearest to one (aws-facts 11).

use std::{borrow::Cow, sync::Arc};

use thiserror::Error;

use super::{Op, single, strict};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{self, Report},
        door::Caller,
        expression::{Naming, Reader, Taking},
        fault::Manner,
        figures::Figures,
        key::{KeyError, emptiness},
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{Table, VectorIndex},
        vector, write,
    },
    expr::{Projection, SearchTest, parse_search_condition},
    storage::Read,
    value::{AttributeValue, Item, Layer, Type, encode},
    wire::{
        Fault, Operation,
        json::{Value, Writer},
    },
};

/// The operation.
pub(super) struct SearchVectors;

/// How many results there are at most.
const MOST: i32 = 100;
/// The least that a search is charged for (aws-facts 6.10).
const LEAST_BYTES: u64 = 1024;

/// What is told together (aws-facts 11.6, 3); the upper bounds are inferred.
const TOGETHER: &[Rule] = &[
    Rule::newer("IndexName", &[Limit::Shortest(3), Limit::Longest(255)]),
    Rule::newer("SearchVector", &[Limit::Shortest(1), Limit::Longest(4096)]),
    Rule::newer("TopK", &[Limit::Least(1)]),
];

const TAKING: Taking = Taking {
    manner: Manner::Bare,
    names_in: &["SearchConditionExpression", "ProjectionExpression"],
    values_in: &["SearchConditionExpression"],
    without: "",
    names_structure: false,
    names_unset: Naming::Never,
};

/// A search that is refused, in the order of aws-facts 11.6.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum SearchError {
    #[error(
        "Provided TopK value '{0}' is out of valid range. The value must be between 1 and {MOST} inclusive"
    )]
    TopK(i32),
    #[error(
        "Search vector contains invalid values. All values in the search vector must be a 32-bit floating-point number attribute"
    )]
    Vector,
    #[error("This type mapping is not supported")]
    InternalType,
    #[error("The table does not have the specified index: {0}")]
    NoIndex(String),
    #[error("Cannot search backfilling vector index: {0}")]
    Backfilling(Box<str>),
    #[error("Input search vector dimension {sent} does not match vector index dimension {index}")]
    Dimensions { sent: usize, index: usize },
    #[error(
        "SearchConditionExpression must not contain any attributes that is not in SearchSchema. Invalid attribute: {0}"
    )]
    NotInSchema(String),
    #[error("SearchConditionExpression must be provided when SearchSchema has a HASH key")]
    NoHash,
    #[error(
        "Type of '{attribute}' attribute in SearchConditionExpression ({sent}) does not match type in search schema ({schema})"
    )]
    Type { attribute: String, sent: Type, schema: Type },
}

impl From<SearchError> for Fault {
    fn from(error: SearchError) -> Self {
        Self::validation(error.to_string())
    }
}

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    index: Cow<'a, str>,
    vector: Vec<f32>,
    tests: Vec<SearchTest>,
    projection: Option<Projection>,
    most: usize,
    report: Report,
}

/// What is answered.
pub(super) struct Output {
    /// Items as JSON, the nearest first.
    results: Vec<(Vec<u8>, f64)>,
    bytes: f64,
    report: Report,
}

impl Op for SearchVectors {
    const OPERATION: Operation = Operation::SearchVectors;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("IndexName", Shape::Text),
        Member("SearchVector", Shape::List(&Shape::Value)),
        Member("TopK", Shape::Integer),
        Member("SearchConditionExpression", Shape::Text),
        Member("ProjectionExpression", Shape::Text),
        Member("ExpressionAttributeNames", single::NAMES),
        Member("ExpressionAttributeValues", Shape::Values),
        Member("ReturnConsumedCapacity", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn read(request: Value<'_>) -> Result<(), Fault> {
        strict::read(request)
    }

    /// Where the operation is served it is on the newer layer (aws-facts 1.2).
    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[&[rule::EMPTY_TABLE_NAME], TOGETHER])?;
        // In no envelope (aws-facts 1.5, 11.6).
        for rule in [rule::TABLE_NAME, rule::CAPACITY] {
            if let Some(text) = rule::broken(sent, &[rule]).into_iter().next() {
                return Err(Fault::validation(text));
            }
        }
        let most = sent.integer("TopK").map_or(0, |top| top.value);
        if most > MOST {
            return Err(SearchError::TopK(most).into());
        }
        let vector = sent.get("SearchVector").into_iter().flat_map(Value::elements);
        let number = |element: Value<'_>| {
            let text = element.get("N").and_then(Value::as_str);
            text.and_then(|text| vector::query(&text)).ok_or(SearchError::Vector)
        };
        let vector = vector.map(number).collect::<Result<_, _>>()?;
        let values = sent.get("ExpressionAttributeValues");
        let mut named = values.into_iter().flat_map(Value::members);
        if named.any(|(_, value)| strict::is_internal(value)) {
            return Err(SearchError::InternalType.into());
        }
        let mut reader = Reader::on(Layer::Newer);
        let named = reader.named(sent.get("ExpressionAttributeNames"), values)?;
        let mut expressions = named.check_searching(sent, TAKING)?;
        let condition = sent.text("SearchConditionExpression");
        let tests = expressions.parse(condition.as_deref(), parse_search_condition);
        let tests = tests.map_err(|error| expressions.refuse(&error))?;
        let projection = expressions.projection(sent.text("ProjectionExpression").as_deref());
        let projection = projection.map_err(|error| expressions.refuse(&error))?;
        expressions.finish()?;
        Ok(Input {
            table: sent.text("TableName").unwrap_or_default(),
            index: sent.text("IndexName").unwrap_or_default(),
            vector,
            tests: tests.unwrap_or_default(),
            projection,
            most: usize::try_from(most).unwrap_or_default(),
            report: Report::of(sent),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let store = emulator.store.read()?;
        let table = emulator.table(&*store, caller, super::table_name(&input.table))?;
        let (place, index) = find(&table, &input)?;
        check(index, &input)?;
        let named = |name: &str| {
            let mut tests = input.tests.iter();
            tests.find(|(attribute, _)| attribute == name).map(|(_, value)| &**value)
        };
        let wanted = vector::labels(index, named);
        // A search is never consistent (the API has no member for it).
        let old = emulator.old(false);
        let items: &dyn Read = old.as_deref().map_or(&*store, |old| old);
        let hits = vector::search(items, &table, index, &input.vector, &wanted, input.most)?;
        let mut results = Vec::with_capacity(hits.len());
        for hit in hits {
            // The entry shares its place with an item: both change in one transaction.
            let Some(item) = write::item_at(items, &hit.place)? else { continue };
            let shown = shown(&table, index, &item, input.projection.as_ref());
            results.push((json(&shown, &index.attribute), hit.score));
        }
        // The service's own figure moves by itself; that it goes by the size of the index is
        // inferred (aws-facts 6.10).
        let size = Figures::of(&table, items)?.vector(place).bytes;
        Ok(Output { results, bytes: size.max(LEAST_BYTES) as f64, report: input.report })
    }

    fn encode(output: Output, json: &mut Writer) {
        if output.report != Report::None {
            json.key("ConsumedCapacity");
            json.object(|json| {
                capacity::write_double(json, "VectorSearchRequestBytes", output.bytes);
            });
        }
        json.key("SearchResults");
        json.array(|json| {
            for (item, score) in &output.results {
                json.object(|json| {
                    json.key("Item");
                    json.raw(item);
                    capacity::write_double(json, "Score", *score);
                });
            }
        });
    }
}

/// The index that is searched (aws-facts 11.6, 13 and 14).
fn find<'a>(
    table: &'a Arc<Table>,
    input: &Input<'_>,
) -> Result<(usize, &'a VectorIndex), SearchError> {
    let found = table.vector(&input.index);
    let (place, index) = found.ok_or_else(|| SearchError::NoIndex(input.index.to_string()))?;
    match table.index_creation(&index.name) {
        Some(_) => Err(SearchError::Backfilling(index.name.clone())),
        None => Ok((place, index)),
    }
}

/// Whether the vector and the condition fit the index (aws-facts 11.6, 15 to 19).
fn check(index: &VectorIndex, input: &Input<'_>) -> Result<(), Fault> {
    let (sent, dimensions) = (input.vector.len(), index.dimensions);
    if sent != dimensions {
        return Err(SearchError::Dimensions { sent, index: dimensions }.into());
    }
    let known = |name: &str| index.search().find(|attribute| *attribute.name == *name);
    if let Some((name, _)) = input.tests.iter().find(|(name, _)| known(name).is_none()) {
        return Err(SearchError::NotInSchema(name.clone()).into());
    }
    let value_of = |name: &str| input.tests.iter().find(|(other, _)| other == name);
    let hash = index.hash.as_ref().map(|hash| value_of(&hash.name).ok_or(SearchError::NoHash));
    let hash = hash.transpose()?;
    for (name, value) in &input.tests {
        let Some(schema) = known(name).map(|attribute| attribute.kind) else { continue };
        if value.kind() != schema {
            let (attribute, sent) = (name.clone(), value.kind());
            return Err(SearchError::Type { attribute, sent, schema }.into());
        }
    }
    match hash.and_then(|(name, value)| Some((name, emptiness(value)?))) {
        Some((name, kind)) => Err(KeyError::Empty { kind, name: name.as_str().into() }.into()),
        None => Ok(()),
    }
}

/// What of an item is returned: what the index has of it. Its vector has to be asked for, and be
/// projected (aws-facts 11.7).
fn shown(table: &Table, index: &VectorIndex, item: &Item, projection: Option<&Projection>) -> Item {
    let has = |name: &str| {
        vector::projects(table, index, name) && (projection.is_some() || *index.attribute != *name)
    };
    let kept = item.iter().filter(|(name, _)| has(name));
    let kept: Item = kept.map(|(name, value)| (name, value.clone())).collect();
    projection.map_or_else(|| kept.clone(), |projection| projection.apply(&kept))
}

/// An item as JSON, with the numbers of its vector as the 32-bit floats that the index has: `1` is
/// `1.0` (aws-facts 11.4).
fn json(item: &Item, vector: &str) -> Vec<u8> {
    let mut json = Writer::new();
    json.object(|json| {
        for (name, value) in item.iter() {
            json.key(name);
            match value {
                AttributeValue::L(list) if *name == *vector => json.object(|json| {
                    json.key("L");
                    json.array(|json| list.iter().for_each(|element| float(element, json)));
                }),
                value => {
                    let mut text = Vec::new();
                    encode::value(value, &mut text);
                    json.raw(&text);
                }
            }
        }
    });
    json.into_bytes()
}

fn float(element: &AttributeValue, json: &mut Writer) {
    let AttributeValue::N(number) = element else { return };
    let float = vector::float(*number).unwrap_or_default();
    json.object(|json| {
        json.key("N");
        json.string(&format!("{float:?}"));
    });
}

#[cfg(test)]
mod tests;
