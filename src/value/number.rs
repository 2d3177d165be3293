//! Numbers: up to 38 significant digits, exactly.

mod arithmetic;
mod parse;

use std::{cmp::Ordering, fmt};

/// The significant digits a number can have.
const MAX_DIGITS: u8 = 38;
/// The power of ten of the first digit of the largest numbers.
const MAX_MAGNITUDE: i64 = 125;
/// The power of ten of the first digit of the smallest numbers.
const MIN_MAGNITUDE: i64 = -130;

const POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// A decimal number: `coefficient * 10^exponent`, with a sign.
///
/// The coefficient never ends in a zero digit, and zero is positive with exponent 0, so that
/// equal numbers are equal bit by bit. It is kept in two halves because a `u128` would align the
/// whole of [`super::AttributeValue`] to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    high: u64,
    low: u64,
    exponent: i16,
    negative: bool,
}

/// Why a text or a result is not a number that can be stored. The sentences are in
/// [`super::ValueErrorKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberError {
    /// Not a number.
    NotNumeric,
    /// Larger than 9.99...E+125.
    Overflow,
    /// Closer to zero than 1E-130.
    Underflow,
    /// More than 38 significant digits.
    TooManyDigits,
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self { high: 0, low: 0, exponent: 0, negative: false };

    /// Whether the number is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.high == 0 && self.low == 0
    }

    /// Whether the number is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.negative
    }

    /// The significant digits as a whole number, not ending in a zero.
    #[must_use]
    pub const fn coefficient(self) -> u128 {
        (self.high as u128) << 64 | self.low as u128
    }

    /// The power of ten of the last significant digit.
    #[must_use]
    pub const fn exponent(self) -> i16 {
        self.exponent
    }

    /// How many significant digits there are: 1 for zero.
    #[must_use]
    pub const fn digits(self) -> u8 {
        digits(self.coefficient())
    }

    /// The power of ten of the first significant digit.
    #[must_use]
    pub const fn magnitude(self) -> i16 {
        self.exponent + self.digits() as i16 - 1
    }

    /// The same digits with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { negative: !self.negative && !self.is_zero(), ..self }
    }

    /// Brings digits and exponent into the one form they are kept in. The coefficient has at most
    /// 38 digits.
    fn build(negative: bool, mut coefficient: u128, exponent: i64) -> Result<Self, NumberError> {
        if coefficient == 0 {
            return Ok(Self::ZERO);
        }
        let mut exponent = exponent;
        let magnitude = exponent + i64::from(digits(coefficient)) - 1;
        check_magnitude(magnitude)?;
        while coefficient.is_multiple_of(10) {
            coefficient /= 10;
            exponent += 1;
        }
        let (high, low) = ((coefficient >> 64) as u64, coefficient as u64);
        // Within -167 and 125 after the check above.
        Ok(Self { high, low, exponent: exponent as i16, negative })
    }
}

const fn digits(coefficient: u128) -> u8 {
    match coefficient.checked_ilog10() {
        Some(log) => log as u8 + 1,
        None => 1,
    }
}

const fn check_magnitude(magnitude: i64) -> Result<(), NumberError> {
    match magnitude {
        MIN_MAGNITUDE..=MAX_MAGNITUDE => Ok(()),
        ..MIN_MAGNITUDE => Err(NumberError::Underflow),
        _ => Err(NumberError::Overflow),
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.sign(), other.sign()) {
            (-1, -1) => other.cmp_size(*self),
            (1, 1) => self.cmp_size(*other),
            (left, right) => left.cmp(&right),
        }
    }
}

impl Number {
    fn sign(self) -> i8 {
        if self.is_zero() { 0 } else { 1 - 2 * i8::from(self.negative) }
    }

    /// Compares without the signs; neither is zero.
    fn cmp_size(self, other: Self) -> Ordering {
        let aligned = |number: Self| number.coefficient() * number.missing();
        (self.magnitude().cmp(&other.magnitude())).then_with(|| aligned(self).cmp(&aligned(other)))
    }

    /// What brings the coefficient to 38 digits.
    const fn missing(self) -> u128 {
        POWERS[(MAX_DIGITS - self.digits()) as usize]
    }

    /// The coefficient with zeros up to 38 digits.
    pub(super) const fn full_coefficient(self) -> u128 {
        self.coefficient() * self.missing()
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    /// Plain decimal, without exponent and needless zeros (aws-facts 3.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ZEROS: &str = "00000000000000000000000000000000";
        let zeros = |f: &mut fmt::Formatter<'_>, mut count: usize| {
            while count > 0 {
                let part = count.min(ZEROS.len());
                f.write_str(&ZEROS[..part])?;
                count -= part;
            }
            Ok(())
        };
        if self.negative {
            f.write_str("-")?;
        }
        // u64 prints several times faster than u128, and nearly every number fits.
        let (coefficient, down) = (self.coefficient(), usize::from(self.exponent.unsigned_abs()));
        if self.exponent >= 0 {
            match self.high {
                0 => write!(f, "{}", self.low)?,
                _ => write!(f, "{coefficient}")?,
            }
            return zeros(f, down);
        }
        if down >= usize::from(self.digits()) {
            f.write_str("0.")?;
            zeros(f, down - usize::from(self.digits()))?;
            return write!(f, "{coefficient}");
        }
        // The fraction has fewer digits than the coefficient, so its power is in the table.
        let unit = POWERS[down];
        write!(f, "{}.{:0down$}", coefficient / unit, coefficient % unit)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<u64> for Number {
    fn from(whole: u64) -> Self {
        // At most 20 digits: always in range.
        Self::build(false, whole.into(), 0).unwrap_or(Self::ZERO)
    }
}

impl From<i64> for Number {
    fn from(whole: i64) -> Self {
        let size = Self::from(whole.unsigned_abs());
        if whole < 0 { size.negated() } else { size }
    }
}

#[cfg(test)]
mod tests;
