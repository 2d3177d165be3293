//! The clauses of statements.

use super::{
    ast::{Assignment, Change, Expr, ExprKind, From, Returned, Select, Unsupported},
    error::{Error, Place},
    parse::{Parser, Result, syntax},
    token::Kind,
};

/// Clauses that PartiQL has and DynamoDB has not, in the order in which they may follow WHERE.
const GROUPING: [(&str, &str); 2] = [("group", "GROUP BY"), ("having", "HAVING")];

impl Parser {
    pub(super) fn select(&mut self) -> Result<Expr> {
        let place = self.advance().place;
        let mut other = None;
        if self.accept_keyword("distinct") {
            other = Some(Unsupported::Distinct);
        } else if self.accept_keyword("value") {
            other = Some(Unsupported::Value);
        }
        let list = match self.accept(Kind::Star) {
            true => None,
            false => Some(self.select_list()?),
        };
        if !self.accept_keyword("from") {
            return syntax("Expected FROM after SELECT list");
        }
        let from = self.from(false)?;
        let filter = self.filter()?;
        for (keyword, name) in GROUPING {
            if self.accept_keyword(keyword) {
                let grouped = self.accept_keyword("by");
                let place = self.list_of_terms()?;
                let place = (!grouped).then_some(place);
                other = other.or(Some(Unsupported::Clause(name, place)));
            }
        }
        let order = self.order()?;
        if self.accept_keyword("limit") {
            let place = self.expression(0)?.place;
            other = other.or(Some(Unsupported::Clause("LIMIT", Some(place))));
        }
        let select = Select { list, from, filter, order, other };
        Ok(Expr { place, kind: ExprKind::Select(Box::new(select)) })
    }

    fn select_list(&mut self) -> Result<Vec<(Expr, bool)>> {
        let mut list = Vec::new();
        loop {
            if self.at_keyword("from") {
                return syntax(
                    "Expected identifier or an expression but found unexpected keyword 'from' in \
                     a select list.",
                );
            }
            let item = self.expression(0)?;
            if matches!(item.kind, ExprKind::Call(..)) {
                self.select_call = self.select_call.or(Some(item.place));
            }
            let aliased = self.alias();
            list.push((item, aliased));
            if !self.accept(Kind::Comma) {
                return Ok(list);
            }
        }
    }

    /// `AS name`, or a name alone.
    fn alias(&mut self) -> bool {
        let is_as = self.accept_keyword("as");
        let named = matches!(self.current().kind, Kind::Name | Kind::Quoted);
        if named {
            self.advance();
        }
        is_as || named
    }

    /// A table or index.
    fn from(&mut self, simple: bool) -> Result<From> {
        let source = if simple { self.simple_path()? } else { self.expression(0)? };
        let aliased = self.alias();
        let mut joined = false;
        while !simple && self.accept(Kind::Comma) {
            self.expression(0)?;
            self.alias();
            joined = true;
        }
        Ok(From { source, aliased, joined })
    }

    fn filter(&mut self) -> Result<Option<Expr>> {
        match self.accept_keyword("where") {
            true => self.expression(0).map(Some),
            false => Ok(None),
        }
    }

    /// Terms of which only the place of the first matters.
    fn list_of_terms(&mut self) -> Result<Place> {
        let place = self.expression(0)?.place;
        while self.accept(Kind::Comma) {
            self.expression(0)?;
        }
        Ok(place)
    }

    /// The terms of ORDER BY, and whether each goes down.
    fn order(&mut self) -> Result<Vec<(Expr, bool)>> {
        if !self.at_keyword("order") {
            return Ok(Vec::new());
        }
        self.advance();
        if !self.accept_keyword("by") {
            return syntax("Expected BY after ORDER");
        }
        let mut order = Vec::new();
        loop {
            let term = self.expression(0)?;
            let down = self.accept_keyword("desc");
            if !down {
                self.accept_keyword("asc");
            }
            if self.accept_keyword("nulls")
                && !self.accept_keyword("first")
                && !self.accept_keyword("last")
            {
                return syntax("Expected FIRST OR LAST after NULLS");
            }
            order.push((term, down));
            if !self.accept(Kind::Comma) {
                return Ok(order);
            }
        }
    }

    pub(super) fn insert(&mut self) -> Result<Expr> {
        let place = self.advance().place;
        self.advance();
        let source = self.simple_path()?;
        let into = From { source, aliased: false, joined: false };
        let single = self.accept_keyword("value");
        let value = self.expression(0)?;
        Ok(change(place, Change::Insert { into, value, single }))
    }

    pub(super) fn update(&mut self) -> Result<Expr> {
        let place = self.advance().place;
        let from = self.from(true)?;
        let (sets, removes) = self.assignments()?;
        let filter = self.filter()?;
        let returning = self.returning()?;
        Ok(change(place, Change::Update { from: Some(from), sets, removes, filter, returning }))
    }

    /// `FROM table WHERE ... SET ...`
    pub(super) fn update_from(&mut self) -> Result<Expr> {
        let place = self.advance().place;
        let from = self.from(false)?;
        let filter = self.filter()?;
        let (sets, removes) = self.assignments()?;
        let returning = self.returning()?;
        Ok(change(place, Change::Update { from: Some(from), sets, removes, filter, returning }))
    }

    /// SET and REMOVE without a table.
    pub(super) fn assignments_alone(&mut self) -> Result<Expr> {
        let place = self.current().place;
        let (sets, removes) = self.assignments()?;
        let filter = self.filter()?;
        let returning = self.returning()?;
        Ok(change(place, Change::Update { from: None, sets, removes, filter, returning }))
    }

    fn assignments(&mut self) -> Result<(Vec<Assignment>, Vec<Expr>)> {
        let (mut sets, mut removes) = (Vec::new(), Vec::new());
        loop {
            if self.accept_keyword("set") {
                loop {
                    let path = self.simple_path()?;
                    if !self.accept_keyword("=") {
                        return syntax("Expected '='");
                    }
                    sets.push(Assignment { path, value: self.expression(0)? });
                    if !self.accept(Kind::Comma) {
                        break;
                    }
                }
            } else if self.accept_keyword("remove") {
                removes.push(self.simple_path()?);
            } else if sets.is_empty() && removes.is_empty() {
                return syntax("Expected data manipulation");
            } else {
                return Ok((sets, removes));
            }
        }
    }

    pub(super) fn delete(&mut self) -> Result<Expr> {
        let place = self.advance().place;
        if !self.accept_keyword("from") {
            return syntax("Expected FROM after DELETE");
        }
        let from = self.from(true)?;
        let filter = self.filter()?;
        let returning = self.returning()?;
        Ok(change(place, Change::Delete { from, filter, returning }))
    }

    /// RETURNING; the sentences are those of the published parser (inferred).
    fn returning(&mut self) -> Result<Option<Returned>> {
        const MODE: &str = "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.";
        if !self.accept_keyword("returning") {
            return Ok(None);
        }
        let word = |parser: &mut Self, no: &str, yes: &str| {
            let token = parser.advance();
            match token.text.to_ascii_lowercase() {
                text if text == no => Ok(false),
                text if text == yes => Ok(true),
                _ => Err(Error::Syntax(MODE.to_owned())),
            }
        };
        let modified = word(self, "all", "modified")?;
        let new = word(self, "old", "new")?;
        match self.accept(Kind::Star) {
            true => Ok(Some(Returned { modified, new })),
            false => syntax(MODE),
        }
    }
}

fn change(place: Place, change: Change) -> Expr {
    Expr { place, kind: ExprKind::Change(Box::new(change)) }
}
