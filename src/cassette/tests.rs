use bytes::Bytes;
use http::StatusCode;
use proptest::prelude::*;

use super::*;
use crate::wire::{Operation, Target};

fn interaction(operation: Operation, request: &str, response: &str) -> Interaction {
    let body = Bytes::copy_from_slice(response.as_bytes());
    let status = if response.contains("__type") { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let answer = Answer::Http { status, headers: Vec::new(), body };
    Interaction::new(Target::Known(operation), Bytes::copy_from_slice(request.as_bytes()), answer)
}

fn cassette() -> Cassette {
    let mut cassette = Cassette {
        header: Header {
            from: Provenance {
                kind: "other".into(),
                server: Some("Test".into()),
                ..Provenance::default()
            },
            by: "dynatape test".into(),
            on: "2026-11-21".into(),
            redact: REDACTION_VERSION,
            include: Vec::new(),
            tables: vec![("orders".into(), TableSchema::default())],
            vars: vec![("run".into(), "7 \"x\"".into())],
            extra: vec![("later".into(), "{\"a\":1}".into())],
            ..Header::default()
        },
        interactions: vec![
            interaction(
                Operation::PutItem,
                r#"{"TableName": "orders", "Item": {"pk": {"S": "a"}, "n": {"N": "1.50"}}}"#,
                "{}",
            ),
            interaction(
                Operation::GetItem,
                r#"{"TableName":"orders","Key":{"pk":{"S":"a"}}}"#,
                r#"{"Item":{"n":{"N":"1.5"},"pk":{"S":"a"}}}"#,
            ),
            interaction(
                Operation::DeleteItem,
                r#"{"TableName":"orders","Key":{"pk":{"S":"a"}}}"#,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}"#,
            ),
            interaction(Operation::ListTables, "{ }", "not \u{1} json"),
        ],
    };
    cassette.header.tables.clear();
    cassette.renumber();
    cassette
}

#[test]
fn reads_back_what_it_wrote_and_shows_it_like_this() {
    let cassette = cassette();
    let text = to_text(&cassette);
    insta::assert_snapshot!(text);
    let (again, damaged) = read(text.clone()).expect("readable");
    assert_eq!(damaged, []);
    assert_eq!(again.interactions, cassette.interactions);
    assert_eq!(again.header, cassette.header);
    assert_eq!(to_text(&again), text);
}

#[test]
fn one_body_under_two_operations_has_two_ids() {
    let cassette = cassette();
    assert_ne!(cassette.interactions[1].id_prefix(), cassette.interactions[2].id_prefix());
    let keys = Operation::ALL
        .iter()
        .map(|operation| MatchKey::exact(&interaction(*operation, "{}", "{}").to_request()));
    assert_eq!(keys.collect::<std::collections::BTreeSet<_>>().len(), Operation::ALL.len());
}

#[test]
fn a_body_as_deep_as_the_reader_allows_has_keys_and_survives_the_file() {
    let (open, close) = ("{\"b\":[".repeat(3_400), "]}".repeat(3_400));
    let body = format!("{{\"a\":{open}0{close}}}");
    let spelled = body.replace(':', " : ");
    let interactions = vec![interaction(Operation::PutItem, &body, &body)];
    let mut cassette = Cassette { header: Header::default(), interactions };
    cassette.renumber();
    let (again, damaged) = read(to_text(&cassette)).expect("readable");
    assert_eq!(damaged, []);
    assert_eq!(again.interactions, cassette.interactions);
    let key = |body: &str| {
        let request = interaction(Operation::PutItem, body, "{}").to_request();
        (MatchKey::exact(&request), MatchKey::canonical(&request))
    };
    assert_eq!(key(&body), key(&spelled));
}

#[test]
fn a_damaged_interaction_costs_itself_only() {
    let text = to_text(&cassette());
    let broken = text.replacen("\"Item\": {\"n\"", "\"Item\" {\"n\"", 1);
    assert_ne!(text, broken);
    let (rest, damaged) = read(broken).expect("the rest is readable");
    assert_eq!(rest.interactions.len(), 3);
    let [damage] = &damaged[..] else { panic!("{damaged:?}") };
    assert_eq!(damage.id.as_deref(), Some(&*cassette().interactions[1].id));
    let shown = damage.to_string();
    assert!(shown.starts_with("line 22, column ") && shown.contains("GetItem/orders/"), "{shown}");
}

#[test]
fn reads_what_an_editor_made_of_line_ends_and_the_start() {
    let text = to_text(&cassette());
    let edited = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let (again, damaged) = read(edited.clone()).expect("readable");
    assert_eq!((again.interactions, damaged), (cassette().interactions, vec![]));
    let (rest, damaged) =
        read(edited.replacen("\"Item\": {\"n\"", "\"Item\" {\"n\"", 1)).expect("rest");
    assert_eq!((rest.interactions.len(), damaged.len()), (3, 1));
    assert_eq!((damaged[0].line, damaged[0].from_line), (22, 19));
}

#[test]
fn much_damage_is_told_in_time() {
    let one = "\n\n{\n  \"id\": \"Future/-/000000/1\",\n  \"request\": {},\n  \"response\": {}\n}";
    let text = format!("{{\"tape\": 1}}{}\n", one.repeat(50_000));
    let (_, damaged) = read(text).expect("header is fine");
    assert_eq!(damaged.len(), 50_000);
    let last = damaged.last().expect("one");
    assert_eq!((last.from_line, last.line), (49_999 * 6 + 3, 49_999 * 6 + 4));
}

#[test]
fn says_what_is_no_tape() {
    assert!(matches!(read("# hello"), Err(ReadError::NoHeader { .. })));
    assert!(matches!(read("{\"tape\": 2}"), Err(ReadError::TooNew { found: 2, .. })));
    let (_, damaged) = read("{\"tape\": 1}\n\n<<<<<<< HEAD\n{\n}\n").expect("header is fine");
    assert!(damaged.iter().any(|damage| damage.kind == DamageKind::ConflictMarker), "{damaged:?}");
}

#[test]
fn unknown_members_survive() {
    let text = "{\"tape\": 1, \"new\": [1.0]}\n\n{\"id\": \"ListTables/-/000000/1\", \"request\": {}, \"response\": {}, \"later\": 5e0}\n";
    let (tape, damaged) = read(text).expect("readable");
    assert_eq!(damaged, []);
    let text = to_text(&tape);
    assert!(text.contains("\"new\": [1.0]") && text.contains("\"later\": 5e0"), "{text}");
}

#[test]
fn folds_only_what_came_in_a_row() {
    let get = || interaction(Operation::GetItem, "{}", "{}");
    let put = || interaction(Operation::PutItem, "{}", "{}");
    let interactions = vec![get(), get(), put(), get()];
    let mut cassette = Cassette { header: Header::default(), interactions };
    cassette.fold_repeats();
    assert_eq!(cassette.interactions.iter().map(|one| one.times).collect::<Vec<_>>(), [2, 1, 1]);
}

#[test]
fn replaces_account_and_table_ids_and_keeps_what_is_equal_equal() {
    let mut redactor = Redactor::new();
    let body = Bytes::from_static(
        br#"{"TableArn":"arn:aws:dynamodb:eu-west-1:498712345670:table/t","TableId":"5c4c6014-7e6a-4db7-93de-a174552cf78d","A":{"S":"5c4c6014-7e6a-4db7-93de-a174552cf78d"},"message":"User: arn:aws:iam::498712345670:user/Bob is not authorized on arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026-10-08T23:07:31.275"}"#,
    );
    let once = redactor.body(&body);
    assert_eq!(
        std::str::from_utf8(&once).expect("text"),
        r#"{"TableArn":"arn:aws:dynamodb:eu-west-1:000000000001:table/t","TableId":"00000000-0000-4000-8000-000000000001","A":{"S":"5c4c6014-7e6a-4db7-93de-a174552cf78d"},"message":"User: arn:aws:iam::000000000001:user/redacted is not authorized on arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2000-01-01T00:00:00.001"}"#
    );
    assert_eq!(redactor.body(&once), once, "what was replaced is not replaced again");
    assert_eq!(Redactor::new().body(&once), once);
    assert_eq!(redactor.accounts().collect::<Vec<_>>(), ["498712345670"]);
}

#[test]
fn two_principals_stay_two_and_text_that_is_no_json_is_redacted_too() {
    let mut redactor = Redactor::new();
    let mut of = |body: &'static str| {
        String::from_utf8(redactor.body(&Bytes::from_static(body.as_bytes())).to_vec())
            .expect("text")
    };
    let [a, b] = [
        r#"{"Key":{"pk":{"S":"arn:aws:iam::498712345670:role/a"}}}"#,
        r#"{"Key":{"pk":{"S":"arn:aws:iam::498712345670:role/b"}}}"#,
    ];
    let (first, second) = (of(a), of(b));
    assert_ne!(first, second);
    assert_eq!((of(a), of(b)), (first.clone(), second.clone()));
    assert!(!first.contains("role/a") && !second.contains("role/b"), "{first} {second}");
    assert_eq!(
        of("<p>arn:aws:dynamodb:eu-west-1:498712345670:table/t</p>"),
        "<p>arn:aws:dynamodb:eu-west-1:000000000001:table/t</p>"
    );
    assert_eq!(Redactor::new().body(&second.clone().into()), second, "not replaced again");
}

