//! BatchWriteItem: up to 25 puts and deletes, each on its own.

use std::{borrow::Cow, sync::Arc};

use super::{Op, single};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{Charge, Report, Side},
        door::Caller,
        echo::{self, Class, Form},
        expression::{Held, Reader},
        fault::Manner,
        key::{self, KeyError},
        rule,
        shape::{Member, Sent, Shape},
        table::Table,
        write::{self, Cause},
    },
    storage::StoreError,
    value::{AttributeValue, Item, Layer, Stored, size},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct BatchWriteItem;

const PUT: &[Member] = &[Member("Item", Shape::Values)];
const DELETE: &[Member] = &[Member("Key", Shape::Values)];
const REQUEST_MEMBERS: &[Member] = &[
    Member("PutRequest", Shape::Structure("PutRequest", PUT)),
    Member("DeleteRequest", Shape::Structure("DeleteRequest", DELETE)),
];
const REQUEST: Shape = Shape::Structure("WriteRequest", REQUEST_MEMBERS);

/// It is on the older layer but in two of 33 regions, and which those are is not known
/// (aws-facts 1.2, 1.4).
const LAYER: Layer = Layer::Older;

/// How the map is shown (aws-facts 2.8, 7.2).
const SHOWN: Form = Form::Map(&Form::List(&Form::Object(&Class(
    "WriteRequest",
    &[
        ("putRequest", Some(("PutRequest", Form::Object(&SHOWN_PUT)))),
        ("deleteRequest", Some(("DeleteRequest", Form::Object(&SHOWN_DELETE)))),
    ],
))));
static SHOWN_PUT: Class =
    Class("PutRequest", &[("item", Some(("Item", echo::VALUES))), echo::WORKLOAD]);
static SHOWN_DELETE: Class =
    Class("DeleteRequest", &[("key", Some(("Key", echo::VALUES))), echo::WORKLOAD]);

/// What is asked.
pub(super) struct Input<'a> {
    tables: Vec<(Cow<'a, str>, Vec<Write>)>,
    report: Report,
    metrics: bool,
}

/// One of the writes.
enum Write {
    Put(Stored),
    Delete(Item),
}

/// What is answered.
pub(super) struct Output {
    tables: Vec<Answer>,
    report: Report,
    metrics: bool,
}

struct Answer {
    table: Arc<Table>,
    charge: Charge,
    collections: Vec<AttributeValue>,
    /// The requests, as they can be sent again.
    unprocessed: Vec<Vec<u8>>,
}

impl Op for BatchWriteItem {
    const OPERATION: Operation = Operation::BatchWriteItem;
    const MEMBERS: &'static [Member] = &[
        Member(
            "RequestItems",
            Shape::Map(
                "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>",
                &Shape::Cast(&Shape::List(&REQUEST)),
            ),
        ),
        Member("ReturnConsumedCapacity", Shape::Text),
        Member("ReturnItemCollectionMetrics", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let mut reader = Reader::on(LAYER);
        let mut read = Vec::new();
        let entries = sent.get("RequestItems").into_iter().flat_map(|map| map.members());
        for (name, list) in entries {
            let requests = list.elements().map(|one| Sent::of(one, REQUEST_MEMBERS));
            let writes = requests.map(|one| request(&mut reader, &one));
            read.push((name, writes.collect::<Result<Vec<_>, _>>()?));
        }
        check_members(sent, &read)?;
        let mut tables = Vec::with_capacity(read.len());
        for (table, requests) in read {
            let writes = requests.into_iter().map(write_of).collect::<Result<Vec<_>, _>>()?;
            tables.push((table, writes));
        }
        Ok(Input { tables, report: Report::of(sent), metrics: single::wants_metrics(sent) })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        // Before others have to wait for this one.
        for write in input.tables.iter().flat_map(|(_, writes)| writes) {
            write.after().map(Stored::text);
        }
        let mut store = emulator.store.write()?;
        let now = emulator.now();
        let mut found = Vec::with_capacity(input.tables.len());
        for (name, writes) in &input.tables {
            let table = emulator.table(store.as_read(), caller, super::table_name(name))?;
            let places = writes.iter().map(|write| checked_place(&table, write));
            let places = places.collect::<Result<Vec<_>, _>>()?;
            found.push((table, places, writes));
        }
        // After the keys of all writes (aws-facts 7.2).
        if found.iter().any(|(_, places, _)| has_repeats(places)) {
            return Err(Fault::validation(super::DUPLICATE_KEYS));
        }
        let mut tables = Vec::with_capacity(found.len());
        let (mut served, mut throttled) = (0, None);
        for (table, places, writes) in found {
            let (mut charge, mut collections) = (Charge::default(), Vec::new());
            let mut unprocessed = Vec::new();
            for (at, (place, write)) in places.iter().zip(writes).enumerate() {
                let old = write::stored_at(store.as_read(), place)?;
                let (key, new) = (write.values()?, write.after());
                let cause = Cause::Request(now);
                let cost = write::replace(&mut *store, &table, place, old.as_ref(), new, cause)?;
                let cost = cost.about(&table, key);
                if let Err(refused) = emulator.spend_one(Side::Write, &table, &cost) {
                    // As if it had not been: what it costs is known only when it is done.
                    write::replace(&mut *store, &table, place, new, old.as_ref(), Cause::Undo)?;
                    let left = writes[at..].iter().map(Write::json);
                    unprocessed = left.collect::<Result<_, _>>()?;
                    throttled = Some(refused);
                    break;
                }
                served += 1;
                charge.add(&cost);
                let collection = single::Written::collection(&table, key, input.metrics);
                if let Some(partition) = collection.filter(|one| !collections.contains(one)) {
                    collections.push(partition);
                }
            }
            tables.push(Answer { table, charge, collections, unprocessed });
        }
        // A request of which nothing is processed is refused (the API's documentation).
        if let Some(refused) = throttled.filter(|_| served == 0) {
            return Err(refused.into());
        }
        store.commit()?;
        Ok(Output { tables, report: input.report, metrics: input.metrics })
    }

