//! Which transactions were done already: ClientRequestToken, remembered ten minutes
//! (aws-facts 7.5).

use std::ops::Bound;

use bytes::Bytes;

use super::md5;
use crate::{
    storage::{Direction, KeyRange, Read, StoreError, Write, layout},
    wire::Fault,
};

/// How long a token is remembered, in milliseconds.
const REMEMBERED: u64 = 600_000;

/// A request that carries a token.
#[derive(Debug)]
pub(super) struct Request<'a> {
    token: &'a str,
    digest: [u8; 16],
    now: u64,
}

impl<'a> Request<'a> {
    /// A request that asks for `what`, by which it is compared.
    pub(super) fn new(token: &'a str, what: &str, now: u64) -> Self {
        Self { token, digest: md5::digest(&[what.as_bytes()]), now }
    }

    /// What was noted when the same request was done before.
    pub(super) fn earlier(&self, store: &dyn Read) -> Result<Option<Bytes>, Fault> {
        let Some(record) = store.get(&layout::request(self.token))? else { return Ok(None) };
        let (Some(time), Some(digest)) = (record.get(..8), record.get(8..24)) else {
            return Ok(None);
        };
        let time = time.iter().fold(0u64, |time, byte| time << 8 | u64::from(*byte));
        if time + REMEMBERED <= self.now {
            return Ok(None);
        }
        if digest != self.digest {
            // Inferred: the sentence of the service's own documentation.
            return Err(Fault::new(
                "IdempotentParameterMismatchException",
                "The provided client token is already in use with different request parameters",
            ));
        }
        Ok(Some(record.slice(24..)))
    }

    /// Remembers the request, and forgets some that are old enough.
    pub(super) fn note(&self, store: &mut dyn Write, note: &[u8]) -> Result<(), StoreError> {
        let record = [&self.now.to_be_bytes()[..], &self.digest, note].concat();
        store.put(&layout::request(self.token), record.into())?;
        store.put(&layout::request_time(self.now, self.token), Bytes::new())?;
        let first = layout::request_time(0, "");
        let old = layout::request_time(self.now.saturating_sub(REMEMBERED), "");
        let range = KeyRange { from: Bound::Included(&first), to: Bound::Excluded(&old) };
        for pair in store.scan(range, Direction::Forward, 4)? {
            let token = String::from_utf8_lossy(pair.key.get(9..).unwrap_or_default()).into_owned();
            store.delete(&pair.key)?;
            if token != self.token {
                store.delete(&layout::request(&token))?;
            }
        }
        Ok(())
    }
}
