//! Comparing two bodies, value by value.

use std::{borrow::Cow, collections::HashMap};

use super::{
    Comparison, Layer,
    align::Alignment,
    arn,
    compare::{Expectation, Subject},
    number::{plain, same_number},
    rules::{self, Comparator},
    template,
};
use crate::wire::json::{Kind, Value, compact};

/// The members that hold one attribute value, by type.
const TYPES: [&str; 10] = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"];

/// A walk over two bodies at once. It does not recurse deeper than a body of the service can
/// nest; what is deeper is compared as text.
pub(super) struct Walk<'a> {
    subject: Subject<'a>,
    comparison: &'a mut Comparison,
    depth: usize,
}

/// Deeper than any answer of the service: 32 levels of values, two of JSON each, and the
/// answer's own.
pub(super) const DEEPEST: usize = 200;

impl<'a> Walk<'a> {
    pub(super) fn new(subject: Subject<'a>, comparison: &'a mut Comparison) -> Self {
        Self { subject, comparison, depth: 0 }
    }

    pub(super) fn body(&mut self, expected: Value<'_>, actual: Value<'_>) {
        self.value("$", "", expected, actual);
    }

    /// An error's body: type and sentence have layers of their own.
    pub(super) fn error_body(&mut self, expected: Value<'_>, actual: Value<'_>) {
        self.members("$", expected, actual, &["__type", "message", "Message"]);
    }

    fn value(&mut self, path: &str, member: &str, expected: Value<'_>, actual: Value<'_>) {
        // What has a rule is a scalar; an attribute of that name in an item is the client's own.
        let is_scalar = !matches!(expected.kind(), Kind::Object | Kind::Array);
        let stated = self.subject.expectation != Expectation::Recorded;
        let rule = rules::rule_for(self.subject.operation, member)
            .filter(|rule| is_scalar && !(stated && rule.comparator.is_of_a_moment()));
        let by_template = !self.subject.exact && rule.is_some();
        if self.depth == DEEPEST || (expected.kind() != actual.kind() && !by_template) {
            self.texts(Layer::Values, path, expected.raw(), actual.raw(), true);
            return;
        }
        if let Some(rule) = rule {
            return self.by_rule(rule.comparator, path, expected, actual);
        }
        self.depth += 1;
        match expected.kind() {
            Kind::Object => self.object(path, expected, actual),
            Kind::Array => self.list(path, member, expected, actual),
            Kind::Number => self.number(path, expected.raw(), actual.raw(), false),
            Kind::String => {
                // Escapes are spelling.
                let (old, new) =
                    (expected.as_str().unwrap_or_default(), actual.as_str().unwrap_or_default());
                let same = !self.subject.exact && template::fits(&old, &new);
                self.texts(Layer::Values, path, if same { &new } else { &old }, &new, true);
            }
            Kind::Bool | Kind::Null => {
                self.texts(Layer::Values, path, expected.raw(), actual.raw(), true);
            }
        }
        self.depth -= 1;
    }

    fn object(&mut self, path: &str, expected: Value<'_>, actual: Value<'_>) {
        match (typed(expected), typed(actual)) {
            (Some((kind, _)), Some((other, _))) if kind != other => {
                self.texts(Layer::Values, path, expected.raw(), actual.raw(), true);
            }
            (Some(("N", expected)), Some((_, actual))) => {
                let text = |value: Value<'_>| value.as_str().unwrap_or_default().into_owned();
                // An attribute's number is text to the client: its spelling is part of the answer.
                self.number(&format!("{path}.N"), &text(expected), &text(actual), true);
            }
            (Some((kind @ ("SS" | "NS" | "BS"), expected)), Some((_, actual))) => {
                self.set(&format!("{path}.{kind}"), kind == "NS", expected, actual);
            }
            _ => {
                self.members(path, expected, actual, &[]);
                if self.subject.exact && !is_attribute_map(expected) {
                    self.member_order(path, expected, actual);
                }
            }
        }
    }

    fn members(&mut self, path: &str, expected: Value<'_>, actual: Value<'_>, except: &[&str]) {
        let (old, new) = (by_name(expected), by_name(actual));
        let compared = |(name, _): &(Cow<'_, str>, Value<'_>)| !except.contains(&&**name);
        for (name, value) in expected.members().filter(compared) {
            let path = format!("{path}.{name}");
            match new.get(&name) {
                Some(other) => {
                    self.comparison.check(Layer::Fields, None);
                    self.value(&path, &name, value, *other);
                }
                None => {
                    let matters = typed(value).is_some() || !rules::is_history(&name);
                    self.texts(Layer::Fields, &path, value.raw(), "(none)", matters);
                }
            }
        }
        let whole = self.subject.expectation != Expectation::Partial;
        for (name, value) in actual.members().filter(|member| whole && compared(member)) {
            if !old.contains_key(&name) {
                let too_young = rules::too_young(&name, self.subject.recorded_on);
                let matters = typed(value).is_some() || !too_young;
                let path = format!("{path}.{name}");
                self.texts(Layer::Fields, &path, "(none)", value.raw(), matters);
            }
        }
    }

