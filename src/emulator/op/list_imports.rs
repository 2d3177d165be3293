//! ListImports: imports, the newest first (aws-service-facts 1.14).

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        import::{self, Import, ImportError},
        list_token,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    storage::layout,
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListImports;

/// Their order is inferred: that of the API's model.
const RULES: &[Rule] = &[
    Rule::older("TableArn", &[Limit::Shortest(1), Limit::Longest(1024)]),
    Rule::older("PageSize", &[Limit::Least(1), Limit::Most(25)]),
    Rule::older(
        "NextToken",
        &[
            Limit::Pattern("([0-9a-f]{16})+", list_token::is_one),
            Limit::Shortest(112),
            Limit::Longest(1024),
        ],
    ),
];

/// What tokens are told from others by.
const LIST: &str = "imports";
const DEFAULT: usize = 10;

/// What is asked.
pub(super) struct Input {
    table: Option<String>,
    limit: usize,
    start: Option<String>,
}

/// The imports of one page, whether there are more, and what time it is.
pub(super) struct Output {
    page: Vec<Import>,
    more: bool,
    now: u64,
}

impl Op for ListImports {
    const OPERATION: Operation = Operation::ListImports;
    const MEMBERS: &'static [Member] = &[
        Member("TableArn", Shape::Text),
        Member("PageSize", Shape::Integer),
        Member("NextToken", Shape::Text),
    ];
    type Input<'a> = Input;
    type Output = Output;

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Input, Fault> {
        rule::check(sent, &[RULES])?;
        let limit = sent.integer("PageSize").and_then(|limit| usize::try_from(limit.value).ok());
        let token = sent.text("NextToken");
        Ok(Input {
            table: sent.text("TableArn").map(Into::into),
            limit: limit.unwrap_or(DEFAULT),
            start: token.map(|token| list_token::place(LIST, &token)).transpose()?,
        })
    }

    /// Those of tables that are there no more as well (aws-service-facts 7.1).
    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        let Input { table, limit, start } = input;
        if let Some(arn) = &table {
            let parts: Vec<&str> = arn.splitn(6, ':').collect();
            let ["arn", _, "dynamodb", _, account, _] = *parts else {
                return Err(ImportError::NoTableArn.into());
            };
            if account != emulator.settings.account {
                return Err(ImportError::OtherAccount.into());
            }
        }
        let start = start.as_deref().and_then(|start| start.split_once('/'));
        let before = start.map(|(id, table)| layout::import(id, table));
        let mut page = Vec::new();
        Import::each(&*emulator.store.read()?, before, |import| {
            let wanted = import.region() == caller.region
                && table.as_deref().is_none_or(|arn| *import.table_arn == *arn);
            if wanted {
                page.push(import);
            }
            page.len() > limit
        })?;
        let more = page.len() > limit;
        page.truncate(limit);
        Ok(Output { page, more, now: emulator.now() })
    }

    fn encode(output: &Output, json: &mut Writer) {
        json.key("ImportSummaryList");
        json.array(|json| {
            output.page.iter().for_each(|import| import::summary(import, output.now, json));
        });
        if let (Some(last), true) = (output.page.last(), output.more) {
            json.key("NextToken");
            json.string(&list_token::token(LIST, &format!("{}/{}", last.id, last.table)));
        }
    }
}
