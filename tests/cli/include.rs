//! Tapes that begin with what is in others.

use std::fs;

use crate::place::{Ended, Place};

const TABLE: &str = r#"call CreateTable {"TableName":"things","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"KeySchema":[{"AttributeName":"k","KeyType":"HASH"}]}
call DescribeTable {"TableName":"things"}
"#;

fn put(key: &str, value: &str) -> String {
    format!(
        "call PutItem {{\"TableName\":\"things\",\"Item\":{{\"k\":{{\"S\":\"{key}\"}},\"v\":{{\"S\":\"{value}\"}}}}}}\n"
    )
}

fn get(key: &str) -> String {
    format!("call GetItem {{\"TableName\":\"things\",\"Key\":{{\"k\":{{\"S\":\"{key}\"}}}}}}\n")
}

/// What a program with this setup does.
fn program() -> String {
    [TABLE, &put("a", "1"), &put("b", "1"), &get("a"), &put("a", "2"), &get("a")].concat()
}

/// A folder with a recorded setup, and a tape that includes it.
fn place() -> Place {
    let place = Place::new();
    fs::create_dir(place.path("shared")).unwrap();
    place.record("shared/setup.tape", &[TABLE, &put("a", "1"), &put("b", "1")].concat());
    let record = "record own.tape --upstream emulator --include shared/setup.tape";
    Ended::of(&mut place.with_child(record, &program())).expect(0);
    place.answers();
    place
}

#[test]
fn what_the_included_tape_holds_is_not_written_again_and_replays() {
    let place = place();
    let own = place.read("own.tape");
    assert!(own.contains("\"include\": [\"shared/setup.tape\"]"), "{own}");
    let ids: Vec<_> = own.lines().filter(|line| line.starts_with("  \"id\": ")).collect();
    let operations: Vec<_> =
        ids.iter().map(|id| id.split(['"', '/']).nth(3).unwrap_or_default()).collect();
    assert_eq!(operations, ["GetItem", "PutItem", "GetItem"], "{own}");
    assert!(!own.contains("\"tables\""), "{own}");

    Ended::of(&mut place.with_child("replay own.tape --strict", &program())).expect(0);
    let answers = place.answers();
    assert_eq!(answers[4].body, "{\"Item\":{\"k\":{\"S\":\"a\"},\"v\":{\"S\":\"1\"}}}");
    assert_eq!(answers[6].body, "{\"Item\":{\"k\":{\"S\":\"a\"},\"v\":{\"S\":\"2\"}}}");

    // Again, with what the tape says of itself: no byte changes.
    let setup = place.read("shared/setup.tape");
    let told = Ended::of(&mut place.with_child("record own.tape --upstream emulator", &program()));
    told.expect(0).complains("own.tape: 3 interactions, 0 changed");
    assert_eq!((place.read("own.tape"), place.read("shared/setup.tape")), (own, setup));
}

#[test]
fn commands_see_the_whole_and_those_that_write_the_tape_its_own() {
    let place = place();
    let own = place.read("own.tape");
    let check = place.run("tape check own.tape").expect(0).stdout;
    assert_eq!(check, "own.tape: 3 interactions and 4 included, all well\n");
    assert!(
        place
            .run("tape stats own.tape")
            .expect(0)
            .stdout
            .contains("own.tape: 7 interactions, 4 writes")
    );
    assert!(place.run("diff own.tape").expect(0).stdout.contains("7 "));
    place.run("tape fmt own.tape").expect(0);
    place.run("tape migrate own.tape").expect(0);
    assert_eq!(place.read("own.tape"), own);
    place.run("tape scrub own.tape --value 2").expect(0);
    let scrubbed = place.read("own.tape");
    assert!(scrubbed.contains("\"include\": [\"shared/setup.tape\"]") && scrubbed != own);
    assert_eq!(scrubbed.matches("\"id\": ").count(), 3, "{scrubbed}");
    place.write("own.tape", &own);

    // What is cut out or put together stands on its own.
    place.run("tape slice own.tape GetItem --out slice.tape").expect(0);
    place.run("tape merge own.tape own.tape --out twice.tape").expect(0);
    fs::rename(place.path("shared"), place.path("elsewhere")).unwrap();
    let table = TABLE.lines().next().unwrap().to_owned() + "\n";
    let script = [&table, &put("a", "1"), &get("a"), &put("a", "2"), &get("a")];
    let script: String = script.into_iter().map(String::as_str).collect();
    Ended::of(&mut place.with_child("replay slice.tape", &script)).expect(0);
    assert_eq!(place.read("twice.tape").matches("\"id\": ").count(), 10, "the setup is in it once");

    let missing = place.run("replay own.tape --port 0").expect(1);
    missing.complains(
        "own.tape: it includes shared/setup.tape: cannot read shared/setup.tape: No such",
    );
}

