//! The worst that can happen to a recording: SIGKILL.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    thread::sleep,
    time::Duration,
};

use crate::place::{Ended, Place, signal};

/// Many and long, so that writing them takes time.
const CALLS: u64 = 25;

fn session(what: &str, length: usize) -> String {
    // Refused all of them, so that every recording of it is the same.
    let call = |number| {
        let filler = "x".repeat(length);
        format!(
            "call PutItem {{\"TableName\":\"none\",\"Item\":{{\"{what}-{number}\":{{\"S\":\"{filler}\"}}}}}}\n"
        )
    };
    (0..CALLS).map(call).collect()
}

/// When to kill.
enum Moment {
    /// When the child has so many answers.
    Answers(u64),
    /// So long after anything in the tape's folder has changed.
    Writing(Duration),
}

#[test]
fn a_killed_recording_leaves_the_old_tape_or_the_whole_new_one() {
    kill_recordings(36, 8_000);
}

#[test]
fn a_recording_killed_while_it_writes_large_bodies_leaves_those_of_the_old_tape() {
    kill_recordings(16, 40_000);
}

/// Kills so many recordings, half of them while something is being written, of bodies so long.
fn kill_recordings(kills: u64, length: usize) {
    let session = |what| session(what, length);
    let place = Place::new();
    place.record("new.tape", &session("new"));
    let new = undated(&place.read("new.tape"));
    fs::create_dir(place.path("tapes")).unwrap();
    place.record("tapes/t.tape", &session("old"));
    let old = place.read("tapes/t.tape");
    let bodies = bodies(&place);

    let (mut killed, mut kept, mut halfway, mut random) = (0, 0, 0, 7_u64);
    for round in 0.. {
        assert!(round < 20 * kills, "only {killed} of {round} recordings were there to be killed");
        if killed == kills {
            break;
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let draw = |up_to: u64| (random >> 33) % up_to;
        let moment = match round % 2 {
            0 => Moment::Answers(draw(CALLS)),
            _ => Moment::Writing(Duration::from_micros(draw(3000).saturating_sub(1000))),
        };
        place.write("tapes/t.tape", &old);
        for body in self::bodies(&place).difference(&bodies) {
            fs::remove_file(body).unwrap();
        }
        // What an orphan of the last round still writes must not be taken for this one's.
        let folder = place.path(&format!("round-{round}"));
        fs::create_dir(&folder).unwrap();
        let record = "record ../tapes/t.tape --upstream emulator";
        let mut command = place.with_child(record, &session("new"));
        command.current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null());
        let stray = files(&place);
        let mut recording = command.spawn().unwrap();
        let come = || match moment {
            Moment::Answers(count) => answers(&folder) >= count,
            Moment::Writing(_) => files(&place) > stray || tape_length(&place) != old.len() as u64,
        };
        while !come() && recording.try_wait().unwrap().is_none() {
            if matches!(moment, Moment::Answers(_)) {
                sleep(Duration::from_micros(200));
            }
        }
        if let Moment::Writing(later) = moment {
            sleep(later);
        }
        recording.kill().unwrap();
        let status = recording.wait().unwrap();
        killed += u64::from(status.signal() == Some(9));
        if let Ok(child) = fs::read_to_string(folder.join("pid")) {
            signal(child.parse().unwrap(), "KILL");
        }

        let tape = place.read("tapes/t.tape");
        let is_new = undated(&tape) == new;
        assert!(tape == old || is_new, "round {round}: neither the old nor the new tape: {tape}");
        kept += u64::from(is_new && status.signal().is_some());
        halfway += u64::from(!is_new && self::bodies(&place) != bodies);
        place.run("tape check tapes/t.tape").expect(0);
    }
    let stray = strays(&place.path("tapes"));
    eprintln!(
        "{killed} killed: {kept} after the new tape was there, {halfway} between its bodies, \
         {stray} while a file was half written"
    );
    let has_bodies = length > 32 << 10;
    assert_eq!(halfway > 0, has_bodies, "what was to be killed in the middle was not");

    // What was left half written is in nobody's way.
    let folder = place.run("diff tapes --format json").expect(0);
    assert_eq!(folder.stdout.matches("\"prepared\"").count(), 1, "one tape: {}", folder.stdout);
    let record = "record tapes/t.tape --upstream emulator";
    Ended::of(&mut place.with_child(record, &session("new"))).expect(0);
    assert_eq!(undated(&place.read("tapes/t.tape")), new);
    place.run("tape gc tapes").expect(0);
    place.run("tape check tapes/t.tape").expect(0);
}

/// Files beside the tape, and the tape.
fn files(place: &Place) -> usize {
    all_files(&place.path("tapes")).len()
}

/// What was left half written.
fn strays(folder: &Path) -> usize {
    all_files(folder).iter().filter(|path| path.extension().is_some_and(|end| end == "tmp")).count()
}

/// The files in `blobs/`.
fn bodies(place: &Place) -> BTreeSet<PathBuf> {
    all_files(&place.path("tapes/blobs"))
}

/// The files in a folder, if it is there, and in those inside it.
fn all_files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut all_files(&path));
        } else {
            found.insert(path);
        }
    }
    found
}

fn tape_length(place: &Place) -> u64 {
    fs::metadata(place.path("tapes/t.tape")).map_or(0, |data| data.len())
}

/// How many answers the child has.
fn answers(folder: &Path) -> u64 {
    let text = fs::read(folder.join("answers")).unwrap_or_default();
    text.into_iter().filter(|byte| *byte == b'\n').count() as u64
}

/// Two recordings may be of two days.
fn undated(tape: &str) -> String {
    tape.lines().filter(|line| !line.starts_with("  \"on\": ")).collect::<Vec<_>>().join("\n")
}
