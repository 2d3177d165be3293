//! The control API: HTTP and JSON on a port of its own, by which programs start and stop sessions.
//!
//! `routes` is the table of what can be asked, `read` and `write` are the JSON of it, `hub` knows
//! the sessions, `states` what they were, `director` is what is asked of whoever can make them. Whoever may speak to it may have files read and written, so it
//! listens on loopback and refuses web pages.

mod director;
mod hub;
mod read;
mod routes;
mod states;
mod write;

use std::{convert::Infallible, io, net::Ipv4Addr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header, uri::Authority};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use self::hub::{Hub, OWN};
pub use self::{
    director::{
        Director, Insights, Kept, Opened, Recorded, Refused, Replaying, Status, Take, Variables,
        Wanted,
    },
    hub::Front,
    states::{State, States},
};
use crate::{backend::sessions::Sessions, wire::json::Writer};

/// The longest body of a request.
const BODY_BYTES: usize = 1 << 20;

/// How long a client may take for a whole request.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the end waits for requests under way: a recording that stops waits itself.
const DRAIN: Duration = Duration::from_secs(15);

/// A control API that is being served.
#[derive(Debug)]
pub struct Control {
    url: String,
    hub: Arc<Hub>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Control {
    /// Serves the API on a loopback port (0: a free one) for the sessions of a server. `own` is
    /// the session that the server itself is, to which what chooses no other belongs.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub async fn start(
        port: u16,
        sessions: Arc<Sessions>,
        director: Arc<dyn Director>,
        front: Front,
        own: (Wanted, Opened),
    ) -> io::Result<Self> {
        let (wanted, opened) = own;
        sessions.start(OWN, None, Arc::clone(&opened.backend)).map_err(io::Error::other)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let hub = Arc::new(Hub::new(sessions, director, front, wanted, opened));
        let (stop, stopping) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&hub), stopping));
        Ok(Self { url, hub, stop, accepting })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops serving and ends the sessions that nobody stopped: they are not accepted. Gives the
    /// variables of the server's own, and of the others their ids and how they ended.
    pub async fn end(self) -> (Variables, Vec<(String, Result<Status, Refused>)>) {
        // Nobody listens only if the task has ended already, and then there is nothing to await.
        let _ = self.stop.send(true);
        let _ = self.accepting.await;
        let (mut own, mut ended) = (Variables::new(), Vec::new());
        for (id, running) in self.hub.list() {
            if id == OWN {
                own = running.opened.variables;
                continue;
            }
            let status = self.hub.stop(&id, false).await.map(|(_, status)| status);
            ended.push((id, status));
        }
        (own, ended)
    }
}

async fn accept(listener: TcpListener, hub: Arc<Hub>, mut stopping: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
        };
        // Out of file descriptors, or the client went away: neither is for ever.
        let Ok((stream, _)) = accepted else {
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        let hub = Arc::clone(&hub);
        connections.spawn(async move {
            let answer = hyper::service::service_fn(move |request| {
                let hub = Arc::clone(&hub);
                // A client that hangs up must not leave a session half stopped.
                let answer = tokio::spawn(async move { answer(&hub, request).await });
                async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|_| broken())) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), answer);
            // The client has gone or spoke no HTTP; hyper has answered what can be answered.
            let _ = connection.await;
        });
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Who is not done by then is cut.
    let _ = timeout(DRAIN, ended).await;
}

async fn answer(hub: &Hub, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
    match answered(hub, request).await {
        Ok((status, body)) => json(status, body),
        Err(refused) => refusal(&refused),
    }
}

async fn answered(
    hub: &Hub,
    request: hyper::Request<Incoming>,
) -> Result<(StatusCode, Vec<u8>), Refused> {
    let (head, body) = request.into_parts();
    only_programs(&head.headers)?;
    let (action, place) = routes::route(head.method.as_str(), head.uri.path())?;
    let body = timeout(PATIENCE, Limited::new(body, BODY_BYTES).collect()).await;
    let body = body.map_err(|_| Refused::new(StatusCode::REQUEST_TIMEOUT, "the body is late"))?;
    let body = body.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            let message = format!("a body has up to {BODY_BYTES} bytes");
            return Refused::new(StatusCode::PAYLOAD_TOO_LARGE, message);
        }
        Refused::bad(error)
    })?;
    routes::perform(hub, action, place, body.to_bytes().into()).await
}

/// Web pages send an `Origin`, or (if their server's name was made to point here) the name of
/// another host.
fn only_programs(headers: &HeaderMap) -> Result<(), Refused> {
    let refuse = |what| Err(Refused::new(StatusCode::FORBIDDEN, what));
    if headers.contains_key(header::ORIGIN) {
        return refuse("web pages may not ask here");
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    match host.as_ref().map(Authority::host) {
        Some("127.0.0.1" | "localhost" | "[::1]") => Ok(()),
        _ => refuse("the Host must be 127.0.0.1 or localhost"),
    }
}

fn json(status: StatusCode, body: Vec<u8>) -> hyper::Response<Full<Bytes>> {
    let mut answer = hyper::Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let media_type = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, media_type);
    answer
}

fn refusal(refused: &Refused) -> hyper::Response<Full<Bytes>> {
    let mut body = Writer::new();
    body.object(|json| {
        json.key("error");
        json.object(|json| {
            json.key("kind");
            json.string(refused.kind());
            json.key("message");
            json.string(&refused.message);
        });
    });
    json(refused.status, body.into_bytes())
}

fn broken() -> hyper::Response<Full<Bytes>> {
    refusal(&Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "the control API panicked"))
}
