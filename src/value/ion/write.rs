//! Values as Ion text, in the form that the service's exports have: one line, no spaces, decimals
//! as ion-java prints them (the developer's guide shows `103.`, `6d2` and `2d3`).

use std::io::Write as _;

use super::annotation;
use crate::value::{AttributeValue, Map, Number, Type, base64, encode::list};

/// Appends a struct: `{pk:"a"}`.
pub fn item(item: &Map, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, inner)) in item.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        self::name(name, out);
        out.push(b':');
        value(inner, out);
    }
    out.push(b'}');
}

/// Appends a value.
pub fn value(value: &AttributeValue, out: &mut Vec<u8>) {
    match value {
        AttributeValue::S(text) => string(text, out),
        AttributeValue::N(number) => decimal(*number, out),
        AttributeValue::B(bytes) => blob(bytes, out),
        AttributeValue::Bool(true) => out.extend_from_slice(b"true"),
        AttributeValue::Bool(false) => out.extend_from_slice(b"false"),
        AttributeValue::Null => out.extend_from_slice(b"null"),
        AttributeValue::Ss(set) => {
            annotated(Type::Ss, out);
            list(set, out, |text, out| string(text, out));
        }
        AttributeValue::Ns(set) => {
            annotated(Type::Ns, out);
            list(set, out, |number, out| decimal(*number, out));
        }
        AttributeValue::Bs(set) => {
            annotated(Type::Bs, out);
            list(set, out, |bytes, out| blob(bytes, out));
        }
        AttributeValue::L(elements) => list(elements, out, self::value),
        AttributeValue::M(map) => item(map, out),
    }
}

/// Appends a field's name: quoted unless it reads as one without.
pub fn name(name: &str, out: &mut Vec<u8>) {
    if is_plain(name) {
        out.extend_from_slice(name.as_bytes());
    } else {
        quoted(b'\'', name, out);
    }
}

/// Whether a symbol needs no quotes: an identifier that is no keyword, nor a number of a symbol
/// table's (`$10`).
fn is_plain(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$');
    let is_number = name
        .strip_prefix('$')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
        && !is_number
        && !matches!(name, "null" | "true" | "false" | "nan")
}

fn string(text: &str, out: &mut Vec<u8>) {
    quoted(b'"', text, out);
}

fn quoted(quote: u8, text: &str, out: &mut Vec<u8>) {
    out.push(quote);
    for char in text.chars() {
        let escaped = match char {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\\' => "\\\\",
            '"' if quote == b'"' => "\\\"",
            '\'' if quote == b'\'' => "\\'",
            char if char.is_control() => {
                // Writing into a Vec cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(char));
                continue;
            }
            char => {
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        out.extend_from_slice(escaped.as_bytes());
    }
    out.push(quote);
}

/// As ion-java's text writer: a point that stands for the exponent where that needs at most six
/// zeros, and `d` where it does not or would have to be filled up with zeros.
fn decimal(number: Number, out: &mut Vec<u8>) {
    if number.is_negative() {
        out.push(b'-');
    }
    let (digits, exponent) = (number.coefficient().to_string(), number.exponent());
    let behind = usize::from(exponent.unsigned_abs());
    let _ = match exponent {
        0 => write!(out, "{digits}."),
        1.. => write!(out, "{digits}d{exponent}"),
        _ if behind < digits.len() => {
            let (whole, fraction) = digits.split_at(digits.len() - behind);
            write!(out, "{whole}.{fraction}")
        }
        // The first digit is at the sixth place behind the point, or before.
        _ if behind - digits.len() < 6 => write!(out, "0.{digits:0>behind$}"),
        _ => write!(out, "{digits}d{exponent}"),
    };
}

fn blob(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{{");
    base64::encode(bytes, out);
    out.extend_from_slice(b"}}");
}

fn annotated(set: Type, out: &mut Vec<u8>) {
    out.extend_from_slice(annotation(set).as_bytes());
    out.extend_from_slice(b"::");
}
