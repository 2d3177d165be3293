//! Which recorded interactions could answer a request. Look-ups are by hash: none looks through
//! the tape.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, OnceLock},
};

use super::graph::{At, Graph, Version, Watch};
use crate::{
    cassette::{Answer, Interaction, MatchKey, minted::Shape},
    wire::{Request, Target},
};

/// The place of a group in [`Index::groups`].
pub(super) type GroupId = usize;

/// The interactions with one request, but for idempotency tokens.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) watch: Watch,
    /// Every interaction, in the order recorded.
    pub(super) members: Vec<At>,
    /// Places in the graph's steps, by the version that they belong to.
    runs: HashMap<Version, Run>,
}

/// What was answered in one version, in the order recorded.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Places in the graph's steps.
    pub(super) steps: Vec<usize>,
    /// How many answers were given up to and with each step.
    pub(super) ends: Vec<u64>,
}

/// All groups, and ways to find them.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) groups: Vec<Group>,
    /// By the hash of the very bytes of a group's first request. What has the same hash need not
    /// be the same.
    by_spelling: HashMap<u64, GroupId>,
    hasher: RandomState,
    by_canonical: HashMap<MatchKey, GroupId>,
    /// The idempotency token of each interaction, if it has one.
    pub(super) tokens: Vec<Option<String>>,
    /// Made when a request first needs it: most programs send what they sent.
    looser: OnceLock<Looser>,
}

/// Groups by what their requests say.
#[derive(Debug, Default)]
struct Looser {
    semantic: HashMap<MatchKey, Vec<GroupId>>,
    unified: HashMap<MatchKey, Vec<GroupId>>,
    /// The made-up values of each group's request.
    values: Vec<Vec<(Shape, String)>>,
    /// What each group's request says but for made-up values.
    keys: Vec<Option<MatchKey>>,
    /// How often each id was asked about, by what was asked but for made-up values.
    asked_about: HashMap<(Shape, String), HashMap<MatchKey, u64>>,
    /// Whether each id was in requests that were refused, and in no other.
    only_refused: HashMap<(Shape, String), bool>,
}

