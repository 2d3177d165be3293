use std::path::{Path, PathBuf};

use crate::{
    cassette::{BlobId, Locked, ShelfError, text_of},
    cli::{
        exit::Exit,
        locked::{is, shelf},
        remote::Remote,
        settings::Environment,
        term,
    },
};

pub(in crate::cli::tape) async fn run(
    tapes: &[PathBuf],
    remote: bool,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let mut exit = Exit::Clean;
    for (tape, locked) in super::meant(tapes)? {
        let mut told = vec![here(&tape, &locked, environment)?];
        if remote {
            told.push(there(&locked, environment).await?);
        }
        let well = told.iter().all(|(well, _)| *well);
        let told: Vec<_> = told.into_iter().map(|(_, text)| text).collect();
        term::print(format_args!("{}: {}\n", tape.display(), told.join("; ")));
        if !well {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}

/// What this machine has, and whether it can be replayed.
fn here(tape: &Path, locked: &Locked, environment: &Environment) -> anyhow::Result<(bool, String)> {
    if let Ok(text) = text_of(tape) {
        let same = is(tape, &text, &locked.hash);
        let told = if same { "as locked" } else { "changed here and not pushed" };
        return Ok((same, told.to_owned()));
    }
    Ok(match shelf(environment)?.get(&locked.hash) {
        Ok(_) => (true, "fetched".to_owned()),
        Err(ShelfError::Absent { .. }) => (false, "not fetched".to_owned()),
        Err(error) => (false, format!("not fetched: {error}")),
    })
}

/// What the store has.
async fn there(locked: &Locked, environment: &Environment) -> anyhow::Result<(bool, String)> {
    Ok(match Remote::at(&locked.url, environment)?.get().await {
        Ok(text) if BlobId::of(&text) == locked.hash => (true, "in its store".to_owned()),
        Ok(_) => (false, format!("{} holds something else", locked.url)),
        Err(error) => (false, format!("{error:#}")),
    })
}
