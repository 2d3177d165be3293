//! The program: reads the command line, does it, and says how it went.

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
