//! DescribeImport: how far an import is, and what came of it (aws-service-facts 7).

use std::borrow::Cow;

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        import::{self, Import},
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeImport;

/// That an absent ARN has the general sentence is inferred; of what is too short there is
/// nothing to say but that it is none (aws-service-facts 1.7).
const RULES: &[Rule] = &[Rule::older("ImportArn", &[Limit::Required])];

impl Op for DescribeImport {
    const OPERATION: Operation = Operation::DescribeImport;
    const MEMBERS: &'static [Member] = &[Member("ImportArn", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    type Output = (Import, u64);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        rule::check(sent, &[RULES])?;
        Ok(sent.text("ImportArn").unwrap_or_default())
    }

    fn run(emulator: &Emulator, caller: &Caller, arn: Cow<'_, str>) -> Result<Self::Output, Fault> {
        let import = import::find(emulator, caller, &*emulator.store.read()?, &arn)?;
        Ok((import, emulator.now()))
    }

    fn encode((import, now): Self::Output, json: &mut Writer) {
        import::describe(&import, Some(now), json);
    }
}
