//! A tape that answers requests, or records how they are answered.

use std::{path::PathBuf, sync::Mutex};

use bytes::Bytes;
use dynatape::{
    cli::{NotTaped, Tape as Wanted, Taped, Taping},
    proxy::control::{Kept, Status},
    wire::Request,
};
use pyo3::{
    exceptions::{PyRuntimeError, PyValueError},
    prelude::*,
    types::PyDict,
};

use crate::{Answer, read, written};

/// A tape that is open.
#[pyclass(module = "dynatape._native", frozen)]
pub(crate) struct Tape {
    taped: std::sync::RwLock<Option<Taped>>,
    /// How it ended.
    ended: Mutex<Option<Status>>,
    #[pyo3(get)]
    records: bool,
}

#[pymethods]
impl Tape {
    #[new]
    #[pyo3(signature = (path, record, upstream, region, fix))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        record: &str,
        upstream: String,
        region: Option<String>,
        fix: String,
    ) -> PyResult<Self> {
        let taping = match record {
            "auto" => Taping::Auto,
            "new" => Taping::New,
            "rewrite" => Taping::Rewrite,
            "off" => Taping::Off,
            _ => {
                let why = format!("a tape is recorded auto, new, rewrite or off; not {record}");
                return Err(PyValueError::new_err(why));
            }
        };
        let wanted = Wanted { path, taping, upstream, region, fix, record_in_ci: false };
        let taped = py.detach(|| Taped::open(wanted)).map_err(failed)?;
        let records = taped.records();
        Ok(Self { taped: Some(taped).into(), ended: Mutex::default(), records })
    }

    /// Answers one request.
    fn call(
        &self,
        py: Python<'_>,
        headers: Vec<(String, Vec<u8>)>,
        body: Vec<u8>,
    ) -> PyResult<Answer> {
        let request = Request::new(read(headers)?, Bytes::from(body));
        py.detach(|| {
            let taped = self.taped.read().map_err(poisoned)?;
            let taped = taped.as_ref().ok_or_else(closed)?;
            Ok(written(taped.call(request)))
        })
    }

    /// How it stands, or how it ended.
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let status = py.detach(|| {
            let now = self.taped.read().map_err(poisoned)?.as_ref().map(Taped::status);
            let ended = self.ended.lock().map_err(poisoned)?.clone();
            now.or(ended).ok_or_else(closed)
        })?;
        told(py, status)
    }

    /// Closes it, and tells how it ended.
    fn close<'py>(&self, py: Python<'py>, ok: bool) -> PyResult<Bound<'py, PyDict>> {
        let status = py.detach(|| {
            let taped = self.taped.write().map_err(poisoned)?.take().ok_or_else(closed)?;
            let status = taped.close(ok).map_err(failed)?;
            *self.ended.lock().map_err(poisoned)? = Some(status.clone());
            Ok::<_, PyErr>(status)
        })?;
        told(py, status)
    }
}

fn told(py: Python<'_>, status: Status) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    match status {
        Status::Plain => {}
        Status::Replay { summary, .. } => {
            dict.set_item("calls", summary.calls)?;
            dict.set_item("missed", summary.missed)?;
            let misses: Vec<_> =
                summary.misses.into_iter().map(|miss| (miss.asked, miss.report)).collect();
            dict.set_item("misses", misses)?;
            dict.set_item("unused_writes", summary.unused_writes)?;
            dict.set_item("unused_reads", summary.unused_reads)?;
        }
        Status::Record { recorded, kept } => {
            dict.set_item("recorded", recorded)?;
            if let Some(Kept { path, changed, reasons, .. }) = kept {
                dict.set_item("path", path)?;
                dict.set_item("changed", changed)?;
                dict.set_item("reasons", reasons)?;
            }
        }
    }
    Ok(dict)
}

fn failed(error: NotTaped) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

fn closed() -> PyErr {
    PyRuntimeError::new_err("the tape is closed")
}

fn poisoned<T>(_: T) -> PyErr {
    PyRuntimeError::new_err("a call of this tape panicked")
}
