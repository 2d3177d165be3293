use std::collections::HashMap;

/// Which live idempotency token stands for which recorded one: a bijection, so that "the same
/// token twice" and "two tokens" stay what they were.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    live: HashMap<String, String>,
    recorded: HashMap<String, String>,
}

impl Tokens {
    /// Whether the live token may stand for the recorded one: they are partners already, or both
    /// have none.
    pub(super) fn allow(&self, recorded: &str, live: &str) -> bool {
        match (self.recorded.get(recorded), self.live.get(live)) {
            (Some(partner), _) => partner == live,
            (None, partner) => partner.is_none(),
        }
    }

    pub(super) fn bind(&mut self, recorded: &str, live: &str) {
        self.recorded.insert(recorded.to_owned(), live.to_owned());
        self.live.insert(live.to_owned(), recorded.to_owned());
    }
}
