//! Values from JSON, refused as the service refuses them.
//!
//! [`Decoder`] reads straight into values and stops at the first fault. Which of several faults
//! the service would name is found only then, by a second walk (`fault.rs`).

mod fault;
mod scalar;

use super::{
    AttributeValue, Item, Map, Set, Type,
    error::{ShapeError, ValueError, ValueErrorKind, shown_binaries},
};
use crate::wire::json::{Kind, Value};

const VALUE_CLASS: &str = "class com.amazonaws.dynamodb.v20120810.AttributeValue";
const VALUE_MAP_CLASS: &str =
    "java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>";
const NAME_MAP_CLASS: &str = "java.util.Map<java.lang.String, java.lang.String>";

type Result<T, E = ValueErrorKind> = std::result::Result<T, E>;

/// Reads the values of one request.
#[derive(Clone, Debug)]
pub struct Decoder {
    max_levels: usize,
    fell_back: bool,
    deepest: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder that allows [`super::MAX_LEVELS`].
    #[must_use]
    pub fn new() -> Self {
        Self { max_levels: super::MAX_LEVELS, fell_back: false, deepest: 0 }
    }

    /// Allows so many lists and maps inside each other from here on: the older layer lets one more
    /// pass in some places (aws-facts 3.7). At most 64, because reading recurses.
    pub fn allow_levels(&mut self, max_levels: usize) {
        self.max_levels = max_levels.min(64);
    }

    /// Whether something read so far makes the service read the whole request on its older layer:
    /// a boolean spelled as a string, or a value of several types (aws-facts 1.3).
    #[must_use]
    pub fn fell_back(&self) -> bool {
        self.fell_back
    }

    /// How many lists and maps stood inside each other in what was refused so far.
    #[must_use]
    pub fn deepest(&self) -> usize {
        self.deepest
    }

    /// Reads an item or key: a map of values.
    ///
    /// # Errors
    ///
    /// When any value in it is refused; the error the service would name.
    pub fn item(&mut self, json: Value<'_>) -> Result<Item, ValueError> {
        let read = self.map(json, 0);
        read.map_err(|first| self.explain_map(json, first))
    }

    /// Reads one value.
    ///
    /// # Errors
    ///
    /// When it is refused; the error the service would name.
    pub fn value(&mut self, json: Value<'_>) -> Result<AttributeValue, ValueError> {
        let read = self.read(json, 0, ShapeError::Member);
        read.map_err(|first| {
            self.among([(None, json)]).unwrap_or_else(|| ValueError {
                kind: first,
                span: json.span(),
                entry: None,
            })
        })
    }

    /// Reads ExpressionAttributeValues: a map of values, in the order sent.
    ///
    /// # Errors
    ///
    /// When any value in it is refused; [`ValueError::entry`] says which.
    pub fn named_values(
        &mut self,
        json: Value<'_>,
    ) -> Result<Vec<(String, AttributeValue)>, ValueError> {
        let read = (|| {
            shape_of_map(json, VALUE_MAP_CLASS)?;
            let mut values = Vec::with_capacity(json.len());
            for (name, value) in json.members() {
                values.push((name.into_owned(), self.read(value, 0, ShapeError::Member)?));
            }
            Ok(without_repeats(values))
        })();
        // A key without a name is no empty attribute name here: it lacks its colon.
        read.map_err(|first| self.explain_entries(json, first))
    }

    fn map(&mut self, json: Value<'_>, levels: usize) -> Result<Map> {
        shape_of_map(json, VALUE_MAP_CLASS)?;
        let mut entries = Vec::with_capacity(json.len());
        for (name, value) in json.members() {
            if name.is_empty() {
                return Err(ValueErrorKind::EmptyName);
            }
            entries.push((name.into_owned(), self.read(value, levels, ShapeError::Member)?));
        }
        Ok(Map::from(entries))
    }

    fn read(
        &mut self,
        json: Value<'_>,
        levels: usize,
        for_scalar: ShapeError,
    ) -> Result<AttributeValue> {
        let (kind, content) = one_member(json, for_scalar, &mut self.fell_back)?;
        let deeper = levels + 1;
        if matches!(kind, Type::L | Type::M) && deeper > self.max_levels {
            return Err(ValueErrorKind::TooDeep(deeper));
        }
        match kind {
            Type::M => self.map(content, deeper).map(AttributeValue::M),
            Type::L => {
                shape_of_list(content)?;
                content
                    .elements()
                    .map(|element| self.read(element, deeper, ShapeError::Element))
                    .collect::<Result<_>>()
                    .map(AttributeValue::L)
            }
            _ => flat(kind, content, &mut self.fell_back),
        }
    }

