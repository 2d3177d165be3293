//! In which order calls may go to the candidate: a lane for each thing that calls look at or
//! change. Calls that look at it may go side by side, and so may those that only add to it (two
//! items of one table); of the rest each waits for those that came before it. A call goes when it
//! may in all of its lanes. It takes its place in all of them at once, so no two wait for each
//! other.

use std::collections::{HashMap, VecDeque};

use crate::cassette::{Footprint, Resource};

/// Calls that wait, by number, and what for.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Resource, VecDeque<Group>>,
    /// In how many lanes a call may not go yet.
    missing: HashMap<u64, usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Watch,
    Touch,
    /// Looks at it and changes it: side by side with nobody.
    Both,
}

/// Calls that may go side by side. The first group of a lane may go.
#[derive(Debug)]
struct Group {
    way: Way,
    left: usize,
    /// Its calls, while it is not the first.
    waiting: Vec<u64>,
}

impl Lanes {
    /// Puts a call behind those that came before it; true if it may go at once.
    pub(super) fn enter(&mut self, number: u64, footprint: &Footprint) -> bool {
        let mut missing = 0;
        for (resource, way) in ways(footprint) {
            let lane = self.lanes.entry(resource.clone()).or_default();
            let is_first = lane.len() <= 1;
            match lane.back_mut() {
                Some(group) if group.way == way && way != Way::Both => {
                    group.left += 1;
                    if !is_first {
                        group.waiting.push(number);
                        missing += 1;
                    }
                }
                last => {
                    let waits = last.is_some();
                    let waiting = if waits { vec![number] } else { Vec::new() };
                    missing += usize::from(waits);
                    lane.push_back(Group { way, left: 1, waiting });
                }
            }
        }
        if missing > 0 {
            self.missing.insert(number, missing);
        }
        missing == 0
    }

    /// Takes a call that is done out of its lanes; `ready` gets those that may go now.
    pub(super) fn leave(&mut self, footprint: &Footprint, ready: &mut VecDeque<u64>) {
        for (resource, _) in ways(footprint) {
            let Some(lane) = self.lanes.get_mut(resource) else { continue };
            if let Some(first) = lane.front_mut() {
                first.left -= 1;
                if first.left > 0 {
                    continue;
                }
            }
            lane.pop_front();
            let next = lane.front_mut().map(|next| std::mem::take(&mut next.waiting));
            let Some(next) = next else {
                self.lanes.remove(resource);
                continue;
            };
            for number in next {
                let Some(missing) = self.missing.get_mut(&number) else { continue };
                *missing -= 1;
                if *missing == 0 {
                    self.missing.remove(&number);
                    ready.push_back(number);
                }
            }
        }
    }
}

/// What a call does to each thing it has to do with; both lists are sorted.
fn ways(footprint: &Footprint) -> impl Iterator<Item = (&Resource, Way)> {
    let watched = footprint.watches.iter().map(|resource| {
        let touched = footprint.touches.binary_search(resource).is_ok();
        (resource, if touched { Way::Both } else { Way::Watch })
    });
    let touched = footprint.touches.iter();
    let touched = touched.filter(|resource| footprint.watches.binary_search(resource).is_err());
    watched.chain(touched.map(|resource| (resource, Way::Touch)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footprint(watches: &[&str], touches: &[&str]) -> Footprint {
        let list = |names: &[&str]| names.iter().map(|name| (*name).into()).collect();
        Footprint { watches: list(watches), touches: list(touches) }
    }

    #[test]
    fn only_what_conflicts_waits_and_in_its_order() {
        let put = |key: &'static str| footprint(&[key], &[key, "table"]);
        let get = |key: &'static str| footprint(&[key], &[]);
        let scan = footprint(&["table"], &[]);
        let mut lanes = Lanes::default();
        assert!(lanes.enter(1, &put("a")));
        assert!(lanes.enter(2, &put("b")), "another item of the table");
        assert!(!lanes.enter(3, &get("a")));
        assert!(!lanes.enter(4, &get("a")));
        assert!(!lanes.enter(5, &put("a")));
        assert!(!lanes.enter(6, &scan));
        assert!(!lanes.enter(7, &put("b")));
        let mut ready = VecDeque::new();
        lanes.leave(&put("a"), &mut ready);
        assert_eq!(ready, [3, 4], "reads go side by side");
        lanes.leave(&get("a"), &mut ready);
        assert_eq!(ready, [3, 4]);
        lanes.leave(&get("a"), &mut ready);
        assert_eq!(ready, [3, 4, 5]);
        lanes.leave(&put("b"), &mut ready);
        assert_eq!(ready, [3, 4, 5], "the scan waits for all writes before it");
        lanes.leave(&put("a"), &mut ready);
        assert_eq!(ready, [3, 4, 5, 6]);
        lanes.leave(&scan, &mut ready);
        assert_eq!(ready, [3, 4, 5, 6, 7]);
        lanes.leave(&put("b"), &mut ready);
        assert!(lanes.lanes.is_empty() && lanes.missing.is_empty());
    }
}
