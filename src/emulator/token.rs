//! Which transactions were done already: ClientRequestToken, remembered ten minutes
//! (aws-facts 7.5).

use std::{borrow::Cow, ops::Bound};

use bytes::Bytes;

use super::md5;
use crate::{
    storage::{Direction, KeyRange, Read, StoreError, Write, layout},
    wire::{
        Fault,
        json::{Kind, Value, write_string},
    },
};

/// How long a token is remembered, in milliseconds.
const REMEMBERED: u64 = 600_000;

/// A request that carries a token.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// Another region knows nothing of it (inferred).
    region: &'a str,
    token: Cow<'a, str>,
    digest: [u8; 16],
    now: u64,
}

impl<'a> Request<'a> {
    /// A request that asks for `what`, by which it is compared: in whatever order members are
    /// sent (recorded with LocalStack's tests, us-east-1).
    pub(super) fn new(region: &'a str, token: &'a str, what: Option<Value<'_>>, now: u64) -> Self {
        Self::noted(region, token.into(), what, now)
    }

    /// A request of another kind, whose tokens are its own.
    pub(super) fn of(
        kind: &str,
        region: &'a str,
        token: &str,
        what: Option<Value<'_>>,
        now: u64,
    ) -> Self {
        Self::noted(region, format!("{kind}\n{token}").into(), what, now)
    }

    fn noted(region: &'a str, token: Cow<'a, str>, what: Option<Value<'_>>, now: u64) -> Self {
        let mut text = Vec::new();
        if let Some(what) = what {
            canonical(what, &mut text);
        }
        Self { region, token, digest: md5::digest(&[&text]), now }
    }

    /// What was noted when the same request was done before.
    pub(super) fn earlier(&self, store: &dyn Read) -> Result<Option<Bytes>, Fault> {
        let Some(record) = store.get(&layout::request(self.region, &self.token))? else {
            return Ok(None);
        };
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
        store.put(&layout::request(self.region, &self.token), record.into())?;
        store.put(&layout::request_time(self.now, self.region, &self.token), Bytes::new())?;
        let first = layout::request_time(0, "", "");
        let old = layout::request_time(self.now.saturating_sub(REMEMBERED), "", "");
        let range = KeyRange { from: Bound::Included(&first), to: Bound::Excluded(&old) };
        for pair in store.scan(range, Direction::Forward, 4)? {
            let request = [b"r", pair.key.get(9..).unwrap_or_default()].concat();
            store.delete(&pair.key)?;
            if request != layout::request(self.region, &self.token) {
                store.delete(&request)?;
            }
        }
        Ok(())
    }
}

/// Some members of a request as a text by which it is compared with others.
pub(super) fn fingerprint<'a>(members: impl Iterator<Item = (&'a str, Value<'a>)>) -> String {
    let mut text = Vec::new();
    for (name, value) in members {
        write_string(&mut text, name);
        canonical(value, &mut text);
    }
    md5::digest(&[&text]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON with members by name and without blanks; a member that is null is not there.
fn canonical(value: Value<'_>, out: &mut Vec<u8>) {
    match value.kind() {
        Kind::Object => {
            let mut members: Vec<_> =
                value.members().filter(|(_, value)| !value.is_null()).collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            out.push(b'{');
            for (name, value) in members {
                write_string(out, &name);
                out.push(b':');
                canonical(value, out);
                out.push(b',');
            }
            out.push(b'}');
        }
        Kind::Array => {
            out.push(b'[');
            for element in value.elements() {
                canonical(element, out);
                out.push(b',');
            }
            out.push(b']');
        }
        Kind::String => write_string(out, &value.as_str().unwrap_or_default()),
        _ => out.extend_from_slice(value.raw().as_bytes()),
    }
}
