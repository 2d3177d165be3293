//! ExportTableToPointInTime: what a table held at a time, or what changed in it between two, as
//! objects of a bucket (aws-service-facts 6).

use std::{collections::HashMap, sync::Arc};

use super::{Op, continuous};
use crate::{
    emulator::{
        Emulator, Validation,
        backup::{self, Window},
        burial,
        door::Caller,
        export::{
            self, Export, ExportError, FILTER, Filter, Format, Scope, States, TableNames, Target,
            ViewType,
        },
        listing::Listed,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{Table, limits::BACKED_UP_WHILE_DELETED},
        token,
    },
    storage::Read,
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ExportTableToPointInTime;

/// The order of the members, and of the words in sentences, is inferred: that of the API's model.
const RULES: &[Rule] = &[
    Rule::older("TableArn", &[Limit::Required, Limit::Longest(1024)]),
    Rule::older(
        "ClientToken",
        &[Limit::Pattern("^[^\\$]+$", |text| !text.is_empty() && !text.contains('$'))],
    ),
    Rule::older(
        "S3Bucket",
        &[Limit::Required, Limit::Pattern(BUCKET, is_bucket), Limit::Longest(255)],
    ),
    Rule::older("S3BucketOwner", &[Limit::Pattern("[0-9]{12}", is_account)]),
    Rule::older("S3Prefix", &[Limit::Longest(1024)]),
    Rule::older("S3SseAlgorithm", &[Limit::OneOf(&["AES256", "KMS"])]),
    Rule::older("S3SseKmsKeyId", &[Limit::Shortest(1), Limit::Longest(2048)]),
    Rule::older("ExportFormat", &[Limit::OneOf(&["DYNAMODB_JSON", "ION"])]),
    Rule::older("ExportType", &[Limit::OneOf(&["FULL_EXPORT", "INCREMENTAL_EXPORT"])]),
    Rule::within(
        "IncrementalExportSpecification",
        &[],
        &[Rule::older("ExportViewType", &[Limit::OneOf(&["NEW_IMAGE", "NEW_AND_OLD_IMAGES"])])],
    ),
];

const BUCKET: &str = "^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$";

fn is_bucket(text: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() > 1
        && is_end(bytes.first())
        && is_end(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it can name a key of KMS: an ARN, an alias, or an id.
fn is_key(text: &str) -> bool {
    let is_name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_/-".contains(&byte))
    };
    if let Some(alias) = text.strip_prefix("alias/") {
        return is_name(alias);
    }
    match text.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, "kms", _, account, resource] => {
            let name = resource.strip_prefix("key/").or(resource.strip_prefix("alias/"));
            is_account(account) && name.is_some_and(is_name)
        }
        [id] => id.len() == 36 && is_name(id),
        _ => false,
    }
}

/// How long a token is remembered: 8 hours, says the API's documentation.
const REMEMBERED: u64 = 8 * 3_600_000;

/// How short and how long the period of an incremental export can be (aws-service-facts 6.2; the
/// longest by the developer's guide).
const SHORTEST: u64 = 15 * 60_000;
const LONGEST: u64 = 24 * 3_600_000;

/// How long recovery must have been on before an incremental export: 967 s were enough, 904 s too
/// few (aws-service-facts 6.2, 2026-10-09).
const RECOVERED: u64 = 16 * 60_000;

/// What is asked.
pub(super) struct Input {
    /// As it was sent.
    arn: String,
    wanted: Wanted,
    /// Whether ExportType was sent.
    said: bool,
    target: Target,
    format: Format,
    filter: Filter,
    filter_sent: Option<Box<str>>,
    token: Option<Box<str>>,
    digest: Box<str>,
}

enum Wanted {
    Full { at: Option<u64> },
    Incremental { from: u64, to: Option<u64>, view: ViewType },
}

