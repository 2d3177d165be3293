//! The report for browsers: one page with everything in it, which asks nobody for anything.
//!
//! `page.html`, `page.css` and `page.js` are what they are; the reports go in as JSON.

use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use super::{Json, Report, change, json::write_count};
use crate::{
    conformance::{OperationCount, Run},
    diff::{Layer, Outcome},
    wire::json::Writer,
};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page for a browser.
#[derive(Clone, Debug, Default)]
pub struct Html {
    /// Earlier reports to compare with, oldest first.
    pub earlier: Vec<Earlier>,
}

/// A report of an earlier day.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// What it is called.
    pub label: String,
    /// What is in it.
    pub runs: Vec<Run>,
}

impl Report for Html {
    fn write(&self, runs: &[Run], out: &mut dyn io::Write) -> io::Result<()> {
        let mut report = Vec::new();
        Json.write(runs, &mut report)?;
        let parts = [
            ("style-hash", hash(STYLE)),
            ("script-hash", hash(SCRIPT)),
            ("style", STYLE.to_owned()),
            ("report", harmless(&report)),
            ("beside", harmless(&self.beside(runs))),
            ("script", SCRIPT.to_owned()),
        ];
        // One pass: what goes in may hold such a mark itself.
        let mut rest = PAGE;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").unwrap_or((after, ""));
            out.write_all(before.as_bytes())?;
            if let Some((_, text)) = parts.iter().find(|(known, _)| *known == name) {
                out.write_all(text.as_bytes())?;
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }
}

impl Html {
    /// What the page shows beside the report: names in their order, and earlier reports.
    fn beside(&self, runs: &[Run]) -> Vec<u8> {
        let mut json = Writer::new();
        let measured: Vec<_> =
            Outcome::ALL.into_iter().filter(|outcome| outcome.is_measured()).collect();
        json.object(|json| {
            for (name, outcomes) in [("outcomes", &Outcome::ALL[..]), ("measured", &measured)] {
                json.key(name);
                json.array(|json| outcomes.iter().for_each(|one| json.string(one.name())));
            }
            json.key("layers");
            json.array(|json| Layer::ALL.iter().for_each(|layer| json.string(layer.name())));
            json.key("earlier");
            json.array(|json| self.earlier.iter().for_each(|one| write_earlier(json, one)));
            json.key("changes");
            json.array(|json| {
                let last = self.earlier.last();
                let found = last.map(|last| change::changes(&last.runs, runs));
                found.iter().flatten().for_each(|changes| write_changes(json, changes));
            });
        });
        json.into_bytes()
    }
}

fn write_earlier(json: &mut Writer, earlier: &Earlier) {
    json.object(|json| {
        json.key("label");
        json.string(&earlier.label);
        json.key("runs");
        json.array(|json| {
            for run in &earlier.runs {
                let total: OperationCount = run.total();
                json.object(|json| {
                    for (name, text) in
                        [("target", &run.target), ("on", &run.on), ("version", &run.version)]
                    {
                        json.key(name);
                        json.string(text);
                    }
                    json.key("played");
                    json.number(total.total());
                    write_count(json, &total);
                });
            }
        });
    });
}

fn write_changes(json: &mut Writer, changes: &change::Changes) {
    json.object(|json| {
        json.key("target");
        json.string(&changes.target);
        json.key("corpus");
        json.string(&changes.corpus_text());
        for (name, count) in [
            ("added", changes.added.values().sum()),
            ("deleted", changes.deleted.values().sum::<usize>()),
            ("unchanged", changes.unchanged),
        ] {
            json.key(name);
            json.number(count);
        }
        json.key("changed");
        json.array(|json| {
            for change in &changes.changed {
                json.object(|json| {
                    json.key("id");
                    json.string(&change.id);
                    json.key("worse");
                    json.bool(change.is_worse());
                    json.key("outcomes");
                    json.array(|json| {
                        change.outcomes.iter().for_each(|one| json.string(one.name()));
                    });
                });
            }
        });
    });
}

/// JSON that ends no script element and begins no comment: `<` can only stand in its strings.
fn harmless(json: &[u8]) -> String {
    String::from_utf8_lossy(json).replace('<', "\\u003c")
}

/// A source of a content security policy: this text and no other.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::run;

    fn page(html: &Html, runs: &[Run]) -> String {
        let mut out = Vec::new();
        html.write(runs, &mut out).expect("in memory");
        String::from_utf8(out).expect("text")
    }

    /// The data of a page, as a browser finds it.
    fn data(page: &str, id: &str) -> serde_json::Value {
        let (_, from) = page.split_once(&format!(" id=\"{id}\">")).expect("an element");
        let (text, _) = from.split_once("</script>").expect("an end");
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn an_answer_that_ends_a_script_stays_data() {
        const EVIL: &str = "</script><script>alert(1)</script><!--<script>{{script}}";
        let mut run = run();
        run.tapes[0].played[1].findings[0].actual = EVIL.to_owned();
        let page = page(&Html::default(), &[run]);
        assert_eq!(page.matches("</script>").count(), 3);
        assert!(!page.contains("<!--"));
        let finding =
            &data(&page, "report")["runs"][0]["tapes"][0]["interactions"][1]["findings"][0];
        assert_eq!(finding["actual"], EVIL);
    }

    #[test]
    fn nothing_but_its_own_style_and_script_is_let_in() {
        let page = page(&Html::default(), &[run()]);
        let expected = format!(
            "content=\"default-src 'none'; style-src '{}'; script-src '{}';",
            hash(STYLE),
            hash(SCRIPT)
        );
        assert!(page.contains(&expected));
        assert!(page.contains(&format!("<style>{STYLE}</style>")));
        assert!(page.contains(&format!("<script>{SCRIPT}</script>")));
        for remote in ["http://", "https://", " src=", "@import", "url("] {
            assert!(!PAGE.contains(remote) && !STYLE.contains(remote), "{remote}");
        }
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("fetch("));
    }

    #[test]
    fn a_page_knows_what_was_before() {
        let mut before = run();
        before.tapes[0].played.pop();
        let earlier = vec![Earlier { label: "monday".to_owned(), runs: vec![before] }];
        let beside = data(&page(&Html { earlier }, &[run()]), "beside");
        assert_eq!(beside["earlier"][0]["runs"][0]["played"], 3);
        assert_eq!(beside["changes"][0]["added"], 1);
        assert_eq!(beside["changes"][0]["unchanged"], 3);
    }
}
