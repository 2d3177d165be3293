//! How a case's answer is known.

use std::fmt;

/// A document and what it rests on, or a conclusion of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Somebody saw it: the document and section, and the region and day.
    Seen {
        /// `aws-facts 1.5`.
        place: String,
        /// `7 regions 2026-10-09`, `docs`, `unstated`.
        evidence: String,
    },
    /// It follows from something that was seen.
    Inferred(String),
}

impl Source {
    /// Reads `<document> <section> [<evidence>]` or `inferred: <why>`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(why) = text.strip_prefix("inferred:") {
            let why = why.trim();
            return (!why.is_empty()).then(|| Self::Inferred(why.to_owned()));
        }
        let (place, evidence) = text.strip_suffix(']')?.split_once('[')?;
        let (place, evidence) = (place.trim(), evidence.trim());
        let has_section = place.split_once(' ').is_some_and(|(_, section)| !section.is_empty());
        (has_section && !evidence.is_empty())
            .then(|| Self::Seen { place: place.to_owned(), evidence: evidence.to_owned() })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seen { place, evidence } => write!(f, "{place} [{evidence}]"),
            Self::Inferred(why) => write!(f, "inferred: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_section_and_evidence_or_a_reason() {
        for text in ["aws-facts 1.5 [7 regions 2026-10-09]", "inferred: as the neighbouring rule"] {
            assert_eq!(Source::parse(text).expect(text).to_string(), text);
        }
        for text in ["aws-facts [docs]", "aws-facts 1.5", "aws-facts 1.5 []", "inferred:", ""] {
            assert_eq!(Source::parse(text), None, "{text}");
        }
    }
}
