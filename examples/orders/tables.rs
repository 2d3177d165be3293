//! The two tables: made, waited for, deleted.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    error::{BoxError, BuildError},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        LocalSecondaryIndex, Projection, ProjectionType, ScalarAttributeType, TableStatus,
    },
};
use serde_json::json;

use crate::{ORDERS, SESSIONS, refusal, say};

pub(crate) async fn create(db: &Client) -> Result<(), BoxError> {
    let by_amount = LocalSecondaryIndex::builder()
        .index_name("by-amount")
        .set_key_schema(Some(keys("customer", Some("amount"))?))
        .projection(Projection::builder().projection_type(ProjectionType::All).build());
    let by_status = GlobalSecondaryIndex::builder()
        .index_name("by-status")
        .set_key_schema(Some(keys("status", Some("amount"))?))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::Include)
                .non_key_attributes("note")
                .build(),
        );
    db.create_table()
        .table_name(ORDERS)
        .set_key_schema(Some(keys("customer", Some("number"))?))
        .attribute_definitions(attribute("customer", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("number", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("status", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("amount", ScalarAttributeType::N)?)
        .local_secondary_indexes(by_amount.build()?)
        .global_secondary_indexes(by_status.build()?)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    db.create_table()
        .table_name(SESSIONS)
        .set_key_schema(Some(keys("id", None)?))
        .attribute_definitions(attribute("id", ScalarAttributeType::S)?)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    for table in [ORDERS, SESSIONS] {
        let described = loop {
            let answer = db.describe_table().table_name(table).send().await?;
            match answer.table {
                Some(table) if table.table_status == Some(TableStatus::Active) => break table,
                _ => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        };
        let keys = described.key_schema().iter();
        say(
            &format!("describe {table}"),
            json!({
                "keys": keys.map(|key| format!("{} {}", key.attribute_name, key.key_type)).collect::<Vec<_>>(),
                "local": described.local_secondary_indexes().iter().map(|i| &i.index_name).collect::<Vec<_>>(),
                "global": described.global_secondary_indexes().iter().map(|i| &i.index_name).collect::<Vec<_>>(),
            }),
        );
    }
    say("list tables", json!(db.list_tables().send().await?.table_names()));
    let again = db
        .create_table()
        .table_name(SESSIONS)
        .set_key_schema(Some(keys("id", None)?))
        .attribute_definitions(attribute("id", ScalarAttributeType::S)?)
        .billing_mode(BillingMode::PayPerRequest);
    say("create sessions again", refusal(again.send().await)["code"].clone());
    Ok(())
}

pub(crate) async fn delete(db: &Client) -> Result<(), BoxError> {
    for table in [ORDERS, SESSIONS] {
        db.delete_table().table_name(table).send().await?;
        let gone = loop {
            match db.describe_table().table_name(table).send().await {
                Ok(_) => tokio::time::sleep(Duration::from_millis(200)).await,
                answer => break refusal(answer),
            }
        };
        say(&format!("deleted {table}"), gone["code"].clone());
    }
    say("list tables", json!(db.list_tables().send().await?.table_names()));
    Ok(())
}

fn keys(hash: &str, range: Option<&str>) -> Result<Vec<KeySchemaElement>, BuildError> {
    let parts = [(Some(hash), KeyType::Hash), (range, KeyType::Range)];
    let parts = parts.into_iter().filter_map(|(name, kind)| Some((name?, kind)));
    let element =
        |(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    parts.map(element).collect()
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
}
