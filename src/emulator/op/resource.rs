//! What the tag operations have in common: a table named by its ARN and by nothing else
//! (aws-tables-facts 1.5, 2026-10-08 and 09).

use std::sync::Arc;

use thiserror::Error;

use crate::{
    emulator::{
        Emulator,
        door::Caller,
        rule::{Limit, Rule},
        shape::Sent,
        table::{DefinitionError, Table, tags::Tag},
    },
    storage::Read,
    wire::Fault,
};

/// `ResourceArn`.
pub(super) const ARN: Rule = Rule::older(
    "ResourceArn",
    &[Limit::Required, Limit::First(&[Limit::Shortest(1), Limit::Longest(1283)])],
);

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
    pub(super) fn table(&self, emulator: &Emulator, store: &dyn Read) -> Result<Arc<Table>, Fault> {
        let table = emulator.catalog.table(store, &self.table)?.filter(|table| {
            let Some(label) = &self.stream else { return true };
            table.definition.stream.is_some() && table.stream_label().as_ref() == Some(label)
        });
        Ok(table.ok_or_else(|| ResourceError::NotFound(self.arn.clone()))?)
    }

    /// The tags of what is named: a stream has its own (aws-tables-facts 13.2, 2026-10).
    pub(super) fn tags<'a>(&self, table: &'a mut Table) -> &'a mut Vec<Tag> {
        match self.stream {
            Some(_) => &mut table.state.stream_tags,
            None => &mut table.definition.tags,
        }
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
