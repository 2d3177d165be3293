//! What an attribute can hold, and how the service compares, orders, measures and prints it.
//!
//! The values here are always valid: sets are never empty and never hold a member twice, numbers
//! have at most 38 digits, NULL is true. What a client may send wrongly is refused by [`decode`]
//! on the way in, with the service's own sentence.

pub mod base64;
pub mod decode;
pub mod encode;
mod error;
mod hashed;
pub mod ion;
pub mod key;
mod map;
mod number;
mod path;
mod set;
pub mod size;
mod stored;

use std::cmp::Ordering;

pub use decode::Decoder;
pub use error::{Family, Layer, ValueError, ValueErrorKind};
pub use map::{Item, Map};
pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use set::Set;
pub use stored::{Stored, Unreadable};

/// How many lists and maps may stand around a value (aws-facts 3.7, eu-west-2: under 31 a scalar
/// is accepted, under 32 it is refused).
pub const MAX_LEVELS: usize = 31;

/// The value of an attribute.
///
/// Equality is the service's: by value, numbers numerically, sets and maps without regard to
/// order (aws-facts 4.5). The sorted [`Set`] and [`Map`] make that the derived one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AttributeValue {
    /// A string.
    S(String),
    /// A number.
    N(Number),
    /// Binary.
    B(Vec<u8>),
    /// A boolean.
    Bool(bool),
    /// Null.
    Null,
    /// A set of strings.
    Ss(Set<String>),
    /// A set of numbers.
    Ns(Set<Number>),
    /// A set of binaries.
    Bs(Set<Vec<u8>>),
    /// A list.
    L(Vec<Self>),
    /// A map.
    M(Map),
}

/// The type of a value, called as it is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// String
    S,
    /// Number
    N,
    /// Binary
    B,
    /// Boolean
    Bool,
    /// Null
    Null,
    /// String set
    Ss,
    /// Number set
    Ns,
    /// Binary set
    Bs,
    /// List
    L,
    /// Map
    M,
}

impl Type {
    /// Every type.
    pub const ALL: [Self; 10] = [
        Self::S,
        Self::N,
        Self::B,
        Self::Bool,
        Self::Null,
        Self::Ss,
        Self::Ns,
        Self::Bs,
        Self::L,
        Self::M,
    ];

    /// The name on the wire: `S`, `BOOL`, `SS` ...
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
            Self::Bool => "BOOL",
            Self::Null => "NULL",
            Self::Ss => "SS",
            Self::Ns => "NS",
            Self::Bs => "BS",
            Self::L => "L",
            Self::M => "M",
        }
    }

    /// The type of that name on the wire.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "S" => Self::S,
            "N" => Self::N,
            "B" => Self::B,
            "BOOL" => Self::Bool,
            "NULL" => Self::Null,
            "SS" => Self::Ss,
            "NS" => Self::Ns,
            "BS" => Self::Bs,
            "L" => Self::L,
            "M" => Self::M,
            _ => return None,
        })
    }

    /// Whether values of this type have an order: strings, numbers and binaries, which are also
    /// the types a key can have.
    #[must_use]
    pub const fn is_scalar(self) -> bool {
        matches!(self, Self::S | Self::N | Self::B)
    }

    /// Whether this is one of the three set types.
    #[must_use]
    pub const fn is_set(self) -> bool {
        matches!(self, Self::Ss | Self::Ns | Self::Bs)
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl AttributeValue {
    /// The type of the value.
    #[must_use]
    pub const fn kind(&self) -> Type {
        match self {
            Self::S(_) => Type::S,
            Self::N(_) => Type::N,
            Self::B(_) => Type::B,
            Self::Bool(_) => Type::Bool,
            Self::Null => Type::Null,
            Self::Ss(_) => Type::Ss,
            Self::Ns(_) => Type::Ns,
            Self::Bs(_) => Type::Bs,
            Self::L(_) => Type::L,
            Self::M(_) => Type::M,
        }
    }

    /// Which of two strings, numbers or binaries comes first. Values of other or of different
    /// types have no order. Strings and binaries go by their bytes.
    #[must_use]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::S(left), Self::S(right)) => Some(left.cmp(right)),
            (Self::N(left), Self::N(right)) => Some(left.cmp(right)),
            (Self::B(left), Self::B(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// How many lists and maps the value nests at its deepest: 0 for a scalar or set.
    #[must_use]
    pub fn levels(&self) -> usize {
        match self {
            Self::L(list) => 1 + list.iter().map(Self::levels).max().unwrap_or(0),
            Self::M(map) => 1 + map.levels(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests;
