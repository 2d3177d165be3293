//! A real endpoint behind the proxy: signatures that are verified by somebody else, and what a
//! client is told when the endpoint fails.

#![allow(clippy::unwrap_used)] // all of it is test

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use dynatape::{
    backend::{
        Backend, BackendError, BoxFuture, UpstreamErrorKind,
        upstream::{
            CredentialSource, Credentials, CredentialsError, Endpoint, Fixed, Resolve, Settings,
            Sign, Timeouts, Trust, Upstream,
        },
    },
    clock::SystemClock,
    wire::{LiveSecrets, Operation, Request, Response},
};
use support::{Answering, client, exchange, start, verifier};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW==";

fn with(source: impl CredentialSource + 'static) -> Sign {
    Sign::With { source: Arc::new(source), region: None }
}

fn settings(url: &str, sign: Sign) -> Settings {
    Settings {
        endpoint: url.parse().unwrap(),
        sign,
        trust: Trust::System,
        timeouts: Timeouts::default(),
        resolve: Resolve::default(),
        by_host: false,
        secrets: LiveSecrets::default(),
    }
}

fn upstream(settings: Settings) -> Upstream {
    Upstream::new(settings, Arc::new(SystemClock)).unwrap()
}

/// Runs a test of this file in a process with this environment and no other.
fn run(test: &str, home: &std::path::Path, environment: &[(&str, &str)]) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

mod signing {
    use super::*;

    /// What an SDK with dummy credentials gets from a verifying endpoint, through the proxy.
    async fn listed(token: Option<&'static str>, sign: Sign) -> Result<Vec<String>, String> {
        let account =
            verifier::Account { access_key: KEY, secret_key: SECRET, token, region: "eu-west-1" };
        let (url, certificate) = verifier::start(account).await;
        let settings = Settings { trust: Trust::Only(vec![certificate]), ..settings(&url, sign) };
        let secrets = settings.secrets.clone();
        let proxy = start(upstream(settings)).await;
        let answer = client(&proxy.url()).list_tables().send().await;
        match answer {
            Ok(answer) => {
                let noted = secrets.all();
                for secret in [Some(KEY), Some(SECRET), token].into_iter().flatten() {
                    assert!(noted.iter().any(|known| **known == *secret), "{secret} not noted");
                }
                Ok(answer.table_names().to_vec())
            }
            Err(error) => Err(error.into_service_error().meta().message().unwrap().to_owned()),
        }
    }

    #[tokio::test]
    async fn a_dummy_client_is_let_in_under_the_proxys_signature() {
        let tables = listed(None, with(Fixed::new(KEY, SECRET, None))).await;
        assert_eq!(tables, Ok(vec!["signed".to_owned()]));
    }

    #[tokio::test]
    async fn temporary_credentials_bring_their_token() {
        let tables = listed(Some(TOKEN), with(Fixed::new(KEY, SECRET, Some(TOKEN)))).await;
        assert_eq!(tables, Ok(vec!["signed".to_owned()]));
        let refused = listed(Some(TOKEN), with(Fixed::new(KEY, SECRET, None))).await;
        assert_eq!(refused, Err("The security token is another one".to_owned()));
    }

    #[tokio::test]
    async fn a_signature_of_the_client_or_with_a_wrong_key_is_refused() {
        assert_eq!(
            listed(None, Sign::Keep).await,
            Err("The security token included in the request is invalid.".to_owned())
        );
        assert_eq!(
            listed(None, with(Fixed::new(KEY, "another secret", None))).await,
            Err("The request signature we calculated does not match".to_owned())
        );
    }

    #[tokio::test]
    async fn a_region_that_was_given_wins_over_the_clients() {
        let source = Arc::new(Fixed::new(KEY, SECRET, None));
        let sign = Sign::With { source, region: Some("us-west-2".into()) };
        assert_eq!(listed(None, sign).await, Err("signed for us-west-2".to_owned()));
    }

    #[tokio::test]
    async fn aws_is_signed_for_and_others_are_not() {
        for (url, signed) in [
            ("https://dynamodb.eu-west-1.amazonaws.com", true),
            ("https://123456789012.ddb.eu-west-1.amazonaws.com", true),
            ("http://localhost:8000", false),
        ] {
            let endpoint: Endpoint = url.parse().unwrap();
            let settings = Settings::new(endpoint, Arc::new(Fixed::new(KEY, SECRET, None)));
            assert_eq!(matches!(settings.sign, Sign::With { .. }), signed, "{url}");
        }
    }

    /// A source that has nothing.
    #[derive(Debug)]
    struct Nothing;

