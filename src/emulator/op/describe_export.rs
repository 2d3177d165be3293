//! DescribeExport: what has become of an export (aws-service-facts 6).

use std::borrow::Cow;

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        export::{self, Export, ExportArn, ExportError},
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeExport;

/// That an absent one has the general sentence is inferred; what is too short for an ARN has the
/// sentence of what is none (aws-service-facts 6.4).
const RULES: &[Rule] = &[Rule::older("ExportArn", &[Limit::Required])];

impl Op for DescribeExport {
    const OPERATION: Operation = Operation::DescribeExport;
    const MEMBERS: &'static [Member] = &[Member("ExportArn", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    /// And what time it is.
    type Output = (Export, u64);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        rule::check(sent, &[RULES])?;
        Ok(sent.text("ExportArn").unwrap_or_default())
    }

    fn run(
        emulator: &Emulator,
        caller: &Caller,
        sent: Cow<'_, str>,
    ) -> Result<Self::Output, Fault> {
        let ExportArn { table, id } = ExportArn::read(emulator, caller, &sent)?;
        let export = Export::find(&*emulator.store.read()?, id, table)?;
        let export = export.filter(|export| export.region() == caller.region);
        let export = export.ok_or_else(|| ExportError::NotFound(sent.to_string()))?;
        Ok((export, emulator.now()))
    }

    fn encode((export, now): Self::Output, json: &mut Writer) {
        export::describe(&export, now, json);
    }
}
