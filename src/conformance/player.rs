//! The player: puts the requests of a cassette to a backend in recorded order and compares each
//! answer with the recorded one.
//!
//! Of a recording of any length one interaction is held at a time. What is kept of those played is
//! what their [`Room`] lets be listed, and what tells later ones apart from what they follow from
//! (`taint.rs`), both bounded.

use std::collections::BTreeSet;

use super::{
    Exchange,
    classes::offered,
    prepare::{Preparation, prepare},
    room::{Keeper, Room},
    run::{Played, TapeRun},
    scan::{Ask, Scans, Taken},
    taint::Taints,
    token,
};
use crate::{
    backend::{
        Backend, BackendError,
        active::{Active, table_request, until_active},
    },
    cassette::{Interaction, Source},
    diff::{Comparison, Outcome, Subject, compare},
    wire::{Operation, Request, Response},
};

/// How to play.
#[derive(Clone, Copy, Debug)]
pub struct PlayOptions {
    /// Whether the recorded bytes are those of the wire; see [`Subject::exact`].
    pub exact: bool,
    /// For a target that lives on after the tape: what was made in it is deleted, and idempotency
    /// tokens are renewed, by this number, which is to be another in every run.
    pub lives_on: Option<u64>,
}

/// Plays one recording: a cassette as [`Cassette::to_play`] makes it, or a tape that is read
/// meanwhile. `progress` is called after each interaction.
///
/// [`Cassette::to_play`]: crate::cassette::Cassette::to_play
///
/// # Errors
///
/// When what the recording takes for granted cannot be made in the target, or a table that it makes
/// is there already: nothing measured after that would mean anything.
pub async fn play(
    name: &str,
    recorded: &dyn Source,
    backend: &dyn Backend,
    options: PlayOptions,
    room: &mut Room,
    progress: &mut (dyn FnMut() + Send),
) -> Result<TapeRun, PrepareError> {
    let mut run = TapeRun {
        name: name.to_owned(),
        from: recorded.header().from.summary(),
        ..TapeRun::default()
    };
    let mut preparation = prepare(recorded);
    if options.lives_on.is_some() {
        preparation.only_its_own_region();
    }
    let mut made = BTreeSet::new();
    let mut ready = set_up(&preparation, backend, &mut run, &mut made).await;
    // They are in the target now.
    preparation.items = Vec::new();
    if ready.is_ok() {
        let (mut keeper, mut taints) = (Keeper::new(room), Taints::of(recorded));
        let mut player = Player {
            backend,
            preparation: &preparation,
            scans: Scans::of(recorded),
            exact: options.exact,
            recorded_on: &recorded.header().on,
            run: options.lives_on,
        };
        for (at, interaction) in recorded.interactions().enumerate() {
            let interaction = &*interaction;
            if let Some(recorded) = interaction.to_response() {
                let operation = interaction.target.operation();
                run.offers.extend(offered(operation, &recorded, options.exact));
            }
            let (mut played, answered) = player.one(at, interaction).await;
            match answered {
                Answered::Success if creates_table(interaction) => {
                    made.extend(interaction.to_request().table());
                }
                // What follows would be done to somebody's table: written to, deleted.
                Answered::InTheWay(answer) if options.lives_on.is_some() => {
                    let what = format!("create table for {}", interaction.id);
                    ready = Err(PrepareError::Refused { what, answer });
                    break;
                }
                Answered::Success
                | Answered::Refusal
                | Answered::InTheWay(_)
                | Answered::NotAsked => {}
                Answered::Nothing => run.unanswered += 1,
            }
            // An answer that came several times in a row: a write counts as often as it was made.
            for _ in 1..interaction.times {
                let (again, _) = player.one(at, interaction).await;
                played = if again.outcome > played.outcome { again } else { played };
            }
            taints.next(interaction, &mut played);
            keeper.put(&mut run, played);
            progress();
        }
    }
    if options.lives_on.is_some() {
        for table in made {
            // Best effort: a table that the recording deleted itself is gone already.
            let _ = backend.call(table_request(Operation::DeleteTable, &table)).await;
        }
    }
    ready.map(|()| run)
}

/// The target could not be brought to where the recording starts.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A request of the preparation was refused.
    #[error("cannot prepare the target: {what}: {answer}")]
    Refused {
        /// What was being made.
        what: String,
        /// What the target said.
        answer: String,
    },
    /// There was no answer.
    #[error("cannot prepare the target: {what}: {cause}")]
    NoAnswer {
        /// What was being made.
        what: String,
        /// Why not.
        cause: BackendError,
    },
}

