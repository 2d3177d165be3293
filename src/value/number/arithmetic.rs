//! Adding and subtracting, as `SET n = n + :v` and `ADD` do.

use super::{MAX_DIGITS, Number, NumberError, POWERS};

/// From the first digit of 9E+125 to the 38th of 1E-130, and one digit of carry.
const WIDTH: usize = 125 + 130 + 38 + 1;

impl Number {
    /// The sum, rounded half up to 38 digits (that it is rounded, and how, is inferred: no source
    /// shows a sum that needs more digits).
    ///
    /// # Errors
    ///
    /// When the sum is out of range.
    pub fn plus(self, other: Self) -> Result<Self, NumberError> {
        if self.is_zero() || other.is_zero() {
            return Ok(if self.is_zero() { other } else { self });
        }
        let (upper, lower) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let shift = (upper.exponent - lower.exponent) as usize;
        if usize::from(upper.digits()) + shift > usize::from(MAX_DIGITS) {
            return upper.add_digits(lower);
        }
        // Both are below 10^38, so the sum is below 2^128.
        let (left, right) = (upper.coefficient() * POWERS[shift], lower.coefficient());
        let (negative, sum) = match (upper.negative == lower.negative, left >= right) {
            (true, _) => (upper.negative, left + right),
            (false, true) => (upper.negative, left - right),
            (false, false) => (lower.negative, right - left),
        };
        match sum >= POWERS[usize::from(MAX_DIGITS)] {
            true => Self::build(negative, (sum + 5) / 10, i64::from(lower.exponent) + 1),
            false => Self::build(negative, sum, lower.exponent.into()),
        }
    }

    /// The difference, rounded as [`Number::plus`] does.
    ///
    /// # Errors
    ///
    /// When the difference is out of range.
    pub fn minus(self, other: Self) -> Result<Self, NumberError> {
        self.plus(other.negated())
    }

    /// Adds digit by digit, for numbers too far apart for one `u128`. Neither is zero.
    fn add_digits(self, other: Self) -> Result<Self, NumberError> {
        let lowest = self.exponent.min(other.exponent);
        // Signs relative to the larger number, so that what comes out is not negative.
        let (large, small) =
            if self.cmp_size(other).is_ge() { (self, other) } else { (other, self) };
        let mut places = [0_i8; WIDTH];
        for (number, sign) in
            [(large, 1), (small, if large.negative == small.negative { 1 } else { -1 })]
        {
            let mut rest = number.coefficient();
            let mut place = (number.exponent - lowest) as usize;
            while rest > 0 {
                places[place] += sign * (rest % 10) as i8;
                rest /= 10;
                place += 1;
            }
        }
        let mut carry = 0;
        for place in &mut places {
            let sum = *place + carry;
            *place = sum.rem_euclid(10);
            carry = sum.div_euclid(10);
        }
        let length = WIDTH - places.iter().rev().take_while(|digit| **digit == 0).count();
        let dropped = length.saturating_sub(MAX_DIGITS.into());
        let kept = places[dropped..length]
            .iter()
            .rev()
            .fold(0_u128, |all, digit| all * 10 + digit.unsigned_abs() as u128);
        let up = dropped > 0 && places[dropped - 1] >= 5;
        Self::build(large.negative, kept + u128::from(up), i64::from(lowest) + dropped as i64)
    }
}
