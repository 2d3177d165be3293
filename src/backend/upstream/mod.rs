//! A real endpoint as a backend: the service itself or another emulator.
//!
//! The body goes there and comes back byte for byte. Nothing is repeated: retries are the
//! client's, and a recorder wants to see them.

#[cfg(feature = "aws")]
mod chain;
mod client;
mod credentials;
mod endpoint;
mod headers;
mod pools;
mod resolve;
mod sign;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Uri, header};
use http_body_util::Full;

#[cfg(feature = "aws")]
pub use chain::AwsChain;
pub use client::{Timeouts, Trust};
pub use credentials::{CredentialSource, Credentials, CredentialsError, Fixed};
pub use endpoint::{
    Endpoint, EndpointError, EndpointProblem, domains, is_dynamodb, region_of_dynamodb,
};
pub use resolve::Resolve;
pub use sign::Sign;

pub(crate) use self::client::Client;
use self::client::Failure;
use super::{Backend, BackendError, BoxFuture, UpstreamError, UpstreamErrorKind};
use crate::{
    clock::Clock,
    wire::{LiveSecrets, Request, Response, Service, Target, sigv4::region_of},
};

/// What an upstream is made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it is.
    pub endpoint: Endpoint,
    /// What to do with the client's signature.
    pub sign: Sign,
    /// Whose certificates it may show.
    pub trust: Trust,
    /// How long to wait for it.
    pub timeouts: Timeouts,
    /// Addresses that are told and not looked up.
    pub resolve: Resolve,
    /// Send each request to the host of DynamoDB that its `Host` names, through TLS, and not to
    /// the endpoint: that of a client that was intercepted on its way there.
    pub by_host: bool,
    /// Where the credentials used are noted.
    pub secrets: LiveSecrets,
}

impl Settings {
    /// The usual ones: AWS gets a new signature, made with the credentials of `source`; anything
    /// else gets the client's.
    #[must_use]
    pub fn new(endpoint: Endpoint, source: Arc<dyn CredentialSource>) -> Self {
        let sign = if endpoint.is_aws() { Sign::With { source, region: None } } else { Sign::Keep };
        Self {
            endpoint,
            sign,
            trust: Trust::default(),
            timeouts: Timeouts::default(),
            resolve: Resolve::default(),
            by_host: false,
            secrets: LiveSecrets::default(),
        }
    }
}

/// A real endpoint.
#[derive(Debug)]
pub struct Upstream {
    settings: Settings,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl Upstream {
    /// An upstream; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When a certificate to trust is none.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, UpstreamError> {
        let needs_tls = settings.endpoint.is_tls();
        let client =
            Client::new(&settings.trust, needs_tls, settings.timeouts, settings.resolve.clone())
                .map_err(|cause| UpstreamError {
                    kind: UpstreamErrorKind::Connect,
                    endpoint: settings.endpoint.to_string(),
                    cause: Some(cause.into()),
                })?;
        Ok(Self { settings, client, clock })
    }

    /// Where it is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.settings.endpoint
    }

    async fn exchange(&self, request: Request) -> Result<Response, BackendError> {
        let named;
        let uri = if self.settings.by_host {
            named = named_host(&request)?;
            &named
        } else {
            self.settings.endpoint.uri(service_of(&request.target))
        };
        let no_answer = |(kind, cause): Failure| UpstreamError {
            kind,
            endpoint: uri.to_string().trim_end_matches('/').to_owned(),
            cause,
        };
        let outgoing = self
            .outgoing(request, uri)
            .await
            .map_err(|cause| no_answer((UpstreamErrorKind::Credentials, Some(cause.into()))))?;
        let (head, body) = self.client.send(outgoing).await.map_err(no_answer)?.into_parts();
        Ok(Response {
            status: head.status,
            headers: headers::of_answer(head.headers),
            body,
            broken: None,
        })
    }

    async fn outgoing(
        &self,
        mut request: Request,
        uri: &Uri,
    ) -> Result<hyper::Request<Full<Bytes>>, CredentialsError> {
        let region = self.region(&request, uri);
        let theirs = std::mem::take(&mut request.headers);
        // Left as it is where the signature covers it, as that of the SDK for Go does.
        let accepted = match self.settings.sign {
            Sign::Keep if sign::covers(&theirs, "accept-encoding") => {
                theirs.get(header::ACCEPT_ENCODING).cloned()
            }
            _ => None,
        };
        let mut headers = headers::of_request(theirs);
        if let Some(host) = uri.authority() {
            headers
                .insert(header::HOST, HeaderValue::try_from(host.as_str()).map_err(sign::refused)?);
        }
        let mut uri = uri.clone();
        match &self.settings.sign {
            Sign::Keep => {
                if let Some(accepted) = accepted {
                    headers.insert(header::ACCEPT_ENCODING, accepted);
                }
                if let Some(query) = &request.query {
                    uri = format!("{uri}?{query}").parse().map_err(sign::refused)?;
                }
            }
            // A query could only hold the client's signature.
            Sign::With { source, .. } => {
                let region = region.ok_or(CredentialsError::Region)?;
                let credentials = source.credentials().await?;
                self.note(&credentials);
                let now = self.clock.now();
                sign::sign_anew(&mut headers, &uri, request.body(), &credentials, &region, now)?;
            }
        }
        let mut outgoing = hyper::Request::new(Full::new(request.body().clone()));
        *outgoing.method_mut() = Method::POST;
        *outgoing.uri_mut() = uri;
        *outgoing.headers_mut() = headers;
        Ok(outgoing)
    }

    /// Which region to sign for, if we sign: as told, of the address, or the client's.
    fn region(&self, request: &Request, uri: &Uri) -> Option<String> {
        let Sign::With { region, .. } = &self.settings.sign else { return None };
        let of_address = || match self.settings.by_host {
            true => uri.host().and_then(region_of_dynamodb),
            false => self.settings.endpoint.region().map(str::to_owned),
        };
        region.clone().or_else(of_address).or_else(|| region_of(request))
    }

    fn note(&self, credentials: &Credentials) {
        let secrets = &self.settings.secrets;
        secrets.add(credentials.access_key_id());
        secrets.add(credentials.secret_access_key());
        if let Some(token) = credentials.session_token() {
            secrets.add(token);
        }
    }
}

impl Backend for Upstream {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        Box::pin(self.exchange(request))
    }
}

/// The address of the host that a request is meant for; nothing is sent to one that is not
/// DynamoDB's.
fn named_host(request: &Request) -> Result<Uri, UpstreamError> {
    let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let wrong = |cause: &str| UpstreamError {
        kind: UpstreamErrorKind::Connect,
        endpoint: host.to_owned(),
        cause: Some(cause.into()),
    };
    let authority = host.parse::<http::uri::Authority>();
    if !authority.is_ok_and(|name| is_dynamodb(name.host())) {
        return Err(wrong(
            "it is not a host of DynamoDB; with --intercept a client asks through HTTPS_PROXY and \
             not at an endpoint URL",
        ));
    }
    format!("https://{host}/").parse().map_err(|_| wrong("it is not a valid address"))
}

/// Streams have an endpoint of their own; a target nobody knows goes by its prefix.
fn service_of(target: &Target) -> Service {
    match target {
        Target::Known(operation) => operation.service(),
        Target::Other(text) if text.starts_with(Service::Streams.target_prefix()) => {
            Service::Streams
        }
        Target::Other(_) | Target::Missing => Service::DynamoDb,
    }
}
