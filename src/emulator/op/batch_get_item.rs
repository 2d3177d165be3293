//! BatchGetItem: up to a hundred items of several tables, each read on its own.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;

use super::{
    Op,
    single::{self, json},
};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{Charge, Report, Side, read_units},
        door::Caller,
        expression::{Naming, Reader, Taking},
        fault::{self, Manner},
        key, legacy,
        rule::{self, Limit, Rule, Stages},
        shape::{Member, Sent, Shape},
        table::Table,
        vector, write,
    },
    expr::Projection,
    value::Item,
    wire::{
        Fault, Operation,
        json::{Writer, compact},
    },
};

/// The operation.
pub(super) struct BatchGetItem;

/// How much one answer carries (aws-facts 7.1).
const MOST_BYTES: usize = 16 * 1024 * 1024;

const TABLE_MEMBERS: &[Member; 5] = &[
    Member("Keys", Shape::List(&Shape::Cast(&Shape::Values))),
    Member("ConsistentRead", Shape::Boolean),
    Member("ProjectionExpression", Shape::Text),
    Member("ExpressionAttributeNames", single::NAMES),
    Member("AttributesToGet", Shape::Texts),
];
const TABLE: Shape = Shape::Structure("KeysAndAttributes", TABLE_MEMBERS);

/// An empty map the older layer refuses in other words, which are those of BatchWriteItem:
/// inferred (aws-facts 7.1, me-central-1 2026-09-02).
const STAGES: Stages = Stages {
    newer: &[PRESENT, &[Rule::newer("RequestItems", &[Limit::Shortest(1)])]],
    older: &[PRESENT],
};
const PRESENT: &[Rule] = &[Rule::older("RequestItems", &[Limit::Required])];

const TAKING: Taking = Taking {
    manner: Manner::Bare,
    names_in: &["ProjectionExpression"],
    values_in: &[],
    without: "",
    names_structure: true,
    names_unset: Naming::Never,
};

/// What is asked.
pub(super) struct Input<'a> {
    tables: Vec<Ask<'a>>,
    report: Report,
}

/// What is asked of one table.
struct Ask<'a> {
    table: Cow<'a, str>,
    keys: Vec<Item>,
    projection: Option<Projection>,
    consistent: bool,
    /// The members besides the keys, to give back with keys that are not processed.
    settings: Vec<(&'static str, &'a str)>,
}

/// What is answered.
pub(super) struct Output {
    tables: Vec<Answer>,
    report: Report,
}

struct Answer {
    table: Arc<Table>,
    items: Vec<Bytes>,
    charge: Charge,
    /// The members of the table's entry in UnprocessedKeys.
    unprocessed: Option<Vec<u8>>,
}

