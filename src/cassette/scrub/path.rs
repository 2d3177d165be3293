//! Places in a body: `$.Item.email`, `$.Items[*].email`, `$..email`, `$['odd.name']`.

use std::{fmt, str::FromStr};

use crate::wire::json::{Kind, Value};

/// A path into JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `.name`, `['name']`
    Member(String),
    /// `[3]`
    Element(usize),
    /// `.*`, `[*]`
    Each,
    /// `..`: what follows may stand at any depth.
    Anywhere,
}

/// A text that is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a path starts with `$` and goes on with `.name`, `['name']`, `[0]`, `.*`, `[*]` or `..name`"
)]
pub struct BadPath;

impl FromStr for JsonPath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let mut rest = text.strip_prefix('$').ok_or(BadPath)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix("['") {
                let (name, after) = quoted.split_once("']").ok_or(BadPath)?;
                steps.push(Step::Member(name.to_owned()));
                rest = after;
            } else if let Some(inside) = rest.strip_prefix('[') {
                let (number, after) = inside.split_once(']').ok_or(BadPath)?;
                steps.push(match number {
                    "*" => Step::Each,
                    _ => Step::Element(number.parse().map_err(|_| BadPath)?),
                });
                rest = after;
            } else {
                let mut after = rest.strip_prefix('.').ok_or(BadPath)?;
                if let Some(deeper) = after.strip_prefix('.') {
                    steps.push(Step::Anywhere);
                    after = deeper;
                }
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (name, after) = after.split_at(end);
                steps.push(match name {
                    "" => return Err(BadPath),
                    "*" => Step::Each,
                    _ => Step::Member(name.to_owned()),
                });
                rest = after;
            }
        }
        Ok(Self { text: text.to_owned(), steps })
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl JsonPath {
    /// The values there.
    pub(super) fn select<'a>(&self, root: Value<'a>) -> Vec<Value<'a>> {
        let mut here = vec![root];
        for step in &self.steps {
            here = match step {
                Step::Anywhere => here.into_iter().flat_map(with_all_inside).collect(),
                Step::Each => here.into_iter().flat_map(children).collect(),
                Step::Member(name) => here
                    .into_iter()
                    .flat_map(|value| value.members().filter(|(known, _)| known == name))
                    .map(|(_, child)| child)
                    .collect(),
                Step::Element(at) => {
                    here.into_iter().filter_map(|value| value.elements().nth(*at)).collect()
                }
            };
        }
        here
    }
}

fn children(value: Value<'_>) -> Vec<Value<'_>> {
    match value.kind() {
        Kind::Object => value.members().map(|(_, child)| child).collect(),
        _ => value.elements().collect(),
    }
}

/// The value and all that is in it, without recursion: bodies nest as deep as the reader allows.
pub(super) fn with_all_inside(value: Value<'_>) -> Vec<Value<'_>> {
    let (mut all, mut due) = (Vec::new(), vec![value]);
    while let Some(value) = due.pop() {
        all.push(value);
        due.extend(children(value).into_iter().rev());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    #[test]
    fn a_path_selects_what_it_says_and_nothing_else() {
        let json = Json::parse(r#"{"a":{"b":[{"c":1},{"c":2}],"x.y":3},"c":4}"#).expect("JSON");
        for (path, found) in [
            ("$.a.b[*].c", &["1", "2"][..]),
            ("$.a.b[1].c", &["2"]),
            ("$..c", &["4", "1", "2"]),
            ("$.a['x.y']", &["3"]),
            ("$.*", &[r#"{"b":[{"c":1},{"c":2}],"x.y":3}"#, "4"]),
            ("$.b", &[]),
        ] {
            let path: JsonPath = path.parse().expect("a path");
            let all: Vec<_> = path.select(json.root()).iter().map(|value| value.raw()).collect();
            assert_eq!(all, found, "{path}");
        }
        for text in ["", "a", "$a", "$.", "$.a[", "$.a[x]", "$['a", "$...a", "$.a..", "$[-1]"] {
            assert_eq!(text.parse::<JsonPath>(), Err(BadPath), "{text}");
        }
    }
}
