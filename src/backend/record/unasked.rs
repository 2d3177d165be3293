//! What of an old tape stays in a new one although nobody asked for it.

use super::Finished;
use crate::cassette::Cassette;

impl Finished {
    /// Puts the interactions at `places` of the old tape back where they stood: after what stood
    /// before them there. Gives how many they are.
    pub fn keep_unasked(&mut self, old: &Cassette, places: &[usize]) -> usize {
        let new = &mut self.cassette.interactions;
        // Behind which interaction of the new tape the next one belongs.
        let mut after = 0;
        let mut kept = 0;
        for (place, interaction) in old.interactions.iter().enumerate() {
            if places.contains(&place) {
                new.insert(after, interaction.clone());
                after += 1;
                kept += 1;
            } else if let Some(at) = new.iter().position(|one| one.id == interaction.id) {
                after = after.max(at + 1);
            }
        }
        if kept > 0 {
            if old.has_regions() {
                // What is kept names the others.
                self.cassette.header.from.region.clone_from(&old.header.from.region);
            }
            for (name, schema) in &old.header.tables {
                if !self.cassette.header.tables.iter().any(|(known, _)| known == name) {
                    self.cassette.header.tables.push((name.clone(), schema.clone()));
                }
            }
            self.cassette.header.tables.sort_by(|(one, _), (other, _)| one.cmp(other));
            self.cassette.renumber();
        }
        // Each was counted as gone.
        self.changed = self.changed.saturating_sub(kept);
        kept
    }
}
