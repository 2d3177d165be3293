//! DescribeTable: what a table is, and how much it holds.

use std::{borrow::Cow, sync::Arc};

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        figures::Figures,
        group,
        shape::{Member, Sent, Shape},
        table::{self, Table, View},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeTable;

impl Op for DescribeTable {
    const OPERATION: Operation = Operation::DescribeTable;
    const MEMBERS: &'static [Member] = &[Member("TableName", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    /// The table, the others of its group, how much it holds, and when.
    type Output = (Arc<Table>, Vec<Arc<Table>>, Figures, u64);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        super::existing_table_name(sent)
    }

    fn run(
        emulator: &Emulator,
        caller: &Caller,
        name: Cow<'_, str>,
    ) -> Result<Self::Output, Fault> {
        let store = emulator.store.read()?;
        let name = super::table_name(&name);
        let table = emulator.table_shown(&*store, caller, name)?;
        let figures = Figures::of(&table, &*store)?;
        let peers = group::peers(emulator, &*store, &table)?;
        Ok((table, peers, figures, emulator.now()))
    }

    fn encode((table, peers, figures, now): Self::Output, json: &mut Writer) {
        json.key("Table");
        let view = View::Now { now, status: None };
        table::describe_among(&table, &peers, &figures, view, json);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    #[test]
    fn shows_what_the_service_fills_in() {
        // aws-tables-facts 3.3 and 4.
        let answer = ask(
            &with_table(),
            "DescribeTable",
            r#"{"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/table"}"#,
        );
        for part in [
            r#""BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","LastUpdateToPayPerRequestDateTime":1."#,
            r#""DeletionProtectionEnabled":false"#,
            r#""ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":0,"WriteCapacityUnits":0}"#,
            r#""TableStatus":"ACTIVE","WarmThroughput":{"ReadUnitsPerSecond":12000,"Status":"ACTIVE","WriteUnitsPerSecond":4000}"#,
            r#""IndexStatus":"ACTIVE""#,
        ] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
    }

    #[test]
    fn names_are_checked_before_tables_are_looked_for() {
        let emulator = with_table();
        for (request, text) in [
            (r#"{"TableName":"nope"}"#, "Requested resource not found: Table: nope not found"),
            (
                r#"{"TableName":"no"}"#,
                "TableName must be at least 3 characters long and at most 255 characters long",
            ),
            ("{}", "The parameter 'TableName' is required but was not present in the request"),
            (
                r#"{"TableName":"a!b"}"#,
                "1 validation error detected: Value 'a!b' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
            ),
        ] {
            assert_eq!(message(&emulator, "DescribeTable", request), text);
        }
    }
}
