//! A request, and what is asked of it more than once. Told of most before anybody has to wait.

use bytes::Bytes;
use memchr::memmem;

use super::{
    index::{GroupId, Index},
    session::Session,
};
use crate::{
    cassette::{
        Interaction, Redactor, client_request_token,
        minted::{self, Shape},
    },
    wire::Request,
};

/// A request as it stands in the tape, or as it came.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) request: &'a Request,
    /// The group with this very request, as JSON.
    pub(super) same: Option<GroupId>,
    pub(super) token: Option<String>,
    /// The values in it that are made up by their shape, in order.
    pub(super) values: Vec<(Shape, String)>,
}

impl<'a> Asked<'a> {
    pub(super) fn of(request: &'a Request, index: &Index, tape: &[Interaction]) -> Self {
        let spelled = index.spelled(request, tape);
        let (same, token) = match spelled {
            Some(group) => (spelled, index.tokens[index.groups[group].members[0]].clone()),
            None => (index.canonical(request), client_request_token(request)),
        };
        Self { request, same, token, values: minted::values(request.body()) }
    }
}

/// The request as it would stand in the tape: only ARNs are ever replaced in requests by
/// redaction, and made-up values by those they stand for. `None` where that is as it is.
pub(super) fn as_recorded(request: &Request, session: &mut Session) -> Option<Request> {
    let redacted = redacted(request, &mut session.redactor);
    let body = redacted.as_ref().unwrap_or(request.body());
    let translated = std::str::from_utf8(body)
        .ok()
        .and_then(|text| session.bindings.to_recorded(text))
        .map(Bytes::from);
    let body = translated.or(redacted)?;
    Some(request.clone().with_body(body))
}

fn redacted(request: &Request, redactor: &mut Redactor) -> Option<Bytes> {
    memmem::find(request.body(), b"arn:")?;
    Some(redactor.body(request.body())).filter(|body| body != request.body())
}
