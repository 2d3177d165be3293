use std::{sync::atomic::AtomicBool, thread};

use super::*;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("db")
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), Durability::Process).unwrap()
    }

    fn refused(&self) -> OpenFault {
        SqliteStore::open(&self.path(), Durability::Process).unwrap_err().fault
    }
}

fn put(store: &SqliteStore, key: &[u8], value: &'static [u8]) -> Result<(), StoreError> {
    let mut open = store.write()?;
    open.put(key, Bytes::from_static(value))?;
    open.commit()
}

fn found(store: &SqliteStore, key: &[u8]) -> Option<Vec<u8>> {
    store.read().unwrap().get(key).unwrap().map(Into::into)
}

#[test]
fn what_was_committed_is_there_when_the_file_is_opened_again() {
    for durability in [Durability::Process, Durability::Full] {
        let place = Place::new();
        let store = SqliteStore::open(&place.path(), durability).unwrap();
        put(&store, b"a", b"1").unwrap();
        let mut abandoned = store.write().unwrap();
        abandoned.put(b"b", Bytes::from_static(b"2")).unwrap();
        drop(abandoned);
        drop(store);
        let store = place.open();
        assert_eq!(found(&store, b"a").as_deref(), Some(&b"1"[..]));
        assert_eq!(found(&store, b"b"), None);
    }
}

#[test]
fn a_snapshot_waits_for_no_writer_and_does_not_see_later_commits() {
    let place = Place::new();
    let store = place.open();
    put(&store, b"k", b"old").unwrap();
    let before = store.read().unwrap();
    let mut open = store.write().unwrap();
    open.put(b"k", Bytes::from_static(b"new")).unwrap();
    assert_eq!(found(&store, b"k").as_deref(), Some(&b"old"[..]), "not committed yet");
    assert_eq!(open.get(b"k").unwrap().as_deref(), Some(&b"new"[..]));
    open.commit().unwrap();
    assert_eq!(before.get(b"k").unwrap().as_deref(), Some(&b"old"[..]));
    assert_eq!(found(&store, b"k").as_deref(), Some(&b"new"[..]));
}

#[test]
fn writers_take_turns() {
    let place = Place::new();
    let store = place.open();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let mut open = store.write().unwrap();
                    let count = open.get(b"n").unwrap().map_or(0, |bytes| bytes[0]);
                    thread::sleep(Duration::from_micros(100));
                    open.put(b"n", vec![count + 1].into()).unwrap();
                    open.commit().unwrap();
                }
            });
        }
    });
    assert_eq!(found(&store, b"n"), Some(vec![100]));
}

#[test]
fn no_more_connections_are_kept_than_readers_need() {
    let place = Place::new();
    let store = place.open();
    for _ in 0..3 {
        let many: Vec<_> = (0..IDLE + 4).map(|_| store.read().unwrap()).collect();
        drop(many);
        assert_eq!(store.readers.lock().unwrap().len(), IDLE);
    }
}

#[test]
fn the_log_is_begun_anew_though_somebody_always_reads() {
    let place = Place::new();
    let store = SqliteStore::open(&place.path(), Durability::Fleeting).unwrap();
    let log = || fs::metadata(beside(&store.path, "-wal")).unwrap().len();
    let (done, mut most) = (AtomicBool::new(false), 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut reading = store.read().unwrap();
            while !done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
                // The next one is there before this one goes.
                let next = store.read().unwrap();
                drop(std::mem::replace(&mut reading, next));
            }
        });
        for number in 0..4_096_u64 {
            let mut open = store.write().unwrap();
            open.put(&number.to_be_bytes(), vec![b'x'; 40_000].into()).unwrap();
            open.commit().unwrap();
            most = most.max(log());
        }
        done.store(true, Ordering::Relaxed);
    });
    // 180 MB went through it. Between two looks it may grow, and a machine with much to do may let
    // the reader sleep for longer than it is waited for.
    assert!(most < LOG_KEPT + 16 * COMMITS_A_LOOK * 45_000, "{most}");
}

#[test]
fn a_file_is_open_once() {
    let place = Place::new();
    let first = place.open();
    assert!(matches!(place.refused(), OpenFault::InUse));
    put(&first, b"k", b"v").unwrap();
    drop(first);
    assert_eq!(found(&place.open(), b"k").as_deref(), Some(&b"v"[..]));
}

#[test]
fn what_is_not_ours_or_younger_is_refused_and_left_as_it_is() {
    let place = Place::new();
    let bytes = |place: &Place| fs::read(place.path()).unwrap();
    fs::write(place.path(), "{\"not\": \"a database\"}").unwrap();
    let before = bytes(&place);
    assert!(matches!(place.refused(), OpenFault::NotOurs));
    assert_eq!(bytes(&place), before);

    let place = Place::new();
    Connection::open(place.path()).unwrap().execute("CREATE TABLE orders (id)", []).unwrap();
    let before = bytes(&place);
    assert!(matches!(place.refused(), OpenFault::NotOurs));
    assert_eq!(bytes(&place), before);

    let place = Place::new();
    drop(place.open());
    let file = Connection::open(place.path()).unwrap();
    file.pragma_update(None, "user_version", VERSION + 1).unwrap();
    drop(file);
    let before = bytes(&place);
    let fault = place.refused();
    assert!(
        matches!(fault, OpenFault::Younger { found, known } if (found, known) == (VERSION + 1, VERSION)),
        "{fault:?}"
    );
    assert_eq!(bytes(&place), before);
}

#[test]
fn a_file_that_is_full_takes_nothing_more_and_loses_nothing() {
    let place = Place::new();
    let store = place.open();
    put(&store, b"before", b"1").unwrap();
    let limit = |pages: i64| {
        set(&store.writer.lock().unwrap(), "max_page_count", &pages).unwrap();
    };
    limit(40);
    let mut open = store.write().unwrap();
    open.put(b"small", Bytes::from_static(b"2")).unwrap();
    let error = open.put(b"large", vec![b'x'; 400_000].into()).unwrap_err();
    assert_eq!(error.cause.as_ref().unwrap().to_string(), "database or disk is full");
    // What comes after the failure must not be committed by itself.
    assert!(open.put(b"after", Bytes::from_static(b"3")).is_err());
    assert!(open.commit().is_err());
    for key in [&b"small"[..], b"large", b"after"] {
        assert_eq!(found(&store, key), None);
    }
    limit(1_000_000);
    put(&store, b"again", b"4").unwrap();
    assert_eq!(found(&store, b"before").as_deref(), Some(&b"1"[..]));
    drop(store);
    assert_eq!(found(&place.open(), b"again").as_deref(), Some(&b"4"[..]));
}

#[test]
fn json_is_text_and_everything_else_is_bytes() {
    let place = Place::new();
    let store = place.open();
    put(&store, b"i\0\0\0\x01key", br#"{"pk":{"S":"a"}}"#).unwrap();
    put(&store, b"s\0\0\0\x01", b"\0\x01").unwrap();
    let file = Connection::open(place.path()).unwrap();
    let mut rows = file.prepare("SELECT typeof(value) FROM pairs ORDER BY key").unwrap();
    let kinds: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().flatten().collect();
    assert_eq!(kinds, ["text", "blob"]);
}
