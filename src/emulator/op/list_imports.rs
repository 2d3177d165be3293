//! ListImports: imports, the newest first (aws-service-facts 1.14).

use super::{
    Op,
    job_list::{self, Asked},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        import::{self, Import, ImportError},
        listing::Page,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListImports;

/// Their order is inferred: that of the API's model.
const RULES: &[Rule] = &[
    Rule::older("TableArn", &[Limit::Shortest(1), Limit::Longest(1024)]),
    Rule::older("PageSize", &[Limit::Least(1), Limit::Most(25)]),
    Rule::older("NextToken", &[job_list::TOKEN, Limit::Shortest(112), Limit::Longest(1024)]),
];

/// What tokens are told from others by.
const LIST: &str = "imports";

/// What is asked.
pub(super) struct Input {
    table: Option<String>,
    page: Asked,
}

/// The imports of one page, and what time it is.
pub(super) struct Output {
    page: Page<Import>,
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
        Ok(Input {
            table: sent.text("TableArn").map(Into::into),
            page: Asked::read(sent, LIST, "PageSize")?,
        })
    }

    /// Those of tables that are there no more as well (aws-service-facts 7.1).
    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        let Input { table, page } = input;
        if let Some(arn) = &table {
            let parts: Vec<&str> = arn.splitn(6, ':').collect();
            let ["arn", _, "dynamodb", _, account, _] = *parts else {
                return Err(ImportError::NoTableArn.into());
            };
            if account != emulator.settings.account {
                return Err(ImportError::OtherAccount.into());
            }
        }
        let page = page.page(&*emulator.store.read()?, |import: &Import| {
            import.region() == caller.region
                && table.as_deref().is_none_or(|arn| *import.table_arn == *arn)
        })?;
        Ok(Output { page, now: emulator.now() })
    }

    fn encode(output: Output, json: &mut Writer) {
        json.key("ImportSummaryList");
        json.array(|json| {
            output.page.entries.iter().for_each(|import| import::summary(import, output.now, json));
        });
        job_list::next(&output.page, LIST, json);
    }
}
