//! The program as its user runs it: command lines, exit codes, files, signals.

#![cfg(unix)] // signals, and the exit codes of what they end
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)] // all of it is test

mod age;
mod blob;
mod budget;
mod child;
mod compat;
mod control;
mod diff;
mod fallback;
mod faults;
mod fence;
mod foreign;
mod formats;
mod include;
mod kill;
mod latency;
mod longer;
mod merge;
mod place;
mod record;
mod replay;
mod reports;
mod scrub;
mod secrets;
mod seeding;
mod serve;
mod shadow;
mod shell;
#[cfg(target_os = "linux")]
mod sockets;
mod store;
mod stored;
mod summary;
#[path = "../support/mod.rs"]
mod support;
mod tape;
mod time;
mod tools;
mod truth;
mod update;
mod usage;
