//! One action of TransactWriteItems: reading it, and what it would do.

use std::borrow::Cow;

use super::{
    Op,
    single::{self, Condition},
    transact,
    transact_write_items::TransactWriteItems,
    update_item,
};
use crate::{
    emulator::{
        Validation,
        expression::{self, Held, Named, Naming, Reader, Taking},
        fault::Manner,
        key,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::Table,
        write,
    },
    expr::{ExpressionKind, Update, check_size, parse_update},
    value::{Item, Layer, Stored, ValueError, ValueErrorKind, size},
    wire::Fault,
};

/// Members of any of the four kinds of action.
const ACTION: &[Member] = &[
    Member("TableName", Shape::Text),
    Member("Item", Shape::Values),
    Member("Key", Shape::Values),
    Member("UpdateExpression", Shape::Text),
    Member("ConditionExpression", Shape::Text),
    Member("ExpressionAttributeNames", single::NAMES),
    Member("ExpressionAttributeValues", Shape::Values),
    Member("ReturnValuesOnConditionCheckFailure", Shape::Text),
];
/// An element of TransactItems.
pub(super) const ITEM: Shape = Shape::Structure(
    "TransactWriteItem",
    &[
        Member("ConditionCheck", Shape::Structure("ConditionCheck", ACTION)),
        Member("Put", Shape::Structure("Put", ACTION)),
        Member("Delete", Shape::Structure("Delete", ACTION)),
        Member("Update", Shape::Structure("Update", ACTION)),
    ],
);

const TAKING: Taking = Taking {
    manner: Manner::Bare,
    names_in: &["UpdateExpression", "ConditionExpression"],
    values_in: &["UpdateExpression", "ConditionExpression"],
    without: "",
    names_structure: true,
    names_unset: Naming::Older,
};

/// Where members are on the newer layer, a value is not named for its depth or an empty name in it
/// (aws-facts 3.7, 3.8, eu-west-2 and eu-north-1 2026-10-09).
const NEWER_TAKING: Taking = Taking { names_structure: false, ..TAKING };

fn taking(layer: Layer) -> Taking {
    if layer == Layer::Newer { NEWER_TAKING } else { TAKING }
}

/// Values are on the older layer wherever members are (aws-facts 1.4, eu-west-2 2026-10-08/09).
pub(super) const VALUES: Layer = Layer::Older;

/// The kinds of action: the member's name, and the members it must have.
const KINDS: [(Kind, &str, &[Rule]); 4] = [
    (Kind::Check, "ConditionCheck", &[KEY, Rule::older("ConditionExpression", &[Limit::Required])]),
    (Kind::Put, "Put", &[Rule::older("Item", &[Limit::Required])]),
    (Kind::Delete, "Delete", &[KEY]),
    (Kind::Update, "Update", &[KEY, Rule::older("UpdateExpression", &[Limit::Required])]),
];
const KEY: Rule = Rule::older("Key", &[Limit::Required]);

/// The kinds of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Check,
    Put,
    Delete,
    Update,
}

/// One action.
pub(super) struct Action<'a> {
    pub(super) kind: Kind,
    pub(super) table: Cow<'a, str>,
    /// The item to put, or the key.
    pub(super) item: Item,
    update: Option<Update>,
    condition: Condition,
}

/// An action whose JSON was read and whose values were not judged yet.
pub(super) struct Read<'a> {
    kind: Kind,
    name: &'static str,
    rules: &'static [Rule],
    sent: Sent<'a>,
    item: Option<Held<Item>>,
    named: Named,
}

impl<'a> Read<'a> {
    /// Reads the actions that an element of TransactItems holds: one, if it is right.
    pub(super) fn all(item: &Sent<'a>, layer: Layer) -> Result<Vec<Self>, Fault> {
        let kinds = KINDS.into_iter();
        let sent = kinds
            .filter_map(|(kind, name, rules)| Some((kind, name, rules, item.structure(name)?)));
        sent.map(|(kind, name, rules, sent)| Self::new(kind, name, rules, sent, layer)).collect()
    }

    fn new(
        kind: Kind,
        name: &'static str,
        rules: &'static [Rule],
        sent: Sent<'a>,
        layer: Layer,
    ) -> Result<Self, Fault> {
        let member = if kind == Kind::Put { "Item" } else { "Key" };
        let mut reader = Reader::on(VALUES);
        let item = reader.item(sent.get(member))?;
        if layer == Layer::Older {
            // One level more than elsewhere passes (aws-facts 3.7).
            reader.allow_levels(32);
        }
        let named = single::named(&mut reader, &sent)?;
        Ok(Self { kind, name, rules, sent, item, named })
    }

    /// What is wrong with the words among its members.
    pub(super) fn wrong_words(&self, at: usize) -> Vec<String> {
        let path = transact::path(at, &rule::camel(self.name));
        rule::broken_at(&self.sent, &[rule::ON_FAILURE], &path)
    }

    /// What is wrong with its table's name, and which members are missing.
    pub(super) fn wrong_members(&self, at: usize) -> Vec<String> {
        let name = rule::camel(self.name);
        let mut broken = transact::wrong_name(&self.sent, at, &name);
        broken.extend(rule::broken_at(&self.sent, self.rules, &transact::path(at, &name)));
        broken
    }

