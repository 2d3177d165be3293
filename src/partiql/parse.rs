//! Statements from their text, by precedence climbing.
//!
//! The order in which things are expected is that of the published PartiQL parser, which the
//! service's syntax errors follow one by one (aws-facts 10.4); what was captured of none of them
//! is inferred from it.

use super::{
    ast::{Expr, ExprKind, Name, PathStep, TypeName},
    error::{Error, Place},
    token::{self, Kind, Token},
    word,
};

pub(super) type Result<T> = std::result::Result<T, Error>;

/// How deep expressions may stand in each other. Eight thousand parentheses are a failure of the
/// service (aws-facts 10.5); where it begins is not known.
const MOST_LEVELS: usize = 100;

/// NOT binds looser than comparisons, closer than AND.
const NOT: usize = 30;

/// Reads one statement.
pub(super) fn parse(text: &str) -> Result<(Expr, usize)> {
    let tokens = token::tokens(text)?;
    let mut parser = Parser { tokens, at: 0, levels: 0, parameters: 0, select_call: None };
    let read = parser.statement();
    // Told before all that is wrong elsewhere (aws-facts 10.6).
    if let Some(place) = parser.select_call {
        return Err(Error::PathComponent(place));
    }
    Ok((read?, parser.parameters))
}

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    levels: usize,
    parameters: usize,
    /// A call in a SELECT list.
    pub(super) select_call: Option<Place>,
}

pub(super) fn syntax<T>(text: &str) -> Result<T> {
    Err(Error::Syntax(text.to_owned()))
}

impl Parser {
    fn statement(&mut self) -> Result<Expr> {
        let read = self.expression(0)?;
        if self.accept(Kind::Semicolon) {
            return match self.at(Kind::End) {
                true => Ok(read),
                false => syntax("Unexpected token after semicolon. (Only one query is allowed.)"),
            };
        }
        match self.at(Kind::End) {
            true => Ok(read),
            false => syntax("Unexpected token after expression"),
        }
    }

    pub(super) fn current(&self) -> &Token {
        // The last token is the end, which nothing passes.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn at(&self, kind: Kind) -> bool {
        self.current().kind == kind
    }

    pub(super) fn at_keyword(&self, keyword: &str) -> bool {
        let current = self.current();
        matches!(current.kind, Kind::Keyword | Kind::Operator) && current.text == keyword
    }

