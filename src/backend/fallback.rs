//! The layer that has a second backend answer what a tape does not.
//!
//! The second one starts empty. At the first miss it is brought to where the recording is: the
//! tables and items that the tape takes for granted are made, and the writes served so far are
//! done again in the order served. Later ones follow with each later miss.
//!
//! What it is made to write is in no tape, so no answer of the tape to whoever looks there can be
//! relied upon any more: from then on such requests are all its own, recorded or not. What it only
//! reads changes nothing. A request about which it cannot know stays a miss that says why.
//!
//! The second one is the emulator, or, where a tape is to become longer, the upstream of the
//! recording. That one has what the tape takes for granted, and what it is made to make it is told
//! to delete in the end.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use http::{HeaderName, HeaderValue};
use tokio::sync::Mutex;

use super::{
    Backend, BackendError, BoxFuture,
    active::{Active, until_active},
    replay::{Reach, Replay, reads},
};
use crate::wire::{Operation, Request, Response, name_and_region, named_in, sigv4::region_of};

/// Marks an answer that was neither recorded nor given by the service, and says why.
pub const X_DYNATAPE_SYNTHESISED: HeaderName = HeaderName::from_static("x-dynatape-synthesised");

/// A replay, and who answers its misses.
#[derive(Debug)]
pub struct Fallback {
    replay: Arc<Replay>,
    second: Arc<dyn Backend>,
    who: Who,
    /// The tables that the tape names.
    named: BTreeSet<String>,
    /// The region that the client calls the tape's own.
    own: OnceLock<String>,
    /// Held while the second is asked: what it is told has one order.
    progress: Mutex<Progress>,
}

/// What the second backend is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Emulator,
    Upstream,
}

impl Who {
    /// Why a request is answered that the tape can no longer answer.
    fn after_a_write(self) -> &'static str {
        match self {
            Self::Emulator => "an emulated write came before it",
            Self::Upstream => "a write that is not in the tape came before it",
        }
    }

    /// Why it cannot answer, where its state is not the recording's.
    fn unlike(self) -> &'static str {
        match self {
            Self::Emulator => {
                "not emulated: the tape does not tell enough of its tables to bring the emulator \
                 to their state"
            }
            Self::Upstream => {
                "not asked: a write of the tape, done again at the upstream, was refused, so its \
                 state is another than the recording's"
            }
        }
    }
}

/// How far the second backend has been brought.
#[derive(Debug)]
struct Progress {
    /// What makes the state that the tape begins with, until that is done.
    granted: Vec<Request>,
    /// Where its state is not the recording's.
    unlike: Reach,
    /// Whether it was brought anywhere at all.
    begun: bool,
    /// What it was asked about.
    asked: Reach,
}

impl Fallback {
    /// An emulator, which is empty, answers what `replay` misses, and its answers are marked.
    /// `granted` makes what the tape takes for granted; of the tables in `unknown` not enough is
    /// recorded to make them.
    pub fn emulated(
        replay: Arc<Replay>,
        emulator: Arc<dyn Backend>,
        granted: Vec<Request>,
        unknown: Vec<String>,
    ) -> Self {
        let unlike = unknown.into_iter().collect();
        Self::with(replay, emulator, Who::Emulator, granted, unlike)
    }

    /// `upstream`, which has what the tape takes for granted, answers what `replay` misses.
    pub fn upstream(replay: Arc<Replay>, upstream: Arc<dyn Backend>) -> Self {
        Self::with(replay, upstream, Who::Upstream, Vec::new(), Reach::default())
    }

    fn with(
        replay: Arc<Replay>,
        second: Arc<dyn Backend>,
        who: Who,
        granted: Vec<Request>,
        unlike: Reach,
    ) -> Self {
        replay.keep_writes();
        let named = replay.tables_named();
        let (begun, asked) = (false, Reach::default());
        let progress = Mutex::new(Progress { granted, unlike, begun, asked });
        Self { replay, second, who, named, own: OnceLock::new(), progress }
    }

    /// Ends the session: does at the second backend what the tape was asked to do since, such as
    /// deleting the tables that it made, if anything was done there before.
    ///
    /// # Errors
    ///
    /// When it gives no answer.
    pub async fn finish(&self) -> Result<(), BackendError> {
        let mut progress = self.progress.lock().await;
        if progress.begun {
            let (writes, _) = self.replay.writes_served(None);
            self.catch_up(&mut progress, writes).await?;
        }
        Ok(())
    }

    /// The interactions of the tape that nobody asked for and that have nothing to do with what the
    /// second backend was asked, by their places in the tape.
    pub async fn left(&self) -> Vec<usize> {
        let progress = self.progress.lock().await;
        self.replay.never_served(&progress.asked)
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
        let why = if is_its_own { self.who.after_a_write() } else { "nothing recorded answers it" };
        let is_write = !reads(&request);
        // Before it is done, so that no answer of the tape can follow it.
        let (writes, before) = self.replay.writes_served(is_write.then_some(&request));
        self.catch_up(&mut progress, writes).await?;
        let answer = if progress.unlike.covers(&request) {
            Err(self.who.unlike())
        } else {
            progress.asked.add(&request);
            let response = self.second.call(request.clone()).await?;
            let error = response.error_type().filter(|_| self.who == Who::Emulator);
            match error.as_deref() {
                Some("UnknownOperationException") => {
                    Err("not emulated: the emulator does not serve this operation")
                }
                // It knows of no other tables than the tape does: there may be more.
                Some("ResourceNotFoundException") if !is_its_own && !self.names(&request) => {
                    Err("not emulated: the tape tells nothing of its table")
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
                if self.who == Who::Emulator {
                    let value = HeaderValue::from_static(why);
                    response.headers.insert(X_DYNATAPE_SYNTHESISED, value);
                }
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
        progress.begun = true;
        let granted = std::mem::take(&mut progress.granted).into_iter().map(|request| {
            let body = self.replay.with_live_values(request.body());
            let request = request.with_body(body);
            // There tables are as far apart as on AWS.
            match self.own.get().filter(|_| request.region.is_none()) {
                Some(own) => request.signed_for(own),
                None => request,
            }
        });
        for request in granted.chain(writes) {
            // All of them succeeded once. Where one does not, something was there that the tape
            // does not tell.
            if !self.done(&request).await? {
                progress.unlike.add(&request);
            }
        }
        Ok(())
    }
}

impl Fallback {
    /// Does at the second backend what succeeded once, and says whether it does again. What follows
    /// the making of a table needs it to be there.
    async fn done(&self, request: &Request) -> Result<bool, BackendError> {
        let done = self.second.call(request.clone()).await?.status.is_success();
        let makes = request.target.operation() == Some(Operation::CreateTable);
        let table = request.table().filter(|_| done && makes);
        let table =
            table.map(|table| named_in(region_of(request).as_deref(), name_and_region(&table).0));
        match table {
            Some(table) => Ok(until_active(&*self.second, &table).await? == Active::Yes),
            None => Ok(done),
        }
    }
}

impl Backend for Fallback {
    fn call(&self, mut request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        self.replay.place(&mut request);
        if self.own.get().is_none()
            && request.region.is_none()
            && let Some(own) = region_of(&request)
        {
            // Of two at once either will do.
            let _ = self.own.set(own);
        }
        Box::pin(async move {
            match self.replay.call(request.clone()).await {
                Err(BackendError::Miss { id, report }) => self.instead(request, id, &report).await,
                answer => answer,
            }
        })
    }
}
