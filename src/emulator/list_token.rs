//! Where a list of jobs goes on: a token that another list does not take (aws-service-facts 1.14).

use std::fmt::Write as _;

use super::md5;
use crate::wire::Fault;

const SEAL: usize = 8;

/// The token of `list` for a place in it.
pub(super) fn token(list: &str, place: &str) -> String {
    let mut hex = String::new();
    for byte in seal(list, place.as_bytes()).iter().chain(place.as_bytes()) {
        // Writing into a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The place of a token that `list` gave.
pub(super) fn place(list: &str, token: &str) -> Result<String, Fault> {
    read(list, token).ok_or_else(|| {
        Fault::validation(format!("Invalid Request: Provided nextToken is invalid: {token}"))
    })
}

fn read(list: &str, token: &str) -> Option<String> {
    let (pairs, []) = token.as_bytes().as_chunks::<2>() else { return None };
    let bytes = pairs.iter().map(|pair| {
        let digits = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(digits, 16).ok()
    });
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    let (found, place) = bytes.split_at_checked(SEAL)?;
    (found == seal(list, place)).then(|| String::from_utf8(place.to_vec()).ok())?
}

fn seal(list: &str, place: &[u8]) -> [u8; SEAL] {
    let digest = md5::digest(&[b"list token", list.as_bytes(), place]);
    let mut seal = [0; SEAL];
    seal.copy_from_slice(&digest[..SEAL]);
    seal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_by_the_list_that_gave_it_only() {
        let given = token("exports", "a/b");
        assert_eq!(place("exports", &given).ok().as_deref(), Some("a/b"));
        for (list, token) in [("imports", &*given), ("exports", "nonsense"), ("exports", "00")] {
            let fault = place(list, token).expect_err("refused");
            let text = format!("Invalid Request: Provided nextToken is invalid: {token}");
            assert_eq!(fault.message, Some(text));
        }
    }
}
