//! What of a request are expressions: placeholders, and the expressions that use them.
//!
//! In a request, values are read before anything is judged: JSON of the wrong shape anywhere beats
//! every other error (aws-facts 2.4). So reading and refusing are two steps here.

use super::{
    fault::{self, Manner},
    shape::Sent,
};
use crate::{
    expr::{
        Condition, ExprError, ExprErrorKind, ExpressionKind, MapMember, Placeholders, Projection,
        parse_condition, parse_projection,
    },
    value::{
        AttributeValue, Family, Item, Layer, ValueError, ValueErrorKind,
        decode::{self, Decoder},
    },
    wire::{Fault, json::Value},
};

/// Something read whose values may yet be refused.
pub(super) type Held<T> = Result<T, ValueError>;

/// Reads a request's values.
#[derive(Debug)]
pub(super) struct Reader {
    decoder: Decoder,
    /// The layer that the operation is on.
    deployed: Layer,
    fell_back: bool,
    /// Whether an attribute in an item, a key or a legacy parameter has no name.
    unnamed: bool,
    /// Whether one in ExpressionAttributeValues, or in the key at which a Scan starts, has none.
    unnamed_entry: bool,
}

impl Reader {
    /// A reader for an operation that is on this layer.
    pub(super) fn on(layer: Layer) -> Self {
        Self {
            decoder: Decoder::new(),
            deployed: layer,
            fell_back: false,
            unnamed: false,
            unnamed_entry: false,
        }
    }

    /// From here on so many lists and maps may stand inside each other.
    pub(super) fn allow_levels(&mut self, levels: usize) {
        self.decoder.allow_levels(levels);
    }

    /// Reads an item or key.
    pub(super) fn item(&mut self, json: Option<Value<'_>>) -> Result<Option<Held<Item>>, Fault> {
        let read = json.map(|json| shaped(self.decoder.item(json))).transpose()?;
        self.unnamed |= read.as_ref().is_some_and(lacks_name);
        Ok(read)
    }

    /// Reads the key at which a Scan starts, about which the older layer has sentences of its own
    /// (aws-facts 5.7).
    pub(super) fn start_key(
        &mut self,
        json: Option<Value<'_>>,
    ) -> Result<Option<Held<Item>>, Fault> {
        let read = json.map(|json| shaped(self.decoder.item(json))).transpose()?;
        self.unnamed_entry |= read.as_ref().is_some_and(lacks_name);
        Ok(read)
    }

    /// Reads one value.
    pub(super) fn value(&mut self, json: Value<'_>) -> Result<Held<AttributeValue>, Fault> {
        let read = shaped(self.decoder.value(json))?;
        self.unnamed |= lacks_name(&read);
        Ok(read)
    }

    /// Refuses an attribute without a name in any value that was read, which comes before all else
    /// about them (aws-facts 1.8, 3.8). The older layer names the entry it is in, and tells it
    /// there.
    pub(super) fn refuse_unnamed(&self, manner: Manner) -> Result<(), Fault> {
        match self.unnamed || (self.unnamed_entry && self.layer() == Layer::Newer) {
            true => Err(manner.refuse(&ValueErrorKind::EmptyName.to_string())),
            false => Ok(()),
        }
    }

    /// Notes that the older layer reads the request for a reason that is in no value.
    pub(super) fn fall_back(&mut self) {
        self.fell_back = true;
    }

    /// Reads ExpressionAttributeNames and ExpressionAttributeValues.
    pub(super) fn named(
        &mut self,
        names: Option<Value<'_>>,
        values: Option<Value<'_>>,
    ) -> Result<Named, Fault> {
        let names = names.map(|json| shaped(decode::names(json))).transpose()?;
        let values = values.map(|json| shaped(self.decoder.named_values(json))).transpose()?;
        self.unnamed_entry |= values.as_ref().is_some_and(lacks_name);
        Ok(Named { names, values })
    }

    /// Which layer of the service reads the request, and words the values that are refused.
    pub(super) fn layer(&self) -> Layer {
        match self.fell_back() {
            true => Layer::Older,
            false => self.deployed,
        }
    }

    /// How a write words what is refused: without the envelope where it is read by the older layer
    /// (aws-facts 1.9; captured of what falls back, inferred of where that layer is deployed).
    pub(super) fn manner(&self) -> Manner {
        match self.layer() {
            Layer::Newer => Manner::Enveloped,
            Layer::Older => Manner::Bare,
        }
    }

    /// How a write tells parameters that do not go together: in the envelope also in the two
    /// regions of seven where the older layer is deployed (aws-facts 1.7, 2026-10-09), but not
    /// where only this request is read by it (1.9).
    pub(super) fn joining(&self) -> Manner {
        match self.fell_back() {
            true => Manner::Bare,
            false => Manner::Enveloped,
        }
    }

