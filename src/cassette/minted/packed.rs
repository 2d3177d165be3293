//! Made-up values within binary values. An event store keeps the event's JSON as a binary, so the
//! ids in it travel in base64, where no shape can be seen.

use crate::value::base64;

/// What ten digits, the shortest made-up value there is, have in base64.
const SHORTEST: usize = 16;

/// The whole string that begins at `at`, if it is text in base64, and that text.
pub(super) fn text_at(all: &str, at: usize) -> Option<(usize, String)> {
    let before = at.checked_sub(1).and_then(|before| all.as_bytes().get(before));
    if before != Some(&b'"') {
        return None;
    }
    let rest = &all[at..];
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let length = rest.bytes().take_while(digit).count();
    if length < SHORTEST || rest.as_bytes().get(length) != Some(&b'"') {
        return None;
    }
    let bytes = base64::decode(&rest[..length]).ok()?;
    // What is no text (compressed, encrypted) holds such values by chance at most.
    let is_text = |text: &String| !text.chars().any(|c| c.is_control() && !c.is_whitespace());
    String::from_utf8(bytes).ok().filter(is_text).map(|text| (length, text))
}

/// The text in base64 again.
pub(super) fn packed(text: &str) -> String {
    base64::text(text.as_bytes())
}
