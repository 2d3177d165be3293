//! TransactGetItems: up to a hundred items as they are at one moment.

use std::{borrow::Cow, sync::Arc};

use super::{Op, single, transact};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{Charge, Report, Side, read_units},
        door::Caller,
        echo::{self, Class, Form},
        expression::{Naming, Reader, Taking},
        fault::Manner,
        key,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::Table,
        vector, write,
    },
    expr::Projection,
    value::{Item, Layer, ValueError, ValueErrorKind},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct TransactGetItems;

const GET: Shape = Shape::Structure(
    "Get",
    &[
        Member("TableName", Shape::Text),
        Member("Key", Shape::Values),
        Member("ProjectionExpression", Shape::Text),
        Member("ExpressionAttributeNames", single::NAMES),
    ],
);
const ITEM: Shape = Shape::Structure("TransactGetItem", &[Member("Get", GET)]);

const TAKING: Taking = Taking {
    manner: Manner::Bare,
    names_in: &["ProjectionExpression"],
    values_in: &[],
    without: "",
    names_structure: true,
    names_unset: Naming::Never,
};

/// Values are on the older layer wherever members are (aws-facts 1.4, eu-west-2 2026-10-08/09).
const VALUES: Layer = Layer::Older;

/// How a read is shown (aws-facts 2.8).
static SHOWN: Class = Class("TransactGetItem", &[("get", Some(("Get", Form::Object(&SHOWN_GET))))]);
static SHOWN_GET: Class = Class(
    "Get",
    &[
        ("key", Some(("Key", echo::VALUES))),
        ("tableName", Some(("TableName", Form::Text))),
        ("projectionExpression", Some(("ProjectionExpression", Form::Text))),
        ("expressionAttributeNames", Some(("ExpressionAttributeNames", echo::NAMES))),
        echo::WORKLOAD,
    ],
);

/// What is asked.
pub(super) struct Input<'a> {
    gets: Vec<Get<'a>>,
    report: Report,
}

struct Get<'a> {
    table: Cow<'a, str>,
    key: Item,
    projection: Option<Projection>,
}

/// What is answered: an item, or the part of it that is asked for, or nothing.
pub(super) struct Output {
    items: Vec<Option<Vec<u8>>>,
    charges: Vec<(Arc<Table>, Charge)>,
    report: Report,
}

impl Op for TransactGetItems {
    const OPERATION: Operation = Operation::TransactGetItems;
    const MEMBERS: &'static [Member] = &[
        Member("TransactItems", Shape::List(&ITEM)),
        Member("ReturnConsumedCapacity", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Input<'a>, Fault> {
        const GETS: Rule = Rule::within(
            "TransactItems",
            &[],
            &[Rule::within("Get", &[Limit::Required], &[Rule::older("Key", &[Limit::Required])])],
        );
        let mut reader = Reader::on(VALUES);
        let mut read = Vec::new();
        for get in sent.structures("TransactItems").filter_map(|item| item.structure("Get")) {
            let key = reader.item(get.get("Key"))?;
            let named = reader.named(get.get("ExpressionAttributeNames"), None)?;
            read.push((get, key, named));
        }
        transact::check_length(sent, &SHOWN, validation.layer(Self::OPERATION))?;
        rule::check(sent, &[&[GETS, rule::CAPACITY]])?;
        let names = read.iter().enumerate();
        let wrong: Vec<_> =
            names.flat_map(|(at, (get, ..))| transact::wrong_name(get, at, "get")).collect();
        if !wrong.is_empty() {
            return Err(rule::together(&wrong));
        }
        // Empty names anywhere come ahead of other keys, those ahead of projections (aws-facts 7.6).
        let refuse = |error: &ValueError| Manner::Bare.refuse_value(error, VALUES);
        let errors = || read.iter().filter_map(|(_, key, _)| key.as_ref()?.as_ref().err());
        let mut nameless = errors().filter(|error| error.kind == ValueErrorKind::EmptyName);
        let nameless = nameless.next().map(refuse);
        let in_names = || read.iter().find_map(|(.., named)| named.empty_name(TAKING, VALUES));
        if let Some(fault) = nameless.or_else(in_names) {
            return Err(fault);
        }
        if let Some(error) = errors().next() {
            return Err(refuse(error));
        }
        let mut gets = Vec::with_capacity(read.len());
        for (get, key, named) in read {
            let key = key.and_then(Result::ok).unwrap_or_default();
            let expressions = named.check(&get, TAKING, VALUES)?;
            let mut expressions = expressions.in_halves(validation.older_sentences());
            let text = get.text("ProjectionExpression");
            let projection = expressions.projection(text.as_deref());
            let projection = projection.map_err(|error| expressions.refuse(&error))?;
            expressions.finish()?;
            let table = get.text("TableName").unwrap_or_default();
            gets.push(Get { table, key, projection });
        }
        Ok(Input { gets, report: Report::of(sent) })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let store = emulator.store.read()?;
        let tables = input
            .gets
            .iter()
            .map(|get| emulator.table(&*store, caller, super::table_name(&get.table)));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let mut places = Vec::with_capacity(tables.len());
        let mut reasons = Vec::with_capacity(tables.len());
        for (get, table) in input.gets.iter().zip(&tables) {
            let checked = key::check_lookup(&table.key, &get.key);
            if checked.is_ok() {
                let place = write::place(table, &get.key);
                if places.contains(&place) {
                    return Err(Fault::validation(super::DUPLICATE_TARGETS));
                }
                places.push(place);
            }
            reasons.push(checked.map_err(Fault::from));
        }
        if let Some(conflicts) = &emulator.conflicts
            && reasons.iter().all(Result::is_ok)
        {
            conflicts.cancel(&mut reasons, &[]);
        }
        transact::cancel(&reasons)?;
        let order = emulator.settings.validation.number_order(Self::OPERATION);
        let (mut items, mut charges) = (Vec::with_capacity(tables.len()), Vec::new());
        for ((get, table), place) in input.gets.iter().zip(&tables).zip(&places) {
            let item = write::item_at(&*store, place)?;
            let bytes = item.as_ref().map_or(0, |item| vector::billed(table, item));
            // Two units for each 4 KB (aws-facts 6.5).
            let charge = Charge::of_table(2.0 * read_units(bytes, true)).about(table, &get.key);
            transact::add(&mut charges, table, &charge);
            items.push(item.and_then(|item| {
                match &get.projection {
                    None => Some(transact::json(&item, order)),
                    // What nothing is left of is left out (aws-facts 7.6).
                    Some(projection) => Some(projection.apply(&item))
                        .filter(|part| !part.is_empty())
                        .as_ref()
                        .map(|part| transact::json(part, order)),
                }
            }));
        }
        transact::spend(emulator, Side::Read, &tables, &charges)?;
        Ok(Output { items, charges, report: input.report })
    }

