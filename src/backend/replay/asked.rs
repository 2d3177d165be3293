//! A request, and what is asked of it more than once. Told of most before anybody has to wait.

use super::index::{GroupId, Index};
use crate::{
    cassette::{
        Interaction, client_request_token,
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
