//! Which parts of an item does a projection return? (aws-facts 4.8)

use super::tree::{Names, cut, plant};
use crate::value::{Item, Path};

/// A projection expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    paths: Vec<Path>,
    tree: Names<()>,
}

impl Projection {
    /// The projection to paths of which none leads to or through another.
    #[must_use]
    pub fn new(paths: Vec<Path>) -> Self {
        let tree = plant(paths.iter().map(|path| (path, ())));
        Self { paths, tree }
    }

    /// The projection to whole attributes: AttributesToGet.
    pub fn of_attributes<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::new(names.into_iter().map(Path::attribute).collect())
    }

    /// The paths in the order written.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter()
    }

    /// The parts of the item that are asked for. Keys are not added, and a map or list of which
    /// nothing is left is not returned.
    #[must_use]
    pub fn apply(&self, item: &Item) -> Item {
        cut(&self.tree, item)
    }
}
