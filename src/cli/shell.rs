//! What a shell and `man` know of the program, made of the definitions of its arguments.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;
use clap::CommandFactory as _;

use super::{
    args::{Cli, CompletionsArgs, ManArgs},
    exit::Exit,
};

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dynatape", &mut text);
    print(&text)
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<Exit> {
    let mut root = Cli::command();
    // Gives each command its whole name: the page of `tape ls` is called dynatape-tape-ls.
    root.build();
    let mut command = &root;
    for name in &args.command {
        command = command
            .find_subcommand(name)
            .with_context(|| format!("{} has no command {name}", command.get_name()))?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    print(&text)
}

fn print(text: &[u8]) -> anyhow::Result<Exit> {
    match io::stdout().lock().write_all(text) {
        // Whoever read it has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Clean),
        written => written.map(|()| Exit::Clean).context("cannot print"),
    }
}
