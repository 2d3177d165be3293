//! Snapshots of sessions, going back to them, and sessions that begin with what another one is.

use serde_json::{Value, json};

use super::{Controlled, NO_TABLES, TABLE, get, put, serve};
use crate::place::Place;

fn snapshot(server: &Controlled, id: &str, name: &str) -> Value {
    server.done("POST", &format!("/v1/sessions/{id}/snapshots"), &json!({"name": name}))
}

fn restore(server: &Controlled, id: &str, name: &str) {
    server.done("POST", &format!("/v1/sessions/{id}/restore"), &json!({"snapshot": name}));
}

fn reset(server: &Controlled, id: &str) {
    server.done("POST", &format!("/v1/sessions/{id}/reset"), &Value::Null);
}

/// Which of some keys there are.
fn there(server: &Controlled, session: Option<&Value>) -> Vec<&'static str> {
    let mut keys = vec!["a", "b", "c"];
    keys.retain(|key| server.call(session, "GetItem", &get(key)).contains("Item"));
    keys
}

#[test]
fn a_session_goes_back_to_its_snapshots_and_to_its_beginning() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    server.call(None, "CreateTable", TABLE);
    server.call(None, "PutItem", &put("a"));
    assert_eq!(snapshot(&server, "default", "one"), json!({"snapshots": ["one"]}));
    server.call(None, "PutItem", &put("b"));
    assert_eq!(snapshot(&server, "default", "two"), json!({"snapshots": ["one", "two"]}));
    server.call(None, "DeleteTable", r#"{"TableName":"notes"}"#);
    assert_eq!(server.call(None, "ListTables", "{}"), NO_TABLES);
    restore(&server, "default", "two");
    assert_eq!(there(&server, None), ["a", "b"]);
    restore(&server, "default", "one");
    assert_eq!(there(&server, None), ["a"]);
    // What is written after going back is in no snapshot.
    server.call(None, "PutItem", &put("c"));
    restore(&server, "default", "one");
    assert_eq!(there(&server, None), ["a"]);
    reset(&server, "default");
    assert_eq!(server.call(None, "ListTables", "{}"), NO_TABLES);
    restore(&server, "default", "two");
    assert_eq!(there(&server, None), ["a", "b"]);
    let left = server.done("DELETE", "/v1/sessions/default/snapshots/two", &Value::Null);
    assert_eq!(left, json!({"snapshots": ["one"]}));
    assert_eq!(server.get("/v1/sessions/default/snapshots"), left);
    server.end(0);
}

#[test]
fn sessions_that_begin_with_a_snapshot_see_nothing_of_each_other() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    server.call(None, "CreateTable", TABLE);
    server.call(None, "PutItem", &put("a"));
    snapshot(&server, "default", "seeded");
    server.call(None, "PutItem", &put("b"));
    let begin =
        |id: &str, from: Value| server.begin(&json!({"mode": "emulate", "id": id, "from": from}));
    let then = begin("then", json!({"session": "default", "snapshot": "seeded"}));
    let now = begin("now", json!({"session": "default"}));
    assert_eq!(there(&server, Some(&then)), ["a"]);
    assert_eq!(there(&server, Some(&now)), ["a", "b"]);
    server.call(Some(&then), "PutItem", &put("c"));
    server.call(None, "DeleteTable", r#"{"TableName":"notes"}"#);
    assert_eq!(there(&server, Some(&then)), ["a", "c"]);
    assert_eq!(there(&server, Some(&now)), ["a", "b"]);
    // A fork's beginning is what it was made of, and so a fork of a fork.
    let second = begin("second", json!({"session": "then"}));
    server.call(Some(&second), "PutItem", &put("b"));
    reset(&server, "then");
    reset(&server, "second");
    assert_eq!(there(&server, Some(&then)), ["a"]);
    assert_eq!(there(&server, Some(&second)), ["a", "c"]);
    server.stop("then", true);
    assert_eq!(there(&server, Some(&second)), ["a", "c"]);
    server.end(0);
}