    impl CredentialSource for Nothing {
        fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
            Box::pin(async { Err(CredentialsError::Source("no profile".into())) })
        }
    }

    #[tokio::test]
    async fn a_client_is_told_that_credentials_are_missing() {
        let proxy = start(upstream(settings("http://127.0.0.1:1", with(Nothing)))).await;
        let error = client(&proxy.url()).list_tables().send().await.unwrap_err();
        assert_eq!(error.raw_response().unwrap().status().as_u16(), 502);
        let error = error.into_service_error();
        assert_eq!(error.meta().code(), Some("UpstreamCredentials"));
        assert_eq!(
            error.meta().message(),
            Some(
                "dynatape: found no credentials to sign the upstream request with: \
                 http://127.0.0.1:1: the credential chain gave none: no profile. Give dynatape \
                 credentials as you would the AWS command line (AWS_PROFILE, AWS_ACCESS_KEY_ID, \
                 `aws sso login`)."
            )
        );
    }

    #[tokio::test]
    async fn without_any_region_there_is_no_signature() {
        let upstream =
            upstream(settings("http://127.0.0.1:1", with(Fixed::new(KEY, SECRET, None))));
        let mut request = Request::of(Operation::ListTables, "{}");
        request.headers.remove("authorization");
        let error = upstream.call(request).await.unwrap_err();
        let BackendError::Upstream(error) = error else { panic!("{error}") };
        assert_eq!(error.kind, UpstreamErrorKind::Credentials);
        assert!(error.cause.unwrap().to_string().starts_with("the region to sign for is unknown"));
    }
}

mod passing_on {
    use super::*;

    #[tokio::test]
    async fn everything_but_the_hop_goes_on_as_it_came() {
        let seen = Arc::new(Mutex::new(None));
        let log = Arc::clone(&seen);
        let emulator = start(Answering(move |request: Request| {
            *log.lock().unwrap() = Some(request);
            let mut response = Response::ok("{ \"odd\" : 1E5 }");
            response.headers.insert("x-other", "kept".parse().unwrap());
            Ok(response)
        }))
        .await;
        let proxy = start(upstream(settings(&emulator.url(), Sign::Keep))).await;
        let request = "POST /?X-Amz-Signature=1 HTTP/1.1\r\nHost: proxy\r\nContent-Type: application/json\r\n\
                       X-Amz-Target: Nobody.Knows\r\nAuthorization: AWS4-HMAC-SHA256 mine\r\n\
                       Accept-Encoding: gzip\r\nConnection: close, x-own\r\nX-Own: 1\r\n\
                       Content-Length: 9\r\n\r\n{no json ";
        let answer = exchange(&proxy, request.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "{ \"odd\" : 1E5 }");
        assert!(head.contains("\r\nx-other: kept"), "{head}");
        let crc = dynatape::wire::profile::crc32(body.as_bytes());
        assert!(head.contains(&format!("\r\nx-amz-crc32: {crc}")), "{head}");
        assert!(head.contains("\r\nConnection: close"), "{head}");

        let request = seen.lock().unwrap().take().unwrap();
        assert_eq!(request.body(), "{no json ");
        assert_eq!(request.query.as_deref(), Some("X-Amz-Signature=1"));
        let mut headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        assert_eq!(
            headers,
            [
                "accept-encoding: identity",
                "authorization: AWS4-HMAC-SHA256 mine",
                "content-length: 9",
                "content-type: application/json",
                &format!("host: {}", emulator.address()),
                "x-amz-target: Nobody.Knows",
            ]
        );
    }

    #[tokio::test]
    async fn a_base_path_is_kept() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/base/path", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let request = Request::of(Operation::ListTables, "{}");
        let response = upstream(settings(&url, Sign::Keep)).call(request).await.unwrap();
        assert_eq!(response.body, "{}");
        assert!(asked.await.unwrap().starts_with("POST /base/path HTTP/1.1\r\n"));
    }
}

mod failing {
    use super::*;

    /// What an endpoint does with a connection.
    #[derive(Clone, Copy)]
    enum Conduct {
        Hang,
        Close,
        Babble,
        BreakOff,
    }

