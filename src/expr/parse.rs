//! Conditions, filters and key conditions from their text.
//!
//! ```text
//! or         = and { OR and }
//! and        = not { AND not }
//! not        = { NOT } comparison
//! comparison = operand [ comparator operand | BETWEEN operand AND operand | IN ( operands ) ]
//! operand    = path | :value | function ( operands ) | ( or )
//! ```
//!
//! Parentheses may hold a value or a condition, and which it is shows only at their end; both
//! are therefore read by the same functions, as a [`Part`]. What comes after the first part stands
//! in functions of its own, so that nested parentheses take little of the stack.

use super::{
    ExprErrorKind, ExpressionKind, Placeholders,
    ast::{Comparator, Condition, Function, Operand},
    check,
    parser::{Parser, Result, Stage},
    token::{Token, TokenKind},
};
use crate::value::{AttributeValue, Path, Type};

const KEYWORDS: &[&str] = &["AND", "OR", "NOT", "BETWEEN", "IN"];

/// Parses a condition, filter or key condition and checks all that can be without an item.
///
/// # Errors
///
/// The error the service would name.
pub fn parse_condition(
    kind: ExpressionKind,
    text: &str,
    placeholders: &mut Placeholders,
) -> Result<Condition> {
    let mut parser = Parser::new(kind, text, KEYWORDS, placeholders)?;
    let part = parser.or()?;
    let condition = parser.condition(part)?;
    parser.finish(condition)
}

/// A value or a condition.
struct Part {
    content: Content,
    /// The whole of it stands in parentheses.
    grouped: bool,
}

enum Content {
    Operand(Operand),
    /// `size` alone is a value, but where a condition belongs the service says more than that a
    /// token is wrong.
    Size(Operand),
    Condition(Condition),
    /// A function that is a condition.
    Call(Function, Condition),
    /// A function that cannot stand here at all, which is noted already.
    Misfit,
}

impl Content {
    fn ungrouped(self) -> Part {
        Part { content: self, grouped: false }
    }
}

impl Parser<'_, '_> {
    fn or(&mut self) -> Result<Part> {
        self.chain("OR", Self::and, Condition::Or)
    }

    fn and(&mut self) -> Result<Part> {
        self.chain("AND", Self::not, Condition::And)
    }

    fn chain(
        &mut self,
        word: &str,
        member: fn(&mut Self) -> Result<Part>,
        join: fn(Vec<Condition>) -> Condition,
    ) -> Result<Part> {
        let first = member(self)?;
        match self.keyword() == Some(word) {
            true => self.chained(first, word, member, join),
            false => Ok(first),
        }
    }

    fn chained(
        &mut self,
        first: Part,
        word: &str,
        member: fn(&mut Self) -> Result<Part>,
        join: fn(Vec<Condition>) -> Condition,
    ) -> Result<Part> {
        let mut all = vec![self.condition(first)?];
        while self.keyword() == Some(word) {
            let operator = self.advance();
            self.operator(operator);
            let part = member(self)?;
            all.push(self.condition(part)?);
        }
        Ok(Content::Condition(join(all)).ungrouped())
    }

    fn not(&mut self) -> Result<Part> {
        let mut count = 0;
        while self.keyword() == Some("NOT") {
            let operator = self.advance();
            self.operator(operator);
            count += 1;
        }
        let part = self.comparison()?;
        if count == 0 { Ok(part) } else { self.negated(part, count) }
    }

    fn negated(&mut self, part: Part, count: usize) -> Result<Part> {
        let mut condition = self.condition(part)?;
        // Two cancel out, whatever the condition.
        if count % 2 == 1 {
            condition = Condition::Not(Box::new(condition));
        }
        Ok(Content::Condition(condition).ungrouped())
    }

    fn comparison(&mut self) -> Result<Part> {
        let start = self.current();
        let part = self.part()?;
        let comparator = comparator(self.current().kind);
        let word = self.keyword().filter(|word| matches!(*word, "BETWEEN" | "IN"));
        if (comparator.is_none() && word.is_none()) || matches!(part.content, Content::Condition(_))
        {
            return Ok(part);
        }
        let left = self.operand_of(part, start)?;
        let operator = self.advance();
        self.operator(operator);
        let condition = match (comparator, word) {
            (Some(comparator), _) => {
                let right = self.operand()?;
                self.check(check::comparison(&left, comparator, &right), start.start);
                Condition::Compare(left, comparator, right)
            }
            (None, Some("IN")) => {
                self.expect(TokenKind::Open)?;
                let list = self.operands()?;
                self.expect(TokenKind::Close)?;
                self.check(check::membership(&left, &list), start.start);
                Condition::In(left, list)
            }
            _ => {
                let lower = self.operand()?;
                if !self.accept_keyword("AND") {
                    return Err(self.unexpected());
                }
                let upper = self.operand()?;
                self.check(check::between(&left, &lower, &upper), start.start);
                Condition::Between(left, lower, upper)
            }
        };
        Ok(Content::Condition(condition).ungrouped())
    }

    /// What stands between two operators.
    fn part(&mut self) -> Result<Part> {
        if !self.at(TokenKind::Open) {
            return self.simple().map(Content::ungrouped);
        }
        self.group(Self::or)
    }