async fn set_up(
    preparation: &Preparation,
    backend: &dyn Backend,
    run: &mut TapeRun,
    made: &mut BTreeSet<String>,
) -> Result<(), PrepareError> {
    for (table, request) in &preparation.tables {
        must(backend, request.clone(), || format!("create table {table}")).await?;
        made.insert(table.clone());
        wait_until_active(backend, table).await?;
        run.prepared.push(format!("table {table}"));
    }
    for request in &preparation.items {
        must(backend, request.clone(), || {
            "put an item that was there before the recording".to_owned()
        })
        .await?;
    }
    if !preparation.items.is_empty() {
        run.prepared.push(format!("{} items", preparation.items.len()));
    }
    for table in &preparation.unknown {
        run.prepared.push(format!("not table {table}: nothing recorded tells its key"));
    }
    Ok(())
}

async fn must(
    backend: &dyn Backend,
    request: Request,
    what: impl Fn() -> String,
) -> Result<Response, PrepareError> {
    match backend.call(request).await {
        Ok(response) if response.status.is_success() => Ok(response),
        Ok(response) => {
            let answer = String::from_utf8_lossy(&response.body).into_owned();
            Err(PrepareError::Refused { what: what(), answer })
        }
        Err(cause) => Err(PrepareError::NoAnswer { what: what(), cause }),
    }
}

/// Other targets take their time to make a table.
pub(super) async fn wait_until_active(
    backend: &dyn Backend,
    table: &str,
) -> Result<(), PrepareError> {
    let what = || format!("wait for table {table}");
    match until_active(backend, table).await {
        Ok(Active::Yes) => Ok(()),
        Ok(Active::No(answer)) => Err(PrepareError::Refused { what: what(), answer }),
        Err(cause) => Err(PrepareError::NoAnswer { what: what(), cause }),
    }
}

/// What the target did about a request.
enum Answered {
    Success,
    Refusal,
    /// A table that the recording makes was there already; the text is the answer.
    InTheWay(String),
    Nothing,
    NotAsked,
}

/// One tape being played.
struct Player<'a> {
    backend: &'a dyn Backend,
    preparation: &'a Preparation,
    scans: Scans,
    exact: bool,
    recorded_on: &'a str,
    run: Option<u64>,
}

impl Player<'_> {
    async fn one(&mut self, at: usize, interaction: &Interaction) -> (Played, Answered) {
        // Made once: its body is parsed on first use and the reading goes with it.
        let request = interaction.to_request();
        if let Some(why) = self.preparation.cannot_measure(interaction, &request, self.exact) {
            return (unmeasured(interaction, why.to_owned()), Answered::NotAsked);
        }
        if self.run.is_some() && request.region.is_some() {
            // As of cases: it is an endpoint of one region.
            let why = "the target is in one region";
            return (unmeasured(interaction, why.to_owned()), Answered::NotAsked);
        }
        if reads_a_stream(&request) {
            let why = "names a stream as the recorded service called it";
            return (unmeasured(interaction, why.to_owned()), Answered::NotAsked);
        }
        let table = request.table();
        let request = match self.scans.ask(at, &request) {
            Ask::AsRecorded => token::renew(request, self.run),
            Ask::Instead(request) => *request,
            Ask::Nothing => {
                return (
                    self.missing_page(at, interaction, table.as_deref()).await,
                    Answered::NotAsked,
                );
            }
        };
        let actual = match self.backend.call(request).await {
            Ok(actual) => actual,
            Err(error) => return (unmeasured(interaction, error.to_string()), Answered::Nothing),
        };
        let answered = answered(interaction, &actual);
        let Some(expected) = interaction.to_response() else {
            let why = "the recording holds a broken connection here";
            return (unmeasured(interaction, why.to_owned()), answered);
        };
        if unknown_to_target(&expected, &actual) {
            let mut played = played(interaction, Outcome::Unsupported, Comparison::default());
            played.exchanges = exchanges(interaction, &[(expected, actual)]);
            return (played, answered);
        }
        let taken = self.scans.take(at, interaction, Some(&actual), self.backend).await;
        let played = match taken {
            Some(Taken { rest: Some(rest), whole }) => {
                let parts: Vec<_> = std::iter::once(rest).chain(whole).collect();
                self.compared(interaction, table.as_deref(), &parts)
            }
            _ => self.compared(interaction, table.as_deref(), &[(expected, actual)]),
        };
        (played, answered)
    }

    /// A page of a scan that the target does not have: it said earlier that there is no more.
    async fn missing_page(
        &mut self,
        at: usize,
        interaction: &Interaction,
        table: Option<&str>,
    ) -> Played {
        let taken = self.scans.take(at, interaction, None, self.backend).await;
        match taken.and_then(|taken| taken.whole) {
            Some(whole) => self.compared(interaction, table, &[whole]),
            None => unmeasured(interaction, "the target's scan has fewer pages".to_owned()),
        }
    }

    fn compared(
        &self,
        interaction: &Interaction,
        table: Option<&str>,
        answers: &[(Response, Response)],
    ) -> Played {
        let key = table.and_then(|table| self.preparation.keys.get(table));
        let subject = Subject {
            operation: interaction.target.operation(),
            key: key.map_or(&[][..], Vec::as_slice),
            exact: self.exact,
            recorded_on: self.recorded_on,
            ..Subject::default()
        };
        let mut comparison = Comparison::default();
        for (expected, actual) in answers {
            let part = compare(subject, expected, actual);
            comparison.findings.extend(part.findings);
            comparison.tally.add(&part.tally);
        }
        let mut played = played(interaction, comparison.outcome(), comparison);
        if played.outcome != Outcome::Exact {
            played.exchanges = exchanges(interaction, answers);
        }
        played
    }
}

