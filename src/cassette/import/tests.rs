use bytes::Bytes;

use super::{Format, ImportErrorKind, Imported, read};
use crate::cassette::{Cassette, export, read as read_tape, to_text};

const VCRPY: &str = include_str!("../../../tests/fixtures/foreign/vcrpy.yaml");
const OWN: &str = include_str!("../../../tests/fixtures/foreign/vcrpy.tape");

fn one(text: impl Into<Bytes>, expected: Format) -> Imported {
    let (format, mut all) = read("x", &text.into(), None).expect("a recording");
    assert_eq!(format, expected);
    all.remove(0)
}

fn own() -> Cassette {
    read_tape(OWN.as_bytes().to_vec()).expect("a tape").0
}

#[test]
fn a_recording_by_vcrpy_holds_what_ours_of_the_same_run_holds() {
    let imported = one(VCRPY, Format::Vcrpy);
    assert_eq!((imported.skipped, imported.changed, imported.exact), (0, 0, true));
    assert_eq!(imported.cassette.interactions, own().interactions);
    assert_eq!(imported.cassette.header.on, "2026-11-21");
    let text = to_text(&imported.cassette);
    assert!(!text.contains("AKIA") && imported.secrets.iter().any(|one| one.starts_with("AKIA")));
}

#[test]
fn recordings_by_other_tools_hold_what_ours_of_the_same_runs_hold() {
    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/fixtures/foreign/", $name)).as_slice()
        };
    }
    for (theirs, own, format) in [
        (fixture!("polly.har"), fixture!("polly.tape"), Format::Har),
        (fixture!("vcr.yml"), fixture!("vcr.tape"), Format::Vcr),
        (fixture!("go-vcr.yaml"), fixture!("go-vcr.tape"), Format::GoVcr),
    ] {
        let imported = one(theirs, format);
        assert_eq!(
            (imported.skipped, imported.changed, imported.exact),
            (0, 0, true),
            "{format:?}"
        );
        let own = read_tape(own.to_vec()).expect("a tape").0;
        assert_eq!(imported.cassette.interactions, own.interactions, "{format:?}");
        assert_eq!(imported.cassette.header.tables, own.header.tables, "{format:?}");
        let key = imported.secrets.iter().find(|one| one.starts_with("AKIA")).expect("a key");
        assert!(!to_text(&imported.cassette).contains(key), "{format:?}");
    }
}

#[test]
fn a_har_of_a_tape_gives_the_tape_back() {
    let imported = one(export::har(&own()), Format::Har);
    assert_eq!((imported.skipped, imported.changed, imported.exact), (0, 0, true));
    assert_eq!(imported.cassette.interactions, own().interactions);
}

#[test]
fn entries_of_a_har_come_in_the_order_of_their_times_and_not_of_their_texts() {
    let har = String::from_utf8(export::har(&own())).expect("text");
    // The last entry was made first: its zone is ahead of the others'.
    let last = "2026-11-21T00:00:00.004Z";
    assert!(har.contains(last), "{har}");
    let har = har.replace(last, "2026-11-21T01:59:59.999+02:00");
    let imported = one(har, Format::Har).cassette;
    let mut own = own();
    own.interactions.rotate_right(1);
    own.renumber();
    assert_eq!(imported.interactions, own.interactions);
    assert_eq!(imported.header.on, "2026-11-20", "the day in UTC, as a tape has it");
}

#[test]
fn an_answer_that_was_changed_and_a_call_of_another_service_are_counted() {
    let changed = VCRPY.replacen("string: '{}'", "string: '{ }'", 1);
    assert_eq!(one(changed, Format::Vcrpy).changed, 1);
    // `DynamoDB_20120810.Query` in base64, cut out.
    let other = VCRPY.replace("RHluYW1vREJfMjAxMjA4MTAuUXVlcnk=", "UzMuUXVlcnk=");
    let imported = one(other, Format::Vcrpy);
    assert_eq!((imported.skipped, imported.cassette.interactions.len()), (1, 4));
}

// Base64 in VCR and version 2 of go-vcr: inferred, not made by the tools. dvr: as `test_util::dvr`
// serializes its types.
#[test]
fn the_forms_of_the_other_tools_are_read() {
    let target = "DynamoDB_20120810.ListTables";
    let vcr = format!(
        "http_interactions:\n- request:\n    body: {{encoding: UTF-8, string: '{{}}'}}\n    headers: {{X-Amz-Target: [{target}]}}\n  response:\n    status: {{code: 200, message: OK}}\n    headers: {{}}\n    body: {{encoding: ASCII-8BIT, base64_string: eyJBIjoxfQ==}}\n  recorded_at: Sat, 21 Nov 2026 14:27:41 GMT\n"
    );
    let go = format!(
        "version: 2\ninteractions:\n- id: 0\n  request:\n    body: '{{}}'\n    headers: {{X-Amz-Target: [{target}]}}\n  response:\n    body: '{{\"A\":1}}'\n    headers: {{}}\n    status: 200 OK\n    code: 200\n"
    );
    let dvr = format!(
        r#"{{"events":[{{"connection_id":0,"action":{{"Request":{{"request":{{"uri":"/","headers":{{"x-amz-target":["{target}"]}},"method":"POST"}}}}}}}},{{"connection_id":0,"action":{{"Data":{{"data":{{"Utf8":"{{}}"}},"direction":"Request"}}}}}},{{"connection_id":0,"action":{{"Response":{{"response":{{"Ok":{{"status":200,"headers":{{}}}}}}}}}}}},{{"connection_id":0,"action":{{"Data":{{"data":{{"Base64":"eyJBIjoxfQ=="}},"direction":"Response"}}}}}}],"docs":null,"version":"V0"}}"#
    );
    let all = [(vcr, Format::Vcr), (go, Format::GoVcr), (dvr, Format::Dvr)];
    for (text, format) in all {
        let imported = one(text, format);
        let (exact, interactions) = (imported.exact, imported.cassette.interactions);
        let response = interactions[0].to_response().expect("answered");
        assert_eq!(
            (interactions[0].target.name(), &interactions[0].request[..]),
            ("ListTables", &b"{}"[..])
        );
        assert!(!exact, "no checksum proves the bytes");
        assert_eq!((response.status.as_u16(), &response.body[..]), (200, &b"{\"A\":1}"[..]));
    }
}

#[test]
fn what_is_cut_off_or_no_recording_is_an_error_and_never_a_panic() {
    for end in (0..VCRPY.len()).step_by(97) {
        let Some(text) = VCRPY.get(..end) else { continue };
        let _ = read("x", &text.to_owned().into(), None);
    }
    let har = export::har(&own());
    let error = read("x", &Bytes::from(har[..har.len() / 2].to_vec()), None).expect_err("half");
    assert!(error.to_string().starts_with("line 1: "), "{error}");
    let placebo = read("x", &Bytes::from_static(b"{\"status_code\":200,\"data\":{}}"), None);
    assert!(matches!(placebo.expect_err("answer only").cause, ImportErrorKind::NoRequests));
    let lost = "interactions:\n- request: {}\n  response: {code: x, status: 200 OK}\n";
    let error = read("x", &Bytes::from(lost), None).expect_err("no status");
    assert_eq!(error.to_string(), "line 3: entry 1 has no readable `status`");
}

#[test]
fn aliases_of_aliases_do_not_fill_the_memory() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{before}]\n");
    }
    let error = read("x", &bomb.into(), None).expect_err("a bomb");
    assert!(matches!(error.cause, ImportErrorKind::Large), "{error}");
}