    fn next_is(&self, kind: Kind) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|token| token.kind == kind)
    }

    pub(super) fn next_is_word(&self, word: &str) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|token| {
            matches!(token.kind, Kind::Keyword | Kind::Operator | Kind::Null | Kind::Missing)
                && token.text == word
        })
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.current().clone();
        self.at += 1;
        token
    }

    pub(super) fn accept(&mut self, kind: Kind) -> bool {
        let found = self.at(kind);
        self.at += usize::from(found);
        found
    }

    pub(super) fn accept_keyword(&mut self, keyword: &str) -> bool {
        let found = self.at_keyword(keyword);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, kind: Kind, name: &str) -> Result<()> {
        match self.accept(kind) {
            true => Ok(()),
            false => syntax(&format!("Expected {name}")),
        }
    }

    pub(super) fn expression(&mut self, above: usize) -> Result<Expr> {
        self.levels += 1;
        if self.levels > MOST_LEVELS {
            return Err(Error::TooDeep);
        }
        let mut left = self.unary()?;
        let mut joined = 0;
        while let Some((symbol, binds)) = self.infix().filter(|(_, binds)| *binds > above) {
            // A chain of AND or OR is no nesting; one of other operators is.
            joined += usize::from(!matches!(symbol, "AND" | "OR"));
            if joined > MOST_LEVELS {
                return Err(Error::TooDeep);
            }
            left = self.joined(left, symbol, binds)?;
        }
        self.levels -= 1;
        Ok(left)
    }

    /// The operator that follows, if one does, and how close it binds.
    fn infix(&self) -> Option<(&'static str, usize)> {
        let current = self.current();
        Some(match (current.kind, &*current.text) {
            (Kind::Operator, "or") => ("OR", 10),
            (Kind::Operator, "and") => ("AND", 20),
            (Kind::Operator, "=") => ("=", 40),
            (Kind::Operator, "<>") => ("<>", 40),
            (Kind::Operator, "is") => ("IS", 40),
            (Kind::Operator, "in") => ("IN", 40),
            (Kind::Operator, "not") if self.next_is_word("in") => ("NOT IN", 40),
            (Kind::Operator, "<") => ("<", 50),
            (Kind::Operator, "<=") => ("<=", 50),
            (Kind::Operator, ">") => (">", 50),
            (Kind::Operator, ">=") => (">=", 50),
            (Kind::Operator, "between") => ("BETWEEN", 50),
            (Kind::Operator, "like") => ("LIKE", 50),
            (Kind::Operator, "not") if self.next_is_word("between") => ("NOT BETWEEN", 50),
            (Kind::Operator, "not") if self.next_is_word("like") => ("NOT LIKE", 50),
            (Kind::Operator, "||") => ("||", 60),
            (Kind::Operator, "+") => ("+", 70),
            (Kind::Operator, "-") => ("-", 70),
            (Kind::Star, _) => ("*", 80),
            (Kind::Operator, "/") => ("/", 80),
            (Kind::Operator, "%") => ("%", 80),
            _ => return None,
        })
    }

    fn joined(&mut self, left: Expr, symbol: &'static str, binds: usize) -> Result<Expr> {
        let place = self.advance().place;
        let negated = symbol.starts_with("NOT ") || (symbol == "IS" && self.at_keyword("not"));
        if negated {
            self.advance();
        }
        let operand = Box::new(left);
        if symbol == "IS" {
            let kind = self.type_name()?;
            return Ok(Expr { place, kind: ExprKind::Is { operand, kind, negated } });
        }
        if self.at(Kind::End) {
            return syntax("Missing right-hand side expression of infix operator");
        }
        let kind = match symbol {
            "IN" | "NOT IN" => {
                let list = Box::new(self.list_of_in(binds)?);
                ExprKind::In { operand, list, negated }
            }
            "BETWEEN" | "NOT BETWEEN" => {
                let lower = Box::new(self.expression(binds)?);
                if !self.accept_keyword("and") {
                    return syntax("Expected AND keyword");
                }
                if self.at_end() {
                    return syntax("Expected expression after AND");
                }
                let upper = Box::new(self.expression(binds)?);
                ExprKind::Between { operand, lower, upper, negated }
            }
            "LIKE" | "NOT LIKE" => {
                self.expression(binds)?;
                ExprKind::Like
            }
            _ => ExprKind::Binary(operand, symbol, Box::new(self.expression(binds)?)),
        };
        Ok(Expr { place, kind })
    }

    fn at_end(&self) -> bool {
        self.at(Kind::End) || (self.at(Kind::Semicolon) && self.next_is(Kind::End))
    }

    /// The right side of IN: parentheses make a list of any number of values.
    fn list_of_in(&mut self, binds: usize) -> Result<Expr> {
        if !self.at(Kind::Open) || self.next_is_word("select") {
            return self.expression(binds);
        }
        let place = self.advance().place;
        let values = self.comma_list(Kind::Close, "RIGHT_PAREN")?;
        Ok(Expr { place, kind: ExprKind::List(values) })
    }

    fn unary(&mut self) -> Result<Expr> {
        let current = self.current();
        let symbol = match (current.kind, &*current.text) {
            (Kind::Operator, "-") => "-",
            (Kind::Operator, "+") => "+",
            (Kind::Operator, "not") => "NOT",
            _ => return self.path_term(),
        };
        let place = self.advance().place;
        if symbol == "NOT" {
            let inner = Box::new(self.expression(NOT)?);
            return Ok(Expr { place, kind: ExprKind::Unary("NOT", inner) });
        }
        self.levels += 1;
        if self.levels > MOST_LEVELS {
            return Err(Error::TooDeep);
        }
        let inner = self.unary()?;
        self.levels -= 1;
        // A sign before a number is part of it.
        let kind = match inner.kind {
            ExprKind::Number(text) => ExprKind::Number(match (symbol, text.strip_prefix('-')) {
                ("+", _) => text,
                (_, Some(positive)) => positive.to_owned(),
                (_, None) => format!("-{text}"),
            }),
            _ => ExprKind::Unary(symbol, Box::new(inner)),
        };
        Ok(Expr { place, kind })
    }

    fn path_term(&mut self) -> Result<Expr> {
        let start = self.term()?;
        self.steps(start)
    }

    /// A path that begins with a name: what is read or changed.
    pub(super) fn simple_path(&mut self) -> Result<Expr> {
        if !matches!(self.current().kind, Kind::Name | Kind::Quoted) {
            return syntax("Expected identifier for simple path");
        }
        let start = self.name();
        self.steps(start)
    }

    fn steps(&mut self, start: Expr) -> Result<Expr> {
        let mut steps = Vec::new();
        loop {
            if self.accept(Kind::Dot) {
                let token = self.advance();
                steps.push(match token.kind {
                    Kind::Name | Kind::Quoted => PathStep::Name(token.text),
                    Kind::Star => PathStep::Every(token.place),
                    _ => return syntax("Invalid path dot component"),
                });
            } else if self.accept(Kind::OpenBracket) {
                let place = self.current().place;
                steps.push(match self.accept(Kind::Star) {
                    true => PathStep::Every(place),
                    false => PathStep::Index(self.expression(0)?),
                });
                self.expect(Kind::CloseBracket, "RIGHT_BRACKET")?;
            } else {
                break;
            }
        }
        let place = start.place;
        Ok(match steps.is_empty() {
            true => start,
            false => Expr { place, kind: ExprKind::Path(Box::new(start), steps) },
        })
    }

    fn name(&mut self) -> Expr {
        let token = self.advance();
        let name = Name { quoted: token.kind == Kind::Quoted, text: token.text };
        Expr { place: token.place, kind: ExprKind::Name(name) }
    }

    fn term(&mut self) -> Result<Expr> {
        let place = self.current().place;
        let kind = match self.current().kind {
            Kind::Operator => return syntax("Unexpected operator"),
            Kind::Keyword => return self.keyword_term(),
            Kind::Name | Kind::Quoted => {
                if self.next_is(Kind::Open) {
                    return self.call();
                }
                return Ok(self.name());
            }
            Kind::Open => {
                self.advance();
                let mut group = self.comma_list(Kind::Close, "RIGHT_PAREN")?;
                match (group.pop(), group.is_empty()) {
                    (Some(only), true) => return Ok(only),
                    (last, _) => {
                        group.extend(last);
                        ExprKind::List(group)
                    }
                }
            }
            Kind::OpenBracket => {
                self.advance();
                match self.accept(Kind::CloseBracket) {
                    true => ExprKind::List(Vec::new()),
                    false => ExprKind::List(self.comma_list(Kind::CloseBracket, "RIGHT_BRACKET")?),
                }
            }
            Kind::OpenBag => {
                self.advance();
                match self.accept(Kind::CloseBag) {
                    true => ExprKind::Bag(Vec::new()),
                    false => ExprKind::Bag(
                        self.comma_list(Kind::CloseBag, "RIGHT_DOUBLE_ANGLE_BRACKET")?,
                    ),
                }
            }
            Kind::OpenCurly => ExprKind::Struct(self.fields()?),
            Kind::Question => {
                self.advance();
                self.parameters += 1;
                ExprKind::Parameter(self.parameters - 1)
            }
            Kind::Text => ExprKind::Text(self.advance().text),
            Kind::Number => ExprKind::Number(self.advance().text),
            Kind::Ion => ExprKind::Ion(self.advance().text),
            Kind::True | Kind::False => ExprKind::Bool(self.advance().kind == Kind::True),
            Kind::Null => {
                self.advance();
                ExprKind::Null
            }
            Kind::Missing => {
                self.advance();
                ExprKind::Missing
            }
            _ => return syntax("Unexpected term"),
        };
        Ok(Expr { place, kind })
    }

    fn keyword_term(&mut self) -> Result<Expr> {
        match &*self.current().text {
            "select" => self.select(),
            "insert" if self.next_is_word("into") => self.insert(),
            "set" | "remove" => self.assignments_alone(),
            "update" => self.update(),
            "delete" => self.delete(),
            "from" => self.update_from(),
            "case" => self.case(),
            word if word::is_called(word) && self.next_is(Kind::Open) => self.call(),
            _ => syntax("Unexpected keyword"),
        }
    }

    fn call(&mut self) -> Result<Expr> {
        let name = self.advance();
        self.advance();
        let arguments = if self.accept(Kind::Close) {
            Vec::new()
        } else if self.accept(Kind::Star) {
            self.expect(Kind::Close, "RIGHT_PAREN")?;
            Vec::new()
        } else {
            self.comma_list(Kind::Close, "RIGHT_PAREN")?
        };
        let kind = ExprKind::Call(name.text.to_ascii_lowercase(), arguments);
        Ok(Expr { place: name.place, kind })
    }

    fn comma_list(&mut self, close: Kind, name: &str) -> Result<Vec<Expr>> {
        let mut list = vec![self.expression(0)?];
        while self.accept(Kind::Comma) {
            list.push(self.expression(0)?);
        }
        self.expect(close, name)?;
        Ok(list)
    }

    fn fields(&mut self) -> Result<Vec<(Expr, Expr)>> {
        self.advance();
        let mut fields = Vec::new();
        if self.accept(Kind::CloseCurly) {
            return Ok(fields);
        }
        loop {
            let name = self.expression(0)?;
            self.expect(Kind::Colon, "COLON")?;
            fields.push((name, self.expression(0)?));
            if !self.accept(Kind::Comma) {
                self.expect(Kind::CloseCurly, "RIGHT_CURLY")?;
                return Ok(fields);
            }
        }
    }

    fn case(&mut self) -> Result<Expr> {
        let place = self.advance().place;
        let simple = !self.at_keyword("when");
        if simple {
            self.expression(0)?;
        }
        if !self.at_keyword("when") {
            return syntax("Expected a WHEN clause in CASE");
        }
        while self.accept_keyword("when") {
            self.expression(0)?;
            if !self.accept_keyword("then") {
                return syntax("Expected THEN keyword");
            }
            self.expression(0)?;
        }
        if self.accept_keyword("else") {
            self.expression(0)?;
        }
        match self.accept_keyword("end") {
            true => Ok(Expr { place, kind: ExprKind::Case { simple } }),
            false => syntax("Expected END keyword"),
        }
    }

    /// The type after IS.
    fn type_name(&mut self) -> Result<TypeName> {
        let current = self.current();
        if !matches!(current.kind, Kind::Keyword | Kind::Null | Kind::Missing) {
            return syntax("Expected type name");
        }
        let name = match &*current.text {
            "double" if self.next_is_word("precision") => {
                self.advance();
                "DoublePrecisionType"
            }
            "character" if self.next_is_word("varying") => {
                self.advance();
                "CharacterVaryingType"
            }
            word => match TYPES.iter().find(|(known, _)| *known == word) {
                Some((_, name)) => name,
                None => return syntax("Expected type name"),
            },
        };
        self.advance();
        if self.accept(Kind::Open) {
            self.comma_list(Kind::Close, "RIGHT_PAREN")?;
        }
        Ok(TypeName(name))
    }
}

