//! Which differences follow from earlier ones: a read of what a write left different, a write on
//! top of it, the same answer asked for again.
//!
//! What follows is folded under the interaction it follows from, which is called its root. When
//! in doubt a difference stays one of its own: hiding a cause is worse than showing it twice.

use std::collections::{BTreeSet, HashMap};

use http::StatusCode;

use super::run::Played;
use crate::{
    cassette::{Answer, Cassette, Footprint, Resource, footprints, is_particular},
    diff::{Finding, Layer, Outcome},
    wire::{Effect, Operation},
};

/// A difference without the member of the answer that it stands in: what CreateTable,
/// DescribeTable and UpdateTable say of a table, each says in a member of its own.
type Trace = BTreeSet<(Layer, String)>;

/// What is different about a resource, since which interaction.
#[derive(Clone)]
struct Taint {
    root: String,
    /// The differences to be expected from it; none: any.
    only: Option<Trace>,
    /// Whether it is a read's: gone with the next write.
    seen: bool,
}

/// Marks the differences that follow from earlier ones.
pub(super) fn fold(cassette: &Cassette, played: &mut [Played]) {
    if played.iter().all(|one| one.outcome != Outcome::Divergent) {
        return;
    }
    let footprints = footprints_of_both(cassette, played);
    let mut taints: HashMap<&Resource, Vec<Taint>> = HashMap::new();
    for ((interaction, footprint), one) in cassette.interactions.iter().zip(&footprints).zip(played)
    {
        let operation = interaction.target.operation();
        let trace = trace(&one.findings);
        if one.outcome == Outcome::Divergent {
            let can_follow = |watched: &&Resource| follows_from(&one.findings, watched);
            let watches = footprint.watches.iter().filter(can_follow);
            let mut about = watches.filter_map(|watched| taints.get(watched));
            let root = about.find_map(|taints| {
                let fits = |taint: &&Taint| taint.only.as_ref().is_none_or(|o| trace.is_subset(o));
                taints.iter().find(fits).map(|taint| taint.root.clone())
            });
            if let Some(root) = root {
                (one.outcome, one.root) = (Outcome::Tainted, Some(root));
            }
        }
        let alike = matches!(one.outcome, Outcome::Exact | Outcome::Equivalent);
        for touched in &footprint.touches {
            if let Some(taints) = taints.get_mut(touched) {
                let mended = alike && mends(operation, touched);
                taints.retain(|taint| !(taint.seen || mended));
            }
        }
        let root = one.root.clone().unwrap_or_else(|| one.id.clone());
        let (resources, only): (Vec<_>, _) = match leaves(one, operation, answered(cassette, one)) {
            Leaves::Nothing => continue,
            Leaves::AnotherState => (footprint.touches.iter().collect(), None),
            Leaves::AnotherAnswer if footprint.is_write() => {
                (particular(&footprint.touches), Some(trace))
            }
            Leaves::AnotherAnswer => (particular(&footprint.watches), Some(trace)),
        };
        let seen = !footprint.is_write();
        for resource in resources {
            let taint = Taint { root: root.clone(), only: only.clone(), seen };
            taints.entry(resource).or_default().push(taint);
        }
    }
}

/// What an interaction leaves different.
enum Leaves {
    Nothing,
    /// Something was done on one side only, or something else was written to an item.
    AnotherState,
    /// The same would be answered again.
    AnotherAnswer,
}

fn leaves(one: &Played, operation: Option<Operation>, succeeded: bool) -> Leaves {
    let changes = operation.is_some_and(|operation| operation.effect() == Effect::Write);
    match one.outcome {
        Outcome::Unsupported | Outcome::NotMeasured if changes && succeeded => Leaves::AnotherState,
        Outcome::Divergent | Outcome::Tainted => {
            let mut matter = one.findings.iter().filter(|finding| finding.matters);
            let content = [Layer::Fields, Layer::Values, Layer::NumberText, Layer::Order];
            match operation {
                _ if changes && matter.clone().any(|finding| finding.layer == Layer::Status) => {
                    Leaves::AnotherState
                }
                _ if matter.clone().any(|one| !content.contains(&one.layer)) => Leaves::Nothing,
                // Their answers show the item before, or nothing: what is there now is alike.
                Some(
                    Operation::PutItem | Operation::DeleteItem | Operation::TransactWriteItems,
                ) => Leaves::Nothing,
                Some(Operation::UpdateItem | Operation::BatchWriteItem) => {
                    match matter.all(is_aside) {
                        true => Leaves::Nothing,
                        false => Leaves::AnotherState,
                    }
                }
                _ => Leaves::AnotherAnswer,
            }
        }
        _ => Leaves::Nothing,
    }
}

