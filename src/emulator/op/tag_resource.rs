//! TagResource: adds tags to a table or its stream, or changes them.

use super::{
    Op,
    resource::{self, Resource},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{
            TAG,
            limits::{OTHER_TAGS_WHILE_DELETED, SAME_TAGS_WHILE_DELETED},
            tags,
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct TagResource;

const RULES: &[Rule] = &[resource::ARN, Rule::older("Tags", &[Limit::Required])];

/// What is asked.
pub(super) struct Input {
    arn: String,
    tags: Vec<tags::Tag>,
}

impl Op for TagResource {
    const OPERATION: Operation = Operation::TagResource;
    const ANSWERS: bool = false;
    const MEMBERS: &'static [Member] =
        &[Member("ResourceArn", Shape::Text), Member("Tags", Shape::List(&TAG))];
    type Input<'a> = Input;
    type Output = ();

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Input, Fault> {
        rule::check(sent, &[RULES])?;
        let tags = tags::read(sent)?;
        if tags.is_empty() {
            return Err(resource::none("Tag"));
        }
        tags::check(&tags)?;
        Ok(Input { arn: resource::arn(sent), tags })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<(), Fault> {
        let resource = Resource::read(emulator, caller, &input.arn)?;
        let mut store = emulator.store.write()?;
        let table = resource.table(emulator, caller, store.as_read())?;
        if resource.is_stream() {
            let tags = tags::merge(&table.state.stream_tags, input.tags)?;
            resource::keep_stream_tags(&mut *store, &table, tags)?;
            store.commit()?;
            return Ok(());
        }
        let same = input.tags.iter().all(|tag| table.definition.tags.contains(tag));
        let pause = if same { SAME_TAGS_WHILE_DELETED } else { OTHER_TAGS_WHILE_DELETED };
        resource.check_known(&table, pause, emulator.now())?;
        let current = match resource::tags_to_come(&table) {
            None => &table.definition.tags,
            // Whoever asks for all that is being done is let through (aws-tables-facts 17.4).
            Some(coming) => {
                let known = &table.definition.tags;
                let mut new = coming.iter().filter(|tag| !known.contains(tag)).peekable();
                if new.peek().is_none() || !new.all(|tag| input.tags.contains(tag)) {
                    return Err(resource::locked(&table));
                }
                coming
            }
        };
        let tags = tags::merge(current, input.tags)?;
        resource::keep_tags(emulator, &mut *store, &table, tags)?;
        store.commit()?;
        Ok(())
    }

    fn encode((): (), _: &mut Writer) {}
}

#[cfg(test)]
mod tests {
    use crate::emulator::{
        Emulator,
        op::tests::{ask, call, message, with_table},
    };

    const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/table";

    fn body(arn: &str, tags: &str) -> String {
        format!(r#"{{"ResourceArn":"{arn}","Tags":[{tags}]}}"#)
    }

    fn list(emulator: &Emulator) -> String {
        ask(emulator, "ListTagsOfResource", &format!(r#"{{"ResourceArn":"{ARN}"}}"#))
    }

    fn many(count: usize, value: &str) -> String {
        let tag = |at| format!(r#"{{"Key":"k{at}","Value":"{value}"}}"#);
        (0..count).map(tag).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn adds_and_replaces_and_answers_without_a_body() {
        let emulator = with_table();
        let tag = |tags| ask(&emulator, "TagResource", &body(ARN, tags));
        assert_eq!(tag(r#"{"Key":"b","Value":"1"},{"Key":"a","Value":""}"#), "");
        tag(r#"{"Key":"b","Value":"2"},{"Key":"B","Value":"3"}"#);
        assert_eq!(
            list(&emulator),
            r#"{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":""},{"Key":"B","Value":"3"}]}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_changes_nothing() {
        // aws-tables-facts 17.1, 2026-10-08 and 09.
        let emulator = with_table();
        let long = "x".repeat(129);
        for (tags, text) in [
            ("", "Atleast one Tag needs to be provided as Input.".to_owned()),
            ("{}", "The Tag Key provided is invalid, Key: null".into()),
            (r#"{"Key":"k"}"#, "The Tag Value provided is invalid, Value: null".into()),
            (r#"{"Value":"v"}"#, "The Tag Key provided is invalid, Key: null".into()),
            (
                r#"{"Key":"a","Value":"1"},{"Key":"a","Value":"2"}"#,
                "Duplicate Tag Keys provided as input: Duplicate Tag Key found a".into(),
            ),
            (
                r#"{"Key":"AWS:x","Value":"1"}"#,
                "Tag Key cannot be prefixed with aws:, Key: AWS:x".into(),
            ),
            (r##"{"Key":"a#","Value":"1"}"##, "The Tag Key provided is invalid, Key: a#".into()),
            (
                &*format!(r#"{{"Key":"{long}","Value":"1"}}"#),
                format!("The Tag Key provided is invalid, Key: {long}"),
            ),
            (
                &many(51, ""),
                "Number of Tags exceed the current limit for the provided ResourceArn".into(),
            ),
            (
                &many(50, &"x".repeat(250)),
                "Tag set size 12640 bytes is above max size limit of 10240 bytes".into(),
            ),
        ] {
            assert_eq!(message(&emulator, "TagResource", &body(ARN, tags)), text);
        }
        assert_eq!(list(&emulator), r#"{"Tags":[]}"#);
        ask(&emulator, "TagResource", &body(ARN, &many(50, "")));
        assert_eq!(
            message(&emulator, "TagResource", &body(ARN, r#"{"Key":"one","Value":"more"}"#)),
            "Number of Tags exceed the current limit for the provided ResourceArn"
        );
    }

    #[test]
    fn takes_the_arn_of_a_table_and_nothing_else() {
        // aws-tables-facts 1.5, 2026-10-08 and 09.
        let emulator = with_table();
        let invalid = "One or more parameter values were invalid: ";
        let of = |rest: &str| format!("arn:aws:dynamodb:us-east-1:000000000000:{rest}");
        for (arn, kind, text) in [
            (
                "table".to_owned(),
                "ValidationException",
                format!("{invalid}ARNs must start with 'arn:': table"),
            ),
            (
                of("table/nope"),
                "ResourceNotFoundException",
                format!(
                    "Requested resource not found: ResourceArn: {} not found",
                    of("table/nope")
                ),
            ),
            (
                of("table/table/index/gsi"),
                "ValidationException",
                format!(
                    "{invalid}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {}",
                    of("table/table/index/gsi")
                ),
            ),
            (
                of("table/table/backup/1"),
                "ValidationException",
                format!(
                    "{invalid}Provided Arn is not a DynamoDB resource arn: {}",
                    of("table/table/backup/1")
                ),
            ),
            (
                ARN.replace("us-east-1", "eu-west-1"),
                "ValidationException",
                format!(
                    "Invalid TableArn: Invalid ResourceArn provided as input {}",
                    ARN.replace("us-east-1", "eu-west-1")
                ),
            ),
            (ARN.replace("0000:", "0001:"), "AccessDeniedException", "Access is denied".into()),
        ] {
            let answer = call(&emulator, "TagResource", &body(&arn, r#"{"Key":"a","Value":"b"}"#));
            assert_eq!(answer.error_type().as_deref(), Some(kind), "{arn}");
            assert_eq!(answer.error_message(), Some(text));
        }
    }
}
