//! The reference of the load benchmark: a hyper server and nothing else.
//!
//! It has the settings of our server and answers every request, whose body it reads, with the
//! same headers and a constant JSON body. What dynatape costs is the difference to this.
//!
//! ```text
//! cargo run --release --example bare -- --port 8001 --bytes 200
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program

use std::{process::ExitCode, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

/// `{"TableNames":["` and `"]}`.
const FRAME: usize = 19;

fn main() -> ExitCode {
    let mut port: u16 = 0;
    let mut bytes: usize = 200;
    let mut arguments = std::env::args().skip(1);
    while let (Some(name), Some(value)) = (arguments.next(), arguments.next()) {
        let known = match &*name {
            "--port" => value.parse().map(|value| port = value).is_ok(),
            "--bytes" => value.parse().map(|value| bytes = value).is_ok(),
            _ => false,
        };
        if !known {
            eprintln!("usage: bare [--port PORT] [--bytes BYTES]");
            return ExitCode::FAILURE;
        }
    }
    let served = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(serve(port, bytes)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bare: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(port: u16, bytes: usize) -> std::io::Result<()> {
    let filler = "x".repeat(bytes.saturating_sub(FRAME));
    let body = Bytes::from(format!("{{\"TableNames\":[\"{filler}\"]}}"));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(request, body.clone()));
            // The client has gone; nobody to tell.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(120))
                .max_header_size(64 * 1024)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
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
    Ok(response)
}
