//! Numbers as a vector index has them: 32-bit floats (aws-facts 11.4).

use crate::value::{AttributeValue, Number};

/// The float next to a number, if there is a finite one.
pub(in crate::emulator) fn float(number: Number) -> Option<f32> {
    let sign = if number.is_negative() { "-" } else { "" };
    let text = format!("{sign}{}e{}", number.coefficient(), number.exponent());
    text.parse().ok().filter(|float: &f32| float.is_finite())
}

/// The vector in an attribute, if it is one of that length.
pub(super) fn vector(value: &AttributeValue, dimensions: usize) -> Option<Vec<f32>> {
    let AttributeValue::L(list) = value else { return None };
    if list.len() != dimensions {
        return None;
    }
    let element = |element: &AttributeValue| match element {
        AttributeValue::N(number) => float(*number),
        _ => None,
    };
    list.iter().map(element).collect()
}

/// The most digits that a number of a query can have, as any number.
const MOST_DIGITS: usize = 38;

/// A number of the vector that is searched for, by a rule of its own: `+1`, `.5` and `1e-400` are
/// taken, 42 digits and what no float holds are not (aws-facts 11.6, 7). That 38 digits are the
/// limit, as elsewhere, is inferred.
pub(in crate::emulator) fn query(text: &str) -> Option<f32> {
    // Rust reads words as well: `inf`, `nan`.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
        return None;
    }
    let digits = text.split(['e', 'E']).next().unwrap_or_default().replace(['+', '-', '.'], "");
    if digits.trim_start_matches('0').trim_end_matches('0').len() > MOST_DIGITS {
        return None;
    }
    text.parse().ok().filter(|float: &f32| float.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_the_next_float() {
        for (text, expected) in [
            ("16777217", Some(16_777_216.0)),
            ("-0.1", Some(-0.1)),
            ("1E-130", Some(0.0)),
            ("3.4028235E38", Some(f32::MAX)),
            ("3.5E38", None),
        ] {
            assert_eq!(float(text.parse().expect(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_query_has_its_own_rule_for_numbers() {
        // aws-facts 11.6, 7.
        for (text, expected) in [
            ("+1", Some(1.0)),
            (".5", Some(0.5)),
            ("1e-400", Some(0.0)),
            ("1e39", None),
            ("x", None),
            ("", None),
            ("nan", None),
            ("123456789012345678901234567890123456789012", None),
        ] {
            assert_eq!(query(text), expected, "{text}");
        }
    }
}
