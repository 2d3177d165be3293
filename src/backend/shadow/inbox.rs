//! What the clients' side tells the candidate's: two notes a call. Taking them is all that is done
//! while a client waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::Bounds;
use crate::{
    backend::{BackendError, UpstreamErrorKind},
    wire::{Request, Response},
};

/// However few calls may wait for the candidate: these are on their way to being looked at.
const FEWEST_NOTES: usize = 1_000;

/// What happened between the clients and the primary, in its order.
#[derive(Debug)]
pub(super) enum Event {
    /// A request is on its way to the primary. Its number is its place in the order.
    Began { call: u64, request: Box<Request> },
    /// The primary is done with it, at this place in the order.
    Ended { call: u64, at: u64, answer: Answer },
}

/// What the primary said.
#[derive(Debug)]
pub(super) enum Answer {
    Given(Box<Response>),
    /// Nothing, and whether the call may have been carried out all the same.
    None {
        may_have_happened: bool,
    },
    /// It is not kept: there was no room.
    NotKept,
}

impl Answer {
    fn of(result: &Result<Response, BackendError>) -> Self {
        match result {
            Ok(response) => Self::Given(Box::new(response.clone())),
            Err(BackendError::Upstream(error)) => {
                let asked = !matches!(
                    error.kind,
                    UpstreamErrorKind::Connect | UpstreamErrorKind::Credentials
                );
                Self::None { may_have_happened: asked }
            }
            Err(_) => Self::None { may_have_happened: true },
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Given(response) => response.body.len(),
            Self::None { .. } | Self::NotKept => 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Inbox {
    notes: Mutex<Notes>,
    pub(super) news: Notify,
    /// Calls that the sink was not told of yet.
    pub(super) outstanding: watch::Sender<usize>,
    bounds: Bounds,
}

#[derive(Debug, Default)]
struct Notes {
    next: u64,
    events: Vec<Event>,
    bytes: usize,
    unseen: Option<Unseen>,
}

/// Calls of which nothing was kept, as there was no room for more notes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unseen {
    pub(super) count: usize,
    /// The place of the first.
    pub(super) since: u64,
}

impl Inbox {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            notes: Mutex::default(),
            news: Notify::new(),
            outstanding: watch::Sender::new(0),
            bounds,
        }
    }

    /// Notes that a request came. The ticket is for noting how it was answered.
    pub(super) fn begin(self: &Arc<Self>, request: &Request) -> Ticket {
        let mut notes = self.notes();
        let call = notes.next;
        notes.next += 1;
        let bytes = request.body().len();
        let has_room = notes.events.len() < self.bounds.calls.max(FEWEST_NOTES)
            && (notes.bytes + bytes <= self.bounds.bytes || notes.events.is_empty());
        if has_room {
            notes.bytes += bytes;
            notes.events.push(Event::Began { call, request: Box::new(request.clone()) });
            drop(notes);
            self.outstanding.send_modify(|count| *count += 1);
        } else {
            let unseen = notes.unseen.get_or_insert(Unseen { count: 0, since: call });
            unseen.count += 1;
            drop(notes);
        }
        self.news.notify_one();
        Ticket { inbox: Arc::clone(self), call: has_room.then_some(call) }
    }

    fn end(&self, call: u64, mut answer: Answer) {
        let mut notes = self.notes();
        let at = notes.next;
        notes.next += 1;
        let bytes = answer.bytes();
        if notes.bytes + bytes > self.bounds.bytes && bytes > 0 && !notes.events.is_empty() {
            answer = Answer::NotKept;
        } else {
            notes.bytes += bytes;
        }
        notes.events.push(Event::Ended { call, at, answer });
        drop(notes);
        self.news.notify_one();
    }

    /// All that was noted since this was asked last.
    pub(super) fn take(&self) -> (Vec<Event>, Option<Unseen>) {
        let mut notes = self.notes();
        notes.bytes = 0;
        (std::mem::take(&mut notes.events), notes.unseen.take())
    }

    /// A call is done with.
    pub(super) fn done(&self) {
        self.outstanding.send_modify(|count| *count = count.saturating_sub(1));
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call on its way to the primary.
#[derive(Debug)]
pub(super) struct Ticket {
    inbox: Arc<Inbox>,
    /// Its number, until its end was noted; none if there was no room for it.
    call: Option<u64>,
}

impl Ticket {
    pub(super) fn end(mut self, result: &Result<Response, BackendError>) {
        if let Some(call) = self.call.take() {
            self.inbox.end(call, Answer::of(result));
        }
    }
}

impl Drop for Ticket {
    /// A primary that panicked has an end, too.
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            self.inbox.end(call, Answer::None { may_have_happened: true });
        }
    }
}
