//! Nothing that opens an account gets into a file.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use crate::{
    child::signature,
    place::{Ended, Place, SESSION},
};

const KEY: &str = "AKIAQ7R2ZN5WEXAMPLE0";
const SECRET: &str = "hT9/x+Lq3mVb7YdKfEw2sRj8ZcUoNaGp5uXi4e0A";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEPT//////////wEaCXVzLWVhc3QtMSJHMEUCIQDk+made/up==";

const CREDENTIALS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_SESSION_TOKEN", TOKEN)];

/// Ways to write a secret into a text, with their names: found in the text if that holds it.
fn spellings(secret: &str) -> Vec<(&'static str, String)> {
    let mut all = escapes(secret);
    for before in ["", "x", "xy"] {
        // Without the characters in which its neighbours have a part.
        let padded = format!("{before}{secret}");
        let whole = &padded[..padded.len() / 3 * 3];
        let skipped = if before.is_empty() { 0 } else { 4 };
        all.push(("base64", STANDARD_NO_PAD.encode(whole)[skipped..].to_owned()));
        all.push(("base64", URL_SAFE_NO_PAD.encode(whole)[skipped..].to_owned()));
    }
    all
}

fn escapes(secret: &str) -> Vec<(&'static str, String)> {
    let each = |spell: fn(u8) -> String| secret.bytes().map(spell).collect::<String>();
    let url = |byte| match byte {
        b'/' | b'+' | b'=' => format!("%{byte:02X}"),
        _ => char::from(byte).to_string(),
    };
    vec![
        ("plain text", secret.to_owned()),
        ("hexadecimal", each(|byte| format!("{byte:02x}"))),
        ("hexadecimal", each(|byte| format!("{byte:02X}"))),
        ("JSON escapes", each(|byte| format!("\\u{byte:04x}"))),
        ("JSON escapes", secret.replace('/', "\\/")),
        ("URL escapes", each(url)),
    ]
}

#[test]
fn no_credential_of_the_command_is_in_the_tape_in_any_spelling() {
    let place = Place::new();
    let signatures = SESSION.lines().map(|line| signature(line.splitn(3, ' ').nth(2).unwrap()));
    let mut hidden: Vec<String> = [KEY, SECRET, TOKEN].map(String::from).to_vec();
    hidden.extend(signatures);
    // Kept or rejected.
    for (end, file) in [("", "orders.tape"), ("exit 1", "orders.tape.rejected")] {
        let script = format!("{SESSION}{end}");
        let mut command = place.with_child("record orders.tape --upstream emulator", &script);
        let ended = Ended::of(command.envs(CREDENTIALS));
        let texts = [place.read(file), ended.stdout, ended.stderr];
        assert!(texts[0].contains("DeleteTable"), "{}", texts[0]);
        for (secret, text) in
            hidden.iter().flat_map(|one| texts.iter().map(move |text| (one, text)))
        {
            for (spelling, spelled) in spellings(secret) {
                assert!(!text.contains(&spelled), "{secret} as {spelling} in {text}");
            }
        }
        assert!(!texts[0].contains("AWS4-HMAC"), "{}", texts[0]);
    }
}

#[test]
fn a_program_that_writes_its_secret_into_an_item_is_refused() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let old = place.read("orders.tape");
    let put = |spelled: &str| {
        format!(
            "call PutItem {{\"TableName\":\"orders\",\"Item\":{{\"pk\":{{\"S\":\"s\"}},\"sk\":{{\"N\":\"0\"}},\"v\":{spelled}}}}}\ncall DeleteTable"
        )
    };
    let secrets = || [KEY, SECRET, TOKEN].into_iter();
    let text = |(spelling, spelled): (&'static str, String)| {
        (spelling, format!("{{\"S\":\"before {spelled} after\"}}"))
    };
    let mut values: Vec<_> = secrets().flat_map(escapes).map(text).collect();
    for (secret, before) in secrets().flat_map(|one| ["", "x", "xy"].map(|before| (one, before))) {
        let longer = format!("{before}{secret}{before}");
        values.push(("base64", format!("{{\"B\":\"{}\"}}", STANDARD.encode(&longer))));
        values.push(("base64", format!("{{\"S\":\"{}\"}}", URL_SAFE_NO_PAD.encode(&longer))));
    }
    values.push(("gzip in base64", format!("{{\"B\":\"{}\"}}", STANDARD.encode(gzip(SECRET)))));
    // One in a file: what is written twice is found the first time.
    for (spelling, value) in values {
        let script = SESSION.replace("call DeleteTable", &put(&value));
        let mut command = place.with_child("record orders.tape --upstream emulator", &script);
        let ended = Ended::of(command.envs(CREDENTIALS));
        assert_eq!(ended.status.code(), Some(1), "{spelling}, {value}: {}", ended.stderr);
        ended.complains("orders.tape was not written: interaction 12 (PutItem)");
        ended.complains(" would hold the credential");
        assert!(!ended.stderr.contains(SECRET), "{}", ended.stderr);
        assert_eq!(place.read("orders.tape"), old, "{spelling}: {value}");
    }
}

#[test]
fn a_secret_in_the_recording_of_a_failed_command_is_not_kept_either() {
    let place = Place::new();
    let script = format!("call GetItem {{\"TableName\":\"{SECRET}\"}}\nexit 5");
    let mut command = place.with_child("record orders.tape --upstream emulator", &script);
    let ended = Ended::of(command.envs(CREDENTIALS)).expect(5);
    ended.complains("orders.tape.rejected was not written: interaction 1 (GetItem) would hold");
    assert!(!place.has("orders.tape") && !place.has("orders.tape.rejected"));
}

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
