//! FilterSpecification: which items an export has, and which of their attributes.
//!
//! The model has it and nothing else is known of it but that it may not be empty
//! (aws-service-facts 6.2). That it works as a Scan's and a Query's expressions do, and words what
//! is wrong as they do, is inferred.

use super::ExportError;
use crate::{
    emulator::{
        expression::{self, Naming, Reader, Taking},
        fault::Manner,
        shape::{Member, Sent, Shape},
        table::{KeyAttribute, Schema, Table},
    },
    expr::{Condition, ExpressionKind, KeyCondition, KeyShape, Projection, parse_key_condition},
    value::{Item, Layer},
    wire::Fault,
};

/// The member of the request.
pub(in crate::emulator) const FILTER: Shape = Shape::Structure(
    "FilterSpecification",
    &[
        Member("FilterExpression", Shape::Text),
        Member("ProjectionExpression", Shape::Text),
        Member("KeyConditionExpression", Shape::Text),
        Member("ExpressionAttributeNames", Shape::Map("java.lang.String", &Shape::Text)),
        Member("ExpressionAttributeValues", Shape::Values),
    ],
);

const TAKING: Taking = Taking {
    manner: Manner::Bare,
    names_in: &["ProjectionExpression", "FilterExpression", "KeyConditionExpression"],
    values_in: &["FilterExpression", "KeyConditionExpression"],
    without: ": FilterExpression is null",
    names_structure: true,
    names_unset: Naming::Never,
};

/// What is exported of a table.
#[derive(Clone, Debug, Default)]
pub(in crate::emulator) struct Filter {
    /// What the key has to be, and the same as a condition on items.
    keys: Option<(KeyCondition, Condition)>,
    condition: Option<Condition>,
    projection: Option<Projection>,
}

impl Filter {
    /// Reads the specification; without one everything is exported.
    pub(in crate::emulator) fn read(sent: Option<&Sent<'_>>) -> Result<Self, Fault> {
        let Some(sent) = sent else { return Ok(Self::default()) };
        if TAKING.names_in.iter().all(|member| !sent.has(member)) {
            return Err(ExportError::EmptyFilter.into());
        }
        let mut reader = Reader::on(Layer::Older);
        let (names, values) = ("ExpressionAttributeNames", "ExpressionAttributeValues");
        let named = reader.named(sent.get(names), sent.get(values))?;
        let mut expressions = named.check(sent, TAKING, Layer::Older)?;
        let text = sent.text("KeyConditionExpression");
        let keys = expressions.parse(text.as_deref(), parse_key_condition);
        let keys = keys.map_err(|error| expressions.refuse(&error))?;
        let same = expressions.condition(ExpressionKind::KeyCondition, text.as_deref());
        let same = same.map_err(|error| expressions.refuse(&error))?;
        let text = sent.text("FilterExpression");
        let condition = expressions.condition(ExpressionKind::Filter, text.as_deref());
        let condition = condition.map_err(|error| expressions.refuse(&error))?;
        let text = sent.text("ProjectionExpression");
        let projection = expressions.projection(text.as_deref());
        let projection = projection.map_err(|error| expressions.refuse(&error))?;
        expressions.finish()?;
        Ok(Self { keys: keys.zip(same), condition, projection })
    }

    /// Refuses a key condition that does not fit the table's key.
    pub(in crate::emulator) fn check(&self, table: &Table) -> Result<(), Fault> {
        let Some((keys, _)) = &self.keys else { return Ok(()) };
        let Schema { partition, sort } = &table.key;
        let [hash, range] = [partition, sort].map(|side| {
            side.iter().map(|KeyAttribute { name, kind }| (&**name, *kind)).collect::<Vec<_>>()
        });
        let bound = keys.bind(&KeyShape { hash: &hash, range: &range });
        bound.map(drop).map_err(|error| expression::refuse(Manner::Bare, &error))
    }

    /// Whether an item is exported.
    pub(super) fn takes(&self, item: &Item) -> bool {
        let conditions = [self.keys.as_ref().map(|(_, same)| same), self.condition.as_ref()];
        conditions.into_iter().flatten().all(|condition| condition.holds(item))
    }

    /// What of an item is.
    pub(super) fn part(&self, item: Item) -> Item {
        match &self.projection {
            Some(projection) => projection.apply(&item),
            None => item,
        }
    }
}
