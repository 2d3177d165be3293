//! Merging two tapes that come from one: what either side added, changed or removed is in the
//! result. Interactions are told apart by request and content, not by the number at the end of
//! their ids, which is another as soon as one of the same request is put before.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Cassette, Interaction, region::alike};

/// The member that marks the two versions of an interaction that both sides changed.
pub const CONFLICT: &str = "conflict";

/// A merged tape.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// The tape.
    pub cassette: Cassette,
    /// How many interactions both sides changed, each in another way.
    pub conflicts: usize,
}

/// One interaction through the three tapes; where it stands in each.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    base: Option<usize>,
    ours: Option<usize>,
    theirs: Option<usize>,
}

/// What two sides made of `base`. Each side's order is kept; where both added at the same place,
/// ours comes first.
#[must_use]
pub fn merge(base: &Cassette, ours: &Cassette, theirs: &Cassette) -> Merged {
    let (ours, theirs) = alike(ours, theirs);
    let (ours, base) = alike(&ours, base);
    let (base, ours, theirs) = (&*base, &*ours, &*theirs);
    let all = [base, ours, theirs].map(contents);
    let nodes = nodes(&all);
    let order = order(&nodes, ours.interactions.len(), theirs.interactions.len());
    let mut merged = Merged { cassette: concatenated_header(ours, theirs), conflicts: 0 };
    merged.cassette.header.include = included(base, ours, theirs);
    for node in order {
        let [was, one, other] = [(node.base, 0), (node.ours, 1), (node.theirs, 2)]
            .map(|(at, side)| at.map(|at| &all[side][at]));
        let kept = &mut merged.cassette.interactions;
        match (was, one, other) {
            (_, Some(one), Some(other)) if one == other => kept.push(one.1.clone()),
            (None, Some(one), None) | (None, None, Some(one)) => kept.push(one.1.clone()),
            // Changed, or removed, by one side only.
            (Some(was), one, other) if one == Some(was) => {
                kept.extend(other.map(|other| other.1.clone()));
            }
            (Some(was), one, other) if other == Some(was) => {
                kept.extend(one.map(|one| one.1.clone()));
            }
            (_, None, None) => {}
            (_, one, other) => {
                merged.conflicts += 1;
                for (side, version) in [("\"ours\"", one), ("\"theirs\"", other)] {
                    kept.extend(version.map(|version| marked(&version.1, side)));
                }
            }
        }
    }
    merged.cassette.renumber();
    merged
}

/// What either side added, without what either removed.
fn included(base: &Cassette, ours: &Cassette, theirs: &Cassette) -> Vec<String> {
    let [base, ours, theirs] = [base, ours, theirs].map(|tape| &tape.header.include);
    let stays = |name: &&String, other: &[String]| other.contains(name) || !base.contains(name);
    let mut all: Vec<_> = ours.iter().filter(|name| stays(name, theirs)).cloned().collect();
    let more = theirs.iter().filter(|name| !ours.contains(name) && !base.contains(name));
    all.extend(more.cloned());
    all
}

/// Independent recordings, one after the other.
#[must_use]
pub fn concatenate(first: &Cassette, second: &Cassette) -> Cassette {
    let (first, second) = alike(first, second);
    let mut cassette = concatenated_header(&first, &second);
    let all = first.interactions.iter().chain(&second.interactions);
    cassette.interactions = all.cloned().collect();
    cassette.renumber();
    cassette
}

/// The request's part of the id, and the interaction without its own.
type Content = (String, Interaction);

fn contents(tape: &Cassette) -> Vec<Content> {
    let all = tape.interactions.iter().map(|interaction| {
        let nameless = Interaction { id: String::new(), ..interaction.clone() };
        (interaction.id_prefix(), nameless)
    });
    all.collect()
}

fn marked(interaction: &Interaction, side: &str) -> Interaction {
    let mut marked = interaction.clone();
    marked.extra.retain(|(name, _)| name != CONFLICT);
    marked.extra.push((CONFLICT.to_owned(), side.to_owned()));
    marked
}

/// Says which interactions of two tapes are the same: first those with the same content, then
/// those with the same request, in order.
fn pairs(
    from: &[(usize, &Content)],
    to: &[(usize, &Content)],
    same_answer: bool,
) -> Vec<(usize, usize)> {
    let key = |content: &Content| {
        let whole = same_answer.then(|| super::interaction_text(&content.1));
        (content.0.clone(), whole)
    };
    let mut free: HashMap<_, VecDeque<usize>> = HashMap::new();
    for (at, content) in to {
        free.entry(key(content)).or_default().push_back(*at);
    }
    let found = from
        .iter()
        .filter_map(|(at, content)| Some((*at, free.get_mut(&key(content))?.pop_front()?)));
    found.collect()
}

