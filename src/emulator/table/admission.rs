//! What the service refuses to do with a table while it is at something else
//! (aws-tables-facts 2.2, 6.2, 8 to 15, 23; us-west-2 and us-east-1, 2026-10-08 and 09).

use thiserror::Error;

use super::{Job, Table, Task};
use crate::wire::Fault;

/// Something that is asked of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'a> {
    /// DeleteTable.
    Delete,
    /// Provisioned capacity.
    Capacity,
    /// A switch of the billing mode.
    Billing,
    /// The billing mode there is.
    SameBilling,
    /// OnDemandThroughput of the table.
    OnDemand,
    /// WarmThroughput of the table.
    Warm,
    /// A stream turned on or off.
    Stream,
    /// TableClass.
    Class,
    /// SSESpecification.
    Encryption,
    /// DeletionProtectionEnabled.
    Protection,
    /// A new global index.
    CreateIndex(&'a str),
    /// A global index to delete.
    DeleteIndex(&'a str),
    /// A global index to change.
    UpdateIndex(&'a str),
    /// Other tags.
    Tags,
    /// Replicas that come, go or get other settings.
    Replicas,
}

/// A call without its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Delete,
    Capacity,
    Billing,
    SameBilling,
    OnDemand,
    Warm,
    Stream,
    Class,
    Encryption,
    Protection,
    CreateIndex,
    DeleteIndex,
    UpdateIndex,
    Tags,
    Replicas,
}

/// What a table is at. `This...` is of the index that the call names, `Other...` of another one,
/// the rest of any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Busy {
    Creating,
    Deleting,
    Capacity,
    ToProvisioned,
    ToOnDemand,
    Stream,
    Class,
    Encrypting,
    Warming,
    Tags,
    Allocating,
    Filling,
    Updating,
    Dropping,
    Regrouping,
    ThisAllocating,
    ThisUpdating,
    ThisDropping,
    OtherFilling,
}

/// As what it is refused, before the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum As {
    /// ResourceInUseException.
    InUse,
    /// LimitExceededException.
    Limit,
    /// ValidationException.
    Invalid,
    /// InternalServerError, which is a 500 (aws-tables-facts 1.8).
    Failure,
}

/// Tags first: see [`CHANGES`].
const ALL: &[Kind] = &[
    Kind::Tags,
    Kind::Delete,
    Kind::Capacity,
    Kind::Billing,
    Kind::SameBilling,
    Kind::OnDemand,
    Kind::Warm,
    Kind::Stream,
    Kind::Class,
    Kind::Encryption,
    Kind::Protection,
    Kind::CreateIndex,
    Kind::DeleteIndex,
    Kind::UpdateIndex,
    Kind::Replicas,
];
/// What a table of a group does not do while the group changes; tags are let through
/// (aws-service-facts 8.3).
const CHANGES: &[Kind] = match ALL {
    [Kind::Tags, rest @ ..] => rest,
    all => all,
};
const UNITS: &[Kind] = &[Kind::Capacity, Kind::Billing];
const MOVES: &[Kind] = &[Kind::CreateIndex, Kind::DeleteIndex];

