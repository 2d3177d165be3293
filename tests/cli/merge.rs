//! Tapes in Git: branches that append.

use std::process::Command;

use crate::place::{Ended, Place, SESSION};

fn git(place: &Place, arguments: &[&str]) -> Ended {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_dynatape")).parent().unwrap();
    #[allow(clippy::disallowed_methods)] // the driver is found there
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
    command.current_dir(place.path("")).env("PATH", format!("{}:{path}", program.display()));
    Ended::of(&mut command)
}

fn appended(table: &str) -> String {
    format!(
        "\n{{\n  \"id\": \"DescribeTable/{table}/000000/1\",\n  \"request\": {{\"TableName\": \"{table}\"}},\n  \"response\": {{}}\n}}\n"
    )
}

/// A repository with two branches that each append to one tape.
fn branches(place: &Place, with_driver: bool) {
    place.record("x.tape", SESSION);
    git(place, &["init", "-q", "-b", "main"]).expect(0);
    if with_driver {
        place.run("git install").expect(0);
    }
    git(place, &["add", "."]).expect(0);
    git(place, &["commit", "-qm", "base"]).expect(0);
    let base = place.read("x.tape");
    for branch in ["theirs", "ours"] {
        git(place, &["checkout", "-q", "-b", branch, "main"]).expect(0);
        place.write("x.tape", format!("{base}{}", appended(branch)));
        place.run("tape check --fix x.tape").expect(0);
        git(place, &["commit", "-qam", branch]).expect(0);
    }
}

#[test]
fn git_merges_branches_that_append_once_it_is_told_how() {
    let place = Place::new();
    branches(&place, true);
    git(&place, &["merge", "-q", "theirs"]).expect(0);
    let merged = place.read("x.tape");
    let at = |table: &str| merged.find(&format!("DescribeTable/{table}/")).unwrap();
    assert!(at("ours") < at("theirs"), "{merged}");
    place.run("tape check x.tape").expect(0);
    place.run("tape fmt --check x.tape").expect(0);
}

#[test]
fn git_alone_leaves_markers_where_both_append_at_the_end_and_check_finds_them() {
    let place = Place::new();
    branches(&place, false);
    git(&place, &["merge", "-q", "theirs"]).expect(1);
    place.run("tape check x.tape").expect(1);
}

#[test]
fn a_conflict_is_in_the_tape_and_check_fails_on_it() {
    let place = Place::new();
    let tape = place.record("base.tape", SESSION);
    assert!(!tape.is_empty());
    let base = place.read("base.tape");
    assert!(base.contains("\"TableStatus\": \"ACTIVE\""), "{base}");
    for side in ["ours", "theirs"] {
        place.write(&format!("{side}.tape"), base.replacen("ACTIVE", side, 1));
    }
    place.run("tape merge base.tape ours.tape theirs.tape").expect(1).complains("\"conflict\"");
    assert!(place.run("tape check ours.tape").expect(1).stdout.contains("merge conflict"));
    place.run("tape check --fix ours.tape").expect(1);
}

#[test]
fn installing_twice_is_installing_once_and_can_be_taken_back() {
    let place = Place::new();
    place.run("git install").expect(1).complains("not a git repository");
    git(&place, &["init", "-q"]).expect(0);
    place.write(".gitattributes", "*.png binary\n");
    place.run("git install --print").expect(0);
    assert_eq!(place.read(".gitattributes"), "*.png binary\n");
    place.run("git install").expect(0);
    let once = (place.read(".gitattributes"), place.read(".git/config"));
    place.run("git install").expect(0);
    assert_eq!((place.read(".gitattributes"), place.read(".git/config")), once);
    assert!(once.1.contains("dynatape tape merge"), "{}", once.1);
    for _ in 0..2 {
        place.run("git uninstall").expect(0);
        assert_eq!(place.read(".gitattributes"), "*.png binary\n");
        assert!(!place.read(".git/config").contains("dynatape"));
    }
}