/// What a request cost says nothing of what it did.
fn is_aside(finding: &Finding) -> bool {
    let aside = ["$.ConsumedCapacity", "$.ItemCollectionMetrics"];
    aside.iter().any(|at| finding.path.starts_with(at))
}

/// Whether something about a resource can be why an answer differs in this: how a table is
/// described does not depend on its items.
fn follows_from(findings: &[Finding], resource: &str) -> bool {
    let mut matter = findings.iter().filter(|finding| finding.matters);
    let of_table = |finding: &Finding| finding.path.starts_with("$.Table");
    let definition = resource.starts_with("definition ") || resource.starts_with("contents ");
    !matter.clone().all(is_aside) && (definition || !matter.all(of_table))
}

/// Whether a write that went alike leaves alike what was different.
fn mends(operation: Option<Operation>, resource: &str) -> bool {
    match operation {
        Some(Operation::PutItem | Operation::DeleteItem) => resource.starts_with("item "),
        Some(Operation::CreateTable | Operation::DeleteTable) => true,
        _ => false,
    }
}

fn particular(resources: &[Resource]) -> Vec<&Resource> {
    resources.iter().filter(|resource| is_particular(resource)).collect()
}

fn trace(findings: &[Finding]) -> Trace {
    let inside = |path: &str| match path.strip_prefix("$.").and_then(|path| path.split_once('.')) {
        Some((_, rest)) => rest.to_owned(),
        None => path.to_owned(),
    };
    let matter = findings.iter().filter(|finding| finding.matters);
    matter.map(|finding| (finding.layer, inside(&finding.path))).collect()
}

/// Whether the recording has a success.
fn answered(cassette: &Cassette, one: &Played) -> bool {
    let found = cassette.interactions.iter().find(|interaction| interaction.id == one.id);
    found.and_then(|one| one.to_response()).is_some_and(|answer| answer.status.is_success())
}

