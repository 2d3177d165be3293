//! The server as a client sees it, down to the bytes, and what it does with clients that
//! misbehave.

#![allow(clippy::unwrap_used)] // all of it is test

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use dynatape::{
    backend::{Backend, BackendError, BoxFuture},
    clock::ManualClock,
    proxy::{Config, Limits, Server, Shutdown, tls::Identity},
    wire::{LiveSecrets, Request, Response, Target, profile},
};
use support::{Answering, CLOSE, call, client, empty_objects, exchange, start, start_with};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
    time::timeout,
};

fn limits(change: impl FnOnce(&mut Limits)) -> Config {
    let mut config = Config::default();
    change(&mut config.limits);
    config
}

/// A server still answers.
async fn alive(server: &Server) {
    let answer = exchange(server, &call(CLOSE, "{}")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

mod bytes {
    use super::*;

    /// A server whose clock stands still.
    async fn still(config: Config) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let clock = Arc::new(ManualClock::at(std::time::UNIX_EPOCH));
        Server::start(listener, Arc::new(empty_objects()), clock, config).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_reads_as_the_services_do() {
        let server = still(Config { seed: 7, ..Config::default() }).await;
        // Header order and casing: wire-facts 1, byte-exact recordings.
        let expected = |connection, id| {
            format!(
                "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
                 Content-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\
                 Connection: {connection}\r\nx-amzn-RequestId: {}\r\nx-amz-crc32: 2745614147\r\n\r\n{{}}",
                profile::request_id(id)
            )
        };
        let two = [call("", "{}"), call(CLOSE, "{}")].concat();
        assert_eq!(
            exchange(&server, &two).await,
            expected("keep-alive", 7) + &expected("close", 8)
        );
    }

    #[tokio::test]
    async fn the_content_type_is_the_requests_without_its_parameters() {
        let server = still(Config::default()).await;
        let request = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
                       Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}";
        let answer = exchange(&server, request.as_bytes()).await;
        assert!(answer.contains("\r\nContent-Type: application/json\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn what_is_no_call_is_answered_at_the_door() {
        let server = still(Config { region: "eu-west-2".into(), ..Config::default() }).await;
        let health = exchange(&server, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let health = health.await;
        assert!(health.ends_with("\r\n\r\nhealthy: dynamodb.eu-west-2.amazonaws.com "), "{health}");
        assert!(health.contains("\r\nContent-Type: text/plain\r\n"), "{health}");

        let missing = exchange(
            &server,
            b"POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        );
        let (head, body) = missing.await.split_once("\r\n\r\n").unwrap().to_owned_pair();
        assert_eq!(body, "<UnknownOperationException/>\n");
        let mut names: Vec<_> = head.lines().map(|line| line.split(':').next().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "Connection",
                "Content-Length",
                "Date",
                "HTTP/1.1 404 Not Found",
                "x-amz-crc32",
                "x-amzn-RequestId"
            ]
        );

        let preflight = exchange(
            &server,
            b"OPTIONS / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: http://b\r\n\
              Access-Control-Request-Headers: x-amz-target\r\n\r\n",
        );
        let preflight = preflight.await;
        assert!(preflight.starts_with("HTTP/1.1 200 OK\r\n"), "{preflight}");
        for line in [
            "access-control-allow-origin: *",
            "access-control-max-age: 172800",
            "access-control-allow-headers: x-amz-target",
            "Content-Length: 0",
        ] {
            assert!(preflight.contains(&format!("\r\n{line}\r\n")), "{line} in {preflight}");
        }
    }

    #[tokio::test]
    async fn a_page_elsewhere_may_read_the_answer() {
        let server = still(Config::default()).await;
        let answer =
            exchange(&server, &call("Origin: http://b\r\nConnection: close\r\n", "{}")).await;
        assert!(answer.contains("\r\naccess-control-allow-origin: *\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn a_page_is_kept_away_from_credentials() {
        let server = still(Config { cross_origin: false, ..Config::default() }).await;
        for request in [
            call("Origin: http://b\r\nConnection: close\r\n", "{}"),
            b"OPTIONS / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: http://b\r\n\r\n"
                .to_vec(),
        ] {
            let answer = exchange(&server, &request).await;
            assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
            assert!(!answer.contains("access-control"), "{answer}");
        }
        alive(&server).await;
    }

    #[tokio::test]
    async fn an_old_client_gets_its_answer_and_the_end() {
        let server = still(Config::default()).await;
        let answer = exchange(&server, b"GET / HTTP/1.0\r\n\r\n").await;
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
        assert!(answer.ends_with("amazonaws.com "), "{answer}");
    }

    trait Pair {
        fn to_owned_pair(self) -> (String, String);
    }

    impl Pair for (&str, &str) {
        fn to_owned_pair(self) -> (String, String) {
            (self.0.to_owned(), self.1.to_owned())
        }
    }
}

mod passing_on {
    use super::*;

    #[tokio::test]
    async fn what_a_request_holds_reaches_the_backend_untouched() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let secrets = LiveSecrets::default();
        let config = Config { secrets: Some(secrets.clone()), ..Config::default() };
        let backend = Answering(move |request: Request| {
            log.lock().unwrap().push(request);
            Ok(Response::ok("{}"))
        });
        let server = start_with(backend, config).await;
        let request = "POST /?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026 HTTP/1.1\r\nHost: a\r\n\
                       Content-Type: application/json\r\nX-Amz-Target: Nobody_20300101.Knows\r\n\
                       X-Twice: 1\r\nX-Twice: 2\r\nConnection: close\r\nContent-Length: 8\r\n\r\n{\"no json";
        exchange(&server, request.as_bytes()).await;
        let seen = seen.lock().unwrap();
        let request = seen.first().unwrap();
        assert_eq!(request.target, Target::Other("Nobody_20300101.Knows".into()));
        assert_eq!(request.body(), "{\"no jso");
        assert!(request.json().is_err());
        assert_eq!(request.query.as_deref(), Some("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026"));
        let twice: Vec<_> = request.headers.get_all("x-twice").iter().collect();
        assert_eq!(twice, ["1", "2"]);
        assert_eq!(secrets.all(), ["AKIAIOSFODNN7EXAMPLE".to_owned().into_boxed_str()]);
    }

    #[tokio::test]
    async fn an_upstreams_headers_are_kept() {
        let server = start(Answering(|_: Request| {
            let mut response = Response::ok("{\"a\":1}");
            for (name, value) in [
                ("x-amz-crc32", "3"),
                ("content-length", "99"),
                ("x-other", "kept"),
                ("server", "Jetty"),
                ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ] {
                response.headers.insert(name, value.parse().unwrap());
            }
            Ok(response)
        }))
        .await;
        assert_eq!(
            exchange(&server, &call(CLOSE, "{}")).await,
            "HTTP/1.1 200 OK\r\nServer: Jetty\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
             Content-Length: 7\r\nConnection: close\r\nx-amz-crc32: 3\r\nx-other: kept\r\n\r\n{\"a\":1}"
        );
    }

    #[tokio::test]
    async fn an_sdk_understands_the_answers() {
        let server = start(Answering(|request: Request| match request.table().as_deref() {
            Some("miss") => {
                Err(BackendError::Miss { id: "m-1".into(), report: "not recorded".into() })
            }
            Some("bug") => Err(BackendError::Internal {
                doing: "counting to three",
                cause: "lost count".into(),
            }),
            Some("panic") => panic!("on purpose"),
            _ => Ok(Response::ok(r#"{"TableNames":["t"]}"#)),
        }))
        .await;
        let client = client(&server.url());
        let tables = client.list_tables().send().await.unwrap();
        assert_eq!(tables.table_names(), ["t"]);
        for (table, status, kind, message) in [
            ("miss", 400, "ReplayMiss", "not recorded"),
            ("bug", 500, "InternalServerError", "dynatape: counting to three: lost count"),
            ("panic", 500, "InternalServerError", "dynatape: the backend panicked: on purpose"),
        ] {
            let error = client.describe_table().table_name(table).send().await.unwrap_err();
            let response = error.raw_response().unwrap();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(
                response.headers().get("x-dynatape-miss"),
                (table == "miss").then_some("m-1")
            );
            let error = error.into_service_error();
            assert_eq!(error.meta().code(), Some(kind));
            assert_eq!(error.meta().message(), Some(message));
        }
        alive(&server).await;
    }
}

mod bad_clients {
    use super::*;

    #[tokio::test]
    async fn garbage_is_refused_and_harms_nobody() {
        let server = start(empty_objects()).await;
        for garbage in [
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], // TLS to a plain port
            b"hello\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nBad Header\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\0\0\0\0\0\0\0\0\r\n\r\n",
        ] {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            stream.write_all(garbage).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
        }
        alive(&server).await;
    }

    #[tokio::test]
    async fn half_a_request_is_forgotten() {
        let server = start(empty_objects()).await;
        let whole = call("", "{\"TableName\":\"t\"}");
        for length in [1, 20, whole.len() - 20, whole.len() - 1] {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            stream.write_all(&whole[..length]).await.unwrap();
        }
        alive(&server).await;
    }

    #[tokio::test]
    async fn a_broken_chunk_is_answered() {
        let server = start(empty_objects()).await;
        let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                       Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n";
        let answer = exchange(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("dynatape#BrokenRequest"), "{answer}");
    }

    #[tokio::test]
    async fn chunks_make_a_whole_body() {
        let server = start(Answering(|request: Request| Ok(Response::ok(request.body().clone()))));
        let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n\
                       Transfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n5\r\na\":1}\r\n0\r\n\r\n";
        let answer = exchange(&server.await, request.as_bytes()).await;
        assert!(answer.ends_with("\r\n\r\n{\"a\":1}"), "{answer}");
    }

    #[tokio::test]
    async fn who_is_slow_with_the_head_is_cut_off() {
        let time = Duration::from_millis(100);
        let server = start_with(empty_objects(), limits(|limits| limits.idle_time = time)).await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(b"POST / HTTP/1.1\r\nHost:").await.unwrap();
        let mut answer = Vec::new();
        timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        assert!(answer.is_empty());
        alive(&server).await;
    }

    #[tokio::test]
    async fn who_asks_nothing_more_is_cut_off_and_who_waits_for_an_answer_is_not() {
        let time = Duration::from_millis(100);
        let server = start_with(Late(time * 4), limits(|limits| limits.idle_time = time)).await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(&call("", "{}")).await.unwrap();
        let mut answer = Vec::new();
        timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("{}"), "{answer}");
        assert!(answer.contains("\r\nConnection: keep-alive\r\n"), "{answer}");
    }

    /// Takes its time.
    #[derive(Debug)]
    struct Late(Duration);

    impl Backend for Late {
        fn call(&self, _: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
            Box::pin(async {
                tokio::time::sleep(self.0).await;
                Ok(Response::ok("{}"))
            })
        }
    }

    #[tokio::test]
    async fn who_is_slow_with_the_body_is_told_so() {
        let time = Duration::from_millis(100);
        let server = start_with(empty_objects(), limits(|limits| limits.body_time = time)).await;
        let mut request = call("", "{\"TableName\":\"t\"}");
        request.truncate(request.len() - 5);
        let answer = exchange(&server, &request).await;
        assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
        assert!(answer.contains("dynatape#RequestTimeout"), "{answer}");
    }

    #[tokio::test]
    async fn a_body_of_17_mib_is_too_large() {
        let server = start(empty_objects()).await;
        let mib = 1024 * 1024;
        let answer = exchange(&server, &call("", &"x".repeat(17 * mib))).await;
        assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
        assert!(answer.contains("RequestTooLargeException"), "{answer}");
        let answer = exchange(&server, &call(CLOSE, &"x".repeat(16 * mib))).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        // Without a length: found out on the way.
        let chunk = format!("100000\r\n{}\r\n", "x".repeat(mib)).repeat(17);
        let request = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
             Transfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
        );
        let answer = exchange(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn who_asks_first_is_told_before_sending() {
        let server = start(empty_objects()).await;
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                    Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n";
        let answer = exchange(&server, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn a_head_without_end_is_refused() {
        let server = start(empty_objects()).await;
        let answer =
            exchange(&server, &call(&format!("X-Long: {}\r\n", "x".repeat(70_000)), "{}")).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        let answer = exchange(&server, &call(&"X: y\r\n".repeat(200), "{}")).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        alive(&server).await;
    }
}

mod connections {
    use super::*;

    #[tokio::test]
    async fn a_pipeline_is_answered_in_order() {
        let server =
            start(Answering(|request: Request| Ok(Response::ok(request.body().clone())))).await;
        let bodies = ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"];
        let mut pipeline: Vec<u8> = bodies[..2].iter().flat_map(|body| call("", body)).collect();
        pipeline.extend(call(CLOSE, bodies[2]));
        let answers = exchange(&server, &pipeline).await;
        let found: Vec<_> = answers
            .match_indices("{\"n\":")
            .map(|(at, found)| &answers[at..at + found.len() + 2])
            .collect();
        assert_eq!(found, bodies);
    }

    #[tokio::test]
    async fn two_hundred_at_once() {
        let server = Arc::new(
            start(Answering(|request: Request| Ok(Response::ok(request.body().clone())))).await,
        );
        let mut all = JoinSet::new();
        for number in 0..200 {
            let server = Arc::clone(&server);
            all.spawn(async move {
                let mut stream = TcpStream::connect(server.address()).await.unwrap();
                for turn in 0..5 {
                    let body = format!("{{\"n\":\"{number}-{turn}\"}}");
                    stream.write_all(&call("", &body)).await.unwrap();
                    let mut answer = Vec::new();
                    while !answer.ends_with(body.as_bytes()) {
                        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
                    }
                }
            });
        }
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
    }

    /// Answers when told to.
    #[derive(Debug, Default)]
    struct Waiting {
        called: Notify,
        go: Notify,
    }

    impl Backend for Waiting {
        fn call(&self, _: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
            Box::pin(async {
                self.called.notify_one();
                self.go.notified().await;
                Ok(Response::ok("{}"))
            })
        }
    }

    #[tokio::test]
    async fn a_shutdown_lets_requests_finish() {
        let backend = Arc::new(Waiting::default());
        let server = start(Arc::clone(&backend)).await;
        let address = server.address();
        let idle = TcpStream::connect(address).await.unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&call("", "{}")).await.unwrap();
        backend.called.notified().await;
        let down = tokio::spawn(server.shutdown());
        // Nobody new is let in.
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        backend.go.notify_one();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
        assert_eq!(down.await.unwrap(), Shutdown { cut: 0 });
        drop(idle);
    }

    #[tokio::test]
    async fn a_shutdown_does_not_wait_for_ever() {
        let backend = Arc::new(Waiting::default());
        let time = Duration::from_millis(50);
        let config = limits(|limits| limits.drain_time = time);
        let server = start_with(Arc::clone(&backend), config).await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(&call("", "{}")).await.unwrap();
        backend.called.notified().await;
        assert_eq!(server.shutdown().await, Shutdown { cut: 1 });
    }

    #[tokio::test]
    async fn a_dropped_server_stops() {
        let server = start(empty_objects()).await;
        let address = server.address();
        drop(server);
        let closed = async {
            while TcpStream::connect(address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(5), closed).await.unwrap();
    }
}

mod tls {
    use dynatape::{
        backend::upstream::{Endpoint, Fixed, Settings, Trust, Upstream},
        clock::SystemClock,
        proxy::tls::TlsError,
        wire::Operation,
    };

    use super::*;

    #[tokio::test]
    async fn speaks_tls_with_a_made_certificate() {
        let (identity, _) = Identity::made_for(&["localhost", "127.0.0.1"]).unwrap();
        let certificate = identity.certificate().unwrap().clone();
        let config = Config { tls: Some(identity), ..Config::default() };
        let server = start_with(empty_objects(), config).await;
        assert!(server.url().starts_with("https://127.0.0.1:"));

        let ask = async |trust: Trust| {
            let endpoint: Endpoint = server.url().parse().unwrap();
            let mut settings = Settings::new(endpoint, Arc::new(Fixed::new("a", "b", None)));
            settings.trust = trust;
            let upstream = Upstream::new(settings, Arc::new(SystemClock)).unwrap();
            upstream.call(Request::of(Operation::ListTables, "{}")).await
        };
        let response = ask(Trust::Only(vec![certificate])).await.unwrap();
        assert_eq!(response.body, "{}");
        assert!(ask(Trust::System).await.is_err(), "a stranger's certificate");

        // Plain HTTP to the TLS port ends that connection only.
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(&call("", "{}")).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
        drop(stream);
    }

    #[test]
    fn an_identity_is_read_from_files() {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let folder = std::env::temp_dir().join(format!("dynatape-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let certificate = file("certificate.pem", &made.cert.pem());
        let key = file("key.pem", &made.signing_key.serialize_pem());
        let other = file("other.pem", &other.signing_key.serialize_pem());
        let empty = file("empty.pem", "nothing");
        let gone = folder.join("gone.pem");

        assert!(Identity::from_files(&certificate, &key).is_ok());
        let refused = |certificate, key| Identity::from_files(certificate, key).unwrap_err();
        assert!(matches!(refused(&certificate, &other), TlsError::Unusable(_)));
        assert!(matches!(refused(&empty, &key), TlsError::Pem { wanted: "certificate", .. }));
        assert!(matches!(refused(&key, &key), TlsError::Pem { wanted: "certificate", .. }));
        assert!(matches!(
            refused(&certificate, &certificate),
            TlsError::Pem { wanted: "private key", .. }
        ));
        assert!(matches!(refused(&gone, &key), TlsError::Read { .. }));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
