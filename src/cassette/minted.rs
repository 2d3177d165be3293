//! Values that a client makes up anew each time it runs: UUIDs, ULIDs, hexadecimal ids, times. Two requests that
//! differ in nothing else are the same call of two runs (tier T3), if the values stand for each
//! other wherever they occur, also within texts in base64, one deep.
//!
//! A value is told by its shape alone. That is a proposal: a text that looks made up and is not
//! finds its equal by an earlier tier, and is bound to itself.

mod packed;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use memchr::memmem;

/// The sort of a made-up value: only values of one sort stand for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// `7c1f0400-0000-4000-8000-000000000001`, in either case.
    Uuid,
    /// 26 characters of Crockford's base 32, the first from 0 to 7.
    Ulid,
    /// As many hexadecimal digits as a UUID without dashes, a token or a hash has, with digits
    /// and letters of one case among them. Fewer could be any word.
    Hex,
    /// `2026-11-21T09:00:00`, with what follows of it.
    Time,
    /// Seconds since 1970, from 2001 to 2033.
    Seconds,
    /// Milliseconds since 1970, from 2001 to 2033.
    Millis,
    /// The whole of a `ClientRequestToken`.
    Token,
}

/// Where a text holds something made up.
enum Piece {
    /// A value.
    Value(Range<usize>, Shape),
    /// A string in base64 that holds some, and its text.
    Packed(Range<usize>, String),
}

/// The made-up values that stand in a text as they are, in order.
#[must_use]
pub fn find(text: &str) -> Vec<(Range<usize>, Shape)> {
    let value = |piece| match piece {
        Piece::Value(range, shape) => Some((range, shape)),
        Piece::Packed(..) => None,
    };
    pieces(text, false).into_iter().filter_map(value).collect()
}

fn pieces(text: &str, unpack: bool) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let word = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric());
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        // A value begins where a word begins.
        let length = word(at).count();
        let piece = (length > 0).then(|| piece_at(text, at, length, unpack)).flatten();
        at = match &piece {
            Some(Piece::Value(range, _) | Piece::Packed(range, _)) => range.end,
            None => at + length.max(1),
        };
        if piece.is_some() && bytes[at - 1].is_ascii_alphanumeric() {
            at += word(at).count();
        }
        found.extend(piece);
    }
    found
}

/// What begins with a word of this length.
fn piece_at(text: &str, at: usize, word: usize, unpack: bool) -> Option<Piece> {
    if let Some((length, shape)) = shape_at(&text.as_bytes()[at..], word) {
        return Some(Piece::Value(at..at + length, shape));
    }
    let (length, inner) = unpack.then(|| packed::text_at(text, at)).flatten()?;
    (!find(&inner).is_empty()).then_some(Piece::Packed(at..at + length, inner))
}

/// Whether a text holds anything made up.
#[must_use]
pub fn any(text: &str) -> bool {
    !pieces(text, true).is_empty()
}

/// The made-up values in a body, in order, with those in base64.
#[must_use]
pub fn values(body: &[u8]) -> Vec<(Shape, String)> {
    let Ok(text) = std::str::from_utf8(body) else { return Vec::new() };
    let mut values = Vec::new();
    for piece in pieces(text, true) {
        match piece {
            Piece::Value(range, shape) => values.push((shape, text[range].to_owned())),
            Piece::Packed(_, inner) => {
                let inside = find(&inner).into_iter();
                values.extend(inside.map(|(range, shape)| (shape, inner[range].to_owned())));
            }
        }
    }
    values
}

/// Whether a body tells a value, as it is or in base64.
#[must_use]
pub fn tells(body: &[u8], value: &str) -> bool {
    memmem::find(body, value.as_bytes()).is_some()
        || std::str::from_utf8(body).is_ok_and(|text| {
            let inner =
                |piece: &Piece| matches!(piece, Piece::Packed(_, inner) if inner.contains(value));
            pieces(text, true).iter().any(inner)
        })
}

/// The text with made-up values taken out.
#[must_use]
pub fn blanked(text: &str) -> String {
    blanked_in(text, true)
}

