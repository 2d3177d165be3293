//! Strings, numbers, binaries and booleans, and what the service says of other JSON in their
//! place (aws-facts 2.4, 2.5).

use std::borrow::Cow;

use super::Result;
use crate::{
    value::{
        Number, base64,
        error::{ShapeError, ValueErrorKind},
    },
    wire::json::{Kind, Value},
};

pub(super) fn text(json: Value<'_>) -> Result<Cow<'_, str>> {
    json.as_str()
        .ok_or_else(|| mismatch(json, "String", ShapeError::List("class java.lang.String")))
}

pub(super) fn number(json: Value<'_>) -> Result<Number> {
    let text = text(json)?;
    text.parse().map_err(|error| ValueErrorKind::Number(error, text.into_owned()))
}

pub(super) fn binary(json: Value<'_>) -> Result<Vec<u8>> {
    let Some(text) = json.as_str() else {
        return Err(ValueErrorKind::Shape(match json.kind() {
            Kind::Array => ShapeError::List("class java.nio.ByteBuffer"),
            Kind::Object => ShapeError::Object,
            _ => ShapeError::NotBase64,
        }));
    };
    base64::decode(&text).map_err(|error| ValueErrorKind::Shape(ShapeError::Base64(error)))
}

/// A boolean, or one of the strings that are read as one, which is told in `as_text`.
pub(super) fn boolean(json: Value<'_>, as_text: &mut bool) -> Result<bool> {
    if let Some(value) = json.as_bool() {
        return Ok(value);
    }
    let Some(text) = json.as_str() else {
        return Err(mismatch(json, "Boolean", ShapeError::Silent));
    };
    let any = |words: [&str; 5]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    *as_text = true;
    if any(["true", "t", "yes", "y", "1"]) {
        return Ok(true);
    }
    if any(["false", "f", "no", "n", "0"]) {
        return Ok(false);
    }
    Err(ValueErrorKind::Shape(ShapeError::BooleanText))
}

fn mismatch(json: Value<'_>, wanted: &'static str, for_list: ShapeError) -> ValueErrorKind {
    ValueErrorKind::Shape(match json.kind() {
        Kind::Array => for_list,
        Kind::Object => ShapeError::Object,
        Kind::Number if json.raw().contains(['.', 'e', 'E']) => {
            ShapeError::Scalar("DECIMAL_VALUE", wanted)
        }
        Kind::Number => ShapeError::Scalar("NUMBER_VALUE", wanted),
        Kind::Bool if json.as_bool() == Some(true) => ShapeError::Scalar("TRUE_VALUE", wanted),
        Kind::Bool => ShapeError::Scalar("FALSE_VALUE", wanted),
        Kind::String => ShapeError::Scalar("STRING_VALUE", wanted),
        // JSON null counts as absent, so it does not come here from a request (aws-facts 2.2).
        Kind::Null => ShapeError::Silent,
    })
}
