//! DescribeContinuousBackups: whether a table can be restored to a point in time.

use std::borrow::Cow;

use super::{
    Op,
    continuous::{self, Output},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        shape::{Member, Sent, Shape},
        table::limits::BACKED_UP_WHILE_DELETED,
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeContinuousBackups;

impl Op for DescribeContinuousBackups {
    const OPERATION: Operation = Operation::DescribeContinuousBackups;
    const MEMBERS: &'static [Member] = &[Member("TableName", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        super::existing_table_name(sent)
    }

    fn run(emulator: &Emulator, caller: &Caller, name: Cow<'_, str>) -> Result<Output, Fault> {
        let store = emulator.store.read()?;
        let table =
            continuous::table(emulator, &*store, &caller.region, &name, BACKED_UP_WHILE_DELETED)?;
        Ok(Output::of(emulator, &table))
    }

    fn encode(output: Output, json: &mut Writer) {
        output.encode(json);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, call, with_table};

    #[test]
    fn a_new_table_is_backed_up_but_not_to_a_point_in_time() {
        let emulator = with_table();
        assert_eq!(
            ask(&emulator, "DescribeContinuousBackups", r#"{"TableName":"table"}"#),
            r#"{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}}"#
        );
    }

    #[test]
    fn a_missing_table_has_an_error_of_its_own() {
        let response = call(&with_table(), "DescribeContinuousBackups", r#"{"TableName":"nope"}"#);
        assert_eq!(response.error_type().as_deref(), Some("TableNotFoundException"));
        assert_eq!(response.error_message().as_deref(), Some("Table not found: nope"));
    }
}