fn blanked_in(text: &str, unpack: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for piece in pieces(text, unpack) {
        let (range, blank) = match &piece {
            Piece::Value(range, shape) => (range, Cow::Borrowed(blank(*shape))),
            Piece::Packed(range, inner) => {
                (range, Cow::Owned(format!("\u{1}base64{}", blanked_in(inner, false))))
            }
        };
        out.push_str(&text[from..range.start]);
        out.push_str(&blank);
        from = range.end;
    }
    out.push_str(&text[from..]);
    out
}

/// What stands in place of a made-up value.
const fn blank(shape: Shape) -> &'static str {
    match shape {
        Shape::Uuid => "\u{1}uuid",
        Shape::Ulid => "\u{1}ulid",
        Shape::Hex => "\u{1}hex",
        Shape::Time => "\u{1}time",
        Shape::Seconds => "\u{1}seconds",
        Shape::Millis => "\u{1}millis",
        Shape::Token => "\u{1}token",
    }
}

/// The value that begins with a word of this length, and its own length.
fn shape_at(bytes: &[u8], word: usize) -> Option<(usize, Shape)> {
    let is_number = || bytes[..word].iter().all(u8::is_ascii_digit);
    let ends = |length: usize| bytes.get(length).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let found = match word {
        4 if is_number() => (time(bytes)?, Shape::Time),
        8 if is_uuid(bytes) && ends(36) => (36, Shape::Uuid),
        10 | 13 if bytes[0] == b'1' && is_number() && bytes.get(word) != Some(&b'.') => {
            (word, if word == 10 { Shape::Seconds } else { Shape::Millis })
        }
        16 | 24 | 32 | 40 | 64 if is_hex(&bytes[..word]) => (word, Shape::Hex),
        26 if (b'0'..=b'7').contains(&bytes[0]) && bytes[..26].iter().all(is_crockford) => {
            (26, Shape::Ulid)
        }
        _ => return None,
    };
    Some(found)
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() >= 36
        && bytes[..36].iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_hex(word: &[u8]) -> bool {
    let any = |of: fn(&u8) -> bool| word.iter().any(of);
    let one_case = any(u8::is_ascii_lowercase) != any(u8::is_ascii_uppercase);
    one_case && any(u8::is_ascii_digit) && word.iter().all(u8::is_ascii_hexdigit)
}

fn is_crockford(byte: &u8) -> bool {
    byte.is_ascii_digit()
        || (byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U'))
}

/// The length of an ISO 8601 time: date, `T` or a blank, time, then a fraction and a zone.
fn time(bytes: &[u8]) -> Option<usize> {
    const FORM: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let fits = bytes.len() >= FORM.len()
        && FORM.iter().zip(bytes).all(|(form, byte)| match form {
            b'd' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b' '),
            form => form == byte,
        });
    if !fits {
        return None;
    }
    let mut length = FORM.len();
    let digits =
        |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    match bytes.get(length) {
        Some(b'Z') => length += 1,
        Some(b'+' | b'-') => {
            let zone = &bytes[length + 1..];
            let form: &[u8] = if zone.get(2) == Some(&b':') { b"dd:dd" } else { b"dddd" };
            let fits = zone.len() >= form.len()
                && form.iter().zip(zone).all(|(form, byte)| match form {
                    b'd' => byte.is_ascii_digit(),
                    form => form == byte,
                });
            if fits {
                length += 1 + form.len();
            }
        }
        _ => {}
    }
    Some(length)
}

/// Which live value stands for which recorded one. For ids and tokens that is a bijection, so that
/// "the same value twice" and "two values" stay what they were, and a value that the tape itself
/// holds stands for nothing but itself. Times go on as they please: two may fall together.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    live: HashMap<(Shape, String), String>,
    recorded: HashMap<(Shape, String), String>,
    of_the_tape: Arc<Held>,
}

/// The ids that the bodies of a tape hold, looked for when a first value is to be bound: most
/// programs make up none.
#[derive(Debug, Default)]
struct Held {
    bodies: Vec<Bytes>,
    ids: OnceLock<HashSet<(Shape, String)>>,
}

impl Held {
    fn contains(&self, id: &(Shape, String)) -> bool {
        let ids = self.ids.get_or_init(|| {
            let all = self.bodies.iter().flat_map(|body| values(body));
            all.filter(|(shape, _)| shape.is_identity()).collect()
        });
        ids.contains(id)
    }
}