    fn group(&mut self, inside: fn(&mut Self) -> Result<Part>) -> Result<Part> {
        let open = self.advance();
        self.open()?;
        let inner = inside(self)?;
        self.close()?;
        if inner.grouped {
            self.note(Stage::Parentheses, ExprErrorKind::RedundantParentheses, open.start);
        }
        Ok(Part { grouped: true, ..inner })
    }

    /// A value where only a value can stand.
    fn operand(&mut self) -> Result<Operand> {
        let start = self.current();
        let part = self.operand_part()?;
        self.operand_of(part, start)
    }

    fn operand_part(&mut self) -> Result<Part> {
        match self.at(TokenKind::Open) {
            true => self.group(Self::operand_part),
            false => self.simple().map(Content::ungrouped),
        }
    }

    fn operands(&mut self) -> Result<Vec<Operand>> {
        let mut operands = vec![self.operand()?];
        while self.accept(TokenKind::Comma) {
            operands.push(self.operand()?);
        }
        Ok(operands)
    }

    fn simple(&mut self) -> Result<Content> {
        if self.at_function() {
            return self.function();
        }
        Ok(Content::Operand(match self.at(TokenKind::ValueRef) {
            true => Operand::Value(self.value()?),
            false => Operand::Path(self.path()?),
        }))
    }

    fn function(&mut self) -> Result<Content> {
        let name = self.advance();
        self.operator(name);
        self.advance();
        self.open()?;
        let operands = self.operands()?;
        self.close()?;
        let text = self.text(name);
        let misfit = match Function::from_name(text) {
            None => ExprErrorKind::UnknownFunction(text.to_owned()),
            Some(function) if function.updates() => ExprErrorKind::ForeignFunction(function.name()),
            Some(function) => return Ok(self.call(function, operands, name)),
        };
        self.note(Stage::Functions, misfit, name.start);
        Ok(Content::Misfit)
    }

    fn call(&mut self, function: Function, operands: Vec<Operand>, name: Token) -> Content {
        let count = operands.len();
        let checked = match count == function.operands() {
            true => check::call(function, &operands),
            false => Err(ExprErrorKind::OperandCount(function.name(), count)),
        };
        if let Err(kind) = checked {
            self.note(Stage::Operands, kind, name.start);
        }
        let mut operands = operands.into_iter();
        let (first, second) = (operands.next(), operands.next());
        let condition = match (function, first, second) {
            (Function::Size, Some(inner), _) => {
                return Content::Size(Operand::Size(Box::new(inner)));
            }
            (Function::AttributeExists, Some(Operand::Path(path)), _) => {
                Condition::AttributeExists(path)
            }
            (Function::AttributeNotExists, Some(Operand::Path(path)), _) => {
                Condition::AttributeNotExists(path)
            }
            (Function::AttributeType, Some(operand), Some(kind)) => {
                Condition::AttributeType(operand, named_type(&kind))
            }
            (Function::BeginsWith, Some(operand), Some(prefix)) => {
                Condition::BeginsWith(operand, prefix)
            }
            (Function::Contains, Some(operand), Some(part)) => Condition::Contains(operand, part),
            // The fault is noted.
            _ => Condition::And(Vec::new()),
        };
        Content::Call(function, condition)
    }

    /// Makes a condition of what stands where one belongs. A value there lacks its operator, so
    /// that the current token is wrong.
    fn condition(&mut self, part: Part) -> Result<Condition> {
        match part.content {
            Content::Condition(condition) | Content::Call(_, condition) => Ok(condition),
            Content::Misfit => Ok(Condition::And(Vec::new())),
            Content::Operand(_) => Err(self.unexpected()),
            Content::Size(_) => {
                let misused = ExprErrorKind::MisusedFunction(Function::Size.name());
                let start = self.current().start;
                self.note(Stage::Operands, misused, start);
                Ok(Condition::And(Vec::new()))
            }
        }
    }

    /// Makes a value of what stands where one belongs.
    fn operand_of(&mut self, part: Part, start: Token) -> Result<Operand> {
        Ok(match part.content {
            Content::Operand(operand) | Content::Size(operand) => operand,
            Content::Condition(_) => return Err(self.unexpected()),
            Content::Misfit => Operand::Path(Path::attribute("")),
            Content::Call(function, _) => {
                let misused = ExprErrorKind::MisusedFunction(function.name());
                self.note(Stage::Operands, misused, start.start);
                Operand::Path(Path::attribute(""))
            }
        })
    }
}

fn comparator(kind: TokenKind) -> Option<Comparator> {
    Some(match kind {
        TokenKind::Equal => Comparator::Equal,
        TokenKind::NotEqual => Comparator::NotEqual,
        TokenKind::Less => Comparator::Less,
        TokenKind::LessOrEqual => Comparator::LessOrEqual,
        TokenKind::Greater => Comparator::Greater,
        TokenKind::GreaterOrEqual => Comparator::GreaterOrEqual,
        _ => return None,
    })
}

/// The type that an operand names. One that names none has been noted as a fault.
fn named_type(operand: &Operand) -> Type {
    match operand {
        Operand::Value(value) => match &**value {
            AttributeValue::S(name) => Type::from_name(name).unwrap_or(Type::Null),
            _ => Type::Null,
        },
        _ => Type::Null,
    }
}
