//! What the benches share: how long they take, and the orders they work on.

use std::{fmt::Write as _, time::Duration};

use criterion::Criterion;
use dynatape::{
    emulator::Emulator,
    wire::{Operation, Request, Response},
};

/// Short enough to run all of them in a minute or two, long enough to see a change of some percent.
#[allow(dead_code)] // not every bench is one of criterion
pub(crate) fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
}

/// What the emulator answers, which is no refusal. A request is parsed once and remembers it, so
/// each call makes one of its own.
#[allow(dead_code)] // not every bench asks an emulator
pub(crate) fn call(emulator: &Emulator, operation: Operation, body: impl Into<String>) -> Response {
    let response = emulator.call(&Request::of(operation, body.into()));
    assert!(response.status.is_success(), "{response:?}");
    response
}

/// An order as JSON, of some 350 bytes: every type that applications commonly use.
pub(crate) fn order(number: usize) -> String {
    format!(
        r#"{{"pk":{{"S":"customer#{}"}},"sk":{{"S":"order#{number:08}"}},"price":{{"N":"{number}.95"}},"paid":{{"BOOL":true}},"note":{{"S":"Leave it at the \"blue\" door"}},"tags":{{"SS":["express","gift"]}},"address":{{"M":{{"city":{{"S":"London"}},"zip":{{"S":"W1A 1AA"}}}}}},"lines":{{"L":[{{"M":{{"sku":{{"S":"A-{number}"}},"count":{{"N":"2"}}}}}}]}},"voucher":{{"NULL":true}}}}"#,
        number / 50
    )
}

/// The answer to a Query that finds so many orders.
#[allow(dead_code)] // not every bench reads pages
pub(crate) fn page(count: usize) -> String {
    let mut text = format!(r#"{{"Count":{count},"Items":["#);
    for number in 0..count {
        let comma = if number > 0 { "," } else { "" };
        // Writing into a String cannot fail.
        let _ = write!(text, "{comma}{}", order(number));
    }
    let _ = write!(text, r#"],"ScannedCount":{count}}}"#);
    text
}
