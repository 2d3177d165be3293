//! What `dynatape::testing` does as the commands do it.

use std::path::Path;

use anyhow::bail;

use super::{
    load,
    settings::Environment,
    taped::{self, Taping},
};
use crate::{emulator::Emulator, proxy::control::Opened, testing::Mode};

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
    record_in_ci: bool,
) -> anyhow::Result<Opened> {
    let environment = Environment::read();
    let mode = match environment.mode.as_deref() {
        Some(name) => self::mode(name)?,
        None => mode.unwrap_or(Mode::Auto),
    };
    let tape = taped::Tape {
        path: tape.to_owned(),
        taping: match mode {
            Mode::Auto => Taping::Auto,
            Mode::New => Taping::New,
            Mode::Rewrite => Taping::Rewrite,
            Mode::Frozen => Taping::Off,
        },
        upstream: environment.upstream.clone().or(upstream).unwrap_or_else(|| "aws".to_owned()),
        region,
        fix: "run the test with DYNATAPE_RECORD=rewrite".to_owned(),
        record_in_ci,
    };
    Ok(taped::opened(tape, &environment)?)
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
