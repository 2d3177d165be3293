//! HTTP by hand, with the standard library only: what a test sends and gets is what stands here.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

/// An answer, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether there is a checksum, and it is that of the body.
    pub fn checksum_is_right(&self) -> bool {
        let sum = crc32fast::hash(&self.body).to_string();
        self.header("x-amz-crc32") == Some(&*sum)
    }
}

/// Who signs. Nobody verifies the signature.
#[derive(Clone, Debug)]
pub struct Signer {
    pub key: String,
    pub token: Option<String>,
    pub signature: String,
}

impl Default for Signer {
    fn default() -> Self {
        Self { key: "test".into(), token: None, signature: "0".repeat(64) }
    }
}

/// A connection that is kept open.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// To the server at `http://HOST:PORT`.
    pub fn open(url: &str) -> io::Result<Self> {
        let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    pub fn call(&mut self, operation: &str, body: &str) -> io::Result<Answer> {
        self.send(&request(operation, body, &Signer::default()))
    }

    /// Sends these bytes and reads one answer.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        self.write(bytes)?;
        self.read()
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    pub fn read(&mut self) -> io::Result<Answer> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let Some(status) = status else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
                None => break,
            }
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        answer.body.resize(length.unwrap_or(0), 0);
        self.stream.read_exact(&mut answer.body)?;
        Ok(answer)
    }
}

/// One call on a connection of its own.
pub fn call(url: &str, operation: &str, body: &str) -> Answer {
    Connection::open(url).unwrap().call(operation, body).unwrap()
}

/// The address of a server that closes every connection at once.
pub fn hangs_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(drop));
    url
}

/// A call as bytes.
pub fn request(operation: &str, body: &str, signer: &Signer) -> Vec<u8> {
    let Signer { key, token, signature } = signer;
    let token = token.as_ref().map(|token| format!("X-Amz-Security-Token: {token}\r\n"));
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/dynamodb/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-target, Signature={signature}\r\n{}\
         Content-Length: {}\r\n\r\n{body}",
        token.unwrap_or_default(),
        body.len()
    )
    .into_bytes()
}
