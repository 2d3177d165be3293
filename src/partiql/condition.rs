//! Conditions from WHERE, and which are refused (aws-facts 10.7).
//!
//! What is wrong is told by rank: what cannot be read first, in the order written; then operands
//! that are one and the same; then operands of wrong types.

use std::sync::Arc;

use super::{
    ast::{Expr, ExprKind, PathStep, TypeName},
    error::Error,
    literal::Values,
};
use crate::{
    expr::{
        ExprErrorKind,
        ast::{Comparator, Condition, Function, Operand},
        check,
    },
    value::{AttributeValue, Path, Step, Type},
};

type Result<T> = std::result::Result<T, Error>;

/// How many operators a condition can have.
const MOST_OPERATORS: usize = 300;

/// Reads the conditions of one statement.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) values: Values<'a>,
    operators: usize,
    /// The first of each of the lower ranks.
    distinct: Option<Error>,
    operands: Option<Error>,
}

/// What an expression is in a condition.
enum Part {
    Condition(Condition),
    Operand(Operand),
}

impl<'a> Reader<'a> {
    pub(super) fn new(parameters: &'a [AttributeValue]) -> Self {
        let values = Values { parameters };
        Self { values, operators: 0, distinct: None, operands: None }
    }

    /// The condition of a WHERE clause. What it lacks of the lower ranks [`Reader::finish`] tells.
    pub(super) fn filter(&mut self, expr: &Expr) -> Result<Condition> {
        match self.part(expr)? {
            Part::Condition(condition) => Ok(condition),
            Part::Operand(_) => {
                self.note_operands(Error::NoBoolean);
                Ok(Condition::And(Vec::new()))
            }
        }
    }

    /// Refuses what was noted, by rank.
    pub(super) fn finish(self) -> Result<()> {
        let too_many = (self.operators > MOST_OPERATORS)
            .then(|| ExprErrorKind::TooManyOperators(MOST_OPERATORS + 1).into());
        too_many.or(self.distinct).or(self.operands).map_or(Ok(()), Err)
    }

    fn note_operands(&mut self, error: Error) {
        self.operands.get_or_insert(error);
    }

    /// Notes what the checks that expressions share find.
    pub(super) fn note(&mut self, checked: std::result::Result<(), ExprErrorKind>) {
        let Err(kind) = checked else { return };
        match kind {
            ExprErrorKind::SameOperand(..) | ExprErrorKind::TooManyInOperands(_) => {
                self.distinct.get_or_insert(kind.into());
            }
            kind => self.note_operands(kind.into()),
        }
    }

    /// Reads any expression. Each sort has a function of its own, which keeps small what the stack
    /// holds of expressions in expressions.
    fn part(&mut self, expr: &Expr) -> Result<Part> {
        match &expr.kind {
            ExprKind::Binary(_, symbol @ ("AND" | "OR"), _) => self.junction(expr, symbol),
            ExprKind::Unary("NOT", inner) => self.negation(inner),
            ExprKind::Binary(left, symbol, right) => self.comparison(left, symbol, right),
            ExprKind::Between { operand, lower, upper, negated } => {
                self.between([operand, lower, upper], *negated)
            }
            ExprKind::In { operand, list, negated } => self.membership(operand, list, *negated),
            ExprKind::Is { operand, kind, negated } => self.is(operand, *kind, *negated),
            ExprKind::Call(name, arguments) => self.call(expr, name, arguments),
            ExprKind::Like => Err(Error::ConditionOperator("like")),
            ExprKind::Case { .. } => Err(Error::TokenInExpression("CASE", expr.place)),
            ExprKind::Select(_) => Err(Error::TokenInExpression("SELECT", expr.place)),
            ExprKind::Change(_) => Err(Error::TokenInExpression("UPDATE", expr.place)),
            ExprKind::Missing => Err(Error::ComparedMissing),
            ExprKind::Unary(symbol, inner) => {
                self.part(inner)?;
                self.note_operands(Error::ConditionOperator(symbol));
                Ok(Part::Operand(nothing()))
            }
            ExprKind::Name(_) | ExprKind::Path(..) => {
                self.path(expr).map(|path| Part::Operand(Operand::Path(path)))
            }
            _ => {
                let value = self.values.value(expr)?;
                Ok(Part::Operand(Operand::Value(Arc::new(value))))
            }
        }
    }

