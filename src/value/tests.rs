use super::*;
use crate::wire::json::Json;

fn value(json: &str) -> AttributeValue {
    let json = Json::parse(json.to_owned()).expect(json);
    Decoder::new().value(json.root()).expect("a valid value")
}

#[test]
fn sizes_are_those_of_the_service() {
    for (json, bytes) in [
        (r#"{"N":"0"}"#, 1),
        (r#"{"N":"1"}"#, 2),
        (r#"{"N":"100"}"#, 2),
        (r#"{"N":"1010"}"#, 3),
        (r#"{"N":"0.0000001"}"#, 2),
        (r#"{"N":"1E125"}"#, 2),
        (r#"{"N":"-42"}"#, 3),
        (r#"{"N":"12345678901234567890123456789012345678"}"#, 20),
        (r#"{"N":"100.5"}"#, 4),
        (r#"{"N":"1.05"}"#, 3),
        (r#"{"S":""}"#, 0),
        (r#"{"S":"é😀"}"#, 6),
        (r#"{"B":"AQID"}"#, 3),
        (r#"{"BOOL":false}"#, 1),
        (r#"{"NULL":true}"#, 1),
        (r#"{"SS":["a","bc"]}"#, 3),
        (r#"{"NS":["1","-42"]}"#, 5),
        (r#"{"BS":["AQ==","AQI="]}"#, 3),
        (r#"{"L":[]}"#, 3),
        (r#"{"L":[{"S":"a"},{"L":[]}]}"#, 3 + (1 + 1) + (1 + 3)),
        (r#"{"M":{}}"#, 3),
        (r#"{"M":{"ab":{"S":"c"}}}"#, 3 + 2 + 1 + 1),
    ] {
        assert_eq!(size::value(&value(json)), bytes, "{json}");
    }
    let item = Item::from_iter([("pk", value(r#"{"S":"a"}"#)), ("né", value(r#"{"N":"7"}"#))]);
    assert_eq!(size::item(&item), (2 + 1) + (3 + 2));
}

#[test]
fn types_are_found_by_their_names() {
    for kind in Type::ALL {
        assert_eq!(Type::from_name(kind.name()), Some(kind));
    }
    assert_eq!((Type::from_name("s"), Type::from_name("")), (None, None));
}

#[test]
fn a_value_is_no_larger_than_it_need_be() {
    assert!(std::mem::size_of::<AttributeValue>() <= 32);
}

#[test]
fn values_are_equal_whatever_their_spelling_and_order() {
    for (left, right, equal) in [
        (r#"{"N":"1"}"#, r#"{"N":"1.00"}"#, true),
        (r#"{"N":"0"}"#, r#"{"N":"-0"}"#, true),
        (r#"{"SS":["a","b"]}"#, r#"{"SS":["b","a"]}"#, true),
        (r#"{"NS":["2","10"]}"#, r#"{"NS":["1e1","2.0"]}"#, true),
        (r#"{"L":[{"S":"a"},{"S":"b"}]}"#, r#"{"L":[{"S":"b"},{"S":"a"}]}"#, false),
        (
            r#"{"M":{"a":{"N":"1"},"b":{"N":"2"}}}"#,
            r#"{"M":{"b":{"N":"2.0"},"a":{"N":"1"}}}"#,
            true,
        ),
        (r#"{"S":"1"}"#, r#"{"N":"1"}"#, false),
    ] {
        assert_eq!(value(left) == value(right), equal, "{left} {right}");
    }
}

#[test]
fn a_map_keeps_its_names_in_order() {
    let mut map = Map::new();
    let n = |whole: u64| AttributeValue::N(whole.into());
    for name in ["b", "a", "c"] {
        assert_eq!(map.insert(name, n(1)), None);
    }
    assert_eq!(map.insert("b", n(2)), Some(n(1)));
    assert_eq!(map.names().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(map.remove("a"), Some(n(1)));
    assert_eq!((map.get("a"), map.get("b"), map.len()), (None, Some(&n(2)), 2));
    let later = Map::from_iter([("x", n(1)), ("a", n(1)), ("x", n(2))]);
    assert_eq!((later.len(), later.get("x")), (2, Some(&n(2))));
}

#[test]
fn sets_join_and_part() {
    let set = |members: &[i32]| Set::new(members.to_vec());
    assert_eq!(set(&[]), None);
    assert_eq!(set(&[2, 1, 2]), None);
    let (left, right) = (set(&[3, 1]).expect("a set"), set(&[2, 3]).expect("a set"));
    assert_eq!(&*left.union(&right), [1, 2, 3]);
    assert_eq!(left.difference(&right), set(&[1]));
    assert_eq!(left.difference(&left), None);
}

#[test]
fn base64_is_strict() {
    use base64::Base64Error::{Digit, Length, Tail};
    for bytes in [&b""[..], b"a", b"ab", b"abc", b"\xff\xfe\xfd\xfc", b"\0"] {
        assert_eq!(base64::decode(&base64::text(bytes)).as_deref(), Ok(bytes));
    }
    assert_eq!(base64::text(b"Many hands"), "TWFueSBoYW5kcw==");
    for (text, error) in [
        ("23456", Length(5)),
        ("YQ", Length(2)),
        ("Y*Jj", Digit(b'*')),
        ("Y=Jj", Digit(b'=')),
        ("YR==", Tail),
        ("YWJ=", Tail),
        ("Y===", Digit(b'=')),
        ("YQ==YQ==", Digit(b'=')),
    ] {
        assert_eq!(base64::decode(text), Err(error), "{text}");
    }
}