    /// Step 5 of aws-facts 7.3.
    pub(super) fn empty_name(&self, layer: Layer) -> Option<Fault> {
        match &self.item {
            Some(Err(error)) if error.kind == ValueErrorKind::EmptyName => {
                Some(Manner::Bare.refuse_value(error, VALUES))
            }
            _ => self.named.empty_name(taking(layer), VALUES),
        }
    }

    /// Step 7: a key whose values nest too deep.
    pub(super) fn nested_key(&self) -> Option<&ValueError> {
        let error = self.item.as_ref().filter(|_| self.kind != Kind::Put)?.as_ref().err()?;
        matches!(error.kind, ValueErrorKind::TooDeep(_)).then_some(error)
    }

    /// Step 6.
    pub(super) fn decode(self, validation: Validation) -> Result<Action<'a>, Fault> {
        let Self { kind, sent, item, named, .. } = self;
        let layer = validation.layer(TransactWriteItems::OPERATION);
        let (item, nested) = match item.transpose() {
            Ok(item) => (item.unwrap_or_default(), None),
            Err(error) if matches!(error.kind, ValueErrorKind::TooDeep(_)) => {
                (Item::new(), Some(error))
            }
            Err(error) => return Err(Manner::Bare.refuse_value(&error, VALUES)),
        };
        // The older layer lets a put without condition carry values (aws-facts 7.3, us-east-1 and
        // eu-west-2 2026-10-09).
        let has_expressions =
            kind != Kind::Put || sent.has("ConditionExpression") || layer == Layer::Newer;
        let expressions =
            has_expressions.then(|| named.check(&sent, taking(layer), VALUES)).transpose()?;
        let expressions =
            expressions.map(|expressions| expressions.in_halves(validation.older_sentences()));
        let update_text = sent.text("UpdateExpression").filter(|_| kind == Kind::Update);
        if let Some(text) = &update_text {
            let checked = check_size(ExpressionKind::Update, text);
            checked.map_err(|error| expression::refuse(Manner::Bare, &error))?;
        }
        let condition = sent.text("ConditionExpression");
        let too_large =
            condition.and_then(|text| check_size(ExpressionKind::Condition, &text).err());
        let too_large = too_large.zip(expressions.as_ref());
        let too_large = too_large.map(|(error, expressions)| expressions.refuse_measured(&error));
        let too_deep = nested.filter(|_| kind == Kind::Put);
        let too_deep = too_deep.map(|error| Manner::Bare.refuse_value(&error, VALUES));
        // A put's condition is measured before its item's depth in us-east-1 (aws-facts 7.3,
        // 2026-10-09).
        let first = match validation.older_sentences() {
            true => too_large.or(too_deep),
            false => too_deep.or(too_large),
        };
        if let Some(fault) = first {
            return Err(fault);
        }
        if kind == Kind::Put && size::item(&item) > size::MAX_ITEM {
            return Err(Fault::validation("Item size has exceeded the maximum allowed size"));
        }
        let (mut update, mut condition) = (None, Condition::default());
        if let Some(mut expressions) = expressions {
            let parsed = expressions.parse(update_text.as_deref(), parse_update);
            update = parsed.map_err(|error| expressions.refuse(&error))?;
            let read = Condition::read(&sent, &mut expressions);
            condition = read.map_err(|error| expressions.refuse(&error))?;
            expressions.finish()?;
        }
        let table = sent.text("TableName").unwrap_or_default();
        Ok(Action { kind, table, item, update, condition })
    }
}

/// What an action does.
pub(super) struct Change {
    pub(super) place: Vec<u8>,
    pub(super) old: Option<Stored>,
    pub(super) new: Option<Stored>,
}

impl Action<'_> {
    /// An empty value in a key to look up. All that such a key holds is key, so that it is told
    /// whatever the table.
    pub(super) fn empty_key(&self) -> Option<key::KeyError> {
        let mut values = self.item.iter().filter(|_| self.kind != Kind::Put);
        values.find_map(|(name, value)| {
            Some(key::KeyError::Empty { kind: key::emptiness(value)?, name: name.into() })
        })
    }

    /// What the action would do, or the reason why it cannot.
    pub(super) fn check(
        &self,
        table: &Table,
        store: &dyn crate::storage::Read,
        validation: Validation,
    ) -> Result<Change, Fault> {
        match self.kind {
            Kind::Put => {
                key::check_item(&table.key, &self.item)?;
                key::check_index_keys(table, &self.item)?;
            }
            _ => key::check_lookup(&table.key, &self.item)?,
        }
        update_item::check_keys(table, self.update.as_ref())?;
        if validation.charges_transactions() {
            update_item::check_charge(self.update.as_ref())?;
        }
        let place = write::place(table, &self.item);
        let old = write::stored_at(store, &place)?;
        let order = validation.number_order(TransactWriteItems::OPERATION);
        self.condition.check_showing(old.as_ref(), |item| transact::json(item, order))?;
        let new = match self.kind {
            Kind::Check => old.clone(),
            Kind::Put => Some(self.item.clone().into()),
            Kind::Delete => None,
            Kind::Update => {
                let (old, update) = (old.as_ref(), self.update.as_ref());
                Some(update_item::updated(table, old, &self.item, update, Manner::Bare)?.new)
            }
        };
        Ok(Change { place, old, new })
    }
}
