//! Tables of more than one region: what stands for them where a name alone would not do.
//!
//! A table's name has no `@` in it, so `orders@eu-west-1` is no other table's.

/// A table and its region, if that is not the usual one, as one name.
#[must_use]
pub fn named_in(region: Option<&str>, table: &str) -> String {
    match region {
        Some(region) => format!("{table}@{region}"),
        None => table.to_owned(),
    }
}

/// The table's own name, and its region.
#[must_use]
pub fn name_and_region(named: &str) -> (&str, Option<&str>) {
    match named.split_once('@') {
        Some((table, region)) => (table, Some(region)),
        None => (named, None),
    }
}
