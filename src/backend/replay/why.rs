//! Why a recorded answer is not the answer now.

use super::{
    graph::{At, Graph},
    session::Session,
};
use crate::cassette::Interaction;

/// The writes that came before an interaction, that its answer depends on, and that were not made
/// yet.
fn missing<'a>(
    graph: &'a Graph,
    tape: &'a [Interaction],
    session: &'a Session,
    at: At,
) -> impl Iterator<Item = At> + 'a {
    (0..at).filter(move |writer| {
        session.served[*writer] < tape[*writer].times.into() && graph.sees(at, *writer)
    })
}

/// The writes that came after it and were made already.
fn ahead<'a>(
    graph: &'a Graph,
    session: &'a Session,
    at: At,
    end: At,
) -> impl Iterator<Item = At> + 'a {
    (at + 1..end).filter(move |writer| session.served[*writer] > 0 && graph.sees(at, *writer))
}

/// The reason, in words.
pub(super) fn reason(graph: &Graph, tape: &[Interaction], session: &Session, at: At) -> String {
    let interaction = &tape[at];
    if let Some(writer) = missing(graph, tape, session, at).next() {
        return format!("recorded after {}, which has not been made", tape[writer].id);
    }
    let served = session.served[at];
    if graph.is_write(at) && served >= interaction.times.into() {
        return format!("already used ({served} of {})", interaction.times);
    }
    if let Some(writer) = ahead(graph, session, at, tape.len()).next() {
        return format!(
            "recorded before {}, which has been made: the state after it was not asked for",
            tape[writer].id
        );
    }
    format!("already used ({served} of {})", interaction.times)
}
