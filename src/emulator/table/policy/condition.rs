//! The conditions of a policy's statement, and what they look at (the documentation of IAM's
//! condition operators).

use std::net::IpAddr;

use super::{document::texts, pattern};
use crate::wire::json::Value;

/// What is known of a request, by condition key. What is not known is not there, as IAM has it: a
/// test for it fails, one against it holds.
#[derive(Clone, Debug, Default)]
pub struct Context {
    keys: Vec<(&'static str, Vec<String>)>,
}

impl Context {
    /// Adds what is known.
    pub fn set(&mut self, key: &'static str, values: Vec<String>) {
        self.keys.push((key, values));
    }

    /// The values of a key, in any case; none is a key that is not there.
    fn get(&self, key: &str) -> Option<&[String]> {
        let known = self.keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        known.map(|(_, values)| &**values).filter(|values| !values.is_empty())
    }

    /// A condition's text with `${key}` replaced; `None` if a key has not just one value.
    fn filled(&self, text: &str) -> Option<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (key, after) = after.split_once('}')?;
            filled.push_str(before);
            match (key, self.get(key)) {
                ("*" | "?" | "$", _) => filled.push_str(key),
                (_, Some([value])) => filled.push_str(value),
                _ => return None,
            }
            rest = after;
        }
        Some(filled + rest)
    }
}

/// Whether all conditions of a block hold. One with an operator that there is not does not.
pub(super) fn holds(block: Value<'_>, context: &Context) -> bool {
    block.members().all(|(operator, keys)| {
        keys.members().all(|(key, wanted)| {
            let wanted: Vec<String> = match wanted.as_bool() {
                Some(flag) => vec![flag.to_string()],
                None => texts(wanted).chain(numbers(wanted)).collect(),
            };
            one_holds(&operator, &key, &wanted, context)
        })
    })
}

/// Numbers may stand without quotes.
fn numbers(value: Value<'_>) -> impl Iterator<Item = String> {
    let all = value.as_number().into_iter().chain(value.elements().filter_map(Value::as_number));
    all.map(str::to_owned)
}

/// How many of the values of a key a test is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    One,
    Any,
    All,
}

fn one_holds(operator: &str, key: &str, wanted: &[String], context: &Context) -> bool {
    let found = context.get(key);
    let (of, operator) = match operator.split_once(':') {
        Some((set, operator)) if set.eq_ignore_ascii_case("ForAllValues") => (Of::All, operator),
        Some((set, operator)) if set.eq_ignore_ascii_case("ForAnyValue") => (Of::Any, operator),
        _ => (Of::One, operator),
    };
    let name = operator.to_ascii_lowercase();
    if name == "null" {
        return wanted.iter().any(|wanted| (wanted == "true") == found.is_none());
    }
    let (name, if_exists) = match name.strip_suffix("ifexists") {
        Some(name) => (name, true),
        None => (&*name, false),
    };
    let Some((negated, test)) = test(name) else { return false };
    let Some(found) = found else {
        return if_exists || of == Of::All || (negated && of == Of::One);
    };
    let fits = |found: &String| {
        let mut wanted = wanted.iter().filter_map(|wanted| context.filled(wanted));
        wanted.any(|wanted| test(&wanted, found)) != negated
    };
    match of {
        Of::All => found.iter().all(fits),
        Of::One if negated => found.iter().all(fits),
        Of::One | Of::Any => found.iter().any(fits),
    }
}

/// Compares what a policy wants with what was found.
type Test = fn(&str, &str) -> bool;

/// The test of an operator, and whether it is negated.
fn test(name: &str) -> Option<(bool, Test)> {
    let test: Test = match name {
        "stringequals" | "stringnotequals" => |wanted, found| wanted == found,
        "stringequalsignorecase" | "stringnotequalsignorecase" => {
            |wanted, found| wanted.eq_ignore_ascii_case(found)
        }
        "stringlike" | "stringnotlike" | "arnequals" | "arnnotequals" | "arnlike"
        | "arnnotlike" => |wanted, found| pattern::fits(wanted, found, false),
        "bool" => |wanted, found| wanted.eq_ignore_ascii_case(found),
        "numericequals" | "numericnotequals" | "dateequals" | "datenotequals" => {
            |wanted, found| ordered(wanted, found, f64::eq, str::eq)
        }
        "numericlessthan" | "datelessthan" => {
            |wanted, found| ordered(found, wanted, f64::lt, str::lt)
        }
        "numericlessthanequals" | "datelessthanequals" => {
            |wanted, found| ordered(found, wanted, f64::le, str::le)
        }
        "numericgreaterthan" | "dategreaterthan" => {
            |wanted, found| ordered(found, wanted, f64::gt, str::gt)
        }
        "numericgreaterthanequals" | "dategreaterthanequals" => {
            |wanted, found| ordered(found, wanted, f64::ge, str::ge)
        }
        "ipaddress" | "notipaddress" => is_within,
        _ => return None,
    };
    Some((name.contains("not"), test))
}

/// Numbers by value; what is none is a time of ISO 8601, which its text orders.
fn ordered(
    one: &str,
    other: &str,
    numbers: fn(&f64, &f64) -> bool,
    texts: fn(&str, &str) -> bool,
) -> bool {
    match (one.parse(), other.parse()) {
        (Ok(one), Ok(other)) => numbers(&one, &other),
        _ => texts(one, other),
    }
}

/// Whether an address is in a range: `10.0.0.0/8`, or an address alone.
fn is_within(range: &str, address: &str) -> bool {
    let (network, bits) = range.split_once('/').unwrap_or((range, ""));
    match (network.parse(), address.parse()) {
        (Ok(IpAddr::V4(network)), Ok(IpAddr::V4(address))) => {
            let bits: u32 = if bits.is_empty() { 32 } else { bits.parse().unwrap_or(33) };
            let of = |address: std::net::Ipv4Addr| {
                u32::from(address).checked_shr(32_u32.saturating_sub(bits)).unwrap_or(0)
            };
            bits <= 32 && of(network) == of(address)
        }
        (Ok(network), Ok(address)) => bits.is_empty() && network == address,
        _ => false,
    }
}