    /// `a AND b AND c`, which the parser reads as `(a AND b) AND c`: as many as a statement holds.
    fn junction(&mut self, expr: &Expr, symbol: &'static str) -> Result<Part> {
        let (mut parts, mut rest) = (Vec::new(), expr);
        while let ExprKind::Binary(left, same, right) = &rest.kind
            && *same == symbol
        {
            self.operators += 1;
            parts.push(&**right);
            rest = left;
        }
        parts.push(rest);
        let parts = parts.into_iter().rev().map(|part| self.joined(part, symbol));
        let parts = parts.collect::<Result<Vec<_>>>()?;
        Ok(Part::Condition(match symbol {
            "AND" => Condition::And(parts),
            _ => Condition::Or(parts),
        }))
    }

    fn negation(&mut self, inner: &Expr) -> Result<Part> {
        self.operators += 1;
        let inner = Box::new(self.joined(inner, "NOT")?);
        Ok(Part::Condition(Condition::Not(inner)))
    }

    fn comparison(&mut self, left: &Expr, symbol: &'static str, right: &Expr) -> Result<Part> {
        let Some(comparator) = comparator(symbol) else {
            self.part(left)?;
            self.part(right)?;
            self.note_operands(Error::ConditionOperator(symbol));
            return Ok(Part::Operand(nothing()));
        };
        self.operators += 1;
        let (left, right) = match (self.part(left)?, self.part(right)?) {
            (Part::Operand(left), Part::Operand(right)) => (left, right),
            (Part::Condition(condition), Part::Operand(Operand::Value(value)))
            | (Part::Operand(Operand::Value(value)), Part::Condition(condition))
                if !comparator.is_ordering() =>
            {
                return Ok(Part::Condition(judged(condition, comparator, &value)));
            }
            _ => {
                self.note_operands(Error::Operand(symbol, "BOOL"));
                (nothing(), Operand::Value(Arc::new(AttributeValue::Null)))
            }
        };
        self.note(check::comparison(&left, comparator, &right));
        Ok(Part::Condition(Condition::Compare(left, comparator, right)))
    }

    fn between(&mut self, operands: [&Expr; 3], negated: bool) -> Result<Part> {
        self.operators += 1 + usize::from(negated);
        let [operand, lower, upper] = operands;
        let operand = self.operand(operand, "BETWEEN")?;
        let lower = self.operand(lower, "BETWEEN")?;
        let upper = self.operand(upper, "BETWEEN")?;
        self.note(check::between(&operand, &lower, &upper));
        Ok(Part::Condition(negate(negated, Condition::Between(operand, lower, upper))))
    }

    fn membership(&mut self, operand: &Expr, list: &Expr, negated: bool) -> Result<Part> {
        self.operators += 1 + usize::from(negated);
        let operand = self.operand(operand, "IN")?;
        let ExprKind::List(members) = &list.kind else {
            return Err(match &list.kind {
                ExprKind::Select(_) => Error::TokenInExpression("SELECT", list.place),
                _ => Error::NoList,
            });
        };
        let list = members.iter().map(|member| self.operand(member, "IN"));
        let list = list.collect::<Result<Vec<_>>>()?;
        self.note(check::membership(&operand, &list));
        Ok(Part::Condition(negate(negated, Condition::In(operand, list))))
    }

    fn is(&mut self, operand: &Expr, kind: TypeName, negated: bool) -> Result<Part> {
        self.operators += 1 + usize::from(negated);
        let place = operand.place;
        let operand = match operand.kind {
            ExprKind::Missing => nothing(),
            _ => self.operand(operand, "IS")?,
        };
        let condition = is(operand, kind).ok_or(Error::IsType(kind.0, place))?;
        Ok(Part::Condition(negate(negated, condition)))
    }

    /// A condition under AND, OR or NOT.
    fn joined(&mut self, expr: &Expr, operator: &'static str) -> Result<Condition> {
        match self.part(expr)? {
            Part::Condition(condition) => Ok(condition),
            Part::Operand(operand) => {
                self.note_operands(match operand.kind() {
                    Some(kind) => Error::Operand(operator, kind.name()),
                    None => Error::NoExpression,
                });
                Ok(Condition::And(Vec::new()))
            }
        }
    }

    /// A value under an operator or function.
    fn operand(&mut self, expr: &Expr, operator: &'static str) -> Result<Operand> {
        match self.part(expr)? {
            Part::Operand(operand) => Ok(operand),
            Part::Condition(_) => {
                self.note_operands(Error::Operand(operator, "BOOL"));
                Ok(nothing())
            }
        }
    }

