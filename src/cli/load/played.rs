//! The state that a tape leads to: what it takes for granted, and its writes in their order.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::Loader;
use crate::{
    cli::tape,
    conformance::{Preparation, prepare},
    wire::Effect,
};

impl Loader<'_> {
    pub(super) fn tape(&self, path: &Path) -> anyhow::Result<()> {
        let cassette = tape::load_whole(path, self.environment)?;
        let Preparation { tables, items, unknown, .. } = prepare(&cassette);
        if !unknown.is_empty() {
            bail!("nothing in the tape tells the keys of: {}", unknown.join(", "));
        }
        for request in tables.into_values().chain(items) {
            self.ask(request).context("what the tape takes for granted")?;
        }
        for interaction in &cassette.interactions {
            let writes =
                interaction.target.operation().is_some_and(|one| one.effect() == Effect::Write);
            let done = interaction.to_response().is_some_and(|answer| answer.status.is_success());
            if !(writes && done) {
                continue;
            }
            for _ in 0..interaction.times {
                self.ask(interaction.to_request()).with_context(|| {
                    format!("{}: recorded as done, and refused", interaction.id)
                })?;
            }
        }
        Ok(())
    }
}
