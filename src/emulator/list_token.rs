//! Where a list goes on: tokens of hexadecimal digits, sixteen at a time and at least 112
//! (the pattern and the least length in the API's model), which another list refuses.

use std::fmt::Write as _;

use super::md5;
use crate::wire::Fault;

const DIGEST: usize = 16;
/// Half of the 112 digits.
const LEAST: usize = 56;

/// The token that goes on after `last` in the list of that name.
pub(super) fn token(list: &str, last: &str) -> String {
    let mut bytes = seal(list, last).to_vec();
    bytes.extend_from_slice(last.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(8).max(LEAST), 0);
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What the list goes on after (aws-service-facts 1.14, 2026-10-09).
pub(super) fn place(list: &str, token: &str) -> Result<String, Fault> {
    let last = decode(token).and_then(|bytes| {
        let (digest, text) = bytes.split_first_chunk::<DIGEST>()?;
        let text = std::str::from_utf8(text).ok()?.trim_end_matches('\0');
        (*digest == seal(list, text)).then(|| text.to_owned())
    });
    last.ok_or_else(|| {
        Fault::validation(format!("Invalid Request: Provided nextToken is invalid: {token}"))
    })
}

/// Whether it is what the API's model says a token is.
pub(super) fn is_one(text: &str) -> bool {
    !text.is_empty()
        && text.len().is_multiple_of(16)
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn seal(list: &str, last: &str) -> [u8; DIGEST] {
    md5::digest(&[list.as_bytes(), b"\n", last.as_bytes()])
}

fn decode(token: &str) -> Option<Vec<u8>> {
    let pairs = token.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_back_to_its_own_list_only() {
        let own = token("imports", "01-ab/users");
        assert!(is_one(&own) && own.len() == 112, "{own}");
        assert_eq!(place("imports", &own).expect("its own"), "01-ab/users");
        let long = token("imports", &"t".repeat(255));
        assert!(is_one(&long) && long.len() <= 1024);
        for (list, token) in [("exports", &*own), ("imports", &own[16..]), ("imports", "é")] {
            let fault = place(list, token).expect_err(list);
            let text = format!("Invalid Request: Provided nextToken is invalid: {token}");
            assert_eq!(fault.message, Some(text));
        }
    }
}
