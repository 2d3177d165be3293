use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::{
    cassette::{Lock, Locked, Secrets, scan, self_contained, text_of},
    cli::{
        exit::Exit,
        locked::{is, shelf},
        remote::Remote,
        settings::Environment,
        tape::load_own,
        term,
    },
};

pub(in crate::cli::tape) async fn run(
    tapes: &[PathBuf],
    store: Option<&str>,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let mut changed = tapes.to_vec();
    if tapes.is_empty() {
        for (tape, locked) in super::meant(tapes)? {
            if text_of(&tape).is_ok_and(|text| !is(&tape, &text, &locked.hash)) {
                changed.push(tape);
            }
        }
    }
    for tape in &changed {
        push(tape, store, environment).await?;
    }
    Ok(Exit::Clean)
}

/// Puts a tape into its store and pins it: first the object, so that no lock file ever names one
/// that is not there.
pub(in crate::cli) async fn push(
    tape: &Path,
    store: Option<&str>,
    environment: &Environment,
) -> anyhow::Result<()> {
    if environment.ci {
        bail!(
            "CI=true: nothing is pushed from there. Push {} where it was recorded",
            tape.display()
        );
    }
    let (text, hash) = self_contained(&load_own(tape, environment)?);
    // A tape may have been edited since it was recorded.
    let mut secrets = Secrets::default();
    environment.secrets.iter().for_each(|secret| secrets.add("credential", secret));
    if let Some(leak) = scan(text.as_bytes(), &secrets) {
        bail!(
            "{} holds the {} in use, as {}: it is not pushed",
            tape.display(),
            leak.what,
            leak.encoding
        );
    }
    let is_new = Lock::above(tape)?.is_none();
    let mut lock = Lock::above(tape)?.unwrap_or_else(|| Lock::new_for(tape));
    let name = lock
        .name_of(tape)
        .with_context(|| format!("{} cannot stand in {}", tape.display(), lock.path().display()))?;
    let store = match store {
        Some(store) => store.to_owned(),
        None => store_in(&lock, &name)?,
    };
    let url = object(&store, hash.digits());
    let size = text.len() as u64;
    let text = text.into();
    Remote::at(&url, environment)?.put(&text).await?;
    shelf(environment)?.put(&text)?;
    let first = lock.tapes.insert(name.clone(), Locked { hash, size, url: url.clone() }).is_none();
    lock.save()?;
    term::print(format_args!("{}: {size} bytes in {url}\n", tape.display()));
    if first {
        let made = if is_new { " (new)" } else { "" };
        term::note(format_args!(
            "commit {}{made}, and keep {name} out of Git: it belongs into .gitignore",
            lock.path().display()
        ));
    }
    Ok(())
}

/// Where a tape was pushed before, or else all others of its lock file were.
fn store_in(lock: &Lock, name: &str) -> anyhow::Result<String> {
    if let Some(locked) = lock.tapes.get(name) {
        return Ok(store_of(&locked.url));
    }
    let mut stores: Vec<_> = lock.tapes.values().map(|locked| store_of(&locked.url)).collect();
    stores.dedup();
    match stores.as_slice() {
        [only] => Ok(only.clone()),
        _ => bail!("where to? Give --store, such as s3://BUCKET/PREFIX or file:///FOLDER"),
    }
}

/// The object of this name in a store.
fn object(store: &str, name: &str) -> String {
    match store.split_once('?') {
        Some((place, query)) => format!("{}/{name}?{query}", place.trim_end_matches('/')),
        None => format!("{}/{name}", store.trim_end_matches('/')),
    }
}

/// The store of an object.
fn store_of(url: &str) -> String {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let store = place.rsplit_once('/').map_or(place, |(store, _)| store);
    if query.is_empty() { store.to_owned() } else { format!("{store}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_leads_back_to_its_store() {
        for (store, url) in [
            ("s3://tapes/a/b", "s3://tapes/a/b/name"),
            (
                "s3://tapes?endpoint=http://localhost:9000/",
                "s3://tapes/name?endpoint=http://localhost:9000/",
            ),
            ("file:///mnt/tapes", "file:///mnt/tapes/name"),
        ] {
            assert_eq!(object(store, "name"), url);
            assert_eq!(store_of(url), store);
        }
        assert_eq!(object("s3://tapes/", "name"), "s3://tapes/name");
    }
}
