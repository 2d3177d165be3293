//! Amazon's DynamoDB Local: its usage text, and what was observed of version 3.3.1.

use std::{ffi::OsString, path::Path};

use super::{Becomes, Flag, Given, Program};

pub(super) const PROGRAM: Program =
    Program { name: "DynamoDB Local", port: 8000, flags: FLAGS, one_hyphen: true, ready, finish };

/// The file of `-sharedDb`.
const SHARED: &str = "shared-local-instance.db";

const FLAGS: &[Flag] = &[
    Flag {
        names: &["port"],
        value: Some("PORT"),
        becomes: Becomes::Ours("--port"),
        about: "listens on this port; 0 takes a free one",
    },
    Flag {
        names: &["inMemory"],
        value: None,
        becomes: Becomes::Later,
        about: "keeps everything in memory",
    },
    Flag {
        names: &["dbPath"],
        value: Some("FOLDER"),
        becomes: Becomes::Later,
        about: "keeps everything in files there, of dynatape's own (default: the current folder)",
    },
    Flag {
        names: &["sharedDb"],
        value: None,
        becomes: Becomes::Later,
        about: "one database for all; without it, one for each access key in each region",
    },
    Flag {
        names: &["delayTransientStatuses"],
        value: None,
        // Of 3.3.1: an index is CREATING for 15 s, then for 15 s with Backfilling, and DELETING
        // for 15 s.
        becomes: Becomes::All(&["--update-table-ms", "15000"]),
        about: "each phase of a new index takes 15 s, and so does deleting one; other changes of a \
                table too",
    },
    Flag {
        names: &["cors"],
        value: Some("LIST"),
        becomes: Becomes::Checked(cors),
        about: "`*` is what there is always; a list of domains is refused",
    },
    Flag {
        names: &["optimizeDbBeforeStartup"],
        value: None,
        becomes: Becomes::Nothing("the files have nothing to be optimised"),
        about: "nothing",
    },
    Flag {
        names: &["disableTelemetry"],
        value: None,
        becomes: Becomes::Nothing("dynatape sends no telemetry"),
        about: "nothing: there is no telemetry",
    },
    Flag {
        names: &["jar"],
        value: Some("FILE"),
        becomes: Becomes::Nothing("there is no Java in it"),
        about: "nothing, so that a `java` command line can be left as it is",
    },
    Flag {
        names: &["D*"],
        value: None,
        becomes: Becomes::Nothing("there is no Java in it"),
        about: "nothing, likewise",
    },
    Flag {
        names: &["X*"],
        value: None,
        becomes: Becomes::Nothing("there is no Java in it"),
        about: "nothing, likewise",
    },
    Flag { names: &["version"], value: None, becomes: Becomes::Version, about: "dynatape's own" },
    Flag { names: &["help", "h"], value: None, becomes: Becomes::Help, about: "this" },
];

/// Web pages of every origin may ask, as they may AWS.
fn cors(value: &str) -> Result<(), String> {
    match value {
        "*" => Ok(()),
        _ => Err("web pages of every origin may ask here, as they may AWS, and no list narrows \
                  that down: give -cors '*', or leave it out"
            .to_owned()),
    }
}

/// The first line and the port are what scripts and test containers wait for.
fn ready(port: u16, _: &str) -> String {
    format!("Initializing DynamoDB Local with the following configuration:\nPort:\t{port}\n")
}

fn finish(given: &Given) -> Result<Vec<OsString>, String> {
    let (memory, shared) = (given.has("inMemory"), given.has("sharedDb"));
    let path = given.value("dbPath");
    if memory && path.is_some() {
        return Err("-inMemory keeps nothing in files, and -dbPath does: give one of them".into());
    }
    if given.has("optimizeDbBeforeStartup") && path.is_none() {
        return Err("-optimizeDbBeforeStartup is about the files of -dbPath: give that, too".into());
    }
    let mut ours: Vec<OsString> = Vec::new();
    if !given.has_ours("--isolation") {
        ours.extend(["--isolation", if shared { "none" } else { "client" }].map(OsString::from));
    }
    if memory || given.has_ours("--db") {
        return Ok(ours);
    }
    let folder = path.map_or(Path::new("."), Path::new);
    if !folder.is_dir() {
        return Err(format!("-dbPath {}: there is no such folder", folder.display()));
    }
    let file = if shared { folder.join(SHARED) } else { folder.to_owned() };
    ours.extend(["--db".into(), file.into_os_string()]);
    Ok(ours)
}
