//! Conformance cases: how DynamoDB answers, written down as data, with how we know.
//!
//! A case says what has to be there, what is asked and what is answered. The files are read by
//! [`Suite::read`]; `play` puts a case to anything that answers, and the answers are compared by
//! the one comparison there is. The format: `docs/formats.md`.

mod capability;
mod error;
mod expect;
mod play;
mod read;
mod source;
mod suite;
mod template;
mod update;

use std::{collections::BTreeSet, time::Duration};

pub use self::{
    capability::{AWS, CAPABILITIES, EMULATOR, FENCED, SERVER},
    error::{CaseError, Fault},
    expect::{Expected, Message, Refusal},
    play::{PlayCase, play, prove, requests},
    source::Source,
    suite::{CaseFile, Suite, text_of},
    template::{Captured, MemberPath},
    update::{Answered, updated},
};
use crate::{
    diff::Layer,
    wire::{Operation, json::Json},
};

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the service does, in a sentence.
    pub title: String,
    /// The rule in full, where the title does not say it all.
    pub requirement: Option<String>,
    /// How we know.
    pub sources: Vec<Source>,
    /// The validation dialect that answers so (`newer`, `older`, a region); none: each.
    pub dialect: Option<String>,
    /// What a target must be capable of, in words of [`CAPABILITIES`].
    pub only_if: Vec<String>,
    /// What a target must not be capable of.
    pub skip_if: Vec<String>,
    /// How the emulator must be started for it: name and JSON text.
    pub settings: Vec<(String, String)>,
    /// What is asked before the case, and has to succeed.
    pub given: Vec<Step>,
    /// What is asked.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// A request.
    Call(Box<Call>),
    /// The clock goes on.
    Wait(Duration),
}

/// A request and what must come back.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation.
    pub operation: Operation,
    /// The region it is signed for, where it is another than that of the other requests.
    pub region: Option<String>,
    /// The body.
    pub body: Body,
    /// The target header, where it is not the operation's: `Some(None)` is no header at all.
    pub target: Option<Option<String>>,
    /// Further headers; `None` takes one away.
    pub headers: Vec<(String, Option<String>)>,
    /// What must come back.
    pub expected: Expected,
    /// Members that must not be there.
    pub lacks: Vec<MemberPath>,
    /// Values kept for later steps.
    pub capture: Vec<(String, MemberPath)>,
}

/// A request's body.
#[derive(Clone, Debug)]
pub enum Body {
    /// JSON, which may hold templates.
    Json(Json),
    /// Any bytes.
    Raw(Vec<u8>),
}

impl Case {
    /// The title in lower case with dashes: what a report calls the case.
    #[must_use]
    pub fn slug(&self) -> String {
        slug_of(&self.title)
    }

    /// The layers that its expectations say something of.
    #[must_use]
    pub fn offers(&self) -> BTreeSet<Layer> {
        let calls = self.steps.iter().filter_map(|step| match step {
            Step::Call(call) => Some(call),
            Step::Wait(_) => None,
        });
        calls.flat_map(|call| call.expected.offers(call.operation)).collect()
    }

    /// Whether the case asks in more than one region.
    #[must_use]
    pub fn travels(&self) -> bool {
        let elsewhere = |step: &Step| matches!(step, Step::Call(call) if call.region.is_some());
        self.given.iter().chain(&self.steps).any(elsewhere)
    }

    /// Whether the case needs a clock that can be moved.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.given.iter().chain(&self.steps).any(|step| matches!(step, Step::Wait(_)))
    }
}

fn slug_of(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        match c {
            c if c.is_alphanumeric() => slug.extend(c.to_lowercase()),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_end_matches('-').to_owned()
}
