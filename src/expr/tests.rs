use super::*;
use crate::value::{AttributeValue, Decoder, Item, Stored, encode};
use crate::wire::json::Json;

mod conditions;
mod key_conditions;
mod projections;
mod properties;
mod syntax;
mod updates;

fn item(json: &str) -> Item {
    let json = Json::parse(json.to_owned()).expect(json);
    Decoder::new().item(json.root()).expect("a valid item")
}

fn text(item: &Item) -> String {
    let mut out = Vec::new();
    encode::item(item, &mut out);
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// `#name`s stand for what follows their sign in `n`, values come as JSON.
fn placeholders(names: &[(&str, &str)], values: &str) -> Placeholders {
    let json = Json::parse(values.to_owned()).expect(values);
    let values = Decoder::new().named_values(json.root()).expect("valid values");
    let names = names.iter().map(|(key, name)| ((*key).to_owned(), (*name).to_owned())).collect();
    Placeholders::new(names, values)
}

/// Values for the expressions of the tests: a string, numbers, and one of each other type.
const VALUES: &str = r#"{":v":{"S":"v"},":w":{"S":"w"},":x":{"S":"x"},":pk":{"S":"p"},
    ":1":{"N":"1"},":7":{"N":"7"},":true":{"BOOL":true},":null":{"NULL":true},":b":{"B":"AQI="},
    ":l":{"L":[{"S":"new"}]},":m":{"M":{}},":ss":{"SS":["a","b"]},":ns":{"NS":["1"]},
    ":bs":{"BS":["AQ=="]},":empty":{"S":""}}"#;

fn values() -> Placeholders {
    placeholders(&[("#n", "n"), ("#s", "status"), ("#dot", "a.b")], VALUES)
}

/// The sentence with which a parser refuses an expression.
fn refusal(kind: ExpressionKind, text: &str) -> String {
    let placeholders = &mut values();
    let refused = match kind {
        ExpressionKind::Update => parse_update(text, placeholders).map(drop),
        ExpressionKind::Projection => parse_projection(text, placeholders).map(drop),
        ExpressionKind::KeyCondition => parse_key_condition(text, placeholders).map(drop),
        _ => parse_condition(kind, text, placeholders).map(drop),
    };
    refused.map_or_else(|error| error.to_string(), |()| format!("accepted: {text}"))
}

fn check_refusals(kind: ExpressionKind, rows: &[(&str, &str)]) {
    for (text, sentence) in rows {
        assert_eq!(refusal(kind, text), format!("Invalid {kind}: {sentence}"), "{text}");
    }
}

#[test]
fn unused_placeholders_are_listed_names_first() {
    let mut some = placeholders(&[("#a", "a"), ("#b", "b")], r#"{":a":{"N":"1"},":b":{"N":"2"}}"#);
    let unused = |some: &Placeholders| some.check_unused().map_err(|error| error.to_string());
    let names = "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}";
    assert_eq!(unused(&some), Err(names.to_owned()));
    assert!(parse_projection("#a, #b", &mut some).is_ok());
    assert!(parse_condition(ExpressionKind::Condition, "c = :a", &mut some).is_ok());
    let values = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}";
    assert_eq!(unused(&some), Err(values.to_owned()));
    assert!(parse_update("SET c = :b", &mut some).is_ok());
    assert_eq!(unused(&some), Ok(()));
}

#[test]
fn keys_no_expression_could_name_are_refused() {
    for (names, values, sentence, bare) in [
        (
            &[("#é", "a")][..],
            "{}",
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#é\"",
            false,
        ),
        (
            &[("a", "a")],
            "{}",
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"",
            true,
        ),
        (
            &[("#a", "")],
            "{}",
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
            false,
        ),
        (
            &[],
            r#"{":a-b":{"S":""}}"#,
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \":a-b\"",
            false,
        ),
    ] {
        let error = placeholders(names, values).check_keys().expect_err(sentence);
        assert_eq!((error.to_string().as_str(), error.always_bare()), (sentence, bare));
    }
    assert!(values().check_keys().is_ok());
}
