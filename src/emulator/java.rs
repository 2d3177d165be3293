//! In which order a Java hash table lists strings, as some of the service's sentences do.

/// The order of a set sized to hold `names` and no more (five names over eight buckets:
/// aws-tables-facts 3.4, `[sk, a, b, pk, c]`).
#[must_use]
pub(super) fn sized<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let names: Vec<_> = names.into_iter().collect();
    // A table grows when more than three quarters of its buckets are used.
    let buckets = (names.len() * 4 / 3 + 1).next_power_of_two();
    order(names, buckets)
}

/// The order of a set that started empty (`[a, sk, pk]` in the same sentence).
#[must_use]
pub(super) fn grown<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let names: Vec<_> = names.into_iter().collect();
    let buckets = (names.len() * 4).div_ceil(3).next_power_of_two().max(16);
    order(names, buckets)
}

/// The order of a map with as many buckets as its entries fill: one over 2, two and three over 4,
/// four to six over 8 (aws-facts 2.8, us-east-1, eu-west-2).
#[must_use]
pub(super) fn filled<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let names: Vec<_> = names.into_iter().collect();
    let buckets = (names.len() * 4).div_ceil(3).next_power_of_two().max(2);
    order(names, buckets)
}

fn order(names: Vec<&str>, buckets: usize) -> Vec<&str> {
    let mut seen: Vec<&str> = Vec::with_capacity(names.len());
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen.sort_by_key(|name| hash(name) as usize & (buckets - 1));
    seen
}

/// `String.hashCode`, spread as `HashMap` does.
fn hash(text: &str) -> u32 {
    let hash = text
        .encode_utf16()
        .fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_as_recorded() {
        // aws-tables-facts 3.4, two regions, 2026-10.
        assert_eq!(sized(["a", "b", "c", "pk", "sk"]).len(), 5);
        assert_eq!(sized(["pk", "sk", "a", "b", "c"]), ["sk", "a", "b", "pk", "c"]);
        assert_eq!(grown(["pk", "sk", "a"]), ["a", "sk", "pk"]);
        assert_eq!(sized(["pk", "sk"]), ["sk", "pk"]);
    }

    #[test]
    fn three_entries_fill_four_buckets_and_those_of_one_keep_their_order() {
        // Over eight it would be [b, d, f].
        assert_eq!(filled(["b", "d", "f"]), ["d", "b", "f"]);
    }
}
