//! Scans of several pages. Which item comes on which page follows from an order that is nobody's
//! promise, so pages cannot be compared one by one, and a page's key means nothing to another
//! target. Each target is led on by its own keys, and what all pages together hold is compared
//! when the last one is there.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    backend::Backend,
    cassette::{Cassette, Interaction, Source, canonical},
    wire::{
        Operation, Request, Response,
        json::{Json, Value, Writer},
        named_in, profile,
    },
};

/// Members that say where in the scan a page is.
const PLACE: [&str; 2] = ["ExclusiveStartKey", "Segment"];
/// Members of an answer that depend on which page it is.
const PAGE: [&str; 4] = ["Items", "Count", "ScannedCount", "LastEvaluatedKey"];
/// A target whose pages never end is not followed for ever.
const MOST_PAGES: usize = 10_000;

/// The paged scans of one tape, while it is played.
#[derive(Debug)]
pub(super) struct Scans {
    scans: HashMap<Arc<str>, Scan>,
    /// The scan that each interaction is a page of, by its place in the tape.
    pages: BTreeMap<usize, Page>,
}

/// One scan, all segments of it.
#[derive(Debug, Default)]
struct Scan {
    /// Where in the tape the recording has all pages, and they are compared. A program may scan
    /// more than once.
    ends: Vec<usize>,
    expected: Pages,
    actual: Pages,
    /// By segment and recorded key: the target's own key, if it has more pages.
    keys: HashMap<(String, String), Option<String>>,
}

#[derive(Debug, Default)]
struct Pages {
    items: Vec<String>,
    scanned: u64,
}

#[derive(Clone, Debug)]
struct Page {
    scan: Arc<str>,
    segment: String,
    start: Option<String>,
}

/// What is met of a scan while a recording is looked through.
#[derive(Debug, Default)]
struct Seen {
    pages: usize,
    is_paged: bool,
    /// Segments of which there are more pages.
    open: Vec<String>,
    /// Scans without segments that began and did not end: several programs may scan at once.
    running: usize,
}

impl Seen {
    /// Takes a page; whether all pages are there with it, as far as was looked.
    fn page(&mut self, page: &Page, more: bool) -> bool {
        self.pages += 1;
        if page.segment.is_empty() {
            self.is_paged |= more || page.start.is_some();
            self.running += usize::from(page.start.is_none());
            self.running = self.running.saturating_sub(usize::from(!more));
            return self.running == 0;
        }
        self.is_paged |= more || self.pages > 1;
        // A segment is done when a page of it came without a key.
        self.open.retain(|segment| *segment != page.segment);
        if more {
            self.open.push(page.segment.clone());
        }
        self.open.is_empty()
    }
}

/// What to ask for a page.
pub(super) enum Ask {
    /// What was recorded.
    AsRecorded,
    /// The same, from the target's own key on.
    Instead(Box<Request>),
    /// Nothing: the target had no more pages.
    Nothing,
}

/// The ids of all pages of the scans that the interactions chosen are pages of: what a page holds
/// is only compared when all pages are there.
#[must_use]
pub fn pages_of_scans(cassette: &Cassette, chosen: impl Fn(&str) -> bool) -> Vec<String> {
    let scans = Scans::of(cassette);
    let id = |at: usize| &cassette.interactions[at].id;
    let those: Vec<_> =
        scans.pages.iter().filter(|(at, _)| chosen(id(**at))).map(|(_, page)| &page.scan).collect();
    let pages = scans.pages.iter().filter(|(_, page)| those.contains(&&page.scan));
    pages.map(|(at, _)| id(*at).clone()).collect()
}

impl Scans {
    pub(super) fn of(recorded: &dyn Source) -> Self {
        let mut scans: HashMap<Arc<str>, Scan> = HashMap::new();
        let mut pages = BTreeMap::new();
        let mut seen: HashMap<Arc<str>, Seen> = HashMap::new();
        for (at, interaction) in recorded.interactions().enumerate() {
            let Some(mut page) = page(&interaction) else { continue };
            if let Some((scan, _)) = seen.get_key_value(&page.scan) {
                page.scan = Arc::clone(scan);
            }
            let more = member(&interaction, "LastEvaluatedKey").is_some();
            let seen = seen.entry(page.scan.clone()).or_default();
            let is_whole = seen.page(&page, more);
            let scan = scans.entry(page.scan.clone()).or_default();
            if !page.segment.is_empty() {
                scan.ends.clear();
            }
            scan.ends.extend(is_whole.then_some(at));
            pages.insert(at, page);
        }
        // What came on one page is compared as one.
        let is_paged = |page: &Page| seen.get(&page.scan).is_some_and(|seen| seen.is_paged);
        pages.retain(|_, page| is_paged(page));
        scans.retain(|scan, _| seen.get(scan).is_some_and(|seen| seen.is_paged));
        Self { scans, pages }
    }

    /// What to ask for the interaction at this place of the tape.
    pub(super) fn ask(&self, at: usize, request: &Request) -> Ask {
        let Some(page) = self.pages.get(&at) else { return Ask::AsRecorded };
        let Some(start) = &page.start else { return Ask::AsRecorded };
        let place = (page.segment.clone(), start.clone());
        match self.scans.get(&page.scan).and_then(|scan| scan.keys.get(&place)) {
            None => Ask::AsRecorded,
            Some(None) => Ask::Nothing,
            Some(Some(key)) => Ask::Instead(Box::new(starting_at(request, key))),
        }
    }

