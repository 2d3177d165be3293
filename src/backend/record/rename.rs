//! Recording a program again that makes up ids: its new ids are called what they were called in
//! the old tape, so that what did not change does not look changed (record-replay 5.5).

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;

use crate::cassette::{
    Answer, Cassette, Interaction, MatchKey,
    minted::{self, Bindings, Shape},
};

/// The interactions of the old tape that no new one has taken the place of yet.
struct Left {
    by_request: HashMap<MatchKey, VecDeque<usize>>,
    by_shape: HashMap<MatchKey, VecDeque<usize>>,
    values: Vec<Vec<(Shape, String)>>,
    taken: Vec<bool>,
}

/// The made-up values of a request, and what it is but for them. Tokens have a rule of their own:
/// those of one call are kept together.
fn unified(interaction: &Interaction) -> Option<(MatchKey, Vec<(Shape, String)>)> {
    let (key, mut values) = MatchKey::unified(&interaction.to_request())?;
    values.retain(|(shape, _)| *shape != Shape::Token);
    Some((key, values))
}

impl Left {
    fn of(old: &Cassette) -> Self {
        let mut left = Self {
            by_request: HashMap::new(),
            by_shape: HashMap::new(),
            values: Vec::with_capacity(old.interactions.len()),
            taken: vec![false; old.interactions.len()],
        };
        for (at, interaction) in old.interactions.iter().enumerate() {
            let request = MatchKey::canonical(&interaction.to_request());
            left.by_request.entry(request).or_default().push_back(at);
            let (key, values) = unified(interaction).unzip();
            if let Some(key) = key {
                left.by_shape.entry(key).or_default().push_back(at);
            }
            left.values.push(values.unwrap_or_default());
        }
        left
    }

    /// Takes the first that has this very request.
    fn take_same(&mut self, request: MatchKey) -> bool {
        let Some(places) = self.by_request.get_mut(&request) else { return false };
        while places.front().is_some_and(|at| self.taken[*at]) {
            places.pop_front();
        }
        let Some(at) = places.pop_front() else { return false };
        self.taken[at] = true;
        true
    }

    /// Takes the first whose made-up values these can stand for. A value that came `again` was not
    /// made up anew: no other is called by its name.
    fn take_like(
        &mut self,
        key: MatchKey,
        values: &[(Shape, String)],
        bindings: &Bindings,
        again: &HashSet<(Shape, String)>,
    ) -> Option<Vec<(Shape, String, String)>> {
        let places = self.by_shape.get_mut(&key)?;
        while places.front().is_some_and(|at| self.taken[*at]) {
            places.pop_front();
        }
        let untaken = places.iter().filter(|at| !self.taken[**at]);
        let (at, pairs) = untaken
            .filter_map(|at| Some((*at, bindings.unify(&self.values[*at], values)?)))
            .find(|(_, pairs)| {
                let came = |shape: Shape, value: &String| again.contains(&(shape, value.clone()));
                pairs.iter().all(|(shape, old, new)| old == new || !came(*shape, old))
            })?;
        self.taken[at] = true;
        Some(pairs)
    }
}

/// The new recording with the made-up values of the old tape; `None` where it has no others.
pub(super) fn as_in(new: &Cassette, old: &Cassette) -> Option<Cassette> {
    let bodies = old.interactions.iter().flat_map(|interaction| {
        let answer = match &interaction.answer {
            Answer::Http { body, .. } => Some(body),
            Answer::Io(_) => None,
        };
        std::iter::once(&interaction.request).chain(answer)
    });
    let mut bindings = Bindings::over(bodies);
    let mut left = Left::of(old);
    let again = new.interactions.iter().flat_map(|one| minted::values(&one.request)).collect();
    let mut renamed = new.clone();
    for (interaction, made) in renamed.interactions.iter_mut().zip(&new.interactions) {
        rename(&mut interaction.request, &bindings);
        if !left.take_same(MatchKey::canonical(&interaction.to_request()))
            && let Some((key, values)) = unified(made).filter(|(_, values)| !values.is_empty())
            && let Some(pairs) = left.take_like(key, &values, &bindings, &again)
        {
            bindings.bind(pairs);
            interaction.request.clone_from(&made.request);
            rename(&mut interaction.request, &bindings);
        }
        if let Answer::Http { body, .. } = &mut interaction.answer {
            rename(body, &bindings);
        }
    }
    (!bindings.is_empty()).then_some(renamed)
}

/// Puts the old values in place of the new.
fn rename(body: &mut Bytes, bindings: &Bindings) {
    let text = std::str::from_utf8(body).ok();
    if let Some(text) = text.and_then(|text| bindings.to_recorded(text)) {
        *body = text.into();
    }
}
