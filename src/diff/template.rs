//! Recordings that were kept parsed often have stand-ins where the service's own text was:
//! `<table-name:1>`, `datetime`. A stand-in fits any text in its place.

/// Whether a text is, or holds, a stand-in.
pub(super) fn is_template(text: &str) -> bool {
    text == "datetime" || pieces(text).len() > 1
}

/// Whether `actual` is `template` with something in place of every stand-in.
pub(super) fn fits(template: &str, actual: &str) -> bool {
    let pieces = pieces(template);
    let [first, middle @ .., last] = &pieces[..] else { return template == actual };
    let Some(rest) = actual.strip_prefix(first) else { return false };
    let Some(mut rest) = rest.strip_suffix(last) else { return false };
    for piece in middle {
        // A stand-in stands for one character or more.
        let Some(at) = rest.char_indices().skip(1).find(|(at, _)| rest[*at..].starts_with(piece))
        else {
            return false;
        };
        rest = &rest[at.0 + piece.len()..];
    }
    !rest.is_empty()
}

/// The text between stand-ins (`<` letters, digits, `-`, `_`, `:` `>`).
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut piece = 0;
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|found| at + found) {
        let inner = &text[open + 1..];
        let len = inner.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)));
        match len {
            Some(len) if len > 0 && inner[len..].starts_with('>') => {
                pieces.push(&text[piece..open]);
                piece = open + len + 2;
                at = piece;
            }
            _ => at = open + 1,
        }
    }
    pieces.push(&text[piece..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_fits_any_text_in_its_place() {
        for (template, actual, fit) in [
            (
                "arn:<partition>:dynamodb:<region>:1:table/<table-name:1>",
                "arn:aws:dynamodb:eu:1:table/a",
                true,
            ),
            ("arn:<partition>:dynamodb", "arn:aws:s3", false),
            ("<uuid:1>", "", false),
            ("a < b > c", "a < b > c", true),
            ("a < b > c", "a x c", false),
            ("plain", "plain", true),
            ("plain", "other", false),
        ] {
            assert_eq!(fits(template, actual), fit, "{template} {actual}");
        }
        assert!(is_template("datetime") && is_template("x<a:1>") && !is_template("x"));
    }
}
