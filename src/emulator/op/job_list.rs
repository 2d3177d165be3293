//! What lists of exports, imports and bulk operations share: pages that a token goes on after.

use crate::{
    emulator::{
        list_token,
        listing::{Listed, Page},
        rule::Limit,
        shape::Sent,
    },
    storage::{Read, StoreError},
    wire::{Fault, json::Writer},
};

/// How many are on a page unless it is said (aws-service-facts 1.14).
const SIZE: usize = 10;

/// What a token looks like: the API's model.
pub(super) const TOKEN: Limit = Limit::Pattern("([0-9a-f]{16})+", list_token::is_one);

/// Which page is asked for.
pub(super) struct Asked {
    limit: usize,
    /// The one before the first: its key without the prefix.
    after: Option<String>,
}

impl Asked {
    /// Reads it. Tokens of another list are refused; `size` is the member that says how many.
    pub(super) fn read(sent: &Sent<'_>, list: &str, size: &str) -> Result<Self, Fault> {
        let limit = sent.integer(size).and_then(|limit| usize::try_from(limit.value).ok());
        let token = sent.text("NextToken");
        Ok(Self {
            limit: limit.unwrap_or(SIZE),
            after: token.map(|token| list_token::place(list, &token)).transpose()?,
        })
    }

    /// The page, of those that are wanted.
    pub(super) fn page<T: Listed>(
        &self,
        store: &dyn Read,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Page<T>, StoreError> {
        let key = |place: &String| [&[T::PREFIX], place.as_bytes()].concat();
        T::page(store, self.after.as_ref().map(key), self.limit, wanted)
    }
}

/// Writes `NextToken`, if there are more.
pub(super) fn next<T: Listed>(page: &Page<T>, list: &str, json: &mut Writer) {
    let Some(last) = page.last() else { return };
    let key = last.key();
    let place = String::from_utf8_lossy(key.get(1..).unwrap_or_default());
    json.key("NextToken");
    json.string(&list_token::token(list, &place));
}
