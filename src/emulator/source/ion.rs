//! ION: an item a line, as exports write it: `$ion_1_0 {Item:{pk:"a"}}`.

use bytes::Bytes;

use super::{Entry, Take, json_lines};
use crate::value::{Item, ion};

/// Takes the entries of a text, up to a line that is no Ion.
pub(super) fn read(text: &Bytes, take: Take<'_>) {
    for (line, mut bytes) in json_lines::lines(text) {
        let Ok(line) = std::str::from_utf8(&line) else {
            return take(Entry { bytes, item: Err("The line is not UTF-8".into()) });
        };
        for value in ion::Reader::new(line) {
            let broken = value.is_err();
            let item = value.map_err(|error| error.to_string()).and_then(|value| item(&value));
            // Several values of a line are as many entries of it.
            take(Entry { bytes: std::mem::take(&mut bytes), item });
            if broken {
                return;
            }
        }
    }
}

fn item(value: &ion::Ion) -> Result<Item, String> {
    let item = value.get("Item").ok_or("The value has no field Item")?;
    item.item().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_item_is_passed_over_and_what_is_no_ion_ends_the_reading() {
        let text = "$ion_1_0 {Item:{a:\"1\",s:$dynamodb_SS::[\"x\"]}}\n{Keys:{a:\"1\"}}\n{Item:{a:symbol}}\n{Item:(}\n{Item:{a:\"2\"}}";
        let mut entries = Vec::new();
        read(&text.to_owned().into(), &mut |entry| entries.push(entry));
        let good: Vec<bool> = entries.iter().map(|entry| entry.item.is_ok()).collect();
        assert_eq!(good, [true, false, false, false]);
        let bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
        assert_eq!(bytes as usize, text.rfind('{').unwrap_or_default() - "{Item:".len());
    }
}
