//! Which JSON a request may hold: reading its members, and the service's complaint about one of
//! the wrong type.
//!
//! Each operation lists its members once. Reading sorts what was sent into that list and checks
//! types by kind alone; only a request that fails is walked again for its exact text.

use std::borrow::Cow;

use crate::{
    value::{Family, Layer, ValueError, decode::Decoder},
    wire::{
        Fault,
        json::{Kind, Value},
    },
};

use super::fault::Manner;

/// A member of a request or of a structure in it.
#[derive(Debug)]
pub struct Member(pub &'static str, pub Shape);

/// What a member takes.
#[derive(Debug)]
pub enum Shape {
    /// A string.
    Text,
    /// A boolean, or a string that reads as one (aws-facts 2.5).
    Boolean,
    /// A 32-bit integer; larger numbers saturate and fractions are cut (aws-facts 1.8).
    Integer,
    /// A 64-bit integer.
    Long,
    /// A time: seconds since 1970, with fractions.
    Time,
    /// A map of attribute values, whose inside `value` reads.
    Values,
    /// One attribute value; likewise.
    Value,
    /// A list.
    List(&'static Self),
    /// A list of strings.
    Texts,
    /// A map by name; the text is the Java class of its values.
    Map(&'static str, &'static Self),
    /// A structure; the text is its Java class.
    Structure(&'static str, &'static [Member]),
    /// A map or list in a place where the service's reader fails on anything else with a text of
    /// the Java runtime.
    Cast(&'static Self),
    /// A parameter this build reads nothing from.
    Ignored,
}

const MODEL: &str = "com.amazonaws.dynamodb.v20120810";

/// The complaint of the service's reader about generic types (aws-facts 2.4).
const CAST: &str = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast \
    to class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and \
    java.lang.Class are in module java.base of loader 'bootstrap')";

/// More members than any structure has.
const MOST: usize = 24;

/// The members of one structure as sent: `null` counts as absent, unknown ones are skipped
/// (aws-facts 2.2).
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    members: &'static [Member],
    found: [Option<Value<'a>>; MOST],
}

/// An integer member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer {
    /// The number, in 32 bits.
    pub value: i32,
    /// Whether the number sent was another one.
    pub coerced: bool,
}

impl<'a> Sent<'a> {
    /// Reads a request's outermost object.
    ///
    /// # Errors
    ///
    /// The service's SerializationException when a member, at any depth, is of the wrong type.
    pub fn request(root: Value<'a>, members: &'static [Member]) -> Result<Self, Fault> {
        if root.kind() != Kind::Object {
            return Err(Fault::bare("SerializationException"));
        }
        let sent = Self::of(root, members);
        let Some(first) = sent.wrong().next() else { return Ok(sent) };
        // Structures are read before plain members, and attribute values are structures
        // (aws-facts 2.4, unstated).
        let mut structured = sent.found().filter(|(shape, _)| !shape.is_scalar());
        Err(structured.find_map(|(shape, value)| shape.unreadable(value)).unwrap_or(first))
    }

    /// Sorts a structure's members, unchecked: those of a request that was read are right.
    #[must_use]
    pub fn of(value: Value<'a>, members: &'static [Member]) -> Self {
        let mut found = [None; MOST];
        for (name, value) in value.members() {
            let known = members.iter().zip(&mut found).find(|(member, _)| member.0 == name);
            if let Some((_, slot)) = known {
                *slot = (!value.is_null()).then_some(value);
            }
        }
        Self { members, found }
    }

    fn found(&self) -> impl Iterator<Item = (&'static Shape, Value<'a>)> {
        let pairs = self.members.iter().zip(self.found);
        pairs.filter_map(|(member, found)| Some((&member.1, found?)))
    }

    fn wrong(&self) -> impl Iterator<Item = Fault> {
        self.found().filter_map(|(shape, value)| shape.check(value).err())
    }

    /// A member, if it was sent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let at = self.members.iter().position(|member| member.0 == name);
        debug_assert!(at.is_some(), "{name} is not in the list of members");
        self.found.get(at?).copied().flatten()
    }

    /// Whether a member was sent.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// What a member takes.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&'static Shape> {
        self.members.iter().find(|member| member.0 == name).map(|member| &member.1)
    }

    /// Whether a member is a 32-bit integer.
    #[must_use]
    pub fn integer_shaped(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.0 == name && matches!(member.1, Shape::Integer))
    }

    /// A string member.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.as_str()
    }

    /// A boolean member.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        read_boolean(self.get(name)?)
    }

    /// A 32-bit integer member.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<Integer> {
        self.get(name)?.as_number().map(read_integer)
    }

    /// A 64-bit integer member.
    #[must_use]
    pub fn long(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_number().map(|text| whole(text) as i64)
    }

    /// A time, in milliseconds since 1970; none is before that.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<u64> {
        let seconds: f64 = self.get(name)?.as_number()?.parse().ok()?;
        Some((seconds * 1000.0).round() as u64)
    }

    /// A structure member.
    #[must_use]
    pub fn structure(&self, name: &str) -> Option<Self> {
        let value = self.get(name)?;
        match self.members.iter().find(|member| member.0 == name) {
            Some(Member(_, Shape::Structure(_, members))) => Some(Self::of(value, members)),
            _ => None,
        }
    }

    /// The elements of a list of structures.
    pub fn structures(&self, name: &str) -> impl Iterator<Item = Self> + use<'a> {
        let members = match self.members.iter().find(|member| member.0 == name) {
            Some(Member(_, Shape::List(Shape::Structure(_, members)))) => *members,
            _ => &[],
        };
        let elements = self.get(name).into_iter().flat_map(Value::elements);
        elements.map(move |element| Self::of(element, members))
    }
}

