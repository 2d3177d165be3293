//! An endpoint over TLS that verifies Signature Version 4 as the service does, written from its
//! documentation and not with the library that signs.

use std::{convert::Infallible, fmt::Write as _, io::Write as _, sync::Arc};

use dynatape::proxy::tls::Identity;
use flate2::{Compression, write::GzEncoder};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Bytes, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

/// The key pair it knows, and the token that must come with it.
#[derive(Clone, Debug)]
pub struct Account {
    pub access_key: &'static str,
    pub secret_key: &'static str,
    pub token: Option<&'static str>,
    pub region: &'static str,
}

/// One that runs.
#[derive(Debug)]
pub struct Running {
    pub port: u16,
    /// What to trust, and its PEM form.
    pub certificate: CertificateDer<'static>,
    pub pem: String,
}

/// Starts it; returns its address and the certificate to trust.
pub async fn start(account: Account) -> (String, CertificateDer<'static>) {
    let running = start_as("localhost", account).await;
    (format!("https://localhost:{}", running.port), running.certificate)
}

/// Starts it under a host's name.
pub async fn start_as(host: &str, account: Account) -> Running {
    let (identity, pem) = Identity::made_for(&[host]).unwrap();
    let certificate = identity.certificate().unwrap().clone();
    let acceptor = identity.acceptor().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let account = Arc::new(account);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, account) = (acceptor.clone(), Arc::clone(&account));
            tokio::spawn(async move {
                // Who trusts it not hangs up.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let answer = service_fn(move |request| answer(Arc::clone(&account), request));
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            });
        }
    });
    Running { port, certificate, pem }
}

async fn answer(
    account: Arc<Account>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let (status, text) = match verify(&account, &head, &body) {
        Ok(()) => (200, r#"{"TableNames":["signed"]}"#.to_owned()),
        Err(reason) => (
            400,
            format!(
                r#"{{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"{reason}"}}"#
            ),
        ),
    };
    let crc = dynatape::wire::profile::crc32(text.as_bytes());
    let gzip = head.headers.get("accept-encoding").is_some_and(|value| value == "gzip");
    let mut response = Response::builder().status(status);
    let mut body = text.into_bytes();
    if gzip {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&body).unwrap();
        body = packed.finish().unwrap();
        response = response.header("content-encoding", "gzip");
    }
    let response = response
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amzn-requestid", "FROM-UPSTREAM")
        .header("x-amz-crc32", crc)
        .body(Full::from(body))
        .unwrap();
    Ok(response)
}

fn verify(account: &Account, head: &http::request::Parts, body: &[u8]) -> Result<(), String> {
    let header = |name: &str| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).ok_or(format!("no {name}"))
    };
    let authorization = header("authorization")?;
    let rest = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("another algorithm")?;
    let part = |name: &str| {
        let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(key, _)| *key == name).map(|(_, value)| value).ok_or(format!("no {name}"))
    };
    let scope: Vec<_> = part("Credential")?.split('/').collect();
    let [access_key, day, region, "dynamodb", "aws4_request"] = scope[..] else {
        return Err(format!("scope {scope:?}"));
    };
    if access_key != account.access_key {
        return Err("The security token included in the request is invalid.".into());
    }
    if region != account.region {
        return Err(format!("signed for {region}"));
    }
    let date = header("x-amz-date")?;
    if !date.starts_with(day) {
        return Err(format!("scope of {day}, date {date}"));
    }
    let signed: Vec<_> = part("SignedHeaders")?.split(';').collect();
    if !signed.is_sorted() {
        return Err("signed headers not in order".into());
    }
    // What the service insists on: the host, and every x-amz header that there is.
    for name in head.headers.keys().map(http::HeaderName::as_str) {
        if (name == "host" || name.starts_with("x-amz-")) && !signed.contains(&name) {
            return Err(format!("{name} is not signed"));
        }
    }
    if header("x-amz-security-token").ok() != account.token {
        return Err("The security token is another one".into());
    }
    let mut canonical = format!("{}\n{}\n\n", head.method, head.uri.path());
    for name in &signed {
        let value = header(name)?.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(canonical, "{name}:{value}").unwrap();
    }
    write!(canonical, "\n{}\n{}", signed.join(";"), hex(&Sha256::digest(body))).unwrap();
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{day}/{region}/dynamodb/aws4_request\n{}",
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = mac(format!("AWS4{}", account.secret_key).as_bytes(), day);
    for text in [region, "dynamodb", "aws4_request"] {
        key = mac(&key, text);
    }
    if hex(&mac(&key, &to_sign)) == part("Signature")? {
        Ok(())
    } else {
        Err("The request signature we calculated does not match".into())
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
