//! The control API as a program in any language uses it: HTTP and JSON, checked against the
//! API's own document with every request.

mod document;
mod guide;
mod insights;

mod many;
mod modes;
mod own;
mod settings;
mod states;

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command},
};

use serde_json::Value;

use self::document::Document;
use crate::{
    place::{Ended, Place, signal},
    support::raw::{Answer, Connection, Signer, request},
};

const TABLE: &str = r#"{"TableName":"notes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;

const NO_TABLES: &str = r#"{"TableNames":[]}"#;

/// A program that serves the control API.
struct Controlled {
    process: Child,
    url: String,
    control: String,
    document: Document,
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
        let document = ask(&control, "GET", "/v1/openapi.json", "Host: localhost\r\n", "");
        Self { process, url, control, document: Document::new(document.json()) }
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
        let answer = ask(&self.control, method, path, headers, body);
        let (status, json) = (answer.status, answer.json());
        self.document.check(method, path, body, status, &json);
        (status, json)
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
    fn begin(&self, body: &Value) -> Value {
        self.done("POST", "/v1/sessions", body)
    }

    #[track_caller]
    fn stop(&self, id: &str, ok: bool) -> Value {
        self.done("POST", &format!("/v1/sessions/{id}/stop"), &serde_json::json!({"ok": ok}))
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        self.done("GET", path, &Value::Null)
    }

    #[track_caller]
    fn refused(&self, method: &str, path: &str, body: &Value, expected: (u16, &str)) {
        let (status, answer) = self.ask(method, path, body);
        let kind = answer["error"]["kind"].as_str();
        assert_eq!((status, kind), (expected.0, Some(expected.1)), "{body}: {answer}");
    }

    /// One call of DynamoDB in a session; none: at the server's own address.
    fn call(&self, session: Option<&Value>, operation: &str, body: &str) -> String {
        let endpoint = session.map_or(&*self.url, |session| session["endpoint"].as_str().unwrap());
        call(endpoint, operation, body, &Signer::default(), "").text()
    }

    /// Ends the server with this exit code; gives what it said.
    #[track_caller]
    fn end(mut self, code: i32) -> String {
        signal(self.process.id(), "INT");
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(code), "{said}");
        said
    }
}

impl Drop for Controlled {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ask(control: &str, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    let request =
        format!("{method} {path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    Connection::open(control).unwrap().send(request.as_bytes()).unwrap()
}

/// One call of DynamoDB at this URL, with a header more.
fn call(endpoint: &str, operation: &str, body: &str, signer: &Signer, header: &str) -> Answer {
    let host = endpoint.strip_prefix("http://").unwrap();
    let (host, path) = host.split_once('/').unwrap_or((host, ""));
    let bytes = String::from_utf8(request(operation, body, signer)).unwrap();
    let bytes =
        bytes.replacen("POST / HTTP/1.1\r\n", &format!("POST /{path} HTTP/1.1\r\n{header}"), 1);
    Connection::open(host).unwrap().send(bytes.as_bytes()).unwrap()
}

fn serve(place: &Place) -> Command {
    place.dynatape(["serve", "--port", "0", "--control", "0"])
}

/// A tape in which `notes` is made and one item put, with a variable.
fn record(server: &Controlled, tape: &str) -> Value {
    let start = serde_json::json!({"mode": "record", "tape": tape, "upstream": "emulator",
        "id": "recorder", "variables": {"run": "17"}});
    let session = server.begin(&start);
    server.call(Some(&session), "CreateTable", TABLE);
    server.call(Some(&session), "PutItem", &put("a"));
    server.call(Some(&session), "GetItem", &get("a"));
    server.stop("recorder", true)
}

fn put(key: &str) -> String {
    format!(r#"{{"TableName":"notes","Item":{{"pk":{{"S":"{key}"}}}}}}"#)
}

fn get(key: &str) -> String {
    format!(r#"{{"TableName":"notes","Key":{{"pk":{{"S":"{key}"}}}}}}"#)
}

/// Runs a program that ends by itself.
fn run(command: &mut Command) -> Ended {
    Ended::of(command)
}
