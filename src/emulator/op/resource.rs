//! What the tag operations have in common: a table named by its ARN and by nothing else
//! (aws-tables-facts 1.5, 2026-10-08 and 09).

use std::{sync::Arc, time::Duration};

use thiserror::Error;

use crate::{
    emulator::{
        Emulator,
        door::Caller,
        rule::{Limit, Rule},
        shape::Sent,
        table::{
            Call, Catalog, DefinitionError, Job, Refusal, Step, Table, Task,
            limits::{self, TAGS_BEFORE_ACTIVE},
            tags::Tag,
        },
    },
    storage::{Read, Write},
    wire::Fault,
};

/// `ResourceArn`.
pub(super) const ARN: Rule = Rule::older(
    "ResourceArn",
    &[Limit::Required, Limit::First(&[Limit::Shortest(1), Limit::Longest(1283)])],
);

/// Keeps the tags a table is to have. A change locks them for a while, in which the old ones are
/// shown (aws-tables-facts 17.3, 17.4); what is no change does not.
pub(super) fn keep_tags(
    emulator: &Emulator,
    store: &mut dyn Write,
    table: &Table,
    tags: Vec<Tag>,
) -> Result<(), Fault> {
    let now = emulator.now();
    let mut changed = Table::clone(table);
    let mut jobs = changed.state.jobs.iter_mut();
    if let Some(tags_of_job) = jobs.find_map(|job| match &mut job.task {
        Task::Tags(tags) => Some(tags),
        _ => None,
    }) {
        *tags_of_job = tags;
    } else if tags == table.definition.tags {
        return Ok(());
    } else {
        table.admit(Call::Tags, now)?;
        let until = emulator.settings.timing.end(Step::Tags, now);
        changed.state.jobs.push(Job { task: Task::Tags(tags), since: now, until });
    }
    if let Some(table) = changed.at(now) {
        Catalog::put(store, &table)?;
    }
    Ok(())
}

/// The tags that a table gets, while they are locked.
pub(super) fn tags_to_come(table: &Table) -> Option<&[Tag]> {
    match &table.job(|task| matches!(task, Task::Tags(_)))?.task {
        Task::Tags(tags) => Some(tags),
        _ => None,
    }
}

/// Keeps the tags a stream is to have. That nothing locks them is inferred.
pub(super) fn keep_stream_tags(
    store: &mut dyn Write,
    table: &Table,
    tags: Vec<Tag>,
) -> Result<(), Fault> {
    let mut changed = Table::clone(table);
    changed.state.stream_tags = tags;
    Ok(Catalog::put(store, &changed)?)
}

/// A write to tags that are locked.
pub(super) fn locked(table: &Table) -> Fault {
    Refusal::Limit(format!("Table tags are being updated: {}", table.name)).into()
}

/// An ARN, or what is at it, that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum ResourceError {
    #[error("One or more parameter values were invalid: ARNs must start with 'arn:': {0}")]
    NoArn(String),
    #[error(
        "One or more parameter values were invalid: Provided Arn is not a DynamoDB resource arn: {0}"
    )]
    Foreign(String),
    #[error("Invalid TableArn: Invalid ResourceArn provided as input {0}")]
    OtherRegion(String),
    #[error("Access is denied")]
    OtherAccount,
    #[error(
        "One or more parameter values were invalid: Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {0}"
    )]
    NotTaggable(String),
    #[error("Requested resource not found: ResourceArn: {0} not found")]
    NotFound(String),
}

impl From<ResourceError> for Fault {
    fn from(error: ResourceError) -> Self {
        let text = error.to_string();
        match error {
            ResourceError::OtherAccount => Self::new("AccessDeniedException", text),
            ResourceError::NotFound(_) => Self::new("ResourceNotFoundException", text),
            _ => Self::validation(text),
        }
    }
}

/// What an ARN names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    arn: String,
    table: String,
    /// The label of a stream of the table.
    stream: Option<String>,
}

impl Resource {
    /// Reads an ARN; the order in which it is judged is inferred.
    pub(super) fn read(
        emulator: &Emulator,
        caller: &Caller,
        sent: &str,
    ) -> Result<Self, ResourceError> {
        let arn = sent.to_owned();
        if !sent.starts_with("arn:") {
            return Err(ResourceError::NoArn(arn));
        }
        let parts: Vec<&str> = sent.splitn(6, ':').collect();
        let [_, _, "dynamodb", region, account, resource] = *parts else {
            return Err(ResourceError::Foreign(arn));
        };
        if region != caller.region {
            return Err(ResourceError::OtherRegion(arn));
        }
        if account != emulator.settings.account {
            return Err(ResourceError::OtherAccount);
        }
        let parts: Vec<&str> = resource.split('/').collect();
        let (table, stream) = match *parts {
            ["table", table] => (table, None),
            ["table", table, "stream", label] => (table, Some(label.to_owned())),
            ["table", _, "index", _] => return Err(ResourceError::NotTaggable(arn)),
            _ => return Err(ResourceError::Foreign(arn)),
        };
        Ok(Self { table: table.to_owned(), stream, arn })
    }

    /// The table; a stream has to be the one that is enabled now.
    pub(super) fn table(
        &self,
        emulator: &Emulator,
        caller: &Caller,
        store: &dyn Read,
    ) -> Result<Arc<Table>, Fault> {
        let table = emulator.catalog.table(store, &caller.region, &self.table)?.filter(|table| {
            let Some(label) = &self.stream else { return true };
            table.definition.stream.is_some() && table.stream_label().as_ref() == Some(label)
        });
        Ok(table.ok_or_else(|| ResourceError::NotFound(self.arn.clone()))?)
    }

    /// Whether the table is known to its tags: not until just before a new one is ACTIVE, and only
    /// for a while of one that is deleted (aws-tables-facts 6.3, 17.5).
    pub(super) fn check_known(
        &self,
        table: &Table,
        while_deleted: Duration,
        now: u64,
    ) -> Result<(), Fault> {
        let before = limits::millis(TAGS_BEFORE_ACTIVE);
        let known = !table.is_arriving()
            && table.creation().is_none_or(|job| now + before >= job.until)
            && table
                .deletion()
                .is_none_or(|job| !limits::is_over(while_deleted, Some(job.since), now));
        if known { Ok(()) } else { Err(ResourceError::NotFound(self.arn.clone()).into()) }
    }

    /// The name of the table.
    pub(super) fn table_name(&self) -> &str {
        &self.table
    }

    /// The label of the stream, if it is one.
    pub(super) fn stream_label(&self) -> Option<&str> {
        self.stream.as_deref()
    }

    /// The ARN as it was sent.
    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// Whether it is a stream, which has tags of its own.
    pub(super) fn is_stream(&self) -> bool {
        self.stream.is_some()
    }
}

/// The sentence for an empty list, which says what it is a list of.
pub(super) fn none(what: &'static str) -> Fault {
    DefinitionError::NoTags(what).into()
}

/// The ARN of a request that was checked.
pub(super) fn arn(sent: &Sent<'_>) -> String {
    sent.text("ResourceArn").map(std::borrow::Cow::into_owned).unwrap_or_default()
}
