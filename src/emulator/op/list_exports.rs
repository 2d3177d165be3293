//! ListExports: exports, the newest first (aws-service-facts 1.14, 6.1).

use super::{
    Op,
    job_list::{self, Asked},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        export::{self, Export, ExportError},
        listing::Page,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListExports;

/// The bounds are those of the API's model.
const RULES: &[Rule] = &[
    Rule::older("TableArn", &[Limit::Shortest(1), Limit::Longest(1024)]),
    Rule::older("MaxResults", &[Limit::Least(1), Limit::Most(25)]),
];

/// What tokens are of.
const LIST: &str = "exports";

/// What is asked.
pub(super) struct Input {
    table: Option<String>,
    page: Asked,
}

/// The exports of one page, and what time it is.
pub(super) struct Output {
    page: Page<Export>,
    now: u64,
}

impl Op for ListExports {
    const OPERATION: Operation = Operation::ListExports;
    const MEMBERS: &'static [Member] = &[
        Member("TableArn", Shape::Text),
        Member("MaxResults", Shape::Integer),
        Member("NextToken", Shape::Text),
    ];
    type Input<'a> = Input;
    type Output = Output;

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Input, Fault> {
        rule::check(sent, &[RULES])?;
        Ok(Input {
            table: sent.text("TableArn").map(Into::into),
            page: Asked::read(sent, LIST, "MaxResults")?,
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        if let Some(arn) = &input.table {
            let account = arn.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(3));
            // aws-service-facts 1.12.
            if account.is_some_and(|account| account != emulator.settings.account) {
                return Err(ExportError::OtherAccount.into());
            }
        }
        let store = emulator.store.read()?;
        // Of a table that is gone none are told, nor of one before it of the same name.
        let of_table = match &input.table {
            Some(arn) => {
                let table =
                    emulator.catalog.table(&*store, &caller.region, super::table_name(arn))?;
                Some(table.filter(|table| *table.arn == **arn).map(|table| table.id.clone()))
            }
            None => None,
        };
        let wanted = |export: &Export| {
            export.region() == caller.region
                && of_table.as_ref().is_none_or(|id| id.as_ref() == Some(&export.table.id))
        };
        let page = input.page.page(&*store, wanted)?;
        Ok(Output { page, now: emulator.now() })
    }

    fn encode(output: Output, json: &mut Writer) {
        json.key("ExportSummaries");
        json.array(|json| {
            output.page.entries.iter().for_each(|export| export::summary(export, output.now, json));
        });
        job_list::next(&output.page, LIST, json);
    }
}
