use std::path::Path;

use super::{settle::Wrong, *};
use crate::{
    conformance::{Material, Played, Run, TapeRun},
    diff::Outcome,
};

const TODAY: &str = "2026-11-21";

fn ledger(text: &str) -> Ledger {
    Ledger::parse(Path::new("x.toml"), text, true)
        .unwrap_or_else(|(line, fault)| panic!("line {line:?}: {fault}"))
}

fn finding(layer: Layer, path: &str) -> Finding {
    let (expected, actual) = ("a".to_owned(), "b".to_owned());
    Finding { layer, path: path.to_owned(), expected, actual, matters: true, follows: false }
}

/// A run of one file `t`, of these interactions.
fn run(all: &[(&str, Outcome)]) -> Run {
    let played = all.iter().map(|(id, outcome)| {
        let differs = *outcome == Outcome::Divergent;
        Played {
            outcome: *outcome,
            note: (*outcome == Outcome::NotMeasured).then(|| "no clock".to_owned()),
            findings: differs.then(|| finding(Layer::Message, "$.message")).into_iter().collect(),
            ..Played::unmeasured((*id).to_owned(), "GetItem".to_owned(), String::new())
        }
    });
    let tape = TapeRun { key: "t".into(), played: played.collect(), ..TapeRun::default() };
    Run { material: Material::Cases, tapes: vec![tape], ..Run::default() }
}

fn known(ids: &[&str]) -> Known {
    let mut known = Known::default();
    known.add("t", ids.iter().copied());
    known
}

/// What a ledger of one entry says of a run in which `a` and `b` differ and `c` does not.
fn said(entry: &str) -> (Vec<Outcome>, Vec<Wrong>) {
    let text = format!("[[accept]]\nreason = \"known\"\nwhy = \"target\"\n{entry}\n");
    let mut runs =
        [run(&[("a", Outcome::Divergent), ("b", Outcome::Divergent), ("c", Outcome::Exact)])];
    let settled = ledger(&text).settle(&mut runs, &known(&["a", "b", "c"]), TODAY);
    let outcomes = runs[0].all().map(|(_, played)| played.outcome).collect();
    (outcomes, settled.complaints.into_iter().map(|complaint| complaint.what).collect())
}

