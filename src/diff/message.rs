//! Comparing error sentences. One that lists several violations is a set: their order differs by
//! operation and host (wire-facts 14).

/// How alike two sentences are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    /// The same violations in another order.
    Reordered,
    Different,
}

pub(super) fn compare(expected: &str, actual: &str) -> Likeness {
    if expected == actual {
        return Likeness::Same;
    }
    match (violations(expected), violations(actual)) {
        (Some(expected), Some(actual)) if expected == actual => Likeness::Reordered,
        _ => Likeness::Different,
    }
}

/// The violations of `2 validation errors detected: a; b`, sorted.
fn violations(text: &str) -> Option<Vec<&str>> {
    let (count, list) = text.split_once(" validation errors detected: ")?;
    count.parse::<u32>().ok()?;
    let mut list: Vec<_> = list.split("; ").collect();
    list.sort_unstable();
    Some(list)
}
