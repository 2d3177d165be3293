use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode};
use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<String, NumberError> {
    text.parse::<Number>().map(|number| number.to_string())
}

#[test]
fn texts_are_read_and_printed_plain() {
    for (text, printed) in [
        ("+5", "5"),
        ("1E2", "100"),
        ("-0", "0"),
        ("-0.0e5", "0"),
        ("1.50", "1.5"),
        ("5.", "5"),
        (".5", "0.5"),
        ("+.5", "0.5"),
        ("-.5e-1", "-0.05"),
        ("00012.3400", "12.34"),
        ("1e+3", "1000"),
        ("123.456e2", "12345.6"),
        ("0.001200", "0.0012"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("1234567890123456789012345678901234567800", "1234567890123456789012345678901234567800"),
        ("0.12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678"),
        ("123456789012345678.90123456789012345678", "123456789012345678.90123456789012345678"),
        ("0e125", "0"),
        ("0e-130", "0"),
        ("0.0e126", "0"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(printed), "{text}");
    }
    assert_eq!(read("1E125"), Ok(format!("1{}", "0".repeat(125))));
    assert_eq!(read("-1e-130"), Ok(format!("-0.{}1", "0".repeat(129))));
    let nines = "9".repeat(38);
    assert_eq!(read(&format!("{nines}e88")), Ok(format!("{nines}{}", "0".repeat(88))));
    assert_eq!(
        read("1.2345678901234567890123456789012345678e-130"),
        Ok(format!("0.{}12345678901234567890123456789012345678", "0".repeat(129)))
    );
}

#[test]
fn what_is_no_number_or_too_much_is_refused() {
    use NumberError::{NotNumeric, Overflow, TooManyDigits, Underflow};
    for (text, error) in [
        ("", NotNumeric),
        (" 1", NotNumeric),
        ("1 ", NotNumeric),
        ("1_000", NotNumeric),
        ("0x1", NotNumeric),
        ("NaN", NotNumeric),
        ("Infinity", NotNumeric),
        ("1+2", NotNumeric),
        ("1.2.3", NotNumeric),
        ("+e2", NotNumeric),
        (".", NotNumeric),
        ("-", NotNumeric),
        ("1e", NotNumeric),
        ("1e+", NotNumeric),
        ("1e1.5", NotNumeric),
        ("--1", NotNumeric),
        ("١", NotNumeric),
        ("1e99999999999999999999", NotNumeric),
        ("1e126", Overflow),
        ("10e125", Overflow),
        ("-1e126", Overflow),
        ("1e99999999999", Overflow),
        ("1e9223372036854775807", Overflow),
        ("1e-131", Underflow),
        ("0.1e-130", Underflow),
        ("1e-99999999999", Underflow),
        ("0e126", Overflow),
        ("0e-131", Underflow),
        ("123456789012345678901234567890123456789", TooManyDigits),
        ("100000000000000000000000000000000000001", TooManyDigits),
        ("0.100000000000000000000000000000000000001", TooManyDigits),
    ] {
        assert_eq!(read(text), Err(error), "{text}");
    }
    assert!(read(&"1".repeat(1_000_000)).is_err());
}

#[test]
fn the_older_layer_names_the_extremes_differently() {
    use NumberError::{NotNumeric, Overflow, Underflow};
    for (text, newer, older) in [
        ("1e126", Overflow, Overflow),
        ("1e2147483647", Overflow, Underflow),
        ("1e2147483645", Overflow, Overflow),
        ("1e99999999999", Overflow, NotNumeric),
        ("1e-99999999999", Underflow, NotNumeric),
        ("1e-131", Underflow, Underflow),
        ("x", NotNumeric, NotNumeric),
    ] {
        assert_eq!(read(text), Err(newer), "{text}");
        assert_eq!(Number::older_error(text, newer), older, "{text}");
    }
}

#[test]
fn sums_keep_38_digits_and_the_range() {
    let number = |text: &str| text.parse::<Number>().expect(text);
    let max = "9.9999999999999999999999999999999999999e125";
    for (left, right, sum) in [
        ("1", "2", "3"),
        ("1", "-1", "0"),
        ("0.1", "0.2", "0.3"),
        ("99999999999999999999999999999999999999", "1", "100000000000000000000000000000000000000"),
        ("1e100", "1e-100", &format!("1{}", "0".repeat(100))),
        (
            "99999999999999999999999999999999999999",
            "0.5",
            "100000000000000000000000000000000000000",
        ),
        ("99999999999999999999999999999999999999", "0.4", "99999999999999999999999999999999999999"),
        (
            "-99999999999999999999999999999999999998",
            "-0.5",
            "-99999999999999999999999999999999999999",
        ),
        ("1e38", "-1", "99999999999999999999999999999999999999"),
        ("-1e125", "1e125", "0"),
    ] {
        assert_eq!(number(left).plus(number(right)).map(|sum| sum.to_string()).as_deref(), Ok(sum));
    }
    assert_eq!(number(max).plus(number(max)), Err(NumberError::Overflow));
    assert_eq!(number("1.1e-130").minus(number("1e-130")), Err(NumberError::Underflow));
    assert_eq!(number(max).minus(number(max)), Ok(Number::ZERO));
}

fn written() -> impl Strategy<Value = String> {
    let plain = "[+-]?[0-9]{1,20}(\\.[0-9]{0,18})?";
    let scientific = "[+-]?[0-9]?\\.[0-9]{1,37}[eE][+-]?(1[0-2]|[0-9])?[0-9]";
    let close = "-?(0|1|2|10|99)(\\.0|\\.5)?";
    prop_oneof![plain, scientific, close]
}

proptest! {
    #[test]
    fn bigdecimal_agrees_on_values_and_order(left in written(), right in written()) {
        let parsed = |text: &str| -> Option<(Number, BigDecimal)> {
            Some((text.parse().ok()?, BigDecimal::from_str(text).ok()?))
        };
        if let (Some((left, left_oracle)), Some((right, right_oracle))) = (parsed(&left), parsed(&right)) {
            prop_assert_eq!(BigDecimal::from_str(&left.to_string()), Ok(left_oracle.clone()));
            prop_assert_eq!(left.cmp(&right), left_oracle.cmp(&right_oracle));
            prop_assert_eq!(left == right, left_oracle == right_oracle);
            for (ours, oracle) in [
                (left.plus(right), &left_oracle + &right_oracle),
                (left.minus(right), &left_oracle - &right_oracle),
            ] {
                // Beyond the range there is no number to compare.
                if let Ok(ours) = ours {
                    let rounded = oracle.with_precision_round(
                        std::num::NonZeroU64::new(38).expect("not zero"),
                        RoundingMode::HalfUp,
                    );
                    prop_assert_eq!(BigDecimal::from_str(&ours.to_string()), Ok(rounded));
                }
            }
        }
    }

    #[test]
    fn printing_and_reading_again_changes_nothing(text in written()) {
        if let Ok(number) = text.parse::<Number>() {
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }
    }
}