impl Index {
    /// Of interactions with these tokens and canonical keys.
    pub(super) fn new(
        tape: &[Interaction],
        tokens: Vec<Option<String>>,
        keys: &[MatchKey],
        graph: &Graph,
    ) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut by_spelling = HashMap::new();
        let hasher = RandomState::new();
        let mut by_canonical = HashMap::new();
        let mut group_of = Vec::with_capacity(keys.len());
        for (at, key) in keys.iter().enumerate() {
            let id = *by_canonical.entry(*key).or_insert(groups.len());
            if id == groups.len() {
                let watch = graph.watch[at];
                groups.push(Group { watch, members: Vec::new(), runs: HashMap::new() });
                by_spelling.insert(hasher.hash_one(spelling(&tape[at])), id);
            }
            groups[id].members.push(at);
            group_of.push(id);
        }
        for (place, step) in graph.steps.iter().enumerate() {
            let run = groups[group_of[step.at]].runs.entry(step.version).or_default();
            run.steps.push(place);
            run.ends.push(run.ends.last().copied().unwrap_or_default() + step.answers);
        }
        Self { groups, by_spelling, hasher, by_canonical, tokens, looser: OnceLock::new() }
    }

    /// The group whose first request is this very one, byte for byte: what most are asked, and
    /// told without reading the body.
    pub(super) fn spelled(&self, request: &Request, tape: &[Interaction]) -> Option<GroupId> {
        let asked = (&request.target, &request.region, &**request.body());
        let group = *self.by_spelling.get(&self.hasher.hash_one(asked))?;
        (asked == spelling(&tape[self.groups[group].members[0]])).then_some(group)
    }

    /// The group with this very request, as JSON.
    pub(super) fn canonical(&self, request: &Request) -> Option<GroupId> {
        self.by_canonical.get(&MatchKey::canonical(request)).copied()
    }

    /// The groups whose requests say the same.
    pub(super) fn semantic(&self, request: &Request, tape: &[Interaction]) -> &[GroupId] {
        let key = MatchKey::semantic(request);
        let found = key.and_then(|key| self.looser(tape).semantic.get(&key));
        found.map_or(&[], Vec::as_slice)
    }

    /// The groups whose requests say the same but for values that were made up, and the request's
    /// such values.
    pub(super) fn unified(
        &self,
        request: &Request,
        tape: &[Interaction],
    ) -> (&[GroupId], Vec<(Shape, String)>) {
        let Some((key, values)) = MatchKey::unified(request) else { return (&[], Vec::new()) };
        let found = self.looser(tape).unified.get(&key);
        (found.map_or(&[], Vec::as_slice), values)
    }

    /// The made-up values of a group's request.
    pub(super) fn values(&self, group: GroupId, tape: &[Interaction]) -> &[(Shape, String)] {
        &self.looser(tape).values[group]
    }

    /// Whether an id of the tape was asked about at least as often, in each way, as in requests of
    /// these groups, of which those that are not counted may come in any number.
    pub(super) fn was_asked_so(
        &self,
        id: &(Shape, String),
        requests: impl Iterator<Item = (GroupId, bool)>,
        tape: &[Interaction],
    ) -> bool {
        let looser = self.looser(tape);
        let Some(asked) = looser.asked_about.get(id) else { return false };
        let mut counts: HashMap<&MatchKey, u64> = HashMap::new();
        for (group, counted) in requests {
            let Some(key) = &looser.keys[group] else { return false };
            let count = counts.entry(key).or_default();
            *count = if counted { *count + 1 } else { 1.max(*count) };
        }
        counts.into_iter().all(|(key, count)| asked.get(key).is_some_and(|most| *most >= count))
    }

    /// Whether an id of the tape was in requests that were refused, and in no other.
    pub(super) fn only_refused(&self, id: &(Shape, String), tape: &[Interaction]) -> bool {
        self.looser(tape).only_refused.get(id).copied().unwrap_or_default()
    }

    fn looser(&self, tape: &[Interaction]) -> &Looser {
        self.looser.get_or_init(|| {
            let mut looser = Looser::default();
            for (id, group) in self.groups.iter().enumerate() {
                let request = group.members.first().map(|at| tape[*at].to_request());
                let keys = request.as_ref().and_then(MatchKey::semantic_and_unified);
                let (semantic, unified) = keys.unzip();
                if let Some(key) = semantic {
                    looser.semantic.entry(key).or_default().push(id);
                }
                let (key, values) = unified.map_or((None, Vec::new()), |(key, values)| {
                    let values = values.into_iter().filter(|(shape, _)| *shape != Shape::Token);
                    (Some(key), values.collect())
                });
                let times: u64 = group.members.iter().map(|at| u64::from(tape[*at].times)).sum();
                let refused = group.members.iter().all(|at| is_refused(&tape[*at]));
                for id in values.iter().filter(|(shape, _)| shape.is_identity()) {
                    let only = looser.only_refused.entry(id.clone()).or_insert(true);
                    *only &= refused;
                    if let Some(key) = &key {
                        let asked = looser.asked_about.entry(id.clone()).or_default();
                        *asked.entry(*key).or_default() += times;
                    }
                }
                looser.values.push(values);
                looser.keys.push(key);
                if let Some(key) = key {
                    looser.unified.entry(key).or_default().push(id);
                }
            }
            looser
        })
    }
}

/// What makes a request this very one.
fn spelling(interaction: &Interaction) -> (&Target, &Option<Arc<str>>, &[u8]) {
    (&interaction.target, &interaction.region, &interaction.request)
}

fn is_refused(interaction: &Interaction) -> bool {
    matches!(&interaction.answer, Answer::Http { status, .. } if status.is_client_error())
}

impl Group {
    /// What was answered in a version.
    pub(super) fn run(&self, version: Version) -> Option<&Run> {
        self.runs.get(&version)
    }
}

impl Run {
    /// The step that gave the answer of this number, from 0.
    pub(super) fn step(&self, number: u64) -> Option<usize> {
        let at = self.ends.partition_point(|end| *end <= number);
        self.steps.get(at).copied()
    }

    /// How many answers were given.
    pub(super) fn answers(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }
}
