//! A folder with nothing else in it, and the program run there with nothing else in its
//! environment.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::child;

/// A session with all that a tape may hold: tables, every type, errors, pages.
pub(crate) const SESSION: &str = r#"call CreateTable {"TableName":"orders","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"day","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"GlobalSecondaryIndexes":[{"IndexName":"by-day","KeySchema":[{"AttributeName":"day","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}
call DescribeTable {"TableName":"orders"}
call PutItem {"TableName":"orders","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"text":{"S":"caf\u00e9 ✓ 😀 \"q\" \\ / \/"},"b":{"B":"AAH/"},"n":{"N":"1.50E2"},"ss":{"SS":["y","x"]},"l":{"L":[{"NULL":true},{"BOOL":false},{"M":{}}]}}}
call PutItem { "TableName": "orders", "Item": {"pk": {"S": "a"}, "sk": {"N": "2"}, "day": {"S": "mon"}} }
call GetItem {"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}
call UpdateItem {"TableName":"orders","Key":{"pk":{"S":"a"},"sk":{"N":"2"}},"UpdateExpression":"SET v = :v","ExpressionAttributeValues":{":v":{"N":"7"}},"ReturnValues":"ALL_NEW"}
call PutItem {"TableName":"orders","Item":{"pk":{"S":"a"},"sk":{"N":"2"}},"ConditionExpression":"attribute_not_exists(pk)"}
call Query {"TableName":"orders","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"Limit":1}
call Scan {"TableName":"orders","IndexName":"by-day"}
call GetItem {"TableName":"nowhere","Key":{"pk":{"S":"a"}}}
call GetItem {"TableName":"orders","Key":{"pk":{"N":"1"},"sk":{"N":"1"}}}
call DeleteTable {"TableName":"orders"}
"#;

/// How many calls that makes.
pub(crate) const CALLS: usize = 12;

/// The folder, with the child's script in it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The program with these arguments.
    pub(crate) fn dynatape<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        self.program(env!("CARGO_BIN_EXE_dynatape"), arguments)
    }

    /// Any program, in the same surroundings.
    pub(crate) fn program<S: AsRef<std::ffi::OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The program with these arguments (separated by blanks), run to its end.
    pub(crate) fn run(&self, arguments: &str) -> Ended {
        Ended::of(&mut self.dynatape(arguments.split(' ')))
    }

    /// The program with these arguments and the child that follows the script.
    pub(crate) fn with_child(&self, arguments: &str, script: &str) -> Command {
        self.with_child_of(arguments.split(' '), script)
    }

    /// The same of arguments that have blanks in them.
    pub(crate) fn with_child_of<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        script: &str,
    ) -> Command {
        self.write("script", script);
        let mut command = self.dynatape(arguments);
        command.arg("--").args(child::command()).env(child::SCRIPT, self.path("script"));
        command
    }

    /// A tape of the session, recorded from the emulator.
    pub(crate) fn record(&self, tape: &str, script: &str) -> Vec<Told> {
        let command = format!("record {tape} --upstream emulator");
        Ended::of(&mut self.with_child(&command, script)).expect(0);
        // What the emulator answered it answers again, whatever a test goes on to do with it.
        let again = self.run(&format!("diff {tape}")).expect(0);
        assert!(again.stdout.contains("no finding that matters"), "{}", again.stdout);
        self.answers()
    }

    /// What the child was told since this was asked last.
    pub(crate) fn answers(&self) -> Vec<Told> {
        let text = self.read("answers");
        fs::remove_file(self.path("answers")).unwrap();
        text.lines().map(Told::read).collect()
    }

    /// The program with these arguments, until it is ended.
    pub(crate) fn start(&self, arguments: &str) -> Running {
        Running::start(&mut self.dynatape(arguments.split(' ')))
    }
}

/// An answer that the child got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) operation: String,
    pub(crate) status: u16,
    pub(crate) checksum_is_right: bool,
    pub(crate) body: String,
}

impl Told {
    fn read(line: &str) -> Self {
        let parts: Vec<_> = line.split(' ').collect();
        Self {
            operation: parts[0].to_owned(),
            status: parts[1].parse().unwrap(),
            checksum_is_right: parts[2] == "right",
            body: String::from_utf8(STANDARD.decode(parts[3]).unwrap()).unwrap(),
        }
    }
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self:#?}");
        self
    }

    /// Asserts that it complained about this, on standard error.
    #[track_caller]
    pub(crate) fn complains(&self, text: &str) {
        assert!(self.stderr.contains(text), "{text:?} is not in {:?}", self.stderr);
    }
}

/// A server that is stopped when the test is done with it.
pub(crate) struct Running {
    child: Child,
    pub(crate) url: String,
}

impl Running {
    /// Starts it and waits until it says where it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").map(str::to_owned);
        let mut running = Self { child, url: url.unwrap_or_default() };
        assert!(running.url.starts_with("http"), "{line:?} {}", running.stderr());
        running
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal (`TERM`, `INT`) and waits for the end.
    pub(crate) fn stop(&mut self, name: &str) -> Ended {
        signal(self.id(), name);
        self.wait()
    }

    /// Closes its standard input and waits for the end.
    pub(crate) fn close(&mut self) -> Ended {
        drop(self.child.stdin.take());
        self.wait()
    }

    fn wait(&mut self) -> Ended {
        let status = self.child.wait().unwrap();
        Ended { status, stdout: String::new(), stderr: self.stderr() }
    }

    fn stderr(&mut self) -> String {
        let mut text = String::new();
        // Its end comes with the end of the process.
        if self.child.try_wait().unwrap().is_some() {
            self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        }
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(process: u32, name: &str) {
    let mut kill = Command::new("kill");
    kill.args([format!("-{name}"), process.to_string()]).stderr(Stdio::null());
    kill.status().unwrap();
}
