//! Which differences follow from earlier ones: a read of what a write left different, a write on
//! top of it, the same answer asked for again.
//!
//! What follows is folded under the interaction it follows from, which is called its root. When
//! in doubt a difference stays one of its own: hiding a cause is worse than showing it twice.

use std::collections::{BTreeSet, HashMap};

use http::StatusCode;

use super::run::Played;
use crate::{
    cassette::{
        Answer, Following, Footprint, Interaction, MatchKey, Resource, Source, is_particular,
    },
    diff::{Finding, Layer, Outcome},
    wire::{Effect, Operation},
};

/// A difference without the member of the answer that it stands in: what CreateTable,
/// DescribeTable and UpdateTable say of a table, each says in a member of its own.
type Trace = BTreeSet<(Layer, String)>;

/// What is different about a resource, since which interaction.
#[derive(Debug)]
struct Taint {
    root: String,
    /// The differences to be expected from it; none: any.
    only: Option<Trace>,
    /// Whether it is a read's: gone with the next write.
    seen: bool,
}

/// How many resources are remembered to be different. What depends on others stays a difference
/// of its own.
const MOST: usize = 100_000;
/// How many differences of one resource are told apart.
const OF_ONE: usize = 32;

/// Marks the differences that follow from earlier ones, one interaction after the other.
#[derive(Debug)]
pub(super) struct Taints {
    recorded: Following,
    /// What the target did, since it first did something that the recording has as refused.
    target: Option<Following>,
    taints: HashMap<Resource, Vec<Taint>>,
}

impl Taints {
    pub(super) fn of(recorded: &dyn Source) -> Self {
        Self { recorded: Following::of(recorded), target: None, taints: HashMap::new() }
    }

    /// Takes the next interaction, and marks it if it follows from an earlier one.
    pub(super) fn next(&mut self, interaction: &Interaction, one: &mut Played) {
        let footprint = self.footprint_of_both(interaction, one);
        let operation = interaction.target.operation();
        let is_alike = matches!(one.outcome, Outcome::Exact | Outcome::Equivalent);
        if is_alike && self.taints.is_empty() {
            return;
        }
        let trace = trace(&one.findings);
        if one.outcome == Outcome::Divergent {
            let can_follow = |watched: &&Resource| follows_from(&one.findings, watched);
            let watches = footprint.watches.iter().filter(can_follow);
            let mut about = watches.filter_map(|watched| self.taints.get(watched));
            let root = about.find_map(|taints| {
                let fits = |taint: &&Taint| taint.only.as_ref().is_none_or(|o| trace.is_subset(o));
                taints.iter().find(fits).map(|taint| taint.root.clone())
            });
            if let Some(root) = root {
                (one.outcome, one.root) = (Outcome::Tainted, Some(root));
            }
        }
        for touched in &footprint.touches {
            if let Some(taints) = self.taints.get_mut(touched) {
                let mended = is_alike && mends(operation, touched);
                taints.retain(|taint| !(taint.seen || mended));
                if taints.is_empty() {
                    self.taints.remove(touched);
                }
            }
        }
        let succeeded = interaction.to_response().is_some_and(|answer| answer.status.is_success());
        let (resources, only): (Vec<_>, _) = match leaves(one, operation, succeeded) {
            Leaves::Nothing => return,
            Leaves::AnotherState => (footprint.touches.iter().collect(), None),
            Leaves::AnotherAnswer if footprint.is_write() => {
                (particular(&footprint.touches), Some(trace))
            }
            Leaves::AnotherAnswer => (particular(&footprint.watches), Some(trace)),
        };
        let root = one.root.clone().unwrap_or_else(|| one.id.clone());
        let seen = !footprint.is_write();
        for resource in resources {
            self.add(resource, Taint { root: root.clone(), only: only.clone(), seen });
        }
    }

    fn add(&mut self, resource: &Resource, taint: Taint) {
        let has_room = self.taints.len() < MOST;
        let known = match self.taints.get_mut(resource) {
            Some(known) => known,
            None if has_room => self.taints.entry(resource.clone()).or_default(),
            None => return,
        };
        // The first that fits is the root. One that fits all that this one fits, and stays as
        // long, leaves nothing to it.
        let covers = |one: &Taint| {
            (one.only.is_none() || one.only == taint.only) && (!one.seen || taint.seen)
        };
        if known.len() < OF_ONE && !known.iter().any(covers) {
            known.push(taint);
        }
    }

    /// What was touched on either side: what was refused in the recording may have been done by
    /// the target.
    fn footprint_of_both(&mut self, interaction: &Interaction, one: &Played) -> Footprint {
        let request = interaction.to_request();
        let key = || MatchKey::canonical(&request);
        let status = one.findings.iter().find(|finding| finding.layer == Layer::Status);
        let differs = status.is_some_and(|finding| finding.actual.starts_with('2'));
        if differs && self.target.is_none() {
            self.target = Some(self.recorded.clone());
        }
        let mut footprint = self.recorded.next(interaction, &request, key);
        let Some(target) = &mut self.target else { return footprint };
        let other = if differs {
            // After a failure of the service nobody knows what was done.
            let (headers, body) = (Vec::new(), "{}".into());
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            let answer = Answer::Http { status, headers, body };
            target.next(&Interaction { answer, ..interaction.clone() }, &request, key)
        } else {
            target.next(interaction, &request, key)
        };
        footprint.touches.extend(other.touches);
        footprint.touches.sort_unstable();
        footprint.touches.dedup();
        footprint
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cassette::{Cassette, KeyAttribute, TableSchema},
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
        let mut taints = Taints::of(&cassette);
        for (interaction, one) in cassette.interactions.iter().zip(&mut played) {
            taints.next(interaction, one);
        }
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
