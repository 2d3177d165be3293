//! Being the HTTP proxy of a client (`HTTPS_PROXY`): what it asks hosts of DynamoDB is answered
//! here, behind a certificate for that host; all else goes where it was meant to, unread.

mod authority;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use http::{Method, StatusCode, header, uri::Authority as Name};
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::rt::TokioIo;
use tokio::{io::copy_bidirectional, net::TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

pub use authority::{Authority, AuthorityError};

use crate::backend::upstream::{Resolve, is_dynamodb};

/// What to do as a proxy.
#[derive(Debug)]
pub struct Intercept {
    /// Who signs the certificates shown to the client.
    pub authority: Authority,
    /// What to do when the client wants another host.
    pub others: Others,
}

/// What to do when the client wants a host that is not DynamoDB's.
#[derive(Clone, Debug)]
pub enum Others {
    /// Connect it, and look at nothing.
    Tunnel(Resolve),
    /// Say no: nothing leaves this machine.
    Refuse(Refusals),
}

/// Whom to tell of a host that was refused, once for each.
#[derive(Clone, Debug)]
pub struct Refusals {
    tell: fn(&str),
    told: Arc<Mutex<HashSet<String>>>,
}

impl Refusals {
    /// Calls `tell` with each host, the first time that it is refused.
    #[must_use]
    pub fn new(tell: fn(&str)) -> Self {
        Self { tell, told: Arc::default() }
    }

    fn refused(&self, host: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(host.to_owned()) {
            (self.tell)(host);
        }
    }
}

/// What a request turns out to be.
pub(super) enum Look {
    /// A request to be answered.
    Serve,
    /// One that is not.
    Refuse(StatusCode, String),
    /// The connection becomes another.
    Become(Asked),
}

/// What a connection becomes after `CONNECT`.
pub(super) enum Asked {
    /// A TLS connection with us.
    DynamoDb { host: String, accept: Accept, client: OnUpgrade },
    /// A tunnel.
    Other { server: TcpStream, client: OnUpgrade },
}

/// Accepts TLS on a connection that was given up for it.
pub(super) struct Accept(TlsAcceptor);

impl Accept {
    /// `None` if the client has gone or trusts us not.
    pub(super) async fn accepted(self, client: OnUpgrade) -> Option<TlsStream<TokioIo<Upgraded>>> {
        self.0.accept(TokioIo::new(client.await.ok()?)).await.ok()
    }
}

impl Intercept {
    /// Looks at a request; `inside` is the host whose connection it came on.
    pub(super) async fn look(&self, request: &mut Request<Incoming>, inside: Option<&str>) -> Look {
        let refuse = |status, text: &str| Look::Refuse(status, format!("dynatape: {text}\n"));
        if let Some(inside) = inside {
            // Else a client could make us send its request to a host it did not connect to.
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
            let host = host.and_then(|host| host.parse::<Name>().ok());
            return match host {
                Some(host) if host.host().eq_ignore_ascii_case(inside) => Look::Serve,
                _ => refuse(
                    StatusCode::MISDIRECTED_REQUEST,
                    &format!("this connection is to {inside}, and the request to another host"),
                ),
            };
        }
        if request.method() == Method::CONNECT {
            return self.connect(request).await;
        }
        match request.uri().host() {
            // Sent to the proxy itself.
            None => Look::Serve,
            Some(host) if is_dynamodb(host) => Look::Serve,
            Some(host) => {
                if let Others::Refuse(refusals) = &self.others {
                    refusals.refused(host);
                }
                refuse(
                    StatusCode::FORBIDDEN,
                    &format!("{host} is not DynamoDB, and plain http:// is not passed on"),
                )
            }
        }
    }

    async fn connect(&self, request: &mut Request<Incoming>) -> Look {
        let refuse = |status, text: &str| Look::Refuse(status, format!("dynatape: {text}\n"));
        let Some(name) = request.uri().authority().cloned() else {
            return refuse(StatusCode::BAD_REQUEST, "CONNECT needs a host and a port");
        };
        let host = name.host().to_ascii_lowercase();
        if is_dynamodb(&host) {
            return match self.authority.acceptor(&host) {
                Ok(accept) => {
                    let client = hyper::upgrade::on(request);
                    Look::Become(Asked::DynamoDb { host, accept: Accept(accept), client })
                }
                Err(error) => refuse(StatusCode::BAD_GATEWAY, &error.to_string()),
            };
        }
        let resolve = match &self.others {
            Others::Tunnel(resolve) => resolve,
            Others::Refuse(refusals) => {
                refusals.refused(&host);
                return refuse(
                    StatusCode::FORBIDDEN,
                    &format!("a replay is offline: it does not connect to {name}"),
                );
            }
        };
        let port = name.port_u16().unwrap_or(443);
        let server = match resolve.address(&host) {
            Some(mut address) => {
                if address.port() == 0 {
                    address.set_port(port);
                }
                TcpStream::connect(address).await
            }
            None => TcpStream::connect((host.trim_matches(['[', ']']), port)).await,
        };
        match server {
            Ok(server) => {
                Look::Become(Asked::Other { server, client: hyper::upgrade::on(request) })
            }
            Err(error) => {
                refuse(StatusCode::BAD_GATEWAY, &format!("cannot connect to {name}: {error}"))
            }
        }
    }
}

/// Passes bytes both ways until both sides are done. Its errors are theirs to notice.
pub(super) async fn tunnel(mut server: TcpStream, client: OnUpgrade) {
    if let Ok(client) = client.await {
        let _ = copy_bidirectional(&mut TokioIo::new(client), &mut server).await;
    }
}

/// An answer of the proxy and not of any service.
pub(super) fn refusal(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let plain = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
