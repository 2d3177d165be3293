//! What a session can be told while it runs, and at its start.

use serde_json::{Value, json};

use super::{Controlled, NO_TABLES, TABLE, get, put, record, serve};
use crate::place::Place;

#[test]
fn faults_are_set_and_cleared_for_one_session_and_no_other() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let start = json!({"mode": "emulate", "id": "a", "faults": ["ListTables:ThrottlingException"]});
    let a = server.begin(&start);
    let b = server.begin(&json!({"mode": "emulate", "id": "b"}));
    assert!(server.call(Some(&a), "ListTables", "{}").contains("ThrottlingException"));
    assert_eq!(server.call(Some(&b), "ListTables", "{}"), NO_TABLES);
    assert_eq!(server.call(None, "ListTables", "{}"), NO_TABLES);
    let faults = server.get("/v1/sessions/a/faults");
    assert_eq!(
        faults,
        json!({"faults": [{"rule": "ListTables:ThrottlingException", "seen": 1, "fired": 1}]})
    );
    assert_eq!(server.get("/v1/sessions/a")["faults"], faults["faults"]);

    let second = json!({"faults": ["*:InternalServerError@2"]});
    server.done("PUT", "/v1/sessions/a/faults", &second);
    assert_eq!(server.call(Some(&a), "ListTables", "{}"), NO_TABLES);
    assert!(server.call(Some(&a), "ListTables", "{}").contains("InternalServerError"));
    server.done("DELETE", "/v1/sessions/a/faults", &Value::Null);
    assert_eq!(server.call(Some(&a), "ListTables", "{}"), NO_TABLES);

    for bad in [json!({}), json!({"faults": "x"}), json!({"faults": ["PutItem:nonsense"]})] {
        server.refused("PUT", "/v1/sessions/a/faults", &bad, (400, "BadRequest"));
    }
    // The server's own session is one like the others.
    server.done("PUT", "/v1/sessions/default/faults", &json!({"faults": ["*:500"]}));
    assert!(server.call(None, "ListTables", "{}").contains("InternalServerError"));
    assert_eq!(server.call(Some(&b), "ListTables", "{}"), NO_TABLES);
    server.end(0);
}

#[test]
fn a_fault_reaches_no_tape() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let start = json!({"mode": "record", "tape": "a.tape", "upstream": "emulator", "id": "a",
        "faults": ["ListTables:ThrottlingException@1"]});
    let a = server.begin(&start);
    assert!(server.call(Some(&a), "ListTables", "{}").contains("ThrottlingException"));
    assert_eq!(server.call(Some(&a), "ListTables", "{}"), NO_TABLES);
    assert_eq!(server.stop("a", true)["recorded"], 1);
    assert!(!place.read("a.tape").contains("ThrottlingException"));
    server.end(0);
}

