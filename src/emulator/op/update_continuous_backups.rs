//! UpdateContinuousBackups: turns point-in-time recovery on or off.

use std::borrow::Cow;

use super::{
    Op,
    continuous::{self, DEFAULT_DAYS, Output},
};
use crate::{
    emulator::{
        Emulator, Validation, backup,
        door::Caller,
        fault,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{Catalog, Recovery, Table, limits::BACKED_UP_WHILE_DELETED},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct UpdateContinuousBackups;

const SPECIFICATION: Shape = Shape::Structure(
    "PointInTimeRecoverySpecification",
    &[
        Member("PointInTimeRecoveryEnabled", Shape::Boolean),
        Member("RecoveryPeriodInDays", Shape::Integer),
    ],
);

const RULES: &[Rule] = &[Rule::within(
    "PointInTimeRecoverySpecification",
    &[Limit::Required],
    &[
        Rule::older("PointInTimeRecoveryEnabled", &[Limit::Required]),
        Rule::older("RecoveryPeriodInDays", &[Limit::Least(1), Limit::Most(35)]),
    ],
)];

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    enabled: bool,
    days: Option<u64>,
}

impl Op for UpdateContinuousBackups {
    const OPERATION: Operation = Operation::UpdateContinuousBackups;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("PointInTimeRecoverySpecification", SPECIFICATION),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let table = super::existing_table_name(sent)?;
        rule::check(sent, &[RULES])?;
        let asked = sent.structure("PointInTimeRecoverySpecification");
        let enabled = asked.and_then(|asked| asked.boolean("PointInTimeRecoveryEnabled"));
        let days = asked.and_then(|asked| asked.integer("RecoveryPeriodInDays"));
        if enabled == Some(false) && days.is_some() {
            return Err(Fault::validation(
                "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling \
                 point-in-time recovery.",
            ));
        }
        let days = days.and_then(|days| u64::try_from(days.value).ok());
        Ok(Input { table, enabled: enabled == Some(true), days })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let mut store = emulator.store.write()?;
        let table = continuous::table(
            emulator,
            store.as_read(),
            &caller.region,
            &input.table,
            BACKED_UP_WHILE_DELETED,
        )?;
        if continuous::is_enabling(&table) {
            return Err(fault::backups_unavailable(&table.name));
        }
        let mut changed = Table::clone(&table);
        changed.state.recovery = input.enabled.then(|| {
            let current = table.state.recovery;
            // Enabling again changes the period and keeps what can be restored; a period not
            // said is the one there is (inferred).
            Recovery {
                since: current.map_or_else(|| emulator.now(), |current| current.since),
                logged: match current {
                    Some(current) => current.logged,
                    None => emulator.store.keep().is_none(),
                },
                days: input.days.or(current.map(|current| current.days)).unwrap_or(DEFAULT_DAYS),
            }
        });
        Catalog::put(&mut *store, &changed)?;
        if let (Some(ended), None) = (table.state.recovery, changed.state.recovery) {
            backup::forget(&mut *store, &table, ended)?;
        }
        let begins = input.enabled && table.state.recovery.is_none();
        backup::follow(emulator, store.as_read(), begins)?;
        store.commit()?;
        Ok(Output::of(emulator, &changed))
    }

    fn encode(output: Output, json: &mut Writer) {
        output.encode(json);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::op::tests::{ask, message, with_table, with_table_and_clock};

    fn body(specification: &str) -> String {
        format!(r#"{{"TableName":"table","PointInTimeRecoverySpecification":{{{specification}}}}}"#)
    }

    #[test]
    fn recovery_reaches_back_to_when_it_was_enabled_and_up_to_five_minutes_ago() {
        let (emulator, clock) = with_table_and_clock();
        let update =
            |specification| ask(&emulator, "UpdateContinuousBackups", &body(specification));
        let first = update(r#""PointInTimeRecoveryEnabled":true"#);
        assert_eq!(
            first,
            r#"{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"EarliestRestorableDateTime":1.700000000123E9,"LatestRestorableDateTime":1.700000000123E9,"PointInTimeRecoveryStatus":"ENABLED","RecoveryPeriodInDays":35}}}"#
        );
        clock.advance(Duration::from_secs(1000));
        let again = update(r#""PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":7"#);
        for part in [
            r#""EarliestRestorableDateTime":1.700000000123E9"#,
            r#""LatestRestorableDateTime":1.700000700123E9"#,
            r#""RecoveryPeriodInDays":7"#,
        ] {
            assert!(again.contains(part), "{part} in {again}");
        }
        let off = update(r#""PointInTimeRecoveryEnabled":false"#);
        assert!(!off.contains("Restorable"), "{off}");
        let on = update(r#""PointInTimeRecoveryEnabled":true"#);
        assert!(on.contains(r#""RecoveryPeriodInDays":35"#), "{on}");
    }

    #[test]
    fn refuses_in_the_services_words() {
        // aws-tables-facts 19, 2026-10-09.
        let emulator = with_table();
        for (specification, text) in [
            (
                "",
                "1 validation error detected: Value null at 'pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled' failed to satisfy constraint: Member must not be null",
            ),
            (
                r#""PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":0"#,
                "1 validation error detected: Value '0' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ),
            (
                r#""PointInTimeRecoveryEnabled":false,"RecoveryPeriodInDays":5"#,
                "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
            ),
        ] {
            assert_eq!(message(&emulator, "UpdateContinuousBackups", &body(specification)), text);
        }
    }
}
