//! Taking values out of tapes.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::place::Place;

const EMAIL: &str = "alice.müller@example.com";

/// A table of customers: the address is a key, a part of a text, bytes, and a literal.
fn session(email: &str, phone: &str) -> String {
    let bytes = STANDARD.encode(format!("to: {email}"));
    format!(
        r#"call CreateTable {{"TableName":"customers","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{"AttributeName":"email","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"email","KeyType":"HASH"}}]}}
call PutItem {{"TableName":"customers","Item":{{"email":{{"S":"{email}"}},"phone":{{"N":"{phone}"}},"letter":{{"B":"{bytes}"}},"note":{{"S":"write to {email}, not to bob"}},"sex":{{"S":"f"}},"kind":{{"S":"HASH"}}}}}}
call GetItem {{"TableName":"customers","Key":{{"email":{{"S":"{email}"}}}}}}
call PutItem {{"TableName":"customers","Item":{{"email":{{"S":"bob.miller@example.com"}},"phone":{{"N":"41555512340"}}}}}}
call Query {{"TableName":"customers","KeyConditionExpression":"email = :e","FilterExpression":"phone = :p","ExpressionAttributeValues":{{":e":{{"S":"{email}"}},":p":{{"N":"{phone}.0"}}}}}}
call Scan {{"TableName":"customers"}}
call UpdateItem {{"TableName":"customers","Key":{{"email":{{"S":"{email}"}}}},"UpdateExpression":"SET sex = :s","ExpressionAttributeValues":{{":s":{{"S":"f"}}}},"ReturnValues":"ALL_NEW"}}
"#
    )
}

/// What stands for a value now, by what the program says.
fn stand_in(said: &str, line: &str) -> String {
    let line = said.lines().find(|found| found.starts_with(line)).unwrap();
    line.rsplit_once(", now ").unwrap().1.to_owned()
}

#[test]
fn a_value_is_gone_wherever_it_stood_and_the_tape_replays_for_who_sends_the_stand_in() {
    let place = Place::new();
    let told = place.record("x.tape", &session(EMAIL, "4155551234"));
    let scrub = format!("tape scrub x.tape --value {EMAIL} --value 4155551234");
    let check = place.run(&format!("{scrub} --check")).expect(1);
    assert!(check.stdout.contains("value 1: 1 values in "), "{check:?}");
    let before = place.read("x.tape");
    let said = place.run(&scrub).expect(0);
    said.complains("requests say something else");
    let said = said.stdout;
    assert!(!said.contains(EMAIL) && !said.contains("4155551234"), "{said}");
    let (email, phone) = (stand_in(&said, "value 1:"), stand_in(&said, "value 2:"));
    assert_eq!((email.len(), phone.len()), (EMAIL.len(), 10), "sizes of items stay");
    let tape = place.read("x.tape");
    assert!(!tape.contains("alice") && !tape.contains("4155551234\""), "{tape}");
    assert!(!tape.contains(&STANDARD.encode(format!("to: {EMAIL}"))));
    assert!(tape.contains("bob.miller@example.com") && tape.contains("41555512340"), "{tape}");
    assert_ne!(before, tape);

    let mut replay = place.with_child("replay x.tape --strict", &session(&email, &phone));
    crate::place::Ended::of(&mut replay).expect(0);
    let replayed = place.answers();
    assert!(replayed.iter().all(|told| told.checksum_is_right), "{replayed:?}");
    let encoded = |email: &str| STANDARD.encode(format!("to: {email}"));
    for (told, replayed) in told.iter().zip(&replayed).skip(1) {
        let expected = told.body.replace(EMAIL, &email).replace(&encoded(EMAIL), &encoded(&email));
        assert_eq!(replayed.body, expected.replace("\"4155551234\"", &format!("\"{phone}\"")));
    }

    place.run("tape check x.tape").expect(0);
    place.run("tape fmt x.tape --check").expect(0);
    place.run(&format!("{scrub} --check")).expect(0);
    place.run(&scrub).expect(0);
    assert_eq!(place.read("x.tape"), tape, "twice is once");
}

#[test]
fn a_path_finds_values_that_are_replaced_everywhere_else_too() {
    let place = Place::new();
    place.record("x.tape", &session(EMAIL, "4155551234"));
    let scrub = "tape scrub x.tape --path $..email --path $..sex --path $..Items[*].phone";
    let said = place.run(scrub).expect(0).stdout;
    assert!(said.starts_with("path $..email: 2 values in "), "{said}");
    let tape = place.read("x.tape");
    for gone in ["alice", "bob.miller", "4155551234", "\"S\": \"f\""] {
        assert!(!tape.contains(gone), "{gone}: {tape}");
    }
    assert!(tape.contains("not to bob\""), "a part of a text that no path points at");
    assert!(tape.contains("\"kind\": {\"S\": \"HASH\"}") && tape.contains("\"KeyType\": \"HASH\""));
    assert!(tape.contains("\"AttributeName\": \"email\""), "names are not values: {tape}");
    place.run(&format!("{scrub} --check")).expect(0);
    place.run(scrub).expect(0);
    assert_eq!(place.read("x.tape"), tape, "twice is once");
}

