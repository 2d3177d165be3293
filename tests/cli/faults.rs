//! Faults on demand: what a client sees of them, what an SDK does about them, and that neither a
//! tape nor the state behind knows of those that came before the request was carried out.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    config::{Region, retry::RetryConfig},
    types::AttributeValue,
};

use crate::{
    place::{Ended, Place, Running},
    support::{client, raw},
};

const TABLE: &str = r#"{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
const PUT: &str = r#"{"TableName":"tab","Item":{"pk":{"S":"a"}}}"#;
const GET: &str = r#"{"TableName":"tab","Key":{"pk":{"S":"a"}}}"#;

/// An SDK's client that repeats what may pass, `attempts` times at most.
fn repeating(url: &str, attempts: u32) -> Client {
    let retries = RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(Duration::from_millis(1));
    // The region that the raw calls sign for: another one has other tables.
    let there = Region::new("us-east-1");
    let config = client(url).config().to_builder().region(there).retry_config(retries);
    Client::from_conf(config.build())
}

#[tokio::test]
async fn an_sdk_gets_over_what_passes() {
    for fault in [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "500",
        "503",
        "drop",
        "lost",
        "truncate",
    ] {
        let place = Place::new();
        let rule = format!("PutItem:{fault}@1");
        let mut server = place.dynatape(["serve", "--port", "0", "--fault", &*rule]);
        let mut server = Running::start(&mut server);
        assert_eq!(raw::call(&server.url, "CreateTable", TABLE).status, 200);
        let put = |client: Client| async move {
            let put = client.put_item().table_name("tab").item("pk", AttributeValue::S("a".into()));
            put.send().await.is_ok()
        };
        assert!(put(repeating(&server.url, 3)).await, "{fault}");
        let ended = server.stop("TERM").expect(0);
        assert_eq!(ended.stderr, "", "{fault} happened");
    }
}

#[test]
fn a_fault_is_what_it_says_on_the_wire() {
    let place = Place::new();
    let rules = "PutItem:drop@1 PutItem:lost@2 GetItem:drop@1 GetItem:truncate@3 GetItem:badcrc@4";
    let rules = rules.split(' ').flat_map(|rule| ["--fault", rule]);
    let arguments = ["serve", "--port", "0"].into_iter().chain(rules);
    let server = Running::start(&mut place.dynatape(arguments));
    let url = &server.url;
    raw::call(url, "CreateTable", TABLE);
    let ask = |operation, body| raw::Connection::open(url).unwrap().call(operation, body);
    let scan = || raw::call(url, "Scan", r#"{"TableName":"tab"}"#).json()["Count"].clone();

    assert!(ask("PutItem", PUT).is_err(), "dropped");
    assert_eq!(scan(), 0, "what is dropped is not carried out");
    assert!(ask("PutItem", PUT).is_err(), "lost");
    assert_eq!(scan(), 1, "what is lost is carried out");

    assert!(ask("GetItem", GET).is_err(), "dropped");
    assert!(ask("GetItem", GET).unwrap().checksum_is_right());
    // The connection that is cut off has announced a body.
    let cut = ask("GetItem", GET).unwrap_err();
    assert_eq!(cut.kind(), std::io::ErrorKind::UnexpectedEof);
    let wrong = ask("GetItem", GET).unwrap();
    assert_eq!((wrong.status, wrong.checksum_is_right()), (200, false));
    assert!(ask("GetItem", GET).unwrap().checksum_is_right());
}

#[test]
fn half_of_a_body_that_is_cut_arrives() {
    let place = Place::new();
    let arguments = ["serve", "--port", "0", "--fault", "ListTables:truncate@1"];
    let server = Running::start(&mut place.dynatape(arguments));
    let request = raw::request("ListTables", "{}", &raw::Signer::default());
    let mut stream =
        std::net::TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    std::io::Write::write_all(&mut stream, &request).unwrap();
    let mut bytes = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\nContent-Length: 17\r\n"), "{head}");
    assert_eq!(body, &r#"{"TableNames":[]}"#[..8]);
}

#[test]
fn a_delay_delays_and_changes_nothing_else() {
    let place = Place::new();
    let arguments = ["serve", "--port", "0", "--fault", "ListTables:delay=150@2"];
    let server = Running::start(&mut place.dynatape(arguments));
    let fast = raw::call(&server.url, "ListTables", "{}");
    let stream = std::net::TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(75))).unwrap();
    let request = raw::request("ListTables", "{}", &raw::Signer::default());
    std::io::Write::write_all(&mut &stream, &request).unwrap();
    let mut first = [0];
    assert!(std::io::Read::read(&mut &stream, &mut first).is_err(), "no answer yet");
    stream.set_read_timeout(None).unwrap();
    assert_eq!(std::io::Read::read(&mut &stream, &mut first).unwrap(), 1);
    assert_eq!(fast.text(), raw::call(&server.url, "ListTables", "{}").text());
}

#[test]
fn a_tape_holds_what_the_upstream_said() {
    let place = Place::new();
    let script = "call ListTables {}\ncall ListTables {\"Limit\":1}";
    let arguments = "record lists.tape --upstream emulator --fault ListTables:500@1";
    Ended::of(&mut place.with_child(arguments, script)).expect(0);
    let statuses: Vec<_> = place.answers().iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [500, 200]);
    let tape = place.read("lists.tape");
    assert!(!tape.contains("Internal server error"), "{tape}");
    assert_eq!(tape.matches("\"ListTables").count(), 1, "{tape}");
}

#[test]
fn a_fault_that_never_happens_is_told_and_strict_fails_on_it() {
    let place = Place::new();
    let script = "call ListTables {}";
    place.record("lists.tape", script);
    let replay = "replay lists.tape --fault ListTables:500@2";
    let ended = Ended::of(&mut place.with_child(replay, script)).expect(0);
    ended.complains("--fault ListTables:500@2 never happened: it is about 1 of the requests");
    Ended::of(&mut place.with_child(&format!("{replay} --strict"), script)).expect(2);
}

#[test]
fn a_rule_that_is_none_is_refused_before_anything_starts() {
    let place = Place::new();
    let ended = place.run("serve --port 0 --fault PutItem:explode").expect(1);
    ended.complains("explode is no fault: drop, lost, truncate, badcrc, delay=MS, 500, 503, ");
}
