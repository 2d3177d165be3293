//! PartiQL: what statements say, which items of a table they are about, and what is refused.
//!
//! A statement is parsed from its text alone and then bound to its parameters. What comes of it
//! speaks of items by the conditions, updates and paths of [`crate::expr`], so that a statement
//! finds and changes exactly what the classic operations do.
//!
//! ```
//! use dynatape::partiql::{Parsed, Statement};
//! use dynatape::value::{AttributeValue, Item};
//!
//! let parsed = Parsed::of(r#"SELECT * FROM "users" WHERE age >= ?"#)?;
//! let Statement::Select(select) = parsed.bind(&[AttributeValue::N(18_u64.into())])? else {
//!     unreachable!()
//! };
//! let item = Item::from_iter([("age", AttributeValue::N(21_u64.into()))]);
//! assert!(select.filter.is_some_and(|filter| filter.holds(&item)));
//! # Ok::<(), dynatape::partiql::Error>(())
//! ```

mod ast;
mod condition;
mod error;
mod literal;
mod parse;
mod parse_statement;
mod plan;
mod statement;
mod tables;
mod token;
mod update;
mod word;

pub use error::{At, Error, Place};
pub use plan::{Access, KeyAttribute, Keys, Part, SingleKey, single_key};
pub use statement::{Delete, Insert, Order, Parsed, Returning, Select, Statement, Target, Update};
pub use tables::{Named, tables_named};

#[cfg(test)]
mod tests;
