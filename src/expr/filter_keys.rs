//! May a filter speak of keys? (aws-facts 5.3)

use super::{Condition, ExprError, ExprErrorKind};

impl Condition {
    /// Whether the filter of a Query names none of these: the keys of the table, or of the index
    /// that is queried.
    ///
    /// # Errors
    ///
    /// For the first path to one.
    pub fn check_names_no_key(&self, keys: &[&str]) -> Result<(), ExprError> {
        match self.paths().find(|path| keys.contains(&path.attribute.as_str())) {
            Some(path) => Err(ExprErrorKind::FilterOnKey(path.attribute.clone()).into()),
            None => Ok(()),
        }
    }

    /// Whether a filter does not lead into keys, which are scalars: those of the table and those
    /// of any of its indexes, whatever is read.
    ///
    /// # Errors
    ///
    /// For the first path that does. Which sentence wins where a path leads into the keys of both
    /// is inferred.
    pub fn check_keys_are_scalars(
        &self,
        table_keys: &[&str],
        index_keys: &[&str],
    ) -> Result<(), ExprError> {
        let into = |keys: &[&str], of_index| {
            let mut nested = self.paths().filter(|path| path.is_nested());
            let path = nested.find(|path| keys.contains(&path.attribute.as_str()))?;
            Some(ExprErrorKind::PathIntoKey { key: path.attribute.clone(), of_index })
        };
        match into(table_keys, false).or_else(|| into(index_keys, true)) {
            Some(kind) => Err(kind.into()),
            None => Ok(()),
        }
    }
}
