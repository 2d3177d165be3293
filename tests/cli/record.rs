//! Recording, and replaying what was recorded.

use crate::{
    child,
    place::{CALLS, Ended, Place, SESSION},
};

/// What a redacted table id looks like.
const TABLE_ID: &str = "00000000-0000-4000-8000-000000000001";

fn table_id(body: &str) -> Option<&str> {
    let (_, after) = body.split_once("\"TableId\":\"")?;
    after.split_once('"').map(|(id, _)| id)
}

#[test]
fn a_replay_gives_the_recorded_answers_byte_for_byte() {
    let place = Place::new();
    let mut recorded = place.record("new/orders.tape", SESSION);
    // The one thing that is replaced in this session: the id that the service mints.
    for told in &mut recorded {
        if let Some(id) = table_id(&told.body).map(str::to_owned) {
            assert_ne!(id, TABLE_ID);
            told.body = told.body.replace(&id, TABLE_ID);
        }
    }
    for replay in ["replay new/orders.tape", "replay new/orders.tape --strict"] {
        let ended = Ended::of(&mut place.with_child(replay, SESSION)).expect(0);
        assert_eq!(ended.stderr, "", "nothing to complain about");
        assert_eq!(place.answers(), recorded);
    }
    assert_eq!(recorded.len(), CALLS);
    assert!(recorded.iter().all(|told| told.checksum_is_right));
    let refused = recorded.iter().filter(|told| told.status == 400).count();
    assert_eq!(refused, 3, "{recorded:?}");
}

#[test]
fn recording_again_changes_no_byte_although_dates_and_ids_differ() {
    let place = Place::new();
    let first = place.record("orders.tape", SESSION);
    let tape = place.read("orders.tape");
    let second = place.record("orders.tape", SESSION);
    assert_ne!(table_id(&first[0].body), table_id(&second[0].body), "answered anew");
    assert_eq!(place.read("orders.tape"), tape);
}

