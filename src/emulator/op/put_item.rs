//! PutItem: puts an item where its key says, instead of what is there.

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
        expression::{Naming, Reader, Taking},
        key,
        legacy::{self, Conditions},
        rule::{self, Limit, Rule, Stages},
        shape::{Member, Sent, Shape},
        write::{self, Cause},
    },
    value::{Stored, size},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct PutItem;

const ITEM: Rule = Rule::older("Item", &[Limit::Required]);

const STAGES: Stages = Stages {
    newer: &[
        &[rule::EMPTY_TABLE_NAME],
        &[
            rule::TABLE_NAME,
            ITEM,
            rule::CAPACITY,
            rule::RETURN_VALUES,
            rule::METRICS,
            rule::ON_FAILURE,
        ],
    ],
    older: &[
        &[rule::OLDER_EMPTY_TABLE_NAME],
        &[
            rule::TABLE_NAME,
            ITEM,
            rule::CAPACITY,
            rule::OLDER_RETURN_VALUES,
            rule::METRICS,
            rule::ON_FAILURE,
        ],
    ],
};

/// Of a value that says nothing this operation does not tell the name (aws-facts 3.6).
const TAKING: Taking = Taking { names_unset: Naming::Never, ..single::TAKING };

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    item: Stored,
    condition: Condition,
    returned: ReturnValues,
    report: Report,
    metrics: bool,
}

impl Op for PutItem {
    const OPERATION: Operation = Operation::PutItem;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("Item", Shape::Values),
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
        let item = reader.item(sent.get("Item"))?;
        let named = single::named(&mut reader, sent)?;
        let expected = Conditions::read(&mut reader, sent.get("Expected"))?;
        rule::check(sent, STAGES.on(reader.members()))?;
        let layer = reader.layer();
        let manner = reader.manner();
        reader.refuse_unnamed(manner)?;
        let item = item.transpose().map_err(|error| manner.refuse_value(&error, layer))?;
        let item = item.unwrap_or_default();
        legacy::refuse_mixed(sent, reader.joining(), single::LEGACY, &["ConditionExpression"])?;
        let mut expressions = named.check(sent, Taking { manner, ..TAKING }, layer)?;
        let expected = expected.join(sent, reader.joining(), layer)?;
        let condition = Condition::read(sent, &mut expressions);
        // What is not defined is told only when the item fits (aws-facts 1.8).
        let (condition, undefined) = match condition {
            Ok(condition) => (condition, None),
            Err(error) if error.is_undefined() => (Condition::default(), Some(error)),
            Err(error) => return Err(expressions.refuse(&error)),
        };
        let returned = ReturnValues::old_only(sent, manner)?;
        let condition = condition.or(expected.expected(manner)?);
        if size::item(&item) > size::MAX_ITEM {
            return Err(Fault::validation("Item size has exceeded the maximum allowed size"));
        }
        undefined.map_or(Ok(()), |error| Err(expressions.refuse(&error)))?;
        expressions.finish()?;
        Ok(Input {
            table: sent.text("TableName").unwrap_or_default(),
            item: item.into(),
            condition,
            returned,
            report: Report::of(sent),
            metrics: single::wants_metrics(sent),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Written, Fault> {
        // Before others have to wait for this one.
        input.item.text();
        let mut store = emulator.store.write()?;
        let table = emulator.table(store.as_read(), caller, super::table_name(&input.table))?;
        let item = input.item.item().map_err(write::broken)?;
        key::check_item(&table.key, item)?;
        key::check_index_keys(&table, item)?;
        emulator.check_conflict(&table)?;
        let place = write::place(&table, item);
        let old = write::stored_at(store.as_read(), &place)?;
        input.condition.check(old.as_ref())?;
        let cause = Cause::Request(emulator.now());
        let new = Some(&input.item);
        let charge = write::replace(&mut *store, &table, &place, old.as_ref(), new, cause)?;
        let charge = charge.about(&table, item);
        emulator.spend_one(Side::Write, &table, &charge)?;
        store.commit()?;
        Ok(Written {
            attributes: input.returned.old(old)?,
            collection: Written::collection(&table, item, input.metrics),
            charge,
            report: input.report,
            table,
        })
    }

    fn encode(written: Written, json: &mut Writer) {
        written.encode(json);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, call, message, with_table};

    #[test]
    fn replaces_the_whole_item_and_can_return_the_old_one() {
        let emulator = with_table();
        let put = |body: &str| ask(&emulator, "PutItem", body);
        assert_eq!(
            put(r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"N":"1E2"}}}"#),
            "{}"
        );
        assert_eq!(
            put(
                r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1.0"}},"ReturnValues":"ALL_OLD"}"#
            ),
            r#"{"Attributes":{"pk":{"S":"a"},"sk":{"N":"1"},"x":{"N":"100"}}}"#
        );
        let get = ask(
            &emulator,
            "GetItem",
            r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#,
        );
        assert_eq!(get, r#"{"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#);
    }

    #[test]
    fn a_failed_condition_shows_the_item_when_asked() {
        let emulator = with_table();
        let body = r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#;
        ask(&emulator, "PutItem", body);
        let failed = call(&emulator, "PutItem", body);
        assert_eq!(
            failed.body,
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"message":"The conditional request failed"}"#
        );
    }

