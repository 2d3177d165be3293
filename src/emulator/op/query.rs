//! Query: the items of one partition of a table or index, in the order of the sort key.

use super::{Op, scan::read_rules, single};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        expression::{self, Naming, Reader, Taking},
        fault::Manner,
        key::{self, KeyError},
        legacy::{self, Conditions},
        page::Range,
        read::{self, Outcome, ReadError, Reading, Source},
        rule::{self, Limit, Rule, Stages},
        shape::{Member, Sent, Shape},
        table::KeyAttribute,
    },
    expr::{
        BoundKeys, ExpressionKind, KeyCondition, KeyShape, KeyTest, legacy::check_query_filter,
        parse_key_condition,
    },
    storage::{Direction, layout},
    value::{AttributeValue, Item, Type, key as bytes},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct Query;

/// aws-facts 1.8 (7 regions, 2026-10-09 and 20).
const STAGES: Stages = Stages {
    newer: &[
        &[Rule::newer("Limit", &[Limit::Least(1)]), rule::EMPTY_TABLE_NAME],
        &[rule::TABLE_NAME, rule::CAPACITY, read_rules::ATTRIBUTES],
    ],
    older: &[
        &[
            read_rules::SELECT,
            rule::CAPACITY,
            read_rules::PRESENT,
            Rule::older("QueryFilter", legacy::OPERATORS),
            Rule::older("KeyConditions", legacy::OPERATORS),
            Rule::older("Limit", &[Limit::Least(1)]),
        ],
        &[rule::TABLE_NAME, read_rules::ATTRIBUTES],
    ],
};

const LEGACY: &[&str] = &["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"];

/// Of the older layer too (aws-facts 5.5).
const SELECT_MANNER: Manner = Manner::Enveloped;

const TAKING: Taking = Taking {
    manner: Manner::Bare,
    names_in: &["ProjectionExpression", "FilterExpression", "KeyConditionExpression"],
    values_in: &["FilterExpression", "KeyConditionExpression"],
    without: ": FilterExpression is null and KeyConditionExpression is null",
    names_structure: true,
    names_unset: Naming::Empty,
};

/// What is asked.
pub(super) struct Input<'a> {
    reading: Reading<'a>,
    keys: KeyCondition,
    direction: Direction,
    /// Whether the filter is a QueryFilter.
    legacy_filtered: bool,
}

