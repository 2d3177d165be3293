//! A shop's order book and its sessions on DynamoDB, through the AWS SDK for Rust.
//!
//! Prints one line per call, and only what every correct server answers alike, so that two
//! outputs can be compared as text: no dates, ids, ARNs, sizes or capacity.
//!
//! ```text
//! cargo build --example orders
//! dynatape record orders.tape --upstream emulator -- target/debug/examples/orders
//! dynatape replay orders.tape -- target/debug/examples/orders
//! ```
//!
//! With `TRACE_BODIES=FILE` every answer is also written down as it came over the wire.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program

mod tables;
mod trace;
mod value;

use aws_sdk_dynamodb::{
    Client, Error,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::{BoxError, BuildError, DisplayErrorContext, ProvideErrorMetadata as _},
    operation::update_item::builders::UpdateItemFluentBuilder,
    primitives::Blob,
    types::{
        AttributeValue, DeleteRequest, KeysAndAttributes, PutRequest, ReturnValue,
        ReturnValuesOnConditionCheckFailure, WriteRequest,
    },
};
use serde_json::{Value, json};

use trace::Trace;
use value::{Item, b, item, n, plain_item, s, unordered};

const ORDERS: &str = "orders";
const SESSIONS: &str = "sessions";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Some(endpoint) = setting("AWS_ENDPOINT_URL_DYNAMODB") else {
        eprintln!("set AWS_ENDPOINT_URL_DYNAMODB: without it this would change a real account");
        std::process::exit(1);
    };
    if let Err(error) = run(&client(&endpoint)).await {
        eprintln!("orders: {}", DisplayErrorContext(&*error));
        std::process::exit(1);
    }
}