    fn explain_map(&mut self, json: Value<'_>, first: ValueErrorKind) -> ValueError {
        if json.members().any(|(name, _)| name.is_empty()) {
            let shape = self
                .among(entries(json))
                .filter(|found| matches!(found.kind, ValueErrorKind::Shape(_)));
            let entry = Some(String::new());
            let empty = ValueError { kind: ValueErrorKind::EmptyName, span: json.span(), entry };
            return shape.unwrap_or(empty);
        }
        self.explain_entries(json, first)
    }

    fn explain_entries(&mut self, json: Value<'_>, first: ValueErrorKind) -> ValueError {
        self.among(entries(json)).unwrap_or_else(|| ValueError {
            kind: first,
            span: json.span(),
            entry: None,
        })
    }

    fn among<'a>(
        &mut self,
        values: impl IntoIterator<Item = (Option<String>, Value<'a>)>,
    ) -> Option<ValueError> {
        let found = fault::among(values, self.max_levels);
        self.fell_back |= found.fell_back;
        self.deepest = self.deepest.max(found.deepest);
        found.error
    }
}

/// Whether the JSON has the shape of a map of values, whatever the values. A request with several
/// such members is refused for the shape of any before the values of any are judged.
///
/// # Errors
///
/// With the first error of the Serialization family.
pub fn check_shape(json: Value<'_>) -> Result<(), ValueError> {
    let at_root = |kind| ValueError { kind, span: json.span(), entry: None };
    shape_of_map(json, VALUE_MAP_CLASS).map_err(at_root)?;
    match fault::among(entries(json), super::MAX_LEVELS).error {
        Some(error) if matches!(error.kind, ValueErrorKind::Shape(_)) => Err(error),
        _ => Ok(()),
    }
}

/// Reads ExpressionAttributeNames: a map of strings, in the order sent.
///
/// # Errors
///
/// When it is none.
pub fn names(json: Value<'_>) -> Result<Vec<(String, String)>, ValueError> {
    let error = |kind, value: Value<'_>, entry| ValueError { kind, span: value.span(), entry };
    shape_of_map(json, NAME_MAP_CLASS).map_err(|kind| error(kind, json, None))?;
    let mut names: Vec<(String, String)> = Vec::new();
    for (key, value) in json.members().filter(|(_, value)| !value.is_null()) {
        let name = scalar::text(value)
            .map_err(|kind| error(kind, value, Some(key.to_string())))?
            .into_owned();
        names.push((key.into_owned(), name));
    }
    Ok(without_repeats(names))
}

/// Of several members with one name the last counts, and it takes the place of the first.
fn without_repeats<T>(mut members: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut sorted: Vec<_> = (0..members.len()).collect();
    sorted.sort_by(|left, right| members[*left].0.cmp(&members[*right].0));
    let repeats: Vec<_> = sorted
        .windows(2)
        .filter(|pair| members[pair[0]].0 == members[pair[1]].0)
        .map(|pair| (pair[0], pair[1]))
        .collect();
    // From the last to the first, so that the value of the last moves all the way up.
    for (earlier, later) in repeats.iter().rev() {
        members.swap(*earlier, *later);
    }
    let mut stays = vec![true; members.len()];
    for (_, later) in repeats {
        stays[later] = false;
    }
    let mut stays = stays.into_iter();
    members.retain(|_| stays.next().unwrap_or(true));
    members
}

fn entries<'a>(json: Value<'a>) -> impl Iterator<Item = (Option<String>, Value<'a>)> {
    json.members().map(|(name, value)| (Some(name.into_owned()), value))
}

fn shape_of_map(json: Value<'_>, class: &'static str) -> Result<()> {
    match json.kind() {
        Kind::Object => Ok(()),
        Kind::Array => Err(ValueErrorKind::Shape(ShapeError::List(class))),
        _ => Err(ValueErrorKind::Shape(ShapeError::Member)),
    }
}

