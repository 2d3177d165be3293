//! What does an update make of an item? (aws-facts 4.6, eu-west-2 2026-10-18 and 20)

mod charge;

use super::{
    ExprError, ExprErrorKind,
    ast::{Action, Change, SetOperand, SetValue},
    tree::{Names, Tree, cut, plant},
};
use crate::value::{AttributeValue, Item, MAX_LEVELS, Map, Number, Path};

type Result<T> = std::result::Result<T, ExprError>;

/// An update expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    actions: Vec<Action>,
    /// The places of the actions by path.
    tree: Names<usize>,
}

/// What happens at the path of an action.
#[derive(Clone, Debug, PartialEq)]
enum Edit {
    Put(AttributeValue),
    Remove,
    Nothing,
}

impl Update {
    /// The update of actions whose paths neither overlap nor conflict.
    #[must_use]
    pub fn new(actions: Vec<Action>) -> Self {
        let tree = plant(actions.iter().enumerate().map(|(at, action)| (&action.path, at)));
        Self { actions, tree }
    }

    /// The actions in the order written.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Whether any action changes the attribute or something in it.
    #[must_use]
    pub fn touches(&self, attribute: &str) -> bool {
        self.tree.contains_key(attribute)
    }

    /// Whether the update leaves all these keys alone.
    ///
    /// # Errors
    ///
    /// For the first that an action touches, in the order of the actions.
    pub fn check_keys(&self, keys: &[&str]) -> Result<()> {
        let touched = self.actions.iter().map(|action| action.path.attribute.as_str());
        match touched.into_iter().find(|name| keys.contains(name)) {
            Some(key) => Err(ExprErrorKind::KeyUpdated(key.to_owned()).into()),
            None => Ok(()),
        }
    }

    /// The item after the update. Every action reads the item as it was.
    ///
    /// # Errors
    ///
    /// When an action cannot be done on this item; then none is.
    pub fn apply(&self, old: &Item) -> Result<Item> {
        let mut edits = self.edits(old)?;
        let mut item = old.clone();
        edit_map(&mut item, &self.tree, &mut edits)?;
        Ok(item)
    }

    /// The parts of the old item that actions touch: what ReturnValues UPDATED_OLD returns.
    #[must_use]
    pub fn old_fragment(&self, old: &Item) -> Item {
        cut(&self.tree, old)
    }

    /// The values that the update puts into the item, where it puts them: what ReturnValues
    /// UPDATED_NEW returns. Lists close up.
    ///
    /// # Errors
    ///
    /// As [`Update::apply`].
    pub fn new_fragment(&self, old: &Item) -> Result<Item> {
        let mut edits = self.edits(old)?;
        Ok(fragment(&self.tree, &mut edits))
    }

    /// What each action does. A misfit of ADD or DELETE is found before anything wrong with SET.
    fn edits(&self, old: &Item) -> Result<Vec<Edit>> {
        let mut edits = Vec::with_capacity(self.actions.len());
        for Action { path, change } in &self.actions {
            edits.push(match change {
                Change::Add(value) => add(path.resolve(old), value)?,
                Change::Delete(value) => delete(path.resolve(old), value)?,
                Change::Remove => Edit::Remove,
                Change::Set(_) => Edit::Nothing,
            });
        }
        for (edit, action) in edits.iter_mut().zip(&self.actions) {
            if let Change::Set(value) = &action.change {
                *edit = Edit::Put(value.evaluate(old)?);
            }
            if let Edit::Put(value) = edit
                && action.path.steps.len() + value.levels() > MAX_LEVELS
            {
                return Err(ExprErrorKind::ResultTooDeep.into());
            }
        }
        Ok(edits)
    }
}

impl SetValue {
    /// Adds the attributes that are looked at.
    fn read<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Plain(operand) => operand.read(names),
            Self::Plus(left, right) | Self::Minus(left, right) => {
                left.read(names);
                right.read(names);
            }
        }
    }

    fn evaluate(&self, item: &Item) -> Result<AttributeValue> {
        let (left, right, apply): (_, _, fn(Number, Number) -> _) = match self {
            Self::Plain(operand) => return operand.evaluate(item),
            Self::Plus(left, right) => (left, right, Number::plus),
            Self::Minus(left, right) => (left, right, Number::minus),
        };
        match (left.evaluate(item)?, right.evaluate(item)?) {
            (AttributeValue::N(left), AttributeValue::N(right)) => apply(left, right)
                .map(AttributeValue::N)
                .map_err(|error| ExprErrorKind::Arithmetic(error).into()),
            _ => Err(ExprErrorKind::StoredType.into()),
        }
    }
}

impl SetOperand {
    fn read<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Value(_) => {}
            Self::Path(path) => names.push(&path.attribute),
            Self::IfNotExists(path, other) => {
                names.push(&path.attribute);
                other.read(names);
            }
            Self::ListAppend(first, second) => {
                first.read(names);
                second.read(names);
            }
        }
    }

    fn evaluate(&self, item: &Item) -> Result<AttributeValue> {
        match self {
            Self::Value(value) => Ok(AttributeValue::clone(value)),
            Self::Path(path) => {
                let found = path.resolve(item).cloned();
                found.ok_or_else(|| ExprErrorKind::MissingAttribute.into())
            }
            Self::IfNotExists(path, other) => match path.resolve(item) {
                Some(value) => Ok(value.clone()),
                None => other.evaluate(item),
            },
            Self::ListAppend(first, second) => {
                match (first.evaluate(item)?, second.evaluate(item)?) {
                    (AttributeValue::L(mut first), AttributeValue::L(second)) => {
                        first.extend(second);
                        Ok(AttributeValue::L(first))
                    }
                    _ => Err(ExprErrorKind::StoredType.into()),
                }
            }
        }
    }
}

