//! Binary as it travels in JSON: standard base64, with padding.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each byte as a digit, or `NONE`.
const DIGITS: [u8; 256] = {
    let mut digits = [NONE; 256];
    let mut value = 0;
    while value < 64 {
        digits[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    digits
};
const NONE: u8 = 0xff;

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
    out.reserve(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let (first, second, third) =
            (chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0));
        let bits = u32::from(first) << 16 | u32::from(second) << 8 | u32::from(third);
        for place in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { digit } else { b'=' });
        }
    }
}

/// `bytes` in base64.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    encode(bytes, &mut out);
    out.into_iter().map(char::from).collect()
}

/// The bytes that `text` stands for.
///
/// # Errors
///
/// When the text is not base64, or is not padded.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    let text = text.as_bytes();
    if !text.len().is_multiple_of(4) {
        return Err(Base64Error::Length(text.len()));
    }
    let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut chunks = text[..text.len() - padding].chunks_exact(4);
    for chunk in &mut chunks {
        let bits = bits(chunk)?;
        out.extend_from_slice(&[(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
    }
    let rest = chunks.remainder();
    // A text of multiples of four leaves two or three digits before its padding, or nothing.
    let bits = bits(rest)?;
    match rest.len() {
        2 if bits & 0xf == 0 => out.push((bits >> 4) as u8),
        3 if bits & 0x3 == 0 => out.extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]),
        0 => {}
        _ => return Err(Base64Error::Tail),
    }
    Ok(out)
}

fn bits(digits: &[u8]) -> Result<u32, Base64Error> {
    digits.iter().try_fold(0, |bits, byte| match DIGITS[usize::from(*byte)] {
        NONE => Err(Base64Error::Digit(*byte)),
        digit => Ok(bits << 6 | u32::from(digit)),
    })
}
