//! What PutItem, UpdateItem and DeleteItem have in common: a condition, what they return.

use std::sync::Arc;

use crate::{
    emulator::{
        capacity::{Charge, Report},
        expression::{Expressions, Held, Named, Naming, Reader, Taking},
        fault::{self, Manner},
        shape::{Sent, Shape},
        table::Table,
        write,
    },
    expr::{self, ExprError, ExpressionKind},
    value::{AttributeValue, Item, Layer, Stored, ValueErrorKind, encode},
    wire::{Fault, json::Writer},
};

/// ExpressionAttributeNames.
pub(super) const NAMES: Shape = Shape::Map("java.lang.String", &Shape::Text);

/// Expressions of PutItem and DeleteItem.
pub(super) const TAKING: Taking = Taking {
    manner: Manner::Enveloped,
    names_in: &["ConditionExpression"],
    values_in: &["ConditionExpression"],
    without: "",
    names_structure: true,
    names_unset: Naming::Older,
};

/// The legacy parameters of PutItem and DeleteItem.
pub(super) const LEGACY: &[&str] = &["Expected", "ConditionalOperator"];

/// What a write depends on.
#[derive(Debug, Default)]
pub(super) struct Condition {
    holds: Option<expr::Condition>,
    show_item: bool,
}

/// What a write returns of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReturnValues {
    /// Nothing.
    None,
    /// The item as it was.
    AllOld,
    /// What the update touched, as it was.
    UpdatedOld,
    /// The item as it is.
    AllNew,
    /// What the update touched, as it is.
    UpdatedNew,
}

/// The outcome of a write.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) table: Arc<Table>,
    pub(super) attributes: Option<Item>,
    pub(super) charge: Charge,
    pub(super) report: Report,
    pub(super) collection: Option<AttributeValue>,
}

/// Reads the placeholders of a request.
pub(super) fn named(reader: &mut Reader, sent: &Sent<'_>) -> Result<Named, Fault> {
    reader.named(sent.get("ExpressionAttributeNames"), sent.get("ExpressionAttributeValues"))
}

/// Whether ItemCollectionMetrics are asked for.
pub(super) fn wants_metrics(sent: &Sent<'_>) -> bool {
    sent.text("ReturnItemCollectionMetrics").as_deref() == Some("SIZE")
}

impl Condition {
    /// Reads ConditionExpression.
    pub(super) fn read(sent: &Sent<'_>, expressions: &mut Expressions) -> Result<Self, ExprError> {
        let text = sent.text("ConditionExpression");
        let shown = sent.text("ReturnValuesOnConditionCheckFailure");
        Ok(Self {
            holds: expressions.condition(ExpressionKind::Condition, text.as_deref())?,
            show_item: shown.as_deref() == Some("ALL_OLD"),
        })
    }

    /// The condition, or what Expected asks instead.
    pub(super) fn or(self, expected: Option<expr::Condition>) -> Self {
        Self { holds: self.holds.or(expected), ..self }
    }

    /// Holds the condition against an item or its absence.
    pub(super) fn check(&self, item: Option<&Stored>) -> Result<(), Fault> {
        self.check_showing(item, json)
    }

    /// As [`Condition::check`], with the item shown in this way if it is.
    pub(super) fn check_showing(
        &self,
        item: Option<&Stored>,
        json: impl FnOnce(&Item) -> Vec<u8>,
    ) -> Result<(), Fault> {
        let Some(condition) = &self.holds else { return Ok(()) };
        let item = write::read(item)?;
        if condition.holds(item.unwrap_or(&Item::new())) {
            return Ok(());
        }
        let fault = fault::condition_failed();
        Err(match item.filter(|_| self.show_item) {
            Some(item) => fault.with("Item", json(item)),
            None => fault,
        })
    }
}

impl ReturnValues {
    /// Reads ReturnValues, whose value was checked.
    pub(super) fn read(sent: &Sent<'_>) -> Self {
        match sent.text("ReturnValues").as_deref() {
            Some("ALL_OLD") => Self::AllOld,
            Some("UPDATED_OLD") => Self::UpdatedOld,
            Some("ALL_NEW") => Self::AllNew,
            Some("UPDATED_NEW") => Self::UpdatedNew,
            _ => Self::None,
        }
    }

    /// The item that was there, if that is asked for.
    pub(super) fn old(self, item: Option<Stored>) -> Result<Option<Item>, Fault> {
        let item = item.filter(|_| self == Self::AllOld).map(Stored::into_item);
        Ok(item.transpose().map_err(write::broken)?)
    }

    /// Reads it for an operation after which there is nothing new to return.
    pub(super) fn old_only(sent: &Sent<'_>, manner: Manner) -> Result<Self, Fault> {
        match Self::read(sent) {
            read @ (Self::None | Self::AllOld) => Ok(read),
            _ => Err(manner.refuse(OLD_ONLY)),
        }
    }
}

/// What such an operation says (aws-facts 1.8).
pub(super) const OLD_ONLY: &str = "ReturnValues can only be ALL_OLD or NONE";

impl Written {
    /// The partition key, if item collections are asked for and are (aws-facts 6.7).
    pub(super) fn collection(table: &Table, item: &Item, asked: bool) -> Option<AttributeValue> {
        if !asked || !table.has_local_indexes() {
            return None;
        }
        item.get(&table.key.partition.first()?.name).cloned()
    }

    /// Writes the answer's members.
    pub(super) fn encode(&self, json: &mut Writer) {
        if let Some(attributes) = &self.attributes {
            json.key("Attributes");
            json.raw(&self::json(attributes));
        }
        self.charge.write_member(&self.table, self.report, json);
        if let Some(partition) = &self.collection {
            json.key("ItemCollectionMetrics");
            write_collection(&self.table, partition, json);
        }
    }
}

/// Writes the metrics of one item collection; all that tests make are small (aws-facts 6.7).
pub(super) fn write_collection(table: &Table, partition: &AttributeValue, json: &mut Writer) {
    json.object(|json| {
        json.key("ItemCollectionKey");
        json.object(|json| {
            if let Some(attribute) = table.key.partition.first() {
                json.key(&attribute.name);
                let mut text = Vec::new();
                encode::value(partition, &mut text);
                json.raw(&text);
            }
        });
        json.key("SizeEstimateRangeGB");
        json.raw(b"[0.0,1.0]");
    });
}

/// An item as JSON.
pub(super) fn json(item: &Item) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    encode::item(item, &mut text);
    text
}

/// The key of an update or delete; an empty set in it is told without the envelope
/// (aws-facts 1.9), nesting within it at any depth, unlike in an item (aws-facts 3.7).
pub(super) fn key(key: Option<Held<Item>>, layer: Layer) -> Result<Item, Fault> {
    let key = key.transpose().map_err(|error| {
        let manner = match error.kind {
            ValueErrorKind::EmptySet(_) => Manner::Bare,
            _ => Manner::Enveloped,
        };
        manner.refuse_parameter(&error, layer)
    })?;
    Ok(key.unwrap_or_default())
}
