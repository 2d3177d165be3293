//! DynamoDB in one process: every operation it serves, against one store.
//!
//! A call goes through the `door`, which knows what is asked and whether it may be; then through
//! the operation's own file under `op`: what was sent is decoded and checked, run against a
//! snapshot or in a transaction, and what came out is encoded. Reads wait for no transaction.
//!
//! The emulator is synchronous inside and needs no runtime; [`Backend`] is implemented for the
//! server's sake.

mod access;
mod backfill;
mod backup;
mod bulk;
mod burial;
pub mod capacity;
mod conflict;
pub mod contributors;
mod door;
mod echo;
mod expiry;
mod export;
mod expression;
mod failure;
mod fault;
mod figures;
mod fork;
mod group;
mod import;
mod index;
mod java;
mod job_arn;
mod key;
mod kinesis;
mod lag;
mod legacy;
mod list_token;
mod listing;
mod md5;
pub mod meter;
mod mirror;
mod next_token;
mod op;
mod page;
mod read;
pub mod rule;
pub mod s3;
mod settings;
pub mod shape;
pub mod source;
mod stream;
pub mod table;
mod throttle;
mod token;
mod validation;
mod vector;
mod write;

use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
};

pub use self::{
    fork::ForkError,
    settings::{Settings, UnknownSetting},
    table::Timing,
    validation::{UnknownValidation, Validation},
};

use self::{
    capacity::Report,
    conflict::Conflicts,
    contributors::Counts,
    door::Caller,
    lag::Past,
    table::{Catalog, Table},
    throttle::Throttle,
};
use crate::{
    backend::{Backend, BackendError, BoxFuture},
    clock::{Clock, SystemClock},
    storage::{MemoryStore, Read, Store, layout::TableNumber},
    wire::{Fault, Operation, Request, Response},
};

/// Answers requests as DynamoDB does.
pub struct Emulator {
    store: Arc<dyn Store>,
    /// The same store, if it keeps what reads that lag behind see.
    past: Option<Arc<Past>>,
    /// The same store, as it keeps what tables are restored from.
    history: Arc<Past>,
    /// What backups are of.
    vault: backup::Vault,
    /// What is left of the capacity of tables and indexes, if they are throttled.
    throttle: Option<Throttle>,
    /// How often keys were asked for, where that is counted.
    insights: Counts,
    /// Which requests meet conflicts, if some do.
    conflicts: Option<Conflicts>,
    /// Where exports go and imports come from.
    buckets: Arc<dyn s3::Buckets>,
    catalog: Catalog,
    clock: Arc<dyn Clock>,
    settings: Settings,
    /// Whether items may be put in bulk.
    bulks: AtomicBool,
}

impl Default for Emulator {
    fn default() -> Self {
        Self::new(Arc::new(MemoryStore::new()), Arc::new(SystemClock), Settings::default())
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
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let catalog = Catalog::new(Arc::clone(&clock));
        // Until a table's recovery is on it keeps nothing.
        let history = Arc::new(Past::new(store, Arc::clone(&clock), 1000, 0));
        let buckets = settings.s3.open();
        Self::of((history, backup::Vault::default()), buckets, catalog, clock, settings)
    }

