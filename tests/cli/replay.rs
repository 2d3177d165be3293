//! Replaying: offline, and clear about what was never recorded.

use std::{
    io::{self, Write as _},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef,
        retry::RetryConfig,
    },
    error::{BoxError, ProvideErrorMetadata as _},
    types::AttributeValue,
};

use crate::{
    place::{Ended, Place, SESSION},
    support::{client, raw},
};

#[test]
fn a_miss_names_the_nearest_interaction_and_the_path() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let script = "call GetItem {\"TableName\":\"orders\",\"Key\":{\"pk\":{\"S\":\"b\"},\"sk\":{\"N\":\"1\"}}}";
    let ended = Ended::of(&mut place.with_child("replay orders.tape", script)).expect(2);
    let answers = place.answers();
    assert_eq!((answers.len(), answers[0].status), (1, 400));
    assert!(answers[0].checksum_is_right);
    let body: serde_json::Value = serde_json::from_str(&answers[0].body).unwrap();
    assert_eq!(body["__type"], "dynatape#ReplayMiss");
    let nearest = place.read("orders.tape");
    let nearest = nearest.lines().find(|line| line.contains("\"GetItem/orders/")).unwrap();
    let id = nearest.split('"').nth(3).unwrap();
    for part in [
        "dynatape replay miss: GetItem orders: nothing recorded answers this request.",
        &format!("nearest: {id}  differs at"),
        "$.Key.pk.S  sent: \"b\"  recorded: \"a\"",
        "fix: record again with: dynatape record orders.tape --upstream emulator -- ",
    ] {
        assert!(body["message"].as_str().unwrap().contains(part), "{part} is not in {body}");
        ended.complains(part);
    }
    ended.complains(
        "1 calls: 0 matched exactly, 0 as JSON, 0 by meaning, 0 but for made-up values, 1 missed",
    );
}

/// Counts what an SDK sends, its repetitions too.
#[derive(Clone, Debug, Default)]
struct Attempts(Arc<AtomicU32>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test]
async fn an_sdk_that_repeats_failures_does_not_repeat_a_miss() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let mut replay = place.start("replay orders.tape --port 0");
    let attempts = Attempts::default();
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let get = async |url: &str| {
        let config = client(url).config().to_builder();
        let config = config.retry_config(retries.clone()).interceptor(attempts.clone());
        let client = Client::from_conf(config.build());
        let get = client.get_item().table_name("orders").key("pk", AttributeValue::S("z".into()));
        let code = get.send().await.unwrap_err().code().map(str::to_owned);
        (code, attempts.0.swap(0, Ordering::Relaxed))
    };
    assert_eq!(get(&replay.url).await, (Some("ReplayMiss".to_owned()), 1));
    replay.stop("TERM").expect(2).complains("1 calls: ");
    assert_eq!(get(&raw::hangs_up()).await, (None, 3), "it does repeat what may pass");
}

#[test]
fn one_damaged_interaction_costs_itself_only() {
    let place = Place::new();
    let session = "call ListTables {\"Limit\":1}\ncall ListTables {\"Limit\":2}\ncall ListTables {\"Limit\":3}\n";
    let recorded = place.record("lists.tape", session);
    let whole = place.read("lists.tape");
    let damaged = whole.replacen("{\"Limit\": 2}", "{\"Limit\" 2}", 1);
    place.write("lists.tape", &damaged);

    let row = damaged.lines().position(|line| line.contains("\"Limit\" 2")).unwrap();
    let line = damaged.lines().nth(row).unwrap();
    let column = line.find("2}").unwrap() + 1;
    let id = damaged.lines().nth(row - 1).unwrap().split('"').nth(3).unwrap();
    let row = row + 1;
    let check = place.run("tape check lists.tape").expect(1);
    assert_eq!(
        check.stdout,
        format!(
            "lists.tape: line {row}, column {column}: not JSON (unexpected '2'), in interaction {id}\n"
        )
    );
    let ended = Ended::of(&mut place.with_child("replay lists.tape", session)).expect(2);
    ended.complains(&format!("line {row}, column {column}: not JSON"));
    ended.complains("it is left out");
    let replayed = place.answers();
    assert_eq!([&replayed[0], &replayed[2]], [&recorded[0], &recorded[2]]);
    assert!(replayed[1].body.contains("dynatape#ReplayMiss"), "{replayed:?}");
}

#[test]
fn two_replays_at_once_do_not_meet() {
    let place = Place::new();
    place.record("lists.tape", "call ListTables {}");
    let servers = [(); 2].map(|()| place.start("replay lists.tape"));
    assert_ne!(servers[0].url, servers[1].url);
    for mut server in servers {
        assert_eq!(raw::call(&server.url, "ListTables", "{}").status, 200);
        server.stop("INT").expect(0);
    }
}

#[test]
fn a_machine_without_a_network_can_replay() {
    let isolated = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rn", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
        unshare
    };
    let possible = isolated().arg("true").output().is_ok_and(|output| output.status.success());
    if !possible {
        // Past the capture of output: nobody should take this for a pass.
        writeln!(io::stderr(), "SKIPPED: no network namespace can be made here").unwrap();
        return;
    }
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let replay = place.with_child("replay orders.tape", SESSION);
    let mut command = isolated();
    command.arg(replay.get_program()).args(replay.get_args()).env_clear();
    command.envs(replay.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(replay.get_current_dir().unwrap());
    let ended = Ended::of(&mut command).expect(0);
    assert_eq!(ended.stderr, "");
}
