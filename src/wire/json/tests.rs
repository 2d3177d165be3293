use super::*;

fn parse(text: &'static str) -> Json {
    Json::parse(text).expect(text)
}

#[test]
fn keeps_number_text_member_order_duplicates_and_escapes() {
    let text = r#"{"b":1.697565544123E9,"a":-0,"b":1.50,"c":"\/\u00e9é\ud83d\ude00"}"#;
    let json = parse(text);
    assert_eq!(compact(json.root()), text);
    assert_eq!(json.root().get("b").and_then(Value::as_number), Some("1.50"));
    assert_eq!(json.root().get("c").and_then(Value::as_str).as_deref(), Some("/éé😀"));
    assert_eq!(json.root().len(), 4);
}

#[test]
fn says_where_a_text_stops_being_json() {
    for (text, kind, offset) in [
        ("", JsonErrorKind::UnexpectedEnd, 0),
        ("{", JsonErrorKind::UnexpectedEnd, 1),
        ("{\"a\" 1}", JsonErrorKind::UnexpectedByte(b'1'), 5),
        ("[1,]", JsonErrorKind::UnexpectedByte(b']'), 3),
        ("[01]", JsonErrorKind::Number, 1),
        ("[1.]", JsonErrorKind::Number, 1),
        ("\"\\x\"", JsonErrorKind::Escape, 2),
        ("{} x", JsonErrorKind::TrailingText, 3),
        ("{a:1}", JsonErrorKind::UnexpectedByte(b'a'), 1),
        ("[}", JsonErrorKind::UnexpectedByte(b'}'), 1),
        ("\"a\nb\"", JsonErrorKind::UnexpectedByte(b'\n'), 2),
    ] {
        assert_eq!(Json::parse(text).expect_err(text), JsonError::new(kind, offset), "{text}");
    }
    assert_eq!(
        Json::parse(&b"\"\xff\""[..]).map_err(|error| error.kind).err(),
        Some(JsonErrorKind::Utf8)
    );
}

#[test]
fn nests_to_the_limit_and_not_past_it() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(Json::parse(deep(MAX_DEPTH)).is_ok());
    assert_eq!(
        Json::parse(deep(MAX_DEPTH + 1)).map_err(|error| error.kind).err(),
        Some(JsonErrorKind::TooDeep)
    );
}

#[test]
fn reads_one_value_after_another() {
    let text = Bytes::from_static(b"{\"a\":1}\n\n[2] x");
    let (first, end) = Json::parse_at(&text, 0).expect("first");
    let (second, end) = Json::parse_at(&text, end).expect("second");
    assert_eq!((first.root().raw(), second.root().elements().count()), ("{\"a\":1}", 1));
    let error = Json::parse_at(&text, end).expect_err("x is no value");
    assert_eq!((error.offset, error.line_column(&text)), (13, (3, 5)));
}

#[test]
fn breaks_only_what_does_not_fit() {
    let json = parse(r#"{"a":{"S":"x"},"long":["aaaaaaaaaaaa","bbbbbbbbbbbb"]}"#);
    let layout = Layout { width: 24, indent: 2 };
    assert_eq!(
        pretty(json.root(), layout, 0, 0),
        "{\n  \"a\": {\"S\": \"x\"},\n  \"long\": [\n    \"aaaaaaaaaaaa\",\n    \"bbbbbbbbbbbb\"\n  ]\n}"
    );
}

#[test]
fn prints_what_nests_to_the_limit_in_little_more_room_than_its_text() {
    let levels = MAX_DEPTH - 1;
    let text =
        format!("{}{}{}", "[".repeat(levels), "[1,2],".repeat(5_000) + "3", "]".repeat(levels));
    let json = Json::parse(text.clone()).expect("deep");
    assert_eq!(compact(json.root()), text);
    assert_eq!(spaced(json.root()).len(), text.len() + 10_000);
    let printed = pretty(json.root(), Layout::default(), 1, 0);
    assert!(printed.len() < 2 * text.len(), "{}", printed.len());
    assert_eq!(compact(Json::parse(printed).expect("JSON").root()), text);
}

#[test]
fn writes_what_it_reads() {
    let mut writer = Writer::new();
    writer.object(|json| {
        json.key("s");
        json.string("a\"\\\n\u{1}é/");
        json.key("l");
        json.array(|json| {
            json.number(1);
            json.bool(true);
            json.object(|_| ());
        });
    });
    let json = Json::parse(writer.into_bytes()).expect("written text parses");
    assert_eq!(json.root().raw(), r#"{"s":"a\"\\\n\u0001é/","l":[1,true,{}]}"#);
    assert_eq!(json.root().get("s").and_then(Value::as_str).as_deref(), Some("a\"\\\n\u{1}é/"));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Any JSON text, with odd numbers, escapes and duplicate members; no white space.
    fn any_text() -> impl Strategy<Value = String> {
        let string = prop_oneof![
            "[a-c]{0,3}".prop_map(|text| format!("\"{text}\"")),
            Just("\"\\u00e9\\/\\ud800\\n\"".to_owned()),
            "\\PC{0,4}".prop_map(|text| {
                let mut out = Vec::new();
                write_string(&mut out, &text);
                String::from_utf8(out).unwrap_or_default()
            }),
        ];
        let number = prop_oneof!["-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?"];
        let leaf = prop_oneof![
            string.clone(),
            number,
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just("{}".to_owned()),
            Just("[]".to_owned()),
        ];
        leaf.prop_recursive(5, 60, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6)
                    .prop_map(|list| format!("[{}]", list.join(","))),
                prop::collection::vec((string.clone(), inner), 0..6).prop_map(|list| {
                    let members: Vec<_> = list.iter().map(|(k, v)| format!("{k}:{v}")).collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_form_leads_back_to_the_bytes_sent(text in any_text(), width in 1usize..120) {
            let json = Json::parse(text.clone()).expect("generated text is JSON");
            prop_assert_eq!(&compact(json.root()), &text);
            let layout = Layout { width, indent: 2 };
            for other in [pretty(json.root(), layout, 0, 0), spaced(json.root())] {
                let again = Json::parse(other).expect("printed text is JSON");
                prop_assert_eq!(&compact(again.root()), &text);
            }
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
        }

        #[test]
        fn agrees_with_serde_json_on_what_is_json(text in "[\\[\\]{}:,\"a01.eE+\\- \\\\n]{0,12}") {
            let ours = Json::parse(text.clone()).is_ok();
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(ours, theirs, "{}", text);
        }
    }
}