fn add(old: Option<&AttributeValue>, value: &AttributeValue) -> Result<Edit> {
    use AttributeValue::{Bs, N, Ns, Ss};
    Ok(Edit::Put(match (old, value) {
        (None, value) => value.clone(),
        (Some(N(old)), N(value)) => {
            N(old.plus(*value).map_err(ExprErrorKind::Arithmetic).map_err(ExprError::from)?)
        }
        (Some(Ss(old)), Ss(value)) => Ss(old.union(value)),
        (Some(Ns(old)), Ns(value)) => Ns(old.union(value)),
        (Some(Bs(old)), Bs(value)) => Bs(old.union(value)),
        _ => return Err(ExprErrorKind::StoredType.into()),
    }))
}

fn delete(old: Option<&AttributeValue>, value: &AttributeValue) -> Result<Edit> {
    use AttributeValue::{Bs, Ns, Ss};
    let rest = match (old, value) {
        (None, _) => return Ok(Edit::Nothing),
        (Some(Ss(old)), Ss(value)) => old.difference(value).map(Ss),
        (Some(Ns(old)), Ns(value)) => old.difference(value).map(Ns),
        (Some(Bs(old)), Bs(value)) => old.difference(value).map(Bs),
        _ => return Err(ExprErrorKind::StoredType.into()),
    };
    Ok(rest.map_or(Edit::Remove, Edit::Put))
}

fn take(edits: &mut [Edit], at: usize) -> Edit {
    edits.get_mut(at).map_or(Edit::Nothing, |edit| std::mem::replace(edit, Edit::Nothing))
}

fn edit_map(map: &mut Map, names: &Names<usize>, edits: &mut [Edit]) -> Result<()> {
    for (name, node) in names {
        match node {
            Tree::Leaf(at) => match take(edits, *at) {
                Edit::Put(value) => drop(map.insert(name.as_str(), value)),
                Edit::Remove => drop(map.remove(name)),
                Edit::Nothing => {}
            },
            inner => edit_value(map.get_mut(name), inner, edits)?,
        }
    }
    Ok(())
}

/// Follows a path one step further. Every step but the last must exist.
fn edit_value(
    value: Option<&mut AttributeValue>,
    node: &Tree<usize>,
    edits: &mut [Edit],
) -> Result<()> {
    match (value, node) {
        (Some(AttributeValue::M(map)), Tree::Names(names)) => edit_map(map, names, edits),
        (Some(AttributeValue::L(list)), Tree::Indexes(indexes)) => {
            edit_list(list, indexes.iter(), edits)
        }
        _ => Err(ExprErrorKind::UpdatePath.into()),
    }
}

/// Indexes count in the list as it was: what lies beyond its end is appended, in the order of the
/// indexes, and what is removed goes last.
fn edit_list<'a>(
    list: &mut Vec<AttributeValue>,
    indexes: impl Iterator<Item = (&'a usize, &'a Tree<usize>)>,
    edits: &mut [Edit],
) -> Result<()> {
    let length = list.len();
    let mut removed = Vec::new();
    for (index, node) in indexes {
        let element = if *index < length { list.get_mut(*index) } else { None };
        match node {
            Tree::Leaf(at) => match (take(edits, *at), element) {
                (Edit::Put(value), Some(element)) => *element = value,
                (Edit::Put(value), None) => list.push(value),
                (Edit::Remove, Some(_)) => removed.push(*index),
                _ => {}
            },
            inner => edit_value(element, inner, edits)?,
        }
    }
    for index in removed.into_iter().rev() {
        list.remove(index);
    }
    Ok(())
}

fn fragment(names: &Names<usize>, edits: &mut [Edit]) -> Map {
    let part =
        |(name, node): (&String, &Tree<usize>)| Some((name.clone(), fragment_value(node, edits)?));
    names.iter().filter_map(part).collect()
}

fn fragment_value(node: &Tree<usize>, edits: &mut [Edit]) -> Option<AttributeValue> {
    match node {
        Tree::Leaf(at) => match take(edits, *at) {
            Edit::Put(value) => Some(value),
            Edit::Remove | Edit::Nothing => None,
        },
        Tree::Names(names) => {
            let part = fragment(names, edits);
            (!part.is_empty()).then_some(AttributeValue::M(part))
        }
        Tree::Indexes(indexes) => {
            let part: Vec<_> =
                indexes.values().filter_map(|inner| fragment_value(inner, edits)).collect();
            (!part.is_empty()).then_some(AttributeValue::L(part))
        }
    }
}

impl Update {
    /// The attributes that the update looks at or changes, or something in them, in byte order:
    /// what it makes of an item depends on no others.
    #[must_use]
    pub fn attributes(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.paths().map(|path| &*path.attribute).collect();
        for action in &self.actions {
            if let Change::Set(value) = &action.change {
                value.read(&mut names);
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The paths of the actions, in the order written.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.actions.iter().map(|action| &action.path)
    }
}
