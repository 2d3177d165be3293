//! Sessions of every mode, from their beginning to their end.

use serde_json::{Value, json};

use super::{Controlled, NO_TABLES, TABLE, call, get, put, record, serve};
use crate::{place::Place, support::raw::Signer};

#[test]
fn sessions_of_every_mode_begin_and_end_and_see_nothing_of_each_other() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    assert_eq!(server.done("GET", "/healthz", &Value::Null)["status"], "ok");

    let start = json!({"mode": "record", "tape": "a.tape", "upstream": "emulator", "id": "rec",
        "variables": {"run": "17", "name": "a \"b\""}});
    let recording = server.done("POST", "/v1/sessions", &start);
    assert_eq!(recording["endpoint"], format!("{}/_s/rec", server.url));
    let emulator = server.done("POST", "/v1/sessions", &json!({"mode": "emulate"}));
    assert_eq!(emulator["id"], "s1");
    let again = json!({"mode": "record", "tape": "./a.tape", "upstream": "emulator"});
    server.refused("POST", "/v1/sessions", &again, (409, "Conflict"));

    assert!(server.call(Some(&recording), "CreateTable", TABLE).contains("TableId"));
    assert_eq!(server.call(Some(&emulator), "ListTables", "{}"), NO_TABLES);
    assert_eq!(server.call(None, "ListTables", "{}"), NO_TABLES);
    let put = json!({"run": "18"});
    assert_eq!(server.done("PUT", "/v1/sessions/rec/variables", &put), put);
    assert_eq!(server.done("GET", "/v1/sessions/rec", &Value::Null)["recorded"], 1);
    let listed = server.done("GET", "/v1/sessions", &Value::Null);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 3);

    assert!(!place.has("a.tape"));
    let stopped = server.done("POST", "/v1/sessions/rec/stop", &json!({"ok": true}));
    assert_eq!((&stopped["recorded"], &stopped["written"]), (&json!(1), &json!("a.tape")));
    server.refused("GET", "/v1/sessions/rec", &Value::Null, (404, "NotFound"));
    assert!(server.call(Some(&recording), "ListTables", "{}").contains("UnknownSession"));

    let start = json!({"mode": "replay", "tape": "a.tape", "id": "rep"});
    let replay = server.done("POST", "/v1/sessions", &start);
    assert_eq!(replay["variables"], put);
    assert_eq!(server.done("GET", "/v1/sessions/rep", &Value::Null)["clean"], false);
    assert!(server.call(Some(&replay), "CreateTable", TABLE).contains("TableId"));
    assert_eq!(server.done("GET", "/v1/sessions/rep", &Value::Null)["clean"], true);
    assert!(server.call(Some(&replay), "ListTables", "{}").contains("ReplayMiss"));
    let misses = server.done("GET", "/v1/sessions/rep/misses", &Value::Null);
    assert_eq!(misses["misses"][0]["asked"], "ListTables -");
    let stopped = server.done("POST", "/v1/sessions/rep/stop", &json!({"ok": true}));
    assert_eq!((&stopped["calls"], &stopped["missed"]), (&json!(2), &json!(1)));
    assert_eq!(stopped["clean"], false);
    assert_eq!(stopped["misses"], misses["misses"], "they can still be had in the end");

    assert!(!server.end(0).contains("never stopped"));
}

#[test]
fn a_recording_that_failed_or_was_never_stopped_leaves_the_tape_as_it_was() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let start = json!({"mode": "record", "tape": "a.tape", "upstream": "emulator", "id": "x"});
    let record = |ok: Option<bool>| {
        let session = server.done("POST", "/v1/sessions", &start);
        server.call(Some(&session), "ListTables", "{}");
        if ok == Some(false) {
            server.call(Some(&session), "CreateTable", TABLE);
        }
        ok.map(|ok| server.done("POST", "/v1/sessions/x/stop", &json!({"ok": ok})))
    };
    server.done("POST", "/v1/sessions", &start);
    let nothing = server.done("POST", "/v1/sessions/x/stop", &json!({"ok": true}));
    assert_eq!(nothing["accepted"], false, "a test that asked nothing is not believed");
    assert!(nothing["reasons"][0].as_str().unwrap().contains("no request came"), "{nothing}");
    assert!(nothing["written"].is_null() && !place.has("a.tape"));
    record(Some(true));
    let old = place.read("a.tape");
    assert_eq!(record(Some(false)).unwrap()["written"], "a.tape.rejected");
    assert!(place.read("a.tape.rejected").contains("CreateTable"));
    assert_eq!(place.read("a.tape"), old);
    std::fs::remove_file(place.path("a.tape.rejected")).unwrap();
    record(None);
    let said = server.end(0);
    assert!(said.contains("session x was never stopped"), "{said}");
    assert!(place.has("a.tape.rejected"));
    assert_eq!(place.read("a.tape"), old);
}

