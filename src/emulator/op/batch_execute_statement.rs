//! BatchExecuteStatement: up to 25 statements that all read or all write one item each, and of
//! which each fails on its own (aws-facts 10.13).

use std::sync::Arc;

use super::{
    DUPLICATE_KEYS, Op,
    statement::{self, Asked},
    statement_read, statement_write, transact,
};
use crate::{
    emulator::{
        Emulator, Validation,
        capacity::{Charge, Report, Side, write_units},
        door::Caller,
        rule,
        shape::{Member, Sent, Shape},
        table::Table,
        write::{self, Cause},
    },
    partiql::{Error, SingleKey, Statement},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct BatchExecuteStatement;

const STATEMENTS: &str = "Statements";
const MOST: usize = 25;
const STATEMENT: Shape = Shape::Structure("BatchStatementRequest", statement::MEMBERS);

const MIXED: &str = "Read and write requests together in the same batch is not supported.";
const WHOLE_KEY: &str = "Select statements within BatchExecuteStatement must specify the primary key in the where \
     clause.";

/// What is asked: each statement, or why it fails whatever it finds.
pub(super) struct Input {
    statements: Vec<Result<Asked, Fault>>,
    report: Report,
}

/// What is answered.
pub(super) struct Output {
    responses: Vec<Response>,
    charges: Vec<(Arc<Table>, Charge)>,
    report: Report,
}

/// What comes of one statement.
#[derive(Default)]
struct Response {
    table: Option<Arc<Table>>,
    item: Option<Vec<u8>>,
    error: Option<Fault>,
}

/// A statement on a table that is there, about an item that can be.
struct Ready<'a> {
    asked: &'a Asked,
    table: Arc<Table>,
    single: SingleKey,
}

impl Op for BatchExecuteStatement {
    const OPERATION: Operation = Operation::BatchExecuteStatement;
    const MEMBERS: &'static [Member] = &[
        Member(STATEMENTS, Shape::List(&STATEMENT)),
        Member("ReturnConsumedCapacity", Shape::Text),
    ];
    type Input<'a> = Input;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input, Fault> {
        let read = statement::Read::list(sent, STATEMENTS)?;
        let mut broken = rule::broken(sent, &[rule::CAPACITY]);
        broken.extend(statement::broken_length(sent, STATEMENTS, MOST, &statement::OF_BATCH));
        for (at, one) in read.iter().enumerate() {
            broken.extend(one.broken(&statement::path(STATEMENTS, at)));
        }
        if !broken.is_empty() {
            return Err(rule::together(&broken));
        }
        let statements: Vec<_> = read.iter().map(understand).collect();
        let asked = || statements.iter().flatten().map(|asked| &asked.statement);
        let reads = asked().filter(|one| matches!(one, Statement::Select(_))).count();
        if reads > 0 && reads < asked().count() {
            return Err(Fault::validation(MIXED));
        }
        Ok(Input { statements, report: Report::of(sent) })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Output, Fault> {
        let store = emulator.store.read()?;
        let (mut responses, mut ready, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for statement in &input.statements {
            let prepared = match statement {
                Ok(asked) => prepare(emulator, caller, &*store, asked),
                Err(fault) => Err(Response::failed(fault.clone())),
            };
            match prepared {
                Ok(one) => {
                    let place = write::place(&one.table, &one.single.key);
                    if places.contains(&place) {
                        return Err(Fault::validation(DUPLICATE_KEYS));
                    }
                    places.push(place);
                    ready.push(Some(one));
                    responses.push(Response::default());
                }
                Err(response) => {
                    ready.push(None);
                    responses.push(response);
                }
            }
        }
        drop(store);
        let mut charges = Vec::new();
        for (response, one) in responses.iter_mut().zip(ready) {
            let Some(one) = one else { continue };
            let (done, charge) = match execute(emulator, &one) {
                Ok(done) => done,
                Err(fault) => (Response::failed(fault), Charge::default()),
            };
            *response = done;
            transact::add(&mut charges, &one.table, &charge);
        }
        // A table of which nothing was done is not in the list (aws-facts 6.6).
        charges.retain(|(_, charge)| charge.table > 0.0);
        Ok(Output { responses, charges, report: input.report })
    }

    fn encode(output: Output, json: &mut Writer) {
        if output.report != Report::None && !output.charges.is_empty() {
            json.key("ConsumedCapacity");
            json.array(|json| {
                for (table, charge) in &output.charges {
                    charge.write(table, output.report, None, json);
                }
            });
        }
        json.key("Responses");
        json.array(|json| {
            for response in &output.responses {
                json.object(|json| response.write(json));
            }
        });
    }
}

