//! What a statement says, before anybody knows whether it makes sense.

use super::error::Place;

/// Something that has a value, or would have one in a database of all PartiQL.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    /// Its first token; of an operator, the operator.
    pub(super) place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ExprKind {
    Name(Name),
    Path(Box<Expr>, Vec<PathStep>),
    Text(String),
    Number(String),
    Bool(bool),
    Null,
    Missing,
    Ion(String),
    Parameter(usize),
    List(Vec<Expr>),
    Struct(Vec<(Expr, Expr)>),
    Bag(Vec<Expr>),
    Call(String, Vec<Expr>),
    /// `-`, `+`, `not`
    Unary(&'static str, Box<Expr>),
    Binary(Box<Expr>, &'static str, Box<Expr>),
    Between {
        operand: Box<Expr>,
        lower: Box<Expr>,
        upper: Box<Expr>,
        negated: bool,
    },
    In {
        operand: Box<Expr>,
        list: Box<Expr>,
        negated: bool,
    },
    Is {
        operand: Box<Expr>,
        kind: TypeName,
        negated: bool,
    },
    Like,
    Case {
        simple: bool,
    },
    Select(Box<Select>),
    Change(Box<Change>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) quoted: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum PathStep {
    Name(String),
    Index(Expr),
    /// `.*` or `[*]`
    Every(Place),
}

/// A type after IS: the service's name of it, and what of DynamoDB it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TypeName(pub(super) &'static str);

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Select {
    /// `None` for `*`.
    pub(super) list: Option<Vec<(Expr, bool)>>,
    pub(super) from: From,
    pub(super) filter: Option<Expr>,
    pub(super) order: Vec<(Expr, bool)>,
    /// A clause that DynamoDB does not have, or a word before the list.
    pub(super) other: Option<Unsupported>,
}

/// What DynamoDB does not have of SELECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsupported {
    Value,
    Distinct,
    Clause(&'static str, Option<Place>),
}

/// What is read or changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct From {
    pub(super) source: Expr,
    pub(super) aliased: bool,
    /// Whether there are several.
    pub(super) joined: bool,
}

/// INSERT, UPDATE or DELETE.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    Insert {
        into: From,
        value: Expr,
        single: bool,
    },
    Update {
        from: Option<From>,
        sets: Vec<Assignment>,
        removes: Vec<Expr>,
        filter: Option<Expr>,
        returning: Option<Returned>,
    },
    Delete {
        from: From,
        filter: Option<Expr>,
        returning: Option<Returned>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assignment {
    pub(super) path: Expr,
    pub(super) value: Expr,
}

/// `RETURNING ALL OLD *` and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Returned {
    pub(super) modified: bool,
    pub(super) new: bool,
}

impl Expr {
    /// How the service calls it where it is all of a statement; `None` for what has no name there
    /// (aws-facts 10.5).
    pub(super) fn name(&self) -> Option<&'static str> {
        Some(match &self.kind {
            ExprKind::Name(_) => "Id",
            ExprKind::Path(..) => "Path",
            ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Ion(_) => "Lit",
            ExprKind::Missing => "Missing",
            ExprKind::Parameter(_) => "Parameter",
            ExprKind::List(_) => "List",
            ExprKind::Struct(_) => "Struct",
            ExprKind::Bag(_) => "Bag",
            ExprKind::Is { negated: false, .. } => "IsType",
            ExprKind::Case { simple: true } => "SimpleCase",
            ExprKind::Case { simple: false } => "SearchedCase",
            _ => return None,
        })
    }
}
