//! Writing JSON the way the service does: compact, non-ASCII text as it is, `/` unescaped.

use std::fmt::Display;
use std::io::Write as _;

use bytes::Bytes;

use super::Elements;
use crate::wire::seconds;

/// Builds one JSON text straight into its bytes.
///
/// ```
/// let mut json = dynatape::wire::json::Writer::new();
/// json.object(|json| {
///     json.key("Count");
///     json.number(1);
/// });
/// assert_eq!(json.into_bytes(), br#"{"Count":1}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    /// Where the text begins.
    start: usize,
}

impl Writer {
    /// An empty text.
    #[must_use]
    pub fn new() -> Self {
        Self { out: Vec::with_capacity(256), start: 0 }
    }

    /// The text written so far.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.out.drain(..self.start);
        self.out
    }

    /// The text written so far, not moved however long it is.
    #[must_use]
    pub fn finish(self) -> Bytes {
        Bytes::from(self.out).slice(self.start..)
    }

    /// Writes `{`, what `members` writes, and `}`.
    pub fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push(b'{');
        members(self);
        self.out.push(b'}');
    }

    /// Writes `[`, what `elements` writes, and `]`.
    pub fn array(&mut self, elements: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push(b'[');
        elements(self);
        self.out.push(b']');
    }

    /// Writes a member's name; its value follows.
    pub fn key(&mut self, name: &str) {
        self.string(name);
        self.out.push(b':');
    }

    /// Writes a string.
    pub fn string(&mut self, text: &str) {
        self.separate();
        write_string(&mut self.out, text);
    }

    /// Writes a number whose `Display` is JSON.
    pub fn number(&mut self, number: impl Display) {
        self.separate();
        // Writing into a Vec cannot fail.
        let _ = write!(self.out, "{number}");
    }

    /// Writes a member that is a string.
    pub fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        self.string(text);
    }

    /// Writes a member that is a number whose `Display` is JSON.
    pub fn count(&mut self, name: &str, number: impl Display) {
        self.key(name);
        self.number(number);
    }

    /// Writes a member that is a time, in milliseconds since 1970, as the service writes times.
    pub fn time(&mut self, name: &str, millis: u64) {
        self.key(name);
        self.raw(seconds(millis).as_bytes());
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.raw(if value { b"true" } else { b"false" });
    }

    /// Writes text that is JSON already.
    pub fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.out.extend_from_slice(json);
    }

    /// Writes an array of what is JSON already.
    pub fn elements(&mut self, elements: Elements) {
        self.separate();
        (self.out, self.start) = elements.after(&self.out[self.start..]);
    }

    /// A value needs a comma before it unless it is the first of its kind or follows a name.
    /// What stands before it tells: only an opening bracket, a colon or nothing needs none.
    fn separate(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }
}

/// Appends `text` as a JSON string, quotes included.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0x8 => b"\\b",
            0xc => b"\\f",
            0..=0x1f => b"",
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[plain..at]);
        plain = at + 1;
        if short.is_empty() {
            let _ = write!(out, "\\u{byte:04X}");
        } else {
            out.extend_from_slice(short);
        }
    }
    out.extend_from_slice(&text.as_bytes()[plain..]);
    out.push(b'"');
}
