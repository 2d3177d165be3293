//! Many sessions in one process at once, each chosen in one of four ways.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use serde_json::{Value, json};

use super::{Controlled, TABLE, call, serve};
use crate::{place::Place, support::raw::Signer};

/// How requests choose their session: by path, access key, header, and port.
const WAYS: usize = 4;

/// Calls of the program below.
const CALLS: u64 = 5;

struct Session {
    number: usize,
    began: Value,
    url: String,
}

impl Session {
    fn id(&self) -> &str {
        self.began["id"].as_str().unwrap()
    }

    fn call(&self, operation: &str, body: &str) -> String {
        let own = self.began["endpoint"].as_str().unwrap();
        let (mut endpoint, mut signer, mut header) = (&*self.url, Signer::default(), String::new());
        match self.number % WAYS {
            0 | 3 => endpoint = own,
            1 => signer.key = format!("KEY{}", self.number),
            _ => header = format!("x-dynatape-session: {}\r\n", self.id()),
        }
        call(endpoint, operation, body, &signer, &header).text()
    }

    /// Makes a table of the same name as everybody's, and finds there what it wrote and nothing
    /// else.
    fn program(&self, together: &Barrier) {
        let owner = self.id();
        let item = format!(r#"{{"pk":{{"S":"k"}},"owner":{{"S":"{owner}"}}}}"#);
        let key = r#"{"TableName":"notes","Key":{"pk":{"S":"k"}}}"#;
        for (operation, body, expected) in [
            ("CreateTable", TABLE.to_owned(), "TableId".to_owned()),
            ("PutItem", format!(r#"{{"TableName":"notes","Item":{item}}}"#), "{}".to_owned()),
            ("GetItem", key.to_owned(), format!(r#""owner":{{"S":"{owner}"}}"#)),
            ("Scan", r#"{"TableName":"notes"}"#.to_owned(), r#""Count":1,"#.to_owned()),
            ("DeleteItem", key.to_owned(), "{}".to_owned()),
        ] {
            let answer = self.call(operation, &body);
            // Only after everybody had an answer: a panic before it would leave the others waiting.
            together.wait();
            assert!(answer.contains(&expected), "{owner} {operation}: {answer}");
        }
    }
}

fn begin(server: &Controlled, number: usize, mut start: Value) -> Session {
    start["id"] = json!(format!("s{number:02}"));
    match number % WAYS {
        1 => start["key"] = json!(format!("KEY{number}")),
        3 => start["port"] = json!(0),
        _ => {}
    }
    Session { number, began: server.begin(&start), url: server.url.clone() }
}

fn tape(number: usize) -> String {
    format!("{number:02}.tape")
}

fn recorded(number: usize) -> Value {
    json!({"mode": "record", "tape": tape(number), "upstream": "emulator"})
}

/// Runs the program in all of them at once, and stops them.
fn run(server: &Controlled, sessions: Vec<Session>) -> Vec<Value> {
    let together = Arc::new(Barrier::new(sessions.len()));
    let ids: Vec<_> = sessions.iter().map(|session| session.id().to_owned()).collect();
    let threads: Vec<_> = sessions
        .into_iter()
        .map(|session| {
            let together = Arc::clone(&together);
            thread::spawn(move || session.program(&together))
        })
        .collect();
    let ended: Vec<_> = threads.into_iter().map(thread::JoinHandle::join).collect();
    assert!(ended.iter().all(Result::is_ok), "what failed is said above");
    thread::scope(|scope| {
        let stops: Vec<_> =
            ids.iter().map(|id| scope.spawn(move || server.stop(id, true))).collect();
        stops.into_iter().map(|stop| stop.join().unwrap()).collect()
    })
}

#[test]
fn fifty_sessions_at_once_see_nothing_of_each_other() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let sessions = (0..17).map(|number| begin(&server, number, recorded(number))).collect();
    let mut kept = run(&server, sessions);

    // What they recorded is replayed, beside new recordings and emulators.
    let sessions: Vec<_> = (0..50)
        .map(|number| match number {
            0..17 => json!({"mode": "replay", "tape": tape(number), "strict": true}),
            _ if number % 2 == 0 => recorded(number),
            _ => json!({"mode": "emulate"}),
        })
        .enumerate()
        .map(|(number, start)| begin(&server, number, start))
        .collect();
    assert_eq!(server.get("/v1/sessions")["sessions"].as_array().unwrap().len(), 51);
    let ended = run(&server, sessions);
    let (replays, others) = ended.split_at(17);
    for replay in replays {
        assert_eq!((&replay["clean"], &replay["calls"]), (&json!(true), &json!(CALLS)), "{replay}");
    }
    kept.extend(others.iter().filter(|session| session["mode"] == "record").cloned());
    assert_eq!(kept.len(), 17 + 16);
    for session in &kept {
        assert_eq!((&session["accepted"], &session["recorded"]), (&json!(true), &json!(CALLS)));
        let (id, text) =
            (session["id"].as_str().unwrap(), place.read(session["tape"].as_str().unwrap()));
        let owners: Vec<_> = text.split(r#""owner": {"S": ""#).skip(1).collect();
        assert!(!owners.is_empty() && owners.iter().all(|owner| owner.starts_with(id)), "{text}");
    }
    assert_eq!(server.get("/v1/sessions")["sessions"].as_array().unwrap().len(), 1);
    server.end(0);
}

#[test]
fn a_port_of_a_session_is_its_own_and_goes_with_it() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let a = server.begin(&json!({"mode": "emulate", "id": "a", "port": 0}));
    assert_ne!(a["endpoint"], json!(server.url));
    assert!(server.call(Some(&a), "CreateTable", TABLE).contains("TableId"));
    let by_path = json!({"endpoint": format!("{}/_s/a", server.url)});
    let there = r#"{"TableNames":["notes"]}"#;
    assert_eq!(server.call(Some(&by_path), "ListTables", "{}"), there);
    assert_eq!(server.call(None, "ListTables", "{}"), super::NO_TABLES);
    let port = a["endpoint"].as_str().unwrap().rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let taken = json!({"mode": "emulate", "id": "b", "port": port});
    server.refused("POST", "/v1/sessions", &taken, (409, "Conflict"));
    server.refused("GET", "/v1/sessions/b", &Value::Null, (404, "NotFound"));
    server.stop("a", true);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody listens any more");
    let again = server.begin(&taken);
    assert_eq!(server.call(Some(&again), "ListTables", "{}"), super::NO_TABLES);
    server.end(0);
}
