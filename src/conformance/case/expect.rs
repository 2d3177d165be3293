//! What a step expects, turned into the answer that the target's is compared with.

use http::StatusCode;

use super::{
    Fault,
    template::{Captured, expand, expand_text},
};
use crate::{
    diff::Expectation,
    wire::{
        Response,
        fault::error_body,
        json::{Json, Value},
    },
};

/// What must come back.
#[derive(Clone, Debug)]
pub enum Expected {
    /// A success, whatever it says.
    Success,
    /// A success with just this body.
    Answer(Json),
    /// A success with at least these members.
    Includes(Json),
    /// An error.
    Refused(Refusal),
}

/// An error that must come back.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The short type.
    pub kind: String,
    /// The text.
    pub message: Message,
    /// Further members of the body, as an object.
    pub with: Option<Json>,
}

/// An error's text.
#[derive(Clone, Debug)]
pub enum Message {
    /// There is none.
    Absent,
    /// Just this; a template may stand in place of text.
    Whole(Json),
    /// Each of these parts.
    Parts(Json),
}

impl Expected {
    /// Whether it says anything but that the call succeeds.
    #[must_use]
    pub fn says_something(&self) -> bool {
        !matches!(self, Self::Success)
    }

    /// How the answer is to be read.
    #[must_use]
    pub fn expectation(&self) -> Expectation {
        match self {
            Self::Answer(_) | Self::Refused(_) => Expectation::Stated,
            Self::Success | Self::Includes(_) => Expectation::Partial,
        }
    }

    /// The answer expected. A text of which parts are known only becomes that of the actual
    /// answer if they are all in it.
    ///
    /// # Errors
    ///
    /// When a template cannot be filled in.
    pub fn response(&self, captured: &Captured, actual: &Response) -> Result<Response, Fault> {
        match self {
            // Some operations answer with nothing at all.
            Self::Success if actual.body.is_empty() => Ok(Response::ok("")),
            Self::Success => Ok(Response::ok("{}")),
            Self::Answer(body) | Self::Includes(body) => {
                Ok(Response::ok(expand(body.root(), captured)?))
            }
            Self::Refused(refusal) => refusal.response(captured, actual),
        }
    }
}

impl Refusal {
    fn response(&self, captured: &Captured, actual: &Response) -> Result<Response, Fault> {
        let message = match &self.message {
            Message::Absent => None,
            Message::Whole(text) => Some(expand_text(text.root(), captured)?),
            Message::Parts(parts) => {
                let parts: Vec<_> = parts
                    .root()
                    .elements()
                    .map(|part| expand_text(part, captured))
                    .collect::<Result<_, _>>()?;
                let text = actual.error_message().unwrap_or_default();
                let all = parts.iter().all(|part| text.contains(part));
                Some(if all { text } else { parts.join(" ... ") })
            }
        };
        let mut extra = Vec::new();
        for (name, value) in self.with.iter().flat_map(|with| with.root().members()) {
            extra.push((name.into_owned(), expand(value, captured)?));
        }
        let members = extra.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let body = error_body(&self.kind, message.as_deref(), members);
        Ok(Response::new(self.status, body))
    }
}

/// Fills in everything once, so that a template that cannot be is found while reading.
pub(super) fn proof(value: Value<'_>) -> Result<(), Fault> {
    expand(value, &Captured::anything()).map(drop)
}
