//! What is sent to the API: JSON, of which every member is known and meant.

use std::{
    borrow::Cow,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use super::{
    director::{Recorded, Refused, Replaying, Variables, Wanted},
    hub::{From, Start},
};
use crate::{
    backend::{
        faults::Rule,
        replay::{Polls, Repeats, Retries},
        retime::Times,
    },
    wire::json::{Json, Kind, Value},
};

/// The last second of the year 9999: what comes after it is not written as dates are.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// An object, or nothing, which is an empty one.
pub(super) fn body(bytes: Vec<u8>) -> Result<Json, Refused> {
    let bytes = if bytes.is_empty() { b"{}".to_vec() } else { bytes };
    Json::parse(bytes).map_err(|error| Refused::bad(format!("the body is no JSON: {error}")))
}

/// Whether a session that stops was all right.
pub(super) fn ok(body: &Json) -> Result<bool, Refused> {
    let mut ok = None;
    for (name, value) in members(body.root())? {
        match &*name {
            "ok" => ok = Some(truth(&name, value)?),
            _ => return Err(unknown(&name)),
        }
    }
    ok.ok_or_else(|| Refused::bad("`ok` is true or false, and must be given"))
}

pub(super) fn variables(value: Value<'_>) -> Result<Variables, Refused> {
    members(value)?.map(|(name, value)| Ok((name.to_string(), text(&name, value)?))).collect()
}

/// `{"NAME": "..."}`, and nothing else.
pub(super) fn only(name: &'static str, body: &Json) -> Result<String, Refused> {
    let mut found = None;
    for (member, value) in members(body.root())? {
        match &*member == name {
            true => found = Some(text(name, value)?),
            false => return Err(unknown(&member)),
        }
    }
    found.ok_or_else(|| Refused::bad(format!("`{name}` must be given")))
}

/// `{"load": [PATH, ...]}`.
pub(super) fn load(body: &Json) -> Result<Vec<PathBuf>, Refused> {
    let mut found = None;
    for (name, value) in members(body.root())? {
        match &*name {
            "load" => found = Some(paths(&name, value)?),
            _ => return Err(unknown(&name)),
        }
    }
    found.ok_or_else(|| Refused::bad("`load` is a list of files and folders, and must be given"))
}

/// Nothing can be said.
pub(super) fn nothing(body: &Json) -> Result<(), Refused> {
    members(body.root())?.next().map_or(Ok(()), |(name, _)| Err(unknown(&name)))
}

/// `{"session": ID}`, or a snapshot of it besides.
fn from(value: Value<'_>) -> Result<From, Refused> {
    let (mut session, mut snapshot) = (None, None);
    for (name, value) in members(value)? {
        match &*name {
            "session" => session = Some(text(&name, value)?),
            "snapshot" => snapshot = Some(text(&name, value)?),
            _ => return Err(unknown(&name)),
        }
    }
    let session = session.ok_or_else(|| Refused::bad("`from` needs `session`"))?;
    Ok(From { session, snapshot })
}

/// `{"faults": [RULE, ...]}`.
pub(super) fn fault_list(body: &Json) -> Result<Vec<Rule>, Refused> {
    let mut rules = None;
    for (name, value) in members(body.root())? {
        match &*name {
            "faults" => rules = Some(faults(value)?),
            _ => return Err(unknown(&name)),
        }
    }
    rules.ok_or_else(|| Refused::bad("`faults` is a list of rules, and must be given"))
}

fn faults(value: Value<'_>) -> Result<Vec<Rule>, Refused> {
    if value.kind() != Kind::Array {
        return Err(Refused::bad("\"faults\" is no list"));
    }
    let rule = |value| text("faults", value)?.parse().map_err(Refused::bad);
    value.elements().map(rule).collect()
}

/// What a clock is to show, and whether it is to run, as far as that is said.
pub(super) fn clock(body: &Json) -> Result<(Option<SystemTime>, Option<bool>), Refused> {
    let (mut now, mut runs) = (None, None);
    for (name, value) in members(body.root())? {
        match &*name {
            "now" => now = Some(SystemTime::UNIX_EPOCH + seconds(&name, value)?),
            "runs" => runs = Some(truth(&name, value)?),
            _ => return Err(unknown(&name)),
        }
    }
    Ok((now, runs))
}

/// By how much a clock is to be put forward.
pub(super) fn advance(body: &Json) -> Result<Duration, Refused> {
    let mut by = None;
    for (name, value) in members(body.root())? {
        match &*name {
            "seconds" => by = Some(seconds(&name, value)?),
            _ => return Err(unknown(&name)),
        }
    }
    by.ok_or_else(|| Refused::bad("`seconds` must be given"))
}

/// What only sessions of some modes are told; what nobody said is `None`.
#[derive(Default)]
struct Said {
    tape: Option<String>,
    upstream: Option<String>,
    load: Vec<PathBuf>,
    region: Option<String>,
    max_bytes: Option<String>,
    verify: Option<bool>,
    on_miss: Option<String>,
    strict: Option<bool>,
    allow_unused: Option<bool>,
    polls: Option<String>,
    repeats: Option<String>,
    retries: Option<String>,
    time: Option<String>,
    causal_wait_ms: Option<u64>,
}

pub(super) fn start(body: &Json) -> Result<Start, Refused> {
    let (mut mode, mut id, mut key, mut port) = (None, None, None, None);
    let (mut own_variables, mut rules, mut begins) = (Variables::new(), Vec::new(), None);
    let mut said = Said::default();
    for (name, value) in members(body.root())? {
        match &*name {
            "mode" => mode = Some(text(&name, value)?),
            "id" => id = Some(text(&name, value)?),
            "key" => key = Some(text(&name, value)?),
            "port" => port = Some(number(&name, value)?),
            "variables" => own_variables = variables(value)?,
            "faults" => rules = faults(value)?,
            "from" => begins = Some(from(value)?),
            "tape" => said.tape = Some(text(&name, value)?),
            "upstream" => said.upstream = Some(text(&name, value)?),
            "load" => said.load = paths(&name, value)?,
            "region" => said.region = Some(text(&name, value)?),
            "max_bytes" => said.max_bytes = Some(text(&name, value)?),
            "verify" => said.verify = Some(truth(&name, value)?),
            "on_miss" => said.on_miss = Some(text(&name, value)?),
            "strict" => said.strict = Some(truth(&name, value)?),
            "allow_unused" => said.allow_unused = Some(truth(&name, value)?),
            "polls" => said.polls = Some(text(&name, value)?),
            "repeats" => said.repeats = Some(text(&name, value)?),
            "retries" => said.retries = Some(text(&name, value)?),
            "time" => said.time = Some(text(&name, value)?),
            "causal_wait_ms" => said.causal_wait_ms = Some(number(&name, value)?),
            _ => return Err(unknown(&name)),
        }
    }
    let wanted = match mode.as_deref() {
        Some("emulate") => said.emulate(),
        Some("replay") => said.replay(),
        Some("record") => said.record(),
        Some("auto") => said.either(false),
        Some("new") => said.either(true),
        _ => Err(Refused::bad("`mode` is emulate, replay, record, auto or new")),
    }?;
    if begins.is_some() && !matches!(&wanted, Wanted::Emulate(load) if load.is_empty()) {
        return Err(Refused::bad("only emulate takes `from`, and without `load`"));
    }
    Ok(Start { wanted, id, key, port, variables: own_variables, faults: rules, from: begins })
}

impl Said {
    fn emulate(self) -> Result<Wanted, Refused> {
        self.only_of_replays("emulate")?;
        self.only_of_recordings("emulate")?;
        none("emulate", [("tape", self.tape.is_some())])?;
        Ok(Wanted::Emulate(self.load))
    }

    fn replay(self) -> Result<Wanted, Refused> {
        self.only_of_recordings("replay")?;
        none("replay", [("load", !self.load.is_empty())])?;
        let Some(tape) = &self.tape else { return Err(Refused::bad("replay needs `tape`")) };
        Ok(Wanted::Replay(tape.into(), self.replaying()?))
    }

    fn record(self) -> Result<Wanted, Refused> {
        self.only_of_replays("record")?;
        let (tape, recorded) = self.recorded(false)?;
        Ok(Wanted::Record(tape, recorded))
    }

    fn either(self, longer: bool) -> Result<Wanted, Refused> {
        let (tape, recorded) = self.recorded(longer)?;
        Ok(Wanted::Either(tape, recorded, self.replaying()?))
    }

    fn recorded(&self, longer: bool) -> Result<(PathBuf, Recorded), Refused> {
        let (Some(tape), Some(upstream)) = (&self.tape, &self.upstream) else {
            return Err(Refused::bad("to record needs `tape` and `upstream`"));
        };
        let max_bytes = self.max_bytes.as_ref().map(|text| text.parse()).transpose();
        let recorded = Recorded {
            upstream: upstream.clone(),
            region: self.region.clone(),
            max_bytes: max_bytes.map_err(Refused::bad)?,
            verify: self.verify.unwrap_or(true),
            longer,
            load: self.load.clone(),
        };
        Ok((tape.into(), recorded))
    }

    fn replaying(&self) -> Result<Replaying, Refused> {
        let mut how = Replaying {
            strict: self.strict.unwrap_or(false),
            allow_unused: self.allow_unused.unwrap_or(false),
            ..Replaying::default()
        };
        if how.strict && how.allow_unused {
            return Err(Refused::bad("`strict` and `allow_unused` exclude each other"));
        }
        let emulate = [("fail", false), ("emulate", true)];
        how.emulate_misses = one_of("on_miss", &self.on_miss, false, emulate)?;
        let times = [("recorded", Times::Recorded), ("shift", Times::Shift), ("live", Times::Live)];
        how.time = one_of("time", &self.time, how.time, times)?;
        let options = &mut how.options;
        let polls = [("last", Polls::Last), ("faithful", Polls::Faithful)];
        options.polls = one_of("polls", &self.polls, options.polls, polls)?;
        let repeats = [
            ("last", Repeats::Last),
            ("first", Repeats::First),
            ("cycle", Repeats::Cycle),
            ("strict", Repeats::Strict),
        ];
        options.repeats = one_of("repeats", &self.repeats, options.repeats, repeats)?;
        let retries = [("fast", Retries::Fast), ("faithful", Retries::Faithful)];
        options.retries = one_of("retries", &self.retries, options.retries, retries)?;
        if let Some(millis) = self.causal_wait_ms {
            options.causal_wait = Duration::from_millis(millis);
        }
        Ok(how)
    }

    fn only_of_recordings(&self, mode: &str) -> Result<(), Refused> {
        let said = [
            ("upstream", self.upstream.is_some()),
            ("region", self.region.is_some()),
            ("max_bytes", self.max_bytes.is_some()),
            ("verify", self.verify.is_some()),
        ];
        none(mode, said)
    }

    fn only_of_replays(&self, mode: &str) -> Result<(), Refused> {
        let said = [
            ("on_miss", self.on_miss.is_some()),
            ("strict", self.strict.is_some()),
            ("allow_unused", self.allow_unused.is_some()),
            ("polls", self.polls.is_some()),
            ("repeats", self.repeats.is_some()),
            ("retries", self.retries.is_some()),
            ("time", self.time.is_some()),
            ("causal_wait_ms", self.causal_wait_ms.is_some()),
        ];
        none(mode, said)
    }
}

/// What would be without effect is refused: whoever said it expects one.
fn none<const N: usize>(mode: &str, said: [(&str, bool); N]) -> Result<(), Refused> {
    match said.iter().find(|(_, said)| *said) {
        Some((name, _)) => Err(Refused::bad(format!("{mode} takes no `{name}`"))),
        None => Ok(()),
    }
}

fn one_of<T: Copy, const N: usize>(
    name: &str,
    said: &Option<String>,
    default: T,
    known: [(&str, T); N],
) -> Result<T, Refused> {
    let Some(said) = said else { return Ok(default) };
    let found = known.iter().find(|(name, _)| name == said);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known = known.map(|(name, _)| name).join(", ");
        Refused::bad(format!("`{name}` is one of {known}"))
    })
}

