//! The sentences that belong to no single part: missing tables, the envelope.

use crate::{
    storage::StoreError,
    value::{Family, Layer, ValueError, ValueErrorKind},
    wire::Fault,
};

/// An item operation names a table that is not there (aws-facts 2.1).
pub(super) fn no_table() -> Fault {
    Fault::new("ResourceNotFoundException", "Requested resource not found")
}

/// A table operation does.
pub(super) fn no_table_called(name: &str) -> Fault {
    let text = format!("Requested resource not found: Table: {name} not found");
    Fault::new("ResourceNotFoundException", text)
}

/// An operation on backups does (aws-tables-facts 1.2).
pub(super) fn no_backed_up_table(name: &str) -> Fault {
    Fault::new("TableNotFoundException", format!("Table not found: {name}"))
}

/// It does so before a new table's backups are enabled (aws-tables-facts 19).
pub(super) fn backups_unavailable(name: &str) -> Fault {
    Fault::new(
        "ContinuousBackupsUnavailableException",
        format!("Backups are being enabled for the table: {name}. Please retry later"),
    )
}

/// A sentence in the envelope of aws-facts 0.
pub(super) fn enveloped(sentence: &str) -> Fault {
    Fault::validation(format!("1 validation error detected: {sentence}"))
}

/// A condition that does not hold.
pub(super) fn condition_failed() -> Fault {
    Fault::new("ConditionalCheckFailedException", "The conditional request failed")
}

/// How an operation answers errors that DynamoDB words alike everywhere (aws-facts 1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// In the envelope: PutItem, UpdateItem, DeleteItem.
    Enveloped,
    /// As they are: reads, batches, transactions.
    Bare,
}

impl Manner {
    /// A sentence of one of the families that single-item writes put in the envelope.
    pub(super) fn refuse(self, sentence: &str) -> Fault {
        match self {
            Self::Enveloped => enveloped(sentence),
            Self::Bare => Fault::validation(sentence),
        }
    }

    /// A value that is refused in a key or a legacy parameter, where it is in the envelope however
    /// deep it nests, unlike in an item (aws-facts 3.7).
    pub(super) fn refuse_parameter(self, error: &ValueError, layer: Layer) -> Fault {
        match (&error.kind, layer, error.sentence(layer)) {
            (ValueErrorKind::TooDeep(_), Layer::Newer, Some(sentence)) => self.refuse(&sentence),
            _ => self.refuse_value(error, layer),
        }
    }

    /// A value that is refused.
    pub(super) fn refuse_value(self, error: &ValueError, layer: Layer) -> Fault {
        let Some(sentence) = error.sentence(layer) else {
            return Fault::bare("SerializationException");
        };
        match error.family() {
            Family::Serialization => Fault::serialization(sentence),
            Family::Validation if error.always_bare() || layer == Layer::Older => {
                Fault::validation(sentence)
            }
            Family::Validation => self.refuse(&sentence),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let cause = error.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default();
        Self::new("InternalServerError", format!("dynatape: {error}{cause}"))
    }
}