fn understand(read: &statement::Read<'_>) -> Result<Asked, Fault> {
    let parameters = read.parameters()?;
    let asked = read.statement(&parameters)?;
    match &asked.statement {
        Statement::Exists(_) => Err(statement::refuse(Error::Exists)),
        Statement::Select(select) if select.from.index.is_some() => {
            Err(Fault::validation(WHOLE_KEY))
        }
        _ => Ok(asked),
    }
}

fn prepare<'a>(
    emulator: &Emulator,
    caller: &Caller,
    store: &dyn crate::storage::Read,
    asked: &'a Asked,
) -> Result<Ready<'a>, Response> {
    let statement = &asked.statement;
    let table = emulator.table(store, caller, super::table_name(statement.table()));
    let table = table.map_err(Response::failed)?;
    let single = statement_write::key_of(statement, &table);
    let single = single.map_err(|error| match statement {
        Statement::Select(_) => Response::failed(Fault::validation(WHOLE_KEY)),
        _ => Response::failed(statement::refuse(error)),
    })?;
    if let Err(error) = statement_write::check_key(statement, &table, &single.key) {
        let failed = statement_write::Failed::from(error);
        return Err(Response {
            table: failed.named.then_some(table),
            ..Response::failed(failed.fault)
        });
    }
    Ok(Ready { asked, table, single })
}

/// Does one statement. One that fails is an answer too.
fn execute(emulator: &Emulator, one: &Ready<'_>) -> Result<(Response, Charge), Fault> {
    let Ready { asked, table, single } = one;
    if let Statement::Select(select) = &asked.statement {
        let store = emulator.store.read()?;
        let (item, charge) =
            statement_read::get(emulator, &*store, table, &single.key, select, asked.consistent)?;
        return Ok((Response { table: Some(Arc::clone(table)), item, error: None }, charge));
    }
    let mut store = emulator.store.write()?;
    emulator.check_conflict(table)?;
    let change = statement_write::change(
        &asked.statement,
        table,
        store.as_read(),
        single,
        asked.show_item,
        false,
    );
    let change = match change {
        Ok(change) => change,
        Err(failed) => {
            let units = failed.bytes.map_or(0.0, write_units);
            let table = failed.named.then(|| Arc::clone(table));
            let charge = Charge { failed: units, ..Charge::default() };
            return Ok((Response { table, ..Response::failed(failed.fault) }, charge));
        }
    };
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    let cause = Cause::Request(emulator.now());
    let charge = write::replace(&mut *store, table, &change.place, old, new, cause)?;
    let charge = charge.about(table, &single.key);
    emulator.spend_one(Side::Write, table, &charge)?;
    store.commit()?;
    let returned = change.returned.iter().flatten().next();
    let order = crate::value::encode::NumberOrder::Hashed;
    let item = returned.map(|item| transact::json(item, order));
    Ok((Response { table: Some(Arc::clone(table)), item, error: None }, charge))
}

impl Response {
    fn failed(fault: Fault) -> Self {
        Self { error: Some(fault), ..Self::default() }
    }

    fn write(&self, json: &mut Writer) {
        if let Some(fault) = &self.error {
            json.key("Error");
            json.object(|json| {
                json.key("Code");
                json.string(code(fault.kind));
                for (name, value) in fault.extra.iter().filter(|(name, _)| *name == "Item") {
                    json.key(name);
                    json.raw(value);
                }
                json.key("Message");
                json.string(fault.message.as_deref().unwrap_or_default());
            });
        }
        if let Some(item) = &self.item {
            json.key("Item");
            json.raw(item);
        }
        if let Some(table) = &self.table {
            json.key("TableName");
            json.string(&table.name);
        }
    }
}

/// The codes of aws-facts 10.13.
fn code(kind: &str) -> &'static str {
    match kind {
        "ResourceNotFoundException" => "ResourceNotFound",
        "ConditionalCheckFailedException" => "ConditionalCheckFailed",
        "DuplicateItemException" => "DuplicateItem",
        "TransactionConflictException" => "TransactionConflict",
        "ProvisionedThroughputExceededException" => "ProvisionedThroughputExceeded",
        "ThrottlingException" => "ThrottlingError",
        "InternalServerError" => "InternalServerError",
        _ => "ValidationError",
    }
}
