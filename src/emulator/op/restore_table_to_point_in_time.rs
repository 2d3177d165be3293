//! RestoreTableToPointInTime: a new table with what another one held (aws-service-facts 4.3, 5).
//!
//! Its settings are those the source has now: the developer's guide, "Point-in-time recovery: how
//! it works".

use super::{Op, continuous, restore};
use crate::{
    emulator::{
        Emulator, Validation,
        backup::{self, BackupError, Restore, Window},
        burial,
        door::Caller,
        figures::Figures,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{
            self, ENCRYPTION, INDEX, LOCAL_INDEX, ON_DEMAND, Origin, THROUGHPUT, Table, VECTOR,
            View, limits::BACKED_UP_WHILE_DELETED, restore::Overrides, time::to_the_second,
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct RestoreTableToPointInTime;

const SOURCE: &[Rule] =
    &[Rule::older("SourceTableName", &[Limit::Name, Limit::Shortest(3), Limit::Longest(255)])];

/// What is asked.
pub(super) struct Input {
    source: Source,
    target: String,
    /// `None` is the latest there is.
    at: Option<u64>,
    overrides: Overrides,
}

enum Source {
    Name(String),
    Arn(String),
}

impl Op for RestoreTableToPointInTime {
    const OPERATION: Operation = Operation::RestoreTableToPointInTime;
    const MEMBERS: &'static [Member] = &[
        Member("SourceTableArn", Shape::Text),
        Member("SourceTableName", Shape::Text),
        Member("TargetTableName", Shape::Text),
        Member("UseLatestRestorableTime", Shape::Boolean),
        Member("RestoreDateTime", Shape::Time),
        Member("BillingModeOverride", Shape::Text),
        Member("GlobalSecondaryIndexOverride", Shape::List(&INDEX)),
        Member("LocalSecondaryIndexOverride", Shape::List(&LOCAL_INDEX)),
        Member("ProvisionedThroughputOverride", THROUGHPUT),
        Member("OnDemandThroughputOverride", ON_DEMAND),
        Member("SSESpecificationOverride", ENCRYPTION),
        Member("VectorIndexOverride", Shape::List(&VECTOR)),
    ];
    type Input<'a> = Input;
    type Output = Table;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input, Fault> {
        rule::check(sent, &[SOURCE])?;
        let source = match (sent.text("SourceTableName"), sent.text("SourceTableArn")) {
            (Some(_), Some(_)) => return Err(BackupError::BothSources.into()),
            (Some(name), None) => Source::Name(name.into_owned()),
            (None, Some(arn)) => Source::Arn(arn.into_owned()),
            (None, None) => return Err(BackupError::NoSource.into()),
        };
        let (target, overrides) = restore::target(sent)?;
        let at = sent.time("RestoreDateTime");
        match (at, sent.boolean("UseLatestRestorableTime") == Some(true)) {
            (Some(_), true) => return Err(BackupError::BothTimes.into()),
            (None, false) => return Err(BackupError::NoTime.into()),
            _ => {}
        }
        Ok(Input { source, target, at, overrides })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Table, Fault> {
        let Input { source, target, at, overrides } = input;
        let (region, name) = source.place(emulator, caller, &overrides)?;
        let mut store = emulator.store.write()?;
        // Not earlier: whoever waits for the store comes later.
        let now = emulator.now();
        burial::bury(emulator, &mut *store, now)?;
        let found =
            continuous::table(emulator, store.as_read(), &region, &name, BACKED_UP_WHILE_DELETED);
        let table = found.map_err(|fault| match (&source, fault.kind) {
            (Source::Arn(_), "TableNotFoundException") => BackupError::NoSourceAt.into(),
            _ => fault,
        })?;
        let recovery = table.state.recovery.ok_or(BackupError::NoRecovery(name))?;
        let window = Window::of(recovery, now);
        let at = at.unwrap_or(window.latest);
        if !window.has(at) {
            let [at, earliest, latest] = [at, window.earliest, window.latest].map(to_the_second);
            return Err(BackupError::Time { at, earliest, latest }.into());
        }
        let origin = Origin { backup: None, table: table.arn.clone(), at };
        let restore = Restore { target: &target, origin, source: &table, overrides };
        let held = backup::held_at(emulator, recovery, window, at)?;
        let restored = restore.begin(emulator, caller, &mut *store, &held, now)?;
        store.commit()?;
        Ok(restored)
    }

    /// As CreateTable's answer (inferred), with where it comes from.
    fn encode(table: Table, json: &mut Writer) {
        json.key("TableDescription");
        table::describe(&table, &Figures::default(), View::Created, json);
    }
}

impl Source {
    /// The table's region and name (aws-service-facts 5.4; the order in which an ARN is judged is inferred).
    fn place(
        &self,
        emulator: &Emulator,
        caller: &Caller,
        overrides: &Overrides,
    ) -> Result<(String, String), BackupError> {
        let arn = match self {
            Self::Name(name) => return Ok((caller.region.clone(), name.clone())),
            Self::Arn(arn) => arn,
        };
        if !arn.starts_with("arn:") {
            return Err(BackupError::SourceNoArn(arn.clone()));
        }
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let [_, "aws", "dynamodb", region, account, resource] = *parts else {
            return Err(BackupError::SourceArn);
        };
        let Some(name) = resource.strip_prefix("table/").filter(|name| !name.contains('/')) else {
            return Err(BackupError::SourceArn);
        };
        if account != emulator.settings.account {
            return Err(BackupError::SourceOfOther);
        }
        if region != caller.region && !overrides.tell_encryption() {
            return Err(BackupError::OtherRegion);
        }
        Ok((region.to_owned(), name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::op::{
        backup_tests::{put, recover, scans},
        tests::{ask, call, message, with_table_and_clock},
    };

    fn body(more: &str) -> String {
        format!(r#"{{"SourceTableName":"table","TargetTableName":"copy",{more}}}"#)
    }

    #[test]
    fn a_table_becomes_what_another_one_was_in_any_second() {
        let (emulator, clock) = with_table_and_clock();
        put(&emulator, 0);
        recover(&emulator);
        let mut past = Vec::new();
        for second in 0..20 {
            past.push((second, scans(&emulator, "table")));
            put(&emulator, second + 1);
            clock.advance(Duration::from_millis(400));
            put(&emulator, second + 100);
            clock.advance(Duration::from_millis(600));
        }
        clock.advance(Duration::from_secs(300));
        for (second, scans_then) in past.into_iter().skip(1) {
            // The clock is at .123 of a second: what came in it is not there at its beginning.
            let at = 1_700_000_000 + second;
            let target = format!("copy{second}");
            let body = body(&format!(r#""RestoreDateTime":{at}"#)).replace("copy", &target);
            let answer = ask(&emulator, "RestoreTableToPointInTime", &body);
            assert!(answer.contains(r#""RestoreInProgress":true,"SourceTableArn":""#), "{answer}");
            assert_eq!(scans(&emulator, &target), scans_then, "{second}");
        }
    }

    #[test]
    fn the_latest_time_is_the_moment_of_enabling_and_then_five_minutes_ago() {
        // aws-service-facts 4.3, 2026-10-08.
        let (emulator, clock) = with_table_and_clock();
        put(&emulator, 0);
        recover(&emulator);
        let first = scans(&emulator, "table");
        put(&emulator, 1);
        let latest = body(r#""UseLatestRestorableTime":true"#);
        ask(&emulator, "RestoreTableToPointInTime", &latest);
        assert_eq!(scans(&emulator, "copy"), first);
        let second = scans(&emulator, "table");
        clock.advance(Duration::from_secs(200));
        put(&emulator, 2);
        clock.advance(Duration::from_secs(200));
        ask(&emulator, "RestoreTableToPointInTime", &latest.replace("copy", "later"));
        assert_eq!(scans(&emulator, "later"), second);
        clock.advance(Duration::from_secs(400));
        ask(&emulator, "RestoreTableToPointInTime", &latest.replace("copy", "last"));
        assert_eq!(scans(&emulator, "last"), scans(&emulator, "table"));
    }

    #[test]
    fn states_go_when_their_period_is_over_and_when_nobody_wants_them() {
        let (emulator, clock) = with_table_and_clock();
        let update = |more: &str| {
            ask(
                &emulator,
                "UpdateContinuousBackups",
                &format!(
                    r#"{{"TableName":"table","PointInTimeRecoverySpecification":{{"PointInTimeRecoveryEnabled":{more}}}}}"#
                ),
            )
        };
        put(&emulator, 0);
        assert_eq!(emulator.history.len(), 0);
        update(r#"true,"RecoveryPeriodInDays":1"#);
        for at in 0..48 {
            put(&emulator, at);
            put(&emulator, at + 100);
            clock.advance(Duration::from_secs(3600));
        }
        assert!(emulator.history.len() <= 25, "{}", emulator.history.len());
        let early = message(
            &emulator,
            "RestoreTableToPointInTime",
            &body(r#""RestoreDateTime":1700086399"#),
        );
        assert_eq!(
            early,
            "RestoreDateTime '2023-11-15T22:13:19Z' must be within EarliestRestorableDateTime '2023-11-15T22:13:20Z' and LatestRestorableDateTime '2023-11-16T22:08:20Z'"
        );
        update("false");
        assert_eq!(emulator.history.len(), 0);
        put(&emulator, 1);
        assert_eq!(emulator.history.len(), 0);
    }

    #[test]
    fn refuses_in_the_services_words() {
        // aws-service-facts 5.4, 2026-10-08 and 09.
        let (emulator, _) = with_table_and_clock();
        let latest = body(r#""UseLatestRestorableTime":true"#);
        let response = call(&emulator, "RestoreTableToPointInTime", &latest);
        assert_eq!(
            response.error_type().as_deref(),
            Some("PointInTimeRecoveryUnavailableException")
        );
        recover(&emulator);
        let arn = latest.replace(
            r#""SourceTableName":""#,
            r#""SourceTableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/"#,
        );
        for (body, text) in [
            (
                body(r#""UseLatestRestorableTime":false"#),
                "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both",
            ),
            (
                body(r#""RestoreDateTime":0"#),
                "RestoreDateTime '1970-01-01T00:00:00Z' must be within EarliestRestorableDateTime '2023-11-14T22:13:20Z' and LatestRestorableDateTime '2023-11-14T22:13:20Z'",
            ),
            (latest.replace("copy", "table"), "Table already exists: table"),
            (latest.replace(r#":"table""#, r#":"gone""#), "Table not found: gone"),
            (arn.replace("/table\"", "/gone\""), "Table not found"),
            (
                arn.replace("us-east-1", "eu-west-1"),
                "Invalid Request: sseSpecificationOverride must be provided for cross-region restores",
            ),
            (
                latest.replace('}', r#","BillingModeOverride":"PROVISIONED"}"#),
                "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED",
            ),
            (
                latest.replace('}', r#","ProvisionedThroughputOverride":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}"#),
                "Invalid Request: Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED",
            ),
        ] {
            assert_eq!(message(&emulator, "RestoreTableToPointInTime", &body), text);
        }
        ask(&emulator, "RestoreTableToPointInTime", &arn);
    }
}