#[test]
fn recording_again_changes_only_what_was_answered_otherwise() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let old = place.read("orders.tape");
    let changed = SESSION.replace(r#"{":v":{"N":"7"}}"#, r#"{":v":{"N":"8"}}"#);
    place.record("orders.tape", &changed);
    let new = place.read("orders.tape");
    let gone: Vec<_> = old.lines().filter(|line| !new.contains(line)).map(str::trim).collect();
    assert_eq!(gone.len(), 4, "{gone:#?}");
    // The id and the value of the update, its answer, and what the query found.
    for (line, part) in gone.iter().zip(["UpdateItem", "ExpressionAtt", "Attributes", "Items"]) {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn the_commands_own_exit_code_comes_first() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let miss = "call GetItem {\"TableName\":\"other\",\"Key\":{}}\n";
    for (arguments, script, code) in [
        ("serve", "exit 0", 0),
        ("serve", "exit 7", 7),
        ("record a.tape --upstream emulator", "exit 7", 7),
        ("record a.tape --upstream emulator", &format!("{miss}exit 7"), 7),
        ("record a.tape --upstream emulator", "exit 0", 1),
        ("record a.tape --upstream emulator", miss, 0),
        ("replay orders.tape", "exit 7", 7),
        ("replay orders.tape", &format!("{miss}exit 7"), 7),
        ("replay orders.tape", miss, 2),
        // Its writes are not made any more.
        ("replay orders.tape", "exit 0", 2),
        ("replay orders.tape --allow-unused", "exit 0", 0),
        ("replay orders.tape --strict", "exit 0", 2),
        ("replay orders.tape --strict", "exit 7", 7),
    ] {
        let ended = Ended::of(&mut place.with_child(arguments, script));
        assert_eq!(ended.status.code(), Some(code), "{arguments}, {script}: {}", ended.stderr);
    }
    let killed = place.dynatape(["serve", "--", "sh", "-c", "kill -KILL $$"]).output().unwrap();
    assert_eq!(killed.status.code(), Some(128 + 9), "as shells say it");
    let none = place.run("serve -- no-such-program").expect(1);
    none.complains("cannot start no-such-program");
}

#[test]
fn the_command_is_told_the_endpoint_and_what_it_lacks() {
    let place = Place::new();
    let environment = |given: &[(&str, &str)]| {
        let mut command = place.with_child("serve", "environment");
        Ended::of(command.envs(given.iter().copied())).expect(0);
        place.read("environment")
    };
    let of = |environment: &str, name: &str| {
        let line = environment.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.map(str::to_owned)
    };

    let bare = environment(&[]);
    let url = of(&bare, "AWS_ENDPOINT_URL_DYNAMODB").unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(of(&bare, "AWS_ENDPOINT_URL_DYNAMODB_STREAMS").unwrap(), url);
    for region in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        assert_eq!(of(&bare, region).as_deref(), Some("us-east-1"));
    }
    for credential in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        assert!(of(&bare, credential).is_some_and(|value| !value.is_empty()), "{credential}");
    }
    for name in ["NO_PROXY", "no_proxy"] {
        assert_eq!(of(&bare, name).as_deref(), Some("127.0.0.1,localhost"));
    }

    let own = [
        ("AWS_ACCESS_KEY_ID", "own-key"),
        ("AWS_SECRET_ACCESS_KEY", "own-secret"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://somewhere.else"),
        ("NO_PROXY", "example.com"),
    ];
    let rich = environment(&own);
    for (name, value) in &own[..3] {
        assert_eq!(of(&rich, name).as_deref(), Some(*value));
    }
    assert_eq!(of(&rich, "AWS_DEFAULT_REGION"), None, "the region it has is enough");
    assert!(of(&rich, "AWS_ENDPOINT_URL_DYNAMODB").unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(of(&rich, "NO_PROXY").as_deref(), Some("example.com,127.0.0.1,localhost"));

    let profile = environment(&[("AWS_PROFILE", "work")]);
    assert_eq!(of(&profile, "AWS_ACCESS_KEY_ID"), None, "would win over the profile");
    std::fs::create_dir(place.path(".aws")).unwrap();
    place.write(".aws/credentials", "[default]\naws_access_key_id = AKIDEXAMPLE\n");
    assert_eq!(of(&environment(&[]), "AWS_ACCESS_KEY_ID"), None, "would win over the file");
}

#[test]
fn a_failed_command_leaves_the_old_tape_and_its_recording_beside_it() {
    let place = Place::new();
    let failing = format!("{SESSION}exit 3");
    let record = |script: &str| {
        Ended::of(&mut place.with_child("record orders.tape --upstream emulator", script))
    };
    record(&failing).expect(3).complains("is in orders.tape.rejected");
    assert!(!place.has("orders.tape"));
    place.run("tape check orders.tape.rejected").expect(0);

    place.record("orders.tape", &SESSION.replace("mon", "tue"));
    let old = place.read("orders.tape");
    record(&failing).expect(3).complains("orders.tape is as it was");
    assert_eq!(place.read("orders.tape"), old);
    let rejected = place.read("orders.tape.rejected");
    assert!(rejected.contains("mon") && !rejected.contains("tue"), "{rejected}");
}

#[test]
fn without_a_command_it_records_until_it_is_told_to_stop() {
    for name in ["INT", "TERM"] {
        let place = Place::new();
        let mut recording = place.start("record lists.tape --upstream emulator");
        let answer = crate::support::raw::call(&recording.url, "ListTables", "{}");
        assert_eq!(answer.text(), r#"{"TableNames":[]}"#);
        assert!(!place.has("lists.tape"), "not before the end");
        recording.stop(name).expect(0).complains("lists.tape: 1 interactions");
        assert!(place.read("lists.tape").contains("\"id\": \"ListTables/-/"));
    }
}

#[test]
fn mode_auto_replays_what_there_is_and_records_nothing_where_nobody_develops() {
    let place = Place::new();
    let list = "call ListTables {}";
    let record = "record lists.tape --upstream emulator --mode auto";
    let ci = Ended::of(place.with_child(record, list).env("CI", "true")).expect(1);
    ci.complains("lists.tape does not exist, and CI=true");
    assert!(!place.has("lists.tape") && !place.has("answers"));
    Ended::of(&mut place.with_child(record, list)).expect(0);
    let tape = place.read("lists.tape");
    let other = Ended::of(&mut place.with_child(record, "call ListTables {\"Limit\":1}")).expect(2);
    other.complains("dynatape replay miss: ListTables");
    assert_eq!(place.read("lists.tape"), tape);
}

#[test]
fn what_a_miss_says_to_do_does_it_in_a_shell() {
    let place = Place::new();
    // All but its end, where it deletes the table.
    let (session, _) = SESSION.split_once("call DeleteTable").unwrap();
    place.record("orders.tape", session);
    place.write("the seed.tape", place.read("orders.tape"));
    let record = "record gets.tape --upstream emulator --mode=auto --load";
    let words = || record.split(' ').chain(["the seed.tape", "--seed", "7"]);
    let run = |number| {
        let key = format!(r#"{{"pk":{{"S":"a"}},"sk":{{"N":"{number}"}}}}"#);
        let script = format!(r#"call GetItem {{"TableName":"orders","Key":{key}}}"#);
        Ended::of(&mut place.with_child_of(words(), &script))
    };
    run(1).expect(0);
    let missed = run(2).expect(2);
    let says = |line: &str| line.trim().strip_prefix("fix: record again with: ").map(str::to_owned);
    let line = missed.stderr.lines().find_map(says).expect("what to do about it");
    let begin = "dynatape record --mode rewrite gets.tape --upstream emulator --load 'the seed.tape' \
                 --seed 7 -- ";
    assert!(line.starts_with(begin), "{line}");
    let line = line.replacen("dynatape", env!("CARGO_BIN_EXE_dynatape"), 1);
    let mut shell = place.program("sh", ["-c", &line]);
    Ended::of(shell.env(child::SCRIPT, place.path("script"))).expect(0);
    run(2).expect(0);
    let answers = place.answers();
    let last = answers.last().unwrap();
    assert!(last.body.contains(r#""Item":{"#), "{}", last.body);
}

#[test]
fn mode_frozen_replays_or_fails_and_never_records() {
    let place = Place::new();
    let list = "call ListTables {}";
    let frozen = "record lists.tape --upstream emulator --mode frozen";
    Ended::of(&mut place.with_child(frozen, list)).expect(1).complains("lists.tape");
    assert!(!place.has("lists.tape") && !place.has("answers"));
    Ended::of(&mut place.with_child("record lists.tape --upstream emulator", list)).expect(0);
    let tape = place.read("lists.tape");
    Ended::of(&mut place.with_child(frozen, list)).expect(0);
    let mut by_environment =
        place.with_child("record lists.tape --upstream emulator", "call ListTables {\"Limit\":1}");
    let ended = Ended::of(by_environment.env("DYNATAPE_RECORD", "frozen")).expect(2);
    ended.complains("dynatape replay miss: ListTables");
    assert_eq!(place.read("lists.tape"), tape);
}

#[test]
fn mode_live_asks_the_upstream_and_leaves_the_tape_alone() {
    let place = Place::new();
    let live = "record orders.tape --upstream emulator --mode live";
    Ended::of(&mut place.with_child(live, SESSION)).expect(0);
    assert_eq!(place.answers().len(), CALLS);
    assert!(!place.has("orders.tape"));
    place.record("orders.tape", "call ListTables {}");
    let tape = place.read("orders.tape");
    Ended::of(&mut place.with_child(live, SESSION)).expect(0);
    assert_eq!(place.answers().len(), CALLS, "not from the tape, which has one call");
    assert_eq!(place.read("orders.tape"), tape);
}

#[test]
fn a_damaged_tape_is_not_recorded_over_and_nothing_runs() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let damaged = place.read("orders.tape").replacen("\"ReturnValues\":", "\"ReturnValues\"", 1);
    place.write("orders.tape", &damaged);
    for (tape, text, complaint) in [
        ("orders.tape", &*damaged, "not JSON"),
        ("notes.tape", "not a tape", "notes.tape: line 1, column 1: this is no tape"),
        ("later.tape", "{\"tape\": 99}\n", "use a newer one"),
    ] {
        place.write(tape, text);
        let record = format!("record {tape} --upstream emulator");
        let ended = Ended::of(&mut place.with_child(&record, "touch ran")).expect(1);
        ended.complains(complaint);
        assert!(!place.has("ran"));
        assert_eq!(place.read(tape), text);
    }
}
