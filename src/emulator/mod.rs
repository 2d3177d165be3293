//! DynamoDB in one process: every operation it serves, against one store.
//!
//! A call goes through the [`door`], which knows what is asked and whether it may be; then through
//! the operation's own file under [`op`]: what was sent is decoded and checked, run against a
//! snapshot or in a transaction, and what came out is encoded. Reads never wait for writes.
//!
//! The emulator is synchronous inside and needs no runtime; [`Backend`] is implemented for the
//! server's sake.

pub mod capacity;
mod door;
mod expression;
mod fault;
mod figures;
mod index;
mod key;
mod md5;
mod op;
mod page;
mod read;
pub mod rule;
pub mod shape;
pub mod table;
mod token;
mod write;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use self::table::{Catalog, Table};
use crate::{
    backend::{Backend, BackendError, BoxFuture},
    clock::{Clock, SystemClock},
    storage::{MemoryStore, Read, Store},
    wire::{Fault, Operation, Request, Response},
};

/// What an emulator is told at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The region of the tables' ARNs, when the request is signed for none.
    pub region: String,
    /// The account of the tables' ARNs.
    pub account: String,
    /// What the ids it hands out begin from: two emulators of one seed give the same.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { region: "us-east-1".into(), account: "000000000000".into(), seed: 0 }
    }
}

/// Answers requests as DynamoDB does.
pub struct Emulator {
    store: Box<dyn Store>,
    catalog: Catalog,
    clock: Arc<dyn Clock>,
    settings: Settings,
    ids: AtomicU64,
}

impl Default for Emulator {
    fn default() -> Self {
        Self::new(Box::new(MemoryStore::new()), Arc::new(SystemClock), Settings::default())
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Emulator {
    /// An emulator of what is in the store.
    #[must_use]
    pub fn new(store: Box<dyn Store>, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let ids = AtomicU64::new(settings.seed);
        Self { store, catalog: Catalog::default(), clock, settings, ids }
    }

    /// Answers one request.
    #[must_use]
    pub fn call(&self, request: &Request) -> Response {
        match door::enter(self, request) {
            Ok(body) => Response::ok(body),
            Err(fault) => fault.into_response(),
        }
    }

    /// Whether the operation is emulated; one that is not answers UnknownOperationException.
    #[must_use]
    pub fn serves(operation: Operation) -> bool {
        op::handler(operation).is_some()
    }

    /// The table that an item operation names.
    fn table(&self, store: &dyn Read, name: &str) -> Result<Arc<Table>, Fault> {
        self.catalog.table(store, name)?.ok_or_else(fault::no_table)
    }

    /// A lower-case UUID that no other table of this emulator has.
    fn next_id(&self) -> String {
        let count = self.ids.fetch_add(1, Ordering::Relaxed);
        let digest = md5::digest(&[b"table id", &count.to_be_bytes()]);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        // Version 4, as the service's ids are.
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

impl Backend for Emulator {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        // Nothing here waits for anything but the store, which is memory.
        Box::pin(std::future::ready(Ok(Self::call(self, &request))))
    }
}