#[test]
fn what_stands_for_a_value_in_one_tape_stands_for_it_in_all() {
    let place = Place::new();
    place.record("one.tape", &session(EMAIL, "4155551234"));
    let get =
        format!("call PutItem {{\"TableName\":\"t\",\"Item\":{{\"a\":{{\"S\":\"{EMAIL}\"}}}}}}\n");
    place.record("two.tape", &get);
    place.write("values", format!("{EMAIL}\n\n4155551234\n"));
    let said = place.run("tape scrub one.tape two.tape --values-from values").expect(0).stdout;
    let email = stand_in(&said, "value 1:");
    assert!(place.read("one.tape").contains(&email) && place.read("two.tape").contains(&email));
    assert!(said.contains("two.tape: 1 places replaced"), "{said}");
}

#[test]
fn a_body_beside_the_tape_is_scrubbed_and_the_old_one_named() {
    let place = Place::new();
    let create = session(EMAIL, "1").lines().next().unwrap().to_owned();
    let long = format!("{} {EMAIL}", "long ".repeat(8_000));
    let put = format!(
        "call PutItem {{\"TableName\":\"customers\",\"Item\":{{\"email\":{{\"S\":\"k\"}},\"text\":{{\"S\":\"{long}\"}}}}}}"
    );
    place
        .record("x.tape", &format!("{create}\n{put}\ncall Scan {{\"TableName\":\"customers\"}}\n"));
    let holds = || -> usize {
        let shelves = std::fs::read_dir(place.path("blobs")).unwrap();
        let files = shelves.flat_map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap());
        let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        texts.filter(|text| text.contains(EMAIL)).count()
    };
    assert_eq!(holds(), 2, "the request and the answer");
    let said = place.run(&format!("tape scrub x.tape --value {EMAIL}")).expect(0);
    assert!(said.stdout.contains("value 1: 1 values in 2 places"), "{said:?}");
    said.complains("is needed by no tape beside it; `dynatape tape gc` removes it");
    place.run("tape check x.tape").expect(0);
    place.run("tape gc x.tape").expect(0);
    assert_eq!(holds(), 0);
    place.run("tape check x.tape").expect(0);
}

#[test]
fn headers_that_nobody_needs_go_with_what_they_hold() {
    let place = Place::new();
    place.write(
        "x.tape",
        "{\"tape\": 1, \"rules\": {\"redact\": 1}, \"note\": \"by session-0001-abcdef\"}\n\n\
         {\"id\": \"ListTables/-/000000/1\", \"request\": {}, \"headers\": {\"set-cookie\": \"session-0001-abcdef\", \"retry-after\": \"1\"}, \"response\": {\"TableNames\": []}}\n",
    );
    let said = place.run("tape scrub x.tape --header Set-Cookie").expect(0).stdout;
    assert!(said.starts_with("header Set-Cookie: 1 values in 2 places"), "{said}");
    let tape = place.read("x.tape");
    assert!(!tape.contains("cookie") && !tape.contains("session-0001"), "{tape}");
    assert!(tape.contains("\"retry-after\": \"1\""), "{tape}");
    place.run("tape scrub x.tape --header Content-Type").expect(1).complains("a client reads");
}

#[test]
fn a_value_that_is_spelled_so_that_it_cannot_be_replaced_leaves_all_tapes_alone() {
    let place = Place::new();
    let put = |value: &str| {
        format!("call PutItem {{\"TableName\":\"t\",\"Item\":{{\"a\":{{\"S\":\"{value}\"}}}}}}\n")
    };
    let secret = "hunter2-hunter2";
    let hex = secret.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    place.record("plain.tape", &put(secret));
    place.record("hex.tape", &(put(secret) + &put(&hex)));
    let before = [place.read("plain.tape"), place.read("hex.tape")];
    let ended = place.run(&format!("tape scrub plain.tape hex.tape --value {secret}")).expect(1);
    ended.complains("nothing was written: hex.tape would still hold a value to scrub, as hex");
    assert_eq!(before, [place.read("plain.tape"), place.read("hex.tape")]);
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let place = Place::new();
    place.record("x.tape", "call ListTables {}\n");
    place.run("tape scrub x.tape").expect(1).complains("nothing to take out");
    place.run("tape scrub x.tape --path email").expect(1).complains("a path starts with `$`");
    let said = place.run("tape scrub x.tape --value nowhere-at-all").expect(0).stdout;
    assert_eq!(said, "value 1: 0 values in 0 places\n");
}
