//! How to make hyper write `x-amzn-RequestId` and not `x-amzn-requestid`.
//!
//! hyper writes names in lower case, except those of a message that it read itself with
//! `preserve_header_case`: their spelling travels in the message's extensions, as a type that is
//! private to hyper. So we let hyper read one answer with the service's names, once, and give its
//! extensions to each of ours.

use bytes::Bytes;
use http::Extensions;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::wire::profile::HEADER_CASE;

/// Extensions that make hyper's server spell the service's headers as the service does. If hyper
/// should ever refuse the trick they are empty, and names are in lower case, which HTTP allows.
pub(super) async fn learn() -> Extensions {
    let (ours, theirs) = tokio::io::duplex(1024);
    let (extensions, ()) = tokio::join!(read(ours), answer(theirs));
    extensions.unwrap_or_default()
}

async fn read(io: tokio::io::DuplexStream) -> Result<Extensions, hyper::Error> {
    let (mut sender, connection) =
        http1::Builder::new().preserve_header_case(true).handshake(TokioIo::new(io)).await?;
    let response = async move {
        let response = sender.send_request(hyper::Request::new(Empty::<Bytes>::new())).await?;
        Ok(response.into_parts().0.extensions)
        // The sender ends here, and with it the connection.
    };
    let (response, _) = tokio::join!(response, connection);
    response
}

/// Waits for a request, because hyper takes no answer before its question.
async fn answer(mut io: tokio::io::DuplexStream) {
    let mut template = String::from("HTTP/1.1 200 OK\r\n");
    for name in HEADER_CASE {
        template.push_str(name);
        template.push_str(if name == "Content-Length" { ": 0\r\n" } else { ": x\r\n" });
    }
    template.push_str("\r\n");
    if io.read(&mut [0; 256]).await.is_ok() {
        // If it fails, so does the reader, which tells.
        let _ = io.write_all(template.as_bytes()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn learns_something() {
        assert_eq!(learn().await.len(), 1);
    }
}