impl Op for Query {
    const OPERATION: Operation = Operation::Query;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("IndexName", Shape::Text),
        Member("KeyConditionExpression", Shape::Text),
        Member("FilterExpression", Shape::Text),
        Member("ProjectionExpression", Shape::Text),
        Member("ExpressionAttributeNames", single::NAMES),
        Member("ExpressionAttributeValues", Shape::Values),
        Member("ScanIndexForward", Shape::Boolean),
        Member("Select", Shape::Text),
        Member("Limit", Shape::Integer),
        Member("ExclusiveStartKey", Shape::Values),
        Member("ConsistentRead", Shape::Boolean),
        Member("ReturnConsumedCapacity", Shape::Text),
        Member("AttributesToGet", Shape::Texts),
        Member("QueryFilter", legacy::CONDITIONS),
        Member("ConditionalOperator", Shape::Text),
        Member("KeyConditions", legacy::CONDITIONS),
    ];
    type Input<'a> = Input<'a>;
    type Output = Outcome;

    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Input<'a>, Fault> {
        const MANNER: Manner = Manner::Bare;
        let mut reader = Reader::on(validation.layer(Self::OPERATION));
        let start = reader.item(sent.get("ExclusiveStartKey"))?;
        let named = single::named(&mut reader, sent)?;
        let old_filter = Conditions::read(&mut reader, sent.get("QueryFilter"))?;
        let old_keys = Conditions::read(&mut reader, sent.get("KeyConditions"))?;
        let coerced = sent.integer("Limit").is_some_and(|limit| limit.coerced);
        let lacks_operator = old_filter.lacks_operator() || old_keys.lacks_operator();
        if coerced || lacks_operator || !sent.has("TableName") {
            reader.fall_back();
        }
        rule::check(sent, STAGES.on(reader.members()))?;
        let layer = reader.layer();
        reader.refuse_unnamed(MANNER)?;
        legacy::refuse_mixed(sent, MANNER, LEGACY, TAKING.names_in)?;
        rule::check(sent, &[&[read_rules::SELECT]])?;
        let old_filter = old_filter.join(sent, MANNER, layer)?;
        let old_keys = old_keys.alone(MANNER, layer)?;
        let (legacy_filter, legacy_keys) = (old_filter.filter()?, old_keys.keys()?);
        let attributes = legacy::projection(sent)?;
        let start = read::start(start, layer, false)?;
        let mut expressions = named.check(sent, TAKING, layer)?;
        let text = sent.text("FilterExpression");
        let filter = expressions.condition(ExpressionKind::Filter, text.as_deref());
        let filter = filter.map_err(|error| expressions.refuse(&error))?;
        let projection = expressions.projection(sent.text("ProjectionExpression").as_deref());
        let projection = projection.map_err(|error| expressions.refuse(&error))?;
        let text = sent.text("KeyConditionExpression");
        let keys = expressions.parse(text.as_deref(), parse_key_condition);
        let keys = keys.map_err(|error| match error.is_key_shape() {
            // Told after what is selected (aws-facts 1.8).
            true => read::select(sent, SELECT_MANNER)
                .err()
                .unwrap_or_else(|| expressions.refuse(&error)),
            false => expressions.refuse(&error),
        })?;
        let legacy_filtered = legacy_filter.is_some();
        let (filter, projection) = (filter.or(legacy_filter), projection.or(attributes));
        let reading = Reading::read(sent, &expressions, filter, projection, start, SELECT_MANNER)?;
        let keys = keys.or(legacy_keys).ok_or_else(|| {
            Fault::validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified \
                 in the request.",
            )
        })?;
        let direction = match sent.boolean("ScanIndexForward") {
            Some(false) => Direction::Backward,
            _ => Direction::Forward,
        };
        Ok(Input { reading, keys, direction, legacy_filtered })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Outcome, Fault> {
        let Input { reading, keys, direction, legacy_filtered } = &input;
        let store = emulator.store.read()?;
        let source = reading.source(emulator, caller, &*store, ReadError::VectorQuery)?;
        let refuse = |error| expression::refuse(Manner::Bare, &error);
        let keys = bind(&source, keys)?;
        if let Some(start) = &reading.start {
            check_start(&source, &keys, start)?;
        }
        reading.check_projected(&source)?;
        if let Some(filter) = &reading.filter {
            let names: Vec<&str> = source.schema().attributes().map(|key| &*key.name).collect();
            if *legacy_filtered {
                let checked = check_query_filter(filter, &names);
                checked.map_err(|error| legacy::refuse(Manner::Bare, &error))?;
            } else {
                source.check_filter(filter).map_err(refuse)?;
                filter.check_names_no_key(&names).map_err(refuse)?;
            }
        }
        let range = range(&source, &keys);
        reading.run(emulator, &*store, source, (&range, Some(&keys.hash)), *direction)
    }

    fn encode(outcome: Outcome, json: &mut Writer) {
        outcome.encode(json);
    }
}

fn bind(source: &Source, keys: &KeyCondition) -> Result<BoundKeys, Fault> {
    let schema = source.schema();
    let (hash, range) = (named(&schema.partition), named(&schema.sort));
    let shape = KeyShape { hash: &hash, range: &range };
    keys.bind(&shape).map_err(|error| expression::refuse(Manner::Bare, &error))
}

fn named(attributes: &[KeyAttribute]) -> Vec<(&str, Type)> {
    attributes.iter().map(|attribute| (&*attribute.name, attribute.kind)).collect()
}