    /// Takes a page: notes its items and keys, and leaves of both answers what can be compared
    /// page by page. With the last page, gives all pages as two answers.
    pub(super) async fn take(
        &mut self,
        at: usize,
        interaction: &Interaction,
        actual: Option<&Response>,
        backend: &dyn Backend,
    ) -> Option<Taken> {
        let page = self.pages.get(&at)?;
        let scan = self.scans.get_mut(&page.scan)?;
        let expected = interaction.to_response()?;
        let recorded = Json::parse(expected.body.clone()).ok()?;
        scan.expected.add(recorded.root());
        let is_last = scan.ends.binary_search(&at).is_ok();
        let mut rest = None;
        let mut key = None;
        if let Some(actual) = actual.filter(|actual| actual.status.is_success()) {
            let answered = Json::parse(actual.body.clone()).ok()?;
            scan.actual.add(answered.root());
            key = answered.root().get("LastEvaluatedKey").map(|key| key.raw().to_owned());
            rest = Some((without_page(&expected, &recorded), without_page(actual, &answered)));
        }
        match recorded.root().get("LastEvaluatedKey") {
            Some(recorded_key) => {
                scan.keys.insert((page.segment.clone(), canonical(recorded_key)), key);
            }
            // The recording's pages end here; the target's need not.
            None => scan.actual.add_rest(&interaction.to_request(), key, backend).await,
        }
        let whole = is_last.then(|| {
            let whole = (scan.expected.answer(), scan.actual.answer());
            (scan.expected, scan.actual) = Default::default();
            scan.keys.clear();
            whole
        });
        Some(Taken { rest, whole })
    }
}

/// A page, split into what can be compared at once and what with all pages only.
pub(super) struct Taken {
    /// The recorded and the actual answer without their items.
    pub(super) rest: Option<(Response, Response)>,
    /// All pages of both, as one answer each.
    pub(super) whole: Option<(Response, Response)>,
}

impl Pages {
    fn add(&mut self, answer: Value<'_>) {
        let items = answer.get("Items").into_iter().flat_map(Value::elements);
        self.items.extend(items.map(|item| item.raw().to_owned()));
        let scanned =
            answer.get("ScannedCount").and_then(|count| count.as_number()?.parse::<u64>().ok());
        self.scanned += scanned.unwrap_or(0);
    }

    async fn add_rest(
        &mut self,
        request: &Request,
        mut key: Option<String>,
        backend: &dyn Backend,
    ) {
        for _ in 0..MOST_PAGES {
            let Some(start) = key.take() else { return };
            let Ok(answer) = backend.call(starting_at(request, &start)).await else { return };
            let Ok(json) = Json::parse(answer.body) else { return };
            self.add(json.root());
            key = json.root().get("LastEvaluatedKey").map(|key| key.raw().to_owned());
        }
    }

    fn answer(&self) -> Response {
        Response::ok(format!(
            "{{\"Count\":{},\"Items\":[{}],\"ScannedCount\":{}}}",
            self.items.len(),
            self.items.join(","),
            self.scanned
        ))
    }
}

/// Which page of which scan an interaction is, if it is a successful Scan that returns items.
fn page(interaction: &Interaction) -> Option<Page> {
    let is_scan = interaction.target.operation() == Some(Operation::Scan);
    let succeeded = interaction.to_response()?.status.is_success();
    if !is_scan || !succeeded || member(interaction, "Items").is_none() {
        return None;
    }
    let request = interaction.to_request();
    let root = request.json().ok()?.root();
    let text = |name: &str| root.get(name).map(canonical);
    Some(Page {
        scan: named_in(request.region.as_deref(), &without(root, &PLACE)).into(),
        segment: text("Segment").unwrap_or_default(),
        start: text("ExclusiveStartKey"),
    })
}

/// A member of the recorded answer, as JSON text.
fn member(interaction: &Interaction, name: &str) -> Option<String> {
    let json = Json::parse(interaction.to_response()?.body).ok()?;
    json.root().get(name).map(|value| value.raw().to_owned())
}

fn starting_at(request: &Request, key: &str) -> Request {
    let Ok(body) = request.json() else { return request.clone() };
    let mut json = Writer::new();
    json.object(|json| {
        for (name, value) in body.root().members().filter(|(name, _)| name != "ExclusiveStartKey") {
            json.key(&name);
            json.raw(value.raw().as_bytes());
        }
        json.key("ExclusiveStartKey");
        json.raw(key.as_bytes());
    });
    request.clone().with_body(json.into_bytes().into())
}

/// The answer without what belongs to the page; a checksum that was right stays right.
fn without_page(answer: &Response, json: &Json) -> Response {
    let mut rest = Response { body: without(json.root(), &PAGE).into(), ..answer.clone() };
    if let Some(sent) = rest.headers.get_mut(profile::X_AMZ_CRC32)
        && *sent == profile::crc32(&answer.body).to_string()
    {
        *sent = profile::crc32(&rest.body).into();
    }
    rest
}

/// An object without some of its members.
fn without(object: Value<'_>, names: &[&str]) -> String {
    let mut json = Writer::new();
    json.object(|json| {
        for (name, value) in object.members().filter(|(name, _)| !names.contains(&&**name)) {
            json.key(&name);
            json.raw(value.raw().as_bytes());
        }
    });
    // Names and raw values, all UTF-8.
    String::from_utf8(json.into_bytes()).unwrap_or_default()
}
