use super::*;

fn report() -> SessionReport {
    SessionReport {
        tape: "orders.tape".into(),
        recorded_at: Some("2026-11-21T14:52:08Z".into()),
        counts: vec![Count { key: "calls", label: "calls", count: 7 }],
        misses: vec![Miss {
            id: "m1".into(),
            asked: "GetItem orders".into(),
            report: "nothing <recorded>\n``` \"here\"".into(),
        }],
        writes: Unused { ids: vec!["PutItem/a/1".into()], fails: true },
        reads: Unused { ids: vec!["GetItem/b/1".into()], fails: false },
        faults: vec![FaultCount { rule: "*:drop@9".into(), seen: 7, fired: 0 }],
        idle_fails: false,
        emulated_fails: false,
    }
}

#[test]
fn json_reads_back_as_what_was_reported() {
    let json: serde_json::Value = serde_json::from_str(&report().to_text(Format::Json)).unwrap();
    let expected = serde_json::json!({
        "schema": 1, "tape": "orders.tape", "recorded_at": "2026-11-21T14:52:08Z", "passed": false, "counts": {"calls": 7},
        "misses": [{"id": "m1", "asked": "GetItem orders", "report": "nothing <recorded>\n``` \"here\""}],
        "unused": {"writes": ["PutItem/a/1"], "reads": ["GetItem/b/1"]},
        "faults": [{"rule": "*:drop@9", "seen": 7, "fired": 0}],
    });
    assert_eq!(json, expected);
}

#[test]
fn junit_fails_what_fails_and_skips_what_is_only_told() {
    let xml = report().to_text(Format::Junit);
    assert!(xml.contains("tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"2\""), "{xml}");
    assert!(xml.contains("<failure message=\"nothing &lt;recorded&gt;\""), "{xml}");
    let xml = SessionReport { idle_fails: true, ..report() }.to_text(Format::Junit);
    assert!(xml.contains("failures=\"3\" errors=\"0\" skipped=\"1\""), "{xml}");
}

#[test]
fn a_report_cannot_end_its_own_block_of_markdown() {
    let text = report().to_text(Format::Markdown);
    assert!(text.starts_with("## Replay of `orders.tape`: failed\n"), "{text}");
    assert!(text.contains("\n````text\nnothing <recorded>\n``` \"here\"\n````\n"), "{text}");
    assert!(text.contains("### 1 recorded reads never asked for (told only)"), "{text}");
}

#[test]
fn what_is_only_told_does_not_fail() {
    let writes = Unused::default();
    let told = SessionReport { misses: Vec::new(), writes, ..report() };
    assert!(told.passes());
    assert!(!SessionReport { idle_fails: true, ..told.clone() }.passes());
    assert!(!SessionReport { reads: report().writes, ..told }.passes());
}
