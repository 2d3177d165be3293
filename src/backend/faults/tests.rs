use super::*;
use crate::wire::Operation;

fn plan(rules: &[&str], seed: u64) -> FaultPlan {
    FaultPlan::new(rules.iter().map(|rule| rule.parse::<Rule>().unwrap()), seed)
}

fn struck(plan: &FaultPlan, operation: Operation, table: &str, times: usize) -> Vec<usize> {
    let request = Request::of(operation, format!(r#"{{"TableName":"{table}"}}"#));
    (1..=times).filter(|_| plan.strike(&request).is_some()).collect()
}

#[test]
fn occurrences_are_those_said() {
    for (when, expected) in [
        ("", vec![1, 2, 3, 4, 5, 6]),
        ("@2", vec![2]),
        ("@2-4", vec![2, 3, 4]),
        ("@5-", vec![5, 6]),
        ("@1,3-4", vec![1, 3, 4]),
        ("@every 3", vec![3, 6]),
    ] {
        let plan = plan(&[&format!("PutItem:drop{when}")], 1);
        assert_eq!(struck(&plan, Operation::PutItem, "a", 6), expected, "{when}");
    }
}

#[test]
fn a_share_is_the_same_for_the_same_seed_and_about_as_large_as_said() {
    let of = |seed| struck(&plan(&["*:drop@0.1"], seed), Operation::GetItem, "a", 10_000);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    assert!((900..1100).contains(&of(1).len()), "{}", of(1).len());
}

#[test]
fn rules_are_about_their_operation_and_table_only_and_count_for_themselves() {
    let plan = plan(&["PutItem/b:drop@1", "*:lost@2"], 1);
    assert_eq!(struck(&plan, Operation::PutItem, "a", 1), [0; 0]);
    assert_eq!(struck(&plan, Operation::GetItem, "b", 1), [1]);
    assert_eq!(struck(&plan, Operation::PutItem, "b", 2), [1]);
    let counts: Vec<_> = plan.list().iter().map(|state| (state.seen, state.fired)).collect();
    assert_eq!(counts, [(2, 1), (4, 1)]);
    plan.clear();
    assert!(plan.list().is_empty());
}

#[test]
fn what_is_no_rule_is_refused_with_what_would_be_one() {
    for (rule, part) in [
        ("PutItem", "OPERATION[/TABLE]:FAULT[@WHEN]"),
        ("PutItem/:drop", "OPERATION[/TABLE]:FAULT[@WHEN]"),
        ("PutItems:drop", "PutItems is no operation"),
        ("PutItem:explode", "ThrottlingException"),
        ("PutItem:delay=soon", "delay=MS"),
        ("PutItem:drop@0", "every 3"),
        ("PutItem:drop@4-2", "every 3"),
        ("PutItem:drop@every 0", "every 3"),
        ("PutItem:drop@1.5", "every 3"),
        ("PutItem:drop@", "every 3"),
    ] {
        let error = rule.parse::<Rule>().unwrap_err().to_string();
        assert!(error.contains(part), "{rule}: {error}");
    }
}

#[test]
fn errors_are_answers_of_the_service() {
    for known in KNOWN {
        let response = known.response();
        assert_eq!(response.error_type().as_deref(), Some(known.kind));
        assert!(response.error_message().is_some_and(|text| !text.is_empty()));
    }
    let statuses = ["500", "503", "ThrottlingException"].map(|name| {
        let Some(FaultKind::Error(known)) = FaultKind::parse(name) else { panic!("{name}") };
        known.response().status.as_u16()
    });
    assert_eq!(statuses, [500, 503, 400]);
}
