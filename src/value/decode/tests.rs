use super::*;
use crate::{
    value::{Family, Layer, encode},
    wire::json::Json,
};

fn decode(text: &str) -> (Result<Item, ValueError>, bool) {
    let json = Json::parse(text.to_owned()).expect(text);
    let mut decoder = Decoder::new();
    (decoder.item(json.root()), decoder.fell_back())
}

fn refusal(value: &str) -> ValueError {
    let text = format!("{{\"a\":{value}}}");
    let (item, _) = decode(&text);
    item.map(|item| panic!("{text} was read as {item:?}")).expect_err("refused")
}

#[test]
fn what_is_read_is_what_is_written() {
    for (sent, stored) in [
        (r#"{}"#, r#"{}"#),
        (
            r#"{ "b" : {"S" : "x\u00e9\n"} , "a" : {"N":"1e1"}}"#,
            r#"{"a":{"N":"10"},"b":{"S":"xé\n"}}"#,
        ),
        (r#"{"a":{"S":"","N":null}}"#, r#"{"a":{"S":""}}"#),
        (r#"{"a":{"S":"x","S":"y"}}"#, r#"{"a":{"S":"y"}}"#),
        (r#"{"a":{"N":"1"},"a":{"N":"2"}}"#, r#"{"a":{"N":"2"}}"#),
        (r#"{"a":{"NS":["10","9","-1.50"]}}"#, r#"{"a":{"NS":["-1.5","9","10"]}}"#),
        (r#"{"a":{"SS":["b","é","B"]}}"#, r#"{"a":{"SS":["B","b","é"]}}"#),
        (
            r#"{"a":{"BS":["/w==","AA=="]},"b":{"B":""}}"#,
            r#"{"a":{"BS":["AA==","/w=="]},"b":{"B":""}}"#,
        ),
        (
            r#"{"a":{"BOOL":"nO"},"b":{"BOOL":"T"},"c":{"NULL":"yes"}}"#,
            r#"{"a":{"BOOL":false},"b":{"BOOL":true},"c":{"NULL":true}}"#,
        ),
        (r#"{"a":{"M":{"z":{"L":[{"M":{}}]},"":{"S":"x"}}}}"#, ""),
        (
            r#"{"a":{"M":{"z":{"L":[{"M":{}},{"NULL":true}]}}}}"#,
            r#"{"a":{"M":{"z":{"L":[{"M":{}},{"NULL":true}]}}}}"#,
        ),
    ] {
        let Ok(item) = decode(sent).0 else {
            assert_eq!(stored, "", "{sent}");
            continue;
        };
        let mut out = Vec::new();
        encode::item(&item, &mut out);
        assert_eq!(String::from_utf8(out).as_deref(), Ok(stored), "{sent}");
    }
    assert!(decode(r#"{"a":{"BOOL":"no"}}"#).1);
    assert!(!decode(r#"{"a":{"BOOL":true}}"#).1);
    assert!(decode(r#"{"a":{"S":"x","N":"1"}}"#).1);
}

#[test]
fn json_of_another_shape_is_a_serialization_error() {
    for (value, sentence) in [
        (r#"{"S":1}"#, "NUMBER_VALUE cannot be converted to String"),
        (r#"{"S":1.0}"#, "DECIMAL_VALUE cannot be converted to String"),
        (r#"{"N":1e5}"#, "DECIMAL_VALUE cannot be converted to String"),
        (r#"{"N":1}"#, "NUMBER_VALUE cannot be converted to String"),
        (r#"{"S":true}"#, "TRUE_VALUE cannot be converted to String"),
        (r#"{"S":false}"#, "FALSE_VALUE cannot be converted to String"),
        (r#"{"S":[]}"#, "Unrecognized collection type class java.lang.String"),
        (r#"{"S":{}}"#, "Start of structure or map found where not expected"),
        (r#"{"BOOL":"maybe"}"#, "Unexpected token received from parser"),
        (r#"{"BOOL":" true"}"#, "Unexpected token received from parser"),
        (r#"{"BOOL":-0}"#, "NUMBER_VALUE cannot be converted to Boolean"),
        (r#"{"NULL":1.5}"#, "DECIMAL_VALUE cannot be converted to Boolean"),
        (r#"{"BOOL":{}}"#, "Start of structure or map found where not expected"),
        (r#"{"SS":"a"}"#, "Unexpected field type"),
        (r#"{"SS":{}}"#, "Start of structure or map found where not expected"),
        (r#"{"SS":["a",1]}"#, "NUMBER_VALUE cannot be converted to String"),
        (r#"{"L":"a"}"#, "Unexpected field type"),
        (r#"{"L":["a"]}"#, "Unexpected value type in payload"),
        (
            r#"{"L":[[]]}"#,
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue",
        ),
        (r#"{"M":"a"}"#, "Unexpected field type"),
        (
            r#"{"M":[]}"#,
            "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>",
        ),
        (
            r#"[]"#,
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue",
        ),
        (r#""a""#, "Unexpected field type"),
        (r#"{"B":1}"#, "only base-64-encoded strings are convertible to bytes"),
        (
            r#"{"B":"abcde"}"#,
            "Base64 encoded length is expected a multiple of 4 bytes but found: 5",
        ),
        (r#"{"B":"a*=="}"#, "Invalid Base64 character: '*'"),
    ] {
        let error = refusal(value);
        assert_eq!(
            (error.to_string().as_str(), error.family()),
            (sentence, Family::Serialization),
            "{value}"
        );
        assert!(error.always_bare());
    }
    let silent = refusal(r#"{"BOOL":[]}"#);
    assert_eq!((silent.sentence(Layer::Newer), silent.family()), (None, Family::Serialization));
}

#[test]
fn values_that_cannot_be_are_validation_errors_in_both_wordings() {
    let invalid = "One or more parameter values were invalid: ";
    let not_numeric = "The parameter cannot be converted to a numeric value";
    let empty =
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
    let several = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes";
    let null = format!("{invalid}Null attribute value types must have the value of true");
    // The older layer's words where they differ, and whether single-item writes use the envelope.
    for (value, newer, older, enveloped) in [
        ("{}", empty.to_owned(), None, false),
        ("null", empty.to_owned(), None, false),
        (r#"{"S":null}"#, empty.to_owned(), None, false),
        (r#"{"X":"a"}"#, empty.to_owned(), None, false),
        (r#"{"L":[null]}"#, empty.to_owned(), None, false),
        (r#"{"S":"a","N":"1"}"#, several.to_owned(), None, false),
        (r#"{"NULL":false}"#, null.clone(), None, true),
        (r#"{"NULL":"no"}"#, null.clone(), None, false),
        (r#"{"NULL":false,"S":"a"}"#, null.clone(), None, false),
        (r#"{"SS":[]}"#, format!("{invalid}An string set  may not be empty"), None, true),
        (r#"{"NS":[]}"#, format!("{invalid}An number set  may not be empty"), None, true),
        (r#"{"BS":[]}"#, format!("{invalid}Binary sets should not be empty"), None, true),
        (
            r#"{"SS":["b","a","b","C"]}"#,
            format!("{invalid}Input collection [\"a\", \"b\", \"b\", \"C\"] contains duplicates."),
            Some(format!("{invalid}Input collection [b, a, b, C] contains duplicates.")),
            true,
        ),
        (
            r#"{"BS":["AQ==","AQ=="]}"#,
            format!("{invalid}Input collection [\"AQ==\",\"AQ==\"]of type BS contains duplicates."),
            Some(format!("{invalid}Input collection [AQ==, AQ==]of type BS contains duplicates.")),
            true,
        ),
        (
            r#"{"NS":["1","1.0"]}"#,
            format!("{invalid}Input collection contains duplicates."),
            Some("Input collection contains duplicates".to_owned()),
            true,
        ),
        (r#"{"N":""}"#, format!("{not_numeric}: "), Some(not_numeric.to_owned()), true),
        (r#"{"N":"1 "}"#, format!("{not_numeric}: 1 "), None, true),
        (r#"{"NS":["x"]}"#, format!("{not_numeric}: x"), None, true),
        (
            r#"{"N":"1e2147483647"}"#,
            "Number overflow. Attempting to store a number with magnitude larger than supported range".to_owned(),
            Some("Number underflow. Attempting to store a number with magnitude smaller than supported range".to_owned()),
            true,
        ),
        (
            r#"{"N":"123456789012345678901234567890123456789"}"#,
            "Attempting to store more than 38 significant digits in a Number".to_owned(),
            None,
            true,
        ),
        (r#"{"M":{"":{"S":"x"}}}"#, "Empty attribute name".to_owned(), None, true),
        (r#"{"L":[{"M":{"a":{"M":{"":{"S":"x"}}}}}]}"#, "Empty attribute name".to_owned(), None, true),
    ] {
        let error = refusal(value);
        assert_eq!(error.family(), Family::Validation, "{value}");
        assert_eq!(error.to_string(), newer, "{value}");
        assert_eq!(error.sentence(Layer::Older), Some(older.unwrap_or(newer)), "{value}");
        assert_eq!(error.always_bare(), !enveloped, "{value}");
    }
}

#[test]
fn of_several_faults_the_service_s_is_named() {
    for (item, part) in [
        (r#"{"a":{"N":"x"},"b":{"S":1}}"#, "NUMBER_VALUE"),
        (r#"{"a":{"N":"x"},"":{"S":"x"}}"#, "Empty attribute name"),
        (r#"{"":{"S":"x"},"b":{"S":1}}"#, "NUMBER_VALUE"),
        (r#"{"a":{"N":"x"},"b":{"NULL":false}}"#, "Null attribute"),
        (r#"{"a":{"N":"x"},"b":{"SS":[]}}"#, "numeric value: x"),
        (r#"{"a":{"SS":[],"N":"x","NULL":false}}"#, "string set"),
        (r#"{"a":{"NULL":false,"N":"x"}}"#, "numeric value: x"),
        (r#"{"a":{"N":"1","BOOL":"x"}}"#, "Unexpected token"),
        (r#"{"a":{"S":"x","N":"1"},"b":{"BOOL":3}}"#, "NUMBER_VALUE"),
    ] {
        let error = decode(item).0.expect_err(item);
        assert!(error.to_string().contains(part), "{item}: {error}");
    }
}

fn nested(levels: usize) -> String {
    format!("{}{{\"S\":\"x\"}}{}", "{\"L\":[".repeat(levels), "]}".repeat(levels))
}

#[test]
fn nesting_is_counted_to_the_limit_and_never_exhausts_the_stack() {
    assert!(decode(&format!("{{\"a\":{}}}", nested(31))).0.is_ok());
    for (levels, bare) in [(32, false), (62, false), (63, true), (3_400, true)] {
        let error = refusal(&nested(levels));
        assert_eq!((&error.kind, error.always_bare()), (&ValueErrorKind::TooDeep(levels), bare));
    }
    let maps =
        format!("{{\"a\":{}{{\"S\":1}}{}}}", "{\"M\":{\"k\":".repeat(2_000), "}}".repeat(2_000));
    assert_eq!(decode(&maps).0.map_err(|error| error.family()), Err(Family::Serialization));
    let json = Json::parse(nested(32)).expect("JSON");
    assert!({
        let mut decoder = Decoder::new();
        decoder.allow_levels(32);
        decoder.value(json.root()).is_ok()
    });
}

#[test]
fn placeholder_maps_keep_their_order_and_name_what_is_wrong() {
    let json = |text: &str| Json::parse(text.to_owned()).expect(text);
    let sent = json(r#"{":b":{"S":"x"},":a":{"N":"1"}}"#);
    let values = Decoder::new().named_values(sent.root()).expect("valid");
    assert_eq!(values.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), [":b", ":a"]);
    let sent = json(r#"{":b":{"S":"x"},":a":{}}"#);
    let error = Decoder::new().named_values(sent.root()).expect_err("empty value");
    assert_eq!(
        error.sentence_for_value(Layer::Newer).as_deref(),
        Some(
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :a"
        )
    );
    assert_eq!(names(json(r##"{"#b":"x","#a":"y"}"##).root()).map(|names| names.len()), Ok(2));
    for (text, sentence) in [
        (r##"{"#a":1}"##, "NUMBER_VALUE cannot be converted to String"),
        ("[]", "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"),
        ("1", "Unexpected field type"),
    ] {
        let error = names(json(text).root()).expect_err(text);
        assert_eq!(error.to_string(), sentence);
    }
    let twice = json(r#"{":b":{"S":"x"},":a":{"S":"y"},":b":{"S":"z"}}"#);
    let values = Decoder::new().named_values(twice.root()).expect("valid");
    let z = AttributeValue::S("z".to_owned());
    assert_eq!((values.len(), &values[0]), (2, &(":b".to_owned(), z)));
    assert!(check_shape(json(r#"{"a":{"N":"x"}}"#).root()).is_ok());
    assert!(check_shape(json(r#"{"a":{"N":1}}"#).root()).is_err());
}

/// A request of many megabytes must not keep the server busy for long.
#[test]
fn large_maps_and_sets_in_any_order_are_read_in_time() {
    let count = 50_000;
    let members: Vec<_> = (0..count).rev().map(|at| format!("\"{at:06}\"")).collect();
    let repeated = format!("{{\"SS\":[{},{}]}}", members.join(","), members[0]);
    assert!(matches!(
        refusal(&repeated).kind,
        ValueErrorKind::Duplicate { repeat, .. } if repeat == count
    ));
    let entries: Vec<_> = members.iter().map(|name| format!("{name}:{{\"S\":\"\"}}")).collect();
    let all = format!("{{{}}}", entries.join(","));
    assert_eq!(decode(&all).0.map(|item| item.len()), Ok(count));
    let json = Json::parse(all).expect("JSON");
    assert_eq!(Decoder::new().named_values(json.root()).map(|values| values.len()), Ok(count));
}
