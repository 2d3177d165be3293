use super::*;
use crate::{
    conformance::{Played, TapeRun},
    diff::{Outcome, Subject, Tally, compare},
    wire::{Operation, Response},
};

fn run() -> Run {
    let played = |operation: Operation, recorded: &str, answered: &str| {
        let subject =
            Subject { operation: Some(operation), key: &[], exact: true, ..Subject::default() };
        let answer = |body: &str| Response::ok(body.to_owned());
        let comparison = compare(subject, &answer(recorded), &answer(answered));
        Played {
            id: format!("{operation}/orders/0a1b2c/1"),
            operation: operation.name().to_owned(),
            outcome: comparison.outcome(),
            findings: comparison.findings,
            tally: comparison.tally,
            note: None,
            root: None,
        }
    };
    let mut tape =
        TapeRun { name: "orders.tape".into(), from: "aws, eu-west-1".into(), ..TapeRun::default() };
    tape.played = vec![
        played(Operation::GetItem, r#"{"Item":{"n":{"N":"1"}}}"#, r#"{"Item":{"n":{"N":"1"}}}"#),
        played(Operation::GetItem, r#"{"Item":{"n":{"N":"1"}}}"#, r#"{"Item":{"n":{"N":"2"}}}"#),
        played(Operation::Query, r#"{"Count":1,"Items":[]}"#, r#"{"Items":[],"Count":1}"#),
        Played {
            outcome: Outcome::NotMeasured,
            findings: Vec::new(),
            tally: Tally::default(),
            note: Some("the recording holds a broken connection here".into()),
            ..played(Operation::Query, "{}", "{}")
        },
    ];
    Run { target: "emulator".into(), tapes: vec![tape], ..Run::default() }
}

fn written(report: &dyn Report) -> String {
    let mut out = Vec::new();
    report.write(&[run()], &mut out).expect("in memory");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_terminal_report_fits_80_columns_and_reads_like_this() {
    let text = written(&Terminal { colour: false, findings: 10 });
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_json_report_is_json_with_a_version() {
    let json = crate::wire::json::Json::parse(written(&Json)).expect("JSON");
    let root = json.root();
    assert_eq!(root.get("schema").and_then(|version| version.as_number()), Some("1"));
    let run = root.get("runs").and_then(|runs| runs.elements().next()).expect("a run");
    let outcomes =
        run.get("operations").and_then(|all| all.get("GetItem")?.get("outcomes")).expect("counts");
    assert_eq!(
        outcomes.raw(),
        r#"{"exact":1,"equivalent":0,"accepted":0,"divergent":1,"tainted":0,"unsupported":0,"not measured":0}"#
    );
}

#[test]
fn a_run_that_compared_nothing_is_vacuous() {
    assert!(Run::default().is_vacuous());
    assert!(!run().is_vacuous());
}