#[test]
fn the_clock_of_an_emulator_is_read_set_stopped_and_put_forward() {
    let place = Place::new();
    let mut command = serve(&place);
    let server = Controlled::start(command.args(["--create-table-ms", "3600000"]));
    let a = server.begin(&json!({"mode": "emulate", "id": "a"}));
    let b = server.begin(&json!({"mode": "emulate", "id": "b"}));
    let set = json!({"now": 1_000_000_000.5, "runs": false});
    assert_eq!(server.done("PUT", "/v1/sessions/a/clock", &set), set);
    assert_eq!(server.get("/v1/sessions/a/clock"), set, "it stands");
    let made = server.call(Some(&a), "CreateTable", TABLE);
    assert!(made.contains(r#""CreationDateTime":1.0000000005E9"#), "{made}");
    server.call(Some(&b), "CreateTable", TABLE);
    let status = |session| {
        let table = server.call(Some(session), "DescribeTable", r#"{"TableName":"notes"}"#);
        let table: Value = serde_json::from_str(&table).unwrap();
        table["Table"]["TableStatus"].as_str().unwrap().to_owned()
    };
    let forward = |seconds: f64| {
        server.done("POST", "/v1/sessions/a/clock/advance", &json!({"seconds": seconds}))
    };
    forward(3599.0);
    assert_eq!(status(&a), "CREATING");
    assert_eq!(forward(1.0), json!({"now": 1_000_003_600.5, "runs": false}));
    assert_eq!((&*status(&a), &*status(&b)), ("ACTIVE", "CREATING"), "its own, and no other's");

    let runs = server.done("PUT", "/v1/sessions/a/clock", &json!({"runs": true}));
    assert_eq!(runs["runs"], true);
    while server.get("/v1/sessions/a/clock")["now"].as_f64() <= runs["now"].as_f64() {
        std::thread::yield_now();
    }
    for bad in [json!({"now": -1}), json!({"now": 1e12}), json!({"now": "today"})] {
        server.refused("PUT", "/v1/sessions/a/clock", &bad, (400, "BadRequest"));
    }
    let bad = json!({"seconds": -1});
    server.refused("POST", "/v1/sessions/a/clock/advance", &bad, (400, "BadRequest"));
    server.end(0);
}

#[test]
fn a_replay_has_no_clock_but_the_choices_of_the_command_line() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    record(&server, "a.tape");
    let start = |options: Value| {
        let mut start = json!({"mode": "replay", "tape": "a.tape", "id": "r"});
        start.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        start
    };
    // The writes are made, the read is not asked for, and something else is.
    let clean = |options: Value, miss: bool| {
        let session = server.begin(&start(options));
        server.refused("GET", "/v1/sessions/r/clock", &Value::Null, (409, "Conflict"));
        server.call(Some(&session), "CreateTable", TABLE);
        server.call(Some(&session), "PutItem", &put("a"));
        if miss {
            server.call(Some(&session), "GetItem", &get("b"));
        }
        server.stop("r", true)
    };
    assert_eq!(clean(json!({}), false)["clean"], true);
    let strict = clean(json!({"strict": true}), false);
    assert_eq!(
        (&strict["clean"], strict["unused_reads"].as_array().unwrap().len()),
        (&json!(false), 1)
    );
    let missed = clean(json!({}), true);
    assert_eq!((&missed["clean"], &missed["missed"]), (&json!(false), &json!(1)));
    assert!(missed["misses"][0]["report"].as_str().unwrap().contains("nearest"), "{missed}");
    let emulated = clean(json!({"on_miss": "emulate"}), true);
    assert_eq!((&emulated["clean"], &emulated["emulated"]), (&json!(true), &json!(1)));
    assert_eq!(clean(json!({"on_miss": "emulate", "strict": true}), true)["clean"], false);
    let idle = json!({"strict": true, "faults": ["DeleteTable:500"]});
    assert_eq!(clean(idle, false)["clean"], false);

    let untouched = |options: Value, ok: bool| {
        server.begin(&start(options));
        server.stop("r", ok)["clean"].clone()
    };
    assert_eq!(untouched(json!({}), true), false);
    assert_eq!(untouched(json!({"allow_unused": true}), true), true);
    assert_eq!(untouched(json!({}), false), true, "what failed is not complained about as well");

    let repeats = json!({"repeats": "strict", "polls": "faithful", "retries": "faithful",
        "causal_wait_ms": 0});
    let session = server.begin(&start(repeats));
    server.call(Some(&session), "CreateTable", TABLE);
    server.call(Some(&session), "PutItem", &put("a"));
    assert!(server.call(Some(&session), "GetItem", &get("a")).contains("Item"));
    assert!(server.call(Some(&session), "GetItem", &get("a")).contains("ReplayMiss"));
    server.stop("r", true);
    for bad in [
        json!({"on_miss": "upstream"}),
        json!({"strict": true, "allow_unused": true}),
        json!({"strict": "yes"}),
        json!({"verify": true}),
        json!({"causal_wait_ms": -1}),
    ] {
        server.refused("POST", "/v1/sessions", &start(bad), (400, "BadRequest"));
    }
    server.end(0);
}

#[test]
fn a_session_records_if_there_is_no_tape_and_makes_one_longer() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let session = |mode: &str, keys: &[&str]| {
        let start = json!({"mode": mode, "tape": "a.tape", "upstream": "emulator", "id": "a"});
        let session = server.begin(&start);
        server.call(Some(&session), "CreateTable", TABLE);
        for key in keys {
            server.call(Some(&session), "PutItem", &put(key));
        }
        server.stop("a", true)
    };
    let first = session("auto", &["a"]);
    assert_eq!((&first["mode"], &first["recorded"]), (&json!("record"), &json!(2)));
    let again = session("auto", &["a"]);
    assert_eq!((&again["mode"], &again["clean"]), (&json!("replay"), &json!(true)));
    let longer = session("new", &["a", "b"]);
    assert_eq!((&longer["mode"], &longer["recorded"]), (&json!("record"), &json!(3)), "{longer}");
    assert_eq!(longer["accepted"], true);
    server.end(0);
}

#[test]
fn a_replay_says_when_it_was_recorded_and_tells_times_as_of_today() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let start = json!({"mode": "record", "tape": "a.tape", "upstream": "emulator", "id": "a"});
    let a = server.begin(&start);
    let set = json!({"now": 1_000_000_000, "runs": false});
    server.done("PUT", "/v1/sessions/a/clock", &set);
    server.call(Some(&a), "CreateTable", TABLE);
    server.stop("a", true);
    for (time, recorded) in [("recorded", true), ("shift", false)] {
        let start = json!({"mode": "replay", "tape": "a.tape", "id": "a", "time": time});
        let a = server.begin(&start);
        assert_eq!(a["recorded_at"], "2001-09-09T01:46:40Z");
        let made = server.call(Some(&a), "CreateTable", TABLE);
        assert_eq!(made.contains(r#""CreationDateTime":1.0E9"#), recorded, "{made}");
        assert_eq!(server.stop("a", true)["clean"], true);
    }
    server.end(0);
}

#[test]
fn a_recording_over_its_budget_is_not_accepted_and_says_why() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let start = json!({"mode": "record", "tape": "a.tape", "upstream": "emulator", "id": "a",
        "max_bytes": "600", "verify": false});
    let a = server.begin(&start);
    server.call(Some(&a), "CreateTable", TABLE);
    let stopped = server.stop("a", true);
    assert_eq!(
        (&stopped["accepted"], &stopped["written"]),
        (&json!(false), &json!("a.tape.rejected"))
    );
    let reasons = stopped["reasons"].to_string();
    assert!(reasons.contains("too large") && reasons.contains("CreateTable"), "{reasons}");
    assert!(!place.has("a.tape"));
    let bad = json!({"mode": "record", "tape": "a.tape", "upstream": "emulator", "max_bytes": "x"});
    server.refused("POST", "/v1/sessions", &bad, (400, "BadRequest"));
    server.end(0);
}

#[test]
fn every_operation_of_the_document_answers_as_it_says() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    server.get("/healthz");
    server.get("/v1/openapi.json");
    server.begin(&json!({"mode": "emulate", "id": "a", "key": "K", "port": 0}));
    for path in ["", "/a", "/a/misses", "/a/variables", "/a/faults", "/a/clock", "/a/insights"] {
        server.get(&format!("/v1/sessions{path}"));
    }
    for (method, path, body) in [
        ("PUT", "variables", json!({"a": "b"})),
        ("PUT", "faults", json!({"faults": ["*:500@9"]})),
        ("DELETE", "faults", Value::Null),
        ("PUT", "clock", json!({"now": 5})),
        ("POST", "clock/advance", json!({"seconds": 0.5})),
    ] {
        server.done(method, &format!("/v1/sessions/a/{path}"), &body);
    }
    server.stop("a", true);
    for (method, path, body) in [
        ("POST", "/v1/sessions/default/snapshots", json!({"name": "one"})),
        ("GET", "/v1/sessions/default/snapshots", Value::Null),
        ("POST", "/v1/sessions/default/restore", json!({"snapshot": "one"})),
        ("POST", "/v1/sessions/default/reset", Value::Null),
        ("DELETE", "/v1/sessions/default/snapshots/one", Value::Null),
    ] {
        server.done(method, path, &body);
    }
    assert_eq!(server.document.done(), server.document.operations());
    server.end(0);
}
