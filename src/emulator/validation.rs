//! Which region's request validation is followed.
//!
//! AWS is moving each operation, one region at a time, from an older validation layer to a newer
//! one, so one request is answered differently in two regions on the same day (aws-facts 1.1).
//! Here is the state of each region in October 2026, as far as it was captured.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{
    value::{Layer, encode::NumberOrder},
    wire::Operation,
};

/// Which region's request validation is followed: `newer`, `older`, or the region's name.
#[derive(Clone, Copy)]
pub struct Validation(&'static State);

// Every request passes it on: it is one pointer to a table, and nothing is made of it.
const _: () = assert!(size_of::<Validation>() == size_of::<usize>());

/// What is known of one region, or of most.
struct State {
    name: &'static str,
    /// PutItem, UpdateItem, DeleteItem, and the words on ReturnValues.
    writes: Layer,
    /// GetItem and Query.
    reads: Layer,
    scan: Layer,
    batch_get: Layer,
    /// TransactWriteItems and TransactGetItems: their members, as their values are on the older
    /// layer everywhere (aws-facts 1.4).
    transactions: Layer,
    /// Whether expressions of Scan and of transactions are refused in older sentences: with the
    /// size of a filter or condition that is too long, which is told ahead of the depth of the
    /// item to put, and with characters in UTF-16 halves.
    older_sentences: bool,
    /// Whether a transaction's updates are held to the size of the request as UpdateItem's are.
    charges: bool,
}

/// Most regions, on 20 October 2026: Scan is on the newer layer in 20 of 33, transactions in two
/// (aws-facts 1.2).
const MOST: State = State {
    name: "newer",
    writes: Layer::Newer,
    reads: Layer::Newer,
    scan: Layer::Newer,
    batch_get: Layer::Newer,
    transactions: Layer::Older,
    older_sentences: false,
    charges: false,
};

/// The regions that are known to differ from most, and the two that are none.
static KNOWN: &[State] = &[
    MOST,
    // As me-central-1.
    State { name: "older", ..ME_CENTRAL_1 },
    // Scan was still on the older layer on 2026-10-20 (aws-facts 1.2); the sentences are of 2026-10
    // and 2026-10-09 (aws-facts 4.1, 4.2, 7.3).
    State { name: "us-east-1", scan: Layer::Older, older_sentences: true, ..MOST },
    // Transactions, 2026-10-08 and 09 (aws-facts 1.2, 3.10, 12.1).
    State { name: "eu-west-2", transactions: Layer::Newer, charges: true, ..MOST },
    State { name: "eu-north-1", transactions: Layer::Newer, charges: true, ..MOST },
    // Thirty regions did not charge on 2026-10-08 (aws-facts 3.10).
    State { name: "ap-northeast-2", charges: true, ..MOST },
    // Writes, 2026-10-09; ReturnValues, 2026-10-08 (aws-facts 1.2). That Scan, which moved last
    // elsewhere, was no further is inferred.
    State { name: "eu-south-2", writes: Layer::Older, scan: Layer::Older, ..MOST },
    ME_CENTRAL_1,
];

/// Also the one region of 33 where BatchGetItem was on the older layer (2026-09-02). GetItem and
/// Query were in one of seven (2026-10-09): that it was this one is inferred.
const ME_CENTRAL_1: State = State {
    name: "me-central-1",
    writes: Layer::Older,
    reads: Layer::Older,
    scan: Layer::Older,
    batch_get: Layer::Older,
    ..MOST
};

/// The regions of which nothing is known that sets them apart from most.
static OTHERS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-south-1",
    "eu-west-1",
    "eu-west-3",
    "il-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// A name that is none of those allowed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{name}` is no validation; there are: {names}", names = Validation::names().collect::<Vec<_>>().join(", "))]
pub struct UnknownValidation {
    name: String,
}

impl Validation {
    /// Which layer reads an operation's requests: words the members that are refused, and the
    /// values, but for transactions'.
    pub(super) const fn layer(self, operation: Operation) -> Layer {
        match operation {
            Operation::PutItem | Operation::UpdateItem | Operation::DeleteItem => self.0.writes,
            Operation::GetItem | Operation::Query => self.0.reads,
            Operation::Scan => self.0.scan,
            Operation::BatchGetItem => self.0.batch_get,
            Operation::TransactWriteItems | Operation::TransactGetItems => self.0.transactions,
            // BatchWriteItem in 31 of 33 regions; which are the others is not known. Statements.
            _ => Layer::Older,
        }
    }

    /// In which order an operation lists a number set. Where Scan and transactions moved, it
    /// changed (aws-facts 3.11, 2026-10-09).
    pub(super) const fn number_order(self, operation: Operation) -> NumberOrder {
        use Operation as O;
        match (operation, self.layer(operation)) {
            (O::Scan | O::TransactGetItems | O::TransactWriteItems, Layer::Older) => {
                NumberOrder::Hashed
            }
            _ => NumberOrder::Ascending,
        }
    }

    /// Whether expressions of Scan and of transactions are refused in older sentences.
    pub(super) const fn older_sentences(self) -> bool {
        self.0.older_sentences
    }

    /// Whether a transaction's updates are held to the size of the request (aws-facts 3.10).
    pub(super) const fn charges_transactions(self) -> bool {
        self.0.charges
    }

    /// What it was named by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// All names that are allowed.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|state| state.name).chain(OTHERS.iter().copied())
    }
}

impl Default for Validation {
    fn default() -> Self {
        Self(&MOST)
    }
}

impl FromStr for Validation {
    type Err = UnknownValidation;

    fn from_str(name: &str) -> Result<Self, UnknownValidation> {
        match KNOWN.iter().find(|state| state.name == name) {
            Some(state) => Ok(Self(state)),
            None if OTHERS.contains(&name) => Ok(Self::default()),
            None => Err(UnknownValidation { name: name.to_owned() }),
        }
    }
}

impl fmt::Display for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Validation").field(&self.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_nobody_knows_is_refused_with_those_that_are_known() {
        let error = "us-fake-9".parse::<Validation>().expect_err("unknown").to_string();
        assert!(
            error.starts_with("`us-fake-9` is no validation; there are: newer, older, us-east-1"),
            "{error}"
        );
        assert!(error.contains("eu-west-2") && error.contains("sa-east-1"), "{error}");
        let mut names: Vec<_> = Validation::names().collect();
        assert!(names.iter().all(|name| name.parse::<Validation>().is_ok()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len() + OTHERS.len(), "a name is listed twice");
    }

    #[test]
    fn operations_are_on_the_layer_they_were_captured_on() {
        // aws-facts 1.2.
        use Layer::{Newer, Older};
        use Operation::{BatchGetItem, BatchWriteItem, PutItem, Query, Scan, TransactGetItems};
        let operations = [PutItem, Query, Scan, BatchGetItem, BatchWriteItem, TransactGetItems];
        for (name, layers) in [
            ("newer", [Newer, Newer, Newer, Newer, Older, Older]),
            ("older", [Older; 6]),
            ("us-east-1", [Newer, Newer, Older, Newer, Older, Older]),
            ("eu-west-2", [Newer, Newer, Newer, Newer, Older, Newer]),
            ("eu-south-2", [Older, Newer, Older, Newer, Older, Older]),
            ("me-central-1", [Older; 6]),
            ("sa-east-1", [Newer, Newer, Newer, Newer, Older, Older]),
        ] {
            let validation: Validation = name.parse().expect(name);
            assert_eq!(operations.map(|operation| validation.layer(operation)), layers, "{name}");
        }
    }
}
