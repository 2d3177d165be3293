//! A layer for a target where others have tables, too: every table it makes has a prefix, which
//! the other side does not see; nothing is sent that could touch anything else; and what is made is
//! written down first, and taken away in the end.
//!
//! Names are mapped one to one, so requests and answers read as if there were no fence.

mod clean;
mod ledger;
mod names;
mod outside;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

pub use clean::Cleaned;
pub use ledger::{Ledger, LedgerError, Made, Site};
pub use outside::Outside;

use self::names::{Inside, Names};
use super::{Backend, BackendError, BoxFuture};
use crate::wire::{Request, Response};

/// What may be sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowed {
    /// Also what costs more than a call.
    pub cost: bool,
    /// So many calls and no more; what is taken away in the end is not counted.
    pub calls: Option<u64>,
}

/// The layer.
#[derive(Debug)]
pub struct Fence {
    inner: Arc<dyn Backend>,
    prefix: String,
    shared: Arc<Shared>,
}

/// What all parts of a fence have in common.
#[derive(Debug)]
struct Shared {
    prefix: String,
    allowed: Allowed,
    ledger: Ledger,
    calls: AtomicU64,
    /// What the ARNs of the target's tables begin with, once one was seen.
    home: RwLock<Option<String>>,
}

impl Fence {
    /// A fence around `inner`, in which names begin with `prefix`.
    #[must_use]
    pub fn new(inner: Arc<dyn Backend>, prefix: &str, allowed: Allowed, ledger: Ledger) -> Self {
        let shared = Shared {
            prefix: prefix.to_owned(),
            allowed,
            ledger,
            calls: AtomicU64::new(0),
            home: RwLock::new(None),
        };
        Self { inner, prefix: prefix.to_owned(), shared: Arc::new(shared) }
    }

    /// A part of it where names are others, so that what one part leaves is not in the way of
    /// another.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            prefix: format!("{}{name}_", self.shared.prefix),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Why a request would not be sent.
    ///
    /// # Errors
    ///
    /// The reason.
    pub fn check(&self, request: &Request) -> Result<(), Outside> {
        self.fenced(request.clone()).map(drop)
    }

    /// What was made.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    /// How many calls were sent.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    fn inner(&self) -> &dyn Backend {
        &*self.inner
    }

    fn whole_prefix(&self) -> &str {
        &self.shared.prefix
    }

    fn home(&self) -> Option<String> {
        self.shared.home.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fenced(&self, request: Request) -> Result<Inside, Outside> {
        let home = self.home();
        let names = Names { prefix: &self.prefix, home: home.as_deref() };
        let cost = self.shared.allowed.cost;
        names.inside(request, |operation, body| outside::may_pass(operation, body, cost))
    }

    async fn through(&self, request: Request) -> Result<Response, BackendError> {
        let Inside { request, makes } = self.fenced(request)?;
        let before = self.shared.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(calls) = self.shared.allowed.calls.filter(|calls| before >= *calls) {
            self.shared.calls.fetch_sub(1, Ordering::Relaxed);
            return Err(Outside::Budget(calls).into());
        }
        for made in makes {
            let noted = self.shared.ledger.note(made);
            noted.map_err(|error| Outside::Ledger(error.to_string()))?;
        }
        let answer = self.inner.call(request).await?;
        let mut home = self.home();
        if home.is_none() {
            home = Names { prefix: &self.prefix, home: None }.home_in(&answer);
            self.shared.home.write().unwrap_or_else(PoisonError::into_inner).clone_from(&home);
        }
        Ok(Names { prefix: &self.prefix, home: home.as_deref() }.outside(answer))
    }
}

impl Backend for Fence {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        Box::pin(self.through(request))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::wire::Operation;

    /// Keeps what it is asked.
    #[derive(Debug, Default)]
    struct Asked(Mutex<Vec<String>>);

    impl Backend for Asked {
        fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
            let body = String::from_utf8_lossy(request.body()).into_owned();
            self.0.lock().expect("one thread").push(body);
            Box::pin(std::future::ready(Ok(Response::ok("{}"))))
        }
    }

    fn fence(allowed: Allowed) -> (Arc<Asked>, Fence, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("folder");
        let site = Site {
            endpoint: "aws".to_owned(),
            region: None,
            prefix: "f_".to_owned(),
            on: String::new(),
        };
        let ledger = Ledger::create(&folder.path().join("l"), &site).expect("new");
        let asked = Arc::new(Asked::default());
        let inner: Arc<dyn Backend> = Arc::<Asked>::clone(&asked);
        (asked, Fence::new(inner, "f_", allowed, ledger), folder)
    }

    #[tokio::test]
    async fn whatever_is_asked_no_name_of_anothers_gets_out() {
        let names = r#"{"TableName":"users","SourceTableName":"users","TargetTableName":"users",
            "GlobalTableName":"users","ExclusiveStartTableName":"users",
            "TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users",
            "SourceTableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users",
            "ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users",
            "BackupArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users/backup/1",
            "StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users/stream/1",
            "ExportArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users/export/1",
            "ImportArn":"arn:aws:dynamodb:us-east-1:000000000000:table/users/import/1",
            "ShardIterator":"arn:aws:dynamodb:us-east-1:000000000000:table/users/stream/1|1|A",
            "Statement":"SELECT * FROM users","Statements":[{"Statement":"DELETE FROM \"users\""}],
            "TransactStatements":[{"Statement":"UPDATE users SET a = 1"}],
            "RequestItems":{"users":{}},"TransactItems":[{"Get":{"TableName":"users"}}]}"#;
        let (asked, fence, _folder) = fence(Allowed { cost: true, calls: None });
        let mut sent = 0;
        for operation in Operation::ALL {
            sent += usize::from(fence.call(Request::of(*operation, names)).await.is_ok());
        }
        assert!(sent > 40, "{sent}");
        let asked = asked.0.lock().expect("one thread");
        assert_eq!(asked.len(), sent);
        for body in asked.iter() {
            assert_eq!(body.matches("users").count(), body.matches("f_users").count(), "{body}");
        }
        let made: Vec<_> = fence.ledger().made().into_iter().collect();
        assert_eq!(made, [Made::Table("f_users".into()), Made::BackupOf("f_users".into())]);
    }

    #[tokio::test]
    async fn a_budget_ends_what_is_sent_in_all_parts() {
        let (asked, fence, _folder) = fence(Allowed { cost: false, calls: Some(2) });
        let get = || Request::of(Operation::GetItem, r#"{"TableName":"users"}"#);
        for _ in 0..2 {
            fence.call(get()).await.expect("sent");
        }
        let refused = fence.call(get()).await.expect_err("too many").to_string();
        assert!(refused.contains("the budget of 2 calls"), "{refused}");
        assert_eq!(asked.0.lock().expect("one thread").len(), 2);
        assert_eq!(fence.part("x").calls(), 2);
    }
}
