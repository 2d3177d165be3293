//! Asks the candidate, in order and side by side, and says what came of it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::timeout,
};

use super::{
    Observed, Settings, Sink, Unmeasured, id,
    inbox::{Answer, Event, Inbox, Unseen},
    judge,
    lanes::Lanes,
    overlap::{Flight, Overlapped, Overlaps},
    taint::{Root, Taints},
};
use crate::{
    backend::Backend,
    cassette::{Footprint, LiveFootprints},
    clock::Clock,
    diff::{Comparison, Outcome, Subject, compare},
    wire::{Operation, Request, Response, X_AMZ_SECURITY_TOKEN},
};

/// What a call takes besides its bodies, about: headers, and what it looks at and changes.
const OVERHEAD: usize = 2 * 1024;

#[derive(Debug)]
pub(super) struct Conductor {
    inbox: Arc<Inbox>,
    candidate: Arc<dyn Backend>,
    sink: Arc<dyn Sink>,
    settings: Settings,
    clock: Arc<dyn Clock>,
    footprints: LiveFootprints,
    overlaps: Overlaps,
    lanes: Lanes,
    taints: Taints,
    /// Tables that were made in both.
    given: HashSet<String>,
    /// Calls that the candidate is or will be asked, by their place in the order.
    calls: HashMap<u64, Call>,
    bytes: usize,
    /// Those that may go.
    ready: VecDeque<u64>,
    asked: JoinSet<Asked>,
    /// The call that each task is about, as a task that panicked tells nothing else.
    tasks: HashMap<Id, u64>,
}

/// A call that the primary answered.
#[derive(Debug)]
struct Call {
    request: Request,
    answer: Response,
    footprint: Arc<Footprint>,
    /// The same, as if it had been carried out.
    in_lanes: Footprint,
    tables: Vec<String>,
    overlapped: Overlapped,
    bytes: usize,
}

/// What the candidate said, compared.
type Asked = Result<(Response, Comparison), String>;

