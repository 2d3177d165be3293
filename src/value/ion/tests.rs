use proptest::prelude::*;

use super::*;
use crate::{
    value::{Decoder, stored},
    wire::json::Json,
};

fn written(item: &str) -> String {
    let json = Json::parse(item.to_owned()).expect("JSON");
    let item = Decoder::new().item(json.root()).expect("an item");
    let mut out = Vec::new();
    super::item(&item, &mut out);
    String::from_utf8(out).expect("text")
}

fn read(text: &str) -> Result<AttributeValue, IonError> {
    let mut reader = Reader::new(text);
    let value = reader.next().expect("a value")?.value();
    assert_eq!(reader.next(), None, "{text}");
    value
}

#[test]
fn an_item_is_written_as_the_services_documentation_shows() {
    let item = r#"{"Authors":{"SS":["Author1","Author2"]},"Dimensions":{"S":"8.5 x 11.0 x 1.5"},"Id":{"N":"103"},"InPublication":{"BOOL":false},"PageCount":{"N":"600"},"Price":{"N":"2000"},"Title":{"S":"Book 103 Title"}}"#;
    assert_eq!(
        written(item),
        r#"{Authors:$dynamodb_SS::["Author1","Author2"],Dimensions:"8.5 x 11.0 x 1.5",Id:103.,InPublication:false,PageCount:6d2,Price:2d3,Title:"Book 103 Title"}"#
    );
}

#[test]
fn decimals_are_written_as_ion_java_prints_them() {
    for (number, text) in [
        ("0", "0."),
        ("-7", "-7."),
        ("1.5", "1.5"),
        ("-0.25", "-0.25"),
        ("0.000001", "0.000001"),
        ("0.0000012", "0.0000012"),
        ("0.0000001", "1d-7"),
        ("1E125", "1d125"),
        ("-1E-130", "-1d-130"),
    ] {
        assert_eq!(written(&format!(r#"{{"a":{{"N":"{number}"}}}}"#)), format!("{{a:{text}}}"));
    }
}

#[test]
fn names_are_quoted_where_they_are_no_identifiers() {
    for (name, text) in [
        ("a_1$", "a_1$"),
        ("$5", "'$5'"),
        ("null", "'null'"),
        ("1a", "'1a'"),
        ("a b", "'a b'"),
        ("it's", r"'it\'s'"),
        ("é", "'é'"),
    ] {
        let item = format!(r#"{{"{name}":{{"BOOL":true}}}}"#);
        assert_eq!(written(&item), format!("{{{text}:true}}"));
    }
}

#[test]
fn every_way_to_write_a_value_is_read() {
    let number = |text: &str| AttributeValue::N(text.parse().expect("a number"));
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for (ion, value) in [
        ("$ion_1_0 1_000", number("1000")),
        ("0x1F", number("31")),
        ("-0b101", number("-5")),
        ("103.", number("103")),
        ("6d2", number("600")),
        ("-1.5e-3", number("-0.0015")),
        (
            r#""a\"\x41\u00e9\U0001F600\
b""#,
            text("a\"Aé😀b"),
        ),
        (r#""\ud83d\ude00""#, text("😀")),
        ("'''a\r\n''' /* and */ '''b'''", text("a\nb")),
        ("// before\nnull.string", AttributeValue::Null),
        ("{{ AAEC Aw== }}", AttributeValue::B(vec![0, 1, 2, 3])),
        ("usd::[true,]", AttributeValue::L(vec![AttributeValue::Bool(true)])),
        (
            "{'a b':1,\"c\":{},}",
            AttributeValue::M(
                [("a b", number("1")), ("c", AttributeValue::M(Map::new()))].into_iter().collect(),
            ),
        ),
        (
            "$dynamodb_NS :: [2,1.]",
            AttributeValue::Ns(
                Set::new(vec!["1".parse().expect("1"), "2".parse().expect("2")]).expect("a set"),
            ),
        ),
    ] {
        assert_eq!(read(ion), Ok(value), "{ion}");
    }
}

#[test]
fn what_no_item_holds_is_refused_and_reading_goes_on_behind_it() {
    let refused = |text: &str| Reader::new(text).next().expect("a value").expect("Ion").value();
    for text in ["symbol", "2026-11-21T", "2026T", "nan", "-inf", "+inf"] {
        assert!(matches!(refused(text), Err(IonError::Type(_))), "{text}");
    }
    for text in ["$dynamodb_SS::[]", "$dynamodb_SS::[\"a\",\"a\"]", "$dynamodb_BS::[1]"] {
        assert!(matches!(refused(text), Err(IonError::Set(_))), "{text}");
    }
    assert!(matches!(refused("1d999"), Err(IonError::Number(..))));
    assert!(matches!(refused("{a:1,a:2}"), Err(IonError::Repeated(_))));
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert!(refused(&nested(MAX_LEVELS)).is_ok());
    assert_eq!(refused(&nested(MAX_LEVELS + 1)), Err(IonError::Deep));
    let both = Reader::new("symbol {a:1}").map(|value| value.and_then(|value| value.item()));
    assert!(matches!(&both.collect::<Vec<_>>()[..], [Err(_), Ok(item)] if item.len() == 1));
}

#[test]
fn what_is_no_ion_ends_the_reading() {
    for text in [
        "{a:1",
        "[1 2]",
        "\"a",
        "\"a\nb\"",
        "'''a''",
        "{{AA}}",
        "{{\"clob\"}}",
        "(1)",
        "01",
        "1.2.3",
        "1d",
        "--1",
        "0xg",
        "\"\\q\"",
        "\"\\ud800\"",
        "{:1}",
        "{a 1}",
        "/* a",
        "}",
        "é",
    ] {
        let read: Vec<_> = Reader::new(text).collect();
        assert!(matches!(read[..], [Err(IonError::Syntax { .. })]), "{text}: {read:?}");
    }
    let deep = "[".repeat(10_000);
    assert!(matches!(Reader::new(&deep).next(), Some(Err(IonError::Syntax { .. }))));
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        entries in prop::collection::vec(("[a-z$_0-9'\"\\\\{}é ]{1,6}", stored::tests::value()), 0..6)
    ) {
        let item: Item = entries.into_iter().collect();
        let mut out = VERSION.as_bytes().to_vec();
        super::item(&item, &mut out);
        let text = String::from_utf8(out).expect("text");
        let mut reader = Reader::new(&text);
        let read = reader.next().expect("a value").expect("Ion").item();
        prop_assert_eq!(read, Ok(item));
        prop_assert_eq!(reader.next(), None);
    }

    #[test]
    fn no_text_makes_the_reader_fail_otherwise_than_by_refusing(text in "[\\[\\]{}:,'\"\\\\a0-9.dxT\\-$ \n/*é]{0,40}") {
        let values = Reader::new(&text).take(100);
        values.flatten().for_each(|value| drop(value.value()));
    }
}