/// The places that the condition asks for.
pub(super) fn range(source: &Source, keys: &BoundKeys) -> Range {
    let mut prefix = source.prefix();
    let values = keys.hash.iter().map(|value| Some(&**value));
    // The condition was held against the schema, so all values can be keys.
    let _ = key::partition(values, &mut prefix);
    for value in &keys.equal {
        let _ = bytes::encode(value, &mut prefix);
    }
    let with = |value: &AttributeValue| {
        let mut place = prefix.clone();
        let _ = bytes::encode(value, &mut place);
        place
    };
    let end = || layout::after(&prefix);
    match &keys.range {
        None => Range { to: end(), from: prefix },
        Some(KeyTest::Equal(value)) => Range { from: with(value), to: layout::after(&with(value)) },
        Some(KeyTest::Less(value)) => Range { to: Some(with(value)), from: prefix },
        Some(KeyTest::LessOrEqual(value)) => {
            Range { to: layout::after(&with(value)), from: prefix }
        }
        Some(KeyTest::Greater(value)) => {
            Range { from: layout::after(&with(value)).unwrap_or_default(), to: end() }
        }
        Some(KeyTest::GreaterOrEqual(value)) => Range { from: with(value), to: end() },
        Some(KeyTest::Between(lower, upper)) => {
            Range { from: with(lower), to: layout::after(&with(upper)) }
        }
        Some(KeyTest::BeginsWith(start)) => {
            let mut place = prefix.clone();
            let _ = bytes::encode_prefix(start, &mut place);
            Range { to: layout::after(&place), from: place }
        }
    }
}

/// Whether a start key can be where this query has been (aws-facts 5.7, four regions 2026-10-09).
fn check_start(source: &Source, keys: &BoundKeys, start: &Item) -> Result<(), Fault> {
    if !source.is_key(start) {
        return Err(ReadError::Start.into());
    }
    for (name, value) in start.iter() {
        if let Some(kind) = key::emptiness(value) {
            return Err(KeyError::Empty { kind, name: name.into() }.into());
        }
    }
    let schema = source.schema();
    let differs = |(attribute, value): (&KeyAttribute, &std::sync::Arc<AttributeValue>)| {
        start.get(&attribute.name) != Some(&**value)
    };
    let partition: Vec<bool> = schema.partition.iter().zip(&keys.hash).map(differs).collect();
    let (last, leading) =
        partition.split_last().map_or((false, &[][..]), |(last, rest)| (*last, rest));
    if leading.contains(&true) {
        return Err(ReadError::StartElsewhere.into());
    }
    let unequal = schema.sort.iter().zip(&keys.equal).any(differs);
    let tested = schema.sort.get(keys.equal.len()).and_then(|one| start.get(&one.name));
    let missed = match (&keys.range, tested) {
        (Some(test), Some(value)) => !meets(test, value),
        _ => false,
    };
    if unequal || missed {
        return Err(ReadError::StartOutOfRange.into());
    }
    if !last {
        return Ok(());
    }
    let conditioned = keys.range.is_some() || !keys.equal.is_empty();
    Err(match source.index_of() {
        _ if conditioned => ReadError::StartElsewhere,
        None if schema.sort.is_empty() => ReadError::StartInvalid,
        _ => ReadError::StartOutside,
    }
    .into())
}

