//! What somebody else answers during a replay (see [`crate::backend::fallback`]), and what he must
//! know for that.
//!
//! All of it is kept under the session's lock: a write is either served from the tape and noted
//! here, or its tables are the tape's no longer. Nothing falls between.

use std::{collections::BTreeSet, sync::PoisonError};

use bytes::Bytes;

use super::{MissRecord, Replay, as_live, nearest, session};
use crate::{
    backend::BackendError,
    cassette::tables_named,
    wire::{Request, name_and_region},
};

/// Whose state is whose.
#[derive(Clone, Debug, Default)]
pub(super) struct Elsewhere {
    /// What is the tape's no longer.
    lost: Reach,
    /// Writes served from the tape, as they were asked, that nobody has taken yet. `None` where
    /// nobody ever will.
    writes: Option<Vec<Request>>,
    /// How many misses were answered elsewhere.
    pub(super) answered: u64,
    /// The first of them, in one line each.
    pub(super) asked: Vec<String>,
}

/// What requests reach. By table, in whatever region (it may have replicas), and so larger than it had to be: which items a write touches that
/// is not in the tape, in which indexes too, depends on keys that the tape may not tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    tables: BTreeSet<String>,
    everything: bool,
}

impl Reach {
    /// Whether a request may look into it. One that names no table (a list, an ARN)
    /// may look at any.
    pub(crate) fn covers(&self, request: &Request) -> bool {
        if self.everything || self.tables.is_empty() {
            return self.everything;
        }
        let tables = tables_named(request).unwrap_or_default();
        let mut names = tables.iter().map(|table| name_and_region(table).0);
        tables.is_empty() || names.any(|table| self.tables.contains(table))
    }

    /// Adds all that a request may write to.
    pub(crate) fn add(&mut self, request: &Request) {
        let tables = tables_named(request).unwrap_or_default();
        self.everything |= tables.is_empty();
        self.tables.extend(tables.iter().map(|table| name_and_region(table).0.to_owned()));
    }
}

impl FromIterator<String> for Reach {
    fn from_iter<I: IntoIterator<Item = String>>(tables: I) -> Self {
        let tables = tables.into_iter().map(|table| name_and_region(&table).0.to_owned());
        Self { tables: tables.collect(), everything: false }
    }
}

impl Elsewhere {
    pub(super) fn covers(&self, request: &Request) -> bool {
        self.lost.covers(request)
    }

    /// Notes a write that was served.
    pub(super) fn note(&mut self, request: &Request) {
        if let Some(writes) = &mut self.writes {
            writes.push(request.clone());
        }
    }
}

impl session::Session {
    /// The miss of a request that the tape could answer only with what was before.
    pub(super) fn not_ours(&mut self, request: &Request) -> BackendError {
        let id = format!("miss-{}", self.missed + 1);
        let asked = nearest::asked(request);
        let report = format!(
            "dynatape replay miss: {asked}: a write that is not in the tape came before it."
        );
        self.missed(MissRecord { id: id.clone(), asked, report: report.clone() });
        BackendError::Miss { id, report }
    }
}

impl Replay {
    /// From now on the writes that are served are kept for [`Replay::writes_served`].
    pub(crate) fn keep_writes(&self) {
        self.locked().elsewhere.writes = Some(Vec::new());
    }

    /// The writes served since the last time, in that order, with the values of this session. What
    /// `loses` writes to is answered here no more; what had been lost before it comes as well.
    pub(crate) fn writes_served(&self, loses: Option<&Request>) -> (Vec<Request>, Reach) {
        let mut session = self.locked();
        let elsewhere = &mut session.elsewhere;
        let before = elsewhere.lost.clone();
        if let Some(request) = loses {
            elsewhere.lost.add(request);
        }
        (elsewhere.writes.as_mut().map(std::mem::take).unwrap_or_default(), before)
    }

    /// Nothing was written after all: no more is lost than was before.
    pub(crate) fn regain(&self, before: Reach) {
        self.locked().elsewhere.lost = before;
    }

    /// Says of a client's request in which of the tape's regions it asks.
    pub(crate) fn place(&self, request: &mut Request) {
        self.regions.place(request);
    }

    /// The tables that the tape's requests name.
    pub(crate) fn tables_named(&self) -> BTreeSet<String> {
        self.interactions.iter().flat_map(|one| one.to_request().tables()).collect()
    }

    /// The places of interactions that were never served and touch nothing of `asked`.
    pub(crate) fn never_served(&self, asked: &Reach) -> Vec<usize> {
        let session = self.locked();
        let never = |at: &usize| session.served[*at] == 0;
        let apart = |at: &usize| !asked.covers(&self.interactions[*at].to_request());
        (0..self.interactions.len()).filter(never).filter(apart).collect()
    }

    /// Whether the request looks at what is the tape's no longer.
    pub(crate) fn has_lost(&self, request: &Request) -> bool {
        self.locked().elsewhere.covers(request)
    }

    /// A recorded text with the values that this session's client knows.
    pub(crate) fn with_live_values(&self, body: &Bytes) -> Bytes {
        as_live(body, &self.locked())
    }

    /// A miss was answered elsewhere: it is none.
    pub(crate) fn answered_elsewhere(&self, id: &str, request: &Request, why: &str) {
        let mut session = self.locked();
        session.misses.retain(|miss| miss.id != id);
        session.elsewhere.answered += 1;
        if session.elsewhere.asked.len() < session::REPORTED {
            session.elsewhere.asked.push(format!("{}: {why}", nearest::asked(request)));
        }
    }

    /// A miss could not be answered elsewhere either: its report says why.
    pub(crate) fn stays_missed(&self, id: String, report: &str, why: &str) -> BackendError {
        let report = format!("{}\n  {why}", report.trim_end());
        let mut session = self.locked();
        if let Some(miss) = session.misses.iter_mut().find(|miss| miss.id == id) {
            miss.report.clone_from(&report);
        }
        BackendError::Miss { id, report }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, session::Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
