//! What can be wrong with a value a client sent, and the service's sentence for each.

use std::{fmt, ops::Range};

use super::{
    Number, Type,
    base64::{self, Base64Error},
    number::NumberError,
};

/// A value that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// What is wrong.
    pub kind: ValueErrorKind,
    /// Where it stands in the JSON text it was read from.
    pub span: Range<usize>,
    /// The name of the member of the outermost map in which it stands: an attribute of the item,
    /// a key of ExpressionAttributeValues.
    pub entry: Option<String>,
}

/// What can be wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueErrorKind {
    /// The JSON is not of the shape that the protocol wants.
    Shape(ShapeError),
    /// No member that says a type.
    Empty,
    /// Several of them.
    SeveralTypes,
    /// `{"NULL": false}`.
    NullNotTrue {
        /// Whether it stood alone and as a JSON boolean. Only then do PutItem, UpdateItem and
        /// DeleteItem put the sentence in the envelope (aws-facts 3.6).
        plain: bool,
    },
    /// A number that cannot be stored, as written.
    Number(NumberError, String),
    /// A set without members.
    EmptySet(Type),
    /// JSON null as a member of a set.
    NullInSet(Type),
    /// A set with a member twice: its members as written, numbers as sent, binaries in base64.
    Duplicate {
        /// The type of the set.
        kind: Type,
        /// All members in the order sent.
        members: Vec<String>,
        /// Which of them is the first that was there before.
        repeat: usize,
    },
    /// An attribute or map key without a name.
    EmptyName,
    /// Lists and maps inside each other, this many.
    TooDeep(usize),
}

/// JSON that cannot be read as what the protocol wants (aws-facts 2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeError {
    /// A scalar of one type where another was wanted: the token's name, and Java's name of what
    /// was wanted.
    Scalar(&'static str, &'static str),
    /// A list where there should be something else, whose Java class this is.
    List(&'static str),
    /// An object where there should be a scalar or a list.
    Object,
    /// A scalar as a member that should be a list or an object.
    Member,
    /// A scalar as an element that should be an object.
    Element,
    /// A string that says neither true nor false.
    BooleanText,
    /// Binary that is no string.
    NotBase64,
    /// Binary that is no base64.
    Base64(Base64Error),
    /// The service answers without a text.
    Silent,
}

/// Which kind of error the service answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// SerializationException: beats every ValidationException, wherever it stands.
    Serialization,
    /// ValidationException.
    Validation,
}

/// The two validation layers of the service, which word some errors differently
/// (aws-facts 1.1 and 1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The layer that most item operations have moved to.
    #[default]
    Newer,
    /// Batch writes, transactions, PartiQL, and any request that [`super::Decoder::fell_back`].
    Older,
}

impl ValueError {
    /// Which exception it is.
    #[must_use]
    pub fn family(&self) -> Family {
        match self.kind {
            ValueErrorKind::Shape(_) => Family::Serialization,
            _ => Family::Validation,
        }
    }

    /// Whether single-item writes answer it without the envelope too (aws-facts 1.9, 3.6, 3.7).
    #[must_use]
    pub fn always_bare(&self) -> bool {
        match self.kind {
            ValueErrorKind::Shape(_)
            | ValueErrorKind::Empty
            | ValueErrorKind::SeveralTypes
            | ValueErrorKind::NullNotTrue { plain: false } => true,
            ValueErrorKind::TooDeep(levels) => levels >= 63,
            _ => false,
        }
    }

    /// The sentence as that layer words it; `None` for an answer without text.
    #[must_use]
    pub fn sentence(&self, layer: Layer) -> Option<String> {
        Some(match (&self.kind, layer) {
            (ValueErrorKind::Shape(ShapeError::Silent), _) => return None,
            (ValueErrorKind::Number(error, text), Layer::Older) => {
                older_number(Number::older_error(text, *error), text)
            }
            (ValueErrorKind::Duplicate { kind, members, .. }, Layer::Older) => {
                older_duplicate(*kind, members)
            }
            (kind, _) => kind.to_string(),
        })
    }

    /// The sentence with the key of ExpressionAttributeValues that it is about.
    #[must_use]
    pub fn sentence_for_value(&self, layer: Layer) -> Option<String> {
        let key = self.entry.as_deref().unwrap_or_default();
        let sentence = self.sentence(layer)?;
        Some(format!("ExpressionAttributeValues contains invalid value: {sentence} for key {key}"))
    }
}

