//! Imports go downwards only: which folder of `src/` may use which others.

#![allow(clippy::unwrap_used)] // all of it is test

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A folder (or a file directly in `src/`), and what it may use besides itself.
const ALLOWED: &[(&str, &[&str])] = &[
    ("lib", &[]),
    ("main", &[]),
    ("wire", &[]),
    ("clock", &[]),
    ("storage", &[]),
    ("value", &["wire"]),
    ("expr", &["value"]),
    ("partiql", &["value", "expr"]),
    ("diff", &["wire"]),
    ("cassette", &["wire", "value", "expr", "partiql"]),
    ("backend", &["wire", "cassette", "diff", "clock"]),
    ("emulator", &["backend", "wire", "value", "expr", "partiql", "storage", "clock"]),
    ("proxy", &["wire", "backend", "cassette", "clock"]),
    ("conformance", &["wire", "backend", "cassette", "diff"]),
    ("report", &["diff", "conformance"]),
    ("testing", EVERYTHING),
    ("cli", EVERYTHING),
];

const EVERYTHING: &[&str] = &["*"];

/// What is used beyond that, and why it may be. One that is used no more has to go.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("backend", "partiql", "a fence gives the tables that a statement names other names"),
    ("expr", "wire", "its tests read items from JSON"),
    ("report", "wire", "the JSON report is written by the writer there is"),
];

#[test]
fn folders_use_only_what_they_may() {
    let used = all_uses();
    assert!(used.contains(&("cli".into(), "emulator".into())), "nothing was read: {used:?}");
    assert_eq!(violations(&used), Vec::<String>::new());
}

#[test]
fn a_violation_is_found_wherever_it_stands() {
    for code in [
        "use crate::proxy::Server;",
        "use crate::{value::Item, proxy};",
        "pub use crate::proxy as other;",
        "fn f() { let s: crate::proxy::Server = g!(1); }",
        "fn f() { assert!(crate::proxy::is_up(), \"{}\", 1); }",
        "#[cfg(test)] mod tests { use crate::proxy::Server; }",
        "mod a { mod b { use super::super::super::proxy::Server; } }",
        "use super::proxy::Server;",
        "pub(in crate::proxy) fn f() {}",
    ] {
        let used = uses("value", code, 1);
        assert_eq!(violations(&used), ["value may not use proxy"], "{code}");
    }
    let used = uses("value", "use crate::*;", 1);
    assert_eq!(violations(&used), ["value may not use *"]);
    let used = uses("helpers", "use crate::wire::Request;", 1);
    assert_eq!(violations(&used), ["helpers is not in the table"]);
}

#[test]
fn what_is_no_import_is_none() {
    for code in [
        "// use crate::proxy::Server;",
        "/// See [`crate::proxy`].\nfn f() {}",
        "const TEXT: &str = \"use crate::proxy;\";",
        "pub(crate) fn proxy() {}",
        "use std::proxy;",
        "mod tests { use super::proxy::Server; }",
        "use crate::value::proxy;",
    ] {
        let used = uses("value", code, 1);
        assert_eq!(violations(&used), Vec::<String>::new(), "{code}");
    }
}

#[test]
fn every_exception_is_in_use() {
    let used = all_uses();
    for (folder, import, reason) in EXCEPTIONS {
        let pair = ((*folder).to_owned(), (*import).to_owned());
        assert!(used.contains(&pair), "{folder} no longer uses {import} ({reason})");
    }
}

/// Pairs of a folder and one that it uses.
type Uses = BTreeSet<(String, String)>;

fn violations(used: &Uses) -> Vec<String> {
    let row = |folder: &str| ALLOWED.iter().find(|(name, _)| *name == folder);
    let mut found = BTreeSet::new();
    for (folder, import) in used {
        let Some((_, allowed)) = row(folder) else {
            found.insert(format!("{folder} is not in the table"));
            continue;
        };
        let may = import == folder
            || *allowed == EVERYTHING
            || allowed.contains(&&**import)
            || EXCEPTIONS.iter().any(|(from, to, _)| from == folder && to == import);
        if !may {
            found.insert(format!("{folder} may not use {import}"));
        }
    }
    found.into_iter().collect()
}

/// Of every file in `src/`.
fn all_uses() -> Uses {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut used = Uses::new();
    for file in files(&source) {
        let within = file.strip_prefix(&source).unwrap().with_extension("");
        let mut modules: Vec<_> =
            within.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        let folder = modules[0].clone();
        modules.retain(|name| !["mod", "lib", "main"].contains(&&**name));
        // A folder that uses nothing must be in the table all the same.
        used.insert((folder.clone(), folder.clone()));
        used.extend(uses(&folder, &fs::read_to_string(&file).unwrap(), modules.len()));
    }
    used
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// Of a file whose module is so many levels below the crate.
fn uses(folder: &str, code: &str, depth: usize) -> Uses {
    let mut found = BTreeSet::new();
    collect(code.parse().unwrap(), depth, &mut found);
    found.into_iter().map(|import| (folder.to_owned(), import)).collect()
}

/// Every name that follows the root of the crate in a path.
fn collect(tokens: TokenStream, depth: usize, found: &mut BTreeSet<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if let (true, Some(TokenTree::Group(body))) = (is(&tokens, at, "mod"), tokens.get(at + 2)) {
            collect(body.stream(), depth + 1, found);
            at += 3;
            continue;
        }
        let mut supers = 0;
        while is(&tokens, at, "super") && is(&tokens, at + 1, ":") {
            supers += 1;
            at += 3;
        }
        let absolute = is(&tokens, at, "crate") && is(&tokens, at + 1, ":");
        if absolute {
            at += 3;
        }
        if absolute || supers > 0 && supers >= depth {
            found.extend(names(tokens.get(at)));
        }
        if let Some(TokenTree::Group(group)) = tokens.get(at) {
            collect(group.stream(), depth, found);
        }
        at += 1;
    }
}

/// The names at the beginning of what follows `crate::`.
fn names(next: Option<&TokenTree>) -> Vec<String> {
    match next {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let tokens: Vec<_> = group.stream().into_iter().collect();
            let elements = tokens.split(|token| token.to_string() == ",");
            elements.filter_map(|element| Some(element.first()?.to_string())).collect()
        }
        next => next.map(ToString::to_string).into_iter().collect(),
    }
}

fn is(tokens: &[TokenTree], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| match token {
        TokenTree::Ident(ident) => ident == text,
        TokenTree::Punct(punct) => text == punct.as_char().to_string(),
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    })
}
