//! One request: from hyper to the backend, and the answer back to hyper.

use std::{
    any::Any,
    future::{Future as _, poll_fn},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use bytes::{Bytes, BytesMut};
use http::{Extensions, HeaderMap, HeaderValue, Version, header, request::Parts};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::sync::watch;

use super::{
    body::AnswerBody,
    door::{self, Route, Verdict},
    respond::{self, Dress},
    server::{Choosing, Config},
};
use crate::{
    backend::{Backend, BackendError},
    clock::Clock,
    wire::{
        Breakage, Request, Response,
        profile::{self, Dates, X_AMZ_CRC32},
    },
};

/// What the connections share that one thread serves. No thread has that of another: whatever a
/// request counts references of or locks, the processor would have to fetch from the other's
/// core, which takes longer than the rest of it.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: Config,
    /// What makes hyper spell header names as the service does.
    pub(super) casing: Extensions,
    /// What its answers are dated.
    pub(super) dates: Dates,
    /// Requests to the server so far.
    pub(super) count: Arc<AtomicU64>,
    /// True once the server is shutting down.
    pub(super) stopping: watch::Receiver<bool>,
}

/// Why a body was not read to its end.
enum Unread {
    TooLarge,
    TooSlow,
    Broken(hyper::Error),
}

impl Service {
    /// Answers one request. It fails only when the connection is to end without an answer:
    /// whatever else goes wrong has one.
    pub(super) async fn serve(
        &self,
        request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<AnswerBody>, io::Error> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let request_id = profile::request_id(self.config.seed.wrapping_add(number));
        let (head, body) = request.into_parts();
        let mut last = asks_to_close(&head);
        let mut content_type = door::content_type(&head.headers);
        let from_page = head.headers.contains_key(header::ORIGIN);
        let cross_origin = from_page && self.config.cross_origin;

        let mut bare = false;
        let mut response = match self.read(&head, body).await {
            Ok(_) if from_page && !cross_origin => respond::from_page(),
            Ok(body) => match door::look(&head, body.is_empty(), &self.config.sessions) {
                Verdict::Call => self.call(head, body).await,
                Verdict::Health => {
                    content_type = "text/plain";
                    door::health(&self.config.region)
                }
                Verdict::Preflight => door::preflight(&head.headers),
                Verdict::NotFound => {
                    bare = true;
                    door::not_found(&request_id)
                }
            },
            Err(unread) => {
                // The rest of the body may still be on its way, so nothing can follow.
                last = true;
                match unread {
                    Unread::TooLarge => respond::too_large(self.config.limits.body_bytes),
                    Unread::TooSlow => respond::too_slow(),
                    Unread::Broken(cause) => respond::broken(&cause),
                }
            }
        };
        let dress = Dress {
            content_type,
            request_id: &request_id,
            date: self.dates.at(self.clock.now()),
            bare,
            cross_origin,
            // Nobody has seen it change before.
            last: last || self.stopping.has_changed().unwrap_or(true),
        };
        respond::dress(&mut response, dress);
        let body = match response.broken {
            None => AnswerBody::whole(response.body),
            Some(Breakage::NoAnswer) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Breakage::CutShort) => AnswerBody::cut(&response.body),
            Some(Breakage::WrongChecksum) => {
                let wrong = profile::crc32(&response.body) ^ 1;
                response.headers.insert(X_AMZ_CRC32, wrong.into());
                AnswerBody::whole(response.body)
            }
        };
        let mut answer = hyper::Response::new(body);
        *answer.status_mut() = response.status;
        *answer.headers_mut() = response.headers;
        *answer.extensions_mut() = self.casing.clone();
        Ok(answer)
    }

    /// Asks the backend. If it panics the client still gets an answer, and the other requests
    /// on the connection go on.
    async fn call(&self, head: Parts, body: Bytes) -> Response {
        let mut request = Request::new(head.headers, body);
        request.query = head.uri.query().map(Into::into);
        if let Route::Session(id) = door::route(head.uri.path(), &self.config.sessions) {
            request.session.path = Some(id.into());
        }
        if let Choosing::OrElse(id) = &self.config.sessions {
            request.session.listener = Some(Arc::clone(id));
        }
        if let Some(secrets) = &self.config.secrets {
            secrets.add_from(&request);
        }
        let mut answer = pin!(async { self.backend.call(request).await });
        let answer = poll_fn(|context| {
            match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
                Ok(poll) => poll,
                Err(panic) => Err(BackendError::Internal {
                    doing: "the backend panicked",
                    cause: panic_text(&*panic).into(),
                })
                .into(),
            }
        });
        answer.await.unwrap_or_else(|error| respond::refusal(&error))
    }

    /// Reads a whole body, within the limits.
    async fn read(&self, head: &Parts, mut body: Incoming) -> Result<Bytes, Unread> {
        let limits = &self.config.limits;
        let announced = body.size_hint().exact();
        if announced == Some(0) {
            return Ok(Bytes::new());
        }
        let too_large = announced.is_some_and(|length| length > limits.body_bytes as u64);
        // Who waits for our `100 Continue` is told before sending anything.
        if too_large && head.headers.contains_key(header::EXPECT) {
            return Err(Unread::TooLarge);
        }
        let whole = async {
            let mut collected = Collected::default();
            let mut length = 0;
            while let Some(frame) = body.frame().await {
                let Ok(data) = frame.map_err(Unread::Broken)?.into_data() else { continue };
                length += data.len();
                if too_large || length > limits.body_bytes {
                    // Answered while the client still sends, the answer would be lost in a reset
                    // connection. So some more is read, and thrown away.
                    collected = Collected::default();
                    if length > limits.body_bytes.saturating_mul(4) {
                        break;
                    }
                } else {
                    collected.push(data);
                }
            }
            if too_large || length > limits.body_bytes {
                return Err(Unread::TooLarge);
            }
            Ok(collected.into_bytes())
        };
        let mut whole = pin!(whole);
        // Most came with their heads, and need no time to be kept.
        let at_once = poll_fn(|context| Poll::Ready(whole.as_mut().poll(context)));
        if let Poll::Ready(body) = at_once.await {
            return body;
        }
        match tokio::time::timeout(limits.body_time, whole).await {
            Ok(body) => body,
            Err(_) if too_large => Err(Unread::TooLarge),
            Err(_) => Err(Unread::TooSlow),
        }
    }
}

/// Pieces of a body. A body of one piece, which most are, is not copied.
#[derive(Default)]
struct Collected {
    first: Bytes,
    more: BytesMut,
}

impl Collected {
    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() && self.more.is_empty() {
            self.first = piece;
            return;
        }
        if self.more.is_empty() {
            self.more.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.more.extend_from_slice(&piece);
    }

    fn into_bytes(self) -> Bytes {
        if self.more.is_empty() { self.first } else { self.more.freeze() }
    }
}

/// Whether the client wants the connection closed after this request.
fn asks_to_close(head: &Parts) -> bool {
    match head.version {
        Version::HTTP_11 => has_token(&head.headers, "close"),
        _ => !has_token(&head.headers, "keep-alive"),
    }
}

fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let values = headers.get_all(header::CONNECTION).iter().map(HeaderValue::to_str);
    let mut tokens = values.flatten().flat_map(|value| value.split(','));
    tokens.any(|found| found.trim().eq_ignore_ascii_case(token))
}

/// What `panic!` was given, if it was text.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
