//! ListGlobalTables: global tables of version 2017.11.29, of which there are none; those of the
//! version after are not among them (aws-service-facts 10).

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table,
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListGlobalTables;

/// Constraints: the API model; their order is inferred.
const RULES: &[Rule] = &[
    Rule::older(
        "ExclusiveStartGlobalTableName",
        &[Limit::Name, Limit::Shortest(3), Limit::Longest(255)],
    ),
    Rule::older("Limit", &[Limit::Least(1)]),
];

impl Op for ListGlobalTables {
    const OPERATION: Operation = Operation::ListGlobalTables;
    const MEMBERS: &'static [Member] = &[
        Member("ExclusiveStartGlobalTableName", Shape::Text),
        Member("Limit", Shape::Integer),
        Member("RegionName", Shape::Text),
    ];
    type Input<'a> = ();
    type Output = ();

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<(), Fault> {
        rule::check(sent, &[RULES])?;
        // aws-service-facts 1.6.
        match sent.text("RegionName") {
            Some(region) if !table::is_region(&region) && !is_elsewhere(&region) => {
                Err(Fault::new("InternalServerError", "Internal server error"))
            }
            _ => Ok(()),
        }
    }

    fn run(_: &Emulator, _: &Caller, (): ()) -> Result<(), Fault> {
        Ok(())
    }

    fn encode((): (), json: &mut Writer) {
        json.key("GlobalTables");
        json.array(|_| {});
    }
}

/// A region of another partition (aws-service-facts 1.6).
fn is_elsewhere(region: &str) -> bool {
    ["us-gov-east-1", "us-gov-west-1", "cn-north-1", "cn-northwest-1"].contains(&region)
}
