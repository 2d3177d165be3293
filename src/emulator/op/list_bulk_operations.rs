//! ListBulkOperations: bulk operations, the newest first; order and page size are those of
//! imports (inferred).

use super::{
    Op,
    job_list::{self, Asked},
};
use crate::{
    emulator::{
        Emulator, Validation,
        bulk::{self, Bulk},
        door::Caller,
        listing::Page,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListBulkOperations;

const RULES: &[Rule] = &[
    Rule::older("MaxResults", &[Limit::Least(1), Limit::Most(25)]),
    Rule::older("NextToken", &[job_list::TOKEN, Limit::Shortest(1), Limit::Longest(1024)]),
];

/// What tokens are told from others by.
const LIST: &str = "bulk operations";

/// The operations of one page, and what time it is.
pub(super) struct Output {
    page: Page<Bulk>,
    now: u64,
}

impl Op for ListBulkOperations {
    const OPERATION: Operation = Operation::ListBulkOperations;
    const MEMBERS: &'static [Member] =
        &[Member("MaxResults", Shape::Integer), Member("NextToken", Shape::Text)];
    type Input<'a> = Asked;
    type Output = Output;

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Asked, Fault> {
        rule::check(sent, &[RULES])?;
        Asked::read(sent, LIST, "MaxResults")
    }

    fn run(emulator: &Emulator, caller: &Caller, asked: Asked) -> Result<Output, Fault> {
        let wanted = |bulk: &Bulk| bulk.region() == caller.region;
        let page = asked.page(&*emulator.store.read()?, wanted)?;
        Ok(Output { page, now: emulator.now() })
    }

    fn encode(output: Output, json: &mut Writer) {
        json.key("BulkOperationsSummaryList");
        json.array(|json| {
            output.page.entries.iter().for_each(|bulk| bulk::summary(bulk, output.now, json));
        });
        job_list::next(&output.page, LIST, json);
    }
}
