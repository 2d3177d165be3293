//! Taking values out of cassettes that were recorded: names, addresses, whatever redaction cannot
//! know. A value is replaced wherever it stands, each time by the same stand-in, so that what was
//! equal stays equal and what was not does not become so.
//!
//! Bodies are edited token by token; checksums and ids are computed from them, and follow.

mod body;
mod path;
mod stand_in;

use std::collections::{HashMap, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};
use bytes::Bytes;

use super::{Answer, Cassette, Interaction};
use crate::wire::Target;
use body::Leaf;

pub use path::{BadPath, JsonPath};

/// A shorter value would be found inside of words that have nothing to do with it: it is replaced
/// only where it is the whole of an attribute's value, or where a path points at it.
pub const SHORTEST_INSIDE: usize = 8;

/// What to take out.
#[derive(Clone, Debug, Default)]
pub struct Scrub {
    /// Texts.
    pub values: Vec<String>,
    /// Headers of answers: they go, and their values are replaced elsewhere.
    pub headers: Vec<String>,
    /// Places in bodies, of requests and of answers: all texts and numbers there.
    pub paths: Vec<JsonPath>,
}

/// What was found of one thing to take out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Different values.
    pub values: usize,
    /// Places in which they stood.
    pub places: usize,
    /// What stands for the value now, if it was one.
    pub stand_in: Option<String>,
}

/// What was done to one cassette.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Places replaced, headers taken out among them.
    pub places: usize,
    /// Requests that say something else now.
    pub requests: usize,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Scrubbed {
    /// For each of the values, then of the headers, then of the paths.
    pub found: Vec<Found>,
    /// For each cassette.
    pub changed: Vec<Changed>,
    /// Texts that must not stand in the files any more, however they are spelled.
    pub gone: Vec<String>,
}

/// Takes it out of all of these cassettes at once: what stands for a value in one stands for it in
/// all.
pub fn scrub(cassettes: &mut [Cassette], what: &Scrub) -> Scrubbed {
    let mut values = Values::collected(cassettes, what);
    let mut scrubbed = Scrubbed::default();
    for cassette in cassettes {
        let changed = values.replace_in(cassette, what);
        cassette.renumber();
        scrubbed.changed.push(changed);
    }
    scrubbed.gone = values.gone();
    scrubbed.found = values.found;
    scrubbed
}

/// The values to take out, and what stands for each.
#[derive(Debug, Default)]
struct Values {
    /// By the value: its stand-in, and which of the things to take out it was found by.
    known: HashMap<Vec<u8>, (String, usize)>,
    found: Vec<Found>,
    /// All that stands in the cassettes already, or stands for something.
    taken: HashSet<String>,
    inside: Option<AhoCorasick>,
    patterns: Vec<Vec<u8>>,
}

impl Values {
    fn collected(cassettes: &[Cassette], what: &Scrub) -> Self {
        let count = what.values.len() + what.headers.len() + what.paths.len();
        let mut values = Self { found: vec![Found::default(); count], ..Self::default() };
        let all = || cassettes.iter().flat_map(|cassette| &cassette.interactions);
        for interaction in all() {
            for body in bodies(interaction) {
                values.taken.extend(body::texts(body));
            }
        }
        for (at, value) in what.values.iter().enumerate() {
            values.add(&Leaf::Text(value.clone()), at);
        }
        for (at, name) in (what.values.len()..).zip(&what.headers) {
            for interaction in all() {
                let Answer::Http { headers, .. } = &interaction.answer else { continue };
                for (_, value) in
                    headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name))
                {
                    values.add(&Leaf::Text(value.clone()), at);
                }
            }
        }
        for (at, path) in (what.values.len() + what.headers.len()..).zip(&what.paths) {
            for interaction in all() {
                for body in bodies(interaction) {
                    body::leaves(body, path).iter().for_each(|leaf| values.add(leaf, at));
                }
            }
        }
        let inside = values.known.keys().filter(|value| value.len() >= SHORTEST_INSIDE);
        values.patterns = inside.cloned().collect();
        // Without it nothing is replaced inside of texts, and what is left is found before the
        // file is written.
        values.inside = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&values.patterns)
            .ok();
        values
    }

    fn add(&mut self, leaf: &Leaf, at: usize) {
        let key = leaf.key();
        let is_done = std::str::from_utf8(&key).is_ok_and(stand_in::is_one);
        if key.is_empty() || is_done || self.known.contains_key(&key) {
            return;
        }
        // A text may be a number elsewhere (`--value 4155551234`), so its stand-in is one too.
        let text = String::from_utf8_lossy(&key);
        let is_number = matches!(leaf, Leaf::Number(_))
            || stand_in::canonical(&text).is_some_and(|n| n == text);
        let made = |number| match leaf {
            _ if is_number => stand_in::of_number(&text, number),
            Leaf::Bytes(bytes) => Some(stand_in::of_bytes(bytes, number)),
            _ => Some(stand_in::of_text(&text, number)),
        };
        let mut all = (self.known.len() + 1..).filter_map(made);
        let Some(stand_in) = all.find(|text| !self.taken.contains(text)) else { return };
        self.taken.insert(stand_in.clone());
        let found = &mut self.found[at];
        found.values += 1;
        found.stand_in = (found.values == 1).then(|| stand_in.clone());
        self.known.insert(key, (stand_in, at));
    }

    /// Numbers are not among them: within another number one is not itself.
    fn gone(&self) -> Vec<String> {
        let texts = self.known.keys().filter_map(|value| String::from_utf8(value.clone()).ok());
        texts.filter(|text| stand_in::canonical(text).is_none()).collect()
    }

    fn replace_in(&mut self, cassette: &mut Cassette, what: &Scrub) -> Changed {
        let mut changed = Changed::default();
        for interaction in &mut cassette.interactions {
            let as_recorded = interaction.is_as_recorded();
            let places = self.body(&mut interaction.request, &what.paths);
            changed.requests += usize::from(places > 0);
            changed.places += places;
            if let Target::Other(target) = &mut interaction.target {
                changed.places += self.text_in(target);
            }
            if let Answer::Http { headers, body, .. } = &mut interaction.answer {
                changed.places += self.body(body, &what.paths);
                let before = headers.len();
                for (at, name) in (what.values.len()..).zip(&what.headers) {
                    let before = headers.len();
                    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                    self.found[at].places += before - headers.len();
                }
                changed.places += before - headers.len();
                for (_, value) in headers {
                    changed.places += self.text_in(value);
                }
            }
            if as_recorded {
                interaction.crc = interaction.checksum();
            }
            changed.places += self.unknown(&mut interaction.extra);
            for attempt in &mut interaction.attempts {
                changed.places += self.unknown(&mut attempt.extra);
            }
        }
        changed.places += self.header(&mut cassette.header);
        changed
    }
}

fn bodies(interaction: &Interaction) -> impl Iterator<Item = &Bytes> {
    let answer = match &interaction.answer {
        Answer::Http { body, .. } => Some(body),
        Answer::Io(_) => None,
    };
    std::iter::once(&interaction.request).chain(answer)
}

#[cfg(test)]
mod tests;
