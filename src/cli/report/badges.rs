use std::{fs, path::Path};

use anyhow::Context as _;

use crate::{conformance::Run, diff::Layer, report::badge::badge};

/// A file for each layer; of several targets, in a folder for each.
pub(super) fn write(runs: &[Run], folder: &Path) -> anyhow::Result<()> {
    for run in runs {
        let folder = match runs.len() {
            1 => folder.to_owned(),
            _ => folder.join(file_name(&run.target)),
        };
        let cannot = || format!("cannot write badges to {}", folder.display());
        fs::create_dir_all(&folder).with_context(cannot)?;
        for layer in Layer::ALL {
            let path = folder.join(format!("{layer}.json"));
            fs::write(path, badge(run, layer)).with_context(cannot)?;
        }
    }
    Ok(())
}

/// What every file system takes for a name: `http-localhost-8000`.
fn file_name(target: &str) -> String {
    let parts = target.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
    parts
        .filter(|part| !part.is_empty() && *part != ".." && *part != ".")
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_the_name_of_one_folder() {
        assert_eq!(file_name("http://localhost:8000"), "http-localhost-8000");
        assert_eq!(file_name("emulator, newer validation"), "emulator-newer-validation");
        assert_eq!(file_name("../../x"), "x");
    }
}
