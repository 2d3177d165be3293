//! How SearchVectors reads its request: strictly, in the order of the text, and up to the first
//! member that does not fit (aws-facts 11.5, eu-west-2 and us-east-1 2026-10-23).
//!
//! Three sorts of complaints are told apart, as serde tells them: a value of another type is a
//! SerializationException with a text, a structure that cannot be one without, and everything
//! else a ValidationException. Each text ends in the place up to which the request was read: after
//! the value, or before one that opens with a bracket.

use crate::{
    value::base64,
    wire::{
        Fault, Operation,
        fault::capital,
        json::{Kind, Value},
    },
};

/// What an attribute value can be, the six types that are the service's own included.
const VARIANTS: [&str; 16] = [
    "B",
    "BOOL",
    "BS",
    "DECIMAL",
    "DECIMALSET",
    "DOUBLE",
    "DOUBLESET",
    "INT",
    "INTSET",
    "L",
    "M",
    "N",
    "NS",
    "NULL",
    "S",
    "SS",
];
/// Of those, the service's own.
const INTERNAL: [&str; 6] = ["DECIMAL", "DECIMALSET", "DOUBLE", "DOUBLESET", "INT", "INTSET"];

/// The members that must be there, in the order in which they are missed.
const REQUIRED: [&str; 4] = ["IndexName", "SearchVector", "TableName", "TopK"];

type Read = Result<(), Complaint>;

enum Complaint {
    /// A structure that is none.
    Structure,
    /// A value of another type, at a place.
    Type(String, usize),
    /// Anything else.
    Other(String, usize),
}

/// Reads a request.
pub(super) fn read(root: Value<'_>) -> Result<(), Fault> {
    request(root).map_err(|complaint| {
        let ended = |text: &str, at: usize| {
            let before = root.document().get(..at).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            format!("{text} at line {line} column {}", at - start)
        };
        let fault = match complaint {
            Complaint::Structure => Fault::bare("SerializationException"),
            Complaint::Type(text, at) => Fault::serialization(ended(&text, at)),
            Complaint::Other(text, at) => Fault::validation(ended(&text, at)),
        };
        Fault { capital: capital(Operation::SearchVectors), ..fault }
    })
}

/// Whether a value that was read is, or has in it, one of the service's own types.
pub(super) fn is_internal(value: Value<'_>) -> bool {
    value.members().any(|(name, inner)| {
        INTERNAL.contains(&&*name)
            || match &*name {
                "L" => inner.elements().any(is_internal),
                "M" => inner.members().any(|(_, value)| is_internal(value)),
                _ => false,
            }
    })
}

fn request(root: Value<'_>) -> Read {
    if root.kind() != Kind::Object {
        return Err(Complaint::Structure);
    }
    let mut seen: Vec<String> = Vec::new();
    for (place, (name, value)) in root.names().zip(root.members()) {
        let known: fn(Value<'_>) -> Read = match &*name {
            "IndexName" | "TableName" => text,
            "ReturnConsumedCapacity" | "ProjectionExpression" | "SearchConditionExpression" => {
                |value| optional(value, text)
            }
            "ExpressionAttributeNames" => |value| optional(value, |map| each(map, text)),
            "ExpressionAttributeValues" => |value| optional(value, |map| each(map, attribute)),
            "SearchVector" => |value| sequence(value, attribute),
            "TopK" => integer,
            _ => continue,
        };
        if seen.iter().any(|seen| *seen == *name) {
            // As serde says it (inferred).
            let text = format!("duplicate field `{name}`");
            return Err(Complaint::Other(text, place.span().end));
        }
        known(value)?;
        seen.push(name.into_owned());
    }
    match REQUIRED.iter().find(|member| !seen.iter().any(|seen| seen == **member)) {
        Some(member) => Err(Complaint::Other(format!("missing field `{member}`"), root.span().end)),
        None => Ok(()),
    }
}

fn optional(value: Value<'_>, read: impl Fn(Value<'_>) -> Read) -> Read {
    if value.is_null() { Ok(()) } else { read(value) }
}

fn text(value: Value<'_>) -> Read {
    is(value, Kind::String, "a string")
}

fn boolean(value: Value<'_>) -> Read {
    is(value, Kind::Bool, "a boolean")
}

fn binary(value: Value<'_>) -> Read {
    const EXPECTED: &str = "a Base64-encoded string";
    is(value, Kind::String, EXPECTED)?;
    match base64::decode(&value.as_str().unwrap_or_default()) {
        Ok(_) => Ok(()),
        // Inferred from the sentence about integers.
        Err(_) => Err(Complaint::Other(
            format!("invalid value: {}, expected {EXPECTED}", shown(value)),
            value.span().end,
        )),
    }
}

fn integer(value: Value<'_>) -> Read {
    const EXPECTED: &str = "i32";
    let whole = value.as_number().and_then(whole);
    match whole {
        None => Err(wrong_type(value, EXPECTED)),
        Some(number) if i32::try_from(number).is_ok() => Ok(()),
        Some(_) => Err(Complaint::Other(
            format!("invalid value: {}, expected {EXPECTED}", shown(value)),
            value.span().end,
        )),
    }
}

fn sequence(value: Value<'_>, read: impl Fn(Value<'_>) -> Read) -> Read {
    is(value, Kind::Array, "a sequence")?;
    value.elements().try_for_each(read)
}

