//! The program as a client's HTTP proxy: what it asks DynamoDB's own host goes there with the
//! client's own signature, which a fake AWS verifies; other hosts are left alone.

#![cfg(unix)] // a recording is ended with a signal
#![allow(clippy::unwrap_used)] // all of it is test

mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use dynatape::clock::{Clock as _, SystemClock};
use rustix::process::{Pid, Signal, kill_process};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use support::verifier::{self, Account, Running};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring},
};

const HOST: &str = "dynamodb.us-east-1.amazonaws.com";
const KEY: &str = "AKIAQ7R2ZN5WEXAMPLE0";
const SECRET: &str = "hT9/x+Lq3mVb7YdKfEw2sRj8ZcUoNaGp5uXi4e0A";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEPT//////////wEaCXVzLWVhc3QtMSJHMEUCIQDk+made/up==";
const ACCOUNT: Account =
    Account { access_key: KEY, secret_key: SECRET, token: Some(TOKEN), region: "us-east-1" };

/// The program, listening; it has no credentials and no region.
struct Proxy {
    child: Option<Child>,
    address: String,
}

impl Proxy {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = program(folder, arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").map(str::to_owned);
        Self {
            child: Some(child),
            address: address.unwrap_or_else(|| unreachable!("it said {line:?}")),
        }
    }

    fn record(folder: &Path, aws: &Running) -> Self {
        fs::write(folder.join("aws.pem"), &aws.pem).unwrap();
        let resolve = format!("{HOST}=127.0.0.1:{}", aws.port);
        let arguments = ["record", "a.tape", "--intercept", "--upstream-ca", "aws.pem"];
        Self::start(folder, &[&arguments[..], &["--resolve", &resolve]].concat())
    }

    fn end(mut self) -> Output {
        let child = self.child.take().unwrap();
        let id = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What `CONNECT` is answered with, and the connection.
    async fn connect(&self, host: &str) -> (String, TcpStream) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let asked = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.unwrap();
        let (mut answer, mut byte) = (Vec::new(), [0]);
        while !answer.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap() > 0 {
            answer.push(byte[0]);
        }
        (String::from_utf8(answer).unwrap(), stream)
    }

    /// Asks a host through the proxy, behind a certificate that `trusted` vouches for.
    async fn ask(
        &self,
        host: &str,
        port: u16,
        trusted: CertificateDer<'static>,
        request: &[u8],
    ) -> String {
        let (answer, stream) = self.connect(&format!("{host}:{port}")).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let mut roots = RootCertStore::empty();
        roots.add(trusted).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        // The end may come without TLS's own goodbye.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
        }
    }
}

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynatape"));
    command
        .args(arguments)
        .args(["--port", "0", "--ca-dir", "ca"])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn authority(folder: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(folder.join("ca/ca.pem")).unwrap()
}

/// A ListTables for `HOST`, signed as an SDK signs, all headers covered.
fn signed(secret: &str, accept_encoding: &str) -> Vec<u8> {
    let body = "{}";
    let headers = [
        ("host", HOST),
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "DynamoDB_20120810.ListTables"),
        ("accept-encoding", accept_encoding),
    ];
    let identity = Credentials::new(KEY, secret, Some(TOKEN.to_owned()), None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("dynamodb")
        .time(SystemClock.now())
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let uri = format!("https://{HOST}/");
    let body_signed = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", uri, headers.into_iter(), body_signed).unwrap();
    let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
    let (added, _) = instructions.into_parts();
    let added = added.iter().map(|header| (header.name(), header.value()));
    let lines =
        headers.into_iter().chain(added).map(|(name, value)| format!("{name}: {value}\r\n"));
    let lines: String = lines.collect();
    format!("POST / HTTP/1.1\r\n{lines}connection: close\r\ncontent-length: 2\r\n\r\n{body}").into()
}