/// Which calls are refused while the table is at what, and in which words. What is not here is
/// done, also where aws-tables-facts 2.2 has a question mark, unless it says "inferred". Of
/// several the first counts (inferred). Where no sentence stands it is that of a table with replicas.
///
/// A sentence that the source cuts short is completed as its neighbours are.
const REFUSED: &[(&[Kind], &[Busy], As, &str)] = {
    use As::*;
    use Busy::*;
    &[
        (ALL, &[Creating], InUse, "Table is being created: {table}"),
        (ALL, &[Deleting], InUse, "Table is being deleted: {table}"),
        (CHANGES, &[Regrouping], InUse, ""),
        (
            // During most of them inferred.
            &[Kind::Replicas],
            &[Capacity, ToProvisioned, ToOnDemand, Stream, Class, Allocating, Filling, Dropping],
            InUse,
            "",
        ),
        (
            &[Kind::Delete],
            &[Stream],
            InUse,
            "Cannot delete table while stream is being enabled/disabled.",
        ),
        (
            &[Kind::Delete],
            &[Allocating, Filling, Updating, Dropping],
            InUse,
            "Cannot delete table while indexes are being created, updated, or deleted.",
        ),
        (
            &[Kind::Delete],
            &[Capacity, ToProvisioned, ToOnDemand, Class, Encrypting, Warming],
            InUse,
            "Table: {table} is in the process of being updated.",
        ),
        (&[Kind::Delete], &[Tags], InUse, "Table tags are being updated: {table}"),
        (
            &[Kind::DeleteIndex],
            &[ThisAllocating],
            InUse,
            "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index is active. Table: {table} Index: {index}",
        ),
        (
            &[Kind::UpdateIndex],
            &[ThisAllocating],
            InUse,
            "Index is being created but is not backfilling yet. Table: {table} Index: {index}",
        ),
        (
            &[Kind::CreateIndex, Kind::DeleteIndex, Kind::UpdateIndex],
            &[ThisDropping],
            InUse,
            "Index is being deleted. Table: {table} Index: {index}",
        ),
        (
            // Of a deletion inferred.
            &[Kind::UpdateIndex, Kind::DeleteIndex],
            &[ThisUpdating],
            InUse,
            "Index is being updated. Table: {table} Index: {index}",
        ),
        (
            MOVES,
            // During a switch of the billing mode inferred.
            &[Capacity, ToProvisioned, ToOnDemand],
            InUse,
            "Can't create or delete indexes while table IOPS are being updated. Table: {table}",
        ),
        (
            MOVES,
            &[Stream],
            InUse,
            "Can't create or delete an index when stream status is being updated. Table: {table} Stream: {label} Operation: {operation}",
        ),
        (
            MOVES,
            &[Class],
            InUse,
            "Can't create or delete an index when a table class update is in progress. Table: {table} TableClassUpdateInProgress: {class}",
        ),
        (
            &[Kind::CreateIndex],
            &[Allocating, Filling, Dropping],
            Limit,
            "Only 1 online index can be created or deleted simultaneously per table",
        ),
        (
            // The index that is being filled can be deleted.
            &[Kind::DeleteIndex],
            &[Allocating, OtherFilling, Dropping],
            Limit,
            "Only 1 online index can be created or deleted simultaneously per table",
        ),
        (
            UNITS,
            &[Capacity, ToProvisioned, ToOnDemand],
            InUse,
            "Table IOPS are currently being updated. Table: {table}",
        ),
        (
            UNITS,
            &[Stream],
            InUse,
            "Can't change table IOPS when stream status is being updated. Table: {table} Stream: {label} Operation: {operation}",
        ),
        (
            UNITS,
            &[Allocating],
            InUse,
            "Can't change table IOPS when an index is being created. Table: {table} Indexes: [{running}]",
        ),
        (
            UNITS,
            &[Dropping],
            InUse,
            "Can't change table IOPS when an index is being deleted. Table: {table} Indexes: [{running}]",
        ),
        (
            &[Kind::SameBilling],
            &[ToOnDemand],
            InUse,
            "Table IOPS are currently being updated. Table: {table}",
        ),
        (
            // The mode is still the old one (aws-tables-facts 8.4).
            &[Kind::OnDemand],
            &[ToOnDemand],
            Invalid,
            "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED",
        ),
        (
            &[Kind::OnDemand],
            &[ToProvisioned],
            InUse,
            "OnDemandThroughput cannot be updated while BillingMode update is in progress",
        ),
        (
            &[Kind::OnDemand],
            &[Class],
            InUse,
            "OnDemandThroughput cannot be updated while TableClass update is in progress. TableClassUpdateInProgress: {class}",
        ),
        (
            &[Kind::OnDemand],
            &[Stream],
            InUse,
            "OnDemandThroughput cannot be updated while stream status update is in progress. Stream: {label} Operation: {operation}",
        ),
        (
            &[Kind::OnDemand],
            &[Allocating],
            InUse,
            "OnDemandThroughput cannot be updated while index creation is in progress for indexes: [{running}]",
        ),
        (
            &[Kind::OnDemand],
            &[Dropping],
            InUse,
            "OnDemandThroughput cannot be updated while index deletion is in progress for indexes: [{running}]",
        ),
        (
            &[Kind::Warm],
            &[Allocating],
            Failure,
            "Table is under system maintenance, please try again later",
        ),
        (
            &[Kind::Stream],
            &[Capacity, ToProvisioned, ToOnDemand],
            InUse,
            "Can't enable or disable stream while table IOPS are being updated. Table: {table}",
        ),
        (
            &[Kind::Stream],
            &[Stream],
            InUse,
            "A stream status change is currently in progress. Table: {table} Stream: {label} Operation: {operation}",
        ),
        (
            &[Kind::Stream],
            &[Class],
            InUse,
            "Can't change stream status when a table class update is in progress. Table: {table} TableClassUpdateInProgress: {class}",
        ),
        (
            &[Kind::Stream],
            &[Allocating],
            InUse,
            "Can't change stream status when an index is being created. Table: {table} Indexes: [{running}]",
        ),
        (
            &[Kind::Class],
            &[Stream],
            InUse,
            "Can't update table class when stream status is being updated. Table: {table} Stream: {label} Operation: {operation}",
        ),
        (
            &[Kind::Class],
            &[Class],
            InUse,
            "Can't update table class when a table class update is in progress. Table: {table} TableClassUpdateInProgress: {class}",
        ),
        (
            &[Kind::Encryption],
            &[Encrypting],
            InUse,
            "Server-Side Encryption is still being updated",
        ),
    ]
};

