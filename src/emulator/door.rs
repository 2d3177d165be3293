//! What is asked before an operation's own rules apply, in the service's order
//! (aws-facts 2.2): JSON, target, authentication, a body, members.

use super::{Emulator, op};
use crate::wire::{Fault, Request, sigv4};

/// Who calls, and for where.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The region in the ARNs of what the caller creates.
    pub(super) region: String,
}

/// Answers a request with the body of a success.
pub(super) fn enter(emulator: &Emulator, request: &Request) -> Result<Vec<u8>, Fault> {
    let empty = request.body().is_empty();
    let json = request.json();
    if json.is_err() && !empty {
        return Err(Fault::bare("SerializationException"));
    }
    let handler = request.target.operation().and_then(op::handler);
    let Some(handler) = handler else { return Err(Fault::bare("UnknownOperationException")) };
    let scope = sigv4::authenticate(request)?;
    let Ok(json) = json else { return Err(Fault::bare("SerializationException")) };
    let region = match &*scope.region {
        "" => emulator.settings.region.clone(),
        _ => scope.region,
    };
    (handler.serve)(emulator, &Caller { region }, json.root())
}
