use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::diff::Layer;

/// What is made of a comparison.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Write a report to this file too, in the format of its ending: .html, .json, .md, .xml
    /// (JUnit), .txt; a name that ends in / is a folder for badges (shields.io). Repeatable
    #[arg(long = "report", value_name = "FILE", value_parser = place)]
    pub(crate) reports: Vec<Place>,
    /// How many findings the text and the Markdown report show
    #[arg(long, default_value_t = 10)]
    pub(crate) findings: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: everything, with a schema version
    Json,
    /// For CI servers
    Junit,
    /// For pull requests and job summaries
    Markdown,
    /// One page for browsers, with everything in it
    Html,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf, Format),
    Badges(PathBuf),
}

fn place(text: &str) -> Result<Place, String> {
    let path = PathBuf::from(text);
    if text.ends_with('/') {
        return Ok(Place::Badges(path));
    }
    let format = match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => Format::Html,
        Some("json") => Format::Json,
        Some("md") => Format::Markdown,
        Some("xml") => Format::Junit,
        Some("txt") => Format::Text,
        _ => return Err("a report ends in .html, .json, .md, .xml or .txt, or in /".to_owned()),
    };
    Ok(Place::File(path, format))
}

/// Make something of JSON reports of `diff` and `conform` (written by --report FILE.json)
#[derive(Debug, Args)]
pub(crate) struct ReportsArgs {
    #[command(subcommand)]
    pub(crate) command: ReportsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportsCommand {
    /// What was added, deleted and changed from one report to another
    ///
    /// Exits with 2 if anything was answered worse than before. What is played for the first time
    /// is told apart: a share may fall because more is measured.
    Diff {
        /// The report before
        before: PathBuf,
        /// The report now
        now: PathBuf,
    },
    /// One page for browsers, with everything in it
    Html {
        #[command(flatten)]
        reports: ReportFiles,
        /// An earlier report to compare with, oldest first. Repeatable
        #[arg(long, value_name = "FILE")]
        earlier: Vec<PathBuf>,
    },
    /// For pull requests and job summaries
    Markdown(ReportFiles),
    /// For CI servers
    Junit(ReportFiles),
    /// For people at a terminal
    Text(ReportFiles),
    /// One JSON report of several
    Json(ReportFiles),
    /// A badge of one layer, as shields.io reads it
    Badge {
        #[command(flatten)]
        reports: ReportFiles,
        /// What of the answers it is about
        #[arg(long, value_parser = layer)]
        layer: Layer,
        /// The target it is about, if the reports have several
        #[arg(long)]
        target: Option<String>,
    },
}

/// Which reports, and where to.
#[derive(Debug, Args)]
pub(crate) struct ReportFiles {
    /// JSON reports
    #[arg(required = true, value_name = "REPORT")]
    pub(crate) files: Vec<PathBuf>,
    /// File to write to instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Show all there is about a finding: the request, both answers, what they depend on, how to ask
/// again
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The id of a finding (or how it begins), of an interaction or of a case
    pub(crate) id: String,
    /// The JSON report it is in
    #[arg(long, value_name = "FILE")]
    pub(crate) report: PathBuf,
    /// The tape, if it is no longer where the report says
    #[arg(long, value_name = "FILE")]
    pub(crate) tape: Option<PathBuf>,
    /// The target asked, if the report has several
    #[arg(long)]
    pub(crate) target: Option<String>,
}

fn layer(name: &str) -> Result<Layer, String> {
    let names = Layer::ALL.map(Layer::name).join(", ");
    let found = Layer::ALL.into_iter().find(|layer| layer.name() == name);
    found.ok_or_else(|| format!("there are: {names}"))
}
