//! Which of the faults in a tree of values does the service name?
//!
//! The walk keeps its own stack, so that no nesting the JSON reader lets through can exhaust the
//! thread's.

use super::{
    ShapeError, Type, ValueError, ValueErrorKind, flat, members, shape_of_list, shape_of_map,
};
use crate::wire::json::Value;

/// How errors rank among each other: a serialization error beats all, then an empty name, then a
/// NULL that is not true, then the first as written, nesting last (aws-facts 1.8, PutItem steps 1,
/// 4 and 5).
fn rank(kind: &ValueErrorKind) -> u8 {
    match kind {
        ValueErrorKind::Shape(_) => 0,
        ValueErrorKind::EmptyName => 1,
        ValueErrorKind::NullNotTrue { .. } => 2,
        ValueErrorKind::TooDeep(_) => 4,
        _ => 3,
    }
}

/// What a walk through values found.
#[derive(Default)]
pub(super) struct Found {
    /// The error named for them, if one of them is refused.
    pub(super) error: Option<ValueError>,
    /// Whether they make the service read the request on its older layer.
    pub(super) fell_back: bool,
    /// How many lists and maps stand inside each other.
    pub(super) deepest: usize,
}

/// Looks for the error that the service names for these values.
pub(super) fn among<'a>(
    values: impl IntoIterator<Item = (Option<String>, Value<'a>)>,
    max_levels: usize,
) -> Found {
    let mut found = Found::default();
    for (entry, value) in values {
        let mut walk =
            Walk { best: None, deepest: 0, fell_back: &mut found.fell_back, stack: Vec::new() };
        walk.tree(value, max_levels);
        found.deepest = found.deepest.max(walk.deepest);
        let Some((kind, at)) = walk.best else { continue };
        if found.error.as_ref().is_none_or(|known| rank(&kind) < rank(&known.kind)) {
            found.error = Some(ValueError { kind, span: at.span(), entry });
        }
    }
    found
}

struct Walk<'a, 'f> {
    best: Option<(ValueErrorKind, Value<'a>)>,
    deepest: usize,
    fell_back: &'f mut bool,
    /// Values still to be looked at: the value, the levels around it, what to say of a scalar.
    stack: Vec<(Value<'a>, usize, ShapeError)>,
}

impl<'a> Walk<'a, '_> {
    fn tree(&mut self, root: Value<'a>, max_levels: usize) {
        self.stack.push((root, 0, ShapeError::Member));
        while let Some((value, levels, for_scalar)) = self.stack.pop() {
            self.value(value, levels, for_scalar);
        }
        if self.deepest > max_levels {
            self.found(ValueErrorKind::TooDeep(self.deepest), root);
        }
    }

    fn value(&mut self, value: Value<'a>, levels: usize, for_scalar: ShapeError) {
        let members = match members(value, for_scalar) {
            Ok(members) => members,
            Err(kind) => return self.found(kind, value),
        };
        let mut first: Option<Type> = None;
        let mut several = false;
        let mut faults = Vec::new();
        for (kind, content) in members {
            several |= first.is_some_and(|first| first != kind);
            first = Some(kind);
            let fault = match kind {
                Type::L => self.list(content, levels + 1),
                Type::M => self.map(content, levels + 1),
                _ => flat(kind, content, self.fell_back).map(drop),
            };
            faults.extend(fault.err());
        }
        if first.is_none() {
            faults.push(ValueErrorKind::Empty);
        }
        if several {
            *self.fell_back = true;
            faults.push(ValueErrorKind::SeveralTypes);
            // aws-facts 2.6: shape, empty set, number, NULL, and only then the several types.
            faults.sort_by_key(|kind| match kind {
                ValueErrorKind::Shape(_) => 0,
                ValueErrorKind::EmptySet(_) => 1,
                ValueErrorKind::Number(..) => 2,
                ValueErrorKind::NullNotTrue { .. } => 3,
                _ => 4,
            });
            if let Some(ValueErrorKind::NullNotTrue { plain }) = faults.first_mut() {
                *plain = false;
            }
        }
        if let Some(kind) = faults.into_iter().next() {
            self.found(kind, value);
        }
    }

    fn list(&mut self, content: Value<'a>, levels: usize) -> Result<(), ValueErrorKind> {
        shape_of_list(content)?;
        self.deepest = self.deepest.max(levels);
        let start = self.stack.len();
        self.stack.extend(content.elements().map(|element| (element, levels, ShapeError::Element)));
        // The top of the stack is looked at next: the first as written must be on top.
        self.stack[start..].reverse();
        Ok(())
    }

    fn map(&mut self, content: Value<'a>, levels: usize) -> Result<(), ValueErrorKind> {
        shape_of_map(content, super::VALUE_MAP_CLASS)?;
        self.deepest = self.deepest.max(levels);
        let start = self.stack.len();
        let mut unnamed = false;
        for (name, value) in content.members() {
            unnamed |= name.is_empty();
            self.stack.push((value, levels, ShapeError::Member));
        }
        self.stack[start..].reverse();
        if unnamed { Err(ValueErrorKind::EmptyName) } else { Ok(()) }
    }

    fn found(&mut self, kind: ValueErrorKind, at: Value<'a>) {
        if self.best.as_ref().is_none_or(|(known, _)| rank(&kind) < rank(known)) {
            self.best = Some((kind, at));
        }
    }
}
