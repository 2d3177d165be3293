//! Values from what a statement writes and from its parameters (aws-facts 10.6, 10.8).

use std::fmt::Write as _;

use super::{
    ast::{Expr, ExprKind},
    error::{At, Error},
};
use crate::value::{AttributeValue, Item, MAX_LEVELS, Number, Set};

type Result<T> = std::result::Result<T, Error>;

/// How the service calls what a value is in.
const ROOT: &str = "root";

/// Values of one statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    pub(super) parameters: &'a [AttributeValue],
}

impl Values<'_> {
    /// The value of an expression that is one.
    pub(super) fn value(&self, expr: &Expr) -> Result<AttributeValue> {
        self.at(expr, &mut ROOT.to_owned(), 0)
    }

    /// The item that INSERT writes, which is not a level of its own.
    pub(super) fn item(&self, expr: &Expr) -> Result<Item> {
        match &expr.kind {
            ExprKind::Struct(fields) => self.fields(fields, &mut ROOT.to_owned(), 0),
            ExprKind::Parameter(at) => match self.parameter(*at)? {
                AttributeValue::M(item) => Ok(item),
                _ => Err(Error::NoItem(expr.place)),
            },
            _ => Err(Error::NoItem(expr.place)),
        }
    }

    pub(super) fn parameter(&self, at: usize) -> Result<AttributeValue> {
        self.parameters.get(at).cloned().ok_or(Error::ParameterCount)
    }

    fn at(&self, expr: &Expr, path: &mut String, levels: usize) -> Result<AttributeValue> {
        let deeper = |path: &str| match levels < MAX_LEVELS {
            true => Ok(levels + 1),
            false => Err(Error::Levels(path.to_owned())),
        };
        Ok(match &expr.kind {
            ExprKind::Text(text) => AttributeValue::S(text.clone()),
            ExprKind::Number(text) => AttributeValue::N(number(text, path)?),
            ExprKind::Bool(value) => AttributeValue::Bool(*value),
            ExprKind::Null => AttributeValue::Null,
            ExprKind::Parameter(at) => self.parameter(*at)?,
            ExprKind::List(elements) => {
                let levels = deeper(path)?;
                let mut list = Vec::with_capacity(elements.len());
                for (at, element) in elements.iter().enumerate() {
                    let length = path.len();
                    // Writing into a String cannot fail.
                    let _ = write!(path, "[{at}]");
                    list.push(self.at(element, path, levels)?);
                    path.truncate(length);
                }
                AttributeValue::L(list)
            }
            ExprKind::Struct(fields) => {
                let levels = deeper(path)?;
                AttributeValue::M(self.fields(fields, path, levels)?)
            }
            ExprKind::Bag(members) => self.bag(members, path)?,
            ExprKind::Ion(text) => {
                return Err(Error::Ion(ion_type(text), path.clone(), expr.place));
            }
            // Named where it is all of an attribute.
            _ => return Err(unsupported(what(expr, levels > 0), path, expr)),
        })
    }

    fn fields(&self, fields: &[(Expr, Expr)], path: &mut String, levels: usize) -> Result<Item> {
        let mut item = Item::new();
        for (name, value) in fields {
            let ExprKind::Text(name) = &name.kind else {
                return Err(Error::TupleKey(class(name), path.clone(), name.place));
            };
            if name.is_empty() {
                return Err(Error::EmptyName);
            }
            let length = path.len();
            path.push('.');
            path.push_str(name);
            let value = self.at(value, path, levels)?;
            path.truncate(length);
            item.insert(name.as_str(), value);
        }
        Ok(item)
    }

    fn bag(&self, members: &[Expr], path: &str) -> Result<AttributeValue> {
        let Some((first, rest)) = members.split_first() else { return Err(Error::EmptyBag) };
        if let Some(parameter) =
            rest.iter().find(|member| matches!(member.kind, ExprKind::Parameter(_)))
        {
            return Err(unsupported("Parameter", path, parameter));
        }
        match &first.kind {
            ExprKind::Number(_) => numbers(members, path),
            ExprKind::Text(_) => texts(members),
            ExprKind::Parameter(at) => self.bag_of_parameter(*at, rest, first),
            _ => Err(Error::Bag(At(Some(first.place)))),
        }
    }

    /// A parameter can only be the first member. What may follow it is inferred.
    fn bag_of_parameter(&self, at: usize, rest: &[Expr], first: &Expr) -> Result<AttributeValue> {
        let set = match self.parameter(at)? {
            AttributeValue::S(text) if rest.is_empty() => {
                Set::new(vec![text]).map(AttributeValue::Ss)
            }
            AttributeValue::N(number) if rest.is_empty() => {
                Set::new(vec![number]).map(AttributeValue::Ns)
            }
            _ => None,
        };
        set.ok_or(Error::Bag(At(Some(first.place))))
    }
}

