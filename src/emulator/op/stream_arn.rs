//! What the operations on streams have in common: a stream named by its ARN.

use std::borrow::Cow;

use crate::{
    emulator::{
        Emulator,
        door::Caller,
        rule::{Limit, Rule},
        shape::Sent,
        stream::{self, Description},
    },
    wire::Fault,
};

/// `StreamArn` (its constraints: the API model; that the words are the older layer's, inferred).
pub(super) const ARN: Rule = Rule::older("StreamArn", ARN_LIMITS);
/// The length of an ARN.
pub(super) const ARN_LIMITS: &[Limit] =
    &[Limit::Required, Limit::Shortest(37), Limit::Longest(1024)];
/// The length of a shard's name.
pub(super) const SHARD: &[Limit] = &[Limit::Shortest(28), Limit::Longest(65)];

/// The stream at an ARN, with all done that is due in it. One of another region is not there
/// (inferred).
pub(super) fn find(emulator: &Emulator, caller: &Caller, arn: &str) -> Result<Description, Fault> {
    let found = Description::at(&*emulator.store.read()?, arn, emulator.now())?
        .filter(|found| found.region() == caller.region);
    // aws-facts 9.
    let none = || format!("Requested resource not found: Stream: {arn}");
    let found = found.ok_or_else(|| Fault::new("ResourceNotFoundException", none()))?;
    stream::tend(emulator, &found)?;
    Ok(found)
}

/// The ARN of a request that was checked.
pub(super) fn arn<'a>(sent: &Sent<'a>) -> Cow<'a, str> {
    sent.text("StreamArn").unwrap_or_default()
}

/// A shard that is not there; the words are inferred from those of a stream.
pub(super) fn no_shard(arn: &str, shard: &str) -> Fault {
    let text = format!("Requested resource not found: Shard: {shard} in Stream: {arn}");
    Fault::new("ResourceNotFoundException", text)
}

/// A record that is no longer there: the error's documentation, word by word.
pub(super) fn trimmed() -> Fault {
    Fault::new(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard.",
    )
}

/// The member `Limit` of a request that was checked, and what it is when it is not sent.
pub(super) fn limit(sent: &Sent<'_>, most: usize) -> usize {
    let limit = sent.integer("Limit").and_then(|limit| usize::try_from(limit.value).ok());
    limit.unwrap_or(most)
}