impl Op for ExportTableToPointInTime {
    const OPERATION: Operation = Operation::ExportTableToPointInTime;
    const MEMBERS: &'static [Member] = &[
        Member("TableArn", Shape::Text),
        Member("ExportTime", Shape::Time),
        Member("ClientToken", Shape::Text),
        Member("S3Bucket", Shape::Text),
        Member("S3BucketOwner", Shape::Text),
        Member("S3Prefix", Shape::Text),
        Member("S3SseAlgorithm", Shape::Text),
        Member("S3SseKmsKeyId", Shape::Text),
        Member("ExportFormat", Shape::Text),
        Member("ExportType", Shape::Text),
        Member(
            "IncrementalExportSpecification",
            Shape::Structure(
                "IncrementalExportSpecification",
                &[
                    Member("ExportFromTime", Shape::Time),
                    Member("ExportToTime", Shape::Time),
                    Member("ExportViewType", Shape::Text),
                ],
            ),
        ),
        Member("FilterSpecification", FILTER),
    ];
    type Input<'a> = Input;
    /// And what time it is.
    type Output = (Export, u64);

    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Input, Fault> {
        rule::check(sent, &[RULES])?;
        let wanted = wanted(sent)?;
        let text = |name| sent.text(name).map(|text| Box::from(&*text));
        let encryption = text("S3SseAlgorithm").unwrap_or_else(|| "AES256".into());
        let key = text("S3SseKmsKeyId");
        match &key {
            Some(_) if &*encryption != "KMS" => return Err(ExportError::KeyWithoutKms.into()),
            Some(key) if !is_key(key) => return Err(ExportError::Key(key.to_string()).into()),
            _ => {}
        }
        let filter = Filter::read(sent.structure("FilterSpecification").as_ref())?;
        let compared = Self::MEMBERS.iter().filter(|Member(name, _)| *name != "ClientToken");
        let compared = compared.filter_map(|Member(name, _)| Some((*name, sent.get(name)?)));
        Ok(Input {
            arn: sent.text("TableArn").unwrap_or_default().into_owned(),
            wanted,
            said: sent.has("ExportType"),
            target: Target {
                bucket: text("S3Bucket").unwrap_or_default(),
                owner: text("S3BucketOwner"),
                prefix: text("S3Prefix"),
                encryption,
                key,
            },
            format: Format::of(&text("ExportFormat").unwrap_or_default()),
            filter,
            filter_sent: sent.get("FilterSpecification").map(|value| value.raw().into()),
            token: text("ClientToken"),
            digest: token::fingerprint(compared).into(),
        })
    }

    /// The order of what is refused: aws-service-facts 1.4.
    fn run(emulator: &Emulator, caller: &Caller, input: Input) -> Result<Self::Output, Fault> {
        let name = export::exported_table(emulator, &input.arn)?;
        let mut store = emulator.store.write()?;
        // Not earlier: whoever waits for the store comes later.
        let now = emulator.now();
        burial::bury(emulator, &mut *store, now)?;
        let region = &caller.region;
        let found =
            continuous::table(emulator, store.as_read(), region, name, BACKED_UP_WHILE_DELETED);
        let table = found.map_err(|fault| match fault.kind {
            "TableNotFoundException" => ExportError::TableNotFound(input.arn.clone()).into(),
            _ => fault,
        })?;
        if let Some(earlier) = input.earlier(store.as_read(), region, now)? {
            return Ok((earlier, now));
        }
        let (scope, states) = input.wanted.states(emulator, store.as_read(), &table, now)?;
        input.filter.check(&table)?;
        let mut export = Export {
            id: Box::default(),
            table: TableNames {
                name: table.name.clone(),
                arn: table.arn.clone(),
                id: table.id.clone(),
            },
            start: now,
            scope,
            scope_said: input.said,
            target: input.target,
            format: input.format,
            filter: input.filter_sent,
            token: input.token,
            digest: input.digest,
            outcome: None,
        };
        export.name(store.as_read(), emulator.settings.seed)?;
        export.put(&mut *store)?;
        store.commit()?;
        // The answer says IN_PROGRESS always (aws-service-facts 6.1).
        let answered = export.clone();
        export.outcome = Some(export::run(emulator, &export, &table, &input.filter, &states));
        let mut store = emulator.store.write()?;
        export.put(&mut *store)?;
        store.commit()?;
        Ok((answered, now))
    }

    fn encode((export, now): Self::Output, json: &mut Writer) {
        export::describe(&export, now, json);
    }
}

