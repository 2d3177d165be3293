//! Connections on threads of their own: which thread serves whom, that the connections of a proxy
//! to its upstream stay on theirs, and what becomes of requests that outlive their server.

#![allow(clippy::unwrap_used)] // all of it is test

mod support;

use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    num::NonZeroUsize,
    sync::Arc,
    time::Duration,
};

use dynatape::{
    backend::{
        Backend, BackendError, BoxFuture,
        record::{Record, Recording},
        upstream::{Endpoint, Fixed, Settings, Upstream},
    },
    clock::SystemClock,
    proxy::{Config, Server, Workers},
    wire::{Operation, Request, Response},
};
use support::{Answering, raw::Connection, start, start_with};
use tokio::{
    runtime::Runtime,
    sync::{Notify, Semaphore},
};

fn with(workers: &Workers) -> Config {
    Config { workers: Some(workers.clone()), ..Config::default() }
}

fn two() -> Workers {
    Workers::new(NonZeroUsize::new(2).unwrap())
}

/// The thread that answers is the answer.
fn its_thread() -> impl Backend {
    Answering(|_: Request| Ok(Response::ok(format!("{:?}", std::thread::current().id()))))
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn ask(connection: &mut Connection) -> String {
    let answer = connection.call("ListTables", "{}").unwrap();
    assert_eq!(answer.status, 200);
    answer.text()
}

#[test]
fn a_connection_stays_on_the_thread_that_had_the_fewest() {
    let (runtime, workers) = (runtime(), two());
    let server: Server = runtime.block_on(start_with(its_thread(), with(&workers)));
    let open = || {
        let mut connection = Connection::open(&server.url()).unwrap();
        // Not before it is served does the next one come.
        let thread = ask(&mut connection);
        (connection, thread)
    };
    let mut all = [open(), open(), open(), open()];
    let (first, second) = (all[0].1.clone(), all[1].1.clone());
    assert_ne!(first, second);
    let threads: Vec<_> = all.iter().map(|(_, thread)| thread.clone()).collect();
    assert_eq!(threads, [&*first, &second, &first, &second]);
    for (connection, thread) in &mut all {
        assert_eq!(ask(connection), *thread);
    }
    // Both of the second's go. Once that was noticed, the next two are put there.
    let [_one, second_a, _three, second_b] = all;
    drop((second_a, second_b));
    let mut more = vec![open(), open()];
    while more[more.len() - 2..].iter().any(|(_, thread)| *thread != second) {
        assert!(more.len() < 5_000, "nothing goes to the thread that has nothing");
        std::thread::sleep(Duration::from_millis(5));
        more.push(open());
    }
}

#[test]
fn without_workers_the_runtime_of_the_server_serves() {
    let runtime = runtime();
    let server = runtime.block_on(start(its_thread()));
    let of_it = runtime.block_on(async {
        tokio::spawn(async { format!("{:?}", std::thread::current().id()) }).await.unwrap()
    });
    assert_eq!(ask(&mut Connection::open(&server.url()).unwrap()), of_it);
}

/// The address of a server that answers with the number of the connection that it was asked on.
fn counts_connections() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = |number: usize, stream: std::net::TcpStream| -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut line, mut length) = (String::new(), 0);
            while line != "\r\n" {
                line.clear();
                stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().ok()?;
                }
            }
            stream.read_exact(&mut vec![0; length]).ok()?;
            let number = number.to_string();
            let length = number.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{number}");
            stream.get_mut().write_all(answer.as_bytes()).ok()?;
        }
    };
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            std::thread::spawn(move || serve(number, stream));
        }
    });
    url
}

fn upstream() -> Upstream {
    let endpoint: Endpoint = counts_connections().parse().unwrap();
    let source = Arc::new(Fixed::new("AKIAIOSFODNN7EXAMPLE", "hidden", None));
    Upstream::new(Settings::new(endpoint, source), Arc::new(SystemClock)).unwrap()
}

#[test]
fn each_runtime_has_connections_of_its_own_to_an_upstream() {
    let upstream = upstream();
    let ask = |runtime: &Runtime| {
        let answer = runtime.block_on(upstream.call(Request::of(Operation::ListTables, "{}")));
        answer.unwrap().body
    };
    let (one, other) = (runtime(), runtime());
    let (mut of_one, mut of_other) = (HashSet::new(), HashSet::new());
    for _ in 0..50 {
        of_one.insert(ask(&one));
        of_other.insert(ask(&other));
    }
    assert!(of_one.is_disjoint(&of_other), "{of_one:?} {of_other:?}");
    // What a runtime had ends with it, and hinders nobody: not even one that is called the same.
    drop(one);
    let third = runtime();
    for _ in 0..10 {
        assert!(!of_one.contains(&ask(&other)));
        assert!(!of_one.contains(&ask(&third)));
    }
}

#[test]
fn a_proxy_asks_its_upstream_on_the_thread_of_the_client() {
    let (runtime, workers) = (runtime(), two());
    let server = runtime.block_on(start_with(upstream(), with(&workers)));
    let mut clients = [(); 2].map(|()| Connection::open(&server.url()).unwrap());
    let mut asked_on = [(); 2].map(|()| HashSet::new());
    for _ in 0..50 {
        for (client, connections) in clients.iter_mut().zip(&mut asked_on) {
            connections.insert(ask(client));
        }
    }
    assert!(asked_on[0].is_disjoint(&asked_on[1]), "{asked_on:?}");
}

/// Answers when it is let, and says when it is asked.
#[derive(Debug)]
struct Slow {
    asked: Arc<Notify>,
    go: Arc<Semaphore>,
}

impl Backend for Slow {
    fn call(&self, _: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        self.asked.notify_one();
        Box::pin(async {
            let _go = self.go.acquire().await;
            Ok(Response::ok("{}"))
        })
    }
}

#[test]
fn what_a_request_began_is_recorded_when_its_server_has_ended() {
    let (runtime, workers) = (runtime(), two());
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let recording = Recording::new();
    let slow = Slow { asked: Arc::clone(&asked), go: Arc::clone(&go) };
    let record = Record::new(slow, recording.clone());
    let mut config = with(&workers);
    config.limits.drain_time = Duration::ZERO;
    let server = runtime.block_on(start_with(record, config));
    let mut client = Connection::open(&server.url()).unwrap();
    client.write(&support::call("", "{}")).unwrap();
    runtime.block_on(asked.notified());
    assert_eq!(runtime.block_on(server.shutdown()).cut, 1);
    go.add_permits(1);
    assert_eq!(runtime.block_on(recording.settled(Duration::from_secs(60))), 0);
    assert_eq!(recording.len(), 1);
}
