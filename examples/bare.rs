//! The reference of the load benchmark: a hyper server and nothing else.
//!
//! It answers every request, whose body it reads, with the headers of our server and a constant JSON
//! body. Of our server's limits it has that of a head; it keeps no time. What dynatape costs is the
//! difference to this.
//!
//! ```text
//! cargo run --release --example bare -- --port 8001 --bytes 200
//! ```
//!
//! With `--upstream http://127.0.0.1:8001` it passes requests on there instead, and answers back,
//! as they are: the reference for `record`.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program

use std::{error::Error, process::ExitCode, sync::Arc};

use bytes::Bytes;
use http::{Uri, header::HOST};
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::net::TcpListener;

/// `{"TableNames":["` and `"]}`.
const FRAME: usize = 19;

/// What answers.
enum Server {
    Constant(Bytes),
    Upstream(Box<Client<HttpConnector, Full<Bytes>>>, Uri),
}

fn main() -> ExitCode {
    let mut port: u16 = 0;
    let mut bytes: usize = 200;
    let mut upstream: Option<Uri> = None;
    let mut arguments = std::env::args().skip(1);
    while let (Some(name), Some(value)) = (arguments.next(), arguments.next()) {
        let known = match &*name {
            "--port" => value.parse().map(|value| port = value).is_ok(),
            "--bytes" => value.parse().map(|value| bytes = value).is_ok(),
            "--upstream" => value.parse().map(|value| upstream = Some(value)).is_ok(),
            _ => false,
        };
        if !known {
            eprintln!("usage: bare [--port PORT] [--bytes BYTES | --upstream URL]");
            return ExitCode::FAILURE;
        }
    }
    let served = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(serve(port, bytes, upstream)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bare: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(port: u16, bytes: usize, upstream: Option<Uri>) -> std::io::Result<()> {
    let filler = "x".repeat(bytes.saturating_sub(FRAME));
    let constant = format!("{{\"TableNames\":[\"{filler}\"]}}");
    let server = Arc::new(match upstream {
        None => Server::Constant(constant.into()),
        Some(url) => {
            let mut tcp = HttpConnector::new();
            tcp.set_nodelay(true);
            Server::Upstream(Client::builder(TokioExecutor::new()).build(tcp).into(), url)
        }
    });
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let answer = service_fn(|request| server.answer(request));
            // The client has gone; nobody to tell.
            let _ = http1::Builder::new()
                .header_read_timeout(None)
                .max_header_size(64 * 1024)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

impl Server {
    async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        match self {
            Self::Constant(body) => Ok(constant(body.clone())),
            Self::Upstream(client, url) => {
                let mut request = Request::new(Full::new(body));
                *request.method_mut() = head.method;
                *request.uri_mut() = url.clone();
                *request.headers_mut() = head.headers;
                request.headers_mut().remove(HOST);
                let (head, body) = client.request(request).await?.into_parts();
                let mut response = Response::new(Full::new(body.collect().await?.to_bytes()));
                *response.headers_mut() = head.headers;
                Ok(response)
            }
        }
    }
}

fn constant(body: Bytes) -> Response<Full<Bytes>> {
    let length = body.len();
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    for (name, value) in [
        ("server", "Server"),
        ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("content-type", "application/x-amz-json-1.0"),
    ] {
        headers.insert(name, http::HeaderValue::from_static(value));
    }
    headers.insert("content-length", length.into());
    for (name, value) in [
        ("connection", "keep-alive"),
        ("x-amzn-requestid", "0000000000000000000000000VV4KQNSO5AEMVJF66Q9ASUAAJG"),
        ("x-amz-crc32", "2745614147"),
    ] {
        headers.insert(name, http::HeaderValue::from_static(value));
    }
    response
}
