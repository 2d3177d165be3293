//! UntagResource: removes tags from a table or its stream.

use super::{
    Op,
    resource::{self, Resource},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape, texts},
        table::{limits::OTHER_TAGS_WHILE_DELETED, tags},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct UntagResource;

const RULES: &[Rule] = &[resource::ARN, Rule::older("TagKeys", &[Limit::Required])];

/// What is asked.
pub(super) struct Input {
    arn: String,
    keys: Vec<Box<str>>,
}

impl Op for UntagResource {
    const OPERATION: Operation = Operation::UntagResource;
    const ANSWERS: bool = false;
    const MEMBERS: &'static [Member] =
        &[Member("ResourceArn", Shape::Text), Member("TagKeys", Shape::Texts)];
    type Input<'a> = Input;
    type Output = ();

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Input, Fault> {
        rule::check(sent, &[RULES])?;
        let keys: Vec<Box<str>> =
            sent.get("TagKeys").into_iter().flat_map(texts).map(Into::into).collect();
        if keys.is_empty() {
            return Err(resource::none("Tag Key"));
        }
        tags::check_keys(&keys)?;
        Ok(Input { arn: resource::arn(sent), keys })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<(), Fault> {
        let resource = Resource::read(emulator, caller, &input.arn)?;
        let mut store = emulator.store.write()?;
        let table = resource.table(emulator, caller, store.as_read())?;
        if resource.is_stream() {
            let mut tags = table.state.stream_tags.clone();
            tags.retain(|(key, _)| !input.keys.contains(key));
            resource::keep_stream_tags(&mut *store, &table, tags)?;
            store.commit()?;
            return Ok(());
        }
        resource.check_known(&table, OTHER_TAGS_WHILE_DELETED, emulator.now())?;
        // A new table has none yet, and none to lose (aws-tables-facts 17.5).
        if table.creation().is_some() {
            return Ok(());
        }
        if resource::tags_to_come(&table).is_some() {
            return Err(resource::locked(&table));
        }
        let mut tags = table.definition.tags.clone();
        tags.retain(|(key, _)| !input.keys.contains(key));
        resource::keep_tags(emulator, &mut *store, &table, tags)?;
        store.commit()?;
        Ok(())
    }

    fn encode((): (), _: &mut Writer) {}
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message, with_table};

    const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/table";

    #[test]
    fn removes_what_is_there_and_minds_nothing_else() {
        let emulator = with_table();
        let body = |keys: &str| format!(r#"{{"ResourceArn":"{ARN}","TagKeys":[{keys}]}}"#);
        ask(
            &emulator,
            "TagResource",
            &format!(
                r#"{{"ResourceArn":"{ARN}","Tags":[{{"Key":"a","Value":"1"}},{{"Key":"b","Value":"2"}}]}}"#
            ),
        );
        assert_eq!(ask(&emulator, "UntagResource", &body(r#""a","nope""#)), "");
        assert_eq!(
            ask(&emulator, "ListTagsOfResource", &format!(r#"{{"ResourceArn":"{ARN}"}}"#)),
            r#"{"Tags":[{"Key":"b","Value":"2"}]}"#
        );
        for (keys, text) in [
            ("", "Atleast one Tag Key needs to be provided as Input."),
            (r#""aws:x""#, "Tag Key cannot be prefixed with aws:, Key: aws:x"),
        ] {
            assert_eq!(message(&emulator, "UntagResource", &body(keys)), text);
        }
    }
}
