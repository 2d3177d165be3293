//! Times of a recording, told as times of today.
//!
//! A program that asks how old a table is gets older answers from a tape every day. The times
//! that the service told are moved here, in the answers alone. Those in items are the program's
//! own: a value in an item is always an object of its type, so a bare number under one of the
//! names of [`TOLD`] is never one of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::header;
use memchr::memmem;

use super::{Backend, BackendError, BoxFuture, fallback::X_DYNATAPE_SYNTHESISED};
use crate::{
    cassette::{Answer, Cassette, day},
    clock::Clock,
    wire::{
        Operation, Request, Response,
        json::{Json, Kind, Value},
        profile::{X_AMZ_CRC32, crc32},
        seconds,
    },
};

/// Members of answers that say when something happened (the API's model: its timestamps). Those
/// that a client chooses, such as an export's time, are not among them.
const TOLD: &[&str] = &[
    "ApproximateCreationDateTime",
    "ArchivalDateTime",
    "BackupCreationDateTime",
    "BackupExpiryDateTime",
    "CreationDateTime",
    "CreationRequestDateTime",
    "EarliestRestorableDateTime",
    "EndTime",
    "InaccessibleEncryptionDateTime",
    "LastDecreaseDateTime",
    "LastIncreaseDateTime",
    "LastUpdateDateTime",
    "LastUpdateToPayPerRequestDateTime",
    "LatestRestorableDateTime",
    "ReplicaInaccessibleDateTime",
    "StartTime",
    "TableCreationDateTime",
];

/// Members that say when the call itself was carried out.
const MOMENTS: &[(Operation, &str)] = &[
    (Operation::CreateBackup, "BackupCreationDateTime"),
    (Operation::CreateGlobalTable, "CreationDateTime"),
    (Operation::CreateTable, "CreationDateTime"),
    (Operation::RestoreTableFromBackup, "CreationDateTime"),
    (Operation::RestoreTableToPointInTime, "CreationDateTime"),
];

/// When a tape was recorded, as well as it says: when the first of its tables was made, else the
/// beginning of the header's day. The day alone would do less well: answers that say the same
/// keep their text when a tape is recorded again, and with it their times.
#[must_use]
pub fn recorded_at(tape: &Cassette) -> Option<SystemTime> {
    let made = tape.interactions.iter().filter_map(|interaction| {
        let operation = interaction.target.operation()?;
        let Answer::Http { body, .. } = &interaction.answer else { return None };
        let (_, member) = MOMENTS.iter().find(|(made_by, _)| *made_by == operation)?;
        let json = Json::parse(body.clone()).ok()?;
        let mut times = Vec::new();
        told(json.root(), &mut |name, value| {
            times.extend((name == *member).then(|| millis(value)).flatten());
        });
        times.into_iter().min()
    });
    let first = made.min().map(|millis| UNIX_EPOCH + Duration::from_millis(millis));
    first.or_else(|| day(&tape.header.on))
}

/// How a replay tells the times of its recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// As recorded.
    #[default]
    Recorded,
    /// As [`Retime::shifted`].
    Shift,
    /// As [`Retime::live`].
    Live,
}

/// A backend whose answers tell the times of a recording as times of today.
#[derive(Debug)]
pub struct Retime<B> {
    inner: B,
    clock: Arc<dyn Clock>,
    recorded: u64,
    began: u64,
    /// What recorded moments of calls are now, where each is the moment of its call.
    live: Option<Mutex<HashMap<u64, u64>>>,
}

impl<B: Backend> Retime<B> {
    /// What happened some time after `recorded` is told as if it had happened as long after now.
    pub fn shifted(inner: B, recorded: SystemTime, clock: Arc<dyn Clock>) -> Self {
        let (recorded, began) = (since_1970(recorded), since_1970(clock.now()));
        Self { inner, clock, recorded, began, live: None }
    }

    /// As [`Retime::shifted`], but what a call makes was made when it is called.
    pub fn live(inner: B, recorded: SystemTime, clock: Arc<dyn Clock>) -> Self {
        Self { live: Some(Mutex::default()), ..Self::shifted(inner, recorded, clock) }
    }

    fn retimed(&self, operation: Option<Operation>, response: &mut Response) {
        let body = &response.body;
        if memmem::find(body, b"Time\"").is_none() {
            return;
        }
        let Ok(json) = Json::parse(body.clone()) else { return };
        let mut bytes = Vec::with_capacity(body.len());
        let mut copied = 0;
        told(json.root(), &mut |name, value| {
            let Some(recorded) = millis(value) else { return };
            let moment = MOMENTS.iter().any(|known| Some(known.0) == operation && known.1 == name);
            bytes.extend_from_slice(&body[copied..value.span().start]);
            bytes.extend_from_slice(seconds(self.today(recorded, moment)).as_bytes());
            copied = value.span().end;
        });
        bytes.extend_from_slice(&body[copied..]);
        response.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
        response.headers.insert(X_AMZ_CRC32, crc32(&bytes).into());
        response.body = bytes.into();
    }

    fn today(&self, recorded: u64, moment: bool) -> u64 {
        let shifted = (recorded + self.began).saturating_sub(self.recorded);
        let Some(live) = &self.live else { return shifted };
        let mut live = live.lock().unwrap_or_else(PoisonError::into_inner);
        if moment {
            return *live.entry(recorded).or_insert_with(|| since_1970(self.clock.now()));
        }
        live.get(&recorded).copied().unwrap_or(shifted)
    }
}

impl<B: Backend> Backend for Retime<B> {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        Box::pin(async move {
            let operation = request.target.operation();
            let mut response = self.inner.call(request).await?;
            // An answer that was made now tells times of now.
            if !response.headers.contains_key(&X_DYNATAPE_SYNTHESISED) {
                self.retimed(operation, &mut response);
            }
            Ok(response)
        })
    }
}

/// Goes through the times that an answer tells, in order.
fn told(value: Value<'_>, tell: &mut impl FnMut(&str, Value<'_>)) {
    value.elements().for_each(|element| told(element, tell));
    for (name, member) in value.members() {
        if member.kind() == Kind::Number && TOLD.contains(&&*name) {
            tell(&name, member);
        } else {
            told(member, tell);
        }
    }
}

/// A time in milliseconds since 1970; none before it, and none beyond the year 9999.
fn millis(value: Value<'_>) -> Option<u64> {
    const LAST: f64 = 253_402_300_800_000.0;
    let millis = (value.as_number()?.parse::<f64>().ok()? * 1000.0).round();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // as was asked before
    (0.0..LAST).contains(&millis).then_some(millis as u64)
}

fn since_1970(time: SystemTime) -> u64 {
    let millis = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    u64::try_from(millis).unwrap_or_default()
}

#[cfg(test)]
mod tests;
