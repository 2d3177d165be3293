//! The layer that has a second backend, the candidate, answer what the first one answers, and
//! compares: how would it have served this program?
//!
//! The client gets the primary's answer, and waits for nothing else. What came in and what was
//! answered is noted (`inbox`); all the rest happens on another runtime. There the `conductor`
//! asks the candidate the same. Calls that have to do with each other (`lanes`) go to it in the
//! order in which the primary answered, others side by side. Every call goes there, also those
//! that the primary refused, so tables and items are the same in both.
//!
//! A difference is one only where the candidate could have given the same answer. Where calls
//! that have to do with each other overlapped, the primary's order is not known (`overlap`); and
//! after a write that the candidate was not asked, for it is too slow, or that it answered
//! otherwise, its state is another (`taint`). Answers that differ for that are not measured, and
//! told together with their root.

mod conductor;
mod inbox;
mod judge;
mod lanes;
mod overlap;
mod taint;

use std::{fmt, sync::Arc, time::Duration};

use tokio::{runtime::Handle, task::AbortHandle};

use self::{conductor::Conductor, inbox::Inbox};
use super::{Backend, BackendError, BoxFuture, to_its_end::ToItsEnd};
use crate::{
    cassette::{Answer, Interaction, IoFailure},
    clock::Clock,
    diff::{Comparison, Outcome},
    wire::{Request, Response},
};

/// A primary that is shadowed by a candidate.
#[derive(Debug)]
pub struct Shadow<P> {
    primary: Arc<P>,
    inbox: Arc<Inbox>,
    conducting: AbortHandle,
}

/// How a candidate is asked.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What may wait for it.
    pub bounds: Bounds,
    /// How many calls it is asked at once.
    pub at_once: usize,
    /// How long it may take for an answer.
    pub patience: Duration,
    /// For how long after a write the primary's reads may not see it, if they are not consistent.
    pub lag: Duration,
}

/// How much is kept in memory. What is more is not asked, and counted.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Calls.
    pub calls: usize,
    /// Bytes of their requests and answers.
    pub bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bounds: Bounds { calls: 10_000, bytes: 64 * 1024 * 1024 },
            at_once: 16,
            patience: Duration::from_secs(10),
            lag: Duration::ZERO,
        }
    }
}

/// Is told what became of each call, one after the other.
pub trait Sink: fmt::Debug + Send + Sync {
    /// One call was compared, or could not be.
    fn observed(&self, observed: Observed<'_>);

    /// So many calls came when there was no room even for noting what they were.
    fn unseen(&self, calls: usize);
}

/// What became of one call.
#[derive(Clone, Debug)]
pub struct Observed<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// Its place in the order of what the primary was asked and answered.
    pub number: u64,
    /// The verdict.
    pub outcome: Outcome,
    /// What was compared, and what differed.
    pub comparison: Comparison,
    /// Why it was not measured, if it was not.
    pub unmeasured: Option<Unmeasured>,
}

impl Observed<'_> {
    /// A name for the call: `operation/table/key/number`.
    #[must_use]
    pub fn id(&self) -> String {
        id(self.request, self.number)
    }
}

fn id(request: &Request, number: u64) -> String {
    let answer = Answer::Io(IoFailure::Reset);
    let asked = Interaction::new(request.target.clone(), request.body().clone(), answer);
    format!("{}/{number}", asked.id_prefix())
}

/// Why a call was not measured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmeasured {
    /// There was no room for it.
    #[error("the candidate was not asked: it is too slow, and no more may wait for it")]
    Dropped,
    /// It did not answer.
    #[error("the candidate did not answer: {0}")]
    NoAnswer(String),
    /// Nor did the primary.
    #[error("the primary did not answer")]
    PrimarySilent,
    /// The primary did nothing, for what else it had to do.
    #[error("the primary asked to come again ({0})")]
    PrimaryBusy(String),
    /// The candidate did nothing, for what else it had to do.
    #[error("the candidate asked to come again ({0})")]
    CandidateBusy(String),
    /// The states differ already.
    #[error("it follows {0}")]
    Follows(Arc<str>),
    /// Nobody knows what the primary did first.
    #[error("at the same time something was written that it looks at")]
    Overlap,
    /// A page of a scan.
    #[error("which items a page of a scan has follows from an order that is nobody's promise")]
    Page,
    /// The candidate was never told of the table.
    #[error("table {0} was there before")]
    NotGiven(String),
    /// It is about something that the primary gave a name to.
    #[error("its {0} was made up by the primary, and says nothing to the candidate")]
    Minted(&'static str),
}

impl<P: Backend + 'static> Shadow<P> {
    /// Shadows `primary`. All that the clients do not wait for happens on `runtime`, which should
    /// be another one than theirs: there, they would wait for it.
    pub fn start(
        primary: P,
        candidate: Arc<dyn Backend>,
        sink: Arc<dyn Sink>,
        settings: Settings,
        clock: Arc<dyn Clock>,
        runtime: &Handle,
    ) -> Self {
        let inbox = Arc::new(Inbox::new(settings.bounds));
        let conductor = Conductor::new(Arc::clone(&inbox), candidate, sink, settings, clock);
        let conducting = runtime.spawn(conductor.conduct()).abort_handle();
        Self { primary: Arc::new(primary), inbox, conducting }
    }

    /// A way to wait for the candidate.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress(Arc::clone(&self.inbox))
    }
}

/// How far behind the candidate is.
#[derive(Clone, Debug)]
pub struct Progress(Arc<Inbox>);

impl Progress {
    /// Waits until the candidate has caught up, but no longer than this; gives how many calls it
    /// was not asked, or has not answered.
    pub async fn settled(&self, patience: Duration) -> usize {
        let mut outstanding = self.0.outstanding.subscribe();
        // Whether it was in time is told by the number that is left.
        let _ = tokio::time::timeout(patience, outstanding.wait_for(|count| *count == 0)).await;
        *self.0.outstanding.borrow()
    }
}

impl<P> Drop for Shadow<P> {
    fn drop(&mut self) {
        self.conducting.abort();
    }
}

impl<P: Backend + 'static> Backend for Shadow<P> {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        let ticket = self.inbox.begin(&request);
        let primary = Arc::clone(&self.primary);
        Box::pin(ToItsEnd::new(async move {
            let result = primary.call(request).await;
            ticket.end(&result);
            result
        }))
    }
}
