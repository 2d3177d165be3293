//! What a target is capable of, and which cases need or shun it.

use super::Case;

/// The words there are, and what each says of a target.
pub const CAPABILITIES: [(&str, &str); 8] = [
    ("local", "a server for tests: one region, no account, no bill"),
    ("aws", "the service itself"),
    ("account", "nobody else has tables there"),
    ("names", "it is asked by the names of tables that are written: there is no fence"),
    ("clock", "its clock can be moved"),
    ("settings", "it can be started with other settings"),
    ("multi-region", "it is asked in more than one region"),
    ("kms", "it has keys of KMS"),
];

/// What the built-in emulator is capable of.
pub const EMULATOR: &[&str] = &["local", "account", "names", "clock", "settings", "multi-region"];
/// What a server at a URL is capable of, as far as is known.
pub const SERVER: &[&str] = &["local", "account", "names"];
/// What such a server is in a fence.
pub const FENCED: &[&str] = &["local"];
/// What AWS is in a fence.
pub const AWS: &[&str] = &["aws", "kms"];

/// Whether there is such a word.
pub(super) fn is_one(word: &str) -> bool {
    CAPABILITIES.iter().any(|(known, _)| *known == word)
}

impl Case {
    /// Why the case is not put to a target of these capabilities, if it is not: by what it says, and
    /// because it waits or has settings.
    #[must_use]
    pub fn left_out(&self, has: &[&str]) -> Option<String> {
        let meaning = |word: &str| CAPABILITIES.iter().find(|(known, _)| *known == word);
        let told = |word: &str| meaning(word).map_or(word, |(_, meaning)| meaning).to_owned();
        let lacks = self.only_if.iter().find(|word| !has.contains(&&***word));
        if let Some(word) = lacks {
            return Some(format!("only if `{word}`: {}", told(word)));
        }
        let shuns = self.skip_if.iter().find(|word| has.contains(&&***word));
        shuns.map(|word| format!("not if `{word}`: {}", told(word)))
    }
}
