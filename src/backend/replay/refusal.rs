//! What was refused, asked again under another made-up id.
//!
//! A refusal depends on what is there and changes nothing. Whoever waits for a lock tries again
//! with a new id each time, and how often depends on the time: it is refused as long as the state
//! is that in which the recorded attempts were.

use super::{
    Found, Replay,
    index::GroupId,
    session::{Session, Tier},
};
use crate::cassette::minted::Shape;

impl Replay {
    /// A recorded refusal of what a request asks, but for ids that were never heard of before, in
    /// place of ids that were in refused requests only.
    pub(super) fn refused_again(
        &self,
        groups: &[GroupId],
        values: &[(Shape, String)],
        session: &Session,
    ) -> Option<Found> {
        let tape = &self.interactions;
        groups.iter().find_map(|group| {
            let recorded = self.index.values(*group, tape);
            let pairs = recorded.iter().zip(values).filter(|(old, now)| {
                !(self.index.only_refused(old, tape) && session.bindings.is_new(now))
            });
            let (old, now): (Vec<_>, Vec<_>) =
                pairs.map(|(old, now)| (old.clone(), now.clone())).unzip();
            let bind = session.bindings.unify(&old, &now)?;
            let is_id = |shape: Shape| shape.is_identity();
            // Another item's refusal says nothing of this one.
            if old.len() == values.len()
                || !old.iter().any(|(shape, _)| is_id(*shape))
                || bind.iter().any(|(shape, ..)| is_id(*shape))
            {
                return None;
            }
            let found = self.next(*group, None, bind, session)?;
            let step = self.graph.steps[found.next.step];
            let refused = step.adds.is_none() && !self.kinds[step.at].reads;
            refused.then_some(Found { tier: Tier::Unified, ..found })
        })
    }
}
