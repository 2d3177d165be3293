//! ListTagsOfResource: the tags of a table, or of its stream.

use super::{
    Op,
    resource::{self, Resource},
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule,
        shape::{Member, Sent, Shape},
        table::{
            limits::TAGS_LISTED_WHILE_DELETED,
            tags::{self, Tag},
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListTagsOfResource;

impl Op for ListTagsOfResource {
    const OPERATION: Operation = Operation::ListTagsOfResource;
    /// Fifty tags are one page, and a token means nothing (aws-tables-facts 17.2).
    const MEMBERS: &'static [Member] =
        &[Member("ResourceArn", Shape::Text), Member("NextToken", Shape::Text)];
    type Input<'a> = String;
    type Output = Vec<Tag>;

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<String, Fault> {
        rule::check(sent, &[&[resource::ARN]])?;
        Ok(resource::arn(sent))
    }

    fn run(emulator: &Emulator, caller: &Caller, arn: String) -> Result<Self::Output, Fault> {
        let resource = Resource::read(emulator, caller, &arn)?;
        let store = emulator.store.read()?;
        let table = resource.table(emulator, caller, &*store)?;
        resource.check_known(&table, TAGS_LISTED_WHILE_DELETED, emulator.now())?;
        // Those of CreateTable come with ACTIVE (aws-tables-facts 17.5).
        Ok(match (resource.is_stream(), table.creation()) {
            (true, _) => table.state.stream_tags.clone(),
            (false, None) => table.definition.tags.clone(),
            (false, Some(_)) => Vec::new(),
        })
    }

    /// The service's order is not a sorted one, and which it is is not known; here it is the one
    /// in which the tags came.
    fn encode(tags: Vec<Tag>, json: &mut Writer) {
        json.key("Tags");
        json.array(|json| tags.iter().for_each(|tag| tags::write(tag, json)));
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::{
        Emulator,
        op::tests::{ask, message},
    };

    #[test]
    fn shows_the_tags_a_table_was_created_with_and_none_of_its_stream() {
        let emulator = Emulator::default();
        let answer = ask(
            &emulator,
            "CreateTable",
            r#"{"TableName":"tagged","BillingMode":"PAY_PER_REQUEST","Tags":[{"Key":"a","Value":"1"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"},"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
        );
        let (_, rest) = answer.split_once(r#""LatestStreamArn":""#).expect("a stream");
        let (stream, _) = rest.split_once('"').expect("its end");
        let list = |arn: &str| {
            ask(&emulator, "ListTagsOfResource", &format!(r#"{{"ResourceArn":"{arn}"}}"#))
        };
        let table = stream.split("/stream").next().expect("a table");
        assert_eq!(list(table), r#"{"Tags":[{"Key":"a","Value":"1"}]}"#);
        assert_eq!(list(stream), r#"{"Tags":[]}"#);
        assert_eq!(
            message(&emulator, "ListTagsOfResource", "{}"),
            "1 validation error detected: Value null at 'resourceArn' failed to satisfy constraint: Member must not be null"
        );
    }
}