fn shape_of_list(json: Value<'_>) -> Result<()> {
    match json.kind() {
        Kind::Array => Ok(()),
        Kind::Object => Err(ValueErrorKind::Shape(ShapeError::Object)),
        _ => Err(ValueErrorKind::Shape(ShapeError::Member)),
    }
}

/// The members of a value that say a type; JSON null counts as absent, unknown members are passed
/// over (aws-facts 2.2, 2.6).
fn members<'a>(
    json: Value<'a>,
    for_scalar: ShapeError,
) -> Result<impl Iterator<Item = (Type, Value<'a>)>> {
    match json.kind() {
        Kind::Object => Ok(json.members().filter_map(|(name, content)| {
            (!content.is_null()).then_some(())?;
            Some((Type::from_name(&name)?, content))
        })),
        Kind::Null => Err(ValueErrorKind::Empty),
        Kind::Array => Err(ValueErrorKind::Shape(ShapeError::List(VALUE_CLASS))),
        _ => Err(ValueErrorKind::Shape(for_scalar)),
    }
}

fn one_member<'a>(
    json: Value<'a>,
    for_scalar: ShapeError,
    fell_back: &mut bool,
) -> Result<(Type, Value<'a>)> {
    let mut members = members(json, for_scalar)?;
    let mut found = members.next().ok_or(ValueErrorKind::Empty)?;
    for other in members {
        if other.0 != found.0 {
            *fell_back = true;
            return Err(ValueErrorKind::SeveralTypes);
        }
        // The same member again: the later one counts, as everywhere.
        found = other;
    }
    Ok(found)
}

/// Reads a value that holds no other values.
fn flat(kind: Type, content: Value<'_>, fell_back: &mut bool) -> Result<AttributeValue> {
    Ok(match kind {
        Type::S => AttributeValue::S(scalar::text(content)?.into_owned()),
        Type::N => AttributeValue::N(scalar::number(content)?),
        Type::B => AttributeValue::B(scalar::binary(content)?),
        Type::Bool => AttributeValue::Bool(scalar::boolean(content, fell_back)?),
        Type::Null => {
            let mut as_text = false;
            let value = scalar::boolean(content, &mut as_text)?;
            *fell_back |= as_text;
            match value {
                true => AttributeValue::Null,
                false => return Err(ValueErrorKind::NullNotTrue { plain: !as_text }),
            }
        }
        Type::Ss => AttributeValue::Ss(set(
            Type::Ss,
            content,
            |member| Ok(scalar::text(member)?.into_owned()),
            |members| members.to_vec(),
        )?),
        Type::Ns => AttributeValue::Ns(set(Type::Ns, content, scalar::number, |_| Vec::new())?),
        Type::Bs => AttributeValue::Bs(set(Type::Bs, content, scalar::binary, |members| {
            shown_binaries(members.iter())
        })?),
        Type::L | Type::M => return Err(ValueErrorKind::Empty),
    })
}

fn set<T: Ord>(
    kind: Type,
    content: Value<'_>,
    read: impl Fn(Value<'_>) -> Result<T>,
    shown: impl Fn(&[T]) -> Vec<String>,
) -> Result<Set<T>> {
    shape_of_list(content)?;
    if content.is_empty() {
        return Err(ValueErrorKind::EmptySet(kind));
    }
    let as_sent = || {
        let member = |member: Value<'_>| match member.is_null() {
            true => Err(ValueErrorKind::NullInSet(kind)),
            false => read(member),
        };
        content.elements().map(member).collect::<Result<Vec<_>>>()
    };
    if let Some(set) = Set::new(as_sent()?) {
        return Ok(set);
    }
    let members = as_sent()?;
    let repeat = first_repeat(&members);
    Err(ValueErrorKind::Duplicate { kind, members: shown(&members), repeat })
}

/// The place of the first member that is equal to an earlier one.
fn first_repeat<T: Ord>(members: &[T]) -> usize {
    let mut sorted: Vec<_> = (0..members.len()).collect();
    sorted.sort_by(|left, right| members[*left].cmp(&members[*right]));
    let repeats = sorted.windows(2).filter(|pair| members[pair[0]] == members[pair[1]]);
    repeats.map(|pair| pair[1]).min().unwrap_or_default()
}

#[cfg(test)]
mod tests;
