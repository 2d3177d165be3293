//! Items as Amazon Ion text: what exports to S3 are written in and imports from there are read
//! from. Both directions, by one table of types (the developer's guide, "DynamoDB data export to
//! Amazon S3: output format" and "Amazon S3 import formats for DynamoDB"):
//!
//! | DynamoDB | Ion |
//! |---|---|
//! | S | string |
//! | N | decimal; an int or a float is read as well (inferred) |
//! | B | blob |
//! | BOOL | bool |
//! | NULL | null |
//! | SS, NS, BS | a list annotated `$dynamodb_SS`, `$dynamodb_NS` or `$dynamodb_BS` |
//! | L | list |
//! | M | struct |
//!
//! Written here and not taken from a crate: the one there is has been a release candidate for
//! years and brings some twenty others, for a format of which this needs the text only.

mod lexer;
mod read;
mod write;

pub use self::{
    read::Reader,
    write::{item, name, value},
};

use std::collections::BTreeMap;

use thiserror::Error;

use super::{AttributeValue, Item, MAX_LEVELS, Map, Number, NumberError, Set, Type};

/// The marker that each line of an export begins with.
pub const VERSION: &str = "$ion_1_0";

/// A value as Ion has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Ion {
    /// Null, of whatever type.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An int, a decimal or a float, as JSON would write it.
    Number(String),
    /// A string.
    String(String),
    /// A blob.
    Blob(Vec<u8>),
    /// A list.
    List(Vec<Self>),
    /// A struct: its fields in the order written.
    Struct(Vec<(String, Self)>),
    /// A symbol, which no attribute can be.
    Symbol(String),
    /// A value with the annotations before it.
    Annotated(Vec<String>, Box<Self>),
    /// What no attribute can be: its type.
    Other(&'static str),
}

/// Ion that cannot be read, or that no attribute can hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IonError {
    /// It is no Ion from this byte on.
    #[error("no Ion at byte {at}: {what}")]
    Syntax {
        /// The byte.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A value of a type that DynamoDB has nothing for.
    #[error("no attribute holds {0}")]
    Type(&'static str),
    /// A number that DynamoDB cannot keep.
    #[error("{0} is no number that an attribute holds")]
    Number(String, NumberError),
    /// A set that is empty, has a member twice, or one of another type.
    #[error("no set of the type {}", .0.name())]
    Set(Type),
    /// A field that is there twice.
    #[error("the field {0} is there twice")]
    Repeated(String),
    /// Lists and structs inside each other, too many.
    #[error("more than {MAX_LEVELS} lists and structs inside each other")]
    Deep,
}

const SETS: [(&str, Type); 3] =
    [("$dynamodb_SS", Type::Ss), ("$dynamodb_NS", Type::Ns), ("$dynamodb_BS", Type::Bs)];

fn annotation(set: Type) -> &'static str {
    SETS.iter().find(|(_, kind)| *kind == set).map_or("", |(name, _)| name)
}

impl Ion {
    /// The field of that name, if it is a struct that has one.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Self> {
        let Self::Struct(fields) = self else { return None };
        fields.iter().find(|(name, _)| name == field).map(|(_, value)| value)
    }

    /// The struct as an item.
    ///
    /// # Errors
    ///
    /// When it is none, or holds what no attribute can.
    pub fn item(&self) -> Result<Item, IonError> {
        self.map(0)
    }

    /// The value as an attribute's.
    ///
    /// # Errors
    ///
    /// When no attribute holds such a value.
    pub fn value(&self) -> Result<AttributeValue, IonError> {
        self.value_at(0)
    }

    fn value_at(&self, levels: usize) -> Result<AttributeValue, IonError> {
        if levels > MAX_LEVELS {
            return Err(IonError::Deep);
        }
        Ok(match self {
            Self::Null => AttributeValue::Null,
            Self::Bool(value) => AttributeValue::Bool(*value),
            Self::Number(text) => AttributeValue::N(number(text)?),
            Self::String(text) => AttributeValue::S(text.clone()),
            Self::Blob(bytes) => AttributeValue::B(bytes.clone()),
            Self::List(elements) => {
                let values = elements.iter().map(|element| element.value_at(levels + 1));
                AttributeValue::L(values.collect::<Result<_, _>>()?)
            }
            Self::Struct(_) => AttributeValue::M(self.map(levels + 1)?),
            Self::Annotated(names, inner) => {
                let set = names.iter().find_map(|name| {
                    SETS.iter().find(|(annotation, _)| annotation == name).map(|(_, kind)| *kind)
                });
                match set {
                    Some(kind) => inner.set(kind)?,
                    None => inner.value_at(levels)?,
                }
            }
            Self::Symbol(_) => return Err(IonError::Type("a symbol")),
            Self::Other(kind) => return Err(IonError::Type(kind)),
        })
    }

    /// `levels`: how many lists and structs stand around its values, besides itself as an item.
    fn map(&self, levels: usize) -> Result<Map, IonError> {
        let Self::Struct(fields) = self else { return Err(IonError::Type("what is no struct")) };
        let mut map = BTreeMap::new();
        for (name, value) in fields {
            if map.insert(name.clone(), value.value_at(levels)?).is_some() {
                return Err(IonError::Repeated(name.clone()));
            }
        }
        Ok(map.into_iter().collect())
    }

    fn set(&self, kind: Type) -> Result<AttributeValue, IonError> {
        let broken = || IonError::Set(kind);
        let Self::List(elements) = self else { return Err(broken()) };
        let members = || elements.iter().map(Self::value);
        Ok(match kind {
            Type::Ns => AttributeValue::Ns(set(members(), broken, |value| match value {
                AttributeValue::N(number) => Some(number),
                _ => None,
            })?),
            Type::Bs => AttributeValue::Bs(set(members(), broken, |value| match value {
                AttributeValue::B(bytes) => Some(bytes),
                _ => None,
            })?),
            _ => AttributeValue::Ss(set(members(), broken, |value| match value {
                AttributeValue::S(text) => Some(text),
                _ => None,
            })?),
        })
    }
}

fn set<T: Ord>(
    members: impl Iterator<Item = Result<AttributeValue, IonError>>,
    broken: impl Fn() -> IonError,
    of: impl Fn(AttributeValue) -> Option<T>,
) -> Result<Set<T>, IonError> {
    let members = members.map(|member| of(member?).ok_or_else(&broken));
    Set::new(members.collect::<Result<_, _>>()?).ok_or_else(&broken)
}

fn number(text: &str) -> Result<Number, IonError> {
    text.parse().map_err(|cause| IonError::Number(text.to_owned(), cause))
}

#[cfg(test)]
mod tests;