impl Op for BatchGetItem {
    const OPERATION: Operation = Operation::BatchGetItem;
    const MEMBERS: &'static [Member] = &[
        Member(
            "RequestItems",
            Shape::Map("com.amazonaws.dynamodb.v20120810.KeysAndAttributes", &TABLE),
        ),
        Member("ReturnConsumedCapacity", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Input<'a>, Fault> {
        const MANNER: Manner = Manner::Bare;
        let mut reader = Reader::on(validation.layer(Self::OPERATION));
        let mut read = Vec::new();
        let entries = sent.get("RequestItems").into_iter().flat_map(|map| map.members());
        for (name, entry) in entries {
            let entry = Sent::of(entry, TABLE_MEMBERS);
            let keys = entry.get("Keys").into_iter().flat_map(|keys| keys.elements());
            let keys = keys.map(|key| reader.item(Some(key))).collect::<Result<Vec<_>, _>>()?;
            let named = reader.named(entry.get("ExpressionAttributeNames"), None)?;
            read.push((name, entry, keys, named));
        }
        rule::check(sent, STAGES.on(reader.layer()))?;
        if read.is_empty() {
            return Err(Fault::validation(
                "The requestItems parameter is required for BatchGetItem",
            ));
        }
        check_members(sent, read.iter().map(|(name, entry, ..)| (&**name, entry)))?;
        let layer = reader.layer();
        reader.refuse_unnamed(MANNER)?;
        let any = |member: &'static str| read.iter().any(|(_, entry, ..)| entry.has(member));
        for (_, entry, ..) in &read {
            legacy::refuse_mixed(entry, MANNER, &["AttributesToGet"], &[])?;
        }
        // Across the whole request (aws-facts 4.11, eu-west-2).
        if any("AttributesToGet") && any("ProjectionExpression") {
            return Err(legacy::mixed(MANNER, &["AttributesToGet"], &["ProjectionExpression"]));
        }
        let mut tables = Vec::with_capacity(read.len());
        for (table, entry, keys, named) in read {
            let keys = keys.into_iter().flatten().collect::<Result<Vec<_>, _>>();
            let keys = keys.map_err(|error| MANNER.refuse_value(&error, layer))?;
            let attributes = legacy::projection(&entry)?;
            let mut expressions = named.check(&entry, TAKING, layer)?;
            let text = entry.text("ProjectionExpression");
            let projection = expressions.projection(text.as_deref());
            let projection = projection.map_err(|error| expressions.refuse(&error))?;
            expressions.finish()?;
            let settings = [
                "AttributesToGet",
                "ConsistentRead",
                "ExpressionAttributeNames",
                "ProjectionExpression",
            ];
            tables.push(Ask {
                table,
                keys,
                projection: projection.or(attributes),
                consistent: entry.boolean("ConsistentRead") == Some(true),
                settings: settings
                    .into_iter()
                    .filter_map(|name| Some((name, entry.get(name)?.raw())))
                    .collect(),
            });
        }
        Ok(Input { tables, report: Report::of(sent) })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let store = emulator.store.read()?;
        let mut found = Vec::with_capacity(input.tables.len());
        for ask in input.tables {
            let table = emulator.table(&*store, caller, super::table_name(&ask.table))?;
            let mut places = Vec::with_capacity(ask.keys.len());
            for key in &ask.keys {
                key::check_lookup(&table.key, key)?;
                let place = write::place(&table, key);
                if places.contains(&place) {
                    return Err(Fault::validation(super::DUPLICATE_KEYS));
                }
                places.push(place);
            }
            found.push((ask, table, places));
        }
        let (mut tables, mut sum) = (Vec::with_capacity(found.len()), 0);
        let (mut served, mut throttled) = (0, None);
        for (ask, table, places) in found {
            let (mut items, mut charge) = (Vec::new(), Charge::default());
            let mut rest = None;
            let old = emulator.old(ask.consistent);
            let store = old.as_deref().map_or(&*store, |old| old);
            for (at, (place, key)) in places.iter().zip(&ask.keys).enumerate() {
                let text = store.get(place)?;
                let length = text.as_ref().map_or(0, Bytes::len);
                if sum > 0 && sum + length > MOST_BYTES {
                    rest = Some(at);
                    break;
                }
                let (mut bytes, mut found) = (0, text);
                if let Some(text) = &mut found
                    && (ask.projection.is_some() || emulator.counts(input.report, &table))
                {
                    let item = write::parse(text)?;
                    bytes = vector::billed(&table, &item);
                    if let Some(projection) = &ask.projection {
                        *text = json(&projection.apply(&item)).into();
                    }
                }
                let cost = Charge::of_table(read_units(bytes, ask.consistent));
                let cost = cost.about(&table, key);
                if let Err(refused) = emulator.spend_one(Side::Read, &table, &cost) {
                    (rest, throttled) = (Some(at), Some(refused));
                    break;
                }
                sum += length;
                served += 1;
                items.extend(found);
                charge.add(&cost);
            }
            let unprocessed = rest.map(|at| unprocessed(&ask, &ask.keys[at..]));
            tables.push(Answer { table, items, charge, unprocessed });
        }
        // A request of which nothing is processed is refused (the API's documentation).
        match throttled {
            Some(refused) if served == 0 => Err(refused.into()),
            _ => Ok(Output { tables, report: input.report }),
        }
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
        json.key("Responses");
        json.object(|json| {
            for answer in &output.tables {
                json.key(&answer.table.name);
                json.array(|json| answer.items.iter().for_each(|item| json.raw(item)));
            }
        });
        json.key("UnprocessedKeys");
        json.object(|json| {
            for answer in &output.tables {
                if let Some(entry) = &answer.unprocessed {
                    json.key(&answer.table.name);
                    json.raw(entry);
                }
            }
        });
    }
}

/// The order of aws-facts 7.1 (12 regions, 2026-10-09).
fn check_members<'a>(
    sent: &Sent<'_>,
    tables: impl Iterator<Item = (&'a str, &'a Sent<'a>)> + Clone,
) -> Result<(), Fault> {
    let count = |entry: &Sent<'_>| entry.get("Keys").map(|keys| keys.len());
    let complain = |table: &str, constraint: &str| {
        fault::enveloped(&format!(
            "Value at 'RequestItems.{table}.member.Keys' failed to satisfy constraint: Member must \
             {constraint}"
        ))
    };
    for (table, entry) in tables.clone() {
        match count(entry) {
            None => {
                let path = format!("requestItems.{table}.member.keys");
                return Err(fault::enveloped(&rule::complaint("null", &path, "not be null")));
            }
            Some(0) => return Err(complain(table, "have length greater than or equal to 1")),
            Some(_) => {}
        }
    }
    let map = || shown(tables.clone());
    let mut broken = super::wrong_map_keys(tables.clone().map(|(name, _)| name), map);
    broken.extend(rule::broken(sent, &[rule::CAPACITY]));
    if !broken.is_empty() {
        return Err(rule::together(&broken));
    }
    let mut sum = 0;
    for (table, entry) in tables {
        sum += count(entry).unwrap_or(0);
        if sum > 100 {
            return Err(complain(table, "have length less than or equal to 100"));
        }
    }
    Ok(())
}

