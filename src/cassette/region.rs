//! The regions of a tape. Most have one, and do not say which; where there are more, its own is in
//! the header (`from.region`), and what was asked in another says so.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use super::{Cassette, Source};
use crate::wire::{MADE_FOR, Request, name_and_region, named_in, sigv4::region_of};

/// The regions of a tape.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    own: Option<String>,
    others: BTreeSet<Arc<str>>,
}

impl Regions {
    /// Those of this tape.
    #[must_use]
    pub fn of(recorded: &dyn Source) -> Self {
        let others = recorded.interactions().filter_map(|one| one.region.clone());
        Self { own: recorded.header().from.region.clone(), others: others.collect() }
    }

    /// All regions that interactions name.
    pub fn others(&self) -> impl Iterator<Item = &Arc<str>> {
        self.others.iter()
    }

    /// Says of a client's request in which of the regions it asks. A tape of one region is
    /// everybody's; in a tape of several, a region that it does not have has no answers. A
    /// signature that names none means the tape's own.
    pub fn place(&self, request: &mut Request) {
        if self.others.is_empty() || request.region.is_some() {
            return;
        }
        let Some(asked) = region_of(request) else { return };
        let is_own = self.own.as_ref().map_or_else(
            // Not told: all that is none of the others.
            || !self.others.contains(asked.as_str()),
            |own| *own == asked,
        );
        request.region = (!is_own).then(|| asked.into());
    }
}

impl Cassette {
    /// Whether it is of more than one region.
    #[must_use]
    pub fn has_regions(&self) -> bool {
        self.interactions.iter().any(|one| one.region.is_some())
    }

    /// A tape to be played. Requests that name no region are signed for [`MADE_FOR`]: where a tape
    /// of several has another for its own, each says so.
    #[must_use]
    pub fn to_play(&self) -> Cow<'_, Self> {
        if self.has_regions() { self.in_terms_of(MADE_FOR) } else { Cow::Borrowed(self) }
    }

    /// The same tape with another region for its own, if it tells which that was.
    #[must_use]
    pub fn in_terms_of(&self, region: &str) -> Cow<'_, Self> {
        let own = self.header.from.region.as_deref();
        let Some(own) = own.filter(|own| *own != region) else { return Cow::Borrowed(self) };
        let mut tape = self.clone();
        for interaction in &mut tape.interactions {
            let named = interaction.region.take().unwrap_or_else(|| own.into());
            interaction.region = Some(named).filter(|named| **named != *region);
        }
        for (table, _) in &mut tape.header.tables {
            let (name, named) = name_and_region(table);
            *table = named_in(Some(named.unwrap_or(own)).filter(|named| *named != region), name);
        }
        tape.header.from.region = Some(region.to_owned());
        Cow::Owned(tape)
    }
}

/// Two tapes that are to be one, with the same region for their own, which is the first one's.
pub(super) fn alike<'a>(
    first: &'a Cassette,
    second: &'a Cassette,
) -> (Cow<'a, Cassette>, Cow<'a, Cassette>) {
    if !first.has_regions() && !second.has_regions() {
        return (Cow::Borrowed(first), Cow::Borrowed(second));
    }
    let [one, other] = [first, second].map(|tape| tape.header.from.region.clone());
    let (mut first, mut second) = (Cow::Borrowed(first), Cow::Borrowed(second));
    match (one, other) {
        (Some(own), Some(_)) => second = Cow::Owned(second.in_terms_of(&own).into_owned()),
        (None, Some(own)) => first.to_mut().header.from.region = Some(own),
        (Some(own), None) => second.to_mut().header.from.region = Some(own),
        (None, None) => {}
    }
    (first, second)
}
