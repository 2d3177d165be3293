//! Document paths: which value inside an item is meant.

use std::fmt;

use super::{AttributeValue, Item};

/// An attribute and the way from it to a value inside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The name of the attribute.
    pub attribute: String,
    /// The steps from there, in order.
    pub steps: Vec<Step>,
}

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into a map, to the value of that name.
    Name(String),
    /// Into a list, to the element at that place.
    Index(usize),
}

impl Path {
    /// The path to a whole attribute.
    #[must_use]
    pub fn attribute(name: impl Into<String>) -> Self {
        Self { attribute: name.into(), steps: Vec::new() }
    }

    /// Whether the path leads into an attribute rather than to one.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The value at the path. A step through anything but a map or a list leads nowhere
    /// (aws-facts 4.10).
    #[must_use]
    pub fn resolve<'a>(&self, item: &'a Item) -> Option<&'a AttributeValue> {
        let start = item.get(&self.attribute)?;
        self.steps.iter().try_fold(start, |value, step| match (value, step) {
            (AttributeValue::M(map), Step::Name(name)) => map.get(name),
            (AttributeValue::L(list), Step::Index(index)) => list.get(*index),
            _ => None,
        })
    }
}

impl fmt::Display for Path {
    /// As the service prints paths in errors: `[a, b, [0]]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}", self.attribute)?;
        for step in &self.steps {
            match step {
                Step::Name(name) => write!(f, ", {name}")?,
                Step::Index(index) => write!(f, ", [{index}]")?,
            }
        }
        f.write_str("]")
    }
}
