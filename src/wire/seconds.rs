//! How the service writes times.

/// A time as Java prints it as a double of seconds: `1.723076079797E9` (wire-facts 9).
#[must_use]
pub fn seconds(millis: u64) -> String {
    let digits = millis.to_string();
    // Java switches to this form at 10^7, which is April 1970.
    if digits.len() < 11 {
        return format!("{}.{}", millis / 1000, millis % 1000);
    }
    let (first, rest) = digits.split_at(1);
    let rest = rest.trim_end_matches('0');
    let rest = if rest.is_empty() { "0" } else { rest };
    format!("{first}.{rest}E{}", digits.len() - 4)
}
