//! UpdateGlobalTable: no replica joins a global table of version 2017.11.29, and none is there to
//! leave (aws-service-facts 10).

use std::convert::Infallible;

use super::{
    Op,
    global::{self, GlobalError},
};
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
pub(super) struct UpdateGlobalTable;

const RULES: &[Rule] = &[Rule::older("ReplicaUpdates", &[Limit::Required])];

const REGION: &[Member] = &[Member("RegionName", Shape::Text)];

/// The table, and whether it is to get replicas.
pub(super) struct Input {
    table: String,
    creates: bool,
}

impl Op for UpdateGlobalTable {
    const OPERATION: Operation = Operation::UpdateGlobalTable;
    const MEMBERS: &'static [Member] = &[
        Member("GlobalTableName", Shape::Text),
        Member(
            "ReplicaUpdates",
            Shape::List(&Shape::Structure(
                "ReplicaUpdate",
                &[
                    Member("Create", Shape::Structure("CreateReplicaAction", REGION)),
                    Member("Delete", Shape::Structure("DeleteReplicaAction", REGION)),
                ],
            )),
        ),
    ];
    type Input<'a> = Input;
    type Output = Infallible;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input, Fault> {
        let table = global::name(sent)?;
        rule::check(sent, &[RULES])?;
        let mut actions = sent.structures("ReplicaUpdates").peekable();
        let none = actions.peek().is_none();
        let (mut creates, mut idle) = (false, none);
        for action in actions {
            creates |= action.has("Create");
            idle |= !action.has("Create") && !action.has("Delete");
        }
        if idle { Err(GlobalError::NoAction.into()) } else { Ok(Input { table, creates }) }
    }

    /// The version comes before the table (aws-service-facts 1.4).
    fn run(_: &Emulator, caller: &Caller, input: Input) -> Result<Infallible, Fault> {
        Err(match input.creates {
            true => global::refusal(&caller.region).into(),
            false => GlobalError::NotFound(input.table).into(),
        })
    }

    fn encode(output: Infallible, _: &mut Writer) {
        match output {}
    }
}