#[tokio::test]
async fn the_clients_own_signature_is_verified_at_the_far_end_and_the_tape_replays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let aws = verifier::start_as(HOST, ACCOUNT).await;
    let proxy = Proxy::record(folder, &aws);
    let answer = proxy.ask(HOST, 443, authority(folder), &signed(SECRET, "identity")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with(r#"{"TableNames":["signed"]}"#), "{answer}");
    let ended = proxy.end();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let tape = fs::read_to_string(folder.join("a.tape")).unwrap();
    assert!(tape.contains(r#""region": "us-east-1""#) && tape.contains("ListTables"), "{tape}");
    let sent = String::from_utf8(signed(SECRET, "identity")).unwrap();
    let signature = sent.split("Signature=").nth(1).unwrap().lines().next().unwrap();
    for secret in [KEY, SECRET, TOKEN, signature, "Signature="] {
        assert!(!tape.contains(secret), "{secret} in {tape}");
    }

    // Offline: the fake AWS is not told of, and its name is not looked up.
    let proxy = Proxy::start(folder, &["replay", "a.tape", "--intercept"]);
    let (refused, _) = proxy.connect("example.com:443").await;
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
    let again = proxy.ask(HOST, 443, authority(folder), &signed("any", "identity")).await;
    assert!(again.ends_with(r#"{"TableNames":["signed"]}"#), "{again}");
    let (refused, _) = proxy.connect("example.com:443").await;
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
    let ended = proxy.end();
    assert!(ended.status.success());
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(said.matches("example.com was refused").count(), 1, "once a host: {said}");
}

#[tokio::test]
async fn a_wrong_secret_is_refused_by_the_far_end() {
    let folder = tempfile::tempdir().unwrap();
    let aws = verifier::start_as(HOST, ACCOUNT).await;
    let proxy = Proxy::record(folder.path(), &aws);
    let request = signed("another secret", "identity");
    let answer = proxy.ask(HOST, 443, authority(folder.path()), &request).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("The request signature we calculated does not match"), "{answer}");
    proxy.end();
}

#[tokio::test]
async fn an_answer_that_came_packed_stands_unpacked_in_the_tape() {
    let folder = tempfile::tempdir().unwrap();
    let aws = verifier::start_as(HOST, ACCOUNT).await;
    let proxy = Proxy::record(folder.path(), &aws);
    let request = signed(SECRET, "gzip");
    let answer = proxy.ask(HOST, 443, authority(folder.path()), &request).await;
    assert!(answer.to_lowercase().contains("content-encoding: gzip"), "{answer}");
    assert!(proxy.end().status.success());
    let tape = fs::read_to_string(folder.path().join("a.tape")).unwrap();
    let at_once: String = tape.split_whitespace().collect();
    assert!(at_once.contains(r#"{"TableNames":["signed"]}"#), "{tape}");
    assert!(!tape.contains("gzip"), "{tape}");
}

#[tokio::test]
async fn another_host_is_tunnelled_with_its_own_certificate_and_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let aws = verifier::start_as(HOST, ACCOUNT).await;
    let other = verifier::start_as("localhost", ACCOUNT).await;
    let proxy = Proxy::record(folder, &aws);
    // It answers what it likes, here that the signature is for somebody else.
    let request = String::from_utf8(signed(SECRET, "identity")).unwrap();
    let request = request.replace(&format!("host: {HOST}"), "host: localhost");
    let answer =
        proxy.ask("localhost", other.port, other.certificate.clone(), request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let ended = proxy.end();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("nothing was recorded"), "{told}");
    assert!(!folder.join("a.tape").exists());
}

#[tokio::test]
async fn a_request_inside_a_connection_goes_to_no_other_host() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let aws = verifier::start_as(HOST, ACCOUNT).await;
    let proxy = Proxy::record(folder, &aws);
    let request = String::from_utf8(signed(SECRET, "identity")).unwrap();
    let request = request.replace(HOST, "dynamodb.eu-west-1.amazonaws.com");
    let answer = proxy.ask(HOST, 443, authority(folder), request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    proxy.end();
}

#[test]
fn a_command_is_told_of_the_proxy_and_not_of_an_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let script = "test -z \"$AWS_ENDPOINT_URL_DYNAMODB\" && test -n \"$HTTPS_PROXY\" \
                  && test \"$HTTPS_PROXY\" = \"$https_proxy\" && grep -q BEGIN \"$AWS_CA_BUNDLE\" \
                  && cmp ca/ca.pem \"$NODE_EXTRA_CA_CERTS\" && exit 7";
    let mut command = program(folder.path(), &["record", "a.tape", "--intercept"]);
    let ended = command
        .env("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
        .args(["--", "sh", "-c", script])
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(7), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (more, told) in [
        (["--upstream", "emulator"], "--intercept and --upstream emulator"),
        (["--upstream", "http://127.0.0.1:1"], "--intercept and --upstream http"),
        (["--resolve", "nonsense"], "--resolve is HOST=ADDRESS"),
        (["--mode=auto", "--tls"], "cannot be used with"),
    ] {
        let arguments = [&["record", "a.tape", "--intercept"][..], &more].concat();
        let ended = program(folder.path(), &arguments).output().unwrap();
        let text = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success() && text.contains(told), "{more:?}: {text}");
    }
}
