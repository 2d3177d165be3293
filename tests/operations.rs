//! The operations table, walked: what of the API is served, and that there are cases of each
//! operation, successes and refusals.

#![allow(clippy::unwrap_used)] // all of it is test

use std::path::Path;

use dynatape::{
    conformance::case::{Expected, Step, Suite},
    emulator::Emulator,
    wire::Operation,
};

/// What is not served. An operation that is has to go from here.
const TO_COME: &[Operation] = &[];

/// What answers a success with no body at all (the API model has no output for them), so that
/// "it succeeds" is all there is to state.
const WITHOUT_ANSWER: &[Operation] = &[Operation::TagResource, Operation::UntagResource];

/// What the service refuses today whatever is asked, so that no case can succeed: global tables of
/// version 2017.11.29 (aws-service-facts 10).
const REFUSED: &[Operation] = &[
    Operation::CreateGlobalTable,
    Operation::DescribeGlobalTable,
    Operation::DescribeGlobalTableSettings,
    Operation::UpdateGlobalTable,
    Operation::UpdateGlobalTableSettings,
];

fn served() -> impl Iterator<Item = Operation> {
    Operation::ALL.iter().copied().filter(|operation| !TO_COME.contains(operation))
}

#[test]
fn every_operation_is_served_but_those_to_come() {
    let wrong: Vec<_> = Operation::ALL
        .iter()
        .filter(|operation| Emulator::serves(**operation) == TO_COME.contains(operation))
        .collect();
    assert!(wrong.is_empty(), "served and listed as to come, or neither: {wrong:?}");
}

#[test]
fn every_operation_has_a_case_that_succeeds_and_one_that_is_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let suite = Suite::read(&[folder]).unwrap();
    let missing: Vec<_> = served().flat_map(|operation| missing(&suite, operation)).collect();
    assert!(missing.is_empty(), "no case: {missing:?}");
}

#[test]
fn cases_of_other_operations_do_not_count() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/DescribeLimits");
    let suite = Suite::read(&[folder]).unwrap();
    assert_eq!(missing(&suite, Operation::DescribeLimits), Vec::<String>::new());
    // Called there to make a table, and never stated.
    assert_eq!(
        missing(&suite, Operation::CreateTable),
        ["CreateTable succeeds", "CreateTable is refused"]
    );
}

/// What no case in the operation's own folder states.
fn missing(suite: &Suite, operation: Operation) -> Vec<String> {
    let files = suite.files.iter().filter(|file| file.operation == operation.name());
    let steps = files.flat_map(|file| &file.cases).flat_map(|case| &case.steps);
    let expected = steps.filter_map(|step| match step {
        Step::Call(call) if call.operation == operation => Some(&call.expected),
        Step::Call(_) | Step::Wait(_) => None,
    });
    let (mut succeeds, mut is_refused) = (REFUSED.contains(&operation), false);
    for expected in expected {
        match expected {
            Expected::Answer(_) | Expected::Includes(_) => succeeds = true,
            Expected::Success => succeeds |= WITHOUT_ANSWER.contains(&operation),
            Expected::Refused(_) => is_refused = true,
        }
    }
    let states = [(succeeds, "succeeds"), (is_refused, "is refused")];
    let lacking = states.iter().filter(|(there, _)| !there);
    lacking.map(|(_, what)| format!("{operation} {what}")).collect()
}
