//! DeleteResourcePolicy: takes the policy of a table or its stream away.

use std::borrow::Cow;

use super::{
    Op,
    policies::{self, Target},
    resource,
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Rule},
        shape::{Member, Sent, Shape},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DeleteResourcePolicy;

const RULES: &[Rule] = &[policies::ARN, policies::EXPECTED];

/// What is asked.
pub(super) struct Input<'a> {
    arn: String,
    expected: Option<Cow<'a, str>>,
}

impl Op for DeleteResourcePolicy {
    const OPERATION: Operation = Operation::DeleteResourcePolicy;
    const MEMBERS: &'static [Member] =
        &[Member("ResourceArn", Shape::Text), Member("ExpectedRevisionId", Shape::Text)];
    type Input<'a> = Input<'a>;
    /// The revision of the policy that is gone; that of its deletion, if it was gone; none, if
    /// there never was one (aws-service-facts 12.1).
    type Output = Option<u64>;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[RULES])?;
        Ok(Input { arn: resource::arn(sent), expected: sent.text("ExpectedRevisionId") })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Self::Output, Fault> {
        let mut store = emulator.store.write()?;
        let now = emulator.now();
        let target = Target::find(emulator, caller, store.as_read(), &input.arn)?;
        target.check_expected(input.expected.as_deref())?;
        let Some(policy) = target.policy() else { return Ok(None) };
        let revision = policy.revision;
        if policy.text.is_some() {
            target.check_free(emulator, now)?;
            target.change(emulator, &mut *store, None, now)?;
            store.commit()?;
        }
        Ok(Some(revision))
    }

    fn encode(revision: Option<u64>, json: &mut Writer) {
        if let Some(revision) = revision {
            json.key("RevisionId");
            json.string(&revision.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::emulator::op::tests::{ask, message, with_table_and_clock};

    #[test]
    fn answers_the_revision_that_is_gone_and_then_that_of_its_deletion() {
        // aws-service-facts 12.1, 2026-10-09.
        let (emulator, clock) = with_table_and_clock();
        let arn = r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table""#;
        let delete = || ask(&emulator, "DeleteResourcePolicy", &format!("{arn}}}"));
        assert_eq!(delete(), "{}");
        ask(
            &emulator,
            "PutResourcePolicy",
            &format!(
                r#"{arn},"Policy":"{{\"Statement\":{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"123456789012\"}},\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}}}}"}}"#
            ),
        );
        clock.advance(Duration::from_secs(1));
        assert_eq!(
            message(
                &emulator,
                "DeleteResourcePolicy",
                &format!(r#"{arn},"ExpectedRevisionId":"5"}}"#)
            ),
            "Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision id 5, but the policy associated to target table table has revision id 1700000000123."
        );
        assert_eq!(delete(), r#"{"RevisionId":"1700000000123"}"#);
        assert_eq!(delete(), r#"{"RevisionId":"1700000001123"}"#);
        assert_eq!(
            message(
                &emulator,
                "DeleteResourcePolicy",
                &format!(r#"{arn},"ExpectedRevisionId":"5"}}"#)
            ),
            "Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision id 5, but table table has no associated policy."
        );
    }
}
