//! In which order a Java hash set of `BigDecimal` lists numbers, which is how older parts of the
//! service return a number set (aws-facts 3.11, 2026-10-09).

use super::Number;

/// The members of a set, put in ascending into a hash set that began with 16 buckets.
pub(super) fn order(ascending: &[Number]) -> Vec<Number> {
    // A table grows when more than three quarters of its buckets are used.
    let buckets = (ascending.len() * 4).div_ceil(3).next_power_of_two().max(16);
    let mut numbers = ascending.to_vec();
    numbers.sort_by_key(|number| bucket(*number) as usize & (buckets - 1));
    numbers
}

/// `BigDecimal.hashCode` of a number without trailing zeros, spread as `HashMap` does.
fn bucket(number: Number) -> u32 {
    let coefficient = number.coefficient();
    let words = (0..4).rev().map(|word| (coefficient >> (32 * word)) as u32);
    let digits = words.fold(0u32, |hash, word| hash.wrapping_mul(31).wrapping_add(word));
    let signed = if number.is_negative() { digits.wrapping_neg() } else { digits };
    let scale = -i32::from(number.exponent());
    let hash = signed.wrapping_mul(31).wrapping_add(scale as u32);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(numbers: &[&str]) -> Vec<String> {
        let numbers: Vec<Number> = numbers.iter().map(|text| text.parse().unwrap()).collect();
        order(&numbers).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn small_whole_numbers_go_down_in_their_buckets() {
        // 31 n modulo 16 is -n: 16 and 0 share a bucket; 10 is 1E+1, whose scale is -1.
        assert_eq!(ordered(&["0", "1", "2", "3"]), ["0", "3", "2", "1"]);
        assert_eq!(ordered(&["1", "2", "10", "16"]), ["16", "2", "10", "1"]);
        assert_eq!(ordered(&["-1", "1"]), ["-1", "1"]);
    }

    #[test]
    fn a_set_of_more_than_twelve_has_more_buckets() {
        let numbers: Vec<String> = (1..=13).map(|number| number.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let expected = ["13", "12", "11", "9", "8", "7", "6", "5", "4", "3", "2", "10", "1"];
        assert_eq!(ordered(&numbers), expected);
    }
}