    fn encode(output: Output, json: &mut Writer) {
        transact::write_charges(&output.charges, output.report, Side::Read, json);
        json.key("Responses");
        json.array(|json| {
            for item in &output.items {
                json.object(|json| {
                    if let Some(item) = item {
                        json.key("Item");
                        json.raw(item);
                    }
                });
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, call, message, with_table};

    #[test]
    fn number_sets_are_in_the_order_of_a_hash_set_here_and_in_reasons() {
        // aws-facts 3.11.
        let emulator = with_table();
        let key = r#""pk":{"S":"a"},"sk":{"N":"1"}"#;
        let item = format!(r#"{{{key},"n":{{"NS":["1","2","10","16"]}}}}"#);
        ask(&emulator, "PutItem", &format!(r#"{{"TableName":"table","Item":{item}}}"#));
        let hashed = r#""n":{"NS":["16","2","10","1"]}"#;
        let get =
            format!(r#"{{"TransactItems":[{{"Get":{{"TableName":"table","Key":{{{key}}}}}}}]}}"#);
        let answer = ask(&emulator, "TransactGetItems", &get);
        assert!(answer.contains(hashed), "{answer}");
        let check = format!(
            r#"{{"TransactItems":[{{"ConditionCheck":{{"TableName":"table","Key":{{{key}}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}}}]}}"#
        );
        let reasons = call(&emulator, "TransactWriteItems", &check).body;
        assert!(String::from_utf8_lossy(&reasons).contains(hashed), "{reasons:?}");
        let scanned = ask(&emulator, "Scan", r#"{"TableName":"table"}"#);
        assert!(scanned.contains(r#""n":{"NS":["1","2","10","16"]}"#), "{scanned}");
    }

    #[test]
    fn answers_in_the_order_asked() {
        let emulator = with_table();
        ask(
            &emulator,
            "PutItem",
            r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#,
        );
        let answer = ask(
            &emulator,
            "TransactGetItems",
            r#"{"ReturnConsumedCapacity":"TOTAL","TransactItems":[{"Get":{"TableName":"table","Key":{"pk":{"S":"b"},"sk":{"N":"1"}}}},{"Get":{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"ProjectionExpression":"sk"}}]}"#,
        );
        assert_eq!(
            answer,
            r#"{"ConsumedCapacity":[{"CapacityUnits":4.0,"ReadCapacityUnits":4.0,"TableName":"table"}],"Responses":[{},{"Item":{"sk":{"N":"1"}}}]}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        // aws-facts 7.6.
        let emulator = with_table();
        for (request, text) in [
            (
                r#"{"TransactItems":[]}"#,
                "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                r#"{"TransactItems":[{}]}"#,
                "1 validation error detected: Value null at 'transactItems.1.member.get' failed to satisfy constraint: Member must not be null",
            ),
            (
                r#"{"TransactItems":[{"Get":{"TableName":"a!","Key":{}}}]}"#,
                "2 validation errors detected: Value 'a!' at 'transactItems.1.member.get.tableName' failed to satisfy constraint: Member must have length greater than or equal to 3; Value 'a!' at 'transactItems.1.member.get.tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
            ),
            (
                r#"{"TransactItems":[{"Get":{"TableName":"nope","Key":{"pk":{"S":"a"}}}}]}"#,
                "Requested resource not found",
            ),
            (
                r#"{"TransactItems":[{"Get":{"TableName":"table","Key":{"pk":{"S":"a"}}}}]}"#,
                "Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]",
            ),
        ] {
            assert_eq!(message(&emulator, "TransactGetItems", request), text, "{request}");
        }
    }
}