fn number(text: &str, path: &str) -> Result<Number> {
    text.parse().map_err(|error| {
        let error = Number::older_error(text, error);
        Error::Number(error, path.to_owned())
    })
}

fn numbers(members: &[Expr], path: &str) -> Result<AttributeValue> {
    let (mut written, mut numbers) = (Vec::new(), Vec::new());
    for member in members {
        match &member.kind {
            ExprKind::Number(text) => {
                numbers.push(number(text, path)?);
                written.push(text.as_str());
            }
            ExprKind::Null => return Err(Error::NullInBag(path.to_owned())),
            _ => return Err(Error::Bag(At(None))),
        }
    }
    let duplicate = || Error::DuplicateNumber(written.join(", "), path.to_owned());
    Set::new(numbers).map(AttributeValue::Ns).ok_or_else(duplicate)
}

fn texts(members: &[Expr]) -> Result<AttributeValue> {
    let mut texts = Vec::new();
    for member in members {
        match &member.kind {
            ExprKind::Text(text) => texts.push(text.clone()),
            _ => return Err(Error::Bag(At(Some(member.place)))),
        }
    }
    let written = texts.join(", ");
    Set::new(texts).map(AttributeValue::Ss).ok_or(Error::DuplicateText(written))
}

/// How the service calls an expression that is no value: by its text where it is all of an
/// attribute, by its class deeper in. Of calls aws-facts 10.8; of the others as DynamoDB Local.
fn what(expr: &Expr, inside: bool) -> &str {
    match &expr.kind {
        _ if inside => class(expr),
        ExprKind::Name(name) => &name.text,
        ExprKind::Call(name, _) => name,
        ExprKind::Binary(_, symbol, _) | ExprKind::Unary(symbol, _) => symbol,
        _ => class(expr),
    }
}

fn class(expr: &Expr) -> &'static str {
    match &expr.kind {
        ExprKind::Name(_) => "VariableReference",
        ExprKind::Path(..) => "PATH",
        ExprKind::Missing => "MISSING",
        _ => expr.name().unwrap_or("Call"),
    }
}

fn unsupported(what: &str, path: &str, expr: &Expr) -> Error {
    Error::Value(what.to_owned(), path.to_owned(), expr.place)
}

/// Which type an Ion text has, as far as its beginning tells.
fn ion_type(text: &str) -> &'static str {
    let text = text.trim();
    let number = text.strip_prefix('-').unwrap_or(text);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    match text.as_bytes() {
        [b'{', b'{', rest @ ..] if rest.trim_ascii_start().starts_with(b"\"") => "CLOB",
        [b'{', b'{', ..] => "BLOB",
        [b'{', ..] => "STRUCT",
        [b'[', ..] => "LIST",
        [b'(', ..] => "SEXP",
        [b'"', ..] | [b'\'', b'\'', b'\'', ..] => "STRING",
        b"true" | b"false" => "BOOL",
        _ if text == "null" || text.starts_with("null.") => "NULL",
        _ if digits == 4 && matches!(number.as_bytes().get(4), Some(b'-' | b'T')) => "TIMESTAMP",
        _ if digits > 0 && digits == number.len() => "INT",
        _ if digits > 0 && number.contains(['e', 'E']) => "FLOAT",
        _ if digits > 0 => "DECIMAL",
        _ => "SYMBOL",
    }
}
