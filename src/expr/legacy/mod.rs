//! The parameters that expressions took the place of: conditions, key conditions, updates and
//! projections attribute by attribute, made into what expressions are made into.
//!
//! What they name are whole attributes: a name with a full stop is a name with a full stop.

mod error;

use std::{fmt, sync::Arc};

use super::{
    KeyCondition, KeyTest, Projection, Update,
    ast::{Action, Change, Comparator, Condition, Operand, SetOperand, SetValue},
};
use crate::value::{AttributeValue, Path, Type};

pub use error::{LegacyError, LegacyParameterError};

type Result<T> = std::result::Result<T, LegacyError>;

/// A condition on one attribute, as an entry of Expected, QueryFilter, ScanFilter or
/// KeyConditions says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegacyCondition {
    /// The attribute.
    pub attribute: String,
    /// ComparisonOperator
    pub operator: Option<String>,
    /// AttributeValueList
    pub list: Option<Vec<AttributeValue>>,
    /// Exists, of Expected only.
    pub exists: Option<bool>,
    /// Value, of Expected only.
    pub value: Option<AttributeValue>,
}

/// A change of one attribute, as an entry of AttributeUpdates says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegacyUpdate {
    /// The attribute.
    pub attribute: String,
    /// Action
    pub action: Option<String>,
    /// Value
    pub value: Option<AttributeValue>,
}

/// How the conditions of a request go together: ConditionalOperator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joint {
    /// AND, which is what none means.
    #[default]
    All,
    /// OR
    Any,
}

/// A ComparisonOperator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `EQ`, `NE`, `LT`, `LE`, `GT`, `GE`
    Compare(Comparator),
    /// `BETWEEN`
    Between,
    /// `IN`
    In,
    /// `BEGINS_WITH`
    BeginsWith,
    /// `CONTAINS`
    Contains,
    /// `NOT_CONTAINS`
    NotContains,
    /// `NULL`
    Null,
    /// `NOT_NULL`
    NotNull,
}

const OPERATORS: [(&str, Operator); 13] = [
    ("EQ", Operator::Compare(Comparator::Equal)),
    ("NE", Operator::Compare(Comparator::NotEqual)),
    ("LT", Operator::Compare(Comparator::Less)),
    ("LE", Operator::Compare(Comparator::LessOrEqual)),
    ("GT", Operator::Compare(Comparator::Greater)),
    ("GE", Operator::Compare(Comparator::GreaterOrEqual)),
    ("BETWEEN", Operator::Between),
    ("IN", Operator::In),
    ("BEGINS_WITH", Operator::BeginsWith),
    ("CONTAINS", Operator::Contains),
    ("NOT_CONTAINS", Operator::NotContains),
    ("NULL", Operator::Null),
    ("NOT_NULL", Operator::NotNull),
];

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = OPERATORS.iter().find(|(_, operator)| operator == self);
        f.pad(found.map_or("", |(name, _)| name))
    }
}

/// What Expected asks of the item, if it asks anything.
///
/// # Errors
///
/// For the first entry that is malformed.
pub fn expected(conditions: &[LegacyCondition], joint: Joint) -> Result<Option<Condition>> {
    join(conditions, joint, one_expected)
}

/// What QueryFilter or ScanFilter asks of each item, if it asks anything.
///
/// # Errors
///
/// For the first entry that is malformed.
pub fn filter(conditions: &[LegacyCondition], joint: Joint) -> Result<Option<Condition>> {
    join(conditions, joint, |condition| compared(condition)?.holds())
}

/// What KeyConditions asks of the keys, if it asks anything.
///
/// # Errors
///
/// For the first entry that is malformed, or asks what keys cannot be asked.
pub fn key_conditions(conditions: &[LegacyCondition]) -> Result<Option<KeyCondition>> {
    let tests = conditions
        .iter()
        .map(|condition| Ok((condition.attribute.clone(), compared(condition)?.key_test()?)))
        .collect::<Result<Vec<_>>>()?;
    Ok((!tests.is_empty()).then(|| KeyCondition::of_tests(tests)))
}

/// Whether the filter of a Query leaves these keys alone.
///
/// # Errors
///
/// For the first condition on one of them.
pub fn check_query_filter(filter: &Condition, keys: &[&str]) -> Result<()> {
    match filter.paths().find(|path| keys.contains(&path.attribute.as_str())) {
        Some(path) => Err(LegacyError::FilterOnKey(path.attribute.clone())),
        None => Ok(()),
    }
}

/// What AttributesToGet returns of an item.
///
/// # Errors
///
/// For a name that stands there twice.
pub fn projection(names: Vec<String>) -> Result<Projection> {
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            return Err(LegacyParameterError::RepeatedName(name.clone()).into());
        }
    }
    Ok(Projection::of_attributes(names))
}

