//! The worst that can happen to a recording: SIGKILL.

use std::{
    fs, os::unix::process::ExitStatusExt as _, path::Path, process::Stdio, thread::sleep,
    time::Duration,
};

use crate::place::{Ended, Place, signal};

/// How many recordings are killed, half of them while the tape is being written.
const KILLS: u64 = 36;
/// Many and long, so that writing them takes time.
const CALLS: u64 = 25;

fn session(what: &str) -> String {
    // Refused all of them, so that every recording of it is the same.
    let call = |number| {
        let filler = "x".repeat(8000);
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
    let place = Place::new();
    place.record("new.tape", &session("new"));
    let new = undated(&place.read("new.tape"));
    place.record("old.tape", &session("old"));
    let old = place.read("old.tape");
    fs::create_dir(place.path("tapes")).unwrap();

    let (mut killed, mut kept, mut random) = (0, 0, 7_u64);
    for round in 0.. {
        assert!(round < 20 * KILLS, "only {killed} of {round} recordings were there to be killed");
        if killed == KILLS {
            break;
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let draw = |up_to: u64| (random >> 33) % up_to;
        let moment = match round % 2 {
            0 => Moment::Answers(draw(CALLS)),
            _ => Moment::Writing(Duration::from_micros(draw(3000).saturating_sub(1000))),
        };
        place.write("tapes/t.tape", &old);
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
            Moment::Writing(_) => files(&place) > stray || length(&place) != old.len() as u64,
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
        place.run("tape check tapes/t.tape").expect(0);
    }
    let stray = files(&place) - 1;
    eprintln!("{killed} killed: {kept} after the new tape was there, {stray} while it was written");

    // What was left half written is in nobody's way.
    let folder = place.run("diff tapes --format json").expect(0);
    assert_eq!(folder.stdout.matches("\"prepared\"").count(), 1, "one tape: {}", folder.stdout);
    let record = "record tapes/t.tape --upstream emulator";
    Ended::of(&mut place.with_child(record, &session("new"))).expect(0);
    assert_eq!(undated(&place.read("tapes/t.tape")), new);
}

/// Files beside the tape, and the tape.
fn files(place: &Place) -> usize {
    fs::read_dir(place.path("tapes")).unwrap().count()
}

fn length(place: &Place) -> u64 {
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