fn played(interaction: &Interaction, outcome: Outcome, comparison: Comparison) -> Played {
    Played {
        id: interaction.id.clone(),
        operation: interaction.target.name().to_owned(),
        outcome,
        findings: comparison.findings,
        tally: comparison.tally,
        note: None,
        exchanges: Vec::new(),
        root: None,
    }
}

/// What was asked, with each pair of answers: the last page of a scan has two, of the page and of
/// all pages together.
fn exchanges(interaction: &Interaction, answers: &[(Response, Response)]) -> Vec<Exchange> {
    let request = interaction.to_request();
    let labels = if answers.len() > 1 { ["the page", "all pages"] } else { ["", ""] };
    let pairs = answers.iter().zip(labels);
    pairs.map(|((old, new), label)| Exchange::of(label, &request, Some(old), Some(new))).collect()
}

/// Whether a request names a stream, a shard or an iterator: each is made up by who answers, and
/// holds a time.
fn reads_a_stream(request: &Request) -> bool {
    use Operation as O;
    let operation = request.target.operation();
    matches!(operation, Some(O::DescribeStream | O::GetShardIterator | O::GetRecords))
}

fn unmeasured(interaction: &Interaction, note: String) -> Played {
    let (request, expected) = (interaction.to_request(), interaction.to_response());
    Played {
        note: Some(note),
        exchanges: vec![Exchange::of("", &request, expected.as_ref(), None)],
        ..played(interaction, Outcome::NotMeasured, Comparison::default())
    }
}

fn unknown_to_target(expected: &Response, actual: &Response) -> bool {
    const UNKNOWN: &str = "UnknownOperationException";
    actual.error_type().as_deref() == Some(UNKNOWN)
        && expected.error_type().as_deref() != Some(UNKNOWN)
}

fn answered(interaction: &Interaction, actual: &Response) -> Answered {
    if actual.status.is_success() {
        return Answered::Success;
    }
    let made_it = interaction.to_response().is_some_and(|response| response.status.is_success());
    let there = actual.error_type().as_deref() == Some("ResourceInUseException");
    match creates_table(interaction) && made_it && there {
        true => Answered::InTheWay(String::from_utf8_lossy(&actual.body).into_owned()),
        false => Answered::Refusal,
    }
}

fn creates_table(interaction: &Interaction) -> bool {
    interaction.target.operation() == Some(Operation::CreateTable)
}

#[cfg(test)]
mod tests {
    use std::{
        borrow::Cow,
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use bytes::Bytes;

    use super::*;
    use crate::{
        backend::BoxFuture,
        cassette::{Answer, Cassette, Header},
        wire::{Fault, Target},
    };

    /// A target that somebody uses: a table of theirs is there already, and it breaks on a Scan.
    #[derive(Debug, Default)]
    struct InUse(Mutex<Vec<String>>);

    impl Backend for InUse {
        fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
            let asked =
                format!("{} {}", request.target.name(), request.table().unwrap_or_default());
            self.0.lock().expect("one thread").push(asked.clone());
            let answer = match &*asked {
                "CreateTable theirs" => {
                    Ok(Fault::new("ResourceInUseException", "Table exists").into_response())
                }
                "Scan ours" => {
                    Err(BackendError::Internal { doing: "scanning", cause: "broken".into() })
                }
                _ => Ok(Response::ok("{}")),
            };
            Box::pin(std::future::ready(answer))
        }
    }

