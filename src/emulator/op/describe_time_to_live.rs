//! DescribeTimeToLive: which attribute tells when an item expires.

use std::{borrow::Cow, sync::Arc};

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        shape::{Member, Sent, Shape},
        table::Table,
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeTimeToLive;

impl Op for DescribeTimeToLive {
    const OPERATION: Operation = Operation::DescribeTimeToLive;
    const MEMBERS: &'static [Member] = &[Member("TableName", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = Arc<Table>;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        super::existing_table_name(sent)
    }

    fn run(emulator: &Emulator, caller: &Caller, name: Cow<'_, str>) -> Result<Arc<Table>, Fault> {
        let store = emulator.store.read()?;
        let table = emulator.table_called(&*store, caller, super::table_name(&name))?;
        let state = match (table.creation(), table.deletion()) {
            (None, None) => return Ok(table),
            (_, Some(_)) => "DELETING",
            (Some(_), _) => "CREATING",
        };
        Err(Fault::validation(format!(
            "Cannot describe time to live while table is in {state} state: Current table state is \
             {state}"
        )))
    }

    /// Disabled looks as never enabled; changes show at once (aws-tables-facts 18, 2026-10-08).
    fn encode(table: Arc<Table>, json: &mut Writer) {
        json.key("TimeToLiveDescription");
        json.object(|json| {
            let attribute = table.state.time_to_live.attribute.as_deref();
            if let Some(attribute) = attribute {
                json.key("AttributeName");
                json.string(attribute);
            }
            json.key("TimeToLiveStatus");
            json.string(if attribute.is_some() { "ENABLED" } else { "DISABLED" });
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    #[test]
    fn a_new_table_has_none() {
        let emulator = with_table();
        assert_eq!(
            ask(&emulator, "DescribeTimeToLive", r#"{"TableName":"table"}"#),
            r#"{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}"#
        );
        assert_eq!(
            message(&emulator, "DescribeTimeToLive", r#"{"TableName":"nope"}"#),
            "Requested resource not found: Table: nope not found"
        );
    }
}
