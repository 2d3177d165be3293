//! One request of the API, as it was sent.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};

use super::{
    Operation, Target,
    json::{Json, JsonError, Value},
    region::named_in,
};

/// The header that names the operation.
pub const X_AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// The region that requests of our own making are signed for.
pub const MADE_FOR: &str = "us-east-1";

/// What SDKs set once a call and repeat on each of its attempts.
pub const INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");

/// The sessions that the way a request came names: what no longer shows in its headers.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// By its path.
    pub path: Option<Box<str>>,
    /// By the listener that accepted it.
    pub listener: Option<Arc<str>>,
}

/// One request: what it asks for, its headers and its body, byte for byte.
///
/// Everything DynamoDB understands is a `POST /`; what is not never becomes a `Request` (the
/// proxy's door answers it).
#[derive(Clone, Debug)]
pub struct Request {
    /// What is asked for.
    pub target: Target,
    /// The headers as received.
    pub headers: HeaderMap,
    /// The query string, which may carry authentication, without `?`.
    pub query: Option<Box<str>>,
    /// The session it came to, where there are sessions.
    pub session: Arrival,
    /// The region it is asked in, where it is not the one that a tape is mostly of. Tables are
    /// named with it ([`Request::tables`]).
    pub region: Option<Arc<str>>,
    body: Bytes,
    json: OnceLock<Result<Json, JsonError>>,
}

impl Request {
    /// A request as received; the target is read from the headers.
    #[must_use]
    pub fn new(headers: HeaderMap, body: Bytes) -> Self {
        let target =
            headers.get(X_AMZ_TARGET).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self {
            target: Target::parse(target.as_deref()),
            headers,
            query: None,
            session: Arrival::default(),
            region: None,
            body,
            json: OnceLock::new(),
        }
    }

    /// A request of our own making: the headers an SDK would send, with made-up credentials.
    /// Nobody verifies their signature; an upstream that does gets a new one.
    #[must_use]
    pub fn made(target: Target, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(value) = target.header().and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(X_AMZ_TARGET, value);
        }
        let fixed = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-date", "20260101T000000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=dynatape/20260101/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=0",
            ),
        ];
        for (name, value) in fixed {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Self {
            target,
            headers,
            query: None,
            session: Arrival::default(),
            region: None,
            body: body.into(),
            json: OnceLock::new(),
        }
    }

    /// A request for a known operation, of our own making.
    #[must_use]
    pub fn of(operation: Operation, body: impl Into<Bytes>) -> Self {
        Self::made(Target::Known(operation), body)
    }

    /// The same request, asked in a region and signed for it.
    #[must_use]
    pub fn asked_in(mut self, region: &str) -> Self {
        self.region = Some(region.into());
        self.signed_for(region)
    }

    /// The same request as a client of another region would sign it. Of a signature that was not
    /// made here nothing but this is true then.
    #[must_use]
    pub fn signed_for(mut self, region: &str) -> Self {
        let signed = self.header(&AUTHORIZATION).and_then(|text| {
            let (before, scope) = text.split_once("Credential=")?;
            let mut parts: Vec<_> = scope.split('/').collect();
            *parts.get_mut(2)? = region;
            HeaderValue::try_from(format!("{before}Credential={}", parts.join("/"))).ok()
        });
        if let Some(signed) = signed {
            self.headers.insert(AUTHORIZATION, signed);
        }
        self
    }

    /// The same request with another body.
    #[must_use]
    pub fn with_body(self, body: Bytes) -> Self {
        Self { body, json: OnceLock::new(), ..self }
    }

    /// The body, byte for byte.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body read as JSON: once, on first use.
    ///
    /// # Errors
    ///
    /// When the body is not JSON; an empty body is not.
    pub fn json(&self) -> Result<&Json, JsonError> {
        self.json.get_or_init(|| Json::parse(self.body.clone())).as_ref().map_err(|error| *error)
    }

    /// A header's value, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        // As `HeaderValue::to_str`, but not letter by letter: a value holds no control characters.
        let value = self.headers.get(name)?.as_bytes();
        std::str::from_utf8(value).ok().filter(|text| text.is_ascii())
    }

    /// The table the request names, if it names exactly one.
    #[must_use]
    pub fn table(&self) -> Option<String> {
        let mut tables = self.tables();
        if tables.len() == 1 { tables.pop() } else { None }
    }

    /// The tables the request names, by name, each once; an ARN is reduced to the name in it. Those
    /// of a region of its own have that behind it ([`super::named_in`]).
    #[must_use]
    pub fn tables(&self) -> Vec<String> {
        let Ok(body) = self.json() else { return Vec::new() };
        let root = body.root();
        let mut names: Vec<_> = root.get("TableName").and_then(Value::as_str).into_iter().collect();
        names.extend(
            root.get("RequestItems").into_iter().flat_map(Value::members).map(|(name, _)| name),
        );
        let actions = root.get("TransactItems").into_iter().flat_map(Value::elements);
        let actions = actions.flat_map(Value::members);
        names.extend(actions.filter_map(|(_, action)| action.get("TableName")?.as_str()));
        let bare =
            |name: &str| name.rsplit_once(":table/").map_or(name, |(_, table)| table).to_owned();
        let mut names: Vec<_> = names.iter().map(|name| bare(name)).collect();
        if let Some(region) = self.region.as_deref() {
            names.iter_mut().for_each(|name| *name = named_in(Some(region), name));
        }
        names.sort();
        names.dedup();
        names
    }
}
