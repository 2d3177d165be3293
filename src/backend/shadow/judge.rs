//! Does a difference show that the candidate answers otherwise, or could it not know better?

use std::collections::HashSet;

use super::Unmeasured;
use crate::{
    diff::Comparison,
    wire::{
        Operation, Request, Response,
        json::{Json, Value},
    },
};

/// Members of requests that hold what the service made up in another answer.
const MINTED: [&str; 10] = [
    "BackupArn",
    "BulkOperationArn",
    "ExclusiveStartStreamArn",
    "ExportArn",
    "ImportArn",
    "NextToken",
    "ResourceArn",
    "ShardIterator",
    "SourceTableArn",
    "StreamArn",
];

/// Why the candidate could not give the primary's answer, whatever it is worth. `given` are the
/// tables that were made in both.
pub(super) fn excuse(
    request: &Request,
    given: &HashSet<String>,
    primary: &Response,
    candidate: &Response,
) -> Option<Unmeasured> {
    let operation = request.target.operation();
    if operation == Some(Operation::Scan) {
        let json = request.json().ok();
        let asked = json.is_some_and(|json| json.root().get("ExclusiveStartKey").is_some());
        let has_more =
            |answer: &Response| member(answer, |root| root.get("LastEvaluatedKey").is_some());
        if asked || has_more(primary) || has_more(candidate) {
            return Some(Unmeasured::Page);
        }
    }
    // One has a table that the other has not.
    let strange = if operation == Some(Operation::ListTables) {
        names(primary).chain(names(candidate)).find(|name| !given.contains(name))
    } else if has_another_table(primary, candidate) {
        request.tables().into_iter().find(|table| !given.contains(table))
    } else {
        None
    };
    if let Some(table) = strange {
        return Some(Unmeasured::NotGiven(table));
    }
    let json = request.json().ok()?;
    let mut minted = MINTED.iter().filter(|name| json.root().get(name).is_some());
    minted.next().map(|name| Unmeasured::Minted(name))
}

/// Whether the answers can be explained by a table that only one of both has.
fn has_another_table(primary: &Response, candidate: &Response) -> bool {
    const NOT_THERE: &str = "ResourceNotFoundException";
    const THERE: &str = "ResourceInUseException";
    let (theirs, ours) = (primary.error_type(), candidate.error_type());
    match (theirs.as_deref(), ours.as_deref()) {
        (Some(NOT_THERE), Some(NOT_THERE)) => false,
        (_, Some(NOT_THERE)) => true,
        (Some(NOT_THERE | THERE), None) => candidate.status.is_success(),
        (None, Some(THERE)) => primary.status.is_success(),
        _ => false,
    }
}

fn names(answer: &Response) -> std::vec::IntoIter<String> {
    let json = Json::parse(answer.body.clone()).ok();
    let names = json.as_ref().and_then(|json| json.root().get("TableNames"));
    let names = names.into_iter().flat_map(Value::elements).filter_map(Value::as_str);
    names.map(std::borrow::Cow::into_owned).collect::<Vec<_>>().into_iter()
}

fn member(answer: &Response, is_there: impl Fn(Value<'_>) -> bool) -> bool {
    Json::parse(answer.body.clone()).is_ok_and(|json| is_there(json.root()))
}

/// Whether the answers to a write that both did show that it did different things. That a table is
/// described otherwise, or that a write costs something else, shows nothing of the kind.
pub(super) fn effects_differ(comparison: &Comparison) -> bool {
    const OF_EFFECT: [&str; 4] = ["$.Attributes", "$.UnprocessedItems", "$.Responses", "body"];
    let mut findings = comparison.findings.iter().filter(|finding| finding.matters);
    findings.any(|finding| OF_EFFECT.iter().any(|member| finding.path.starts_with(member)))
}

/// What an answer says that did nothing, for what else there was to do just then.
pub(super) fn is_busy(answer: &Response) -> Option<String> {
    if answer.status.is_success() {
        return None;
    }
    let kind = answer.error_type().unwrap_or_else(|| answer.status.to_string());
    let in_the_way = match &*kind {
        "TransactionConflictException" => true,
        // Reasons stand in the message: `[None, TransactionConflict]`.
        "TransactionCanceledException" => answer.error_message().is_some_and(|text| {
            ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
                .iter()
                .any(|reason| text.contains(reason))
        }),
        _ => answer.is_transient(),
    };
    in_the_way.then_some(kind)
}

/// Whether a read sees every write that was answered before it.
pub(super) fn is_consistent(request: &Request) -> bool {
    let reads = [Operation::GetItem, Operation::Query, Operation::Scan, Operation::BatchGetItem];
    let may_lag = request.target.operation().is_some_and(|one| reads.contains(&one));
    let Ok(json) = request.json() else { return true };
    let says = json.root().get("ConsistentRead").map(|value| value.raw() == "true");
    !may_lag || says == Some(true)
}
