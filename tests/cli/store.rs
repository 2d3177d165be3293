//! Tapes that are kept in an object store and pinned by a lock file.

use std::{fs, path::PathBuf};

use crate::place::{Ended, Place, SESSION};

const LOCK: &str = "dynatape.lock";
const REPLAY: &str = "replay orders.tape --strict";

/// All files below a folder, sorted.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn objects(place: &Place) -> Vec<PathBuf> {
    files(place.path("store"))
}

fn copies(place: &Place) -> Vec<PathBuf> {
    files(place.path(".cache/dynatape"))
}

/// A tape that was recorded and pushed.
fn pushed() -> Place {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let store = format!("file://{}", place.path("store").display());
    let ended = Ended::of(&mut place.dynatape(["tape", "push", "orders.tape", "--store", &store]));
    ended.expect(0).complains("keep orders.tape out of Git: it belongs into .gitignore");
    place
}

#[test]
fn a_pushed_tape_replays_without_its_file_and_once_fetched_without_its_store() {
    let place = pushed();
    let text = place.read("orders.tape");
    assert_eq!(objects(&place).len(), 1);
    assert_eq!(fs::read_to_string(&objects(&place)[0]).unwrap(), text);
    let lock = place.read(LOCK);
    let hash = objects(&place)[0].file_name().unwrap().to_str().unwrap().to_owned();
    let (size, url) = (text.len(), format!("file://{}", objects(&place)[0].display()));
    let line =
        format!(r#"{{"path": "orders.tape", "sha256": "{hash}", "size": {size}, "url": "{url}"}}"#);
    assert_eq!(lock, format!("{{\"lock\": 1}}\n{line}\n"));
    Ended::of(&mut place.with_child(REPLAY, SESSION)).expect(0);

    // Somebody else's machine, with what Git has.
    fs::remove_file(place.path("orders.tape")).unwrap();
    fs::remove_dir_all(place.path(".cache")).unwrap();
    let refused = Ended::of(&mut place.with_child(REPLAY, "touch ran")).expect(1);
    refused.complains("it is kept elsewhere, and sha256:");
    refused.complains("is not on this machine. Fetch it: dynatape tape pull orders.tape");
    assert!(!place.has("ran"));
    assert_eq!(place.run("tape status").expect(1).stdout, "orders.tape: not fetched\n");
    let told = place.run("tape pull").expect(0).stdout;
    assert_eq!(told, format!("orders.tape: {size} bytes\n"));
    assert_eq!(
        place.run("tape pull orders.tape").expect(0).stdout,
        "orders.tape: is here already\n"
    );
    fs::remove_dir_all(place.path("store")).unwrap();
    Ended::of(&mut place.with_child(REPLAY, SESSION)).expect(0);
    place.run("tape check orders.tape").expect(0);
    assert_eq!(place.run("tape show orders.tape").expect(0).stdout, text);
    assert_eq!(place.run("tape verify").expect(0).stdout, "orders.tape: fetched\n");
    let told = place.run("tape verify --remote").expect(1).stdout;
    assert!(told.contains("orders.tape: fetched; cannot fetch file://"), "{told}");
    assert!(!place.has("orders.tape"), "nothing is put into the work tree");
}

#[test]
fn an_object_or_a_copy_that_is_another_is_refused() {
    let place = pushed();
    fs::remove_file(place.path("orders.tape")).unwrap();
    let text = fs::read_to_string(&objects(&place)[0]).unwrap();
    fs::write(&objects(&place)[0], text.replace("1.50E2", "1.50E3")).unwrap();
    fs::write(&copies(&place)[0], text.replace("1.50E2", "1.50E4")).unwrap();
    let refused = Ended::of(&mut place.with_child(REPLAY, "touch ran")).expect(1);
    refused.complains("was changed, and is not sha256:");
    refused.complains("Fetch it: dynatape tape pull orders.tape");
    let told = place.run("tape status --remote").expect(1).stdout;
    assert!(told.contains("was changed") && told.contains("holds something else"), "{told}");
    let refused = place.run("tape pull").expect(1);
    refused.complains("holds something else than dynatape.lock says");
    refused.complains("Restore the object, or record the tape again and push it");
    Ended::of(&mut place.with_child(REPLAY, "touch ran")).expect(1);

    fs::write(&objects(&place)[0], text).unwrap();
    place.run("tape pull").expect(0);
    Ended::of(&mut place.with_child(REPLAY, SESSION)).expect(0);
    assert!(!place.has("ran"));
}

#[test]
fn recording_again_pushes_a_new_object_and_changes_one_line() {
    let place = pushed();
    place.record("another.tape", SESSION);
    place.run("tape push another.tape").expect(0);
    let before = place.read(LOCK);
    assert_eq!(before.lines().count(), 3, "where the first one is: {before}");
    fs::remove_file(place.path("orders.tape")).unwrap();
    place.record("orders.tape", SESSION);
    assert_eq!(place.read(LOCK), before, "the old one was at hand, and nothing changed");

    let more = SESSION.to_owned() + "call ListTables {}\n";
    // It may be as large as it is.
    let record = "record orders.tape --upstream emulator --max-bytes 2000";
    Ended::of(&mut place.with_child(record, &more)).expect(0);
    let after = place.read(LOCK);
    let changed: Vec<_> =
        before.lines().zip(after.lines()).filter(|(one, other)| one != other).collect();
    assert_eq!((changed.len(), objects(&place).len()), (1, 3), "{after}");
    assert!(changed[0].1.starts_with("{\"path\": \"orders.tape\""));
    fs::remove_file(place.path("orders.tape")).unwrap();
    Ended::of(&mut place.with_child(REPLAY, &more)).expect(0);
}

#[test]
fn nothing_is_pushed_where_ci_says_so_and_what_was_not_pushed_is_not_replayed() {
    let place = pushed();
    let lock = place.read(LOCK);
    let more = SESSION.to_owned() + "call ListTables {}\n";
    let record = "record orders.tape --upstream emulator";
    let told = Ended::of(place.with_child(record, &more).env("CI", "true")).expect(0);
    told.complains("orders.tape is not pushed: CI=true");
    let push = Ended::of(place.dynatape(["tape", "push", "orders.tape"]).env("CI", "true"));
    push.expect(1).complains("CI=true: nothing is pushed from there");
    assert_eq!((place.read(LOCK), objects(&place).len()), (lock, 1));

    let refused = Ended::of(&mut place.with_child(REPLAY, "touch ran")).expect(1);
    refused.complains("what is here is not what ");
    refused.complains("dynatape tape push orders.tape; if not, remove it");
    place.run("diff orders.tape").expect(1).complains("what is here is not what ");
    assert_eq!(
        place.run("tape status").expect(1).stdout,
        "orders.tape: changed here and not pushed\n"
    );
    place.run("tape push").expect(0);
    Ended::of(&mut place.with_child(REPLAY, &more)).expect(0);
    assert_eq!(place.run("tape push").expect(0).stdout, "", "nothing is left to push");
}

#[test]
fn what_stands_beside_a_tape_and_what_it_includes_is_kept_as_well() {
    let place = Place::new();
    let table = SESSION.lines().next().unwrap().to_owned() + "\n";
    place.record("setup.tape", &table);
    let text = "x".repeat(40_000);
    let script = format!(
        "{table}call PutItem {{\"TableName\":\"orders\",\"Item\":{{\"pk\":{{\"S\":\"a\"}},\"sk\":{{\"N\":\"1\"}},\"t\":{{\"S\":\"{text}\"}}}}}}\n"
    );
    let record = "record big.tape --upstream emulator --include setup.tape";
    Ended::of(&mut place.with_child(record, &script)).expect(0);
    assert!(place.has("blobs"));
    let store = format!("file://{}", place.path("store").display());
    let push = ["tape", "push", "big.tape", "setup.tape", "--store", &store];
    Ended::of(&mut place.dynatape(push)).expect(0);
    let told = place.run("tape status").expect(0).stdout;
    assert_eq!(told, "big.tape: as locked\nsetup.tape: as locked\n");
    for gone in ["big.tape", "setup.tape"] {
        fs::remove_file(place.path(gone)).unwrap();
    }
    fs::remove_dir_all(place.path("blobs")).unwrap();
    Ended::of(&mut place.with_child("replay big.tape --strict", &script)).expect(0);
}

#[test]
fn a_tape_that_holds_a_live_credential_is_not_pushed() {
    let place = pushed();
    let secret = "aVerySecretAccessKeyOfFortyCharacters123";
    place.write("orders.tape", place.read("orders.tape").replace("caf", secret));
    let mut push = place.dynatape(["tape", "push", "orders.tape"]);
    push.env("AWS_SECRET_ACCESS_KEY", secret);
    Ended::of(&mut push).expect(1).complains("orders.tape holds the credential in use, as ");
    assert_eq!(objects(&place).len(), 1);
}

#[test]
fn what_cannot_be_a_store_or_a_lock_is_told() {
    let place = Place::new();
    place.run("tape pull").expect(1).complains("there is no dynatape.lock here");
    place.record("orders.tape", SESSION);
    place.run("tape pull orders.tape").expect(1).complains("is not in a dynatape.lock: push it");
    place.run("tape push orders.tape").expect(1).complains("where to? Give --store");
    for store in ["file://store", "s3://", "ftp://store", "s3://b?key=1"] {
        let ended =
            Ended::of(&mut place.dynatape(["tape", "push", "orders.tape", "--store", store]));
        ended.expect(1).complains(store.split_once('?').map_or("a store is", |_| "key=1"));
    }
    assert!(!place.has(LOCK));
    place.write(LOCK, "{\"lock\": 1}\n<<<<<<< ours\n");
    let refused = Ended::of(&mut place.with_child(REPLAY, "touch ran")).expect(1);
    refused.complains("line 2: not {\"path\": ...");
}

#[test]
fn a_tape_that_is_not_in_the_work_tree_is_explained_and_not_put_in_order() {
    let place = pushed();
    place.run("diff orders.tape --report r.json").expect(0);
    fs::remove_file(place.path("orders.tape")).unwrap();
    let explain = "explain GetItem/ --report r.json";
    for command in ["fmt", "fmt --check", "migrate", "migrate --check"] {
        let (command, flag) = command.split_once(' ').unwrap_or((command, ""));
        let refused = place.run(format!("tape {command} orders.tape {flag}").trim_end()).expect(1);
        refused.complains("orders.tape is kept elsewhere and not in the work tree");
    }
    assert!(!place.has("orders.tape"));
    let text = fs::read_to_string(&objects(&place)[0]).unwrap();
    let id = text.split("\"id\": \"").find(|text| text.starts_with("GetItem/")).unwrap();
    let explain = explain.replace("GetItem/", id.split('"').next().unwrap());
    assert!(place.run(&explain).expect(0).stdout.contains("PutItem/orders/"), "from the copy");
    fs::remove_dir_all(place.path(".cache")).unwrap();
    place.run(&explain).expect(1).complains("Fetch it: dynatape tape pull orders.tape");
}
