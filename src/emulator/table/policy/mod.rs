//! The resource policy of a table or a stream: kept, numbered, shown, and asked what it lets
//! whom do.

mod condition;
mod document;
mod error;
mod judge;
mod pattern;

pub use condition::Context;
pub use document::Document;
pub use error::{DocumentError, PolicyError};
pub use judge::{Asked, Principal, Verdict};

use crate::wire::json::{Value, Writer};

/// How long a policy can be as it is sent, white space included (aws-service-facts 12.4).
pub const MOST_BYTES: usize = 20_480;

/// What a policy is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A table.
    Table,
    /// A stream.
    Stream,
}

/// What became of a policy last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What there is, as it was sent; `None` once it is deleted.
    pub text: Option<Box<str>>,
    /// When it changed, in milliseconds since 1970, which is its RevisionId: higher than those
    /// before.
    pub revision: u64,
    /// Until when readers see what there was before, and no other change is let in.
    pub settled: u64,
    /// What there was before: text and revision.
    pub before: Option<(Box<str>, u64)>,
}

impl Policy {
    /// What there is after a change of `former`.
    #[must_use]
    pub fn after(former: Option<&Self>, text: Option<&str>, now: u64, settled: u64) -> Self {
        let before = former.and_then(|former| Some((former.text.clone()?, former.revision)));
        let revision = former.map_or(now, |former| now.max(former.revision + 1));
        Self { text: text.map(Into::into), revision, settled, before }
    }

    /// The revision there is, seen by readers or not yet.
    #[must_use]
    pub fn current(&self) -> Option<u64> {
        self.text.as_ref().map(|_| self.revision)
    }

    /// What readers see: text and revision.
    #[must_use]
    pub fn seen(&self, now: u64) -> Option<(&str, u64)> {
        if self.is_pending(now) {
            return self.before.as_ref().map(|(text, revision)| (&**text, *revision));
        }
        self.text.as_deref().map(|text| (text, self.revision))
    }

    /// Whether the last change is being made.
    #[must_use]
    pub fn is_pending(&self, now: u64) -> bool {
        now < self.settled
    }

    /// Reads what [`Policy::write`] wrote.
    #[must_use]
    pub fn read(json: Value<'_>) -> Option<Self> {
        let text = |name| Some(json.get(name)?.as_str()?.as_ref().into());
        Some(Self {
            text: text("Text"),
            revision: json.number("Revision")?,
            settled: json.number("Settled")?,
            before: text("Before").zip(json.number("BeforeRevision")),
        })
    }

    /// Writes the members.
    pub fn write(&self, json: &mut Writer) {
        let text = |json: &mut Writer, name, text: Option<&str>| {
            if let Some(text) = text {
                json.key(name);
                json.string(text);
            }
        };
        text(json, "Text", self.text.as_deref());
        json.key("Revision");
        json.number(self.revision);
        json.key("Settled");
        json.number(self.settled);
        let Some((before, revision)) = &self.before else { return };
        text(json, "Before", Some(before));
        json.key("BeforeRevision");
        json.number(revision);
    }
}

#[cfg(test)]
mod tests;
