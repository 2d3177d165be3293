//! Snapshots of what DynamoDB answered, without what differs from one run to the next.
//!
//! What that is, is said in one place: the rules of [`crate::diff`]. They come as text that is
//! settled already ([`answer`], [`tape`]), and as pairs for `insta`'s own redactions and filters.
//! Plain pairs, because a type of `insta` here would tie its users to one version of it.

use crate::{
    cassette::{Cassette, Interaction},
    diff::{
        rules::{Comparator, RULES},
        settled,
    },
    wire::{Operation, Response},
};

/// An answer: its status, and its body [settled].
///
/// ```
/// use dynatape::{emulator::Emulator, testing::snapshot, wire::{Operation, Request}};
///
/// let answer = Emulator::default().call(&Request::of(Operation::ListTables, "{}"));
/// assert_eq!(snapshot::answer(Operation::ListTables, &answer), "200\n{\"TableNames\": []}");
/// ```
#[must_use]
pub fn answer(operation: Operation, response: &Response) -> String {
    answered(Some(operation), response)
}

/// All that a tape holds: each operation with its request and its answer.
///
/// How often something was asked and answered alike is left out: how many polls it takes is
/// nobody's promise.
#[must_use]
pub fn tape(cassette: &Cassette) -> String {
    let interactions: Vec<_> = cassette.interactions.iter().map(interaction).collect();
    interactions.join("\n\n")
}

fn interaction(interaction: &Interaction) -> String {
    let operation = interaction.target.operation();
    let answer = match interaction.to_response() {
        Some(response) => answered(operation, &response),
        None => "no answer".to_owned(),
    };
    let request = body(operation, &interaction.request);
    format!("{} {request}\n{answer}", interaction.target.name())
}

fn answered(operation: Option<Operation>, response: &Response) -> String {
    format!("{}\n{}", response.status.as_u16(), body(operation, &response.body))
}

fn body(operation: Option<Operation>, bytes: &[u8]) -> String {
    settled(operation, bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

/// The rules as redactions for JSON: selectors, and what to put there.
///
/// A selector knows no types: an attribute that is called like a member with a rule is redacted
/// too, but for `Status`, which many are. [`answer`] tells them apart.
pub fn redactions() -> impl Iterator<Item = (String, &'static str)> {
    RULES.iter().flat_map(|rule| {
        let paths: &[&str] = match rule.member {
            "Status" => &["SSEDescription.Status", "WarmThroughput.Status"],
            _ => std::slice::from_ref(&rule.member),
        };
        paths.iter().map(|path| (format!(".**.{path}"), rule.comparator.stand_in()))
    })
}

/// The rules as filters for the `{:#?}` of what `aws-sdk-dynamodb` returns: regular expressions,
/// and what to put in place of what they match.
pub fn debug_filters() -> impl Iterator<Item = (String, String)> {
    let rules = RULES.iter().map(|rule| (snake_case(rule.member), rule.comparator));
    // The outputs of the SDK hold the request id of the answer's headers beside its members.
    let all = rules.chain([("_request_id".to_owned(), Comparator::Minted)]);
    all.map(|(field, comparator)| {
        let value = match comparator {
            Comparator::Epoch => r"-?\d[^,)\s]*",
            Comparator::Minted | Comparator::Opaque | Comparator::Arn => r#""[^"]*""#,
            Comparator::Lagging => r"\d+",
            Comparator::Timed => r"\[[^\]]*\]",
            Comparator::State => r#"(?:\w+|"[^"]*")"#,
        };
        let found = format!(r"\b{field}: Some\(\s*{value},?\s*\)");
        (found, format!("{field}: Some({})", comparator.stand_in()))
    })
}

/// `KMSMasterKeyArn` as the SDK calls it: `kms_master_key_arn`.
fn snake_case(member: &str) -> String {
    let letters: Vec<char> = member.chars().collect();
    let mut name = String::with_capacity(member.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let after_lower = at > 0 && letters[at - 1].is_lowercase();
        let before_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if at > 0 && letter.is_uppercase() && (after_lower || before_lower) {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{primitives::DateTime, types};

    use super::*;

    #[test]
    fn filters_take_what_moves_out_of_the_sdks_debug_output_and_nothing_else() {
        let table = types::TableDescription::builder()
            .table_name("orders")
            .table_status(types::TableStatus::Active)
            .creation_date_time(DateTime::from_secs(1_700_000_000))
            .item_count(17)
            .table_arn("arn:aws:dynamodb:eu-west-1:123456789012:table/orders")
            .table_id("6f1b1a52")
            .sse_description(types::SseDescription::builder().kms_master_key_arn("arn:k").build());
        let described = format!("{:#?}", table.build());
        let mut settings = insta::Settings::clone_current();
        for (found, instead) in debug_filters() {
            settings.add_filter(&found, instead);
        }
        settings.bind(|| insta::assert_snapshot!(described));
    }

    #[test]
    fn members_are_called_as_the_sdk_calls_them() {
        let names = ["TableId", "KMSMasterKeyArn", "LastUpdateToPayPerRequestDateTime"];
        let fields = ["table_id", "kms_master_key_arn", "last_update_to_pay_per_request_date_time"];
        assert_eq!(names.map(snake_case), fields);
    }
}
