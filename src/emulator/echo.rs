//! How the service shows a list or map that it refuses: as Java's `toString` does, absent fields
//! included (aws-facts 2.8, us-east-1, eu-west-1, us-west-2).

use std::{borrow::Cow, collections::HashMap, fmt::Write as _};

use super::{java, shape::read_boolean};
use crate::{value::base64, wire::json::Value};

/// What a value is to Java.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A string.
    Text,
    /// A boolean.
    Boolean,
    /// Bytes, of which only the number shows.
    Bytes,
    /// A list of such values.
    List(&'static Self),
    /// A map from strings to such values.
    Map(&'static Self),
    /// An object.
    Object(&'static Class),
}

/// A class: its name, and its fields with the members they are read from and what these are.
#[derive(Debug)]
pub(super) struct Class(pub(super) &'static str, pub(super) &'static [Field]);

/// A field; one without a form is of the service's own use, and always null.
pub(super) type Field = (&'static str, Option<(&'static str, Form)>);

/// An attribute value. Nobody can send the numbers of Java's own types.
static VALUE: Class = Class(
    "AttributeValue",
    &[
        ("s", Some(("S", Form::Text))),
        ("n", Some(("N", Form::Text))),
        ("b", Some(("B", Form::Bytes))),
        ("iNT", None),
        ("dECIMAL", None),
        ("dOUBLE", None),
        ("sS", Some(("SS", Form::List(&Form::Text)))),
        ("nS", Some(("NS", Form::List(&Form::Text)))),
        ("bS", Some(("BS", Form::List(&Form::Bytes)))),
        ("iNTSET", None),
        ("dECIMALSET", None),
        ("dOUBLESET", None),
        ("m", Some(("M", Form::Map(&Form::Object(&VALUE))))),
        ("l", Some(("L", Form::List(&Form::Object(&VALUE))))),
        ("nULL", Some(("NULL", Form::Boolean))),
        ("bOOL", Some(("BOOL", Form::Boolean))),
    ],
);

/// An item, a key, ExpressionAttributeValues.
pub(super) const VALUES: Form = Form::Map(&Form::Object(&VALUE));

/// Parameters of a statement.
pub(super) const VALUE_LIST: Form = Form::List(&Form::Object(&VALUE));

/// ExpressionAttributeNames.
pub(super) const NAMES: Form = Form::Map(&Form::Text);

/// What ends every object of a write or read.
pub(super) const WORKLOAD: Field = ("workloadProfileName", None);

/// Something still to be written. The list of these stands in for recursion: what is refused may
/// nest as deep as JSON is read (aws-facts 2.7).
enum Part<'a> {
    Text(Cow<'a, str>),
    Value(Value<'a>, Form),
}

/// The text of a value.
pub(super) fn text(value: Value<'_>, form: Form) -> String {
    let mut text = String::new();
    let mut rest = vec![Part::Value(value, form)];
    while let Some(part) = rest.pop() {
        match part {
            Part::Text(part) => text.push_str(&part),
            Part::Value(value, _) if value.is_null() => text.push_str("null"),
            Part::Value(value, form) => {
                let start = rest.len();
                form.write(value, &mut text, &mut rest);
                rest[start..].reverse();
            }
        }
    }
    text
}

impl Form {
    /// Writes a plain value; adds the parts of any other in the order in which they are written.
    fn write<'a>(self, value: Value<'a>, text: &mut String, parts: &mut Vec<Part<'a>>) {
        match self {
            Self::Text => text.push_str(&value.as_str().unwrap_or_default()),
            Self::Boolean => {
                let _ = write!(text, "{}", read_boolean(value) == Some(true));
            }
            Self::Bytes => {
                let bytes = base64::decode(&value.as_str().unwrap_or_default());
                let count = bytes.map_or(0, |bytes| bytes.len());
                let _ = write!(text, "java.nio.HeapByteBuffer[pos=0 lim={count} cap={count}]");
            }
            Self::List(of) => {
                let elements = value.elements().map(|element| (Cow::Borrowed(""), element));
                joined("[", elements.map(|(label, value)| (label, Some((value, *of)))), "]", parts);
            }
            Self::Map(of) => {
                let entries: HashMap<Cow<'a, str>, Value<'a>> = value.members().collect();
                let names: Vec<_> = value.members().map(|(name, _)| name).collect();
                let ordered = java::filled(names.iter().map(|name| &**name));
                let entries = ordered.into_iter().filter_map(|name| {
                    let value = *entries.get(name)?;
                    Some((Cow::Owned(format!("{name}=")), Some((value, *of))))
                });
                joined("{", entries, "}", parts);
            }
            Self::Object(Class(name, fields)) => {
                text.push_str(name);
                let fields = fields.iter().map(|(field, member)| {
                    let value = member.and_then(|(member, of)| Some((value.get(member)?, of)));
                    (Cow::Owned(format!("{field}=")), value)
                });
                joined("(", fields, ")", parts);
            }
        }
    }
}

/// Adds labelled values; of one that is not there the word `null`.
fn joined<'a>(
    open: &'static str,
    values: impl Iterator<Item = (Cow<'a, str>, Option<(Value<'a>, Form)>)>,
    close: &'static str,
    parts: &mut Vec<Part<'a>>,
) {
    parts.push(Part::Text(open.into()));
    for (at, (label, value)) in values.enumerate() {
        if at > 0 {
            parts.push(Part::Text(", ".into()));
        }
        parts.push(Part::Text(label));
        parts.push(match value {
            Some((value, form)) => Part::Value(value, form),
            None => Part::Text("null".into()),
        });
    }
    parts.push(Part::Text(close.into()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    #[test]
    fn shows_values_with_all_their_fields() {
        // aws-facts 2.8.
        let shown = |json: &str| text(Json::parse(json.to_owned()).expect(json).root(), VALUES);
        assert_eq!(
            shown(r#"{"k":{"B":"AQID"}}"#),
            "{k=AttributeValue(s=null, n=null, b=java.nio.HeapByteBuffer[pos=0 lim=3 cap=3], \
             iNT=null, dECIMAL=null, dOUBLE=null, sS=null, nS=null, bS=null, iNTSET=null, \
             dECIMALSET=null, dOUBLESET=null, m=null, l=null, nULL=null, bOOL=null)}"
        );
        let nested = shown(r#"{"k":{"L":[{"SS":["x","y"]},{"M":{"a":{"BOOL":"yes"}}},null]}}"#);
        assert!(nested.contains("sS=[x, y]"), "{nested}");
        assert!(nested.contains("m={a=AttributeValue(s=null"), "{nested}");
        assert!(nested.contains("bOOL=true)}, l=null"), "{nested}");
        assert!(nested.contains(", null], nULL=null"), "{nested}");
        assert_eq!(shown("{}"), "{}");
    }

    #[test]
    fn shows_any_depth_that_is_read() {
        let deep =
            format!(r#"{{"k":{}{{"S":"a"}}{}}}"#, r#"{"L":["#.repeat(1500), "]}".repeat(1500));
        let shown = text(Json::parse(deep).expect("deep").root(), VALUES);
        assert_eq!(shown.matches("AttributeValue(").count(), 1501);
    }
}
