//! ListContributorInsights: the tables and indexes whose keys are counted, or are about to be.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Op, insights};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{Insights, InsightsStatus, Table},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListContributorInsights;

/// That there is a least is inferred.
const RULES: &[Rule] = &[Rule::older("MaxResults", &[Limit::Least(1), Limit::Most(100)])];

/// What is asked.
pub(super) struct Input {
    table: Option<String>,
    start: Option<Place>,
    limit: usize,
}

/// A table or an index in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    table: String,
    index: Option<Box<str>>,
}

/// An entry, and what it is at.
pub(super) struct Entry {
    place: Place,
    status: InsightsStatus,
    mode: &'static str,
}

/// One page, and where the next begins.
pub(super) struct Output {
    entries: Vec<Entry>,
    next: Option<String>,
}

impl Place {
    /// No name has a slash in it.
    fn token(&self) -> String {
        STANDARD.encode(format!("{}/{}", self.table, self.index.as_deref().unwrap_or_default()))
    }

    /// Reads a token; the sentence about one that is none is that of other lists
    /// (aws-service-facts 1.14), which is inferred.
    fn read(token: &str) -> Result<Self, Fault> {
        let wrong = || {
            Fault::validation(format!("Invalid Request: Provided nextToken is invalid: {token}"))
        };
        let bytes = STANDARD.decode(token).map_err(|_| wrong())?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        let (table, index) = text.split_once('/').ok_or_else(wrong)?;
        let index = Some(index).filter(|index| !index.is_empty()).map(Into::into);
        Ok(Self { table: table.to_owned(), index })
    }
}

impl Op for ListContributorInsights {
    const OPERATION: Operation = Operation::ListContributorInsights;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("NextToken", Shape::Text),
        Member("MaxResults", Shape::Integer),
    ];
    type Input<'a> = Input;
    type Output = Output;

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Input, Fault> {
        let table = match sent.has("TableName") {
            true => Some(super::existing_table_name(sent)?.into_owned()),
            false => None,
        };
        rule::check(sent, &[RULES])?;
        let limit = sent.integer("MaxResults").and_then(|limit| usize::try_from(limit.value).ok());
        let start = sent.text("NextToken").map(|token| Place::read(&token)).transpose()?;
        Ok(Input { table, start, limit: limit.unwrap_or(100) })
    }

    /// Pages are full but for the last: that the service's are often empty
    /// (aws-service-facts 1.14) has to do with where it keeps its tables.
    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        let store = emulator.store.read()?;
        let now = emulator.now();
        let mut entries = Vec::new();
        if let Some(name) = &input.table {
            collect(&*insights::table(emulator, &*store, caller, name)?, now, &mut entries);
        } else {
            for table in emulator.catalog.tables(&*store, &caller.region)? {
                collect(&table, now, &mut entries);
            }
        }
        if let Some(start) = input.start {
            let at = entries.iter().position(|entry| entry.place == start);
            // One that is in the list no more: from the next table on.
            let behind = || entries.iter().take_while(|entry| entry.place.table <= start.table);
            let from = at.map_or_else(|| behind().count(), |at| at + 1);
            entries.drain(..from);
        }
        let more = entries.len() > input.limit;
        entries.truncate(input.limit);
        let next = entries.last().filter(|_| more).map(|entry| entry.place.token());
        Ok(Output { entries, next })
    }

    fn encode(output: Output, json: &mut Writer) {
        json.key("ContributorInsightsSummaries");
        json.array(|json| {
            for Entry { place, status, mode } in &output.entries {
                json.object(|json| {
                    json.key("ContributorInsightsMode");
                    json.string(mode);
                    json.key("ContributorInsightsStatus");
                    json.string(status.name());
                    if let Some(index) = &place.index {
                        json.key("IndexName");
                        json.string(index);
                    }
                    json.key("TableName");
                    json.string(&place.table);
                });
            }
        });
        if let Some(next) = &output.next {
            json.key("NextToken");
            json.string(next);
        }
    }
}

/// Of a table, itself first, then its indexes; those that are disabled are in no list.
fn collect(table: &Table, now: u64, entries: &mut Vec<Entry>) {
    let place = |known: &Insights| known.index.as_ref().map(|name| table.index(name));
    let place = |known: &Insights| place(known).map(|found| found.map(|(at, _)| at));
    let mut known: Vec<&Insights> = table.state.insights.iter().collect();
    known.sort_by_key(|known| place(known));
    for one in known {
        let status = one.status(now);
        if status != InsightsStatus::Disabled {
            let place = Place { table: table.name.to_string(), index: one.index.clone() };
            entries.push(Entry { place, status, mode: one.mode.name() });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    const LIST: &str = "ListContributorInsights";

    #[test]
    fn pages_through_tables_and_their_indexes() {
        let emulator = with_table();
        ask(
            &emulator,
            "CreateTable",
            r#"{"TableName":"also","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
        );
        for target in [r#""table","IndexName":"gsi""#, r#""also""#, r#""table""#] {
            ask(
                &emulator,
                "UpdateContributorInsights",
                &format!(r#"{{"TableName":{target},"ContributorInsightsAction":"ENABLE"}}"#),
            );
        }
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = ask(&emulator, LIST, &format!(r#"{{"MaxResults":1{token}}}"#));
            let index = page.contains(r#""IndexName":"gsi""#);
            seen.push((page.contains(r#""TableName":"also""#), index));
            let Some((_, rest)) = page.split_once(r#""NextToken":""#) else { break };
            token = format!(r#","NextToken":"{}""#, rest.split('"').next().unwrap());
        }
        assert_eq!(seen, [(true, false), (false, false), (false, true)]);
        let one = ask(&emulator, LIST, r#"{"TableName":"also"}"#);
        assert_eq!(
            one,
            r#"{"ContributorInsightsSummaries":[{"ContributorInsightsMode":"ACCESSED_AND_THROTTLED_KEYS","ContributorInsightsStatus":"ENABLED","TableName":"also"}]}"#
        );
    }

    #[test]
    fn refuses_what_it_cannot_list() {
        let emulator = with_table();
        for (body, text) in [
            (r#"{"TableName":"nope"}"#, "Requested resource not found: Table: nope not found"),
            (
                r#"{"MaxResults":101}"#,
                "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
            ),
            (r#"{"NextToken":"x"}"#, "Invalid Request: Provided nextToken is invalid: x"),
        ] {
            assert_eq!(message(&emulator, LIST, body), text);
        }
    }
}
