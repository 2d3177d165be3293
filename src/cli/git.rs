//! Telling a Git repository how tapes are merged and shown.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, bail};

use super::{args::GitCommand, exit::Exit, term};

const ATTRIBUTES: &str = "*.tape linguist-language=JSON diff=dynatape merge=dynatape text eol=lf";

/// What is set in the repository's own configuration: a file of the repository may not name
/// programs to run.
const CONFIG: [(&str, &str); 3] = [
    ("merge.dynatape.name", "dynatape: both sides' interactions"),
    ("merge.dynatape.driver", "dynatape tape merge %O %A %B"),
    ("diff.dynatape.xfuncname", "^  \"id\": \"([^\"]*)\""),
];

const SECTIONS: [&str; 2] = ["merge.dynatape", "diff.dynatape"];

pub(super) fn run(command: &GitCommand) -> anyhow::Result<Exit> {
    match command {
        GitCommand::Install { print: true } => {
            let mut text = format!(".gitattributes: {ATTRIBUTES}\n");
            for (name, value) in CONFIG {
                text.push_str(&format!("git config {name} '{value}'\n"));
            }
            term::print(text);
        }
        GitCommand::Install { print: false } => {
            let path = attributes()?;
            let mut lines = kept_lines(&path)?;
            lines.push(ATTRIBUTES.to_owned());
            write(&path, &lines)?;
            for (name, value) in CONFIG {
                git(&["config", "--local", name, value])?;
            }
            term::print("tapes are merged by dynatape here; commit .gitattributes\n");
        }
        GitCommand::Uninstall => {
            let path = attributes()?;
            let lines = kept_lines(&path)?;
            if lines.is_empty() && path.exists() {
                fs::remove_file(&path).with_context(|| path.display().to_string())?;
            } else if !lines.is_empty() {
                write(&path, &lines)?;
            }
            let config = git(&["config", "--local", "--list", "--name-only"])?;
            for section in SECTIONS {
                if config.lines().any(|name| name.starts_with(&format!("{section}."))) {
                    git(&["config", "--local", "--remove-section", section])?;
                }
            }
        }
    }
    Ok(Exit::Clean)
}

fn attributes() -> anyhow::Result<PathBuf> {
    let root = git(&["rev-parse", "--show-toplevel"])?;
    Ok(PathBuf::from(root.trim_end_matches('\n')).join(".gitattributes"))
}

/// The lines that are not ours.
fn kept_lines(path: &PathBuf) -> anyhow::Result<Vec<String>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(text.lines().filter(|line| *line != ATTRIBUTES).map(str::to_owned).collect())
}

fn write(path: &PathBuf, lines: &[String]) -> anyhow::Result<()> {
    fs::write(path, lines.join("\n") + "\n").with_context(|| path.display().to_string())
}

fn git(arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git").args(arguments).output().context("cannot run git")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {}: {}", arguments.join(" "), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