#[test]
fn what_is_listed_and_differs_is_accepted_and_nothing_else() {
    use Outcome::{Accepted, Divergent, Exact};
    let cases: [(&str, [Outcome; 3]); 5] = [
        (r#"ids = ["t/a"]"#, [Accepted, Divergent, Exact]),
        (r#"ids = ["t/*"]"#, [Accepted, Accepted, Exact]),
        (
            r#"ids = ["t/a"]
layers = ["message"]"#,
            [Accepted, Divergent, Exact],
        ),
        (
            r#"ids = ["t/a"]
paths = ["$.mess*"]"#,
            [Accepted, Divergent, Exact],
        ),
        (
            r#"ids = ["t/a"]
until = "2026-11-21""#,
            [Accepted, Divergent, Exact],
        ),
    ];
    for (entry, outcomes) in cases {
        assert_eq!(said(entry), (outcomes.to_vec(), vec![]), "{entry}");
    }
}

#[test]
fn an_entry_that_excuses_nothing_is_told() {
    let id = |id: &str| id.to_owned();
    for (entry, wrong) in [
        (r#"ids = ["t/a", "t/b", "t/c"]"#, Wrong::Passes(id("t/c"))),
        (r#"ids = ["t/c*"]"#, Wrong::Passes(id("t/c*"))),
        (r#"ids = ["t/a", "t/d"]"#, Wrong::Gone(id("t/d"))),
        (
            r#"ids = ["t/a"]
layers = ["status"]"#,
            Wrong::DiffersElsewhere(id("t/a")),
        ),
        (
            r#"ids = ["t/a"]
paths = ["$.Item"]"#,
            Wrong::DiffersElsewhere(id("t/a")),
        ),
        (
            r#"ids = ["t/a"]
until = "2026-11-20""#,
            Wrong::Expired(id("2026-11-20")),
        ),
    ] {
        let (_, complaints) = said(entry);
        assert_eq!(complaints, [wrong], "{entry}");
    }
    // Of a file that was not played, nothing is known.
    assert_eq!(said(r#"ids = ["other/a"]"#).1, []);
}

#[test]
fn what_expired_or_differs_elsewhere_is_not_accepted() {
    for more in ["until = \"2026-11-20\"", "layers = [\"status\"]"] {
        let (outcomes, _) = said(&format!("ids = [\"t/a\"]\n{more}"));
        assert_eq!(outcomes[0], Outcome::Divergent, "{more}");
    }
}

#[test]
fn one_of_several_differences_left_unexplained_is_a_divergence() {
    let mut runs = [run(&[("a", Outcome::Divergent)])];
    runs[0].tapes[0].played[0].findings.push(finding(Layer::Status, "status"));
    let text =
        "[[accept]]\nreason = \"r\"\nwhy = \"ours\"\nlayers = [\"message\"]\nids = [\"t/a\"]\n";
    let settled = ledger(text).settle(&mut runs, &known(&["a"]), TODAY);
    assert_eq!(settled.complaints, []);
    assert_eq!(runs[0].tapes[0].played[0].outcome, Outcome::Divergent);
}

#[test]
fn what_was_not_measured_is_counted_unless_it_is_listed() {
    let mut runs = [run(&[("a", Outcome::NotMeasured), ("b", Outcome::NotMeasured)])];
    let text = "[[accept]]\nreason = \"r\"\nwhy = \"unmeasurable\"\nids = [\"t/a\"]\n";
    let settled = ledger(text).settle(&mut runs, &known(&["a", "b"]), TODAY);
    assert_eq!((settled.complaints, settled.unmeasured), (vec![], 1));
    assert_eq!(runs[0].tapes[0].played[0].outcome, Outcome::NotMeasured);
}

#[test]
fn a_malformed_ledger_is_refused_with_its_line_and_what_to_do() {
    let entry = "[[accept]]\nreason = \"r\"\nwhy = \"target\"\nids = [\"t/a\"]\n";
    for (text, line, complaint) in [
        (
            "[[accept]]\nreason = \"r\"\nwhy = \"aws\"\nids = [\"t/a\"]\n",
            1,
            "there is no why `aws`",
        ),
        ("\n[[accept]]\nreason = \" \"\nwhy = \"ours\"\nids = [\"t/a\"]\n", 2, "say why"),
        ("[[accept]]\nreason = \"r\"\nwhy = \"ours\"\nids = []\n", 1, "take it out"),
        ("[[accept]]\nreason = \"r\"\nwhy = \"ours\"\nid = [\"t/a\"]\n", 4, "unknown field `id`"),
        (&format!("{entry}until = \"2026-02-30\"\n"), 1, "write until = "),
        (&format!("{entry}layers = [\"sense\"]\n"), 1, "there is no layer `sense`"),
        (&format!("{entry}{entry}"), 5, "listed twice"),
        (
            "[[accept]]\nreason = \"not examined\"\nwhy = \"ours\"\nids = [\"t/a\"]\n",
            1,
            "examine it",
        ),
        ("[[accept]\n", 1, "docs/formats.md"),
    ] {
        let Err((at, fault)) = Ledger::parse(Path::new("x"), text, true) else {
            panic!("read: {text}")
        };
        assert_eq!(at, Some(line), "{text}: {fault}");
        assert!(fault.to_string().contains(complaint), "{text}: {fault}");
    }
    let unexamined = entry.replace("\"r\"", "\"not examined\"");
    assert!(Ledger::parse(Path::new("x"), &unexamined, true).is_ok());
    assert!(Ledger::parse(Path::new("x"), &unexamined, false).is_err(), "not of the emulator");
}

#[test]
fn an_update_keeps_reasons_takes_out_what_passes_and_lists_what_is_new() {
    let mut ledger = ledger(
        "# About.\n#\n# More.\n\n[[accept]]\nreason = \"a \\\"tab\\\"\\t\\u007f\"\nwhy = \"ours\"\nissue = \"#5\"\n\
         until = \"2027-01-31\"\nlayers = [\"message\", \"type\"]\npaths = [\"$.a*\", \"$.message\"]\nids = [\"t/a\", \"t/c\"]\n",
    );
    let runs = [run(&[
        ("a", Outcome::Divergent),
        ("b", Outcome::Divergent),
        ("c", Outcome::Exact),
        ("d", Outcome::NotMeasured),
        ("e", Outcome::Tainted),
    ])];
    ledger.update(&runs, &known(&["a", "b", "c", "d", "e"]));
    let written = ledger.to_text();
    let again = super::tests::ledger(&written);
    assert_eq!(again.about, "About.\n\nMore.");
    let entries: Vec<_> =
        again.entries.iter().map(|one| (&*one.reason, one.why, one.ids.join(" "))).collect();
    assert_eq!(
        entries,
        [
            ("a \"tab\"\t\u{7f}", Why::Ours, "t/a".to_owned()),
            (NOT_EXAMINED, Why::Target, "t/b".to_owned()),
            ("no clock", Why::Unmeasurable, "t/d".to_owned()),
        ]
    );
    assert_eq!(again.to_text(), written);
    let mut settled = runs;
    assert_eq!(
        again.settle(&mut settled, &known(&["a", "b", "c", "d", "e"]), TODAY).complaints,
        []
    );
}

#[test]
fn an_update_lists_anew_what_differs_otherwise_than_its_entry_says() {
    for entry in ["why = \"target\"\nlayers = [\"status\"]", "why = \"unmeasurable\""] {
        let text = format!("[[accept]]\nreason = \"r\"\n{entry}\nids = [\"t/a\", \"t/b\"]\n");
        let mut ledger = ledger(&text);
        let runs = [run(&[("a", Outcome::Divergent), ("b", Outcome::NotMeasured)])];
        ledger.update(&runs, &known(&["a", "b"]));
        let entries: Vec<_> =
            ledger.entries.iter().map(|one| (&*one.reason, one.ids.join(" "))).collect();
        assert_eq!(entries, [("r", "t/b".to_owned()), (NOT_EXAMINED, "t/a".to_owned())], "{entry}");
    }
}