#[test]
fn the_clock_goes_back_with_the_state_and_faults_and_variables_stay() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let a = server.begin(&json!({"mode": "emulate", "id": "a"}));
    let stopped = json!({"now": 1_000_000_000.0, "runs": false});
    server.done("PUT", "/v1/sessions/a/clock", &stopped);
    snapshot(&server, "a", "then");
    server.done("POST", "/v1/sessions/a/clock/advance", &json!({"seconds": 60}));
    let b = server.begin(&json!({"mode": "emulate", "id": "b",
        "from": {"session": "a", "snapshot": "then"}}));
    assert_eq!(server.get("/v1/sessions/b/clock"), stopped);
    server.done("PUT", "/v1/sessions/b/clock", &json!({"now": 5}));
    server.done("PUT", "/v1/sessions/a/variables", &json!({"order": "17"}));
    server.done("PUT", "/v1/sessions/a/faults", &json!({"faults": ["ListTables:500"]}));
    restore(&server, "a", "then");
    assert_eq!(server.get("/v1/sessions/a/clock"), stopped);
    let made = server.call(Some(&a), "CreateTable", TABLE);
    assert!(made.contains(r#""CreationDateTime":1.0E9"#), "{made}");
    let made = server.call(Some(&b), "CreateTable", TABLE);
    assert!(made.contains(r#""CreationDateTime":5.0"#), "{made}");
    assert_eq!(server.get("/v1/sessions/a/variables"), json!({"order": "17"}));
    assert!(server.call(Some(&a), "ListTables", "{}").contains("InternalServerError"));
    reset(&server, "a");
    assert_eq!(server.get("/v1/sessions/a/clock")["runs"], true);
    server.end(0);
}

#[test]
fn a_session_begins_with_files_and_is_reset_to_them() {
    let place = Place::new();
    place.write("notes.table.json", TABLE);
    place.write("notes.json", r#"[{"pk":{"S":"a"}}]"#);
    let server = Controlled::start(serve(&place).args(["--load", "notes.json"]));
    assert_eq!(there(&server, None), ["a"]);
    let start = json!({"mode": "emulate", "id": "s", "load": ["notes.table.json"]});
    let session = server.begin(&start);
    for one in [None, Some(&session)] {
        server.call(one, "PutItem", &put("b"));
        assert_eq!(there(&server, one), ["a", "b"]);
    }
    for id in ["default", "s"] {
        reset(&server, id);
    }
    assert_eq!((there(&server, None), there(&server, Some(&session))), (vec!["a"], vec!["a"]));
    let wrong = json!({"mode": "emulate", "load": ["none.json"]});
    server.refused("POST", "/v1/sessions", &wrong, (400, "BadRequest"));
    let both = json!({"mode": "emulate", "load": ["notes.json"], "from": {"session": "s"}});
    server.refused("POST", "/v1/sessions", &both, (400, "BadRequest"));
    // A dump of a session: it has an endpoint like any other.
    let endpoint = session["endpoint"].as_str().unwrap();
    place.run(&format!("dump --endpoint {endpoint} --out dumped")).expect(0);
    assert_eq!(place.read("dumped/notes.jsonl"), "{\"Item\":{\"pk\":{\"S\":\"a\"}}}\n");
    server.end(0);
}

#[test]
fn files_are_added_to_what_a_session_has_as_a_whole_or_not_at_all() {
    let place = Place::new();
    place.write("notes.table.json", TABLE);
    place.write("notes.json", r#"[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]"#);
    place.write("others.table.json", TABLE.replace("notes", "others"));
    place.write("others.json", r#"[{"pk":{"S":"a"}},{"pk":{"N":"1"}}]"#);
    let mut command = serve(&place);
    let server = Controlled::start(command.args(["--create-table-ms", "600000"]));
    let session = server.begin(&json!({"mode": "emulate", "id": "s"}));
    let load = |path: &str| json!({"load": [path]});
    let session_load = "/v1/sessions/s/load";
    server.done("POST", session_load, &load("notes.json"));
    // Made at once, whatever the settings say of tables that clients make.
    assert_eq!(there(&server, Some(&session)), ["a", "b"]);
    let later = TABLE.replace("notes", "later");
    assert!(server.call(Some(&session), "CreateTable", &later).contains("CREATING"));
    for wrong in ["others.json", "none.json", "notes.json"] {
        server.refused("POST", session_load, &load(wrong), (400, "BadRequest"));
    }
    let tables = server.call(Some(&session), "ListTables", "{}");
    assert_eq!(tables, r#"{"TableNames":["later","notes"]}"#);
    assert_eq!(server.call(None, "ListTables", "{}"), NO_TABLES);
    reset(&server, "s");
    assert_eq!(server.call(Some(&session), "ListTables", "{}"), NO_TABLES);
    for body in [json!({}), json!({"load": "notes.json"}), json!({"load": [], "more": 1})] {
        server.refused("POST", session_load, &body, (400, "BadRequest"));
    }
    server.end(0);
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    snapshot(&server, "default", "one");
    let snapshots = "/v1/sessions/default/snapshots";
    for (path, body, expected) in [
        (snapshots, json!({"name": "one"}), (409, "Conflict")),
        (snapshots, json!({"name": "a/b"}), (400, "BadRequest")),
        (snapshots, json!({"name": ""}), (400, "BadRequest")),
        (snapshots, json!({}), (400, "BadRequest")),
        (snapshots, json!({"name": "two", "more": 1}), (400, "BadRequest")),
        ("/v1/sessions/default/restore", json!({"snapshot": "none"}), (404, "NotFound")),
        ("/v1/sessions/default/reset", json!({"snapshot": "one"}), (400, "BadRequest")),
        ("/v1/sessions/none/snapshots", json!({"name": "one"}), (404, "NotFound")),
    ] {
        server.refused("POST", path, &body, expected);
    }
    let gone = format!("{snapshots}/none");
    server.refused("DELETE", &gone, &Value::Null, (404, "NotFound"));
    for (from, expected) in [
        (json!({"session": "default", "snapshot": "none"}), (404, "NotFound")),
        (json!({"session": "none"}), (404, "NotFound")),
        (json!({}), (400, "BadRequest")),
    ] {
        server.refused("POST", "/v1/sessions", &json!({"mode": "emulate", "from": from}), expected);
    }
    let start = json!({"mode": "record", "id": "r", "tape": "a.tape", "upstream": "emulator"});
    server.begin(&start);
    let name = json!({"name": "one"});
    server.refused("POST", "/v1/sessions/r/snapshots", &name, (409, "Conflict"));
    let mut from = start.clone();
    from["from"] = json!({"session": "default"});
    server.refused("POST", "/v1/sessions", &from, (400, "BadRequest"));
    server.end(0);
}

#[test]
fn an_emulator_with_its_data_in_a_file_has_no_snapshots_and_others_beside_it_do() {
    let place = Place::new();
    let server = Controlled::start(serve(&place).args(["--db", "data.db"]));
    let name = json!({"name": "one"});
    server.refused("POST", "/v1/sessions/default/snapshots", &name, (409, "Conflict"));
    server.refused("POST", "/v1/sessions/default/reset", &Value::Null, (409, "Conflict"));
    let from = json!({"mode": "emulate", "from": {"session": "default"}});
    server.refused("POST", "/v1/sessions", &from, (409, "Conflict"));
    server.begin(&json!({"mode": "emulate", "id": "a"}));
    assert_eq!(snapshot(&server, "a", "one"), json!({"snapshots": ["one"]}));
    server.end(0);
}
