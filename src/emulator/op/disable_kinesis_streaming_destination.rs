//! DisableKinesisStreamingDestination: has a table's records go to a stream of Kinesis no more.

use std::borrow::Cow;

use super::{
    Op,
    destination::{self, Answer, DestinationError, StateError},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Rule},
        shape::{Member, Sent},
        table::{
            Step,
            kinesis::{Asked, Status},
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DisableKinesisStreamingDestination;

const RULES: &[Rule] = &[
    destination::STREAM,
    Rule::within("EnableKinesisStreamingConfiguration", &[], destination::PRECISION),
];

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    stream: String,
}

impl Op for DisableKinesisStreamingDestination {
    const OPERATION: Operation = Operation::DisableKinesisStreamingDestination;
    /// The request has the shape of the one that enables (the API's model).
    const MEMBERS: &'static [Member] = &destination::members("EnableKinesisStreamingConfiguration");
    type Input<'a> = Input<'a>;
    type Output = Answer;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let table = super::existing_table_name(sent)?;
        rule::check(sent, &[RULES])?;
        // That this comes before the table is looked for is inferred.
        if sent.has("EnableKinesisStreamingConfiguration") {
            return Err(DestinationError::Configured.into());
        }
        Ok(Input { table, stream: destination::stream(sent) })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Answer, Fault> {
        let mut store = emulator.store.write()?;
        let now = emulator.now();
        let table = destination::table(emulator, store.as_read(), caller, &input.table)?;
        // A table that is being deleted has none that is ACTIVE (aws-service-facts 1.10).
        let known = destination::find(&table, &input.stream).filter(|_| table.deletion().is_none());
        match known.map(|known| (known, known.status(&table.arn, now))) {
            Some((_, Status::Disabling)) => {}
            Some((known, Status::Active)) => {
                let until = emulator.settings.timing.end(Step::DisableDestination, now);
                let disabled = known.asked(Asked::Disable, now, until);
                destination::keep(&mut *store, &table, disabled)?;
                store.commit()?;
            }
            _ => return Err(StateError::NotActive.into()),
        }
        Ok(Answer {
            table: table.name.clone(),
            stream: input.stream,
            status: Status::Disabling,
            configuration: None,
        })
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
        op::tests::{ask, message, with_table_and},
    };

    const BODY: &str = r#"{"TableName":"table","StreamArn":"arn:aws:kinesis:us-east-1:000000000000:stream/records"}"#;

    #[test]
    fn a_destination_is_disabled_from_active_and_takes_a_while() {
        // aws-service-facts 13, 2026-10-09.
        let (emulator, clock) =
            with_table_and(Settings { timing: Timing::real(), ..Settings::default() });
        clock.advance(Duration::from_secs(60));
        let refused = "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.";
        let disable = || ask(&emulator, "DisableKinesisStreamingDestination", BODY);
        assert_eq!(message(&emulator, "DisableKinesisStreamingDestination", BODY), refused);
        ask(&emulator, "EnableKinesisStreamingDestination", BODY);
        assert_eq!(message(&emulator, "DisableKinesisStreamingDestination", BODY), refused);
        clock.advance(Duration::from_secs(10));
        assert!(disable().contains(r#""DestinationStatus":"DISABLING""#));
        assert!(disable().contains(r#""DestinationStatus":"DISABLING""#), "again");
        clock.advance(Duration::from_secs(2));
        assert_eq!(message(&emulator, "DisableKinesisStreamingDestination", BODY), refused);
        assert_eq!(
            message(
                &emulator,
                "DisableKinesisStreamingDestination",
                &BODY.replace('}', r#","EnableKinesisStreamingConfiguration":{}}"#)
            ),
            "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
        );
    }
}
