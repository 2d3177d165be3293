//! UpdateItem: changes the item of a key, or makes one.

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
        expression::{self, Reader, Taking},
        fault::Manner,
        key,
        legacy::{self, Conditions, Updates},
        rule::{self, Limit, Rule, Stages, Wording},
        shape::{Member, Sent, Shape},
        table::Table,
        write::{self, Cause},
    },
    expr::{Update, parse_update},
    value::{Item, Layer, Stored, size},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct UpdateItem;

/// The list of the older layer. Where that layer is deployed, the name follows alone: inferred from
/// its absence in the list (aws-facts 1.8).
const STAGES: Stages = Stages {
    newer: &[&[rule::EMPTY_TABLE_NAME], &[rule::WHOLE_TABLE_NAME]],
    older: &[&[rule::OLDER_EMPTY_TABLE_NAME], OLDER, &[rule::WHOLE_TABLE_NAME]],
};

/// All that is wrong, as the older layer tells it (aws-facts 1.8).
const OLDER: &[Rule] = &[
    rule::CAPACITY,
    Rule::older("TableName", &[Limit::Required]),
    rule::OLDER_RETURN_VALUES,
    rule::ON_FAILURE,
    rule::METRICS,
    Rule::older("Key", &[Limit::Required]),
];

const LEGACY: &[&str] = &["AttributeUpdates", "Expected", "ConditionalOperator"];
const EXPRESSIONS: &[&str] = &["UpdateExpression", "ConditionExpression"];
const TAKING: Taking = Taking { names_in: EXPRESSIONS, values_in: EXPRESSIONS, ..single::TAKING };

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    key: Item,
    update: Option<Update>,
    manner: Manner,
    /// Whether the request's own size counts.
    charged: bool,
    condition: Condition,
    returned: ReturnValues,
    report: Report,
    metrics: bool,
}

