//! What the operations on resource policies have in common: a table or its stream, named by its
//! ARN, and what is let in while a policy changes (aws-service-facts 1.7, 12).

use std::{fmt, sync::Arc};

use thiserror::Error;

use super::resource::{self, Resource, ResourceError};
use crate::{
    emulator::{
        Emulator,
        door::Caller,
        fault,
        rule::{Limit, Rule},
        table::{
            Catalog, Refusal, Step, Table, iso,
            limits::{self, POLICY_PAUSE, UNSEEN_SETTINGS},
            policy::{Owner, Policy},
        },
    },
    storage::{Read, Write},
    wire::Fault,
};

/// `ExpectedRevisionId`.
pub(super) const EXPECTED: Rule =
    Rule::older("ExpectedRevisionId", &[Limit::Shortest(1), Limit::Longest(255)]);

/// What a request expects that there is no policy (the API's documentation of PutResourcePolicy).
pub(super) const NO_POLICY: &str = "NO_POLICY";

/// A policy that cannot be read or changed now.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum PolicyRefusal {
    #[error("One or more parameter values were invalid: Invalid resource Arn: {0}")]
    WrongArn(String),
    #[error("This action is only supported by accounts that match the resource owner’s account.")]
    NotOwner,
    #[error("Requested resource not found: Stream: {label} not found for Table: {table}")]
    NoStream { label: String, table: String },
    #[error("Resource-based policy not found for the provided ResourceArn: {0}")]
    NoPolicy(String),
    /// Known up to "target ta"; the rest is inferred.
    #[error(
        "Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision id {expected}, but the policy associated to target {owner} has revision id {current}."
    )]
    OtherRevision { expected: String, owner: Named, current: u64 },
    /// Known up to "associated"; the rest is inferred.
    #[error(
        "Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision id {expected}, but {owner} has no associated policy."
    )]
    NoRevision { expected: String, owner: Named },
    /// Inferred.
    #[error(
        "Resource-based policy not found for the provided ResourceArn: Requested policy update expecting none to be present for {owner}, but a policy exists with revision id {current}."
    )]
    NotNone { owner: Named, current: u64 },
    #[error(
        "Resource-based policy for {owner} modified within the previous 15000 milliseconds. Please try again after {}.",
        iso(*again)
    )]
    TooSoon { owner: Named, again: u64 },
    #[error(
        "The new resource policy will not allow you to update the resource policy in the future."
    )]
    LockedOut,
}

impl From<PolicyRefusal> for Fault {
    fn from(refusal: PolicyRefusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            PolicyRefusal::WrongArn(_) | PolicyRefusal::NotOwner => Self::validation(text),
            PolicyRefusal::NoStream { .. } => Self::new("ResourceNotFoundException", text),
            PolicyRefusal::NoPolicy(_)
            | PolicyRefusal::OtherRevision { .. }
            | PolicyRefusal::NoRevision { .. }
            | PolicyRefusal::NotNone { .. } => Self::new("PolicyNotFoundException", text),
            PolicyRefusal::TooSoon { .. } => Self::new("ThrottlingException", text),
            PolicyRefusal::LockedOut => Self::new("AccessDeniedException", text),
        }
    }
}

/// A table or a stream as the sentences call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Table(String),
    Stream(String),
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(name) => write!(f, "table {name}"),
            Self::Stream(label) => write!(f, "stream {label}"),
        }
    }
}

/// A table or a stream that has a policy, or none.
pub(super) struct Target {
    resource: Resource,
    table: Arc<Table>,
}

impl Target {
    /// What an ARN names.
    pub(super) fn find(
        emulator: &Emulator,
        caller: &Caller,
        store: &dyn Read,
        arn: &str,
    ) -> Result<Self, Fault> {
        let resource = read(emulator, caller, arn)?;
        let table = emulator.table_called(store, caller, resource.table_name())?;
        if let Some(creation) = table.creation()
            && !limits::is_over(UNSEEN_SETTINGS, Some(creation.since), emulator.now())
        {
            return Err(fault::no_table_called(&table.name));
        }
        if let Some(label) = resource.stream_label()
            && (table.definition.stream.is_none() || table.stream_label().as_deref() != Some(label))
        {
            let (label, table) = (label.to_owned(), table.name.to_string());
            return Err(PolicyRefusal::NoStream { label, table }.into());
        }
        Ok(Self { resource, table })
    }