/// What the reader of values finds, if it is a matter of JSON.
fn shape_error(error: &ValueError) -> Option<Fault> {
    let unreadable = error.family() == Family::Serialization;
    unreadable.then(|| Manner::Bare.refuse_value(error, Layer::Newer))
}

/// The strings of a list.
pub fn texts(list: Value<'_>) -> impl Iterator<Item = Cow<'_, str>> {
    list.elements().filter_map(Value::as_str)
}

/// A boolean as the service reads it (aws-facts 2.5).
#[must_use]
pub fn read_boolean(value: Value<'_>) -> Option<bool> {
    if let Some(plain) = value.as_bool() {
        return Some(plain);
    }
    let text = value.as_str()?.to_ascii_lowercase();
    match &*text {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn read_integer(text: &str) -> Integer {
    match text.parse() {
        Ok(value) => Integer { value, coerced: false },
        Err(_) => {
            let value = whole(text).clamp(i32::MIN.into(), i32::MAX.into()) as i32;
            Integer { value, coerced: true }
        }
    }
}

/// A number's whole part, saturating at 64 bits.
fn whole(text: &str) -> i128 {
    let range = i128::from(i64::MIN)..=i128::from(i64::MAX);
    let exact = text.parse::<i128>().ok();
    // A float carries what is neither whole nor in range: all that is left is to cut it.
    let value = exact.unwrap_or_else(|| text.parse::<f64>().unwrap_or_default() as i128);
    value.clamp(*range.start(), *range.end())
}

impl Shape {
    fn is_scalar(&self) -> bool {
        matches!(self, Self::Text | Self::Boolean | Self::Integer | Self::Long | Self::Time)
    }

    /// The service's complaint if `value` does not fit.
    fn check(&self, value: Value<'_>) -> Result<(), Fault> {
        let kind = value.kind();
        let fits = match self {
            Self::Ignored | Self::Value => return Ok(()),
            Self::Text => kind == Kind::String,
            Self::Boolean => read_boolean(value).is_some(),
            Self::Integer | Self::Long | Self::Time => kind == Kind::Number,
            Self::List(_) | Self::Texts => kind == Kind::Array,
            Self::Values | Self::Map(..) | Self::Structure(..) => kind == Kind::Object,
            Self::Cast(shape) => match (shape, kind) {
                (Self::List(_), Kind::Array) | (Self::Values, Kind::Object) => true,
                _ => return Err(Fault::serialization(CAST)),
            },
        };
        if !fits {
            return Err(self
                .complaint(value)
                .map_or_else(|| Fault::bare("SerializationException"), Fault::serialization));
        }
        match self {
            Self::Texts => value
                .elements()
                .filter(|value| !value.is_null())
                .try_for_each(|element| Self::Text.check(element)),
            Self::List(of) | Self::Cast(Self::List(of)) => value
                .elements()
                .filter(|value| !value.is_null())
                .try_for_each(|element| match (of, element.kind()) {
                    (Self::Structure(..) | Self::Value, Kind::Object | Kind::Array) => {
                        of.check(element)
                    }
                    (Self::Structure(..) | Self::Value, _) => {
                        Err(Fault::serialization("Unexpected value type in payload"))
                    }
                    _ => of.check(element),
                }),
            Self::Map(_, of) => {
                let mut values = value.members().filter(|(_, value)| !value.is_null());
                values.try_for_each(|(_, value)| of.check(value))
            }
            Self::Structure(_, members) => {
                Sent::of(value, members).wrong().next().map_or(Ok(()), Err)
            }
            _ => Ok(()),
        }
    }

    /// As [`Shape::check`], for a request that is known to be wrong: attribute values, which are
    /// read once, by the operation, are looked into as well.
    fn unreadable(&self, value: Value<'_>) -> Option<Fault> {
        let inside = |of: &'static Self, value: Value<'_>| match value.is_null() {
            true => None,
            false => of.unreadable(value),
        };
        self.check(value).err().or_else(|| match self {
            Self::Values => shape_error(&Decoder::new().item(value).err()?),
            Self::Value => shape_error(&Decoder::new().value(value).err()?),
            Self::Cast(of) => of.unreadable(value),
            Self::List(of) => value.elements().find_map(|element| inside(of, element)),
            Self::Map(_, of) => value.members().find_map(|(_, value)| inside(of, value)),
            Self::Structure(_, members) => {
                Sent::of(value, members).found().find_map(|(shape, value)| shape.unreadable(value))
            }
            _ => None,
        })
    }

    /// The text of aws-facts 2.4 for a value of the wrong kind.
    fn complaint(&self, value: Value<'_>) -> Option<String> {
        let java = match self {
            Self::Text => "String",
            Self::Boolean => "Boolean",
            Self::Integer => "Integer",
            Self::Long => "Long",
            // Which text it has is not recorded.
            Self::Time => return None,
            _ => return self.structured_complaint(value.kind()),
        };
        let token = match value.kind() {
            Kind::Object => {
                return Some("Start of structure or map found where not expected".into());
            }
            Kind::Array => {
                return Some(format!("Unrecognized collection type class java.lang.{java}"));
            }
            Kind::String if java == "Boolean" => {
                return Some("Unexpected token received from parser".into());
            }
            Kind::String => "STRING_VALUE",
            Kind::Number if value.raw().contains(['.', 'e', 'E']) => "DECIMAL_VALUE",
            Kind::Number => "NUMBER_VALUE",
            Kind::Bool if value.as_bool() == Some(true) => "TRUE_VALUE",
            Kind::Bool => "FALSE_VALUE",
            Kind::Null => return None,
        };
        Some(format!("{token} cannot be converted to {java}"))
    }

    fn structured_complaint(&self, kind: Kind) -> Option<String> {
        match (self, kind) {
            (Self::List(_) | Self::Texts, Kind::Object) => {
                Some("Start of structure or map found where not expected".into())
            }
            (Self::Structure(class, _), Kind::Array) => {
                Some(format!("Unrecognized collection type class {MODEL}.{class}"))
            }
            (Self::Map(class, _), Kind::Array) => Some(format!(
                "Unrecognized collection type java.util.Map<java.lang.String, {class}>"
            )),
            (Self::Values, Kind::Array) => Some(format!(
                "Unrecognized collection type java.util.Map<java.lang.String, {MODEL}.AttributeValue>"
            )),
            _ => Some("Unexpected field type".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    const KEY: Shape = Shape::Structure("KeySchemaElement", &[Member("KeyType", Shape::Text)]);
    const MEMBERS: &[Member] = &[
        Member("Name", Shape::Text),
        Member("Flag", Shape::Boolean),
        Member("Limit", Shape::Integer),
        Member("Keys", Shape::List(&KEY)),
        Member("Names", Shape::Map("java.lang.String", &Shape::Text)),
        Member("Key", KEY),
        Member("Item", Shape::Values),
        Member("Values", Shape::List(&Shape::Value)),
    ];

    fn complaint(text: &str) -> String {
        let json = Json::parse(text.to_owned()).expect(text);
        let fault = Sent::request(json.root(), MEMBERS).expect_err(text);
        assert_eq!(fault.kind, "SerializationException");
        fault.message.unwrap_or_default()
    }

    #[test]
    fn complains_of_wrong_types_as_the_service_does() {
        // aws-facts 2.4.
        for (request, text) in [
            (r#"{"Name":5}"#, "NUMBER_VALUE cannot be converted to String"),
            (r#"{"Name":5e1}"#, "DECIMAL_VALUE cannot be converted to String"),
            (r#"{"Name":true}"#, "TRUE_VALUE cannot be converted to String"),
            (r#"{"Name":[]}"#, "Unrecognized collection type class java.lang.String"),
            (r#"{"Name":{}}"#, "Start of structure or map found where not expected"),
            (r#"{"Flag":"maybe"}"#, "Unexpected token received from parser"),
            (r#"{"Flag":-0}"#, "NUMBER_VALUE cannot be converted to Boolean"),
            (r#"{"Limit":"5"}"#, "STRING_VALUE cannot be converted to Integer"),
            (r#"{"Keys":1}"#, "Unexpected field type"),
            (r#"{"Keys":{}}"#, "Start of structure or map found where not expected"),
            (r#"{"Keys":["a"]}"#, "Unexpected value type in payload"),
            (
                r#"{"Keys":[[]]}"#,
                "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.KeySchemaElement",
            ),
            (r#"{"Key":"a"}"#, "Unexpected field type"),
            (
                r#"{"Names":[]}"#,
                "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>",
            ),
            (
                r#"{"Item":[]}"#,
                "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>",
            ),
            (r#"{"Name":5,"Key":"a"}"#, "Unexpected field type"),
            (r#"{"Name":5,"Item":{"a":{"S":true}}}"#, "TRUE_VALUE cannot be converted to String"),
            (r#"{"Name":5,"Item":{"a":{"SS":[]}}}"#, "NUMBER_VALUE cannot be converted to String"),
            (r#"{"Values":["a"]}"#, "Unexpected value type in payload"),
            (r#"{"Keys":[{"KeyType":1}]}"#, "NUMBER_VALUE cannot be converted to String"),
        ] {
            assert_eq!(complaint(request), text, "{request}");
        }
    }

    #[test]
    fn integers_saturate_and_fractions_are_cut() {
        for (sent, value, coerced) in [
            ("5", 5, false),
            ("4294967296", i32::MAX, true),
            ("-9e18", i32::MIN, true),
            ("1.5", 1, true),
            ("-0.5", 0, true),
        ] {
            let json = Json::parse(format!(r#"{{"Limit":{sent},"Flag":"YES"}}"#)).expect(sent);
            let read = Sent::request(json.root(), MEMBERS).expect(sent);
            assert_eq!(read.integer("Limit"), Some(Integer { value, coerced }), "{sent}");
            assert_eq!(read.boolean("Flag"), Some(true));
        }
    }
}