fn meets(test: &KeyTest, value: &AttributeValue) -> bool {
    let is = |other: &AttributeValue| value.order(other);
    match test {
        KeyTest::Equal(other) => is(other).is_some_and(std::cmp::Ordering::is_eq),
        KeyTest::Less(other) => is(other).is_some_and(std::cmp::Ordering::is_lt),
        KeyTest::LessOrEqual(other) => is(other).is_some_and(std::cmp::Ordering::is_le),
        KeyTest::Greater(other) => is(other).is_some_and(std::cmp::Ordering::is_gt),
        KeyTest::GreaterOrEqual(other) => is(other).is_some_and(std::cmp::Ordering::is_ge),
        KeyTest::Between(lower, upper) => {
            is(lower).is_some_and(std::cmp::Ordering::is_ge)
                && is(upper).is_some_and(std::cmp::Ordering::is_le)
        }
        KeyTest::BeginsWith(start) => crate::expr::begins_with(value, start),
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::{
        Emulator,
        op::tests::{ask, message, with_table},
    };

    fn filled() -> Emulator {
        let emulator = with_table();
        for at in [-2, -1, 0, 1, 2, 10, 100] {
            ask(
                &emulator,
                "PutItem",
                &format!(
                    r#"{{"TableName":"table","Item":{{"pk":{{"S":"a"}},"sk":{{"N":"{at}"}},"lk":{{"S":"l{at}"}},"gk":{{"S":"g"}},"a":{{"N":"{at}"}},"b":{{"S":"b"}}}}}}"#
                ),
            );
        }
        emulator
    }

    const A: &str = r#"":a":{"S":"a"}"#;

    fn body(condition: &str, values: &str, more: &str) -> String {
        format!(
            r#"{{"TableName":"table","KeyConditionExpression":"{condition}","ExpressionAttributeValues":{{{values}}}{more}}}"#
        )
    }

    fn found(emulator: &Emulator, condition: &str, values: &str, more: &str) -> Vec<i32> {
        let answer = ask(emulator, "Query", &body(condition, values, more));
        let (items, _) = answer.split_once("]").expect("items");
        let parts = items.split(r#""sk":{"N":""#).skip(1);
        parts.map(|part| part.split('"').next().unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn finds_what_the_key_condition_asks_for_in_order() {
        let emulator = filled();
        let low = format!(r#"{A},":l":{{"N":"0"}}"#);
        let high = format!(r#"{low},":h":{{"N":"10"}}"#);
        let prefix = format!(r#"{A},":p":{{"S":"l1"}}"#);
        let back = r#","ScanIndexForward":false"#;
        for (condition, values, more, keys) in [
            ("pk = :a", A, "", &[-2, -1, 0, 1, 2, 10, 100][..]),
            ("pk = :a AND sk = :l", &*low, "", &[0]),
            ("sk < :l AND pk = :a", &*low, "", &[-2, -1]),
            ("pk = :a AND sk <= :l", &*low, "", &[-2, -1, 0]),
            ("pk = :a AND :l < sk", &*low, "", &[1, 2, 10, 100]),
            ("pk = :a AND sk >= :l", &*low, back, &[100, 10, 2, 1, 0]),
            ("pk = :a AND sk BETWEEN :l AND :h", &*high, "", &[0, 1, 2, 10]),
            (
                "pk = :a",
                A,
                r#","Limit":2,"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"5"}}"#,
                &[10, 100],
            ),
            (
                "pk = :a",
                A,
                r#","Limit":2,"ScanIndexForward":false,"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"5"}}"#,
                &[2, 1],
            ),
            ("pk = :a AND begins_with(lk, :p)", &*prefix, r#","IndexName":"lsi""#, &[1, 10, 100]),
        ] {
            assert_eq!(found(&emulator, condition, values, more), keys, "{condition}{more}");
        }
    }

    #[test]
    fn an_index_gives_what_it_has_and_a_local_one_reaches_back() {
        let emulator = filled();
        let global = body(
            "gk = :g AND sk = :l",
            r#"":g":{"S":"g"},":l":{"N":"0"}"#,
            r#","IndexName":"gsi","ReturnConsumedCapacity":"INDEXES""#,
        );
        assert_eq!(
            ask(&emulator, "Query", &global),
            r#"{"ConsumedCapacity":{"CapacityUnits":0.5,"GlobalSecondaryIndexes":{"gsi":{"CapacityUnits":0.5}},"Table":{"CapacityUnits":0.0},"TableName":"table"},"Count":1,"Items":[{"a":{"N":"0"},"gk":{"S":"g"},"pk":{"S":"a"},"sk":{"N":"0"}}],"ScannedCount":1}"#
        );
        // aws-facts 6.4: half a unit a row besides.
        let local = body(
            "pk = :a AND lk < :l",
            r#"":a":{"S":"a"},":l":{"S":"l0"}"#,
            r#","IndexName":"lsi","ReturnConsumedCapacity":"INDEXES","ProjectionExpression":"b","Limit":2"#,
        );
        assert_eq!(
            ask(&emulator, "Query", &local),
            r#"{"ConsumedCapacity":{"CapacityUnits":1.5,"LocalSecondaryIndexes":{"lsi":{"CapacityUnits":0.5}},"Table":{"CapacityUnits":1.0},"TableName":"table"},"Count":2,"Items":[{"b":{"S":"b"}},{"b":{"S":"b"}}],"LastEvaluatedKey":{"lk":{"S":"l-2"},"pk":{"S":"a"},"sk":{"N":"-2"}},"ScannedCount":2}"#
        );
    }

    #[test]
    fn an_index_can_have_keys_of_several_attributes() {
        // aws-facts 5.2, eu-west-2 and us-east-1 2026-10.
        let emulator = Emulator::default();
        ask(
            &emulator,
            "CreateTable",
            r#"{"TableName":"multi","BillingMode":"PAY_PER_REQUEST",
                "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"h1","AttributeType":"S"},{"AttributeName":"h2","AttributeType":"N"},
                    {"AttributeName":"r1","AttributeType":"N"},{"AttributeName":"r2","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
                "GlobalSecondaryIndexes":[{"IndexName":"gsi","Projection":{"ProjectionType":"KEYS_ONLY"},
                    "KeySchema":[{"AttributeName":"h1","KeyType":"HASH"},{"AttributeName":"h2","KeyType":"HASH"},{"AttributeName":"r1","KeyType":"RANGE"},{"AttributeName":"r2","KeyType":"RANGE"}]}]}"#,
        );
        for (pk, more) in [
            ("a", r#","h2":{"N":"1"},"r1":{"N":"10"},"r2":{"S":"x"}"#),
            ("b", r#","h2":{"N":"1"},"r1":{"N":"9"},"r2":{"S":"y"}"#),
            ("c", r#","h2":{"N":"1"},"r1":{"N":"9"},"r2":{"S":"x"}"#),
            ("d", r#","h2":{"N":"1"},"r1":{"N":"9"}"#),
        ] {
            ask(
                &emulator,
                "PutItem",
                &format!(
                    r#"{{"TableName":"multi","Item":{{"pk":{{"S":"{pk}"}},"h1":{{"S":"h"}}{more}}}}}"#
                ),
            );
        }
        let query = |condition: &str, values: &str, more: &str| {
            format!(
                r#"{{"TableName":"multi","IndexName":"gsi","KeyConditionExpression":"{condition}","ExpressionAttributeValues":{{":h":{{"S":"h"}},":1":{{"N":"1"}}{values}}}{more}}}"#
            )
        };
        let partition = "h1 = :h AND h2 = :1";
        let page = ask(&emulator, "Query", &query(partition, "", r#","Limit":2"#));
        let (items, last) = page.split_once(r#""LastEvaluatedKey":"#).expect("more");
        assert!(items.find(r#""S":"c""#) < items.find(r#""S":"b""#), "{items}");
        assert_eq!(
            last,
            r#"{"h1":{"S":"h"},"h2":{"N":"1"},"pk":{"S":"b"},"r1":{"N":"9"},"r2":{"S":"y"}},"ScannedCount":2}"#
        );
        let range = format!("{partition} AND r2 = :r");
        assert_eq!(
            message(&emulator, "Query", &query(&range, r#",":r":{"S":"x"}"#, "")),
            "RANGE key attributes r1 must have equality conditions specified in the query because a condition is present on key attribute r2"
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        let emulator = filled();
        let one = &*format!(r#"{A},":o":{{"N":"1"}}"#);
        for (condition, values, more, text) in [
            (
                "pk = :a",
                A,
                r#","Select":"SPECIFIC_ATTRIBUTES""#,
                "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
            ),
            ("sk = :a", A, "", "Query condition missed key schema element: pk"),
            (
                "pk = :a AND sk = :o AND b = :o",
                one,
                "",
                "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)",
            ),
            ("pk > :a", A, "", "Query key condition not supported"),
            (
                "pk = :o",
                r#"":o":{"N":"1"}"#,
                "",
                "One or more parameter values were invalid: Condition parameter type does not match schema type",
            ),
            (
                "pk = :a",
                one,
                r#","FilterExpression":"sk = :o""#,
                "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
            ),
            (
                "pk = :a",
                A,
                r#","ExclusiveStartKey":{"pk":{"S":"a"}}"#,
                "The provided starting key is invalid",
            ),
            (
                "pk = :a",
                A,
                r#","ExclusiveStartKey":{"pk":{"S":"b"},"sk":{"N":"1"}}"#,
                "The provided starting key is outside query boundaries based on provided conditions",
            ),
            (
                "pk = :a AND sk > :o",
                one,
                r#","ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"1"}}"#,
                "The provided starting key does not match the range key predicate",
            ),
            (
                "pk = :a AND sk > :o",
                one,
                r#","ExclusiveStartKey":{"pk":{"S":"b"},"sk":{"N":"2"}}"#,
                "The query can return at most one row and cannot be restarted",
            ),
        ] {
            let request = body(condition, values, more);
            assert_eq!(message(&emulator, "Query", &request), text, "{request}");
        }
        let neither = message(&emulator, "Query", r#"{"TableName":"table"}"#);
        assert_eq!(
            neither,
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        );
    }
}
