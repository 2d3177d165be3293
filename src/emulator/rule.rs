//! Which constraints a request's members must keep, in the order and in the words of the service.
//!
//! An operation lists its rules in stages. All rules a stage finds broken are answered together;
//! a stage without one lets the next begin (aws-facts 1.8). Nothing is written until one is.

use std::{borrow::Cow, fmt::Write as _};

use super::shape::{Sent, texts};
use crate::{
    value::Layer,
    wire::{
        Fault,
        json::{Kind, Value},
    },
};

/// The rules of one operation in the order of its two layers.
#[derive(Debug)]
pub struct Stages {
    /// Where the newer layer reads the request.
    pub newer: &'static [&'static [Rule]],
    /// Where the older layer does.
    pub older: &'static [&'static [Rule]],
}

/// What one member must satisfy.
#[derive(Debug)]
pub struct Rule {
    /// The member's name.
    pub member: &'static str,
    /// How a complaint is worded.
    pub wording: Wording,
    /// The constraints, in the order they are reported.
    pub limits: &'static [Limit],
    /// Rules for the inside of a structure, or of each structure of a list.
    pub inner: &'static [Self],
}

/// Which of the service's two validation layers speaks (aws-facts 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// `Value '<v>' at '<camelCasePath>' failed to ...`
    Older,
    /// `Value at '<PascalName>' failed to ...`
    Newer,
    /// `Failed to ...`: the newer layer's word on enums.
    Nameless,
}

