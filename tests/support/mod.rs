//! What tests of the server share: one way to start it, one way to call it.

#![allow(clippy::unwrap_used)] // all of it is test
#![allow(dead_code, unreachable_pub)] // each test binary uses its part

pub mod raw;
pub mod verifier;

use std::{fmt, sync::Arc};

use aws_sdk_dynamodb::{Client, config::Credentials};
use dynatape::{
    backend::{Backend, BackendError, BoxFuture},
    clock::SystemClock,
    proxy::{Config, Server},
    wire::{Request, Response},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A backend that answers with a closure.
pub struct Answering<F>(pub F);

impl<F> fmt::Debug for Answering<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering")
    }
}

impl<F> Backend for Answering<F>
where
    F: Fn(Request) -> Result<Response, BackendError> + Send + Sync,
{
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        Box::pin(async move { (self.0)(request) })
    }
}

/// A backend that answers everything with `{}`.
pub fn empty_objects() -> impl Backend {
    Answering(|_: Request| Ok(Response::ok("{}")))
}

/// Starts a server on a free port of this machine.
pub async fn start(backend: impl Backend + 'static) -> Server {
    start_with(backend, Config::default()).await
}

/// Starts a server on a free port of this machine, with settings.
pub async fn start_with(backend: impl Backend + 'static, config: Config) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Server::start(listener, Arc::new(backend), Arc::new(SystemClock), config).await.unwrap()
}

/// An unmodified SDK client for a server, with made-up credentials and no retries.
pub fn client(url: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_dynamodb::config::Region::new("eu-west-1"))
        .endpoint_url(url)
        .credentials_provider(Credentials::new("dummy", "dummy", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(aws_sdk_dynamodb::config::retry::RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// Sends these bytes and reads until the server closes. The request should ask it to.
pub async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    // A server may refuse before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A call as bytes. `more` is further header lines, each with its line end.
pub fn call(more: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: DynamoDB_20120810.ListTables\r\n{more}Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// What makes a server close after the answer.
pub const CLOSE: &str = "Connection: close\r\n";