    async fn played(
        interactions: &[(Operation, &str)],
    ) -> (Result<TapeRun, PrepareError>, Vec<String>) {
        let mut cassette = Cassette::default();
        for (operation, table) in interactions {
            let body = format!(r#"{{"TableName":"{table}"}}"#);
            let answer = Answer::Http {
                status: http::StatusCode::OK,
                headers: Vec::new(),
                body: "{}".into(),
            };
            let target = Target::Known(*operation);
            cassette.interactions.push(Interaction::new(target, body.into(), answer));
        }
        let backend = InUse::default();
        let options = PlayOptions { exact: true, lives_on: Some(1) };
        let run = play("x", &cassette, &backend, options, &mut Room::default(), &mut || {}).await;
        (run, backend.0.into_inner().expect("one thread"))
    }

    #[tokio::test]
    async fn leaves_a_table_alone_that_somebody_made() {
        let (run, asked) = played(&[
            (Operation::CreateTable, "ours"),
            (Operation::CreateTable, "theirs"),
            (Operation::DeleteTable, "theirs"),
        ])
        .await;
        assert_eq!(asked, ["CreateTable ours", "CreateTable theirs", "DeleteTable ours"]);
        assert!(run.expect_err("in the way").to_string().contains("ResourceInUseException"));
    }

    #[tokio::test]
    async fn counts_what_the_target_did_not_answer() {
        let (run, _) = played(&[(Operation::CreateTable, "ours"), (Operation::Scan, "ours")]).await;
        let run = run.expect("played");
        assert_eq!(run.unanswered, 1);
        assert_eq!(run.played[1].outcome, Outcome::NotMeasured);
    }

    /// A recording that is read meanwhile, and how many of its bodies somebody holds.
    struct Long(Header, Arc<Held>);

    #[derive(Default)]
    struct Held {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    struct Text(Vec<u8>, Arc<Held>);

    impl AsRef<[u8]> for Text {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    impl Drop for Text {
        fn drop(&mut self) {
            self.1.now.fetch_sub(1, Ordering::Relaxed);
        }
    }

    impl Source for Long {
        fn header(&self) -> &Header {
            &self.0
        }

        fn interactions(&self) -> Box<dyn Iterator<Item = Cow<'_, Interaction>> + Send + '_> {
            let text = |text: String| {
                let now = self.1.now.fetch_add(1, Ordering::Relaxed) + 1;
                self.1.most.fetch_max(now, Ordering::Relaxed);
                Bytes::from_owner(Text(text.into_bytes(), Arc::clone(&self.1)))
            };
            let one = move |number: usize| {
                let operation =
                    if number == 0 { Operation::CreateTable } else { Operation::PutItem };
                let request =
                    text(format!(r#"{{"TableName":"ours","Item":{{"id":{{"N":"{number}"}}}}}}"#));
                // Every third differs.
                let body = if number % 3 == 1 { r#"{"X":1}"# } else { "{}" };
                let (status, headers) = (http::StatusCode::OK, Vec::new());
                let answer = Answer::Http { status, headers, body: text(body.to_owned()) };
                let mut one = Interaction::new(Target::Known(operation), request, answer);
                one.id = format!("{operation}/ours/{number}");
                Cow::Owned(one)
            };
            Box::new((0..3_000).map(one))
        }
    }

    #[tokio::test]
    async fn of_a_recording_of_any_length_one_interaction_is_held() {
        let long = Long(Header::default(), Arc::default());
        let options = PlayOptions { exact: true, lives_on: None };
        let (backend, mut room) = (InUse::default(), Room::default());
        let run = play("x", &long, &backend, options, &mut room, &mut || {}).await.expect("played");
        let divergent = run.played.iter().filter(|one| one.outcome == Outcome::Divergent);
        assert_eq!((run.played.len(), divergent.count()), (3_000, 1_000));
        // A request and an answer, and the next one's.
        let most = long.1.most.load(Ordering::Relaxed);
        assert!(most <= 4, "{most} bodies at a time");
        assert_eq!(long.1.now.load(Ordering::Relaxed), 0);
    }
}
