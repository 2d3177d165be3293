//! The HTTP client: whom it trusts, how long it waits, and which of its errors is which.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use rustls_pki_types::CertificateDer;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, crypto::ring};

use super::{pools::Pools, resolve::Resolve};
use crate::backend::UpstreamErrorKind;

/// No answer of the service comes near: its largest is a BatchGetItem of 16 MB, before JSON.
const LONGEST_ANSWER: usize = 128 * 1024 * 1024;

/// Whose certificates an upstream may show.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// What this machine trusts or, where it has no list of its own (a bare container), what
    /// Mozilla trusted when this program was built.
    #[default]
    System,
    /// These and no others.
    Only(Vec<CertificateDer<'static>>),
}

/// How long to wait for an upstream.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a TCP connection.
    pub connect: Duration,
    /// For the whole answer, from when it is asked for.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), answer: Duration::from_secs(60) }
    }
}

/// No answer: how it failed, and why as far as is known.
pub(crate) type Failure = (UpstreamErrorKind, Option<Box<dyn Error + Send + Sync>>);

/// Sends requests and collects answers. It never repeats a request that may have been received.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pools: Arc<Pools>,
    answer: Duration,
}

impl Client {
    pub(crate) fn new(
        trust: &Trust,
        needs_tls: bool,
        timeouts: Timeouts,
        resolve: Resolve,
    ) -> Result<Self, rustls::Error> {
        let mut tcp = HttpConnector::new_with_resolver(resolve);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeouts.connect));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config(trust, needs_tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self { pools: Arc::new(Pools::new(connector)), answer: timeouts.answer })
    }

    pub(crate) async fn send(
        &self,
        request: hyper::Request<Full<Bytes>>,
    ) -> Result<hyper::Response<Bytes>, Failure> {
        let whole = async {
            let response = self.pools.here().request(request).await.map_err(|error| {
                let kind = if error.is_connect() {
                    UpstreamErrorKind::Connect
                } else {
                    UpstreamErrorKind::Reset
                };
                (kind, Some(Inner(error).into()))
            })?;
            collect(response).await
        };
        match tokio::time::timeout(self.answer, whole).await {
            Ok(answer) => answer,
            Err(_) => Err((UpstreamErrorKind::Timeout, None)),
        }
    }
}

async fn collect(response: hyper::Response<Incoming>) -> Result<hyper::Response<Bytes>, Failure> {
    let (head, body) = response.into_parts();
    match Limited::new(body, LONGEST_ANSWER).collect().await {
        Ok(body) => Ok(hyper::Response::from_parts(head, body.to_bytes())),
        Err(cause) if cause.is::<LengthLimitError>() => {
            Err((UpstreamErrorKind::Reset, Some("its answer is endless".into())))
        }
        Err(cause) => Err((UpstreamErrorKind::Reset, Some(cause))),
    }
}

/// The provider is named, so that it does not matter which others are linked.
fn tls_config(trust: &Trust, needs_tls: bool) -> Result<ClientConfig, rustls::Error> {
    let builder = || {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
    };
    let mut roots = RootCertStore::empty();
    Ok(match trust {
        Trust::Only(certificates) => {
            for certificate in certificates {
                roots.add(certificate.clone())?;
            }
            builder()?.with_root_certificates(roots)
        }
        // Reading the machine's list takes a while, and nobody will ask.
        Trust::System if !needs_tls => builder()?.with_root_certificates(roots),
        Trust::System => match builder()?.with_native_roots() {
            Ok(builder) => builder,
            Err(_) => builder()?.with_webpki_roots(),
        },
    }
    .with_no_client_auth())
}

/// The client's error without its outermost sentence, `client error (Connect)`, which says what
/// the kind says.
#[derive(Debug)]
struct Inner(legacy::Error);

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.source() {
            Some(inner) => fmt::Display::fmt(inner, f),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl Error for Inner {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()?.source()
    }
}
