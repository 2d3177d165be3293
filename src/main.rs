//! The program: what it does is in `dynatape::cli`, for other programs that bring it.

use std::process::ExitCode;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dynatape::cli::main(std::env::args_os()).into()
}
