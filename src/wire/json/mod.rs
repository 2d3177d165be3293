//! JSON as it was sent.
//!
//! DynamoDB's answers carry a CRC over their exact bytes, numbers whose text has meaning
//! (`1.697565544123E9`), and members whose order tests may see. A parser that turns them into
//! maps and floats cannot give them back. [`Json`] therefore keeps the text and, beside it, a flat
//! list of where each token stands: every value can be printed as it came, and reading a member
//! is a walk over spans that allocates nothing.

mod elements;
mod error;
mod format;
mod parse;
mod write;

use std::{borrow::Cow, fmt, ops::Range, str::FromStr};

use bytes::Bytes;

pub use elements::Elements;
pub use error::{JsonError, JsonErrorKind, position};
pub use format::{Layout, compact, pretty, spaced};
pub use write::{Writer, write_string};

/// How deep arrays and objects may nest.
///
/// The service's reader copes with attribute values 2,000 to 5,000 levels deep, by host, and
/// answers a bare SerializationException past that (aws-facts 2.7, 2026-10-09). One level of an
/// attribute value is two of JSON (`{"L":[`); the limit is the middle of the observed range.
pub const MAX_DEPTH: usize = 7_000;

/// One JSON text and the places of its tokens.
#[derive(Clone)]
pub struct Json {
    text: Bytes,
    nodes: Vec<Node>,
}

/// One token, or an array or object from its first to its last byte.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    /// A string with a backslash in it, whose value is not its text.
    escaped: bool,
    start: u32,
    end: u32,
    /// The node that follows this one and all inside it.
    next: u32,
}

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, kept as text.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object. Members keep their order, and duplicates are kept.
    Object,
}

impl Json {
    /// Parses a whole text: one value, with white space around it and nothing else.
    ///
    /// # Errors
    ///
    /// When the text is not JSON (RFC 8259), not UTF-8, nested deeper than [`MAX_DEPTH`], or
    /// longer than 4 GiB.
    pub fn parse(text: impl Into<Bytes>) -> Result<Self, JsonError> {
        let text = text.into();
        let (nodes, end) = parse::value(&text, 0)?;
        match parse::skip_space(&text, end) {
            rest if rest == text.len() => Ok(Self { text, nodes }),
            rest => Err(JsonError::new(JsonErrorKind::TrailingText, rest)),
        }
    }

    /// Parses the value that starts at `from` and tells where it ends; what follows is not read.
    /// Positions inside the value returned count from its own first byte.
    ///
    /// # Errors
    ///
    /// As [`Json::parse`]; the offset counts from the start of `text`.
    pub fn parse_at(text: &Bytes, from: usize) -> Result<(Self, usize), JsonError> {
        let rest = text.slice(from..);
        let (nodes, end) = parse::value(&rest, 0).map_err(|error| error.moved(from))?;
        Ok((Self { text: rest.slice(..end), nodes }, from + end))
    }

    /// The text, byte for byte as it was given.
    #[must_use]
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value { json: self, index: 0 }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root().raw())
    }
}

/// A value inside a [`Json`]: a cursor, free to copy.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    json: &'a Json,
    index: u32,
}

impl<'a> Value<'a> {
    fn node(self) -> Node {
        self.json.nodes[self.index as usize]
    }

    fn at(self, index: u32) -> Self {
        Self { json: self.json, index }
    }

    /// What the value is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// The whole text it stands in.
    #[must_use]
    pub fn document(self) -> &'a [u8] {
        &self.json.text
    }

    /// The number under a name, if there is one that is such a number.
    ///
    /// ```
    /// let json = dynatape::wire::json::Json::parse(r#"{"Count":300}"#).expect("JSON");
    /// assert_eq!(json.root().number("Count"), Some(300u16));
    /// assert_eq!(json.root().number::<u8>("Count"), None);
    /// ```
    #[must_use]
    pub fn number<T: FromStr>(self, name: &str) -> Option<T> {
        self.get(name)?.as_number()?.parse().ok()
    }

    /// Where the value stands in the text, quotes and brackets included.
    #[must_use]
    pub fn span(self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// The value's text, quotes and brackets included, as it was sent.
    #[must_use]
    pub fn raw(self) -> &'a str {
        // The parser checked the whole text; an empty string here would be a bug of the spans.
        std::str::from_utf8(&self.json.text[self.span()]).unwrap_or_default()
    }

    /// Whether the value is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The number's text, if it is one.
    #[must_use]
    pub fn as_number(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// The string's value with escapes undone, if it is one. Half of a surrogate pair becomes
    /// U+FFFD.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let node = self.node();
        if node.kind != Kind::String {
            return None;
        }
        let raw = self.raw();
        let inner = &raw[1..raw.len() - 1];
        Some(if node.escaped { parse::unescape(inner).into() } else { inner.into() })
    }

    /// The elements of an array; nothing for any other value.
    pub fn elements(self) -> impl Iterator<Item = Value<'a>> + Clone {
        self.children(Kind::Array)
    }

    /// The members of an object in the order sent, duplicates included; nothing for any other
    /// value.
    pub fn members(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> + Clone {
        let mut children = self.children(Kind::Object);
        std::iter::from_fn(move || {
            let name = children.next()?;
            Some((name.as_str().unwrap_or_default(), children.next()?))
        })
    }

    /// The names of an object's members, as values with a place in the text.
    pub fn names(self) -> impl Iterator<Item = Self> + Clone {
        self.children(Kind::Object).step_by(2)
    }

    /// The value of the member called `name`: the last one if there are several, as the
    /// service's reader (Jackson) takes it (inferred).
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        self.members().filter(|(key, _)| key == name).last().map(|(_, value)| value)
    }

    /// How many elements or members there are.
    #[must_use]
    pub fn len(self) -> usize {
        match self.kind() {
            Kind::Object => self.children(Kind::Object).count() / 2,
            _ => self.elements().count(),
        }
    }

    /// Whether there are no elements and no members.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.node().next == self.index + 1
    }

    fn children(self, of: Kind) -> impl Iterator<Item = Value<'a>> + Clone {
        let end = if self.kind() == of { self.node().next } else { 0 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            (index < end).then(|| {
                let child = self.at(index);
                index = child.node().next;
                child
            })
        })
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.raw())
    }
}

#[cfg(test)]
mod tests;
