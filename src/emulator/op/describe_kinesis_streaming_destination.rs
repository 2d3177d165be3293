//! DescribeKinesisStreamingDestination: the streams of Kinesis that a table's records go to, or
//! went to.

use std::{borrow::Cow, sync::Arc};

use super::{Op, destination};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        shape::{Member, Sent, Shape},
        table::{Table, kinesis::Status},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeKinesisStreamingDestination;

impl Op for DescribeKinesisStreamingDestination {
    const OPERATION: Operation = Operation::DescribeKinesisStreamingDestination;
    const MEMBERS: &'static [Member] = &[Member("TableName", Shape::Text)];
    type Input<'a> = Cow<'a, str>;
    /// The table, and the time.
    type Output = (Arc<Table>, u64);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Cow<'a, str>, Fault> {
        super::existing_table_name(sent)
    }

    fn run(
        emulator: &Emulator,
        caller: &Caller,
        name: Cow<'_, str>,
    ) -> Result<Self::Output, Fault> {
        let store = emulator.store.read()?;
        Ok((destination::table(emulator, &*store, caller, &name)?, emulator.now()))
    }

    fn encode((table, now): Self::Output, json: &mut Writer) {
        json.key("KinesisDataStreamDestinations");
        json.array(|json| {
            for known in &table.state.destinations {
                let status = known.status(&table.arn, now);
                json.object(|json| {
                    destination::encode_precision(known.precision, json);
                    json.key("DestinationStatus");
                    json.string(status.name());
                    if let Status::EnableFailed(failure) = status {
                        json.key("DestinationStatusDescription");
                        json.string(failure.text());
                    }
                    json.key("StreamArn");
                    json.string(&known.stream);
                });
            }
        });
        json.key("TableName");
        json.string(&table.name);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::{
        Settings, Timing,
        op::tests::{ask, message, with_table_and},
    };

    #[test]
    fn a_new_table_is_unknown_for_a_second_and_has_no_destinations() {
        // aws-service-facts 1.9, 2026-10-08.
        let (emulator, clock) =
            with_table_and(Settings { timing: Timing::real(), ..Settings::default() });
        let body = r#"{"TableName":"table"}"#;
        assert_eq!(
            message(&emulator, "DescribeKinesisStreamingDestination", body),
            "Requested resource not found: Table: table not found"
        );
        clock.advance(Duration::from_secs(2));
        assert_eq!(
            ask(&emulator, "DescribeKinesisStreamingDestination", body),
            r#"{"KinesisDataStreamDestinations":[],"TableName":"table"}"#
        );
    }
}
