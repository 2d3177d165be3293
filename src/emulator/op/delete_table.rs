//! DeleteTable: removes a table with all it holds.

use std::{borrow::Cow, ops::Bound, sync::Arc};

use super::Op;
use crate::{
    emulator::{
        Emulator,
        door::Caller,
        figures::Figures,
        shape::{Member, Sent, Shape},
        table::{self, Table, View},
    },
    storage::{Direction, KeyRange, StoreError, Write, layout},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DeleteTable;

impl Op for DeleteTable {
    const OPERATION: Operation = Operation::DeleteTable;
    const MEMBERS: &'static [Member] = &[Member("TableName", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = (Arc<Table>, Figures);

    fn decode<'a>(sent: &Sent<'a>) -> Result<Cow<'a, str>, Fault> {
        super::existing_table_name(sent)
    }

    fn run(emulator: &Emulator, _: &Caller, name: Cow<'_, str>) -> Result<Self::Output, Fault> {
        let mut store = emulator.store.write()?;
        let name = super::table_name(&name);
        let table = emulator.table_called(store.as_read(), name)?;
        if table.definition.deletion_protection == Some(true) {
            return Err(Fault::validation(
                "Resource cannot be deleted as it is currently protected against deletion. \
                 Disable deletion protection first.",
            ));
        }
        let figures = Figures::of(&table, store.as_read())?;
        store.delete(&layout::table(name))?;
        store.delete(&layout::figures(table.number))?;
        delete_all(&mut *store, &layout::items(table.number))?;
        delete_all(&mut *store, &layout::entries_of_all(table.number))?;
        store.commit()?;
        Ok((table, figures))
    }

    fn encode((table, figures): &Self::Output, json: &mut Writer) {
        json.key("TableDescription");
        table::describe(table, figures, View::Deleting, json);
    }
}

/// Deletes all keys that begin with `prefix`.
fn delete_all(store: &mut dyn Write, prefix: &[u8]) -> Result<(), StoreError> {
    const AT_ONCE: usize = 1000;
    let after = layout::after(prefix);
    let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    loop {
        let range = KeyRange { from: Bound::Included(prefix), to };
        let pairs = store.scan(range, Direction::Forward, AT_ONCE)?;
        for pair in &pairs {
            store.delete(&pair.key)?;
        }
        if pairs.len() < AT_ONCE {
            return Ok(());
        }
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
