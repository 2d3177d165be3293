//! UpdateGlobalTableSettings: there is no global table of version 2017.11.29 whose settings could
//! change (aws-service-facts 10).

use std::convert::Infallible;

use super::{
    Op,
    global::{self, GlobalError},
    scaling,
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
pub(super) struct UpdateGlobalTableSettings;

/// That units have to be one at least: the API model; order and words are inferred.
const RULES: &[Rule] = &[
    Rule::older("GlobalTableBillingMode", &[Limit::OneOf(&["PROVISIONED", "PAY_PER_REQUEST"])]),
    Rule::older("GlobalTableProvisionedWriteCapacityUnits", &[Limit::Least(1)]),
    Rule::within(
        "GlobalTableGlobalSecondaryIndexSettingsUpdate",
        &[Limit::Shortest(1), Limit::Longest(20)],
        &[Rule::older("IndexName", &[Limit::Required])],
    ),
    Rule::within(
        "ReplicaSettingsUpdate",
        &[Limit::Shortest(1), Limit::Longest(50)],
        // aws-service-facts 1.5.
        &[
            Rule::older("RegionName", &[Limit::Required]),
            Rule::older("ReplicaProvisionedReadCapacityUnits", &[Limit::Least(1)]),
        ],
    ),
];

impl Op for UpdateGlobalTableSettings {
    const OPERATION: Operation = Operation::UpdateGlobalTableSettings;
    const MEMBERS: &'static [Member] = &[
        Member("GlobalTableName", Shape::Text),
        Member("GlobalTableBillingMode", Shape::Text),
        Member("GlobalTableProvisionedWriteCapacityUnits", Shape::Long),
        Member("GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate", scaling::SETTINGS),
        Member(
            "GlobalTableGlobalSecondaryIndexSettingsUpdate",
            Shape::List(&Shape::Structure(
                "GlobalTableGlobalSecondaryIndexSettingsUpdate",
                &[
                    Member("IndexName", Shape::Text),
                    Member("ProvisionedWriteCapacityUnits", Shape::Long),
                    Member("ProvisionedWriteCapacityAutoScalingSettingsUpdate", scaling::SETTINGS),
                ],
            )),
        ),
        Member(
            "ReplicaSettingsUpdate",
            Shape::List(&Shape::Structure(
                "ReplicaSettingsUpdate",
                &[
                    Member("RegionName", Shape::Text),
                    Member("ReplicaProvisionedReadCapacityUnits", Shape::Long),
                    Member(
                        "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate",
                        scaling::SETTINGS,
                    ),
                    Member("ReplicaTableClass", Shape::Text),
                ],
            )),
        ),
    ];
    type Input<'a> = String;
    type Output = Infallible;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<String, Fault> {
        let name = global::name(sent)?;
        rule::check(sent, &[RULES])?;
        Ok(name)
    }

    fn run(_: &Emulator, _: &Caller, table: String) -> Result<Infallible, Fault> {
        Err(GlobalError::NoSettings(table).into())
    }

    fn encode(output: Infallible, _: &mut Writer) {
        match output {}
    }
}
