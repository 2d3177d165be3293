use super::*;
use crate::{
    conformance::{Exchange, Played, TapeRun, finding_id},
    diff::{Outcome, Subject, Tally, compare},
    wire::{Operation, Request, Response},
};

pub(super) fn run() -> Run {
    let mut number = 0;
    let mut played = |operation: Operation, recorded: &str, answered: &str| {
        let subject =
            Subject { operation: Some(operation), key: &[], exact: true, ..Subject::default() };
        let answer = |body: &str| Response::ok(body.to_owned());
        let comparison = compare(subject, &answer(recorded), &answer(answered));
        number += 1;
        Played {
            id: format!("{operation}/orders/0a1b2c/{number}"),
            operation: operation.name().to_owned(),
            outcome: comparison.outcome(),
            findings: comparison.findings,
            tally: comparison.tally,
            note: None,
            exchanges: vec![Exchange::of(
                "",
                &Request::of(operation, r#"{"TableName":"orders"}"#),
                Some(&answer(recorded)),
                Some(&answer(answered)),
            )],
            root: None,
        }
    };
    let mut tape = TapeRun {
        name: "orders.tape".into(),
        file: "orders.tape".into(),
        from: "aws, eu-west-1".into(),
        ..TapeRun::default()
    };
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
    Run {
        target: "emulator".into(),
        on: "2026-11-21".into(),
        version: "0.1.0".into(),
        again: vec!["--target".into(), "emulator".into()],
        tapes: vec![tape],
        ..Run::default()
    }
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
    assert_eq!(root.get("schema").and_then(|version| version.as_number()), Some("2"));
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

#[test]
fn what_a_json_report_says_is_read_back_whole() {
    let text = written(&Json);
    let read = read::read(text.clone().into_bytes()).expect("a report");
    let mut again = Vec::new();
    Json.write(&read, &mut again).expect("in memory");
    assert_eq!(String::from_utf8(again).expect("text"), text);
    assert_eq!(read[0].tapes[0].played[1].exchanges, run().tapes[0].played[1].exchanges);
}

#[test]
fn what_is_no_report_is_not_read_as_one() {
    for (text, complaint) in [
        ("", "no JSON"),
        ("{}", "`schema` is not there"),
        (r#"{"schema":1,"runs":[]}"#, "a report of format 1, and this dynatape reads 2"),
        (r#"{"schema":2,"runs":[{"target":"x","material":"songs"}]}"#, "no report"),
    ] {
        let error = read::read(text.into()).expect_err(text).to_string();
        assert!(error.contains(complaint), "{error}");
    }
    let unknown = written(&Json).replace("\"divergent\",", "\"excellent\",");
    let error = read::read(unknown.into_bytes()).expect_err("unknown").to_string();
    assert!(error.contains("`excellent` is unknown"), "{error}");
}

#[test]
fn junit_fails_what_differs_and_skips_what_was_not_measured() {
    let xml = written(&Junit);
    assert!(xml.contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{xml}");
    assert!(xml.contains("<failure message=\"differs in values\""), "{xml}");
    assert!(xml.contains("not measured: the recording holds a broken connection here"), "{xml}");
}

#[test]
fn the_markdown_report_counts_what_was_measured_beside_what_was_alike() {
    let text = written(&Markdown { findings: 10 });
    assert!(text.contains("| emulator | 4 interactions | 75 % | 1 | 1 | "), "{text}");
    assert!(text.contains("| 1 of 3 |"), "{text}");
    assert!(text.contains("the worst 1 of 1 findings that matter"), "{text}");
}

#[test]
fn an_explanation_shows_the_request_both_answers_and_how_to_ask_again() {
    let run = run();
    let (tape, played) = (&run.tapes[0], &run.tapes[0].played[1]);
    let id = finding_id(&tape.name, &played.id, &played.findings[0]);
    let led_here = ["PutItem/orders/0a1b2c/1  PutItem".to_owned()];
    let explanation = explain::Explanation {
        run: &run,
        tape,
        played,
        finding: &id,
        led_here: Some(&led_here),
        again: "dynatape diff orders.tape --only GetItem/orders/0a1b2c/2 --target emulator",
        colour: false,
    };
    insta::assert_snapshot!(explanation.to_text());
}

#[test]
fn shares_are_rounded_down_and_counts_are_grouped() {
    assert_eq!(percent(999_999, 1_000_000), "99.9 %");
    assert_eq!(percent(5, 5), "100 %");
    assert_eq!(percent(0, 0), "0 %");
    assert_eq!([999, 1_000, 1_234_567].map(grouped), ["999", "1,000", "1,234,567"]);
}

#[test]
fn the_schema_knows_every_outcome_and_layer() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/report.schema.json")).expect("JSON");
    let names = |of: &str| schema["$defs"][of]["enum"].clone();
    assert_eq!(names("outcome"), serde_json::json!(Outcome::ALL.map(Outcome::name)));
    assert_eq!(
        names("layer"),
        serde_json::json!(crate::diff::Layer::ALL.map(crate::diff::Layer::name))
    );
    assert_eq!(schema["properties"]["schema"]["const"], json::SCHEMA);
}

#[test]
fn what_is_not_listed_is_in_every_report() {
    let mut run = run();
    let tape = &mut run.tapes[0];
    let mut count = crate::conformance::OperationCount::default();
    (0..1_200).for_each(|_| count.add(Outcome::Divergent, &Tally::default()));
    tape.counted.insert("GetItem".to_owned(), count);
    tape.folded.push(Folded {
        like: Some("GetItem/orders/0a1b2c/2".to_owned()),
        operation: "GetItem".to_owned(),
        outcome: Outcome::Divergent,
        count: 1_200,
        findings: 1_300,
        note: None,
    });
    let text = |report: &dyn Report, runs: &[Run]| {
        let mut out = Vec::new();
        report.write(runs, &mut out).expect("in memory");
        String::from_utf8(out).expect("text")
    };
    let runs = [run];
    let json = text(&Json, &runs);
    let again = read::read(json.clone().into_bytes()).expect("a report");
    assert_eq!(text(&Json, &again), json);
    assert_eq!(again[0].total().of(Outcome::Divergent), 1_201);
    let like = "1,200 more divergent like GetItem/orders/0a1b2c/2";
    for (report, parts) in [
        (
            &Terminal { colour: false, findings: 10 } as &dyn Report,
            ["1 of 1301 findings that matter", like],
        ),
        (&Markdown { findings: 10 }, ["worst 1 of 1,301 findings", like]),
        (&Junit, ["failures=\"2\"", "1200 more like GetItem/orders/0a1b2c/2"]),
        (&Html::default(), ["\"divergent\":1201", "\"folded\":["]),
    ] {
        let text = text(report, &runs);
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}