#[test]
fn two_sides_of_a_tape_merge_and_keep_what_they_include() {
    let place = place();
    let base = place.read("own.tape");
    place.write("base.tape", &base);
    let theirs = program() + &get("b");
    place.record("own.tape", &theirs);
    // As Git names them: in another folder than the tape.
    fs::create_dir(place.path("git")).unwrap();
    place.write("git/theirs", place.read("own.tape"));
    place.write("git/ours", base);
    place.run("tape merge base.tape git/ours git/theirs").expect(0);
    assert_eq!(place.read("git/ours"), place.read("own.tape"));
}

#[test]
fn a_program_that_does_not_make_the_setup_is_told_so() {
    let place = place();
    let other = [TABLE, &put("a", "1"), &get("a")].concat();
    let record = "record other.tape --upstream emulator --include shared/setup.tape";
    let ended = Ended::of(&mut place.with_child(record, &other)).expect(1);
    ended.complains("it is in a tape that this one includes, and was not made as there");
    assert!(!place.has("other.tape") && place.has("other.tape.rejected"));
}

#[test]
fn damage_in_an_included_tape_is_told_with_its_file() {
    let place = place();
    let setup = place.read("shared/setup.tape").replacen("\"request\": {", "\"request\": {{", 1);
    place.write("shared/setup.tape", setup);
    let told = place.run("tape check own.tape").expect(1).stdout;
    assert!(told.contains("own.tape: in shared/setup.tape, line "), "{told}");
    place.run("tape slice own.tape GetItem").expect(1).complains("in shared/setup.tape, line ");
}

#[test]
fn a_tape_becomes_longer_behind_what_it_includes() {
    let place = place();
    let own = place.read("own.tape");
    let more = program() + &get("b");
    let record = "record own.tape --mode new --upstream emulator";
    Ended::of(&mut place.with_child(record, &more)).expect(0);
    let text = place.read("own.tape");
    assert!(text.starts_with(own.trim_end()), "{text}");
    assert_eq!(text.matches("\"id\": ").count(), 4, "{text}");
    Ended::of(&mut place.with_child("replay own.tape --strict", &more)).expect(0);
    // What nobody asks for stays, but for what is in the other tape.
    Ended::of(&mut place.with_child(record, &program())).expect(0);
    assert_eq!(place.read("own.tape"), text);
}

#[test]
fn a_header_by_hand_that_says_what_it_includes_is_enough_to_begin_with() {
    let place = place();
    for mode in ["rewrite", "new"] {
        place.write("own.tape", r#"{"tape":1,"include":["shared/setup.tape"]}"#);
        let record = format!("record own.tape --upstream emulator --mode {mode}");
        let ended = Ended::of(&mut place.with_child(&record, &program())).expect(0);
        ended.complains("own.tape: 3 interactions");
        assert!(place.read("own.tape").contains("\"from\": {\"kind\": \"dynatape\""), "{mode}");
        Ended::of(&mut place.with_child("replay own.tape --strict", &program())).expect(0);
    }
}
