//! How long answers took, in a tape that tells: the times of one recording stay until others are
//! asked for, so that recording again changes no byte because of them.

use std::collections::HashMap;

use crate::cassette::Cassette;

/// Leaves of the times measured those that belong in the tape: all where they are asked for
/// `anew`; else none, or, where the old tape has times, those of calls that it does not have.
pub(super) fn settle(new: &mut Cassette, old: Option<&Cassette>, anew: bool) {
    if anew {
        return;
    }
    let old = old.map(|old| old.interactions.as_slice()).unwrap_or_default();
    let told = old.iter().any(|one| one.took.is_some());
    let by_id: HashMap<_, _> = old.iter().map(|one| (one.id.as_str(), one.took)).collect();
    for interaction in &mut new.interactions {
        // Also one whose answer is another now: a second line changed would be noise.
        let before = by_id.get(interaction.id.as_str()).copied();
        interaction.took = before.unwrap_or(interaction.took).filter(|_| told);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        cassette::{Answer, Interaction, IoFailure, Took},
        wire::{Operation, Target},
    };

    fn tape(times: &[(u8, Option<u64>)]) -> Cassette {
        let mut tape = Cassette::default();
        for (key, millis) in times {
            let request = format!("{{\"Key\":{key}}}").into_bytes().into();
            let target = Target::Known(Operation::GetItem);
            let mut one = Interaction::new(target, request, Answer::Io(IoFailure::Reset));
            one.took = millis.map(|millis| Took::of(Duration::from_millis(millis)));
            tape.interactions.push(one);
        }
        tape.renumber();
        tape
    }

    #[test]
    fn times_stay_until_others_are_asked_for() {
        let settled = |old: Option<&Cassette>, anew| {
            let mut new = tape(&[(1, Some(10)), (2, Some(20))]);
            settle(&mut new, old, anew);
            new.interactions.iter().map(|one| one.took.map(Took::as_millis)).collect::<Vec<_>>()
        };
        let (timed, untimed) = (tape(&[(1, Some(5))]), tape(&[(1, None)]));
        assert_eq!(settled(None, false), [None, None]);
        assert_eq!(settled(Some(&untimed), false), [None, None]);
        assert_eq!(settled(Some(&timed), false), [Some(5), Some(20)]);
        assert_eq!(settled(Some(&timed), true), [Some(10), Some(20)]);
    }
}
