//! ExecuteStatement: one PartiQL statement, which reads a page or writes one item.
//!
//! Answers: aws-facts 10.12; that a page tells LastEvaluatedKey beside its token is of the API's
//! documentation.

use std::sync::Arc;

use super::{
    Op,
    statement::{self, Asked},
    statement_read::{self, Page, Paging},
    statement_write,
};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{Charge, Report, Side},
        door::Caller,
        next_token::Bond,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::Table,
        write::{self, Cause},
    },
    partiql::{Error, Statement},
    value::{
        Item,
        encode::{self, NumberOrder},
    },
    wire::{
        Fault, Operation,
        json::{Elements, Writer},
    },
};

/// The operation.
pub(super) struct ExecuteStatement;

/// What is asked.
pub(super) struct Input {
    asked: Asked,
    bond: Bond,
    token: Option<String>,
    limit: Option<usize>,
    report: Report,
}

/// What is answered.
pub(super) struct Output {
    table: Arc<Table>,
    items: Elements,
    charge: Charge,
    report: Report,
    last: Option<Item>,
    next: Option<String>,
}

impl Op for ExecuteStatement {
    const OPERATION: Operation = Operation::ExecuteStatement;
    const MEMBERS: &'static [Member] = &[
        Member("Statement", Shape::Text),
        Member("Parameters", Shape::List(&Shape::Value)),
        Member("ConsistentRead", Shape::Boolean),
        Member("NextToken", Shape::Text),
        Member("ReturnConsumedCapacity", Shape::Text),
        Member("Limit", Shape::Integer),
        Member("ReturnValuesOnConditionCheckFailure", Shape::Text),
    ];
    type Input<'a> = Input;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input, Fault> {
        const LIMIT: Rule = Rule::older("Limit", &[Limit::Least(1)]);
        // Where it stands among the others is inferred.
        const TOKEN: Rule = Rule::older("NextToken", &[Limit::Shortest(1), Limit::Longest(32_768)]);
        let read = statement::Read::of(*sent)?;
        let mut broken = rule::broken(sent, &[rule::ON_FAILURE, LIMIT]);
        broken.extend(read.broken_text(""));
        broken.extend(rule::broken(sent, &[rule::CAPACITY]));
        broken.extend(read.broken_parameters(""));
        broken.extend(rule::broken(sent, &[TOKEN]));
        if !broken.is_empty() {
            return Err(rule::together(&broken));
        }
        let parameters = read.parameters()?;
        let asked = read.statement(&parameters)?;
        if let Statement::Exists(_) = asked.statement {
            return Err(statement::refuse(Error::Exists));
        }
        Ok(Input {
            asked,
            bond: Bond::of(&read.text(), sent.get("Parameters")),
            token: sent.text("NextToken").map(String::from),
            limit: sent.integer("Limit").and_then(|limit| usize::try_from(limit.value).ok()),
            report: Report::of(sent),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        let Statement::Select(select) = &input.asked.statement else {
            return write(emulator, caller, &input);
        };
        let paging = Paging {
            consistent: input.asked.consistent,
            limit: input.limit,
            bond: &input.bond,
            token: input.token.as_deref(),
            report: input.report,
        };
        let Page { table, items, charge, last, next } =
            statement_read::page(emulator, caller, select, paging)?;
        Ok(Output { table, items, charge, report: input.report, last, next })
    }

    fn encode(output: Output, json: &mut Writer) {
        output.charge.write_member(&output.table, output.report, json);
        json.key("Items");
        json.elements(output.items);
        if let Some(last) = &output.last {
            json.key("LastEvaluatedKey");
            let mut text = Vec::new();
            encode::item(last, &mut text);
            json.raw(&text);
        }
        if let Some(next) = &output.next {
            json.key("NextToken");
            json.string(next);
        }
    }
}

fn write(emulator: &Emulator, caller: &Caller, input: &Input) -> Result<Output, Fault> {
    let Asked { statement, show_item, .. } = &input.asked;
    let mut store = emulator.store.write()?;
    let table = emulator.table(store.as_read(), caller, super::table_name(statement.table()))?;
    let single = statement_write::key_of(statement, &table).map_err(statement::refuse)?;
    statement_write::check_key(statement, &table, &single.key)?;
    emulator.check_conflict(&table)?;
    let change =
        statement_write::change(statement, &table, store.as_read(), &single, *show_item, false);
    let change = change.map_err(|failed| {
        // With the item its text is spelled as a transaction's (aws-facts 2.1).
        let capital = (!failed.fault.extra.is_empty()).then_some(true);
        Fault { capital, ..failed.fault }
    })?;
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    let cause = Cause::Request(emulator.now());
    let charge = write::replace(&mut *store, &table, &change.place, old, new, cause)?;
    let charge = charge.about(&table, &single.key);
    emulator.spend_one(Side::Write, &table, &charge)?;
    store.commit()?;
    let mut items = Elements::default();
    for item in change.returned.iter().flatten() {
        let mut text = Vec::new();
        encode::item_in(NumberOrder::Hashed, item, &mut text);
        items.push(&text);
    }
    Ok(Output { table, items, charge, report: input.report, last: None, next: None })
}
