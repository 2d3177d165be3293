//! The listener: accepting, limits, and an orderly end.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{
    aside::Aside,
    body::AnswerBody,
    casing,
    idle::Pulse,
    intercept::{Asked, Intercept, Look, refusal},
    service::Service,
    tls::Identity,
    workers::{Turn, Workers},
};
use crate::{
    backend::Backend,
    clock::Clock,
    wire::{LiveSecrets, profile::Dates},
};

/// How a server behaves, apart from what its backend answers.
#[derive(Clone, Debug)]
pub struct Config {
    /// The region shown to who asks after the service's health.
    pub region: String,
    /// How much a client may send and how long it may take.
    pub limits: Limits,
    /// Speak TLS, as this identity.
    pub tls: Option<Identity>,
    /// Whether web pages may call, as they may the service's. Say no where the backend signs with
    /// somebody's credentials: any page that their browser shows could use them.
    pub cross_origin: bool,
    /// Where the secrets of requests are noted, if anybody wants to know them.
    pub secrets: Option<LiveSecrets>,
    /// Be a client's HTTP proxy too, and answer what it asks hosts of DynamoDB.
    pub intercept: Option<Arc<Intercept>>,
    /// How requests can choose a session, if the backend has any.
    pub sessions: Choosing,
    /// What request ids are made from: two runs with one seed give the same ids.
    pub seed: u64,
    /// Who serves connections. Without any it is the runtime on which the server was started.
    pub workers: Option<Workers>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            region: "us-east-1".into(),
            limits: Limits::default(),
            tls: None,
            cross_origin: true,
            secrets: None,
            intercept: None,
            sessions: Choosing::default(),
            seed: 0,
            workers: None,
        }
    }
}

/// How requests can choose a session by the way they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choosing {
    /// Not at all. A path that names one is not found: answered as if it named none, its client
    /// would share what it asked to have for itself.
    #[default]
    Off,
    /// By their path, `/_s/<id>`.
    ByPath,
    /// By their path; those that choose in no way belong to this session.
    OrElse(Arc<str>),
}

/// How much a client may send and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest body; a longer one is answered 413. The service's is 16 MB (aws-facts 2.2).
    pub body_bytes: usize,
    /// The longest head: request line and headers. A longer one is answered 431, and so are more
    /// than 100 headers (hyper's own limit; setting another costs an allocation a request).
    pub head_bytes: usize,
    /// How long a client may take for a whole body; then the answer is 408.
    pub body_time: Duration,
    /// How long a connection may stay without having sent a whole head, be it idle or slow; then,
    /// or up to an eighth of that later, it is closed. SDKs keep idle connections for up to 90
    /// seconds, and closing one just as it is used again costs them a retry.
    pub idle_time: Duration,
    /// How long a shutdown waits for requests in flight.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 * 1024 * 1024,
            head_bytes: 64 * 1024,
            body_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(120),
            drain_time: Duration::from_secs(10),
        }
    }
}

/// A running server. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    tls: bool,
    /// One for each thread that serves.
    stop: Vec<watch::Sender<bool>>,
    accepting: JoinHandle<Shutdown>,
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// Connections cut because their request was not done in time.
    pub cut: usize,
}

impl Server {
    /// Serves `backend` on a bound listener until told to stop.
    ///
    /// # Errors
    ///
    /// When the listener has no address, the TLS identity's key does not fit its certificate or
    /// the workers cannot be started.
    pub async fn start(
        listener: TcpListener,
        backend: Arc<dyn Backend>,
        clock: Arc<dyn Clock>,
        config: Config,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let tls = config.tls.as_ref().map(Identity::acceptor).transpose();
        let tls = tls.map_err(io::Error::other)?;
        config.workers.as_ref().map(Workers::start).transpose()?;
        let threads = config.workers.as_ref().map_or(1, |workers| workers.count().get());
        let count = Arc::new(AtomicU64::new(0));
        let (mut stop, mut services) = (Vec::new(), Vec::new());
        for _ in 0..threads {
            let (told, stopping) = watch::channel(false);
            stop.push(told);
            services.push(Arc::new(Service {
                backend: Arc::clone(&backend),
                clock: Arc::clone(&clock),
                config: config.clone(),
                casing: casing::learn().await,
                dates: Dates::default(),
                count: Arc::clone(&count),
                stopping,
            }));
        }
        let has_tls = tls.is_some();
        let accepting = tokio::spawn(accept(listener, services, tls));
        Ok(Self { address, tls: has_tls, stop, accepting })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as clients want to be told.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.address)
    }

    /// Stops accepting, lets requests in flight finish for as long as the limits allow, and ends.
    pub async fn shutdown(self) -> Shutdown {
        for stop in &self.stop {
            // Nobody listens only if the task has ended already.
            let _ = stop.send(true);
        }
        self.accepting.await.unwrap_or(Shutdown { cut: 0 })
    }
}