impl Shape {
    /// Whether equal values mean the same thing, and different ones different things.
    #[must_use]
    pub const fn is_identity(self) -> bool {
        matches!(self, Self::Uuid | Self::Ulid | Self::Hex | Self::Token)
    }
}

impl Bindings {
    /// No bindings yet, over a tape with these bodies.
    pub fn over<'a>(bodies: impl Iterator<Item = &'a Bytes>) -> Self {
        let held = Held { bodies: bodies.cloned().collect(), ids: OnceLock::new() };
        Self { of_the_tape: Arc::new(held), ..Self::default() }
    }

    /// Whether nothing is bound.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// What is to be bound for these recorded values to stand for these live ones; `None` where
    /// they cannot.
    #[must_use]
    pub fn unify(
        &self,
        recorded: &[(Shape, String)],
        live: &[(Shape, String)],
    ) -> Option<Vec<(Shape, String, String)>> {
        if recorded.len() != live.len() {
            return None;
        }
        let mut new: Vec<(Shape, String, String)> = Vec::new();
        let (mut partners, mut taken) = (HashMap::new(), HashMap::new());
        for (old, now) in recorded.iter().zip(live) {
            if old.0 != now.0 {
                return None;
            }
            if !old.0.is_identity() {
                new.push((old.0, old.1.clone(), now.1.clone()));
                continue;
            }
            let known = (self.recorded.get(old), self.live.get(now));
            match known {
                (Some(partner), _) if *partner == now.1 => continue,
                (None, None) if old.1 == now.1 || !self.of_the_tape.contains(now) => {}
                _ => return None,
            }
            match (partners.get(old), taken.get(now)) {
                (Some(partner), _) if *partner == now => continue,
                (None, None) => {}
                _ => return None,
            }
            partners.insert(old, now);
            taken.insert(now, old);
            new.push((old.0, old.1.clone(), now.1.clone()));
        }
        Some(new)
    }

    /// The recorded values that these live ones stand for: those they are bound to, or themselves.
    #[must_use]
    pub fn recorded(&self, live: &[(Shape, String)]) -> Vec<(Shape, String)> {
        live.iter()
            .map(|value| match self.live.get(value) {
                Some(recorded) => (value.0, recorded.clone()),
                None => value.clone(),
            })
            .collect()
    }

    /// Which live ids must stand for other recorded ones than they do for these recorded values to
    /// stand for these live ones: each with the one that it then stands for, or with none where it
    /// has to make room. `None` where that cannot be: a value of the tape stands for itself.
    #[must_use]
    pub fn moves(
        &self,
        recorded: &[(Shape, String)],
        live: &[(Shape, String)],
    ) -> Option<HashMap<(Shape, String), Option<String>>> {
        let mut moves = HashMap::new();
        if recorded.len() != live.len() {
            return None;
        }
        for (old, now) in recorded.iter().zip(live) {
            let bound = self.live.get(now);
            if old.0 != now.0 || bound == Some(&old.1) || !old.0.is_identity() {
                continue;
            }
            let mut put = |live: (Shape, String), stands_for: Option<String>| {
                let other = moves.insert(live.clone(), stands_for.clone());
                !self.of_the_tape.contains(&live) && other.is_none_or(|other| other == stands_for)
            };
            let taken = self.recorded.get(old).map(|holder| (old.0, holder.clone()));
            if !taken.is_none_or(|holder| put(holder, None))
                || (bound.is_some() && !put(now.clone(), Some(old.1.clone())))
            {
                return None;
            }
        }
        Some(moves)
    }

    /// The live value that stands for a recorded one.
    #[must_use]
    pub fn holder(&self, recorded: &(Shape, String)) -> Option<(Shape, String)> {
        self.recorded.get(recorded).map(|live| (recorded.0, live.clone()))
    }

    /// Forgets what a live value stands for.
    pub fn unbind(&mut self, live: &(Shape, String)) {
        if let Some(recorded) = self.live.remove(live) {
            self.recorded.remove(&(live.0, recorded));
        }
    }

    /// Whether a live id was never heard of: it stands for nothing, and the tape has none like it.
    #[must_use]
    pub fn is_new(&self, live: &(Shape, String)) -> bool {
        live.0.is_identity() && !self.live.contains_key(live) && !self.of_the_tape.contains(live)
    }

    /// Whether neither of the two stands for anything.
    #[must_use]
    pub fn are_free(&self, recorded: &(Shape, String), live: &(Shape, String)) -> bool {
        !self.recorded.contains_key(recorded) && !self.live.contains_key(live)
    }

    /// Binds what [`Bindings::unify`] gave.
    pub fn bind(&mut self, pairs: Vec<(Shape, String, String)>) {
        for (shape, recorded, live) in pairs {
            self.recorded.insert((shape, recorded.clone()), live.clone());
            self.live.insert((shape, live), recorded);
        }
    }

    /// The text with recorded values replaced by the live ones that stand for them; `None` where
    /// nothing is replaced.
    #[must_use]
    pub fn to_live(&self, text: &str) -> Option<String> {
        translated(text, &self.recorded, true)
    }

    /// The text with live values replaced by the recorded ones.
    #[must_use]
    pub fn to_recorded(&self, text: &str) -> Option<String> {
        translated(text, &self.live, true)
    }
}

