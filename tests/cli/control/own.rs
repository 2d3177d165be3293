//! The session that the server itself is: of `serve`, `record` and `replay`.

use std::process::Command;

use serde_json::json;

use super::{Controlled, NO_TABLES, TABLE, record, run, serve};
use crate::place::Place;

/// The program with these arguments, on free ports.
fn command(place: &Place, arguments: &str) -> Command {
    let arguments = format!("{arguments} --port 0 --control 0");
    place.dynatape(arguments.split(' '))
}

#[test]
fn variables_of_a_recorded_command_are_given_back_to_the_replayed_one() {
    let place = Place::new();
    let server = Controlled::start(&mut command(&place, "record a.tape --upstream emulator"));
    let variables = json!({"order": "17"});
    server.done("PUT", "/v1/sessions/default/variables", &variables);
    server.call(None, "CreateTable", TABLE);
    let own = server.get("/v1/sessions/default");
    assert_eq!((&own["mode"], &own["recorded"]), (&json!("record"), &json!(1)));
    assert_eq!(own["endpoint"], server.url.as_str());
    // Another session beside it goes to a tape of its own, and to no other.
    record(&server, "b.tape");
    let same = json!({"mode": "record", "tape": "a.tape", "upstream": "emulator"});
    server.refused("POST", "/v1/sessions", &same, (409, "Conflict"));
    let stop = json!({"ok": true});
    server.refused("POST", "/v1/sessions/default/stop", &stop, (409, "Conflict"));
    server.end(0);
    let (a, b) = (place.read("a.tape"), place.read("b.tape"));
    assert_eq!((a.matches("PutItem").count(), b.contains("PutItem")), (0, true), "{a}");

    let server = Controlled::start(&mut command(&place, "replay a.tape"));
    assert_eq!(server.get("/v1/sessions/default/variables"), variables);
    assert_eq!(server.get("/v1/sessions/default")["clean"], false);
    assert!(server.call(None, "CreateTable", TABLE).contains("TableId"));
    assert_eq!(server.get("/v1/sessions/default")["clean"], true);
    let b = server.begin(&json!({"mode": "replay", "tape": "b.tape"}));
    assert_eq!(b["variables"], json!({"run": "17"}));
    assert!(server.call(None, "ListTables", "{}").contains("ReplayMiss"));
    let misses = server.get("/v1/sessions/default/misses");
    assert_eq!(misses["misses"].as_array().unwrap().len(), 1);
    // A miss fails the command, whoever asked for it.
    server.end(2);
}

#[test]
fn what_only_passes_through_can_be_made_to_fail_too() {
    let place = Place::new();
    let arguments = "record a.tape --upstream emulator --mode live";
    let server = Controlled::start(&mut command(&place, arguments));
    assert_eq!(server.get("/v1/sessions/default")["mode"], "live");
    server.done("PUT", "/v1/sessions/default/faults", &json!({"faults": ["*:500@1"]}));
    assert!(server.call(None, "ListTables", "{}").contains("InternalServerError"));
    assert_eq!(server.call(None, "ListTables", "{}"), NO_TABLES);
    server.end(0);
    assert!(!place.has("a.tape"));
}

#[test]
fn the_server_without_a_session_is_the_default_one() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let own = server.get("/v1/sessions/default");
    assert_eq!((&own["mode"], &own["variables"]), (&json!("emulate"), &json!({})));
    server.call(None, "CreateTable", TABLE);
    let by_path = json!({"endpoint": format!("{}/_s/default", server.url)});
    assert!(server.call(Some(&by_path), "ListTables", "{}").contains("notes"));
    let taken = json!({"mode": "emulate", "id": "default"});
    server.refused("POST", "/v1/sessions", &taken, (409, "Conflict"));
    let clock = server.done("PUT", "/v1/sessions/default/clock", &json!({"now": 5, "runs": false}));
    assert_eq!(clock, json!({"now": 5.0, "runs": false}));
    assert_eq!(server.get("/v1/sessions")["sessions"].as_array().unwrap().len(), 1);
    server.end(0);
}

#[test]
fn a_command_is_told_where_the_control_api_is() {
    let place = Place::new();
    let script = "test -n \"$DYNATAPE_CONTROL\" && exit 7";
    let serve = ["serve", "--control", "0", "--", "sh", "-c", script];
    run(&mut place.dynatape(serve)).expect(7);
    let server = Controlled::start(&mut super::serve(&place));
    record(&server, "a.tape");
    server.end(0);
    let replay = ["replay", "a.tape", "--control", "0", "--", "sh", "-c", script];
    run(&mut place.dynatape(replay)).expect(7);
    let without = ["replay", "a.tape", "--", "sh", "-c", "test -z \"$DYNATAPE_CONTROL\" && exit 8"];
    run(&mut place.dynatape(without)).expect(8);
}
