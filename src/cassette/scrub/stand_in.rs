//! What stands in the place of a scrubbed value. It has the value's shape and length where those
//! leave room for a mark by which it is known again: scrubbing twice changes nothing.

use crate::{cassette::minted, value::Number};

/// How many letters and digits at the end tell stand-ins of one shape apart.
const COUNTER: usize = 4;

/// How many before them are all the same: the mark.
const MARK: usize = 6;

/// For values that are too short for a shape with a mark.
const SHORT: &str = "scrubbed-";

/// For numbers that are.
const SHORT_NUMBER: &str = "999999";

/// For UUIDs, which keep the form of version 4.
const UUID: &str = "99999999-9999-4999-8999-";

/// The longest number that DynamoDB keeps every digit of.
const LONGEST_NUMBER: usize = 38;

/// The stand-in of this number for a text.
pub(super) fn of_text(value: &str, number: usize) -> String {
    if is_uuid(value) {
        return format!("{UUID}{number:012}");
    }
    shaped(value, number).unwrap_or_else(|| format!("{SHORT}{number}"))
}

/// The stand-in of this number for a number, which has to read as the service would write it.
pub(super) fn of_number(value: &str, number: usize) -> Option<String> {
    let plain = value.len() <= LONGEST_NUMBER
        && value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    let text = if plain { shaped(value, number) } else { None };
    let text = text.unwrap_or_else(|| format!("{SHORT_NUMBER}{number:04}"));
    (canonical(&text).as_ref() == Some(&text)).then_some(text)
}

/// The stand-in of this number for bytes that are no text.
pub(super) fn of_bytes(value: &[u8], number: usize) -> String {
    of_text(&"x".repeat(value.len()), number)
}

/// Whether it stands for something already.
pub(super) fn is_one(value: &str) -> bool {
    let counted = |start: &str| {
        let rest = value.strip_prefix(start);
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_digit()))
    };
    let mut marks = value.chars().rev().filter(char::is_ascii_alphanumeric).skip(COUNTER);
    let marked = marks.clone().count() >= MARK
        && marks.all(|c| matches!(c, 'x' | 'X' | '9'))
        && value.is_ascii();
    marked || counted(SHORT) || counted(UUID) || counted(SHORT_NUMBER) && value.len() >= 10
}

/// How the service would write it, if it is a number.
pub(super) fn canonical(text: &str) -> Option<String> {
    text.parse::<Number>().ok().map(|number| number.to_string())
}

fn is_uuid(value: &str) -> bool {
    matches!(&minted::find(value)[..], [(range, minted::Shape::Uuid)] if *range == (0..value.len()))
}

/// Letters, digits and what is neither stay so; the last few count.
fn shaped(value: &str, number: usize) -> Option<String> {
    let places = value.chars().filter(char::is_ascii_alphanumeric).count();
    if places < MARK + COUNTER {
        return None;
    }
    let mut left = number;
    let mut last = COUNTER;
    let mut reversed = Vec::with_capacity(value.len());
    for c in value.chars().rev() {
        let (zero, base, fill) = match c {
            'a'..='z' => (b'a', 26, b'x'),
            'A'..='Z' => (b'A', 26, b'X'),
            '0'..='9' => (b'0', 10, b'9'),
            c if c.is_ascii() => {
                reversed.push(u8::try_from(c).ok()?);
                continue;
            }
            // As long as before: an item's size is what capacity is counted by.
            c => {
                reversed.extend(std::iter::repeat_n(b'-', c.len_utf8()));
                continue;
            }
        };
        if last == 0 {
            reversed.push(fill);
        } else {
            reversed.push(zero + u8::try_from(left % base).ok()?);
            left /= base;
            last -= 1;
        }
    }
    reversed.reverse();
    String::from_utf8(reversed).ok().filter(|_| left == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_look_like_what_they_stand_for() {
        for (value, expected) in [
            ("alice@example.com", "xxxxx@xxxxxxa.aab"),
            ("ALICE-2026-0001", "XXXXX-9999-0001"),
            ("Zoë Müllerova", "Xx-- X--xxxaaab"),
            ("bob", "scrubbed-1"),
            ("", "scrubbed-1"),
            ("5c4c6014-7e6a-4db7-93de-a174552cf78d", "99999999-9999-4999-8999-000000000001"),
        ] {
            let made = of_text(value, 1);
            assert_eq!(made, expected);
            assert!(is_one(&made) && !is_one(value), "{value}");
        }
        assert_eq!(of_text("4155551234", 10_000), "scrubbed-10000");
    }

    #[test]
    fn stand_ins_of_numbers_are_numbers_as_the_service_writes_them() {
        for (value, number, expected) in [
            ("4155551234", 1, Some("9999990001")),
            ("-12345678.91", 10, None),
            ("-12345678.91", 11, Some("-99999900.11")),
            ("7", 12, Some("9999990012")),
        ] {
            assert_eq!(of_number(value, number).as_deref(), expected, "{value}");
        }
        let huge = format!("1{}", "0".repeat(125));
        assert_eq!(of_number(&huge, 1).as_deref(), Some("9999990001"));
    }

    #[test]
    fn a_thousand_values_of_one_shape_have_a_thousand_stand_ins() {
        let all: std::collections::HashSet<_> =
            (0..20_000).map(|number| of_text("4155551234", number)).collect();
        assert_eq!(all.len(), 20_000);
        assert!(all.iter().all(|one| is_one(one)));
    }
}
