use std::fmt;

/// Why a text is not JSON, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// The byte at which it is wrong, counted from the start of the text.
    pub offset: usize,
}

/// What can be wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// The text ends inside a value.
    UnexpectedEnd,
    /// A byte that cannot stand there.
    UnexpectedByte(u8),
    /// A number that JSON's grammar does not allow.
    Number,
    /// A backslash followed by something that is no escape.
    Escape,
    /// The text is not UTF-8.
    Utf8,
    /// Nested deeper than [`super::MAX_DEPTH`].
    TooDeep,
    /// Longer than positions can count (4 GiB).
    TooLong,
    /// Something follows the value.
    TrailingText,
}

impl fmt::Display for JsonErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEnd => f.write_str("the text ends too early"),
            Self::UnexpectedByte(byte) => write!(f, "unexpected {:?}", char::from(*byte)),
            Self::Number => f.write_str("malformed number"),
            Self::Escape => f.write_str("malformed escape"),
            Self::Utf8 => f.write_str("not UTF-8"),
            Self::TooDeep => f.write_str("nested too deep"),
            Self::TooLong => f.write_str("text too long"),
            Self::TrailingText => f.write_str("text after the value"),
        }
    }
}

impl JsonError {
    pub(super) fn new(kind: JsonErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    pub(super) fn moved(self, by: usize) -> Self {
        Self { offset: self.offset + by, ..self }
    }

    /// The line and column of the error in `text`: see [`position`].
    #[must_use]
    pub fn line_column(&self, text: &[u8]) -> (usize, usize) {
        position(text, self.offset)
    }
}

/// The line and column of a byte of `text`, both from 1, columns in characters.
#[must_use]
pub fn position(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}