impl Conductor {
    pub(super) fn new(
        inbox: Arc<Inbox>,
        candidate: Arc<dyn Backend>,
        sink: Arc<dyn Sink>,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            inbox,
            candidate,
            sink,
            settings,
            clock,
            footprints: LiveFootprints::default(),
            overlaps: Overlaps::new(settings.lag),
            lanes: Lanes::default(),
            taints: Taints::default(),
            given: HashSet::new(),
            calls: HashMap::new(),
            bytes: 0,
            ready: VecDeque::new(),
            asked: JoinSet::new(),
            tasks: HashMap::new(),
        }
    }

    pub(super) async fn conduct(mut self) {
        let inbox = Arc::clone(&self.inbox);
        loop {
            tokio::select! {
                () = inbox.news.notified() => self.take_notes(),
                Some(done) = self.asked.join_next_with_id() => self.done(done),
            }
            while self.asked.len() < self.settings.at_once
                && let Some(number) = self.ready.pop_front()
            {
                self.ask(number);
            }
        }
    }

    fn take_notes(&mut self) {
        let (events, unseen) = self.inbox.take();
        if let Some(Unseen { count, since }) = unseen {
            let root = "calls that were not even noted: there was no room for more";
            self.taints.add_everything(since, &root.into());
            self.sink.unseen(count);
        }
        for event in events {
            match event {
                Event::Began { call, request } => {
                    let request = own_request(&request);
                    let possible = self.footprints.possible(&request);
                    self.overlaps.begin(call, request, possible, self.clock.now());
                }
                Event::Ended { call, at, answer } => {
                    if let Some(flight) = self.overlaps.land(call) {
                        self.ended(call, at, flight, answer);
                    }
                }
            }
        }
    }

    /// The primary has answered.
    fn ended(&mut self, call: u64, at: u64, flight: Flight, answer: Answer) {
        let request = &flight.request;
        let footprint = Arc::new(match &answer {
            Answer::Given(answer) => self.footprints.answered(request, answer),
            Answer::None { may_have_happened: false } => {
                Footprint { touches: Vec::new(), ..flight.possible.clone() }
            }
            Answer::None { .. } | Answer::NotKept => self.footprints.possible(request),
        });
        let (consistent, now) = (judge::is_consistent(request), self.clock.now());
        let overlapped = self.overlaps.end((call, at), &flight, &footprint, consistent, now);
        let bytes = OVERHEAD + request.body().len();
        let tables = request.tables();
        let answer = match answer {
            Answer::Given(answer) => own_response(&answer),
            Answer::None { .. } => {
                return self.not_asked(request, at, &footprint, Unmeasured::PrimarySilent);
            }
            Answer::NotKept => return self.not_asked(request, at, &footprint, Unmeasured::Dropped),
        };
        let bytes = bytes + answer.body.len();
        let has_room = self.calls.len() < self.settings.bounds.calls
            && (self.calls.is_empty() || self.bytes + bytes <= self.settings.bounds.bytes);
        // As the keys of its table were known when it was made.
        let in_lanes = self.in_lanes(request, &footprint);
        self.footprints.learn(request, &answer);
        if let Some(kind) = judge::is_busy(&answer) {
            return self.not_asked(request, at, &footprint, Unmeasured::PrimaryBusy(kind));
        }
        if !has_room {
            return self.not_asked(request, at, &footprint, Unmeasured::Dropped);
        }
        if self.lanes.enter(at, &in_lanes) {
            self.ready.push_back(at);
        }
        self.bytes += bytes;
        let request = flight.request;
        let call = Call { request, answer, footprint, in_lanes, tables, overlapped, bytes };
        self.calls.insert(at, call);
    }

    /// What the primary refused the candidate may do: nobody may look at it meanwhile.
    fn in_lanes(&self, request: &Request, footprint: &Footprint) -> Footprint {
        let mut in_lanes = footprint.clone();
        in_lanes.touches.extend(self.footprints.possible(request).touches);
        in_lanes.touches.sort_unstable();
        in_lanes.touches.dedup();
        in_lanes
    }

    fn not_asked(&mut self, request: &Request, at: u64, footprint: &Footprint, why: Unmeasured) {
        if footprint.is_write() {
            let what = match why {
                Unmeasured::Dropped => "which the candidate was not asked",
                _ => "to which the primary gave no answer",
            };
            let root = format!("{}, {what}", id(request, at));
            self.taints.add(at, &root.into(), &footprint.touches, &request.tables());
        }
        self.tell(request, at, Outcome::NotMeasured, Comparison::default(), Some(why));
    }

    fn ask(&mut self, number: u64) {
        let Some(call) = self.calls.get(&number) else { return };
        let (candidate, request) = (Arc::clone(&self.candidate), call.request.clone());
        let (answer, patience) = (call.answer.clone(), self.settings.patience);
        let table = call.request.table();
        let key = table.map(|table| self.footprints.key(&table)).unwrap_or_default();
        let task = self.asked.spawn(async move {
            let operation = request.target.operation();
            let actual = match timeout(patience, candidate.call(request)).await {
                Ok(actual) => actual.map_err(|error| error.to_string())?,
                Err(_) => return Err(format!("not within {} ms", patience.as_millis())),
            };
            let subject = Subject { operation, key: &key, exact: true, ..Subject::default() };
            let comparison = compare(subject, &answer, &actual);
            Ok((actual, comparison))
        });
        self.tasks.insert(task.id(), number);
    }

    /// The candidate has answered, or did not.
    fn done(&mut self, done: Result<(Id, Asked), JoinError>) {
        let (task, asked) = match done {
            Ok(done) => done,
            Err(error) => (error.id(), Err("it panicked".to_owned())),
        };
        let Some(number) = self.tasks.remove(&task) else { return };
        let Some(call) = self.calls.remove(&number) else { return };
        self.bytes -= call.bytes;
        let (outcome, comparison, why) = match asked {
            Ok((actual, comparison)) => self.answered(number, &call, &actual, comparison),
            Err(text) => {
                self.taint(number, &call, "which the candidate did not answer");
                let why = Unmeasured::NoAnswer(text);
                (Outcome::NotMeasured, Comparison::default(), Some(why))
            }
        };
        self.lanes.leave(&call.in_lanes, &mut self.ready);
        self.tell(&call.request, number, outcome, comparison, why);
    }

    /// What is thought of the candidate's answer, and of its state from now on.
    fn answered(
        &mut self,
        number: u64,
        call: &Call,
        actual: &Response,
        comparison: Comparison,
    ) -> (Outcome, Comparison, Option<Unmeasured>) {
        let (request, answer) = (&call.request, &call.answer);
        let differs = comparison.outcome() == Outcome::Divergent;
        let in_doubt = call.overlapped.doubt.is_there();
        let unsupported = differs && is_unknown(actual) && !is_unknown(answer);
        let root = || self.taints.root_of(number, &call.footprint.watches, &call.tables);
        let why = if !differs || unsupported {
            None
        } else {
            let busy = judge::is_busy(actual).map(Unmeasured::CandidateBusy);
            busy.or_else(|| root().map(Unmeasured::Follows))
                .or_else(|| judge::excuse(request, &self.given, answer, actual))
                .or_else(|| in_doubt.then_some(Unmeasured::Overlap))
        };
        let otherwise = match &why {
            _ if unsupported => "which the candidate does not know",
            Some(Unmeasured::Overlap) => OVERLAPPED,
            Some(Unmeasured::NotGiven(_)) => "about a table that was there before",
            _ => "which was answered otherwise",
        };
        let (theirs, ours) = (answer.status.is_success(), actual.status.is_success());
        let settled = self.footprints.settled(request, answer);
        let is_write = call.footprint.is_write();
        match (theirs, ours) {
            // What is not there cannot be changed, and will be asked about again.
            (true, false) if matches!(why, Some(Unmeasured::NotGiven(_))) => {}
            (true, false) | (false, true) => self.taint(number, call, otherwise),
            (false, false) => {}
            (true, true) if is_write => {
                if request.target.operation() == Some(Operation::CreateTable) {
                    self.given.extend(call.tables.iter().cloned());
                }
                if differs && judge::effects_differ(&comparison) {
                    self.taint(number, call, otherwise);
                } else if call.overlapped.unsettled {
                    self.taint(number, call, OVERLAPPED);
                } else {
                    self.taints.settle(number, &settled);
                }
            }
            // An item that is another one is told of once.
            (true, true) if differs && why.is_none() => {
                let root = format!("{}, {otherwise}", id(request, number));
                self.taints.add(number, &root.into(), &settled.items, &call.tables);
            }
            (true, true) if !differs && !in_doubt => self.taints.settle(number, &settled),
            (true, true) => {}
        }
        match &why {
            Some(_) => (Outcome::NotMeasured, Comparison::default(), why),
            None if unsupported => (Outcome::Unsupported, Comparison::default(), None),
            None => (comparison.outcome(), comparison, None),
        }
    }

    /// From this call on the candidate's state may be another, where the call may change it.
    fn taint(&mut self, number: u64, call: &Call, what: &str) {
        let watches = &call.footprint.watches;
        let root: Root = match self.taints.root_of(number, watches, &call.tables) {
            Some(root) => root,
            None => format!("{}, {what}", id(&call.request, number)).into(),
        };
        self.taints.add(number, &root, &call.in_lanes.touches, &call.tables);
    }

    fn tell(
        &self,
        request: &Request,
        number: u64,
        outcome: Outcome,
        comparison: Comparison,
        unmeasured: Option<Unmeasured>,
    ) {
        self.sink.observed(Observed { request, number, outcome, comparison, unmeasured });
        self.inbox.done();
    }
}

const OVERLAPPED: &str = "which overlapped another write";

fn is_unknown(answer: &Response) -> bool {
    answer.error_type().as_deref() == Some("UnknownOperationException")
}

/// A request that is no slice of what a connection has read: it may wait long. The token of the
/// client's credentials is none of the candidate's business.
fn own_request(request: &Request) -> Request {
    let body = Bytes::copy_from_slice(request.body());
    let mut headers = own_headers(&request.headers);
    headers.remove(X_AMZ_SECURITY_TOKEN);
    let mut own = Request::new(headers, body);
    own.query.clone_from(&request.query);
    own
}

fn own_response(response: &Response) -> Response {
    let mut own = Response::new(response.status, Bytes::copy_from_slice(&response.body));
    own.headers = own_headers(&response.headers);
    own
}

fn own_headers(headers: &HeaderMap) -> HeaderMap {
    let own = headers.iter().filter_map(|(name, value)| {
        Some((name.clone(), HeaderValue::from_bytes(value.as_bytes()).ok()?))
    });
    own.collect()
}