/// The map as the service shows it: as JSON, each table's members by name (aws-facts 7.1).
fn shown<'a>(tables: impl Iterator<Item = (&'a str, &'a Sent<'a>)>) -> String {
    let mut names = TABLE_MEMBERS.each_ref().map(|member| member.0);
    names.sort_unstable();
    let mut writer = Writer::new();
    writer.object(|writer| {
        for (table, entry) in tables {
            writer.key(table);
            writer.object(|writer| {
                for name in names {
                    let Some(value) = entry.get(name) else { continue };
                    writer.key(name);
                    writer.raw(compact(value).as_bytes());
                }
            });
        }
    });
    String::from_utf8(writer.into_bytes()).unwrap_or_default()
}

fn unprocessed(ask: &Ask<'_>, keys: &[Item]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.object(|writer| {
        let mut settings = ask.settings.clone();
        settings.push(("Keys", ""));
        settings.sort_unstable();
        for (name, value) in settings {
            writer.key(name);
            match name {
                "Keys" => writer.array(|writer| keys.iter().for_each(|key| writer.raw(&json(key)))),
                _ => writer.raw(value.as_bytes()),
            }
        }
    });
    writer.into_bytes()
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    #[test]
    fn answers_what_it_finds_table_by_table() {
        let emulator = with_table();
        ask(
            &emulator,
            "PutItem",
            r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"S":"y"}}}"#,
        );
        let answer = ask(
            &emulator,
            "BatchGetItem",
            r#"{"RequestItems":{"table":{"ProjectionExpression":"x","Keys":[{"pk":{"S":"a"},"sk":{"N":"1"}},{"pk":{"S":"b"},"sk":{"N":"1"}}]}},"ReturnConsumedCapacity":"TOTAL"}"#,
        );
        assert_eq!(
            answer,
            r#"{"ConsumedCapacity":[{"CapacityUnits":1.0,"TableName":"table"}],"Responses":{"table":[{"x":{"S":"y"}}]},"UnprocessedKeys":{}}"#
        );
    }

    #[test]
    fn gives_back_keys_that_do_not_fit_in_16_megabytes() {
        let emulator = with_table();
        let text = "x".repeat(400_000);
        let mut keys = Vec::new();
        for at in 0..43 {
            let key = format!(r#""pk":{{"S":"a"}},"sk":{{"N":"{at}"}}"#);
            ask(
                &emulator,
                "PutItem",
                &format!(r#"{{"TableName":"table","Item":{{{key},"x":{{"S":"{text}"}}}}}}"#),
            );
            keys.push(format!("{{{key}}}"));
        }
        let answer = ask(
            &emulator,
            "BatchGetItem",
            &format!(
                r#"{{"RequestItems":{{"table":{{"ConsistentRead":true,"Keys":[{}]}}}}}}"#,
                keys.join(",")
            ),
        );
        let (_, rest) = answer.split_once(r#""UnprocessedKeys":"#).expect("unprocessed");
        assert_eq!(
            rest,
            r#"{"table":{"ConsistentRead":true,"Keys":[{"pk":{"S":"a"},"sk":{"N":"41"}},{"pk":{"S":"a"},"sk":{"N":"42"}}]}}}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        let emulator = with_table();
        for (request, text) in [
            (
                r#"{"RequestItems":{}}"#,
                "1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                r#"{"RequestItems":{"a!":{"Keys":[]}},"ReturnConsumedCapacity":"x"}"#,
                "1 validation error detected: Value at 'RequestItems.a!.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                r#"{"RequestItems":{"bad!name":{"Keys":[{"pk":{"S":"a"}}]}}}"#,
                r#"1 validation error detected: Value '{"bad!name":{"Keys":[{"pk":{"S":"a"}}]}}' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"#,
            ),
            (
                r#"{"RequestItems":{"table":{"Keys":[{"pk":{"S":"a"},"sk":{"N":"1"}},{"pk":{"S":"a"},"sk":{"N":"1.0"}}]}}}"#,
                "Provided list of item keys contains duplicates",
            ),
            (
                r#"{"RequestItems":{"table":{"Keys":[{"pk":{"S":"a"}}]}}}"#,
                "The provided key element does not match the schema",
            ),
        ] {
            assert_eq!(message(&emulator, "BatchGetItem", request), text, "{request}");
        }
    }
}
