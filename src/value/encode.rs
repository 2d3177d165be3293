//! Values as JSON text: compact, attributes by name. What is sent and what is stored is the same
//! text.

use std::io::Write as _;

use bytes::Bytes;

use super::{AttributeValue, Map, Number, base64, hashed};
use crate::wire::json::write_string;

/// In which order the members of a number set are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberOrder {
    /// By value.
    Ascending,
    /// As a Java hash set lists them (aws-facts 3.11).
    Hashed,
}

/// Appends an item: `{"pk":{"S":"a"}}`.
pub fn item(item: &Map, out: &mut Vec<u8>) {
    item_in(NumberOrder::Ascending, item, out);
}

/// The text of an item, for a store to keep.
#[must_use]
pub fn text(of: &Map) -> Bytes {
    let mut text = Vec::with_capacity(128);
    item(of, &mut text);
    // A store may keep the very allocation: no longer than the text.
    text.into_boxed_slice().into()
}

/// Appends an item with its number sets in this order.
pub fn item_in(order: NumberOrder, item: &Map, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, inner)) in item.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(out, name);
        out.push(b':');
        value_in(order, inner, out);
    }
    out.push(b'}');
}

/// Appends a value: `{"S":"a"}`.
pub fn value(value: &AttributeValue, out: &mut Vec<u8>) {
    value_in(NumberOrder::Ascending, value, out);
}

fn value_in(order: NumberOrder, value: &AttributeValue, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(value.kind().name().as_bytes());
    out.extend_from_slice(b"\":");
    match value {
        AttributeValue::S(text) => write_string(out, text),
        AttributeValue::N(number) => self::number(*number, out),
        AttributeValue::B(bytes) => binary(bytes, out),
        AttributeValue::Bool(true) | AttributeValue::Null => out.extend_from_slice(b"true"),
        AttributeValue::Bool(false) => out.extend_from_slice(b"false"),
        AttributeValue::Ss(set) => list(set, out, |text, out| write_string(out, text)),
        AttributeValue::Ns(set) => {
            let write = |number: &Number, out: &mut Vec<u8>| self::number(*number, out);
            match order {
                NumberOrder::Ascending => list(set, out, write),
                NumberOrder::Hashed => list(&hashed::order(set), out, write),
            }
        }
        AttributeValue::Bs(set) => list(set, out, |bytes, out| binary(bytes, out)),
        AttributeValue::L(elements) => list(elements, out, |one, out| value_in(order, one, out)),
        AttributeValue::M(map) => item_in(order, map, out),
    }
    out.push(b'}');
}

fn number(number: Number, out: &mut Vec<u8>) {
    // Writing into a Vec cannot fail.
    let _ = write!(out, "\"{number}\"");
}

fn binary(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    base64::encode(bytes, out);
    out.push(b'"');
}

/// Appends what JSON and Ion text write alike: `[a,b]`.
pub(super) fn list<T>(members: &[T], out: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(member, out);
    }
    out.push(b']');
}
