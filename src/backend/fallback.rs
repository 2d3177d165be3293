//! The layer that has a second backend answer what a tape does not.
//!
//! The second one starts empty. At the first miss it is brought to where the recording is: the
//! tables and items that the tape takes for granted are made, and the writes served so far are
//! done again in the order served. Later ones follow with each later miss.
//!
//! What it is made to write is in no tape, so no answer of the tape to whoever looks there can be
//! relied upon any more: from then on such requests are all its own, recorded or not. What it only
//! reads changes nothing. A request about which it cannot know stays a miss that says why.

use std::{collections::BTreeSet, sync::Arc};

use http::{HeaderName, HeaderValue};
use tokio::sync::Mutex;

use super::{
    Backend, BackendError, BoxFuture,
    replay::{Reach, Replay, reads},
};
use crate::wire::{Request, Response};

/// Marks an answer that was neither recorded nor given by the service, and says why.
pub const X_DYNATAPE_SYNTHESISED: HeaderName = HeaderName::from_static("x-dynatape-synthesised");

/// A replay, and who answers its misses.
#[derive(Debug)]
pub struct Fallback {
    replay: Arc<Replay>,
    second: Arc<dyn Backend>,
    /// The tables that the tape names.
    named: BTreeSet<String>,
    /// Held while the second is asked: what it is told has one order.
    progress: Mutex<Progress>,
}

/// How far the second backend has been brought.
#[derive(Debug)]
struct Progress {
    /// What makes the state that the tape begins with, until that is done.
    granted: Vec<Request>,
    /// Where its state is not the recording's.
    unlike: Reach,
}

impl Fallback {
    /// `second`, which is empty, answers what `replay` misses. `granted` makes what the tape takes
    /// for granted; of the tables in `unknown` not enough is recorded to make them.
    pub fn new(
        replay: Arc<Replay>,
        second: Arc<dyn Backend>,
        granted: Vec<Request>,
        unknown: Vec<String>,
    ) -> Self {
        replay.keep_writes();
        let unlike = unknown.into_iter().collect();
        let named = replay.tables_named();
        Self { replay, second, named, progress: Mutex::new(Progress { granted, unlike }) }
    }

    /// Answers a request that the replay missed.
    async fn instead(
        &self,
        request: Request,
        id: String,
        report: &str,
    ) -> Result<Response, BackendError> {
        let mut progress = self.progress.lock().await;
        let is_its_own = self.replay.has_lost(&request);
        let why = if is_its_own {
            "an emulated write came before it"
        } else {
            "nothing recorded answers it"
        };
        let is_write = !reads(&request);
        // Before it is done, so that no answer of the tape can follow it.
        let (writes, before) = self.replay.writes_served(is_write.then_some(&request));
        self.catch_up(&mut progress, writes).await?;
        let answer = if progress.unlike.covers(&request) {
            Err("the tape does not tell enough of its tables to bring the emulator to their state")
        } else {
            let response = self.second.call(request.clone()).await?;
            match response.error_type().as_deref() {
                Some("UnknownOperationException") => {
                    Err("the emulator does not serve this operation")
                }
                // It knows of no other tables than the tape does: there may be more.
                Some("ResourceNotFoundException") if !is_its_own && !self.names(&request) => {
                    Err("the tape tells nothing of its table")
                }
                _ => Ok(response),
            }
        };
        // What is refused changes nothing.
        let wrote = is_write && answer.as_ref().is_ok_and(|answer| answer.status.is_success());
        if !wrote {
            self.replay.regain(before);
        }
        match answer {
            Ok(mut response) => {
                self.replay.answered_elsewhere(&id, &request, why);
                let value = HeaderValue::from_static(why);
                response.headers.insert(X_DYNATAPE_SYNTHESISED, value);
                Ok(response)
            }
            Err(why) => Err(self.replay.stays_missed(id, report, why)),
        }
    }

    /// Whether the tape tells of every table that the request is about.
    fn names(&self, request: &Request) -> bool {
        let tables = request.tables();
        !tables.is_empty() && tables.iter().all(|table| self.named.contains(table))
    }

    /// Brings the second backend to where the recording is.
    async fn catch_up(
        &self,
        progress: &mut Progress,
        writes: Vec<Request>,
    ) -> Result<(), BackendError> {
        let granted = std::mem::take(&mut progress.granted).into_iter().map(|request| {
            let body = self.replay.with_live_values(request.body());
            request.with_body(body)
        });
        for request in granted.chain(writes) {
            // All of them succeeded once. Where one does not, something was there that the tape
            // does not tell.
            if !self.second.call(request.clone()).await?.status.is_success() {
                progress.unlike.add(&request);
            }
        }
        Ok(())
    }
}

impl Backend for Fallback {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        Box::pin(async move {
            match self.replay.call(request.clone()).await {
                Err(BackendError::Miss { id, report }) => self.instead(request, id, &report).await,
                answer => answer,
            }
        })
    }
}