#[allow(clippy::disallowed_methods)] // a program of its own, as a user would write it
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn client(endpoint: &str) -> Client {
    let given = |name| setting(name).unwrap_or_default();
    let credentials = Credentials::new(
        given("AWS_ACCESS_KEY_ID"),
        given("AWS_SECRET_ACCESS_KEY"),
        setting("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(given("AWS_REGION")))
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        // A retry would hide a wrong answer behind a right one.
        .retry_config(RetryConfig::disabled());
    if let Some(path) = setting("TRACE_BODIES") {
        config = config.interceptor(Trace { path });
    }
    Client::from_conf(config.build())
}

async fn run(db: &Client) -> Result<(), BoxError> {
    tables::create(db).await?;
    every_type(db).await?;
    updates(db).await?;
    conditions(db).await?;
    batches(db).await?;
    queries(db).await?;
    scans(db).await?;
    missing_table(db).await;
    tables::delete(db).await
}

// ---- single items

async fn every_type(db: &Client) -> Result<(), BoxError> {
    let all = item([
        ("id", s("types")),
        ("empty", s("")),
        ("unicode", s("caf\u{e9} \u{2713} \u{1f600} \"quoted\" back\\slash /")),
        ("decimal", n("-3.14159")),
        ("big", n("12345678901234567890123456789012345678")),
        ("small", n("-0.00000000000000000001")),
        ("binary", b(&(0..=255).collect::<Vec<u8>>())),
        ("words", AttributeValue::Ss(["pear", "apple", "fig"].map(String::from).to_vec())),
        ("numbers", AttributeValue::Ns(["3", "-1.5", "20"].map(String::from).to_vec())),
        ("blobs", AttributeValue::Bs(vec![Blob::new([0, 255]), Blob::new("abc")])),
        ("yes", AttributeValue::Bool(true)),
        ("nothing", AttributeValue::Null(true)),
        ("list", AttributeValue::L(vec![s("a"), n("1"), AttributeValue::L(Vec::new())])),
        (
            "map",
            AttributeValue::M(item([
                ("inner", AttributeValue::M(item([("deep", b(b"\x01"))]))),
                ("void", AttributeValue::M(Item::new())),
            ])),
        ),
    ]);
    let id = || ("id", s("types"));
    db.put_item().table_name(SESSIONS).set_item(Some(all.clone())).send().await?;
    let get = db.get_item().table_name(SESSIONS).set_key(Some(item([id()])));
    let got = get.clone().consistent_read(true).send().await?.item.unwrap_or_default();
    say("get every type", plain_item(&got));
    say("same as was put", json!(plain_item(&got) == plain_item(&all)));
    let some = get.projection_expression("#m.#i.deep, words, #l[0], absent");
    let some =
        some.expression_attribute_names("#m", "map").expression_attribute_names("#i", "inner");
    let some = some.expression_attribute_names("#l", "list").send().await?;
    say("get projected", plain_item(&some.item.unwrap_or_default()));
    let nobody = db.get_item().table_name(SESSIONS).key("id", s("nobody")).send().await?;
    say("get nothing", json!(nobody.item.is_none()));
    let replace = db.put_item().table_name(SESSIONS).set_item(Some(item([id(), ("n", n("43"))])));
    let old = replace.return_values(ReturnValue::AllOld).send().await?.attributes;
    say("replace", plain_item(&old.unwrap_or_default()));
    for label in ["delete", "delete again"] {
        let delete = db.delete_item().table_name(SESSIONS).set_key(Some(item([id()])));
        let old = delete.return_values(ReturnValue::AllOld).send().await?.attributes;
        say(label, old.as_ref().map_or(Value::Null, plain_item));
    }
    Ok(())
}

async fn updates(db: &Client) -> Result<(), BoxError> {
    let update = |expression: &str, returns: ReturnValue| {
        let update = db.update_item().table_name(SESSIONS).key("id", s("s-1"));
        update.update_expression(expression).return_values(returns)
    };
    let tell = async |label: &str, update: UpdateItemFluentBuilder| -> Result<(), BoxError> {
        let told = update.send().await?.attributes;
        say(label, told.as_ref().map_or(Value::Null, plain_item));
        Ok(())
    };
    let words =
        |words: &[&str]| AttributeValue::Ss(words.iter().map(ToString::to_string).collect());

    let create =
        update("SET #n = :name, visits = :one, pages = :pages, tags = :tags", ReturnValue::None)
            .expression_attribute_names("#n", "name")
            .expression_attribute_values(":name", s("Ada"))
            .expression_attribute_values(":one", n("1"))
            .expression_attribute_values(":pages", AttributeValue::L(vec![s("/")]))
            .expression_attribute_values(":tags", words(&["a", "b", "c"]));
    tell("update creates", create).await?;
    let add = update("SET visits = visits + :ten", ReturnValue::UpdatedNew);
    tell("arithmetic", add.expression_attribute_values(":ten", n("10.5"))).await?;
    let subtract = update("SET visits = visits - :two", ReturnValue::UpdatedOld);
    tell("subtract", subtract.expression_attribute_values(":two", n("2"))).await?;
    let seen = update(
        "SET seen = if_not_exists(seen, :zero), pages = list_append(pages, :more)",
        ReturnValue::AllNew,
    )
    .expression_attribute_values(":zero", n("0"))
    .expression_attribute_values(":more", AttributeValue::L(vec![s("/cart"), s("/pay")]));
    tell("functions", seen).await?;
    let rest =
        update("REMOVE pages[0], seen ADD visits :five DELETE tags :some", ReturnValue::AllOld)
            .expression_attribute_values(":five", n("5"))
            .expression_attribute_values(":some", words(&["a", "zzz"]));
    tell("remove, add, delete", rest).await?;
    tell("all new", update("REMOVE absent", ReturnValue::AllNew)).await
}

async fn conditions(db: &Client) -> Result<(), BoxError> {
    let new_only = db.put_item().table_name(SESSIONS).item("id", s("s-1"));
    let new_only = new_only.condition_expression("attribute_not_exists(id)");
    say("put over existing", refusal(new_only.send().await));
    let only_if = db
        .update_item()
        .table_name(SESSIONS)
        .key("id", s("s-1"))
        .update_expression("SET locked = :yes")
        .condition_expression("#n = :name AND visits BETWEEN :low AND :high")
        .expression_attribute_names("#n", "name")
        .expression_attribute_values(":yes", AttributeValue::Bool(true))
        .expression_attribute_values(":name", s("Ada"))
        .expression_attribute_values(":low", n("1"))
        .expression_attribute_values(":high", n("100"))
        .return_values(ReturnValue::UpdatedNew);
    say("update if", plain_item(&only_if.send().await?.attributes.unwrap_or_default()));
    let unless = db
        .delete_item()
        .table_name(SESSIONS)
        .key("id", s("s-1"))
        .condition_expression("locked = :no")
        .expression_attribute_values(":no", AttributeValue::Bool(false))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    match unless.send().await.map_err(Error::from) {
        Err(Error::ConditionalCheckFailedException(refused)) => {
            say("refused with the item", plain_item(&refused.item.unwrap_or_default()));
        }
        other => say("refused with the item", refusal(other)),
    }
    Ok(())
}

// ---- many items

/// Amounts are unique, so that no two servers may order an index differently.
fn order(customer: &str, number: usize) -> Item {
    let mut order = order_key(customer, number);
    order.insert("amount".into(), n(&(number * 10 + customer.len()).to_string()));
    order.insert("status".into(), s(["open", "paid", "sent"][number % 3]));
    if number.is_multiple_of(4) {
        order.insert("note".into(), s(&format!("note {number}")));
    }
    order
}

fn order_key(customer: &str, number: usize) -> Item {
    item([("customer", s(customer)), ("number", s(&format!("2026-{number:03}")))])
}

async fn batches(db: &Client) -> Result<(), BoxError> {
    let put = |item: Item| -> Result<WriteRequest, BuildError> {
        let put = PutRequest::builder().set_item(Some(item)).build()?;
        Ok(WriteRequest::builder().put_request(put).build())
    };
    let delete = |key: Item| -> Result<WriteRequest, BuildError> {
        let delete = DeleteRequest::builder().set_key(Some(key)).build()?;
        Ok(WriteRequest::builder().delete_request(delete).build())
    };
    let first = (1..=25).map(|number| put(order("ada", number))).collect::<Result<_, _>>()?;
    let answer = db.batch_write_item().request_items(ORDERS, first).send().await?;
    say("batch put 25", json!(answer.unprocessed_items.unwrap_or_default().len()));
    // Two tables, puts and deletes in one request.
    let puts = (1..=8).map(|number| put(order("grace", number)));
    let deletes = (21..=25).map(|number| delete(order_key("ada", number)));
    let second = puts.chain(deletes).collect::<Result<_, _>>()?;
    let session = put(item([("id", s("s-2")), ("name", s("Edsger"))]))?;
    let mixed = db.batch_write_item().request_items(ORDERS, second);
    let answer = mixed.request_items(SESSIONS, vec![session]).send().await?;
    say("batch mixed", json!(answer.unprocessed_items.unwrap_or_default().len()));

    let orders = KeysAndAttributes::builder()
        .set_keys(Some([1, 4, 25].map(|number| order_key("ada", number)).to_vec()))
        .keys(order_key("grace", 8))
        .projection_expression("customer, amount, note")
        .consistent_read(true);
    let sessions = KeysAndAttributes::builder()
        .set_keys(Some(["s-1", "s-2", "s-3"].map(|id| item([("id", s(id))])).to_vec()));
    let got = db
        .batch_get_item()
        .request_items(ORDERS, orders.build()?)
        .request_items(SESSIONS, sessions.build()?)
        .send()
        .await?;
    let responses = got.responses.unwrap_or_default();
    for table in [ORDERS, SESSIONS] {
        say(&format!("batch get {table}"), unordered(&responses[table]));
    }
    say("batch get rest", json!(got.unprocessed_keys.unwrap_or_default().len()));
    Ok(())
}

async fn queries(db: &Client) -> Result<(), BoxError> {
    let of = |customer| {
        let query = db.query().table_name(ORDERS).key_condition_expression("customer = :c");
        query.expression_attribute_values(":c", s(customer))
    };
    let in_january = of("ada")
        .key_condition_expression("customer = :c AND #k BETWEEN :a AND :b")
        .expression_attribute_names("#k", "number")
        .expression_attribute_values(":a", s("2026-004"))
        .expression_attribute_values(":b", s("2026-011"));
    let noted = of("ada")
        .filter_expression("begins_with(note, :n) AND #s IN (:open, :paid)")
        .expression_attribute_names("#s", "status")
        .expression_attribute_values(":n", s("note "))
        .expression_attribute_values(":open", s("open"))
        .expression_attribute_values(":paid", s("paid"));
    let dear = of("grace")
        .index_name("by-amount")
        .key_condition_expression("customer = :c AND amount > :t")
        .expression_attribute_values(":t", n("25"))
        .scan_index_forward(false);
    let paid = db
        .query()
        .table_name(ORDERS)
        .index_name("by-status")
        .key_condition_expression("#s = :s AND amount < :b")
        .expression_attribute_names("#s", "status")
        .expression_attribute_values(":s", s("paid"))
        .expression_attribute_values(":b", n("150"));
    for (label, query) in [
        ("query backwards", of("ada").scan_index_forward(false)),
        ("query between", in_january),
        ("query filter", noted),
        ("query local index", dear),
        ("query global index", paid),
        ("query nobody", of("nobody")),
    ] {
        let mut pages = query.into_paginator().page_size(6).send();
        let (mut counts, mut items) = (Vec::new(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = page?;
            counts.push([page.count(), page.scanned_count()]);
            items.extend(page.items().iter().map(plain_item));
        }
        say(label, json!({"pages": counts, "items": items}));
    }
    Ok(())
}

async fn scans(db: &Client) -> Result<(), BoxError> {
    let mut pages = db.scan().table_name(ORDERS).into_paginator().page_size(10).send();
    let (mut count, mut found) = (0, Vec::new());
    while let Some(page) = pages.next().await {
        count += 1;
        found.extend(page?.items.unwrap_or_default());
    }
    say("scan", json!({"pages": count, "items": unordered(&found)}));
    // Which segment holds which item is the server's business: only the union is told.
    let mut found = Vec::new();
    for segment in 0..3 {
        let scan = db.scan().table_name(ORDERS).segment(segment).total_segments(3);
        let scan =
            scan.filter_expression("amount >= :t").expression_attribute_values(":t", n("100"));
        found.extend(scan.send().await?.items.unwrap_or_default());
    }
    say("scan in segments", unordered(&found));
    let index = db.scan().table_name(ORDERS).index_name("by-status").send().await?;
    say("scan index", json!(index.count()));
    Ok(())
}

async fn missing_table(db: &Client) {
    let get = db.get_item().table_name("no-such-table").key("id", s("x")).send().await;
    say("get from no table", refusal(get)["code"].clone());
    let put = db.put_item().table_name("no-such-table").item("id", s("x")).send().await;
    say("put in no table", refusal(put)["code"].clone());
    let half = db.get_item().table_name(ORDERS).key("customer", s("ada")).send().await;
    say("get without the range key", refusal(half)["code"].clone());
}

// ---- printing

fn refusal<T>(answer: Result<T, impl Into<Error>>) -> Value {
    match answer.map_err(Into::into) {
        Ok(_) => json!({"code": "was not refused"}),
        Err(error) => json!({"code": error.code(), "message": error.message()}),
    }
}

#[allow(clippy::needless_pass_by_value)] // values are made for this
fn say(label: &str, value: Value) {
    println!("{label}: {value}");
}
