//! The control API as a program in any language uses it.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command},
};

use serde_json::{Value, json};

use crate::{
    place::{Place, signal},
    support::raw::{Connection, Signer, request},
};

const TABLE: &str = r#"{"TableName":"notes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;

struct Controlled {
    process: Child,
    url: String,
    control: String,
}

impl Controlled {
    fn start(command: &mut Command) -> Self {
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let mut told = |what: &str| {
            let line = lines.next().unwrap().unwrap();
            line.strip_prefix(what).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let (url, control) = (told("listening on "), told("control on "));
        Self { process, url, control }
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = Connection::open(&self.control).unwrap().send(request.as_bytes()).unwrap();
        (answer.status, answer.json())
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, "Host: localhost\r\n", &body)
    }

    #[track_caller]
    fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    #[track_caller]
    fn refused(&self, method: &str, path: &str, body: &Value, expected: (u16, &str)) {
        let (status, answer) = self.ask(method, path, body);
        let kind = answer["error"]["kind"].as_str();
        assert_eq!((status, kind), (expected.0, Some(expected.1)), "{answer}");
    }

    /// One call of DynamoDB in a session; none: at the server's own address.
    fn call(&self, session: Option<&Value>, operation: &str, body: &str) -> String {
        let path = session.map_or_else(String::new, |session| {
            session["endpoint"].as_str().unwrap().strip_prefix(&self.url).unwrap().to_owned()
        });
        let bytes = String::from_utf8(request(operation, body, &Signer::default())).unwrap();
        let bytes = bytes.replacen("POST /", &format!("POST {path}"), 1);
        let bytes = bytes.replacen("POST  ", "POST / ", 1);
        Connection::open(&self.url).unwrap().send(bytes.as_bytes()).unwrap().text()
    }

    /// Ends the server; gives what it said.
    fn end(mut self) -> String {
        signal(self.process.id(), "INT");
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0), "{said}");
        said
    }
}

fn serve(place: &Place) -> Command {
    place.dynatape(["serve", "--port", "0", "--control", "0"])
}

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
    let nothing = r#"{"TableNames":[]}"#;
    assert_eq!(server.call(Some(&emulator), "ListTables", "{}"), nothing);
    assert_eq!(server.call(None, "ListTables", "{}"), nothing);
    let put = json!({"run": "18"});
    assert_eq!(server.done("PUT", "/v1/sessions/rec/variables", &put), put);
    assert_eq!(server.done("GET", "/v1/sessions/rec", &Value::Null)["recorded"], 1);
    let listed = server.done("GET", "/v1/sessions", &Value::Null);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);

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
    assert_eq!(misses["misses"][0]["asked"], "ListTables");
    let stopped = server.done("POST", "/v1/sessions/rep/stop", &json!({"ok": true}));
    assert_eq!((&stopped["calls"], &stopped["missed"]), (&json!(2), &json!(1)));
    assert_eq!(stopped["clean"], false);

    assert!(!server.end().contains("never stopped"));
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
    record(Some(true));
    let old = place.read("a.tape");
    assert_eq!(record(Some(false)).unwrap()["written"], "a.tape.rejected");
    assert!(place.read("a.tape.rejected").contains("CreateTable"));
    assert_eq!(place.read("a.tape"), old);
    std::fs::remove_file(place.path("a.tape.rejected")).unwrap();
    record(None);
    let said = server.end();
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
    assert_eq!(listed, json!({"sessions": []}));
    server.end();
}

#[test]
fn a_command_is_told_where_the_control_api_is() {
    let place = Place::new();
    let script = "test -n \"$DYNATAPE_CONTROL\" && exit 7";
    let mut command = place.dynatape(["serve", "--control", "0", "--", "sh", "-c", script]);
    assert_eq!(command.output().unwrap().status.code(), Some(7));
}