/// What is to be exported, if its members go together.
fn wanted(sent: &Sent<'_>) -> Result<Wanted, ExportError> {
    let kind = sent.text("ExportType");
    match (kind.as_deref(), sent.structure("IncrementalExportSpecification")) {
        (None, Some(_)) => Err(ExportError::TypeExpected),
        (Some("INCREMENTAL_EXPORT"), None) => Err(ExportError::SpecificationExpected),
        (Some("INCREMENTAL_EXPORT"), Some(specification)) => {
            let from = specification.time("ExportFromTime").ok_or(ExportError::NoFromTime)?;
            let view = specification.text("ExportViewType");
            let view = view.map(|view| ViewType::of(&view)).unwrap_or_default();
            Ok(Wanted::Incremental { from, to: specification.time("ExportToTime"), view })
        }
        (Some(_), Some(_)) => Err(ExportError::FullWithSpecification),
        (_, None) => Ok(Wanted::Full { at: sent.time("ExportTime") }),
    }
}

impl Input {
    /// The export that the same request began before, if its token is remembered. Where this
    /// stands among what is refused is inferred, but for the table, which comes first
    /// (aws-service-facts 1.13).
    fn earlier(&self, store: &dyn Read, region: &str, now: u64) -> Result<Option<Export>, Fault> {
        let Some(token) = &self.token else { return Ok(None) };
        let mut earlier = None;
        Export::each(store, None, |export| {
            let is_over = export.start.saturating_add(REMEMBERED) <= now;
            if !is_over && export.token.as_ref() == Some(token) && export.region() == region {
                earlier = Some(export);
            }
            is_over || earlier.is_some()
        })?;
        match earlier {
            Some(earlier) if earlier.digest != self.digest => Err(ExportError::Conflict.into()),
            earlier => Ok(earlier),
        }
    }
}

impl Wanted {
    /// The states that are asked for, if there are such (aws-service-facts 6.2).
    fn states(
        &self,
        emulator: &Emulator,
        store: &dyn Read,
        table: &Table,
        now: u64,
    ) -> Result<(Scope, States), Fault> {
        let no_recovery = || ExportError::NoRecovery(table.name.to_string());
        match *self {
            Self::Full { at } => {
                let recovery = table.state.recovery.ok_or_else(no_recovery)?;
                let window = Window::of(recovery, now);
                match at {
                    Some(at) if at > now || at / 1000 < window.earliest / 1000 => {
                        return Err(ExportError::Time.into());
                    }
                    Some(at) if at > window.latest => {
                        return Err(ExportError::TimeUnavailable.into());
                    }
                    // What there is now is exported too, though it can be restored only later.
                    _ => {}
                }
                let last = backup::view_at(emulator, store, (table, recovery), window, at)?;
                let (first, steps) = (Arc::clone(&last), Vec::new());
                let scope = Scope::Full { at: at.unwrap_or(now) };
                Ok((scope, States { first, steps, last, written: HashMap::new() }))
            }
            Self::Incremental { from, to, view } => {
                let to = to.unwrap_or(now);
                if from / 1000 < table.created / 1000 {
                    return Err(ExportError::FromBeforeCreation(from).into());
                }
                if to < from.saturating_add(SHORTEST) {
                    return Err(ExportError::TooShort.into());
                }
                if to - from > LONGEST {
                    return Err(ExportError::TooLong.into());
                }
                if to > now {
                    return Err(ExportError::ToInFuture(to).into());
                }
                let recovery = table.state.recovery.ok_or_else(no_recovery)?;
                let window = Window::of(recovery, now);
                let is_young = now < recovery.since.saturating_add(RECOVERED);
                if is_young || from / 1000 < window.earliest / 1000 {
                    return Err(ExportError::TimeUnavailable.into());
                }
                let of = (table, recovery);
                let first = backup::view_at(emulator, store, of, window, Some(from))?;
                let last = backup::view_at(emulator, store, of, window, Some(to))?;
                let (steps, written) = if recovery.logged {
                    (Vec::new(), backup::written(store, table, (from / 1000, to / 1000))?)
                } else {
                    (window.steps(emulator, from, to), HashMap::new())
                };
                Ok((Scope::Incremental { from, to, view }, States { first, steps, last, written }))
            }
        }
    }
}