    fn call(&mut self, expr: &Expr, name: &str, arguments: &[Expr]) -> Result<Part> {
        // EXISTS of a path is no function either (aws-facts 10.7).
        if let (ExprKind::Select(_), "exists") =
            (arguments.first().map_or(&ExprKind::Null, |first| &first.kind), name)
        {
            let place = arguments.first().map_or(expr.place, |first| first.place);
            return Err(Error::TokenInExpression("SELECT", place));
        }
        let function = Function::from_name(name).filter(|function| !function.updates());
        let function = function.ok_or_else(|| Error::Function(name.to_owned(), expr.place))?;
        self.operators += 1;
        let name = function.name();
        let operands = arguments.iter().map(|argument| self.operand(argument, name));
        let operands = operands.collect::<Result<Vec<_>>>()?;
        if operands.len() != function.operands() {
            self.note_operands(ExprErrorKind::OperandCount(name, operands.len()).into());
            return Ok(match function {
                Function::Size => Part::Operand(nothing()),
                _ => Part::Condition(Condition::And(Vec::new())),
            });
        }
        self.note(check::call(function, &operands));
        let mut operands = operands.into_iter();
        let (first, second) =
            (operands.next().unwrap_or_else(nothing), operands.next().unwrap_or_else(nothing));
        let condition = match (function, first) {
            (Function::Size, first) => return Ok(Part::Operand(Operand::Size(Box::new(first)))),
            (Function::AttributeExists, Operand::Path(path)) => Condition::AttributeExists(path),
            (Function::AttributeNotExists, Operand::Path(path)) => {
                Condition::AttributeNotExists(path)
            }
            (Function::AttributeType, first) => match type_of(&second) {
                Some(kind) => Condition::AttributeType(first, kind),
                None => Condition::And(Vec::new()),
            },
            (Function::BeginsWith, first) => Condition::BeginsWith(first, second),
            (Function::Contains, first) => Condition::Contains(first, second),
            // Noted by the check.
            _ => Condition::And(Vec::new()),
        };
        Ok(Part::Condition(condition))
    }

    /// The path that an expression names.
    pub(super) fn path(&self, expr: &Expr) -> Result<Path> {
        let (start, steps) = match &expr.kind {
            ExprKind::Path(start, steps) => (&**start, steps.as_slice()),
            _ => (expr, &[][..]),
        };
        let ExprKind::Name(name) = &start.kind else {
            return Err(Error::PathComponent(start.place));
        };
        if name.text.is_empty() {
            return Err(Error::EmptyName);
        }
        let mut path = Path::attribute(name.text.as_str());
        for step in steps {
            path.steps.push(match step {
                PathStep::Name(name) if name.is_empty() => return Err(Error::EmptyName),
                PathStep::Name(name) => Step::Name(name.clone()),
                PathStep::Index(Expr { kind: ExprKind::Number(text), place }) => {
                    Step::Index(text.parse().map_err(|_| Error::PathComponent(*place))?)
                }
                PathStep::Index(Expr { place, .. }) | PathStep::Every(place) => {
                    return Err(Error::PathComponent(*place));
                }
            });
        }
        Ok(path)
    }
}

/// Stands where what is wrong has been noted.
fn nothing() -> Operand {
    Operand::Path(Path::attribute(""))
}

fn negate(negated: bool, condition: Condition) -> Condition {
    if negated { Condition::Not(Box::new(condition)) } else { condition }
}

/// `contains(a, 'b') = true` and its like, which DynamoDB Local takes (inferred of the service).
fn judged(condition: Condition, comparator: Comparator, value: &AttributeValue) -> Condition {
    let equal = comparator == Comparator::Equal;
    match value {
        AttributeValue::Bool(value) => negate(*value != equal, condition),
        // A condition is a boolean and nothing else.
        _ if equal => Condition::Or(Vec::new()),
        _ => Condition::And(Vec::new()),
    }
}

fn comparator(symbol: &str) -> Option<Comparator> {
    use Comparator as C;
    [C::Equal, C::NotEqual, C::Less, C::LessOrEqual, C::Greater, C::GreaterOrEqual]
        .into_iter()
        .find(|comparator| comparator.symbol() == symbol)
}

/// A set matches none of the types (aws-facts 10.7).
fn is(operand: Operand, name: TypeName) -> Option<Condition> {
    let kind = match name.0 {
        "MISSING" => {
            return Some(match operand {
                Operand::Path(path) => Condition::AttributeNotExists(path),
                // A value is there.
                _ => Condition::Or(Vec::new()),
            });
        }
        "NULL" => Type::Null,
        "BOOLEAN" => Type::Bool,
        "BLOB" => Type::B,
        "STRING" => Type::S,
        "NUMERIC" => Type::N,
        "STRUCT" | "TUPLE" => Type::M,
        "LIST" => Type::L,
        _ => return None,
    };
    Some(Condition::AttributeType(operand, kind))
}

fn type_of(operand: &Operand) -> Option<Type> {
    match operand {
        Operand::Value(value) => match &**value {
            AttributeValue::S(name) => Type::from_name(name),
            _ => None,
        },
        _ => None,
    }
}
