//! TransactWriteItems: up to a hundred writes and checks, all of them or none.

use std::{borrow::Cow, sync::Arc};

use super::{
    DUPLICATE_TARGETS, Op, single, transact,
    transact_action::{Action, ITEM, Kind, Read, VALUES},
    transact_echo,
};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{Charge, Report, Side, read_units},
        door::Caller,
        fault::Manner,
        key,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{self, Table},
        token,
        write::{self, Cause},
    },
    value::{AttributeValue, Layer, size},
    wire::{
        Fault, Operation,
        json::{Value, Writer},
    },
};

/// The operation.
pub(super) struct TransactWriteItems;

/// How large the items of a transaction can be together (aws-facts 7.3).
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// What is asked.
pub(super) struct Input<'a> {
    actions: Vec<Action<'a>>,
    token: Option<Cow<'a, str>>,
    /// The actions as sent, by which a repeated token is compared.
    sent: Option<Value<'a>>,
    report: Report,
    metrics: bool,
}

/// What is answered.
pub(super) struct Output {
    charges: Vec<(Arc<Table>, Charge)>,
    side: Side,
    report: Report,
    collections: Vec<(Arc<Table>, Vec<AttributeValue>)>,
}

impl Op for TransactWriteItems {
    const OPERATION: Operation = Operation::TransactWriteItems;
    const MEMBERS: &'static [Member] = &[
        Member("TransactItems", Shape::List(&ITEM)),
        Member("ClientRequestToken", Shape::Text),
        Member("ReturnConsumedCapacity", Shape::Text),
        Member("ReturnItemCollectionMetrics", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Input<'a>, Fault> {
        let layer = validation.layer(Self::OPERATION);
        let mut read = Vec::new();
        for item in sent.structures("TransactItems") {
            read.push(Read::all(&item, layer)?);
        }
        transact::check_length(sent, &transact_echo::ACTION, layer)?;
        check_members(sent, &read, layer)?;
        let read: Vec<Read<'_>> = read.into_iter().flatten().collect();
        // Steps 5 to 7 of aws-facts 7.3, each for the whole request.
        if let Some(fault) = read.iter().find_map(|action| action.empty_name(layer)) {
            return Err(fault);
        }
        let nested = read.iter().find_map(Read::nested_key).cloned();
        let actions = read.into_iter().map(|action| action.decode(validation));
        let actions = actions.collect::<Result<Vec<_>, _>>()?;
        if let Some(error) = nested {
            return Err(Manner::Bare.refuse_value(&error, VALUES));
        }
        if let Some(error) = actions.iter().find_map(Action::empty_key) {
            return Err(error.into());
        }
        Ok(Input {
            actions,
            token: sent.text("ClientRequestToken"),
            sent: sent.get("TransactItems"),
            report: Report::of(sent),
            metrics: single::wants_metrics(sent),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let now = table::millis(emulator.clock.now());
        let mut store = emulator.store.write()?;
        let request = input
            .token
            .as_deref()
            .map(|token| token::Request::new(&caller.region, token, input.sent, now));
        let tables = input.actions.iter().map(|action| {
            emulator.table(store.as_read(), caller, super::table_name(&action.table))
        });
        let tables: Vec<_> = tables.collect();
        check_targets(&input.actions, &tables)?;
        check_bytes(&input.actions)?;
        let tables = tables.into_iter().collect::<Result<Vec<_>, _>>()?;
        let earlier = request.as_ref().map(|request| request.earlier(store.as_read()));
        if let Some(units) = earlier.transpose()?.flatten() {
            return Ok(repeated(&input, &tables, &units));
        }
        let mut changes = Vec::with_capacity(tables.len());
        let mut reasons = Vec::with_capacity(tables.len());
        for (action, table) in input.actions.iter().zip(&tables) {
            match action.check(table, store.as_read(), emulator.settings.validation) {
                Ok(change) => {
                    changes.push(change);
                    reasons.push(Ok(()));
                }
                Err(fault) => reasons.push(Err(fault)),
            }
        }
        if let Some(conflicts) = &emulator.conflicts
            && reasons.iter().all(Result::is_ok)
        {
            let numbers: Vec<_> = tables.iter().map(|table| table.number).collect();
            conflicts.cancel(&mut reasons, &numbers);
        }
        transact::cancel(&reasons)?;
        let (mut charges, mut units) = (Vec::new(), Vec::new());
        let cause = Cause::Request(emulator.now());
        let mut collections: Vec<(Arc<Table>, Vec<AttributeValue>)> = Vec::new();
        for ((action, table), change) in input.actions.iter().zip(&tables).zip(changes) {
            let (old, new) = (change.old.as_ref(), change.new.as_ref());
            let largest = write::largest(table, [old, new])?;
            units.push(2 * read_units(largest, true) as u32);
            let mut charge = match action.kind {
                Kind::Check => Charge::of_table(crate::emulator::capacity::write_units(largest)),
                _ => write::replace(&mut *store, table, &change.place, old, new, cause)?,
            };
            // The table's part alone is doubled (aws-facts 6.5).
            charge.table *= 2.0;
            transact::add(&mut charges, table, &charge.about(table, &action.item));
            let wanted = input.metrics && action.kind != Kind::Check;
            if let Some(partition) = single::Written::collection(table, &action.item, wanted) {
                match collections.iter_mut().find(|(known, _)| known.number == table.number) {
                    Some((_, list)) if list.contains(&partition) => {}
                    Some((_, list)) => list.push(partition),
                    None => collections.push((Arc::clone(table), vec![partition])),
                }
            }
        }
        if let Some(request) = request {
            let note: Vec<u8> = units.into_iter().flat_map(u32::to_be_bytes).collect();
            request.note(&mut *store, &note)?;
        }
        transact::spend(emulator, Side::Write, &tables, &charges)?;
        store.commit()?;
        Ok(Output { charges, side: Side::Write, report: input.report, collections })
    }

    fn encode(output: Output, json: &mut Writer) {
        transact::write_charges(&output.charges, output.report, output.side, json);
        if output.collections.is_empty() {
            return;
        }
        json.key("ItemCollectionMetrics");
        json.object(|json| {
            for (table, partitions) in &output.collections {
                json.key(&table.name);
                json.array(|json| {
                    for partition in partitions {
                        single::write_collection(table, partition, json);
                    }
                });
            }
        });
    }
}

const TOKEN: &[Limit] = &[Limit::Shortest(1), Limit::Longest(36)];

/// Steps 2 to 4 of aws-facts 7.3 (us-east-1 and nine more, 2026-10-09). The newer layer tells the
/// token alone, in words that are inferred, and tables' names together with the enums; how it words
/// an action that is none is not known.
fn check_members(sent: &Sent<'_>, read: &[Vec<Read<'_>>], layer: Layer) -> Result<(), Fault> {
    const NEWER: &[Rule] = &[Rule::newer("ClientRequestToken", TOKEN)];
    const OLDER: &[Rule] = &[Rule::older("ClientRequestToken", TOKEN)];
    const REST: &[Rule] = &[rule::CAPACITY, rule::METRICS];
    let mut broken = Vec::new();
    let actions = || {
        let all = read.iter().enumerate();
        all.flat_map(|(at, actions)| actions.iter().map(move |action| (at, action)))
    };
    let words = actions().flat_map(|(at, action)| action.wrong_words(at));
    let members = actions().flat_map(|(at, action)| action.wrong_members(at));
    match layer {
        Layer::Newer => {
            rule::check(sent, &[NEWER])?;
            broken.extend(words);
            broken.extend(rule::broken(sent, REST));
            broken.extend(members);
            refuse_all(&broken)?;
            check_kinds(read)
        }
        Layer::Older => {
            broken.extend(words);
            broken.extend(rule::broken(sent, OLDER));
            broken.extend(rule::broken(sent, REST));
            refuse_all(&broken)?;
            check_kinds(read)?;
            broken.extend(members);
            refuse_all(&broken)
        }
    }
}

fn refuse_all(broken: &[String]) -> Result<(), Fault> {
    match broken.is_empty() {
        true => Ok(()),
        false => Err(rule::together(broken)),
    }
}

/// Each is one action and no more.
fn check_kinds(read: &[Vec<Read<'_>>]) -> Result<(), Fault> {
    for actions in read {
        match actions.len() {
            0 => {
                return Err(Fault::validation(
                    "Invalid Request: TransactWriteRequest should contain Delete or Put or Update \
                     request",
                ));
            }
            1 => {}
            _ => {
                return Err(Fault::validation(
                    "TransactItems can only contain one of Check, Put, Update or Delete",
                ));
            }
        }
    }
    Ok(())
}

/// Steps 7 and 8: no key is empty, and no two actions are about one item. Both are told of the
/// tables that are there before a missing one is. Actions whose key is wrong in another way are
/// told later, as reasons.
fn check_targets(
    actions: &[Action<'_>],
    tables: &[Result<Arc<Table>, Fault>],
) -> Result<(), Fault> {
    let targets =
        || actions.iter().zip(tables).filter_map(|(one, table)| Some((one, table.as_ref().ok()?)));
    if let Some(error) = targets().find_map(|(action, table)| empty_key(table, action)) {
        return Err(error.into());
    }
    let mut places: Vec<Vec<u8>> = Vec::with_capacity(actions.len());
    for (action, table) in targets() {
        let mut place = table.number.to_be_bytes().to_vec();
        if !key::place(&table.key, &action.item, &mut place) {
            continue;
        }
        if places.contains(&place) {
            return Err(Fault::validation(DUPLICATE_TARGETS));
        }
        places.push(place);
    }
    Ok(())
}

/// Step 9.
fn check_bytes(actions: &[Action<'_>]) -> Result<(), Fault> {
    let bytes: usize = actions.iter().map(|action| size::item(&action.item)).sum();
    match bytes > MOST_BYTES {
        true => Err(Fault::validation(
            "Collection size of items exceeded, which can also be caused by the aggregate size of \
             the items in the transaction exceeding the 4MB limit",
        )),
        false => Ok(()),
    }
}

/// An empty key in an item to put is told for the whole transaction (aws-facts 3.4).
fn empty_key(table: &Table, action: &Action<'_>) -> Option<key::KeyError> {
    table.key.attributes().find_map(|attribute| {
        let kind = key::emptiness(action.item.get(&attribute.name)?)?;
        Some(key::KeyError::Empty { kind, name: attribute.name.clone() })
    })
}

/// The answer to a request that was done before: what it would cost to read (aws-facts 6.5).
fn repeated(input: &Input<'_>, tables: &[Arc<Table>], units: &[u8]) -> Output {
    let mut charges = Vec::new();
    for (table, units) in tables.iter().zip(units.chunks_exact(4)) {
        let units = units.iter().fold(0u32, |units, byte| units << 8 | u32::from(*byte));
        transact::add(&mut charges, table, &Charge::of_table(units.into()));
    }
    Output { charges, side: Side::Read, report: input.report, collections: Vec::new() }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, call, message, with_table};

    const A: &str = r#""pk":{"S":"a"},"sk":{"N":"1"}"#;
    const B: &str = r#""pk":{"S":"b"},"sk":{"N":"1"}"#;

    #[test]
    fn does_all_or_nothing_and_gives_a_reason_for_each() {
        let emulator = with_table();
        let request = format!(
            r#"{{"TransactItems":[{{"Put":{{"TableName":"table","Item":{{{A},"x":{{"S":"y"}}}}}}}},{{"ConditionCheck":{{"TableName":"table","Key":{{{B}}},"ConditionExpression":"attribute_not_exists(pk)"}}}}]}}"#
        );
        assert_eq!(ask(&emulator, "TransactWriteItems", &request), "{}");
        let request = format!(
            r#"{{"TransactItems":[{{"Delete":{{"TableName":"table","Key":{{{A}}}}}}},{{"Update":{{"TableName":"table","Key":{{{B}}},"UpdateExpression":"REMOVE y","ConditionExpression":"attribute_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}}}]}}"#
        );
        let cancelled = call(&emulator, "TransactWriteItems", &request);
        assert_eq!(
            cancelled.body,
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}],"Message":"Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"}"#
        );
        let left = ask(&emulator, "Scan", r#"{"TableName":"table","Select":"COUNT"}"#);
        assert_eq!(left, r#"{"Count":1,"ScannedCount":1}"#);
    }

    #[test]
    fn a_token_makes_a_request_count_once() {
        let emulator = with_table();
        let add = |amount: u8| {
            format!(
                r#"{{"ClientRequestToken":"t","ReturnConsumedCapacity":"TOTAL","TransactItems":[{{"Update":{{"TableName":"table","Key":{{{A}}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{{":n":{{"N":"{amount}"}}}}}}}}]}}"#
            )
        };
        let first = ask(&emulator, "TransactWriteItems", &add(1));
        assert_eq!(
            first,
            r#"{"ConsumedCapacity":[{"CapacityUnits":2.0,"TableName":"table","WriteCapacityUnits":2.0}]}"#
        );
        let again = add(1).replace(A, r#""sk":{"N":"1"},"pk":{"S":"a"}"#);
        let again = ask(&emulator, "TransactWriteItems", &again);
        assert_eq!(
            again,
            r#"{"ConsumedCapacity":[{"CapacityUnits":2.0,"ReadCapacityUnits":2.0,"TableName":"table"}]}"#
        );
        let item = ask(&emulator, "GetItem", &format!(r#"{{"TableName":"table","Key":{{{A}}}}}"#));
        assert!(item.contains(r#""n":{"N":"1"}"#), "{item}");
        let other = call(&emulator, "TransactWriteItems", &add(2));
        assert_eq!(other.error_type().as_deref(), Some("IdempotentParameterMismatchException"));
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        // aws-facts 7.3, us-east-1 and nine more, 2026-10-09.
        let emulator = with_table();
        for (request, text) in [
            (r#"{"TransactItems":[{}]}"#.to_owned(), "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"),
            (r#"{"TransactItems":[{"Put":{},"Delete":{}}]}"#.into(), "TransactItems can only contain one of Check, Put, Update or Delete"),
            (r#"{"TransactItems":[{"Put":{"TableName":"nope","Item":{},"ReturnValuesOnConditionCheckFailure":"x"}}],"ReturnConsumedCapacity":"x"}"#.into(), "2 validation errors detected: Value 'x' at 'transactItems.1.member.put.returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]; Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"),
            (r#"{"TransactItems":[{"Put":{"TableName":"a","Item":{}}}]}"#.into(), "1 validation error detected: Value 'a' at 'transactItems.1.member.put.tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"),
            (format!(r#"{{"TransactItems":[{{"Put":{{"TableName":"table","Item":{{{A}}}}}}},{{"Delete":{{"TableName":"table","Key":{{{A}}}}}}}]}}"#), "Transaction request cannot include multiple operations on one item"),
            (r#"{"TransactItems":[{"Delete":{"TableName":"table","Key":{"pk":{"S":""},"sk":{"N":"1"}}}}]}"#.into(), "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"),
            (r#"{"TransactItems":[{"Delete":{"TableName":"nope","Key":{"pk":{"S":"a"}}}}]}"#.into(), "Requested resource not found"),
            (format!(r#"{{"TransactItems":[{{"Update":{{"TableName":"table","Key":{{{A}}},"UpdateExpression":"SET sk = :n","ExpressionAttributeValues":{{":n":{{"N":"1"}}}}}}}}]}}"#), "Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]"),
        ] {
            assert_eq!(message(&emulator, "TransactWriteItems", &request), text, "{request}");
        }
    }
}
