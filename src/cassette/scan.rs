//! Does a text still hold a live secret, in any spelling? Asked of every file before it is
//! written; a hit means that the file is not.
//!
//! Redaction decides what to drop; this does not trust it.

use std::{borrow::Cow, fmt, io::Read as _};

use aho_corasick::AhoCorasick;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// Secrets in use while recording: what they are, and their text.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Vec<(&'static str, String)>,
}

/// Shorter texts would be found everywhere, and are nobody's credential.
const SHORTEST: usize = 8;

impl Secrets {
    /// Adds one. What is too short to be a credential is left out.
    pub fn add(&mut self, what: &'static str, secret: &str) {
        if secret.len() >= SHORTEST && !self.known.iter().any(|(_, known)| known == secret) {
            self.known.push((what, secret.to_owned()));
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} known)", self.known.len())
    }
}

/// A secret found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// What it is ("secret access key").
    pub what: &'static str,
    /// How it is spelled there.
    pub encoding: &'static str,
    /// Where: a byte of the text.
    pub offset: usize,
}

/// Looks for each secret in the text: as it is, in hexadecimal, URL-escaped, JSON-escaped, in
/// base64 at each of the three alignments, and inside whatever base64 or gzip the text holds.
#[must_use]
pub fn scan(text: &[u8], secrets: &Secrets) -> Option<Leak> {
    let spellings: Vec<_> =
        secrets.known.iter().flat_map(|(what, secret)| spellings(what, secret)).collect();
    // One pass for all of them: a long recording has a thousand signatures.
    let Ok(finder) = AhoCorasick::new(spellings.iter().map(|(.., spelled)| spelled)) else {
        // More patterns than can be searched for: what was not looked for counts as found.
        return Some(Leak { what: "(unchecked) credential", encoding: "plain text", offset: 0 });
    };
    let find = |text: &[u8]| {
        let hit = finder.find(text)?;
        let (what, encoding, _) = spellings.get(hit.pattern().as_usize())?;
        Some(Leak { what, encoding, offset: hit.start() })
    };
    let hidden = || {
        base64_runs(text).find_map(|(offset, bytes)| {
            let inner = unzip(&bytes);
            let leak = find(&inner)?;
            let zipped = matches!(inner, Cow::Owned(_));
            Some(Leak {
                encoding: if zipped { "gzip in base64" } else { "base64" },
                offset,
                ..leak
            })
        })
    };
    find(text).or_else(hidden)
}

type Spelling = (&'static str, &'static str, Vec<u8>);

fn spellings(what: &'static str, secret: &str) -> Vec<Spelling> {
    let bytes = secret.as_bytes();
    let hex = |upper: bool| -> String {
        bytes
            .iter()
            .map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") })
            .collect()
    };
    let escaped = |plain: fn(u8) -> bool, escape: fn(u8) -> String| -> String {
        bytes
            .iter()
            .map(|byte| if plain(*byte) { char::from(*byte).to_string() } else { escape(*byte) })
            .collect()
    };
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let mut all = vec![
        (what, "plain text", secret.to_owned()),
        (what, "hexadecimal", hex(false)),
        (what, "hexadecimal", hex(true)),
        (what, "URL escapes", escaped(unreserved, |byte| format!("%{byte:02X}"))),
        (what, "URL escapes", escaped(unreserved, |byte| format!("%{byte:02x}"))),
        (what, "JSON escapes", secret.replace('/', "\\/")),
        (what, "JSON escapes", escaped(|_| false, |byte| format!("\\u{byte:04x}"))),
        (what, "JSON escapes", escaped(|_| false, |byte| format!("\\u{byte:04X}"))),
    ];
    for shift in 0..3 {
        // The characters that hold bits of the neighbours are cut off on both sides.
        let padded = [&vec![0; shift][..], bytes].concat();
        let whole = padded.len() / 3 * 3;
        let first = if shift == 0 { 0 } else { 4 };
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            if let Some(inner) = engine.encode(&padded[..whole]).get(first..) {
                all.push((what, "base64", inner.to_owned()));
            }
        }
    }
    all.into_iter()
        .filter(|(.., spelled)| spelled.len() >= SHORTEST)
        .map(|(w, e, s)| (w, e, s.into_bytes()))
        .collect()
}

/// Every run of base64 long enough to hide something, decoded.
fn base64_runs(text: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at + text[at..].iter().position(is_base64)?;
            let len = text[start..].iter().take_while(|byte| is_base64(byte)).count();
            at = start + len;
            if len >= 12
                && let Ok(bytes) = STANDARD.decode(&text[start..at])
            {
                return Some((start, bytes));
            }
        }
        None
    })
}

/// The bytes, or what they unpack to: at most 64 MiB, so that a bomb stays small.
fn unzip(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes.into();
    }
    let mut out = Vec::new();
    let read = flate2::read::GzDecoder::new(bytes).take(64 << 20).read_to_end(&mut out);
    if read.is_ok() || !out.is_empty() { out.into() } else { bytes.into() }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn finds_a_secret_however_it_is_spelled() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let mut secrets = Secrets::default();
        secrets.add("secret access key", secret);
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zipped.write_all(format!("a {secret} b").as_bytes()).expect("in memory");
        let hidden: Vec<(&str, String)> = vec![
            ("plain", format!("x{secret}y")),
            ("hex", secret.bytes().map(|byte| format!("{byte:02x}")).collect()),
            ("url", secret.replace('/', "%2F").replace('+', "%2B")),
            ("json", secret.replace('/', "\\/")),
            ("base64 at 0", STANDARD.encode(format!("abc{secret}zz"))),
            ("base64 at 1", STANDARD.encode(format!("a{secret}zz"))),
            ("base64 at 2", STANDARD.encode(format!("ab{secret}zz"))),
            ("gzip", STANDARD.encode(zipped.finish().expect("in memory"))),
        ];
        for (how, text) in hidden {
            let text = format!("{{\"B\": \"{text}\"}}");
            assert!(scan(text.as_bytes(), &secrets).is_some(), "{how}: {text}");
        }
        assert_eq!(
            scan(b"{\"B\": \"d0phbHJYVXRuRkVNSQ==\"}", &secrets),
            None,
            "a third of it is not it"
        );
    }

    #[test]
    fn never_shows_a_secret() {
        let mut secrets = Secrets::default();
        secrets.add("session token", "do-not-print-me");
        assert!(!format!("{secrets:?}").contains("print"));
    }
}
