//! What a step expects, turned into the answer that the target's is compared with.

use std::collections::BTreeSet;

use http::StatusCode;

use super::{
    Fault,
    template::{Captured, expand, expand_text},
};
use crate::{
    conformance::{
        classes::offered,
        prove::{Mutation, mutants},
    },
    diff::{Expectation, Layer},
    wire::{
        Operation, Response,
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

    /// The layers that it says something of.
    pub(super) fn offers(&self, operation: Operation) -> BTreeSet<Layer> {
        match self {
            Self::Success => BTreeSet::from([Layer::Status]),
            Self::Answer(body) | Self::Includes(body) => {
                offered(Some(operation), &Response::ok(body.root().raw().to_owned()), true)
            }
            Self::Refused(_) => {
                BTreeSet::from([Layer::Status, Layer::Type, Layer::Message, Layer::Wire])
            }
        }
    }

    /// The expectations that differ from this one in one place: what was done, where, and what is
    /// expected then. Of something that is not said there is none.
    pub(super) fn mutants(&self, operation: Operation) -> Vec<(&'static str, String, Self)> {
        let of_body = |body: &Json, whole| {
            let mutation = Mutation { operation: Some(operation), whole, exact: false };
            let mutants = mutants(body.root(), &mutation).into_iter();
            mutants.filter_map(|one| Some((one.kind, one.path, Json::parse(one.body).ok()?)))
        };
        match self {
            Self::Success => Vec::new(),
            Self::Answer(body) => {
                of_body(body, true).map(|(kind, at, body)| (kind, at, Self::Answer(body))).collect()
            }
            Self::Includes(body) => of_body(body, false)
                .map(|(kind, at, body)| (kind, at, Self::Includes(body)))
                .collect(),
            Self::Refused(refusal) => {
                let other = |kind, change: &dyn Fn(&mut Refusal)| {
                    let mut other = refusal.clone();
                    change(&mut other);
                    (kind, format!("$.{kind}"), Self::Refused(other))
                };
                let mut all = vec![
                    other("status", &|one| one.status = StatusCode::IM_A_TEAPOT),
                    other("type", &|one| one.kind.push('~')),
                ];
                let said = Json::parse(r#""~""#).ok();
                let parts = Json::parse(r#"["\u0001"]"#).ok();
                match &refusal.message {
                    Message::Absent | Message::Whole(_) => all.extend(said.map(|text| {
                        other("message", &|one| one.message = Message::Whole(text.clone()))
                    })),
                    Message::Parts(_) => all.extend(parts.map(|parts| {
                        other("message", &|one| one.message = Message::Parts(parts.clone()))
                    })),
                }
                if let Some(with) = &refusal.with {
                    all.extend(of_body(with, true).map(|(kind, at, with)| {
                        let with = Some(with);
                        (kind, at, Self::Refused(Refusal { with, ..refusal.clone() }))
                    }));
                }
                all
            }
        }
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
    pub fn response(
        &self,
        operation: Operation,
        captured: &Captured,
        actual: &Response,
    ) -> Result<Response, Fault> {
        match self {
            // Some operations answer without a body (TagResource).
            Self::Success if actual.body.is_empty() => Ok(Response::ok("")),
            Self::Success => Ok(Response::ok("{}")),
            Self::Answer(body) | Self::Includes(body) => {
                Ok(Response::ok(expand(body.root(), captured)?))
            }
            Self::Refused(refusal) => refusal.response(operation, captured, actual),
        }
    }
}

impl Refusal {
    fn response(
        &self,
        operation: Operation,
        captured: &Captured,
        actual: &Response,
    ) -> Result<Response, Fault> {
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
        let body = error_body(Some(operation), &self.kind, message.as_deref(), members);
        Ok(Response::new(self.status, body))
    }
}

/// Fills in everything once, so that a template that cannot be is found while reading.
pub(super) fn proof(value: Value<'_>) -> Result<(), Fault> {
    expand(value, &Captured::anything()).map(drop)
}
