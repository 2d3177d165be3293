//! GetItem: the item of a key.

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
        fault::Manner,
        key, legacy,
        rule::{self, Limit, Rule, Stages},
        shape::{Member, Sent, Shape},
        table::Table,
        vector, write,
    },
    expr::Projection,
    storage::Read,
    value::Item,
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct GetItem;

const STAGES: Stages = Stages {
    newer: &[&[rule::EMPTY_TABLE_NAME], MEMBERS],
    older: &[&[rule::OLDER_EMPTY_TABLE_NAME], MEMBERS],
};
const MEMBERS: &[Rule] = &[
    Rule::older("Key", &[Limit::Required]),
    rule::TABLE_NAME,
    rule::CAPACITY,
    Rule::older("AttributesToGet", &[Limit::Shortest(1)]),
];

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
    table: Cow<'a, str>,
    key: Item,
    projection: Option<Projection>,
    consistent: bool,
    report: Report,
}

/// What is answered.
pub(super) struct Output {
    table: Arc<Table>,
    item: Option<Bytes>,
    charge: Charge,
    report: Report,
}

impl Op for GetItem {
    const OPERATION: Operation = Operation::GetItem;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("Key", Shape::Values),
        Member("ConsistentRead", Shape::Boolean),
        Member("ProjectionExpression", Shape::Text),
        Member("ExpressionAttributeNames", single::NAMES),
        Member("ReturnConsumedCapacity", Shape::Text),
        Member("AttributesToGet", Shape::Texts),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Input<'a>, Fault> {
        const MANNER: Manner = Manner::Bare;
        let mut reader = Reader::on(validation.layer(Self::OPERATION));
        let key = reader.item(sent.get("Key"))?;
        let named = reader.named(sent.get("ExpressionAttributeNames"), None)?;
        rule::check(sent, STAGES.on(reader.members()))?;
        let layer = reader.layer();
        reader.refuse_unnamed(MANNER)?;
        legacy::refuse_mixed(sent, MANNER, &["AttributesToGet"], &["ProjectionExpression"])?;
        let key = key.transpose().map_err(|error| MANNER.refuse_value(&error, layer))?;
        let attributes = legacy::projection(sent)?;
        let mut expressions = named.check(sent, TAKING, layer)?;
        let projection = expressions.projection(sent.text("ProjectionExpression").as_deref());
        let projection = projection.map_err(|error| expressions.refuse(&error))?;
        expressions.finish()?;
        Ok(Input {
            table: sent.text("TableName").unwrap_or_default(),
            key: key.unwrap_or_default(),
            projection: projection.or(attributes),
            consistent: sent.boolean("ConsistentRead") == Some(true),
            report: Report::of(sent),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let store = emulator.store.read()?;
        let table = emulator.table(&*store, caller, super::table_name(&input.table))?;
        key::check_lookup(&table.key, &input.key)?;
        let old = emulator.old(input.consistent);
        let items: &dyn Read = old.as_deref().map_or(&*store, |old| old);
        let mut item = items.get(&write::place(&table, &input.key))?;
        let mut bytes = 0;
        // The text is the answer, unless a part of it or its size is asked for.
        if let Some(text) = &item
            && (input.projection.is_some() || emulator.counts(input.report, &table))
        {
            let whole = write::parse(text)?;
            bytes = vector::billed(&table, &whole);
            if let Some(projection) = &input.projection {
                let part = projection.apply(&whole);
                item = Some(json(&part).into());
            }
        }
        let charge = Charge::of_table(read_units(bytes, input.consistent));
        let charge = charge.about(&table, &input.key);
        emulator.spend_one(Side::Read, &table, &charge)?;
        Ok(Output { table, item, charge, report: input.report })
    }

    fn encode(output: Output, json: &mut Writer) {
        output.charge.write_member(&output.table, output.report, json);
        if let Some(item) = &output.item {
            json.key("Item");
            json.raw(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    fn body(more: &str) -> String {
        format!(r#"{{"TableName":"table","Key":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}}}}{more}}}"#)
    }

    #[test]
    fn answers_the_item_a_part_of_it_or_nothing() {
        let emulator = with_table();
        assert_eq!(ask(&emulator, "GetItem", &body("")), "{}");
        ask(
            &emulator,
            "PutItem",
            r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"m":{"M":{"x":{"S":"y"},"z":{"L":[]}}}}}"#,
        );
        let part = ask(
            &emulator,
            "GetItem",
            &body(
                r##","ProjectionExpression":"m.#x","ExpressionAttributeNames":{"#x":"x"},"ReturnConsumedCapacity":"TOTAL""##,
            ),
        );
        assert_eq!(
            part,
            r#"{"ConsumedCapacity":{"CapacityUnits":0.5,"TableName":"table"},"Item":{"m":{"M":{"x":{"S":"y"}}}}}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        let emulator = with_table();
        for (request, text) in [
            (
                r#"{"TableName":"ta"}"#.to_owned(),
                "2 validation errors detected: Value null at 'key' failed to satisfy constraint: Member must not be null; Value 'ta' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
            ),
            (
                r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"S":"1"}}}"#.into(),
                "The provided key element does not match the schema",
            ),
            (
                r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"x"}}}"#.into(),
                "The parameter cannot be converted to a numeric value: x",
            ),
            (
                body(r#","ProjectionExpression":"a, a.b""#),
                "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]",
            ),
        ] {
            assert_eq!(message(&emulator, "GetItem", &request), text, "{request}");
        }
    }
}
