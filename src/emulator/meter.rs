//! What a call used of tables and indexes, told to who asks in this process: whether or not the
//! call itself asks for `ReturnConsumedCapacity`, and without a change in its answer.

use std::cell::RefCell;

use super::{
    Emulator,
    capacity::{Charge, Side},
    table::Table,
    throttle::parts,
};
use crate::wire::{Request, Response};

/// Units that one call used of a table, or of one of its global indexes.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// The table's name.
    pub table: Box<str>,
    /// The global index's, if they are its units: a local index has none of its own.
    pub index: Option<Box<str>>,
    /// Whether they are units of reads or of writes.
    pub side: Side,
    /// How many.
    pub units: f64,
}

thread_local! {
    // A call is answered on one thread from its beginning to its end, and calls no other.
    static USED: RefCell<Option<Vec<Used>>> = const { RefCell::new(None) };
}

impl Emulator {
    /// Answers one request, and tells what that used. What is refused uses nothing here: that the
    /// service charges a write whose condition failed is not in it.
    #[must_use]
    pub fn call_metered(&self, request: &Request) -> (Response, Vec<Used>) {
        USED.set(Some(Vec::new()));
        let response = self.call(request);
        (response, USED.take().unwrap_or_default())
    }
}

/// Whether somebody asked what the call on this thread uses.
pub(super) fn is_on() -> bool {
    USED.with_borrow(Option::is_some)
}

/// Notes what the call on this thread used.
pub(super) fn note<'a>(side: Side, charges: impl Iterator<Item = (&'a Table, &'a Charge)>) {
    USED.with_borrow_mut(|used| {
        let Some(used) = used else { return };
        for (table, charge) in charges {
            let own = parts(table, charge).into_iter().map(|(index, units)| Used {
                table: table.name.clone(),
                index: index.and_then(|at| table.indexes.get(at)).map(|index| index.name.clone()),
                side,
                units,
            });
            used.extend(own);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{emulator::op::tests::with_table, wire::Operation};

    fn used(emulator: &Emulator, operation: Operation, body: &str) -> Vec<(Side, String, f64)> {
        let (response, used) = emulator.call_metered(&Request::of(operation, body.to_owned()));
        assert!(response.status.is_success(), "{response:?}");
        assert!(!String::from_utf8_lossy(&response.body).contains("ConsumedCapacity"));
        let name = |used: &Used| used.index.as_ref().map_or("", |name| &**name).to_owned();
        used.iter().map(|used| (used.side, name(used), used.units)).collect()
    }

    #[test]
    fn what_a_call_uses_is_told_though_it_does_not_ask() {
        let emulator = with_table();
        let item = |more: &str| {
            format!(
                r#"{{"TableName":"table","Item":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}},"text":{{"S":"{}"}}{more}}}}}"#,
                "x".repeat(1500)
            )
        };
        let put = used(&emulator, Operation::PutItem, &item(""));
        assert_eq!(put, [(Side::Write, String::new(), 2.0)]);
        let indexed = used(&emulator, Operation::PutItem, &item(r#","gk":{"S":"g"}"#));
        assert_eq!(indexed[0], (Side::Write, String::new(), 2.0));
        assert_eq!((indexed[1].0, &*indexed[1].1), (Side::Write, "gsi"));
        let get = r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#;
        assert_eq!(used(&emulator, Operation::GetItem, get), [(Side::Read, String::new(), 0.5)]);
        assert_eq!(used(&emulator, Operation::ListTables, "{}"), []);
        // Nobody asked: nothing is kept.
        let _ = emulator.call(&Request::of(Operation::GetItem, get));
        assert!(!is_on());
    }
}
