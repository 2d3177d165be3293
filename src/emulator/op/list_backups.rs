//! ListBackups: backups in the order they were made (aws-service-facts 1.14, 3.4).

use super::{Op, existing_table_name};
use crate::{
    emulator::{
        Emulator, Validation,
        backup::{self, Backup, BackupArn, BackupError},
        burial,
        door::Caller,
        listing::{Listed, Page},
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    storage::layout,
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListBackups;

/// The order of the words in the sentence is inferred: that of the API's model.
const RULES: &[Rule] = &[
    Rule::older("Limit", &[Limit::Least(1), Limit::Most(100)]),
    Rule::older("BackupType", &[Limit::OneOf(&["USER", "SYSTEM", "AWS_BACKUP", "ALL"])]),
];

/// What is asked.
pub(super) struct Input {
    table: Option<String>,
    limit: usize,
    from: Option<u64>,
    to: Option<u64>,
    start: Option<String>,
    user: bool,
    system: bool,
}

/// The backups of one page, and what time it is.
pub(super) struct Output {
    page: Page<Backup>,
    now: u64,
}

impl Op for ListBackups {
    const OPERATION: Operation = Operation::ListBackups;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("Limit", Shape::Integer),
        Member("TimeRangeLowerBound", Shape::Time),
        Member("TimeRangeUpperBound", Shape::Time),
        Member("ExclusiveStartBackupArn", Shape::Text),
        Member("BackupType", Shape::Text),
    ];
    type Input<'a> = Input;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input, Fault> {
        let table = match sent.has("TableName") {
            true => Some(super::table_name(&existing_table_name(sent)?).to_owned()),
            false => None,
        };
        rule::check(sent, &[RULES])?;
        let (from, to) = (sent.time("TimeRangeLowerBound"), sent.time("TimeRangeUpperBound"));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(BackupError::Bounds.into());
        }
        let limit = sent.integer("Limit").and_then(|limit| usize::try_from(limit.value).ok());
        let kind = sent.text("BackupType");
        let kind = kind.as_deref().unwrap_or("USER");
        Ok(Input {
            table,
            limit: limit.unwrap_or(100),
            from,
            to,
            start: sent.text("ExclusiveStartBackupArn").map(Into::into),
            user: matches!(kind, "USER" | "ALL"),
            system: matches!(kind, "SYSTEM" | "ALL"),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        let start = input.start.map(|arn| BackupArn::read(emulator, &arn)).transpose()?;
        if start.as_ref().is_some_and(|start| start.region != caller.region) {
            return Err(BackupError::StartOfOtherRegion.into());
        }
        burial::settle(emulator)?;
        let store = emulator.store.read()?;
        let now = emulator.now();
        let wanted = |backup: &Backup| {
            (if backup.by_system { input.system } else { input.user })
                && input.table.as_deref().is_none_or(|table| *backup.table.name == *table)
                && input.from.is_none_or(|from| backup.created >= from)
                && input.to.is_none_or(|to| backup.created < to)
                && backup.region() == caller.region
                && backup.is_there(now)
        };
        // Where one would stand that is not there (aws-service-facts 1.14).
        let after = start.map(|start| layout::backup(&start.id, &start.table));
        let page = Backup::page(&*store, after, input.limit, wanted)?;
        Ok(Output { page, now })
    }

    fn encode(output: Output, json: &mut Writer) {
        json.key("BackupSummaries");
        json.array(|json| {
            output.page.entries.iter().for_each(|backup| backup::summary(backup, output.now, json));
        });
        if let Some(last) = output.page.last() {
            json.key("LastEvaluatedBackupArn");
            json.string(&last.arn());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::{
        Emulator,
        op::{
            backup_tests::{back_up, wait_for_system_backup},
            tests::{ask, message, with_table_and_clock},
        },
    };

    fn listed(emulator: &Emulator, body: &str) -> Vec<String> {
        let answer = ask(emulator, "ListBackups", body);
        let parts = answer.split(r#"{"BackupArn":""#).skip(1);
        parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn pages_and_filters_by_time_and_kind() {
        let (emulator, clock) = with_table_and_clock();
        let arns: Vec<String> = (0..3)
            .map(|_| {
                clock.advance(Duration::from_secs(1));
                back_up(&emulator, "table")
            })
            .collect();
        assert_eq!(listed(&emulator, "{}"), arns);
        assert_eq!(listed(&emulator, r#"{"TableName":"other"}"#), [""; 0]);
        let first = ask(&emulator, "ListBackups", r#"{"Limit":2}"#);
        assert!(
            first.ends_with(&format!(r#""LastEvaluatedBackupArn":"{}"}}"#, arns[1])),
            "{first}"
        );
        let rest = format!(r#"{{"Limit":1,"ExclusiveStartBackupArn":"{}"}}"#, arns[1]);
        assert_eq!(listed(&emulator, &rest), arns[2..]);
        assert!(!ask(&emulator, "ListBackups", &rest).contains("LastEvaluated"));
        // From the lower bound on, up to the upper one and without it.
        let range =
            r#"{"TimeRangeLowerBound":1700000002.123,"TimeRangeUpperBound":1700000003.123}"#;
        assert_eq!(listed(&emulator, range), arns[1..2]);
        let system = wait_for_system_backup(&emulator);
        assert_eq!(listed(&emulator, "{}"), arns);
        assert_eq!(listed(&emulator, r#"{"BackupType":"SYSTEM"}"#), std::slice::from_ref(&system));
        assert_eq!(listed(&emulator, r#"{"BackupType":"ALL","TableName":"table"}"#).len(), 4);
        assert_eq!(listed(&emulator, r#"{"BackupType":"AWS_BACKUP"}"#), [""; 0]);
    }

    #[test]
    fn refuses_in_the_services_words() {
        // aws-service-facts 1.14, 3.4, 2026-10-09.
        let (emulator, _) = with_table_and_clock();
        for (body, text) in [
            (
                r#"{"TimeRangeLowerBound":2,"TimeRangeUpperBound":1}"#,
                "One or more parameter values were invalid: Time range lower bound must be less than or equal to upper bound",
            ),
            (
                r#"{"ExclusiveStartBackupArn":"arn:aws:dynamodb:eu-west-1:000000000000:table/table/backup/01700000000123-00000001"}"#,
                "Invalid Request: The supplied ExclusiveStartBackupArn does not match the region",
            ),
            (
                r#"{"Limit":0}"#,
                "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ),
        ] {
            assert_eq!(message(&emulator, "ListBackups", body), text);
        }
    }
}
