//! PutResourcePolicy: gives a table or its stream a policy, in place of the one it has.

use std::borrow::Cow;

use super::{
    Op,
    policies::{self, PolicyRefusal, Target},
    resource,
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{
            limits::{self, SAME_POLICY_WHILE_DELETED},
            policy::{Document, Owner},
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct PutResourcePolicy;

const RULES: &[Rule] =
    &[policies::ARN, Rule::older("Policy", &[Limit::Required]), policies::EXPECTED];

/// What is asked.
pub(super) struct Input<'a> {
    arn: String,
    text: Cow<'a, str>,
    document: Document,
    expected: Option<Cow<'a, str>>,
    confirmed: bool,
}

impl Op for PutResourcePolicy {
    const OPERATION: Operation = Operation::PutResourcePolicy;
    const MEMBERS: &'static [Member] = &[
        Member("ResourceArn", Shape::Text),
        Member("Policy", Shape::Text),
        Member("ExpectedRevisionId", Shape::Text),
        Member("ConfirmRemoveSelfResourceAccess", Shape::Boolean),
    ];
    type Input<'a> = Input<'a>;
    type Output = u64;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[RULES])?;
        let (arn, text) = (resource::arn(sent), sent.text("Policy").unwrap_or_default());
        let document = Document::read(&text, policies::owner(&arn))?;
        let confirmed = sent.boolean("ConfirmRemoveSelfResourceAccess") == Some(true);
        Ok(Input { arn, document, expected: sent.text("ExpectedRevisionId"), confirmed, text })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<u64, Fault> {
        let mut store = emulator.store.write()?;
        let now = emulator.now();
        let target = Target::find(emulator, caller, store.as_read(), &input.arn)?;
        target.check_expected(input.expected.as_deref())?;
        // What is no change is not in anybody's way (aws-service-facts 1.4, 1.10).
        let dying = target.table().deletion();
        let late = dying
            .is_some_and(|job| limits::is_over(SAME_POLICY_WHILE_DELETED, Some(job.since), now));
        if !late
            && let Some(policy) = target.policy()
            && let Some(text) = &policy.text
            && Document::read(text, Owner::Stream).is_ok_and(|kept| kept.equals(&input.document))
        {
            return Ok(policy.revision);
        }
        target.check_free(emulator, now)?;
        let account = &emulator.settings.account;
        if !input.confirmed && input.document.locks_out(account, &target.table().arn) {
            return Err(PolicyRefusal::LockedOut.into());
        }
        let revision = target.change(emulator, &mut *store, Some(&input.text), now)?;
        store.commit()?;
        Ok(revision)
    }

    fn encode(revision: u64, json: &mut Writer) {
        json.key("RevisionId");
        json.string(&revision.to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{
        emulator::{
            Emulator, Settings, Timing,
            op::tests::{ask, call, message, with_table, with_table_and},
        },
        wire::json::write_string,
    };

    const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/table";

    fn policy(action: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::123456789012:root"}},"Action":"dynamodb:{action}","Resource":"{ARN}"}}]}}"#
        )
    }

    fn body(text: &str, more: &str) -> String {
        let mut quoted = Vec::new();
        write_string(&mut quoted, text);
        let quoted = String::from_utf8(quoted).unwrap();
        format!(r#"{{"ResourceArn":"{ARN}","Policy":{quoted}{more}}}"#)
    }

    fn get(emulator: &Emulator) -> Option<String> {
        let answer = call(emulator, "GetResourcePolicy", &format!(r#"{{"ResourceArn":"{ARN}"}}"#));
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        answer.status.is_success().then_some(text)
    }

    #[test]
    fn a_policy_is_kept_numbered_and_replaced_and_the_same_one_is_no_change() {
        let emulator = with_table();
        let put = |text: &str, more| ask(&emulator, "PutResourcePolicy", &body(text, more));
        let first = r#"{"RevisionId":"1700000000123"}"#;
        assert_eq!(put(&policy("GetItem"), r#","ExpectedRevisionId":"NO_POLICY""#), first);
        assert_eq!(put(&policy("GetItem").replace('{', "{ "), ""), first);
        assert!(get(&emulator).unwrap().ends_with(r#""RevisionId":"1700000000123"}"#));
        let second = put(&policy("PutItem"), r#","ExpectedRevisionId":"1700000000123""#);
        assert_eq!(second, r#"{"RevisionId":"1700000000124"}"#);
        for (expected, text) in [
            (
                "1",
                "Requested update for policy with revision id 1, but the policy associated to target table table has revision id 1700000000124.",
            ),
            (
                "NO_POLICY",
                "Requested policy update expecting none to be present for table table, but a policy exists with revision id 1700000000124.",
            ),
        ] {
            let body = body(&policy("Scan"), &format!(r#","ExpectedRevisionId":"{expected}""#));
            let answer = call(&emulator, "PutResourcePolicy", &body);
            assert_eq!(answer.error_type().as_deref(), Some("PolicyNotFoundException"));
            let prefix = "Resource-based policy not found for the provided ResourceArn: ";
            assert_eq!(answer.error_message(), Some(format!("{prefix}{text}")));
        }
        assert!(get(&emulator).unwrap().contains("dynamodb:PutItem"));
    }

    #[test]
    fn a_policy_goes_with_its_table() {
        let emulator = with_table();
        ask(&emulator, "PutResourcePolicy", &body(&policy("GetItem"), ""));
        ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
        assert_eq!(get(&emulator), None);
        ask(
            &emulator,
            "CreateTable",
            r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
        );
        assert_eq!(
            message(&emulator, "GetResourcePolicy", &format!(r#"{{"ResourceArn":"{ARN}"}}"#)),
            format!("Resource-based policy not found for the provided ResourceArn: {ARN}")
        );
    }

    #[test]
    fn changes_take_a_while_and_have_to_rest() {
        let settings = Settings { timing: Timing::real(), ..Settings::default() };
        let (emulator, clock) = with_table_and(settings);
        clock.advance(Duration::from_secs(60));
        let put = |action| body(&policy(action), "");
        ask(&emulator, "PutResourcePolicy", &put("GetItem"));
        assert_eq!(get(&emulator), None, "not seen yet");
        let busy = "Attempt to change a resource which is still in use: ";
        assert_eq!(
            message(&emulator, "PutResourcePolicy", &put("PutItem")),
            format!("{busy}Table is pending previous resource-based policy update: table")
        );
        assert_eq!(
            message(&emulator, "DeleteTable", r#"{"TableName":"table"}"#),
            format!("{busy}Table: table has a pending resource-based policy update.")
        );
        ask(&emulator, "PutResourcePolicy", &put("GetItem"));
        clock.advance(Duration::from_secs(3));
        assert!(get(&emulator).is_some());
        assert_eq!(
            message(&emulator, "PutResourcePolicy", &put("PutItem")),
            "Resource-based policy for table table modified within the previous 15000 milliseconds. Please try again after 2023-11-14T22:14:35.123Z."
        );
        clock.advance(Duration::from_secs(12));
        ask(&emulator, "PutResourcePolicy", &put("PutItem"));
        assert!(get(&emulator).unwrap().contains("GetItem"), "the old one is seen");
    }

    #[test]
    fn nobody_is_locked_out_unless_that_is_confirmed() {
        let emulator = with_table();
        let deny = format!(
            r#"{{"Statement":{{"Effect":"Deny","Principal":"*","Action":"dynamodb:PutResourcePolicy","Resource":"{ARN}"}}}}"#
        );
        let answer = call(&emulator, "PutResourcePolicy", &body(&deny, ""));
        assert_eq!(answer.error_type().as_deref(), Some("AccessDeniedException"));
        assert_eq!(get(&emulator), None);
        let confirm = r#","ConfirmRemoveSelfResourceAccess":true"#;
        ask(&emulator, "PutResourcePolicy", &body(&deny, confirm));
        assert!(get(&emulator).unwrap().contains("Deny"));
    }
}
