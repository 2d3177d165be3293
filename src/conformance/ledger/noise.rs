//! What differs between two recordings of one program, made against one service: noise. It is
//! not the program's and not the service's opinion; what is left after it is.

use std::collections::BTreeMap;

use super::{Entry, Why};
use crate::diff::{Finding, Layer};

/// A type of values that may be others: what is noise has to be of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A UUID, in any case.
    Uuid,
    /// A number of seconds or milliseconds since 1970, of this century.
    Epoch,
    /// A day and a time of day (`2026-11-21T14:52:08Z`).
    Time,
    /// The same elements in another order.
    AnyOrder,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Uuid, Self::Epoch, Self::Time, Self::AnyOrder];

    /// The name written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Epoch => "epoch",
            Self::Time => "time",
            Self::AnyOrder => "any-order",
        }
    }

    /// Whether a difference is no more than two values of this type.
    #[must_use]
    pub fn fits(self, finding: &Finding) -> bool {
        let both = |is: fn(&str) -> bool| {
            let of_values = matches!(finding.layer, Layer::Values);
            of_values && [&finding.expected, &finding.actual].iter().all(|text| is(plain(text)))
        };
        match self {
            Self::Uuid => both(|text| has_shape(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")),
            Self::Epoch => both(|text| {
                let since = text.parse::<f64>().unwrap_or_default();
                // 2001 to 2096.
                (1e9..4e9).contains(&since) || (1e12..4e12).contains(&since)
            }),
            Self::Time => both(|text| {
                text.get(..19).is_some_and(|text| has_shape(text, "dddd-dd-ddTdd:dd:dd"))
            }),
            Self::AnyOrder => finding.layer == Layer::Order,
        }
    }
}

fn plain(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// `x` stands for a hexadecimal digit, `d` for a decimal one.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'x' => byte.is_ascii_hexdigit(),
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

/// Entries for what differs and is of some type, one a type and place, and what is of none.
///
/// An element's number in a list is left open: the next one is made by the same hand.
#[must_use]
pub fn learn<'a>(
    differences: impl IntoIterator<Item = (String, &'a Finding)>,
) -> (Vec<Entry>, Vec<(String, &'a Finding)>) {
    let mut found: BTreeMap<(Kind, String), Vec<String>> = BTreeMap::new();
    let mut left = Vec::new();
    for (id, finding) in differences {
        match Kind::ALL.into_iter().find(|kind| kind.fits(finding)) {
            Some(kind) => {
                let ids = found.entry((kind, any_element(&finding.path))).or_default();
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
            }
            None => left.push((id, finding)),
        }
    }
    let entry = |((kind, path), ids): ((Kind, String), Vec<String>)| Entry {
        reason: format!("differs between two recordings of one program ({})", kind.name()),
        why: Why::Noise,
        kind: Some(kind),
        issue: None,
        until: None,
        layers: Vec::new(),
        paths: vec![path],
        ids,
        line: 0,
    };
    (found.into_iter().map(entry).collect(), left)
}

/// The path with `[*]` for each number of an element.
pub(in crate::conformance) fn any_element(path: &str) -> String {
    let mut parts = path.split('[');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('[');
        match part.split_once(']') {
            Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                out.push_str("*]");
                out.push_str(rest);
            }
            _ => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(layer: Layer, path: &str, expected: &str, actual: &str) -> Finding {
        Finding {
            layer,
            path: path.into(),
            expected: expected.into(),
            actual: actual.into(),
            matters: true,
            follows: false,
        }
    }

    #[test]
    fn what_is_of_a_type_becomes_a_rule_and_what_is_not_stays_a_difference() {
        let (one, other) = (
            "\"7c1f0400-0000-4000-8000-000000000001\"",
            "\"7C1F0400-0000-4000-8000-00000000000A\"",
        );
        let all = [
            finding(Layer::Values, "$.Items[0].id.S", one, other),
            finding(Layer::Values, "$.Items[1].id.S", other, one),
            finding(Layer::Values, "$.Item.at.N", "1763736728", "1763736729"),
            finding(
                Layer::Values,
                "$.Item.on.S",
                "\"2026-11-21T14:52:08Z\"",
                "\"2026-11-22T14:52:08.1Z\"",
            ),
            finding(Layer::Order, "$.Items", "as recorded", "another order"),
            finding(Layer::Values, "$.Item.n.N", "7", "8"),
            finding(Layer::Values, "$.Item.x.S", one, "\"x\""),
            finding(Layer::Fields, "$.Item.y", one, other),
        ];
        let (entries, left) = learn(all.iter().map(|one| ("t/a".to_owned(), one)));
        let rules: Vec<_> =
            entries.iter().map(|entry| (entry.kind.map(Kind::name), &*entry.paths[0])).collect();
        assert_eq!(
            rules,
            [
                (Some("uuid"), "$.Items[*].id.S"),
                (Some("epoch"), "$.Item.at.N"),
                (Some("time"), "$.Item.on.S"),
                (Some("any-order"), "$.Items"),
            ]
        );
        let paths: Vec<_> = left.iter().map(|(_, finding)| &*finding.path).collect();
        assert_eq!(paths, ["$.Item.n.N", "$.Item.x.S", "$.Item.y"]);
        for (entry, finding) in entries.iter().zip([&all[1], &all[2], &all[3], &all[4]]) {
            assert!(entry.covers(finding), "{entry:?}");
        }
        // At its place another type is not accepted.
        assert!(!entries[0].covers(&finding(Layer::Values, "$.Items[0].id.S", one, "\"x\"")));
    }
}
