//! Cases written from what a live target answers.

use crate::place::Place;

const CASES: &str = r#"{
  "about": "Reading back",
  "source": "docs GetItem [docs]",
  "given": [
    {
      "call": "CreateTable",
      "request": {
        "TableName": "users",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST"
      }
    }
  ]
}

{
  "title": "What was put is read",
  "steps": [
    {"call": "PutItem", "request": {"TableName": "users", "Item": {"id": {"S": "a"}}}},
    {
      "call": "GetItem",
      "request": {"TableName": "users", "Key": {"id": {"S": "a"}}},
      "answer": {"Item": {"id": {"S": "b"}}},
      "capture": {"id": "$.Item.id"}
    },
    {
      "call": "GetItem",
      "request": {"TableName": "users", "Key": {"id": {"$captured": "id"}}},
      "answer": {"Item": {"id": {"$captured": "id"}}}
    }
  ]
}

{
  "title": "A key is needed",
  "steps": [
    {
      "call": "GetItem",
      "request": {"TableName": "users", "Key": {}},
      "refused": "ValidationException",
      "message": "Something else"
    }
  ]
}
"#;

#[test]
fn a_case_is_updated_from_a_target_with_its_source_and_nothing_else_changes() {
    let place = Place::new();
    let server = place.start("serve --port 0");
    std::fs::create_dir_all(place.path("c/GetItem")).unwrap();
    place.write("c/GetItem/x.case", CASES);
    place.run("conform --fmt --check c").expect(0);
    let target = format!("--target local={}", server.url);
    place.run(&format!("conform {target} c")).expect(2);
    for (arguments, why) in [
        ("conform --update c/GetItem/x.case".to_owned(), "the cases that test it"),
        (format!("conform --update {target} c"), "name them"),
        (format!("conform --update {target} {target} c/GetItem/x.case"), "one target"),
    ] {
        place.run(&arguments).expect(1).complains(why);
        assert_eq!(place.read("c/GetItem/x.case"), CASES);
    }
    let update = format!("conform --update {target} c/GetItem/x.case");
    place.run(&update).expect(0).complains("2 cases updated (recorded local [http://");
    place.run(&format!("conform {target} c")).expect(0);
    place.run("conform --fmt --check c").expect(0);
    let text = place.read("c/GetItem/x.case");
    let mut lines: Vec<_> = text.lines().collect();
    let before = lines.len();
    lines.retain(|line| !line.contains("\"source\": \"recorded local [http://"));
    assert_eq!(before - lines.len(), 2, "{text}");
    let expected = CASES.replace(
        r#""answer": {"Item": {"id": {"S": "b"}}}"#,
        r#""answer": {"Item": {"id": {"S": "a"}}}"#,
    );
    let changed: Vec<_> = expected.lines().filter(|line| !lines.contains(line)).collect();
    assert_eq!(changed, [r#"      "message": "Something else""#], "{text}");
    // What is as stated is not written again.
    place.run(&update).expect(0);
    assert_eq!(place.read("c/GetItem/x.case"), text);
}

#[test]
fn a_case_for_targets_of_another_kind_is_left_out() {
    let place = Place::new();
    let server = place.start("serve --port 0");
    std::fs::create_dir_all(place.path("c/GetItem")).unwrap();
    let at =
        |word: &str| CASES.replace("\"title\": \"A key", &format!("{word}, \"title\": \"A key"));
    let only = at(r#""onlyif": ["aws"]"#).replace(r#"{"S": "b"}"#, r#"{"S": "a"}"#);
    place.write("c/GetItem/x.case", &only);
    for target in ["emulator", &server.url] {
        place.run(&format!("conform --target {target} c")).expect(0);
    }
    place.write("c/GetItem/x.case", only.replace("onlyif", "skipif"));
    place.run("conform c").expect(2);
    place.write("c/GetItem/x.case", only.replace("\"aws\"", "\"awz\""));
    place.run("conform c").expect(1).complains("`awz` is no capability; there are: local, aws,");
}
