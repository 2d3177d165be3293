/// Whether two number texts mean the same number, whatever their spelling (`1E2`, `100.0`).
/// Texts that are no numbers are the same only when they are equal.
#[must_use]
pub fn same_number(a: &str, b: &str) -> bool {
    match (normal(a), normal(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// The one spelling of all texts that mean the same number; of a text that is none, itself.
pub(super) fn plain(text: &str) -> String {
    match normal(text) {
        Some((negative, digits, exponent)) => {
            format!("{}{digits}E{exponent}", if negative { "-" } else { "" })
        }
        None => text.to_owned(),
    }
}

/// Sign, significant digits without zeros at either end, and the exponent of the last digit.
fn normal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_end_matches('0');
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let exponent =
        exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
    let significant = significant.trim_start_matches('0');
    match significant {
        "" => Some((false, String::new(), 0)),
        _ => Some((negative, significant.to_owned(), exponent)),
    }
}
