//! The texts of a body: which there are, which a path points at, and others in their place.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;

use super::{JsonPath, SHORTEST_INSIDE, Values, path::with_all_inside, stand_in::canonical};
use crate::{
    cassette::{Header, Unknown},
    wire::json::{Json, Kind, Value, write_string},
};

/// A value to take out.
#[derive(Clone, Debug)]
pub(super) enum Leaf {
    Text(String),
    Number(String),
    Bytes(Vec<u8>),
}

impl Leaf {
    /// What it is known by: numbers are equal however they are written.
    pub(super) fn key(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Number(text) => canonical(text).unwrap_or_else(|| text.clone()).into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

/// What a string is the value of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Text,
    Number,
    Binary,
    /// No attribute's value: a name, a parameter, a message.
    None,
}

impl Tag {
    fn of(name: &str) -> Self {
        match name {
            "S" | "SS" => Self::Text,
            "N" | "NS" => Self::Number,
            "B" | "BS" => Self::Binary,
            _ => Self::None,
        }
    }
}

/// Every scalar of a body with its tag, and every name of a member.
fn tokens(root: Value<'_>) -> Vec<(Value<'_>, Tag)> {
    let (mut all, mut due) = (Vec::new(), vec![(root, Tag::None)]);
    while let Some((value, tag)) = due.pop() {
        match value.kind() {
            Kind::Object => {
                all.extend(value.names().map(|name| (name, Tag::None)));
                due.extend(value.members().map(|(name, child)| (child, Tag::of(&name))));
            }
            Kind::Array => due.extend(value.elements().map(|child| (child, tag))),
            Kind::String | Kind::Number => all.push((value, tag)),
            Kind::Null | Kind::Bool => {}
        }
    }
    all.sort_by_key(|(value, _)| value.span().start);
    all
}

fn leaf(value: Value<'_>, tag: Tag) -> Option<Leaf> {
    if value.kind() == Kind::Number {
        return Some(Leaf::Number(value.raw().to_owned()));
    }
    let text = value.as_str()?.into_owned();
    Some(match tag {
        Tag::Number => Leaf::Number(text),
        Tag::Binary => match STANDARD.decode(&text).map(String::from_utf8) {
            Ok(Ok(text)) => Leaf::Text(text),
            Ok(Err(bytes)) => Leaf::Bytes(bytes.into_bytes()),
            Err(_) => Leaf::Text(text),
        },
        Tag::Text | Tag::None => Leaf::Text(text),
    })
}

/// All texts in a body.
pub(super) fn texts(body: &Bytes) -> Vec<String> {
    let Ok(json) = Json::parse(body.clone()) else { return Vec::new() };
    let all = tokens(json.root()).into_iter().filter_map(|(value, _)| value.as_str());
    all.map(std::borrow::Cow::into_owned).collect()
}

/// The scalars at a path, and in what stands there.
pub(super) fn leaves(body: &Bytes, path: &JsonPath) -> Vec<Leaf> {
    let Ok(json) = Json::parse(body.clone()) else { return Vec::new() };
    let selected = selected(json.root(), std::slice::from_ref(path));
    let all = tokens(json.root()).into_iter();
    all.filter(|(value, _)| selected.contains(&value.span().start))
        .filter_map(|(value, tag)| leaf(value, tag))
        .collect()
}

/// Where the scalars begin that paths point at.
fn selected(root: Value<'_>, paths: &[JsonPath]) -> HashSet<usize> {
    let found = paths.iter().flat_map(|path| path.select(root)).flat_map(with_all_inside);
    found.map(|value| value.span().start).collect()
}

impl Values {
    /// Replaces what is in a body; says in how many places.
    pub(super) fn body(&mut self, body: &mut Bytes, paths: &[JsonPath]) -> usize {
        let Ok(json) = Json::parse(body.clone()) else {
            return match self.inside(body) {
                Some((bytes, places)) => {
                    *body = bytes.into();
                    places
                }
                None => 0,
            };
        };
        let selected = selected(json.root(), paths);
        let (mut out, mut done, mut places) = (Vec::with_capacity(body.len()), 0, 0);
        for (value, tag) in tokens(json.root()) {
            let span = value.span();
            let Some((token, count)) = self.token(value, tag, selected.contains(&span.start))
            else {
                continue;
            };
            out.extend_from_slice(&body[done..span.start]);
            out.extend_from_slice(&token);
            (done, places) = (span.end, places + count);
        }
        if places > 0 {
            out.extend_from_slice(&body[done..]);
            *body = out.into();
        }
        places
    }