    /// Modelled members come in alphabetical order (wire-facts 6); attributes come in any (7).
    /// Who writes an answer down says nothing of their order: there the rule itself is compared.
    fn member_order(&mut self, path: &str, expected: Value<'_>, actual: Value<'_>) {
        if self.subject.expectation != Expectation::Recorded {
            let member = path.rsplit('.').next().unwrap_or_default();
            if !rules::has_names_as_members(member) {
                let actual: Vec<_> = actual.members().map(|(name, _)| name).collect();
                let mut sorted = actual.clone();
                sorted.sort_unstable();
                self.texts(Layer::Wire, path, &sorted.join(" "), &actual.join(" "), false);
            }
            return;
        }
        let names = |of: Value<'_>, other: Value<'_>| -> Vec<String> {
            let other = by_name(other);
            let shared = of.members().filter(|(name, _)| other.contains_key(name));
            shared.map(|(name, _)| name.into_owned()).collect()
        };
        let (expected, actual) = (names(expected, actual), names(actual, expected));
        self.texts(Layer::Wire, path, &expected.join(" "), &actual.join(" "), false);
    }

    fn number(&mut self, path: &str, expected: &str, actual: &str, is_attribute: bool) {
        let same = same_number(expected, actual);
        let (old, new) = if same { ("", "") } else { (expected, actual) };
        self.texts(Layer::Values, path, old, new, true);
        if same && self.subject.exact {
            self.texts(Layer::NumberText, path, expected, actual, is_attribute);
        }
    }

    fn set(&mut self, path: &str, numeric: bool, expected: Value<'_>, actual: Value<'_>) {
        let members = |value: Value<'_>| -> Vec<String> {
            value
                .elements()
                .map(|element| element.as_str().unwrap_or_default().into_owned())
                .collect()
        };
        let (old, new) = (members(expected), members(actual));
        let sorted = |members: &[String]| -> Vec<String> {
            let spelled_one_way = |text: &String| if numeric { plain(text) } else { text.clone() };
            let mut members: Vec<_> = members.iter().map(spelled_one_way).collect();
            members.sort_unstable();
            members
        };
        if sorted(&old) == sorted(&new) {
            self.comparison.check(Layer::Values, None);
            // Sets have no order; that the service's is a fixed one can be seen, not relied upon.
            self.texts(Layer::Order, path, &old.join(" "), &new.join(" "), false);
        } else {
            self.texts(Layer::Values, path, expected.raw(), actual.raw(), true);
        }
    }

    fn list(&mut self, path: &str, member: &str, expected: Value<'_>, actual: Value<'_>) {
        let (old, new): (Vec<_>, Vec<_>) =
            (expected.elements().collect(), actual.elements().collect());
        let ordered = rules::ordered(self.subject.operation, member);
        // A list's rule is one for its elements.
        let rule = rules::rule_for(self.subject.operation, member);
        let element_name = if rule.is_some() { member } else { "" };
        let identities = |list: &[Value<'_>]| -> Option<Vec<String>> {
            list.iter().map(|element| self.identity(member, *element)).collect()
        };
        let alignment = match (identities(&old), identities(&new)) {
            (Some(old), Some(new)) => Alignment::by_identity(&old, &new),
            _ if !ordered => {
                let canonical = |list: &[Value<'_>]| {
                    list.iter().map(|value| unordered_text(*value, 0)).collect::<Vec<_>>()
                };
                Alignment::by_identity(&canonical(&old), &canonical(&new)).pair_leftovers()
            }
            _ => Alignment::by_position(old.len(), new.len()),
        };
        if ordered && old.len() + new.len() > 0 {
            let (old, new) =
                if alignment.in_order() { ("", "") } else { ("as recorded", "another order") };
            self.texts(Layer::Order, path, old, new, true);
        }
        for at in &alignment.missing {
            self.texts(Layer::Fields, &format!("{path}[{at}]"), old[*at].raw(), "(none)", true);
        }
        for at in &alignment.extra {
            self.texts(Layer::Fields, &format!("{path}[{at}]"), "(none)", new[*at].raw(), true);
        }
        for (at, other) in alignment.pairs {
            self.value(&format!("{path}[{at}]"), element_name, old[at], new[other]);
        }
    }

    /// What tells an element from its neighbours: the name of a named thing, the key of an item,
    /// a name itself.
    fn identity(&self, member: &str, element: Value<'_>) -> Option<String> {
        if let Some(name) = rules::identity(member) {
            return element.get(name).map(compact);
        }
        if element.kind() == Kind::String {
            let rule = rules::rule_for(self.subject.operation, member);
            let is_timed = rule.is_some_and(|rule| rule.comparator == Comparator::Timed);
            let text = element.as_str().unwrap_or_default();
            return Some(if is_timed { rules::untimed(&text) } else { element.raw() }.to_owned());
        }
        if self.subject.key.is_empty() || !is_attribute_map(element) {
            return None;
        }
        let parts = self.subject.key.iter().map(|name| element.get(name).map(compact));
        parts.collect::<Option<Vec<_>>>().map(|parts| parts.join("\0"))
    }

    fn by_rule(
        &mut self,
        comparator: Comparator,
        path: &str,
        expected: Value<'_>,
        actual: Value<'_>,
    ) {
        let (old, new) = (expected.raw(), actual.raw());
        let text = |value: Value<'_>| value.as_str().unwrap_or_default().into_owned();
        if !self.subject.exact && template::is_template(&text(expected)) {
            return self.comparison.check(Layer::Values, None);
        }
        let alike = match comparator {
            Comparator::Epoch | Comparator::Lagging => {
                [expected, actual].iter().all(|value| value.kind() == Kind::Number)
            }
            Comparator::Opaque => {
                ![text(expected), text(actual)].iter().any(|text| text.is_empty())
            }
            Comparator::Minted => shape(&text(expected)) == shape(&text(actual)),
            Comparator::Arn => {
                let (old, new) = (text(expected), text(actual));
                old == new || arn::settled(&old).is_some_and(|old| Some(old) == arn::settled(&new))
            }
            Comparator::Timed => rules::untimed(&text(expected)) == rules::untimed(&text(actual)),
            Comparator::State => {
                expected.kind() == Kind::String
                    && !rules::are_opposed(&text(expected), &text(actual))
            }
        };
        match comparator {
            // A state that was passed already is not nothing, but it is no divergence.
            Comparator::State => self.texts(Layer::Values, path, old, new, !alike),
            _ if alike => self.comparison.check(Layer::Values, None),
            _ => self.texts(Layer::Values, path, old, new, true),
        }
    }

    fn texts(&mut self, layer: Layer, path: &str, expected: &str, actual: &str, matters: bool) {
        self.comparison.texts(layer, path, expected, actual, matters);
    }
}

