//! Recordings played at an emulator that has nothing else in it.

#![allow(unreachable_pub)] // a module of each test

use dynatape::{
    cassette::Source,
    conformance::{PlayOptions, Room, TapeRun, play},
    emulator::Emulator,
};

/// Plays one; `exact` where its bodies are the service's own bytes.
pub async fn played(name: &str, recorded: &dyn Source, exact: bool) -> TapeRun {
    let options = PlayOptions { exact, lives_on: None };
    let (emulator, mut room) = (Emulator::default(), Room::default());
    play(name, recorded, &emulator, options, &mut room, &mut || ()).await.expect(name)
}
