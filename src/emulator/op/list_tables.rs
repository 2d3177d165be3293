//! ListTables: the names of all tables, in byte order (aws-tables-facts 5).

use std::borrow::Cow;

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListTables;

const RULES: &[Rule] = &[
    Rule::older("ExclusiveStartTableName", &[Limit::Name, Limit::Shortest(3), Limit::Longest(255)]),
    Rule::older("Limit", &[Limit::Least(1), Limit::Most(100)]),
];

/// What is asked.
pub(super) struct Input<'a> {
    start: Option<Cow<'a, str>>,
    limit: usize,
}

/// The names of one page, and whether there are more.
pub(super) struct Output {
    names: Vec<String>,
    more: bool,
}

impl Op for ListTables {
    const OPERATION: Operation = Operation::ListTables;
    const MEMBERS: &'static [Member] =
        &[Member("ExclusiveStartTableName", Shape::Text), Member("Limit", Shape::Integer)];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[RULES])?;
        let limit = sent.integer("Limit").and_then(|limit| usize::try_from(limit.value).ok());
        Ok(Input { start: sent.text("ExclusiveStartTableName"), limit: limit.unwrap_or(100) })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let store = emulator.store.read()?;
        let mut names = emulator.catalog.names(
            &*store,
            &caller.region,
            input.start.as_deref(),
            input.limit + 1,
        )?;
        let more = names.len() > input.limit;
        names.truncate(input.limit);
        Ok(Output { names, more })
    }

    fn encode(output: Output, json: &mut Writer) {
        if let (Some(last), true) = (output.names.last(), output.more) {
            json.key("LastEvaluatedTableName");
            json.string(last);
        }
        json.key("TableNames");
        json.array(|json| output.names.iter().for_each(|name| json.string(name)));
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::{
        Emulator,
        op::tests::{ask, message},
    };

    #[test]
    fn pages_through_the_names_in_byte_order() {
        let emulator = Emulator::default();
        assert_eq!(ask(&emulator, "ListTables", "{}"), r#"{"TableNames":[]}"#);
        for name in ["bbb", "Bbb", "aaa"] {
            ask(
                &emulator,
                "CreateTable",
                &format!(
                    r#"{{"TableName":"{name}","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"pk","KeyType":"HASH"}}]}}"#
                ),
            );
        }
        assert_eq!(
            ask(&emulator, "ListTables", r#"{"Limit":2}"#),
            r#"{"LastEvaluatedTableName":"aaa","TableNames":["Bbb","aaa"]}"#
        );
        assert_eq!(
            ask(&emulator, "ListTables", r#"{"Limit":2,"ExclusiveStartTableName":"aaa"}"#),
            r#"{"TableNames":["bbb"]}"#
        );
        assert_eq!(
            message(&emulator, "ListTables", r#"{"Limit":101}"#),
            "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"
        );
    }
}
