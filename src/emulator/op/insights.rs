//! What the operations on contributor insights have in common: a table or one of its global
//! indexes, and what is known of it (aws-service-facts 14, 1.9).

use std::sync::Arc;

use crate::{
    emulator::{
        Emulator,
        door::Caller,
        fault,
        rule::{self, Limit, Rule},
        shape::Sent,
        table::{
            Insights, Job, Table, Task,
            limits::{self, UNSEEN, UNSEEN_INDEX},
        },
    },
    storage::Read,
    wire::Fault,
};

/// A table, or one of its indexes.
pub(super) struct Target {
    pub(super) table: Arc<Table>,
    pub(super) index: Option<Box<str>>,
    /// Whether it can be enabled: it is neither created nor deleted.
    pub(super) active: bool,
}

/// A name of an index: not in the words of other constraints (aws-service-facts 1.5).
pub(super) fn index_name(sent: &Sent<'_>) -> Result<Option<Box<str>>, Fault> {
    // What else is wrong with it is worded as elsewhere (inferred).
    const PATTERN: &[Rule] = &[Rule::older("IndexName", &[Limit::Name])];
    let Some(name) = sent.text("IndexName") else { return Ok(None) };
    if !(3..=255).contains(&name.encode_utf16().count()) {
        return Err(Fault::validation(
            "IndexName must be at least 3 characters long and at most 255 characters long",
        ));
    }
    rule::check(sent, &[PATTERN])?;
    Ok(Some(name.as_ref().into()))
}

/// The table, which is unknown for a while after its creation began.
pub(super) fn table(
    emulator: &Emulator,
    store: &dyn Read,
    caller: &Caller,
    name: &str,
) -> Result<Arc<Table>, Fault> {
    let table = emulator.table_called(store, caller, super::table_name(name))?;
    match table.creation() {
        Some(job) if !limits::is_over(UNSEEN, Some(job.since), emulator.now()) => {
            Err(fault::no_table_called(&table.name))
        }
        _ => Ok(table),
    }
}

impl Target {
    /// What a request names.
    pub(super) fn find(
        emulator: &Emulator,
        store: &dyn Read,
        caller: &Caller,
        (name, index): (&str, Option<Box<str>>),
    ) -> Result<Self, Fault> {
        let table = table(emulator, store, caller, name)?;
        let table_is_active = table.creation().is_none() && table.deletion().is_none();
        let Some(name) = index else {
            return Ok(Self { active: table_is_active, index: None, table });
        };
        let creation = table.index_creation(&name);
        let unseen = |job: &Job| !limits::is_over(UNSEEN_INDEX, Some(job.since), emulator.now());
        let is_known = match table.index(&name) {
            Some((_, index)) => index.global && !creation.is_some_and(unseen),
            None => is_dropped(&table, &name),
        };
        if !is_known {
            let text = format!(
                "Requested resource not found: Index: {name} not found for table: {}",
                table.name
            );
            return Err(Fault::new("ResourceNotFoundException", text));
        }
        let active = table_is_active && creation.is_none();
        Ok(Self { active, index: Some(name), table })
    }

    /// Its insights, if it ever had any.
    pub(super) fn insights(&self) -> Option<&Insights> {
        self.table.state.insights.iter().find(|known| known.index == self.index)
    }
}

/// An index that is being deleted reads as before (aws-service-facts 14).
fn is_dropped(table: &Table, name: &str) -> bool {
    let job =
        table.job(|task| matches!(task, Task::DeleteIndex(dying) if *dying.index.name == *name));
    job.is_some()
}
