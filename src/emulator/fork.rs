//! A second emulator that is what the first one was.
//!
//! All that an emulator is told lies in trees that are shared until one of them is written to, so
//! a fork costs some pointers, however much there is: the store, the states that backups and
//! recovery hold on to, what is left of capacities, the definitions that were read, the objects of
//! buckets in memory.

use std::sync::{Arc, atomic::AtomicBool};

use thiserror::Error;

use super::{Emulator, conflict::Conflicts, kinesis, lag::Past, throttle::Throttle};
use crate::{
    clock::Clock,
    storage::{Store, StoreError},
};

/// An emulator cannot be forked.
#[derive(Debug, Error)]
pub enum ForkError {
    /// Its store is a file.
    #[error(
        "an emulator whose data is in a file cannot be forked: only one whose data is in memory can"
    )]
    File,
    /// Its store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Emulator {
    /// A second emulator with all that this one was told so far; from here on neither sees
    /// anything of the other. It takes no longer and no more memory the more there is, and waits
    /// for the write that is under way only.
    ///
    /// Everything is in it: tables, items, indexes, streams, what is under way, backups and the
    /// history for point-in-time recovery, what is left of throttled capacity, the counts of
    /// contributor insights, tokens of requests, objects of buckets in memory. It goes by the same clock ([`Emulator::fork_by`]: by
    /// another). Folders that were given for buckets and for Kinesis are outside of both and
    /// shared: records that wait for Kinesis are delivered by this one alone.
    ///
    /// ```
    /// use dynatape::{emulator::Emulator, wire::{Operation, Request}};
    ///
    /// let seeded = Emulator::default();
    /// seeded.call(&Request::of(Operation::CreateTable, r#"{"TableName":"notes",
    ///     "BillingMode":"PAY_PER_REQUEST",
    ///     "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
    ///     "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#));
    ///
    /// let test = seeded.fork()?;
    /// test.call(&Request::of(Operation::PutItem, r#"{"TableName":"notes","Item":{"pk":{"S":"a"}}}"#));
    ///
    /// let count = Request::of(Operation::Scan, r#"{"TableName":"notes","Select":"COUNT"}"#);
    /// assert_eq!(test.call(&count).body, r#"{"Count":1,"ScannedCount":1}"#);
    /// assert_eq!(seeded.call(&count).body, r#"{"Count":0,"ScannedCount":0}"#);
    /// # Ok::<(), dynatape::emulator::ForkError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the data is in a file, which is not copied.
    pub fn fork(&self) -> Result<Self, ForkError> {
        self.fork_by(Arc::clone(&self.clock))
    }

    /// As [`Emulator::fork`]; the fork goes by this clock.
    ///
    /// # Errors
    ///
    /// As [`Emulator::fork`].
    pub fn fork_by(&self, clock: Arc<dyn Clock>) -> Result<Self, ForkError> {
        // The states that backups and recovery hold on to change in transactions only: while this
        // one is open they and the store are of one moment.
        let _alone = self.store.write()?;
        let store = self.history.fork().ok_or(ForkError::File)?;
        let history = Arc::new(self.history.of(store, Arc::clone(&clock)));
        let mut store: Arc<dyn Store> = Arc::<Past>::clone(&history);
        let mut past = None;
        if let Some(kept) = &self.past {
            let kept = Arc::new(kept.of(store, Arc::clone(&clock)));
            store = Arc::<Past>::clone(&kept);
            past = Some(kept);
        }
        let fork = Self {
            store,
            past,
            history,
            vault: self.vault.fork(),
            throttle: self.throttle.as_ref().map(Throttle::fork),
            insights: self.insights.fork(),
            conflicts: self.conflicts.as_ref().map(Conflicts::fork),
            buckets: self.buckets.fork().unwrap_or_else(|| Arc::clone(&self.buckets)),
            catalog: self.catalog.fork(Arc::clone(&clock)),
            clock,
            settings: self.settings.clone(),
            // Whether there are some is looked up again.
            bulks: AtomicBool::new(true),
        };
        kinesis::forget(&fork)?;
        Ok(fork)
    }
}

#[cfg(test)]
mod tests;
