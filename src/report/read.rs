//! Reading a JSON report back, so that every other format can be made of it later.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::json::SCHEMA;
use crate::{
    conformance::{
        Body, Exchange, Folded, Material, OperationCount, Played, Run, Said, Sent, TapeRun,
    },
    diff::{Finding, Layer, Outcome, Tally},
    wire::json::{Json, JsonError, Value},
};

/// Why a text is no report that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON.
    #[error("no JSON: {0}")]
    Json(#[from] JsonError),
    /// It is JSON, and something else.
    #[error("no report of `diff` or `conform`: {0}")]
    NoReport(String),
    /// Its format is another one.
    #[error("a report of format {0}, and this dynatape reads {SCHEMA}; make it again")]
    Version(String),
}

/// The runs of a report.
///
/// # Errors
///
/// When it is no report, or one of another format.
pub fn read(text: Vec<u8>) -> Result<Vec<Run>, ReadError> {
    let json = Json::parse(text)?;
    let root = json.root();
    let version = number(root, "schema")?;
    if version != SCHEMA as usize {
        return Err(ReadError::Version(version.to_string()));
    }
    list(root, "runs")?.map(run).collect()
}

fn run(value: Value<'_>) -> Result<Run, ReadError> {
    let material = string(value, "material")?;
    let again = list(value, "again")?.filter_map(Value::as_str);
    Ok(Run {
        target: string(value, "target")?,
        material: known(Material::ALL, Material::name, &material)?,
        on: string(value, "on")?,
        version: string(value, "version")?,
        again: again.map(Cow::into_owned).collect(),
        tapes: list(value, "tapes")?.map(tape).collect::<Result<_, _>>()?,
    })
}

fn tape(value: Value<'_>) -> Result<TapeRun, ReadError> {
    let prepared = list(value, "prepared")?.filter_map(Value::as_str);
    Ok(TapeRun {
        name: string(value, "name")?,
        file: string(value, "file")?,
        from: string(value, "from")?,
        prepared: prepared.map(Cow::into_owned).collect(),
        skipped: number(value, "skipped")?,
        unanswered: number(value, "unanswered")?,
        counted: counted(value)?,
        folded: folded(value)?,
        // Only while it is played.
        key: String::new(),
        offers: BTreeSet::new(),
        played: list(value, "interactions")?.map(played).collect::<Result<_, _>>()?,
    })
}

/// What was counted and is not listed, by operation.
fn counted(tape: Value<'_>) -> Result<BTreeMap<String, OperationCount>, ReadError> {
    let Some(all) = tape.get("counted") else { return Ok(BTreeMap::new()) };
    let one = |(operation, value): (Cow<'_, str>, Value<'_>)| {
        let mut count = OperationCount::default();
        let (outcomes, layers) = (member(value, "outcomes")?, member(value, "layers")?);
        for outcome in Outcome::ALL {
            count.outcomes[outcome as usize] = number(outcomes, outcome.name())?;
        }
        for layer in Layer::ALL {
            let figures = member(layers, layer.name())?;
            count.tally.count_compared(layer, number(figures, "compared")?);
            count.tally.count_differed(layer, number(figures, "differed")?);
        }
        Ok((operation.into_owned(), count))
    };
    all.members().map(one).collect()
}

/// What is like others that are listed.
fn folded(tape: Value<'_>) -> Result<Vec<Folded>, ReadError> {
    let all = tape.get("folded").into_iter().flat_map(Value::elements);
    let text =
        |value: Value<'_>, name: &str| value.get(name).and_then(Value::as_str).map(Cow::into_owned);
    let one = |value: Value<'_>| {
        let outcome = string(value, "outcome")?;
        Ok(Folded {
            like: text(value, "like"),
            operation: text(value, "operation").unwrap_or_default(),
            outcome: known(Outcome::ALL, Outcome::name, &outcome)?,
            count: number(value, "count")?,
            findings: number(value, "findings")?,
            note: text(value, "note"),
        })
    };
    all.map(one).collect()
}

