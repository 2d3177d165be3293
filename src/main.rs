//! The program: see [`dynatape::cli`].

use std::process::ExitCode;

use dynatape::cli::{Cli, Exit};

fn main() -> ExitCode {
    match Cli::from_args().run() {
        Ok(exit) => exit.into(),
        Err(error) => {
            anstream::eprintln!("dynatape: {error:#}");
            Exit::Failed.into()
        }
    }
}
