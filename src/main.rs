//! The program: what it does is in `dynatape::cli`, for other programs that bring it.

use std::process::ExitCode;

fn main() -> ExitCode {
    dynatape::cli::main(std::env::args_os()).into()
}