/// Accepts until told to stop, then waits for the connections. There is a service for each thread
/// that serves.
async fn accept(
    listener: TcpListener,
    services: Vec<Arc<Service>>,
    tls: Option<TlsAcceptor>,
) -> Shutdown {
    let Some(first) = services.first() else { return Shutdown { cut: 0 } };
    let mut stopping = first.stopping.clone();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told_to_stop(&mut stopping) => break,
            // Only to forget those that have ended; a panic in one is its own affair.
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                let tls = tls.clone();
                match first.config.workers.as_ref().and_then(Workers::least_busy) {
                    None => connections.spawn(connection(stream, Arc::clone(first), tls)),
                    Some(turn) => {
                        let service = Arc::clone(&services[turn.thread]);
                        let runtime = turn.runtime.clone();
                        connections.spawn_on(elsewhere(stream, service, tls, turn), &runtime)
                    }
                };
            }
            // Out of file descriptors, or the client went away in between. Neither is for ever,
            // and to try again at once would burn a core.
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What is left is counted below.
    let _ = timeout(first.config.limits.drain_time, ended).await;
    let cut = connections.len();
    connections.shutdown().await;
    Shutdown { cut }
}

/// Serves a connection that another runtime accepted.
async fn elsewhere(
    stream: TcpStream,
    service: Arc<Service>,
    tls: Option<TlsAcceptor>,
    _turn: Turn,
) {
    // Refused only by a socket that is closed already.
    if let Ok(stream) = stream.into_std().and_then(TcpStream::from_std) {
        connection(stream, service, tls).await;
    }
}

/// Serves one connection. Its errors concern nobody else: the client has gone or spoke no HTTP,
/// and hyper has answered what can be answered.
async fn connection(stream: TcpStream, service: Arc<Service>, tls: Option<TlsAcceptor>) {
    // Refused only by a socket that is closed already.
    let _ = stream.set_nodelay(true);
    match tls {
        None => converse(stream, service).await,
        Some(tls) => {
            let handshake = timeout(service.config.limits.idle_time, tls.accept(stream));
            let mut stopping = service.stopping.clone();
            tokio::select! {
                stream = handshake => {
                    if let Ok(Ok(stream)) = stream {
                        converse(stream, service).await;
                    }
                }
                () = told_to_stop(&mut stopping) => {}
            }
        }
    }
}

/// Serves a connection, and what it becomes if the client asked for a host behind a proxy.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: Arc<Service>,
) {
    let Some(asked) = speak(stream, &service, None).await else { return };
    let mut stopping = service.stopping.clone();
    match asked {
        Asked::DynamoDb { host, accept, client } => {
            let handshake = timeout(service.config.limits.idle_time, accept.accepted(client));
            tokio::select! {
                stream = handshake => {
                    if let Ok(Some(stream)) = stream {
                        speak(stream, &service, Some(&host)).await;
                    }
                }
                () = told_to_stop(&mut stopping) => {}
            }
        }
        Asked::Other { server, client } => tokio::select! {
            () = super::intercept::tunnel(server, client) => {}
            () = told_to_stop(&mut stopping) => {}
        },
    }
}

/// Speaks HTTP until the end of the connection, or until it is to become another. `inside` is
/// the host that the client believes it is speaking with.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: &Arc<Service>,
    inside: Option<&str>,
) -> Option<Asked> {
    let limits = service.config.limits;
    let (asked, pulse) = (Arc::new(Mutex::new(None)), Arc::new(Pulse::default()));
    let (shared, slot, heads) = (Arc::clone(service), Arc::clone(&asked), Arc::clone(&pulse));
    let inside: Option<Arc<str>> = inside.map(Into::into);
    let answer = hyper::service::service_fn(move |mut request| {
        let (service, beat) = (Arc::clone(&shared), heads.beat());
        let (slot, inside) = (Arc::clone(&slot), inside.clone());
        async move {
            let _until_answered = beat;
            let Some(intercept) = &service.config.intercept else {
                return service.serve(request).await;
            };
            match intercept.look(&mut request, inside.as_deref()).await {
                Look::Serve => service.serve(request).await,
                Look::Refuse(status, text) => Ok(refusal(status, text).map(AnswerBody::Whole)),
                Look::Become(become_this) => {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(become_this);
                    Ok(hyper::Response::new(AnswerBody::whole(Bytes::new())))
                }
            }
        }
    });
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(limits.head_bytes)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let mut stopping = service.stopping.clone();
    let end = Aside::new(async move {
        tokio::select! {
            () = told_to_stop(&mut stopping) => End::Stop,
            () = pulse.stopped(limits.idle_time) => End::Idle,
        }
    });
    tokio::select! {
        biased;
        _ = connection.as_mut() => {
            asked.lock().unwrap_or_else(PoisonError::into_inner).take()
        }
        end = end => {
            if end == End::Stop {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
            None
        }
    }
}

/// Why a connection ends that its client did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The server stops.
    Stop,
    /// Nobody uses it.
    Idle,
}

/// Waits for the shutdown, or for the server's handle to be dropped.
async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}
