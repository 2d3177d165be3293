//! Reading a number: which texts are numbers, and which of them are too much (aws-facts 3.1).

use std::str::FromStr;

use super::{MAX_DIGITS, Number, NumberError, POWERS, check_magnitude};

/// The parts of a number as written.
#[derive(Clone, Copy, Debug)]
struct Written {
    negative: bool,
    /// The significant digits, as far as there are not more than 38.
    coefficient: u128,
    /// How many significant digits there are before the trailing zeros.
    significant: i64,
    /// How many zeros follow them.
    zeros: i64,
    /// How many digits stand after the point.
    fraction: i64,
    exponent: i64,
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let written = Written::read(text).ok_or(NumberError::NotNumeric)?;
        let magnitude = written.magnitude().clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        check_magnitude(magnitude)?;
        if written.significant > i64::from(MAX_DIGITS) {
            return Err(NumberError::TooManyDigits);
        }
        let exponent = magnitude - written.significant.max(1) + 1;
        Self::build(written.negative, written.coefficient, exponent)
    }
}

impl Number {
    /// What the older layer finds wrong with a text that is no storable number: it reads a Java
    /// `BigDecimal`, whose exponent and scale have 32 bits, and calls the largest numbers an
    /// underflow (aws-facts 3.1, eu-west-2 2026-10-09).
    #[must_use]
    pub fn older_error(text: &str, newer: NumberError) -> NumberError {
        let Some(written) = Written::read(text) else { return NumberError::NotNumeric };
        let scale = i128::from(written.fraction) - i128::from(written.exponent);
        let in_range = |whole: i128| (i128::from(i32::MIN)..=i128::from(i32::MAX)).contains(&whole);
        if !in_range(written.exponent.into()) || !in_range(scale) {
            return NumberError::NotNumeric;
        }
        let precision = i128::from((written.significant + written.zeros).max(1));
        match precision - scale >= i128::from(i32::MAX) {
            true => NumberError::Underflow,
            false => newer,
        }
    }
}

impl Written {
    fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, unsigned) = match bytes.first()? {
            b'-' => (true, &bytes[1..]),
            b'+' => (false, &bytes[1..]),
            _ => (false, bytes),
        };
        let mut written =
            Self { negative, coefficient: 0, significant: 0, zeros: 0, fraction: 0, exponent: 0 };
        let (mut any, mut point) = (false, false);
        for (at, byte) in unsigned.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    written.fraction += i64::from(point);
                    written.digit(byte - b'0');
                }
                b'.' if !point => point = true,
                b'e' | b'E' if any => {
                    let exponent = std::str::from_utf8(&unsigned[at + 1..]).ok()?;
                    written.exponent = exponent.parse().ok()?;
                    return Some(written);
                }
                _ => return None,
            }
        }
        any.then_some(written)
    }

    fn digit(&mut self, digit: u8) {
        match digit {
            0 if self.significant == 0 => {}
            0 => self.zeros += 1,
            _ => {
                self.significant += self.zeros + 1;
                if self.significant <= i64::from(MAX_DIGITS) {
                    let shift = POWERS[self.zeros as usize + 1];
                    self.coefficient = self.coefficient * shift + u128::from(digit);
                }
                self.zeros = 0;
            }
        }
    }

    /// The power of ten of the first significant digit; zero counts as if its last digit were 1
    /// (aws-facts 3.1, eu-west-2 2026-10-08).
    fn magnitude(&self) -> i128 {
        let last = i128::from(self.exponent) - i128::from(self.fraction) + i128::from(self.zeros);
        last + i128::from(self.significant.max(1)) - 1
    }
}
