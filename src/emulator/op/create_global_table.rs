//! CreateGlobalTable: refused, for the service makes no global tables of version 2017.11.29 any
//! more (aws-service-facts 10).

use std::convert::Infallible;

use super::{Op, global};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct CreateGlobalTable;

const RULES: &[Rule] = &[Rule::older("ReplicationGroup", &[Limit::Required])];

impl Op for CreateGlobalTable {
    const OPERATION: Operation = Operation::CreateGlobalTable;
    const MEMBERS: &'static [Member] = &[
        Member("GlobalTableName", Shape::Text),
        Member(
            "ReplicationGroup",
            Shape::List(&Shape::Structure("Replica", &[Member("RegionName", Shape::Text)])),
        ),
    ];
    type Input<'a> = ();
    type Output = Infallible;

    /// Shape comes before version, and nothing after it (aws-service-facts 1.4).
    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<(), Fault> {
        global::name(sent)?;
        rule::check(sent, &[RULES])
    }

    fn run(_: &Emulator, caller: &Caller, (): ()) -> Result<Infallible, Fault> {
        Err(global::refusal(&caller.region).into())
    }

    fn encode(output: Infallible, _: &mut Writer) {
        match output {}
    }
}
