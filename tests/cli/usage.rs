//! What the program says to who does not know it yet.

use crate::place::Place;

#[test]
fn bad_usage_is_explained_and_exits_with_1() {
    let place = Place::new();
    for (arguments, complaint) in [
        ("frob", "unrecognized subcommand 'frob'"),
        ("record", "<TAPE>"),
        ("replay", "<TAPE>"),
        ("diff", "<TAPE>"),
        ("tape ls", "<TAPES>"),
        ("diff a.tape --report r.doc", "a report ends in .html, .json, .md, .xml or .txt, or in /"),
        ("report badge r.json --layer colour", "there are: status, type, message,"),
        ("report diff r.json r.json", "cannot read r.json"),
        ("tape import x.jsonl", "--out <FOLDER>"),
        ("serve --port 99999", "invalid value '99999' for '--port"),
        ("serve --conflicts 2", "not a number from 0 to 1"),
        ("serve --timing slow", "possible values: none, real"),
        ("serve --frob", "unexpected argument '--frob'"),
        ("serve --validation us-fake-9", "`us-fake-9` is no validation; there are: newer, older"),
        ("serve --tls-cert a.pem", "--tls-key <FILE>"),
        ("record a.tape --mode frob", "possible values: rewrite, auto"),
        ("record a.tape --upstream nonsense -- true", "--upstream is `aws`, `emulator` or a URL"),
        ("record a.tape --upstream aws -- true", "give --region or set AWS_REGION"),
        (
            "record a.tape --upstream emulator -- true",
            "nothing was recorded and nothing written: no request came",
        ),
        ("shadow", "--primary <TARGET>"),
        ("shadow --primary nonsense", "--primary is `aws`, `emulator` or a URL"),
        ("shadow --primary aws", "--primary aws needs a region"),
        ("shadow --primary emulator --candidate nonsense", "--candidate is `emulator` or a URL"),
        (
            "shadow --primary emulator --candidate https://dynamodb.eu-west-1.amazonaws.com",
            "as a candidate it would be written to by every call",
        ),
        ("shadow --primary emulator --queue 0", "invalid value '0' for '--queue"),
        ("replay absent.tape -- true", "cannot read absent.tape: No such file or directory"),
        ("serve --tls-cert a.pem --tls-key b.pem", "a.pem"),
    ] {
        let ended = place.run(arguments).expect(1);
        ended.complains(complaint);
        assert_eq!(ended.stdout, "", "complaints go to standard error");
    }
    assert!(!place.has("a.tape"));
    let nothing = place.dynatape([""; 0]).output().unwrap();
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("Usage: dynatape <COMMAND>"));
}

const LISTEN: &[&str] = &["--host", "--port", "--tls", "--tls-cert", "--tls-key"];
const EMULATOR: &[&str] = &[
    "--validation",
    "--timing",
    "--create-table-ms",
    "--delete-table-ms",
    "--update-table-ms",
    "--ttl-delete-ms",
    "--throttle",
    "--eventual-lag-ms",
    "--conflicts",
    "--seed",
];

#[test]
fn help_fits_a_terminal_and_names_what_can_be_given() {
    let place = Place::new();
    let record =
        ["--upstream", "--region", "--profile", "--resign", "--mode", "--label", "--validation"];
    for (command, flags, about) in [
        ("", vec!["serve", "record", "replay", "diff", "tape"], "Exit codes: 0 all well;"),
        (
            "serve ",
            [LISTEN, EMULATOR, &["--db", "--durability", "--load"]].concat(),
            "in memory or in a file",
        ),
        ("record ", [LISTEN, &record].concat(), "The tape is written when the command succeeds"),
        ("replay ", [LISTEN, &["--strict"]].concat(), "No connection to anything is ever opened"),
        (
            "diff ",
            vec!["--target", "--only", "--validation", "--format", "--report", "--findings"],
            "Each tape starts on a fresh",
        ),
        (
            "tape ",
            vec!["ls", "show", "check", "fmt", "migrate", "scrub", "import", "export"],
            "Look into tapes",
        ),
        (
            "shadow ",
            [LISTEN, EMULATOR, &["--primary", "--candidate", "--queue", "--format"]].concat(),
            "The program gets the primary's answers and waits for nothing else.",
        ),
        ("tape ls ", vec!["TAPES"], "List"),
        ("tape show ", vec!["TAPE", "IDS"], "Print"),
        ("tape check ", vec!["--fix"], "Check"),
        ("tape fmt ", vec!["--check"], "Print"),
        ("tape import ", vec!["--out", "--from"], "JSON Lines"),
        ("tape export ", vec!["--format", "--out"], "for other tools"),
        ("tape migrate ", vec!["--check"], "current format and redaction rules"),
        (
            "tape scrub ",
            vec!["--value", "--values-from", "--header", "--path", "--check"],
            "each by the same stand-in",
        ),
        ("tape stats ", vec!["--format"], "Count"),
    ] {
        let help = place.run(&format!("{command}--help")).expect(0).stdout;
        let too_long: Vec<_> = help.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(too_long.is_empty(), "{command}: {too_long:#?}");
        let words: Vec<_> = help.split([' ', '\n', '<', '>', '[', ']']).collect();
        for flag in flags {
            assert!(words.contains(&flag), "{flag} is not in {help}");
        }
        assert!(help.replace('\n', " ").contains(about), "{about:?} is not in {help}");
    }
    assert_eq!(
        place.run("--version").expect(0).stdout,
        concat!("dynatape ", env!("CARGO_PKG_VERSION"), "\n")
    );
}