/// What AttributeUpdates makes of an item.
///
/// # Errors
///
/// For the first entry that is malformed.
pub fn update(updates: Vec<LegacyUpdate>) -> Result<Update> {
    let action = |update: LegacyUpdate| {
        let path = Path::attribute(update.attribute);
        let change = change(&path, update.action.as_deref(), update.value.map(Arc::new))?;
        Ok(Action { path, change })
    };
    Ok(Update::new(updates.into_iter().map(action).collect::<Result<_>>()?))
}

fn join(
    conditions: &[LegacyCondition],
    joint: Joint,
    one: impl Fn(&LegacyCondition) -> Result<Condition>,
) -> Result<Option<Condition>> {
    let mut parts = conditions.iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok(match (parts.len(), joint) {
        (0 | 1, _) => parts.pop(),
        (_, Joint::All) => Some(Condition::And(parts)),
        (_, Joint::Any) => Some(Condition::Or(parts)),
    })
}

/// An entry of Expected, checked in the order in which aws-facts 4.12 lists the sentences.
fn one_expected(condition: &LegacyCondition) -> Result<Condition> {
    use LegacyParameterError as E;
    let attribute = || condition.attribute.clone();
    let LegacyCondition { operator, list, exists, value, .. } = condition;
    let error = match (operator, list, exists, value) {
        (Some(_), _, Some(_), _) => E::ExistsAndOperator(attribute()),
        (_, Some(_), _, Some(_)) => E::ValueAndList(attribute()),
        (None, Some(_), ..) => E::ListWithoutOperator(attribute()),
        (Some(name), None, None, None) if !["NULL", "NOT_NULL"].contains(&&**name) => {
            E::NoArguments { operator: operator_of(name)?, attribute: attribute() }
        }
        (Some(_), ..) => return compared(condition)?.holds(),
        (None, None, Some(true), None) => E::ExistsWithoutValue(attribute()),
        (None, None, Some(false), Some(_)) => E::AbsentWithValue(attribute()),
        (None, None, None, None) => E::Nothing(attribute()),
        (None, None, Some(false), None) => {
            return Ok(Condition::AttributeNotExists(Path::attribute(attribute())));
        }
        (None, None, _, Some(value)) => {
            let path = Operand::Path(Path::attribute(attribute()));
            let value = Operand::Value(Arc::new(value.clone()));
            return Ok(Condition::Compare(path, Comparator::Equal, value));
        }
    };
    Err(error.into())
}

/// An operator with operands it takes.
struct Compared<'a> {
    attribute: &'a str,
    operator: Operator,
    operands: Vec<Arc<AttributeValue>>,
}

/// Case-sensitive; us-east-1 has an enum error for filters instead (aws-facts 4.12).
fn operator_of(name: &str) -> Result<Operator> {
    let found = OPERATORS.iter().find(|(known, _)| *known == name);
    found.map(|(_, operator)| *operator).ok_or(LegacyParameterError::UnknownOperator.into())
}

/// Checks an operator and its operands.
fn compared(condition: &LegacyCondition) -> Result<Compared<'_>> {
    use LegacyParameterError as E;
    let operator = operator_of(condition.operator.as_deref().unwrap_or_default())?;
    let operands: Vec<Arc<AttributeValue>> = match (&condition.list, &condition.value) {
        (Some(list), _) => list.iter().cloned().map(Arc::new).collect(),
        (None, Some(value)) => vec![Arc::new(value.clone())],
        (None, None) => Vec::new(),
    };
    let count_is_right = match operator {
        Operator::Null | Operator::NotNull => operands.is_empty(),
        Operator::Between => operands.len() == 2,
        Operator::In => !operands.is_empty(),
        _ => operands.len() == 1,
    };
    if !count_is_right {
        return Err(E::ArgumentCount(operator).into());
    }
    // Every value of an IN is held to its types (aws-facts 4.12), which shows only where this comes
    // before they are held to each other's.
    if let Some(wrong) = operands.iter().find(|value| !operator.takes(value.kind())) {
        return Err(E::OperandType { operator, kind: wrong.kind() }.into());
    }
    if operands.windows(2).any(|pair| pair[0].kind() != pair[1].kind()) {
        return Err(E::MixedTypes.into());
    }
    if let (Operator::Between, [lower, upper]) = (operator, &*operands)
        && lower.order(upper).is_some_and(std::cmp::Ordering::is_gt)
    {
        return Err(LegacyError::BoundOrder);
    }
    Ok(Compared { attribute: &condition.attribute, operator, operands })
}

