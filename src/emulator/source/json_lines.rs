//! DYNAMODB_JSON: an item a line, as exports write it: `{"Item":{"pk":{"S":"a"}}}`.

use bytes::Bytes;

use super::{Entry, Take};
use crate::{
    value::{Decoder, Item, Layer},
    wire::json::Json,
};

/// Takes the entries of a text, up to a line that is no JSON.
pub(super) fn read(text: &Bytes, take: Take<'_>) {
    for (line, bytes) in lines(text) {
        let json = Json::parse(line);
        let broken = json.is_err();
        let item = json.map_err(|error| error.to_string()).and_then(|json| item(&json));
        take(Entry { bytes, item });
        if broken {
            return;
        }
    }
}

/// The lines that are not blank, and how many bytes each takes with its end and with blank lines
/// before it.
pub(super) fn lines(text: &Bytes) -> impl Iterator<Item = (Bytes, u64)> {
    let mut before = 0;
    text.split_inclusive(|byte| *byte == b'\n').filter_map(move |line| {
        let bytes = before + line.len() as u64;
        let line = line.trim_ascii();
        before = if line.is_empty() { bytes } else { 0 };
        (!line.is_empty()).then(|| (text.slice_ref(line), bytes))
    })
}

fn item(json: &Json) -> Result<Item, String> {
    let item = json.root().get("Item").ok_or("The line has no member Item")?;
    Decoder::new().item(item).map_err(|error| {
        let sentence = error.sentence(Layer::Newer);
        sentence.unwrap_or_else(|| "The item is not in DynamoDB JSON".into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Vec<Entry> {
        let mut entries = Vec::new();
        read(&text.to_owned().into(), &mut |entry| entries.push(entry));
        entries
    }

    #[test]
    fn what_is_no_item_is_passed_over_and_what_is_no_json_ends_the_reading() {
        // aws-service-facts 7.3.
        let text = "{\"Item\":{\"a\":{\"S\":\"1\"}}}\r\n\n{\"Keys\":{}}\n{\"Item\":{\"a\":{\"N\":\"x\"}}}\n{\"Item\":\n{\"Item\":{\"a\":{\"S\":\"2\"}}}";
        let entries = read_all(text);
        let good: Vec<bool> = entries.iter().map(|entry| entry.item.is_ok()).collect();
        assert_eq!(good, [true, false, false, false]);
        let bytes: Vec<u64> = entries.iter().map(|entry| entry.bytes).collect();
        assert_eq!(bytes, [26, 13, 25, 9]);
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(read_all("{\"Item\":{}}").len(), 1);
        assert_eq!(read_all("\n \n").len(), 0);
    }
}
