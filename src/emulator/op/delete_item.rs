//! DeleteItem: removes the item of a key, if there is one.

use std::borrow::Cow;

use super::{
    Op,
    single::{self, Condition, ReturnValues, Written},
};
use crate::{
    emulator::{
        Emulator,
        capacity::Report,
        door::Caller,
        expression::Reader,
        fault::Manner,
        key,
        legacy::{self, Conditions},
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        write,
    },
    value::Item,
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DeleteItem;

const RULES: &[Rule] = &[
    rule::TABLE_NAME,
    Rule::older("Key", &[Limit::Required]),
    rule::CAPACITY,
    rule::RETURN_VALUES,
    rule::METRICS,
    rule::ON_FAILURE,
];

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    key: Item,
    condition: Condition,
    returned: ReturnValues,
    report: Report,
    metrics: bool,
}

impl Op for DeleteItem {
    const OPERATION: Operation = Operation::DeleteItem;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("Key", Shape::Values),
        Member("ConditionExpression", Shape::Text),
        Member("ExpressionAttributeNames", single::NAMES),
        Member("ExpressionAttributeValues", Shape::Values),
        Member("ReturnValues", Shape::Text),
        Member("ReturnConsumedCapacity", Shape::Text),
        Member("ReturnItemCollectionMetrics", Shape::Text),
        Member("ReturnValuesOnConditionCheckFailure", Shape::Text),
        Member("Expected", legacy::EXPECTED),
        Member("ConditionalOperator", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Written;

    fn decode<'a>(sent: &Sent<'a>) -> Result<Input<'a>, Fault> {
        const MANNER: Manner = Manner::Enveloped;
        let mut reader = Reader::default();
        let key = reader.item(sent.get("Key"))?;
        let named = single::named(&mut reader, sent)?;
        let expected = Conditions::read(&mut reader, sent.get("Expected"))?;
        rule::check(sent, &[&[rule::EMPTY_TABLE_NAME]])?;
        let mut broken = rule::broken(sent, RULES);
        let returned = ReturnValues::old_only(sent);
        // A member error of this operation, but only beside a key (aws-facts 1.8).
        if returned.is_err() && key.is_some() {
            broken.push(single::OLD_ONLY.into());
        }
        if !broken.is_empty() {
            return Err(rule::together(&broken));
        }
        let layer = reader.layer();
        let key = single::key(key, layer)?;
        legacy::refuse_mixed(sent, MANNER, single::LEGACY, &["ConditionExpression"])?;
        let mut expressions = named.check(sent, single::TAKING, layer)?;
        let expected = expected.join(sent, MANNER, layer)?;
        let condition = Condition::read(sent, &mut expressions);
        let condition = condition.map_err(|error| expressions.refuse(&error))?;
        let condition = condition.or(expected.expected(MANNER)?);
        expressions.finish()?;
        Ok(Input {
            table: sent.text("TableName").unwrap_or_default(),
            key,
            condition,
            returned: returned?,
            report: Report::of(sent),
            metrics: single::wants_metrics(sent),
        })
    }

    fn run(emulator: &Emulator, _: &Caller, input: Input<'_>) -> Result<Written, Fault> {
        let mut store = emulator.store.write()?;
        let table = emulator.table(store.as_read(), super::table_name(&input.table))?;
        key::check_lookup(&table.key, &input.key)?;
        let place = write::place(&table, &input.key);
        let old = write::item_at(store.as_read(), &place)?;
        input.condition.check(old.as_ref())?;
        let charge = write::replace(&mut *store, &table, &place, old.as_ref(), None)?;
        store.commit()?;
        Ok(Written {
            attributes: old.filter(|_| input.returned == ReturnValues::AllOld),
            collection: Written::collection(&table, &input.key, input.metrics),
            charge,
            report: input.report,
            table,
        })
    }

    fn encode(written: &Written, json: &mut Writer) {
        written.encode(json);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    #[test]
    fn returns_what_it_removed_and_forgives_what_is_not_there() {
        let emulator = with_table();
        ask(
            &emulator,
            "PutItem",
            r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"gk":{"S":"g"}}}"#,
        );
        let delete = r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"ReturnValues":"ALL_OLD"}"#;
        assert_eq!(
            ask(&emulator, "DeleteItem", delete),
            r#"{"Attributes":{"gk":{"S":"g"},"pk":{"S":"a"},"sk":{"N":"1"}}}"#
        );
        assert_eq!(ask(&emulator, "DeleteItem", delete), "{}");
        let index = ask(&emulator, "Scan", r#"{"TableName":"table","IndexName":"gsi"}"#);
        assert_eq!(index, r#"{"Count":0,"Items":[],"ScannedCount":0}"#);
    }

    #[test]
    fn return_values_are_a_member_error_beside_a_key() {
        // aws-facts 1.8, eu-west-2 and us-east-1 2026-10-09.
        let emulator = with_table();
        for (request, text) in [
            (
                r#"{"TableName":"table","ReturnValues":"ALL_NEW","ReturnConsumedCapacity":"x","Key":{"pk":{"S":"a"}}}"#,
                "2 validation errors detected: Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; ReturnValues can only be ALL_OLD or NONE",
            ),
            (
                r#"{"TableName":"table","ReturnValues":"ALL_NEW"}"#,
                "1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null",
            ),
            (
                r#"{"TableName":"table","Key":{"pk":{"S":"a"}}}"#,
                "The provided key element does not match the schema",
            ),
        ] {
            assert_eq!(message(&emulator, "DeleteItem", request), text, "{request}");
        }
    }
}