/// One constraint.
#[derive(Debug)]
pub enum Limit {
    /// It must be there.
    Required,
    /// At least so many characters, elements or members.
    Shortest(usize),
    /// At most so many.
    Longest(usize),
    /// As [`Limit::Longest`], reported at this path wherever it is.
    LongestAt(&'static str, usize),
    /// At least this number.
    Least(i64),
    /// At most this number.
    Most(i64),
    /// Letters, digits, `_`, `.` and `-` only.
    Name,
    /// What this pattern matches, and what tells whether it does.
    Pattern(&'static str, fn(&str) -> bool),
    /// In a list of strings, what each must satisfy, and what tells whether it does.
    Each(&'static str, fn(&str) -> bool),
    /// One of these words, listed in this order.
    OneOf(&'static [&'static str]),
    /// Only the first of these that is broken is reported.
    First(&'static [Self]),
    /// As [`Limit::First`] for a table's name; its ARN does as well (aws-tables-facts 1.5).
    NameOrArn(&'static [Self]),
    /// Each entry of a map has this member, and it is one of these words.
    EachHas(&'static str, &'static [&'static str]),
}

impl Stages {
    /// Those of one layer.
    #[must_use]
    pub const fn on(&self, layer: Layer) -> &'static [&'static [Rule]] {
        match layer {
            Layer::Newer => self.newer,
            Layer::Older => self.older,
        }
    }
}

impl Rule {
    /// A rule worded by the older layer.
    #[must_use]
    pub const fn older(member: &'static str, limits: &'static [Limit]) -> Self {
        Self { member, wording: Wording::Older, limits, inner: &[] }
    }

    /// A rule worded by the newer layer.
    #[must_use]
    pub const fn newer(member: &'static str, limits: &'static [Limit]) -> Self {
        Self { member, wording: Wording::Newer, limits, inner: &[] }
    }

    /// Rules for what is inside a member, besides its own.
    #[must_use]
    pub const fn within(
        member: &'static str,
        limits: &'static [Limit],
        inner: &'static [Self],
    ) -> Self {
        Self { member, wording: Wording::Older, limits, inner }
    }
}

/// `ReturnConsumedCapacity` (aws-facts 1.6).
pub const CAPACITY: Rule =
    Rule::older("ReturnConsumedCapacity", &[Limit::OneOf(&["INDEXES", "TOTAL", "NONE"])]);
/// `ReturnItemCollectionMetrics`.
pub const METRICS: Rule =
    Rule::older("ReturnItemCollectionMetrics", &[Limit::OneOf(&["SIZE", "NONE"])]);
/// `ReturnValuesOnConditionCheckFailure`.
pub const ON_FAILURE: Rule =
    Rule::older("ReturnValuesOnConditionCheckFailure", &[Limit::OneOf(&["ALL_OLD", "NONE"])]);
/// `ReturnValues`, in the newer layer's words: `UPDATE_NEW` is the service's own spelling of what
/// it accepts as `UPDATED_NEW`.
pub const RETURN_VALUES: Rule = Rule {
    member: "ReturnValues",
    wording: Wording::Nameless,
    limits: &[Limit::OneOf(&["ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATE_NEW", "NONE"])],
    inner: &[],
};
/// `ReturnValues`, in the older layer's words (aws-facts 1.6).
pub const OLDER_RETURN_VALUES: Rule = Rule::older(
    "ReturnValues",
    &[Limit::OneOf(&["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"])],
);
/// `TableName` in an item operation: one error only, length ahead of pattern (aws-facts 1.5).
pub const TABLE_NAME: Rule = Rule::older("TableName", TABLE_NAME_LIMITS);
/// The limits of [`TABLE_NAME`].
pub const TABLE_NAME_LIMITS: &[Limit] =
    &[Limit::Required, Limit::NameOrArn(&[Limit::Shortest(3), Limit::Longest(255), Limit::Name])];
/// An empty `TableName`, which is reported before all else.
pub const EMPTY_TABLE_NAME: Rule = Rule::newer("TableName", &[Limit::Shortest(1)]);
/// The same in the older layer's words (aws-facts 1.5, 7 regions 2026-10-09).
pub const OLDER_EMPTY_TABLE_NAME: Rule = Rule::older("TableName", &[Limit::Shortest(1)]);
/// `TableName` where all that is wrong with it is told, pattern first: UpdateItem, and Scan on the
/// older layer (aws-facts 1.5).
pub const WHOLE_TABLE_NAME: Rule = Rule::older(
    "TableName",
    &[
        Limit::NameOrArn(&[Limit::Name]),
        Limit::NameOrArn(&[Limit::Shortest(3)]),
        Limit::NameOrArn(&[Limit::Longest(255)]),
    ],
);

/// Checks a request against an operation's stages.
///
/// # Errors
///
/// The complaints of the first stage that has any.
pub fn check(sent: &Sent<'_>, stages: &[&[Rule]]) -> Result<(), Fault> {
    for stage in stages {
        let found = broken(sent, stage);
        if !found.is_empty() {
            return Err(together(&found));
        }
    }
    Ok(())
}

/// What a stage's rules find broken.
#[must_use]
pub fn broken(sent: &Sent<'_>, rules: &[Rule]) -> Vec<String> {
    broken_at(sent, rules, "")
}

/// As [`broken`], for members of a structure at `path`.
#[must_use]
pub fn broken_at(sent: &Sent<'_>, rules: &[Rule], path: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(sent, rules, path, &mut found);
    found
}

/// How many complaints an answer lists (aws-facts 1.1): no more are looked for.
const MOST: usize = 10;

/// One answer for all complaints of a stage; at most ten are listed (aws-facts 1.1).
#[must_use]
pub fn together(complaints: &[String]) -> Fault {
    let complaints = &complaints[..complaints.len().min(MOST)];
    let errors = if complaints.len() == 1 { "error" } else { "errors" };
    Fault::validation(format!(
        "{} validation {errors} detected: {}",
        complaints.len(),
        complaints.join("; ")
    ))
}

/// The complaint about one broken constraint in the older layer's words.
#[must_use]
pub fn complaint(echo: &str, path: &str, constraint: &str) -> String {
    format!("Value {echo} at '{path}' failed to satisfy constraint: Member must {constraint}")
}

fn collect(sent: &Sent<'_>, rules: &[Rule], path: &str, found: &mut Vec<String>) {
    for rule in rules {
        if found.len() >= MOST {
            return;
        }
        let value = sent.get(rule.member);
        let narrow = value.is_some() && sent.integer_shaped(rule.member);
        for limit in rule.limits {
            limit.collect(rule, value, narrow, path, found);
        }
        let Some(value) = value.filter(|_| !rule.inner.is_empty()) else { continue };
        let path = format!("{path}{}", camel(rule.member));
        if value.kind() == Kind::Array {
            for (at, element) in sent.structures(rule.member).enumerate() {
                collect(&element, rule.inner, &format!("{path}.{}.member.", at + 1), found);
            }
        } else if let Some(inside) = sent.structure(rule.member) {
            collect(&inside, rule.inner, &format!("{path}."), found);
        }
    }
}

impl Limit {
    /// Adds a complaint if the limit is broken; tells whether it is.
    fn collect(
        &self,
        rule: &Rule,
        value: Option<Value<'_>>,
        narrow: bool,
        path: &str,
        found: &mut Vec<String>,
    ) -> bool {
        match self {
            Self::NameOrArn(_) if value.is_some_and(is_arn) => return false,
            Self::First(limits) | Self::NameOrArn(limits) => {
                return limits.iter().any(|limit| limit.collect(rule, value, narrow, path, found));
            }
            Self::EachHas(member, words) => {
                let before = found.len();
                if let Some(map) = value {
                    let path = format!("{path}{}", camel(rule.member));
                    collect_each(map, &path, member, words, found);
                }
                return found.len() > before;
            }
            _ => {}
        }
        let is_broken = match value {
            Some(value) => self.is_broken_by(value),
            None => matches!(self, Self::Required),
        };
        if is_broken {
            let constraint = self.text();
            found.push(match (rule.wording, self) {
                (Wording::Nameless, _) => {
                    format!("Failed to satisfy constraint: Member must {constraint}")
                }
                (Wording::Newer, _) => format!(
                    "Value at '{}' failed to satisfy constraint: Member must {constraint}",
                    rule.member
                ),
                (Wording::Older, Self::LongestAt(path, _)) => {
                    complaint(&echo(value, narrow), path, &constraint)
                }
                (Wording::Older, _) => complaint(
                    &echo(value, narrow),
                    &format!("{path}{}", camel(rule.member)),
                    &constraint,
                ),
            });
        }
        is_broken
    }

    fn is_broken_by(&self, value: Value<'_>) -> bool {
        match self {
            Self::Required | Self::First(_) | Self::NameOrArn(_) | Self::EachHas(..) => false,
            Self::Shortest(least) => length(value) < *least,
            Self::Longest(most) | Self::LongestAt(_, most) => length(value) > *most,
            Self::Least(least) => number(value) < *least,
            Self::Most(most) => number(value) > *most,
            Self::Name => value.as_str().is_some_and(|text| {
                !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
                    || text.is_empty()
            }),
            Self::Pattern(_, fits) => value.as_str().is_some_and(|text| !fits(&text)),
            Self::Each(_, fit) => texts(value).any(|text| !fit(&text)),
            Self::OneOf(words) => value.as_str().is_some_and(|text| {
                let accepted = |word: &str| match word {
                    "UPDATE_NEW" => text == "UPDATED_NEW",
                    word => text == word,
                };
                !words.iter().any(|word| accepted(word))
            }),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Required => "not be null".into(),
            Self::Shortest(least) => format!("have length greater than or equal to {least}"),
            Self::Longest(most) | Self::LongestAt(_, most) => {
                format!("have length less than or equal to {most}")
            }
            Self::Least(least) => format!("have value greater than or equal to {least}"),
            Self::Most(most) => format!("have value less than or equal to {most}"),
            Self::Name => "satisfy regular expression pattern: [a-zA-Z0-9_.-]+".into(),
            Self::Pattern(pattern, _) => {
                format!("satisfy regular expression pattern: {pattern}")
            }
            Self::Each(constraints, _) => format!("satisfy constraint: [{constraints}]"),
            Self::OneOf(words) => format!("satisfy enum value set: [{}]", words.join(", ")),
            Self::First(_) | Self::NameOrArn(_) | Self::EachHas(..) => String::new(),
        }
    }
}

/// Holds each entry of a map against [`Limit::EachHas`]; of two with one name the last counts.
fn collect_each(
    map: Value<'_>,
    path: &str,
    member: &str,
    words: &'static [&'static str],
    found: &mut Vec<String>,
) {
    let entries: Vec<_> = map.members().filter(|(_, entry)| !entry.is_null()).collect();
    for (at, (name, entry)) in entries.iter().enumerate() {
        let value = entry.get(member).filter(|value| !value.is_null());
        let limit = match value {
            None => Limit::Required,
            Some(_) => Limit::OneOf(words),
        };
        let is_last = || !entries[at + 1..].iter().any(|(later, _)| later == name);
        if found.len() >= MOST {
            return;
        }
        if value.is_none_or(|value| limit.is_broken_by(value)) && is_last() {
            let path = format!("{path}.{name}.member.{}", camel(member));
            found.push(complaint(&echo(value, false), &path, &limit.text()));
        }
    }
}

fn is_arn(value: Value<'_>) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("arn:"))
}

fn length(value: Value<'_>) -> usize {
    match value.kind() {
        Kind::String => value.as_str().map_or(0, |text| text.encode_utf16().count()),
        _ => value.len(),
    }
}

fn number(value: Value<'_>) -> i64 {
    let text = value.as_number().unwrap_or_default();
    text.parse().unwrap_or_else(|_| text.parse::<f64>().unwrap_or_default() as i64)
}

/// A member's name as the older layer writes it: only the first letter changes
/// (`sSESpecification`, aws-tables-facts 1.4).
#[must_use]
pub fn camel(member: &str) -> Cow<'_, str> {
    match member.chars().next() {
        Some(first) if first.is_ascii_uppercase() => {
            format!("{}{}", first.to_ascii_lowercase(), &member[1..]).into()
        }
        _ => member.into(),
    }
}

/// The value as the older layer shows it (aws-facts 2.8): in quotes, or `null`.
fn echo(value: Option<Value<'_>>, narrow: bool) -> String {
    let Some(value) = value else { return "null".into() };
    let mut text = String::from("'");
    match value.kind() {
        Kind::String => text.push_str(&value.as_str().unwrap_or_default()),
        Kind::Number => {
            // An integer shows as it was read, so `4294967296` shows as 2147483647.
            let read = number(value);
            let shown = if narrow { read.clamp(i32::MIN.into(), i32::MAX.into()) } else { read };
            let _ = write!(text, "{shown}");
        }
        Kind::Array => {
            text.push('[');
            for (at, element) in value.elements().enumerate() {
                let part =
                    |name| element.get(name).and_then(Value::as_str).unwrap_or("null".into());
                let comma = if at == 0 { "" } else { ", " };
                let _ = match element.kind() {
                    Kind::Object => write!(
                        text,
                        "{comma}KeySchemaElement(attributeName={}, keyType={})",
                        part("AttributeName"),
                        part("KeyType")
                    ),
                    _ => write!(text, "{comma}{}", element.as_str().unwrap_or_default()),
                };
            }
            text.push(']');
        }
        _ => text.push_str(value.raw()),
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        emulator::shape::{Member, Shape},
        wire::json::Json,
    };

    const ELEMENT: Shape = Shape::Structure(
        "Element",
        &[Member("IndexName", Shape::Text), Member("Units", Shape::Long)],
    );
    const MEMBERS: &[Member] = &[
        Member("TableName", Shape::Text),
        Member("ReturnValues", Shape::Text),
        Member("Limit", Shape::Integer),
        Member("Indexes", Shape::List(&ELEMENT)),
    ];
    const STAGES: &[&[Rule]] = &[
        &[Rule::newer("Limit", &[Limit::Least(1)]), EMPTY_TABLE_NAME],
        &[TABLE_NAME, RETURN_VALUES],
        &[Rule::within(
            "Indexes",
            &[],
            &[
                Rule::older("IndexName", &[Limit::Required]),
                Rule::older("Units", &[Limit::Least(1)]),
            ],
        )],
    ];

    fn answer(request: &str) -> Option<String> {
        let json = Json::parse(request.to_owned()).expect(request);
        let sent = Sent::request(json.root(), MEMBERS).expect(request);
        check(&sent, STAGES).err().and_then(|fault| fault.message)
    }

    #[test]
    fn answers_stage_by_stage_and_all_of_a_stage_together() {
        // Wordings: aws-facts 1.5, 1.6, 1.8; aws-tables-facts 1.4.
        for (request, text) in [
            (
                r#"{"Limit":0,"TableName":""}"#,
                "2 validation errors detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1; Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                r#"{"TableName":"a!","ReturnValues":"x"}"#,
                "2 validation errors detected: Value 'a!' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3; Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]",
            ),
            (
                "{}",
                "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null",
            ),
            (
                r#"{"TableName":"abc","Indexes":[{"IndexName":"a"},{"Units":0}]}"#,
                "2 validation errors detected: Value null at 'indexes.2.member.indexName' failed to satisfy constraint: Member must not be null; Value '0' at 'indexes.2.member.units' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ),
        ] {
            assert_eq!(answer(request).as_deref(), Some(text), "{request}");
        }
        assert_eq!(answer(r#"{"TableName":"abc","ReturnValues":"UPDATED_NEW"}"#), None);
        assert!(answer(r#"{"TableName":"abc","ReturnValues":"UPDATE_NEW"}"#).is_some());
    }
}
