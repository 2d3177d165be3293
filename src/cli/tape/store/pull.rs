use std::path::PathBuf;

use anyhow::bail;

use crate::{
    cassette::{BlobId, LOCK},
    cli::{exit::Exit, locked::shelf, remote::Remote, settings::Environment, term},
};

pub(in crate::cli::tape) async fn run(
    tapes: &[PathBuf],
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let shelf = shelf(environment)?;
    for (tape, locked) in super::meant(tapes)? {
        let tape = tape.display();
        if shelf.get(&locked.hash).is_ok() {
            term::print(format_args!("{tape}: is here already\n"));
            continue;
        }
        let text = Remote::at(&locked.url, environment)?.get().await?;
        if BlobId::of(&text) != locked.hash {
            bail!(
                "{tape}: {} holds something else than {LOCK} says ({}). Nothing was taken. Restore \
                 the object, or record the tape again and push it",
                locked.url,
                locked.hash
            );
        }
        shelf.put(&text)?;
        term::print(format_args!("{tape}: {} bytes\n", text.len()));
    }
    Ok(Exit::Clean)
}