    /// What comes in a token's place, and how many values that replaces.
    fn token(&mut self, value: Value<'_>, tag: Tag, selected: bool) -> Option<(Vec<u8>, usize)> {
        let is_number = value.kind() == Kind::Number;
        let leaf = leaf(value, tag)?;
        let key = leaf.key();
        let whole = selected || tag != Tag::None || key.len() >= SHORTEST_INSIDE;
        let replaced = match self.known.get(&key).filter(|_| whole) {
            Some((stand_in, at)) => {
                self.found[*at].places += 1;
                (stand_in.clone().into_bytes(), 1)
            }
            None if is_number || tag == Tag::Number => return None,
            None => self.inside(&key)?,
        };
        let (bytes, places) = replaced;
        if is_number {
            return Some((bytes, places));
        }
        let is_base64 = match &leaf {
            Leaf::Bytes(_) => true,
            // What says that it is base64 and is not was left as it is.
            Leaf::Text(_) => {
                tag == Tag::Binary
                    && value.as_str().is_some_and(|text| STANDARD.decode(&*text).is_ok())
            }
            Leaf::Number(_) => false,
        };
        let text =
            if is_base64 { STANDARD.encode(&bytes) } else { String::from_utf8(bytes).ok()? };
        let mut token = Vec::with_capacity(text.len() + 2);
        write_string(&mut token, &text);
        Some((token, places))
    }

    /// Replaces values that stand inside of other text.
    fn inside(&mut self, text: &[u8]) -> Option<(Vec<u8>, usize)> {
        let (mut out, mut done, mut places) = (Vec::with_capacity(text.len()), 0, 0);
        for hit in self.inside.as_ref()?.find_iter(text) {
            let known =
                self.patterns.get(hit.pattern().as_usize()).and_then(|value| self.known.get(value));
            let Some((stand_in, at)) = known else { continue };
            out.extend_from_slice(&text[done..hit.start()]);
            out.extend_from_slice(stand_in.as_bytes());
            (done, places) = (hit.end(), places + 1);
            self.found[*at].places += 1;
        }
        out.extend_from_slice(&text[done..]);
        (places > 0).then_some((out, places))
    }

    /// Replaces what is in a text that is no part of a body.
    pub(super) fn text_in<T: AsRef<str> + From<String>>(&mut self, text: &mut T) -> usize {
        let Some((bytes, places)) = self.inside(text.as_ref().as_bytes()) else { return 0 };
        let Ok(replaced) = String::from_utf8(bytes) else { return 0 };
        *text = replaced.into();
        places
    }

    /// Replaces what is in members that this version does not know.
    pub(super) fn unknown(&mut self, members: &mut Unknown) -> usize {
        let mut places = 0;
        for (name, value) in members {
            places += self.text_in(name);
            let mut body = Bytes::from(std::mem::take(value));
            places += self.body(&mut body, &[]);
            *value = String::from_utf8_lossy(&body).into_owned();
        }
        places
    }

    /// Replaces what is in a header: labels, names of tables and of their keys.
    pub(super) fn header(&mut self, header: &mut Header) -> usize {
        let mut places = 0;
        let from = &mut header.from;
        for text in [&mut from.region, &mut from.server, &mut from.label].into_iter().flatten() {
            places += self.text_in(text);
        }
        for (name, schema) in &mut header.tables {
            places += self.text_in(name);
            let indexes = schema.gsi.iter_mut().chain(&mut schema.lsi);
            let mut keys = vec![&mut schema.key];
            for (name, key) in indexes {
                places += self.text_in(name);
                keys.push(key);
            }
            for attribute in keys.into_iter().flatten() {
                places += self.text_in(&mut attribute.name);
            }
            if let Some(written) = &mut schema.written {
                places += self.text_in(written);
            }
        }
        for unknown in [
            &mut header.extra,
            &mut header.other_rules,
            &mut header.other_tables,
            &mut header.from.extra,
        ] {
            places += self.unknown(unknown);
        }
        places
    }
}
