//! Changing a body in one place.

use crate::{
    diff::rules::{self, Comparator},
    wire::{
        Operation,
        json::{self, Json, Kind, Value},
    },
};

/// A body that is another in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// What was done.
    pub kind: &'static str,
    /// Where.
    pub path: String,
    /// The body.
    pub body: String,
}

/// Elements of a list that are gone into: the rest is more of the same.
const ELEMENTS: usize = 4;

/// What is changed, and what an answer may differ in anyway.
pub(crate) struct Mutation {
    /// The operation that the body answers.
    pub(crate) operation: Option<Operation>,
    /// Whether the body is all there is: of a part, members can be left out.
    pub(crate) whole: bool,
    /// Whether the bytes are those of the wire.
    pub(crate) exact: bool,
}

/// The bodies that differ from this one in one place each.
pub(crate) fn mutants(body: Value<'_>, mutation: &Mutation) -> Vec<Mutant> {
    // Places are those of a text of its own.
    let Ok(json) = Json::parse(body.raw().to_owned()) else { return Vec::new() };
    let mut walk = Walk { text: body.raw(), mutation, found: Vec::new() };
    walk.value("$", "", json.root());
    walk.found
}

struct Walk<'a> {
    text: &'a str,
    mutation: &'a Mutation,
    found: Vec<Mutant>,
}

impl Walk<'_> {
    fn add(&mut self, kind: &'static str, path: &str, at: Value<'_>, instead: &str) {
        let span = at.span();
        let body = format!("{}{instead}{}", &self.text[..span.start], &self.text[span.end..]);
        self.found.push(Mutant { kind, path: path.to_owned(), body });
    }

    fn value(&mut self, path: &str, member: &str, value: Value<'_>) {
        if is_template(value) {
            return self.add("value", path, value, "\"~\"");
        }
        let rule = rules::rule_for(self.mutation.operation, member);
        match value.kind() {
            Kind::Object => self.object(path, value),
            Kind::Array => self.list(path, member, value),
            kind => {
                let other = match rule.map(|rule| rule.comparator) {
                    // What a rule leaves open is not changed, what it asks for is.
                    Some(Comparator::Epoch | Comparator::Lagging) => "\"~\"".to_owned(),
                    Some(Comparator::Arn) => "\"arn:aws:other:::x\"".to_owned(),
                    _ => other(kind, member, value),
                };
                self.add("value", path, value, &other);
                if self.mutation.exact
                    && rule.is_none()
                    && let Some(spelling) = spelled_otherwise(member, value)
                {
                    self.add("number text", path, value, &spelling);
                }
            }
        }
    }

    fn object(&mut self, path: &str, object: Value<'_>) {
        let members: Vec<_> = object
            .names()
            .zip(object.members())
            .map(|(name, (_, value))| format!("{}:{}", name.raw(), value.raw()))
            .collect();
        for (at, (name, value)) in object.members().enumerate() {
            let path = format!("{path}.{name}");
            if self.mutation.whole {
                let rest = [&members[..at], &members[at + 1..]].concat();
                self.add("member removed", &path, object, &format!("{{{}}}", rest.join(",")));
            }
            self.value(&path, &name, value);
        }
        let more = [&members[..], &["\"~\":{\"S\":\"~\"}".to_owned()]].concat();
        self.add("member added", path, object, &format!("{{{}}}", more.join(",")));
    }

    fn list(&mut self, path: &str, member: &str, list: Value<'_>) {
        let elements: Vec<_> = list.elements().map(|element| element.raw().to_owned()).collect();
        let written = |elements: &[String]| format!("[{}]", elements.join(","));
        if let [first, second, rest @ ..] = &elements[..]
            && first != second
            && rules::ordered(self.mutation.operation, member)
        {
            let swapped = [&[second.clone(), first.clone()], rest].concat();
            self.add("order", path, list, &written(&swapped));
        }
        if let Some((_, rest)) = elements.split_first() {
            self.add("element removed", path, list, &written(rest));
        }
        let more = [&elements[..], &["\"~\"".to_owned()]].concat();
        self.add("element added", path, list, &written(&more));
        for (at, element) in list.elements().enumerate().take(ELEMENTS) {
            self.value(&format!("{path}[{at}]"), "", element);
        }
    }
}

/// An object that stands for a value that would be too long to write.
fn is_template(value: Value<'_>) -> bool {
    let mut members = value.members();
    let first = members.next();
    first.is_some_and(|(name, _)| name.starts_with('$')) && members.next().is_none()
}

/// Another value of the kind.
fn other(kind: Kind, member: &str, value: Value<'_>) -> String {
    let digit = |text: &str| if text.trim() == "7" { "8" } else { "7" };
    match kind {
        Kind::Bool => (value.as_bool() == Some(false)).to_string(),
        Kind::Number => digit(value.raw()).to_owned(),
        Kind::String => {
            let text = value.as_str().unwrap_or_default();
            let text = if member == "N" { digit(&text).into() } else { format!("{text}~") };
            let mut written = Vec::new();
            json::write_string(&mut written, &text);
            String::from_utf8_lossy(&written).into_owned()
        }
        Kind::Null | Kind::Object | Kind::Array => "\"~\"".to_owned(),
    }
}

/// The number with a zero more, which makes it no other.
fn spelled_otherwise(member: &str, value: Value<'_>) -> Option<String> {
    let (text, quote) = match value.kind() {
        Kind::Number => (value.raw().to_owned(), ""),
        Kind::String if member == "N" => (value.as_str()?.into_owned(), "\""),
        _ => return None,
    };
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    let zero = if text.contains('.') { "0" } else { ".0" };
    (plain && !text.is_empty()).then(|| format!("{quote}{text}{zero}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_is_json_and_another_body() {
        let text = r#"{"Items":[{"n":{"N":"1.5"}},{"n":{"N":"7"}}],"Count":2,"x":true,"y":null,"t":{"$repeat":["a",3]}}"#;
        let json = Json::parse(text).expect("json");
        let all = |whole| {
            let operation = Some(Operation::Query);
            mutants(json.root(), &Mutation { operation, whole, exact: true })
        };
        for mutant in all(true) {
            assert!(Json::parse(mutant.body.clone()).is_ok(), "{mutant:?}");
            assert_ne!(mutant.body, text);
        }
        let count = |whole, kind| all(whole).iter().filter(|mutant| mutant.kind == kind).count();
        assert_eq!(count(true, "member removed"), 9);
        assert_eq!(count(false, "member removed"), 0);
        assert_eq!(count(true, "value"), 6);
        assert_eq!(count(true, "number text"), 3);
        assert_eq!(count(true, "order"), 1);
    }
}
