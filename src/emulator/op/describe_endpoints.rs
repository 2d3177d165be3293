//! DescribeEndpoints: where the service answers in the caller's region.

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        shape::{Member, Sent},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeEndpoints;

impl Op for DescribeEndpoints {
    const OPERATION: Operation = Operation::DescribeEndpoints;
    const MEMBERS: &'static [Member] = &[];
    type Input<'a> = ();
    type Output = String;

    fn decode(_: &Sent<'_>, _: Validation) -> Result<(), Fault> {
        Ok(())
    }

    fn run(_: &Emulator, caller: &Caller, (): ()) -> Result<String, Fault> {
        Ok(format!("dynamodb.{}.amazonaws.com", caller.region))
    }

    /// As in the API's documentation: the service's own address. SDKs that are told an endpoint do
    /// not ask for others.
    fn encode(address: String, json: &mut Writer) {
        json.key("Endpoints");
        json.array(|json| {
            json.object(|json| {
                json.key("Address");
                json.string(&address);
                json.key("CachePeriodInMinutes");
                json.number(1440);
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::{Emulator, op::tests::ask};

    #[test]
    fn tells_the_address_of_the_region() {
        assert_eq!(
            ask(&Emulator::default(), "DescribeEndpoints", "{}"),
            r#"{"Endpoints":[{"Address":"dynamodb.us-east-1.amazonaws.com","CachePeriodInMinutes":1440}]}"#
        );
    }
}