impl Op for UpdateItem {
    const OPERATION: Operation = Operation::UpdateItem;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("Key", Shape::Values),
        Member("UpdateExpression", Shape::Text),
        Member("ConditionExpression", Shape::Text),
        Member("ExpressionAttributeNames", single::NAMES),
        Member("ExpressionAttributeValues", Shape::Values),
        Member("ReturnValues", Shape::Text),
        Member("ReturnConsumedCapacity", Shape::Text),
        Member("ReturnItemCollectionMetrics", Shape::Text),
        Member("ReturnValuesOnConditionCheckFailure", Shape::Text),
        Member("AttributeUpdates", legacy::UPDATES),
        Member("Expected", legacy::EXPECTED),
        Member("ConditionalOperator", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Written;

    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Input<'a>, Fault> {
        let mut reader = Reader::on(validation.layer(Self::OPERATION));
        let key = reader.item(sent.get("Key"))?;
        let named = single::named(&mut reader, sent)?;
        let updates = Updates::read(&mut reader, sent.get("AttributeUpdates"))?;
        let expected = Conditions::read(&mut reader, sent.get("Expected"))?;
        check_members(sent, reader.members())?;
        let layer = reader.layer();
        let manner = reader.manner();
        reader.refuse_unnamed(manner)?;
        let key = single::key(key, layer)?;
        legacy::refuse_mixed(sent, reader.joining(), LEGACY, EXPRESSIONS)?;
        let mut expressions = named.check(sent, Taking { manner, ..TAKING }, layer)?;
        let expected = expected.join(sent, reader.joining(), layer)?;
        let updates = updates.update(manner, layer)?;
        let (update, condition) = (sent.text("UpdateExpression"), sent.text("ConditionExpression"));
        // Of two empty expressions the condition is told (aws-facts 1.8).
        let condition_first = condition.as_deref() == Some("");
        let mut parsed = None;
        if condition_first {
            parsed = Some(Condition::read(sent, &mut expressions));
        }
        let update = match &parsed {
            Some(Err(error)) => return Err(expressions.refuse(error)),
            _ => expressions.parse(update.as_deref(), parse_update),
        };
        let update = update.map_err(|error| expressions.refuse(&error))?;
        let condition = parsed.unwrap_or_else(|| Condition::read(sent, &mut expressions));
        let condition = condition.map_err(|error| expressions.refuse(&error))?;
        let condition = condition.or(expected.expected(manner)?);
        expressions.finish()?;
        Ok(Input {
            table: sent.text("TableName").unwrap_or_default(),
            key,
            manner,
            charged: updates.is_none(),
            update: update.or(updates),
            condition,
            returned: ReturnValues::read(sent),
            report: Report::of(sent),
            metrics: single::wants_metrics(sent),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Written, Fault> {
        let mut store = emulator.store.write()?;
        let table = emulator.table(store.as_read(), caller, super::table_name(&input.table))?;
        key::check_lookup(&table.key, &input.key)?;
        check_keys(&table, input.update.as_ref())?;
        // It does not matter for AttributeUpdates (aws-facts 3.10).
        if input.charged {
            check_charge(input.update.as_ref())?;
        }
        emulator.check_conflict(&table)?;
        let place = write::place(&table, &input.key);
        let stored = write::stored_at(store.as_read(), &place)?;
        input.condition.check(stored.as_ref())?;
        let (old, update) = (stored.as_ref(), input.update.as_ref());
        let Updated { before, new } = updated(&table, old, &input.key, update, input.manner)?;
        let attributes = match (input.returned, update) {
            (ReturnValues::None, _) => None,
            (ReturnValues::AllOld, _) => write::read(old)?.cloned(),
            (ReturnValues::AllNew, _) => write::read(Some(&new))?.cloned(),
            (ReturnValues::UpdatedOld, Some(update)) => old.map(|_| update.old_fragment(&before)),
            (ReturnValues::UpdatedNew, Some(update)) => {
                let part = update.new_fragment(&before);
                Some(part.map_err(|error| expression::refuse(input.manner, &error))?)
            }
            (_, None) => None,
        };
        let cause = Cause::Request(emulator.now());
        let new = Some(&new);
        let charge = write::replace(&mut *store, &table, &place, old, new, cause)?;
        let charge = charge.about(&table, &input.key);
        emulator.spend_one(Side::Write, &table, &charge)?;
        store.commit()?;
        Ok(Written {
            attributes: attributes.filter(|attributes| !attributes.is_empty()),
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

/// The newer layer tells a name alone, then the first wrong word, each in its own manner, unless
/// there is no key or no name (aws-facts 1.8; of a name, inferred from its joining ReturnValues).
fn check_members(sent: &Sent<'_>, layer: Layer) -> Result<(), Fault> {
    if layer == Layer::Older {
        return rule::check(sent, STAGES.older);
    }
    if !sent.has("Key") || !sent.has("TableName") {
        return rule::check(sent, &[&[rule::EMPTY_TABLE_NAME], OLDER]);
    }
    rule::check(sent, STAGES.newer)?;
    for (rule, manner) in [
        (rule::RETURN_VALUES, Manner::Enveloped),
        (rule::ON_FAILURE, Manner::Bare),
        (rule::METRICS, Manner::Enveloped),
        (rule::CAPACITY, Manner::Bare),
    ] {
        debug_assert_ne!(rule.wording, Wording::Newer);
        if let Some(broken) = rule::broken(sent, &[rule]).first() {
            return Err(manner.refuse(broken));
        }
    }
    Ok(())
}

/// A request can be too large whatever it finds (aws-facts 3.10).
pub(super) fn check_charge(update: Option<&Update>) -> Result<(), Fault> {
    match update {
        Some(update) if update.charge() > size::MAX_ITEM => Err(Fault::validation(TOO_LARGE)),
        _ => Ok(()),
    }
}

/// An update leaves the key alone.
pub(super) fn check_keys(table: &Table, update: Option<&Update>) -> Result<(), Fault> {
    let Some(update) = update else { return Ok(()) };
    let keys: Vec<&str> = table.key.attributes().map(|attribute| &*attribute.name).collect();
    update.check_keys(&keys).map_err(|error| expression::refuse(Manner::Bare, &error))
}

/// What an update makes of an item.
pub(super) struct Updated {
    /// What it looked at, of the item that there was or of the key.
    before: Item,
    /// The item after it.
    pub(super) new: Stored,
}

/// The item after the update. Attributes that it does not name are neither read nor written anew.
pub(super) fn updated(
    table: &Table,
    old: Option<&Stored>,
    key: &Item,
    update: Option<&Update>,
    manner: Manner,
) -> Result<Updated, Fault> {
    let names = update.map(Update::attributes).unwrap_or_default();
    let before = match old {
        Some(old) => old.part(&names).map_err(write::broken)?,
        None => key.clone(),
    };
    let after = match update {
        Some(update) => {
            update.apply(&before).map_err(|error| expression::refuse(manner, &error))?
        }
        None => before.clone(),
    };
    key::check_updated_index_keys(table, old.map(|_| &before), &after)?;
    let new = match old {
        Some(old) => old.with(&names, &after).map_err(write::broken)?,
        None => after.into(),
    };
    if new.size().map_err(write::broken)? > size::MAX_ITEM {
        return Err(Fault::validation(TOO_LARGE));
    }
    Ok(Updated { before, new })
}

const TOO_LARGE: &str = "Item size to update has exceeded the maximum allowed size";

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    fn update(emulator: &crate::emulator::Emulator, more: &str) -> String {
        ask(emulator, "UpdateItem", &body(more))
    }

    fn body(more: &str) -> String {
        format!(r#"{{"TableName":"table","Key":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}}}}{more}}}"#)
    }

    #[test]
    fn makes_an_item_where_there_is_none() {
        let emulator = with_table();
        let new = update(&emulator, r#","ReturnValues":"ALL_NEW""#);
        assert_eq!(new, r#"{"Attributes":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#);
    }

    #[test]
    fn returns_what_is_asked_of_the_old_and_the_new() {
        let emulator = with_table();
        let add = r#","UpdateExpression":"ADD n :1 SET gk = :g","ExpressionAttributeValues":{":1":{"N":"1"},":g":{"S":"g"}},"ReturnValues":"#;
        assert_eq!(update(&emulator, &format!(r#"{add}"ALL_OLD""#)), "{}");
        assert_eq!(
            update(&emulator, &format!(r#"{add}"UPDATED_OLD""#)),
            r#"{"Attributes":{"gk":{"S":"g"},"n":{"N":"1"}}}"#
        );
        assert_eq!(
            update(&emulator, &format!(r#"{add}"UPDATED_NEW""#)),
            r#"{"Attributes":{"gk":{"S":"g"},"n":{"N":"3"}}}"#
        );
        assert_eq!(
            update(&emulator, r#","UpdateExpression":"REMOVE n","ReturnValues":"UPDATED_NEW""#),
            "{}"
        );
        let index = ask(
            &emulator,
            "Query",
            r#"{"TableName":"table","IndexName":"gsi","KeyConditionExpression":"gk = :g","ExpressionAttributeValues":{":g":{"S":"g"}}}"#,
        );
        assert_eq!(
            index,
            r#"{"Count":1,"Items":[{"gk":{"S":"g"},"pk":{"S":"a"},"sk":{"N":"1"}}],"ScannedCount":1}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        let emulator = with_table();
        for (request, text) in [
            (
                r#"{"TableName":"table","ReturnValues":"x"}"#.to_owned(),
                "2 validation errors detected: Value 'x' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; Value null at 'key' failed to satisfy constraint: Member must not be null",
            ),
            (
                body(r#","ReturnConsumedCapacity":"x""#),
                "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
            ),
            (
                body(r#","UpdateExpression":"""#),
                "1 validation error detected: Invalid UpdateExpression: The expression can not be empty;",
            ),
            (
                body(r#","UpdateExpression":"","ConditionExpression":"""#),
                "1 validation error detected: Invalid ConditionExpression: The expression can not be empty;",
            ),
            (
                body(r#","UpdateExpression":"REMOVE sk""#),
                "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key",
            ),
            (
                body(
                    r#","UpdateExpression":"SET gk = :e","ExpressionAttributeValues":{":e":{"S":""}}"#,
                ),
                "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.",
            ),
            (
                body(r#","UpdateExpression":"SET a = b""#),
                "The provided expression refers to an attribute that does not exist in the item",
            ),
        ] {
            assert_eq!(message(&emulator, "UpdateItem", &request), text, "{request}");
        }
    }
}
