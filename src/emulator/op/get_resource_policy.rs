//! GetResourcePolicy: the policy of a table or its stream, in the service's own form.

use super::{
    Op,
    policies::{self, Target},
    resource,
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule,
        shape::{Member, Sent, Shape},
        table::policy::{Document, Owner},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct GetResourcePolicy;

impl Op for GetResourcePolicy {
    const OPERATION: Operation = Operation::GetResourcePolicy;
    const MEMBERS: &'static [Member] = &[Member("ResourceArn", Shape::Text)];
    type Input<'a> = String;
    /// The policy and its revision.
    type Output = (String, u64);

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<String, Fault> {
        rule::check(sent, &[&[policies::ARN]])?;
        Ok(resource::arn(sent))
    }

    fn run(emulator: &Emulator, caller: &Caller, arn: String) -> Result<Self::Output, Fault> {
        let store = emulator.store.read()?;
        let target = Target::find(emulator, caller, &*store, &arn)?;
        let seen = target.policy().and_then(|policy| policy.seen(emulator.now()));
        let (text, revision) = seen.ok_or_else(|| target.without_policy())?;
        // Whatever a policy of a table can say, one of a stream can.
        Ok((Document::read(text, Owner::Stream)?.shown(), revision))
    }

    fn encode((text, revision): Self::Output, json: &mut Writer) {
        json.key("Policy");
        json.string(&text);
        json.key("RevisionId");
        json.string(&revision.to_string());
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, call, empty_with, with_table};

    #[test]
    fn a_policy_that_a_table_is_created_with_is_there() {
        let (emulator, _) = empty_with(crate::emulator::Settings::default());
        let answer = ask(
            &emulator,
            "CreateTable",
            r#"{"TableName":"table","ResourcePolicy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"123456789012\"},\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}}","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
        );
        assert!(!answer.contains("olicy"), "{answer}");
        assert_eq!(
            ask(
                &emulator,
                "GetResourcePolicy",
                r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/table"}"#
            ),
            r#"{"Policy":"{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:root\"},\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}","RevisionId":"1700000000123"}"#
        );
    }

    #[test]
    fn arns_are_refused_in_words_of_their_own() {
        // aws-service-facts 1.7, 2026-10-09.
        let emulator = with_table();
        for (arn, kind, text) in [
            (
                "arn:aws:dynamodb:eu-west-1:000000000000:table/table",
                "ValidationException",
                "One or more parameter values were invalid: Invalid resource Arn: arn:aws:dynamodb:eu-west-1:000000000000:table/table",
            ),
            (
                "arn:aws-cn:dynamodb:us-east-1:000000000000:table/table",
                "ValidationException",
                "One or more parameter values were invalid: Invalid resource Arn: arn:aws-cn:dynamodb:us-east-1:000000000000:table/table",
            ),
            (
                "arn:aws:dynamodb:us-east-1:111111111111:table/table",
                "ValidationException",
                "This action is only supported by accounts that match the resource owner’s account.",
            ),
            (
                "arn:aws:dynamodb:us-east-1:000000000000:table/nope",
                "ResourceNotFoundException",
                "Requested resource not found: Table: nope not found",
            ),
            (
                "arn:aws:dynamodb:us-east-1:000000000000:table/table/stream/2026-10-09T00:00:00.000",
                "ResourceNotFoundException",
                "Requested resource not found: Stream: 2026-10-09T00:00:00.000 not found for Table: table",
            ),
            (
                "arn:aws:dynamodb:us-east-1:000000000000:table/table",
                "PolicyNotFoundException",
                "Resource-based policy not found for the provided ResourceArn: arn:aws:dynamodb:us-east-1:000000000000:table/table",
            ),
        ] {
            let answer =
                call(&emulator, "GetResourcePolicy", &format!(r#"{{"ResourceArn":"{arn}"}}"#));
            assert_eq!(answer.error_type().as_deref(), Some(kind), "{arn}");
            assert_eq!(answer.error_message().as_deref(), Some(text));
        }
    }
}
