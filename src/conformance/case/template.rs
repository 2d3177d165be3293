//! Values that would be too long to write: an object whose only member starts with `$`.
//!
//! Everything else is copied as it is written: number text, member order, members given twice.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Fault;
use crate::wire::json::{Json, Kind, Value, Writer, compact};

/// What earlier steps kept, by name.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    values: BTreeMap<String, String>,
    /// Whether any name stands for something: for a look at a case that is not played.
    any: bool,
}

impl Captured {
    /// Stands for every name.
    #[must_use]
    pub(super) fn anything() -> Self {
        Self { values: BTreeMap::new(), any: true }
    }

    /// Keeps a value as JSON text.
    pub fn keep(&mut self, name: &str, value: Value<'_>) {
        self.values.insert(name.to_owned(), compact(value));
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).or(if self.any { Some("null") } else { None })
    }
}

/// Longest text or list a template may make: above the service's largest request.
const LONGEST: usize = 20 << 20;

/// A value with its templates filled in, as JSON text.
///
/// # Errors
///
/// When a template is none.
pub(super) fn expand(value: Value<'_>, captured: &Captured) -> Result<Vec<u8>, Fault> {
    let mut json = Writer::new();
    Scope { captured, index: None }.write(value, &mut json)?;
    Ok(json.into_bytes())
}

/// A template that stands for text.
///
/// # Errors
///
/// When it is none, or stands for something else.
pub(super) fn expand_text(value: Value<'_>, captured: &Captured) -> Result<String, Fault> {
    Scope { captured, index: None }.text(value)
}

/// Where a template stands.
#[derive(Clone, Copy)]
struct Scope<'a> {
    captured: &'a Captured,
    /// What `{i}` stands for.
    index: Option<usize>,
}

