//! What can be told of a resource policy without a policy engine: a table keeps none, and every
//! caller may do everything.

use super::error::{DefinitionError, ParameterError};
use crate::wire::json::Json;

/// Refuses what is no policy at all.
///
/// # Errors
///
/// For text that is no JSON, and for an object without statements. Of the latter only `{}` was
/// seen, at (1,3) (aws-tables-facts 3.6): that the place is the end of the text is inferred.
pub fn check(policy: &str) -> Result<(), DefinitionError> {
    let json =
        Json::parse(policy.as_bytes().to_vec()).map_err(|_| ParameterError::PolicyNotJson)?;
    if json.root().get("Statement").is_some() {
        return Ok(());
    }
    let last = policy.rsplit('\n').next().unwrap_or_default();
    let line = policy.matches('\n').count() + 1;
    Err(ParameterError::PolicySyntax { line, column: last.chars().count() + 1 }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_json_with_statements() {
        let text = |policy| check(policy).map_err(|error| error.to_string());
        const INVALID: &str = "One or more parameter values were invalid: Invalid policy document:";
        assert_eq!(text("{}"), Err(format!("{INVALID} Syntax error at position (1,3)")));
        assert_eq!(text("{\n}"), Err(format!("{INVALID} Syntax error at position (2,2)")));
        assert_eq!(text(""), Err(format!("{INVALID} This policy contains invalid Json")));
        assert_eq!(text(r#"{"Version":"2012-10-17","Statement":[]}"#), Ok(()));
    }
}