    /// An endpoint that accepts, reads a request, and misbehaves. Tells how often it was asked.
    async fn endpoint(conduct: Conduct) -> (String, Arc<Mutex<usize>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let count = Arc::new(Mutex::new(0));
        let asked = Arc::clone(&count);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4096]).await;
                *asked.lock().unwrap() += 1;
                let answer: &[u8] = match conduct {
                    Conduct::Hang => {
                        tokio::time::sleep(LONG).await;
                        b""
                    }
                    Conduct::Close => b"",
                    Conduct::Babble => b"220 smtp.example.com ESMTP\r\n",
                    Conduct::BreakOff => b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
                };
                let _ = stream.write_all(answer).await;
            }
        });
        (url, count)
    }

    /// Longer than anything takes here.
    const LONG: Duration = Duration::from_secs(60);

    /// What a client is told: status, type and message.
    async fn told(url: &str, patience: Duration) -> (u16, String, String) {
        let mut settings = settings(url, Sign::Keep);
        settings.timeouts = Timeouts { connect: Duration::from_secs(30), answer: patience };
        let proxy = start(upstream(settings)).await;
        let error = client(&proxy.url()).list_tables().send().await.unwrap_err();
        let status = error.raw_response().unwrap().status().as_u16();
        let error = error.into_service_error();
        let text = |text: Option<&str>| text.unwrap().to_owned();
        (status, text(error.meta().code()), text(error.meta().message()))
    }

    #[tokio::test]
    async fn nobody_there() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let url = format!("http://{free}");
        let (status, kind, message) = told(&url, LONG).await;
        assert_eq!((status, &*kind), (502, "UpstreamUnreachable"));
        // In between stands the system's own sentence.
        let start = format!("dynatape: cannot connect to the upstream: {url}: tcp connect error: ");
        assert!(message.starts_with(&start), "{message}");
        let end = ". Check that it is running and that its address is right.";
        assert!(message.ends_with(end), "{message}");
    }

    #[tokio::test]
    async fn no_such_host() {
        let (status, kind, message) = told("http://no-such-host.invalid", LONG).await;
        assert_eq!((status, &*kind), (502, "UpstreamUnreachable"), "{message}");
    }

    #[tokio::test]
    async fn tls_where_there_is_none() {
        let (url, _) = endpoint(Conduct::Babble).await;
        let (status, kind, message) = told(&url.replace("http:", "https:"), LONG).await;
        assert_eq!((status, &*kind), (502, "UpstreamUnreachable"), "{message}");
    }

    #[tokio::test]
    async fn no_answer_in_time() {
        let (url, asked) = endpoint(Conduct::Hang).await;
        let (status, kind, message) = told(&url, Duration::from_millis(200)).await;
        assert_eq!((status, &*kind), (504, "UpstreamTimeout"), "{message}");
        assert!(message.contains(&url), "{message}");
        assert_eq!(*asked.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn a_broken_connection_is_not_tried_again() {
        for conduct in [Conduct::Close, Conduct::Babble, Conduct::BreakOff] {
            let (url, asked) = endpoint(conduct).await;
            let (status, kind, message) = told(&url, LONG).await;
            assert_eq!((status, &*kind), (502, "UpstreamReset"), "{message}");
            assert_eq!(*asked.lock().unwrap(), 1, "asked once");
        }
    }
}

mod trust {
    use super::*;

    #[test]
    fn a_machine_without_certificates_is_no_obstacle() {
        let nowhere = std::env::temp_dir();
        run("trust::without_certificates", &nowhere, &[("SSL_CERT_FILE", "/nowhere")]);
    }

    #[tokio::test]
    #[ignore = "run by a_machine_without_certificates_is_no_obstacle"]
    async fn without_certificates() {
        upstream(settings("https://dynamodb.eu-west-1.amazonaws.com", Sign::Keep));
    }
}

#[cfg(feature = "aws")]
mod chain {
    use std::{fs, time::UNIX_EPOCH};

    use dynatape::{backend::upstream::AwsChain, clock::ManualClock};

    use super::*;

    fn home(name: &str) -> std::path::PathBuf {
        let home = std::env::temp_dir().join(format!("dynatape-{name}-{}", std::process::id()));
        fs::create_dir_all(home.join(".aws")).unwrap();
        home
    }

    #[test]
    fn takes_the_environments_keys() {
        let home = home("environment");
        run(
            "chain::with_keys",
            &home,
            &[("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)],
        );
        fs::remove_dir_all(home).unwrap();
    }

    #[tokio::test]
    #[ignore = "run by takes_the_environments_keys, with an environment"]
    async fn with_keys() {
        let chain = AwsChain::new(None, Arc::new(SystemClock));
        let credentials = chain.credentials().await.unwrap();
        assert_eq!(credentials.access_key_id(), KEY);
    }

    #[test]
    fn asks_a_profiles_process_once_until_it_is_time_again() {
        let home = home("process");
        let config = format!(
            "[profile own]\nregion = eu-west-1\ncredential_process = sh {}/give\n",
            home.display()
        );
        fs::write(home.join(".aws/config"), config).unwrap();
        let give = format!(
            "echo x >> {}/count\necho '{{\"Version\":1,\"AccessKeyId\":\"{KEY}\",\"SecretAccessKey\":\"{SECRET}\"}}'\n",
            home.display()
        );
        fs::write(home.join("give"), give).unwrap();
        run("chain::with_a_process", &home, &[]);
        assert_eq!(fs::read_to_string(home.join("count")).unwrap(), "x\nx\n");
        fs::remove_dir_all(home).unwrap();
    }

    #[tokio::test]
    #[ignore = "run by asks_a_profiles_process_once_until_it_is_time_again"]
    async fn with_a_process() {
        let clock = Arc::new(ManualClock::at(UNIX_EPOCH));
        let chain = AwsChain::new(Some("own".into()), clock.clone());
        for minutes in [0, 1, 20] {
            clock.advance(Duration::from_secs(minutes * 60));
            assert_eq!(chain.credentials().await.unwrap().access_key_id(), KEY);
        }
    }

    #[test]
    fn tells_when_there_is_nothing() {
        let home = home("nothing");
        run("chain::with_nothing", &home, &[]);
        fs::remove_dir_all(home).unwrap();
    }

    #[tokio::test]
    #[ignore = "run by tells_when_there_is_nothing, with an empty environment"]
    async fn with_nothing() {
        let error = AwsChain::new(None, Arc::new(SystemClock)).credentials().await.unwrap_err();
        assert_eq!(error.to_string(), "the credential chain gave none");
    }
}
