//! Where a statement goes on: NextToken, which only the same statement with the same parameters
//! takes back (aws-facts 10.11, eu-west-2 2026-07-29).

use std::fmt::Write as _;

use super::md5;
use crate::{
    value::{Item, Number, base64, decode::Decoder, encode},
    wire::{
        Fault,
        json::{Json, Value},
    },
};

const DIGEST: usize = 16;

/// What a token is bound to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bond {
    digest: [u8; DIGEST],
    /// A list or map among the parameters never goes on.
    resumes: bool,
}

/// A place in the parts of a table that a statement reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Position {
    /// The part to go on with.
    pub(super) part: usize,
    /// The key after which to go on in it.
    pub(super) after: Option<Item>,
}

impl Bond {
    /// The bond of a statement with its parameters as sent.
    pub(super) fn of(statement: &str, parameters: Option<Value<'_>>) -> Self {
        let (mut text, mut resumes) = (String::new(), true);
        for parameter in parameters.into_iter().flat_map(Value::elements) {
            resumes &= bind(parameter, &mut text);
            text.push('\n');
        }
        let digest = md5::digest(&[statement.as_bytes(), b"\n", text.as_bytes()]);
        Self { digest, resumes }
    }

    /// The token of a place.
    pub(super) fn token(&self, position: &Position) -> String {
        let mut bytes = self.digest.to_vec();
        bytes.extend_from_slice(&(position.part as u32).to_be_bytes());
        if let Some(key) = &position.after {
            encode::item(key, &mut bytes);
        }
        bytes.extend_from_slice(&md5::digest(&[&bytes]));
        base64::text(&bytes)
    }

    /// The place of a token.
    pub(super) fn position(&self, token: &str) -> Result<Position, Fault> {
        let (digest, position) =
            read(token).ok_or_else(|| Fault::validation("Invalid NextToken"))?;
        match self.resumes && digest == self.digest {
            true => Ok(position),
            false => Err(Fault::validation("NextToken does not match request")),
        }
    }
}

fn read(token: &str) -> Option<([u8; DIGEST], Position)> {
    let bytes = base64::decode(token).ok()?;
    let (content, seal) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
    if md5::digest(&[content]) != seal {
        return None;
    }
    let (digest, rest) = content.split_first_chunk::<DIGEST>()?;
    let (part, key) = rest.split_first_chunk::<4>()?;
    let after = match key.is_empty() {
        true => None,
        false => {
            let json = Json::parse(key.to_vec()).ok()?;
            Some(Decoder::new().item(json.root()).ok()?)
        }
    };
    Some((*digest, Position { part: u32::from_be_bytes(*part) as usize, after }))
}

/// Appends what of a parameter counts; `false` for a list or map.
fn bind(parameter: Value<'_>, out: &mut String) -> bool {
    let Some((kind, content)) = parameter.members().find(|(_, content)| !content.is_null()) else {
        return true;
    };
    out.push_str(&kind);
    let text = content.as_str().unwrap_or_default();
    match &*kind {
        "L" | "M" => return false,
        "N" => out.push_str(&decimal(&text)),
        "SS" | "BS" => {
            let mut members: Vec<_> = content.elements().filter_map(Value::as_str).collect();
            members.sort_unstable();
            members.iter().for_each(|member| {
                // Writing into a String cannot fail.
                let _ = write!(out, " {}:{member}", member.len());
            });
        }
        "NS" => {
            let texts = content.elements().filter_map(Value::as_str);
            let mut numbers: Vec<Number> = texts.filter_map(|text| text.parse().ok()).collect();
            numbers.sort_unstable();
            numbers.iter().for_each(|number| {
                let _ = write!(out, " {number}");
            });
        }
        "S" | "B" => out.push_str(&text),
        _ => out.push_str(content.raw()),
    }
    true
}

/// A number's digits and scale, by which Java compares decimals: `1E2` is `1e+2` and not `100`.
fn decimal(text: &str) -> String {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or_default();
    let negative = mantissa.starts_with('-');
    let unsigned = mantissa.trim_start_matches(['-', '+']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let sign = if negative && !digits.is_empty() { "-" } else { "" };
    format!("{sign}{digits}/{}", fraction.len() as i64 - exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bond(parameter: &str) -> Bond {
        let json = Json::parse(format!("[{parameter}]")).expect(parameter);
        Bond::of("SELECT", Some(json.root()))
    }

    #[test]
    fn a_token_goes_back_to_the_same_statement_with_equal_parameters() {
        // aws-facts 10.11.
        let position = Position { part: 3, after: Some(Item::new()) };
        let goes_on = |from: &str, to: &str| {
            bond(to).position(&bond(from).token(&position)).ok() == Some(position.clone())
        };
        for (one, other) in [
            (r#"{"N":"1E2"}"#, r#"{"N":"1e+2"}"#),
            (r#"{"N":"01"}"#, r#"{"N":"1"}"#),
            (r#"{"N":"-0"}"#, r#"{"N":"0"}"#),
            (r#"{"N":"1.5E1"}"#, r#"{"N":"15"}"#),
            (r#"{"NS":["1.0","2"]}"#, r#"{"NS":["2","1"]}"#),
            (r#"{"SS":["a","b"]}"#, r#"{"SS":["b","a"]}"#),
        ] {
            assert!(goes_on(one, other), "{one} {other}");
        }
        for (one, other) in [
            (r#"{"N":"1.0"}"#, r#"{"N":"1"}"#),
            (r#"{"N":"100"}"#, r#"{"N":"1E2"}"#),
            (r#"{"N":"0E2"}"#, r#"{"N":"0"}"#),
            (r#"{"S":"a"}"#, r#"{"S":"b"}"#),
            (r#"{"L":[]}"#, r#"{"L":[]}"#),
        ] {
            assert!(!goes_on(one, other), "{one} {other}");
        }
        assert_eq!(
            bond(r#"{"S":"a"}"#).position("nonsense").unwrap_err().message.as_deref(),
            Some("Invalid NextToken")
        );
    }
}
