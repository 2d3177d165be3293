//! Shadowing a running program: what it is told, what is found, and the exit code.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use serde_json::Value;

use crate::{
    place::{CALLS, Ended, Place, SESSION, Told},
    support::raw::{Connection, hangs_up},
};

fn shadow(place: &Place, arguments: &str) -> (Ended, Value) {
    let arguments = format!("shadow {arguments} --report report.json");
    let ended = Ended::of(&mut place.with_child(&arguments, SESSION));
    let report = serde_json::from_str(&place.read("report.json")).unwrap();
    (ended, report)
}

fn outcome(report: &Value, name: &str) -> u64 {
    let operations = report["runs"][0]["operations"].as_object().unwrap();
    operations.values().map(|count| count["outcomes"][name].as_u64().unwrap()).sum()
}

/// What does not tell of a time or a made-up id.
fn lasting(mut told: Vec<Told>) -> Vec<Told> {
    told.retain(|told| !told.operation.ends_with("Table"));
    told
}

/// An endpoint that sends on what it is asked, and changes what is answered.
pub(crate) fn between(url: &str, change: fn(&str) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let url = url.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let url = url.clone();
            std::thread::spawn(move || serve(stream, &url, change));
        }
    });
    address
}

fn serve(stream: TcpStream, url: &str, change: fn(&str) -> String) -> Option<()> {
    let mut upstream = Connection::open(url).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let (mut request, mut length) = (String::new(), 0);
        loop {
            let from = request.len();
            if reader.read_line(&mut request).ok()? == 0 {
                return None;
            }
            let line = request[from..].trim_end().to_ascii_lowercase();
            match line.strip_prefix("content-length: ") {
                Some(text) => length = text.parse().ok()?,
                None if line.is_empty() => break,
                None => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let answer = upstream.send(&[request.as_bytes(), &body].concat()).ok()?;
        let body = change(&answer.text());
        let crc = crc32fast::hash(body.as_bytes());
        let head = format!(
            "HTTP/1.1 {} OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\
             x-amzn-RequestId: 1\r\nx-amz-crc32: {crc}\r\n\r\n{body}",
            answer.status,
            body.len()
        );
        writer.write_all(head.as_bytes()).ok()?;
    }
}

/// An endpoint that takes every request and never answers.
fn hangs() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let _kept: Vec<_> = listener.incoming().collect();
    });
    url
}

#[test]
fn the_program_is_told_what_the_primary_says_and_equals_do_not_differ() {
    let place = Place::new();
    let alone = place.start("serve --port 0");
    Ended::of(&mut place.with_child(&format!("record a.tape --upstream {}", alone.url), SESSION))
        .expect(0);
    let told = lasting(place.answers());
    let primary = place.start("serve --port 0");
    let (ended, report) =
        shadow(&place, &format!("--primary {} --candidate emulator", primary.url));
    let ended = ended.expect(0);
    assert_eq!(ended.stderr, "");
    assert_eq!(lasting(place.answers()), told);
    assert_eq!(outcome(&report, "divergent"), 0, "{report}");
    assert_eq!(outcome(&report, "exact") + outcome(&report, "equivalent"), CALLS as u64);
    assert_eq!(report["runs"][0]["tapes"][0]["from"], primary.url);

    // The same at the terminal.
    let ended = Ended::of(&mut place.with_child("shadow --primary emulator", SESSION)).expect(0);
    assert!(ended.stdout.contains("no finding that matters"), "{}", ended.stdout);
}

#[test]
fn a_candidate_that_answers_otherwise_is_found_and_the_program_does_not_notice() {
    let place = Place::new();
    let inner = place.start("serve --port 0");
    let wrong = between(&inner.url, |text| text.replace(r#""v":{"N":"7"}"#, r#""v":{"N":"70"}"#));
    let (ended, report) = shadow(&place, &format!("--primary emulator --candidate {wrong}"));
    let ended = ended.expect(2);
    let told = place.answers();
    assert_eq!(told.len(), CALLS);
    assert!(told.iter().all(|told| told.checksum_is_right && !told.body.contains(r#""N":"70""#)));
    // The answer to the update: its item is another one from then on, for all that is known.
    assert_eq!(outcome(&report, "divergent"), 1, "{report}");
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ended.stderr);
    assert!(lines[0].starts_with("dynatape: values UpdateItem/orders/"), "{lines:?}");
    assert!(lines[1].contains("7  candidate 70"), "{lines:?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:?}");
}

#[test]
fn a_candidate_that_is_gone_or_hangs_changes_nothing_but_the_exit_code() {
    let place = Place::new();
    for candidate in [hangs_up(), hangs()] {
        let arguments = format!("--primary emulator --candidate {candidate} --patience 50");
        let (ended, report) = shadow(&place, &arguments);
        let ended = ended.expect(1);
        ended.complains(&format!("{CALLS} calls were not compared: the candidate did not answer"));
        ended.complains("nothing was compared\n");
        assert_eq!(outcome(&report, "not measured"), CALLS as u64);
        assert!(place.answers().iter().all(|told| told.checksum_is_right));
    }
}

#[test]
fn where_nothing_was_asked_nothing_is_well_and_the_commands_code_comes_first() {
    let place = Place::new();
    let ended = place.run("shadow --primary emulator -- true").expect(1);
    ended.complains("nothing was compared. Does the program use AWS_ENDPOINT_URL_DYNAMODB?");
    let mut failing =
        place.dynatape(["shadow", "--primary", "emulator", "--", "sh", "-c", "exit 7"]);
    Ended::of(&mut failing).expect(7);
}

#[test]
fn a_spy_records_and_compares_in_one_run() {
    let place = Place::new();
    let inner = place.start("serve --port 0");
    let wrong = between(&inner.url, |text| text.replace(r#""v":{"N":"7"}"#, r#""v":{"N":"70"}"#));
    let spy = |more: &str| {
        let command =
            format!("record a.tape --upstream emulator --mode spy{more} --report spy.json");
        Ended::of(&mut place.with_child(&command, SESSION))
    };
    // The emulator, twice: all is equal.
    let ended = spy("").expect(0);
    assert!(ended.stdout.contains("no finding that matters"), "{}", ended.stdout);
    let (tape, answers) = (place.read("a.tape"), place.answers());
    assert_eq!(answers.len(), CALLS);
    place.record("b.tape", SESSION);
    // As any recording.
    place.run("tape diff a.tape b.tape").expect(0);

    // Another that is wrong: the tape is kept, what differs is told.
    let ended = spy(&format!(" --candidate {wrong}")).expect(2);
    ended.complains("a.tape: ");
    ended.complains("0 changed");
    ended.complains("candidate 70");
    assert_eq!(place.read("a.tape"), tape);
    let report: Value = serde_json::from_str(&place.read("spy.json")).unwrap();
    assert_eq!(outcome(&report, "divergent"), 1, "{report}");
    assert_eq!(report["runs"][0]["tapes"][0]["from"], "emulator");

    let ended = place.run("record a.tape --upstream emulator --candidate emulator --port 0");
    ended.expect(1).complains("which is what --mode spy does");
    let nothing = "record a.tape --upstream emulator --mode spy";
    let ended = Ended::of(&mut place.with_child(nothing, "exit 0")).expect(1);
    ended.complains("nothing was recorded");
    assert!(!ended.stderr.contains("nothing was compared"), "said once: {}", ended.stderr);
}
