//! What UPDATE does: SET and REMOVE (aws-facts 10.6, 10.9).

use std::sync::Arc;

use super::{
    ast::{Assignment, Expr, ExprKind},
    condition::Reader,
    error::Error,
};
use crate::{
    expr::{
        ExprErrorKind, Update,
        ast::{Action, Change, SetOperand, SetValue},
        check,
    },
    value::{Path, Type},
};

type Result<T> = std::result::Result<T, Error>;

/// Actions that were read, and the first thing wrong with their operands.
pub(super) struct Actions {
    actions: Vec<Action>,
    wrong: Option<Error>,
}

/// Reads SETs and REMOVEs, in this order whatever the statement's.
pub(super) fn bind(reader: &Reader<'_>, sets: &[Assignment], removes: &[Expr]) -> Result<Actions> {
    let mut read = Actions { actions: Vec::new(), wrong: None };
    for Assignment { path, value } in sets {
        let path = reader.path(path)?;
        let change = read.change(reader, &path, value)?;
        read.actions.push(Action { path, change });
    }
    for path in removes {
        read.actions.push(Action { path: reader.path(path)?, change: Change::Remove });
    }
    Ok(read)
}

impl Actions {
    /// The update, if nothing is wrong with it.
    pub(super) fn finish(self) -> Result<Update> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        check::paths(self.actions.iter().map(|action| &action.path)).map_err(
            |kind| match kind {
                // The later one is told first.
                ExprErrorKind::Overlap(earlier, later) => ExprErrorKind::Overlap(later, earlier),
                ExprErrorKind::Conflict(earlier, later) => ExprErrorKind::Conflict(later, earlier),
                other => other,
            },
        )?;
        Ok(Update::new(self.actions))
    }

    fn note(&mut self, checked: std::result::Result<(), ExprErrorKind>) {
        if let Err(kind) = checked {
            self.wrong.get_or_insert(kind.into());
        }
    }

    fn change(&mut self, reader: &Reader<'_>, path: &Path, value: &Expr) -> Result<Change> {
        let set = match &value.kind {
            ExprKind::Call(name, arguments) if name == "set_add" => {
                return Ok(Change::Add(
                    self.set_argument(reader, "SET_ADD", path, value, arguments)?,
                ));
            }
            ExprKind::Call(name, arguments) if name == "set_delete" => {
                return Ok(Change::Delete(self.set_argument(
                    reader,
                    "SET_DELETE",
                    path,
                    value,
                    arguments,
                )?));
            }
            ExprKind::Binary(left, symbol @ ("+" | "-"), right) => {
                let left = operand(reader, left)?;
                let right = operand(reader, right)?;
                self.note(check::set_operands(symbol, Type::N, [&left, &right]));
                match *symbol {
                    "+" => SetValue::Plus(left, right),
                    _ => SetValue::Minus(left, right),
                }
            }
            ExprKind::Call(name, arguments) if name == "list_append" => {
                let operands = arguments.iter().map(|argument| operand(reader, argument));
                let operands = operands.collect::<Result<Vec<_>>>()?;
                let count = operands.len();
                let mut operands = operands.into_iter();
                match (operands.next(), operands.next(), count) {
                    (Some(first), Some(second), 2) => {
                        self.note(check::set_operands("list_append", Type::L, [&first, &second]));
                        SetValue::Plain(SetOperand::ListAppend(Box::new(first), Box::new(second)))
                    }
                    _ => {
                        self.note(Err(ExprErrorKind::OperandCount("list_append", count)));
                        return Ok(Change::Remove);
                    }
                }
            }
            _ => SetValue::Plain(operand(reader, value)?),
        };
        Ok(Change::Set(set))
    }

    fn set_argument(
        &self,
        reader: &Reader<'_>,
        name: &'static str,
        path: &Path,
        call: &Expr,
        arguments: &[Expr],
    ) -> Result<Arc<crate::value::AttributeValue>> {
        let [first, second] = arguments else {
            return Err(Error::SetArguments(name, call.place));
        };
        if reader.path(first).ok().as_ref() != Some(path) {
            return Err(Error::SetTarget(name, call.place));
        }
        let is_value = matches!(second.kind, ExprKind::Bag(_) | ExprKind::Parameter(_));
        let value = match is_value {
            true => Some(reader.values.value(second)?),
            false => None,
        };
        match value.filter(|value| value.kind().is_set()) {
            Some(set) => Ok(Arc::new(set)),
            None => Err(Error::SetValue(name, first.place)),
        }
    }
}

/// A value, or a path; a word in quotes is a string here (aws-facts 10.6).
fn operand(reader: &Reader<'_>, expr: &Expr) -> Result<SetOperand> {
    Ok(match &expr.kind {
        ExprKind::Name(name) if name.quoted => {
            let text = crate::value::AttributeValue::S(name.text.clone());
            SetOperand::Value(Arc::new(text))
        }
        ExprKind::Name(_) | ExprKind::Path(..) => SetOperand::Path(reader.path(expr)?),
        // DynamoDB Local takes it (inferred of the service).
        ExprKind::Call(name, arguments) if name == "if_not_exists" => match arguments.as_slice() {
            [path, other] if matches!(path.kind, ExprKind::Name(_) | ExprKind::Path(..)) => {
                SetOperand::IfNotExists(reader.path(path)?, Box::new(operand(reader, other)?))
            }
            [_, _] => return Err(ExprErrorKind::PathRequired("if_not_exists").into()),
            other => {
                return Err(ExprErrorKind::OperandCount("if_not_exists", other.len()).into());
            }
        },
        ExprKind::Call(name, _) => return Err(Error::Function(name.clone(), expr.place)),
        ExprKind::Unary(symbol @ ("-" | "+"), _) => {
            return Err(ExprErrorKind::OperandCount(symbol, 1).into());
        }
        ExprKind::Binary(_, symbol, _) | ExprKind::Unary(symbol, _) => {
            return Err(Error::UpdateOperator(symbol));
        }
        ExprKind::Missing => return Err(Error::ComparedMissing),
        ExprKind::Select(_) => return Err(Error::TokenInExpression("SELECT", expr.place)),
        _ => SetOperand::Value(Arc::new(reader.values.value(expr)?)),
    })
}
