//! Sessions as clients see them: each has its own tables, tape and misses, however it is chosen.

#![allow(clippy::unwrap_used)] // all of it is test

mod support;

use std::sync::Arc;

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Credentials, Intercept, RuntimeComponents,
        interceptors::BeforeTransmitInterceptorContextMut,
    },
    error::BoxError,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType,
    },
};
use dynatape::{
    backend::{
        record::{Record, Recording, Since},
        replay::Replay,
        sessions::{Sessions, StartError},
    },
    cassette::{Cassette, Provenance},
    clock::SystemClock,
    emulator::Emulator,
    proxy::{Choosing, Config, Server},
    wire::{Request, Response},
};
use support::{Answering, CLOSE, call, client, exchange, start_with};
use tokio::{sync::Barrier, task::JoinSet};

/// Calls of the program below.
const CALLS: usize = 4;

fn by_path() -> Config {
    Config { sessions: Choosing::ByPath, ..Config::default() }
}

fn or_else(id: &str) -> Config {
    Config { sessions: Choosing::OrElse(id.into()), ..Config::default() }
}

/// Sets the header that chooses a session.
#[derive(Debug)]
struct Chooses(String);

impl Intercept for Chooses {
    fn name(&self) -> &'static str {
        "chooses"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert("x-dynatape-session", self.0.clone());
        Ok(())
    }
}

/// One of the four ways to choose session `id`; the server, if it is a listener of its own.
async fn chosen(
    way: usize,
    id: &str,
    shared: &str,
    sessions: &Arc<Sessions>,
) -> (Client, Option<Server>) {
    let config = client(shared).config().to_builder();
    match way {
        0 => (client(&format!("{shared}/_s/{id}")), None),
        1 => {
            let key = Credentials::new(key_of(id), "dummy", None, None, "test");
            (Client::from_conf(config.credentials_provider(key).build()), None)
        }
        2 => (Client::from_conf(config.interceptor(Chooses(id.to_owned())).build()), None),
        _ => {
            let server = start_with(Arc::clone(sessions), or_else(id)).await;
            (client(&server.url()), Some(server))
        }
    }
}

fn key_of(id: &str) -> String {
    format!("KEY{id}")
}

/// Every session makes a table of the same name, and waits for the others after each step.
async fn program(client: &Client, id: &str, together: &Barrier) {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    client
        .create_table()
        .table_name("orders")
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name("pk")
                .attribute_type(ScalarAttributeType::S)
                .build()
                .unwrap(),
        )
        .key_schema(
            KeySchemaElement::builder()
                .attribute_name("pk")
                .key_type(KeyType::Hash)
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    together.wait().await;
    let put = client.put_item().table_name("orders").item("pk", text("k")).item("owner", text(id));
    put.send().await.unwrap();
    together.wait().await;
    let got = client.get_item().table_name("orders").key("pk", text("k")).send().await.unwrap();
    assert_eq!(got.item().unwrap()["owner"], text(id));
    together.wait().await;
    let scanned = client.scan().table_name("orders").send().await.unwrap();
    assert_eq!(scanned.items().len(), 1);
    assert_eq!(scanned.items()[0]["owner"], text(id));
    together.wait().await;
}

/// Runs the program in all of these sessions at once, each chosen in another way than its
/// neighbours.
async fn run(sessions: &Arc<Sessions>, shared: &str, ids: &[String]) {
    let together = Arc::new(Barrier::new(ids.len()));
    let mut programs = JoinSet::new();
    for (number, id) in ids.iter().cloned().enumerate() {
        let (client, listener) = chosen(number % 4, &id, shared, sessions).await;
        let together = Arc::clone(&together);
        programs.spawn(async move {
            program(&client, &id, &together).await;
            drop(listener);
        });
    }
    // Not join_all: if one fails, the others would wait for it for ever.
    while let Some(ended) = programs.join_next().await {
        ended.unwrap();
    }
}

fn cassette(recording: &Recording) -> Cassette {
    recording.finish(Provenance::default(), "test", "2026-01-01", Since::default()).cassette
}

fn recorded(sessions: &Sessions, id: &str) -> Recording {
    let recording = Recording::new();
    let backend = Record::new(Emulator::default(), recording.clone());
    sessions.start(id, Some(&key_of(id)), Arc::new(backend)).unwrap();
    recording
}

