//! How large a recording may become.

use crate::place::{Ended, Place, SESSION};

const RECORD: &str = "record orders.tape --upstream emulator";

fn large() -> String {
    let text = "x".repeat(10_000);
    let item = |id: u8| {
        format!(
            "call PutItem {{\"TableName\":\"big\",\"Item\":{{\"pk\":{{\"N\":\"{id}\"}},\"t\":{{\"S\":\"{text}\"}}}}}}\n"
        )
    };
    SESSION.to_owned() + &(0..30).map(item).collect::<String>()
}

#[test]
fn a_recording_that_is_too_large_is_not_accepted_and_says_what_makes_it_so() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let old = place.read("orders.tape");
    let ended = Ended::of(&mut place.with_child(RECORD, &large())).expect(1);
    ended.complains("more than the budget of 262144. What takes most:");
    ended.complains("orders.tape is as it was, what was recorded is in orders.tape.rejected");
    let largest = ended.stderr.lines().find(|line| line.contains(" % ")).unwrap();
    assert!(largest.contains("PutItem/big"), "{largest}");
    assert!(largest.ends_with("30 interactions"), "{largest}");
    assert_eq!(place.read("orders.tape"), old);
    assert!(place.read("orders.tape.rejected").len() > 256 << 10);
    place.run("tape check orders.tape.rejected").expect(0);
}

#[test]
fn the_budget_is_as_large_as_it_is_said_to_be() {
    let place = Place::new();
    for (flags, code) in [("--max-bytes off", 0), ("--max-bytes 1MiB", 0), ("--max-bytes 2000", 1)]
    {
        let command = format!("{RECORD} {flags}");
        Ended::of(&mut place.with_child(&command, &large())).expect(code);
    }
    let mut command = place.with_child(RECORD, &large());
    Ended::of(command.env("DYNATAPE_MAX_BYTES", "400KiB")).expect(0);
    let wrong =
        Ended::of(&mut place.with_child(&format!("{RECORD} --max-bytes much"), "touch ran"));
    wrong.complains("a size is a number of bytes");
    assert!(!place.has("ran"));
}

#[test]
fn the_commands_own_exit_code_comes_before_the_budget() {
    let place = Place::new();
    let script = large() + "exit 7";
    let ended = Ended::of(&mut place.with_child(RECORD, &script)).expect(7);
    ended.complains("the command failed: orders.tape is as it was");
    assert!(!place.has("orders.tape"));
}
