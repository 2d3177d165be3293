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