    fn fell_back(&self) -> bool {
        self.fell_back || self.decoder.fell_back()
    }

    /// Which layer words its members. Values of about a hundred levels change the words on
    /// ReturnValues and not those on values (aws-facts 1.3, 3.7).
    pub(super) fn members(&self) -> Layer {
        match self.decoder.deepest() >= 100 {
            true => Layer::Older,
            false => self.layer(),
        }
    }
}

fn lacks_name<T>(read: &Held<T>) -> bool {
    matches!(read, Err(error) if error.kind == ValueErrorKind::EmptyName)
}

/// Lets only errors of values pass; one of shape is the answer.
fn shaped<T>(read: Held<T>) -> Result<Held<T>, Fault> {
    match read {
        Err(error) if error.family() == Family::Serialization => {
            Err(Manner::Bare.refuse_value(&error, Layer::Newer))
        }
        other => Ok(other),
    }
}

/// ExpressionAttributeNames and ExpressionAttributeValues as sent.
#[derive(Debug)]
pub(super) struct Named {
    names: Option<Held<Vec<(String, String)>>>,
    values: Option<Held<Vec<(String, AttributeValue)>>>,
}

/// How an operation takes expressions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taking {
    /// How it words what is wrong with them.
    pub(super) manner: Manner,
    /// The expressions that can use names.
    pub(super) names_in: &'static [&'static str],
    /// The expressions that can use values.
    pub(super) values_in: &'static [&'static str],
    /// What it says besides when values come without an expression (aws-facts 4.3).
    pub(super) without: &'static str,
    /// Whether the older layer names a value for its depth or an empty name in it (aws-facts 3.7,
    /// 3.8).
    pub(super) names_structure: bool,
    /// When it names a value that is empty, of several types or a NULL that is not true.
    pub(super) names_unset: Naming,
}

/// When an operation names the entry of ExpressionAttributeValues that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// On neither layer.
    Never,
    /// Where the older layer reads the request.
    Older,
    /// On the older layer, and an empty one on either.
    Empty,
}

/// The expressions of one request.
#[derive(Debug)]
pub(super) struct Expressions {
    placeholders: Placeholders,
    manner: Manner,
    /// Whether errors are told in UTF-16 halves.
    in_halves: bool,
}

impl Named {
    /// The refusal of an attribute name that is empty, for operations that tell it of the whole
    /// request before anything else.
    pub(super) fn empty_name(&self, taking: Taking, layer: Layer) -> Option<Fault> {
        fn empty<T>(held: Option<&Held<T>>) -> Option<&ValueError> {
            let error = held?.as_ref().err()?;
            (error.kind == ValueErrorKind::EmptyName).then_some(error)
        }
        let name = empty(self.names.as_ref()).map(|error| taking.manner.refuse_value(error, layer));
        name.or_else(|| Some(refuse_named(taking, empty(self.values.as_ref())?, layer)))
    }

    /// As [`Named::check`], in the order of SearchVectors (aws-facts 11.6, 8 and 9).
    pub(super) fn check_searching(
        self,
        sent: &Sent<'_>,
        taking: Taking,
    ) -> Result<Expressions, Fault> {
        const LAYER: Layer = Layer::Newer;
        let Taking { manner, .. } = taking;
        let any = |members: &[&str]| members.iter().any(|member| sent.has(member));
        let refuse = |kind: ExprErrorKind| refuse(manner, &kind.into());
        let values = self.values.transpose();
        let values = values.map_err(|error| manner.refuse_value(&error, LAYER))?;
        let names = self.names.transpose();
        let names = names.map_err(|error| manner.refuse_value(&error, LAYER))?;
        if names.as_ref().is_some_and(Vec::is_empty) {
            return Err(refuse(ExprErrorKind::EmptyMap(MapMember::Names)));
        }
        if values.as_ref().is_some_and(Vec::is_empty) {
            return Err(refuse(ExprErrorKind::EmptyMap(MapMember::Values)));
        }
        let (named, valued) = (names.is_some(), values.is_some());
        let placeholders = Placeholders::new(names.unwrap_or_default(), values.unwrap_or_default());
        placeholders.check_keys().map_err(|error| self::refuse(manner, &error))?;
        let lonely = [
            (named, taking.names_in, MapMember::Names),
            (valued, taking.values_in, MapMember::Values),
        ];
        for (sent, expressions, member) in lonely {
            if sent && !any(expressions) {
                return Err(refuse(ExprErrorKind::WithoutExpression(member, taking.without)));
            }
        }
        Ok(Expressions { placeholders, manner, in_halves: false })
    }

