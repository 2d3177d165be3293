//! Which parts of an item does a projection return? (aws-facts 4.8)

use super::tree::{Names, cut, plant};
use crate::value::{Item, Path};

/// A projection expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    paths: Vec<Path>,
    tree: Names<()>,
    /// What the value at each path is returned as, if not where it was.
    columns: Option<Vec<String>>,
}

impl Projection {
    /// The projection to paths of which none leads to or through another.
    #[must_use]
    pub fn new(paths: Vec<Path>) -> Self {
        let tree = plant(paths.iter().map(|path| (path, ())));
        Self { paths, tree, columns: None }
    }

    /// The projection to whole attributes: AttributesToGet.
    pub fn of_attributes<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::new(names.into_iter().map(Path::attribute).collect())
    }

    /// The values at paths under names of their own, as PartiQL returns them; of two with one name
    /// the later stays.
    #[must_use]
    pub fn of_columns(columns: Vec<(String, Path)>) -> Self {
        let (columns, paths) = columns.into_iter().unzip();
        Self { paths, tree: Names::new(), columns: Some(columns) }
    }

    /// The paths in the order written.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter()
    }

    /// The parts of the item that are asked for. Keys are not added, and a map or list of which
    /// nothing is left is not returned.
    #[must_use]
    pub fn apply(&self, item: &Item) -> Item {
        let Some(columns) = &self.columns else { return cut(&self.tree, item) };
        let found = columns.iter().zip(&self.paths);
        found
            .filter_map(|(name, path)| Some((name.as_str(), path.resolve(item)?.clone())))
            .collect()
    }
}
