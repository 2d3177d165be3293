//! UpdateKinesisStreamingDestination: how fine the times are in the records of a destination.

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
            kinesis::{Asked, Destination, Precision, Status},
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct UpdateKinesisStreamingDestination;

const RULES: &[Rule] = &[
    destination::STREAM,
    Rule::within("UpdateKinesisStreamingConfiguration", &[], destination::PRECISION),
];

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    stream: String,
    precision: Precision,
}

impl Op for UpdateKinesisStreamingDestination {
    const OPERATION: Operation = Operation::UpdateKinesisStreamingDestination;
    const MEMBERS: &'static [Member] = &destination::members("UpdateKinesisStreamingConfiguration");
    type Input<'a> = Input<'a>;
    type Output = Answer;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let table = super::existing_table_name(sent)?;
        rule::check(sent, &[RULES])?;
        // That this comes before the table is looked for is inferred.
        let precision = destination::precision(sent, "UpdateKinesisStreamingConfiguration")
            .ok_or(DestinationError::NothingToUpdate)?;
        Ok(Input { table, stream: destination::stream(sent), precision })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Answer, Fault> {
        let Input { stream, precision, .. } = input;
        let mut store = emulator.store.write()?;
        let now = emulator.now();
        let table = destination::table(emulator, store.as_read(), caller, &input.table)?;
        let name = table.name.clone();
        let Some(known) = destination::find(&table, &stream) else {
            return Err(StateError::Unknown { table: name, stream }.into());
        };
        if known.status(&table.arn, now) != Status::Active {
            return Err(StateError::NotUpdatable { table: name, stream }.into());
        }
        if known.precision.unwrap_or_default() == precision {
            return Err(DestinationError::SamePrecision {
                precision: precision.name(),
                table: table.id.clone(),
                stream: known.stream.clone(),
            }
            .into());
        }
        let until = emulator.settings.timing.end(Step::UpdateDestination, now);
        let updated = known.asked(Asked::Update, now, until);
        let updated = Destination { precision: Some(precision), ..updated };
        destination::keep(&mut *store, &table, updated)?;
        store.commit()?;
        let configuration = Some(("UpdateKinesisStreamingConfiguration", Some(precision)));
        Ok(Answer { table: name, stream, status: Status::Updating, configuration })
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

    const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/records";

    fn body(more: &str) -> String {
        format!(r#"{{"TableName":"table","StreamArn":"{ARN}"{more}}}"#)
    }

    fn to(precision: &str) -> String {
        body(&format!(
            r#","UpdateKinesisStreamingConfiguration":{{"ApproximateCreationDateTimePrecision":"{precision}"}}"#
        ))
    }

    #[test]
    fn the_precision_changes_of_an_active_destination() {
        // aws-service-facts 13, 2026-10-09.
        const UPDATE: &str = "UpdateKinesisStreamingDestination";
        let (emulator, clock) =
            with_table_and(Settings { timing: Timing::real(), ..Settings::default() });
        clock.advance(Duration::from_secs(60));
        let invalid =
            "Table is not in a valid state to enable Kinesis Streaming Destination: ".to_owned();
        let state = format!(
            "{invalid}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. TableName: table, kdsArn: {ARN}"
        );
        assert_eq!(
            message(&emulator, UPDATE, &to("MICROSECOND")),
            format!(
                "{invalid}No streaming destination with streamArn: {ARN} found for table with tableName: table"
            )
        );
        ask(&emulator, "EnableKinesisStreamingDestination", &body(""));
        assert_eq!(message(&emulator, UPDATE, &to("MICROSECOND")), state);
        clock.advance(Duration::from_secs(10));
        let same = message(&emulator, UPDATE, &to("MILLISECOND"));
        assert!(same.starts_with("Invalid Request: Precision is already set to the desired value of MILLISECOND for tableId: "), "{same}");
        assert_eq!(
            message(&emulator, UPDATE, &body("")),
            "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
        );
        ask(&emulator, UPDATE, &to("MICROSECOND"));
        let list =
            || ask(&emulator, "DescribeKinesisStreamingDestination", r#"{"TableName":"table"}"#);
        assert!(list().contains(r#"{"ApproximateCreationDateTimePrecision":"MICROSECOND","DestinationStatus":"UPDATING""#), "{}", list());
        assert_eq!(message(&emulator, UPDATE, &to("MILLISECOND")), state);
        clock.advance(Duration::from_secs(150));
        assert!(list().contains("ACTIVE"));
        // Enabled again, it is as new.
        ask(&emulator, "DisableKinesisStreamingDestination", &body(""));
        clock.advance(Duration::from_secs(2));
        ask(&emulator, "EnableKinesisStreamingDestination", &body(""));
        assert!(!list().contains("Precision"), "{}", list());
    }
}
