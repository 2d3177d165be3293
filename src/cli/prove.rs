use super::{conform, exit::Exit, settings::Environment, term};
use crate::conformance::{
    case::{EMULATOR, PlayCase, Suite, prove},
    prove::Proof,
};

/// Of a hundred changes, this many at most may go unnoticed.
const UNNOTICED: usize = 1;

/// Puts each case to an emulator and changes what it expects, in one place at a time. A case of
/// which no change is noticed cannot fail; it says nothing.
pub(super) async fn run(suite: &Suite, environment: &Environment) -> anyhow::Result<Exit> {
    let bar = term::progress(environment.progress, suite.cases(), "proving");
    let mut all = Proof::default();
    let mut idle = Vec::new();
    for file in &suite.files {
        for case in file.cases.iter().filter(|case| case.left_out(EMULATOR).is_none()) {
            let dialect = case.dialect.as_deref().unwrap_or(conform::DIALECTS[0]);
            let (emulator, clock) = conform::emulator_for(file, case, dialect)?;
            let wait = |time| clock.advance(time);
            let target = PlayCase { backend: &emulator, wait: Some(&wait), lives_on: None };
            let mut proof = prove(case, &target).await;
            if proof.survivors.len() == proof.total() {
                idle.push(format!("{}: \"{}\"", file.path.display(), case.title));
            }
            for (_, place) in &mut proof.survivors {
                *place = format!("{}/{} {place}", file.key(), case.slug());
            }
            all.add(proof);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let (tried, unnoticed) = (all.total(), all.survivors.len());
    for (kind, place) in &all.survivors {
        term::print(format_args!("not noticed: {kind}: {place}\n"));
    }
    for (kind, count) in &all.tried {
        let missed = all.survivors.iter().filter(|(other, _)| other == kind).count();
        term::print(format_args!("{kind:20} {:>7} of {count:>7} noticed\n", count - missed));
    }
    term::print(format_args!(
        "{} cases: {} of {tried} changes noticed\n",
        suite.cases(),
        tried - unnoticed
    ));
    for case in &idle {
        term::note(format_args!("cannot fail: {case}"));
    }
    let enough = tried > 0 && unnoticed * 100 <= tried * UNNOTICED;
    Ok(if enough && idle.is_empty() { Exit::Clean } else { Exit::Vacuous })
}
