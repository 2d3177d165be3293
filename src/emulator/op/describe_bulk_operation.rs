//! DescribeBulkOperation: how far a bulk operation is, and what came of it.

use std::borrow::Cow;

use super::{Op, bulk_operation_arn};
use crate::{
    emulator::{
        Emulator, Validation,
        bulk::{self, Bulk},
        door::Caller,
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeBulkOperation;

impl Op for DescribeBulkOperation {
    const OPERATION: Operation = Operation::DescribeBulkOperation;
    const MEMBERS: &'static [Member] = &[Member("BulkOperationArn", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = (Bulk, u64);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        bulk_operation_arn(sent)
    }

    fn run(emulator: &Emulator, caller: &Caller, arn: Cow<'_, str>) -> Result<Self::Output, Fault> {
        let bulk = Bulk::find(emulator, caller, &*emulator.store.read()?, &arn)?;
        Ok((bulk, emulator.now()))
    }

    fn encode((bulk, now): Self::Output, json: &mut Writer) {
        bulk::describe(&bulk, Some(now), json);
    }
}