fn translated(
    text: &str,
    partners: &HashMap<(Shape, String), String>,
    unpack: bool,
) -> Option<String> {
    if partners.is_empty() {
        return None;
    }
    let mut out = String::new();
    let mut from = 0;
    for piece in pieces(text, unpack) {
        let (range, partner) = match piece {
            Piece::Value(range, shape) => {
                let partner = partners.get(&(shape, text[range.clone()].to_owned())).cloned();
                (range, partner)
            }
            Piece::Packed(range, inner) => {
                (range, translated(&inner, partners, false).as_deref().map(packed::packed))
            }
        };
        if let Some(partner) = partner.filter(|partner| *partner != text[range.clone()]) {
            out.push_str(&text[from..range.start]);
            out.push_str(&partner);
            from = range.end;
        }
    }
    if from == 0 {
        return None;
    }
    out.push_str(&text[from..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::base64;

    const UUID: &str = "7c1f0400-0000-4000-8000-0123456789ab";

    #[test]
    fn made_up_values_are_told_by_their_shape() {
        for (text, shapes) in [
            (format!("order#{UUID}#x"), vec![Shape::Uuid]),
            (UUID.to_uppercase(), vec![Shape::Uuid]),
            (format!("{UUID}0"), vec![]),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV".into(), vec![Shape::Ulid]),
            ("81ARZ3NDEKTSV4RRFFQ69G5FAV".into(), vec![]),
            ("order_7c1f04000000400080000123456789ab".into(), vec![Shape::Hex]),
            ("7C1F040000004000".into(), vec![Shape::Hex]),
            ("7C1f040000004000 7c1f04000000 abcdefabcdefabcd 1234567890123456".into(), vec![]),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAI".into(), vec![]),
            ("2026-11-21T09:00:00".into(), vec![Shape::Time]),
            (
                "at 2026-11-21 09:00:00.123456+01:00, 1763715600".into(),
                vec![Shape::Time, Shape::Seconds],
            ),
            ("2026-11-21T09:00:00Z".into(), vec![Shape::Time]),
            ("2026-11-21".into(), vec![]),
            (r#"{"N":"1763715600123"}"#.into(), vec![Shape::Millis]),
            ("17637156001".into(), vec![]),
            ("1763715600.5".into(), vec![]),
            ("a1763715600".into(), vec![]),
        ] {
            let found: Vec<_> = find(&text).into_iter().map(|(_, shape)| shape).collect();
            assert_eq!(found, shapes, "{text}");
        }
        let text = "at 2026-11-21T09:00:00.5Z!";
        assert_eq!(&text[find(text)[0].0.clone()], "2026-11-21T09:00:00.5Z");
        assert_eq!(blanked("x#1763715600#y"), "x#\u{1}seconds#y");
    }

    #[test]
    fn bindings_are_one_to_one() {
        let values = |texts: &[&str]| -> Vec<_> {
            texts.iter().map(|text| (Shape::Uuid, (*text).to_owned())).collect()
        };
        let mut bindings = Bindings::default();
        let pairs = bindings.unify(&values(&["a", "b", "a"]), &values(&["x", "y", "x"]));
        bindings.bind(pairs.expect("a bijection"));
        for (recorded, live, allowed) in [
            (["a", "b"], ["x", "y"], true),
            (["a", "b"], ["x", "z"], false),
            (["b", "a"], ["x", "y"], false),
            (["c", "d"], ["z", "w"], true),
            (["c", "c"], ["z", "w"], false),
            (["c", "d"], ["z", "z"], false),
            (["c", "d"], ["x", "w"], false),
        ] {
            let unified = bindings.unify(&values(&recorded), &values(&live));
            assert_eq!(unified.is_some(), allowed, "{recorded:?} {live:?}");
        }
        assert_eq!(bindings.unify(&values(&["c"]), &values(&[])), None);
    }

    #[test]
    fn an_id_of_the_tape_stands_for_nothing_but_itself_and_times_may_fall_together() {
        let other = "11111111-2222-4333-8444-555555555555";
        let bindings = Bindings::over([UUID, other].map(Bytes::from).iter());
        let id = |text: &str| [(Shape::Uuid, text.to_owned())];
        assert!(bindings.unify(&id(UUID), &id(UUID)).is_some());
        assert_eq!(bindings.unify(&id(UUID), &id(other)), None);
        assert!(bindings.unify(&id(UUID), &id("99999999-2222-4333-8444-555555555555")).is_some());
        let times = |texts: [&str; 2]| texts.map(|text| (Shape::Seconds, text.to_owned()));
        let (same, two) = (times(["1", "1"]), times(["1", "2"]));
        assert!(bindings.unify(&same, &two).is_some() && bindings.unify(&two, &same).is_some());
    }

    #[test]
    fn texts_are_translated_both_ways() {
        let (old, new) = (UUID, "11111111-2222-4333-8444-555555555555");
        let mut bindings = Bindings::default();
        bindings.bind(vec![(Shape::Uuid, old.to_owned(), new.to_owned())]);
        let (recorded, live) = (format!("a#{old},{old}"), format!("a#{new},{new}"));
        assert_eq!(bindings.to_live(&recorded).as_deref(), Some(&*live));
        assert_eq!(bindings.to_recorded(&live).as_deref(), Some(&*recorded));
        assert_eq!(bindings.to_live("nothing"), None);
    }

    #[test]
    fn values_in_binaries_are_found_and_translated_like_others() {
        let other = "11111111-2222-4333-8444-555555555555";
        let body = |id: &str| {
            let event = base64::text(format!(r#"{{"Created":{{"id":"{id}"}}}}"#).as_bytes());
            format!(r#"{{"id":{{"S":"a:{id}"}},"Payload":{{"B":"{event}"}}}}"#)
        };
        let (recorded, live) = (body(UUID), body(other));
        let uuid = |text: &str| (Shape::Uuid, text.to_owned());
        assert_eq!(values(recorded.as_bytes()), [uuid(UUID), uuid(UUID)]);
        assert_eq!(blanked(&recorded), blanked(&live));
        assert!(blanked(&recorded) != blanked(&recorded.replace("eyJDcmVhdGVk", "eyJDcmVhdGVj")));
        let mut bindings = Bindings::default();
        bindings.bind(vec![(Shape::Uuid, UUID.to_owned(), other.to_owned())]);
        assert_eq!(bindings.to_live(&recorded), Some(live.clone()));
        assert_eq!(bindings.to_recorded(&live), Some(recorded));
        let only = live.split_once(',').map_or("", |(_, payload)| payload);
        assert!(tells(only.as_bytes(), other) && !tells(only.as_bytes(), UUID));
    }

    #[test]
    fn a_binary_that_is_no_text_or_no_whole_string_holds_nothing() {
        let event = base64::text(format!(r#"{{"id":"{UUID}"}}"#).as_bytes());
        let bytes = base64::text(&[b"\0", UUID.as_bytes()].concat());
        for text in [event.clone(), format!("\"x:{event}\""), format!("\"{bytes}\"")] {
            assert_eq!(values(text.as_bytes()), [], "{text}");
            assert_eq!(blanked(&text), text);
        }
        assert!(any(&format!("\"{event}\"")));
    }
}
