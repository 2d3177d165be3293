//! ExecuteTransaction: up to a hundred statements that all read or all write and check one item
//! each, all of them or none (aws-facts 10.13).

use std::{borrow::Cow, sync::Arc};

use super::{
    DUPLICATE_TARGETS, Op,
    statement::{self, Asked},
    statement_read, statement_write, transact,
};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{Charge, Report, Side, read_units, write_units},
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::Table,
        token,
        write::{self, Cause},
    },
    partiql::{Error, SingleKey, Statement},
    storage::Read,
    wire::{
        Fault, Operation,
        json::{Json, Writer},
    },
};

/// The operation.
pub(super) struct ExecuteTransaction;

const STATEMENTS: &str = "TransactStatements";
const STATEMENT: Shape = Shape::Structure("ParameterizedStatement", statement::MEMBERS);

const MIXED: &str = "ExecuteTransaction API does not support both read and write operations in the \
                     same request.";
const WHOLE_KEY: &str = "Select statements within ExecuteTransaction must specify the primary key \
                         in the where clause.";
const ON_INDEX: &str = "Reads on indices are not supported within transactions.";
const RETURNING: &str = "RETURNING clause is not supported in ExecuteTransaction.";

/// What is asked.
pub(super) struct Input<'a> {
    statements: Vec<Asked>,
    token: Option<Cow<'a, str>>,
    /// What a repeated token is compared by.
    compared: Json,
    report: Report,
}

/// What is answered.
pub(super) struct Output {
    /// What a transaction of reads found.
    items: Vec<Option<Vec<u8>>>,
    charges: Vec<(Arc<Table>, Charge)>,
    side: Side,
    report: Report,
}