    #[test]
    fn charges_what_the_service_does() {
        // aws-facts 6.3, eu-west-2 2026-08.
        let emulator = with_table();
        let cost = |item: &str| {
            let answer = ask(
                &emulator,
                "PutItem",
                &format!(
                    r#"{{"TableName":"table","ReturnConsumedCapacity":"INDEXES","Item":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}}{item}}}}}"#
                ),
            );
            answer.replace(r#""CapacityUnits":"#, "").replace(r#","TableName":"table""#, "")
        };
        assert_eq!(cost(""), r#"{"ConsumedCapacity":{1.0,"Table":{1.0}}}"#);
        assert_eq!(
            cost(r#","gk":{"S":"g"},"lk":{"S":"l"}"#),
            r#"{"ConsumedCapacity":{3.0,"GlobalSecondaryIndexes":{"gsi":{1.0}},"LocalSecondaryIndexes":{"lsi":{1.0}},"Table":{1.0}}}"#
        );
        assert_eq!(
            cost(r#","gk":{"S":"g"},"lk":{"S":"l"},"z":{"S":"not projected"}"#),
            r#"{"ConsumedCapacity":{1.0,"Table":{1.0}}}"#
        );
        assert_eq!(
            cost(r#","gk":{"S":"h"},"lk":{"S":"l"}"#),
            r#"{"ConsumedCapacity":{3.0,"GlobalSecondaryIndexes":{"gsi":{2.0}},"Table":{1.0}}}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        let emulator = with_table();
        for (request, text) in [
            (
                r#"{"TableName":"table"}"#,
                "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null",
            ),
            (
                r#"{"TableName":"table","ReturnValues":"UPDATED_NEW","Item":{"pk":{"S":"a"}}}"#,
                "1 validation error detected: ReturnValues can only be ALL_OLD or NONE",
            ),
            (
                r#"{"TableName":"table","Item":{"pk":{"S":"a"}},"Expected":{},"ConditionExpression":"a"}"#,
                "1 validation error detected: Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
            ),
            (
                r#"{"TableName":"table","Item":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":a":{"S":"a"}}}"#,
                "1 validation error detected: ExpressionAttributeValues can only be specified when using expressions",
            ),
            (
                r#"{"TableName":"table","Item":{"pk":{"S":"a"}},"ConditionExpression":"a = :b"}"#,
                "1 validation error detected: Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :b",
            ),
            (
                r#"{"TableName":"table","Item":{"pk":{"S":"a"},"x":{"SS":[]}}}"#,
                "1 validation error detected: One or more parameter values were invalid: An string set  may not be empty",
            ),
            (r#"{"TableName":"nope","Item":{"pk":{"S":"a"}}}"#, "Requested resource not found"),
            (
                r#"{"TableName":"table","Item":{"pk":{"S":"a"}}}"#,
                "One or more parameter values were invalid: Missing the key sk in the item",
            ),
            (
                r#"{"TableName":"table","Item":{"pk":{"N":"1"},"sk":{"N":"1"}}}"#,
                "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N",
            ),
            (
                r#"{"TableName":"table","Item":{"pk":{"S":""},"sk":{"N":"1"}}}"#,
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
            ),
            (
                r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"gk":{"N":"1"}}}"#,
                "One or more parameter values were invalid: Type mismatch for Index Key gk Expected: S Actual: N IndexName: gsi",
            ),
            (
                r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"}},"Expected":{"a":{"Exists":true}}}"#,
                "1 validation error detected: One or more parameter values were invalid: Value must be provided when Exists is true for Attribute: a",
            ),
        ] {
            assert_eq!(message(&emulator, "PutItem", request), text, "{request}");
        }
    }
}
