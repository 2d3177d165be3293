//! Looking into tapes and keeping them in order.

use crate::place::{CALLS, Place, SESSION};

const TAPE: &str = r#"{
  "tape": 1,
  "service": "DynamoDB_20120810",
  "from": {"kind": "aws", "region": "eu-west-1", "wire": "aws-json10/1"},
  "by": "dynatape 0.1.0",
  "on": "2026-02-03",
  "rules": {"redact": 1}
}

{
  "id": "ListTables/-/f64b0f/1",
  "request": {},
  "response": {"TableNames": ["a"]}
}

{
  "id": "GetItem/nowhere/91de9e/1",
  "request": {"TableName": "nowhere", "Key": {"id": {"S": "1"}}},
  "status": 400,
  "type": "ResourceNotFoundException",
  "response": {
    "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
    "message": "Requested resource not found"
  }
}
"#;

#[test]
fn ls_has_a_line_for_each_interaction() {
    let place = Place::new();
    place.write("two.tape", TAPE);
    let text = place.run("tape ls two.tape").expect(0).stdout;
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "two.tape: 2 interactions, aws, eu-west-1, 2026-02-03");
    assert!(lines[1].contains("ListTables/-/") && lines[1].contains(" 200 "), "{text}");
    assert!(
        lines[2].contains("GetItem/nowhere/") && lines[2].contains("ResourceNotFound"),
        "{text}"
    );
    assert_eq!(lines.len(), 3);

    place.record("orders.tape", SESSION);
    let both = place.run("tape ls two.tape orders.tape").expect(0).stdout;
    assert_eq!(both.lines().count(), 3 + 1 + CALLS);
    place.run("tape ls two.tape absent.tape").expect(1).complains("cannot read absent.tape");
}

#[test]
fn show_prints_what_was_asked_for() {
    let place = Place::new();
    place.write("two.tape", TAPE);
    assert_eq!(place.run("tape show two.tape").expect(0).stdout, TAPE);
    let (_, second) = TAPE.rsplit_once("\n\n").unwrap();
    assert_eq!(place.run("tape show two.tape GetItem").expect(0).stdout, second);
    place
        .run("tape show two.tape Put")
        .expect(1)
        .complains("has no interaction whose id starts so");
}

#[test]
fn check_finds_what_is_wrong_and_mends_what_was_edited() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let well = place.run("tape check orders.tape").expect(0).stdout;
    assert_eq!(well, format!("orders.tape: {CALLS} interactions, all well\n"));

    let tape = place.read("orders.tape");
    place.write("orders.tape", tape.replace("\"Limit\": 1", "\"Limit\": 2"));
    let edited = place.run("tape check orders.tape").expect(1).stdout;
    assert!(edited.contains("Query/orders/") && edited.contains("was edited"), "{edited}");
    place.run("tape check --fix orders.tape").expect(0);
    place.run("tape check orders.tape").expect(0);

    let half = "<<<<<<< ours\n\n{\n  \"id\": \"ListTables/-/f64b0f/9\",\n  \"request\": {},\n  \"response\": {}\n}\n=======\n";
    place.write("merged.tape", format!("{TAPE}\n{half}"));
    let merged = place.run("tape check merged.tape").expect(1).stdout;
    assert!(merged.contains("line 27, column 1: a merge conflict marker"), "{merged}");
    place.run("tape check --fix merged.tape").expect(1);
}

#[test]
fn fmt_changes_white_space_and_nothing_else() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let formatted = place.read("orders.tape");
    place.run("tape fmt --check orders.tape").expect(0);
    let messy = formatted.replace("{\"TableName\": \"orders\"}", "{ \"TableName\" :\"orders\" }\n");
    assert_ne!(messy, formatted);
    place.write("orders.tape", &messy);
    let refused = place.run("tape fmt --check orders.tape").expect(1);
    assert_eq!(refused.stdout, "orders.tape: not formatted; run `dynatape tape fmt`\n");
    assert_eq!(place.read("orders.tape"), messy, "only checked");
    place.run("tape fmt orders.tape").expect(0);
    assert_eq!(place.read("orders.tape"), formatted);

    place.write("damaged.tape", formatted.replacen("\"Key\":", "\"Key\"", 1));
    place.run("tape fmt damaged.tape").expect(1).complains("1 damaged in all");
}

#[test]
fn import_makes_a_tape_of_each_sequence() {
    let place = Place::new();
    let get =
        r#""operation":"GetItem","request":{"TableName":"t","Key":{"id":{"N":"1"}}},"status":200"#;
    let lines = [
        format!(
            r#"{{"sequence":"gets/one","index":1,{get},"response_raw":"{{\"Item\":{{\"id\":{{\"N\":\"1.0\"}}}}}}"}}"#
        ),
        format!(r#"{{"sequence":"gets/one","index":0,{get},"response":{{}}}}"#),
        format!(
            r#"{{"sequence":"other","real_aws":true,"region":"eu-west-1","recorded":"2026-02-03",{get},"response":{{}}}}"#
        ),
        r#"{"sequence":"other","operation":"Frob","request":{},"status":200,"response":{}}"#
            .to_owned(),
        String::new(),
    ];
    place.write("foreign.jsonl", lines.join("\n"));
    let ended = place.run("tape import foreign.jsonl --out tapes").expect(0);
    assert_eq!(ended.stdout, "foreign.jsonl: 2 tapes in tapes, 1 lines hold nothing to play\n");
    place.run("tape check tapes/gets-one.tape tapes/other.tape").expect(0);
    let one = place.read("tapes/gets-one.tape");
    let (first, second) =
        (one.find("\"response\": {}").unwrap(), one.find("\"N\": \"1.0\"").unwrap());
    assert!(first < second, "in the order of their index: {one}");
    assert!(place.read("tapes/other.tape").contains(r#""kind": "aws", "region": "eu-west-1""#));
    place.run("tape import foreign.jsonl --out tapes").expect(1).complains("exists already");

    place.write("broken.jsonl", "{}\n{\"sequence\":\n");
    let broken = place.run("tape import broken.jsonl --out others").expect(1);
    broken.complains("broken.jsonl: line 2: ");
    assert!(!place.has("others"));
}
