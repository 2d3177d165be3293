//! Waiting for a table, as clients do: the service takes its time to make one.

use std::time::Duration;

use super::{Backend, BackendError};
use crate::wire::{
    Operation, Request,
    json::{Json, Writer},
    name_and_region,
};

const TRIES: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// What became of waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Active {
    /// The table is ACTIVE.
    Yes,
    /// It is not, and what was said last.
    No(String),
}

/// Asks until a table is ACTIVE, for a minute and the time that the answers take.
///
/// # Errors
///
/// When there is no answer.
pub async fn until_active(backend: &dyn Backend, table: &str) -> Result<Active, BackendError> {
    for _ in 0..TRIES {
        let response = backend.call(table_request(Operation::DescribeTable, table)).await?;
        if !response.status.is_success() {
            return Ok(Active::No(String::from_utf8_lossy(&response.body).into_owned()));
        }
        let status = Json::parse(response.body).ok().and_then(|json| {
            Some(json.root().get("Table")?.get("TableStatus")?.as_str()?.into_owned())
        });
        if status.as_deref() == Some("ACTIVE") {
            return Ok(Active::Yes);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(Active::No(format!("not ACTIVE after {} s", TRIES / 10)))
}

/// Asks until a table is not there any more. Best effort: whoever makes it next is told.
pub async fn until_gone(backend: &dyn Backend, table: &str) {
    for _ in 0..TRIES {
        let answer = backend.call(table_request(Operation::DescribeTable, table)).await;
        if !answer.is_ok_and(|answer| answer.status.is_success()) {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A request that says nothing but a table's name, in that table's region.
#[must_use]
pub fn table_request(operation: Operation, table: &str) -> Request {
    request(operation, table, |_| {})
}

/// The request that takes a table's protection against its deletion away.
#[must_use]
pub fn unprotect_request(table: &str) -> Request {
    request(Operation::UpdateTable, table, |json| {
        json.key("DeletionProtectionEnabled");
        json.bool(false);
    })
}

fn request(operation: Operation, table: &str, more: impl FnOnce(&mut Writer)) -> Request {
    let (name, region) = name_and_region(table);
    let mut json = Writer::new();
    json.object(|json| {
        json.text("TableName", name);
        more(json);
    });
    let request = Request::of(operation, json.into_bytes());
    match region {
        Some(region) => request.asked_in(region),
        None => request,
    }
}
