//! The emulator behind its port: signals, and clients that do not know how to behave.

use std::{
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use crate::{
    place::{Place, Running, signal},
    support::raw::{Connection, Signer, call, request},
};

#[test]
fn it_says_where_it_listens_and_ends_when_asked() {
    for name in ["TERM", "INT"] {
        let place = Place::new();
        let mut server = place.start("serve --port 0");
        let answer = call(&server.url, "ListTables", "{}");
        assert_eq!((answer.status, &*answer.text()), (200, r#"{"TableNames":[]}"#));
        assert!(answer.checksum_is_right());
        // A client that stays connected is no reason to stay.
        let mut idle = Connection::open(&server.url).unwrap();
        idle.call("ListTables", "{}").unwrap();
        let ended = server.stop(name).expect(0);
        assert_eq!(ended.stderr, "");
        assert!(Connection::open(&server.url).is_err(), "nobody listens any more");
    }
}

#[test]
fn it_ends_with_whoever_holds_its_standard_input() {
    for arguments in ["serve --port 0 --until-eof", "record a.tape --upstream emulator --until-eof"]
    {
        let place = Place::new();
        let mut command = place.dynatape(arguments.split(' '));
        let mut server = Running::start(command.stdin(Stdio::piped()));
        assert_eq!(call(&server.url, "ListTables", "{}").status, 200);
        server.close().expect(0);
        assert_eq!(place.has("a.tape"), arguments.starts_with("record"));
    }
    let both = Place::new().run("serve --until-eof -- true").expect(1);
    both.complains("cannot be used with");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let place = Place::new();
    let server = place.start("serve --port 0");
    let port = server.url.rsplit(':').next().unwrap();
    let second = place.run(&format!("serve --port {port}")).expect(1);
    second.complains(&format!("cannot listen on 127.0.0.1:{port}; --port 0 takes a free port"));
}

#[test]
fn what_makes_no_sense_is_answered_and_harms_nobody() {
    let place = Place::new();
    let server = place.start("serve --port 0");
    let send = |bytes: &[u8]| Connection::open(&server.url).unwrap().send(bytes);
    let signed = |operation: &str, body: &str| request(operation, body, &Signer::default());
    let unsigned = String::from_utf8(signed("ListTables", "{}")).unwrap();
    let unsigned = unsigned.replace("Authorization", "X-Other").replace("X-Amz-Date", "X-Day");
    let cases: &[(&str, Vec<u8>, u16, &str)] = &[
        ("garbage", b"\x16\x03\x01hello\r\n\r\n".to_vec(), 400, ""),
        ("another operation", signed("FrobItem", "{}"), 400, "UnknownOperationException"),
        ("no JSON", signed("GetItem", "{\"TableName\":"), 400, "SerializationException"),
        ("no object", signed("GetItem", "[]"), 400, "SerializationException"),
        ("nothing", signed("GetItem", ""), 400, "SerializationException"),
        ("wrong type", signed("GetItem", "{\"TableName\":7}"), 400, "SerializationException"),
        ("no members", signed("GetItem", "{}"), 400, "ValidationException"),
        ("no signature", unsigned.into_bytes(), 400, "MissingAuthenticationTokenException"),
        ("17 MiB", signed("PutItem", &" ".repeat(17 << 20)), 413, "RequestTooLargeException"),
        ("deep", signed("PutItem", &"[".repeat(1 << 20)), 400, "SerializationException"),
    ];
    for (what, bytes, status, kind) in cases {
        let answer = send(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(
            (answer.status, answer.text().contains(kind)),
            (*status, true),
            "{what}: {answer:?}"
        );
        assert_eq!(call(&server.url, "ListTables", "{}").status, 200, "after {what}");
    }
    // Half a request, and off.
    let whole = signed("ListTables", "{\"Limit\":1}");
    for length in [1, 40, whole.len() - 1] {
        Connection::open(&server.url).unwrap().write(&whole[..length]).unwrap();
    }
    assert_eq!(call(&server.url, "ListTables", "{}").status, 200);
}

#[test]
fn what_one_client_puts_another_gets() {
    let place = Place::new();
    let server = place.start("serve --port 0");
    let mut writer = Connection::open(&server.url).unwrap();
    for (operation, body) in [
        (
            "CreateTable",
            r#"{"TableName":"notes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}"#,
        ),
        ("PutItem", r#"{"TableName":"notes","Item":{"id":{"S":"1"},"text":{"S":"é"}}}"#),
    ] {
        assert_eq!(writer.call(operation, body).unwrap().status, 200);
    }
    let got = call(&server.url, "GetItem", r#"{"TableName":"notes","Key":{"id":{"S":"1"}}}"#);
    assert_eq!(got.json()["Item"]["text"]["S"], "é");
}

/// Starts the server with this shell script as its command, and waits until that is `ready`.
fn with_script(place: &Place, script: &str) -> Child {
    let script = format!("echo $$ > pid; touch ready; {script}");
    let server = place.dynatape(["serve", "--", "sh", "-c", &script]).spawn().unwrap();
    while !place.has("ready") {
        sleep(Duration::from_millis(1));
    }
    server
}

#[test]
fn ctrl_c_is_left_to_the_command() {
    let place = Place::new();
    // The terminal would ask both; here only the server is asked.
    let mut server = with_script(&place, "while [ ! -e go ]; do sleep 0.01; done; exit 4");
    signal(server.id(), "INT");
    place.write("go", "");
    assert_eq!(server.wait().unwrap().code(), Some(4));
}

#[test]
fn a_server_that_is_ended_lets_its_command_clean_up() {
    let place = Place::new();
    let script = "trap 'echo done > cleaned; exit 3' TERM; touch set; while :; do sleep 0.01; done";
    let mut server = with_script(&place, script);
    while !place.has("set") {
        sleep(Duration::from_millis(1));
    }
    signal(server.id(), "TERM");
    assert_eq!(server.wait().unwrap().code(), Some(3));
    assert!(place.has("cleaned"));
}

#[test]
fn a_server_that_is_ended_takes_its_command_with_it() {
    let place = Place::new();
    let mut server = with_script(&place, "exec sleep 600");
    signal(server.id(), "TERM");
    assert_eq!(server.wait().unwrap().code(), Some(128 + 15));
    let alive = Command::new("kill").args(["-0", place.read("pid").trim()]).output().unwrap();
    assert!(!alive.status.success());
}

#[test]
fn errors_are_in_the_words_of_the_region_asked_for() {
    let place = Place::new();
    let ask = |arguments: &str| {
        let server = place.start(arguments);
        call(&server.url, "GetItem", r#"{"TableName":"","Key":{}}"#).text()
    };
    assert!(ask("serve --port 0").contains("Value at 'TableName' failed"));
    assert!(ask("serve --port 0 --validation older").contains("Value '' at 'tableName' failed"));
}

#[test]
fn what_the_emulator_is_told_it_does() {
    let place = Place::new();
    let table = r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
    let id = |seed: u32| {
        let server = place.start(&format!("serve --port 0 --seed {seed}"));
        let answer = call(&server.url, "CreateTable", table).text();
        answer.split(r#""TableId":""#).nth(1).unwrap()[..36].to_owned()
    };
    assert_eq!(id(7), id(7));
    assert_ne!(id(7), id(8));

    // An hour is longer than any test takes.
    let server = place.start("serve --port 0 --create-table-ms 3600000 --timing real");
    call(&server.url, "CreateTable", table);
    let answer = call(&server.url, "DeleteTable", r#"{"TableName":"table"}"#);
    assert!(answer.text().contains("Table is being created: table"), "{}", answer.text());
}
