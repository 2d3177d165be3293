//! When are two requests the same? The operation always counts: `GetItem` and `DeleteItem` have
//! the same body. So does the region, where a tape is of more than one.
//!
//! Keys are computed, never stored: a change here makes no recording invalid.

use std::{borrow::Cow, fmt::Write as _};

use sha2::{Digest, Sha256};

use super::{
    minted::{self, Shape},
    semantic::{self, Order},
};
use crate::wire::{
    Request,
    json::{self, Kind, Value},
};

/// The values of a request that were made up, in order.
type MadeUp = Vec<(Shape, String)>;

/// What a request is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MatchKey([u8; 16]);

impl MatchKey {
    /// Tier T0: operation and body, token for token.
    #[must_use]
    pub fn exact(request: &Request) -> Self {
        match request.json() {
            Ok(body) => Self::of(request, json::compact(body.root()).as_bytes()),
            Err(_) => Self::of(request, request.body()),
        }
    }

    /// Tier T1: operation and canonical JSON: member order and spelling of strings do not count,
    /// and neither does the value of a `ClientRequestToken` (see [`client_request_token`]).
    #[must_use]
    pub fn canonical(request: &Request) -> Self {
        match request.json() {
            Ok(body) => {
                let mut out = Vec::with_capacity(body.text().len());
                write_canonical(&mut out, body.root(), Some(CLIENT_REQUEST_TOKEN));
                Self::of(request, &out)
            }
            Err(_) => Self::of(request, request.body()),
        }
    }

    /// Tier T2: operation, and what the body says to DynamoDB (see `semantic.rs`); `None` where
    /// that cannot be told.
    #[must_use]
    pub fn semantic(request: &Request) -> Option<Self> {
        let text = semantic::text(request, Order::Text)?;
        Some(Self::of(request, text.as_bytes()))
    }

    /// Tier T3: as [`MatchKey::semantic`], but for the values that the client made up; and those
    /// values, in order.
    #[must_use]
    pub fn unified(request: &Request) -> Option<(Self, MadeUp)> {
        let text = semantic::text(request, Order::Unmade)?;
        let token = client_request_token(request);
        let token = token.map(|token| (Shape::Token, token)).into_iter();
        let values = token.chain(minted::values(text.as_bytes()));
        let key = Self::of(request, minted::blanked(&text).as_bytes());
        Some((key, values.collect()))
    }

    /// Tiers T2 and T3 at once. A request that holds nothing made up says the same in both.
    #[must_use]
    pub fn semantic_and_unified(request: &Request) -> Option<(Self, (Self, MadeUp))> {
        let text = semantic::text(request, Order::Text)?;
        let key = Self::of(request, text.as_bytes());
        let unified = if minted::any(&text) {
            Self::unified(request)?
        } else {
            let token = client_request_token(request);
            (key, token.map(|token| (Shape::Token, token)).into_iter().collect())
        };
        Some((key, unified))
    }

    /// The six hexadecimal digits that stand in ids.
    #[must_use]
    pub fn short(&self) -> String {
        self.0[..3].iter().fold(String::new(), |mut text, byte| {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn of(request: &Request, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(request.target.header().unwrap_or_default());
        hash.update([0]);
        if let Some(region) = &request.region {
            hash.update(region.as_bytes());
            // In no text.
            hash.update([0xff]);
        }
        hash.update(body);
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Self(key)
    }
}

/// The member by which a client makes a request idempotent.
const CLIENT_REQUEST_TOKEN: &str = "ClientRequestToken";

/// The request's idempotency token, if it has one. SDKs make one up for each call, so its value
/// is another in every run; what must be kept is which requests share one.
#[must_use]
pub fn client_request_token(request: &Request) -> Option<String> {
    let token = request.json().ok()?.root().get(CLIENT_REQUEST_TOKEN)?;
    token.as_str().map(Cow::into_owned)
}

/// The value without white space, members by name, strings spelled one way. Numbers keep their
/// text: `1.0` and `1` may be told apart by whoever reads them.
#[must_use]
pub fn canonical(value: Value<'_>) -> String {
    let mut out = Vec::with_capacity(value.raw().len());
    write_canonical(&mut out, value, None);
    // Strings and raw tokens, both UTF-8.
    String::from_utf8(out).unwrap_or_default()
}

/// What is still to be written of a value.
enum Due<'a> {
    Value(Value<'a>),
    Name(Cow<'a, str>),
    Token(u8),
}

/// `blank`: the member of this object, not of those in it, whose value is left out.
fn write_canonical(out: &mut Vec<u8>, value: Value<'_>, blank: Option<&str>) {
    // A stack, not recursion: a body may nest as deep as the reader allows.
    let mut due = vec![Due::Value(value)];
    let mut blank = blank;
    while let Some(next) = due.pop() {
        match next {
            Due::Token(byte) => out.push(byte),
            Due::Name(name) => json::write_string(out, &name),
            Due::Value(value) => {
                push_children(&mut due, out, value, blank.take());
            }
        }
    }
}

/// Writes a scalar, or the first bracket of an array or object; what follows it becomes due.
fn push_children<'a>(
    due: &mut Vec<Due<'a>>,
    out: &mut Vec<u8>,
    value: Value<'a>,
    blank: Option<&str>,
) {
    let first = due.len();
    match value.kind() {
        Kind::Object => {
            out.push(b'{');
            let mut members: Vec<_> = value.members().collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            for (at, (name, child)) in members.into_iter().enumerate() {
                if at > 0 {
                    due.push(Due::Token(b','));
                }
                let is_blank = blank == Some(&*name);
                due.push(Due::Name(name));
                due.push(Due::Token(b':'));
                if !is_blank {
                    due.push(Due::Value(child));
                }
            }
            due.push(Due::Token(b'}'));
        }
        Kind::Array => {
            out.push(b'[');
            for (at, child) in value.elements().enumerate() {
                if at > 0 {
                    due.push(Due::Token(b','));
                }
                due.push(Due::Value(child));
            }
            due.push(Due::Token(b']'));
        }
        Kind::String => json::write_string(out, &value.as_str().unwrap_or_default()),
        _ => out.extend_from_slice(value.raw().as_bytes()),
    }
    due[first..].reverse();
}
