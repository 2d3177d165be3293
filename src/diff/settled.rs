//! An answer without what differs from one run to the next: the other use of the rules, for those
//! who compare texts.

use bytes::Bytes;

use super::{
    arn,
    rules::{self, Comparator},
    tree::{DEEPEST, typed},
};
use crate::wire::{
    Operation,
    json::{Json, JsonError, Kind, Layout, Value, pretty, write_string},
};

/// The body, printed on several lines, so that two answers that the rules call equal are the same
/// text: a stand-in for each value that has a rule ([`Comparator::stand_in`]; of an ARN, what it
/// names is kept), and one order where none is promised. A value that is not of its rule's type
/// stays as it is.
///
/// # Errors
///
/// When the body is not JSON.
pub fn settled(operation: Option<Operation>, body: &[u8]) -> Result<String, JsonError> {
    let json = Json::parse(Bytes::copy_from_slice(body))?;
    let mut text = Vec::with_capacity(body.len());
    write(&mut text, operation, "", json.root(), 0);
    let settled = Json::parse(text)?;
    Ok(pretty(settled.root(), Layout::default(), 0, 0))
}

fn write(
    out: &mut Vec<u8>,
    operation: Option<Operation>,
    member: &str,
    value: Value<'_>,
    depth: usize,
) {
    if depth == DEEPEST {
        return out.extend_from_slice(value.raw().as_bytes());
    }
    match value.kind() {
        Kind::Object => {
            let is_set = matches!(typed(value), Some(("SS" | "NS" | "BS", _)));
            let members = value.members().map(|(name, inner)| {
                let mut text = Vec::new();
                write_string(&mut text, &name);
                text.push(b':');
                match inner.kind() {
                    Kind::Array => list(&mut text, operation, &name, !is_set, inner, depth + 1),
                    _ => write(&mut text, operation, &name, inner, depth + 1),
                }
                text
            });
            joined(out, *b"{}", members.collect(), false);
        }
        Kind::Array => list(out, operation, member, true, value, depth),
        Kind::String | Kind::Number => match stand_in(operation, member, value) {
            Some(text) => write_string(out, &text),
            None => match value.as_str() {
                // Escapes are spelling.
                Some(text) => write_string(out, &text),
                None => out.extend_from_slice(value.raw().as_bytes()),
            },
        },
        Kind::Bool | Kind::Null => out.extend_from_slice(value.raw().as_bytes()),
    }
}

fn list(
    out: &mut Vec<u8>,
    operation: Option<Operation>,
    member: &str,
    may_be_ordered: bool,
    value: Value<'_>,
    depth: usize,
) {
    let elements = value.elements().map(|element| {
        let mut text = Vec::new();
        // A list's rule is one for its elements.
        let rule = rules::rule_for(operation, member);
        write(&mut text, operation, rule.map_or("", |rule| rule.member), element, depth + 1);
        text
    });
    let ordered = may_be_ordered && rules::ordered(operation, member);
    joined(out, *b"[]", elements.collect(), ordered);
}

fn joined(out: &mut Vec<u8>, [open, close]: [u8; 2], mut parts: Vec<Vec<u8>>, ordered: bool) {
    if !ordered {
        parts.sort_unstable();
    }
    out.push(open);
    out.extend_from_slice(&parts.join(&b','));
    out.push(close);
}

fn stand_in(operation: Option<Operation>, member: &str, value: Value<'_>) -> Option<String> {
    let comparator = rules::rule_for(operation, member)?.comparator;
    let number = value.kind() == Kind::Number;
    match comparator {
        Comparator::Epoch | Comparator::Lagging => number.then(|| comparator.stand_in().into()),
        Comparator::Minted | Comparator::Opaque | Comparator::State => {
            (!number).then(|| comparator.stand_in().into())
        }
        Comparator::Arn => arn::settled(&value.as_str()?),
        Comparator::Timed => {
            let text = value.as_str()?;
            Some(format!("{}-{}", rules::untimed(&text), comparator.stand_in()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_line(operation: Operation, body: &str) -> String {
        settled(Some(operation), body.as_bytes()).expect("JSON")
    }

    #[test]
    fn what_moves_has_a_stand_in_and_what_is_of_another_type_stays() {
        let body = r#"{"TableId":"a-1","CreationDateTime":1.7E9,"ItemCount":"3","TableArn":"arn:aws:dynamodb:r:1:table/t/stream/2026"}"#;
        assert_eq!(
            one_line(Operation::DescribeTable, body),
            r#"{
  "CreationDateTime": "[epoch]",
  "ItemCount": "3",
  "TableArn": "[arn] dynamodb table/t/stream/[minted]",
  "TableId": "[minted]"
}"#
        );
    }

    #[test]
    fn attributes_are_the_clients_own_whatever_they_are_called() {
        let body = r#"{"Item": {"ItemCount": {"N": "3"}, "TableArn": {"S": "arn:aws:a:b:c:d"}}}"#;
        assert_eq!(one_line(Operation::GetItem, body), body);
    }

    #[test]
    fn order_stays_where_it_is_promised_and_is_one_where_it_is_not() {
        let items = r#"{"Items": [{"b": {"N": "2"}}, {"a": {"SS": ["y", "x"]}}]}"#;
        let in_order = r#"{"Items": [{"b": {"N": "2"}}, {"a": {"SS": ["x", "y"]}}]}"#;
        let sorted = r#"{"Items": [{"a": {"SS": ["x", "y"]}}, {"b": {"N": "2"}}]}"#;
        assert_eq!(one_line(Operation::Query, items), in_order);
        assert_eq!(one_line(Operation::Scan, items), sorted);
        let list = r#"{"Item": {"l": {"L": [{"S": "b"}, {"S": "a"}]}}}"#;
        assert_eq!(one_line(Operation::GetItem, list), list);
    }
}