    fn encode(output: Output, json: &mut Writer) {
        if output.report != Report::None {
            json.key("ConsumedCapacity");
            json.array(|json| {
                for answer in &output.tables {
                    answer.charge.write(&answer.table, output.report, None, json);
                }
            });
        }
        let collected = output.tables.iter().filter(|answer| !answer.collections.is_empty());
        if output.metrics && collected.clone().next().is_some() {
            json.key("ItemCollectionMetrics");
            json.object(|json| {
                for answer in collected {
                    json.key(&answer.table.name);
                    json.array(|json| {
                        for partition in &answer.collections {
                            single::write_collection(&answer.table, partition, json);
                        }
                    });
                }
            });
        }
        json.key("UnprocessedItems");
        json.object(|json| {
            for answer in output.tables.iter().filter(|answer| !answer.unprocessed.is_empty()) {
                json.key(&answer.table.name);
                json.array(|json| answer.unprocessed.iter().for_each(|write| json.raw(write)));
            }
        });
    }
}

impl Write {
    /// The item or the key.
    fn values(&self) -> Result<&Item, StoreError> {
        match self {
            Self::Put(item) => item.item().map_err(write::broken),
            Self::Delete(key) => Ok(key),
        }
    }

    /// What is there then.
    fn after(&self) -> Option<&Stored> {
        match self {
            Self::Put(item) => Some(item),
            Self::Delete(_) => None,
        }
    }

    /// The request that asks for it.
    fn json(&self) -> Result<Vec<u8>, StoreError> {
        let (request, member) = match self {
            Self::Put(_) => ("PutRequest", "Item"),
            Self::Delete(_) => ("DeleteRequest", "Key"),
        };
        let item = single::json(self.values()?);
        let mut json = Writer::new();
        json.object(|json| {
            json.key(request);
            json.object(|json| {
                json.key(member);
                json.raw(&item);
            });
        });
        Ok(json.into_bytes())
    }
}

/// A put or a delete; one must be there, and only one.
type Request = (Option<Held<Item>>, Option<Held<Item>>);

fn request(reader: &mut Reader, sent: &Sent<'_>) -> Result<Request, Fault> {
    let part = |name, member| sent.structure(name).and_then(|part| part.get(member));
    let put = reader.item(part("PutRequest", "Item"))?;
    Ok((put, reader.item(part("DeleteRequest", "Key"))?))
}

fn write_of(request: Request) -> Result<Write, Fault> {
    let refuse = |error| Manner::Bare.refuse_value(&error, LAYER);
    match request {
        (Some(item), None) => {
            let item = item.map_err(refuse)?;
            if size::item(&item) > size::MAX_ITEM {
                return Err(Fault::validation("Item size has exceeded the maximum allowed size"));
            }
            Ok(Write::Put(item.into()))
        }
        (None, Some(key)) => Ok(Write::Delete(key.map_err(refuse)?)),
        _ => Err(Fault::validation(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of \
             the supported datatypes",
        )),
    }
}