    /// What its policy is, or was.
    pub(super) fn policy(&self) -> Option<&Policy> {
        let state = &self.table.state;
        if self.resource.is_stream() { state.stream_policy.as_ref() } else { state.policy.as_ref() }
    }

    /// How the sentences call it.
    fn named(&self) -> Named {
        match self.resource.stream_label() {
            Some(label) => Named::Stream(label.to_owned()),
            None => Named::Table(self.table.name.to_string()),
        }
    }

    /// Refuses a change that expects another revision than there is, which comes before all else
    /// (aws-service-facts 1.4).
    pub(super) fn check_expected(&self, expected: Option<&str>) -> Result<(), PolicyRefusal> {
        let current = self.policy().and_then(Policy::current);
        let Some(expected) = expected else { return Ok(()) };
        let (owner, text) = (self.named(), expected.to_owned());
        match current {
            None if expected == NO_POLICY => Ok(()),
            None => Err(PolicyRefusal::NoRevision { expected: text, owner }),
            Some(current) if expected == NO_POLICY => {
                Err(PolicyRefusal::NotNone { owner, current })
            }
            Some(current) if current.to_string() == expected => Ok(()),
            Some(current) => Err(PolicyRefusal::OtherRevision { expected: text, owner, current }),
        }
    }

    /// Refuses what changes something while the table, or its policy, is busy
    /// (aws-service-facts 12.2; of a table that is being created inferred).
    pub(super) fn check_free(&self, emulator: &Emulator, now: u64) -> Result<(), Fault> {
        let table = &self.table;
        if table.deletion().is_some() {
            return Err(Refusal::InUse(format!("Table is being deleted: {}", table.name)).into());
        }
        if table.creation().is_some() {
            return Err(Refusal::InUse(format!("Table is being created: {}", table.name)).into());
        }
        let Some(policy) = self.policy() else { return Ok(()) };
        if policy.is_pending(now) {
            let (what, name) = match self.resource.stream_label() {
                Some(label) => ("Stream", label),
                None => ("Table", &*table.name),
            };
            let text = format!("{what} is pending previous resource-based policy update: {name}");
            return Err(Refusal::InUse(text).into());
        }
        let again = policy.revision + limits::millis(POLICY_PAUSE);
        if emulator.settings.timing.pauses && now < again {
            return Err(PolicyRefusal::TooSoon { owner: self.named(), again }.into());
        }
        Ok(())
    }

    /// Changes the policy, and tells the revision.
    pub(super) fn change(
        &self,
        emulator: &Emulator,
        store: &mut dyn Write,
        text: Option<&str>,
        now: u64,
    ) -> Result<u64, Fault> {
        let settled = emulator.settings.timing.end(Step::Policy, now);
        let policy = Policy::after(self.policy(), text, now, settled);
        let revision = policy.revision;
        let mut changed = Table::clone(&self.table);
        match self.resource.is_stream() {
            true => changed.state.stream_policy = Some(policy),
            false => changed.state.policy = Some(policy),
        }
        Catalog::put(store, &changed)?;
        Ok(revision)
    }

    /// The table.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// That it has no policy.
    pub(super) fn without_policy(&self) -> Fault {
        PolicyRefusal::NoPolicy(self.resource.arn().to_owned()).into()
    }
}

/// Whose policy an ARN names: a stream's, or a table's.
pub(super) fn owner(arn: &str) -> Owner {
    if arn.contains("/stream/") { Owner::Stream } else { Owner::Table }
}

/// Reads an ARN. Sentences differ from those about tags in two cases (aws-service-facts 1.7).
fn read(emulator: &Emulator, caller: &Caller, arn: &str) -> Result<Resource, Fault> {
    if arn.starts_with("arn:") && !arn.starts_with("arn:aws:") {
        return Err(PolicyRefusal::WrongArn(arn.to_owned()).into());
    }
    Resource::read(emulator, caller, arn).map_err(|error| match error {
        ResourceError::OtherRegion(arn) => PolicyRefusal::WrongArn(arn).into(),
        ResourceError::OtherAccount => PolicyRefusal::NotOwner.into(),
        other => other.into(),
    })
}

/// `ResourceArn`.
pub(super) const ARN: Rule = resource::ARN;
