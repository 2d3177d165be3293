//! Completions that a shell reads, and a manual page that `man` shows.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::place::Place;

/// What a program says of a text on its standard input; nothing, if it is not installed.
fn read_by(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn shells_read_their_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = place.run(&format!("completions {shell}")).expect(0).stdout;
        assert!(text.contains("isolation") && text.contains("dynamodb-local"), "{shell}");
        if let "bash" | "zsh" = shell
            && let Some(read) = read_by(shell, &["-n"], &text)
        {
            assert_eq!(read, (true, String::new()), "{shell}");
        }
    }
    // What bash makes of it: the commands that begin with `re`.
    let script = place.run("completions bash").expect(0).stdout
        + "COMP_WORDS=(dynatape re); COMP_CWORD=1; _dynatape dynatape re dynatape; echo ${COMPREPLY[@]}";
    let (ended, said) = read_by("bash", &["--norc"], &script).unwrap();
    assert!(ended && said.trim() == "record replay report", "{said}");
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let place = Place::new();
    for (command, name, holds) in [
        ("man", "dynatape", "dynatape-serve"),
        ("man serve", "dynatape-serve", "isolation"),
        ("man tape ls", "dynatape-tape-ls", "TAPES"),
    ] {
        let page = place.run(command).expect(0).stdout;
        let title = page.lines().find(|line| line.starts_with(".TH")).unwrap();
        assert!(title.split_whitespace().nth(1) == Some(name), "{title}");
        assert!(page.replace('\\', "").contains(holds), "{command}: {page}");
        if let Some((ended, said)) = read_by("groff", &["-man", "-ww", "-z"], &page) {
            assert_eq!((ended, &*said), (true, ""), "{command}");
        }
    }
    place.run("man nonsense").expect(1).complains("dynatape has no command nonsense");
}
