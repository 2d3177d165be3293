//! ListExports: exports, the newest first (aws-service-facts 1.14, 6.1).

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        export::{self, Export, ExportError},
        list_token,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    storage::layout,
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListExports;

/// The bounds are those of the API's model.
const RULES: &[Rule] = &[
    Rule::older("TableArn", &[Limit::Shortest(1), Limit::Longest(1024)]),
    Rule::older("MaxResults", &[Limit::Least(1), Limit::Most(25)]),
];

/// How many are on a page unless it is said (aws-service-facts 1.14).
const PAGE: usize = 10;

/// What tokens are of.
const LIST: &str = "exports";

/// What is asked.
pub(super) struct Input {
    table: Option<String>,
    limit: usize,
    /// The one before the first.
    after: Option<String>,
}

/// The exports of one page, whether there are more, and what time it is.
pub(super) struct Output {
    page: Vec<Export>,
    more: bool,
    now: u64,
}

/// Where an export stands in the list.
fn place(export: &Export) -> String {
    format!("{}/{}", export.id, export.table.name)
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
        let limit = sent.integer("MaxResults").and_then(|limit| usize::try_from(limit.value).ok());
        let token = sent.text("NextToken");
        Ok(Input {
            table: sent.text("TableArn").map(Into::into),
            limit: limit.unwrap_or(PAGE),
            after: token.map(|token| list_token::place(LIST, &token)).transpose()?,
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
        let after = input.after.as_deref().and_then(|place| place.split_once('/'));
        let after = after.map(|(id, table)| layout::export(id, table));
        let mut page = Vec::new();
        Export::each(&*store, after, |export| {
            if wanted(&export) {
                page.push(export);
            }
            page.len() > input.limit
        })?;
        let more = page.len() > input.limit;
        page.truncate(input.limit);
        Ok(Output { page, more, now: emulator.now() })
    }

    fn encode(output: &Output, json: &mut Writer) {
        json.key("ExportSummaries");
        json.array(|json| {
            output.page.iter().for_each(|export| export::summary(export, output.now, json));
        });
        if let (Some(last), true) = (output.page.last(), output.more) {
            json.key("NextToken");
            json.string(&list_token::token(LIST, &place(last)));
        }
    }
}
