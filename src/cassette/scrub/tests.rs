use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{cassette::to_text, wire::Operation};

/// A value of an attribute, few enough that many are equal.
fn attribute() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ab]{0,2}",
        "[a-c]{3}@example[.]com",
        "scrubbed-[1-3]",
        "x{6}aa[ab]",
        "caf\u{e9} [ab]{8}",
    ];
    let number = prop_oneof!["[1-3]", "41555512[0-9]{2}", "1[.]5", "-12345678[.]9[1-3]"];
    prop_oneof![
        4 => text.prop_map(|text| json!({"S": text})),
        3 => number.prop_map(|number| json!({"N": number})),
        1 => "[ab]{8,9}".prop_map(|text| json!({"B": STANDARD.encode(text)})),
        1 => prop::collection::vec(128..131_u8, 8..10).prop_map(|bytes| json!({"B": STANDARD.encode(bytes)})),
        1 => Just(json!({"BOOL": true})),
    ]
}

fn cassette(rows: &[(Value, Value)]) -> Cassette {
    let interactions = rows.iter().map(|(secret, other)| {
        let request =
            json!({"TableName": "t", "Item": {"pk": {"S": "k"}, "secret": secret, "other": other}});
        let answer = json!({"Attributes": {"was": other, "secret": secret}});
        let body = answer.to_string().into();
        let answer = Answer::Http { status: StatusCode::OK, headers: Vec::new(), body };
        Interaction::new(Target::Known(Operation::PutItem), request.to_string().into(), answer)
    });
    let mut cassette = Cassette { interactions: interactions.collect(), ..Cassette::default() };
    cassette.renumber();
    cassette
}

/// The attribute values of a cassette, in order.
fn values(cassette: &Cassette) -> Vec<Value> {
    let bodies = cassette.interactions.iter().flat_map(bodies);
    let mut all = Vec::new();
    for body in bodies {
        let body: Value = serde_json::from_slice(body).expect("JSON");
        let object = body.get("Item").or_else(|| body.get("Attributes")).expect("attributes");
        all.extend(object.as_object().expect("an object").values().cloned());
    }
    all
}

proptest! {
    #[test]
    fn what_was_equal_stays_equal_and_nothing_else_becomes_so(
        rows in prop::collection::vec((attribute(), attribute()), 1..12),
    ) {
        let what = Scrub { paths: vec!["$..secret".parse().expect("a path")], ..Scrub::default() };
        let before = cassette(&rows);
        let mut all = [before.clone()];
        let scrubbed = scrub(&mut all, &what);
        let [after] = &all;
        let (old, new) = (values(&before), values(after));
        for (at, one) in old.iter().enumerate() {
            for (other_at, other) in old.iter().enumerate() {
                prop_assert_eq!(one == other, new[at] == new[other_at], "{} {}", one, other);
            }
        }
        // What stood at the path is nowhere; stand-ins of an earlier scrub stay.
        for (secret, _) in &rows {
            let text = secret.get("S").and_then(Value::as_str);
            let stays = text.is_some_and(|text| text.is_empty() || stand_in::is_one(text));
            if secret.get("BOOL").is_none() && !stays {
                prop_assert!(!new.contains(secret), "{} in {}", secret, to_text(after));
            }
        }
        let mut again = all.clone();
        let second = scrub(&mut again, &what);
        prop_assert_eq!(&again[0].interactions, &all[0].interactions);
        prop_assert_eq!(second.changed[0], Changed::default());
        prop_assert_eq!(scrubbed.changed[0].places > 0, to_text(&before) != to_text(after));
    }
}
