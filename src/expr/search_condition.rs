//! What a search of vectors asks of the attributes of its index: equality, joined by AND
//! (aws-facts 11.6, 10).

use std::sync::Arc;

use super::{
    ExprError, ExprErrorKind, ExpressionKind, Placeholders,
    ast::{Comparator, Condition, Operand},
    parse::parse_condition,
};
use crate::value::{AttributeValue, Path};

/// An attribute and the value it must have.
pub type SearchTest = (String, Arc<AttributeValue>);

/// Parses a search condition: the attributes in the order written, each once.
///
/// # Errors
///
/// The error the service would name; in which order those about its shape are asked is inferred.
pub fn parse_search_condition(
    text: &str,
    placeholders: &mut Placeholders,
) -> Result<Vec<SearchTest>, ExprError> {
    const KIND: ExpressionKind = ExpressionKind::SearchCondition;
    let condition = parse_condition(KIND, text, placeholders)?;
    let refuse = |kind| ExprError::new(kind, KIND, 0..text.len());
    let mut tests = Vec::new();
    collect(&condition, &mut tests).map_err(refuse)?;
    if tests.iter().any(|(path, _)| path.is_nested()) {
        return Err(refuse(ExprErrorKind::NestedSearch));
    }
    let named: Vec<SearchTest> =
        tests.into_iter().map(|(path, value)| (path.attribute.clone(), value)).collect();
    let twice = |(at, (name, _)): (usize, &SearchTest)| {
        named[..at].iter().any(|(earlier, _)| earlier == name)
    };
    match named.iter().enumerate().any(twice) {
        true => Err(refuse(ExprErrorKind::SearchTwice)),
        false => Ok(named),
    }
}

fn collect<'a>(
    condition: &'a Condition,
    tests: &mut Vec<(&'a Path, Arc<AttributeValue>)>,
) -> Result<(), ExprErrorKind> {
    match condition {
        Condition::And(parts) => parts.iter().try_for_each(|part| collect(part, tests)),
        Condition::Compare(Operand::Path(path), Comparator::Equal, Operand::Value(value))
        | Condition::Compare(Operand::Value(value), Comparator::Equal, Operand::Path(path)) => {
            tests.push((path, Arc::clone(value)));
            Ok(())
        }
        _ => Err(ExprErrorKind::SearchComparator),
    }
}
