//! dynalite: the usage text and the code of version 4.0.0.

use std::{ffi::OsString, fs, path::Path};

use super::{Becomes, Flag, Given, Program};

pub(super) const PROGRAM: Program =
    Program { name: "dynalite", port: 4567, flags: FLAGS, one_hyphen: false, ready, finish };

/// The file in the folder of `--path`.
const FILE: &str = "dynatape.db";

const FLAGS: &[Flag] = &[
    Flag { names: &["help", "h"], value: None, becomes: Becomes::Help, about: "this" },
    Flag {
        names: &["host"],
        value: Some("HOST"),
        becomes: Becomes::Ours("--host"),
        about: "listens on this address",
    },
    Flag {
        names: &["port"],
        value: Some("PORT"),
        becomes: Becomes::Ours("--port"),
        about: "listens on this port; 0 takes a free one",
    },
    Flag {
        names: &["path"],
        value: Some("FOLDER"),
        becomes: Becomes::Later,
        about: "keeps everything in a file there (SQLite), instead of in memory",
    },
    Flag {
        names: &["ssl"],
        value: None,
        becomes: Becomes::Ours("--tls"),
        about: "speaks TLS, with a certificate made for this run",
    },
    Flag {
        names: &["key", "cert", "ca"],
        value: Some("PEM"),
        becomes: Becomes::Refused(
            "certificates are read from files here: --tls-cert FILE --tls-key FILE",
        ),
        about: "refused: --tls-cert FILE and --tls-key FILE are what there is here",
    },
    Flag {
        names: &["createTableMs"],
        value: Some("MS"),
        becomes: Becomes::Ours("--create-table-ms"),
        about: "tables are CREATING for so long (default: 500)",
    },
    Flag {
        names: &["deleteTableMs"],
        value: Some("MS"),
        becomes: Becomes::Ours("--delete-table-ms"),
        about: "tables are DELETING for so long (default: 500)",
    },
    Flag {
        names: &["updateTableMs"],
        value: Some("MS"),
        becomes: Becomes::Ours("--update-table-ms"),
        about: "tables are UPDATING for so long (default: 500)",
    },
    Flag {
        names: &["maxItemSizeKb"],
        value: Some("KB"),
        becomes: Becomes::Checked(max_item_size),
        about: "400 is what there is always, as on AWS; others are refused",
    },
    Flag {
        names: &["verbose", "v"],
        value: None,
        becomes: Becomes::Nothing("there is no such log"),
        about: "nothing",
    },
    Flag {
        names: &["debug", "d"],
        value: None,
        becomes: Becomes::Nothing(
            "requests are not logged; `dynatape record --upstream emulator` writes a tape of them",
        ),
        about: "nothing: `dynatape record --upstream emulator` tells what was asked",
    },
];

fn max_item_size(value: &str) -> Result<(), String> {
    match value {
        "400" => Ok(()),
        _ => {
            Err("an item may have 400 KB here, as on AWS, and neither more nor less: leave it out"
                .to_owned())
        }
    }
}

/// What scripts wait for.
fn ready(port: u16, url: &str) -> String {
    let protocol = if url.starts_with("https:") { "https" } else { "http" };
    format!("Dynalite listening at: {protocol}://localhost:{port}\n")
}

fn finish(given: &Given) -> Result<Vec<OsString>, String> {
    let mut ours: Vec<OsString> = Vec::new();
    let paced = given.has_ours("--timing");
    for flag in ["--create-table-ms", "--delete-table-ms", "--update-table-ms"] {
        if !paced && !given.has_ours(flag) {
            ours.extend([flag, "500"].map(OsString::from));
        }
    }
    // It keeps tables by name alone; the region is in their ARNs only.
    if !given.has_ours("--isolation") {
        ours.extend(["--isolation", "none"].map(OsString::from));
    }
    let Some(folder) = given.value("path").map(Path::new) else { return Ok(ours) };
    // What every database of LevelDB has.
    if folder.join("CURRENT").exists() {
        return Err(format!(
            "--path {}: dynalite's own files are there, which dynatape does not read; take another \
             folder, and take its tables along with `dynatape dump` (docs/drop-in.md)",
            folder.display()
        ));
    }
    fs::create_dir_all(folder).map_err(|error| format!("--path {}: {error}", folder.display()))?;
    ours.extend(["--db".into(), folder.join(FILE).into_os_string()]);
    Ok(ours)
}
