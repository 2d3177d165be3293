//! What every expression's parser needs: the tokens around the place it is at, names and values
//! behind placeholders, paths, and a record of what is wrong besides the syntax.
//!
//! A syntax error stops parsing at once. Everything else is only noted: the text is read to its
//! end first, because a syntax error further on wins, and of several faults the service names the
//! one whose [`Stage`] comes first, and in it the first as written.

use std::{ops::Range, sync::Arc};

use super::{
    ExprError, ExprErrorKind, ExpressionKind, Placeholders,
    reserved::is_reserved,
    token::{Lexer, Token, TokenKind},
};
use crate::value::{AttributeValue, Path, Step};

/// The largest expression in bytes, before placeholders are replaced (aws-facts 4.1).
const MAX_SIZE: usize = 4_096;
/// How many operators and functions an expression may have (the service's documented limit).
const MAX_OPERATORS: usize = 300;
/// How deep parentheses may nest. Deeper ones are redundant or hold too many operators, and
/// parsing recurses.
const MAX_DEPTH: usize = 100;
/// The largest list index that is read; an item cannot hold a list so long.
const MAX_INDEX: usize = i32::MAX as usize;

pub(super) type Result<T> = std::result::Result<T, ExprError>;

/// What the service checks one after another once the syntax is right (aws-facts 1.8, PutItem
/// step 9; where functions and sections stand is inferred).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Parentheses,
    Functions,
    Reserved,
    Sections,
    /// Placeholders and operands, in the order written: an undefined one stops the check of what
    /// follows (aws-facts 5.1).
    Operands,
    Paths,
}

/// Whether an expression is small enough to be read.
///
/// # Errors
///
/// When it is larger than any may be.
pub fn check_size(kind: ExpressionKind, text: &str) -> Result<()> {
    match text.len() {
        size if size > MAX_SIZE => {
            Err(ExprError::new(ExprErrorKind::TooLarge(size), kind, 0..size))
        }
        _ => Ok(()),
    }
}

pub(super) struct Parser<'t, 'p> {
    lexer: Lexer<'t>,
    previous: Option<Token>,
    current: Token,
    next: Token,
    kind: ExpressionKind,
    /// Words that are no names here.
    keywords: &'static [&'static str],
    placeholders: &'p mut Placeholders,
    noted: Option<(Stage, ExprError)>,
    operators: usize,
    depth: usize,
}

