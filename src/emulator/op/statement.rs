//! What the three operations with statements have in common: how one is sent, and what can be
//! wrong with it before any table is looked at (aws-facts 10.1 to 10.3).

use std::borrow::Cow;

use crate::{
    emulator::{
        echo::{self, Class, Field, Form},
        expression::{Held, Reader},
        fault::Manner,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
    },
    partiql::{Error, Parsed, Statement},
    value::{AttributeValue, Layer, ValueErrorKind, size},
    wire::Fault,
};

/// The longest statement, in characters.
const LONGEST: usize = 8192;

/// All three operations are on the older layer (aws-facts 1.2).
pub(super) const LAYER: Layer = Layer::Older;

/// The members that every statement may have, and `ConsistentRead` of a batch's.
pub(super) const MEMBERS: &[Member] = &[
    Member("Statement", Shape::Text),
    Member("Parameters", Shape::List(&Shape::Value)),
    Member("ConsistentRead", Shape::Boolean),
    Member("ReturnValuesOnConditionCheckFailure", Shape::Text),
];

const TEXT: Field = ("statement", Some(("Statement", Form::Text)));
const PARAMETERS: Field = ("parameters", Some(("Parameters", echo::VALUE_LIST)));
const ON_FAILURE: Field = (
    "returnValuesOnConditionCheckFailure",
    Some(("ReturnValuesOnConditionCheckFailure", Form::Text)),
);

/// A statement of a transaction (aws-facts 2.8).
pub(super) static OF_TRANSACTION: Class =
    Class("ParameterizedStatement", &[TEXT, PARAMETERS, ON_FAILURE]);

/// A statement of a batch, as us-east-1 shows it (aws-facts 2.8).
pub(super) static OF_BATCH: Class = Class(
    "BatchStatementRequest",
    &[TEXT, PARAMETERS, ("consistentRead", Some(("ConsistentRead", Form::Boolean))), ON_FAILURE],
);

/// A statement as sent, its parameters read and not yet judged.
pub(super) struct Read<'a> {
    pub(super) sent: Sent<'a>,
    parameters: Vec<Held<AttributeValue>>,
}

/// A statement that was understood.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) statement: Statement,
    pub(super) consistent: bool,
    /// Whether a failed condition shows the item.
    pub(super) show_item: bool,
}

impl<'a> Read<'a> {
    /// Reads a statement; JSON of the wrong shape beats all else.
    pub(super) fn of(sent: Sent<'a>) -> Result<Self, Fault> {
        let mut reader = Reader::on(LAYER);
        // One level more than elsewhere passes here (aws-facts 3.7).
        reader.allow_levels(32);
        let values = sent.get("Parameters").into_iter().flat_map(|list| list.elements());
        let parameters = values.map(|value| reader.value(value)).collect::<Result<_, _>>()?;
        Ok(Self { sent, parameters })
    }

    /// The statements of a list.
    pub(super) fn list(sent: &Sent<'a>, member: &str) -> Result<Vec<Self>, Fault> {
        sent.structures(member).map(Self::of).collect()
    }

    /// What is wrong with its members, in the order of aws-facts 10.1.
    pub(super) fn broken(&self, path: &str) -> Vec<String> {
        let mut broken = rule::broken_at(&self.sent, &[rule::ON_FAILURE], path);
        broken.extend(self.broken_text(path));
        broken.extend(self.broken_parameters(path));
        broken
    }

    pub(super) fn broken_text(&self, path: &str) -> Vec<String> {
        const PRESENT: &[Rule] =
            &[Rule::older("Statement", &[Limit::Required, Limit::Shortest(1)])];
        let mut broken = rule::broken_at(&self.sent, PRESENT, path);
        let text = self.text();
        // Characters count here, not UTF-16 units.
        if text.chars().count() > LONGEST {
            let constraint = format!("have length less than or equal to {LONGEST}");
            let path = format!("{path}statement");
            broken.push(rule::complaint(&format!("'{text}'"), &path, &constraint));
        }
        broken
    }

    pub(super) fn broken_parameters(&self, path: &str) -> Vec<String> {
        const ANY: &[Rule] = &[Rule::older("Parameters", &[Limit::Shortest(1)])];
        rule::broken_at(&self.sent, ANY, path)
    }

    /// Its text.
    pub(super) fn text(&self) -> Cow<'a, str> {
        self.sent.text("Statement").unwrap_or_default()
    }

    /// The parameters, judged before the statement is read: depth, then values, then names
    /// (aws-facts 10.2).
    pub(super) fn parameters(&self) -> Result<Vec<AttributeValue>, Fault> {
        let errors = || self.parameters.iter().filter_map(|held| held.as_ref().err());
        let rank = |kind: &ValueErrorKind| match kind {
            ValueErrorKind::TooDeep(_) => 0,
            ValueErrorKind::EmptyName => 2,
            _ => 1,
        };
        match errors().min_by_key(|error| rank(&error.kind)) {
            Some(error) => Err(Manner::Bare.refuse_value(error, LAYER)),
            None => Ok(self.parameters.iter().flatten().cloned().collect()),
        }
    }

    /// Reads the statement itself.
    pub(super) fn statement(&self, parameters: &[AttributeValue]) -> Result<Asked, Fault> {
        let statement = Parsed::of(&self.text()).and_then(|parsed| parsed.bind(parameters));
        let statement = statement.map_err(refuse)?;
        if let Statement::Insert(insert) = &statement
            && size::item(&insert.item) > size::MAX_ITEM
        {
            // That it is told before a missing table is inferred from PutItem.
            return Err(Fault::validation("Item size has exceeded the maximum allowed size"));
        }
        let shown = self.sent.text("ReturnValuesOnConditionCheckFailure");
        Ok(Asked {
            statement,
            consistent: self.sent.boolean("ConsistentRead") == Some(true),
            show_item: shown.as_deref() == Some("ALL_OLD"),
        })
    }
}

/// What is wrong with how many statements there are.
pub(super) fn broken_length(
    sent: &Sent<'_>,
    member: &str,
    most: usize,
    shown: &'static Class,
) -> Option<String> {
    let path = rule::camel(member);
    let Some(list) = sent.get(member) else {
        return Some(rule::complaint("null", &path, "not be null"));
    };
    let constraint = match list.len() {
        0 => "have length greater than or equal to 1".to_owned(),
        count if count <= most => return None,
        _ => format!("have length less than or equal to {most}"),
    };
    let statements: Vec<_> =
        list.elements().map(|one| echo::text(one, Form::Object(shown))).collect();
    Some(rule::complaint(&format!("'[{}]'", statements.join(", ")), &path, &constraint))
}

/// The path of a statement's members.
pub(super) fn path(member: &str, at: usize) -> String {
    format!("{}.{}.member.", rule::camel(member), at + 1)
}

/// The answer to a statement that is refused.
pub(super) fn refuse(error: Error) -> Fault {
    match error {
        Error::TooDeep => Fault::bare("InternalServerError"),
        error => Fault::validation(error.to_string()),
    }
}
