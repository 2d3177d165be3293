//! What `dynatape::testing` gives to programs that use the AWS SDK for Rust.

#![allow(clippy::unwrap_used, clippy::panic)] // all of it is test

use std::{fs, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    config::Region,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType, TableStatus,
    },
};
use dynatape::{
    emulator::{Settings, Timing},
    testing::{Database, Mode, Tape},
    wire::Operation,
};

async fn make_table(client: &Client) {
    let attribute = AttributeDefinition::builder().attribute_name("id");
    let attribute = attribute.attribute_type(ScalarAttributeType::S).build().unwrap();
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build();
    let table = client.create_table().table_name("notes").attribute_definitions(attribute);
    let table = table.key_schema(key.unwrap()).billing_mode(BillingMode::PayPerRequest);
    table.send().await.unwrap();
}

async fn put(client: &Client, id: &str) {
    let item = client.put_item().table_name("notes").item("id", AttributeValue::S(id.into()));
    item.send().await.unwrap();
}

async fn count(client: &Client) -> i32 {
    client.scan().table_name("notes").send().await.unwrap().count()
}

#[tokio::test]
async fn the_sdk_asks_a_database_in_the_process() {
    let db = Database::new();
    let client = Client::new(&db.sdk_config());
    make_table(&client).await;
    put(&client, "1").await;
    assert_eq!(count(&client).await, 1);
    let missing = client.get_item().table_name("none").key("id", AttributeValue::S("1".into()));
    let error = missing.send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
    assert!(error.meta().extra("aws_request_id").is_some(), "the answer has its headers");
    // Another region has other tables.
    let west = db.sdk_config().into_builder().region(Region::new("us-west-2")).build();
    assert!(Client::new(&west).list_tables().send().await.unwrap().table_names().is_empty());
}

#[tokio::test]
async fn forks_and_their_clocks_go_their_own_ways() {
    let settings = Settings { timing: Timing::AT_ONCE.creating_in(1_000), ..Settings::default() };
    let db = Database::with(settings);
    db.clock().set_to(None, Some(false));
    make_table(&Client::new(&db.sdk_config())).await;
    let fork = db.fork();
    fork.advance(Duration::from_secs(2));
    let status = async |db: &Database| {
        let client = Client::new(&db.sdk_config());
        let told = client.describe_table().table_name("notes").send().await.unwrap();
        told.table().unwrap().table_status().unwrap().clone()
    };
    assert_eq!(status(&fork).await, TableStatus::Active);
    assert_eq!(status(&db).await, TableStatus::Creating);
    put(&Client::new(&fork.sdk_config()), "1").await;
    assert_eq!(count(&Client::new(&fork.sdk_config())).await, 1);
    db.advance(Duration::from_secs(2));
    assert_eq!(count(&Client::new(&db.sdk_config())).await, 0);
}

#[tokio::test]
async fn a_database_is_loaded_from_files_and_says_what_is_wrong_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let definition = r#"{"TableName":"notes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}"#;
    fs::write(folder.path().join("notes.table.json"), definition).unwrap();
    fs::write(folder.path().join("notes.jsonl"), "{\"Item\":{\"id\":{\"S\":\"1\"}}}\n").unwrap();
    let db = Database::new();
    db.load(folder.path()).unwrap();
    let told = db.ask(Operation::Scan, r#"{"TableName":"notes","Select":"COUNT"}"#);
    // Tables are made in the region of the environment, which a test does not choose.
    let here = std::option_env!("AWS_REGION").is_none();
    assert!(!here || told.body == r#"{"Count":1,"ScannedCount":1}"#, "{told:?}");
    let again = db.load(folder.path()).unwrap_err().to_string();
    assert!(again.contains("ResourceInUseException"), "{again}");
}

#[tokio::test]
async fn a_session_is_shown_whole_and_the_same_on_every_run() {
    let shown = async || {
        let session = Database::new().session();
        let client = Client::new(&session.sdk_config());
        make_table(&client).await;
        put(&client, "1").await;
        session.snapshot()
    };
    let (first, second) = (shown().await, shown().await);
    assert_eq!(first, second);
    assert!(first.starts_with("CreateTable {"), "{first}");
    assert!(
        first.ends_with(
            "PutItem {\"Item\": {\"id\": {\"S\": \"1\"}}, \"TableName\": \"notes\"}\n200\n{}"
        ),
        "{first}"
    );
}

#[tokio::test]
async fn a_server_serves_the_same_database() {
    let db = Database::new();
    make_table(&Client::new(&db.sdk_config())).await;
    let server = db.serve().await.unwrap();
    let config = db.sdk_config().into_builder().endpoint_url(server.url());
    let http = aws_smithy_http_client::Builder::new().build_http();
    let client = Client::new(&config.http_client(http).build());
    assert_eq!(client.list_tables().send().await.unwrap().table_names(), ["notes"]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_tape_is_recorded_once_and_replayed_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inner/notes.tape");
    let tape = || Tape::at(&path).upstream("emulator").record_in_ci();
    // Nothing is written unless it is finished.
    let take = tape().open().unwrap();
    make_table(&Client::new(&take.sdk_config())).await;
    drop(take);
    assert!(!path.exists());

    let take = tape().open().unwrap();
    assert!(take.records());
    let client = Client::new(&take.sdk_config());
    make_table(&client).await;
    put(&client, "1").await;
    take.finish().await.unwrap();
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains(r#""id": "PutItem/notes/"#), "{written}");

    let take = tape().open().unwrap();
    assert!(!take.records());
    let client = Client::new(&take.sdk_config());
    make_table(&client).await;
    put(&client, "1").await;
    take.finish().await.unwrap();

    // A miss is answered with its report, and fails the end.
    let take = tape().open().unwrap();
    let client = Client::new(&take.sdk_config());
    make_table(&client).await;
    let item = client.put_item().table_name("notes").item("id", AttributeValue::S("2".into()));
    let error = format!("{:?}", item.send().await.unwrap_err());
    assert!(error.contains("dynatape replay miss: PutItem notes"), "{error}");
    let error = take.finish().await.unwrap_err().to_string();
    assert!(error.contains(r#"sent: "2"  recorded: "1""#), "{error}");

    // So do writes that are not made any more.
    let take = tape().mode(Mode::Frozen).open().unwrap();
    make_table(&Client::new(&take.sdk_config())).await;
    let error = take.finish().await.unwrap_err().to_string();
    assert!(error.contains("PutItem/notes/"), "{error}");

    // What is new is added.
    let take = tape().mode(Mode::New).open().unwrap();
    let client = Client::new(&take.sdk_config());
    make_table(&client).await;
    put(&client, "1").await;
    assert_eq!(count(&client).await, 1);
    take.finish().await.unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains(r#""id": "Scan/notes/"#));
}

mod deeper {
    #[test]
    fn a_tape_is_called_like_its_test() {
        let path = dynatape::tape!().path().to_owned();
        let end = "tests/tapes/kit/deeper/a_tape_is_called_like_its_test.tape";
        assert!(path.ends_with(end) && path.starts_with(env!("CARGO_MANIFEST_DIR")), "{path:?}");
    }

    #[tokio::test]
    async fn one_that_waits_too() {
        let path = dynatape::tape!().path().to_owned();
        assert!(path.ends_with("tapes/kit/deeper/one_that_waits_too.tape"), "{path:?}");
    }
}

#[tokio::test]
async fn a_tape_that_may_not_be_recorded_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let tape = Tape::at(folder.path().join("none.tape")).mode(Mode::Frozen);
    let error = tape.open().unwrap_err().to_string();
    assert!(error.contains("none.tape"), "{error}");
}
