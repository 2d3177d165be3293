//! A second opinion on PartiQL: random statements find and change what the classic operations do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test

use std::collections::BTreeMap;

use dynatape::{
    emulator::Emulator,
    wire::{
        Operation, Request,
        json::{Json, Value, compact},
    },
};
use proptest::prelude::*;

/// A value in the two ways of writing it.
#[derive(Clone, Debug)]
struct Written {
    partiql: String,
    json: String,
}

fn written(partiql: impl Into<String>, json: impl Into<String>) -> Written {
    Written { partiql: partiql.into(), json: json.into() }
}

fn value() -> impl Strategy<Value = Written> {
    prop_oneof![
        (-3..6i32).prop_map(|n| written(n.to_string(), format!(r#"{{"N":"{n}"}}"#))),
        "[ab']{0,2}".prop_map(|text| written(
            format!("'{}'", text.replace('\'', "''")),
            format!(r#"{{"S":"{text}"}}"#)
        )),
        any::<bool>().prop_map(|b| written(b.to_string(), format!(r#"{{"BOOL":{b}}}"#))),
        Just(written("NULL", r#"{"NULL":true}"#)),
        Just(written("<<1, 2>>", r#"{"NS":["1","2"]}"#)),
        Just(written("[1, 'a']", r#"{"L":[{"N":"1"},{"S":"a"}]}"#)),
        Just(written("{'k': 1}", r#"{"M":{"k":{"N":"1"}}}"#)),
    ]
}

fn scalar() -> impl Strategy<Value = Written> {
    value().prop_filter("a scalar", |value| {
        value.json.starts_with(r#"{"N""#) && !value.json.contains('[')
            || value.json.starts_with(r#"{"S""#)
    })
}

/// A condition: as PartiQL, and as an expression with the values it uses.
#[derive(Clone, Debug)]
struct Condition {
    partiql: String,
    expression: String,
    values: Vec<String>,
}

fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "m.k", "l[0]", "l[1]"])
}

fn leaf() -> impl Strategy<Value = Condition> {
    let comparator = prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let compared = (path(), comparator, scalar()).prop_map(|(path, comparator, value)| {
        condition(
            format!("{path} {comparator} {}", value.partiql),
            format!("{path} {comparator} ?"),
            vec![value],
        )
    });
    let equal = (path(), value()).prop_map(|(path, value)| {
        condition(format!("{} = {path}", value.partiql), format!("? = {path}"), vec![value])
    });
    let between = (path(), -3..6i32, 0..4i32).prop_map(|(path, low, more)| {
        let bound = |n: i32| written(n.to_string(), format!(r#"{{"N":"{n}"}}"#));
        let (low, high) = (bound(low), bound(low + more));
        condition(
            format!("{path} BETWEEN {} AND {}", low.partiql, high.partiql),
            format!("{path} BETWEEN ? AND ?"),
            vec![low, high],
        )
    });
    let among = (path(), prop::collection::vec(value(), 1..4)).prop_map(|(path, list)| {
        let texts: Vec<_> = list.iter().map(|value| value.partiql.clone()).collect();
        let marks = vec!["?"; list.len()].join(", ");
        condition(format!("{path} IN [{}]", texts.join(", ")), format!("{path} IN ({marks})"), list)
    });
    let missing = path().prop_map(|path| {
        condition(format!("{path} IS MISSING"), format!("attribute_not_exists({path})"), vec![])
    });
    let typed = (
        path(),
        prop::sample::select(vec![
            ("STRING", "S"),
            ("NUMERIC", "N"),
            ("LIST", "L"),
            ("NULL", "NULL"),
            ("STRUCT", "M"),
        ]),
    )
        .prop_map(|(path, (name, kind))| {
            let kind = written("", format!(r#"{{"S":"{kind}"}}"#));
            condition(format!("{path} IS {name}"), format!("attribute_type({path}, ?)"), vec![kind])
        });
    let contains = (path(), value()).prop_map(|(path, value)| {
        condition(
            format!("contains({path}, {})", value.partiql),
            format!("contains({path}, ?)"),
            vec![value],
        )
    });
    let begins = (path(), "[ab]{0,1}").prop_map(|(path, text)| {
        let value = written(format!("'{text}'"), format!(r#"{{"S":"{text}"}}"#));
        condition(
            format!("begins_with({path}, '{text}')"),
            format!("begins_with({path}, ?)"),
            vec![value],
        )
    });
    let sized = (path(), 0..3u8).prop_map(|(path, size)| {
        let value = written(size.to_string(), format!(r#"{{"N":"{size}"}}"#));
        condition(format!("size({path}) > {size}"), format!("size({path}) > ?"), vec![value])
    });
    prop_oneof![compared, equal, between, among, missing, typed, contains, begins, sized]
}

fn condition(partiql: String, expression: String, values: Vec<Written>) -> Condition {
    Condition { partiql, expression, values: values.into_iter().map(|value| value.json).collect() }
}

fn any_condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(3, 8, 2, |inner| {
        let pair = (inner.clone(), inner.clone(), any::<bool>());
        prop_oneof![
            pair.prop_map(|(left, right, all)| {
                let word = if all { "AND" } else { "OR" };
                let join = |left: &str, right: &str| format!("({left} {word} {right})");
                Condition {
                    partiql: join(&left.partiql, &right.partiql),
                    expression: join(&left.expression, &right.expression),
                    values: [left.values, right.values].concat(),
                }
            }),
            inner.prop_map(|inner| Condition {
                partiql: format!("NOT {}", inner.partiql),
                expression: format!("NOT {}", inner.expression),
                values: inner.values,
            }),
        ]
    })
}

impl Condition {
    /// The members of a request that say the expression, under `member`.
    fn members(&self, member: &str, before: &str, named: &[(&str, &str)]) -> String {
        let mut text = before.to_owned();
        let mut values: Vec<_> =
            named.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
        let mut parts = self.expression.split('?');
        text.push_str(parts.next().unwrap_or_default());
        for (at, part) in parts.enumerate() {
            text.push_str(&format!(":v{at}{part}"));
            values.push(format!(r#"":v{at}":{}"#, self.values[at]));
        }
        let mut members = format!(r#","{member}":"{text}""#);
        if !values.is_empty() {
            members.push_str(&format!(r#","ExpressionAttributeValues":{{{}}}"#, values.join(",")));
        }
        members
    }

    /// The same with every value as a parameter.
    fn parameters(&self) -> String {
        match self.values.is_empty() {
            true => String::new(),
            false => format!(r#","Parameters":[{}]"#, self.values.join(",")),
        }
    }
}

fn item() -> impl Strategy<Value = BTreeMap<&'static str, Written>> {
    let attributes = prop::sample::subsequence(vec!["a", "b", "c", "l", "m"], 0..=5);
    (attributes, prop::collection::vec(value(), 5)).prop_map(|(names, values)| {
        let of = |name: &'static str, value: Written| match name {
            "l" => written(
                format!("[{}, 2]", value.partiql),
                format!(r#"{{"L":[{},{{"N":"2"}}]}}"#, value.json),
            ),
            "m" => written(
                format!("{{'k': {}}}", value.partiql),
                format!(r#"{{"M":{{"k":{}}}}}"#, value.json),
            ),
            _ => value,
        };
        names.into_iter().zip(values).map(|(name, value)| (name, of(name, value))).collect()
    })
}

fn call(emulator: &Emulator, operation: Operation, body: &str) -> Json {
    let response = emulator.call(&Request::of(operation, body.to_owned()));
    Json::parse(response.body.to_vec()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn table() -> Emulator {
    let emulator = Emulator::default();
    call(
        &emulator,
        Operation::CreateTable,
        r#"{"TableName":"tbl","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],
            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}"#,
    );
    emulator
}

/// Puts each item with INSERT into one table and with PutItem into another.
fn filled(items: &[BTreeMap<&'static str, Written>]) -> (Emulator, Emulator) {
    let (by_statement, by_operation) = (table(), table());
    for (at, item) in items.iter().enumerate() {
        let (pk, sk) = (if at % 3 == 0 { "x" } else { "y" }, at);
        let statement: Vec<_> =
            item.iter().map(|(name, value)| format!(", '{name}': {}", value.partiql)).collect();
        let statement =
            format!("INSERT INTO tbl VALUE {{'pk': '{pk}', 'sk': {sk}{}}}", statement.concat());
        let json: Vec<_> =
            item.iter().map(|(name, value)| format!(r#","{name}":{}"#, value.json)).collect();
        let json = format!(r#"{{"pk":{{"S":"{pk}"}},"sk":{{"N":"{sk}"}}{}}}"#, json.concat());
        call(
            &by_statement,
            Operation::ExecuteStatement,
            &format!(r#"{{"Statement":"{statement}"}}"#),
        );
        let put = format!(r#"{{"TableName":"tbl","Item":{json}}}"#);
        call(&by_operation, Operation::PutItem, &put);
    }
    (by_statement, by_operation)
}

/// The items of an answer. Number sets in ascending order: the two list them differently.
fn items(answer: &Json, what: &str) -> Vec<String> {
    let list =
        answer.root().get("Items").unwrap_or_else(|| panic!("{what}: {}", compact(answer.root())));
    list.elements().map(|item| compact(item).replace(r#"["2","1"]"#, r#"["1","2"]"#)).collect()
}

/// All that is in a table.
fn all(emulator: &Emulator) -> Vec<String> {
    items(&call(emulator, Operation::Scan, r#"{"TableName":"tbl"}"#), "scan")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_select_finds_what_scan_and_query_find(
        stored in prop::collection::vec(item(), 1..8),
        condition in any_condition(),
        partition in prop::sample::select(vec!["x", "y"]),
        limit in 1..9usize,
    ) {
        let (by_statement, by_operation) = filled(&stored);
        prop_assert_eq!(all(&by_statement), all(&by_operation));

        let filter = condition.members("FilterExpression", "", &[]);
        let scan = call(&by_operation, Operation::Scan, &format!(r#"{{"TableName":"tbl"{filter}}}"#));
        let statement = format!(r#"{{"Statement":"SELECT * FROM tbl WHERE {}"}}"#, condition.partiql);
        let select = call(&by_statement, Operation::ExecuteStatement, &statement);
        if scan.root().get("Items").is_none() {
            // What an expression cannot say, a statement cannot either.
            prop_assert!(select.root().get("Items").is_none(), "{}", statement);
            return Ok(());
        }
        prop_assert_eq!(items(&select, &statement), items(&scan, &filter));

        let parameterized = format!(
            r#"{{"Statement":"SELECT * FROM tbl WHERE {}"{}}}"#,
            match condition.partiql.contains(" IN [") || condition.partiql.contains(" IS ") {
                true => condition.partiql.clone(),
                false => condition.expression.clone(),
            },
            condition.parameters(),
        );
        let again = call(&by_statement, Operation::ExecuteStatement, &parameterized);
        prop_assert_eq!(items(&again, &parameterized), items(&scan, &filter));

        let of = format!(r#"{{"S":"{partition}"}}"#);
        let keyed = condition.members("FilterExpression", "", &[(":pk", &of)]);
        let query = format!(r#"{{"TableName":"tbl","KeyConditionExpression":"pk = :pk"{keyed}}}"#);
        let query = items(&call(&by_operation, Operation::Query, &query), &query);
        let statement =
            format!("SELECT * FROM tbl WHERE pk = '{partition}' AND {}", condition.partiql);
        let mut pages = Vec::new();
        let mut token = String::new();
        for _ in 0..20 {
            let body = format!(r#"{{"Statement":"{statement}","Limit":{limit}{token}}}"#);
            let page = call(&by_statement, Operation::ExecuteStatement, &body);
            pages.extend(items(&page, &body));
            match page.root().get("NextToken").and_then(Value::as_str) {
                Some(next) => token = format!(r#","NextToken":"{next}""#),
                None => break,
            }
        }
        prop_assert_eq!(pages, query, "{}", statement);
    }

    #[test]
    fn an_update_makes_what_update_item_makes(
        stored in item(),
        condition in any_condition(),
        (path, new) in (path(), value()),
        (sum_of, more) in (prop::sample::select(vec!["a", "b", "c"]), -3..6i32),
        removed in prop::sample::select(vec!["a", "b", "c", "m.k", "l[0]"]),
        choice in 0..4u8,
    ) {
        let (by_statement, by_operation) = filled(std::slice::from_ref(&stored));
        let number = format!(r#"{{"N":"{more}"}}"#);
        let (statement, expression, values) = match choice {
            0 => (format!("SET {path} = {}", new.partiql), format!("SET {path} = :n"), vec![(":n", &*new.json)]),
            1 => (format!("SET z = {sum_of} + {more}"), format!("SET z = {sum_of} + :n"), vec![(":n", &*number)]),
            2 => (format!("REMOVE {removed}"), format!("REMOVE {removed}"), vec![]),
            _ => (
                format!("SET l = list_append(l, [{more}])"),
                "SET l = list_append(l, :l)".to_owned(),
                vec![(":l", ""), (":n", &*number)],
            ),
        };
        let list = format!(r#"{{"L":[{number}]}}"#);
        let values: Vec<_> = values
            .into_iter()
            .filter(|(name, _)| choice != 3 || *name == ":l")
            .map(|(name, value)| (name, if name == ":l" { &*list } else { value }))
            .collect();
        let condition_members = condition.members("ConditionExpression", "", &values);
        let classic = format!(
            r#"{{"TableName":"tbl","Key":{{"pk":{{"S":"x"}},"sk":{{"N":"0"}}}},"UpdateExpression":"{expression}"{condition_members}}}"#
        );
        let classic = call(&by_operation, Operation::UpdateItem, &classic);
        let statement =
            format!("UPDATE tbl {statement} WHERE pk = 'x' AND sk = 0 AND {}", condition.partiql);
        let body = format!(r#"{{"Statement":"{statement}"}}"#);
        let answer = call(&by_statement, Operation::ExecuteStatement, &body);
        let kind = |answer: &Json| answer.root().get("__type").and_then(Value::as_str).map(|kind| kind.into_owned());
        prop_assert_eq!(kind(&answer), kind(&classic), "{}: {}", statement, compact(answer.root()));
        prop_assert_eq!(all(&by_statement), all(&by_operation), "{}", statement);
    }
}