/// The type and value of `{"S": "x"}`.
pub(super) fn typed(value: Value<'_>) -> Option<(&'static str, Value<'_>)> {
    let mut members = value.members();
    let (name, inner) = members.next()?;
    let kind = TYPES.iter().find(|kind| **kind == name)?;
    let fits = match *kind {
        "S" | "N" | "B" => inner.kind() == Kind::String,
        "BOOL" | "NULL" => inner.kind() == Kind::Bool,
        "M" => inner.kind() == Kind::Object,
        _ => inner.kind() == Kind::Array,
    };
    (fits && members.next().is_none()).then_some((*kind, inner))
}

fn is_attribute_map(value: Value<'_>) -> bool {
    value.kind() == Kind::Object
        && !value.is_empty()
        && value.members().all(|(_, inner)| typed(inner).is_some())
}

/// Members by name: the last one of several, as [`Value::get`] takes it.
fn by_name(value: Value<'_>) -> HashMap<Cow<'_, str>, Value<'_>> {
    value.members().collect()
}

/// The value with members and sets in one order, for telling equal elements of an unordered list.
fn unordered_text(value: Value<'_>, depth: usize) -> String {
    match (value.kind(), typed(value)) {
        _ if depth == DEEPEST => value.raw().to_owned(),
        (_, Some((kind @ ("SS" | "NS" | "BS"), set))) => {
            let mut members: Vec<_> = set.elements().map(compact).collect();
            members.sort_unstable();
            format!("{kind}{}", members.join(","))
        }
        (Kind::Object, _) => {
            let mut members: Vec<_> = value
                .members()
                .map(|(name, inner)| format!("{name}:{}", unordered_text(inner, depth + 1)))
                .collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        (Kind::Array, _) => {
            let elements = value.elements().map(|element| unordered_text(element, depth + 1));
            format!("[{}]", elements.collect::<Vec<_>>().join(","))
        }
        _ => value.raw().to_owned(),
    }
}

/// A minted text with every letter and digit replaced: two of one shape are as good as equal.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c }).collect()
}