impl Operator {
    fn takes(self, kind: Type) -> bool {
        match self {
            Self::Compare(comparator) => !comparator.is_ordering() || kind.is_scalar(),
            Self::Between | Self::In => kind.is_scalar(),
            Self::BeginsWith => matches!(kind, Type::S | Type::B),
            Self::Contains | Self::NotContains => {
                kind.is_scalar() || matches!(kind, Type::Bool | Type::Null)
            }
            Self::Null | Self::NotNull => true,
        }
    }
}

impl Compared<'_> {
    fn holds(self) -> Result<Condition> {
        let path = Path::attribute(self.attribute);
        let mut values = self.operands.into_iter().map(Operand::Value);
        let mut next = || {
            let missing = LegacyParameterError::ArgumentCount(self.operator);
            values.next().ok_or(LegacyError::from(missing))
        };
        let operand = Operand::Path(path.clone());
        Ok(match self.operator {
            Operator::Null => Condition::AttributeNotExists(path),
            Operator::NotNull => Condition::AttributeExists(path),
            Operator::Compare(comparator) => Condition::Compare(operand, comparator, next()?),
            Operator::Between => Condition::Between(operand, next()?, next()?),
            Operator::BeginsWith => Condition::BeginsWith(operand, next()?),
            Operator::Contains => Condition::Contains(operand, next()?),
            Operator::NotContains => {
                Condition::Not(Box::new(Condition::Contains(operand, next()?)))
            }
            Operator::In => Condition::In(operand, values.collect()),
        })
    }

    fn key_test(self) -> Result<KeyTest> {
        let unsupported = || LegacyError::KeyOperator(self.operator);
        let mut values = self.operands.into_iter();
        let mut next = || values.next().ok_or_else(unsupported);
        Ok(match self.operator {
            Operator::Compare(comparator) => {
                let value = next()?;
                KeyTest::comparison(comparator, &value).ok_or_else(unsupported)?
            }
            Operator::Between => KeyTest::Between(next()?, next()?),
            Operator::BeginsWith => KeyTest::BeginsWith(next()?),
            _ => return Err(unsupported()),
        })
    }
}

