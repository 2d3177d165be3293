//! What shows that AWS gave the answers of a tape, and what speaks against it.
//!
//! A recording is of AWS if its endpoint is AWS's, which TLS proves, and every answer had a request
//! id of the service's shape and a checksum that was right. All of that is gone when the tape is
//! written; what stays is its kind and, of each answer, the checksum. It does not prove anything
//! against somebody who forges it: it tells what was edited, and what was never there.

use std::fmt;

use super::{Answer, Cassette, Interaction};
use crate::wire::{
    json::{Json, compact},
    profile,
};

/// What speaks against an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// Nothing shows that the service gave it.
    Unproved,
    /// It is another one than was recorded.
    Edited,
    /// The service does not write so.
    Form,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unproved => "nothing shows that AWS gave this answer: it has no checksum",
            Self::Edited => "the answer was changed after it was recorded: its checksum is another",
            Self::Form => "AWS does not write so: there is white space between the tokens",
        })
    }
}

impl Interaction {
    /// The checksum of the answer as it stands, if there is one.
    #[must_use]
    pub fn checksum(&self) -> Option<u32> {
        match &self.answer {
            Answer::Http { body, .. } => Some(profile::crc32(body)),
            Answer::Io(_) => None,
        }
    }

    /// Whether the answer is the one that was recorded, as far as a checksum tells.
    #[must_use]
    pub fn is_as_recorded(&self) -> bool {
        self.crc.is_some() && self.crc == self.checksum() && !self.contradicts_itself()
    }

    /// What speaks against the answer's being one of AWS. Where there is no answer nothing does.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        let Answer::Http { body, .. } = &self.answer else { return None };
        if self.crc.is_none() {
            return Some(Doubt::Unproved);
        }
        if !self.is_as_recorded() {
            return Some(Doubt::Edited);
        }
        let spaced = Json::parse(body.clone())
            .is_ok_and(|json| compact(json.root()).as_bytes() != body.as_ref());
        spaced.then_some(Doubt::Form)
    }

    /// An error says so in its status and in its body.
    fn contradicts_itself(&self) -> bool {
        let Answer::Http { status, body, .. } = &self.answer else { return false };
        let Ok(json) = Json::parse(body.clone()) else { return false };
        status.is_success() == json.root().get("__type").is_some()
    }
}

impl Cassette {
    /// Why it is no recording of AWS, if it is none.
    #[must_use]
    pub fn not_of_aws(&self) -> Option<String> {
        let from = &self.header.from;
        if from.kind != "aws" {
            return Some(format!("it was recorded from {}", from.summary()));
        }
        from.server.as_ref().map(|server| format!("its answers came from a server \"{server}\""))
    }

    /// The answers that something speaks against, by their place.
    #[must_use]
    pub fn doubts(&self) -> Vec<(usize, Doubt)> {
        let all = self.interactions.iter().enumerate();
        all.filter_map(|(at, one)| Some((at, one.doubt()?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cassette::{read, to_text},
        wire::{Operation, Target},
    };

    fn tape(body: &'static str) -> Cassette {
        let answer =
            Answer::Http { status: http::StatusCode::OK, headers: Vec::new(), body: body.into() };
        let target = Target::Known(Operation::GetItem);
        let mut one = Interaction::new(target, "{}".into(), answer);
        one.crc = one.checksum();
        let mut tape = Cassette { interactions: vec![one], ..Cassette::default() };
        tape.header.from.kind = "aws".to_owned();
        tape.renumber();
        tape
    }

    #[test]
    fn an_answer_edited_in_the_file_is_told() {
        let text = to_text(&tape(r#"{"Item":{"n":{"N":"1"}}}"#));
        let doubts = |text: &str| {
            let (tape, damaged) = read(text.to_owned()).expect("a tape");
            assert!(damaged.is_empty(), "{damaged:?}");
            tape.doubts().into_iter().map(|(_, doubt)| doubt).collect::<Vec<_>>()
        };
        assert_eq!(doubts(&text), []);
        for (from, to, doubt) in [
            (r#""N": "1""#, r#""N": "2""#, Doubt::Edited),
            (r#""response":"#, r#""status": 400, "response":"#, Doubt::Edited),
            (r#""crc""#, r#""was""#, Doubt::Unproved),
        ] {
            assert!(text.contains(from), "{text}");
            assert_eq!(doubts(&text.replace(from, to)), [doubt], "{to}");
        }
        assert_eq!(tape(r#"{"Item": {}}"#).doubts(), [(0, Doubt::Form)]);
    }

    #[test]
    fn what_another_server_answered_is_not_of_aws() {
        let mut tape = tape("{}");
        assert_eq!(tape.not_of_aws(), None);
        tape.header.from.server = Some("Jetty".to_owned());
        assert!(tape.not_of_aws().is_some());
        tape.header.from.kind = "dynatape".to_owned();
        assert!(tape.not_of_aws().is_some_and(|why| why.contains("recorded from dynatape")));
    }
}
