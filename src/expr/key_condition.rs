//! Which items of a table or index does a key condition ask for?
//!
//! Its text is parsed as a condition's is. What remains to be asked are two things: whether it
//! speaks of keys at all, which needs no table, and whether it fits the keys of one
//! (aws-facts 5.1, 5.2).

use std::sync::Arc;

use super::{
    ExprError, ExprErrorKind, ExpressionKind, Placeholders,
    ast::{Comparator, Condition, Operand},
    parse::parse_condition,
};
use crate::value::{AttributeValue, Path, Type};

type Result<T> = std::result::Result<T, ExprError>;

/// A key condition expression, not yet held against a key schema.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyCondition {
    clauses: Vec<Clause>,
    /// Whether all of it can be a condition on keys: joined by AND, without `<>`, IN and so on.
    supported: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Clause {
    key: String,
    test: KeyTest,
}

/// What is asked of one key.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyTest {
    /// `key = value`
    Equal(Arc<AttributeValue>),
    /// `key < value`
    Less(Arc<AttributeValue>),
    /// `key <= value`
    LessOrEqual(Arc<AttributeValue>),
    /// `key > value`
    Greater(Arc<AttributeValue>),
    /// `key >= value`
    GreaterOrEqual(Arc<AttributeValue>),
    /// `key BETWEEN lower AND upper`
    Between(Arc<AttributeValue>, Arc<AttributeValue>),
    /// `begins_with(key, prefix)`
    BeginsWith(Arc<AttributeValue>),
}

/// The keys that a condition is held against, in the order of the schema.
#[derive(Clone, Copy, Debug)]
pub struct KeyShape<'a> {
    /// The partition keys.
    pub hash: &'a [(&'a str, Type)],
    /// The sort keys.
    pub range: &'a [(&'a str, Type)],
}

/// A key condition that fits a key schema.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundKeys {
    /// The value of each partition key, in the order of the schema.
    pub hash: Vec<Arc<AttributeValue>>,
    /// The values of the sort keys that must be equal: the first ones of the schema.
    pub equal: Vec<Arc<AttributeValue>>,
    /// What is asked of the sort key after those; never [`KeyTest::Equal`].
    pub range: Option<KeyTest>,
}

/// Parses a key condition and checks all that can be without a table.
///
/// # Errors
///
/// The error the service would name.
pub fn parse_key_condition(text: &str, placeholders: &mut Placeholders) -> Result<KeyCondition> {
    const KIND: ExpressionKind = ExpressionKind::KeyCondition;
    let condition = parse_condition(KIND, text, placeholders)?;
    KeyCondition::from_condition(&condition)
        .map_err(|kind| ExprError::new(kind, KIND, 0..text.len()))
}

impl KeyCondition {
    /// The condition of tests that all can be of keys.
    pub(super) fn of_tests(tests: Vec<(String, KeyTest)>) -> Self {
        let clauses = tests.into_iter().map(|(key, test)| Clause { key, test }).collect();
        Self { clauses, supported: true }
    }

    fn from_condition(condition: &Condition) -> std::result::Result<Self, ExprErrorKind> {
        if condition.paths().any(Path::is_nested) {
            return Err(ExprErrorKind::NestedKey);
        }
        let mut this = Self { clauses: Vec::new(), supported: true };
        this.collect(condition)?;
        for (at, clause) in this.clauses.iter().enumerate() {
            if this.clauses[..at].iter().any(|earlier| earlier.key == clause.key) {
                return Err(ExprErrorKind::KeyTwice);
            }
        }
        Ok(this)
    }

    fn collect(&mut self, condition: &Condition) -> std::result::Result<(), ExprErrorKind> {
        let (key, test) = match condition {
            Condition::And(parts) => {
                return parts.iter().try_for_each(|part| self.collect(part));
            }
            Condition::Compare(Operand::Path(_), _, Operand::Path(_)) => {
                return Err(ExprErrorKind::TwoKeys);
            }
            Condition::Compare(Operand::Value(_), _, Operand::Value(_)) => {
                return Err(ExprErrorKind::NoKey);
            }
            Condition::Compare(Operand::Path(path), comparator, Operand::Value(value)) => {
                (path, KeyTest::comparison(*comparator, value))
            }
            Condition::Compare(Operand::Value(value), comparator, Operand::Path(path)) => {
                (path, KeyTest::comparison(comparator.flipped(), value))
            }
            Condition::Between(
                Operand::Path(path),
                Operand::Value(lower),
                Operand::Value(upper),
            ) => (path, Some(KeyTest::Between(Arc::clone(lower), Arc::clone(upper)))),
            Condition::BeginsWith(Operand::Path(path), Operand::Value(prefix)) => {
                (path, Some(KeyTest::BeginsWith(Arc::clone(prefix))))
            }
            _ => {
                self.supported = false;
                return Ok(());
            }
        };
        match test {
            Some(test) => self.clauses.push(Clause { key: path_name(key), test }),
            None => self.supported = false,
        }
        Ok(())
    }

