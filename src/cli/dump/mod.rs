//! `dynatape dump`: the tables of an endpoint, as files that `--load` reads.

mod items;

use std::{fs, path::Path};

use anyhow::{Context as _, bail};

use self::items::Items;
use super::{
    args::{DumpArgs, Form},
    compose,
    exit::Exit,
    load::files::definition_in,
    settings::Environment,
    term,
};
use crate::{
    backend::{Backend, active::table_request},
    conformance::create_from_description,
    wire::{
        MADE_FOR, Operation, Request,
        json::{Json, Value, Writer},
    },
};

pub(super) async fn run(args: &DumpArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let (backend, region) = compose::asked(&args.endpoint, "--endpoint", &args.aws, environment)?;
    let region = region.unwrap_or_else(|| MADE_FOR.to_owned());
    let source = Source { backend, region };
    let tables = if args.table.is_empty() { source.tables().await? } else { args.table.clone() };
    fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    if tables.is_empty() {
        bail!("{} has no tables in {}", args.endpoint, source.region);
    }
    for table in &tables {
        let dumped = source.table(table, &args.out, args.form).await;
        let dumped = dumped.with_context(|| format!("cannot dump table {table}"))?;
        term::note(format_args!("{table}: {} items", dumped.count));
        if !dumped.changed.is_empty() {
            term::note(format_args!(
                "{table}: CSV has no types, so these come back as strings, and empty ones not at \
                 all: {}. --form jsonl keeps them",
                dumped.changed.join(", ")
            ));
        }
    }
    Ok(Exit::Clean)
}

/// What a table's file holds.
#[derive(Debug)]
pub(super) struct Dumped {
    /// How many items.
    pub(super) count: u64,
    /// The attributes that are read back otherwise.
    pub(super) changed: Vec<String>,
}

/// Where the tables are.
pub(super) struct Source<B> {
    pub(super) backend: B,
    pub(super) region: String,
}

impl<B: Backend> Source<B> {
    async fn tables(&self) -> anyhow::Result<Vec<String>> {
        let (mut names, mut last) = (Vec::new(), None::<String>);
        loop {
            let mut json = Writer::new();
            json.object(|json| {
                if let Some(last) = &last {
                    json.key("ExclusiveStartTableName");
                    json.string(last);
                }
            });
            let answer = self.ask(Request::of(Operation::ListTables, json.into_bytes())).await?;
            let found = answer.root().get("TableNames").into_iter().flat_map(Value::elements);
            names.extend(found.filter_map(|name| Some(name.as_str()?.into_owned())));
            let next = answer.root().get("LastEvaluatedTableName").and_then(Value::as_str);
            last = next.map(|name| name.into_owned());
            if last.is_none() {
                return Ok(names);
            }
        }
    }

    /// Writes a table's files.
    pub(super) async fn table(
        &self,
        table: &str,
        out: &Path,
        form: Form,
    ) -> anyhow::Result<Dumped> {
        let definition = self.definition(table).await?;
        let path = definition_in(out, table);
        fs::write(&path, &definition).with_context(|| path.display().to_string())?;
        let mut items = Items::create(out, table, form, &definition)?;
        let mut start = None::<String>;
        loop {
            let mut json = Writer::new();
            json.object(|json| {
                json.key("TableName");
                json.string(table);
                json.key("ConsistentRead");
                json.bool(true);
                if let Some(start) = &start {
                    json.key("ExclusiveStartKey");
                    json.raw(start.as_bytes());
                }
            });
            let page = self.ask(Request::of(Operation::Scan, json.into_bytes())).await?;
            for item in page.root().get("Items").into_iter().flat_map(Value::elements) {
                items.add(item)?;
            }
            let last = page.root().get("LastEvaluatedKey").filter(|key| !key.is_null());
            start = last.map(|key| key.raw().to_owned());
            if start.is_none() {
                return items.finish();
            }
        }
    }

    /// What CreateTable takes to make the table, and what is switched on afterwards.
    async fn definition(&self, table: &str) -> anyhow::Result<Vec<u8>> {
        let described = self.ask(table_request(Operation::DescribeTable, table)).await?;
        let described = described.root().get("Table").context("there is no Table")?;
        let create = create_from_description(described);
        let create = create.json()?;
        let ttl = self.time_to_live(table).await?;
        let arn = described.get("TableArn").and_then(Value::as_str).unwrap_or_default();
        let tags = self.tags(&arn).await?;
        let mut json = Writer::new();
        json.object(|json| {
            for (name, value) in create.root().members() {
                json.key(&name);
                json.raw(value.raw().as_bytes());
            }
            for (name, said) in [("Tags", tags), ("TimeToLiveSpecification", ttl)] {
                if let Some(said) = said {
                    json.key(name);
                    json.raw(&said);
                }
            }
        });
        let mut text = json.into_bytes();
        text.push(b'\n');
        Ok(text)
    }

    async fn time_to_live(&self, table: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let request = table_request(Operation::DescribeTimeToLive, table);
        let Some(answer) = self.ask_if_served(request).await? else { return Ok(None) };
        let Some(said) = answer.root().get("TimeToLiveDescription") else { return Ok(None) };
        let status = said.get("TimeToLiveStatus").and_then(Value::as_str).unwrap_or_default();
        let attribute = said.get("AttributeName").and_then(Value::as_str);
        let Some(attribute) = attribute.filter(|_| status.starts_with("ENABL")) else {
            return Ok(None);
        };
        let mut json = Writer::new();
        json.object(|json| {
            json.key("AttributeName");
            json.string(&attribute);
            json.key("Enabled");
            json.bool(true);
        });
        Ok(Some(json.into_bytes()))
    }

    async fn tags(&self, arn: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let (mut tags, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut json = Writer::new();
            json.object(|json| {
                json.key("ResourceArn");
                json.string(arn);
                if let Some(token) = &token {
                    json.key("NextToken");
                    json.string(token);
                }
            });
            let request = Request::of(Operation::ListTagsOfResource, json.into_bytes());
            let Some(answer) = self.ask_if_served(request).await? else { return Ok(None) };
            let found = answer.root().get("Tags").into_iter().flat_map(Value::elements);
            tags.extend(found.map(|tag| tag.raw().to_owned()));
            let next = answer.root().get("NextToken").and_then(Value::as_str);
            token = next.map(|token| token.into_owned());
            if token.is_none() {
                return Ok((!tags.is_empty()).then(|| format!("[{}]", tags.join(",")).into_bytes()));
            }
        }
    }

    async fn ask(&self, request: Request) -> anyhow::Result<Json> {
        let operation = request.target.name().to_owned();
        let answer = self.backend.call(request.asked_in(&self.region)).await?;
        if !answer.status.is_success() {
            let kind = answer.error_type().unwrap_or_default();
            bail!("{operation}: {kind}: {}", answer.error_message().unwrap_or_default());
        }
        Json::parse(answer.body).with_context(|| format!("{operation} was not answered in JSON"))
    }

    /// `None`: the endpoint does not know the operation.
    async fn ask_if_served(&self, request: Request) -> anyhow::Result<Option<Json>> {
        let operation = request.target.name().to_owned();
        let answer = self.backend.call(request.asked_in(&self.region)).await?;
        match answer.error_type().as_deref() {
            Some("UnknownOperationException") => Ok(None),
            Some(kind) => {
                bail!("{operation}: {kind}: {}", answer.error_message().unwrap_or_default())
            }
            None => Ok(Some(Json::parse(answer.body).with_context(|| operation)?)),
        }
    }
}
