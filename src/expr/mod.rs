//! What expressions say: conditions, filters, key conditions, projections and updates.
//!
//! Each is parsed from its text in one pass, with the placeholders of the request, into a value
//! that can be applied to items. All that can be wrong without an item is found while parsing, in
//! the service's order of precedence; [`ExprError`] prints the service's sentence.
//!
//! ```
//! use dynatape::expr::{ExpressionKind, Placeholders, parse_condition};
//! use dynatape::value::{AttributeValue, Item};
//!
//! let values = vec![(":min".to_owned(), AttributeValue::N(18_u64.into()))];
//! let mut placeholders = Placeholders::new(Vec::new(), values);
//! let condition =
//!     parse_condition(ExpressionKind::Condition, "age >= :min", &mut placeholders)?;
//! placeholders.check_unused()?;
//!
//! let item = Item::from_iter([("age", AttributeValue::N(21_u64.into()))]);
//! assert!(condition.holds(&item));
//! # Ok::<(), dynatape::expr::ExprError>(())
//! ```

pub mod ast;
pub mod check;
mod error;
mod eval;
mod filter_keys;
mod key_condition;
pub mod legacy;
mod parse;
mod parse_projection;
mod parse_update;
mod parser;
mod placeholders;
mod project;
mod reserved;
mod search_condition;
mod token;
mod tree;
mod update;

use std::fmt;

pub use ast::Condition;
pub use error::{ExprError, ExprErrorKind, MapMember};
pub use eval::{begins_with, compare, contains, size};
pub use key_condition::{BoundKeys, KeyCondition, KeyShape, KeyTest, parse_key_condition};
pub use parse::parse_condition;
pub use parse_projection::parse_projection;
pub use parse_update::parse_update;
pub use parser::check_size;

pub use placeholders::Placeholders;
pub use project::Projection;
pub use search_condition::{SearchTest, parse_search_condition};
pub use update::Update;

/// The sorts of expressions, called as the request's members are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpressionKind {
    /// `ConditionExpression`
    Condition,
    /// `FilterExpression`
    Filter,
    /// `KeyConditionExpression`
    KeyCondition,
    /// `ProjectionExpression`
    Projection,
    /// `SearchConditionExpression`
    SearchCondition,
    /// `UpdateExpression`
    Update,
}

impl fmt::Display for ExpressionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Condition => "ConditionExpression",
            Self::Filter => "FilterExpression",
            Self::KeyCondition => "KeyConditionExpression",
            Self::Projection => "ProjectionExpression",
            Self::SearchCondition => "SearchConditionExpression",
            Self::Update => "UpdateExpression",
        })
    }
}

#[cfg(test)]
mod tests;
