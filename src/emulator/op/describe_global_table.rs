//! DescribeGlobalTable: there is no global table of version 2017.11.29, and one of the version
//! after is none (aws-service-facts 10).

use std::convert::Infallible;

use super::{
    Op,
    global::{self, GlobalError},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeGlobalTable;

impl Op for DescribeGlobalTable {
    const OPERATION: Operation = Operation::DescribeGlobalTable;
    const MEMBERS: &'static [Member] = &[Member("GlobalTableName", Shape::Text)];
    type Input<'a> = String;
    type Output = Infallible;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<String, Fault> {
        global::name(sent)
    }

    fn run(_: &Emulator, _: &Caller, table: String) -> Result<Infallible, Fault> {
        Err(GlobalError::NotFound(table).into())
    }

    fn encode(output: Infallible, _: &mut Writer) {
        match output {}
    }
}