fn matched(from: &[Content], to: &[Content], also_changed: bool) -> Vec<(usize, usize)> {
    let from: Vec<_> = from.iter().enumerate().collect();
    let to: Vec<_> = to.iter().enumerate().collect();
    let mut found = pairs(&from, &to, true);
    if also_changed {
        let left: HashSet<_> = found.iter().map(|(from, _)| *from).collect();
        let right: HashSet<_> = found.iter().map(|(_, to)| *to).collect();
        let from: Vec<_> = from.into_iter().filter(|(at, _)| !left.contains(at)).collect();
        let to: Vec<_> = to.into_iter().filter(|(at, _)| !right.contains(at)).collect();
        found.extend(pairs(&from, &to, false));
    }
    found
}

fn nodes([base, ours, theirs]: &[Vec<Content>; 3]) -> Vec<Node> {
    let in_ours: HashMap<_, _> = matched(base, ours, true).into_iter().collect();
    let in_theirs: HashMap<_, _> = matched(base, theirs, true).into_iter().collect();
    let mut nodes: Vec<_> = (0..base.len())
        .map(|at| Node {
            base: Some(at),
            ours: in_ours.get(&at).copied(),
            theirs: in_theirs.get(&at).copied(),
        })
        .collect();
    let old_ours: HashSet<_> = in_ours.into_values().collect();
    let old_theirs: HashSet<_> = in_theirs.into_values().collect();
    let added = |all: &[Content], old: &HashSet<usize>| -> Vec<usize> {
        (0..all.len()).filter(|at| !old.contains(at)).collect()
    };
    let (new_ours, new_theirs) = (added(ours, &old_ours), added(theirs, &old_theirs));
    let listed = |all: &[usize], side: &[Content]| -> Vec<Content> {
        all.iter().map(|at| side[*at].clone()).collect()
    };
    // What both added alike was added once: both may have merged a third branch before.
    let both = matched(&listed(&new_ours, ours), &listed(&new_theirs, theirs), false);
    let both: HashMap<_, _> =
        both.into_iter().map(|(one, other)| (new_ours[one], new_theirs[other])).collect();
    let shared: HashSet<_> = both.values().copied().collect();
    nodes.extend(new_ours.iter().map(|at| Node {
        base: None,
        ours: Some(*at),
        theirs: both.get(at).copied(),
    }));
    let only_theirs = new_theirs.into_iter().filter(|at| !shared.contains(at));
    nodes.extend(only_theirs.map(|at| Node { theirs: Some(at), ..Node::default() }));
    nodes
}

/// The nodes that a side still has: in our order, and what only they have behind what it follows
/// in theirs and behind what we put there.
fn order(nodes: &[Node], ours: usize, theirs: usize) -> Vec<Node> {
    let mut in_ours = vec![Node::default(); ours];
    let mut in_theirs = vec![Node::default(); theirs];
    for node in nodes {
        if let Some(at) = node.ours {
            in_ours[at] = *node;
        }
        if let Some(at) = node.theirs {
            in_theirs[at] = *node;
        }
    }
    // What follows our interaction at this place (0: the start), of those that only they have.
    let mut behind: Vec<Vec<Node>> = vec![Vec::new(); ours + 1];
    let mut last = 0;
    for node in in_theirs {
        match node.ours {
            Some(at) => last = at + 1,
            None => {
                // Behind what we alone put at the same place.
                let added = in_ours[last..].iter().take_while(|node| node.theirs.is_none());
                let place = last + added.count();
                behind[place].push(node);
            }
        }
    }
    let mut order = std::mem::take(&mut behind[0]);
    for (at, node) in in_ours.into_iter().enumerate() {
        order.push(node);
        order.append(&mut behind[at + 1]);
    }
    order
}

/// The later recording's header, with the tables of both.
pub(super) fn concatenated_header(ours: &Cassette, theirs: &Cassette) -> Cassette {
    let (newer, older) = if theirs.header.on > ours.header.on {
        (&theirs.header, &ours.header)
    } else {
        (&ours.header, &theirs.header)
    };
    let mut header = newer.clone();
    // What the weaker of two sets of rules let pass is in the result.
    header.redact = newer.redact.min(older.redact);
    header.tables = united(&newer.tables, &older.tables);
    header.tables.sort_by(|(one, _), (other, _)| one.cmp(other));
    header.vars = united(&newer.vars, &older.vars);
    header.other_tables = united(&newer.other_tables, &older.other_tables);
    header.other_rules = united(&newer.other_rules, &older.other_rules);
    header.from.extra = united(&newer.from.extra, &older.from.extra);
    header.extra = united(&newer.extra, &older.extra);
    Cassette { header, interactions: Vec::new() }
}

fn united<T: Clone>(first: &[(String, T)], second: &[(String, T)]) -> Vec<(String, T)> {
    let mut all = first.to_vec();
    all.extend(
        second.iter().filter(|(name, _)| !first.iter().any(|(known, _)| known == name)).cloned(),
    );
    all
}

#[cfg(test)]
mod tests;
