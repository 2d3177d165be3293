//! The extension module of the Python package: an emulator that is called, and nothing else.
//! What people use is Python, in `dynatape/`.

mod tape;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use dynatape::{
    cli,
    clock::{Clock as _, MovableClock, SystemClock},
    emulator::{Emulator as Emulation, Settings, capacity::Side},
    storage::MemoryStore,
    wire::{Request, Response, profile},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use pyo3::{
    exceptions::{PyOverflowError, PyValueError},
    prelude::*,
};

/// Status, headers and body.
type Answer = (u16, Vec<(String, String)>, Vec<u8>);

/// Table, global index, whether they are units of writes, how many.
type Used = (String, Option<String>, bool, f64);

/// An emulator of DynamoDB in memory, and the clock it goes by.
#[pyclass(module = "dynatape._native", frozen)]
struct Emulator {
    emulation: Emulation,
    clock: Arc<MovableClock>,
    /// What the ids of requests are made of.
    requests: AtomicU64,
}

#[pymethods]
impl Emulator {
    /// Settings by name; their values are JSON texts.
    #[new]
    #[pyo3(signature = (settings = BTreeMap::new()))]
    fn new(settings: BTreeMap<String, String>) -> PyResult<Self> {
        let mut set = Settings::default();
        for (name, value) in &settings {
            set.set(name, value).map_err(|error| PyValueError::new_err(error.to_string()))?;
        }
        let clock = Arc::new(MovableClock::new(Arc::new(SystemClock)));
        let shown = Arc::<MovableClock>::clone(&clock);
        let emulation = Emulation::new(Arc::new(MemoryStore::new()), shown, set);
        Ok(Self { emulation, clock, requests: AtomicU64::new(0) })
    }

    /// Answers one request, and tells what that used. Headers that are none are refused.
    fn call(
        &self,
        py: Python<'_>,
        headers: Vec<(String, Vec<u8>)>,
        body: Vec<u8>,
    ) -> PyResult<(Answer, Vec<Used>)> {
        let request = Request::new(read(headers)?, Bytes::from(body));
        // Other threads of Python run meanwhile.
        Ok(py.detach(|| self.answer(&request)))
    }

    /// Another emulator with all that this one was told, and a clock that shows the same time. It
    /// takes no longer the more there is.
    fn fork(&self) -> PyResult<Self> {
        let clock = Arc::new(self.clock.fork());
        let shown = Arc::<MovableClock>::clone(&clock);
        let forked = self.emulation.fork_by(shown);
        let emulation = forked.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let requests = AtomicU64::new(self.requests.load(Ordering::Relaxed));
        Ok(Self { emulation, clock, requests })
    }

    /// The time it goes by, in seconds since 1970.
    fn now(&self) -> f64 {
        let since = self.clock.now().duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default().as_secs_f64()
    }

    /// Shows another time from now on, and runs on or stands still.
    #[pyo3(signature = (now = None, runs = None))]
    fn set_clock(&self, now: Option<f64>, runs: Option<bool>) -> PyResult<()> {
        let now = now.map(|now| SystemTime::UNIX_EPOCH.checked_add(seconds(now)?));
        if now == Some(None) {
            return Err(PyOverflowError::new_err("there is no such time"));
        }
        self.clock.set_to(now.flatten(), runs);
        Ok(())
    }

    /// Puts the clock forward.
    fn advance_clock(&self, by: f64) -> PyResult<()> {
        let advanced = seconds(by).and_then(|by| self.clock.advance(by));
        advanced.ok_or_else(|| PyOverflowError::new_err("a clock goes forward, to a time there is"))
    }
}

impl Emulator {
    fn answer(&self, request: &Request) -> (Answer, Vec<Used>) {
        let (mut response, used) = self.emulation.call_metered(request);
        let id = profile::request_id(self.requests.fetch_add(1, Ordering::Relaxed));
        profile::complete(
            &mut response,
            "application/x-amz-json-1.0",
            &id,
            profile::date(self.clock.now()),
        );
        let told = used.into_iter().map(|used| {
            let writes = used.side == Side::Write;
            (used.table.into(), used.index.map(String::from), writes, used.units)
        });
        let used = told.collect();
        (written(response), used)
    }
}

fn read(headers: Vec<(String, Vec<u8>)>) -> PyResult<HeaderMap> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let header = (HeaderName::try_from(&name), HeaderValue::try_from(value));
        let (Ok(name), Ok(value)) = header else {
            return Err(PyValueError::new_err(format!("no header of HTTP: {name}")));
        };
        map.append(name, value);
    }
    Ok(map)
}

fn written(response: Response) -> Answer {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    (response.status.as_u16(), headers, response.body.into())
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// The program, with these arguments after its name: the exit code.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| cli::main(std::iter::once("dynatape".into()).chain(arguments)).code())
}

/// The extension module.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(main, module)?)?;
    module.add_class::<Emulator>()?;
    module.add_class::<tape::Tape>()
}
