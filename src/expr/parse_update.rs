//! Update expressions from their text.
//!
//! ```text
//! update  = section { section }          each keyword once, in any order
//! section = SET set { , set } | REMOVE path { , path }
//!         | ADD path :value { , path :value } | DELETE path :value { , path :value }
//! set     = path = ( operand [ + operand | - operand ] )
//! operand = path | :value | function ( operands )
//! ```

use super::{
    ExprErrorKind, ExpressionKind, Placeholders, Update,
    ast::{Action, Change, Function, Section, SetOperand, SetValue},
    check,
    parser::{Parser, Result, Stage},
    token::{Token, TokenKind},
};
use crate::value::Type;

const KEYWORDS: &[&str] = &["SET", "REMOVE", "ADD", "DELETE"];

/// Parses an update and checks all that can be without an item.
///
/// # Errors
///
/// The error the service would name.
pub fn parse_update(text: &str, placeholders: &mut Placeholders) -> Result<Update> {
    let mut parser = Parser::new(ExpressionKind::Update, text, KEYWORDS, placeholders)?;
    let mut actions = Vec::new();
    let mut seen: Vec<Section> = Vec::new();
    loop {
        let start = parser.current().start;
        let section = parser.section()?;
        loop {
            actions.push(parser.action(section)?);
            if !parser.accept(TokenKind::Comma) {
                break;
            }
        }
        if seen.contains(&section) {
            parser.note(Stage::Sections, ExprErrorKind::SectionTwice(section), start);
        }
        seen.push(section);
        if parser.at(TokenKind::End) {
            break;
        }
    }
    if let Err(kind) = check::paths(actions.iter().map(|action| &action.path)) {
        parser.note(Stage::Paths, kind, 0);
    }
    let actions = parser.finish(actions)?;
    Ok(Update::new(actions))
}

/// The right side of SET, and whether it is `a + b` or `a - b`, or all in parentheses.
struct Right {
    value: SetValue,
    grouped: bool,
}

impl Parser<'_, '_> {
    fn section(&mut self) -> Result<Section> {
        let word = self.keyword();
        let section = Section::ALL.into_iter().find(|section| Some(section.name()) == word);
        let section = section.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(section)
    }

    fn action(&mut self, section: Section) -> Result<Action> {
        let path = self.path()?;
        let change = match section {
            Section::Remove => Change::Remove,
            Section::Set => {
                self.expect(TokenKind::Equal)?;
                Change::Set(self.set_value()?.value)
            }
            Section::Add | Section::Delete => {
                let start = self.current().start;
                let value = self.value()?;
                self.check(check::action(section, value.kind()), start);
                if section == Section::Add { Change::Add(value) } else { Change::Delete(value) }
            }
        };
        Ok(Action { path, change })
    }

    fn set_value(&mut self) -> Result<Right> {
        let start = self.current().start;
        let left = self.set_side()?;
        let operator = self.current();
        let symbol = match operator.kind {
            TokenKind::Plus => "+",
            TokenKind::Minus => "-",
            _ => return Ok(left),
        };
        // One operator a value: `(a + b) + c` is as wrong as `a + b + c` (aws-facts 4.6).
        let SetValue::Plain(left) = left.value else { return Err(self.unexpected()) };
        self.advance();
        self.operator(operator);
        let right = self.set_operand()?;
        self.check(check::set_operands(symbol, Type::N, [&left, &right]), start);
        let value = match operator.kind {
            TokenKind::Plus => SetValue::Plus(left, right),
            _ => SetValue::Minus(left, right),
        };
        Ok(Right { value, grouped: false })
    }

    /// An operand, or parentheses around an operand or sum.
    fn set_side(&mut self) -> Result<Right> {
        if !self.at(TokenKind::Open) {
            let value = SetValue::Plain(self.set_operand()?);
            return Ok(Right { value, grouped: false });
        }
        let open = self.advance();
        self.open()?;
        let inner = self.set_value()?;
        self.close()?;
        if inner.grouped {
            self.note(Stage::Parentheses, ExprErrorKind::RedundantParentheses, open.start);
        }
        Ok(Right { grouped: true, ..inner })
    }

    fn set_operand(&mut self) -> Result<SetOperand> {
        if self.at(TokenKind::Open) {
            let right = self.set_side()?;
            return match right.value {
                SetValue::Plain(operand) => Ok(operand),
                // A sum inside a sum or a call: what follows it cannot be right.
                _ => Err(self.unexpected()),
            };
        }
        if self.at_function() {
            return self.set_function();
        }
        match self.at(TokenKind::ValueRef) {
            true => self.value().map(SetOperand::Value),
            false => self.path().map(SetOperand::Path),
        }
    }

    fn set_function(&mut self) -> Result<SetOperand> {
        let name = self.advance();
        self.operator(name);
        self.advance();
        self.open()?;
        let mut operands = vec![self.set_operand()?];
        while self.accept(TokenKind::Comma) {
            operands.push(self.set_operand()?);
        }
        self.close()?;
        Ok(self.set_call(name, operands))
    }

    fn set_call(&mut self, name: Token, operands: Vec<SetOperand>) -> SetOperand {
        let text = self.text(name);
        let count = operands.len();
        let mut operands = operands.into_iter();
        let (stage, fault) = match (Function::from_name(text), operands.next(), operands.next()) {
            (Some(function), Some(first), Some(second)) if function.updates() && count == 2 => {
                match (function, first) {
                    (Function::IfNotExists, SetOperand::Path(path)) => {
                        return SetOperand::IfNotExists(path, Box::new(second));
                    }
                    (Function::ListAppend, first) => {
                        let checked =
                            check::set_operands(function.name(), Type::L, [&first, &second]);
                        self.check(checked, name.start);
                        return SetOperand::ListAppend(Box::new(first), Box::new(second));
                    }
                    _ => (Stage::Operands, ExprErrorKind::PathRequired(function.name())),
                }
            }
            (Some(function), ..) if function.updates() => {
                (Stage::Operands, ExprErrorKind::OperandCount(function.name(), count))
            }
            (Some(function), ..) => {
                (Stage::Functions, ExprErrorKind::ForeignFunction(function.name()))
            }
            (None, ..) => (Stage::Functions, ExprErrorKind::UnknownFunction(text.to_owned())),
        };
        self.note(stage, fault, name.start);
        SetOperand::Path(crate::value::Path::attribute(""))
    }
}