impl fmt::Display for ValueError {
    /// The sentence of the newer layer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for ValueError {}

const INVALID: &str = "One or more parameter values were invalid: ";

impl fmt::Display for ValueErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(shape) => shape.fmt(f),
            Self::Empty => f.write_str(
                "Supplied AttributeValue is empty, must contain exactly one of the supported \
                 datatypes",
            ),
            Self::SeveralTypes => f.write_str(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly \
                 one of the supported datatypes",
            ),
            Self::NullNotTrue { .. } => {
                write!(f, "{INVALID}Null attribute value types must have the value of true")
            }
            Self::Number(error, text) => write_number(f, *error, text),
            // aws-facts 3.5: two blanks before "may", "An" before all.
            Self::EmptySet(Type::Bs) => write!(f, "{INVALID}Binary sets should not be empty"),
            Self::EmptySet(kind) => {
                write!(f, "{INVALID}An {} set  may not be empty", member_name(*kind))
            }
            // Inferred from older notes on the service; no dated capture.
            Self::NullInSet(kind) => {
                let name = member_name(*kind);
                write!(f, "{INVALID}An {name} set may not have a null {name} as a member")
            }
            Self::Duplicate { kind, members, repeat } => {
                write_duplicate(f, *kind, members, *repeat)
            }
            Self::EmptyName => f.write_str("Empty attribute name"),
            Self::TooDeep(_) => f.write_str(
                "Nesting Levels have exceeded supported limits: Attributes in the item have \
                 nested levels beyond supported limit",
            ),
        }
    }
}

fn member_name(kind: Type) -> &'static str {
    match kind {
        Type::Ns => "number",
        Type::Bs => "binary",
        _ => "string",
    }
}

impl fmt::Display for NumberError {
    /// The sentence, or the beginning of it if the text of the number follows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotNumeric => "The parameter cannot be converted to a numeric value",
            Self::Overflow => {
                "Number overflow. Attempting to store a number with magnitude larger than \
                 supported range"
            }
            Self::Underflow => {
                "Number underflow. Attempting to store a number with magnitude smaller than \
                 supported range"
            }
            Self::TooManyDigits => {
                "Attempting to store more than 38 significant digits in a Number"
            }
        })
    }
}

impl std::error::Error for NumberError {}

fn write_number(f: &mut fmt::Formatter<'_>, error: NumberError, text: &str) -> fmt::Result {
    match error {
        NumberError::NotNumeric => write!(f, "{error}: {text}"),
        _ => write!(f, "{error}"),
    }
}

/// The older layer leaves the colon out when there is no text (aws-facts 3.1, eu-west-2 2026-10).
fn older_number(error: NumberError, text: &str) -> String {
    match error {
        NumberError::NotNumeric if !text.is_empty() => format!("{error}: {text}"),
        _ => error.to_string(),
    }
}

/// Strings: what was read before the repeat in order, the repeat, the rest as sent. Binaries: no
/// blank before `of`. Numbers: no list (aws-facts 3.5).
fn write_duplicate(
    f: &mut fmt::Formatter<'_>,
    kind: Type,
    members: &[String],
    repeat: usize,
) -> fmt::Result {
    write!(f, "{INVALID}Input collection ")?;
    match kind {
        Type::Bs => write!(f, "[{}]of type BS ", quoted(members).join(","))?,
        Type::Ss => {
            let (before, after) = members.split_at(repeat.min(members.len()));
            let mut shown = before.to_vec();
            shown.sort_unstable();
            shown.extend_from_slice(after);
            write!(f, "[{}] ", quoted(&shown).join(", "))?;
        }
        _ => {}
    }
    f.write_str("contains duplicates.")
}

fn quoted(members: &[String]) -> Vec<String> {
    members.iter().map(|member| format!("\"{member}\"")).collect()
}

fn older_duplicate(kind: Type, members: &[String]) -> String {
    let list = members.join(", ");
    match kind {
        Type::Ns => "Input collection contains duplicates".to_owned(),
        Type::Bs => format!("{INVALID}Input collection [{list}]of type BS contains duplicates."),
        _ => format!("{INVALID}Input collection [{list}] contains duplicates."),
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(token, wanted) => write!(f, "{token} cannot be converted to {wanted}"),
            Self::List(class) => write!(f, "Unrecognized collection type {class}"),
            Self::Object => f.write_str("Start of structure or map found where not expected"),
            Self::Member => f.write_str("Unexpected field type"),
            Self::Element => f.write_str("Unexpected value type in payload"),
            Self::BooleanText => f.write_str("Unexpected token received from parser"),
            // The texts for binary are inferred: the codec of the service's own Java SDK.
            Self::NotBase64 => f.write_str("only base-64-encoded strings are convertible to bytes"),
            Self::Base64(Base64Error::Length(length)) => {
                write!(
                    f,
                    "Base64 encoded length is expected a multiple of 4 bytes but found: {length}"
                )
            }
            Self::Base64(Base64Error::Digit(byte)) => {
                write!(f, "Invalid Base64 character: '{}'", char::from(*byte))
            }
            Self::Base64(Base64Error::Tail) => {
                f.write_str("Invalid last non-pad Base64 character dectected")
            }
            Self::Silent => Ok(()),
        }
    }
}

/// Members of a binary set as the duplicate sentence lists them.
pub(super) fn shown_binaries<'a>(members: impl Iterator<Item = &'a Vec<u8>>) -> Vec<String> {
    members.map(|bytes| base64::text(bytes)).collect()
}
