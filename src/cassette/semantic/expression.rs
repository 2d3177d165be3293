//! What the expressions of a structure say, without their placeholders.

use std::{collections::HashMap, fmt::Write as _};

use super::{Order, sorted};
use crate::{
    cassette::footprint::placeholders,
    expr::{
        Condition, ExpressionKind,
        ast::{Change, Operand, SetOperand, SetValue},
        parse_condition, parse_projection, parse_update,
    },
    value::{AttributeValue, Path, encode},
    wire::json::Value,
};

/// Each expression of a structure as text; `None` if it has none or one cannot be read.
pub(super) fn of(value: Value<'_>, order: Order) -> Option<HashMap<&'static str, String>> {
    const CONDITIONS: [(&str, ExpressionKind); 4] = [
        ("ConditionExpression", ExpressionKind::Condition),
        ("FilterExpression", ExpressionKind::Filter),
        ("KeyConditionExpression", ExpressionKind::KeyCondition),
        ("SearchConditionExpression", ExpressionKind::SearchCondition),
    ];
    let text = |member: &str| value.get(member).and_then(Value::as_str);
    let mut said = HashMap::new();
    let members = CONDITIONS.map(|(name, _)| name);
    if !members
        .into_iter()
        .chain(["ProjectionExpression", "UpdateExpression"])
        .any(|name| value.get(name).is_some())
    {
        return None;
    }
    let mut names = placeholders(value)?;
    for (member, kind) in CONDITIONS {
        if let Some(text) = text(member) {
            let condition = parse_condition(kind, &text, &mut names).ok()?;
            said.insert(member, condition_text(&condition, order));
        }
    }
    if let Some(text) = text("ProjectionExpression") {
        let projection = parse_projection(&text, &mut names).ok()?;
        said.insert("ProjectionExpression", sorted(projection.paths().map(path), order));
    }
    if let Some(text) = text("UpdateExpression") {
        let update = parse_update(&text, &mut names).ok()?;
        // Every action sees the item as it was, so their order says nothing.
        let actions = update.actions().iter();
        let texts =
            actions.map(|action| format!("{}{}", path(&action.path), change(&action.change)));
        said.insert("UpdateExpression", sorted(texts, order));
    }
    // A placeholder that nothing uses makes another request of it: the service refuses it.
    names.check_unused().ok()?;
    Some(said)
}

fn condition_text(condition: &Condition, order: Order) -> String {
    let parts_of =
        |parts: &[Condition]| sorted(parts.iter().map(|part| condition_text(part, order)), order);
    let (name, parts) = match condition {
        Condition::And(parts) => {
            return format!("and({})", parts_of(parts));
        }
        Condition::Or(parts) => {
            return format!("or({})", parts_of(parts));
        }
        Condition::Not(inner) => return format!("not({})", condition_text(inner, order)),
        Condition::In(tested, list) => {
            return format!("in({};{})", operand(tested), sorted(list.iter().map(operand), order));
        }
        Condition::Compare(left, comparator, right) => {
            (comparator.symbol(), vec![operand(left), operand(right)])
        }
        Condition::Between(tested, lower, upper) => {
            ("between", vec![operand(tested), operand(lower), operand(upper)])
        }
        Condition::AttributeExists(tested) => ("exists", vec![path(tested)]),
        Condition::AttributeNotExists(tested) => ("absent", vec![path(tested)]),
        Condition::AttributeType(tested, kind) => {
            ("type", vec![operand(tested), kind.name().to_owned()])
        }
        Condition::BeginsWith(tested, prefix) => ("begins", vec![operand(tested), operand(prefix)]),
        Condition::Contains(tested, part) => ("contains", vec![operand(tested), operand(part)]),
    };
    format!("{name}({})", parts.join(";"))
}

fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Path(inner) => path(inner),
        Operand::Value(inner) => value(inner),
        Operand::Size(inner) => format!("size({})", self::operand(inner)),
    }
}

fn change(change: &Change) -> String {
    match change {
        Change::Set(SetValue::Plain(plain)) => format!("={}", set_operand(plain)),
        Change::Set(SetValue::Plus(left, right)) => {
            format!("={}+{}", set_operand(left), set_operand(right))
        }
        Change::Set(SetValue::Minus(left, right)) => {
            format!("={}-{}", set_operand(left), set_operand(right))
        }
        Change::Remove => "remove".to_owned(),
        Change::Add(added) => format!("add{}", value(added)),
        Change::Delete(deleted) => format!("delete{}", value(deleted)),
    }
}

fn set_operand(operand: &SetOperand) -> String {
    match operand {
        SetOperand::Path(inner) => path(inner),
        SetOperand::Value(inner) => value(inner),
        SetOperand::IfNotExists(tested, other) => {
            format!("if_not_exists({};{})", path(tested), set_operand(other))
        }
        SetOperand::ListAppend(first, second) => {
            format!("list_append({};{})", set_operand(first), set_operand(second))
        }
    }
}

/// Names are quoted: a dot may be part of one.
fn path(path: &Path) -> String {
    use crate::value::Step;
    let mut text = format!("{:?}", path.attribute);
    for step in &path.steps {
        let _ = match step {
            Step::Name(name) => write!(text, ".{name:?}"),
            Step::Index(index) => write!(text, "[{index}]"),
        };
    }
    text
}

fn value(value: &AttributeValue) -> String {
    let mut text = Vec::new();
    encode::value(value, &mut text);
    String::from_utf8(text).unwrap_or_default()
}
