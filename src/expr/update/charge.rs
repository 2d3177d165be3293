//! How large is an update as a request? The service holds an UpdateItem to 409,600 bytes by the
//! larger of this and the finished item (aws-facts 3.10, eu-west-2 2026-10-09).

use super::Update;
use crate::{
    expr::ast::{Action, Change, SetOperand, SetValue},
    value::{Path, Step, size},
};

const BASE: usize = 3;
/// SET and ADD, beside path and value.
const PUT: usize = 19;
/// REMOVE and DELETE, beside the path.
const DROP: usize = 1;
/// Each step of the path of an action.
const STEP: usize = 4;
/// A path as a value, and each name or index in it.
const PATH: usize = 1;
const PATH_PART: usize = 14;
const PLUS: usize = 34;
const MINUS: usize = 37;
const IF_NOT_EXISTS: usize = 39;
const LIST_APPEND: usize = 37;

impl Update {
    /// The size that the service charges the request with. It depends on no item.
    #[must_use]
    pub fn charge(&self) -> usize {
        BASE + self.actions.iter().map(action).sum::<usize>()
    }
}

fn action(action: &Action) -> usize {
    let steps = action.path.steps.iter().map(|step| STEP + length(step)).sum::<usize>();
    let target = action.path.attribute.len() + steps;
    match &action.change {
        Change::Set(value) => PUT + target + set(value),
        Change::Add(value) => PUT + target + size::value(value),
        Change::Remove | Change::Delete(_) => DROP + target,
    }
}

fn set(value: &SetValue) -> usize {
    match value {
        SetValue::Plain(only) => operand(only),
        SetValue::Plus(left, right) => PLUS + operand(left) + operand(right),
        SetValue::Minus(left, right) => MINUS + operand(left) + operand(right),
    }
}

fn operand(value: &SetOperand) -> usize {
    match value {
        SetOperand::Value(value) => size::value(value),
        SetOperand::Path(path) => self::path(path),
        SetOperand::IfNotExists(path, other) => IF_NOT_EXISTS + self::path(path) + operand(other),
        SetOperand::ListAppend(first, second) => LIST_APPEND + operand(first) + operand(second),
    }
}

fn path(path: &Path) -> usize {
    let steps = path.steps.iter().map(|step| PATH_PART + length(step)).sum::<usize>();
    PATH + PATH_PART + path.attribute.len() + steps
}

fn length(step: &Step) -> usize {
    match step {
        Step::Name(name) => name.len(),
        Step::Index(index) => index.checked_ilog10().map_or(1, |log| log as usize + 1),
    }
}