/// A call that is refused because of what the table is at.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// ResourceInUseException, of a table with replicas (aws-service-facts 1.2).
    #[error("The resource which you are attempting to change is in use.")]
    Group,
    /// ResourceInUseException
    #[error("Attempt to change a resource which is still in use: {0}")]
    InUse(String),
    /// LimitExceededException
    #[error("Subscriber limit exceeded: {0}")]
    Limit(String),
    /// ValidationException
    #[error("One or more parameter values were invalid: {0}")]
    Invalid(String),
    /// InternalServerError
    #[error("{0}")]
    Failure(String),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::Group | Refusal::InUse(_) => "ResourceInUseException",
            Refusal::Limit(_) => "LimitExceededException",
            Refusal::Invalid(_) => "ValidationException",
            Refusal::Failure(_) => "InternalServerError",
        };
        Self::new(kind, refusal.to_string())
    }
}

impl Table {
    /// Whether the service does what is asked, with all that it is at.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub fn admit(&self, call: Call<'_>, now: u64) -> Result<(), Refusal> {
        if self.state.jobs.is_empty() {
            return Ok(());
        }
        let (kind, named) = call.parts();
        for (calls, busy, refused_as, sentence) in REFUSED {
            if !calls.contains(&kind) {
                continue;
            }
            let mut jobs = self.state.jobs.iter();
            let running = jobs.find(|job| {
                let is = |what: &Option<Busy>| what.is_some_and(|what| busy.contains(&what));
                job.busy(named, now).iter().any(is)
            });
            let Some(job) = running else { continue };
            let text = self.fill_in(sentence, job, named.unwrap_or_default());
            let in_group = self.state.group.is_some() || sentence.is_empty();
            return Err(match refused_as {
                As::InUse if in_group => Refusal::Group,
                As::InUse => Refusal::InUse(text),
                As::Limit => Refusal::Limit(text),
                As::Invalid => Refusal::Invalid(text),
                As::Failure => Refusal::Failure(text),
            });
        }
        Ok(())
    }

    fn fill_in(&self, sentence: &str, job: &Job, index: &str) -> String {
        let class = match &job.task {
            Task::Class(class) => class,
            _ => "",
        };
        let operation = match job.task {
            Task::Stream { enable: true } => "ENABLE",
            _ => "DISABLE",
        };
        let label = self.stream_label().unwrap_or_default();
        let parts = [
            ("{table}", &*self.name),
            ("{index}", index),
            ("{running}", job.index().unwrap_or_default()),
            ("{class}", class),
            ("{operation}", operation),
            ("{label}", &label),
        ];
        parts.iter().fold(sentence.to_owned(), |text, (mark, part)| text.replace(mark, part))
    }
}

