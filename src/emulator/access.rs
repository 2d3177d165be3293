//! Whether the policies of what a request is about let its caller do it (`--enforce-policies`).
//!
//! Callers have no policies of their own here: those of the account that owns the tables may do
//! everything that no statement denies, those of another account only what one allows (the
//! documentation of IAM's evaluation across accounts).

mod uses;

use std::net::Ipv4Addr;

use self::uses::Use;
use super::{
    Emulator,
    door::Caller,
    op,
    table::{
        Table, iso,
        policy::{Asked, Context, Document, Owner, Policy, Principal, Verdict},
    },
};
use crate::{
    storage::Read,
    wire::{Fault, Operation, json::Value},
};

/// Where callers call from: the emulator is not told.
const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Refuses what a policy does not let the caller do. Of several refusals of one request the first
/// is told (inferred), and a statement of a batch is refused with all others (inferred).
pub(super) fn check(
    emulator: &Emulator,
    caller: &Caller,
    operation: Operation,
    request: Value<'_>,
) -> Result<(), Fault> {
    let Some(principal) = &caller.principal else { return Ok(()) };
    let store = emulator.store.read()?;
    for one in uses::of(operation, request) {
        check_one(emulator, caller, principal, &*store, &one)?;
    }
    Ok(())
}

fn check_one(
    emulator: &Emulator,
    caller: &Caller,
    principal: &Principal,
    store: &dyn Read,
    one: &Use<'_>,
) -> Result<(), Fault> {
    // What is not there has no policy: the operation says so.
    let name = op::table_name(&one.named);
    let Some(table) = emulator.catalog.table(store, &caller.region, name)? else { return Ok(()) };
    let Some((resource, policy)) = resource(&table, one) else { return Ok(()) };
    let now = emulator.now();
    let mut context = Context::default();
    let mut know = |key, value: String| context.set(key, vec![value]);
    know("aws:PrincipalArn", principal.arn.clone());
    know("aws:PrincipalAccount", principal.account.clone());
    if let Some((_, user)) = principal.arn.split_once(":user/") {
        know("aws:username", user.to_owned());
    }
    know("aws:RequestedRegion", caller.region.clone());
    know("aws:ResourceAccount", emulator.settings.account.clone());
    know("aws:SourceIp", HERE.to_string());
    know("aws:CurrentTime", iso(now));
    know("aws:EpochTime", (now / 1000).to_string());
    one.describe(&table, &mut context);
    let action = format!("dynamodb:{}", one.action);
    let asked = Asked { principal, action: &action, resource: &resource, context: &context };
    let verdict = match policy.and_then(|policy| policy.seen(now)) {
        // Whatever a policy of a table can say, one of a stream can.
        Some((text, _)) => Document::read(text, Owner::Stream)?.judge(&asked),
        None => Verdict::Silent,
    };
    let is_own = principal.account == emulator.settings.account;
    let why = match verdict {
        Verdict::Allowed => return Ok(()),
        Verdict::Silent if is_own => return Ok(()),
        // aws-service-facts 1.12.
        Verdict::Denied => "with an explicit deny in a resource-based policy".to_owned(),
        // The documentation of IAM's error messages.
        Verdict::Silent => format!("because no resource-based policy allows the {action} action"),
    };
    let who = &principal.arn;
    let text =
        format!("User: {who} is not authorized to perform: {action} on resource: {resource} {why}");
    Err(Fault::new("AccessDeniedException", text))
}

/// The ARN of what is used, and the policy that is for it. A table's policy is for its indexes too.
fn resource<'a>(table: &'a Table, one: &Use<'_>) -> Option<(String, Option<&'a Policy>)> {
    let state = &table.state;
    if let Some((_, label)) = one.named.split_once("/stream/") {
        let is_latest = table.stream_label().as_deref() == Some(label);
        let policy = state.stream_policy.as_ref().filter(|_| is_latest);
        return Some((one.named.to_string(), policy));
    }
    if one.named.starts_with("arn:") && *one.named != *table.arn {
        return None;
    }
    let arn = match &one.index {
        Some(index) => format!("{}/index/{index}", table.arn),
        None => table.arn.to_string(),
    };
    Some((arn, state.policy.as_ref()))
}

#[cfg(test)]
mod tests;
