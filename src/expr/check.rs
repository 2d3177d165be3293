//! Which operands operators and functions take, and which paths one expression may hold
//! (aws-facts 4.4, 4.6, 4.8).

use std::sync::Arc;

use super::{
    ExprErrorKind,
    ast::{Comparator, Function, Operand, Section, SetOperand},
};
use crate::value::{AttributeValue, Path, Step, Type};

type Result = std::result::Result<(), ExprErrorKind>;

/// How many values IN takes (the service's documented limit).
const MAX_IN: usize = 100;

/// Whether a comparison takes these operands.
///
/// # Errors
///
/// For the first that it does not take.
pub fn comparison(left: &Operand, comparator: Comparator, right: &Operand) -> Result {
    let operator = comparator.symbol();
    distinct(operator, left, [right])?;
    match comparator.is_ordering() {
        true => scalars(operator, [left, right]),
        false => Ok(()),
    }
}

/// As [`comparison`], for BETWEEN.
///
/// # Errors
///
/// As there.
pub fn between(operand: &Operand, lower: &Operand, upper: &Operand) -> Result {
    const BETWEEN: &str = "BETWEEN";
    distinct(BETWEEN, operand, [lower, upper])?;
    scalars(BETWEEN, [operand, lower, upper])?;
    if let (Operand::Value(lower), Operand::Value(upper)) = (lower, upper) {
        return bounds(lower, upper);
    }
    Ok(())
}

fn bounds(lower: &Arc<AttributeValue>, upper: &Arc<AttributeValue>) -> Result {
    match lower.order(upper) {
        None => Err(ExprErrorKind::BoundTypes(Arc::clone(lower), Arc::clone(upper))),
        Some(order) if order.is_gt() => {
            Err(ExprErrorKind::BoundOrder(Arc::clone(lower), Arc::clone(upper)))
        }
        Some(_) => Ok(()),
    }
}

/// As [`comparison`], for IN.
///
/// # Errors
///
/// As there.
pub fn membership(operand: &Operand, list: &[Operand]) -> Result {
    distinct("IN", operand, list)?;
    match list.len() {
        count if count > MAX_IN => Err(ExprErrorKind::TooManyInOperands(count)),
        _ => Ok(()),
    }
}

/// A call of a condition's function with the right number of operands.
///
/// # Errors
///
/// For the first that it does not take.
pub fn call(function: Function, operands: &[Operand]) -> Result {
    let name = function.name();
    let (Some(first), rest) = (operands.first(), operands.get(1..).unwrap_or_default()) else {
        return Ok(());
    };
    distinct(name, first, rest)?;
    match function {
        Function::AttributeExists | Function::AttributeNotExists
            if !matches!(first, Operand::Path(_)) =>
        {
            Err(ExprErrorKind::PathRequired(name))
        }
        Function::BeginsWith => only(name, operands, |kind| matches!(kind, Type::S | Type::B)),
        Function::Size => {
            only(name, operands, |kind| !matches!(kind, Type::N | Type::Bool | Type::Null))
        }
        Function::AttributeType => rest.iter().try_for_each(type_name),
        _ => Ok(()),
    }
}

fn type_name(operand: &Operand) -> Result {
    const NAME: &str = Function::AttributeType.name();
    let Operand::Value(value) = operand else {
        return Err(match operand.kind() {
            Some(kind) => ExprErrorKind::OperandType(NAME, kind),
            None => ExprErrorKind::OperandPath(NAME),
        });
    };
    match &**value {
        AttributeValue::S(name) if Type::from_name(name).is_some() => Ok(()),
        AttributeValue::S(name) => Err(ExprErrorKind::TypeName(name.clone())),
        other => Err(ExprErrorKind::OperandType(NAME, other.kind())),
    }
}

/// A number for `+` and `-`, a list for `list_append`: where the expression tells the type.
///
/// # Errors
///
/// For the first operand of another type.
pub fn set_operands<'a>(
    operator: &'static str,
    takes: Type,
    operands: impl IntoIterator<Item = &'a SetOperand>,
) -> Result {
    let known = |operand: &SetOperand| match operand {
        SetOperand::Value(value) => Some(value.kind()),
        SetOperand::ListAppend(..) => Some(Type::L),
        SetOperand::Path(_) | SetOperand::IfNotExists(..) => None,
    };
    match operands.into_iter().filter_map(known).find(|kind| *kind != takes) {
        Some(kind) => Err(ExprErrorKind::OperandType(operator, kind)),
        None => Ok(()),
    }
}

/// ADD takes numbers and sets, DELETE takes sets.
pub(super) fn action(section: Section, kind: Type) -> Result {
    match kind.is_set() || (section == Section::Add && kind == Type::N) {
        true => Ok(()),
        false => Err(ExprErrorKind::ActionType(section, kind)),
    }
}

/// No path may lead to or through another, or want a list where another wants a map.
///
/// # Errors
///
/// For the first pair of which that is not so.
pub fn paths<'a>(paths: impl Iterator<Item = &'a Path>) -> Result {
    let paths: Vec<_> = paths.collect();
    for (at, later) in paths.iter().enumerate() {
        paths[..at].iter().try_for_each(|earlier| pair(earlier, later))?;
    }
    Ok(())
}

fn pair(earlier: &Path, later: &Path) -> Result {
    if earlier.attribute != later.attribute {
        return Ok(());
    }
    for steps in earlier.steps.iter().zip(&later.steps) {
        match steps {
            (Step::Name(_), Step::Index(_)) | (Step::Index(_), Step::Name(_)) => {
                return Err(ExprErrorKind::Conflict(earlier.clone(), later.clone()));
            }
            (one, other) if one != other => return Ok(()),
            _ => {}
        }
    }
    Err(ExprErrorKind::Overlap(earlier.clone(), later.clone()))
}

fn distinct<'a>(
    operator: &'static str,
    first: &Operand,
    rest: impl IntoIterator<Item = &'a Operand>,
) -> Result {
    match first {
        Operand::Path(path) if rest.into_iter().any(|other| other == first) => {
            Err(ExprErrorKind::SameOperand(operator, path.clone()))
        }
        _ => Ok(()),
    }
}

fn scalars<'a>(operator: &'static str, operands: impl IntoIterator<Item = &'a Operand>) -> Result {
    only(operator, operands, Type::is_scalar)
}

fn only<'a>(
    operator: &'static str,
    operands: impl IntoIterator<Item = &'a Operand>,
    takes: impl Fn(Type) -> bool,
) -> Result {
    match operands.into_iter().filter_map(Operand::kind).find(|kind| !takes(*kind)) {
        Some(kind) => Err(ExprErrorKind::OperandType(operator, kind)),
        None => Ok(()),
    }
}