impl<'t, 'p> Parser<'t, 'p> {
    pub(super) fn new(
        kind: ExpressionKind,
        text: &'t str,
        keywords: &'static [&'static str],
        placeholders: &'p mut Placeholders,
    ) -> Result<Self> {
        let error = |fault| Err(ExprError::new(fault, kind, 0..text.len()));
        if text.is_empty() {
            return error(ExprErrorKind::Empty);
        }
        check_size(kind, text)?;
        let mut lexer = Lexer::new(text);
        let (current, next) = (lexer.token(), lexer.token());
        Ok(Self {
            lexer,
            previous: None,
            current,
            next,
            kind,
            keywords,
            placeholders,
            noted: None,
            operators: 0,
            depth: 0,
        })
    }

    /// Ends the parsing: nothing may follow, and nothing may have been noted.
    pub(super) fn finish<T>(self, parsed: T) -> Result<T> {
        if !self.at(TokenKind::End) {
            return Err(self.unexpected());
        }
        self.noted.map_or(Ok(parsed), |(_, error)| Err(error))
    }

    pub(super) fn at(&self, kind: TokenKind) -> bool {
        self.current.kind == kind
    }

    pub(super) fn current(&self) -> Token {
        self.current
    }

    pub(super) fn text(&self, token: Token) -> &'t str {
        &self.lexer.text()[token.span()]
    }

    pub(super) fn advance(&mut self) -> Token {
        let passed = self.current;
        self.previous = Some(passed);
        self.current = self.next;
        self.next = self.lexer.token();
        passed
    }

    /// Passes a token of that kind if it is the current one.
    pub(super) fn accept(&mut self, kind: TokenKind) -> bool {
        let here = self.at(kind);
        if here {
            self.advance();
        }
        here
    }

    pub(super) fn expect(&mut self, kind: TokenKind) -> Result<()> {
        if self.accept(kind) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// The keyword that the current token is.
    pub(super) fn keyword(&self) -> Option<&'static str> {
        let text = self.text(self.current);
        let spelled = |word: &&&str| word.eq_ignore_ascii_case(text);
        if self.at(TokenKind::Name) { self.keywords.iter().find(spelled).copied() } else { None }
    }

    /// Passes that keyword if it is the current token.
    pub(super) fn accept_keyword(&mut self, word: &str) -> bool {
        let here = self.keyword() == Some(word);
        if here {
            self.advance();
        }
        here
    }

    /// Whether a function call begins here.
    pub(super) fn at_function(&self) -> bool {
        self.at(TokenKind::Name) && self.next.kind == TokenKind::Open && self.keyword().is_none()
    }

    /// The error of a token that cannot stand here, with its neighbours as sent
    /// (aws-facts 4.2, eu-west-2 and us-east-1 2026-10-09).
    pub(super) fn unexpected(&self) -> ExprError {
        let text = self.lexer.text();
        let around = |from: Token, to: Token| text[from.start..to.end].to_owned();
        let before = self.previous.unwrap_or(self.current);
        let (token, near) = match (self.current.kind, self.previous, self.next.kind) {
            (TokenKind::End, None, _) => ("<EOF>", text.to_owned()),
            (TokenKind::End, Some(last), _) => ("<EOF>", around(last, last)),
            (_, _, TokenKind::End) => (self.text(self.current), around(before, self.current)),
            _ => (self.text(self.current), around(before, self.next)),
        };
        let kind = ExprErrorKind::Syntax { token: token.to_owned(), near };
        ExprError::new(kind, self.kind, self.current.span())
    }

    /// Notes what is wrong with the text from `start` to here.
    pub(super) fn note(&mut self, stage: Stage, kind: ExprErrorKind, start: usize) {
        let end = self.previous.map_or(start, |token| token.end);
        self.note_at(stage, kind, start..end.max(start));
    }

    fn note_at(&mut self, stage: Stage, kind: ExprErrorKind, span: Range<usize>) {
        if self.noted.as_ref().is_none_or(|(known, _)| stage < *known) {
            self.noted = Some((stage, ExprError::new(kind, self.kind, span)));
        }
    }

    /// Notes the fault that a check of operands found.
    pub(super) fn check(&mut self, checked: std::result::Result<(), ExprErrorKind>, start: usize) {
        if let Err(kind) = checked {
            self.note(Stage::Operands, kind, start);
        }
    }

    /// Counts an operator or function.
    pub(super) fn operator(&mut self, at: Token) {
        self.operators += 1;
        if self.operators == MAX_OPERATORS + 1 {
            let kind = ExprErrorKind::TooManyOperators(self.operators);
            self.note_at(Stage::Operands, kind, at.span());
        }
    }

    /// Goes into parentheses.
    pub(super) fn open(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let too_many = ExprErrorKind::TooManyOperators(MAX_OPERATORS + 1);
        self.note_at(Stage::Operands, too_many, self.current.span());
        if self.at(TokenKind::Open) {
            self.note_at(
                Stage::Parentheses,
                ExprErrorKind::RedundantParentheses,
                self.current.span(),
            );
        }
        Err(self.noted.take().map_or_else(|| self.unexpected(), |(_, error)| error))
    }

    /// Comes out of them.
    pub(super) fn close(&mut self) -> Result<()> {
        self.depth -= 1;
        self.expect(TokenKind::Close)
    }

    /// A value placeholder.
    pub(super) fn value(&mut self) -> Result<Arc<AttributeValue>> {
        if !self.at(TokenKind::ValueRef) {
            return Err(self.unexpected());
        }
        let token = self.advance();
        let key = self.text(token);
        Ok(self.placeholders.value(key).unwrap_or_else(|| {
            let kind = ExprErrorKind::UndefinedValue(key.to_owned());
            self.note_at(Stage::Operands, kind, token.span());
            Arc::new(AttributeValue::Null)
        }))
    }

    /// A document path.
    pub(super) fn path(&mut self) -> Result<Path> {
        let mut path = Path::attribute(self.path_name()?);
        loop {
            if self.accept(TokenKind::Dot) {
                path.steps.push(Step::Name(self.path_name()?));
            } else if self.accept(TokenKind::OpenBracket) {
                path.steps.push(Step::Index(self.index()?));
                self.expect(TokenKind::CloseBracket)?;
            } else {
                return Ok(path);
            }
        }
    }

    fn path_name(&mut self) -> Result<String> {
        match self.current.kind {
            TokenKind::Name if self.keyword().is_none() => {
                let token = self.advance();
                let name = self.text(token);
                if is_reserved(name) {
                    let kind = ExprErrorKind::ReservedWord(name.to_owned());
                    self.note_at(Stage::Reserved, kind, token.span());
                }
                Ok(name.to_owned())
            }
            TokenKind::NameRef => {
                let token = self.advance();
                let key = self.text(token);
                if let Some(name) = self.placeholders.name(key) {
                    return Ok(name.to_owned());
                }
                let kind = ExprErrorKind::UndefinedName(key.to_owned());
                self.note_at(Stage::Operands, kind, token.span());
                Ok(String::new())
            }
            _ => Err(self.unexpected()),
        }
    }

    fn index(&mut self) -> Result<usize> {
        if !self.at(TokenKind::Index) {
            return Err(self.unexpected());
        }
        let token = self.advance();
        let digits = self.text(token);
        let index = digits.parse().ok().filter(|index| *index <= MAX_INDEX);
        Ok(index.unwrap_or_else(|| {
            let kind = ExprErrorKind::IndexOutOfRange(digits.to_owned());
            self.note_at(Stage::Operands, kind, token.span());
            MAX_INDEX
        }))
    }
}