fn played(value: Value<'_>) -> Result<Played, ReadError> {
    let outcome = string(value, "outcome")?;
    let mut tally = Tally::default();
    for (layer, count) in counts(value, "compared")? {
        tally.count_compared(layer, count);
    }
    for (layer, count) in counts(value, "differed")? {
        tally.count_differed(layer, count);
    }
    let exchanges = value.get("exchanges").into_iter().flat_map(Value::elements);
    Ok(Played {
        id: string(value, "id")?,
        operation: string(value, "operation")?,
        outcome: known(Outcome::ALL, Outcome::name, &outcome)?,
        findings: list(value, "findings")?.map(finding).collect::<Result<_, _>>()?,
        tally,
        note: value.get("note").and_then(Value::as_str).map(Cow::into_owned),
        root: value.get("root").and_then(Value::as_str).map(Cow::into_owned),
        exchanges: exchanges.map(exchange).collect::<Result<_, _>>()?,
    })
}

fn finding(value: Value<'_>) -> Result<Finding, ReadError> {
    Ok(Finding {
        layer: known(Layer::ALL, Layer::name, &string(value, "layer")?)?,
        path: string(value, "path")?,
        expected: string(value, "expected")?,
        actual: string(value, "actual")?,
        matters: member(value, "matters")?.as_bool().ok_or_else(|| lacks("matters"))?,
        follows: member(value, "follows")?.as_bool().ok_or_else(|| lacks("follows"))?,
    })
}

fn exchange(value: Value<'_>) -> Result<Exchange, ReadError> {
    let request = member(value, "request")?;
    Ok(Exchange {
        label: string(value, "label")?,
        request: Sent {
            operation: string(request, "operation")?,
            headers: headers(request)?,
            body: body(request)?,
        },
        expected: value.get("expected").map(said).transpose()?,
        actual: value.get("actual").map(said).transpose()?,
    })
}

fn said(value: Value<'_>) -> Result<Said, ReadError> {
    let headers = headers(value)?.into_iter();
    Ok(Said {
        status: u16::try_from(number(value, "status")?).map_err(|_| lacks("status"))?,
        headers: headers.filter_map(|(name, value)| Some((name, value?))).collect(),
        body: body(value)?,
    })
}

fn headers(value: Value<'_>) -> Result<Vec<(String, Option<String>)>, ReadError> {
    let pair = |pair: Value<'_>| {
        let mut parts = pair.elements();
        let name = parts.next().and_then(Value::as_str).ok_or_else(|| lacks("headers"))?;
        let value = parts.next().and_then(Value::as_str);
        Ok((name.into_owned(), value.map(Cow::into_owned)))
    };
    list(value, "headers")?.map(pair).collect()
}

fn body(value: Value<'_>) -> Result<Body, ReadError> {
    let whole = value.get("shortened_from").map(|_| number(value, "shortened_from"));
    Ok(Body { text: string(value, "body")?, shortened_from: whole.transpose()? })
}

fn counts(value: Value<'_>, name: &str) -> Result<Vec<(Layer, usize)>, ReadError> {
    let all = member(value, name)?;
    let one = |(layer, _): (Cow<'_, str>, Value<'_>)| {
        Ok((known(Layer::ALL, Layer::name, &layer)?, number(all, &layer)?))
    };
    all.members().map(one).collect()
}

/// The one of these that has the name.
fn known<T: Copy, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
    wanted: &str,
) -> Result<T, ReadError> {
    let found = all.into_iter().find(|one| name(*one) == wanted);
    found.ok_or_else(|| ReadError::NoReport(format!("`{wanted}` is unknown")))
}

fn member<'a>(value: Value<'a>, name: &str) -> Result<Value<'a>, ReadError> {
    value.get(name).ok_or_else(|| lacks(name))
}

fn string(value: Value<'_>, name: &str) -> Result<String, ReadError> {
    let text = member(value, name)?.as_str().ok_or_else(|| lacks(name))?;
    Ok(text.into_owned())
}

fn number(value: Value<'_>, name: &str) -> Result<usize, ReadError> {
    let text = member(value, name)?.as_number().and_then(|text| text.parse().ok());
    text.ok_or_else(|| lacks(name))
}

fn list<'a>(
    value: Value<'a>,
    name: &str,
) -> Result<impl Iterator<Item = Value<'a>> + use<'a>, ReadError> {
    Ok(member(value, name)?.elements())
}

fn lacks(name: &str) -> ReadError {
    ReadError::NoReport(format!("`{name}` is not there, or not as it should be"))
}
