//! The command that others record and replay: this test binary once more, doing what a script
//! says. It needs nothing that is built elsewhere.

use std::{fmt::Write as _, fs, io::Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::support::raw::{Connection, Signer, request};

/// Names the script.
pub(crate) const SCRIPT: &str = "DYNATAPE_TEST_SCRIPT";

/// How to start the child.
pub(crate) fn command() -> Vec<String> {
    let program = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
    [&*program, "--ignored", "--exact", "child::follows_its_script", "--nocapture", "--quiet"]
        .map(String::from)
        .to_vec()
}

/// The signature that the child puts on a request: another for each body, and not the body's own
/// hash, which is no secret.
pub(crate) fn signature(body: &str) -> String {
    Sha256::digest(format!("signed: {body}")).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// A line of the script is one of
///
/// - `call OPERATION BODY`: asks the endpoint; the answer goes to the file `answers`
/// - `environment`: writes the environment to the file `environment`
/// - `touch FILE`: makes a file
/// - `exit CODE`
///
/// All files are in the current folder.
#[test]
#[ignore = "is started by the other tests"]
fn follows_its_script() {
    let Some(script) = variable(SCRIPT) else { return };
    fs::write("pid", std::process::id().to_string()).unwrap();
    let mut connection = None;
    for line in fs::read_to_string(script).unwrap().lines() {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "call" => {
                let (operation, body) = rest.split_once(' ').unwrap();
                call(&mut connection, operation, body);
            }
            "environment" => {
                let all = std::env::vars().map(|(name, value)| format!("{name}={value}\n"));
                fs::write("environment", all.collect::<String>()).unwrap();
            }
            "touch" => fs::write(rest, "").unwrap(),
            "exit" => std::process::exit(rest.parse().unwrap()),
            _ => panic!("no verb: {line}"),
        }
    }
    std::process::exit(0);
}

fn call(connection: &mut Option<Connection>, operation: &str, body: &str) {
    let connection = connection.get_or_insert_with(|| {
        Connection::open(&variable("AWS_ENDPOINT_URL_DYNAMODB").unwrap()).unwrap()
    });
    let signer = Signer {
        key: variable("AWS_ACCESS_KEY_ID").unwrap(),
        token: variable("AWS_SESSION_TOKEN"),
        signature: signature(body),
    };
    let answer = connection.send(&request(operation, body, &signer)).unwrap();
    let right = if answer.checksum_is_right() { "right" } else { "wrong" };
    let mut file = fs::OpenOptions::new().create(true).append(true).open("answers").unwrap();
    writeln!(file, "{operation} {} {right} {}", answer.status, STANDARD.encode(answer.body))
        .unwrap();
}

#[allow(clippy::disallowed_methods)] // a program of its own
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
