//! Taking away what was made in a fence, and the proof that it is gone.

use std::{collections::BTreeSet, time::Duration};

use super::{Fence, Made};
use crate::{
    backend::{
        BackendError,
        active::{table_request, unprotect_request},
    },
    wire::{
        Operation, Request, Response,
        json::{Json, Value, Writer},
    },
};

/// How often something is tried, each time after a longer pause: four minutes in all, because
/// tables of the service take as long to go (aws-tables-facts 1: a deletion is seconds, a backup
/// that is made may take minutes).
const TRIES: u32 = 120;
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What became of what was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Tables that were written down.
    pub tables: usize,
    /// Backups that were there to be deleted.
    pub backups: usize,
    /// What is still there, or may be, and what the target says of it.
    pub left: Vec<String>,
    /// The tables that are not of the fence.
    pub others: BTreeSet<String>,
}

impl Fence {
    /// Deletes what was made, and looks afterwards what is left.
    ///
    /// # Errors
    ///
    /// When the target does not answer: then nothing is proved.
    pub async fn clean(&self) -> Result<Cleaned, BackendError> {
        let made = self.ledger().made();
        let mut tables: BTreeSet<String> =
            made.iter().map(|made| made.table().to_owned()).collect();
        // What a ledger does not know and has the prefix can only be of this run.
        tables.extend(self.listed().await?.0);
        let mut cleaned = Cleaned { tables: tables.len(), ..Cleaned::default() };
        for table in &tables {
            if made.contains(&Made::BackupOf(table.clone())) {
                cleaned.backups += self.delete_backups(table).await?;
            }
            if let Some(answer) = self.delete(table).await? {
                cleaned.left.push(format!("table {table}: {answer}"));
            }
        }
        let (still, others) = self.listed().await?;
        cleaned.others = others;
        let told = |left: &[String], table: &str| {
            left.iter().any(|one| one.starts_with(&format!("table {table}:")))
        };
        for table in still {
            if !told(&cleaned.left, &table) {
                cleaned.left.push(format!("table {table}: it is listed"));
            }
        }
        for made in &made {
            let Made::BackupOf(table) = made else { continue };
            for arn in self.backups(table).await? {
                cleaned.left.push(format!("backup {arn}: it is listed"));
            }
        }
        Ok(cleaned)
    }

    /// All tables: those of the fence, and others.
    ///
    /// # Errors
    ///
    /// When the target does not list them.
    pub async fn listed(&self) -> Result<(BTreeSet<String>, BTreeSet<String>), BackendError> {
        let mut names = Vec::new();
        let mut start: Option<String> = None;
        loop {
            let mut json = Writer::new();
            json.object(|json| {
                if let Some(start) = &start {
                    json.key("ExclusiveStartTableName");
                    json.string(start);
                }
            });
            let answer = self.ask(Operation::ListTables, json).await?;
            let answer = succeeded(answer, "listing the tables")?;
            let root = answer.root();
            let page = root.get("TableNames").into_iter().flat_map(Value::elements);
            names.extend(page.filter_map(|name| Some(name.as_str()?.into_owned())));
            let last = root.get("LastEvaluatedTableName").and_then(Value::as_str);
            match last {
                // One that comes again would never end.
                Some(last) if start.as_deref() != Some(&*last) => start = Some(last.into_owned()),
                _ => break,
            }
        }
        Ok(names.into_iter().partition(|name| name.starts_with(self.whole_prefix())))
    }

    /// Deletes a table, even one that is protected against it; what the target says if it stays.
    async fn delete(&self, table: &str) -> Result<Option<String>, BackendError> {
        let mut said = String::new();
        for attempt in 0..TRIES {
            let described = self.asked(Operation::DescribeTable, table).await?;
            if described.error_type().as_deref() == Some("ResourceNotFoundException") {
                return Ok(None);
            }
            let status = Json::parse(described.body.clone()).ok().and_then(|json| {
                Some(json.root().get("Table")?.get("TableStatus")?.as_str()?.into_owned())
            });
            if status.as_deref() != Some("DELETING") {
                let answer = self.asked(Operation::DeleteTable, table).await?;
                if !answer.status.is_success() {
                    said = String::from_utf8_lossy(&answer.body).into_owned();
                    self.ask_until(unprotect_request(table)).await?;
                }
            }
            pause(attempt).await;
        }
        Ok(Some(if said.is_empty() { "it does not go".to_owned() } else { said }))
    }

    /// Deletes the backups of a table, and says how many there were.
    async fn delete_backups(&self, table: &str) -> Result<usize, BackendError> {
        let there = self.backups(table).await?;
        for arn in &there {
            for attempt in 0..TRIES {
                let mut json = Writer::new();
                json.object(|json| {
                    json.key("BackupArn");
                    json.string(arn);
                });
                let answer = self.ask(Operation::DeleteBackup, json).await?;
                let busy = answer.error_type().as_deref() == Some("BackupInUseException");
                if !busy && !answer.is_transient() {
                    break;
                }
                pause(attempt).await;
            }
        }
        Ok(there.len())
    }

    /// The ARNs of a table's backups.
    async fn backups(&self, table: &str) -> Result<Vec<String>, BackendError> {
        let answer = self.asked(Operation::ListBackups, table).await?;
        // A target that has none has nothing to delete.
        if !answer.status.is_success() {
            return Ok(Vec::new());
        }
        let Ok(json) = Json::parse(answer.body) else { return Ok(Vec::new()) };
        let all = json.root().get("BackupSummaries").into_iter().flat_map(Value::elements);
        let of_table = |one: &Value<'_>| {
            one.get("TableName").and_then(Value::as_str).is_some_and(|name| name == table)
        };
        let arns = all
            .filter(of_table)
            .filter_map(|one| Some(one.get("BackupArn").and_then(Value::as_str)?.into_owned()));
        Ok(arns.collect())
    }

    async fn asked(&self, operation: Operation, table: &str) -> Result<Response, BackendError> {
        let request = table_request(operation, table);
        self.ask_until(request).await
    }

    async fn ask(&self, operation: Operation, json: Writer) -> Result<Response, BackendError> {
        self.ask_until(Request::of(operation, json.into_bytes())).await
    }

    /// Asks again what was throttled, as SDKs do.
    async fn ask_until(&self, request: Request) -> Result<Response, BackendError> {
        let mut answer = self.inner().call(request.clone()).await?;
        for attempt in 0..10 {
            if !answer.is_transient() {
                break;
            }
            pause(attempt).await;
            answer = self.inner().call(request.clone()).await?;
        }
        Ok(answer)
    }
}

fn succeeded(answer: Response, doing: &'static str) -> Result<Json, BackendError> {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let refused = BackendError::Internal { doing, cause: text.into() };
    if !answer.status.is_success() {
        return Err(refused);
    }
    Json::parse(answer.body).map_err(|_| refused)
}

async fn pause(attempt: u32) {
    let pause = Duration::from_millis(20).saturating_mul(2_u32.saturating_pow(attempt.min(8)));
    tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
}
