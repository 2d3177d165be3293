//! May a filter speak of the keys of what is read? (aws-facts 5.3)

use super::{Condition, ExprError, ExprErrorKind};

impl Condition {
    /// Whether the filter of a Query leaves these keys alone: those of the table, or of the index
    /// that is queried.
    ///
    /// # Errors
    ///
    /// For the first path to a key. Which of the two sentences wins where both apply is inferred.
    pub fn check_query_filter(&self, keys: &[&str], of_index: bool) -> Result<(), ExprError> {
        self.check_scan_filter(keys, of_index)?;
        let named = self.paths().find(|path| keys.contains(&path.attribute.as_str()));
        match named {
            Some(path) => Err(ExprErrorKind::FilterOnKey(path.attribute.clone()).into()),
            None => Ok(()),
        }
    }

    /// Whether the filter of a Scan does not lead into these keys, which are scalars.
    ///
    /// # Errors
    ///
    /// For the first path that does.
    pub fn check_scan_filter(&self, keys: &[&str], of_index: bool) -> Result<(), ExprError> {
        let into =
            self.paths().find(|path| path.is_nested() && keys.contains(&path.attribute.as_str()));
        match into {
            Some(path) => {
                let key = path.attribute.clone();
                Err(ExprErrorKind::PathIntoKey { key, of_index }.into())
            }
            None => Ok(()),
        }
    }
}
