//! Object stores: where tapes are kept that are too large for Git.

use std::{convert::Infallible, error::Error, fmt, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use object_store::{
    ClientOptions, CredentialProvider, ObjectStore, ObjectStoreExt as _, RetryConfig,
    aws::{AmazonS3Builder, AwsCredential},
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
        HttpResponseBody, HttpService,
    },
    local::LocalFileSystem,
};

use super::{compose, settings::Environment};
use crate::backend::{
    UpstreamErrorKind,
    upstream::{Client, CredentialSource, Resolve, Timeouts, Trust},
};

/// How long an object may take: tapes that are kept elsewhere are large.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// An object of a store.
#[derive(Debug)]
pub(super) struct Remote {
    store: Arc<dyn ObjectStore>,
    path: object_store::path::Path,
    url: String,
}

impl Remote {
    /// The object at `file:///absolute/path` or `s3://bucket/key`, the latter with
    /// `?endpoint=URL` for servers other than AWS, and `?region=NAME`.
    pub(super) fn at(url: &str, environment: &Environment) -> anyhow::Result<Self> {
        let forms = "a store is file:///FOLDER or s3://BUCKET/PREFIX, with ?endpoint=URL for a \
                     server that is not AWS";
        let (store, path): (Arc<dyn ObjectStore>, _) =
            if let Some(path) = url.strip_prefix("file://") {
                if !Path::new(path).is_absolute() {
                    bail!("{url}: {forms}");
                }
                let path = object_store::path::Path::from_absolute_path(path)?;
                (Arc::new(LocalFileSystem::new()), path)
            } else if let Some(rest) = url.strip_prefix("s3://") {
                let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
                let (bucket, key) = place.split_once('/').unwrap_or((place, ""));
                if bucket.is_empty() {
                    bail!("{url}: {forms}");
                }
                (s3(bucket, query, environment)?, object_store::path::Path::parse(key)?)
            } else {
                bail!("{url}: {forms}");
            };
        Ok(Self { store, path, url: url.to_owned() })
    }

    /// What it holds.
    pub(super) async fn get(&self) -> anyhow::Result<Bytes> {
        let got = async { self.store.get(&self.path).await?.bytes().await }.await;
        got.with_context(|| format!("cannot fetch {}", self.url))
    }

    /// Makes it hold this. What holds it already is left as it is: the name of a tape's object is
    /// the hash of its text.
    pub(super) async fn put(&self, text: &Bytes) -> anyhow::Result<()> {
        if self.get().await.is_ok_and(|held| held == text) {
            return Ok(());
        }
        let put = self.store.put(&self.path, text.clone().into()).await;
        put.map(drop).with_context(|| format!("cannot write {}", self.url))
    }
}

/// A bucket of the server at this URL.
pub(super) fn bucket(
    name: &str,
    endpoint: &str,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn ObjectStore>> {
    s3(name, &format!("endpoint={endpoint}"), environment)
}

fn s3(
    bucket: &str,
    query: &str,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let mut region = environment.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
    let mut endpoint = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("endpoint", url)) => endpoint = Some(url),
            Some(("region", name)) => name.clone_into(&mut region),
            _ => bail!("{pair}: a store's URL has ?endpoint=URL and ?region=NAME only"),
        }
    }
    let is_plain = endpoint.is_some_and(|url| url.starts_with("http://"));
    let source = Signing(compose::credentials(None, environment));
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region)
        .with_credentials(Arc::new(source))
        .with_allow_http(is_plain)
        .with_http_connector(Connecting { tls: !is_plain })
        .with_retry(RetryConfig {
            max_retries: 3,
            retry_timeout: Duration::from_secs(30),
            ..RetryConfig::default()
        });
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    Ok(Arc::new(builder.build()?))
}

/// The credentials that also sign for DynamoDB.
#[derive(Debug)]
struct Signing(Arc<dyn CredentialSource>);

#[async_trait]
impl CredentialProvider for Signing {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let credentials = self.0.credentials().await.map_err(|error| generic(error.into()))?;
        Ok(Arc::new(AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            token: credentials.session_token().map(str::to_owned),
        }))
    }
}

fn generic(source: Box<dyn Error + Send + Sync>) -> object_store::Error {
    object_store::Error::Generic { store: "S3", source }
}

/// The HTTP client is that of the upstream: one pool, one list of whom to trust.
#[derive(Debug)]
struct Connecting {
    tls: bool,
}

impl HttpConnector for Connecting {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let timeouts = Timeouts { answer: PATIENCE, ..Timeouts::default() };
        let client = Client::new(&Trust::System, self.tls, timeouts, Resolve::default());
        Ok(HttpClient::new(Exchanging(client.map_err(|error| generic(error.into()))?)))
    }
}

#[derive(Debug)]
struct Exchanging(Client);

#[async_trait]
impl HttpService for Exchanging {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let request = hyper::Request::from_parts(head, Full::new(body));
        let (head, body) = self.0.send(request).await.map_err(failed)?.into_parts();
        let body = Full::new(body).map_err(|never: Infallible| match never {});
        Ok(HttpResponse::from_parts(head, HttpResponseBody::new(body)))
    }
}

fn failed((kind, cause): (UpstreamErrorKind, Option<Box<dyn Error + Send + Sync>>)) -> HttpError {
    let of_theirs = match kind {
        UpstreamErrorKind::Connect | UpstreamErrorKind::Credentials => HttpErrorKind::Connect,
        UpstreamErrorKind::Timeout => HttpErrorKind::Timeout,
        UpstreamErrorKind::Reset => HttpErrorKind::Interrupted,
    };
    HttpError::new_boxed(of_theirs, cause.unwrap_or_else(|| Unanswered(kind).into()))
}

/// A failure of which no more is known.
#[derive(Debug)]
struct Unanswered(UpstreamErrorKind);

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            UpstreamErrorKind::Connect => "cannot connect",
            UpstreamErrorKind::Timeout => "it did not answer in time",
            UpstreamErrorKind::Reset => "it broke the connection",
            UpstreamErrorKind::Credentials => "found no credentials",
        })
    }
}

impl Error for Unanswered {}