/// The types there are in PartiQL, and how the service calls those it does not have
/// (aws-facts 10.7).
const TYPES: &[(&str, &str)] = &[
    ("missing", "MISSING"),
    ("null", "NULL"),
    ("boolean", "BOOLEAN"),
    ("bool", "BOOLEAN"),
    ("blob", "BLOB"),
    ("string", "STRING"),
    ("numeric", "NUMERIC"),
    ("struct", "STRUCT"),
    ("tuple", "TUPLE"),
    ("list", "LIST"),
    ("int", "IntegerType"),
    ("integer", "IntegerType"),
    ("integer2", "SmallintType"),
    ("smallint", "SmallintType"),
    ("integer4", "Integer4Type"),
    ("integer8", "Integer8Type"),
    ("bigint", "Integer8Type"),
    ("float", "FloatType"),
    ("real", "RealType"),
    ("decimal", "DecimalType"),
    ("dec", "DecimalType"),
    ("timestamp", "TimestampType"),
    ("date", "DateType"),
    ("time", "TimeType"),
    ("character", "CharacterType"),
    ("char", "CharacterType"),
    ("varchar", "CharacterVaryingType"),
    ("symbol", "SymbolType"),
    ("clob", "ClobType"),
    ("sexp", "SexpType"),
    ("bag", "BagType"),
    ("any", "AnyType"),
];