#[test]
fn what_cannot_be_meant_and_who_is_no_program_is_refused() {
    let place = Place::new();
    let server = Controlled::start(serve(&place).env("CI", "true"));
    let record = json!({"mode": "record", "tape": "a.tape", "upstream": "emulator"});
    for (method, path, body, expected) in [
        ("GET", "/v1/other", Value::Null, (404, "NotFound")),
        ("DELETE", "/v1/sessions", Value::Null, (405, "MethodNotAllowed")),
        ("POST", "/v1/sessions", Value::Null, (400, "BadRequest")),
        ("POST", "/v1/sessions", json!({"mode": "emulate", "colour": "red"}), (400, "BadRequest")),
        ("POST", "/v1/sessions", json!({"mode": "emulate", "id": "a/b"}), (400, "BadRequest")),
        ("POST", "/v1/sessions", json!({"mode": "replay", "tape": "none"}), (400, "BadRequest")),
        ("POST", "/v1/sessions/none/stop", json!({"ok": true}), (404, "NotFound")),
        ("POST", "/v1/sessions", json!({"mode": "x".repeat(2 << 20)}), (413, "TooLarge")),
        ("POST", "/v1/sessions", record, (409, "Conflict")),
    ] {
        server.refused(method, path, &body, expected);
    }
    for headers in [
        "",
        "Host: example.com\r\n",
        "Host: localhost.example.com\r\n",
        "Host: localhost\r\nOrigin: http://localhost\r\n",
    ] {
        let (status, answer) =
            server.send("POST", "/v1/sessions", headers, r#"{"mode":"emulate"}"#);
        assert_eq!((status, &answer["error"]["kind"]), (403, &json!("Forbidden")), "{headers}");
    }
    let listed = server.done("GET", "/v1/sessions", &Value::Null);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1, "only the server's own");
    server.end(0);
}

#[test]
fn a_recording_holds_no_credentials_of_its_own_session_and_minds_no_others() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let key = "AKIAIOSFODNN7EXAMPLE";
    let signer = Signer { key: key.to_owned(), ..Signer::default() };
    let start = |id: &str| {
        let tape = format!("{id}.tape");
        let start = json!({"mode": "record", "tape": tape, "upstream": "emulator", "id": id});
        server.begin(&start)
    };
    let (own, other) = (start("own"), start("other"));
    let item = put(key);
    for (session, signer) in [(&own, &signer), (&other, &Signer::default())] {
        server.call(Some(session), "CreateTable", TABLE);
        call(session["endpoint"].as_str().unwrap(), "PutItem", &item, signer, "");
    }
    let ok = json!({"ok": true});
    server.refused("POST", "/v1/sessions/own/stop", &ok, (500, "Failed"));
    assert!(!place.has("own.tape") && !place.has("own.tape.rejected"));
    assert_eq!(server.stop("other", true)["accepted"], true);
    assert!(place.read("other.tape").contains(key));
    server.end(0);
}

#[test]
fn where_nothing_is_recorded_a_session_replays_what_is_there() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    record(&server, "a.tape");
    server.end(0);
    let old = place.read("a.tape");
    let server = Controlled::start(serve(&place).env("CI", "true"));
    for mode in ["auto", "new"] {
        let start = json!({"mode": mode, "tape": "a.tape", "upstream": "emulator", "id": "a",
            "allow_unused": true});
        assert_eq!(server.begin(&start)["mode"], "replay");
        assert_eq!(server.stop("a", true)["clean"], true);
        let start = json!({"mode": mode, "tape": "b.tape", "upstream": "emulator"});
        server.refused("POST", "/v1/sessions", &start, (409, "Conflict"));
    }
    assert_eq!(place.read("a.tape"), old);
    server.end(0);
}

#[test]
fn a_session_records_and_replays_a_tape_that_begins_with_another() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    record(&server, "setup.tape");
    let header = json!({"tape": 1, "from": {"kind": "dynatape"}, "rules": {"redact": 1},
        "include": ["setup.tape"]});
    place.write("own.tape", header.to_string());
    let ask = |session: &Value| {
        server.call(Some(session), "CreateTable", TABLE);
        server.call(Some(session), "PutItem", &put("a"));
        server.call(Some(session), "GetItem", &get("a"));
        server.call(Some(session), "PutItem", &put("b"));
    };
    let start = json!({"mode": "record", "tape": "own.tape", "upstream": "emulator", "id": "own"});
    ask(&server.begin(&start));
    assert_eq!(server.stop("own", true)["written"], "own.tape");
    let own = place.read("own.tape");
    assert!(own.contains(r#""include": ["setup.tape"]"#), "{own}");
    assert_eq!(own.matches("\"id\": ").count(), 1, "{own}");
    ask(&server.begin(&json!({"mode": "replay", "tape": "own.tape", "id": "again"})));
    let stopped = server.stop("again", true);
    assert_eq!((&stopped["calls"], &stopped["clean"]), (&json!(4), &json!(true)));
    server.end(0);
}
