//! What `dynatape::testing` does as the commands do it.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

use super::{hub, load, locked, settings::Environment};
use crate::{
    emulator::{Emulator, Settings},
    proxy::control::{Director as _, Opened, Recorded, Replaying, Wanted},
    testing::Mode,
};

/// Loads a file or a folder into an emulator, as `serve --load` does.
pub(crate) fn load(emulator: &Emulator, path: &Path) -> anyhow::Result<()> {
    load::load(emulator, &[path.to_owned()], &Environment::read())
}

/// Replays a tape or records it, as `record --mode` does, in this process.
pub(crate) fn open(
    tape: &Path,
    mode: Option<Mode>,
    upstream: Option<String>,
    region: Option<String>,
) -> anyhow::Result<Opened> {
    let environment = Environment::read();
    let mode = match environment.mode.as_deref() {
        Some(name) => self::mode(name)?,
        None => mode.unwrap_or(Mode::Auto),
    };
    let exists = tape.exists() || locked::holds(tape)?;
    let records = match mode {
        Mode::Rewrite => true,
        Mode::Frozen => false,
        Mode::Auto if exists => false,
        Mode::New if exists && environment.ci => false,
        Mode::Auto | Mode::New if environment.ci => bail!(
            "{} does not exist, and CI=true: nothing is recorded there. Run the test where you \
             develop and commit the tape, or set DYNATAPE_RECORD=rewrite",
            tape.display()
        ),
        Mode::Auto | Mode::New => true,
    };
    let wanted = if records {
        if let Some(folder) = tape.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let how = Recorded {
            upstream: environment.upstream.clone().or(upstream).unwrap_or_else(|| "aws".to_owned()),
            region,
            max_bytes: None,
            verify: true,
            longer: mode == Mode::New,
            load: Vec::<PathBuf>::new(),
        };
        Wanted::Record(tape.to_owned(), how)
    } else {
        Wanted::Replay(tape.to_owned(), Replaying::default())
    };
    // Whether it may is settled above.
    let sessions =
        hub::Sessions { emulation: Settings::default(), environment, record_in_ci: true };
    sessions.open(&wanted).map_err(|refused| anyhow!(refused))
}

/// A mode by its name.
fn mode(name: &str) -> anyhow::Result<Mode> {
    Ok(match name {
        "auto" => Mode::Auto,
        "rewrite" => Mode::Rewrite,
        "new" => Mode::New,
        "frozen" => Mode::Frozen,
        _ => bail!("DYNATAPE_RECORD={name}: in a test it is auto, rewrite, new or frozen"),
    })
}
