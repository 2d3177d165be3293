//! DescribeLimits: how much capacity the account and a table can have.

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        shape::{Member, Sent},
        table::limits::{ACCOUNT_UNITS, TABLE_UNITS},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeLimits;

impl Op for DescribeLimits {
    const OPERATION: Operation = Operation::DescribeLimits;
    const MEMBERS: &'static [Member] = &[];
    type Input<'a> = ();
    type Output = ();

    fn decode(_: &Sent<'_>, _: Validation) -> Result<(), Fault> {
        Ok(())
    }

    fn run(_: &Emulator, _: &Caller, (): ()) -> Result<(), Fault> {
        Ok(())
    }

    /// Quotas, whatever is left of them (aws-tables-facts 21, 2026-10).
    fn encode((): (), json: &mut Writer) {
        for (name, units) in [
            ("AccountMaxReadCapacityUnits", ACCOUNT_UNITS),
            ("AccountMaxWriteCapacityUnits", ACCOUNT_UNITS),
            ("TableMaxReadCapacityUnits", TABLE_UNITS),
            ("TableMaxWriteCapacityUnits", TABLE_UNITS),
        ] {
            json.key(name);
            json.number(units);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::{Emulator, op::tests::ask};

    #[test]
    fn tells_the_quotas() {
        assert_eq!(
            ask(&Emulator::default(), "DescribeLimits", "{}"),
            r#"{"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,"TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000}"#
        );
    }
}