    /// Holds the condition against the keys of a table or index.
    ///
    /// # Errors
    ///
    /// When it does not fit them.
    pub fn bind(&self, keys: &KeyShape<'_>) -> Result<BoundKeys> {
        let count = keys.hash.len() + keys.range.len();
        if self.clauses.len() > count {
            return Err(ExprErrorKind::TooManyKeyConditions(self.clauses.len(), count).into());
        }
        if !self.supported {
            return Err(ExprErrorKind::UnsupportedKeyCondition.into());
        }
        let bound = if keys.hash.len() == 1 && keys.range.len() <= 1 {
            self.bind_simple(keys)
        } else {
            self.bind_multiple(keys)
        }?;
        for (key, kind) in keys.hash.iter().chain(keys.range) {
            self.test(key).map_or(Ok(()), |test| test.check(key, *kind))?;
        }
        Ok(bound)
    }

    fn bind_simple(&self, keys: &KeyShape<'_>) -> Result<BoundKeys> {
        let missed = |key: &str| ExprErrorKind::MissedKey(key.to_owned());
        let mut bound = BoundKeys { hash: Vec::new(), equal: Vec::new(), range: None };
        for (key, _) in keys.hash {
            match self.test(key).ok_or_else(|| missed(key))? {
                KeyTest::Equal(value) => bound.hash.push(Arc::clone(value)),
                _ => return Err(ExprErrorKind::UnsupportedKeyCondition.into()),
            }
        }
        if self.clauses.len() > 1 {
            for (key, _) in keys.range {
                bound.push_range(self.test(key).ok_or_else(|| missed(key))?);
            }
        }
        Ok(bound)
    }

    fn bind_multiple(&self, keys: &KeyShape<'_>) -> Result<BoundKeys> {
        let mut bound = BoundKeys { hash: Vec::new(), equal: Vec::new(), range: None };
        let mut unequal = Vec::new();
        for (key, _) in keys.hash {
            match self.test(key) {
                Some(KeyTest::Equal(value)) => bound.hash.push(Arc::clone(value)),
                _ => unequal.push((*key).to_owned()),
            }
        }
        if !unequal.is_empty() {
            return Err(ExprErrorKind::HashKeysUnequal(unequal).into());
        }
        let known = |name: &str| keys.hash.iter().chain(keys.range).any(|(key, _)| *key == name);
        if self.clauses.iter().any(|clause| !known(&clause.key)) {
            return Err(ExprErrorKind::UnsupportedKeyCondition.into());
        }
        let last = keys.range.iter().rposition(|(key, _)| self.test(key).is_some());
        let Some(((because, _), before)) = last.and_then(|last| keys.range[..=last].split_last())
        else {
            return Ok(bound);
        };
        for (key, _) in before {
            match self.test(key) {
                Some(test @ KeyTest::Equal(_)) => bound.push_range(test),
                _ => unequal.push((*key).to_owned()),
            }
        }
        if !unequal.is_empty() {
            return Err(ExprErrorKind::RangeKeysUnequal(unequal, (*because).to_owned()).into());
        }
        if let Some(test) = self.test(because) {
            bound.push_range(test);
        }
        Ok(bound)
    }

    fn test(&self, key: &str) -> Option<&KeyTest> {
        self.clauses.iter().find(|clause| clause.key == key).map(|clause| &clause.test)
    }
}

impl BoundKeys {
    fn push_range(&mut self, test: &KeyTest) {
        match test {
            KeyTest::Equal(value) => self.equal.push(Arc::clone(value)),
            other => self.range = Some(other.clone()),
        }
    }
}

impl KeyTest {
    /// The test of a comparison, unless it is one that keys cannot have.
    #[must_use]
    pub fn comparison(comparator: Comparator, value: &Arc<AttributeValue>) -> Option<Self> {
        let value = Arc::clone(value);
        Some(match comparator {
            Comparator::Equal => Self::Equal(value),
            Comparator::Less => Self::Less(value),
            Comparator::LessOrEqual => Self::LessOrEqual(value),
            Comparator::Greater => Self::Greater(value),
            Comparator::GreaterOrEqual => Self::GreaterOrEqual(value),
            Comparator::NotEqual => return None,
        })
    }

    /// The values in it, in the order written.
    pub fn values(&self) -> impl Iterator<Item = &AttributeValue> {
        let (first, second) = match self {
            Self::Between(lower, upper) => (lower, Some(upper)),
            Self::Equal(value)
            | Self::Less(value)
            | Self::LessOrEqual(value)
            | Self::Greater(value)
            | Self::GreaterOrEqual(value)
            | Self::BeginsWith(value) => (value, None),
        };
        std::iter::once(first).chain(second).map(|value| &**value)
    }

    fn check(&self, key: &str, kind: Type) -> Result<()> {
        if self.values().any(|value| value.kind() != kind) {
            return Err(ExprErrorKind::KeyType.into());
        }
        let empty = |value: &AttributeValue| match value {
            AttributeValue::S(text) => text.is_empty(),
            AttributeValue::B(bytes) => bytes.is_empty(),
            _ => false,
        };
        match self.values().any(empty) {
            true => Err(ExprErrorKind::EmptyKey(key.to_owned(), kind).into()),
            false => Ok(()),
        }
    }
}

fn path_name(path: &Path) -> String {
    path.attribute.clone()
}
