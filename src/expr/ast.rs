//! What an expression says, its placeholders replaced by what they stand for.
//!
//! Two expressions that differ only in spacing, placeholders or single parentheses are equal.

use std::{fmt, sync::Arc};

use crate::value::{AttributeValue, Path, Type};

/// A condition or filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All hold.
    And(Vec<Self>),
    /// One holds.
    Or(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// `a = b` and its like.
    Compare(Operand, Comparator, Operand),
    /// `a BETWEEN b AND c`
    Between(Operand, Operand, Operand),
    /// `a IN (b, c)`
    In(Operand, Vec<Operand>),
    /// `attribute_exists(a)`
    AttributeExists(Path),
    /// `attribute_not_exists(a)`
    AttributeNotExists(Path),
    /// `attribute_type(a, :type)`
    AttributeType(Operand, Type),
    /// `begins_with(a, :prefix)`
    BeginsWith(Operand, Operand),
    /// `contains(a, :part)`
    Contains(Operand, Operand),
}

/// A value in a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A value in the item.
    Path(Path),
    /// A value from ExpressionAttributeValues.
    Value(Arc<AttributeValue>),
    /// `size(a)`
    Size(Box<Self>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A function of any expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `attribute_exists`
    AttributeExists,
    /// `attribute_not_exists`
    AttributeNotExists,
    /// `attribute_type`
    AttributeType,
    /// `begins_with`
    BeginsWith,
    /// `contains`
    Contains,
    /// `size`
    Size,
    /// `if_not_exists`
    IfNotExists,
    /// `list_append`
    ListAppend,
}

/// A section of an update expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// `SET`
    Set,
    /// `REMOVE`
    Remove,
    /// `ADD`
    Add,
    /// `DELETE`
    Delete,
}

/// One action of an update: what happens at a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Where.
    pub path: Path,
    /// What.
    pub change: Change,
}

/// What an update does at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `SET path = ...`
    Set(SetValue),
    /// `REMOVE path`
    Remove,
    /// `ADD path :v`
    Add(Arc<AttributeValue>),
    /// `DELETE path :v`
    Delete(Arc<AttributeValue>),
}

/// The right side of a SET action.
#[derive(Clone, Debug, PartialEq)]
pub enum SetValue {
    /// A value as it is.
    Plain(SetOperand),
    /// `a + b`
    Plus(SetOperand, SetOperand),
    /// `a - b`
    Minus(SetOperand, SetOperand),
}

/// A value on the right side of a SET action.
#[derive(Clone, Debug, PartialEq)]
pub enum SetOperand {
    /// A value in the item.
    Path(Path),
    /// A value from ExpressionAttributeValues.
    Value(Arc<AttributeValue>),
    /// `if_not_exists(path, other)`
    IfNotExists(Path, Box<Self>),
    /// `list_append(first, second)`
    ListAppend(Box<Self>, Box<Self>),
}

impl Comparator {
    /// The operator as it is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it asks which value comes first, and so takes strings, numbers and binaries only.
    #[must_use]
    pub const fn is_ordering(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }

    /// The operator that says the same with its operands exchanged.
    #[must_use]
    pub const fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

impl Function {
    /// Every function.
    pub const ALL: [Self; 8] = [
        Self::AttributeExists,
        Self::AttributeNotExists,
        Self::AttributeType,
        Self::BeginsWith,
        Self::Contains,
        Self::Size,
        Self::IfNotExists,
        Self::ListAppend,
    ];

    /// The name as it is written: lower case only.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AttributeExists => "attribute_exists",
            Self::AttributeNotExists => "attribute_not_exists",
            Self::AttributeType => "attribute_type",
            Self::BeginsWith => "begins_with",
            Self::Contains => "contains",
            Self::Size => "size",
            Self::IfNotExists => "if_not_exists",
            Self::ListAppend => "list_append",
        }
    }

    /// The function of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// How many operands it takes.
    #[must_use]
    pub const fn operands(self) -> usize {
        match self {
            Self::AttributeExists | Self::AttributeNotExists | Self::Size => 1,
            _ => 2,
        }
    }

    /// Whether it belongs to update expressions.
    #[must_use]
    pub const fn updates(self) -> bool {
        matches!(self, Self::IfNotExists | Self::ListAppend)
    }
}

impl Section {
    /// Every section.
    pub const ALL: [Self; 4] = [Self::Set, Self::Remove, Self::Add, Self::Delete];

    /// The keyword.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set => "SET",
            Self::Remove => "REMOVE",
            Self::Add => "ADD",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Operand {
    /// The type, where the expression alone tells it.
    #[must_use]
    pub fn kind(&self) -> Option<Type> {
        match self {
            Self::Path(_) => None,
            Self::Value(value) => Some(value.kind()),
            Self::Size(_) => Some(Type::N),
        }
    }

    /// The path in it, if there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Value(_) => None,
            Self::Size(inner) => inner.path(),
        }
    }
}

impl Condition {
    /// Every path in it, in the order written.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let mut paths = Vec::new();
        self.collect_paths(&mut paths);
        paths.into_iter()
    }

    fn collect_paths<'a>(&'a self, paths: &mut Vec<&'a Path>) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.collect_paths(paths));
            }
            Self::Not(inner) => inner.collect_paths(paths),
            Self::Compare(left, _, right)
            | Self::BeginsWith(left, right)
            | Self::Contains(left, right) => {
                paths.extend(left.path().into_iter().chain(right.path()));
            }
            Self::Between(operand, lower, upper) => {
                paths.extend([operand, lower, upper].into_iter().filter_map(Operand::path));
            }
            Self::In(operand, list) => {
                paths.extend(operand.path());
                paths.extend(list.iter().filter_map(Operand::path));
            }
            Self::AttributeExists(path) | Self::AttributeNotExists(path) => paths.push(path),
            Self::AttributeType(operand, _) => paths.extend(operand.path()),
        }
    }
}