impl Scope<'_> {
    fn write(self, value: Value<'_>, json: &mut Writer) -> Result<(), Fault> {
        if let Some((name, argument)) = template(value) {
            return self.fill_in(&name, argument, json).map_err(|fault| match fault {
                Fault::Template(_) => Fault::Template(value.raw().chars().take(80).collect()),
                other => other,
            });
        }
        let mut result = Ok(());
        match value.kind() {
            Kind::Object => json.object(|json| {
                for (name, inner) in value.members() {
                    json.key(&self.indexed(&name));
                    result = std::mem::replace(&mut result, Ok(()))
                        .and_then(|()| self.write(inner, json).or_else(|f| void(json, f)));
                }
            }),
            Kind::Array => json.array(|json| {
                for inner in value.elements() {
                    result = std::mem::replace(&mut result, Ok(()))
                        .and_then(|()| self.write(inner, json).or_else(|f| void(json, f)));
                }
            }),
            Kind::String if self.index.is_some() => json.string(&self.text(value)?),
            Kind::Null | Kind::Bool | Kind::Number | Kind::String => {
                json.raw(value.raw().as_bytes());
            }
        }
        result
    }

    fn fill_in(self, name: &str, argument: Value<'_>, json: &mut Writer) -> Result<(), Fault> {
        let no_template = || Fault::Template(String::new());
        match name {
            "$repeat" | "$concat" | "$bytes" | "$joined" => {
                json.string(&self.filled_text(name, argument)?);
            }
            "$captured" => {
                let name = argument.as_str().ok_or_else(no_template)?;
                json.raw(self.captured.get(&name).ok_or_else(no_template)?.as_bytes());
            }
            "$list" => {
                let (count, element) = pair(argument).ok_or_else(no_template)?;
                let mut result = Ok(());
                json.array(|json| {
                    for index in 1..=count {
                        let scope = Self { index: Some(index), ..self };
                        result = std::mem::replace(&mut result, Ok(()))
                            .and_then(|()| scope.write(element, json).or_else(|f| void(json, f)));
                    }
                });
                result?;
            }
            "$object" => {
                let mut parts = argument.elements();
                let (count, member, inner) = (parts.next(), parts.next(), parts.next());
                let count = count.and_then(whole).ok_or_else(no_template)?;
                let member = member.ok_or_else(no_template)?;
                let inner = inner.ok_or_else(no_template)?;
                let mut result = Ok(());
                json.object(|json| {
                    for index in 1..=count {
                        let scope = Self { index: Some(index), ..self };
                        json.key(&scope.text(member).unwrap_or_default());
                        result = std::mem::replace(&mut result, Ok(()))
                            .and_then(|()| scope.write(inner, json).or_else(|f| void(json, f)));
                    }
                });
                result?;
            }
            "$nest" => {
                let mut parts = argument.elements();
                let levels = parts.next().and_then(whole).ok_or_else(no_template)?;
                let kind = parts.next().and_then(Value::as_str).ok_or_else(no_template)?;
                let (before, after) = match &*kind {
                    "L" => (r#"{"L":["#, "]}"),
                    "M" => (r#"{"M":{"a":"#, "}}"),
                    _ => return Err(no_template()),
                };
                let mut inner = Writer::new();
                self.write(parts.next().ok_or_else(no_template)?, &mut inner)?;
                let mut text = before.repeat(levels).into_bytes();
                text.extend(inner.into_bytes());
                text.extend(after.repeat(levels).bytes());
                json.raw(&text);
            }
            _ => return Err(no_template()),
        }
        Ok(())
    }

    /// The text of a text, or of a template that stands for one.
    fn text(self, value: Value<'_>) -> Result<String, Fault> {
        let no_text = || Fault::Template(value.raw().chars().take(80).collect());
        match (value.as_str(), template(value)) {
            (Some(text), _) => Ok(self.indexed(&text)),
            (None, Some((name, argument))) if name == "$captured" => {
                let name = argument.as_str().ok_or_else(no_text)?;
                let text = self.captured.get(&name).ok_or_else(no_text)?;
                let json = Json::parse(text.to_owned()).map_err(|_| no_text())?;
                Ok(json.root().as_str().map_or_else(|| text.to_owned(), |text| text.into_owned()))
            }
            (None, Some((name, argument))) => {
                self.filled_text(&name, argument).map_err(|_| no_text())
            }
            (None, None) => Err(no_text()),
        }
    }

    fn filled_text(self, name: &str, argument: Value<'_>) -> Result<String, Fault> {
        let no_template = || Fault::Template(String::new());
        let mut parts = argument.elements();
        match name {
            "$repeat" => {
                let text = self.text(parts.next().ok_or_else(no_template)?)?;
                let times = parts.next().and_then(whole).ok_or_else(no_template)?;
                let fits = text.len().checked_mul(times).is_some_and(|length| length <= LONGEST);
                if fits { Ok(text.repeat(times)) } else { Err(no_template()) }
            }
            "$concat" => parts.map(|part| self.text(part)).collect(),
            "$bytes" => Ok(STANDARD.encode(vec![0; whole(argument).ok_or_else(no_template)?])),
            "$joined" => {
                let count = parts.next().and_then(whole).ok_or_else(no_template)?;
                let (part, between) = (parts.next(), parts.next().and_then(Value::as_str));
                let part = part.ok_or_else(no_template)?;
                let between = between.ok_or_else(no_template)?;
                let texts = (1..=count).map(|index| Self { index: Some(index), ..self }.text(part));
                Ok(texts.collect::<Result<Vec<_>, _>>()?.join(&between))
            }
            _ => Err(no_template()),
        }
    }

    fn indexed(self, text: &str) -> String {
        match self.index {
            Some(index) => text.replace("{i}", &index.to_string()),
            None => text.to_owned(),
        }
    }
}

/// Keeps the JSON whole where a value could not be written; the fault is what is answered.
fn void(json: &mut Writer, fault: Fault) -> Result<(), Fault> {
    json.raw(b"null");
    Err(fault)
}

fn template(value: Value<'_>) -> Option<(String, Value<'_>)> {
    if value.kind() != Kind::Object {
        return None;
    }
    let mut members = value.members();
    let (name, argument) = members.next()?;
    (name.starts_with('$') && members.next().is_none()).then(|| (name.into_owned(), argument))
}

fn pair(argument: Value<'_>) -> Option<(usize, Value<'_>)> {
    let mut parts = argument.elements();
    Some((whole(parts.next()?)?, parts.next()?))
}

fn whole(value: Value<'_>) -> Option<usize> {
    value.as_number()?.parse().ok().filter(|number| *number <= LONGEST)
}

/// A member inside a body: `$.Items[0].id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPath {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Member(String),
    Element(usize),
}

