//! What both transactions have in common: the reasons for which one is cancelled, the names of
//! its tables, what it reports.

use std::sync::Arc;

use crate::{
    emulator::{
        Emulator,
        capacity::{Charge, Report, Side},
        echo::{self, Class, Form},
        rule::{self, Limit, Rule},
        shape::Sent,
        table::Table,
    },
    value::{
        Item, Layer,
        encode::{self, NumberOrder},
    },
    wire::{Fault, json::Writer},
};

/// How many actions a transaction can have.
pub(super) const MOST: usize = 100;

/// Refuses a transaction in which an action failed: a reason for each, in order
/// (aws-facts 7.4).
pub(super) fn cancel(results: &[Result<(), Fault>]) -> Result<(), Fault> {
    if results.iter().all(Result::is_ok) {
        return Ok(());
    }
    let code = |result: &Result<(), Fault>| match result {
        Ok(()) => "None",
        Err(fault) => match fault.kind {
            "ConditionalCheckFailedException" => "ConditionalCheckFailed",
            "ProvisionedThroughputExceededException" => "ProvisionedThroughputExceeded",
            "ThrottlingException" => "ThrottlingError",
            "TransactionConflictException" => "TransactionConflict",
            // These two of ExecuteTransaction alone (aws-facts 7.4).
            "DuplicateItemException" => "DuplicateItem",
            "ResourceNotFoundException" => "ResourceNotFound",
            _ => "ValidationError",
        },
    };
    let mut json = Writer::new();
    json.array(|json| {
        for result in results {
            json.object(|json| {
                json.key("Code");
                json.string(code(result));
                let Err(fault) = result else { return };
                for (name, value) in &fault.extra {
                    json.key(name);
                    json.raw(value);
                }
                json.key("Message");
                json.string(fault.message.as_deref().unwrap_or_default());
            });
        }
    });
    let codes: Vec<_> = results.iter().map(code).collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let fault = Fault::new("TransactionCanceledException", message);
    Err(fault.with("CancellationReasons", json.into_bytes()))
}

/// Takes what a transaction costs, or refuses it with a reason for each of its actions, which are
/// to these tables.
pub(super) fn spend(
    emulator: &Emulator,
    side: Side,
    tables: &[Arc<Table>],
    charges: &[(Arc<Table>, Charge)],
) -> Result<(), Fault> {
    let charges = charges.iter().map(|(table, charge)| (&**table, charge));
    emulator.spend(side, charges).or_else(|throttled| {
        let reason = |table: &Arc<Table>| match table.number == throttled.table {
            true => Err(throttled.reason()),
            false => Ok(()),
        };
        cancel(&tables.iter().map(reason).collect::<Vec<_>>())
    })
}

/// An item as transactions and their reasons show it (aws-facts 3.11).
pub(super) fn json(item: &Item, order: NumberOrder) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    encode::item_in(order, item, &mut text);
    text
}

/// Refuses a list of actions that is empty or too long (aws-facts 7.3). The older layer shows the
/// list. The newer layer shows none (2.8, eu-west-2 2026-10; of an empty list, inferred).
pub(super) fn check_length(
    sent: &Sent<'_>,
    shown: &'static Class,
    layer: Layer,
) -> Result<usize, Fault> {
    const NEWER: &[Rule] =
        &[Rule::newer("TransactItems", &[Limit::Shortest(1), Limit::Longest(MOST)])];
    if layer == Layer::Newer {
        rule::check(sent, &[NEWER])?;
    }
    let Some(list) = sent.get("TransactItems") else {
        return Err(rule::together(&[rule::complaint("null", "transactItems", "not be null")]));
    };
    let constraint = match list.len() {
        0 => "have length greater than or equal to 1".to_owned(),
        1..=MOST => return Ok(list.len()),
        _ => format!("have length less than or equal to {MOST}"),
    };
    let mut echo = String::from("'[");
    for (at, action) in list.elements().enumerate() {
        echo.push_str(if at == 0 { "" } else { ", " });
        echo.push_str(&echo::text(action, Form::Object(shown)));
    }
    echo.push_str("]'");
    Err(rule::together(&[rule::complaint(&echo, "transactItems", &constraint)]))
}

/// What is wrong with the name of an action's table.
pub(super) fn wrong_name(action: &Sent<'_>, at: usize, kind: &str) -> Vec<String> {
    let name = Rule::older(
        "TableName",
        &[
            Limit::Required,
            Limit::NameOrArn(&[Limit::Shortest(3)]),
            Limit::NameOrArn(&[Limit::Longest(255)]),
            Limit::NameOrArn(&[Limit::Name]),
        ],
    );
    rule::broken_at(action, &[name], &path(at, kind))
}

/// The path of an action's members.
pub(super) fn path(at: usize, kind: &str) -> String {
    format!("transactItems.{}.member.{kind}.", at + 1)
}

/// Adds one action's units to its table's.
pub(super) fn add(charges: &mut Vec<(Arc<Table>, Charge)>, table: &Arc<Table>, charge: &Charge) {
    match charges.iter_mut().find(|(known, _)| known.number == table.number) {
        Some((_, sum)) => sum.add(charge),
        None => charges.push((Arc::clone(table), charge.clone())),
    }
}

/// Writes ConsumedCapacity: one entry per table.
pub(super) fn write_charges(
    charges: &[(Arc<Table>, Charge)],
    report: Report,
    side: Side,
    json: &mut Writer,
) {
    if report == Report::None {
        return;
    }
    json.key("ConsumedCapacity");
    json.array(|json| {
        for (table, charge) in charges {
            charge.write(table, report, Some(side), json);
        }
    });
}
