//! ListBulkOperations: bulk operations, the newest first; order and page size are those of
//! imports (inferred).

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        bulk::{self, Bulk},
        door::Caller,
        list_token,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    storage::layout,
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListBulkOperations;

const RULES: &[Rule] = &[
    Rule::older("MaxResults", &[Limit::Least(1), Limit::Most(25)]),
    Rule::older(
        "NextToken",
        &[
            Limit::Pattern("([0-9a-f]{16})+", list_token::is_one),
            Limit::Shortest(1),
            Limit::Longest(1024),
        ],
    ),
];

/// What tokens are told from others by.
const LIST: &str = "bulk operations";
const DEFAULT: usize = 10;

/// What is asked.
pub(super) struct Input {
    limit: usize,
    start: Option<String>,
}

/// The operations of one page, whether there are more, and what time it is.
pub(super) struct Output {
    page: Vec<Bulk>,
    more: bool,
    now: u64,
}

impl Op for ListBulkOperations {
    const OPERATION: Operation = Operation::ListBulkOperations;
    const MEMBERS: &'static [Member] =
        &[Member("MaxResults", Shape::Integer), Member("NextToken", Shape::Text)];
    type Input<'a> = Input;
    type Output = Output;

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Input, Fault> {
        rule::check(sent, &[RULES])?;
        let limit = sent.integer("MaxResults").and_then(|limit| usize::try_from(limit.value).ok());
        let token = sent.text("NextToken");
        Ok(Input {
            limit: limit.unwrap_or(DEFAULT),
            start: token.map(|token| list_token::place(LIST, &token)).transpose()?,
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        let Input { limit, start } = input;
        let start = start.as_deref().and_then(|start| start.split_once('/'));
        let before = start.map(|(id, table)| layout::bulk(id, table));
        let mut page = Vec::new();
        Bulk::each(&*emulator.store.read()?, before, |bulk| {
            if bulk.region() == caller.region {
                page.push(bulk);
            }
            page.len() > limit
        })?;
        let more = page.len() > limit;
        page.truncate(limit);
        Ok(Output { page, more, now: emulator.now() })
    }

    fn encode(output: &Output, json: &mut Writer) {
        json.key("BulkOperationsSummaryList");
        json.array(|json| {
            output.page.iter().for_each(|bulk| bulk::summary(bulk, output.now, json));
        });
        if let (Some(last), true) = (output.page.last(), output.more) {
            json.key("NextToken");
            json.string(&list_token::token(LIST, &format!("{}/{}", last.id, last.table)));
        }
    }
}
