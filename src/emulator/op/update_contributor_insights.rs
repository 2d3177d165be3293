//! UpdateContributorInsights: has the keys of a table or an index counted, or not.

use std::borrow::Cow;

use super::{
    Op,
    insights::{self, Target},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{
            Catalog, Insights, InsightsMode, InsightsStatus, Step, Table,
            limits::{self, INSIGHT_RULES, INSIGHTS_WHILE_DELETED},
        },
    },
    storage::Read,
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct UpdateContributorInsights;

const RULES: &[Rule] = &[
    Rule::older(
        "ContributorInsightsAction",
        &[Limit::Required, Limit::OneOf(&["ENABLE", "DISABLE"])],
    ),
    Rule::older(
        "ContributorInsightsMode",
        &[Limit::OneOf(&["THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS"])],
    ),
];

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    index: Option<Box<str>>,
    enable: bool,
    mode: InsightsMode,
}

/// What they are at then; the mode, unless they never were enabled.
pub(super) struct Output {
    target: Target,
    status: InsightsStatus,
    mode: Option<InsightsMode>,
}

impl Op for UpdateContributorInsights {
    const OPERATION: Operation = Operation::UpdateContributorInsights;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("IndexName", Shape::Text),
        Member("ContributorInsightsAction", Shape::Text),
        Member("ContributorInsightsMode", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let table = super::existing_table_name(sent)?;
        let index = insights::index_name(sent)?;
        rule::check(sent, &[RULES])?;
        let enable = sent.text("ContributorInsightsAction").as_deref() == Some("ENABLE");
        // Without one, the usual mode comes back (aws-service-facts 14).
        let mode = sent.text("ContributorInsightsMode");
        let mode = mode.and_then(|name| InsightsMode::named(&name)).unwrap_or_default();
        Ok(Input { table, index, enable, mode })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let Input { enable, mode, .. } = input;
        let mut store = emulator.store.write()?;
        let now = emulator.now();
        let target = Target::find(emulator, store.as_read(), caller, (&input.table, input.index))?;
        // One that is being deleted lets it be enabled for a moment (aws-service-facts 1.10).
        let dying = target.table.deletion();
        let at_its_end =
            dying.is_some_and(|job| !limits::is_over(INSIGHTS_WHILE_DELETED, Some(job.since), now));
        if enable && !target.active && !at_its_end {
            let what = if target.table.creation().or(dying).is_some() { "Table" } else { "Index" };
            return Err(Fault::validation(format!(
                "Table or Index is not in a valid state to update Key Access Insights: \
                 {what}Status must be ACTIVE to enable ContributorInsights."
            )));
        }
        let known = target.insights();
        let status = known.map_or(InsightsStatus::Disabled, |known| known.status(now));
        let is_so = match status {
            InsightsStatus::Enabling | InsightsStatus::Enabled => {
                enable && known.is_some_and(|known| known.mode == mode)
            }
            InsightsStatus::Disabling | InsightsStatus::Disabled => !enable,
            InsightsStatus::Failed => false,
        };
        if is_so {
            let mode = known.map(|known| known.mode);
            return Ok(Output { status, mode, target });
        }
        let timing = &emulator.settings.timing;
        let step = if enable { Step::EnableInsights } else { Step::DisableInsights };
        let (since, until) = (now, timing.end(step, now));
        let next = match known {
            Some(known) if !enable => Insights { enabled: false, since, until, ..known.clone() },
            known => {
                // Another mode keeps the names of the rules there are.
                let suffix = known.filter(|known| known.has_rules()).map(|known| known.suffix);
                let suffix = suffix.unwrap_or(now);
                let index = target.index.clone();
                Insights { index, enabled: true, mode, suffix, failed: false, since, until }
            }
        };
        let more = next.rules(&target.table).len();
        let mut table = Table::clone(&target.table);
        table.state.insights.retain(|known| known.index != next.index);
        let failed = match enable {
            true => rules(emulator, store.as_read(), &table)? + more > INSIGHT_RULES,
            false => next.failed,
        };
        let mode = next.mode;
        table.state.insights.push(Insights { failed, ..next });
        Catalog::put(&mut *store, &table)?;
        store.commit()?;
        let status = match enable {
            true => InsightsStatus::Enabling,
            false => InsightsStatus::Disabling,
        };
        Ok(Output { status, mode: Some(mode), target })
    }

    fn encode(output: Output, json: &mut Writer) {
        if let Some(mode) = output.mode {
            json.key("ContributorInsightsMode");
            json.string(mode.name());
        }
        json.key("ContributorInsightsStatus");
        json.string(output.status.name());
        if let Some(index) = &output.target.index {
            json.key("IndexName");
            json.string(index);
        }
        json.key("TableName");
        json.string(&output.target.table.name);
    }
}