    /// The same emulator by other settings from here on. What it was told stays, in the buckets
    /// too; what was left of capacities does not.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        let Self { history, vault, buckets, catalog, clock, .. } = self;
        Self::of((history, vault), buckets, catalog, clock, settings)
    }

    fn of(
        (history, vault): (Arc<Past>, backup::Vault),
        buckets: Arc<dyn s3::Buckets>,
        catalog: Catalog,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        let mut store: Arc<dyn Store> = Arc::<Past>::clone(&history);
        let mut past = None;
        if settings.eventual_lag_ms > 0 {
            let kept = Arc::new(Past::new(store, Arc::clone(&clock), 1, settings.eventual_lag_ms));
            store = Arc::<Past>::clone(&kept);
            past = Some(kept);
        }
        let throttle = settings.throttle.then(Throttle::default);
        let conflicts = Conflicts::of(&settings);
        let bulks = AtomicBool::new(true);
        Self {
            store,
            past,
            history,
            vault,
            throttle,
            insights: Counts::default(),
            conflicts,
            buckets,
            catalog,
            clock,
            settings,
            bulks,
        }
    }

    /// Answers one request.
    #[must_use]
    pub fn call(&self, request: &Request) -> Response {
        match door::enter(self, request) {
            Ok(body) => Response::ok(body),
            Err(fault) => fault.into_response(),
        }
    }

    /// The buckets that exports go to and imports come from.
    #[must_use]
    pub fn buckets(&self) -> &dyn s3::Buckets {
        &*self.buckets
    }

    /// Whether the operation is emulated; one that is not answers UnknownOperationException.
    #[must_use]
    pub fn serves(operation: Operation) -> bool {
        op::handler(operation).is_some()
    }

    /// The table that an item operation names. One that is being created is not there yet; one
    /// that is being deleted is still (the API's documentation of CreateTable and DeleteTable).
    fn table(&self, store: &dyn Read, caller: &Caller, name: &str) -> Result<Arc<Table>, Fault> {
        let table = self.catalog.table(store, &caller.region, name)?;
        table.filter(|table| table.creation().is_none()).ok_or_else(fault::no_table)
    }

    /// The table that a table operation names. One that is made of another is not there yet.
    fn table_called(
        &self,
        store: &dyn Read,
        caller: &Caller,
        name: &str,
    ) -> Result<Arc<Table>, Fault> {
        let table = self.table_shown(store, caller, name)?;
        if table.is_arriving() { Err(fault::no_table_called(name)) } else { Ok(table) }
    }

    /// The table that DescribeTable shows and DeleteTable finds: also one that is being restored
    /// (aws-service-facts 5.3).
    fn table_shown(
        &self,
        store: &dyn Read,
        caller: &Caller,
        name: &str,
    ) -> Result<Arc<Table>, Fault> {
        let table = self.catalog.table(store, &caller.region, name)?;
        let table = table.filter(|table| !table.is_hidden(self.now()));
        table.ok_or_else(|| fault::no_table_called(name))
    }

    /// What a read sees that is consistent or not, if that is not what is there now.
    fn old(&self, consistent: bool) -> Option<Arc<dyn Read + Send + Sync>> {
        if consistent { None } else { self.past.as_ref()?.old() }
    }

    /// Refuses a single write that meets a conflict.
    fn check_conflict(&self, table: &Table) -> Result<(), Fault> {
        self.conflicts.as_ref().map_or(Ok(()), |conflicts| conflicts.check_write(table))
    }

    /// Whether what a read of the table costs is asked for by anybody.
    fn counts(&self, report: Report, table: &Table) -> bool {
        report != Report::None
            || self.throttle.is_some()
            || meter::is_on()
            || contributors::counts(table)
    }

    /// The time, in milliseconds since 1970.
    fn now(&self) -> u64 {
        table::millis(self.clock.now())
    }

    /// A lower-case UUID that no other table of this store has.
    fn table_id(&self, number: TableNumber) -> String {
        self.uuid("table id", number)
    }

    /// A lower-case UUID that nothing else of the kind has.
    fn uuid(&self, kind: &str, number: TableNumber) -> String {
        let (seed, number) = (self.settings.seed.to_be_bytes(), number.to_be_bytes());
        let digest = md5::digest(&[kind.as_bytes(), &seed, &number]);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        // Version 4, as the service's ids are.
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

impl Backend for Emulator {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        // Nothing here waits for anything but the store. One that is not memory wants a thread that
        // may wait: `backend/blocking.rs`.
        Box::pin(std::future::ready(Ok(Self::call(self, &request))))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::op::tests::{ask, with_table};

    #[test]
    fn writers_take_turns_and_readers_see_tables_and_indexes_agree() {
        const WRITERS: usize = 4;
        const WRITES: usize = 50;
        let emulator = with_table();
        let add = r#"{"TransactItems":[
            {"Update":{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"ADD a :n SET gk = :g","ExpressionAttributeValues":{":n":{"N":"1"},":g":{"S":"g"}}}},
            {"Update":{"TableName":"table","Key":{"pk":{"S":"b"},"sk":{"N":"1"}},"UpdateExpression":"ADD a :n SET gk = :g","ExpressionAttributeValues":{":n":{"N":"1"},":g":{"S":"g"}}}}]}"#;
        let read = || {
            let answer = ask(
                &emulator,
                "Query",
                r#"{"TableName":"table","IndexName":"gsi","KeyConditionExpression":"gk = :g","ExpressionAttributeValues":{":g":{"S":"g"}}}"#,
            );
            let parts = answer.split(r#""a":{"N":""#).skip(1);
            parts
                .map(|part| part.split('"').next().unwrap().parse().unwrap())
                .collect::<Vec<usize>>()
        };
        thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    for _ in 0..WRITES {
                        ask(&emulator, "TransactWriteItems", add);
                    }
                });
            }
            scope.spawn(|| {
                for _ in 0..WRITES {
                    let sums = read();
                    assert!(sums.windows(2).all(|pair| pair[0] == pair[1]), "{sums:?}");
                }
            });
        });
        assert_eq!(read(), [WRITERS * WRITES; 2]);
    }
}