    /// Refuses what is wrong with the placeholders themselves, in the order of aws-facts 1.8.
    pub(super) fn check(
        self,
        sent: &Sent<'_>,
        taking: Taking,
        layer: Layer,
    ) -> Result<Expressions, Fault> {
        let Taking { manner, .. } = taking;
        let any = |members: &[&str]| members.iter().any(|member| sent.has(member));
        let refuse = |kind: ExprErrorKind| refuse(manner, &kind.into());
        if self.names.is_some() && !any(taking.names_in) {
            return Err(refuse(ExprErrorKind::WithoutExpression(MapMember::Names, "")));
        }
        if self.values.is_some() && !any(taking.values_in) {
            let error = ExprErrorKind::WithoutExpression(MapMember::Values, taking.without);
            return Err(refuse(error));
        }
        if matches!(&self.names, Some(Ok(names)) if names.is_empty()) {
            return Err(refuse(ExprErrorKind::EmptyMap(MapMember::Names)));
        }
        if matches!(&self.values, Some(Ok(values)) if values.is_empty()) {
            return Err(refuse(ExprErrorKind::EmptyMap(MapMember::Values)));
        }
        let names = self.names.transpose().map_err(|error| manner.refuse_value(&error, layer))?;
        let values =
            self.values.transpose().map_err(|error| refuse_named(taking, &error, layer))?;
        let placeholders = Placeholders::new(names.unwrap_or_default(), values.unwrap_or_default());
        placeholders.check_keys().map_err(|error| self::refuse(manner, &error))?;
        Ok(Expressions { placeholders, manner, in_halves: false })
    }
}

impl Expressions {
    /// Reads one expression with a parser.
    pub(super) fn parse<T>(
        &mut self,
        text: Option<&str>,
        parser: impl FnOnce(&str, &mut Placeholders) -> Result<T, ExprError>,
    ) -> Result<Option<T>, ExprError> {
        text.map(|text| parser(text, &mut self.placeholders)).transpose()
    }

    /// Reads a condition or filter.
    pub(super) fn condition(
        &mut self,
        kind: ExpressionKind,
        text: Option<&str>,
    ) -> Result<Option<Condition>, ExprError> {
        self.parse(text, |text, placeholders| parse_condition(kind, text, placeholders))
    }

    /// Reads a projection.
    pub(super) fn projection(
        &mut self,
        text: Option<&str>,
    ) -> Result<Option<Projection>, ExprError> {
        self.parse(text, parse_projection)
    }

    /// Refuses placeholders that no expression used.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        self.placeholders.check_unused().map_err(|error| self.refuse(&error))
    }

    /// The same, with errors told in UTF-16 halves if so.
    pub(super) fn in_halves(self, in_halves: bool) -> Self {
        Self { in_halves, ..self }
    }

    /// The answer to a faulty expression.
    pub(super) fn refuse(&self, error: &ExprError) -> Fault {
        match self.in_halves {
            true => refuse(self.manner, &error.clone().in_halves()),
            false => refuse(self.manner, error),
        }
    }

    /// The same for an expression of which such errors tell the size, if it is too long; nobody
    /// who tells it uses the envelope.
    pub(super) fn refuse_measured(&self, error: &ExprError) -> Fault {
        match self.in_halves {
            true if error.is_oversize() => Fault::validation(error.with_figure()),
            _ => self.refuse(error),
        }
    }
}

/// The answer to a faulty expression.
pub(super) fn refuse(manner: Manner, error: &ExprError) -> Fault {
    match manner {
        Manner::Enveloped if !error.always_bare() => fault::enveloped(&error.to_string()),
        _ => Fault::validation(error.to_string()),
    }
}

/// An entry of ExpressionAttributeValues is named by the older layer, but not by all operations
/// when it says no value; by Query when it is empty; and by all writes when it nests too deep to
/// show (aws-facts 1.3, 2.6, 3.2, 3.6, 3.7).
fn refuse_named(taking: Taking, error: &ValueError, layer: Layer) -> Fault {
    let older = layer == Layer::Older;
    let named = match error.kind {
        ValueErrorKind::Empty if taking.names_unset == Naming::Empty => true,
        ValueErrorKind::Empty
        | ValueErrorKind::SeveralTypes
        | ValueErrorKind::NullNotTrue { .. } => older && taking.names_unset != Naming::Never,
        ValueErrorKind::TooDeep(levels) if levels >= 63 && taking.manner == Manner::Enveloped => {
            true
        }
        ValueErrorKind::TooDeep(_) | ValueErrorKind::EmptyName => older && taking.names_structure,
        _ => older,
    };
    match error.sentence_for_value(layer) {
        Some(sentence) if named => Fault::validation(sentence),
        _ => taking.manner.refuse_value(error, layer),
    }
}
