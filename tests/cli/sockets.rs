//! What sockets a process has, as the kernel tells it.

use std::fs;

use crate::{
    place::{Place, SESSION},
    support::raw::Connection,
};

/// A socket of the internet kind.
#[derive(Debug)]
struct Socket {
    protocol: &'static str,
    local_port: u16,
    listens: bool,
}

/// All but anonymous pairs, by which a process speaks to itself.
fn sockets(process: u32) -> Vec<Socket> {
    let links = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let links = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
    let inodes = links.filter_map(|link| {
        Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
    });
    let table =
        |name: &str| fs::read_to_string(format!("/proc/{process}/net/{name}")).unwrap_or_default();
    let tables = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"].map(|name| (name, table(name)));
    let unix = table("unix");
    let mut found = Vec::new();
    for inode in inodes {
        let internet = tables.iter().find_map(|(protocol, table)| {
            let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
            let row = rows.into_iter().find(|row| row.get(9) == Some(&&*inode))?;
            let (_, port) = row[1].rsplit_once(':')?;
            let local_port = u16::from_str_radix(port, 16).ok()?;
            Some(Socket { protocol, local_port, listens: row[3] == "0A" })
        });
        if let Some(socket) = internet {
            found.push(socket);
            continue;
        }
        let row = unix.lines().find(|row| row.split_whitespace().nth(6) == Some(&inode));
        let row = row.unwrap_or_else(|| panic!("what is socket {inode}?"));
        assert_eq!(row.split_whitespace().count(), 7, "a named one: {row}");
    }
    found
}

/// The listener and what came in through it; anything else went out.
fn outgoing(process: u32, url: &str) -> Vec<Socket> {
    let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    let all = sockets(process);
    let listeners = all.iter().filter(|socket| socket.listens).count();
    assert_eq!(listeners, 1, "{all:?}");
    all.into_iter().filter(|socket| socket.protocol != "tcp" || socket.local_port != port).collect()
}

#[test]
fn a_replay_has_no_socket_but_its_listener_and_its_clients() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let mut command = place.dynatape(["replay", "orders.tape"]);
    // What would make an AWS client look for credentials elsewhere.
    command.env_remove("AWS_EC2_METADATA_DISABLED").env("AWS_PROFILE", "nobody");
    let replay = crate::place::Running::start(&mut command);
    assert!(outgoing(replay.id(), &replay.url).is_empty());

    let mut client = Connection::open(&replay.url).unwrap();
    for line in SESSION.lines() {
        let mut words = line.splitn(3, ' ').skip(1);
        let answer = client.call(words.next().unwrap(), words.next().unwrap()).unwrap();
        assert!(answer.header("x-dynatape-miss").is_none(), "{line}");
        assert!(outgoing(replay.id(), &replay.url).is_empty());
    }
    assert_eq!(sockets(replay.id()).len(), 2, "the listener and the client");
    let miss = client.call("ListTables", "{}").unwrap();
    assert!(miss.header("x-dynatape-miss").is_some());
    assert!(outgoing(replay.id(), &replay.url).is_empty());
}

#[test]
fn the_connection_of_a_recording_to_its_upstream_is_seen() {
    let place = Place::new();
    let upstream = place.start("serve --port 0");
    let recording = place.start(&format!("record a.tape --upstream {}", upstream.url));
    let mut client = Connection::open(&recording.url).unwrap();
    assert_eq!(client.call("ListTables", "{}").unwrap().status, 200);
    assert_eq!(outgoing(recording.id(), &recording.url).len(), 1);
}
