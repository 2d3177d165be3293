//! EnableKinesisStreamingDestination: has a table's records go to a stream of Kinesis.

use std::borrow::Cow;

use super::{
    Op,
    destination::{self, Answer, StateError},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Rule},
        shape::{Member, Sent},
        table::{
            Refusal,
            kinesis::{Destination, Precision, Status},
            limits::{self, ENABLED_WHILE_DELETED},
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct EnableKinesisStreamingDestination;

const RULES: &[Rule] = &[
    destination::STREAM,
    Rule::within("EnableKinesisStreamingConfiguration", &[], destination::PRECISION),
];

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    stream: String,
    precision: Option<Precision>,
}

impl Op for EnableKinesisStreamingDestination {
    const OPERATION: Operation = Operation::EnableKinesisStreamingDestination;
    const MEMBERS: &'static [Member] = &destination::members("EnableKinesisStreamingConfiguration");
    type Input<'a> = Input<'a>;
    type Output = Answer;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let table = super::existing_table_name(sent)?;
        rule::check(sent, &[RULES])?;
        let precision = destination::precision(sent, "EnableKinesisStreamingConfiguration");
        Ok(Input { table, stream: destination::stream(sent), precision })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Answer, Fault> {
        let mut store = emulator.store.write()?;
        let now = emulator.now();
        let table = destination::table(emulator, store.as_read(), caller, &input.table)?;
        // That a table that is being created is refused like this is inferred.
        if table.creation().is_some() {
            return Err(Refusal::InUse(format!("Table is being created: {}", table.name)).into());
        }
        // One that is being deleted takes a first one, for a moment (aws-service-facts 1.10).
        let dying = table
            .deletion()
            .is_some_and(|job| limits::is_over(ENABLED_WHILE_DELETED, Some(job.since), now));
        let live = |known: &Destination| known.status(&table.arn, now).is_live();
        if dying || table.state.destinations.iter().any(live) {
            return Err(StateError::Live.into());
        }
        let Input { stream, precision, .. } = input;
        let timing = &emulator.settings.timing;
        let enabled = Destination::enable(&stream, &table.arn, precision, now, timing);
        let kept = emulator.settings.kinesis_root.is_some();
        destination::keep(&mut *store, &table, Destination { kept, ..enabled })?;
        store.commit()?;
        let configuration = Some(("EnableKinesisStreamingConfiguration", precision));
        Ok(Answer { table: table.name.clone(), stream, status: Status::Enabling, configuration })
    }

    fn encode(answer: Answer, json: &mut Writer) {
        answer.encode(json);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::{
        Settings, Timing,
        op::tests::{ask, message, with_table, with_table_and},
    };

    const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/records";

    fn body(arn: &str) -> String {
        format!(r#"{{"TableName":"table","StreamArn":"{arn}"}}"#)
    }

    #[test]
    fn one_stream_at_a_time_is_a_destination_and_others_stay_listed() {
        let emulator = with_table();
        let list =
            || ask(&emulator, "DescribeKinesisStreamingDestination", r#"{"TableName":"table"}"#);
        assert_eq!(list(), r#"{"KinesisDataStreamDestinations":[],"TableName":"table"}"#);
        assert_eq!(
            ask(&emulator, "EnableKinesisStreamingDestination", &body(ARN)),
            format!(
                r#"{{"DestinationStatus":"ENABLING","EnableKinesisStreamingConfiguration":{{}},"StreamArn":"{ARN}","TableName":"table"}}"#
            )
        );
        let other = format!("{ARN}-2");
        assert_eq!(
            message(&emulator, "EnableKinesisStreamingDestination", &body(&other)),
            "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
        );
        ask(&emulator, "DisableKinesisStreamingDestination", &body(ARN));
        ask(&emulator, "EnableKinesisStreamingDestination", &body(&other));
        assert_eq!(
            list(),
            format!(
                r#"{{"KinesisDataStreamDestinations":[{{"DestinationStatus":"DISABLED","StreamArn":"{ARN}"}},{{"DestinationStatus":"ACTIVE","StreamArn":"{other}"}}],"TableName":"table"}}"#
            )
        );
    }

    #[test]
    fn a_stream_that_cannot_be_one_is_found_out_afterwards() {
        // aws-service-facts 13, 2026-10-09.
        let (emulator, clock) =
            with_table_and(Settings { timing: Timing::real(), ..Settings::default() });
        clock.advance(Duration::from_secs(60));
        let arn = ARN.replace("us-east-1", "eu-west-1");
        ask(&emulator, "EnableKinesisStreamingDestination", &body(&arn));
        let list =
            || ask(&emulator, "DescribeKinesisStreamingDestination", r#"{"TableName":"table"}"#);
        assert!(list().contains(r#""DestinationStatus":"ENABLING""#));
        clock.advance(Duration::from_secs(2));
        assert!(list().contains(r#""DestinationStatus":"ENABLE_FAILED","DestinationStatusDescription":"The kinesis Arn used to enable kinesis replication belongs to a stream which is not in the current region""#), "{}", list());
        ask(&emulator, "EnableKinesisStreamingDestination", &body(ARN));
    }
}