impl Job {
    /// What the table is at in it, and what of the index named or of another one.
    fn busy(&self, named: Option<&str>, now: u64) -> [Option<Busy>; 2] {
        let this = self.index().is_some() && self.index() == named;
        let (busy, of_this) = match &self.task {
            Task::Create => (Busy::Creating, None),
            Task::Delete => (Busy::Deleting, None),
            Task::Capacity(..) => (Busy::Capacity, None),
            Task::Bill { by_request: true } => (Busy::ToOnDemand, None),
            Task::Bill { by_request: false } => (Busy::ToProvisioned, None),
            Task::Stream { .. } => (Busy::Stream, None),
            Task::Class(_) => (Busy::Class, None),
            Task::Encrypt(_) => (Busy::Encrypting, None),
            Task::Warm(..) => (Busy::Warming, None),
            Task::Tags(_) => (Busy::Tags, None),
            Task::CreateIndex { .. } | Task::CreateVector { .. } if self.is_allocating(now) => {
                (Busy::Allocating, Some(Busy::ThisAllocating))
            }
            // Only the first two phases stand in the way of anything (aws-facts 11.3).
            Task::CreateVector { .. } if !self.is_filling(now) => return [None, None],
            Task::CreateIndex { .. } | Task::CreateVector { .. } => {
                return [Some(Busy::Filling), (!this).then_some(Busy::OtherFilling)];
            }
            Task::UpdateIndex(..) => (Busy::Updating, Some(Busy::ThisUpdating)),
            Task::DeleteIndex(_) | Task::DeleteVector(_) => {
                (Busy::Dropping, Some(Busy::ThisDropping))
            }
            Task::Join(_) | Task::Leave { .. } | Task::Override(_) | Task::Become(_) => {
                (Busy::Regrouping, None)
            }
            Task::Backups | Task::Ceiling(_) | Task::Restore(_) | Task::Import | Task::Hide => {
                return [None, None];
            }
        };
        [Some(busy), of_this.filter(|_| this)]
    }

    /// The index it is about.
    fn index(&self) -> Option<&str> {
        match &self.task {
            Task::CreateIndex { index, .. }
            | Task::CreateVector { index, .. }
            | Task::UpdateIndex(index, _) => Some(index),
            Task::DeleteVector(dying) => Some(&dying.index.name),
            Task::DeleteIndex(dying) => Some(&dying.index.name),
            _ => None,
        }
    }
}

impl<'a> Call<'a> {
    fn parts(self) -> (Kind, Option<&'a str>) {
        match self {
            Self::Delete => (Kind::Delete, None),
            Self::Capacity => (Kind::Capacity, None),
            Self::Billing => (Kind::Billing, None),
            Self::SameBilling => (Kind::SameBilling, None),
            Self::OnDemand => (Kind::OnDemand, None),
            Self::Warm => (Kind::Warm, None),
            Self::Stream => (Kind::Stream, None),
            Self::Class => (Kind::Class, None),
            Self::Encryption => (Kind::Encryption, None),
            Self::Protection => (Kind::Protection, None),
            Self::CreateIndex(name) => (Kind::CreateIndex, Some(name)),
            Self::DeleteIndex(name) => (Kind::DeleteIndex, Some(name)),
            Self::UpdateIndex(name) => (Kind::UpdateIndex, Some(name)),
            Self::Tags => (Kind::Tags, None),
            Self::Replicas => (Kind::Replicas, None),
        }
    }
}

#[cfg(test)]
mod tests;