fn each(value: Value<'_>, read: impl Fn(Value<'_>) -> Read) -> Read {
    is(value, Kind::Object, "a map")?;
    value.members().try_for_each(|(_, value)| read(value))
}

/// The first member decides; a second one is a structure that is none.
fn attribute(value: Value<'_>) -> Read {
    let (name, inner) = match value.kind() {
        Kind::String => (value, None),
        Kind::Object => match (value.names().next(), value.members().next()) {
            (Some(name), Some((_, inner))) => (name, Some(inner)),
            _ => return Err(Complaint::Structure),
        },
        _ => return Err(Complaint::Structure),
    };
    let (variant, end) = (name.as_str().unwrap_or_default(), name.span().end);
    if !VARIANTS.contains(&&*variant) {
        let known = VARIANTS.map(|name| format!("`{name}`")).join(", ");
        let text = format!("unknown variant `{variant}`, expected one of {known}");
        return Err(Complaint::Other(text, end));
    }
    let Some(inner) = inner else {
        // As serde says it (inferred).
        let text = "invalid type: unit variant, expected newtype variant".to_owned();
        return Err(Complaint::Type(text, end));
    };
    match &*variant {
        "S" | "N" => text(inner),
        "B" => binary(inner),
        "BOOL" | "NULL" => boolean(inner),
        "SS" | "NS" => sequence(inner, text),
        "BS" => sequence(inner, binary),
        "L" => sequence(inner, attribute),
        "M" => each(inner, attribute),
        // What the service's own types hold is not known.
        _ => Ok(()),
    }?;
    if value.len() > 1 { Err(Complaint::Structure) } else { Ok(()) }
}

fn is(value: Value<'_>, kind: Kind, expected: &str) -> Read {
    if value.kind() == kind { Ok(()) } else { Err(wrong_type(value, expected)) }
}

fn wrong_type(value: Value<'_>, expected: &str) -> Complaint {
    let span = value.span();
    let at = match value.kind() {
        Kind::Array | Kind::Object => span.start,
        _ => span.end,
    };
    Complaint::Type(format!("invalid type: {}, expected {expected}", shown(value)), at)
}

/// A number that serde reads as an integer.
fn whole(text: &str) -> Option<i128> {
    let number = text.parse::<i128>().ok().filter(|_| text != "-0")?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number).then_some(number)
}

fn shown(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Null => "null".into(),
        Kind::Bool => format!("boolean `{}`", value.raw()),
        Kind::String => format!("string {:?}", value.as_str().unwrap_or_default()),
        Kind::Array => "sequence".into(),
        Kind::Object => "map".into(),
        Kind::Number => match whole(value.raw()) {
            Some(number) => format!("integer `{number}`"),
            None => {
                format!("floating point `{:?}`", value.raw().parse::<f64>().unwrap_or_default())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    #[test]
    fn complains_of_the_first_thing_in_the_text_and_tells_where() {
        // aws-facts 11.5.
        let one_of = VARIANTS.map(|name| format!("`{name}`")).join(", ");
        for (request, kind, text) in [
            ("{}", "ValidationException", "missing field `IndexName` at line 1 column 2".to_owned()),
            (
                r#"{"IndexName":"i","TableName":"t","TopK":1}"#,
                "ValidationException",
                "missing field `SearchVector` at line 1 column 42".into(),
            ),
            (
                r#"{"IndexName":null}"#,
                "SerializationException",
                "invalid type: null, expected a string at line 1 column 17".into(),
            ),
            (
                "{\n \"TopK\":3.5}",
                "SerializationException",
                "invalid type: floating point `3.5`, expected i32 at line 2 column 11".into(),
            ),
            (
                r#"{"TopK":2147483648}"#,
                "ValidationException",
                "invalid value: integer `2147483648`, expected i32 at line 1 column 18".into(),
            ),
            (
                r#"{"SearchVector":"x"}"#,
                "SerializationException",
                "invalid type: string \"x\", expected a sequence at line 1 column 19".into(),
            ),
            (
                r#"{"TableName":["t"]}"#,
                "SerializationException",
                "invalid type: sequence, expected a string at line 1 column 13".into(),
            ),
            (
                r#"{"SearchVector":[{"X":1}]}"#,
                "ValidationException",
                format!("unknown variant `X`, expected one of {one_of} at line 1 column 21"),
            ),
            (
                r#"{"SearchVector":["q"]}"#,
                "ValidationException",
                format!("unknown variant `q`, expected one of {one_of} at line 1 column 20"),
            ),
            (
                r#"{"ExpressionAttributeValues":{":a":{"B":true}}}"#,
                "SerializationException",
                "invalid type: boolean `true`, expected a Base64-encoded string at line 1 column 44".into(),
            ),
        ] {
            let json = Json::parse(request.to_owned()).expect(request);
            let fault = read(json.root()).expect_err(request);
            assert_eq!((fault.kind, fault.message.as_deref()), (kind, Some(&*text)), "{request}");
        }
    }

    #[test]
    fn what_cannot_be_a_value_is_refused_without_a_word() {
        for value in ["null", "{}", r#"{"S":"a","N":"1"}"#, "1", "true", "[]"] {
            let json = Json::parse(format!(r#"{{"SearchVector":[{value}]}}"#)).expect(value);
            let fault = read(json.root()).expect_err(value);
            assert_eq!((fault.kind, fault.message), ("SerializationException", None), "{value}");
        }
    }
}
