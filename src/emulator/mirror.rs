//! Structures of a request as the service gives them back: the members it knows, by name, and
//! nothing about members that are null.

use super::shape::{Member, Sent, Shape, read_boolean};
use crate::wire::json::{Value, Writer};

/// Writes a structure's members.
pub(super) fn members(value: Value<'_>, members: &'static [Member], json: &mut Writer) {
    let sent = Sent::of(value, members);
    let mut names: Vec<&str> = members.iter().map(|Member(name, _)| *name).collect();
    names.sort_unstable();
    names.into_iter().for_each(|name| member(&sent, name, json));
}

/// Writes a member of a structure, if it was sent.
pub(super) fn member(sent: &Sent<'_>, name: &str, json: &mut Writer) {
    let (Some(value), Some(shape)) = (sent.get(name), sent.shape(name)) else { return };
    match (shape, sent.long(name)) {
        (Shape::Ignored, _) => {}
        (Shape::Integer | Shape::Long, Some(number)) => {
            json.key(name);
            json.number(number);
        }
        _ => {
            json.key(name);
            write(value, shape, json);
        }
    }
}

fn write(value: Value<'_>, shape: &'static Shape, json: &mut Writer) {
    match shape {
        Shape::Structure(_, inner) => json.object(|json| members(value, inner, json)),
        Shape::List(of) => json.array(|json| {
            let elements = value.elements().filter(|element| !element.is_null());
            elements.for_each(|element| write(element, of, json));
        }),
        Shape::Texts => json.array(|json| {
            super::shape::texts(value).for_each(|text| json.string(&text));
        }),
        Shape::Text => json.string(&value.as_str().unwrap_or_default()),
        Shape::Boolean => json.bool(read_boolean(value) == Some(true)),
        _ => json.raw(value.raw().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Json;

    #[test]
    fn members_are_by_name_and_unknown_ones_are_gone() {
        const INNER: Shape = Shape::Structure("Inner", &[Member("X", Shape::Long)]);
        const MEMBERS: &[Member] = &[
            Member("B", Shape::List(&INNER)),
            Member("A", Shape::Texts),
            Member("C", Shape::Boolean),
            Member("D", Shape::Text),
        ];
        let sent = r#"{ "E":1, "D":null, "C":"true", "B":[ {"Y":1,"X":2.0} ], "A":[ "a\u0062" ] }"#;
        let parsed = Json::parse(sent).expect("JSON");
        let mut json = Writer::new();
        json.object(|json| members(parsed.root(), MEMBERS, json));
        assert_eq!(
            String::from_utf8(json.into_bytes()).expect("text"),
            r#"{"A":["ab"],"B":[{"X":2}],"C":true}"#
        );
    }
}