impl Op for ExecuteTransaction {
    const OPERATION: Operation = Operation::ExecuteTransaction;
    const MEMBERS: &'static [Member] = &[
        Member(STATEMENTS, Shape::List(&STATEMENT)),
        Member("ClientRequestToken", Shape::Text),
        Member("ReturnConsumedCapacity", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        const TOKEN: Rule =
            Rule::older("ClientRequestToken", &[Limit::Shortest(1), Limit::Longest(36)]);
        let read = statement::Read::list(sent, STATEMENTS)?;
        let mut broken = rule::broken(sent, &[TOKEN]);
        let shown = &statement::OF_TRANSACTION;
        broken.extend(statement::broken_length(sent, STATEMENTS, transact::MOST, shown));
        for (at, one) in read.iter().enumerate() {
            broken.extend(one.broken(&statement::path(STATEMENTS, at)));
        }
        broken.extend(rule::broken(sent, &[rule::CAPACITY]));
        if !broken.is_empty() {
            return Err(rule::together(&broken));
        }
        let parameters = read.iter().map(statement::Read::parameters);
        let parameters = parameters.collect::<Result<Vec<_>, _>>()?;
        let mut statements = Vec::with_capacity(read.len());
        for (at, (one, parameters)) in read.iter().zip(&parameters).enumerate() {
            let asked = one.statement(parameters).map_err(|fault| at_statement(at, fault))?;
            check(&asked.statement).map_err(|text| at_statement(at, Fault::validation(text)))?;
            statements.push(asked);
        }
        let reads = statements.iter().filter(|asked| is_read(&asked.statement)).count();
        if reads > 0 && reads < statements.len() {
            return Err(Fault::validation(MIXED));
        }
        Ok(Input {
            statements,
            token: sent.text("ClientRequestToken"),
            compared: compared(&read)?,
            report: Report::of(sent),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        match input.statements.iter().any(|asked| is_read(&asked.statement)) {
            true => read(emulator, caller, &input),
            false => write(emulator, caller, &input),
        }
    }

    fn encode(output: Output, json: &mut Writer) {
        transact::write_charges(&output.charges, output.report, output.side, json);
        json.key("Responses");
        json.array(|json| {
            for item in &output.items {
                json.object(|json| {
                    if let Some(item) = item {
                        json.key("Item");
                        json.raw(item);
                    }
                });
            }
        });
    }
}

fn is_read(statement: &Statement) -> bool {
    matches!(statement, Statement::Select(_))
}

/// What a statement cannot be in a transaction.
fn check(statement: &Statement) -> Result<(), &'static str> {
    match statement {
        Statement::Select(select) | Statement::Exists(select) if select.from.index.is_some() => {
            Err(ON_INDEX)
        }
        Statement::Update(update) if update.returning.is_some() => Err(RETURNING),
        Statement::Delete(delete) if delete.returning => Err(RETURNING),
        _ => Ok(()),
    }
}

/// What is wrong with one statement is told with its number.
fn at_statement(at: usize, fault: Fault) -> Fault {
    let message =
        fault.message.map(|text| format!("Validation failed in TransactStatements[{at}]: {text}"));
    Fault { message, ..fault }
}

/// The statements as far as they count when a token is repeated (aws-facts 7.5).
fn compared(read: &[statement::Read<'_>]) -> Result<Json, Fault> {
    let mut json = Writer::new();
    json.array(|json| {
        for one in read {
            json.object(|json| {
                json.key("Statement");
                json.string(&one.text());
                if let Some(parameters) = one.sent.get("Parameters") {
                    json.key("Parameters");
                    json.raw(parameters.raw().as_bytes());
                }
                let shown = one.sent.text("ReturnValuesOnConditionCheckFailure");
                if let Some(shown) = shown.filter(|shown| shown != "NONE") {
                    json.key("ReturnValuesOnConditionCheckFailure");
                    json.string(&shown);
                }
            });
        }
    });
    // What was read once is read again.
    Json::parse(json.into_bytes()).map_err(|error| Fault::serialization(error.to_string()))
}

/// The tables and keys of all statements.
struct Targets {
    tables: Vec<Arc<Table>>,
    keys: Vec<SingleKey>,
}

/// Finds the items: a table that is not there cancels the transaction, and so does a key that it
/// cannot have, which is told alone.
fn targets(
    emulator: &Emulator,
    caller: &Caller,
    store: &dyn Read,
    statements: &[Asked],
) -> Result<Targets, Fault> {
    let tables = statements
        .iter()
        .map(|asked| emulator.table(store, caller, super::table_name(asked.statement.table())));
    let tables: Vec<_> = tables.collect();
    let mut keys = Vec::with_capacity(statements.len());
    for (at, (asked, table)) in statements.iter().zip(&tables).enumerate() {
        let Ok(table) = table else { continue };
        let single = statement_write::key_of(&asked.statement, table).map_err(|error| {
            at_statement(
                at,
                match asked.statement {
                    Statement::Select(_) | Statement::Exists(_) => Fault::validation(WHOLE_KEY),
                    _ => statement::refuse(error),
                },
            )
        })?;
        if matches!(asked.statement, Statement::Update(_) | Statement::Delete(_))
            && let Some((name, value)) =
                single.key.iter().find(|(_, value)| !value.kind().is_scalar())
        {
            let error = Error::KeyKind(name.to_owned(), value.kind().name());
            return Err(at_statement(at, statement::refuse(error)));
        }
        keys.push(single);
    }
    let tables: Vec<_> = match tables.iter().any(Result::is_err) {
        true => {
            let reasons: Vec<_> = tables.into_iter().map(|table| table.map(|_| ())).collect();
            transact::cancel(&reasons)?;
            return Err(crate::emulator::fault::no_table());
        }
        false => tables.into_iter().collect::<Result<_, _>>()?,
    };
    let mut places = Vec::with_capacity(keys.len());
    for (at, ((asked, table), single)) in statements.iter().zip(&tables).zip(&keys).enumerate() {
        if let Err(error) = statement_write::check_key(&asked.statement, table, &single.key) {
            let mut reasons: Vec<_> = statements.iter().map(|_| Ok(())).collect();
            reasons[at] = Err(error.into());
            transact::cancel(&reasons)?;
        }
        let place = write::place(table, &single.key);
        if places.contains(&place) {
            return Err(Fault::validation(DUPLICATE_TARGETS));
        }
        places.push(place);
    }
    Ok(Targets { tables, keys })
}

fn read(emulator: &Emulator, caller: &Caller, input: &Input<'_>) -> Result<Output, Fault> {
    let store = emulator.store.read()?;
    let Targets { tables, keys } = targets(emulator, caller, &*store, &input.statements)?;
    if let Some(conflicts) = &emulator.conflicts {
        let mut reasons: Vec<_> = tables.iter().map(|_| Ok(())).collect();
        conflicts.cancel(&mut reasons, &[]);
        transact::cancel(&reasons)?;
    }
    let (mut items, mut charges) = (Vec::with_capacity(tables.len()), Vec::new());
    for ((asked, table), single) in input.statements.iter().zip(&tables).zip(&keys) {
        let Statement::Select(select) = &asked.statement else { continue };
        let (item, bytes) = statement_read::item(&*store, table, &single.key, select)?;
        // Two units for each 4 KB (aws-facts 6.6).
        let charge = Charge::of_table(2.0 * read_units(bytes, true)).about(table, &single.key);
        transact::add(&mut charges, table, &charge);
        items.push(item);
    }
    transact::spend(emulator, Side::Read, &tables, &charges)?;
    Ok(Output { items, charges, side: Side::Read, report: input.report })
}

fn write(emulator: &Emulator, caller: &Caller, input: &Input<'_>) -> Result<Output, Fault> {
    let mut store = emulator.store.write()?;
    // Not that of TransactWriteItems, whose tokens are shorter (aws-facts 7.5).
    let token = input.token.as_ref().map(|token| format!("ExecuteTransaction, token {token:>36}"));
    let request = token.as_deref().map(|token| {
        token::Request::new(&caller.region, token, Some(input.compared.root()), emulator.now())
    });
    let Targets { tables, keys } = targets(emulator, caller, store.as_read(), &input.statements)?;
    let earlier = request.as_ref().map(|request| request.earlier(store.as_read()));
    if let Some(units) = earlier.transpose()?.flatten() {
        return Ok(repeated(input, &tables, &units));
    }
    let changes = changes(store.as_read(), input, &tables, &keys, false);
    let mut reasons = outcomes(&changes);
    if reasons.iter().any(Result::is_err) {
        // Then a DELETE with a condition finds that there is no item (aws-facts 10.13).
        let strict = self::changes(store.as_read(), input, &tables, &keys, true);
        reasons = outcomes(&strict);
    } else if let Some(conflicts) = &emulator.conflicts {
        let numbers: Vec<_> = tables.iter().map(|table| table.number).collect();
        conflicts.cancel(&mut reasons, &numbers);
    }
    transact::cancel(&reasons)?;
    let (mut charges, mut units) = (Vec::new(), Vec::new());
    let cause = Cause::Request(emulator.now());
    let targets = tables.iter().zip(&keys);
    for ((asked, (table, single)), change) in input.statements.iter().zip(targets).zip(changes) {
        let Ok(change) = change else { continue };
        let (old, new) = (change.old.as_ref(), change.new.as_ref());
        let largest = write::largest(table, [old, new])?;
        units.push(2 * read_units(largest, true) as u32);
        let mut charge = match asked.statement {
            Statement::Exists(_) => Charge::of_table(write_units(largest)),
            _ => write::replace(&mut *store, table, &change.place, old, new, cause)?,
        };
        // The table's part alone is doubled (aws-facts 6.6).
        charge.table *= 2.0;
        transact::add(&mut charges, table, &charge.about(table, &single.key));
    }
    if let Some(request) = request {
        let note: Vec<u8> = units.into_iter().flat_map(u32::to_be_bytes).collect();
        request.note(&mut *store, &note)?;
    }
    transact::spend(emulator, Side::Write, &tables, &charges)?;
    store.commit()?;
    Ok(Output { items: Vec::new(), charges, side: Side::Write, report: input.report })
}

type Outcome = Result<statement_write::Change, statement_write::Failed>;

fn changes(
    store: &dyn Read,
    input: &Input<'_>,
    tables: &[Arc<Table>],
    keys: &[SingleKey],
    strict: bool,
) -> Vec<Outcome> {
    let all = input.statements.iter().zip(tables).zip(keys);
    all.map(|((asked, table), single)| {
        let strict = strict && single.conditional;
        let Asked { statement, show_item, .. } = asked;
        statement_write::change(statement, table, store, single, *show_item, strict)
    })
    .collect()
}

fn outcomes(changes: &[Outcome]) -> Vec<Result<(), Fault>> {
    let outcome = |change: &Outcome| match change {
        Ok(_) => Ok(()),
        Err(failed) => Err(failed.fault.clone()),
    };
    changes.iter().map(outcome).collect()
}

/// The answer to a transaction that was done before: what it read then (aws-facts 6.5, whose
/// figures are TransactWriteItems').
fn repeated(input: &Input<'_>, tables: &[Arc<Table>], units: &[u8]) -> Output {
    let mut charges = Vec::new();
    for (table, units) in tables.iter().zip(units.chunks_exact(4)) {
        let units = units.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
        transact::add(&mut charges, table, &Charge::of_table(units.into()));
    }
    Output { items: Vec::new(), charges, side: Side::Read, report: input.report }
}