impl MemberPath {
    /// Reads a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        for step in text.strip_prefix("$.")?.split('.') {
            let (name, elements) = step.split_at(step.find('[').unwrap_or(step.len()));
            if name.is_empty() {
                return None;
            }
            parts.push(Part::Member(name.to_owned()));
            for element in elements.split_terminator(']') {
                parts.push(Part::Element(element.strip_prefix('[')?.parse().ok()?));
            }
        }
        Some(Self { text: text.to_owned(), parts })
    }

    /// What stands there.
    #[must_use]
    pub fn find<'a>(&self, root: Value<'a>) -> Option<Value<'a>> {
        self.parts.iter().try_fold(root, |value, part| match part {
            Part::Member(name) => value.get(name),
            Part::Element(at) => value.elements().nth(*at),
        })
    }

    /// The path as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Option<String> {
        let json = Json::parse(text.to_owned()).expect(text);
        let mut captured = Captured::default();
        let kept = Json::parse(r#"{"N":"1.0"}"#).expect("json");
        captured.keep("key", kept.root());
        expand(json.root(), &captured).ok().map(|bytes| String::from_utf8(bytes).expect("text"))
    }

    #[test]
    fn templates_are_filled_in_and_all_else_stays_as_written() {
        for (text, becomes) in [
            (r#"{"a":1.50e1,"a":"\u0041"}"#, r#"{"a":1.50e1,"a":"\u0041"}"#),
            (r#"[{"$repeat":["ab",3]}]"#, r#"["ababab"]"#),
            (r#"{"$concat":["a",{"$repeat":["b",2]},"c"]}"#, r#""abbc""#),
            (r#"{"$bytes":4}"#, r#""AAAAAA==""#),
            (r#"{"$list":[2,{"k{i}":["{i}",1]}]}"#, r#"[{"k1":["1",1]},{"k2":["2",1]}]"#),
            (r#"{"$object":[2,"k{i}",{"S":"{i}"}]}"#, r#"{"k1":{"S":"1"},"k2":{"S":"2"}}"#),
            (r#"{"$nest":[2,"L",{"S":"x"}]}"#, r#"{"L":[{"L":[{"S":"x"}]}]}"#),
            (r#"{"$nest":[1,"M",{"S":"x"}]}"#, r#"{"M":{"a":{"S":"x"}}}"#),
            (r#"{"$joined":[3,"a{i}"," AND "]}"#, r#""a1 AND a2 AND a3""#),
            (r#"{"x":{"$captured":"key"}}"#, r#"{"x":{"N":"1.0"}}"#),
            (r#"{"$a":1,"$b":2}"#, r#"{"$a":1,"$b":2}"#),
        ] {
            assert_eq!(filled(text).as_deref(), Some(becomes), "{text}");
        }
        for text in [
            r#"{"$repeat":["a"]}"#,
            r#"{"$what":1}"#,
            r#"[{"$captured":"other"}]"#,
            r#"{"$bytes":"a"}"#,
        ] {
            assert_eq!(filled(text), None, "{text}");
        }
    }

    #[test]
    fn paths_lead_to_members_and_elements() {
        let json = Json::parse(r#"{"Items":[{"id":1},{"id":[2,3]}]}"#).expect("json");
        let find = |path: &str| {
            MemberPath::parse(path).and_then(|path| path.find(json.root()).map(Value::raw))
        };
        assert_eq!(find("$.Items[1].id[0]"), Some("2"));
        assert_eq!(find("$.Items[2]"), None);
        assert_eq!(MemberPath::parse("Items"), None);
        assert_eq!(MemberPath::parse("$.a[x]"), None);
        assert_eq!(MemberPath::parse("$."), None);
    }
}
