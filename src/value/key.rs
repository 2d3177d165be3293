//! The bytes of a key: compared as bytes they order as the service orders the values, and each
//! says where it ends, so that the bytes of several keys can be put one after another.
//!
//! | type | bytes |
//! |---|---|
//! | S, B | the bytes, each 00 followed by FF; then 00 00 |
//! | N = 0 | 02 |
//! | N > 0 | 03, magnitude + 130, digits two a byte plus 1, then 00 |
//! | N < 0 | 01, and the bytes after 03 of the positive number inverted |
//!
//! The type is not written: the schema fixes it, so all bytes at one place have the same.

use super::{AttributeValue, Number};

const NEGATIVE: u8 = 1;
const ZERO: u8 = 2;
const POSITIVE: u8 = 3;

/// Appends the bytes of a key value. Gives `false` and appends nothing for a value of a type that
/// cannot be a key.
#[must_use]
pub fn encode(value: &AttributeValue, out: &mut Vec<u8>) -> bool {
    let ended = encode_prefix(value, out);
    if ended && !matches!(value, AttributeValue::N(_)) {
        out.extend_from_slice(&[0, 0]);
    }
    ended
}

/// Appends the bytes with which all key values begin that begin with this string or binary; for a
/// number, its bytes. Gives `false` and appends nothing for a value that cannot be a key.
#[must_use]
pub fn encode_prefix(value: &AttributeValue, out: &mut Vec<u8>) -> bool {
    match value {
        AttributeValue::S(text) => escape(text.as_bytes(), out),
        AttributeValue::B(bytes) => escape(bytes, out),
        AttributeValue::N(number) => encode_number(*number, out),
        _ => return false,
    }
    true
}

fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() + 2);
    for (at, run) in bytes.split(|byte| *byte == 0).enumerate() {
        if at > 0 {
            out.extend_from_slice(&[0, 0xff]);
        }
        out.extend_from_slice(run);
    }
}

fn encode_number(number: Number, out: &mut Vec<u8>) {
    if number.is_zero() {
        return out.push(ZERO);
    }
    out.push(if number.is_negative() { NEGATIVE } else { POSITIVE });
    let start = out.len();
    // From -130 to 125, which is exactly a byte.
    out.push((number.magnitude() + 130) as u8);
    let mut rest = number.full_coefficient();
    let mut unit = 10_u128.pow(36);
    while rest > 0 {
        out.push((rest / unit) as u8 + 1);
        rest %= unit;
        unit /= 100;
    }
    out.push(0);
    if number.is_negative() {
        out[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(value: &AttributeValue) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(encode(value, &mut out));
        out
    }

    fn number() -> impl Strategy<Value = AttributeValue> {
        (any::<i64>(), 0u32..19, -130i32..100).prop_filter_map("range", |(whole, cut, power)| {
            let whole = whole / 10_i64.pow(cut);
            format!("{whole}e{power}").parse().ok().map(AttributeValue::N)
        })
    }

    fn scalar_pair() -> impl Strategy<Value = (AttributeValue, AttributeValue)> {
        let string = "[\0\u{1}a-bé\u{10ffff}]{0,4}".prop_map(AttributeValue::S);
        let binary = prop::collection::vec(prop::sample::select(vec![0, 1, 2, 254, 255]), 0..4)
            .prop_map(AttributeValue::B);
        prop_oneof![(string.clone(), string), (binary.clone(), binary), (number(), number())]
    }

    proptest! {
        #[test]
        fn bytes_order_as_values_do((left, right) in scalar_pair()) {
            prop_assert_eq!(Some(bytes(&left).cmp(&bytes(&right))), left.order(&right));
        }

        #[test]
        fn composite_keys_order_part_by_part(
            (a, b) in scalar_pair(),
            (c, d) in scalar_pair(),
        ) {
            let join = |first: &AttributeValue, second: &AttributeValue| [bytes(first), bytes(second)].concat();
            let expected = a.order(&b).zip(c.order(&d)).map(|(first, second)| first.then(second));
            prop_assert_eq!(Some(join(&a, &c).cmp(&join(&b, &d))), expected);
        }

        #[test]
        fn a_prefix_begins_the_bytes_of_what_begins_with_it(
            head in "[\0ab]{0,3}", tail in "[\0ab]{0,3}", other in "[\0ab]{0,6}",
        ) {
            let mut prefix = Vec::new();
            prop_assert!(encode_prefix(&AttributeValue::S(head.clone()), &mut prefix));
            let whole = AttributeValue::S(format!("{head}{tail}"));
            prop_assert!(bytes(&whole).starts_with(&prefix));
            let begins = bytes(&AttributeValue::S(other.clone())).starts_with(&prefix);
            // A prefix that ends in 00 FF cannot be confused with an end, 00 00.
            prop_assert_eq!(begins, other.starts_with(&head));
        }
    }

    #[test]
    fn only_scalars_can_be_keys() {
        let mut out = Vec::new();
        assert!(!encode(&AttributeValue::Bool(true), &mut out));
        assert!(out.is_empty());
    }
}
