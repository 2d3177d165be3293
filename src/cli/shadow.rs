use super::{
    args::ShadowArgs,
    candidate::{Primary, Shadowing},
    compose::{self, Answers},
    exit::Exit,
    keep,
    session::{self, Serving},
    settings::Environment,
};

pub(super) async fn run(args: ShadowArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let secrets = keep::secrets(environment);
    let Answers { backend, is_aws, .. } =
        compose::answers(&args.source(environment), &secrets, environment)?;
    let primary = Primary { backend, name: &args.primary, is_aws };
    let shadowing = Shadowing::start(primary, &args.candidate, &args.emulator, environment)?;
    let serving =
        Serving { recording: Some(&secrets), ..Serving::new(&args.listen, &args.command) };
    let ended = session::serve(shadowing.backend(), serving, environment).await;
    let verdict = shadowing.settled().await;
    Ok(verdict.report(&args.report, environment).after_child(ended?.child))
}
