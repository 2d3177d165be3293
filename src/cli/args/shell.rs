use clap::Args;
use clap_complete::Shell;

/// Print the completions of a shell
///
///   bash  dynatape completions bash > ~/.local/share/bash-completion/completions/dynatape
///   zsh   dynatape completions zsh > ~/.zfunc/_dynatape  (with ~/.zfunc in $fpath)
///   fish  dynatape completions fish > ~/.config/fish/completions/dynatape.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Print the manual page, or that of a command
///
///   dynatape man > ~/.local/share/man/man1/dynatape.1
///   dynatape man tape ls | man -l -
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ManArgs {
    /// The command
    pub(crate) command: Vec<String>,
}