proptest! {
    #[test]
    fn keeps_no_header_that_is_not_on_the_safe_list(name in "[a-z][a-z0-9-]{0,20}", value in "[ -~]{0,30}") {
        let mut headers = http::HeaderMap::new();
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse::<http::HeaderValue>()) {
            headers.insert(name, value);
        }
        let kept = Redactor::new().headers(&headers);
        let safe = ["content-encoding", "content-type", "retry-after", "x-amzn-errortype"];
        prop_assert!(kept.iter().all(|(name, _)| safe.contains(&name.as_str())));
    }

    #[test]
    fn any_bodies_survive_the_file(request in prop::collection::vec(any::<u8>(), 0..60), response in "\\PC{0,60}") {
        let answer = Answer::Http {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: Bytes::from(response.into_bytes()),
        };
        let mut cassette = Cassette {
            header: Header::default(),
            interactions: vec![Interaction::new(Target::Known(Operation::Query), request.into(), answer)],
        };
        cassette.renumber();
        let (again, damaged) = read(to_text(&cassette)).expect("readable");
        prop_assert_eq!(damaged, vec![]);
        prop_assert_eq!(again.interactions, cassette.interactions);
    }
}

#[test]
fn a_member_that_is_there_twice_is_refused_with_its_line() {
    let text = to_text(&cassette());
    let twice = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} in {text}");
        text.replacen(from, to, 1)
    };
    // In bodies they are what was sent.
    let body = twice("\"n\": {\"N\": \"1.5\"}", "\"n\": {\"N\": \"1.5\"}, \"n\": 1");
    assert_eq!(read(body).expect("a tape").1, []);
    let id = "\"id\": \"GetItem/";
    let damaged = read(twice(id, &format!("\"id\": \"x\",\n  {id}"))).expect("a tape").1;
    assert_eq!(damaged[0].kind, DamageKind::Twice("id".to_owned()));
    assert_eq!(damaged[0].line, damaged[0].from_line + 2, "the second of them");
    assert!(damaged[0].to_string().contains("member \"id\" is there twice"), "{}", damaged[0]);
    for (from, to, member, line) in [
        ("\"tape\": 1,", "\"tape\": 1, \"tape\": 1,", "tape", 2),
        ("\"redact\": 1", "\"redact\": 1, \"redact\": 0", "redact", 7),
    ] {
        let error = read(twice(from, to)).expect_err("no tape").to_string();
        assert_eq!(error, format!("line {line}: \"{member}\" is there twice in the tape's header"));
    }
}
