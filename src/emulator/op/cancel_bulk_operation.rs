//! CancelBulkOperation: ends a bulk operation; what it has put stays (inferred).

use std::borrow::Cow;

use super::{Op, bulk_operation_arn};
use crate::{
    emulator::{
        Emulator, Validation,
        bulk::Bulk,
        door::Caller,
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct CancelBulkOperation;

impl Op for CancelBulkOperation {
    const OPERATION: Operation = Operation::CancelBulkOperation;
    const MEMBERS: &'static [Member] = &[Member("BulkOperationArn", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    /// The ARN and the status.
    type Output = (String, &'static str);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        bulk_operation_arn(sent)
    }

    /// One that goes on is said to be CANCELLING though that takes no time; one that is over stays
    /// what it is, for the model declares no error for it (inferred).
    fn run(emulator: &Emulator, caller: &Caller, arn: Cow<'_, str>) -> Result<Self::Output, Fault> {
        let mut store = emulator.store.write()?;
        let mut bulk = Bulk::find(emulator, caller, store.as_read(), &arn)?;
        let status = match bulk.status(emulator.now()) {
            "IN_PROGRESS" => {
                bulk.cancel(emulator, &mut *store)?;
                "CANCELLING"
            }
            other => other,
        };
        store.commit()?;
        Ok((bulk.arn(), status))
    }

    fn encode((arn, status): Self::Output, json: &mut Writer) {
        json.key("BulkOperationArn");
        json.string(&arn);
        json.key("BulkOperationStatus");
        json.string(status);
    }
}
