//! Binary as it travels in JSON: standard base64, with padding; and what is complained of when it
//! is not.

use ::base64::{DecodeError, Engine as _, engine::general_purpose::STANDARD};

/// Why a text is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base64Error {
    /// The text has this many bytes, which is no multiple of four.
    Length(usize),
    /// A byte that is no digit, or padding before the end.
    Digit(u8),
    /// The last digit says more than the bytes it stands for.
    Tail,
}

/// Appends `bytes` in base64.
pub fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    // The room is exactly what the crate needs, so it cannot be refused.
    let _ = STANDARD.encode_slice(bytes, &mut out[start..]);
}

/// `bytes` in base64.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes that `text` stands for.
///
/// # Errors
///
/// When the text is not base64, or is not padded.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    if !text.len().is_multiple_of(4) {
        return Err(Base64Error::Length(text.len()));
    }
    STANDARD.decode(text).map_err(|error| match error {
        DecodeError::InvalidByte(_, byte) => Base64Error::Digit(byte),
        DecodeError::InvalidPadding => Base64Error::Digit(b'='),
        DecodeError::InvalidLength(_) => Base64Error::Length(text.len()),
        DecodeError::InvalidLastSymbol { .. } => Base64Error::Tail,
    })
}
