//! DeleteTable: removes a table with all it holds, at once or when its time has come.

use std::borrow::Cow;

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation, burial,
        door::Caller,
        figures::Figures,
        group,
        shape::{Member, Sent, Shape},
        stream,
        table::{self, Call, Catalog, Job, Refusal, Step, Table, Task, View},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DeleteTable;

impl Op for DeleteTable {
    const OPERATION: Operation = Operation::DeleteTable;
    const MEMBERS: &'static [Member] = &[Member("TableName", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = (Table, Figures, u64);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        super::existing_table_name(sent)
    }

    fn run(
        emulator: &Emulator,
        caller: &Caller,
        name: Cow<'_, str>,
    ) -> Result<Self::Output, Fault> {
        let mut store = emulator.store.write()?;
        // Not earlier: whoever waits for the store comes later.
        let now = emulator.now();
        burial::bury(emulator, &mut *store, now)?;
        let name = super::table_name(&name);
        let table = emulator.table_shown(store.as_read(), caller, name)?;
        // Ahead of locked tags (aws-service-facts 15).
        if table.creation().is_none()
            && table.deletion().is_none()
            && table.state.policy.as_ref().is_some_and(|policy| policy.is_pending(now))
        {
            let text = format!("Table: {name} has a pending resource-based policy update.");
            return Err(Refusal::InUse(text).into());
        }
        // aws-service-facts 8.3.
        if table.is_arriving() && table.state.group.is_some() {
            return Err(Refusal::InUse(format!("Table: {name} is being used.")).into());
        }
        // That what it is at comes before its protection is inferred.
        table.admit(Call::Delete, now)?;
        if table.definition.deletion_protection == Some(true) {
            return Err(Fault::validation(
                "Resource cannot be deleted as it is currently protected against deletion. \
                 Disable deletion protection first.",
            ));
        }
        let figures = Figures::of(&table, store.as_read())?;
        let mut dying = Table::clone(&table);
        let until = match &table.state.group {
            Some(_) => group::leave_with(emulator, &mut *store, &table, now)?,
            None => emulator.settings.timing.end(Step::DeleteTable, now),
        };
        dying.state.jobs.push(Job { task: Task::Delete, since: now, until });
        Catalog::put(&mut *store, &dying)?;
        stream::follow(&mut *store, Some(&table), &dying, &emulator.settings, now)?;
        burial::order(&mut *store, &dying, until)?;
        if until == now {
            burial::bury(emulator, &mut *store, now)?;
        }
        store.commit()?;
        Ok((dying, figures, now))
    }

    fn encode((table, figures, now): Self::Output, json: &mut Writer) {
        json.key("TableDescription");
        table::describe(&table, &figures, View::Now { now, status: None }, json);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    #[test]
    fn answers_in_short_and_the_table_is_gone() {
        let emulator = with_table();
        let answer = ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
        assert!(answer.contains(r#""TableStatus":"DELETING""#), "{answer}");
        for left_out in ["KeySchema", "AttributeDefinitions", "CreationDateTime", "Warm", "Indexes"]
        {
            assert!(!answer.contains(left_out), "{left_out} in {answer}"); // aws-tables-facts 6.1
        }
        let gone = message(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
        assert_eq!(gone, "Requested resource not found: Table: table not found");
    }

    #[test]
    fn a_protected_table_stays() {
        let emulator = crate::emulator::Emulator::default();
        ask(
            &emulator,
            "CreateTable",
            r#"{"TableName":"kept","DeletionProtectionEnabled":true,"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
        );
        let text = message(&emulator, "DeleteTable", r#"{"TableName":"kept"}"#);
        assert_eq!(
            text,
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
        );
    }
}
