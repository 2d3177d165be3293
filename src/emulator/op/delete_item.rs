//! DeleteItem: removes the item of a key, if there is one.

use std::borrow::Cow;

use super::{
    Op,
    single::{self, Condition, ReturnValues, Written},
};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{Report, Side},
        door::Caller,
        expression::{Reader, Taking},
        fault::Manner,
        key,
        legacy::{self, Conditions},
        rule::{self, Limit, Rule, Stages},
        shape::{Member, Sent, Shape},
        write::{self, Cause},
    },
    value::{Item, Layer},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DeleteItem;

const KEY: Rule = Rule::older("Key", &[Limit::Required]);

/// What the newer layer tells together.
const NEWER: &[Rule] =
    &[rule::TABLE_NAME, KEY, rule::CAPACITY, rule::RETURN_VALUES, rule::METRICS, rule::ON_FAILURE];

const STAGES: Stages = Stages {
    newer: &[&[rule::EMPTY_TABLE_NAME], NEWER],
    older: &[
        &[rule::OLDER_EMPTY_TABLE_NAME],
        &[
            rule::TABLE_NAME,
            KEY,
            rule::CAPACITY,
            rule::OLDER_RETURN_VALUES,
            rule::METRICS,
            rule::ON_FAILURE,
        ],
    ],
};

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

    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Input<'a>, Fault> {
        let mut reader = Reader::on(validation.layer(Self::OPERATION));
        let key = reader.item(sent.get("Key"))?;
        let named = single::named(&mut reader, sent)?;
        let expected = Conditions::read(&mut reader, sent.get("Expected"))?;
        let returned = check_members(sent, reader.members())?;
        let layer = reader.layer();
        let manner = reader.manner();
        reader.refuse_unnamed(manner)?;
        let key = single::key(key, layer)?;
        legacy::refuse_mixed(sent, reader.joining(), single::LEGACY, &["ConditionExpression"])?;
        let mut expressions = named.check(sent, Taking { manner, ..single::TAKING }, layer)?;
        let expected = expected.join(sent, reader.joining(), layer)?;
        let condition = Condition::read(sent, &mut expressions);
        let condition = condition.map_err(|error| expressions.refuse(&error))?;
        let condition = condition.or(expected.expected(manner)?);
        expressions.finish()?;
        Ok(Input {
            table: sent.text("TableName").unwrap_or_default(),
            key,
            condition,
            returned,
            report: Report::of(sent),
            metrics: single::wants_metrics(sent),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Written, Fault> {
        let mut store = emulator.store.write()?;
        let table = emulator.table(store.as_read(), caller, super::table_name(&input.table))?;
        key::check_lookup(&table.key, &input.key)?;
        emulator.check_conflict(&table)?;
        let place = write::place(&table, &input.key);
        let old = write::stored_at(store.as_read(), &place)?;
        input.condition.check(old.as_ref())?;
        let cause = Cause::Request(emulator.now());
        let charge = write::replace(&mut *store, &table, &place, old.as_ref(), None, cause)?;
        let charge = charge.about(&table, &input.key);
        emulator.spend_one(Side::Write, &table, &charge)?;
        store.commit()?;
        Ok(Written {
            attributes: input.returned.old(old)?,
            collection: Written::collection(&table, &input.key, input.metrics),
            charge,
            report: input.report,
            table,
        })
    }

    fn encode(written: Written, json: &mut Writer) {
        written.encode(json);
    }
}

/// That only the old item can be returned is a member error of this operation, but only beside a
/// key; the older layer tells it on its own (aws-facts 1.3, 1.8).
fn check_members(sent: &Sent<'_>, layer: Layer) -> Result<ReturnValues, Fault> {
    let returned = ReturnValues::old_only(sent, Manner::Bare);
    if layer == Layer::Older || returned.is_ok() || !sent.has("Key") {
        rule::check(sent, STAGES.on(layer))?;
        return returned;
    }
    rule::check(sent, &[&[rule::EMPTY_TABLE_NAME]])?;
    let mut broken = rule::broken(sent, NEWER);
    broken.push(single::OLD_ONLY.into());
    Err(rule::together(&broken))
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