fn change(path: &Path, action: Option<&str>, value: Option<Arc<AttributeValue>>) -> Result<Change> {
    let refuse = |action, kind| Err(LegacyParameterError::ActionType { action, kind }.into());
    Ok(match (action.unwrap_or("PUT"), value) {
        ("PUT", Some(value)) => Change::Set(SetValue::Plain(SetOperand::Value(value))),
        ("DELETE", None) => Change::Remove,
        ("DELETE", Some(value)) if value.kind().is_set() => Change::Delete(value),
        ("DELETE", Some(value)) => return refuse("DELETE action with value", value.kind()),
        // Appends, as the API's first documentation of lists said (inferred).
        ("ADD", Some(value)) if value.kind() == Type::L => {
            let empty = SetOperand::Value(Arc::new(AttributeValue::L(Vec::new())));
            let old = SetOperand::IfNotExists(path.clone(), Box::new(empty));
            let both = SetOperand::ListAppend(Box::new(old), Box::new(SetOperand::Value(value)));
            Change::Set(SetValue::Plain(both))
        }
        ("ADD", Some(value)) if value.kind() == Type::N || value.kind().is_set() => {
            Change::Add(value)
        }
        ("ADD", Some(value)) => return refuse("ADD action", value.kind()),
        ("PUT" | "ADD", None) => return Err(LegacyParameterError::NoValue.into()),
        _ => return Err(LegacyError::Action),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Item;

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.into())
    }

    fn number(value: u64) -> AttributeValue {
        AttributeValue::N(value.into())
    }

    fn condition(operator: &str, list: Vec<AttributeValue>) -> LegacyCondition {
        LegacyCondition {
            attribute: "a.b".into(),
            operator: Some(operator.into()),
            list: Some(list),
            ..LegacyCondition::default()
        }
    }

    #[test]
    fn operators_hold_as_those_of_expressions_do() {
        let item = Item::from_iter([("a.b", text("mno")), ("n", number(5))]);
        for (operator, list, holds) in [
            ("EQ", vec![text("mno")], true),
            ("NE", vec![text("mno")], false),
            ("LT", vec![text("z")], true),
            ("LE", vec![text("mno")], true),
            ("GT", vec![text("z")], false),
            ("GE", vec![number(1)], false),
            ("BETWEEN", vec![text("a"), text("n")], true),
            ("IN", vec![text("a"), text("mno")], true),
            ("BEGINS_WITH", vec![text("mn")], true),
            ("CONTAINS", vec![text("n")], true),
            ("NOT_CONTAINS", vec![text("n")], false),
            ("NULL", vec![], false),
            ("NOT_NULL", vec![], true),
        ] {
            let filter = filter(&[condition(operator, list)], Joint::All).unwrap().unwrap();
            assert_eq!(filter.holds(&item), holds, "{operator}");
        }
        let two = [condition("EQ", vec![text("x")]), condition("EQ", vec![text("mno")])];
        assert!(!filter(&two, Joint::All).unwrap().unwrap().holds(&item));
        assert!(filter(&two, Joint::Any).unwrap().unwrap().holds(&item));
        assert_eq!(filter(&[], Joint::Any), Ok(None));
    }

    #[test]
    fn malformed_conditions_are_told_in_the_services_words() {
        // aws-facts 4.12.
        const INVALID: &str = "One or more parameter values were invalid: ";
        let of = |operator: Option<&str>, list: Option<Vec<_>>, exists, value| LegacyCondition {
            attribute: "a".into(),
            operator: operator.map(Into::into),
            list,
            exists,
            value,
        };
        let one = || Some(text("x"));
        for (condition, sentence) in [
            (
                of(Some("EQ"), None, Some(true), one()),
                "Exists and ComparisonOperator cannot be used together for Attribute: a",
            ),
            (
                of(Some("EQ"), Some(vec![]), None, one()),
                "Value and AttributeValueList cannot be used together for Attribute: a",
            ),
            (
                of(None, Some(vec![]), None, None),
                "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
            ),
            (
                of(Some("EQ"), None, None, None),
                "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
            ),
            (
                of(Some("BETWEEN"), None, None, one()),
                "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
            ),
            (
                of(Some("NULL"), None, None, one()),
                "Invalid number of argument(s) for the NULL ComparisonOperator",
            ),
            (
                of(None, None, Some(true), None),
                "Value must be provided when Exists is true for Attribute: a",
            ),
            (
                of(None, None, Some(false), one()),
                "Value cannot be used when Exists is false for Attribute: a",
            ),
            (
                of(None, None, None, None),
                "Value must be provided when Exists is null for Attribute: a",
            ),
            (
                of(Some("IN"), Some(vec![text("x"), number(1)]), None, None),
                "AttributeValues inside AttributeValueList must be of same type",
            ),
            (
                of(Some("LT"), None, None, Some(AttributeValue::Null)),
                "ComparisonOperator LT is not valid for NULL AttributeValue type",
            ),
            (of(Some("eq"), None, None, one()), "Invalid comparison operator"),
        ] {
            let error = expected(&[condition], Joint::All).unwrap_err();
            assert_eq!(error.to_string(), format!("{INVALID}{sentence}"));
        }
        let crossed = condition("BETWEEN", vec![number(2), number(1)]);
        assert_eq!(
            filter(&[crossed], Joint::All).unwrap_err().to_string(),
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        );
        assert_eq!(
            key_conditions(&[condition("NE", vec![number(1)])]).unwrap_err().to_string(),
            "Unsupported KeyConditions ComparisonOperator: NE"
        );
    }

    #[test]
    fn updates_do_what_those_of_expressions_do() {
        let of = |attribute: &str, action: Option<&str>, value| LegacyUpdate {
            attribute: attribute.into(),
            action: action.map(Into::into),
            value,
        };
        let list = |values| Some(AttributeValue::L(values));
        let made = update(vec![
            of("put", None, Some(text("x"))),
            of("gone", Some("DELETE"), None),
            of("sum", Some("ADD"), Some(number(2))),
            of("list", Some("ADD"), list(vec![number(2)])),
        ]);
        let old = Item::from_iter([
            ("gone", number(1)),
            ("sum", number(1)),
            ("list", AttributeValue::L(vec![number(1)])),
        ]);
        let new = made.unwrap().apply(&old).unwrap();
        assert_eq!(
            new,
            Item::from_iter([
                ("put", text("x")),
                ("sum", number(3)),
                ("list", AttributeValue::L(vec![number(1), number(2)])),
            ])
        );
        for (one, sentence) in [
            (
                of("a", Some("put"), None),
                "Member must satisfy enum value set: [ADD, DELETE, PUT]' for Action",
            ),
            (
                of("a", Some("ADD"), None),
                "One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified",
            ),
            (
                of("a", Some("DELETE"), Some(text("x"))),
                "One or more parameter values were invalid: DELETE action with value is not supported for the type S",
            ),
            (
                of("a", Some("ADD"), Some(text("x"))),
                "One or more parameter values were invalid: ADD action is not supported for the type S",
            ),
        ] {
            assert_eq!(update(vec![one]).unwrap_err().to_string(), sentence);
        }
    }
}
