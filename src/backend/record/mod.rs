//! The layer that records: it lets every request through and keeps what was asked and answered.
//!
//! While a client waits, keeping is one push to a list in memory: no disk, no parsing. An
//! interaction is on the list before its answer goes to the client, so what a client saw answered
//! is recorded; what a client gave up waiting for is waited for in [`Recording::settled`].
//! Everything slow (redaction, folding, comparing with the old file) happens in
//! [`Recording::finish`].

mod durations;
mod finish;
mod headers;
mod on_its_way;
mod order;
mod rename;
mod setup;
mod sticky;
mod unasked;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

pub use finish::{Finished, Since};

use self::{
    headers::KeptHeaders,
    on_its_way::{OnItsWay, Travelling},
};

use super::{
    Backend, BackendError, BoxFuture, UpstreamErrorKind, to_its_end::ToItsEnd,
    upstream::region_of_dynamodb,
};
use crate::{
    cassette::IoFailure,
    wire::{INVOCATION_ID, Request, Response, Target, sigv4::region_of},
};

/// The recording layer around a backend.
#[derive(Debug)]
pub struct Record<B> {
    inner: Arc<B>,
    recording: Recording,
}

impl<B> Record<B> {
    /// Records what `inner` is asked and answers into `recording`.
    pub fn new(inner: B, recording: Recording) -> Self {
        Self { inner: Arc::new(inner), recording }
    }
}

impl<B: Backend + 'static> Backend for Record<B> {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        // The place in the tape is taken when the request comes in: answers overtake each other.
        let order = self.recording.order.fetch_add(1, Ordering::Relaxed);
        let asked = Instant::now();
        let kept = Kept {
            order,
            target: request.target.clone(),
            body: Bytes::copy_from_slice(request.body()),
            invocation: request.header(&INVOCATION_ID).map(str::to_owned),
            region: region_asked(&request),
            signed_for: region_of(&request),
            answer: KeptAnswer::Failed(IoFailure::Reset),
            asked,
            took: Duration::ZERO,
        };
        let (inner, recording) = (Arc::clone(&self.inner), self.recording.clone());
        let on_its_way = OnItsWay::one_more(&recording.on_its_way);
        Box::pin(ToItsEnd::new(async move {
            let _until_kept = on_its_way;
            let result = inner.call(request).await;
            if let Some(answer) = KeptAnswer::of(&result) {
                recording.keep(Kept { answer, took: asked.elapsed(), ..kept });
            }
            result
        }))
    }
}

/// What was recorded so far. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    kept: Arc<Mutex<Pieces>>,
    order: Arc<AtomicU64>,
    on_its_way: Arc<Travelling>,
}

impl Recording {
    /// An empty recording.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many interactions are on the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list().len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until every request that was let through is on the list, but no longer than this;
    /// gives how many are not.
    pub async fn settled(&self, patience: Duration) -> usize {
        // Whether it was in time is told by the number that is left.
        let _ = tokio::time::timeout(patience, self.on_its_way.none()).await;
        self.on_its_way.count()
    }

    fn keep(&self, kept: Kept) {
        self.list().push(kept);
    }

    fn take(&self) -> Vec<Kept> {
        let mut kept =
            std::mem::take(&mut *self.list()).0.into_iter().flatten().collect::<Vec<_>>();
        kept.sort_by_key(|kept| kept.order);
        kept
    }

    fn list(&self) -> MutexGuard<'_, Pieces> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The list. In one piece it would be copied as it grows, for longer each time, while clients wait.
#[derive(Debug, Default)]
struct Pieces(Vec<Vec<Kept>>);

impl Pieces {
    /// How many are in one piece.
    const LENGTH: usize = 1024;

    fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    fn push(&mut self, kept: Kept) {
        match self.0.last_mut() {
            Some(piece) if piece.len() < Self::LENGTH => piece.push(kept),
            _ => {
                let mut piece = Vec::with_capacity(Self::LENGTH);
                piece.push(kept);
                self.0.push(piece);
            }
        }
    }
}

/// Nothing in it is a slice of what a connection has read: a message of some hundred bytes would
/// hold on to a whole buffer for as long as the recording lasts.
#[derive(Debug)]
struct Kept {
    order: u64,
    target: Target,
    body: Bytes,
    /// The SDK's id of the call: its attempts share it.
    invocation: Option<String>,
    /// Of the host of DynamoDB that the client asked, where it did not ask an endpoint of ours.
    region: Option<String>,
    /// The region that its signature is for.
    signed_for: Option<String>,
    answer: KeptAnswer,
    asked: Instant,
    took: Duration,
}

fn region_asked(request: &Request) -> Option<String> {
    let host = request.header(&http::header::HOST)?;
    // What stands before the first colon of an IPv6 address is nobody's name.
    region_of_dynamodb(host.split(':').next()?)
}

#[derive(Debug)]
enum KeptAnswer {
    Answered(http::StatusCode, KeptHeaders, Bytes),
    Failed(IoFailure),
}

impl KeptAnswer {
    fn of(result: &Result<Response, BackendError>) -> Option<Self> {
        match result {
            Ok(answer) => {
                let body = Bytes::copy_from_slice(&answer.body);
                Some(Self::Answered(answer.status, KeptHeaders::of(&answer.headers), body))
            }
            Err(BackendError::Upstream(error)) => match error.kind {
                UpstreamErrorKind::Connect => Some(Self::Failed(IoFailure::Connect)),
                UpstreamErrorKind::Timeout => Some(Self::Failed(IoFailure::Timeout)),
                UpstreamErrorKind::Reset => Some(Self::Failed(IoFailure::Reset)),
                // Nothing was asked of anybody.
                UpstreamErrorKind::Credentials => None,
            },
            Err(
                BackendError::Miss { .. }
                | BackendError::UnknownSession { .. }
                | BackendError::Fenced(_)
                | BackendError::Internal { .. },
            ) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;
    use crate::wire::Operation;

    #[derive(Debug)]
    struct Answers(Response);

    impl Backend for Answers {
        fn call(&self, _: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
            Box::pin(std::future::ready(Ok(self.0.clone())))
        }
    }

    /// Answers when it is let.
    #[derive(Debug)]
    struct Slow(Arc<Semaphore>);

    impl Backend for Slow {
        fn call(&self, _: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
            Box::pin(async {
                let _let = self.0.acquire().await;
                Ok(Response::ok("{}"))
            })
        }
    }

    #[tokio::test]
    async fn what_a_client_gave_up_waiting_for_is_recorded() {
        let (recording, go) = (Recording::new(), Arc::new(Semaphore::new(0)));
        let record = Record::new(Slow(Arc::clone(&go)), recording.clone());
        drop(record.call(Request::of(Operation::PutItem, "{}")));
        assert_eq!(recording.settled(Duration::from_millis(1)).await, 1);
        go.add_permits(1);
        assert_eq!(recording.settled(Duration::from_secs(60)).await, 0);
        assert_eq!(recording.len(), 1);
    }

    #[tokio::test]
    async fn what_is_kept_is_no_slice_of_a_connections_buffer() {
        let buffer = Bytes::from_static(b"{\"Item\":{}} Server");
        let mut answer = Response::ok(buffer.slice(..11));
        let server = http::HeaderValue::from_maybe_shared(buffer.slice(12..)).expect("text");
        answer.headers.insert("server", server);
        answer.headers.insert("x-amz-crc32", 1.into());
        let recording = Recording::new();
        let record = Record::new(Answers(answer), recording.clone());
        let request = Request::of(Operation::GetItem, buffer.slice(8..10));
        record.call(request).await.expect("an answer");

        let kept = recording.take();
        let KeptAnswer::Answered(_, headers, body) = &kept[0].answer else { panic!("{kept:?}") };
        let headers = headers.map();
        assert_eq!((&kept[0].body[..], &body[..]), (&b"{}"[..], &buffer[..11]));
        assert_eq!(headers.len(), 2, "{headers:?}");
        let inside = buffer.as_ptr_range();
        for bytes in [&kept[0].body[..], &body[..], headers["server"].as_bytes()] {
            assert!(!inside.contains(&bytes.as_ptr()), "{bytes:?}");
        }
    }
}
