//! What people run today, understood: real processes with the flags of DynamoDB Local and dynalite.

use std::{
    io::{BufRead as _, BufReader},
    process::Command,
};

use crate::{
    place::{Place, Running},
    support::raw::{Answer, Connection, Signer, request},
};

const TABLE: &str = r#"{"TableName":"notes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}"#;

/// Asks as the user of this access key in this region.
fn ask(url: &str, (key, region): (&str, &str), operation: &str, body: &str) -> Answer {
    let signer = Signer { key: key.to_owned(), ..Signer::default() };
    let bytes = String::from_utf8(request(operation, body, &signer)).unwrap();
    let bytes = bytes.replace("/us-east-1/dynamodb/", &format!("/{region}/dynamodb/"));
    Connection::open(url).unwrap().send(bytes.as_bytes()).unwrap()
}

fn tables(url: &str, client: (&str, &str)) -> String {
    ask(url, client, "ListTables", "{}").text()
}

const HERE: (&str, &str) = ("alice", "us-east-1");
const ELSEWHERE: (&str, &str) = ("alice", "eu-west-1");
const OTHER: (&str, &str) = ("bob", "us-east-1");
const NONE: &str = r#"{"TableNames":[]}"#;
const NOTES: &str = r#"{"TableNames":["notes"]}"#;

#[test]
fn without_shared_db_each_access_key_in_each_region_has_tables_of_its_own() {
    let place = Place::new();
    let server = place.start("serve --compat dynamodb-local -inMemory -port 0");
    assert_eq!(ask(&server.url, HERE, "CreateTable", TABLE).status, 200);
    assert_eq!(tables(&server.url, HERE), NOTES);
    assert_eq!(tables(&server.url, ELSEWHERE), NONE);
    assert_eq!(tables(&server.url, OTHER), NONE);
    let refused = ask(&server.url, ("al_ice", "us-east-1"), "ListTables", "{}");
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("The Access Key ID or security token is invalid."));
    assert_eq!(std::fs::read_dir(place.path(".")).unwrap().count(), 0, "nothing is in files");
}

#[test]
fn with_shared_db_there_are_the_same_tables_for_all() {
    let place = Place::new();
    let java = "-Djava.library.path=./DynamoDBLocal_lib -jar DynamoDBLocal.jar";
    let command = format!("serve --compat dynamodb-local {java} -inMemory -sharedDb -port 0");
    let mut server = place.start(&command);
    assert_eq!(ask(&server.url, HERE, "CreateTable", TABLE).status, 200);
    for client in [HERE, ELSEWHERE, OTHER, ("al_ice", "local")] {
        assert_eq!(tables(&server.url, client), NOTES, "{client:?}");
    }
    let ended = server.stop("TERM").expect(0);
    ended.complains("-jar does nothing: there is no Java in it");
}

#[test]
fn files_are_called_as_they_were_and_keep_what_there_was() {
    let place = Place::new();
    std::fs::create_dir(place.path("data")).unwrap();
    for shared in ["", " -sharedDb"] {
        let command = format!("serve --compat dynamodb-local -dbPath data -port 0{shared}");
        let mut first = place.start(&command);
        assert_eq!(ask(&first.url, HERE, "CreateTable", TABLE).status, 200);
        first.stop("INT").expect(0);
        let second = place.start(&command);
        assert_eq!(tables(&second.url, HERE), NOTES);
        let file = if shared.is_empty() { "alice_us-east-1" } else { "shared-local-instance" };
        assert!(place.has(&format!("data/{file}.db")));
        let busy = place.run(&command).expect(1);
        busy.complains(&format!("{file}.db: another process of dynatape has it open"));
    }
    // What is no database of dynatape's is told at the start, and not to a client.
    place.write("data/carol_eu-west-1.db", "something else");
    let refused = place.run("serve --compat dynamodb-local -dbPath data -port 0").expect(1);
    refused.complains("carol_eu-west-1.db: it is not a database of dynatape");
}

#[test]
fn dynalites_tables_are_created_as_fast_as_it_is_told() {
    let place = Place::new();
    let status = |flags: &str| {
        let server = place.start(&format!("serve --compat dynalite --port 0{flags}"));
        assert_eq!(ask(&server.url, HERE, "CreateTable", TABLE).status, 200);
        let body = r#"{"TableName":"notes"}"#;
        let told = ask(&server.url, ELSEWHERE, "DescribeTable", body).json();
        told["Table"]["TableStatus"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(" --createTableMs 0"), "ACTIVE");
    assert_eq!(status(" --createTableMs 3600000"), "CREATING");
}

#[test]
fn dynalites_path_keeps_what_there_was() {
    let place = Place::new();
    let command = "serve --compat dynalite --port 0 --path a/db --createTableMs 0";
    let mut first = place.start(command);
    assert_eq!(ask(&first.url, HERE, "CreateTable", TABLE).status, 200);
    first.stop("TERM").expect(0);
    let second = place.start(command);
    assert_eq!(tables(&second.url, OTHER), NOTES);
    place.write("CURRENT", "MANIFEST-000001\n");
    let refused = place.run("serve --compat dynalite --port 0 --path .").expect(1);
    refused.complains("dynalite's own files are there");
}

/// The lines on standard output, as many as these.
fn first_lines(command: &mut Command, count: usize) -> Vec<String> {
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(count);
    let lines = lines.map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    lines
}

#[test]
fn scripts_that_wait_for_a_line_get_it() {
    let place = Place::new();
    let command = ["serve", "--compat", "dynalite", "--port", "0"];
    let lines = first_lines(&mut place.dynatape(command), 2);
    let port = lines[0].strip_prefix("listening on http://127.0.0.1:").unwrap();
    assert_eq!(lines[1], format!("Dynalite listening at: http://localhost:{port}"));
    let command = ["serve", "--compat", "dynamodb-local", "-inMemory", "-port", "0"];
    let lines = first_lines(&mut place.dynatape(command), 3);
    assert_eq!(lines[1], "Initializing DynamoDB Local with the following configuration:");
    assert!(lines[2].starts_with("Port:\t"), "{lines:?}");
}

#[test]
fn what_cannot_be_done_is_refused_and_help_tells_what_can() {
    let place = Place::new();
    let refused = place.run("serve --compat dynamodb-local -inMemory -dbPath .").expect(1);
    refused.complains("-inMemory keeps nothing in files, and -dbPath does: give one of them");
    let refused = place.run("serve --compat dynalite --maxItemSizeKb 1000").expect(1);
    refused.complains("an item may have 400 KB here");
    let help = place.run("serve --compat dynamodb-local -help").expect(0).stdout;
    assert!(help.contains("-sharedDb\n        one database for all"), "{help}");
    assert_eq!(
        place.run("serve --compat dynamodb-local -version").expect(0).stdout,
        concat!("dynatape ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_command_of_the_others_tests_is_run_with_the_server() {
    let place = Place::new();
    let flags = "serve --compat dynamodb-local -inMemory -sharedDb";
    let mut command = place.with_child(flags, "call ListTables {}\n");
    assert!(command.status().unwrap().success());
    assert_eq!(place.answers()[0].body, NONE);
}

#[test]
fn isolation_is_there_without_the_others_flags_too() {
    let place = Place::new();
    let server: Running = place.start("serve --port 0 --isolation client --db data --control 0");
    assert_eq!(ask(&server.url, OTHER, "CreateTable", TABLE).status, 200);
    assert_eq!(
        (tables(&server.url, OTHER), tables(&server.url, HERE)),
        (NOTES.into(), NONE.into())
    );
    assert!(place.has("data/bob_us-east-1.db"));
}
