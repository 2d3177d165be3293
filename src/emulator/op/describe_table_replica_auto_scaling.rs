//! DescribeTableReplicaAutoScaling: how the capacity of a global table's replicas scales.

use std::borrow::Cow;

use super::{Op, scaling::Members};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeTableReplicaAutoScaling;

impl Op for DescribeTableReplicaAutoScaling {
    const OPERATION: Operation = Operation::DescribeTableReplicaAutoScaling;
    const MEMBERS: &'static [Member] = &[Member("TableName", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = Members;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        super::existing_table_name(sent)
    }

    fn run(emulator: &Emulator, caller: &Caller, name: Cow<'_, str>) -> Result<Members, Fault> {
        let store = emulator.store.read()?;
        Members::find(emulator, &*store, caller, super::table_name(&name))
    }

    fn encode(members: Members, json: &mut Writer) {
        members.encode(None, json);
    }
}
