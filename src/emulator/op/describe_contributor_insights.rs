//! DescribeContributorInsights: whether the keys of a table or an index are counted, and by which
//! rules.

use std::borrow::Cow;

use super::{
    Op,
    insights::{self, Target},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        shape::{Member, Sent, Shape},
        table::{InsightsStatus, seconds},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeContributorInsights;

/// What is asked.
pub(super) struct Input<'a> {
    table: Cow<'a, str>,
    index: Option<Box<str>>,
}

impl Op for DescribeContributorInsights {
    const OPERATION: Operation = Operation::DescribeContributorInsights;
    const MEMBERS: &'static [Member] =
        &[Member("TableName", Shape::Text), Member("IndexName", Shape::Text)];
    type Input<'a> = Input<'a>;
    /// What is described, and when.
    type Output = (Target, u64);

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        let table = super::existing_table_name(sent)?;
        Ok(Input { table, index: insights::index_name(sent)? })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Self::Output, Fault> {
        let store = emulator.store.read()?;
        let target = Target::find(emulator, &*store, caller, (&input.table, input.index))?;
        Ok((target, emulator.now()))
    }

    fn encode((target, now): Self::Output, json: &mut Writer) {
        let known = target.insights();
        let table = &target.table.name;
        if let Some(known) = known {
            json.key("ContributorInsightsMode");
            json.string(known.mode.name());
        }
        if let Some(known) = known.filter(|known| known.has_rules()) {
            json.key("ContributorInsightsRuleList");
            json.array(|json| {
                for kind in known.rules(&target.table) {
                    json.string(&known.rule_name(kind, table));
                }
            });
        }
        let status = known.map_or(InsightsStatus::Disabled, |known| known.status(now));
        json.key("ContributorInsightsStatus");
        json.string(status.name());
        if known.is_some_and(|known| known.tells_failure(now)) {
            json.key("FailureException");
            json.object(|json| {
                json.key("ExceptionDescription");
                json.string(
                    "Amazon CloudWatch Contributor Insights rule limit reached. Please disable \
                     Contributor Insights for other tables/indexes OR disable other CloudWatch \
                     Contributor Insights rules before retrying.",
                );
                json.key("ExceptionName");
                json.string("LimitExceededException");
            });
        }
        if let Some(index) = &target.index {
            json.key("IndexName");
            json.string(index);
        }
        if let Some(known) = known {
            json.key("LastUpdateDateTime");
            json.raw(seconds(known.since).as_bytes());
        }
        json.key("TableName");
        json.string(table);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    #[test]
    fn an_index_is_counted_on_its_own_and_forgotten_with_it() {
        let emulator = with_table();
        let index = r#"{"TableName":"table","IndexName":"gsi""#;
        ask(
            &emulator,
            "UpdateContributorInsights",
            &format!(r#"{index},"ContributorInsightsAction":"ENABLE"}}"#),
        );
        assert_eq!(
            ask(&emulator, "DescribeContributorInsights", &format!("{index}}}")),
            r#"{"ContributorInsightsMode":"ACCESSED_AND_THROTTLED_KEYS","ContributorInsightsRuleList":["DynamoDBContributorInsights-PKC-table-gsi-1700000000123","DynamoDBContributorInsights-SKC-table-gsi-1700000000123","DynamoDBContributorInsights-PKT-table-gsi-1700000000123","DynamoDBContributorInsights-SKT-table-gsi-1700000000123"],"ContributorInsightsStatus":"ENABLED","IndexName":"gsi","LastUpdateDateTime":1.700000000123E9,"TableName":"table"}"#
        );
        assert_eq!(
            ask(&emulator, "DescribeContributorInsights", r#"{"TableName":"table"}"#),
            r#"{"ContributorInsightsStatus":"DISABLED","TableName":"table"}"#
        );
        ask(
            &emulator,
            "UpdateTable",
            r#"{"TableName":"table","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"gsi"}}]}"#,
        );
        assert_eq!(
            message(&emulator, "DescribeContributorInsights", &format!("{index}}}")),
            "Requested resource not found: Index: gsi not found for table: table"
        );
        assert_eq!(
            ask(&emulator, "ListContributorInsights", "{}"),
            r#"{"ContributorInsightsSummaries":[]}"#
        );
    }
}
