//! The AWS SDK for Rust without a socket: its requests go straight to a backend.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::{
    client::{
        behavior_version::BehaviorVersion,
        http::{
            HttpClient as SdkClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_types::{SdkConfig, region::Region};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    backend::Backend,
    clock::Clock,
    proxy,
    wire::{Breakage, MADE_FOR, Request, profile},
};

/// An HTTP client for `aws-sdk-dynamodb` whose requests a backend answers.
///
/// Whatever host a client asks, it asks this. Clones count their requests together.
#[derive(Clone, Debug)]
pub struct HttpClient {
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    /// Requests so far: what their ids are made of.
    requests: Arc<AtomicU64>,
}

impl HttpClient {
    /// Asks this backend; answers are dated by the clock.
    #[must_use]
    pub fn asking(backend: Arc<dyn Backend>, clock: Arc<dyn Clock>) -> Self {
        Self { backend, clock, requests: Arc::default() }
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let asked = read(&request)?;
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let id = profile::request_id(number);
        let answer = proxy::in_process(&*self.backend, asked, &id, self.clock.now()).await;
        let mut body = answer.body;
        let mut headers = answer.headers;
        match answer.broken {
            None => {}
            Some(Breakage::NoAnswer) => return Err(ended()),
            // In a process nothing is cut between head and body.
            Some(Breakage::CutShort) => body = body.slice(..body.len() / 2),
            Some(Breakage::WrongChecksum) => {
                let wrong = profile::crc32(&body) ^ 1;
                headers.insert(profile::X_AMZ_CRC32, wrong.into());
            }
        }
        let status = StatusCode::try_from(answer.status.as_u16()).map_err(unreadable)?;
        let mut response = HttpResponse::new(status, body.into());
        for (name, value) in &headers {
            let value = value.to_str().map_err(unreadable)?.to_owned();
            let name = name.as_str().to_owned();
            response.headers_mut().try_append(name, value).map_err(unreadable)?;
        }
        Ok(response)
    }
}

impl HttpConnector for HttpClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.clone();
        HttpConnectorFuture::new(async move { client.answer(request).await })
    }
}

impl SdkClient for HttpClient {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A configuration of clients that ask `http`: a region, made-up credentials.
pub(super) fn config(http: HttpClient) -> SdkConfig {
    let credentials = Credentials::new("dynatape", "dynatape", None, None, "dynatape");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(MADE_FOR))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .build()
}

fn read(request: &HttpRequest) -> Result<Request, ConnectorError> {
    let body = request.body().bytes();
    let body = body.ok_or_else(|| unreadable("the body of the request is a stream"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        let name = HeaderName::try_from(name).map_err(unreadable)?;
        headers.append(name, HeaderValue::try_from(value).map_err(unreadable)?);
    }
    let mut asked = Request::new(headers, Bytes::copy_from_slice(body));
    asked.query = request.uri().split_once('?').map(|(_, query)| query.into());
    Ok(asked)
}

fn ended() -> ConnectorError {
    ConnectorError::io("the connection ended without an answer".into())
}

fn unreadable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ConnectorError {
    ConnectorError::user(cause.into())
}