/// What was touched on either side: what was refused in the recording may have been done by the
/// target.
fn footprints_of_both(cassette: &Cassette, played: &[Played]) -> Vec<Footprint> {
    let requests: Vec<_> = cassette.interactions.iter().map(|one| one.to_request()).collect();
    let mut recorded = footprints(cassette, &requests);
    let mut target = cassette.clone();
    let mut differs = false;
    for (interaction, one) in target.interactions.iter_mut().zip(played) {
        let status = one.findings.iter().find(|finding| finding.layer == Layer::Status);
        if status.is_some_and(|finding| finding.actual.starts_with('2')) {
            // After a failure of the service nobody knows what was done.
            let (headers, body) = (Vec::new(), "{}".into());
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            interaction.answer = Answer::Http { status, headers, body };
            differs = true;
        }
    }
    if differs {
        for (one, other) in recorded.iter_mut().zip(footprints(&target, &requests)) {
            one.touches.extend(other.touches);
            one.touches.sort_unstable();
            one.touches.dedup();
        }
    }
    recorded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cassette::{Interaction, KeyAttribute, TableSchema},
        diff::Tally,
        wire::Target,
    };

    /// One interaction: what is asked, the recorded status, and what differs (path).
    type Call<'a> = (Operation, &'a str, u16, Option<(Layer, &'a str)>);

    /// The roots of what follows.
    fn folded(calls: &[Call<'_>]) -> Vec<Option<String>> {
        let mut cassette = Cassette::default();
        let key = KeyAttribute { name: "id".to_owned(), kind: "S".to_owned(), sort: false };
        let schema = TableSchema { key: vec![key], ..TableSchema::default() };
        cassette.header.tables.push(("t".to_owned(), schema));
        let mut played = Vec::new();
        for (at, (operation, members, status, difference)) in calls.iter().enumerate() {
            let body = format!(r#"{{"TableName":"t",{members}}}"#);
            let status = StatusCode::from_u16(*status).expect("a status");
            let answer = Answer::Http { status, headers: Vec::new(), body: "{}".into() };
            let mut interaction = Interaction::new(Target::Known(*operation), body.into(), answer);
            interaction.id = at.to_string();
            let finding = difference.map(|(layer, path)| Finding {
                layer,
                path: path.to_owned(),
                expected: "400".to_owned(),
                actual: "200".to_owned(),
                matters: true,
                follows: false,
            });
            played.push(Played {
                outcome: if finding.is_some() { Outcome::Divergent } else { Outcome::Exact },
                findings: finding.into_iter().collect(),
                tally: Tally::default(),
                note: None,
                ..Played::unmeasured(at.to_string(), operation.to_string(), String::new())
            });
            cassette.interactions.push(interaction);
        }
        fold(&cassette, &mut played);
        played.into_iter().map(|one| one.root).collect()
    }

    const A: &str = r#""Key":{"id":{"S":"a"}}"#;
    const B: &str = r#""Key":{"id":{"S":"b"}}"#;
    const ITEM: &str = r#""Item":{"id":{"S":"a"}}"#;
    const STATUS: Option<(Layer, &str)> = Some((Layer::Status, "status"));

    fn value(path: &str) -> Option<(Layer, &str)> {
        Some((Layer::Values, path))
    }

    fn root(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn what_a_divergent_write_wrote_taints_what_looks_at_it_and_nothing_else() {
        use Operation::{DeleteItem, GetItem, Scan, UpdateItem};
        let roots = folded(&[
            (UpdateItem, A, 400, STATUS),
            (GetItem, A, 200, value("$.Item.n.N")),
            (GetItem, B, 200, value("$.Item.n.N")),
            (Scan, r#""Limit":5"#, 200, value("$.Count")),
            (DeleteItem, A, 200, value("$.Attributes")),
            (UpdateItem, A, 200, STATUS),
        ]);
        assert_eq!(roots, [None, root("0"), None, root("0"), root("0"), root("0")]);
    }

    #[test]
    fn an_item_that_is_put_alike_is_alike_again() {
        use Operation::{GetItem, PutItem, UpdateItem};
        let roots = folded(&[
            (UpdateItem, A, 200, value("$.Attributes.n.N")),
            (GetItem, A, 200, value("$.Item.n.N")),
            (PutItem, ITEM, 200, None),
            (GetItem, A, 200, value("$.Item.n.N")),
        ]);
        assert_eq!(roots, [None, root("0"), None, None]);
    }

    #[test]
    fn what_a_write_cost_taints_nothing() {
        use Operation::{GetItem, PutItem, UpdateItem};
        let roots = folded(&[
            (UpdateItem, A, 200, value("$.ConsumedCapacity.CapacityUnits")),
            (GetItem, A, 200, value("$.Item.n.N")),
            (PutItem, ITEM, 400, Some((Layer::Message, "$.message"))),
            (GetItem, A, 200, value("$.Item.m.N")),
        ]);
        assert_eq!(roots, [const { None }; 4]);
        // Nor does it follow from what was written, and neither does how a table is described.
        let roots = folded(&[
            (UpdateItem, A, 200, value("$.Attributes.n.N")),
            (GetItem, A, 200, value("$.ConsumedCapacity")),
            (Operation::DeleteTable, r#""X":1"#, 200, value("$.TableDescription.TableId")),
        ]);
        assert_eq!(roots, [const { None }; 3]);
    }

    #[test]
    fn the_same_difference_asked_for_again_is_one_until_the_next_write() {
        use Operation::{CreateTable, DescribeTable, GetItem, PutItem};
        let roots = folded(&[
            (GetItem, A, 200, value("$.Item.n.N")),
            (GetItem, A, 200, value("$.Item.n.N")),
            (GetItem, A, 200, value("$.Item.m.N")),
            (PutItem, ITEM, 200, None),
            (GetItem, A, 200, value("$.Item.n.N")),
        ]);
        assert_eq!(roots, [None, root("0"), None, None, None]);
        let roots = folded(&[
            (CreateTable, r#""KeySchema":[]"#, 200, value("$.TableDescription.TableId")),
            (DescribeTable, r#""X":1"#, 200, value("$.Table.TableId")),
            (DescribeTable, r#""X":1"#, 200, value("$.Table.TableName")),
            (GetItem, A, 200, value("$.Item.n.N")),
        ]);
        assert_eq!(roots, [None, root("0"), None, None]);
    }
}