#[tokio::test]
async fn fifty_sessions_at_once_see_nothing_of_each_other() {
    let sessions = Arc::new(Sessions::new(None));
    let server = start_with(Arc::clone(&sessions), by_path()).await;

    let ids: Vec<_> = (0..17).map(|number| format!("s{number}")).collect();
    let recordings: Vec<_> = ids.iter().map(|id| recorded(&sessions, id)).collect();
    run(&sessions, &server.url(), &ids).await;
    for id in &ids {
        assert!(sessions.end(id).is_some());
    }

    // What they recorded is replayed under the same ids, beside new recordings and emulators.
    let mut replays = Vec::new();
    for (id, recording) in ids.iter().zip(&recordings) {
        let tape = cassette(recording);
        let replay = Arc::new(Replay::new(tape, Arc::new(SystemClock), "fix".into()));
        sessions.start(id, Some(&key_of(id)), replay.clone()).unwrap();
        replays.push(replay);
    }
    let mut ids = ids;
    let mut recordings = Vec::new();
    for number in 17..50 {
        let id = format!("s{number}");
        if number % 2 == 0 {
            recordings.push(recorded(&sessions, &id));
        } else {
            let backend = Arc::new(Emulator::default());
            sessions.start(&id, Some(&key_of(&id)), backend).unwrap();
        }
        ids.push(id);
    }
    run(&sessions, &server.url(), &ids).await;

    for recording in &recordings {
        assert_eq!(cassette(recording).interactions.len(), CALLS);
    }
    // Misses stay with the session that missed.
    let missing = &ids[3];
    let client = client(&format!("{}/_s/{missing}", server.url()));
    let error = client.describe_table().table_name("never").send().await.unwrap_err();
    assert_eq!(error.into_service_error().meta().code(), Some("ReplayMiss"));
    for (number, replay) in replays.iter().enumerate() {
        let summary = replay.summary();
        let missed = usize::from(number == 3);
        assert_eq!(summary.calls, (CALLS + missed) as u64);
        assert_eq!(summary.misses.len(), missed);
        assert_eq!(summary.unused_writes, Vec::<String>::new());
    }
}

/// What answers is told by the body.
fn answers(body: &'static str) -> Arc<dyn dynatape::backend::Backend> {
    Arc::new(Answering(move |_: Request| Ok(Response::ok(body))))
}

fn signed(key: &str) -> String {
    format!(
        "X-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential={key}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, \
         Signature=0\r\n"
    )
}

async fn asked(server: &Server, path: &str, headers: &str) -> String {
    let request = String::from_utf8(call(&format!("{headers}{CLOSE}"), "{}")).unwrap();
    exchange(server, request.replacen("POST /", &format!("POST {path}"), 1).as_bytes()).await
}

#[tokio::test]
async fn path_comes_before_key_before_header_before_listener_before_default() {
    let sessions = Arc::new(Sessions::new(Some(answers("default"))));
    for (id, key) in [("path", None), ("key", Some("K")), ("header", None), ("port", None)] {
        sessions.start(id, key, answers(id)).unwrap();
    }
    let shared = start_with(Arc::clone(&sessions), by_path()).await;
    let own = start_with(Arc::clone(&sessions), or_else("port")).await;
    let header = "x-dynatape-session: header\r\n";
    for (server, path, headers, expected) in [
        (&own, "/_s/path", signed("K") + header, "path"),
        (&own, "/_s/path/", String::new(), "path"),
        (&own, "/", signed("K") + header, "key"),
        (&own, "/", signed("other") + header, "header"),
        (&own, "/", signed("other"), "port"),
        (&shared, "/", signed("K"), "key"),
        (&shared, "/", signed("other"), "default"),
    ] {
        let answer = asked(server, path, &headers).await;
        assert!(answer.ends_with(&format!("\r\n\r\n{expected}")), "{path} {headers}: {answer}");
    }
    let unknown = asked(&own, "/_s/other", "").await;
    assert!(unknown.contains("dynatape#UnknownSession"), "nobody stands in: {unknown}");
}

#[tokio::test]
async fn a_session_that_is_not_there_is_an_error_that_names_those_that_are() {
    let sessions = Arc::new(Sessions::new(None));
    let server = start_with(Arc::clone(&sessions), by_path()).await;
    let none = asked(&server, "/", "").await;
    assert!(none.contains("names no session; the sessions are: none."), "{none}");
    for id in ["b", "a"] {
        sessions.start(id, Some(id), answers(id)).unwrap();
    }
    sessions.end("b");
    sessions.start("c", None, answers("c")).unwrap();
    for (path, headers, said) in [
        ("/_s/b", String::new(), "no session \\\"b\\\"; the sessions are: a, c."),
        ("/", "x-dynatape-session: d\r\n".to_owned(), "no session \\\"d\\\""),
        ("/", signed("b"), "the request names no session"),
    ] {
        let answer = asked(&server, path, &headers).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("\"dynatape#UnknownSession\""), "{answer}");
        assert!(answer.contains(said), "{said} is not in {answer}");
    }
}

#[tokio::test]
async fn a_server_without_sessions_does_not_know_their_paths() {
    let server = start_with(answers("one for all"), Config::default()).await;
    let answer = asked(&server, "/_s/a", "").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

#[test]
fn ids_and_keys_belong_to_one_session() {
    let sessions = Sessions::new(None);
    sessions.start("a", Some("K"), answers("a")).unwrap();
    let start = |id: &str, key| sessions.start(id, key, answers("x"));
    assert_eq!(start("a", None), Err(StartError::IdTaken("a".into())));
    assert_eq!(start("b", Some("K")), Err(StartError::KeyTaken("a".into())));
    for bad in ["", "a/b", "..", "a b", "ä", &"x".repeat(65)] {
        assert_eq!(start(bad, None), Err(StartError::BadId(bad.into())));
    }
    assert_eq!(sessions.ids(), ["a"]);
    assert!(sessions.end("a").is_some() && sessions.end("a").is_none());
    assert_eq!(start("b", Some("K")), Ok(()), "a key is free again when its session has ended");
}
