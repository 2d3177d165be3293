//! Which tags a table can have (aws-tables-facts 17.1, 2026-10-08 and 09).

use super::DefinitionError;
use crate::{
    emulator::shape::Sent,
    wire::json::{Value, Writer},
};

/// A tag: its key and its value.
pub type Tag = (Box<str>, Box<str>);

/// How many tags a resource can have.
const MOST: usize = 50;

/// How many bytes they can have together.
const MOST_BYTES: usize = 10_240;

/// The tags of a request.
///
/// # Errors
///
/// For one without key or value: what is not there is told as `null`.
pub fn read(sent: &Sent<'_>) -> Result<Vec<Tag>, DefinitionError> {
    let part = |tag: &Sent<'_>, name| tag.text(name).map(|text| text.as_ref().into());
    sent.structures("Tags")
        .map(|tag| {
            let key = part(&tag, "Key").ok_or_else(|| DefinitionError::TagKey("null".into()))?;
            let value = part(&tag, "Value");
            Ok((key, value.ok_or_else(|| DefinitionError::TagValue("null".into()))?))
        })
        .collect()
}

/// Checks tags to add.
///
/// # Errors
///
/// The first rule broken; which of several comes first is inferred.
pub fn check(tags: &[Tag]) -> Result<(), DefinitionError> {
    if tags.len() > MOST {
        return Err(DefinitionError::TooManyTags);
    }
    for (at, (key, value)) in tags.iter().enumerate() {
        check_key(key)?;
        if !fits(value, 256) {
            return Err(DefinitionError::TagValue(value.clone()));
        }
        check_prefix(key)?;
        if tags[..at].iter().any(|(other, _)| other == key) {
            return Err(DefinitionError::RepeatedTag(key.clone()));
        }
    }
    check_size(tags)
}

/// Checks the keys of tags to remove.
///
/// # Errors
///
/// The first rule broken.
pub fn check_keys(keys: &[Box<str>]) -> Result<(), DefinitionError> {
    if keys.len() > MOST {
        return Err(DefinitionError::TooManyTags);
    }
    keys.iter().try_for_each(|key| check_key(key).and_then(|()| check_prefix(key)))
}

/// Adds tags to those there are; one of a key that is there replaces it.
///
/// # Errors
///
/// When there are too many then, or they are too large together.
pub fn merge(current: &[Tag], added: Vec<Tag>) -> Result<Vec<Tag>, DefinitionError> {
    let mut tags = current.to_vec();
    for (key, value) in added {
        match tags.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => tags.push((key, value)),
        }
    }
    if tags.len() > MOST {
        return Err(DefinitionError::TooManyTags);
    }
    check_size(&tags)?;
    Ok(tags)
}

/// A tag that [`write`] wrote.
#[must_use]
pub fn kept(json: Value<'_>) -> Option<Tag> {
    let part = |name| Some(json.get(name)?.as_str()?.as_ref().into());
    Some((part("Key")?, part("Value")?))
}

/// Writes a tag.
pub fn write((key, value): &Tag, json: &mut Writer) {
    json.object(|json| {
        json.key("Key");
        json.string(key);
        json.key("Value");
        json.string(value);
    });
}

fn check_key(key: &str) -> Result<(), DefinitionError> {
    match !key.is_empty() && fits(key, 128) {
        true => Ok(()),
        false => Err(DefinitionError::TagKey(key.into())),
    }
}

/// In any case, and in UntagResource too.
fn check_prefix(key: &str) -> Result<(), DefinitionError> {
    match key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
        true => Err(DefinitionError::TagPrefix(key.into())),
        false => Ok(()),
    }
}

/// That bytes are those of UTF-8 is inferred.
fn check_size(tags: &[Tag]) -> Result<(), DefinitionError> {
    let size: usize = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
    match size > MOST_BYTES {
        true => Err(DefinitionError::TagsTooLarge { size, most: MOST_BYTES }),
        false => Ok(()),
    }
}

/// Letters, digits, spaces and `+-=._:/@`, and not too many.
fn fits(text: &str, most: usize) -> bool {
    let allowed =
        |char: char| char.is_alphanumeric() || char.is_whitespace() || "+-=._:/@".contains(char);
    text.encode_utf16().count() <= most && text.chars().all(allowed)
}