/// The order of aws-facts 7.2 (12 regions, 2026-10-08 and 09).
fn check_members(sent: &Sent<'_>, read: &[(Cow<'_, str>, Vec<Request>)]) -> Result<(), Fault> {
    if read.is_empty() {
        return Err(Fault::validation("The requestItems parameter is required for BatchWriteItem"));
    }
    let map = || sent.get("RequestItems").map(|map| echo::text(map, SHOWN)).unwrap_or_default();
    let mut broken = Vec::new();
    if read.iter().any(|(_, list)| !(1..=25).contains(&list.len())) {
        broken.push(format!(
            "Value '{}' at 'requestItems' failed to satisfy constraint: Map value must satisfy \
             constraint: [Member must have length less than or equal to 25, Member must have \
             length greater than or equal to 1]",
            map()
        ));
    }
    broken.extend(rule::broken(sent, &[rule::CAPACITY, rule::METRICS]));
    if broken.is_empty() {
        broken = super::wrong_map_keys(read.iter().map(|(name, _)| &**name), map);
    }
    if !broken.is_empty() {
        return Err(rule::together(&broken));
    }
    let sum: usize = read.iter().map(|(_, list)| list.len()).sum();
    match sum > 25 {
        // Of one table that is worded above. For several together: known of the service for years,
        // no dated capture.
        true => Err(Fault::validation("Too many items requested for the BatchWriteItem call")),
        false => Ok(()),
    }
}

/// A put whose key is wrong is refused as a lookup is (aws-facts 3.4, eu-west-2).
fn checked_place(table: &Table, write: &Write) -> Result<Vec<u8>, Fault> {
    let values = write.values()?;
    match write {
        Write::Delete(_) => key::check_lookup(&table.key, values)?,
        Write::Put(_) => {
            key::check_item(&table.key, values).map_err(|error| match error {
                KeyError::Missing(_) | KeyError::Type { .. } => KeyError::Mismatch,
                other => other,
            })?;
            key::check_index_keys(table, values)?;
        }
    }
    Ok(write::place(table, values))
}

fn has_repeats(places: &[Vec<u8>]) -> bool {
    places.iter().enumerate().any(|(at, place)| places[..at].contains(place))
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    #[test]
    fn puts_and_deletes_and_reports_together() {
        let emulator = with_table();
        ask(
            &emulator,
            "PutItem",
            r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#,
        );
        let answer = ask(
            &emulator,
            "BatchWriteItem",
            r#"{"RequestItems":{"table":[{"DeleteRequest":{"Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}},{"PutRequest":{"Item":{"pk":{"S":"b"},"sk":{"N":"1"},"gk":{"S":"g"}}}}]},"ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"}"#,
        );
        assert_eq!(
            answer,
            r#"{"ConsumedCapacity":[{"CapacityUnits":3.0,"GlobalSecondaryIndexes":{"gsi":{"CapacityUnits":1.0}},"Table":{"CapacityUnits":2.0},"TableName":"table"}],"ItemCollectionMetrics":{"table":[{"ItemCollectionKey":{"pk":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]},{"ItemCollectionKey":{"pk":{"S":"b"}},"SizeEstimateRangeGB":[0.0,1.0]}]},"UnprocessedItems":{}}"#
        );
        assert_eq!(
            ask(&emulator, "Scan", r#"{"TableName":"table","Select":"COUNT"}"#),
            r#"{"Count":1,"ScannedCount":1}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_writes_nothing_then() {
        let emulator = with_table();
        for (request, text) in [
            (r#"{"RequestItems":{}}"#, "The requestItems parameter is required for BatchWriteItem"),
            (
                r#"{"RequestItems":{"table":[]}}"#,
                "1 validation error detected: Value '{table=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]",
            ),
            (
                r#"{"RequestItems":{"table":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}},{"PutRequest":{"Item":{"pk":{"S":"a"}}}}]}}"#,
                "The provided key element does not match the schema",
            ),
            (
                r#"{"RequestItems":{"table":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}}]}}"#,
                "Provided list of item keys contains duplicates",
            ),
            (
                r#"{"RequestItems":{"table":[{}]}}"#,
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
            ),
            (
                r#"{"RequestItems":{"table":[{"PutRequest":{"Item":{"pk":{"NS":["1","1"]}}}}]}}"#,
                "Input collection contains duplicates",
            ),
        ] {
            assert_eq!(message(&emulator, "BatchWriteItem", request), text, "{request}");
        }
        assert_eq!(
            ask(&emulator, "Scan", r#"{"TableName":"table","Select":"COUNT"}"#),
            r#"{"Count":0,"ScannedCount":0}"#
        );
    }
}
