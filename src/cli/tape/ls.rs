use std::{fmt::Write as _, path::Path};

use super::load_what_can_be_read;
use crate::{
    cassette::Answer,
    cli::{exit::Exit, settings::Environment, term},
};

pub(super) fn run(path: &Path, environment: &Environment) -> anyhow::Result<Exit> {
    let (cassette, _) = load_what_can_be_read(path, environment)?;
    let mut text = format!(
        "{}: {} interactions, {}, {}\n",
        path.display(),
        cassette.interactions.len(),
        cassette.header.from.summary(),
        cassette.header.on
    );
    for interaction in &cassette.interactions {
        let (answer, bytes) = match &interaction.answer {
            Answer::Http { status, body, .. } => {
                let kind = interaction.to_response().and_then(|response| response.error_type());
                (kind.unwrap_or_else(|| status.as_u16().to_string()), body.len())
            }
            Answer::Io(failure) => (format!("{failure:?}").to_lowercase(), 0),
        };
        let times =
            if interaction.times > 1 { format!(" x{}", interaction.times) } else { String::new() };
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "  {:<46} {answer}{times}  {} -> {bytes} bytes",
            interaction.id,
            interaction.request.len()
        );
    }
    term::print(text);
    Ok(Exit::Clean)
}
