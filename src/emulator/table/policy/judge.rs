//! What a policy says of one use of a table or a stream (the documentation of IAM's policy
//! evaluation).

use super::{
    Document,
    condition::{self, Context},
    document::{effect_of, principals, texts},
    pattern,
};
use crate::wire::json::Value;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub account: String,
    /// The name.
    pub arn: String,
}

/// Somebody who wants to do something to something.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// `dynamodb:GetItem`
    pub action: &'a str,
    /// The ARN of a table, an index or a stream.
    pub resource: &'a str,
    /// What conditions look at.
    pub context: &'a Context,
}

/// What a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A statement denies it, whatever others say.
    Denied,
    /// A statement allows it.
    Allowed,
    /// None is about it.
    Silent,
}

impl Principal {
    /// Who uses an access key in a world of one account: that account's user of the key's name. A
    /// key of twelve digits is the root of the account of that number.
    #[must_use]
    pub fn of(access_key: &str, account: &str) -> Self {
        let is_account =
            access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit());
        if is_account {
            return Self { account: access_key.to_owned(), arn: root(access_key) };
        }
        let arn = format!("arn:aws:iam::{account}:user/{access_key}");
        Self { account: account.to_owned(), arn }
    }

    /// Whether a policy that names one of these principals means this one.
    fn is_among(&self, named: Value<'_>) -> bool {
        let mut named = principals(named).filter(|(kind, _)| kind == "AWS");
        named.any(|(_, name)| {
            name == "*" || name == self.account || name == self.arn || name == root(&self.account)
        })
    }
}

fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

impl Document {
    /// What it says.
    #[must_use]
    pub fn judge(&self, asked: &Asked<'_>) -> Verdict {
        let mut verdict = Verdict::Silent;
        for statement in self.statements().filter(|statement| is_about(*statement, asked)) {
            match statement.get("Effect").and_then(effect_of) {
                Some("Deny") => return Verdict::Denied,
                _ => verdict = Verdict::Allowed,
            }
        }
        verdict
    }
}

/// Whether a statement is about it.
fn is_about(statement: Value<'_>, asked: &Asked<'_>) -> bool {
    let meets = |field, negated, is_one: &dyn Fn(Value<'_>) -> bool| match (
        statement.get(field),
        statement.get(negated),
    ) {
        (Some(named), _) => is_one(named),
        (None, Some(others)) => !is_one(others),
        (None, None) => false,
    };
    meets("Principal", "NotPrincipal", &|named| asked.principal.is_among(named))
        && meets("Action", "NotAction", &|named| {
            texts(named).any(|action| pattern::fits(&action, asked.action, true))
        })
        && meets("Resource", "NotResource", &|named| {
            texts(named).any(|resource| pattern::fits(&resource, asked.resource, false))
        })
        && statement.get("Condition").is_none_or(|named| condition::holds(named, asked.context))
}

#[cfg(test)]
mod tests;