/// How many rules there are, with those of a table as it is to be.
fn rules(emulator: &Emulator, store: &dyn Read, changed: &Table) -> Result<usize, Fault> {
    let of = |table: &Table| -> usize {
        let counted = table.state.insights.iter().filter(|known| known.has_rules());
        counted.map(|known| known.rules(table).len()).sum()
    };
    let mut count = of(changed);
    for table in emulator.catalog.tables(store, changed.region())? {
        if table.name != changed.name {
            count += of(&table);
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::{
        Emulator, Settings, Timing,
        op::tests::{ask, call, message, with_table, with_table_and},
    };

    const UPDATE: &str = "UpdateContributorInsights";

    fn body(more: &str) -> String {
        format!(r#"{{"TableName":"table"{more}}}"#)
    }

    fn enable(mode: &str) -> String {
        let mode = match mode {
            "" => String::new(),
            mode => format!(r#","ContributorInsightsMode":"{mode}""#),
        };
        body(&format!(r#","ContributorInsightsAction":"ENABLE"{mode}"#))
    }

    fn disable() -> String {
        body(r#","ContributorInsightsAction":"DISABLE""#)
    }

    fn describe(emulator: &Emulator) -> String {
        ask(emulator, "DescribeContributorInsights", &body(""))
    }

    #[test]
    fn goes_from_disabled_to_enabled_and_back_by_the_clock() {
        // aws-service-facts 14, October 2026.
        let (emulator, clock) =
            with_table_and(Settings { timing: Timing::real(), ..Settings::default() });
        clock.advance(Duration::from_secs(60));
        let status = |answer: &str, status: &str| {
            let part = format!(r#""ContributorInsightsStatus":"{status}""#);
            assert!(answer.contains(&part), "{status} in {answer}");
        };
        assert_eq!(
            ask(&emulator, UPDATE, &disable()),
            r#"{"ContributorInsightsStatus":"DISABLED","TableName":"table"}"#
        );
        status(&ask(&emulator, UPDATE, &enable("")), "ENABLING");
        status(&describe(&emulator), "ENABLING");
        clock.advance(Duration::from_secs(4));
        let first = describe(&emulator);
        status(&first, "ENABLED");
        status(&ask(&emulator, UPDATE, &enable("")), "ENABLED");
        assert_eq!(describe(&emulator), first);
        assert!(first.contains("-SKC-table-1700000060123"), "{first}");
        status(&ask(&emulator, UPDATE, &enable("THROTTLED_KEYS")), "ENABLING");
        clock.advance(Duration::from_secs(4));
        let throttled = describe(&emulator);
        assert!(throttled.contains(r#""ContributorInsightsRuleList":["DynamoDBContributorInsights-PKT-table-1700000060123","DynamoDBContributorInsights-SKT-table-1700000060123"]"#), "{throttled}");
        status(&ask(&emulator, UPDATE, &disable()), "DISABLING");
        clock.advance(Duration::from_secs(4));
        status(&describe(&emulator), "DISABLED");
        assert!(describe(&emulator).contains("LastUpdateDateTime"));
    }

    #[test]
    fn more_than_a_hundred_rules_fail_and_what_failed_can_be_tried_again() {
        let emulator = with_table();
        for at in 0..25 {
            ask(
                &emulator,
                "CreateTable",
                &format!(
                    r#"{{"TableName":"t{at:02}","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"S"}},{{"AttributeName":"sk","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"pk","KeyType":"HASH"}},{{"AttributeName":"sk","KeyType":"RANGE"}}]}}"#
                ),
            );
            let enable =
                format!(r#"{{"TableName":"t{at:02}","ContributorInsightsAction":"ENABLE"}}"#);
            ask(&emulator, UPDATE, &enable);
        }
        assert!(ask(&emulator, UPDATE, &enable("")).contains("ENABLING"));
        let failed = describe(&emulator);
        assert!(failed.contains(r#""FailureException":{"ExceptionDescription":"Amazon CloudWatch Contributor Insights rule limit reached."#), "{failed}");
        assert!(failed.contains("FAILED") && !failed.contains("RuleList"), "{failed}");
        ask(&emulator, UPDATE, r#"{"TableName":"t00","ContributorInsightsAction":"DISABLE"}"#);
        ask(&emulator, UPDATE, &enable(""));
        assert!(describe(&emulator).contains(r#""ContributorInsightsStatus":"ENABLED""#));
    }

    #[test]
    fn refuses_in_the_services_words() {
        let emulator = with_table();
        let invalid = "1 validation error detected: ";
        for (more, text) in [
            (
                r#","ContributorInsightsAction":"""#,
                format!(
                    "{invalid}Value '' at 'contributorInsightsAction' failed to satisfy constraint: Member must satisfy enum value set: [ENABLE, DISABLE]"
                ),
            ),
            (
                r#","ContributorInsightsAction":"ENABLE","ContributorInsightsMode":"""#,
                format!(
                    "{invalid}Value '' at 'contributorInsightsMode' failed to satisfy constraint: Member must satisfy enum value set: [THROTTLED_KEYS, ACCESSED_AND_THROTTLED_KEYS]"
                ),
            ),
            (
                r#","IndexName":"","ContributorInsightsAction":"ENABLE""#,
                "IndexName must be at least 3 characters long and at most 255 characters long"
                    .into(),
            ),
        ] {
            assert_eq!(message(&emulator, UPDATE, &body(more)), text);
        }
        let local = body(r#","IndexName":"lsi","ContributorInsightsAction":"ENABLE""#);
        let answer = call(&emulator, UPDATE, &local);
        assert_eq!(answer.error_type().as_deref(), Some("ResourceNotFoundException"));
        assert_eq!(
            answer.error_message().as_deref(),
            Some("Requested resource not found: Index: lsi not found for table: table")
        );
    }
}