fn members<'a>(
    value: Value<'a>,
) -> Result<impl Iterator<Item = (Cow<'a, str>, Value<'a>)>, Refused> {
    if value.kind() != Kind::Object {
        return Err(Refused::bad("an object is expected"));
    }
    Ok(value.members())
}

fn unknown(name: &str) -> Refused {
    Refused::bad(format!("{name:?} is not known here"))
}

fn paths(name: &str, value: Value<'_>) -> Result<Vec<PathBuf>, Refused> {
    if value.kind() != Kind::Array {
        return Err(Refused::bad(format!("{name:?} is no list")));
    }
    value.elements().map(|value| Ok(text(name, value)?.into())).collect()
}

fn text(name: &str, value: Value<'_>) -> Result<String, Refused> {
    let text = value.as_str().ok_or_else(|| Refused::bad(format!("{name:?} is no string")))?;
    Ok(text.into_owned())
}

fn truth(name: &str, value: Value<'_>) -> Result<bool, Refused> {
    value.as_bool().ok_or_else(|| Refused::bad(format!("{name:?} is neither true nor false")))
}

fn number<T: std::str::FromStr>(name: &str, value: Value<'_>) -> Result<T, Refused> {
    let number = value.as_number().and_then(|number| number.parse().ok());
    number.ok_or_else(|| Refused::bad(format!("{name:?} is no such number")))
}

fn seconds(name: &str, value: Value<'_>) -> Result<Duration, Refused> {
    let seconds: f64 = number(name, value)?;
    let seconds = Some(seconds).filter(|seconds| (0.0..=LAST_SECOND).contains(seconds));
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| Refused::bad(format!("{name:?} is from 0 to {LAST_SECOND} seconds")))
}
